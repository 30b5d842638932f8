"""A cable that is pulled out under load: whatever was acknowledged over it is in the journal."""

from __future__ import annotations

import json
import os
import random
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from ptsn.client import StationClient
from tests.support import frames
from tests.support.ports import Pair, Port, needs_ser2net, needs_socat
from tests.support.station import StationProcess, silence, until

ACK = b"\x06"
PULLS = 5


def line(zone: int, account: str = "1234") -> bytes:
    """A Sur-Gard line with a Contact ID event, as receivers hand them on."""
    return f"5011 18{account}E13001{zone:03}\x14".encode()


def station_on(folder: Path, *connect: str, more: str = "") -> StationProcess:
    """A station that connects to sources which speak Sur-Gard."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "station.toml").write_text(
        f'[station]\nname = "Test"\nnode = "test"\n[[adapter]]\nname = "com"\nprotocol = "surgard"\n'
        f"connect = {json.dumps(connect)}\n{more}\n"
    )
    return StationProcess(folder)


def endpoints(station: StationProcess) -> list[dict[str, Any]]:
    """What the station says of its endpoints."""
    with StationClient(station.folder / "ptsn.sock") as client:
        found: list[dict[str, Any]] = client.get("/v1/status")["endpoints"]
        return found


def zones(station: StationProcess) -> list[int]:
    """Zones of the signals in the journal."""
    return [int(entry["number"]) for entry in station.export() if entry["kind"] == "signal"]


class Source(threading.Thread):
    """A receiver on a serial line: sends one line after the other, and repeats what was not acknowledged."""

    def __init__(self, open_line: Callable[[], int]) -> None:
        super().__init__(daemon=True)
        self._open = open_line
        self.acknowledged: list[int] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            with suppress(OSError):
                handle = self._open()
                try:
                    self._talk(handle)
                finally:
                    os.close(handle)
            time.sleep(0.01)

    def _talk(self, handle: int) -> None:
        while not self.stopping.is_set():
            zone = len(self.acknowledged) + 1
            os.write(handle, line(zone))
            if select.select([handle], [], [], 1.0)[0]:
                got = os.read(handle, 64)
                if not got:
                    return
                # An answer to a repetition may come late: only one answer is one message.
                if got == ACK:
                    self.acknowledged.append(zone)


@needs_socat
@pytest.mark.timeout(300)
def test_what_was_acknowledged_over_a_cable_that_is_pulled_out_is_in_the_journal(tmp_path: Path) -> None:
    """A real cable (socat), pulled out at random moments and plugged in again, the source repeating all the while."""
    chance = random.Random(2605)
    with Pair(tmp_path) as pair, station_on(tmp_path / "s", f"serial:{pair.here}:baudrate=1200") as station:
        source = Source(lambda: os.open(pair.there, os.O_RDWR | os.O_NOCTTY))
        source.start()
        for _ in range(PULLS):
            before = len(source.acknowledged)
            until(lambda before=before: len(source.acknowledged) > before + 3, "messages")  # type: ignore[misc]
            time.sleep(chance.random() * 0.02)
            pair.unplug()
            pair.plug()
        before = len(source.acknowledged)
        until(lambda: len(source.acknowledged) > before, "messages after the last pull")
        source.stopping.set()
        source.join(20)
        acknowledged = list(source.acknowledged)
    stored = zones(station)
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    assert set(acknowledged) <= set(stored)
    station.verify()


def test_a_missing_port_is_an_alarm_until_it_is_there(tmp_path: Path) -> None:
    """The station runs, says what is missing, and tells when it is back."""
    port = tmp_path / "tty"
    with station_on(tmp_path / "s", f"serial:{port}") as station:
        (found,) = endpoints(station)
        assert (found["adapter"], found["protocol"], found["connects"], found["open"]) == (
            "com",
            "surgard",
            True,
            False,
        )
        assert found["listen"] == f"serial:{port}:baudrate=9600:bytesize=8:parity=N:stopbits=1"
        assert found["trouble"].startswith("there is no such device; is it plugged in?")
        assert found["since"]
        with Port(port) as plugged:
            until(lambda: endpoints(station)[0]["open"], "the port to be open")
            plugged.write(line(15))
            assert plugged.read(20) == ACK
            assert endpoints(station)[0]["trouble"] == ""
            with StationClient(station.folder / "ptsn.sock") as client:
                (alarm,) = [one for one in client.get("/v1/alarms")["alarms"] if not one["account"]]
            assert (alarm["code"], alarm["adapter"], alarm["restored"]) == ("endpoint.lost", "com", "all")
            with StationClient(station.folder / "ptsn.sock") as client:
                entries = client.get("/v1/entries?latest=100")["entries"]
            told = [entry["code"] for entry in entries if entry["kind"] == "station"]
            assert told == ["station.started", "endpoint.lost", "endpoint.restored"]


def test_a_source_that_falls_silent_is_an_alarm_until_it_is_heard(tmp_path: Path) -> None:
    """Heartbeats keep it quiet; silence is told once, and ends with the next message."""
    with (
        Port(tmp_path / "tty") as port,
        station_on(tmp_path / "s", f"serial:{port.path}", more="control_s = 2"),
        StationClient(tmp_path / "s" / "ptsn.sock") as client,
    ):

        def told() -> list[str]:
            entries = client.get("/v1/entries?latest=100")["entries"]
            return [entry["code"] for entry in entries if entry["code"].startswith("source.")]

        port.write(line(1))
        assert port.read(20) == ACK
        until(told, "the silence to be told")
        port.write(line(2))
        assert port.read(20) == ACK
        until(lambda: len(told()) == 2, "the end of the silence to be told")
        assert told() == ["source.silent", "source.heard"]
        (alarm,) = [one for one in client.get("/v1/alarms")["alarms"] if one["code"] == "source.silent"]
        assert (alarm["adapter"], alarm["priority"], alarm["restored"]) == ("com", 2, "all")


def test_troubles_of_before_a_restart_end_after_it(tmp_path: Path) -> None:
    """A port that was missing is there, a source that was silent is heard: each is told once, and no other."""
    com, well = tmp_path / "tty", tmp_path / "well"
    listed = f'[[adapter]]\nname = "well"\nprotocol = "surgard"\nconnect = ["serial:{well}"]'
    with Port(well) as other, station_on(tmp_path / "s", f"serial:{com}", more=f"control_s = 1\n{listed}") as station:

        def alarm() -> dict[str, Any]:
            with StationClient(station.folder / "ptsn.sock") as client:
                (found,) = [one for one in client.get("/v1/alarms")["alarms"] if not one["account"]]
                return dict(found)

        def lasting() -> set[str]:
            return {one["code"] for one in alarm()["conditions"] if one["restored_at"] is None}

        until(lambda: "source.silent" in {row["code"] for row in station.export("--kind", "all")}, "the silence")
        assert lasting() == {"endpoint.lost", "source.silent"}
        assert station.stop() == 0
        settings = station.config.read_text()
        station.config.write_text(settings.replace("control_s = 1", "control_s = 600"))
        with Port(com) as plugged:
            station.start()
            until(lambda: lasting() == {"source.silent"}, "the port to be open")
            plugged.write(line(1))
            assert plugged.read(20) == ACK
            until(lambda: alarm()["restored"] == "all", "the source to be heard")
            other.write(line(2))
            assert other.read(20) == ACK
            assert station.stop() == 0
        rows = [row for row in station.export("--kind", "all") if row["kind"] == "station"]
    told = [(row["code"], row["adapter"]) for row in rows if row["adapter"]]
    assert sorted(told[:2]) == [("endpoint.lost", "com"), ("source.silent", "com")]
    assert told[2:] == [("endpoint.restored", "com"), ("source.heard", "com")]


def test_troubles_of_what_the_settings_have_no_more_end_with_the_next_start(tmp_path: Path) -> None:
    """Another name, another address, no control time: each end is told once, and what goes on does go on."""
    folder = tmp_path / "s"
    folder.mkdir()
    head = '[station]\nname = "Test"\nnode = "test"\nlanguage = "kk"\n'

    def adapter(name: str, device: str, control: int) -> str:
        return (
            f'[[adapter]]\nname = "{name}"\nprotocol = "surgard"\ncontrol_s = {control}\n'
            f'connect = ["serial:{tmp_path / device}"]\n'
        )

    config = folder / "station.toml"
    config.write_text(head + adapter("renamed", "a", 1) + adapter("moved", "b", 1) + adapter("same", "c", 1))

    def told(kind: str) -> list[tuple[str, str]]:
        rows = [row for row in station.export("--kind", "all") if row["kind"] == "station"]
        return sorted((row["code"], row["adapter"]) for row in rows if row["code"].endswith(kind))

    with StationProcess(folder) as station:
        until(lambda: len(told(".silent")) == len(told(".lost")) == 3, "every trouble")
        assert station.stop() == 0
        config.write_text(
            head + adapter("other", "a", 600) + adapter("moved", "elsewhere", 0) + adapter("same", "c", 600)
        )
        removed = [
            ("endpoint.removed", "moved"),
            ("endpoint.removed", "renamed"),
            ("source.removed", "moved"),
            ("source.removed", "renamed"),
        ]
        for _ in range(2):
            station.start()
            until(lambda: told(".removed") == removed, "the ends of what is gone")
            with StationClient(folder / "ptsn.sock") as client:
                alarms = {one["adapter"]: one for one in client.get("/v1/alarms")["alarms"]}
            assert {name: one["restored"] for name, one in alarms.items() if name in ("renamed", "same")} == {
                "renamed": "all",
                "same": "no",
            }
            assert station.stop() == 0
        assert told(".removed") == removed


def test_a_muted_source_is_stored_and_never_answered(tmp_path: Path) -> None:
    """A passive tap: the journal has it, the wire has nothing."""
    with (
        Port(tmp_path / "tty") as port,
        station_on(tmp_path / "s", f"serial:{port.path}", more="listen_only = true") as station,
    ):
        for zone in (1, 2, 3):
            port.write(line(zone))
        port.write(b"rubbish\x14")
        until(lambda: zones(station) == [1, 2, 3], "the signals")
        assert station.stop() == 0
        assert port.read() == b""


@contextmanager
def ser2net(folder: Path, device: Path) -> Iterator[int]:
    """A serial device server in raw TCP mode, as people put beside old receivers; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    config = folder / "ser2net.yaml"
    config.write_text(
        "%YAML 1.1\n---\n"
        f"connection: &com\n  accepter: tcp,127.0.0.1,{number}\n  connector: serialdev,{device},9600n81,local\n"
        "  options:\n    kickolduser: true\n"
    )
    server = subprocess.Popen(["ser2net", "-n", "-u", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        yield number
    finally:
        server.terminate()
        server.wait(20)


@needs_socat
@needs_ser2net
def test_a_serial_line_behind_a_device_server_is_heard_and_answered(tmp_path: Path) -> None:
    """Cable, ser2net, TCP, station; the server is ended and started again."""
    with Pair(tmp_path) as pair, ser2net(tmp_path, pair.here) as number:
        station = station_on(tmp_path / "s", f"tcp:127.0.0.1:{number}")
        with station:
            until(lambda: endpoints(station)[0]["open"], "the connection")
            source = Source(lambda: os.open(pair.there, os.O_RDWR | os.O_NOCTTY))
            source.start()
            until(lambda: len(source.acknowledged) > 10, "messages")
            source.stopping.set()
            source.join(20)
        assert set(source.acknowledged) <= set(zones(station))


def test_a_muted_address_is_stored_and_never_answered(tmp_path: Path) -> None:
    """Whatever the protocol, over TCP and in datagrams."""
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "station.toml").write_text(
        '[[adapter]]\nlisten_only = true\nlisten = ["tcp:0:interface=127.0.0.1", "udp:0:interface=127.0.0.1"]\n'
    )
    with (
        StationProcess(folder) as station,
        station.connect() as stream,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        stream.sendall(frames.cid("1234"))
        datagrams.sendto(frames.cid("1235"), station.address("udp"))
        until(lambda: len(zones(station)) == 2, "the signals")
        assert silence(stream)
        assert silence(datagrams, 0.0)


def test_one_address_hears_what_each_connection_speaks(tmp_path: Path) -> None:
    """``protocol = "auto"``: answers are of the protocol that the first bytes showed, and rubbish gets none."""
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "station.toml").write_text(
        '[[adapter]]\nprotocol = "auto"\nlisten = ["tcp:0:interface=127.0.0.1"]\n',
    )
    with (
        StationProcess(folder) as station,
        station.connect() as dc09,
        station.connect() as surgard,
        station.connect() as other,
    ):
        other.sendall(b"GET / HTTP/1.1\r\n\r\n")
        dc09.sendall(frames.cid("1234"))
        surgard.sendall(line(2))
        assert b'"ACK"' in dc09.recv(4096)
        assert surgard.recv(64) == ACK
        assert sorted(zones(station)) == [2, 15]
        assert silence(other)
