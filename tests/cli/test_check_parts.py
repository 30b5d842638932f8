"""What ``ptsn check`` is made of: addresses, keys, words, the terminal, the report as text and as a page."""

from __future__ import annotations

import io
import os
import re
import threading
import time
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from panels.inspection import Grade, Inspection, Note, Report, Station
from panels.inspection.broken import NoiseSeen
from panels.inspection.figures import Edition, Retries
from panels.inspection.notes import ConnectionNote, Found, MessageNote, NoiseNote, NothingNote, SilenceNote
from panels.inspection.report import FindingSeen, Reason, Sender
from protocols.catalogue import LANGUAGES, texts
from protocols.d6600.grammar import COVERINGS
from protocols.dc09 import ReceivingEnd, editions
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Dialect, Key, Moment, Noise, Protection, Severity, Verdict
from protocols.wire import Wire
from protocols.wires import WIRES
from ptsn.checking.blocks import Document, Facts, Said, Section, Table
from ptsn.checking.document import document
from ptsn.checking.facts import _edition, _waiting
from ptsn.checking.keys import Given, ring
from ptsn.checking.live import Live
from ptsn.checking.opening import opening
from ptsn.checking.output import Output, fitting
from ptsn.checking.page import page
from ptsn.checking.place import Place, nothing_came
from ptsn.checking.text import text
from ptsn.checking.where import read_addresses, typed
from ptsn.checking.words import Words
from receiver.adapters.endpoints import EndpointError, Listen, SerialDevice
from receiver.lock import StationLock
from tests.support import frames
from tests.support.station import until

ROOT = Path(__file__).parents[2]
LOOPBACK = Place(
    (Listen("tcp", 5000), Listen("udp", 5000)),
    ("tcp:127.0.0.1:5000", "udp:127.0.0.1:5000"),
)
NOW = datetime(2026, 11, 22, 14, 43, 6, tzinfo=UTC)


# Addresses


@pytest.mark.parametrize(
    ("given_texts", "udp", "found"),
    [
        (["tcp:0.0.0.0:5000"], False, ["tcp:0.0.0.0:5000"]),
        (["tcp:0.0.0.0:5000"], True, ["tcp:0.0.0.0:5000", "udp:0.0.0.0:5000"]),
        (["udp:[::1]:7000"], False, ["udp:[::1]:7000"]),
        (["tcp:5000"], False, ["tcp:127.0.0.1:5000"]),
        (["tcp:5000:interface=192.0.2.7"], False, ["tcp:192.0.2.7:5000"]),
        (["TCP:192.0.2.7:5001", "tcp:192.0.2.7:5001"], True, ["tcp:192.0.2.7:5001", "udp:192.0.2.7:5001"]),
        ([], True, ["tcp:127.0.0.1:5000", "udp:127.0.0.1:5000"]),
    ],
)
def test_addresses_are_read_as_people_type_them(given_texts: list[str], udp: bool, found: list[str]) -> None:
    """Host before port, as on a panel; the forms of the settings too."""
    assert [typed(listen) for listen in read_addresses(given_texts, udp)] == found


@pytest.mark.parametrize("wrong", ["tcp:0.0.0.0:99999", "tcp:example.org:5000", "http:0.0.0.0:5000", "", "tcp"])
def test_a_wrong_address_is_told_with_an_example(wrong: str) -> None:
    """Of the form that it should have here."""
    with pytest.raises(EndpointError, match=r"write it like tcp:0\.0\.0\.0:5000"):
        read_addresses([wrong], also_udp=False)


