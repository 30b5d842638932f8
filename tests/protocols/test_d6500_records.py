"""D6500 mode of Bosch receivers: records of 22 characters, header and trailer among them, answered with one byte."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.d6600 import D6500, records
from protocols.ends import LinkTest, OutcomeKind, Payload
from protocols.lines.options import Speaker
from protocols.lines.overrides import parse
from protocols.lines.sending import QuirksError, UnsendableError
from protocols.model import Arrival, ArrivalKind, Noise, Qualifier, Scheme, Signal, Verdict
from protocols.wire import Likeness
from tests.protocols.ademco_support import NOW, Station, after, feed, ids, one, receiver, talk, told

CONTACT_ID = b" a011 123418113001015\x14"
LINK_TEST = b" 1010" + b" " * 11 + b"@" + b" " * 4 + b"\x14"
EVENTS = {
    "contact id": (CONTACT_ID, ("1234", "contact-id", "130", "new", "01", "015")),
    "restore": (b" a011 123418340101007\x14", ("1234", "contact-id", "401", "restore", "01", "007")),
    "account of two": (b" a01K   1218113001015\x14", ("12", "contact-id", "130", "new", "01", "015")),
    "alarm": (b" 1011      1234 A 015\x14", ("1234", "sia", "UA", "new", "", "015")),
    "restoral": (b" 1011      1234 R 015\x14", ("1234", "sia", "UR", "restore", "", "015")),
    "closing": (b" 1011      0012 C1128\x14", ("0012", "sia", "CL", "new", "", "1128")),
    "letter of the receiver's setting": (b" 1011      1234 N 015\x14", ("1234", "other", "N", "new", "", "015")),
    "account of ten": (b" 10111234567890 T 015\x14", ("1234567890", "sia", "UT", "new", "", "015")),
    "of the receiver": (b" 101            X  52\x14", ("0000", "other", "X", "new", "", "52")),
    "fbi": (b" F011      1234112A  \x14", ("1234", "other", "A", "new", "", "12")),
    "iti": (b" I011   1T23411203A12\x14", ("12341", "other", "A", "new", "1", "03")),
    "4-8-1": (b" f011 1234 1555 55557\x14", ("1234", "sia", "UA", "new", "", "1")),
    "sia": (b" S011[#1234|Nri1/BA01]\x14", ("1234", "sia", "BA", "new", "1", "01")),
    "sia, open": (b" S011[#1234|Nri1/BA01\x14", ("1234", "sia", "BA", "new", "1", "01")),
}
UNREAD = {
    "acron": (b" 9011    123415555555\x14", "d6500.record.unread"),
    "caller": (b" e011     77051234567\x14", "d6500.record.unread"),
    "reject": (b" 3011 REJECT COMMAND  \x14", "d6500.reject"),
    "fbi of another form": (b" F011 1234567890123456"[:21] + b"\x14", "d6500.record.unread"),
    "sia without event": (b" S011[#1234|]\x14", "d6500.data.no-event"),
}
every_event = pytest.mark.parametrize(("frame", "wanted"), EVENTS.values(), ids=EVENTS.keys())
ACK, NAK = b"\x06", b"\x15"


def sender(**speaker: Any) -> Any:
    """The receiver's end."""
    return D6500.sending(Speaker(**{"account": "1234"} | speaker))


def test_records_have_the_length_of_the_manual() -> None:
    assert len(CONTACT_ID) == len(LINK_TEST) == 22
    assert {len(frame) for name, (frame, _) in EVENTS.items() if not name.startswith("sia")} <= {21, 22}


@every_event
def test_an_event_is_read(frame: bytes, wanted: tuple[str, ...]) -> None:
    """Account, scheme, code, qualifier, partition, number."""
    arrival = one(D6500, frame)
    signal = arrival.signals[0]
    found = (signal.account, signal.scheme, signal.code, signal.qualifier, signal.partition, signal.number)
    assert (arrival.kind, arrival.account, found) == (ArrivalKind.EVENT, wanted[0], wanted)
    assert (ids(arrival), arrival.receiver, arrival.raw) == ([], "01", frame)


def test_the_line_is_one_letter_or_digit() -> None:
    for frame, line in ((CONTACT_ID, "1"), (EVENTS["account of two"][0], "K"), (EVENTS["of the receiver"][0], "")):
        assert one(D6500, frame).line == line


def test_a_link_test_is_answered_and_makes_no_entry() -> None:
    arrival = one(D6500, LINK_TEST)
    assert (arrival.kind, arrival.account, arrival.identity) == (ArrivalKind.LINK_TEST, "", None)


