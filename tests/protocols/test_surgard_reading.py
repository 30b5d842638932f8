"""Sur-Gard lines into arrivals: what every format says, and every departure that is borne."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols import contact_id
from protocols.lines import overrides
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Noise, Qualifier, Signal
from protocols.surgard import clock, tables
from tests.protocols.surgard_support import CONTACT_ID, HEARTBEAT, LINES, MLR2000, OFF, ids, one, read

Told = tuple[str, str, str, str, str, str, str]


def told(signal: Signal) -> Told:
    """What a signal says, in short."""
    return (
        signal.account,
        signal.scheme.value,
        signal.code,
        signal.qualifier.value,
        signal.partition,
        signal.subject,
        signal.number,
    )


def test_the_examples_of_the_manuals_have_the_lengths_that_they_give() -> None:
    """21 and 23 bytes."""
    assert (CONTACT_ID, len(CONTACT_ID)) == (b"5011 181234E13001015\x14", 21)
    assert (MLR2000, len(MLR2000)) == (b"501001 181234E13001015\x14", 23)
    assert (HEARTBEAT, len(HEARTBEAT)) == (b"1011" + b" " * 11 + b"@" + b" " * 4 + b"\x14", 21)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mlr2 contact id", [("1234", "contact-id", "130", "new", "01", "zone", "015")]),
        ("mlr2000 contact id", [("1234", "contact-id", "130", "new", "01", "zone", "015")]),
        ("the manual's own", [("1234", "contact-id", "121", "new", "01", "user", "001")]),
        ("ebs", [("7037", "contact-id", "130", "new", "01", "zone", "004")]),
        ("hik", [("7037", "contact-id", "301", "restore", "00", "zone", "000")]),
        ("previously reported", [("1234", "contact-id", "130", "status", "01", "zone", "015")]),
        ("pima", [("7002", "other", "TH", "new", "", "", "")]),
        ("basic", [("1234", "sia", "UA", "new", "", "zone", "012")]),
        ("group closing, area 1", [("0012", "sia", "CL", "new", "1", "user", "128")]),
        ("group closing, area 2", [("0012", "sia", "CL", "new", "2", "user", "128")]),
        ("cancel", [("1234", "sia", "OC", "new", "", "user", "001")]),
        ("sia 1", [("1234", "sia", "BA", "new", "", "zone", "0012")]),
        ("sia 1, three digits", [("001234", "sia", "CL", "new", "", "user", "0007")]),
        ("modem ii", [("1234", "other", "AL", "new", "", "", "0012")]),
        (
            "high speed",
            [
                ("1234", "sia", "UA", "new", "", "zone", "4"),
                ("1234", "sia", "UA", "new", "", "zone", "6"),
                ("1234", "sia", "YT", "new", "", "none", ""),
            ],
        ),
        ("superfast", [("1234", "other", "15555555", "new", "", "", "")]),
        ("sia 2", [("1234", "sia", "BA", "new", "1", "zone", "01")]),
        (
            "sia 2, many",
            [
                ("001234", "sia", "OP", "new", "2", "area", "1"),
                ("001234", "sia", "BA", "new", "", "zone", "0012"),
                ("001234", "sia", "FA", "new", "", "zone", "0013"),
            ],
        ),
        ("sia 2, name", [("1234", "sia", "UA", "new", "", "zone", "021")]),
        ("sia 2, @", [("1234", "sia", "BA", "new", "", "zone", "01")]),
        ("internal", [("0000", "sia", "RU", "new", "", "none", "0000")]),
        ("internal, mlr2", [("0000", "sia", "RU", "new", "", "none", "0000")]),
        ("internal as contact id", [("0000", "contact-id", "351", "new", "00", "zone", "000")]),
    ],
)
def test_every_format_says_what_happened(name: str, expected: list[Told]) -> None:
    """Fields of every format that has any."""
    arrival = one(LINES[name])
    assert arrival.kind is ArrivalKind.EVENT
    assert [told(signal) for signal in arrival.signals] == expected
    assert arrival.account == expected[0][0]


@pytest.mark.parametrize("name", LINES)
def test_every_line_of_the_manuals_is_read_whole(name: str) -> None:
    """The bytes are kept as they came; identifier, receiver and line number are told as sent."""
    data = LINES[name]
    arrival = one(data)
    assert arrival.raw == data
    assert arrival.token == chr(data[0])
    assert (arrival.receiver or "", arrival.protocol) == (data[1:3].decode(), "surgard")
    three = b"001" in data[3:6]
    assert (arrival.line, arrival.dialect) == (data[3:6].decode(), "mlr2000") if three else (data[3:4].decode(), "mlr2")
    assert not [id_ for id_ in ids(arrival) if id_.startswith("surgard.") and "two-char" not in id_] or name == "caller"


def test_texts_and_users_of_sia_come_along() -> None:
    """The modifiers, names in quotes, and an at sign that is no heartbeat."""
    assert one(LINES["sia 2, name"]).signals[0].text == "detector hall"
    assert one(LINES["sia 2, @"]).signals[0].text == "a @ b"
    opened = one(LINES["sia 2, many"]).signals[0]
    assert (opened.user, opened.partition) == ("7", "2")


def test_modifiers_in_whatever_letters_come_along() -> None:
    """DSC panels print the area as Ri; what has no field of its own is in the details."""
    signal = one(b"S011[#1234|NRi01/id7/ta5/BA012]\x14").signals[0]
    assert (signal.partition, signal.user, signal.number, signal.details) == ("01", "7", "012", {"ta": ["5"]})


def right_messages() -> list[str]:
    """The telephone messages of the vectors that are right."""
    lines = (Path(__file__).parent / "vectors" / "contact_id.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        digits = json.loads(line).get("digits", "")
        try:
            contact_id.read_telephone(digits)
        except contact_id.ContactIDError:
            continue
        found.append(digits)
    return found


@pytest.mark.parametrize("digits", right_messages())
def test_a_line_says_what_the_telephone_message_says(digits: str) -> None:
    """Every right vector of Contact ID, as receivers print it and with the digit left in."""
    expected, _ = contact_id.read_telephone(digits)
    for qualifier in ({"1": "E", "3": "R", "6": "P"}[digits[6]], digits[6]):
        arrival = one(f"5011 {digits[4:6]}{digits[:4]}{qualifier}{digits[7:15]}\x14".encode("ascii"))
        assert arrival.signals == (expected,)


def test_letter_and_number_of_a_basic_line_are_kept_as_sent() -> None:
    """The table is ours; what came must stay readable."""
    assert one(b"1011      1234 T5 03\x14").signals[0].details == {"letter": ["T"], "number": ["03"]}


def test_the_table_of_letters_has_every_letter_that_receivers_offer() -> None:
    """Each with a code of the catalogue."""
    from protocols import catalogue

    assert set(tables.letters()) == set("ABCDORT\\")
    assert all(catalogue.known("sia", code) for code in tables.letters().values())


def test_a_letter_without_a_meaning_is_kept_and_named() -> None:
    """It may be an alarm."""
    arrival = one(b"1011      1234 Q 012\x14")
    assert [told(signal)[1:] for signal in arrival.signals] == [("other", "Q", "new", "", "", "012")]
    assert ids(arrival) == ["surgard.basic.letter"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("other,A012,,contact-id,110,,", ("contact-id", "110", "012")),
        ("other,A,,contact-id,140,,", ("contact-id", "140", "012")),
        ("sia,UA,,sia,BA,,", ("sia", "BA", "012")),
        ("other,A013,,contact-id,110,,", ("sia", "UA", "012")),
    ],
)
def test_overrides_change_what_a_letter_means(row: str, expected: tuple[str, str, str]) -> None:
    """By letter and number, by letter, or by the code that the shipped table gives it."""
    head = ",".join(overrides.COLUMNS)
    options = SourceOptions(overrides=overrides.parse(f"{head}\n{row}\n"))
    signal = one(LINES["basic"], options).signals[0]
    assert (signal.scheme.value, signal.code, signal.number) == expected


def test_overrides_translate_two_character_codes() -> None:
    """What PIMA receivers send has no public table."""
    options = SourceOptions(overrides=overrides.parse("scheme,code,becomes_scheme,becomes_code\nother,TH,sia,TA\n"))
    assert one(LINES["pima"], options).signals[0].code == "TA"


@pytest.mark.parametrize(
    ("channels", "status", "expected"),
    [
        (b"1555 5555", b"7", [("UA", "new", "1")]),
        (b"2345 5556", b"7", [("OP", "new", "1"), ("UR", "restore", "2"), ("CL", "new", "3"), ("UA", "status", "8")]),
        (b"5155 5535", b"5", [("UT", "new", "2"), ("UJ", "restore", "7")]),
        (b"1555 5555", b"1", [("HA", "new", "1")]),
        (b"1555 5555", b"3", [("UB", "new", "1")]),
        (b"5555 5555", b"1", [("HA", "new", "")]),
        (b"5555 5555", b"9", [("TX", "new", "")]),
        (b"1555 5555", b"9", [("UA", "new", "1"), ("TX", "new", "")]),
        (b"5555 5555", b"7", [("S7", "new", "")]),
        (b"5555 5555", b" ", [("55555555", "new", "")]),
    ],
)
def test_channels_of_a_high_speed_line_are_events_of_their_own(
    channels: bytes, status: bytes, expected: list[tuple[str, str, str]]
) -> None:
    """As many as say something; a line is never without a signal."""
    arrival = one(b"80111234 " + channels + b" " + status + b"\x14")
    assert [(one.code, one.qualifier.value, one.number) for one in arrival.signals] == expected


@pytest.mark.parametrize("identifier", list(b"ACDFTUV27BEGHZ"))
def test_lines_of_unknown_content_are_kept_unread(identifier: int) -> None:
    """Telephone numbers, raw data, and whatever else a receiver may print."""
    arrival = one(bytes([identifier]) + b"011 anything @ 1234 [#|]\x14")
    assert (arrival.kind, arrival.token, arrival.receiver, arrival.line) == (
        ArrivalKind.OPAQUE,
        chr(identifier),
        "01",
        "1",
    )
    known = identifier in b"ACDFTUV"
    assert ids(arrival) == ["surgard.format.no-event" if known else "surgard.format.unknown"]


def test_a_caller_is_kept_unread_under_its_account() -> None:
    """A telephone number is no event."""
    arrival = one(LINES["caller"])
    assert (arrival.kind, arrival.account) == (ArrivalKind.OPAQUE, "1234")


@pytest.mark.parametrize(
    "data",
    [
        b"5011 181234X13001015\x14",
        b"5011 181234E130010\x14",
        b"5011 18\x14",
        b"5011 18zzzzE13001015\x14",
        b"1011      12 4 A 012\x14",
        b"3011      1234ba0012\x14",
        b"6011    \x14",
        b"80111234 5555 555X 7\x14",
        b"9011    1234XXXXXXXX\x14",
        b"S011[#1234|NBA01\x14",
        b"S011[#]\x14",
        b"001001[#1234|NRU0000]\x14",
    ],
)
def test_a_line_that_breaks_its_form_is_no_event_and_is_not_lost(data: bytes) -> None:
    """Whole, of a known identifier, and unreadable."""
    arrival = one(data)
    assert (arrival.kind, arrival.raw, arrival.signals) == (ArrivalKind.MALFORMED, data, ())
    assert ids(arrival) == ["surgard.unreadable"]


def test_text_without_an_event_is_kept_unread() -> None:
    """Control blocks say nothing that happened."""
    arrival = one(b"S011[#1234|CSA1*1]\x14")
    assert arrival.kind is ArrivalKind.OPAQUE
    assert "surgard.text.no-event" in ids(arrival)


def test_a_bracket_inside_a_text_does_not_hide_the_event() -> None:
    """The alarm is read, and the text with it as far as that goes."""
    arrival = one(b"S011[#1234|NBA012^hall [2] left^]\x14")
    assert told(arrival.signals[0])[2:] == ("BA", "new", "", "zone", "012")
    assert "surgard.text.brackets" in ids(arrival)


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("cr", "surgard.terminator.line-end"),
        ("crlf", "surgard.terminator.line-end"),
        ("lf", "surgard.terminator.line-end"),
        ("nul", "surgard.terminator.nul"),
        ("no space", "surgard.header.space-missing"),
        ("no space, three digits", "surgard.header.space-missing"),
        ("space before account", "surgard.account.space"),
        ("account of six", "surgard.account.width"),
        ("account of ten", "surgard.account.width"),
        ("qualifier 1", "surgard.contact-id.qualifier"),
        ("qualifier 3", "surgard.contact-id.qualifier"),
        ("qualifier 6", "surgard.contact-id.qualifier"),
    ],
)
def test_a_departure_is_borne_and_named(name: str, id_: str) -> None:
    """Nothing but the one that is there."""
    arrival = one(OFF[name])
    assert (arrival.kind, arrival.raw) == (ArrivalKind.EVENT, OFF[name])
    assert ids(arrival) == [id_]
    signal = arrival.signals[0]
    assert (signal.code, signal.partition, signal.number) == ("130", "01", "015")


@pytest.mark.parametrize(
    ("name", "account", "line", "qualifier"),
    [
        ("no space", "1234", "0", Qualifier.NEW),
        ("no space, three digits", "1234", "001", Qualifier.NEW),
        ("space before account", "1234", "1", Qualifier.NEW),
        ("account of six", "123456", "1", Qualifier.NEW),
        ("account of ten", "1234567890", "1", Qualifier.NEW),
        ("hex account", "ABCD", "1", Qualifier.NEW),
        ("qualifier 1", "1234", "1", Qualifier.NEW),
        ("qualifier 3", "1234", "1", Qualifier.RESTORE),
        ("qualifier 6", "1234", "1", Qualifier.STATUS),
        ("letter as line", "1234", "A", Qualifier.NEW),
    ],
)
def test_the_fields_are_certain_whatever_departs(name: str, account: str, line: str, qualifier: Qualifier) -> None:
    """Account, line number and qualifier."""
    arrival = one(OFF[name])
    assert (arrival.account, arrival.line, arrival.signals[0].qualifier) == (account, line, qualifier)


def test_the_width_of_line_numbers_can_be_settled() -> None:
    """Where the message leaves it open, and where it contradicts."""
    ambiguous = b"501118181234E13001015\x14"
    assert (one(ambiguous).line, one(ambiguous).account) == ("118", "1234")
    settled = one(ambiguous, SourceOptions(line_digits=1))
    assert (settled.line, settled.account) == ("1", "181234")
    assert ids(one(MLR2000, SourceOptions(line_digits=3))) == []
    assert ids(one(MLR2000, SourceOptions(line_digits=1))) == ["surgard.header.line-width"]


@pytest.mark.parametrize("missing", range(14, 22))
def test_a_digit_lost_behind_a_wide_account_shifts_nothing(missing: int) -> None:
    """Its last digit is not taken for the qualifier: no event code begins with E."""
    whole = b"5011 18123456E13001015\x14"
    arrival = one(whole[:missing] + whole[missing + 1 :])
    assert (arrival.kind, arrival.signals) == (ArrivalKind.MALFORMED, ())


# --- heartbeats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [b"1", b"A", b"0", b"001", b"12"])
def test_a_heartbeat_is_a_link_test(line: bytes) -> None:
    """With line numbers of every width."""
    arrival = one(b"101" + line + b" " * 11 + b"@" + b" " * 4 + b"\x14")
    assert (arrival.kind, arrival.line, arrival.signals, ids(arrival)) == (
        ArrivalKind.LINK_TEST,
        line.decode(),
        (),
        [],
    )


def test_a_heartbeat_with_other_blanks_is_still_one() -> None:
    """And it is said."""
    arrival = one(b"1011         @\x14")
    assert (arrival.kind, ids(arrival)) == (ArrivalKind.LINK_TEST, ["surgard.heartbeat.form"])


@pytest.mark.parametrize(
    "data",
    [b"S011[#1234|NBA01^@^]\x14", b"A011           @    \x14", b"1011      1234 @ 012\x14", b"1011 1234 a@example\x14"],
)
def test_an_at_sign_anywhere_else_is_no_heartbeat(data: bytes) -> None:
    """It stands in texts as well."""
    assert all(not isinstance(item, Arrival) or item.kind is not ArrivalKind.LINK_TEST for item in read(data))


# --- the clock -------------------------------------------------------------------------------------------------------


def at(text: str) -> float:
    """Seconds since the epoch of an ISO time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_the_receivers_clock_is_the_time_of_line_and_event() -> None:
    """In the time zone of the account, else of the source."""
    line = LINES["clock"]
    assert one(line).sent_at == at("2026-01-02T11:59:58")
    assert one(line).signals[0].occurred_at == at("2026-01-02T11:59:58")
    assert one(LINES["clock on text"]).signals[0].occurred_at == at("2026-01-02T11:59:58")
    almaty = SourceOptions(time_zone="Asia/Almaty")
    assert one(line, almaty).sent_at == at("2026-01-02T06:59:58")
    known = Dialect(known=True, time_zone="Asia/Tokyo")
    assert one(line, almaty, dialect=known).sent_at == at("2026-01-02T02:59:58")


