"""Texecom over IP: Contact ID and SIA blocks in lines, both ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.contact_id import check_digit
from protocols.ends import Limits, LinkTest, Message, Outcome, OutcomeKind, Payload, Source
from protocols.lines.options import SourceOptions, Speaker
from protocols.lines.sending import UnsendableError
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Qualifier, Scheme, Signal, Verdict
from protocols.sia import blocks, texecom
from protocols.sia.blocks import Block
from protocols.sia.sending import SIASendingEnd
from protocols.sia.speaking import make_sending
from protocols.sia.texecom import TexecomReceivingEnd
from protocols.wire import Likeness

NOW = Moment(1_795_434_390.0, 100.0)
POLL = b"POLL1000#\x00\x00\x00\x00\r\n"
SIA = b"3" + b"".join(
    blocks.build(Block(function, data, True, True)) for function, data in (("#", b"1000"), ("N", b"ri1BA007"))
)
SIA += bytes.fromhex("40308F") + b"\r\n"


def lookup(adapter: str, receiver: str | None, prefix: str | None, account: str) -> Dialect:
    return Dialect(known=account == "7777", encoding="cp866")


def station(**options: Any) -> TexecomReceivingEnd:
    return texecom.make_receiving(
        Source("ip", "sia", "192.0.2.7:4", "192.0.2.7"),
        lookup,
        options=SourceOptions(edge="texecom", **options),
        limits=Limits(),
        first=1,
    )


def panel(**quirks: bool | int | str) -> SIASendingEnd:
    return make_sending(Speaker(account="1000", quirks={"edge": "texecom", **quirks}))


def contact(digits: str) -> bytes:
    """A line of these fifteen digits, with the check digit that fits."""
    return b"2" + digits.encode() + check_digit(digits).encode() + b"\r\n"


def one(data: bytes, end: TexecomReceivingEnd | None = None) -> Arrival:
    (arrival,) = (end or station()).receive(data, NOW)
    assert isinstance(arrival, Arrival)
    return arrival


CONTACT = contact("1AAA18113001007")


# Receiving


def test_a_poll_is_a_link_test_and_is_told_when_to_come_again() -> None:
    """Its flags byte may be a line end: armed with a mains fault is LF, armed with two faults CR."""
    for flags in range(32):
        end = station()
        raw = b"POLL1000#" + bytes((flags,)) + b"\0\0\0\r\n"
        arrival = one(raw, end)
        assert (arrival.kind, arrival.account, arrival.token, arrival.raw) == (
            ArrivalKind.LINK_TEST,
            "1000",
            "POLL",
            raw,
        )
        assert end.data_to_send() == b""
        end.decide(arrival, Verdict.ALIVE, NOW)
        assert end.data_to_send() == b"[P]\x00\x01\x06\r\n"


def test_contact_id_is_read_with_its_check_digit() -> None:
    """The letter A of an account is the digit 0."""
    end = station()
    arrival = one(CONTACT, end)
    (signal,) = arrival.signals
    assert (arrival.kind, arrival.account, arrival.token) == (ArrivalKind.EVENT, "1000", "2")
    assert (signal.account, signal.code, signal.partition, signal.number) == ("1000", "130", "01", "007")
    end.decide(arrival, Verdict.STORED, NOW)
    assert end.data_to_send() == b"2\x06\r\n"


def test_blocks_are_read_with_account_area_and_text() -> None:
    """In the code page of the account; the line ends where a block could begin."""
    line = b"3" + b"".join(
        blocks.build(Block(function, data, True, True))
        for function, data in (("#", b"7777"), ("N", b"ri1FA012"), ("A", "Зал|1".encode("cp866")))
    )
    end = station()
    arrival = one(line + bytes.fromhex("40308F") + b"\r\n", end)
    (signal,) = arrival.signals
    assert (arrival.kind, arrival.account, arrival.token) == (ArrivalKind.EVENT, "7777", "3")
    assert (signal.code, signal.partition, signal.number, signal.text) == ("FA", "1", "012", "Зал¦1")
    end.decide(arrival, Verdict.STORED, NOW)
    assert end.data_to_send() == b"3\x06\r\n"


def test_each_event_of_a_line_is_of_the_account_before_it() -> None:
    said = (("#", b"1000"), ("N", b"BA007"), ("#", b"2000"), ("N", b"FA002"), ("A", b"Cellar"))
    arrival = one(b"3" + b"".join(blocks.build(Block(*each, True, True)) for each in said) + b"\r\n")
    assert arrival.account == "1000"
    assert [(signal.account, signal.code, signal.text) for signal in arrival.signals] == [
        ("1000", "BA", ""),
        ("2000", "FA", "Cellar"),
    ]


def test_line_ends_inside_of_blocks_do_not_end_the_line() -> None:
    """A text or a parity byte of any value, CR and LF among them."""
    parities = set()
    for byte in range(256):
        text = blocks.build(Block("A", bytes((byte,)), True, True))
        parities.add(text[-1])
        raw = SIA[:-5] + text + SIA[-5:]
        arrival = one(raw)
        assert (arrival.kind, arrival.raw) == (ArrivalKind.EVENT, raw), byte
    assert {0x0D, 0x0A} < parities
    raw = SIA[:-5] + blocks.build(Block("A", b"a\r\nb", True, True)) + SIA[-5:]
    assert one(raw).raw == raw


@pytest.mark.parametrize("raw", [POLL, CONTACT, SIA], ids=["poll", "contact-id", "blocks"])
def test_a_line_is_found_whole_in_pieces_glued_and_in_garbage(raw: bytes) -> None:
    """And what stands around it is told as noise."""
    end = station()
    items: list[Any] = []
    for byte in raw:
        assert not items
        items += end.receive(bytes((byte,)), NOW)
    assert [item.raw for item in items] == [raw]
    assert [item.raw for item in station().receive(raw + raw, NOW)] == [raw, raw]
    around = station().receive(b"\xfe rubbish 23 \r\n" + raw + b"zz", NOW)
    assert isinstance(around[0], Noise)
    assert [item.raw for item in around[1:]] == [raw]
    assert not station().receive(raw + b"\r\n\r\n", NOW)[1:]


@pytest.mark.parametrize("raw", [POLL, CONTACT, SIA], ids=["poll", "contact-id", "blocks"])
def test_a_missing_terminator_is_borne_and_named(raw: bytes) -> None:
    """When the line stays silent, or ends; a lone CR or LF is one, too."""
    for body in (raw[:-2], raw[:-1]):
        end = station()
        assert not end.receive(body, NOW)
        due = end.next_timeout()
        assert due is not None
        (arrival,) = end.expire(Moment(NOW.wall, due))
        assert isinstance(arrival, Arrival)
        assert "sia.texecom.terminator" in [finding.id for finding in arrival.findings]
        assert arrival.signals or arrival.kind is ArrivalKind.LINK_TEST
    (arrival,) = station().receive(raw[:-2] + b"\n", NOW)
    assert isinstance(arrival, Arrival)
    assert "sia.texecom.terminator" in [finding.id for finding in arrival.findings]


@pytest.mark.parametrize(
    ("raw", "finding"),
    [
        (CONTACT[:-3] + b"0\r\n", "sia.texecom.contact-id"),
        (b"21AAA1811300100\r\n", "sia.texecom.contact-id"),
        (SIA[:7] + bytes((SIA[7] ^ 1,)) + SIA[8:], "sia.texecom.blocks"),
        (SIA[:12] + bytes((SIA[12] ^ 1,)) + SIA[13:], "sia.texecom.blocks"),
    ],
)
def test_what_is_damaged_is_refused_once_and_kept_when_it_comes_again(raw: bytes, finding: str) -> None:
    """A line must not stand still for one message: the byte-identical repetition is taken as unread."""
    end = station()
    first = one(raw, end)
    assert (first.kind, [found.id for found in first.findings]) == (ArrivalKind.MALFORMED, [finding])
    assert not first.signals
    end.decide(first, Verdict.MALFORMED, NOW)
    assert end.data_to_send() == raw[:1] + b"\x15\r\n"
    again = one(raw, end)
    assert again.kind is ArrivalKind.OPAQUE
    end.decide(again, Verdict.STORED, NOW)
    assert end.data_to_send() == raw[:1] + b"\x06\r\n"


def test_blocks_without_an_event_are_kept() -> None:
    """Whatever they say: it may have been meant as an alarm."""
    raw = b"3" + blocks.build(Block("#", b"1000", True, True)) + blocks.build(Block("Z", b"?", True, True)) + b"\r\n"
    assert one(raw).kind is ArrivalKind.OPAQUE


@pytest.mark.parametrize(
    ("functions", "uneventful"), [("C", True), ("XP0", True), ("CZ", False), ("", False), ("0", False), ("NC", False)]
)
def test_a_line_of_commands_alone_is_uneventful(functions: str, uneventful: bool) -> None:
    """Any other block in it may have been meant as an alarm."""
    inside = b"".join(blocks.build(Block(each, b"" if each == "0" else b"??", True, True)) for each in functions)
    arrival = one(b"3" + blocks.build(Block("#", b"1000", True, True)) + inside + b"\r\n")
    assert arrival.uneventful is uneventful


def test_an_event_without_an_account_is_kept_as_an_event() -> None:
    """An alarm of nobody is better than none."""
    arrival = one(b"3" + blocks.build(Block("N", b"FA1", True, True)) + b"\r\n")
    assert (arrival.kind, arrival.account, arrival.signals[0].code) == (ArrivalKind.EVENT, "", "FA")
    assert "sia.session.no-account" in [finding.id for finding in arrival.findings]


@pytest.mark.parametrize(
    ("verdict", "answer"),
    [
        (Verdict.STORED, b"2\x06\r\n"),
        (Verdict.DUPLICATE, b"2\x06\r\n"),
        (Verdict.UNSUPPORTED, b"2\x06\r\n"),
        (Verdict.STALE, b"2\x06\r\n"),
        (Verdict.REFUSED, b"2\x15\r\n"),
        (Verdict.MALFORMED, b"2\x15\r\n"),
        (Verdict.NOT_STORED, b""),
    ],
)
def test_every_verdict_has_its_answer(verdict: Verdict, answer: bytes) -> None:
    """Silence only where nothing was stored."""
    end = station()
    arrival = one(CONTACT, end)
    end.decide(arrival, verdict, NOW)
    assert end.data_to_send() == answer


@pytest.mark.parametrize("farewell", [b"+++", b"+++\r\n"])
def test_three_plus_signs_end_the_connection_once_all_is_answered(farewell: bytes) -> None:
    """They are no message and no noise."""
    end = station()
    (arrival,) = end.receive(CONTACT + farewell, NOW)
    assert isinstance(arrival, Arrival)
    assert not end.closing
    end.decide(arrival, Verdict.STORED, NOW)
    assert end.closing
    assert end.data_to_send() == b"2\x06\r\n"
    end = station()
    for byte in farewell[:3]:
        assert not end.closing
        assert not end.receive(bytes((byte,)), NOW)
    assert end.closing


def test_a_listener_writes_nothing() -> None:
    """Another system answers."""
    end = station(listen_only=True)
    end.decide(one(CONTACT, end), Verdict.STORED, NOW)
    assert end.data_to_send() == b""


@pytest.mark.parametrize("raw", [POLL, CONTACT, SIA], ids=["poll", "contact-id", "blocks"])
def test_a_whole_line_is_recognised_and_never_half_of_one(raw: bytes) -> None:
    """With everything that it has to be checked by."""
    assert texecom.recognise(raw, False) is Likeness.SURE
    for size in range(len(raw)):
        assert texecom.recognise(raw[:size], False) is Likeness.MORE, size
        assert texecom.recognise(raw[:size], True) is Likeness.NO, size


@pytest.mark.parametrize(
    "raw",
    [
        b"2181 rubbish\r\n",
        CONTACT[:-3] + b"0\r\n",
        b"GET / HTTP/1.1\r\n",
        b"POST / HTTP\r\n",
        b"30011 1234\r\n",
        b"\x16",
        SIA[:9] + b"x" + SIA[10:],
    ],
)
def test_other_bytes_are_not_recognised(raw: bytes) -> None:
    """A digit 2 or 3 in front of a line is not enough."""
    assert texecom.recognise(raw, False) is Likeness.NO


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([POLL, CONTACT, SIA])), max_size=6))
def test_any_bytes_never_raise(pieces: list[bytes]) -> None:
    """Every byte is in an arrival, in noise, or filler."""
    end = station()
    for piece in pieces:
        texecom.recognise(piece, True)
        for item in end.receive(piece, NOW):
            if isinstance(item, Arrival):
                end.decide(item, Verdict.STORED, NOW)
    end.receive_eof(NOW)


# Sending, and both ends together


def event(code: str, number: str, scheme: Scheme = Scheme.SIA, **changes: Any) -> Signal:
    return Signal(account="1000", scheme=scheme, code=code, qualifier=Qualifier.NEW, number=number, **changes)


@pytest.mark.parametrize(
    ("message", "quirks", "line"),
    [
        (LinkTest("1000"), {}, POLL),
        (event("130", "007", Scheme.CONTACT_ID, partition="01"), {}, CONTACT),
        (event("BA", "7", partition="1"), {"contact_id": True}, CONTACT),
        (event("BA", "007", partition="1"), {"form": "dsc", "clock": "none"}, SIA),
        (Payload("1000", "2", "1AAA181130010070"), {}, b"21AAA181130010070\r\n"),
        (
            event("BA", "1007"),
            {"contact_id": True, "clock": "none", "end": False},
            b"3\xc4#1000\x19\xc6NBA1007" + bytes((blocks.parity(b"\xc6NBA1007"),)) + b"\r\n",
        ),
    ],
)
def test_a_message_is_written_as_its_line(message: Message, quirks: dict[str, bool | int | str], line: bytes) -> None:
    """Byte for byte."""
    end = panel(**quirks)
    end.submit(message, NOW)
    assert end.data_to_send() == line


@pytest.mark.parametrize("message", [event("1", "2", Scheme.CONTACT_ID), Payload("1000", "2", "1\r\n2")])
def test_what_a_line_cannot_say_is_refused(message: Message) -> None:
    """Before anything is sent."""
    with pytest.raises(UnsendableError):
        panel().submit(message, NOW)


def test_both_ends_understand_each_other() -> None:
    """Contact ID, blocks with a text, and a poll, in pieces, with a damaged line in between."""
    sender, receiver = panel(wrong_parity=3, clock="none"), station()
    messages = [
        event("130", "007", Scheme.CONTACT_ID, partition="01"),
        event("FA", "012", text="Hall"),
        event("PA", "3"),
        LinkTest("1000"),
    ]
    for message in messages:
        sender.submit(message, NOW)
    outcomes: list[Outcome] = []
    heard: list[Arrival] = []
    for _ in range(40):
        for byte in sender.data_to_send():
            for item in receiver.receive(bytes((byte,)), NOW):
                assert isinstance(item, Arrival)
                heard.append(item)
                taken = item.kind is not ArrivalKind.MALFORMED
                receiver.decide(item, Verdict.STORED if taken else Verdict.MALFORMED, NOW)
        for byte in receiver.data_to_send():
            outcomes += [item for item in sender.receive(bytes((byte,)), NOW) if isinstance(item, Outcome)]
        sender.expire(Moment(NOW.wall + 0.25, NOW.mono + 0.25))
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 4
    found = [signal for arrival in heard for signal in arrival.signals]
    assert [(signal.code, signal.number, signal.text) for signal in found] == [
        ("130", "007", ""),
        ("FA", "012", "Hall"),
        ("PA", "3", ""),
    ]
    assert [arrival.kind for arrival in heard].count(ArrivalKind.MALFORMED) == 1


def test_a_panel_hangs_up_when_it_has_said_all() -> None:
    """By quirk: ``+++`` behind the last answer."""
    sender = panel(hang_up=True)
    for _ in range(2):
        sender.submit(LinkTest("1000"), NOW)
        sender.data_to_send()
    sender.receive(b"[P]\x00\x05\x06\r\n", NOW)
    assert not sender.closing
    assert sender.data_to_send() == POLL
    sender.receive(b"[P]\x00\x05\x06\r\n", NOW)
    assert sender.closing
    assert sender.data_to_send() == b"+++\r\n"


def test_a_refused_line_is_sent_four_times() -> None:
    """And then given up."""
    sender = panel()
    sender.submit(event("BA", "1"), NOW)
    items: list[Any] = []
    for attempt in range(4):
        assert not items
        assert sender.data_to_send()
        now = Moment(NOW.wall + attempt, NOW.mono + attempt)
        assert not sender.receive(b"3\x15\r\n", now)
        items += sender.expire(Moment(now.wall + 0.25, now.mono + 0.25))
    assert items[0].kind is OutcomeKind.GAVE_UP
