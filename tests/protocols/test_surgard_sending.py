"""What a Sur-Gard receiver says: byte for byte, with every quirk; and what it makes of answers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.ends import LinkTest, Message, Outcome, OutcomeKind, Payload
from protocols.lines.options import SourceOptions, Speaker
from protocols.lines.sending import LineSendingEnd, QuirksError, UnsendableError
from protocols.model import ArrivalKind, Qualifier, Scheme, Signal
from protocols.surgard import WIRE
from protocols.surgard.sending import QUIRKS, Quirks, sending_end
from tests.protocols.surgard_support import CONTACT_ID, HEARTBEAT, LINES, MLR2000, NOW, OFF, later, one, read

Given = Mapping[str, bool | int | str]
BURGLARY = Signal(
    account="1234",
    scheme=Scheme.CONTACT_ID,
    code="130",
    qualifier=Qualifier.NEW,
    partition="01",
    number="015",
    subject="zone",
)
SIA = Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, partition="1", number="01")


def other(code: str, number: str = "", partition: str = "") -> Signal:
    """A signal of no standard table."""
    return Signal(
        account="1234",
        scheme=Scheme.OTHER,
        code=code,
        qualifier=Qualifier.NEW,
        number=number,
        partition=partition,
    )


def sender(**given: bool | int | str) -> LineSendingEnd:
    """A receiver with these quirks."""
    return sending_end(Speaker(account="1234", quirks=given))


def said(message: Message, **given: bool | int | str) -> bytes:
    """What a receiver with these quirks sends."""
    end = sender(**given)
    end.submit(message, NOW)
    return end.data_to_send()


@pytest.mark.parametrize(
    ("message", "given", "expected"),
    [
        (BURGLARY, {}, CONTACT_ID),
        (BURGLARY, {"line_digits": 3}, MLR2000),
        (LinkTest("1234"), {}, HEARTBEAT),
        (SIA, {}, LINES["sia 2"].replace(b"ri1", b"ri1/")),
        (SIA, {"sia": "columns"}, b"3011      1234BA0001\x14"),
        (other("A", "012"), {}, LINES["basic"]),
        (other("C", "128", "1"), {}, b"1011      1234 C1128\x14"),
        (other("TH"), {"two_characters": True}, b"1011      1234    TH\x14"),
        (BURGLARY, {"terminator": "cr"}, OFF["cr"]),
        (BURGLARY, {"terminator": "crlf"}, OFF["crlf"]),
        (BURGLARY, {"terminator": "none"}, CONTACT_ID[:-1]),
        (BURGLARY, {"nul": True}, OFF["nul"]),
        (BURGLARY, {"line_feed": True}, b"\n" + CONTACT_ID),
        (BURGLARY, {"space_after_line": False}, b"5011181234E13001015\x14"),
        (BURGLARY, {"space_before_account": True}, OFF["space before account"]),
        (BURGLARY, {"digit_qualifiers": True}, OFF["qualifier 1"]),
        (BURGLARY, {"copies": 6}, CONTACT_ID[:-1] * 6 + b"\x14"),
        (BURGLARY, {"clock": True}, CONTACT_ID[:-1] + b"12:00:00-02/01\x14"),
        (BURGLARY, {"clock": True, "clock_zone": "Asia/Almaty"}, CONTACT_ID[:-1] + b"17:00:00-02/01\x14"),
        (LinkTest("1234"), {"clock": True, "copies": 2}, HEARTBEAT),
        (other("A", "012"), {"account_pad": "F"}, b"1011    FF1234 A 012\x14"),
        (Payload("0000", "0", "NRU0000"), {}, LINES["internal, mlr2"]),
        (Payload("1234", "A", " 5551234"), {}, b"A011 5551234\x14"),
        (Payload("1234", "5", " 18XX"), {}, b"5011 18XX\x14"),
    ],
)
def test_a_message_is_said_byte_for_byte(message: Message, given: Given, expected: bytes) -> None:
    """As in the manuals; and with each departure."""
    assert said(message, **given) == expected


def test_short_accounts_are_filled_up_and_long_ones_stay() -> None:
    """To four places; with zeros, unless a letter is asked for."""
    from msgspec.structs import replace

    assert said(replace(BURGLARY, account="12")) == b"5011 180012E13001015\x14"
    assert said(replace(BURGLARY, account="12"), account_pad="F") == b"5011 18FF12E13001015\x14"
    assert said(replace(BURGLARY, account="1234567890")) == OFF["account of ten"]


@pytest.mark.parametrize(
    "message",
    [
        Signal(account="", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW),
        Signal(account="12345678901", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW),
        Signal(account="12 4", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW),
        Signal(account="1234", scheme=Scheme.CONTACT_ID, code="13", qualifier=Qualifier.NEW),
        Signal(account="1234", scheme=Scheme.SIA, code="B", qualifier=Qualifier.NEW),
        Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, text="a]b"),
        other("TH"),
        other("A", "01234"),
        other("A", "012", "12"),
        Payload("1234", "55", ""),
        Payload("1234", "s", ""),
        Payload("1234", "S", "NBA1\x14"),
        Payload("12\r4", "S", "NBA1"),
    ],
)
def test_what_a_line_cannot_say_is_refused_at_once(message: Message) -> None:
    """With a sentence, and nothing sent."""
    end = sender()
    with pytest.raises(UnsendableError) as caught:
        end.submit(message, NOW)
    assert len(str(caught.value)) > 20
    assert end.data_to_send() == b""
    assert not end.unfinished


@pytest.mark.parametrize("number", [("123", "1"), ("GG", "1"), ("01", "12"), ("01", "-")])
def test_numbers_that_no_receiver_has_are_refused(number: tuple[str, str]) -> None:
    """Before anything is sent."""
    with pytest.raises(UnsendableError, match="number"):
        sending_end(Speaker(account="1234", receiver=number[0], line=number[1]))


@pytest.mark.parametrize(
    "given",
    [
        {"terminater": "cr"},
        {"terminator": "etx"},
        {"line_digits": 4},
        {"line_digits": "1"},
        {"copies": 0},
        {"copies": 7},
        {"account_pad": "xx"},
        {"clock_zone": "Nowhere/Now"},
        {"clock": 1},
    ],
)
def test_quirks_that_there_are_not_are_named(given: Given) -> None:
    """An unknown name with what there is; a value with what is wrong."""
    with pytest.raises(QuirksError) as caught:
        sender(**given)
    assert next(iter(given)) in str(caught.value) or "quirks" in str(caught.value)


def test_every_quirk_is_explained() -> None:
    """In the list that commands print."""
    assert set(QUIRKS) == set(Quirks.__struct_fields__)
    assert WIRE.quirks is QUIRKS


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [b"\x06", b"ACK\r\n", b"ACK", b"\r\n\x06", b"\xff\x06"])
def test_a_good_answer_ends_the_message(answer: bytes) -> None:
    """The byte, or the word that naive servers write; that is named."""
    end = sender()
    end.submit(BURGLARY, NOW)
    end.data_to_send()
    outcomes = [item for item in end.receive(answer, NOW) if isinstance(item, Outcome)]
    [outcome] = outcomes
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert [found.id for found in outcome.findings] == (["surgard.answer.text"] if b"ACK" in answer else [])
    assert end.unfinished == ()


def test_a_word_may_come_letter_by_letter() -> None:
    """And its line end later."""
    end = sender()
    end.submit(BURGLARY, NOW)
    end.submit(BURGLARY, NOW)
    items = [item for byte in b"ACK\r\n" for item in end.receive(bytes([byte]), NOW)]
    assert [item.kind for item in items if isinstance(item, Outcome)] == [OutcomeKind.ACCEPTED]
    assert len(items) == 1


@pytest.mark.parametrize("answer", [b"\x15", b"NAK\r\n"])
def test_a_bad_answer_is_a_repetition_and_four_of_them_the_end(answer: bytes) -> None:
    """The same bytes each time; the next message goes out then."""
    end = sender()
    end.submit(BURGLARY, NOW)
    end.submit(SIA, NOW)
    for _ in range(3):
        assert end.data_to_send() == CONTACT_ID
        assert end.receive(answer, NOW) == []
    assert end.data_to_send() == CONTACT_ID
    [outcome] = end.receive(answer, NOW)
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.GAVE_UP, "given up after 4 attempts: not taken (NAK)")
    assert end.data_to_send().startswith(b"S011")


def test_silence_for_four_seconds_is_a_repetition() -> None:
    """Four transmissions in all."""
    end = sender()
    end.submit(BURGLARY, NOW)
    now = NOW
    sent = [end.data_to_send()]
    items: list[object] = []
    for _ in range(4):
        assert end.next_timeout() == now.mono + 4.0
        now = later(4.0, now)
        items += end.expire(now)
        sent.append(end.data_to_send())
    assert sent == [CONTACT_ID] * 4 + [b""]
    assert [item.kind for item in items if isinstance(item, Outcome)] == [OutcomeKind.GAVE_UP]


@pytest.mark.parametrize("answer", [b"A", b"AC", b"OK\r\n", b"\x07", CONTACT_ID, b"NBA1"])
def test_anything_else_is_no_answer(answer: bytes) -> None:
    """The message waits on."""
    end = sender()
    end.submit(BURGLARY, NOW)
    assert not [item for item in end.receive(answer, NOW) if isinstance(item, Outcome)]
    assert len(end.unfinished) == 1


def test_an_idle_line_carries_heartbeats() -> None:
    """Every so often, from the last thing said."""
    end = sending_end(Speaker(account="1234", heartbeat_s=30.0))
    end.connected(NOW)
    end.submit(BURGLARY, NOW)
    end.data_to_send()
    end.receive(b"\x06", later(1))
    assert end.next_timeout() == NOW.mono + 30.0
    end.expire(later(30))
    assert end.data_to_send() == HEARTBEAT


# --- the way round ---------------------------------------------------------------------------------------------------

_quirks = st.fixed_dictionaries(
    {},
    optional={
        "terminator": st.sampled_from(["dc4", "cr", "crlf", "none"]),
        "line_digits": st.sampled_from([1, 2, 3]),
        "space_after_line": st.booleans(),
        "space_before_account": st.booleans(),
        "digit_qualifiers": st.booleans(),
        "clock": st.booleans(),
        "copies": st.integers(1, 3),
        "line_feed": st.booleans(),
        "nul": st.booleans(),
    },
)
_signals = st.builds(
    Signal,
    account=st.from_regex(r"[0-9A-F]{4,10}", fullmatch=True),
    scheme=st.just(Scheme.CONTACT_ID),
    code=st.from_regex(r"[1-6][0-9]{2}", fullmatch=True),
    qualifier=st.sampled_from(Qualifier),
    partition=st.from_regex(r"[0-9]{2}", fullmatch=True),
    number=st.from_regex(r"[0-9]{3}", fullmatch=True),
)


@settings(deadline=None, max_examples=300)
@given(_signals, _quirks)
def test_what_is_said_is_read(signal: Signal, given: dict[str, bool | int | str]) -> None:
    """Whatever the quirks, the line means one thing, if its line digits are settled."""
    if not given.get("space_after_line", True) or given.get("copies", 1) != 1:
        signal = Signal(
            account=signal.account[:4],
            scheme=signal.scheme,
            code=signal.code,
            qualifier=signal.qualifier,
            partition=signal.partition,
            number=signal.number,
        )
    items = read(said(signal, **given), SourceOptions(line_digits=int(given.get("line_digits", 1))))
    assert len(items) == given.get("copies", 1)
    for item in items:
        [found] = item.signals  # type: ignore[union-attr]
        assert (found.account, found.code, found.qualifier) == (signal.account, signal.code, signal.qualifier)
        assert (found.partition, found.number) == (signal.partition, signal.number)


@pytest.mark.parametrize("encoding", ["", "utf-8", "windows-1251", "cp866"])
def test_texts_go_round_in_any_encoding(encoding: str) -> None:
    """That both ends are told."""
    signal = Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, number="1", text="Дверь")
    end = sending_end(Speaker(account="1234", encoding=encoding))
    end.submit(signal, NOW)
    assert one(end.data_to_send(), SourceOptions(encoding=encoding)).signals[0].text == "Дверь"


def test_an_encoding_without_the_letters_is_named() -> None:
    """Nothing is sent with question marks in it."""
    signal = Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, number="1", text="Дверь")
    for encoding in ("latin-1", "no-such"):
        with pytest.raises(UnsendableError, match=encoding):
            sending_end(Speaker(account="1234", encoding=encoding)).submit(signal, NOW)


def test_a_heartbeat_is_heard_as_one() -> None:
    """By the station's end, with every terminator."""
    for terminator in ("dc4", "cr", "crlf", "none"):
        arrival = one(said(LinkTest("1234"), terminator=terminator))
        assert arrival.kind is ArrivalKind.LINK_TEST
