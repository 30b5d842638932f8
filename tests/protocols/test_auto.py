"""A stream whose protocol nobody named: it is told by the first bytes, and nothing is written before that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocols import auto, choosing
from protocols.auto import Decoder, ReceivingEnd
from protocols.catalogue import LANGUAGES, texts
from protocols.choosing import AMBIGUOUS, AT_ONCE, MOST, Chooser
from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Verdict
from protocols.sia.blocks import Block, build
from protocols.wire import Likeness, Wire
from protocols.wires import WIRES, UnknownWireError
from tests.protocols.dc09_support import frame as dc09_frame
from tests.protocols.wire_examples import EXAMPLES

NOW = Moment(1767355200.0, 1000.0)
FRAMES = [
    pytest.param(name, frame, id=f"{name} {place}")
    for name, frames in EXAMPLES.items()
    for place, frame in enumerate(frames)
]
every_frame = pytest.mark.parametrize(("name", "frame"), FRAMES)
ACCOUNT_BLOCK = EXAMPLES["sia"][1]
"""Says who will say something."""
SUR_GARD = b"5011 181234E13001015\x14"


def after(seconds: float) -> Moment:
    return Moment(NOW.wall + seconds, NOW.mono + seconds)


def station(partial_s: float = 30.0, undecided: int = 100, **options: Any) -> ReceivingEnd:
    return auto.receiving(
        Source("door", "auto", "192.0.2.7:41122", "192.0.2.7"),
        lambda adapter, receiver, prefix, account: Dialect(),
        options=SourceOptions(**options),
        limits=Limits(undecided=undecided, partial_s=partial_s),
        first=0,
    )


def direct(name: str, frame: bytes) -> list[tuple[object, ...]]:
    """What the protocol's own end makes of it."""
    end = WIRES[name].receiving(
        Source("door", name, "192.0.2.7:41122", "192.0.2.7"),
        lambda adapter, receiver, prefix, account: Dialect(),
        options=SourceOptions(),
        limits=Limits(undecided=100),
        first=0,
    )
    return told([*end.receive(frame, NOW), *end.receive_eof(NOW)])


def told(items: list[Arrival | Noise]) -> list[tuple[object, ...]]:
    """Items that can be compared; line ends behind a message belong to it or not, as they come."""
    return [
        (one.protocol, one.kind, one.raw.rstrip(b"\r\n\0"), one.account, one.signals)
        if isinstance(one, Arrival)
        else (one.guess, one.raw, one.size)
        for one in items
    ]


# The receiving end


@every_frame
def test_a_protocol_is_found_out_by_its_first_message(name: str, frame: bytes) -> None:
    """Whole and byte by byte, with what its own end would make of it, and nothing written before."""
    for pieces in ([frame], [frame[at : at + 1] for at in range(len(frame))]):
        end = station()
        items: list[Arrival | Noise] = []
        for piece in pieces:
            if end.wire is None:
                assert (end.data_to_send(), end.undecided, items) == (b"", 0, [])
            items += end.receive(piece, NOW)
        assert end.wire is WIRES[name]
        items += end.receive_eof(NOW)
        assert told(items) == direct(name, frame)


def test_answers_are_those_of_the_protocol() -> None:
    """In the order of the messages, and the connection closes behind them."""
    end = station()
    first, second = end.receive(SUR_GARD + SUR_GARD.replace(b"015", b"016"), NOW)
    assert isinstance(first, Arrival)
    assert isinstance(second, Arrival)
    assert end.undecided == 2
    end.decide(second, Verdict.STORED, NOW)
    assert end.data_to_send() == b""
    assert list(end.receive_eof(NOW)) == []
    assert not end.closing
    end.decide(first, Verdict.STORED, NOW)
    assert (end.data_to_send(), end.answer(first), end.closing) == (b"\x06\x06", "ACK", True)


def test_bytes_held_back_are_told_as_the_protocols_end_tells_them() -> None:
    """A sender that does not wait is paused."""
    end = station(undecided=1)
    (first,) = end.receive(SUR_GARD + SUR_GARD.replace(b"015", b"016"), NOW)
    assert isinstance(first, Arrival)
    assert end.held
    end.decide(first, Verdict.STORED, NOW)
    (second,) = end.receive(b"", NOW)
    assert isinstance(second, Arrival)
    assert not end.held


