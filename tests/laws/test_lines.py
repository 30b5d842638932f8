"""Line protocols at a real station: no press vanishes, no message stops those behind it, texts follow their event."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocols.sia.blocks import Block, build
from tests.support.station import PATIENCE_S, StationProcess, ptsn, silence, until

ACK, NAK = b"\x06", b"\x15"
PRESS = b"5011 185101E12001009\x14"
SETTINGS = """\
[station]
name = "Test"
node = "test"

[[adapter]]
name = "north"
protocol = "surgard"
listen = ["tcp:0:interface=127.0.0.1"]

[[adapter]]
name = "south"
protocol = "surgard"
listen = ["tcp:0:interface=127.0.0.1"]

[[adapter]]
name = "blocks"
protocol = "sia"
listen = ["tcp:0:interface=127.0.0.1"]
"""
NORTH, SOUTH, BLOCKS = range(3)
ACCOUNTS = f"account,adapter,key\n5101,north,\n5101,south,\n5102,,{'11' * 16}\n5103,,\n"


def station_in(folder: Path) -> StationProcess:
    folder.mkdir(exist_ok=True)
    (folder / "station.toml").write_text(SETTINGS)
    return StationProcess(folder, accounts=ACCOUNTS)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    with station_in(tmp_path_factory.mktemp("station")) as running:
        yield running


def say(connection: socket.socket, data: bytes, answers: int = 1) -> bytes:
    """Send, and read so many bytes of answers."""
    connection.sendall(data)
    got = b""
    while len(got) < answers:
        part = connection.recv(answers - len(got))
        assert part, got
        got += part
    return got


def entries(station: StationProcess, account: str, *fields: str) -> list[tuple[Any, ...]]:
    rows = [row for row in station.export() if row["account"] == account]
    return [tuple(row[field] for field in fields) for row in rows]


def test_no_press_vanishes(tmp_path: Path) -> None:
    """Again on the same connection, on another one, on another source, and after the station was killed."""
    station = station_in(tmp_path / "station")
    with station as running:
        with running.connect(NORTH) as connection:
            assert say(connection, PRESS) + say(connection, PRESS) == ACK + ACK
        with running.connect(NORTH) as connection:
            assert say(connection, PRESS) == ACK
        with running.connect(SOUTH) as connection:
            assert say(connection, PRESS) == ACK
        running.kill()
        running.start()
        with running.connect(NORTH) as connection:
            assert say(connection, PRESS) == ACK
        found = entries(running, "5101", "account_key", "repeat", "findings", "receiver", "line")
        assert found == [
            ("5101@north", False, [], "01", "1"),
            ("5101@north", True, [], "01", "1"),
            ("5101@north", True, [], "01", "1"),
            ("5101@south", False, [], "01", "1"),
            ("5101@north", True, [], "01", "1"),
        ]
        running.verify()


def test_a_repetition_before_the_answer_is_the_same_message(station: StationProcess) -> None:
    """Two in one segment: one entry, and one answer for both; none is left over for the message behind them."""
    press, other = b"5011 185103E12001009\x14", b"5011 185103E13001009\x14"
    with station.connect(NORTH) as connection:
        assert say(connection, press + press + other, 2) == ACK + ACK
        assert silence(connection)
    assert entries(station, "5103", "code", "repeat") == [("120", False), ("130", False)]


def test_a_refused_message_stops_none_of_those_behind_it(station: StationProcess) -> None:
    """An account that must encrypt: refused, then kept as unread and let go; the heartbeat goes on."""
    refused, behind, beat = b"5011 185102E12001009\x14", b"5011 185104E13001001\x14", b"1011           @    \x14"
    with station.connect(NORTH) as connection:
        assert say(connection, refused + behind, 2) == NAK + ACK
        assert say(connection, beat) == ACK
        assert say(connection, refused) == NAK
        assert say(connection, refused + beat, 2) == ACK + ACK
    assert entries(station, "5104", "code") == [("130",)]
    assert entries(station, "5102", "kind", "code") == [("unread", "")]


def test_a_text_after_its_event_is_an_amendment_of_it(station: StationProcess) -> None:
    """Answered by itself, found in the journal and by the search, and shown with the alarm."""
    with station.connect(BLOCKS) as connection:
        blocks = [Block("#", b"5105"), Block("N", b"ri1/FA12"), Block("A", b"BOILER ROOM")]
        connection.settimeout(PATIENCE_S)
        for block in blocks:
            connection.sendall(build(block))
            assert connection.recv(100)
    ((event, text), (added, more)) = until(
        lambda: len(found := entries(station, "5105", "id", "text")) == 2 and found, "the amendment"
    )
    assert (text, "BOILER ROOM" in more) == ("", True)
    assert entries(station, "5105", "kind", "amends") == [("signal", 0), ("amendment", event)]
    found = until(lambda: (shown := _shown(station, "boiler")) and shown, "the search to know it")
    assert f"#{added}" in found
    assert "BOILER ROOM" in ptsn("alarms", "show", str(event), "-c", station.config).stdout


def _shown(station: StationProcess, word: str) -> str:
    return ptsn("journal", "search", word, "-c", station.config, check=False).stdout
