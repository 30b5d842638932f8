"""SIA mode of Bosch receivers: every message of the references, each departure, and every answer byte for byte."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.d6600 import WIRE, grammar
from protocols.d6600.grammar import COVERINGS
from protocols.ends import LinkTest, OutcomeKind, Payload
from protocols.lines.options import Speaker
from protocols.lines.overrides import parse
from protocols.lines.sending import UnsendableError
from protocols.model import Arrival, ArrivalKind, Moment, Noise, Qualifier, Scheme, Signal, Verdict
from protocols.wire import Likeness
from tests.protocols.ademco_support import NOW, Station, after, feed, ids, one, receiver, talk, told
from tests.protocols.dc09_support import crc16


def said(text: bytes, covered: bytes | None = None) -> bytes:
    """A message by its definition: the CRC of everything behind it up to the CR, or of what is given."""
    return b"\n%04X%b\r" % (crc16(text if covered is None else covered), text)


CONTACT_ID = said(b"a00010105[#1234|18113001015]")
LINK_TEST = said(b"\t000201[]")
SIA = said(b"\t00030102[#1234|Nri1/BA01]")
EVENTS = {
    "contact id": CONTACT_ID,
    "restore": said(b"a00010105[#1234|18340101007]"),
    "ten digits": said(b"a00010105[#1234567890|58113001015]"),
    "sia": SIA,
    "sia with a date": said(b"\t00030102[#1234|Nda11-22-26ti12:00:00ri1BA01]"),
    "of the receiver": said(b"\t00030100[#0000|NRU0000]"),
    "time set": said(b"\t00030100[NJT]"),
    "iti": said(b"I00040102[#12345|1203A12]"),
    "fbi": said(b"F00040102[#1234|112A]"),
    "4-8-1": said(b"f00040102[#1234|1555 55357]"),
    "blanks": said(b"a00010105 [ #1234|18113001015 ]"),
}
UNREAD = {
    "channels": (said(b"900050102[#1234|15555555]"), "d6600.type.unread"),
    "robofon": (said(b"j00050102[#123456|12]"), "d6600.type.unread"),
    "new type": (said(b"Z00050102[#1234|1]"), "d6600.type.unknown"),
    "caller": (said(b"\t00050102[&77051234567]"), "d6600.caller"),
    "reject": (said(b"\t00050102[REJECT COMMAND]"), "d6600.reject"),
    "no event": (said(b"\t00050102[#1234|]"), "d6600.data.no-event"),
}
every_event = pytest.mark.parametrize("frame", EVENTS.values(), ids=EVENTS.keys())


def sender(**speaker: Any) -> Any:
    """The receiver's end."""
    return WIRE.sending(Speaker(**{"account": "1234"} | speaker))


def answer(frame: bytes, verdict: Verdict) -> bytes:
    end = receiver(WIRE)
    [arrival] = [item for item in end.receive(frame, NOW) if isinstance(item, Arrival)]
    end.decide(arrival, verdict, NOW)
    return end.data_to_send()


def test_the_bytes_are_those_of_the_manual() -> None:
    """LF, CRC, type, numbers, data, CR; the CRC by its definition."""
    assert CONTACT_ID == b"\nF0F5a00010105[#1234|18113001015]\r"
    assert grammar.write(b"a", b"0001", b"01", b"05", b"#1234|18113001015") == CONTACT_ID
    assert crc16(b"123456789") == grammar.crc(b"123456789") == 0xBB3D


def test_contact_id() -> None:
    """Every field, and the number that makes it the message it is."""
    arrival = one(WIRE, CONTACT_ID)
    assert (arrival.kind, arrival.token, arrival.receiver, arrival.line) == (ArrivalKind.EVENT, "a", "01", "05")
    assert (arrival.account, arrival.sequence, arrival.dialect, ids(arrival)) == ("1234", "0001", "crc-body", [])
    assert arrival.signals == (
        Signal(
            account="1234",
            scheme=Scheme.CONTACT_ID,
            code="130",
            qualifier=Qualifier.NEW,
            partition="01",
            subject="zone",
            number="015",
        ),
    )
    assert arrival.identity is not None
    assert (arrival.identity.number, arrival.identity.fleeting) == (1, False)
    assert arrival.identity.scope == "d6600 01#1234"


