"""SIA event text: what is read, what is borne and named, what is left alone, and that writing reads back."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import catalogue, sia_parts, sia_text
from protocols.catalogue.events import all_events
from protocols.model import Qualifier, Scheme, Severity, Signal
from protocols.sia_findings import FINDINGS, VENDOR_CODES
from protocols.sia_text import SIATextError

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC).timestamp()


def read(content: str, **changes: Any) -> tuple[list[Signal], list[str]]:
    """The signals and the ids of the findings of one content."""
    arguments: dict[str, Any] = {"sent_at": None, "now_wall": NOW, "time_zone": "UTC", **changes}
    signals, findings = sia_text.read(content, "1234", **arguments)
    return list(signals), [finding.id for finding in findings]


def at(text: str) -> float:
    """Seconds since the epoch of an ISO time, UTC unless it says otherwise."""
    return datetime.fromisoformat(text).timestamp()


def event(code: str, number: str = "", **fields: Any) -> Signal:
    """A signal as reading would give it."""
    meaning = catalogue.find("sia", code)
    return Signal(
        **{
            "account": "1234",
            "scheme": Scheme.SIA,
            "code": code,
            "number": number,
            "qualifier": Qualifier.RESTORE if meaning.category == "restore" else Qualifier.NEW,
            "subject": meaning.subject,
            "user": number if meaning.subject == "user" else "",
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("content", "signal"),
    [
        ("NFA129", event("FA", "129")),
        ("NRP", event("RP")),
        ("Nri0/RP0000", event("RP", "0000", partition="0")),
        ("Nri1/BA012", event("BA", "012", partition="1")),
        ("Nri1/BA012^Front door^", event("BA", "012", partition="1", text="Front door")),
        ("Nri0000/LR", event("LR", partition="0000")),
        ("Nri0001/BH005", event("BH", "005", partition="0001")),
        ("Nri1/NL501", event("NL", "501", partition="1")),
        ("NBC1", event("BC", "1", user="1")),
        ("NCQ1", event("CQ", "1", user="1")),
        ("NRR|Atest", event("RR", text="test")),
        ("Nid7/ri2/OP12", event("OP", "12", partition="2", user="7", subject="area")),
        ("Nid007/CL7", event("CL", "7", user="007")),
        ("Nid7/OP", event("OP", user="7")),
        ("Nid7/BC5", event("BC", "5", user="7")),
        ("OBA1A", event("BA", "1A", old=True)),
        (
            "Nri01^TOTAL^/LX901^centrale d'alarme JA-106K(R)^",
            event(
                "LX",
                "901",
                partition="01",
                text="centrale d'alarme JA-106K(R)",
                details={"ri-text": ["TOTAL"]},
            ),
        ),
        ("Nri1/pi3/lv2/va1440/RP", event("RP", partition="1", details={"pi": ["3"], "lv": ["2"], "va": ["1440"]})),
        (
            "EDA12*23.5C_*40P_",
            event(
                "DA", "12", subject="sensor", user="", qualifier=Qualifier.STATUS, details={"C": ["23.5"], "P": ["40"]}
            ),
        ),
        ("NDA12", event("DA", "12", user="12")),
        ("EZA003", event("ZA", "003")),
    ],
)
def test_an_event_is_read_as_sent(content: str, signal: Signal) -> None:
    """Code, address, area, user and text, without any finding."""
    assert read(content) == ([signal], [])


def test_the_codes_of_makers_are_those_that_the_standard_lacks() -> None:
    """Another implementation's table of DC-03 holds every other listed code, and none of these."""
    standard = set(pytest.importorskip("siadc09.dc03").EVENT)
    assert {event.code for event in all_events("sia")} - standard == VENDOR_CODES


@pytest.mark.parametrize("function", [*"0123456789CPX@?&LVvI"])
def test_a_block_of_another_function_says_nothing_that_happened(function: str) -> None:
    """Alone it is no event; beside events it is passed over, and named."""
    assert read(f"{function}12") == ([], ["sia.block.other"])
    assert read(f"Nri1/BA1|{function}12|OFA2") == (
        [event("BA", "1", partition="1"), event("FA", "2", old=True)],
        ["sia.block.other"],
    )


