"""Two operators, one alarm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ptsn.client import StationClient, StationError
from tests.support.frames import answers, cid
from tests.support.station import StationProcess, until


def test_an_alarm_that_two_close_at_once_is_closed_by_one_of_them(tmp_path: Path) -> None:
    """The other is told; the journal has one closing with one note."""
    station = StationProcess(tmp_path / "s", accounts="account,name\n1234,School\n").start()
    socket = station.folder / "ptsn.sock"
    try:
        with station.connect() as line:
            for turn in range(10):
                line.sendall(cid(code="120", sequence=turn + 1))
                assert b"ACK" in answers(line.recv(4096))[0]
                with StationClient(socket) as one:
                    alarm = until(lambda: one.get("/v1/alarms")["alarms"], "the alarm")[0]["id"]
                    one.post(f"/v1/alarms/{alarm}/seen", {})

                def close(who: str, alarm: int = alarm) -> str:
                    with StationClient(socket) as caller:
                        try:
                            caller.post(f"/v1/alarms/{alarm}/close", {"operator": who, "note": who})
                        except StationError as error:
                            return str(error)
                        return ""

                with ThreadPoolExecutor(2) as pool:
                    said = list(pool.map(close, ("left", "right")))
                assert sorted(map(bool, said)) == [False, True], said
                assert "closed" in "".join(said)
        with StationClient(socket) as one:
            entries = one.get("/v1/entries?latest=1000")["entries"]
        closings = [entry for entry in entries if entry.get("code") == "alarm.closed"]
        assert len(closings) == 10
    finally:
        station.stop()