def test_what_else_is_an_event() -> None:
    """By account, scheme, code, qualifier, partition and number."""
    expected = {
        "restore": ("1234", "contact-id", "401", "restore", "01", "007"),
        "ten digits": ("1234567890", "contact-id", "130", "new", "01", "015"),
        "sia": ("1234", "sia", "BA", "new", "1", "01"),
        "sia with a date": ("1234", "sia", "BA", "new", "1", "01"),
        "of the receiver": ("0000", "sia", "RU", "new", "", "0000"),
        "time set": ("0000", "sia", "JT", "new", "", ""),
        "iti": ("12345", "other", "A", "new", "1", "03"),
        "fbi": ("1234", "other", "A", "new", "", "12"),
        "4-8-1": ("1234", "sia", "UA", "new", "", "1"),
        "blanks": ("1234", "contact-id", "130", "new", "01", "015"),
    }
    for name, wanted in expected.items():
        arrival = one(WIRE, EVENTS[name])
        signal = arrival.signals[0]
        assert arrival.account == signal.account
        assert wanted == (
            signal.account, signal.scheme, signal.code, signal.qualifier, signal.partition, signal.number,
        )  # fmt: skip
    assert one(WIRE, EVENTS["iti"]).signals[0].details == {"was": ["1"], "now": ["2"]}
    assert [signal.number for signal in one(WIRE, EVENTS["4-8-1"]).signals] == ["1", "7"]
    assert one(WIRE, EVENTS["sia with a date"]).signals[0].occurred_at == 1795348800.0


def test_codes_of_a_source_may_mean_something_else() -> None:
    overrides = parse("scheme,code,becomes_scheme,becomes_code\nother,A,sia,FA\n")
    assert one(WIRE, EVENTS["iti"], overrides=overrides).signals[0].code == "FA"


def test_texts_are_read_in_the_encoding_of_the_source() -> None:
    frame = said(b"\t00030102[#1234|NBA01^" + "Дверь".encode("cp866") + b"^]")
    assert one(WIRE, frame, encoding="cp866").signals[0].text == "Дверь"


def test_a_link_test_is_answered_and_makes_no_entry() -> None:
    """It has no line; with one it is a link test, too."""
    for frame, line in ((LINK_TEST, ""), (said(b"\t000201 []"), ""), (said(b"\t00020107[]"), "07")):
        arrival = one(WIRE, frame)
        assert (arrival.kind, arrival.line, arrival.identity, ids(arrival)) == (ArrivalKind.LINK_TEST, line, None, [])
        assert answer(frame, Verdict.ALIVE) == said(b"\t000201%b[]" % (line or "00").encode())


@pytest.mark.parametrize(("frame", "id_"), UNREAD.values(), ids=UNREAD.keys())
def test_what_is_not_read_is_kept_and_acknowledged(frame: bytes, id_: str) -> None:
    """Nothing that came whole is lost."""
    arrival = one(WIRE, frame)
    assert (arrival.kind, ids(arrival), arrival.signals) == (ArrivalKind.OPAQUE, [id_], ())
    assert answer(frame, Verdict.STORED) == said(b"\t00050102[]")


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        (CONTACT_ID[1:], ["d6600.framing.no-lf"]),
        (CONTACT_ID[:-1], ["d6600.framing.no-cr"]),
        (CONTACT_ID.replace(b"F0F5", b"f0f5"), ["d6600.crc.lower-case"]),
        (said(b"a00000105[#1234|18113001015]"), ["d6600.sequence.zero"]),
        (said(b"a00010105[#1234|18E13001015]"), ["d6600.contact-id.letter"]),
        (said(b"\t00010105[NBA01]"), ["d6600.account.missing"]),
        (said(b"a00010105[#1234|181ABC01015]"), ["contact-id.code-unknown"]),
    ],
)
def test_departures_are_named_and_the_message_is_read(frame: bytes, found: list[str]) -> None:
    arrival = one(WIRE, frame)
    assert (arrival.kind, ids(arrival)) == (ArrivalKind.EVENT, found)


@pytest.mark.parametrize("covering", COVERINGS)
def test_the_answer_has_its_crc_in_the_form_that_came(covering: str) -> None:
    """What the CRC covers is not public for certain: every plausible way is read, and answered alike."""
    frame = grammar.write(b"a", b"0007", b"01", b"05", b"#1234|18113001015", covering)
    arrival = one(WIRE, frame)
    assert (arrival.kind, arrival.dialect) == (ArrivalKind.EVENT, f"crc-{covering}")
    assert ids(arrival) == ([] if covering == "body" else ["d6600.crc.covering"])
    assert answer(frame, Verdict.STORED) == grammar.write(b"\t", b"0007", b"01", b"05", b"", covering)
    assert answer(frame, Verdict.REFUSED) == grammar.write(b"\t", b"0000", b"01", b"00", b"", covering)