def test_the_clock_may_stand_behind_every_line_but_a_heartbeat() -> None:
    """It changes nothing else."""
    for name, data in LINES.items():
        if not name.startswith("clock"):
            arrival, plain = one(data[:-1] + b"11:59:58-02/01\x14"), one(data)
            assert arrival.sent_at == at("2026-01-02T11:59:58"), name
            assert [told(signal) for signal in arrival.signals] == [told(signal) for signal in plain.signals]


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("23:59:59-31/12", "2026-01-01T00:00:05", "2025-12-31T23:59:59"),
        ("00:00:05-01/01", "2025-12-31T23:59:59", "2026-01-01T00:00:05"),
        ("12:00:00-02/07", "2026-01-02T12:00:00", "2026-07-02T12:00:00"),
        ("12:00:00-04/07", "2026-01-02T12:00:00", "2025-07-04T12:00:00"),
        ("12:00:00-29/02", "2026-01-02T12:00:00", None),
        ("12:00:00-29/02", "2027-06-02T12:00:00", "2028-02-29T12:00:00"),
        ("25:00:00-01/01", "2026-01-02T12:00:00", None),
        ("12:00:00-31/04", "2026-01-02T12:00:00", None),
        ("12:00:00-00/00", "2026-01-02T12:00:00", None),
    ],
)
def test_the_year_is_the_nearest(text: str, now: str, expected: str | None) -> None:
    """Over New Year in both directions, and 29 February only where there is one."""
    assert clock.read(text, "UTC", at(now)) == (None if expected is None else at(expected))