@pytest.mark.parametrize(("frame", "id_"), UNREAD.values(), ids=UNREAD.keys())
def test_what_is_not_read_is_kept(frame: bytes, id_: str) -> None:
    arrival = one(D6500, frame)
    assert (arrival.kind, ids(arrival)) == (ArrivalKind.OPAQUE, [id_])


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        (CONTACT_ID[1:], []),
        (b"*" + CONTACT_ID[1:], ["d6500.framing.header"]),
        (CONTACT_ID[:-1] + b"\r", ["d6500.framing.trailer"]),
        (CONTACT_ID[:-1] + b"\r\n", ["d6500.framing.trailer"]),
        (CONTACT_ID[:-1], ["d6500.framing.trailer"]),
        (b" a011 123418E13001015\x14", ["d6500.contact-id.letter"]),
        (b" S011[NBA01]\x14", ["d6500.account.missing"]),
        (CONTACT_ID + b"\0\0", []),
    ],
)
def test_departures_are_named_and_the_record_is_read(frame: bytes, found: list[str]) -> None:
    arrival = one(D6500, frame)
    assert (arrival.kind, ids(arrival)) == (ArrivalKind.EVENT, found)


def test_codes_of_a_source_come_before_ours() -> None:
    overrides = parse("scheme,code,becomes_scheme,becomes_code\nother,A,sia,FA\nother,N,sia,UB\n")
    codes = [one(D6500, EVENTS[name][0], overrides=overrides).signals[0].code for name in ("alarm", "restoral")]
    assert codes == ["FA", "UR"]
    assert one(D6500, b" 1011      1234 N 015\x14", overrides=overrides).signals[0].code == "UB"


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.STORED, ACK),
        (Verdict.ALIVE, ACK),
        (Verdict.DUPLICATE, ACK),
        (Verdict.STALE, ACK),
        (Verdict.UNSUPPORTED, ACK),
        (Verdict.MALFORMED, NAK),
        (Verdict.REFUSED, NAK),
        (Verdict.NOT_STORED, b""),
    ],
)
def test_every_verdict_has_its_answer(verdict: Verdict, expected: bytes) -> None:
    end = receiver(D6500)
    (arrival,) = end.receive(CONTACT_ID, NOW)
    assert isinstance(arrival, Arrival)
    end.decide(arrival, verdict, NOW)
    assert end.data_to_send() == expected


@pytest.mark.parametrize(
    "frame", [b" a011 1234181130010_5\x14", b" 1011      12 4 A 015\x14", b" 1011      123400015 \x14"]
)
def test_what_cannot_be_read_is_refused_once_and_kept_when_it_comes_again(frame: bytes) -> None:
    end = receiver(D6500)
    (first,) = end.receive(frame, NOW)
    assert isinstance(first, Arrival)
    assert (first.kind, ids(first)) == (ArrivalKind.MALFORMED, ["d6500.data.unreadable"])
    end.decide(first, Verdict.MALFORMED, NOW)
    (second,) = end.receive(frame, after(5))
    assert isinstance(second, Arrival)
    assert second.kind is ArrivalKind.OPAQUE


@pytest.mark.parametrize("data", [b"!T1234\r", b"!D112226\r", b"!K12\r"])
def test_commands_to_a_receiver_are_known_and_never_answered(data: bytes) -> None:
    end = receiver(D6500)
    (arrival,) = end.receive(data, NOW)
    assert isinstance(arrival, Arrival)
    assert (arrival.kind, ids(arrival), end.undecided) == (ArrivalKind.ANSWER, ["d6500.command"], 0)


@every_event
def test_a_record_is_found_however_it_comes(frame: bytes, wanted: tuple[str, ...]) -> None:
    """Whole, byte by byte, glued, behind rubbish that has an end."""
    whole = told(feed(D6500, [frame]))
    assert told(feed(D6500, [frame[at : at + 1] for at in range(len(frame))])) == whole
    assert told(feed(D6500, [frame * 3])) == whole * 3
    for rubbish in (b"rubbish\r", b"5011 181234E13001015\x14", b"\x00\xff\n", b"101\x14"):
        assert whole[0] in told(feed(D6500, [rubbish + frame]))
        assert whole[0] in told(feed(D6500, [frame + rubbish]))


def test_contact_id_is_found_in_the_middle_of_rubbish() -> None:
    """Nothing else can look like it; of the other records only the beginning of a line is one."""
    assert CONTACT_ID in [item.raw for item in feed(D6500, [b"xx11" + CONTACT_ID])]
    assert not [item for item in feed(D6500, [b"50" + EVENTS["alarm"][0][1:]]) if isinstance(item, Arrival)]


def test_noise_says_what_it_probably_is() -> None:
    for data, guess in (
        (b" a011 1234181130010\x14", "d6500.damaged"),
        (b"5011 181234E13001015\x14", "sur-gard"),
        (b"hello\r", "garbage"),
    ):
        (noise,) = feed(D6500, [data])
        assert isinstance(noise, Noise)
        assert noise.guess == guess


