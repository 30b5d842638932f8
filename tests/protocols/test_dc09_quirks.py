"""Every quirk seen in the field, and every departure that has a name: what is told of it, and what it still means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from protocols.dc09 import FINDINGS, ReceivingEnd, decode
from protocols.model import Arrival, ArrivalKind, Dialect, Edition, Moment, Severity, Verdict
from tests.protocols.dc09_support import (
    KEY,
    NOW,
    SOURCE,
    STAMP,
    VECTORS,
    arrivals_in,
    encrypted,
    frame,
    ids,
    only,
    receiver,
)

EVENT, LINK_TEST, OPAQUE = ArrivalKind.EVENT, ArrivalKind.LINK_TEST, ArrivalKind.OPAQUE
UNSUPPORTED, MALFORMED, ANSWER = ArrivalKind.UNSUPPORTED, ArrivalKind.MALFORMED, ArrivalKind.ANSWER
BURGLARY = ["1234 BA new 1 001"]
NOISY = bytes(range(0x80, 0x9F))


@dataclass(frozen=True)
class Case:
    """One quirk: bytes, and what must come of the last message in them."""

    name: str
    data: bytes
    findings: str
    """Without ``dc09.`` in front; those of the contents are not told here."""
    signals: list[str] = field(default_factory=lambda: BURGLARY)
    kind: ArrivalKind = EVENT
    late_s: float = 0.0
    """How long after the time in the frames it comes."""
    keys: tuple[bytes, ...] = ()
    dialect: dict[str, Any] = field(default_factory=dict)


def said(body: str | bytes, stamp: bytes = STAMP, **how: Any) -> bytes:
    """A frame in the clear, with a stamp."""
    if isinstance(body, str):
        body = body.encode()
    return frame(body + stamp, **how)


def event(rest: str = "", header: str = "0042L0#1234", data: str = "#1234|Nri1/BA001", stamp: bytes = STAMP) -> bytes:
    return said(f'"SIA-DCS"{header}[{data}]{rest}', stamp)


def link_test(header: str = "0000L0#1234", data: str = "", token: str = "NULL", rest: str = "") -> bytes:
    return said(f'"{token}"{header}[{data}]{rest}')


def sealed(
    content: bytes = b"|#1234|Nri1/BA001]" + STAMP,
    pad: bytes = NOISY,
    header: bytes = b'"*SIA-DCS"0042L0#1234',
    close: bytes = b"",
    lower_case: bool = False,
) -> bytes:
    """An encrypted frame; of the padding as much is taken as fits, a block of it and more where there is enough."""
    size = -len(content) % 16
    size += 16 if len(pad) >= size + 16 or not size else 0
    assert len(pad) >= size
    digits = encrypted(KEY, pad[:size] + content).hex()
    secret = (digits if lower_case else digits.upper()).encode()
    return frame(header + b"[" + secret + close)


def lower(data: bytes, start: int, end: int) -> bytes:
    return data[:start] + data[start:end].lower() + data[end:]


def counting_cr(body: bytes) -> bytes:
    """CRC and length count the CR."""
    whole = frame(body + b"\r")
    return whole[:-1]


NULL_SECRET = b'"*NULL"0000L0#1234'

FRAMES = [
    Case("strict", event(), ""),
    Case("1 binary CRC", said('"SIA-DCS"0042L0#1234[#1234|Nri1/BA001]', binary=True), "crc.binary"),
    Case("2 counts the CR", counting_cr(b'"SIA-DCS"0042L0#1234[#1234|Nri1/BA001]'), "crc.counts-the-cr time.none"),
    Case("3 NUL behind the CR", event() + b"\0\0", "framing.nul-after-cr"),
    Case("3 NUL behind the CR before", link_test() + b"\0" + event(), "flow.not-waiting"),
    Case("line end in front", b"\r\n" + event(), "framing.filler"),
    Case("4 L without digits", event(header="0042L#1234"), "header.prefix-empty"),
    Case("5 account only inside", event(header="0042L0"), "header.account-missing"),
    Case("5 account only inside, L empty", VECTORS["F35"].frame.rstrip(b"\0"),
         "header.prefix-empty header.account-missing time.none", ["9999 BA new - 2"]),
    Case("6 NULL with a number", link_test("0001L0#1234"), "null.sequence", [], LINK_TEST),
    Case("7 event with 0000", event(header="0000L0#1234"), "event.sequence-zero"),
    Case("8 NULL with data", link_test(data="#0000|0000 00 000"), "null.filler", [], LINK_TEST),
    Case("NULL with an event", link_test(data="#1234|Nri1/BA001"), "null.data", [], OPAQUE),
    Case("12 account in L", event(header="0042L1234#1234"), "header.repeats-account"),
    Case("12 account in R", event(header="0042R1234L0#1234"), "header.repeats-account"),
    Case("12 account in R, encrypted", sealed(header=b'"*SIA-DCS"0042R1234L0#1234'), "header.repeats-account",
         keys=(KEY,)),
    Case("12 account in lower case", event(header="0042LABC#abc"), "header.repeats-account header.lower-case "
         "data.account-differs"),
    Case("12 zeros repeat nothing", event(header="0042L000#000", data="#000|Nri1/BA001"), "header.leading-zeros",
         ["000 BA new 1 001"]),
    Case("13 L filled up", event(header="0042L000#1234"), "header.leading-zeros"),
    Case("13 R filled up", event(header="0042R000001L10#1234"), "header.leading-zeros"),
    Case("13 both filled up", event(header="0042R01L01#1234"), "header.leading-zeros"),
    Case("13 one zero is none too many", event(header="0042R0L0#1234"), ""),
    Case("14 account that is no number", event(header="0042L0#foc76", data="#foc76|Nri1/BA001"),
         "header.account-form", ["foc76 BA new 1 001"]),
    Case("14 short account", event(header="0042L0#12", data="#12|Nri1/BA001"), "header.account-form",
         ["12 BA new 1 001"]),
    Case("15 zeros inside", event(data="#001234|Nri1/BA001"), "data.account-zeros", ["001234 BA new 1 001"]),
    Case("16 no # inside", event(data="1234|Nri1/BA001"), "data.no-hash"),
    Case("no account inside", event(data="Nri1/BA001"), "data.account-missing"),
    Case("17 another account inside", event(data="#5678|Nri1/BA001"), "data.account-differs", ["5678 BA new 1 001"]),
    Case("17 zeros inside", event(data="#0000|Nri1/BA001"), "data.account-zero"),
    Case("18 pi for the area", event(data="#1234|Npi1/BA001"), ""),
    Case("19 no slash", event(data="#1234|Nri1BA001"), ""),
    Case("20 blanks in a text", event(data="#1234|Nri1/BA001^Hall    ^"), ""),
    Case("21 local time", event(), "time.local", late_s=-5 * 3600, dialect={"time_zone": "Asia/Almaty"}),
    Case("22 clock an hour off", event(), "time.skew", late_s=3600),
    Case("23 no stamp", event(stamp=b""), "time.none"),
    Case("23 link test without stamp", frame('"NULL"0000L0#1234[]'), "time.none", [], LINK_TEST),
    Case("24 old text in place of the stamp", event(stamp=b"BA001]_09:19:30,02-2"), "time.unreadable"),
    Case("24 zeros in place of the stamp", event(stamp=bytes(20)), "time.unreadable"),
    Case("24 line ends in place of the stamp", event(stamp=b"\r\n" * 10), "time.unreadable"),
    Case("24 anything in place of the stamp", event(stamp=bytes(range(5, 25))), "time.unreadable"),
    Case("24 a bracket in place of the stamp", event(stamp=b"[old][old2]\xff\xfe\0\0\r\n\0\0\0"),
         "time.unreadable extended.letter"),
    Case("a date of month zero", event(stamp=b"_00:00:00,00-31-2019"), "time.no-such-date"),
    Case("hour 24", event(stamp=b"_24:00:00,01-02-2026"), "time.no-such-date"),
    Case("25 two in one segment", event() * 2, "flow.not-waiting"),
    Case("28 lower-case CRC", lower(event(header="0042L0#ABCD", data="#ABCD|Nri1/BA001"), 1, 5), "header.lower-case",
         ["ABCD BA new 1 001"]),
    Case("28 lower-case length", lower(event(data="#1234|Nri1/BA001^2nd^"), 5, 9), "header.lower-case"),
    Case("28 lower-case account", event(header="0042L0#abcd", data="#abcd|Nri1/BA001"), "header.lower-case",
         ["abcd BA new 1 001"]),
    Case("28 lower-case R", event(header="0042Rc0ffdL1#1234"), "header.lower-case"),
    Case("34 Cyrillic text", event("[I\u0442\u0440\u0435\u0432\u043e\u0433\u0430]"), "text.utf-8"),
    Case("34 Cyrillic text in the data", event(data="#1234|Nri1/BA001^\u0437\u0430\u043b^"), "text.utf-8"),
    Case("34 Cyrillic text, edition of 2013", event("[I\u0437\u0430\u043b]"), "text.utf-8",
         dialect={"edition": Edition.E2013}),
    Case("34 Cyrillic text, edition of 2026", event("[I\u0437\u0430\u043b]"), "", dialect={"edition": Edition.E2026}),
    Case("Windows-1252", said(b'"SIA-DCS"0042L0#1234[#1234|Nri1/BA001][ICaf\xe9]'), "text.windows-1252"),
    Case("both encodings", said(b'"SIA-DCS"0042L0#1234[#1234|Nri1/BA001^\xc3\xa9^][ICaf\xe9]'),
         "text.utf-8 text.windows-1252"),
    Case("an encoding of its own", said(b'"SIA-DCS"0042L0#1234[#1234|Nri1/BA001][I\xc7\xe0\xeb]'), "",
         dialect={"encoding": "windows-1251"}),
    Case("35 number in hexadecimal", event(header="000AL0#1234"), "header.sequence-form"),
    Case("36 no L", event(header="0042#1234"), "header.prefix-missing"),
    Case("37 message type", said('"ADM-CID"0042L0#1234[#1234|18 1 130 01 015]'), "", ["1234 130 new 01 015"]),
    Case("39 XSIA text", event(data="#1234|Nri1/BA001*'Hall'NM"), ""),
    Case("40 a maker's own data", VECTORS["F70"].frame, "crc.binary header.leading-zeros data.no-event time.skew", [],
         OPAQUE),
    Case("41 unknown code", event(data="#1234|Nri1/QQ99"), "", ["1234 QQ new 1 99"]),
    Case("42 users from 501 on", event(data="#1234|Nri1/NL501"), "", ["1234 NL new 1 501"]),
]  # fmt: skip
"""What is seen of a plain message, by the numbers of the list of quirks."""

PARTS = [
    Case("a header that is none", frame('"SIA-DCS"0042NoneL0#1234[#1234|Nri1/BA001]'), "header.unreadable", [],
         MALFORMED),
    Case("a token of other characters", said('"SIA_DCS"0042L0#1234[#1234|Nri1/BA001]'),
         "header.token-form token.unknown", [], UNSUPPORTED),
    Case("R of seven digits", event(header="0042R1234567L0#1234"), "header.receiver-form"),
    Case("R without digits", event(header="0042RL0#1234"), "header.receiver-form"),
    Case("L of seven digits", event(header="0042L1234567#1234"), "header.prefix-form"),
    Case("a listed token", said('"SIA-PUL"0042L0#1234[#1234|31]'), "token.unsupported", [], UNSUPPORTED),
    Case("a token of nobody's", said('"ADM-CIDX"0042L0#1234[#1234|31]'), "token.unknown", [], UNSUPPORTED),
    Case("no closing bracket", frame('"SIA-DCS"0042L0#1234[#1234|Nri1/BA001'), "data.unreadable", [], MALFORMED),
    Case("nothing inside", said('"SIA-DCS"0042L0#1234[]'), "data.empty", [], MALFORMED),
    Case("a TAB inside", event(data="#1234|Nri1/BA001^Ha\tll^"), "data.characters"),
    Case("a bracket inside", event("[Iroom [2]"), "data.characters"),
    Case("no event inside", event(data="#1234|?"), "data.no-event", [], OPAQUE),
    Case("an answer", frame('"ACK"0042L0#1234[]'), "answer.unexpected", [], ANSWER),
    Case("an encrypted DUH", sealed(b"|]" + STAMP, header=b'"*DUH"0042L0#1234'),
         "token.never-encrypted answer.unexpected", [], ANSWER, keys=(KEY,)),
    Case("an encrypted NAK nobody can read", sealed(b"|]" + STAMP, header=b'"*NAK"0000R0L0A0'),
         "token.never-encrypted answer.unexpected cipher.no-key", [], ANSWER),
]  # fmt: skip
"""Departures that no list of quirks has."""

FIELDS = [
    Case("every letter as it should be", event(
        "[A6f2348c99335df38][CSP4][G2][H11:59:58,01-02-2026][IHall][J1][LHall][M0026b9e4268b][N0A0B][OHouse][Pabc]"
        "[R2322][SSchool][TS][Vhttp://v.example/1][X006E07.7777777][Y45N23.456][Z-12.5M]"), ""),
    Case("no letter", event("[5004|x]"), "extended.letter"),
    Case("nothing at all", event("[]"), "extended.letter"),
    Case("the data once more", event("[Nri1/BA001]"), "extended.value"),
    Case("a letter of no edition", event("[Exyz]"), "extended.unknown"),
    Case("two unknown letters are told once", event("[Exyz][Q1]"), "extended.unknown"),
    *(Case(f"the form of {value[0]}", event(f"[{value}]"), "extended.value") for value in (
        "A", "Axyz", "G", "Gx", "Jabcde", "M00:26:b9:e4:26:8b", "M0026b9e4268", "N10.0.0.1", "T", "Ts", "TFF", "TX",
        "Z123.2", "ZM", "Z1.2m", "H01:02:03,1-2-2026")),
    Case("a later letter", event("[G2]"), "extended.later-edition", dialect={"edition": Edition.E2021}),
    Case("JSON before 2026", event('[J{"a":1}]'), "extended.later-edition", dialect={"edition": Edition.E2021}),
    Case("a letter of 2021 in 2013", event("[CSP4]"), "extended.later-edition", dialect={"edition": Edition.E2013}),
    Case("a letter of 2021 in 2017", event("[CSP4][J1]"), "", dialect={"edition": Edition.E2017}),
    Case("a letter of 2013 in 2007", event("[IHall]"), "extended.later-edition", dialect={"edition": Edition.E2007}),
    Case("letters of 2007", event("[M0026b9e4268b][P1][Vx]"), "", dialect={"edition": Edition.E2007}),
    Case("JSON", event('[J{"a":{"b":1}}]'), ""),
    Case("JSON that is none", event('[J{"a":]'), "extended.json"),
    Case("JSON without end", event("[J" + '{"":' * 1000 + "]"), "extended.json"),
    Case("a key in the clear", event("[K00112233445566778899AABBCCDDEEFF]"), "extended.key-in-clear"),
    Case("a key encrypted", sealed(b"|#1234|Nri1/BA001][K00112233445566778899AABBCCDDEEFF]" + STAMP), "",
         keys=(KEY,)),
    Case("a longitude that is none", event("[X115000][X115000]"), "extended.position"),
    Case("a latitude beyond the pole", event("[Y91N00.0]"), "extended.position"),
    Case("decimal degrees", event("[X52.21][Y-6.5]"), "extended.decimal-degrees"),
    Case("a position of a link test", link_test(token="XNM", rest="[X115000]"), "extended.position", [], LINK_TEST),
    Case("a time that is none", event("[Hsoon]"), "extended.time"),
    Case("a date that is none", event("[H12:00:00,02-30-2026]"), "extended.time"),
    Case("a time alone", event("[H9:05:07]"), "extended.time-only"),
    Case("a full time alone", event("[H09:05:07]"), "extended.time-only"),
    Case("an hour of one digit", event("[H9:05:07,01-02-2026]"), "extended.time-only"),
    Case("many events", event("[I" + "x" * 2000 + "]", data="#1234|N" + "BA001/" * 20), "extended.first-only",
         ["1234 BA new - 001"] * 20),
]  # fmt: skip
"""Extended data."""

SECRETS = [
    Case("strict", sealed(), "", keys=(KEY,)),
    Case("9 constant padding", sealed(pad=b"p" * 32), "cipher.constant-padding", keys=(KEY,)),
    Case("9 constant zeros", sealed(pad=bytes(32)), "cipher.constant-padding", keys=(KEY,)),
    Case("11 letters and digits", sealed(pad=b"3h8UZkZA3oVz20yoaV6Xb593vAftY6zz"), "cipher.printable-padding",
         keys=(KEY,)),
    Case("short padding", sealed(pad=NOISY[:15]), "cipher.short-padding", keys=(KEY,)),
    Case("short padding of 2026", sealed(pad=NOISY[:15]), "cipher.short-padding", keys=(KEY,),
         dialect={"edition": Edition.E2026}),
    Case("short padding of 2013", sealed(pad=NOISY[:15]), "", keys=(KEY,), dialect={"edition": Edition.E2013}),
    Case("seven equal bytes say nothing", sealed(b"|#1234|Nri1/BA001][I1234]" + STAMP, pad=b"ppp"),
         "cipher.short-padding", keys=(KEY,)),
    Case("10 no bar in a link test", sealed(b"]" + STAMP, header=NULL_SECRET), "cipher.no-bar-in-link-test", [],
         LINK_TEST, keys=(KEY,)),
    Case("no bar in an event", sealed(b"#1234|Nri1/BA001]" + STAMP), "cipher.no-bar", keys=(KEY,)),
    Case("28 lower-case cipher", sealed(lower_case=True), "cipher.lower-case", keys=(KEY,)),
    Case("38 a block behind", sealed(b"|#1234|Nri1/BA001]" + STAMP + b"\x10" * 16), "cipher.trailing-padding",
         keys=(KEY,)),
    Case("NUL behind", sealed(b"|#1234|Nri1/BA001]" + STAMP + bytes(3)), "cipher.trailing-padding", keys=(KEY,)),
    Case("NUL behind, no stamp", sealed(b"|#1234|Nri1/BA001]" + bytes(3)), "cipher.trailing-padding time.missing",
         keys=(KEY,)),
    Case("a bracket behind", sealed(close=b"]"), "cipher.closing-bracket", keys=(KEY,)),
    Case("half a block", frame('"*SIA-DCS"0042L0#1234[0011'), "cipher.form", [], OPAQUE),
    Case("no key", sealed(), "cipher.no-key", [], OPAQUE),
    Case("another key", sealed(), "cipher.wrong-key", [], OPAQUE, keys=(b"x" * 16,)),
    Case("no stamp", sealed(b"|#1234|Nri1/BA001]"), "time.missing", keys=(KEY,)),
    Case("41 seconds old", sealed(), "time.window", late_s=41, keys=(KEY,)),
    Case("40 seconds old", sealed(), "", late_s=40, keys=(KEY,)),
    Case("20 seconds early", sealed(), "", late_s=-20, keys=(KEY,)),
    Case("21 seconds early", sealed(), "time.window", late_s=-21, keys=(KEY,)),
    Case("a date that is none", sealed(b"|#1234|Nri1/BA001]_12:00:00,02-30-2026"), "time.no-such-date", keys=(KEY,)),
    Case("local time is no excuse", sealed(), "time.window", late_s=-5 * 3600, keys=(KEY,),
         dialect={"time_zone": "Asia/Almaty"}),
    Case("a TAB inside", sealed(b"|#1234|Nri1/BA001^Ha\tll^]" + STAMP), "data.characters", keys=(KEY,)),
    Case("Cyrillic text", sealed(b"|#1234|Nri1/BA001][I" + "\u0437\u0430\u043b".encode() + b"]" + STAMP), "text.utf-8",
         keys=(KEY,)),
]  # fmt: skip
"""Encrypted messages."""

CASES = [*FRAMES, *PARTS, *FIELDS, *SECRETS]
by_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def heard(case: Case, data: bytes | None = None) -> Arrival:
    """The last message that a receiving end reads; nothing is decided in between."""
    end = receiver(*case.keys, **case.dialect)
    now = Moment(NOW.wall + case.late_s, 0.0)
    items = end.receive(case.data if data is None else data, now)
    arrivals = arrivals_in(items)
    assert len(arrivals) == len(items)
    return arrivals[-1]


def told(arrival: Arrival) -> set[str]:
    return {id_.removeprefix("dc09.") for id_ in ids(arrival) if id_.startswith("dc09.")}


@by_case
def test_a_quirk_is_named_and_does_not_change_what_is_meant(case: Case) -> None:
    """Findings, kind and events; each departure is told once."""
    arrival = heard(case)
    assert told(arrival) == set(case.findings.split())
    assert arrival.kind is case.kind
    assert case.signals == [
        " ".join((one.account, one.code, one.qualifier.value, one.partition or "-", one.number or "-"))
        for one in arrival.signals
    ]
    found = [finding.id for finding in arrival.findings]
    assert len(found) == len(set(found))


def test_every_departure_of_the_table_is_seen_in_some_frame() -> None:
    """An id that nothing yields is dead; the last one is what an error of the program gives."""
    seen = {id_ for case in CASES for id_ in ids(heard(case))}
    late = only(_behind_a_late_nul())
    seen |= ids(late)

    def fails(*_: object) -> Dialect:
        raise KeyError

    seen |= ids(only(ReceivingEnd(SOURCE, fails).receive(event(), NOW)))
    assert {id_ for id_ in seen if id_.startswith("dc09.")} == set(FINDINGS)


def _behind_a_late_nul() -> object:
    end = receiver()
    end.receive(link_test(), NOW)
    end.receive(b"\0", NOW)
    return end.receive(event(), NOW)


def test_a_late_nul_is_told_with_the_next_frame_and_once() -> None:
    """It was not there yet when its own frame was read."""
    assert told(only(_behind_a_late_nul())) == {"framing.nul-after-cr", "flow.not-waiting"}
    end = receiver()
    told_each = [told(one) for one in arrivals_in(end.receive(link_test() + b"\0\0" + event(), NOW))]
    assert told_each == [{"framing.nul-after-cr"}, {"flow.not-waiting"}]


@pytest.mark.parametrize(
    "case",
    [
        Case("plain event", event(), ""),
        Case("without stamp", event(stamp=b""), ""),
        Case("contact id", said('"ADM-CID"0001R1L2#1234[#1234|1130 01 015]'), ""),
        Case("link test", link_test(), ""),
        Case("extended link test", link_test(token="XNM", rest="[G1][CDP4]"), ""),
        Case("encrypted", sealed(), "", keys=(KEY,)),
        Case("encrypted as before 2026", sealed(pad=NOISY[:15]), "", keys=(KEY,)),
        Case("encrypted link test", sealed(b"|]" + STAMP, header=NULL_SECRET), "", keys=(KEY,)),
    ],
    ids=lambda case: case.name,
)
def test_a_strict_frame_yields_nothing_but_notes(case: Case) -> None:
    """What the standard allows is at most worth knowing."""
    assert {finding.severity for finding in heard(case).findings} <= {Severity.NOTE}


def test_waiting_for_the_answer_is_seen_in_the_verdicts_and_not_in_a_capture() -> None:
    """Whoever waits is told nothing; a capture has no verdicts, so that nothing can be said."""
    end = receiver()
    for _ in range(3):
        arrival = only(end.receive(event(), NOW))
        assert told(arrival) == set()
        end.decide(arrival, Verdict.STORED, NOW)
    assert [told(one) for one in arrivals_in(decode(event() * 3))] == [set()] * 3


PLACES = [
    (event(header="0000L0#1234"), "dc09.event.sequence-zero", b"0000"),
    (link_test("0001L0#1234"), "dc09.null.sequence", b"0001"),
    (link_test(data="#1234|"), "dc09.null.filler", b""),
    (link_test(data="0000 00 000"), "dc09.null.filler", b"0000 00 000"),
    (link_test(data="#1234|NBA1"), "dc09.null.data", b"NBA1"),
    (said('"SIA-PUL"0042R1L0#1234[#1234|31]'), "dc09.token.unsupported", b"SIA-PUL"),
    (said('"WHAT"0042R1L0#1234[#1234|31]', binary=True), "dc09.token.unknown", b"WHAT"),
    (said('"SIA-DCS"0042L0#1234[]'), "dc09.data.empty", b"]"),
    (event(data="#0000|NBA1"), "dc09.data.account-zero", b"0000"),
    (event(data="#001234|NBA1"), "dc09.data.account-zeros", b"001234"),
    (event(data="5678|NBA1"), "dc09.data.account-differs", b"5678"),
    (event(data="5678|NBA1"), "dc09.data.no-hash", b"5678"),
    (event(data="#1234|?"), "dc09.data.no-event", b"?"),
    (event(data="#1234|Nri1/BA001^a\tb^"), "dc09.data.characters", b"\t"),
    (event("[Ia[b]"), "dc09.data.characters", b"["),
    (event(header="0042R01L007#1234"), "dc09.header.leading-zeros", b"01"),
    (event(header="0042R1L007#1234"), "dc09.header.leading-zeros", b"007"),
    (event(header="0042R1234L1#1234"), "dc09.header.repeats-account", b"1234"),
    (event(header="0042R1L0#abcd"), "dc09.header.lower-case", b"abcd"),
    (event(header="0042L0#12G4"), "dc09.header.account-form", b"12G4"),
    (event("[IHall][TX][M1]"), "dc09.extended.value", b"[TX]"),
    (event("[IHall][X52.21]"), "dc09.extended.decimal-degrees", b"[X52.21]"),
    (event("[KAB]"), "dc09.extended.key-in-clear", b"[KAB]"),
    (event("[H9:05:07]"), "dc09.extended.time-only", b"[H9:05:07]"),
    (event("[I\u0437\u0430\u043b 2]"), "dc09.text.utf-8", "\u0437\u0430\u043b".encode()),
    (said(b'"SIA-DCS"0042L0#1234[#1234|NBA1^Caf\xe9 2^]'), "dc09.text.windows-1252", b"\xe9"),
    (event(stamp=b"_12:00:00,02-30-2026"), "dc09.time.no-such-date", b"_12:00:00,02-30-2026"),
    (event(stamp=b"_12:00:00,01-02-2020"), "dc09.time.skew", b"_12:00:00,01-02-2020"),
    (event(stamp=b"rubbish"), "dc09.time.unreadable", b"rubbish"),
    (lower(event(header="0042L0#ABCD"), 1, 9), "dc09.header.lower-case", None),
    (sealed(lower_case=True), "dc09.cipher.lower-case", None),
    (sealed(close=b"]"), "dc09.cipher.closing-bracket", b"]"),
    (sealed(header=b'"*SIA-PUL"0042L0#1234'), "dc09.token.unsupported", b"SIA-PUL"),
    (sealed(header=b'"*SIA-DCS"0000L0#1234'), "dc09.event.sequence-zero", b"0000"),
    (sealed(b"|]" + STAMP, header=b'"*DUH"0042L0#1234'), "dc09.token.never-encrypted", b"DUH"),
]
"""Frame, finding, and the bytes it is about; None for digits of CRC, length or cipher."""


@pytest.mark.parametrize(("data", "id_", "about"), PLACES)
def test_a_departure_of_plain_bytes_says_where_it_is(data: bytes, id_: str, about: bytes | None) -> None:
    """Offset and length count in the raw frame, also behind filler and with a CRC of two bytes."""
    for more in (b"", b"\r\n"):
        end = receiver(KEY)
        arrival = only(end.receive(more + data, NOW))
        [found] = [finding for finding in arrival.findings if finding.id == id_]
        assert found.offset is not None
        bytes_ = arrival.raw[found.offset : found.offset + found.length]
        if about is None:
            assert bytes_ != bytes_.upper()
        else:
            assert bytes_ == about


def test_what_only_decryption_shows_has_no_place_in_the_raw_frame() -> None:
    """The part of the message says where to look."""
    arrival = only(receiver(KEY).receive(sealed(b"|#0000|Nri1/BA001][TX]" + STAMP), NOW))
    assert told(arrival) == {"data.account-zero", "extended.value"}
    assert {finding.offset for finding in arrival.findings} == {None}