def test_each_covering_is_what_it_says() -> None:
    """Against the CRC by its definition."""
    text = b"a00010105[#1234|18113001015]"
    coverings = {"body": text, "cr": text + b"\r", "sequence": text[1:], "data": text[9:]}
    for name, covered in coverings.items():
        message = grammar.parse(said(text, covered))
        assert message is not None
        assert message.covering == name


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.STORED, said(b"\t00010105[]")),
        (Verdict.DUPLICATE, said(b"\t00010105[]")),
        (Verdict.STALE, said(b"\t00010105[]")),
        (Verdict.UNSUPPORTED, said(b"\t00010105[]")),
        (Verdict.MALFORMED, said(b"\t00000100[]")),
        (Verdict.REFUSED, said(b"\t00000100[]")),
        (Verdict.NOT_STORED, b""),
    ],
)
def test_every_verdict_has_its_answer(verdict: Verdict, expected: bytes) -> None:
    assert answer(CONTACT_ID, verdict) == expected


@pytest.mark.parametrize(
    "frame",
    [
        b"\n1A2B\t00010100[ #1234|NBA1 ]\r",
        said(b"a00010105[#1234|1811300101]"),
        said(b"a00010105[18113001015]"),
        said(b"I00010105[#1234|1203A1]"),
        said(b"f00010105[#1234|1555]"),
    ],
)
def test_what_cannot_be_read_is_refused_once_and_kept_when_it_comes_again(frame: bytes) -> None:
    """Noise on the line is mended by a repetition; what was meant so must not silence what waits behind it."""
    end = receiver(WIRE)
    (first,) = end.receive(frame, NOW)
    assert isinstance(first, Arrival)
    assert first.kind is ArrivalKind.MALFORMED
    end.decide(first, Verdict.MALFORMED, NOW)
    assert end.answer(first) == "NAK"
    (second,) = end.receive(frame, after(5))
    assert isinstance(second, Arrival)
    assert (second.kind, second.account) == (ArrivalKind.OPAQUE, first.account)
    end.decide(second, Verdict.STORED, after(5))
    assert end.answer(second) == "ACK"


def test_a_damaged_message_and_the_good_one_after_it_are_two() -> None:
    """The number of a damaged one is worth nothing."""
    end = receiver(WIRE)
    (bad,) = end.receive(CONTACT_ID.replace(b"015]", b"016]"), NOW)
    assert isinstance(bad, Arrival)
    end.decide(bad, Verdict.MALFORMED, NOW)
    (good,) = end.receive(CONTACT_ID, NOW)
    assert isinstance(good, Arrival)
    assert bad.identity is not None
    assert good.identity is not None
    assert (bad.identity.fleeting, good.identity.fleeting, good.identity.number) == (True, False, 1)


def test_two_equal_events_with_two_numbers_are_two() -> None:
    """A second press of a panic button; and a repetition has the number of the first, however late it comes."""
    end = receiver(WIRE)
    first, second = (said(b"a%b0105[#1234|18112001001]" % number) for number in (b"0001", b"0002"))
    identities = []
    for frame in (first, second, first):
        (arrival,) = end.receive(frame, NOW)
        assert isinstance(arrival, Arrival)
        end.decide(arrival, Verdict.STORED, NOW)
        identities.append(arrival.identity)
    assert identities[0] != identities[1]
    assert identities[0] == identities[2]


@pytest.mark.parametrize(
    ("data", "token"),
    [(b"00010100[CST1234]\r", "CST"), (b"\n00010100[CSD112226]\r", "CSD"), (b"00010100[CLK01]\r", "CLK")],
)
def test_commands_to_a_receiver_are_known_and_never_answered(data: bytes, token: str) -> None:
    """As a tap beside another system hears them."""
    end = receiver(WIRE)
    (arrival,) = end.receive(data, NOW)
    assert isinstance(arrival, Arrival)
    assert (arrival.kind, arrival.token, ids(arrival)) == (ArrivalKind.ANSWER, token, ["d6600.command"])
    assert (end.undecided, end.data_to_send()) == (0, b"")


def test_a_nak_where_a_message_was_expected_is_no_link_test() -> None:
    arrival = one(WIRE, said(b"\t00000100[]"))
    assert (arrival.kind, ids(arrival)) == (ArrivalKind.ANSWER, ["d6600.answer"])


# The line


@every_event
def test_a_message_is_found_however_it_comes(frame: bytes) -> None:
    """Whole, byte by byte, glued, with bytes behind it and rubbish in front of it."""
    whole = told(feed(WIRE, [frame]))
    assert told(feed(WIRE, [frame[at : at + 1] for at in range(len(frame))])) == whole
    assert told(feed(WIRE, [frame * 3])) == whole * 3
    for around in (b"rubbish", b"\nABCD", b"\nABCDa0001", b"\x00\xff", b"\nF0F5a00010105[#12"):
        assert whole[0] in told(feed(WIRE, [around + frame]))
        assert whole[0] in told(feed(WIRE, [frame + around]))
    assert told(feed(WIRE, [b"\0\r\n" + frame + b"\0\0" + frame])) == whole * 2