def test_nothing_is_ever_written_where_another_system_answers() -> None:
    end = station(listen_only=True)
    (arrival,) = end.receive(SUR_GARD, NOW)
    assert isinstance(arrival, Arrival)
    end.decide(arrival, Verdict.STORED, NOW)
    assert end.data_to_send() == b""


def test_a_stream_that_begins_in_the_middle_is_found_behind_what_ends_a_message() -> None:
    """The part in front of it is told by the protocol that is found, as far as it is anything there."""
    end = station()
    assert list(end.receive(b"34E13001015\x14", NOW)) == []
    *front, arrival = end.receive(SUR_GARD, NOW)
    assert isinstance(arrival, Arrival)
    assert (arrival.account, arrival.raw) == ("1234", SUR_GARD)
    assert b"".join(item.raw for item in front) == b"34E13001015\x14"


def test_a_message_without_its_terminator_is_known_by_the_silence_behind_it() -> None:
    """As a sender that has no terminator sends it: the line is silent, since it waits."""
    end = station()
    assert list(end.receive(SUR_GARD[:-1], NOW)) == []
    due = end.next_timeout()
    assert due is not None
    assert due < NOW.mono + 5
    items = [*end.expire(Moment(NOW.wall, due))]
    while not items and (due := end.next_timeout()) is not None:
        items += end.expire(Moment(NOW.wall, due))
    if end.wire is not None:
        assert [item.raw for item in items] == [SUR_GARD[:-1]]
    else:
        assert [type(item) for item in items] == [Noise]


@pytest.mark.parametrize(
    ("data", "guess"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "http"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "tls"),
        (b"no protocol at all", "garbage"),
        (b'\n00000030"SIA-DCS"0001L0#1234[#1234|NFA1]\r', None),
    ],
)
def test_what_no_protocol_is_sure_of_is_noise_after_its_time(data: bytes, guess: str | None) -> None:
    """With what it probably is, and no answer."""
    end = station(partial_s=30.0)
    assert list(end.receive(data, NOW)) == []
    items: list[Arrival | Noise] = []
    while (due := end.next_timeout()) is not None:
        assert due <= NOW.mono + 30.0
        items += end.expire(Moment(NOW.wall, due))
    (noise,) = items
    assert isinstance(noise, Noise)
    assert (noise.raw, noise.size) == (data, len(data))
    assert guess in (None, noise.guess)
    assert end.data_to_send() == b""
    assert list(end.expire(after(99))) == []
    # The next bytes are looked at anew.
    (arrival,) = end.receive(SUR_GARD, after(99))
    assert isinstance(arrival, Arrival)


def test_a_frame_of_dc09_with_a_wrong_crc_is_told_at_once() -> None:
    """In any pieces; nothing that follows will mend it, and the next message decides."""
    good = EXAMPLES["dc09"][0]
    broken = good[:1] + b"0000" + good[5:]
    for cut in range(1, len(broken) + 1):
        end = station()
        items = [*end.receive(broken[:cut], NOW), *end.receive(broken[cut:], NOW)]
        assert [one.guess for one in items if isinstance(one, Noise)] == ["dc09.crc-mismatch"]
        assert end.next_timeout() is None
        assert len(end.receive(good, NOW)) == 1
        assert end.wire is WIRES["dc09"]


def test_the_end_of_a_stream_tells_what_was_held() -> None:
    end = station()
    end.receive(b"no protocol", NOW)
    (noise,) = end.receive_eof(NOW)
    assert isinstance(noise, Noise)
    assert end.closing
    empty = station()
    assert list(empty.receive_eof(NOW)) == []
    assert empty.closing
    filler = station()
    filler.receive(b"\r\n\0", NOW)
    assert list(filler.receive_eof(NOW)) == []