@pytest.mark.parametrize(
    ("addresses", "command"),
    [
        (["tcp:127.0.0.1:5000", "udp:127.0.0.1:5000"], "ptsn check tcp:0.0.0.0:5000 --udp"),
        (["tcp:127.0.0.1:5000"], "ptsn check tcp:0.0.0.0:5000"),
        (["udp:127.0.0.1:5000"], "ptsn check udp:0.0.0.0:5000"),
        (["tcp:[::1]:1", "udp:127.0.0.1:2"], "ptsn check tcp:0.0.0.0:1 udp:0.0.0.0:2"),
    ],
)
def test_what_lets_panels_in_can_be_typed(addresses: list[str], command: str) -> None:
    """It is read back as what it says."""
    assert Place((), tuple(addresses)).command == command
    arguments = command.split()[2:]
    listens = read_addresses([each for each in arguments if each != "--udp"], "--udp" in arguments)
    assert {listen.interface for listen in listens} == {"0.0.0.0"}


def test_on_loopback_the_opening_warns_and_otherwise_it_names_what_to_type() -> None:
    """Address, port, protocol, account, prefix, encryption, link test."""
    lines = opening(LOOPBACK, (), Words("en"), None)
    assert "  ptsn check tcp:0.0.0.0:5000 --udp" in lines
    said = "\n".join(lines)
    for words in ("127.0.0.1", "5000 (TCP, UDP)", "SIA DC-09", "3 to 16 digits", "--key", "30 to 60 seconds"):
        assert words in said
    everywhere = Place((Listen("tcp", 5000, "0.0.0.0"),), ("tcp:0.0.0.0:5000",))
    assert "ptsn check" not in "\n".join(opening(everywhere, (), Words("en"), 60.0))
    assert "0.0.0.0" not in "\n".join(opening(everywhere, (), Words("en"), 60.0))
    firewall = "\n".join(nothing_came(everywhere, Words("en"), connections=0, noise=0))
    assert "sudo ufw allow 5000" in firewall
    assert "ufw" not in "\n".join(nothing_came(LOOPBACK, Words("en"), connections=0, noise=0))


def test_without_a_protocol_named_the_opening_tells_what_fits_every_one() -> None:
    """Each by its name with what to choose; those that do not come that way are left out."""
    said = "\n".join(opening(LOOPBACK, (), Words("en"), None))
    assert [wire.title for wire in WIRES.values() if f"\n  {wire.title} " not in said] == []
    for words in ("any, such as 1234", "also called SIA-IP", "MLR2", "Honeywell Galaxy", "handshake A", "D6500 mode"):
        assert words in said
    serial = Place((), (), (SerialDevice("/dev/ttyUSB0", 9600),))
    said = "\n".join(opening(serial, (), Words("en"), None))
    assert ("SIA DC-09" in said, "9600 8N1, 19200 7E1" in said) == (False, True)
    udp = "\n".join(opening(Place((), ("udp:127.0.0.1:5000",)), (), Words("en"), None))
    assert ("SIA DC-09" in udp, "Sur-Gard" in udp) == (True, False)


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_with_a_protocol_named_the_opening_tells_its_settings(wire: Wire, language: str) -> None:
    """And nothing of the others."""
    words = Words(language)
    place = Place((), ("tcp:127.0.0.1:5000",), protocol=wire.name)
    said = " ".join(" ".join(opening(place, (), words, None)).split())
    assert words("open.prefix.value" if wire.name == "dc09" else f"wire.{wire.name}") in said
    assert [each.title for each in WIRES.values() if each is not wire and f" {each.title} " in said] == []
    assert "check." not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_variant_that_a_message_can_be_of_has_words(language: str) -> None:
    """A name such as galaxy explains nothing."""
    known = texts.ids("report", language)
    variants = [f"surgard.{name}" for name in ("mlr2", "system", "mlr2000")]
    variants += [f"d6600.crc-{covering}" for covering in COVERINGS]
    variants += ["sia.galaxy", "sia.texecom", "ademco685.esc", "mx8000.silent-knight", "d6500.header"]
    assert {each for each in variants if f"check.dialect.{each}" not in known} == set()


# Keys