def test_a_clock_that_shows_no_time_is_named() -> None:
    """The event is read all the same."""
    arrival = one(b"5011 181234E1300101525:00:00-01/01\x14")
    assert (arrival.kind, arrival.sent_at, ids(arrival)) == (ArrivalKind.EVENT, None, ["surgard.clock.invalid"])


# --- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "cp866", "koi8-r"])
def test_texts_are_read_in_the_encoding_of_the_source(encoding: str) -> None:
    """Or in that of the account."""
    data = b"S011[#1234|NBA012^" + "Дверь".encode(encoding) + b"^]\x14"
    assert one(data, SourceOptions(encoding=encoding)).signals[0].text == "Дверь"
    assert one(data, dialect=Dialect(known=True, encoding=encoding)).signals[0].text == "Дверь"


def test_texts_in_no_encoding_that_is_known_can_be_read_all_the_same() -> None:
    """Windows-1252 has a character for every byte."""
    assert one(b"S011[#1234|NBA012^\xd6l\x81^]\x14").signals[0].text == "Öl\x81"
    assert one(b"S011[#1234|NBA012^\xd6^]\x14", SourceOptions(encoding="no such")).signals[0].text == "Ö"


# --- any bytes -------------------------------------------------------------------------------------------------------

PIECES = [*LINES.values(), *OFF.values(), HEARTBEAT, b"\x14", b"\r\n", b"\0", b"5011", b" 18", b"[#", b"]", b"|", b"@"]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=8), st.integers(0, 3))
@example([b"5011" * 300], 0)
@example([b"S011[#1234|" + b"]" * 1000], 1)
@example([b"1011" + b" " * 2000], 0)
@example([CONTACT_ID[:-1] * 60], 0)
def test_any_bytes_are_borne(pieces: list[bytes], digits: int) -> None:
    """Nothing raises, and no byte is invented: arrivals, noise and filler make up the stream."""
    data = b"".join(pieces)
    size = 0
    for item in read(data, SourceOptions(line_digits=digits)):
        if isinstance(item, Noise):
            size += item.size
        else:
            assert item.raw in data
            assert all(signal.account for signal in item.signals)
            size += len(item.raw)
    assert size <= len(data)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(sorted(LINES)), st.integers(0, 30), st.integers(0, 255))
def test_one_damaged_byte_never_makes_two_events_of_one(name: str, place: int, byte: int) -> None:
    """Whatever it becomes, the line gives at most what it gave."""
    data = bytearray(LINES[name])
    data[place % len(data)] = byte
    arrivals = [item for item in read(bytes(data)) if isinstance(item, Arrival)]
    assert len([one for one in arrivals if one.kind is ArrivalKind.EVENT]) <= 1
