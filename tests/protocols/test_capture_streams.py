"""TCP put together: whatever order, repetition and loss a capture shows, the bytes of each direction come right."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.capture import End, Format, Gap, Item, Piece, Side, read
from protocols.capture.streams import WAITING
from tests.protocols.capture_support import (
    ACK,
    FIN,
    PANEL,
    STATION,
    SYN,
    Talk,
    ends,
    gaps,
    ip4,
    items,
    pcap,
    pieces,
    said,
    tcp,
)

THERE, BACK = f"{PANEL}:41122>{STATION}:5000", f"{STATION}:5000>{PANEL}:41122"
TEXT = bytes(range(256)) * 4


def segment(start: int, end: int, *, first: int = 1, flags: int = ACK) -> bytes:
    """The packet that carries ``TEXT[start:end]``."""
    return ip4(tcp(TEXT[start:end], first + start, flags), 6)


def test_a_conversation_is_read_in_both_directions() -> None:
    """With who opened it, in the order of time, and ends."""
    talk = Talk()
    packets = [*talk.open(), talk.says(b"one"), talk.hears(b"ack1"), talk.says(b"two"), talk.hears(b"ack2")]
    found = items(pcap([*packets, *talk.close()], link=101))
    assert [piece.data for piece in pieces(found)] == [b"one", b"ack1", b"two", b"ack2"]
    assert [piece.flow.side for piece in pieces(found)] == [Side.PANEL, Side.STATION, Side.PANEL, Side.STATION]
    assert [piece.number for piece in pieces(found)] == [4, 5, 6, 7]
    assert {flow.source for flow in ends(found)} == {f"{PANEL}:41122", f"{STATION}:5000"}
    assert not gaps(found)


def test_a_capture_that_begins_in_the_middle_is_read_from_there() -> None:
    """Who opened the conversation is not known then."""
    talk = Talk()
    talk.open()
    found = items(pcap([talk.says(b"one"), talk.hears(b"ack"), talk.says(b"two")], link=101))
    assert said(found) == {THERE: b"onetwo", BACK: b"ack"}
    assert {piece.flow.side for piece in pieces(found)} == {Side.UNKNOWN}
    assert not gaps(found)
    # The answer to an opening that was not captured still tells.
    talk = Talk()
    found = items(pcap([*talk.open()[1:], talk.says(b"one"), talk.hears(b"ack")], link=101))
    assert [piece.flow.side for piece in pieces(found)] == [Side.PANEL, Side.STATION]


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 300)), max_size=12),
    st.randoms(use_true_random=False),
    st.integers(0, 2**32 - 1),
)
def test_segments_in_any_order_with_any_overlap_give_the_text(
    more: list[tuple[int, int]], shuffled: random.Random, first: int
) -> None:
    """Sequence numbers wrap, too. All of the text is sent once in pieces, and parts of it again."""
    cuts = [(at, min(at + 100, len(TEXT))) for at in range(0, len(TEXT), 100)]
    cuts += [(start, min(start + size, len(TEXT))) for start, size in more]
    shuffled.shuffle(cuts)
    opening = ip4(tcp(b"", first, SYN), 6)
    packets = [segment(start, end, first=first + 1) for start, end in cuts]
    found = items(pcap([opening, *packets], link=101, step=0.0))
    assert said(found) == {THERE: TEXT}
    assert not gaps(found)


@settings(max_examples=200)
@given(st.lists(st.booleans(), min_size=12, max_size=12), st.randoms(use_true_random=False))
def test_what_is_lost_is_a_gap_of_its_size(kept: list[bool], shuffled: random.Random) -> None:
    """Whatever is missing, what there is stays in its place."""
    size = 50
    indices = [at for at, keep in enumerate(kept) if keep]
    expected = bytearray()
    place = 0
    for at in indices:
        expected += b"\0" * (at * size - place) + TEXT[at * size : (at + 1) * size]
        place = (at + 1) * size
    shuffled.shuffle(indices)
    packets = [segment(at * size, (at + 1) * size) for at in indices]
    found = items(pcap([ip4(tcp(b"", 0, SYN), 6), *packets], link=101, step=0.0))
    rebuilt = bytearray()
    for item in found:
        if isinstance(item, Gap):
            rebuilt += bytes(item.size)
        elif isinstance(item, Piece):
            rebuilt += item.data
    assert bytes(rebuilt) == bytes(expected)


def order(found: list[Item]) -> list[bytes | int]:
    """The pieces and the sizes of the gaps."""
    return [item.data if isinstance(item, Piece) else item.size for item in found if isinstance(item, Piece | Gap)]


def test_a_gap_is_told_when_the_other_end_answers_what_is_behind_it() -> None:
    """Before the answer; a bare acknowledgement may be shown too early and is believed after a while."""
    talk = Talk()
    packets = [*talk.open(), talk.says(b"one")]
    lost = talk.says(b"lost")
    packets += [talk.says(b"two")]
    bare = ip4(tcp(b"", talk.heard, ACK, acknowledged=talk.sent, source=5000, target=41122), 6, STATION, PANEL)
    answer = talk.hears(b"a")
    assert order(items(pcap([*packets, answer], link=101, step=0.01))) == [b"one", 4, b"two", b"a"]
    found = items(pcap([*packets, bare, lost, answer], link=101, step=0.01))
    assert order(found) == [b"one", b"lost", b"two", b"a"]
    found = items(pcap([*packets, bare, talk.says(b"three")], link=101, step=0.2))
    assert order(found) == [b"one", 4, b"two", b"three"]
    assert gaps(found)[0].number == 5


def test_an_answer_shows_what_was_lost_even_when_nothing_follows() -> None:
    """Before the answer."""
    talk = Talk()
    packets = [*talk.open(), talk.says(b"one")]
    talk.says(b"lost")
    assert order(items(pcap([*packets, talk.hears(b"a"), talk.says(b"two")], link=101))) == [b"one", 4, b"a", b"two"]


def test_no_more_waits_behind_a_gap_than_is_allowed() -> None:
    """Then it is taken for lost, and what waited is given out."""
    big = bytes(60_000)
    packets = [ip4(tcp(b"", 0, SYN), 6)]
    packets += [ip4(tcp(big, 11 + at * len(big), ACK), 6) for at in range(8)]
    found = items(pcap(packets, link=101))
    [gap] = gaps(found)
    assert (gap.size, gap.number) == (10, 2)
    assert said(found) == {THERE: big * 8}
    read_so_far: list[bytes] = []

    def chunks() -> Iterator[bytes]:
        data = pcap(packets, link=101)
        for at in range(0, len(data), 20_000):
            read_so_far.append(data[at : at + 20_000])
            yield read_so_far[-1]

    next(item for item in read(Format.PCAP, chunks()) if isinstance(item, Gap))
    assert WAITING < len(b"".join(read_so_far)) < WAITING + 2 * len(big)


def test_a_packet_that_the_capture_cut_leaves_a_gap() -> None:
    """And what follows it is in its place."""
    talk = Talk()
    packets = [*talk.open(), talk.says(b"one" + b"x" * 20), talk.says(b"two")]
    found = items(pcap(packets, link=101, snap=43))
    kinds = [item.data if isinstance(item, Piece) else item.size for item in found if not isinstance(item, End)]
    assert kinds == [b"one", 20, b"two"]


def test_a_lost_end_is_a_gap_when_the_connection_is_closed() -> None:
    """The number of its FIN says how much there was."""
    talk = Talk()
    packets = [*talk.open(), talk.says(b"one")]
    talk.says(b"lost")
    found = items(pcap([*packets, *talk.close()], link=101))
    assert [gap.size for gap in gaps(found)] == [4]


def test_the_same_ports_may_be_used_again() -> None:
    """After an end, after a reset, and without either: with a new SYN, or with numbers that no window allows for."""
    second = Talk(first=77_000_000, their_first=88_000_000)
    for ending, numbers in product(("closed", "reset", ""), (3000, 77_000_000)):
        start, again = Talk(), Talk(first=numbers, their_first=numbers)
        packets = [*start.open(), start.says(b"one"), start.hears(b"ack")]
        if ending:
            packets += start.close() if ending == "closed" else [start.reset()]
        found = items(pcap([*packets, *again.open(), again.says(b"two"), again.hears(b"yes")], link=101))
        assert said(found) == {THERE: b"onetwo", BACK: b"ackyes"}
        assert not gaps(found)
        between = [type(item) for item in found]
        assert between.index(End) < len(between) - 1 - between[::-1].index(Piece)
    second.open()
    old = Talk()
    found = items(pcap([*old.open(), old.says(b"one"), second.says(b"two")], link=101))
    assert said(found) == {THERE: b"onetwo"}
    assert not gaps(found)
    assert len(ends(found)) == 2


def test_a_repetition_after_the_end_says_nothing_new() -> None:
    """The last segment, and the FIN, once more."""
    talk = Talk()
    packets = [*talk.open(), talk.says(b"one")]
    closing = talk.close()
    found = items(pcap([*packets, *closing, packets[-1], closing[0]], link=101))
    assert said(found) == {THERE: b"one"}
    assert len(ends(found)) == 1


def test_a_keep_alive_says_nothing() -> None:
    """One byte before what is expected, or none."""
    talk = Talk()
    packets = [*talk.open(), talk.says(b"one")]
    probe = ip4(tcp(b"\0", talk.sent - 1, ACK), 6)
    found = items(pcap([*packets, probe, ip4(tcp(b"", talk.sent - 1, ACK), 6), talk.says(b"two")], link=101))
    assert said(found) == {THERE: b"onetwo"}


def test_data_with_syn_and_fin_count() -> None:
    """As in the shortest connection there is."""
    found = items(pcap([ip4(tcp(b"all of it", 9, SYN | FIN), 6)], link=101))
    assert said(found) == {THERE: b"all of it"}
    assert len(ends(found)) == 1
    assert not gaps(found)


def test_conversations_are_kept_apart_by_their_ports() -> None:
    """Many at once."""
    talks = [Talk(port=40_000 + at) for at in range(20)]
    packets = [packet for talk in talks for packet in talk.open()]
    packets += [talk.says(b"%d " % talk.port) for _ in range(3) for talk in talks]
    flows = said(items(pcap(packets, link=101)))
    assert flows == {f"{PANEL}:{talk.port}>{STATION}:5000": b"%d " % talk.port * 3 for talk in talks}


def test_more_connections_than_are_remembered_end_the_longest_silent(monkeypatch: object) -> None:
    """What waited in them is given out."""
    from protocols.capture import network

    monkeypatch.setattr(network, "CONVERSATIONS", 2)  # type: ignore[attr-defined]
    packets = [ip4(tcp(b"x", 1, ACK, source=port), 6) for port in range(40_000, 40_007)]
    found = items(pcap(packets, link=101))
    kinds = [type(item) for item in found]
    assert kinds[:6] == [Piece] * 4 + [End, Piece]
    assert len(pieces(found)) == len(ends(found)) == 7
