"""``ptsn status`` and ``ptsn paths``."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any, cast

import pytest

from ptsn.client import StationClient
from ptsn.commands.paths import fetch
from ptsn.commands.status import in_trouble, lines
from tests.support import frames
from tests.support.station import StationProcess, ptsn, talk, until

STATUS: dict[str, Any] = {
    "name": "Test",
    "node": "n1",
    "version": "0.1.0",
    "mode": "live",
    "pid": 1,
    "started_at": "2026-01-01T00:00:00.000Z",
    "uptime_s": 5.0,
    "endpoints": [],
    "connections": None,
    "journal": "journal.db",
    "last_id": 1,
    "disk": None,
    "stalled": False,
    "queued": 0,
    "rates": {},
    "counters": {},
    "paths": {},
    "alarms": {"open": 0, "ringing": 0},
    "readers": 0,
    "consoles": 0,
}


def test_a_running_station_shows_how_it_is(tmp_path: Path) -> None:
    """Addresses, journal, alarms; exit 0, as JSON too."""
    with StationProcess(tmp_path, accounts="account,supervision_s\n1234,90\n77,90\n") as station:
        with station.connect() as panel:
            talk(panel, frames.cid(code="110"))
        done = ptsn("status", "-c", station.config)
        assert "Test: running for" in done.stdout
        assert "tcp:127.0.0.1:" in done.stdout
        assert "1 open, 1 ringing" in done.stdout
        status = json.loads(ptsn("status", "--json", "-c", station.config).stdout)
        assert (status["running"], status["name"], status["disk"]) == (True, "Test", None)
        paths = json.loads(ptsn("paths", "--json", "-c", station.config).stdout)
        assert {path["account"]: path["state"] for path in paths} == {"1234": "ok", "77": "never"}
        table = ptsn("paths", "-c", station.config).stdout
        assert "LAST HEARD" in table
        assert "every 1 min" in table
        assert "no path is lost" in ptsn("paths", "--lost", "-c", station.config).stderr


def endpoint(**values: Any) -> dict[str, Any]:
    """A serial port that a station connects to, as the API tells it."""
    given = {"adapter": "com", "protocol": "surgard", "listen": "serial:/dev/x", "address": "serial:/dev/x"}
    return given | {"connects": True, "open": False, "since": "2026-11-23T00:00:00.000Z", "trouble": ""} | values


@pytest.mark.parametrize(
    ("values", "says", "trouble"),
    [
        ({"open": True}, "serial:/dev/x  open, since 2026-11-23 00:00:00", False),
        ({"state": "connecting again: closed"}, "serial:/dev/x  connecting, since", False),
        ({"trouble": "no such device\x1b"}, "TROUBLE: no such device", True),
        ({"connects": False, "trouble": "in use"}, "serial:/dev/x  TROUBLE: in use", True),
    ],
)
def test_lines_that_the_station_opens_are_shown_with_how_they_stand(
    values: dict[str, Any], says: str, trouble: bool
) -> None:
    """Since when and why; one that is just being opened is no trouble."""
    status = STATUS | {"endpoints": [endpoint(**values)]}
    assert in_trouble(status) is trouble
    assert any(says in line for line in lines(status))
    assert not any("\x1b" in line for line in lines(status))


def test_paths_are_fetched_page_by_page() -> None:
    """All of them once, by account, also those that moved from one page to the next meanwhile."""
    pages = {
        0: {"paths": [_path("3"), _path("1")], "next": 2},
        2: {"paths": [_path("1", "lost"), _path("2")], "next": 4},
        4: {"paths": [], "next": None},
    }

    class Station:
        def get(self, url: str, *, state: str | None, offset: int, limit: int) -> Any:
            assert (url, state) == ("/v1/paths", "lost")
            assert limit > 0
            return pages[offset]

    found = fetch(cast("StationClient", Station()), "lost")
    assert [(path["account_key"], path["state"]) for path in found] == [("1", "lost"), ("2", "ok"), ("3", "ok")]


def _path(account_key: str, state: str = "ok") -> dict[str, Any]:
    return {"account_key": account_key, "adapter": "ip", "protocol": "dc09", "path": "", "state": state}


def test_an_address_that_cannot_be_listened_on_is_trouble(tmp_path: Path) -> None:
    """Exit 3, and the reason."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        station = StationProcess(tmp_path, listen=(f"tcp:{port}:interface=127.0.0.1",))
        station.start(wait=False)
        done = until(
            lambda: (run := ptsn("status", "-c", station.config, check=False)).returncode != 4 and run, "the station"
        )
        assert done.returncode == 3
        assert "in use" in done.stdout
    station.wait_ready()
    assert ptsn("status", "-c", station.config).returncode == 0
    assert station.stop() == 0


def test_a_station_that_does_not_run_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    """4, and what to do; as JSON too."""
    station = StationProcess(tmp_path)
    done = ptsn("status", "-c", station.config, check=False)
    assert done.returncode == 4
    assert "ptsn serve" in done.stderr
    done = ptsn("status", "--json", "-c", station.config, check=False)
    assert (done.returncode, json.loads(done.stdout)["running"]) == (4, False)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "consoles  2 connected"), ("ru", "консоли подключено: 2"), ("kk", "консольдер қосылған: 2")],
)
def test_consoles_are_counted_not_their_connections(language: str, said: str) -> None:
    """In three languages; a station of an earlier release does not tell, and nothing is said."""
    shown = [" ".join(line.split()) for line in lines(STATUS | {"readers": 5, "consoles": 2}, language)]
    assert " ".join(said.split()) in shown
    old = {name: value for name, value in STATUS.items() if name != "consoles"}
    assert not any(line.startswith(said.split()[0]) for line in lines(old, language))


def test_trouble_with_the_disk_is_said_first() -> None:
    """Nothing is acknowledged, since when, and why."""
    status = STATUS | {"disk": {"since": "2026-01-01T00:00:00.000Z", "error": "disk full"}, "stalled": True}
    assert in_trouble(status)
    shown = list(lines(status))
    assert shown[1].startswith("TROUBLE    nothing can be stored since 2026-01-01 00:00:00: disk full")
    assert "slow" in shown[2]
    assert not in_trouble(STATUS)


def test_times_are_those_of_the_station_and_reasons_those_of_the_reader() -> None:
    """As in ``paths`` and ``tail``; while nothing came there is nothing to count."""
    status = STATUS | {
        "endpoints": [endpoint(open=True), endpoint(trouble="connection refused")],
        "disk": {"since": "2026-01-01T00:00:00.000Z", "error": "disk full"},
        "clock": {"jumps": 1, "last_jump_at": "2026-01-01T00:00:00.000Z", "last_jump_s": 3.0},
        "counters": {"arrivals": 0, "stored": 0},
    }
    shown = list(lines(status, "ru", "Asia/Almaty"))
    text = "\n".join(shown)
    assert "2026-01-01 05:00:00" in text
    assert not re.search(r"\d\dT\d\d|\.\d{3}|refused", text), text
    assert "соединение отклонено" in text
    assert not [line for line in shown if line.startswith("всего")]
    counted = status | {"counters": {"arrivals": 2}}
    assert [line for line in lines(counted, "ru") if line.startswith("всего")]