def test_no_more_is_held_than_a_few_kilobytes() -> None:
    """However much of it comes; what follows is found all the same."""
    end = station()
    size = 0
    for _ in range(50):
        for item in end.receive(b"rubbish " * 100 + b"\n", NOW):
            assert isinstance(item, Noise)
            size += item.size
    assert size > 50 * 801 - MOST - 801
    items = end.receive(SUR_GARD, NOW)
    assert isinstance(items[-1], Arrival)


def test_a_long_first_message_is_known_at_its_end() -> None:
    """Byte by byte, as with a short one."""
    message = dc09_frame(b'"SIA-DCS"0001L0#1234[#1234|NBA001^' + b"x" * 1500 + b"^]")
    end = station()
    items = [item for byte in message for item in end.receive(bytes((byte,)), NOW)]
    assert [item.raw for item in items] == [message]


def test_what_may_become_a_message_outlives_the_rubbish_in_front_of_it() -> None:
    end = station()
    assert [type(item) for item in end.receive(b"r" * (MOST - 10) + b"\n" + SUR_GARD[:12], NOW)] == [Noise]
    (arrival,) = end.receive(SUR_GARD[12:], NOW)
    assert isinstance(arrival, Arrival)


HOSTILE = (b"\n0\n0", b"\n00 ", b'\n01010010"', b"\n5011 ", b"\x14", b"P\r", b"\n\0\r")
"""Nearly every byte of these may begin a message, and none does."""
hostile = pytest.mark.parametrize("pattern", HOSTILE)


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of what protocols are asked about from now on."""
    asked: list[int] = []

    def counting(wire: Wire) -> Wire:
        def recognise(data: bytes, final: bool) -> Likeness:
            asked.append(len(data))
            return wire.recognise(data, final)

        return replace(wire, recognise=recognise)

    monkeypatch.setattr(choosing, "WIRES", {name: counting(wire) for name, wire in WIRES.items()})
    return asked


def _patiently(end: ReceivingEnd, items: list[Arrival | Noise]) -> list[Arrival | Noise]:
    """With what the end says in the turns to come."""
    while end.held and not end.undecided:
        items += end.receive(b"", NOW)
    return items


@hostile
def test_one_read_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch, pattern: bytes) -> None:
    """However many places there are where a message may begin: a turn looks at few, and at little of each."""
    asked = _counted(monkeypatch)
    data = (pattern * 16384)[:16384]
    end = station()
    items = [*end.receive(data, NOW)]
    turns = 1
    while end.held:
        assert end.next_timeout() is None
        assert len(asked) <= AT_ONCE * 2 * len(WIRES)
        asked.clear()
        items += end.receive(b"", NOW)
        turns += 1
    assert turns <= len(data) // AT_ONCE + 1
    assert max(asked, default=0) <= MOST
    # The silence behind it is looked at in turns as well.
    while (due := end.next_timeout()) is not None:
        asked.clear()
        items += end.expire(Moment(NOW.wall, due))
        while end.held:
            assert len(asked) <= AT_ONCE * 2 * len(WIRES)
            asked.clear()
            items += end.receive(b"", NOW)
    assert all(isinstance(item, Noise) for item in items)
    if data.strip(b"\0\r\n"):
        assert sum(item.size for item in items if isinstance(item, Noise)) == len(data)
    assert end.wire is None


def test_a_run_of_filler_is_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """All protocols pass over it: a keep-alive of thousands of line ends costs as much as one."""
    asked = _counted(monkeypatch)
    end = station()
    assert list(end.receive(b"\r\n\0" * 20000, NOW)) == []
    assert not end.held
    assert len(asked) <= 4 * 2 * len(WIRES)
    (arrival,) = end.receive(SUR_GARD, NOW)
    assert isinstance(arrival, Arrival)


@hostile
def test_a_message_behind_much_rubbish_is_found(pattern: bytes) -> None:
    """In the same read, in the next, and where the stream ends."""
    rubbish = (pattern * 4096)[:4096]
    for pieces in ([rubbish + b"\r" + SUR_GARD], [rubbish + b"\r", SUR_GARD]):
        end = station()
        items: list[Arrival | Noise] = []
        for piece in pieces:
            items = _patiently(end, [*items, *end.receive(piece, NOW)])
        assert end.wire is WIRES["surgard"]
        assert [item.raw for item in items if isinstance(item, Arrival)][-1] == SUR_GARD
    end = station()
    items = _patiently(end, [*end.receive(rubbish + b"\r" + SUR_GARD[:-1], NOW), *end.receive_eof(NOW)])
    assert [item.raw for item in items if isinstance(item, Arrival)][-1] == SUR_GARD[:-1]
    decoder = Decoder(wall=NOW.wall)
    read = [*decoder.feed(rubbish + b"\r" + SUR_GARD), *decoder.close()]
    assert [item.raw for item in read if isinstance(item, Arrival)][-1] == SUR_GARD


def test_bytes_that_come_while_it_still_looks_are_looked_at_too() -> None:
    """A stream that is not paused at once; and a look at a silent line that bytes interrupt."""
    end = station()
    assert list(end.receive(b"\n0" * 1000, NOW)) == []
    assert end.held
    items = _patiently(end, [*end.receive(b"\r" + SUR_GARD[:4], NOW), *end.receive(SUR_GARD[4:], NOW)])
    assert [item.raw for item in items if isinstance(item, Arrival)] == [SUR_GARD]
    end = station()
    _patiently(end, [*end.receive(b"\n0100" + b"\r0" * 200, NOW)])
    due = end.next_timeout() or 0.0
    items = [*end.expire(Moment(NOW.wall, due))]
    items = _patiently(end, [*items, *end.receive(b"\r" + SUR_GARD, NOW)])
    assert [item.raw for item in items if isinstance(item, Arrival)] == [SUR_GARD]


def test_the_longest_frame_of_dc09_is_known_at_its_end() -> None:
    """Whole, and in pieces."""
    head = b'"SIA-DCS"0001L0#1234[#1234|NBA001^'
    message = dc09_frame(head + b"x" * (0xFFF - len(head) - 2) + b"^]")
    for size in (len(message), 1000):
        chooser = Chooser()
        found = []
        for at in range(0, len(message), size):
            chooser.data += message[at : at + size]
            found.append(chooser.choose_now(False))
            assert not chooser.overflow()
        assert found[-1] is WIRES["dc09"]


def test_what_two_protocols_are_sure_of_is_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noise that says so."""
    real = WIRES["surgard"]
    twin = type(real)(**{name: getattr(real, name) for name in real.__struct_fields__} | {"name": "twin"})
    monkeypatch.setattr(choosing, "WIRES", {"surgard": real, "twin": twin})
    end = station()
    assert list(end.receive(SUR_GARD, NOW)) == []
    (noise,) = end.receive_eof(NOW)
    assert isinstance(noise, Noise)
    assert noise.guess == AMBIGUOUS
    (noise,) = list(Decoder(wall=0.0).feed(SUR_GARD)) or [*_closed(SUR_GARD)]
    assert isinstance(noise, Noise)
    assert noise.guess == AMBIGUOUS
    assert all(AMBIGUOUS in texts.ids("noise", language) for language in LANGUAGES)