def test_a_message_that_lacks_its_end_is_whole_in_front_of_the_next_one() -> None:
    arrivals = feed(WIRE, [CONTACT_ID[:-1] + SIA])
    assert [item.raw for item in arrivals] == [CONTACT_ID[:-1], SIA]


def test_noise_says_what_it_probably_is() -> None:
    for data, guess in ((b"\nF0F5a00010105[#1234|1811", "d6600.damaged"), (b"hello\r", "garbage")):
        (noise,) = feed(WIRE, [data])
        assert isinstance(noise, Noise)
        assert noise.guess == guess


def test_a_line_without_end_is_no_message() -> None:
    """Memory is bounded, and what follows is found."""
    items = feed(WIRE, [b"\nF0F5a00010105[" + b"x" * 5000 + b"]\r" + CONTACT_ID])
    assert [item.kind for item in items if isinstance(item, Arrival)] == [ArrivalKind.EVENT]


PIECES = [*EVENTS.values(), LINK_TEST, b"\n", b"\r", b"[", b"]", b"\t", b"0001", b"\nF0F5a00010105", b"CST", b"#1234|"]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=20), st.sampled_from(PIECES)), max_size=8))
@example([b"\nF0F5a0001" * 300])
def test_any_bytes_are_borne(pieces: list[bytes]) -> None:
    """By both ends and the explanation; no byte is told twice."""
    items = feed(WIRE, pieces)
    data = b"".join(pieces)
    assert sum(item.size if isinstance(item, Noise) else len(item.raw) for item in items) <= len(data)
    panel = sender()
    panel.receive(data, NOW)
    panel.expire(after(99))
    for item in items:
        WIRE.explain(item.raw)


# The sending end

EVENT = Signal(
    account="1234",
    scheme=Scheme.CONTACT_ID,
    code="130",
    qualifier=Qualifier.NEW,
    partition="01",
    number="015",
)


def submitted(signal: Signal | None = None, **speaker: Any) -> tuple[Any, bytes]:
    end = sender(**speaker)
    end.submit(signal or EVENT, NOW)
    return end, end.data_to_send()


def test_only_the_answer_with_its_number_takes_a_message_off() -> None:
    """A late answer to the transmission before must not take off the next message: that would be lost."""
    end = sender()
    for number in ("015", "016"):
        end.submit(Signal(**{**_fields(EVENT), "number": number}), NOW)
    first = end.data_to_send()
    message = grammar.parse(first)
    assert message is not None
    ack = grammar.write(b"\t", message.sequence, b"01", b"01", b"")
    (outcome,) = end.receive(ack, NOW)
    assert outcome.kind is OutcomeKind.ACCEPTED
    second = end.data_to_send()
    assert b"016" in second
    assert list(end.receive(ack, NOW)) == []
    assert len(end.unfinished) == 1


def _fields(signal: Signal) -> dict[str, Any]:
    return {name: getattr(signal, name) for name in signal.__struct_fields__}


def test_of_a_message_without_a_number_the_line_tells_ack_from_nak() -> None:
    """Both say 0000; a NAK taken for an ACK would lose the message."""
    end, frame = submitted(line="5", quirks={"sequence": "zero"})
    assert list(end.receive(said(b"\t00000100[]"), NOW)) == []
    assert end.data_to_send() == frame
    (outcome,) = end.receive(said(b"\t00000105[]"), NOW)
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_it_is_recognised_by_a_message_whose_crc_fits() -> None:
    """And by nothing less."""
    assert WIRE.recognise(CONTACT_ID, False) is Likeness.SURE
    for frame in (CONTACT_ID.replace(b"F0F5", b"F0F6"), b"00010100[CST1234]\r"):
        assert WIRE.recognise(frame, False) is WIRE.recognise(frame, True) is Likeness.NO


def test_three_naks_in_a_row_end_a_message() -> None:
    end, frame = submitted()
    nak = said(b"\t00000100[]")
    for _ in range(2):
        assert list(end.receive(nak, NOW)) == []
        assert end.data_to_send() == frame
    (outcome,) = end.receive(nak, NOW)
    assert outcome.kind is OutcomeKind.GAVE_UP
    assert "NAK" in outcome.reason


