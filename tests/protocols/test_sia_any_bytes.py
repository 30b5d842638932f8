"""Any bytes at all: nothing raises, nothing is lost, and how the bytes are cut changes nothing."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Moment, Noise, Verdict
from protocols.sia import recognise
from protocols.sia.blocks import Block, build
from protocols.wire import Likeness
from tests.protocols.sia_support import NOW, Desk, make_end, said

SAID = "#1234 #5678 &123 NBA1 NFA2 Ori1/OP2 Eti12:00/ZA003 AHall A+INBROTT 0 1 2 CSA1*1 X\xff\x00 ?1234 8 Zunknown N A"
TEXTS = st.sampled_from(SAID.split(" "))
some_block = st.builds(lambda text, asks: said(text, asks=asks), TEXTS, st.booleans())
any_block = st.builds(
    lambda function, data, asks, reverse: build(Block(chr(function), data, asks, reverse)),
    st.integers(0, 255),
    st.binary(max_size=63),
    st.booleans(),
    st.booleans(),
)
damage = st.one_of(st.binary(max_size=20), st.sampled_from([b"\x05\x01", b"F#1234\r\n", b"\x00" + b"1" * 8]))
streams = st.lists(st.one_of(some_block, some_block, any_block, damage), max_size=12)
edges = st.sampled_from(["", "plain", "galaxy-old"])
verdicts = st.sampled_from([*Verdict])


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


@example([b"CNBA1\xc0", said("A", asks=False)], [], [Verdict.STORED], "")
@given(streams, st.lists(st.integers(0, 2000), max_size=8), st.lists(verdicts, min_size=1, max_size=8), edges)
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise_and_every_arrival_gets_its_turn(
    stream: list[bytes], cuts: list[int], given_verdicts: list[Verdict], edge: str
) -> None:
    end = make_end(options=SourceOptions(edge=edge))
    now, count = NOW, 0
    waiting: list[Arrival] = []

    def take(items: object) -> None:
        assert isinstance(items, list | tuple)
        waiting.extend(item for item in items if isinstance(item, Arrival) and item.kind is not ArrivalKind.ANSWER)

    def settle() -> None:
        nonlocal count
        while waiting:
            end.decide(waiting.pop(), given_verdicts[count % len(given_verdicts)], now)  # the last one first
            count += 1
        end.data_to_send()

    for piece in pieces_of(b"".join(stream), cuts):
        take(end.receive(piece, now))
        settle()
        for _ in range(100):
            if not end.held:
                break
            take(end.receive(b"", now))
            settle()
        now = Moment(now.wall + 0.7, now.mono + 0.7)
        take(end.expire(now))
        settle()
    take(end.receive_eof(now))
    for _ in range(100):
        settle()
        if not end.held:
            break
        take(end.receive(b"", now))
    settle()
    assert end.undecided == 0
    assert not end.held
    assert end.closing
    assert len(end._answers) == 0


@given(st.lists(some_block, max_size=12), st.lists(st.integers(0, 2000), max_size=8))
@settings(max_examples=200, deadline=None)
def test_how_good_blocks_are_cut_changes_nothing(stream: list[bytes], cuts: list[int]) -> None:
    def heard(pieces: list[bytes]) -> list[object]:
        station = Desk(make_end())
        for piece in pieces:
            station.hear(piece)
        station.hang_up()
        assert station.noise == []
        return [(one.kind, one.raw, one.signals, one.findings) for one in station.arrivals]

    stream = [said("#4321"), *stream]
    assert heard(pieces_of(b"".join(stream), cuts)) == heard(stream) == heard([b"".join(stream)])


@given(st.lists(st.one_of(some_block, damage), max_size=8))
@settings(max_examples=200, deadline=None)
def test_an_event_is_heard_behind_anything(stream: list[bytes]) -> None:
    """The sender repeats what is not answered, so the second of two equal sessions is heard at the latest."""
    station = Desk(make_end(transport="serial"))
    for number, data in enumerate(stream):
        now = Moment(NOW.wall + 10 * number, NOW.mono + 10 * number)
        station.hear(data, now)
        station.wait(Moment(now.wall + 9, now.mono + 9))
    now = Moment(NOW.wall + 1000, NOW.mono + 1000)
    before = len(station.codes)
    for block in ("#4321", "NPA77"):
        station.hear(said(block), now)
    station.wait(Moment(now.wall + 2, now.mono + 2))
    assert station.codes[before:][-1:] == ["PA"]
    assert station.stored[-1].account == "4321"


@given(st.one_of(st.binary(max_size=200), streams.map(b"".join)))
@settings(max_examples=300, deadline=None)
def test_recognising_never_raises_and_ends(data: bytes) -> None:
    assert recognise(data, True) is not Likeness.MORE
    recognise(data, False)


def test_noise_is_told_with_its_size() -> None:
    end = make_end()
    items = [*end.receive(b"\xff" * 5000, NOW), *end.receive_eof(NOW)]
    assert [item.size for item in items if isinstance(item, Noise)] == [5000]
