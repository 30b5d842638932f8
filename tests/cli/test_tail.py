"""``ptsn tail`` and the lines it shows."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocols import catalogue
from protocols.catalogue import LANGUAGES
from protocols.catalogue.station_words import station_codes, station_name
from ptsn.render import Renderer, account_names, clean, duration, pad, show_bytes
from tests.support import frames
from tests.support.station import PTSN, StationProcess, ptsn, talk, until

ENTRY = {
    "id": 7,
    "kind": "signal",
    "received_at": "2026-11-22T14:43:06.123Z",
    "account": "1234",
    "account_key": "L5#1234",
    "scheme": "contact-id",
    "code": "110",
    "qualifier": "new",
    "category": "fire",
    "priority": 1,
    "partition": "01",
    "subject": "zone",
    "number": "015",
}
ALARM = ENTRY | {
    "opened_at": "2026-11-22T14:43:06.123Z",
    "last_at": "2026-11-22T14:43:06.123Z",
    "ringing": True,
    "rings": 1,
    "restored": "no",
}


# The lines


def test_a_line_has_time_mark_word_account_event_and_place() -> None:
    """In the reader's time zone and language, with the name of the account."""
    renderer = Renderer("en", "Asia/Almaty", {"L5#1234": "School 12"})
    line = renderer.entry(ENTRY)
    assert line.startswith("19:43:06  ▲ danger to life")
    assert re.sub(" +", " ", line).endswith("1234 School 12 Fire alarm zone 015, partition 01 #7")


@pytest.mark.parametrize(("language", "words"), [("en", "area 2"), ("ru", "раздел 2"), ("kk", "бөлім 2")])
def test_an_area_that_an_event_is_about_is_called_so(language: str, words: str) -> None:
    """SIA counts areas; the partition that a signal came from has its own word."""
    entry = ENTRY | {"scheme": "sia", "code": "CL", "partition": "", "subject": "area", "number": "2"}
    assert f" {words}  #7" in Renderer(language).entry(entry)


@pytest.mark.parametrize(("language", "words"), [("en", "Fire alarm"), ("ru", "Пожар"), ("kk", "Өрт")])
def test_events_are_named_in_three_languages(language: str, words: str) -> None:
    """So are priorities and the words of the place."""
    assert f" {words} " in Renderer(language).entry(ENTRY)


def test_the_state_is_told_without_colour() -> None:
    """Mark and word differ for every state; colour only adds to them."""
    restore = ENTRY | {"qualifier": "restore"}
    kinds = [
        ENTRY | {"kind": kind, "priority": 0, "code": "x.y"} for kind in ("unread", "station", "security", "action")
    ]
    lines = [
        Renderer().entry(entry) for entry in (ENTRY, ENTRY | {"priority": 2}, ENTRY | {"priority": 3}, restore, *kinds)
    ]
    assert len({line[10:27] for line in lines}) == len(lines)
    assert not any("\x1b" in line for line in lines)
    colored = Renderer(color=True).entry(ENTRY)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == lines[0]


def test_what_peers_send_cannot_move_the_cursor_or_turn_the_line() -> None:
    """Control, bidirectional and other unseen characters become marks; the length is bounded."""
    evil = "\x1b[2J\u202eabc\u200b\n"
    line = Renderer().entry(ENTRY | {"text": evil, "account": "1\r2", "number": "\x07"})
    assert line.isprintable()
    assert "‹U+001B›[2J‹U+202E›abc‹U+200B›‹U+000A›" in line
    assert len(clean("x" * 5000)) < 400
    assert show_bytes("\n\x00[a]\xff\r") == "‹LF›‹00›[a]‹FF›‹CR›"


def test_late_repeated_and_unknown_are_said() -> None:
    """The age of a late signal beside it."""
    line = Renderer().entry(ENTRY | {"late": True, "age_s": 7500.0, "repeat": True, "unknown": True})
    assert "[late 2 h 5 min, repeat, unknown account]" in line


def test_an_unlisted_code_is_shown_with_its_class() -> None:
    """Never dropped."""
    assert "(199)" in Renderer().entry(ENTRY | {"code": "199"})


