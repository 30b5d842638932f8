"""A full disk: nothing is acknowledged, everybody is told, and the station recovers by itself."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from tests.support import frames
from tests.support.station import StationProcess, ptsn, read_answers, silence, talk, until


def _limit_files(station: StationProcess, size: int) -> None:
    assert station.process is not None
    _, hard = resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.timeout(180)
def test_nothing_is_acknowledged_while_the_disk_is_full_and_the_station_recovers(tmp_path: Path) -> None:
    """The limit on the size of files stands for a full disk; it is set and lifted on the running station."""
    with StationProcess(tmp_path) as station:
        acknowledged = []
        with station.connect() as connection:
            assert frames.token_of(talk(connection, frames.cid(sequence=1, extended=b"[I1]"))) == "ACK"
            acknowledged.append("1")
            _limit_files(station, 4096)
            connection.sendall(frames.cid(sequence=2, extended=b"[I2]"))
            assert silence(connection, 2.0), "acknowledged although it cannot be on disk"
            # Link tests need no disk, and show that the station lives.
            assert frames.token_of(talk(connection, frames.null())) == "ACK"
            status = json.loads(ptsn("status", "--json", "-c", station.config, check=False).stdout)
            assert status["disk"]["error"]
            assert ptsn("status", "-c", station.config, check=False).returncode == 3
            _limit_files(station, resource.RLIM_INFINITY)
            until(
                lambda: json.loads(ptsn("status", "--json", "-c", station.config, check=False).stdout)["disk"] is None,
                "the station to recover by itself",
            )
            connection.sendall(frames.cid(sequence=2, extended=b"[I2]"))
            assert frames.sequence_of(read_answers(connection)) == 2
            acknowledged.append("2")
    rows = station.export("--kind", "all")
    assert [row["text"] for row in rows if row["kind"] == "signal"] == acknowledged
    recovered = [row for row in rows if row["code"] == "journal.recovered"]
    assert len(recovered) == 1
    assert int(recovered[0]["details"]["not_stored"][0]) >= 1
    station.verify()


@pytest.mark.timeout(240)
def test_a_disk_that_fills_up_under_load_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """The limit hits in the middle of things, again and again, wherever the write-ahead log happens to stand."""
    with StationProcess(tmp_path) as station:
        acknowledged: list[str] = []
        number = 0
        for size in (200_000, 400_000, 70_000, 1_000_000):
            _limit_files(station, size)
            with station.connect() as connection:
                connection.settimeout(1.0)
                for _ in range(3000):
                    data = frames.cid(
                        sequence=number % 9999 + 1, extended=f"[I{number}]".encode() + b"[S" + b"x" * 200 + b"]"
                    )
                    try:
                        answer = talk(connection, data)
                    except TimeoutError:
                        break
                    assert frames.sequence_of(answer) == number % 9999 + 1
                    acknowledged.append(str(number))
                    number += 1
                else:
                    raise AssertionError("the limit was never reached")
            _limit_files(station, resource.RLIM_INFINITY)
            until(
                lambda: json.loads(ptsn("status", "--json", "-c", station.config, check=False).stdout)["disk"] is None,
                "the station to recover",
            )
            with station.connect() as connection:
                again = frames.cid(
                    sequence=number % 9999 + 1, extended=f"[I{number}]".encode() + b"[S" + b"x" * 200 + b"]"
                )
                talk(connection, again)
                acknowledged.append(str(number))
                number += 1
    texts = [row["text"] for row in station.export()]
    assert texts == acknowledged
    station.verify()