def test_a_silent_receiver_hears_the_same_bytes_again() -> None:
    end, frame = submitted(ack_timeout_s=4.0)
    assert list(end.expire(after(4.0))) == []
    assert end.data_to_send() == frame


def test_heartbeats_have_numbers_of_their_own() -> None:
    """And one that is answered takes off no message."""
    end = sender(heartbeat_s=30.0)
    end.connected(NOW)
    end.expire(after(30))
    first = end.data_to_send()
    message = grammar.parse(first)
    assert message is not None
    assert (message.data, message.line) == (b"", b"")
    end.receive(grammar.write(b"\t", message.sequence, b"01", b"00", b""), after(31))
    end.expire(after(60))
    assert end.data_to_send() not in (b"", first)


@pytest.mark.parametrize(
    ("quirks", "found"),
    [
        ({"crc": "cr"}, ["d6600.crc.covering"]),
        ({"crc": "sequence"}, ["d6600.crc.covering"]),
        ({"crc": "data"}, ["d6600.crc.covering"]),
        ({"crc": "wrong"}, ["d6600.crc.wrong"]),
        ({"start": False}, ["d6600.framing.no-lf"]),
        ({"end": False}, ["d6600.framing.no-cr"]),
        ({"letters": True}, ["d6600.contact-id.letter"]),
        ({"sequence": "zero"}, ["d6600.sequence.zero"]),
        ({}, []),
    ],
)
def test_quirks_are_the_departures_that_a_station_names(quirks: dict[str, object], found: list[str]) -> None:
    _, frame = submitted(quirks=quirks)
    arrival = one(WIRE, frame)
    assert ids(arrival) == found


def test_other_quirks() -> None:
    """A CRC in lower case, as far as it has letters; a repeated message has one number; a link test with its line."""
    _, frame = submitted(quirks={"lower_case": True})
    assert frame[1:5] == frame[1:5].lower()
    assert one(WIRE, frame).kind is ArrivalKind.EVENT
    _, frame = submitted(quirks={"repeated": True})
    first, second = [item for item in feed(WIRE, [frame]) if isinstance(item, Arrival)]
    assert first.identity == second.identity
    panel = sender(line="7", quirks={"link_test_line": True})
    panel.submit(LinkTest("1234"), NOW)
    assert one(WIRE, panel.data_to_send()).line == "07"


@pytest.mark.parametrize("sequence", ["count", "zero"])
@pytest.mark.parametrize("seed", range(6))
def test_no_signal_is_lost_or_doubled_over_a_bad_line(seed: int, sequence: str) -> None:
    """Lost messages, lost answers, a station whose disk fails now and then."""
    rng = random.Random(seed)
    panel = sender(line="5", ack_timeout_s=4.0, attempts=30, quirks={"sequence": sequence})
    end, station = receiver(WIRE, "serial"), Station(rng, failing=0.1)
    numbers = [f"{number:03}" for number in range(30)]
    for number in numbers:
        panel.submit(Signal(**{**_fields(EVENT), "number": number}), NOW)
    outcomes = talk(panel, end, station, rng, 0.3, NOW.mono + 36000)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 30
    # Without a number a late repetition cannot be told from a second event: it is stored, too.
    assert (station.stored if sequence == "count" else sorted(set(station.stored))) == numbers


def test_what_cannot_be_said_is_refused_in_words() -> None:
    end = sender()
    for message, why in (
        (Signal(**{**_fields(EVENT), "scheme": Scheme.OTHER}), "send other codes as a payload"),
        (Signal(**{**_fields(EVENT), "number": "12345"}), "three"),
        (Signal(**{**_fields(EVENT), "account": "12[4"}), "1 to 16 letters and digits"),
        (Payload("1234", "abc", "x"), "one letter or digit"),
        (Payload("1234", "a", "x]y"), "bracket"),
        (Payload("1234", "a", "x" * 2000), "too long"),
    ):
        with pytest.raises(UnsendableError, match=why):
            end.submit(message, NOW)
    unfit: tuple[dict[str, Any], ...] = ({"receiver": "123"}, {"line": "x"}, {"account": ""})
    for speaker in unfit:
        with pytest.raises(UnsendableError):
            sender(**speaker)
    end.submit(Payload("1234", "9", "15555555"), NOW)
    assert one(WIRE, end.data_to_send()).token == "9"
    other = sender()
    other.submit(LinkTest("1234"), NOW)
    assert one(WIRE, other.data_to_send()).kind is ArrivalKind.LINK_TEST


def test_moments_only_move_with_the_clock_handed_in() -> None:
    """No deadline before something was said."""
    end = sender()
    assert end.next_timeout() is None
    assert list(end.expire(Moment(0.0, 1e9))) == []