def test_every_kind_of_entry_has_a_line() -> None:
    """Station, security, action, unread: with what belongs to each."""
    base = {"id": 1, "received_at": "2026-11-22T14:43:06.123Z"}
    show = Renderer().entry
    assert "Path lost" in show(base | {"kind": "station", "code": "path.lost", "priority": 2, "account": "1234"})
    assert "since: 2026" in show(
        base | {"kind": "station", "code": "journal.recovered", "details": {"since": ["2026"]}}
    )
    lost = base | {"kind": "station", "code": "endpoint.lost", "path": "tcp:5000:interface=[::]"}
    assert "Address cannot be opened  in use  tcp:[::]:5000" in show(lost | {"text": "in use"})
    details = {"listen": ["udp:5000:interface=127.0.0.1"], "renamed": ["?L0#1234 1234", "?L0#5 L0#5"]}
    changed = show(base | {"kind": "station", "code": "accounts.changed", "details": details})
    assert "udp:127.0.0.1:5000  ?L0#1234 -> 1234, ?L0#5 -> L0#5" in changed
    assert "(+12)" in show(base | {"kind": "security", "code": "security.stale", "peer": "192.0.2.7:1", "count": 12})
    assert '#5  Asel  "checked"' in show(
        base | {"kind": "action", "code": "alarm.closed", "alarm": 5, "operator": "Asel", "note": "checked"}
    )
    assert "‹LF›what‹CR›" in show(base | {"kind": "unread", "raw": "\nwhat\r"})
    assert show({"kind": "new-kind", "code": "new.code"}).startswith("--:--:--")


def test_an_alarm_has_a_line_for_what_became_of_it() -> None:
    """Opened, ringing again, restored; whoever has seen it is named."""
    show = Renderer().alarm
    assert "Alarm opened #7: Fire alarm" in show(ALARM, "alarm.opened")
    assert "○ restored" in show(ALARM | {"restored": "all", "restored_at": ALARM["last_at"]}, "alarm.restored")
    assert "(seen, Asel)" in show(ALARM | {"ringing": False, "seen_by": "Asel"})
    assert "Path lost" in show(ALARM | {"kind": "station", "scheme": "", "code": "path.lost"})


def test_a_record_of_the_wire_says_why_nothing_was_answered() -> None:
    """Bytes with their control characters named, the verdict, every finding."""
    base = {"at": "2026-11-22T14:43:06.123Z", "peer": "192.0.2.7:1"}
    show = Renderer().wire
    assert "-> ‹LF›x‹CR›  (3 bytes)" in show(base | {"what": "in", "bytes": "\nx\r", "size": 3})[0]
    verdict = {
        "what": "verdict",
        "verdict": "refused",
        "answer": "",
        "why": "no known key opens it",
        "token": "ADM-CID",
        "account": "1234",
        "decrypted": False,
        "findings": [{"id": "dc09.null.sequence", "severity": "note"}],
    }
    lines = show(base | verdict)
    assert "refused, no answer: no known key opens it" in lines[0]
    assert "encrypted and not decrypted" in lines[0]
    assert "note: dc09.null.sequence: A link test has" in lines[1]
    assert "answered ACK" in show(base | verdict | {"answer": "ACK", "decrypted": True})[0]
    assert "?? http: An HTTP request" in show(base | {"what": "noise", "guess": "http", "bytes": "GET"})[0]
    assert "-- connected" in show(base | {"what": "note", "text": "connected"})[0]


@pytest.mark.parametrize(
    ("language", "told", "silent"),
    [
        ("en", "answered NAK", "no answer"),
        ("ru", "ответ NAK", "без ответа"),
        ("kk", "жауап NAK", "жауапсыз"),
    ],
)
def test_what_noise_was_answered_with_is_told(language: str, told: str, silent: str) -> None:
    """A damaged block is rejected; other bytes get nothing."""
    base = {"at": "2026-11-22T14:43:06.123Z", "peer": "192.0.2.7:1", "what": "noise", "guess": "sia.parity"}
    show = Renderer(language).wire
    assert f"({told})" in show(base | {"bytes": "x", "answer": "NAK"})[0]
    assert f"({silent})" in show(base | {"bytes": "x", "answer": ""})[0]
    assert f"({silent})" in show(base | {"bytes": "x"})[0]