def test_only_what_sur_gard_cannot_be_is_recognised() -> None:
    sure = {name for name, (frame, _) in EVENTS.items() if D6500.recognise(frame, False) is Likeness.SURE}
    assert sure == {"contact id", "restore", "account of two", "iti", "4-8-1"}
    for frame in (LINK_TEST, b"5011 181234E13001015\x14", b"!T1234\r"):
        assert D6500.recognise(frame, False) is D6500.recognise(frame, True) is Likeness.NO


PIECES = [*(frame for frame, _ in EVENTS.values()), LINK_TEST, b"\x14", b" ", b"a011", b"S011[", b"!T", b"\r\n", b"1"]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=20), st.sampled_from(PIECES)), max_size=8))
@example([b" a011 " * 400])
@example([b"S011[" + b"x" * 3000])
def test_any_bytes_are_borne(pieces: list[bytes]) -> None:
    """By both ends and the explanation; no byte is told twice."""
    items = feed(D6500, pieces)
    data = b"".join(pieces)
    assert sum(item.size if isinstance(item, Noise) else len(item.raw) for item in items) <= len(data)
    end = sender()
    end.receive(data, NOW)
    end.expire(after(99))
    for item in items:
        D6500.explain(item.raw)


# The sending end

EVENT = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)
BURGLARY = Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, partition="1", number="01")


@pytest.mark.parametrize(
    ("message", "speaker", "frame"),
    [
        (EVENT, {}, CONTACT_ID),
        (EVENT, {"line": "20"}, b" a01K 123418113001015\x14"),
        (EVENT, {"line": "33"}, b" a01X 123418113001015\x14"),
        (EVENT, {"line": "99"}, b" a01Y 123418113001015\x14"),
        (EVENT, {"quirks": {"header": ""}}, CONTACT_ID[1:]),
        (EVENT, {"quirks": {"trailer": "\r\n"}}, CONTACT_ID[:-1] + b"\r\n"),
        (EVENT, {"quirks": {"letters": True}}, b" a011 123418E13001015\x14"),
        (EVENT, {"quirks": {"repeated": True}}, CONTACT_ID * 2),
        (BURGLARY, {}, b" S011[#1234|Nri1/BA01]\x14"),
        (LinkTest("1234"), {}, LINK_TEST),
        (Payload("1234", "1", "      1234 A 015"), {}, b" 1011      1234 A 015\x14"),
    ],
)
def test_what_is_said_is_what_the_manual_says(message: Any, speaker: dict[str, Any], frame: bytes) -> None:
    end = sender(**speaker)
    end.submit(message, NOW)
    assert end.data_to_send() == frame


def test_a_short_account_is_filled_up_with_blanks() -> None:
    end = sender(account="12")
    end.submit(Signal(**{name: getattr(EVENT, name) for name in EVENT.__struct_fields__} | {"account": "12"}), NOW)
    frame = end.data_to_send()
    assert frame == b" a011   1218113001015\x14"
    assert one(D6500, frame).account == "12"


def test_what_cannot_be_said_is_refused_in_words() -> None:
    end = sender()
    fields = {name: getattr(EVENT, name) for name in EVENT.__struct_fields__}
    for message, why in (
        (Signal(**fields | {"scheme": Scheme.OTHER}), "send other codes as a payload"),
        (Signal(**fields | {"account": "12345"}), "has 4 digits"),
        (Payload("1234", "5", "x" * 16), "give one of"),
        (Payload("1234", "1", "x"), "16 characters"),
    ):
        with pytest.raises(UnsendableError, match=why):
            end.submit(message, NOW)
    with pytest.raises(QuirksError, match="characters of ASCII"):
        sender(quirks={"header": "xx"})


@pytest.mark.parametrize("seed", range(6))
def test_no_signal_is_lost_over_a_bad_line(seed: int) -> None:
    """Lost records, lost answers, a station whose disk fails now and then."""
    rng = random.Random(seed)
    panel = sender(ack_timeout_s=5.0, attempts=30)
    end, station = receiver(D6500, "serial"), Station(rng, failing=0.1)
    numbers = [f"{number:03}" for number in range(30)]
    fields = {name: getattr(EVENT, name) for name in EVENT.__struct_fields__}
    for number in numbers:
        panel.submit(Signal(**fields | {"number": number}), NOW)
    outcomes = talk(panel, end, station, rng, 0.3, NOW.mono + 36000)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 30
    assert sorted(set(station.stored)) == numbers


def test_a_record_is_what_it_was_parsed_from() -> None:
    record = records.parse(CONTACT_ID)
    assert record is not None
    written = records.write(record.type, record.receiver, record.line, record.body, record.header, record.trailer)
    assert written == CONTACT_ID
    assert records.parse(CONTACT_ID[:10]) is None