def test_each_key_is_tried_as_given_and_then_in_the_other_form() -> None:
    """Hex digits as characters, characters as hex digits; what was given comes first."""
    digits = bytes(range(16))
    found = ring([Given(digits, "hex"), Given(digits.hex().encode(), "text")])
    assert [len(key.material) for key in found.dialect.keys] == [16, 32, 32]
    assert [key.material for key in found.dialect.keys][:2] == [digits, digits.hex().encode()]
    assert [info.as_given for info in found.infos.values()] == [True, True, False]
    assert [info.number for info in found.given] == [1, 2]
    assert set(found.infos) == {key.owner for key in found.dialect.keys}
    assert not found.dialect.known


def test_keys_are_in_no_representation() -> None:
    """Not of what was given, nor of what is tried."""
    given_key = Given(b"sixteen letters!", "text")
    shown = repr(given_key) + repr(ring([given_key])) + repr(Key(b"sixteen letters!", "key 1"))
    assert "sixteen" not in shown


# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_a_check_is_there_and_none_is_too_many(language: str) -> None:
    """Ids in the code against ids in the catalogue; those put together are known by their beginning."""
    files = [*(ROOT / "ptsn/checking").glob("*.py"), ROOT / "ptsn/commands/check.py"]
    code = "".join(file.read_text("utf-8") for file in files)
    said = set(re.findall(r"""["']([a-z][a-z-]*(?:\.[a-z-]+)+)["']""", code))
    said |= {"none", "no-answer", "no-account", "unchecked", "status"}
    known = {id_.removeprefix("check.") for id_ in texts.ids("report", language) if id_.startswith("check.")}
    composed = (
        "severity.", "unit.", "grade.", "reason.", "part.", "crc.", "connections.", "encryption.", "padding.", "clock.",
        "retries.", "numbers.", "column.", "key.", "open.", "advice.", "edition.sign.", "finding.dc09.",
        "denied.", "sessions.", "noise.", "broken.", "wire.", "dialect.",
    )  # fmt: skip
    assert {id_ for id_ in known if not id_.startswith(composed)} <= said
    missing = {id_ for id_ in said if id_.partition(".")[0] in {each.partition(".")[0] for each in known}} - known
    assert {id_ for id_ in missing if not id_.startswith(("edition.letter", "edition.token"))} == set()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0 s"),
        (0.35, "0.3 s"),
        (9.96, "10 s"),
        (45, "45 s"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (18000.4, "5 h"),
        (90061, "1 d 1 h"),
        (-300, "-5 min"),
    ],
)
def test_durations_are_short(seconds: float, said: str) -> None:
    """At most two units."""
    assert Words("en").duration(seconds) == said


def test_advice_of_a_check_is_the_checks_own() -> None:
    """At a station a key is entered for an account, here it is given on the command line."""
    assert "--key" in Words("en").advice("dc09.cipher.no-key")
    assert Words("en").advice("dc09.crc.binary") == texts.text("advice", "dc09.crc.binary", "en")
    assert Words("en").advice("no.such-id") == ""


# Live