@pytest.mark.parametrize("name", ["pi", "ai", "ph", "lv", "va", "pt", "rg", "ss"])
def test_every_modifier_of_the_table_is_kept(name: str) -> None:
    """Those that have no field of their own are details, and hold until changed."""
    signals, findings = read(f"Nri1/{name}12/BA1/FA2/{name}7/GA3")
    assert [signal.details for signal in signals] == [{name: ["12"]}, {name: ["12"]}, {name: ["7"]}]
    assert findings == []


def test_several_events_and_blocks_make_several_signals() -> None:
    """Modifiers hold until changed, inside their block; a text block belongs to the event before it."""
    content = "Nti12:00:00/ri1/BA001/ri2/id7/OP7^John^|Oda01-01-26/ti23:59/FA003|AHello world"
    noon = at("2026-11-22T12:00:00+00:00")
    assert read(content) == (
        [
            event("BA", "001", partition="1", occurred_at=noon),
            event("OP", "7", partition="2", user="7", text="John", occurred_at=noon),
            event("FA", "003", text="Hello world", occurred_at=at("2026-01-01T23:59:00+00:00"), old=True),
        ],
        [],
    )


@pytest.mark.parametrize(
    ("content", "signals", "findings"),
    [
        ("Npi0/AT", [event("AT", partition="0")], ["sia.pi-as-area"]),
        ("Npm2/BA1", [event("BA", "1", partition="2")], ["sia.pi-as-area"]),
        ("Nri1BA503^Hall^", [event("BA", "503", partition="1", text="Hall")], ["sia.separator.missing"]),
        (
            "Nri0KR1^TAST.  001      ^",
            [event("KR", "1", partition="0", text="TAST.  001      ")],
            ["sia.separator.missing", "sia.text.padded"],
        ),
        ("Nri1^Hall  ^/BA1", [event("BA", "1", partition="1", details={"ri-text": ["Hall  "]})], ["sia.text.padded"]),
        ("NBA1^ Hall^", [event("BA", "1", text=" Hall")], ["sia.text.padded"]),
        ("NBA1^Hall  2^", [event("BA", "1", text="Hall  2")], ["sia.text.padded"]),
        ("NBA1*'Hall 'NM", [event("BA", "1", text="Hall ")], ["sia.text.xsia", "sia.text.padded"]),
        ("NBA1|AALARM     Hall", [event("BA", "1", text="ALARM     Hall")], ["sia.text.padded"]),
        ("Nri1/ZY7", [event("ZY", "7", partition="1")], ["sia.code-vendor"]),
        ("NXC1/ZY7/BA1", [event("XC", "1"), event("ZY", "7"), event("BA", "1")], ["sia.code-vendor"]),
        ("NBA1FA2", [event("BA", "1"), event("FA", "2")], ["sia.separator.missing"]),
        ("NBAFA", [event("BA"), event("FA")], ["sia.separator.missing"]),
        ("NBA1FF", [event("BA", "1FF")], []),
        ("NFA2/ri6", [event("FA", "2", partition="6")], ["sia.modifier.after-event"]),
        ("NCL001/id0007", [event("CL", "001", user="0007", subject="area")], ["sia.modifier.after-event"]),
        (
            "Nri1/BA1/ri2",
            [event("BA", "1", partition="1")],
            ["sia.modifier.after-event", "sia.modifier.unused"],
        ),
        ("NRi01/BA1", [event("BA", "1", partition="01")], ["sia.modifier.case"]),
        ("NRI01/BA1", [event("BA", "1", partition="01")], ["sia.modifier.case"]),
        ("Nzz9/BA1", [event("BA", "1", details={"zz": ["9"]})], ["sia.modifier.unknown"]),
        ("Nri1/QQ99", [event("QQ", "99", partition="1")], ["sia.code-unknown"]),
        ("Nri01/NR001*'HA'NM", [event("NR", "001", partition="01", text="HA")], ["sia.text.xsia"]),
        ("NUA021*'detector hall'NM", [event("UA", "021", text="detector hall")], ["sia.text.xsia"]),
        ('NRP000*"DECK\'ERS"NM', [event("RP", "000", text="DECK'ERS")], ["sia.text.xsia"]),
        ("NUA1*\u2018a/b\u2019NM/CL2", [event("UA", "1", text="a/b"), event("CL", "2")], ["sia.text.xsia"]),
        ("NBA1^Front", [event("BA", "1", text="Front")], ["sia.text.unterminated"]),
        ("NBA1^Front/CL2", [event("BA", "1", text="Front"), event("CL", "2")], ["sia.text.unterminated"]),
        ("Ahello|NBA1", [event("BA", "1", text="hello")], ["sia.text.before-event"]),
        ("N??/BA1", [event("BA", "1")], ["sia.packet.unreadable"]),
        ("NBA1!/CL2", [event("BA", "1"), event("CL", "2")], ["sia.packet.unreadable"]),
        ("NBA1|CSA1*1", [event("BA", "1")], ["sia.block.other"]),
        ("NBA1|#9999|NBA2", [event("BA", "1"), event("BA", "2")], ["sia.block.account"]),
        ("BA001", [event("BA", "001")], ["sia.function.missing"]),
        ("PA001", [event("PA", "001")], ["sia.function.missing"]),
        ("ri1/BA001", [event("BA", "001", partition="1")], ["sia.function.missing"]),
        ("Nti25:00/BA1", [event("BA", "1", details={"ti": ["25:00"]})], ["sia.time.invalid"]),
        (
            "Nda02-31-26/ti10:00/BA1",
            [event("BA", "1", details={"da": ["02-31-26"], "ti": ["10:00"]})],
            ["sia.time.invalid"],
        ),
        ("Nda11-22-26/BA1", [event("BA", "1", details={"da": ["11-22-26"]})], ["sia.time.only-a-date"]),
    ],
)
def test_a_departure_is_borne_and_named(content: str, signals: list[Signal], findings: list[str]) -> None:
    """No event is lost over it, and every departure has its id."""
    assert read(content) == (signals, findings)