def _closed(data: bytes) -> list[Arrival | Noise]:
    decoder = Decoder(wall=0.0)
    return [*decoder.feed(data), *decoder.close()]


_pieces = st.lists(
    st.one_of(st.binary(max_size=30), st.sampled_from([frame for frames in EXAMPLES.values() for frame in frames])),
    max_size=6,
)


@settings(deadline=None, max_examples=200)
@given(_pieces)
@example([b"\n" * 100, b"\x14" * 100])
def test_any_bytes_are_borne(pieces: list[bytes]) -> None:
    """No byte is lost before the protocol is known, none is told twice, and nothing is answered without a verdict."""
    end = station()
    items: list[Arrival | Noise] = []
    fed = b""
    for piece in pieces:
        items += end.receive(piece, NOW)
        fed += piece
        if end.wire is None:
            told_of = sum(item.size for item in items if isinstance(item, Noise))
            assert told_of <= len(fed)
        assert end.data_to_send() == b"" or end.wire is not None
    items += end.receive_eof(NOW)
    for item in items:
        if isinstance(item, Arrival):
            assert end.wire is not None
            assert item.protocol == end.wire.name


# Captures


@every_frame
def test_a_capture_is_read_by_its_own_protocol(name: str, frame: bytes) -> None:
    """Recognised or named, whole or in pieces."""
    for protocol in ("auto", name):
        for size in (len(frame), 1, 7):
            decoder = Decoder(protocol, wall=NOW.wall)
            items = [item for at in range(0, len(frame), size) for item in decoder.feed(frame[at : at + size])]
            wire = decoder.wire
            items += decoder.close()
            assert wire is WIRES[name]
            read = {item.protocol for item in items if isinstance(item, Arrival)}
            assert read == ({name} if frame != ACCOUNT_BLOCK else set())