def test_names_of_accounts_come_in_the_language_or_as_they_are() -> None:
    """A missing translation is no missing name."""
    rows = [
        {"account_key": "1", "name": "School", "name_ru": "Школа", "name_kk": ""},
        {"account_key": "2", "name": "", "name_ru": ""},
    ]
    assert account_names(rows, "ru") == {"1": "Школа", "2": ""}
    assert account_names(rows, "kk") == {"1": "School", "2": ""}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3600, "1 h"), (11100, "3 h 5 min"), (187200, "2 d 4 h")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    """Two units at most."""
    assert duration(seconds) == text


def test_columns_count_cells_not_characters() -> None:
    """Wide characters take two."""
    assert (pad("мектеп", 8), pad("学校", 6)) == ("мектеп  ", "学校  ")


def test_every_station_event_has_a_name_in_each_language() -> None:
    """The table, and every code that the receiver writes into the journal."""
    assert all(all(names) and len(names) == len(LANGUAGES) for names in station_codes().values())
    used = set()
    for file in (Path(__file__).parents[2] / "receiver").rglob("*.py"):
        used |= set(
            re.findall(
                r'"((?:path|readers|alert|clock|security|adapter|alarm|endpoint|accounts|journal)\.[a-z-]+)"',
                file.read_text("utf-8"),
            )
        )
    used -= {"accounts.db", "journal.db"}  # files
    used -= {"journal.not-storable"}  # a finding
    assert {"path.lost", "endpoint.lost", "journal.damaged", "security.flood"} <= used
    assert used <= set(station_codes())
    assert station_name("path.lost", "ru") == "Связь с объектом потеряна"
    assert station_name("not.listed", "kk") == "not.listed"
    with pytest.raises(ValueError, match="language"):
        station_name("path.lost", "de")


# The command


class Running:
    """``ptsn tail`` in a process of its own, its output collected as it comes."""

    def __init__(self, station: StationProcess, *arguments: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*PTSN, "tail", "-c", str(station.config), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._collector = threading.Thread(target=self._collect, daemon=True)
        self._collector.start()

    def _collect(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, words: str, times: int = 1) -> str:
        """The newest line with these words, once there are so many."""
        found = until(
            lambda: len(hits := [line for line in list(self.lines) if words in line]) >= times and hits,
            f"{words!r} in {self.lines}",
        )
        return str(found[-1])

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._collector.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    folder = tmp_path_factory.mktemp("tail")
    with StationProcess(folder, accounts="account,name,name_ru\n1234,School 12,Школа 12\n77,Other,\n") as running:
        yield running


def test_signals_and_alarms_are_seen_as_they_come(station: StationProcess, tmp_path: Path) -> None:
    """With names, and recorded; Ctrl-C ends it without a word."""
    record = tmp_path / "record.jsonl"
    tail = Running(station, "--lang", "ru", "--account", "1234", "--record", str(record))
    tail.wait_for("есть связь со станцией «Test»")
    with station.connect() as panel:
        talk(panel, frames.cid("77", sequence=1))
        talk(panel, frames.cid("1234", "110", sequence=2))
        tail.wait_for("Тревога открыта")
        talk(panel, frames.cid("1234", "110", 3, sequence=3))
        tail.wait_for("Тревога: восстановление")
    assert "Школа 12" in tail.wait_for("Пожар  шлейф 015, раздел 01  #")
    alarm = json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)[0]["id"]
    ptsn("alarms", "seen", str(alarm), "--operator", "Асель", "-c", station.config)
    tail.wait_for("Тревога принята  #")
    assert tail.interrupt() == 130
    assert not any("Other" in line or "Traceback" in line for line in tail.lines)
    recorded = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
    assert {one["event"] for one in recorded} == {"entry", "alarm"}
    assert "110" in {one.get("code") for one in recorded}