def message(**more: Any) -> MessageNote:
    """A note of a message."""
    values: dict[str, Any] = {
        "at": 0.0,
        "peer": "192.0.2.7:41122",
        "account": "1234",
        "kind": ArrivalKind.LINK_TEST,
        "token": "NULL",
        "sequence": "0000",
        "verdict": Verdict.ALIVE,
        "answer": "ACK",
        "protection": Protection.NONE,
        "signals": (),
        "repeat": False,
        "found": (),
        "keyed": False,
    }
    return MessageNote(**(values | more))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_note_has_lines(language: str) -> None:
    """In every language, wrapped, and without an id where a word should be."""
    live = Live(Words(language), LOOPBACK)
    notes: list[Note] = [
        message(),
        message(found=(Found("dc09.crc.binary", Severity.DEVIATION, 1),), repeat=True),
        message(kind=ArrivalKind.ANSWER, token="ACK", verdict=Verdict.REFUSED, answer=""),
        message(kind=ArrivalKind.OPAQUE, protection=Protection.FAILED, verdict=Verdict.REFUSED, answer=""),
        message(kind=ArrivalKind.OPAQUE, protection=Protection.FAILED, verdict=Verdict.REFUSED, keyed=True, answer=""),
        message(kind=ArrivalKind.EVENT, verdict=Verdict.NOT_STORED, answer=""),
        message(kind=ArrivalKind.MALFORMED, verdict=Verdict.MALFORMED, answer="DUH", account=""),
        NoiseNote(at=0, peer="192.0.2.7:1", guess="http", size=3, sample="GET", count=1),
        ConnectionNote(at=0, peer="192.0.2.7:1", opened=True, clean=True, messages=0, count=6),
        ConnectionNote(at=0, peer="192.0.2.7:1", opened=False, clean=False, messages=2, count=1),
        NothingNote(at=0, seconds=20, connections=2, noise=1),
        SilenceNote(at=0, account="1234", seconds=100, usual=30),
    ]
    for note in notes:
        lines = live.lines(note)
        assert lines
        assert all(len(line) <= 100 for line in lines)
        assert "check." not in "".join(lines)


def test_what_peers_send_cannot_move_the_cursor() -> None:
    """Account, token, address, bytes."""
    live = Live(Words("en"), LOOPBACK)
    evil = "\x1b[2J\u202e\n"
    lines = live.lines(message(account=evil, token=evil, kind=ArrivalKind.OPAQUE, peer=evil))
    lines += live.lines(NoiseNote(at=0, peer=evil, guess="garbage", size=3, sample=evil, count=1))
    assert all(line.isprintable() for line in lines)


def test_what_comes_again_and_again_is_shown_less_and_less() -> None:
    """Connections are counted from the seventh on, noise is shown at 10, 100, 1000."""
    live = Live(Words("en"), LOOPBACK)

    def noise(count: int) -> bool:
        return bool(live.lines(NoiseNote(at=0, peer="x", guess="http", size=3, sample="", count=count)))

    def connection(count: int) -> bool:
        return bool(live.lines(ConnectionNote(at=0, peer="x", opened=True, clean=True, messages=0, count=count)))

    assert [count for count in range(1, 1200) if noise(count)] == [1, 2, 3, 10, 100, 1000]
    assert [count for count in range(1, 100) if connection(count)] == list(range(1, 7))


# The terminal


