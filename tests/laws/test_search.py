"""The search's index lives beside the journal, and whatever happens to it costs no signal."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

from tests.support import frames
from tests.support.station import StationProcess, ptsn, silence, talk, until


def _search(station: StationProcess, *words: str) -> dict[str, Any]:
    done = ptsn("journal", "search", *words, "--all", "--json", "-c", station.config, check=False)
    answer: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {"entries": [], "upto": 0}
    return answer


def _note(number: int) -> str:
    return f"note{number:03d}"


def _send(station: StationProcess, first: int, last: int) -> None:
    with station.connect() as panel:
        for number in range(first, last):
            sent = frames.cid(sequence=number, extended=f"[I{_note(number)}]".encode())
            assert frames.token_of(talk(panel, sent)) == "ACK"


def _all_found(station: StationProcess, last: int) -> None:
    for number in (1, last - 1):
        note = _note(number)
        until(lambda note=note: len(_search(station, note)["entries"]) == 1, f"{note} to be found")


def test_after_a_kill_everything_acknowledged_is_found(tmp_path: Path) -> None:
    """The cursor and what it speaks of are on disk together, or neither is."""
    with StationProcess(tmp_path) as station:
        _send(station, 1, 40)
        station.kill()
        station.start()
        _send(station, 40, 60)
        _all_found(station, 60)
        station.kill()
        for path in tmp_path.glob("*.search.db*"):
            path.unlink()
        station.start()
        _all_found(station, 60)
    station.verify()


def test_a_full_disk_stops_the_index_until_there_is_room(tmp_path: Path) -> None:
    """The limit on the size of files stands for a full disk; index and journal meet it and go on by themselves."""
    with StationProcess(tmp_path) as station:
        _send(station, 1, 5)
        _all_found(station, 5)
        assert station.process is not None
        _, hard = resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE, (4096, hard))
        with station.connect() as panel:
            panel.sendall(frames.cid(sequence=5, extended=b"[Inote005]"))
            assert silence(panel, 1.0), "acknowledged although it cannot be on disk"
        assert len(_search(station, "note004")["entries"]) == 1
        resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
        until(
            lambda: json.loads(ptsn("status", "--json", "-c", station.config, check=False).stdout)["disk"] is None,
            "the station to recover by itself",
        )
        _send(station, 6, 30)
        _all_found(station, 30)
    station.verify()


def test_a_broken_index_holds_up_no_signal(tmp_path: Path) -> None:
    """Garbage in its place, and a folder that cannot be written to: signals are acknowledged all the same."""
    with StationProcess(tmp_path) as station:
        _send(station, 1, 5)
        _all_found(station, 5)
        station.stop()
        (found,) = tmp_path.glob("*.search.db")
        found.write_bytes(b"garbage" * 10_000)
        station.start()
        _send(station, 5, 10)
        _all_found(station, 10)
        station.stop()
        found.unlink()
        found.mkdir()
        station.start()
        _send(station, 10, 15)
        done = ptsn("journal", "search", "note001", "-c", station.config, check=False)
        assert (done.returncode, "cannot be made" in done.stderr) == (1, True)
    station.verify()