def test_the_gap_is_fetched_and_nothing_comes_twice(station: StationProcess) -> None:
    """From the first entry on, over a restart: every entry of the journal once, in order."""
    with station.connect() as panel:
        for number in range(100, 110):
            talk(panel, frames.cid("77", "602", sequence=number))
    assert station.stop() == 0
    station.start()
    tail = Running(station, "--since", "0", "--json")
    tail.wait_for("behind: fetching entries 1 to")
    with station.connect() as panel:
        talk(panel, frames.cid("77", "603", sequence=200))
    tail.wait_for('"603"')
    assert station.stop() == 0
    tail.wait_for("trying again")
    station.start()
    with station.connect() as panel:
        talk(panel, frames.cid("77", "604", sequence=201))
    tail.wait_for('"604"')
    tail.wait_for("connected again")
    assert tail.interrupt() == 130
    shown: list[dict[str, Any]] = [json.loads(line) for line in tail.lines if line.startswith("{")]
    ids = [one["id"] for one in shown if one["event"] == "entry"]
    assert ids == list(range(1, ids[-1] + 1))


def test_the_wire_shows_bytes_verdict_and_silence(station: StationProcess) -> None:
    """Of one account, with why a message got no answer."""
    tail = Running(station, "--wire", "--account", "1234")
    tail.wait_for("connected to Test")
    with station.connect() as other, station.connect() as panel:
        talk(other, frames.cid("77", sequence=300))
        talk(panel, frames.cid("1234", sequence=301))
        panel.sendall(b"\nBEEF" + frames.cid("1234", sequence=302)[5:])
        tail.wait_for("the CRC in the frame is BEEF, its bytes give")
        panel.sendall(frames.secret(account="1234"))
        tail.wait_for("refused, no answer")
    tail.wait_for("‹LF›")
    tail.wait_for("stored, answered ACK: on disk")
    assert tail.interrupt() == 130
    assert not any("#77" in line for line in tail.lines)


def test_without_a_station_it_says_so(tmp_path: Path) -> None:
    """Exit 1, and what to do."""
    station = StationProcess(tmp_path)
    done = ptsn("tail", "-c", station.config, check=False)
    assert done.returncode == 1
    assert "start one with `ptsn serve`" in done.stderr
    assert "Traceback" not in done.stderr


def test_since_is_refused_for_the_wire(tmp_path: Path) -> None:
    """The wire is not kept."""
    assert ptsn("tail", "--wire", "--since", "3", "-c", StationProcess(tmp_path).config, check=False).returncode == 2


@pytest.mark.parametrize("name", ["tail", "status", "paths", "alarms", "alarms list", "alarms seen", "alarms close"])
def test_every_command_has_help_with_an_example(name: str) -> None:
    """Beginning with the command itself."""
    assert f"Example: ptsn {name}" in ptsn(*name.split(), "--help").stdout


@pytest.mark.parametrize(
    ("language", "kind", "words", "handed"),
    [
        ("en", "addition", 'text added: "KITCHEN"', "receiver 01, line 3"),
        ("ru", "дополнение", 'добавлен текст: "KITCHEN"', "приёмник 01, линия 3"),
        ("kk", "толықтыру", 'мәтін қосылды: "KITCHEN"', "қабылдағыш 01, желі 3"),
    ],
)
def test_what_was_added_to_an_event_is_no_event(language: str, kind: str, words: str, handed: str) -> None:
    """Neither marked nor named like one; with the receiver and line that handed it on, where it names a line."""
    added = ENTRY | {"kind": "amendment", "amends": 6, "text": "KITCHEN", "receiver": "01", "line": "3"}
    line = Renderer(language).entry(added)
    assert line[10:].startswith(f"· {kind}")
    assert f" {words}  {catalogue.name('contact-id', '110', 'new', language)}  " in line
    assert line.count("KITCHEN") == 1
    assert handed in line
    assert handed in Renderer(language).entry(ENTRY | {"receiver": "01", "line": "3"})
    assert handed.split(",")[0] not in Renderer(language).entry(ENTRY | {"receiver": "01"})


def test_text_that_was_added_stands_with_its_condition() -> None:
    """Of an alarm with several of them."""
    conditions = [{"scheme": "contact-id", "code": "110", "number": "1", "added": "KIT\nCHEN"}]
    (line,) = Renderer().conditions(ALARM | {"conditions": conditions}, 1)
    assert '"KIT‹U+000A›CHEN"' in line