class Held(io.StringIO):
    """A terminal that is held: the first write waits."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.waiting = threading.Event()

    def write(self, text: str) -> int:
        self.waiting.set()
        self.go.wait(60)
        return super().write(text)


def test_a_terminal_that_is_held_holds_nothing_up() -> None:
    """What does not fit is left out, and said."""
    held = Held()
    output = Output(held.write, status=False, waiting=5)
    for number in range(50):
        output.lines([f"line {number}"])
    held.go.set()
    output.close()
    shown = held.getvalue().splitlines()
    assert shown[0] == "line 0"
    assert 5 <= len(shown) < 10


def test_what_was_left_out_is_counted() -> None:
    """With the next thing that fits."""
    held = Held()
    output = Output(held.write, status=False, waiting=1)
    output.lines(["line 0"])
    assert held.waiting.wait(60)
    for number in range(1, 4):
        output.lines([f"line {number}"])
    held.go.set()
    until(lambda: "line 1" in held.getvalue(), "what waited to be written")
    output.lines(["after"])
    output.close()
    assert "(2 pieces of output left out here" in held.getvalue()
    assert held.getvalue().endswith("after\n")


def test_the_status_line_stays_below_the_lines() -> None:
    """It is taken away, and written again under each."""
    out = io.StringIO()
    output = Output(out.write, status=True)
    output.status("status")
    output.lines(["one"])
    output.close()
    assert out.getvalue().endswith("\r\x1b[Kone\nstatus\r\x1b[K")


def test_without_a_terminal_there_is_no_status() -> None:
    """A file gets lines."""
    out = io.StringIO()
    output = Output(out.write, status=False)
    output.status("status")
    output.lines(["one"])
    output.close()
    assert out.getvalue() == "one\n"


def test_a_closed_pipe_is_noticed() -> None:
    """The check ends then: nobody looks any more."""

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    output = Output(Closed().write, status=False)
    output.lines(["one"])
    output.close()
    assert output.broken


@given(st.text(max_size=40), st.integers(0, 30))
def test_a_text_is_cut_to_the_columns(text: str, columns: int) -> None:
    """Never more of it than fits; wide characters count twice."""
    assert text.startswith(fitting(text, columns))
    assert fitting("шшш", 2) == "шш"
    assert fitting("字字", 3) == "字"


def test_remains_of_a_check_that_was_killed_are_removed_by_the_next(tmp_path: Path) -> None:
    """Not those of one that runs, of one that starts just now, nor what only looks like one."""
    from ptsn.checking.folder import LOCK, sweep

    def made(name: str, age_s: float) -> Path:
        folder = tmp_path / f"ptsn-check-{name}"
        folder.mkdir()
        (folder / LOCK).touch()
        os.utime(folder / LOCK, (time.time() - age_s, time.time() - age_s))
        return folder

    killed, starting, running = made("killed", 100), made("starting", 0), made("running", 100)
    (tmp_path / "ptsn-check-without-a-lock").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / LOCK).touch()
    os.utime(elsewhere / LOCK, (0, 0))
    (tmp_path / "ptsn-check-link").symlink_to(elsewhere)
    with StationLock(running / LOCK):
        os.utime(running / LOCK, (0, 0))
        sweep(tmp_path)
    assert not killed.exists()
    assert all(each.exists() for each in (starting, running, elsewhere, tmp_path / "ptsn-check-without-a-lock"))


# The report


def report(**more: Any) -> Report:
    """A report of nothing."""
    values: dict[str, Any] = {
        "station": Station(title="T", addresses=("tcp:192.0.2.7:5000",), version="1"),
        "started": NOW,
        "ended": NOW,
        "grade": Grade.FAILS,
        "reasons": (Reason(id="nothing"),),
        "messages": 0,
        "panels": (),
        "panels_left_out": 0,
        "noise": (),
        "connections": 0,
    }
    return Report(**(values | more))


EVIL = st.text(alphabet=st.characters(codec="latin-1"), max_size=60) | st.sampled_from(
    [
        "</style><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "&lt;b&gt;",
        "]]>",
        "<!--",
        "\x00\x1b[2J\x85",
    ]
)


class Elements(HTMLParser):
    """Which elements and attributes a page has."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.found.update(f"@{name}" for name, _ in attrs)