def test_every_stream_of_a_capture_is_recognised_anew() -> None:
    """Closing one begins the next."""
    decoder = Decoder(wall=NOW.wall)
    seen = []
    for frames in EXAMPLES.values():
        items = [*decoder.feed(frames[0]), *decoder.close()]
        seen.append(next(item.protocol for item in items if isinstance(item, Arrival)))
        assert decoder.wire is None
    assert seen == list(EXAMPLES)


def test_a_long_capture_is_read_to_its_end() -> None:
    """However many messages one piece holds."""
    decoder = Decoder(wall=NOW.wall)
    items = [*decoder.feed(SUR_GARD * 500), *decoder.close()]
    assert sum(isinstance(item, Arrival) for item in items) == 500


def test_a_damaged_frame_of_dc09_is_still_told_as_one() -> None:
    """Nobody is sure of it, but what it is can be seen."""
    (noise,) = _closed(b'\n00000015"NULL"0000R1L0#1234[]\r')
    assert isinstance(noise, Noise)
    assert noise.guess == "dc09.crc-mismatch"


def test_rubbish_without_end_is_told_on_the_way() -> None:
    decoder = Decoder(wall=0.0)
    sizes = [item.size for _ in range(10) for item in decoder.feed(b"x" * 2000) if isinstance(item, Noise)]
    sizes += [item.size for item in decoder.close() if isinstance(item, Noise)]
    assert sum(sizes) == 20000


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(UnknownWireError, match="'x25' is not known; there are: dc09"):
        Decoder("x25", wall=0.0)


def test_every_wire_gives_a_likeness() -> None:
    """Of bytes of any kind."""
    for wire in WIRES.values():
        assert {wire.recognise(bytes((byte,)) * 3, False) for byte in range(256)} <= set(Likeness)


def test_a_line_of_a_d6600_whose_crc_covers_something_unknown_names_the_way_to_be_heard() -> None:
    """Nothing is certain about it, so it is not answered here; the words say which setting reads it."""
    end = station()
    line = b"\n1A2Ba00010100[#1234|18113001015]\r"
    items = [*end.receive(line, NOW), *end.receive_eof(NOW)]
    (noise,) = items
    assert isinstance(noise, Noise)
    assert end.data_to_send() == b""
    for language in LANGUAGES:
        assert 'protocol = "d6600"' in texts.noise(noise.guess, language)


def test_account_digits_silence_no_panel_of_sia() -> None:
    """Its blocks have a parity byte, and a panel of another account length would repeat for ever: it is taken."""
    end = station(account_digits=4)
    said = build(Block("#", b"123456")) + build(Block("N", b"PA001"))
    [arrival] = end.receive(said, NOW)
    assert isinstance(arrival, Arrival)
    assert (arrival.kind, arrival.account) == (ArrivalKind.EVENT, "123456")
    assert [signal.code for signal in arrival.signals] == ["PA"]
    end.decide(arrival, Verdict.STORED, NOW)
    acknowledged = build(Block("8", reverse=False))
    assert end.data_to_send() == acknowledged * 2


def test_account_digits_count_where_auto_finds_a_protocol_without_checks() -> None:
    [arrival] = station(account_digits=6).receive(SUR_GARD, NOW)
    assert isinstance(arrival, Arrival)
    assert (arrival.kind, arrival.account) == (ArrivalKind.MALFORMED, "")