@pytest.mark.parametrize(
    ("content", "findings"),
    [
        ("", []),
        ("|", []),
        ("N", ["sia.block.no-event"]),
        ("Nri1", ["sia.block.no-event"]),
        ("AHello", ["sia.text.without-event"]),
        ("DCS008|000|000000050A1A00AAAAAA", ["sia.block.unknown", "sia.block.other"]),
        ("PJV002", ["sia.block.other"]),
        ("CSA1*1", ["sia.block.other"]),
        ("PAA1*5", ["sia.block.other"]),
        ("@AL4B1", ["sia.block.other"]),
    ],
)
def test_without_a_readable_event_there_is_no_signal(content: str, findings: list[str]) -> None:
    """Proprietary payloads, commands and stray texts are left to be kept as raw bytes."""
    assert read(content) == ([], findings)


@pytest.mark.parametrize(
    ("content", "zone", "sent_at", "expected"),
    [
        ("Nti14:30/BA1", "UTC", None, "2026-11-22T14:30:00+00:00"),
        ("Nti19:44:10/BA1", "Asia/Almaty", None, "2026-11-22T14:44:10+00:00"),
        ("Nti15:01/BA1", "UTC", None, "2026-11-22T15:01:00+00:00"),
        ("Nti15:02/BA1", "UTC", None, "2026-11-22T15:02:00+00:00"),
        ("Nti03:01/BA1", "UTC", None, "2026-11-22T03:01:00+00:00"),
        ("Nti02:59/BA1", "UTC", None, "2026-11-23T02:59:00+00:00"),
        ("Nti15:02/BA1", "UTC", "2026-11-22T15:00:00+00:00", "2026-11-21T15:02:00+00:00"),
        ("Oti15:02/BA1", "UTC", None, "2026-11-21T15:02:00+00:00"),
        ("Nti00:10/BA1", "UTC", "2026-03-01T00:05:00+00:00", "2026-02-28T00:10:00+00:00"),
        ("Nti23:59/BA1", "UTC", "2026-11-22T00:00:30+00:00", "2026-11-21T23:59:00+00:00"),
        ("Nda12-31-25/ti23:59/BA1", "Asia/Almaty", None, "2025-12-31T18:59:00+00:00"),
        ("Nda00-01-00/ti10:00/BA1", "UTC", None, "2026-11-22T10:00:00+00:00"),
        ("Nda00-02-00/ti10:00/BA1", "UTC", None, "2026-11-16T10:00:00+00:00"),
        ("Nda00-01-00/ti16:00/BA1", "UTC", None, "2026-11-22T16:00:00+00:00"),
        ("Oda00-01-00/ti16:00/BA1", "UTC", None, "2026-11-15T16:00:00+00:00"),
        ("Nti02:30/BA1", "Europe/Berlin", "2026-10-25T01:40:00+00:00", "2026-10-25T01:30:00+00:00"),
        ("Nti02:30/BA1", "Europe/Berlin", "2026-10-25T00:40:00+00:00", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_a_local_time_becomes_an_instant(content: str, zone: str, sent_at: str | None, expected: str) -> None:
    """Without a date it is the latest such time, a minute of a fast clock allowed; the nearest of what happened now."""
    signals, findings = read(content, time_zone=zone, sent_at=at(sent_at) if sent_at else None)
    occurred_at = signals[0].occurred_at
    assert occurred_at is not None
    assert datetime.fromtimestamp(occurred_at, UTC).isoformat() == expected
    assert findings == []


@pytest.mark.parametrize("zone", ["No/Such", "", "../etc/passwd", "\x00"])
def test_an_unknown_time_zone_reads_as_utc_and_says_so(zone: str) -> None:
    """The instant is a guess then, and named one."""
    signals, findings = read("Nti14:30/BA1", time_zone=zone)
    assert signals[0].occurred_at == at("2026-11-22T14:30:00+00:00")
    assert findings == ["sia.time.zone-unknown"]


@pytest.mark.parametrize("reference", [1e300, -1e300, float("inf"), float("nan"), -62135596800.0])
def test_an_absurd_present_raises_nothing(reference: float) -> None:
    """A clock at the edge of the calendar loses the instant, not the event."""
    signals, _ = read("Nti14:30/BA1", now_wall=reference)
    assert [signal.code for signal in signals] == ["BA"]


def test_a_flood_of_modifiers_is_cut_short() -> None:
    """Neither details nor findings grow with what a peer invents."""
    names = [a + b for a in "wxyz" for b in "abcdefghijklmnopqrst"]
    signals, findings = read("N" + "/".join(f"{name}1" for name in names) + "/BA1" * 20)
    assert len(signals) == 20
    assert all(len(signal.details) <= 32 for signal in signals)
    assert findings == ["sia.modifier.unknown", "sia.modifier.too-many"]


@pytest.mark.parametrize(("count", "named"), [(64, []), (65, ["sia.events.too-many"]), (1000, ["sia.events.too-many"])])
@pytest.mark.parametrize(
    ("content", "event"),
    [("N{}", "BA1/"), ("Ori1/{}", "ri1/BA1/"), ("{}", "NBA1|"), ("{}", "BA1/"), ("{}", "BA1|"), ("|AHall|{}", "NBA1|")],
)
def test_only_so_many_events_are_read_from_one_message(content: str, event: str, count: int, named: list[str]) -> None:
    """A message of a few kilobytes must not become thousands of entries; what was left out is a violation."""
    signals, findings = read(content.format(event * count))
    assert len(signals) == min(count, 64)
    assert [name for name in findings if name == "sia.events.too-many"] == named
    assert FINDINGS["sia.events.too-many"].severity is Severity.VIOLATION


def test_long_modifiers_stay_with_the_first_of_many_events() -> None:
    """They hold for every event after them, but are not kept with thirty; short ones are."""
    signals, findings = read("Nri1^" + "x" * 2000 + "^/id7/ti12:00/" + "BA1/" * 30)
    assert [len(signal.details.get("ri-text", [""])[0]) for signal in signals] == [2000] * 8 + [0] * 22
    assert {(signal.partition, signal.user, signal.occurred_at) for signal in signals} == {
        ("1", "7", at("2026-11-22T12:00Z"))
    }
    assert findings == ["sia.modifier.too-long"]


@pytest.mark.parametrize(
    "packet",
    [
        *(
            "BA1/",
            "BA",
            "ZZ/",
            "AB",
            "BA1|",
            "BA*'/",
            "BA1FA",
            "ti12:00/BA/",
            "ri1/BA1/",
            "ri1/",
            "ri1|",
            "ri^",
            "a1/",
            "zz9/",
        ),
        *("RI0", "RI0/", "RI0^", "||", "N|", "A|", "Ax|", "#|", "?/", "*1", "*'a", "^a^", "^", "1", " "),
    ],
)
@pytest.mark.parametrize("start", ["N", "NBA", "NBA1", "NRI", ""])
def test_the_work_for_a_text_is_bounded(packet: str, start: str) -> None:
    """Counted in calls: a message of four kilobytes is read in about a millisecond, whatever it repeats."""
    content = (start + packet * 4096)[:4050]
    read("NBA1/FA2")  # the tables are loaded
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        read(content)
    finally:
        sys.setprofile(None)
    assert calls < 15_000


@given(
    st.from_regex(re.compile(r"N(?:ri[0-9]{1,4}/)?[A-Z]{2}[0-9]{0,4}(?:\^[^^|]{0,8}\^)?"), fullmatch=True),
    st.sampled_from([None, NOW]),
)
@settings(deadline=None, max_examples=300)
def test_the_usual_form_is_read_as_the_parser_reads_it(content: str, sent_at: float | None) -> None:
    """The short way for what nearly every message says gives the same signal and the same findings."""
    through_the_parser = read(content + "|", sent_at=sent_at)
    assert read(content, sent_at=sent_at) == through_the_parser


letters = st.sampled_from(["N", "O", "E", "A", "ri", "id", "ti", "da", "BA", "FA", "CL", "ZZ", "QQ"])
marks = st.sampled_from(
    ["/", "|", "^", "*", "'", "NM", "1", "012", "AF", "12:30", "11-22-26", " ", "\n", "é", "\ud800"]
)


@given(st.one_of(st.text(max_size=40), st.lists(st.one_of(letters, marks), max_size=20).map("".join)))
@settings(deadline=None, max_examples=400)
def test_no_text_raises(content: str) -> None:
    """Any text gives signals and findings, each finding once and from the list."""
    signals, findings = read(content)
    assert all(len(signal.code) == 2 and signal.scheme is Scheme.SIA for signal in signals)
    assert len(set(findings)) == len(findings)
    assert set(findings) <= set(FINDINGS)


codes = st.one_of(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2), st.sampled_from(["BA", "BR", "CL", "OP", "RI"])
)
numbers = st.text("0123456789", max_size=4)
details = st.dictionaries(
    st.sampled_from(["pi", "lv", "va", "C", "mM", "units", "id-text", "ri-text"]),
    st.text("0123456789", min_size=1, max_size=4).map(lambda value: [value]),
    max_size=3,
)


@given(codes, numbers, numbers, numbers, st.text(max_size=12), st.booleans(), details)
@settings(deadline=None, max_examples=400)
def test_what_is_written_reads_back(
    code: str, number: str, partition: str, user: str, text: str, old: bool, extras: dict[str, list[str]]
) -> None:
    """Every field that SIA text carries survives, or the signal is refused before it is sent."""
    signal = event(code, number, partition=partition, text=text, old=old, details=extras)
    if user:
        more: dict[str, Any] = {}
        if number.lstrip("0") != user.lstrip("0") and number and catalogue.find("sia", code).category == "open_close":
            more = {"subject": "area"} if signal.subject == "user" else {}
        signal = event(code, number, partition=partition, text=text, old=old, details=extras, user=user, **more)
    try:
        content = sia_text.write(signal)
    except SIATextError:
        assert extras or any(mark in text for mark in "[]|^/") or not text.isprintable()
        return
    signals, findings = read(content)
    assert signals == [signal]
    wanted = {"sia.text.padded": "  " in text or text != text.strip(" "), "sia.code-vendor": code in VENDOR_CODES}
    wanted["sia.code-unknown"] = not catalogue.known("sia", code)
    assert set(findings) == {name for name, is_so in wanted.items() if is_so}


@pytest.mark.parametrize(
    ("signal", "content"),
    [
        (event("BA", "012", partition="1", text="Front"), "Nri1/BA012^Front^"),
        (event("CL", "007"), "NCL007"),
        (event("CL", "1", user="007", partition="1"), "Nid007/ri1/CL1"),
        (event("BA", "1FF", old=True), "OBA1FF"),
        (event("BA", "1", qualifier=Qualifier.STATUS), "NBA1"),
        (event("RP", details={"va": ["1440"]}), "Nva1440/RP"),
        (event("DA", "12", qualifier=Qualifier.STATUS, user="", details={"C": ["23.5"]}), "EDA12*23.5C_"),
    ],
)
def test_a_signal_is_written_in_the_plain_form(signal: Signal, content: str) -> None:
    """Function letter, user, area, other modifiers, event, values, text."""
    assert sia_text.write(signal) == content


@pytest.mark.parametrize(
    "signal",
    [
        event("BA", scheme=Scheme.CONTACT_ID),
        event("ba"),
        event("BAA"),
        event("BA", qualifier=Qualifier.RESTORE),
        event("BA", "1x"),
        event("BA", "01FA02"),
        event("BA", partition="A"),
        event("BA", user="1/2"),
        event("BA", text="a/b"),
        event("BA", text="a^b"),
        event("BA", text="a]b"),
        event("BA", text="a\nb"),
        event("BA", details={"zz": ["]"]}),
        event("BA", details={"x": ["\r"]}),
    ],
)
def test_what_would_not_read_back_is_not_written(signal: Signal) -> None:
    """Another scheme, a delimiter, an address that begins another event: refused before it is sent."""
    with pytest.raises(SIATextError):
        sia_text.write(signal)


@pytest.mark.parametrize(
    ("content", "decimal", "hexadecimal"),
    [
        ("NBA0FA", [("BA", "0"), ("FA", "")], [("BA", "0FA")]),
        ("Nri1/BAFA2", [("BA", ""), ("FA", "2")], [("BA", "FA2")]),
        ("NBA0FA/FA2", [("BA", "0"), ("FA", ""), ("FA", "2")], [("BA", "0FA"), ("FA", "2")]),
        ("NBA012", [("BA", "012")], [("BA", "012")]),
    ],
)
def test_an_account_with_hexadecimal_numbers_has_zones_that_look_like_codes(
    content: str, decimal: list[tuple[str, str]], hexadecimal: list[tuple[str, str]]
) -> None:
    """Elsewhere a fire must not vanish in a zone number."""
    for base, expected in ((False, decimal), (True, hexadecimal)):
        signals, _ = sia_text.read(content, "1", sent_at=None, now_wall=0.0, time_zone="UTC", hexadecimal=base)
        assert [(signal.code, signal.number) for signal in signals] == expected
        shown = sia_parts.parts(content, hexadecimal=base).parts
        assert [part.value for part in shown if part.id == "sia.event"] == [code for code, _ in expected]


def test_who_reports_a_measurement_is_said_beside_the_sensor() -> None:
    """The number of an ``E`` block counts sensors, also where the same code counts users elsewhere."""
    signal = Signal(
        account="1", scheme=Scheme.SIA, code="DA", qualifier=Qualifier.STATUS, subject="sensor", number="7", user="7"
    )
    content = sia_text.write(signal)
    assert content == "Eid7/DA7"
    (read,), _ = sia_text.read(content, "1", sent_at=None, now_wall=0.0, time_zone="UTC")
    assert (read.number, read.user, read.qualifier) == ("7", "7", Qualifier.STATUS)