ELEMENTS = frozenset(
    ("html", "head", "meta", "title", "style", "body", "header", "section", "footer", "h1", "h2", "h3", "p", "div")
)
TABLES = frozenset(("strong", "span", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"))
ATTRIBUTES = frozenset(("@lang", "@charset", "@http-equiv", "@content", "@name", "@class", "@scope"))


@settings(max_examples=80, deadline=None)
@given(EVIL, EVIL, EVIL)
def test_no_text_of_a_peer_becomes_markup(one: str, two: str, three: str) -> None:
    """Hosts, bytes, titles; nor does any unseen character stand on the page or in the text."""
    found = report(
        station=Station(title=one, version="1"),
        noise=(NoiseSeen(guess="http", host=two, count=1, size=1, first=NOW, last=NOW, sample=three),),
    )
    made = document(found, LOOPBACK, Words("en"))
    reader = Elements()
    shown = page(made, Words("en")).decode()
    reader.feed(shown)
    assert reader.found <= ELEMENTS | TABLES | ATTRIBUTES
    assert "<script" not in shown
    lines = text(made).splitlines()
    assert all(line.isprintable() and len(line) <= 80 for line in lines)


def test_the_page_shows_as_marks_what_cannot_be_seen() -> None:
    """Whatever its sections forgot to clean."""
    evil = "\x1b[2J\u202e\x00<b>"
    blocks = (Said(evil), Facts(((evil, (evil,)),)), Table((evil,), ((evil,),)))
    made = Document(evil, evil, "en", "fails", evil, evil, False, (Section(evil, blocks),), evil)
    shown = page(made, Words("en")).decode()
    assert not {"\x1b", "\u202e", "\x00"} & set(shown)
    assert "<b>" not in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_needs_nothing_else(language: str) -> None:
    """No script, no address, nothing to be loaded; it says so itself."""
    shown = page(document(report(), LOOPBACK, Words(language)), Words(language)).decode()
    assert "default-src 'none'" in shown
    assert not re.search(r"https?://|src=|href=|url\(|@import|<script", shown)
    assert "check." not in shown
    assert shown.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("grade", Grade)
def test_every_grade_has_its_words(language: str, grade: Grade) -> None:
    """On the page and in the text."""
    words = Words(language)
    made = document(report(grade=grade, messages=1, reasons=()), LOOPBACK, words)
    assert words(f"grade.{grade.value}") in text(made)
    assert f'class="verdict {grade.value}"' in page(made, words).decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sign_of_an_edition_has_words(language: str) -> None:
    """Letters and tokens are put into a text, the others have one of their own."""
    words = Words(language)
    for sign in (*editions.REASONS, "crc-binary"):
        (said, because) = _edition(Edition(least=2026, reasons={sign: 2026}), words)
        assert "check." not in said + because, sign
        assert sign not in because


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_that_are_not_complete_say_so(language: str) -> None:
    """Codes, open alarms, noise, parts of a message."""
    watch = Inspection(Moment(0.0, 0.0))
    source = Source("tcp", "dc09", "192.0.2.7:1", "192.0.2.7")
    end = ReceivingEnd(source, lambda *_: Dialect())
    (arrival,) = end.receive(frames.cid(), Moment(0.0, 0.0))
    assert isinstance(arrival, Arrival)
    watch.observe(source, arrival, Verdict.STORED, "ACK", "", Moment(0.0, 0.0))
    watch.noise(source, Noise(b"GET / HTTP/1.1", "http", 14), Moment(0.0, 0.0))
    found = watch.report(Moment(0.0, 0.0))
    (panel,), (example,) = found.panels, found.frames
    panel = replace(panel, codes_left_out=71, unrestored_left_out=72, retries=Retries(count=1, parallel=75))
    found = replace(found, panels=(panel,), frames=(replace(example, parts_left_out=73),), noise_left_out=74)
    words = Words(language)
    made = document(found, LOOPBACK, words)
    shown = page(made, words).decode()
    ids = {"codes.more": 71, "unrestored.more": 72, "frame.more": 73, "noise.more": 74, "retries.parallel": 75}
    for id_, count in ids.items():
        assert words(id_, count=count) in shown, id_
    assert words("finding.example", number=1) in shown


def test_a_finding_without_an_example_is_told_all_the_same() -> None:
    """Conduct is shown by no single message."""
    finding = FindingSeen(id="conduct.unread", severity=Severity.VIOLATION, count=2, first=NOW, last=NOW)
    assert msgspec.json.decode(msgspec.json.encode(finding), type=FindingSeen) == finding


def test_one_message_does_not_show_whether_its_sender_waits_for_answers() -> None:
    """Two do; one that came too soon shows that it does not."""
    words = Words("en")
    assert _waiting(Sender(title="Sur-Gard", answered=1), words) == ()
    assert _waiting(Sender(title="Sur-Gard", answered=2), words)[0].startswith("yes")
    assert _waiting(Sender(title="Sur-Gard", answered=2, not_waited=1), words)[0].startswith("no")
