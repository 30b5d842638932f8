"""Lines as slow, as busy and as unreliable as they are: every rate, groups and texts under kill -9, lost answers."""

from __future__ import annotations

import heapq
import itertools
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from protocols.ends import Limits, Outcome, OutcomeKind, Source
from protocols.lines.options import SourceOptions, Speaker
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Qualifier, Scheme, Signal, Verdict
from protocols.sia.blocks import Block, build
from protocols.surgard.reading import ACK_S
from protocols.wires import WIRES
from tests.support.ports import Port
from tests.support.station import StationProcess, until

START = Moment(1_795_651_200.0, 1000.0)
RATES = (300, 1200, 2400, 9600, 19200, 115200)
SERIAL = tuple(name for name, wire in WIRES.items() if wire.serial)
MESSAGES = 12
MOST_STEPS = 5000
ACK = b"\x06"
TAKEN = bytes.fromhex("40 38 87")
KILLS = 2


# Every rate, by a clock that is handed in


class Cable:
    """Two ends, and bytes that take their time: each arrives when its last bit would."""

    def __init__(self, name: str, baudrate: int) -> None:
        wire = WIRES[name]
        self._byte_s = 10 / baudrate
        self._under_way: list[tuple[float, int, bool, bytes]] = []
        self._order = itertools.count()
        self._free = {True: START.mono, False: START.mono}
        """Until when each direction is busy; True is towards the station."""
        self.now = START
        source = Source("com", name, "/dev/ttyS0", "/dev/ttyS0", "serial")
        self.station = wire.receiving(
            source, lambda *_: Dialect(), options=SourceOptions(), limits=Limits(), first=1 << 20
        )
        self.panel: Any = wire.sending(Speaker(account="1234"))
        self.arrivals: list[Arrival] = []
        self.noise: list[Noise] = []
        self.outcomes: list[Outcome] = []

    def say(self, message: Signal) -> None:
        """Hand the panel a message, and wait until it is decided."""
        self.panel.submit(message, self.now)
        before = len(self.outcomes)
        for _ in range(MOST_STEPS):
            self._send()
            if len(self.outcomes) > before:
                return
            self._step()
        raise AssertionError(f"no outcome: {self.outcomes} {self.arrivals} {self.noise}")

    def _send(self) -> None:
        for end, there in ((self.panel, True), (self.station, False)):
            for byte in end.data_to_send():
                self._free[there] = max(self._free[there], self.now.mono) + self._byte_s
                heapq.heappush(self._under_way, (self._free[there], next(self._order), there, bytes((byte,))))

    def _step(self) -> None:
        """To the next moment at which something happens."""
        dues = [due for due in (self.panel.next_timeout(), self.station.next_timeout()) if due is not None]
        if self._under_way:
            dues.append(self._under_way[0][0])
        due = max(min(dues), self.now.mono)
        self.now = Moment(self.now.wall + due - self.now.mono, due)
        while self._under_way and self._under_way[0][0] <= due:
            _, _, there, byte = heapq.heappop(self._under_way)
            if there:
                self._station(self.station.receive(byte, self.now))
            else:
                self.outcomes += [item for item in self.panel.receive(byte, self.now) if isinstance(item, Outcome)]
        for end, take in ((self.station, self._station), (self.panel, self._panel)):
            timeout = end.next_timeout()
            if timeout is not None and timeout <= due:
                take(end.expire(self.now))

    def _panel(self, items: Any) -> None:
        self.outcomes += [item for item in items if isinstance(item, Outcome)]

    def _station(self, items: Any) -> None:
        for item in items:
            if isinstance(item, Noise):
                self.noise.append(item)
                continue
            self.arrivals.append(item)
            alive = item.kind is ArrivalKind.LINK_TEST
            self.station.decide(item, Verdict.ALIVE if alive else Verdict.STORED, self.now)


def message(name: str, number: int) -> Signal:
    """An event that the protocol can say, another one for each number."""
    if name == "mx8000":  # no public form of an event but those of the receiver itself
        return Signal(account="0000", scheme=Scheme.SIA, code="LT", qualifier=Qualifier.NEW, number=f"{number:02}")
    if name in ("sia", "d6600"):
        text = "BOILER ROOM OF THE OLD SCHOOL, LEFT" if name == "sia" and number % 3 == 0 else ""
        return Signal(
            account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, number=str(number), text=text
        )
    return Signal(
        account="1234",
        scheme=Scheme.CONTACT_ID,
        code="130",
        qualifier=Qualifier.NEW,
        partition="01",
        number=f"{number:03}",
    )


@pytest.mark.parametrize("name", SERIAL)
@pytest.mark.parametrize("baudrate", RATES)
def test_every_rate_of_a_line_is_slow_and_fast_enough(name: str, baudrate: int) -> None:
    """Byte by byte at the line's own pace: each message once, no noise, taken at its first attempt."""
    cable = Cable(name, baudrate)
    for number in range(1, MESSAGES + 1):
        cable.say(message(name, number))
    events = [int(item.signals[0].number) for item in cable.arrivals if item.kind is ArrivalKind.EVENT]
    assert events == list(range(1, MESSAGES + 1))
    assert cable.noise == []
    assert {(one.kind, one.ticket.attempts) for one in cable.outcomes} == {(OutcomeKind.ACCEPTED, 1)}


# Real stations


def settings(folder: Path, name: str, endpoint: str) -> StationProcess:
    folder.mkdir(exist_ok=True)
    (folder / "station.toml").write_text(
        f'[station]\nname = "Test"\nnode = "test"\n[[adapter]]\nname = "line"\nprotocol = "{name}"\n{endpoint}\n'
    )
    return StationProcess(folder)


def test_on_a_serial_line_a_message_said_again_at_the_retry_time_is_the_same_message(tmp_path: Path) -> None:
    """Its answer got lost: answered again, one entry. Said at once once more, it happened again."""
    press = b"5011 181234E30100009\x14"
    with (
        Port(tmp_path / "tty") as port,
        settings(tmp_path / "s", "surgard", f'connect = ["serial:{port.path}"]') as station,
    ):
        port.write(press)
        assert port.read(20) == ACK
        said_at = time.monotonic()
        until(lambda: time.monotonic() > said_at + 0.55 * ACK_S, "the time at which a sender repeats")
        port.write(press)
        assert port.read(20) == ACK
        port.write(press)
        assert port.read(20) == ACK
        found = [(row["code"], row["repeat"]) for row in station.export() if row["kind"] == "signal"]
        assert found == [("301", False), ("301", True)]
        station.verify()


def group(zone: int) -> list[bytes]:
    """Account, event and text in one transmission that asks for one answer."""
    blocks = [Block("#", b"1234", False), Block("N", b"ri1/FA%d" % zone, False), Block("A", b"ROOM %d" % zone)]
    return [b"".join(map(build, blocks))]


def single(zone: int) -> list[bytes]:
    """The same, each block with an answer of its own: the text amends what is stored."""
    return [
        build(block) for block in (Block("#", b"1234"), Block("N", b"ri1/FA%d" % zone), Block("A", b"ROOM %d" % zone))
    ]


class Panel(threading.Thread):
    """Says one message after the other, and begins it anew wherever its answers do not come."""

    def __init__(self, station: StationProcess) -> None:
        super().__init__(daemon=True)
        self._station = station
        self.taken: list[int] = []
        """Zones all of whose blocks were acknowledged."""
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            with suppress(OSError, IndexError), self._station.connect() as connection:
                connection.settimeout(5.0)
                while not self.stopping.is_set():
                    self._say(connection, len(self.taken) + 1)
            self.stopping.wait(0.02)

    def _say(self, connection: socket.socket, zone: int) -> None:
        for part in group(zone) if zone % 2 else single(zone):
            connection.sendall(part)
            got = b""
            while len(got) < len(TAKEN):
                more = connection.recv(len(TAKEN) - len(got))
                if not more:
                    raise ConnectionResetError
                got += more
            assert got == TAKEN
        self.taken.append(zone)


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[tuple[StationProcess, list[int]]]:
    """A station that was killed over and over while a panel spoke to it, and what it had acknowledged."""
    chance = random.Random(2606)
    station = settings(tmp_path / "s", "sia", 'listen = ["tcp:0:interface=127.0.0.1"]')
    with station:
        panel = Panel(station)
        panel.start()
        for _ in range(KILLS):
            before = len(panel.taken)
            until(lambda before=before: len(panel.taken) > before + 6, "messages")  # type: ignore[misc]
            time.sleep(chance.random() * 0.02)
            station.kill()
            station.start()
        before = len(panel.taken)
        until(lambda: len(panel.taken) > before, "messages after the last kill")
        panel.stopping.set()
        panel.join(20)
        assert not panel.is_alive()
        yield station, list(panel.taken)


def test_events_and_texts_that_were_acknowledged_outlive_kill_9(killed: tuple[StationProcess, list[int]]) -> None:
    """Data groups with one answer for all, and texts that amend an event: both whole, the text with its own event."""
    station, taken = killed
    assert taken == list(range(1, len(taken) + 1))
    rows = [row for row in station.export() if row["account"] == "1234"]
    events = {row["id"]: int(row["number"]) for row in rows if row["kind"] == "signal"}
    assert set(taken) <= set(events.values())
    texts: dict[int, set[str]] = {}
    for row in rows:
        if row["text"]:
            texts.setdefault(int(row["number"]), set()).add(row["text"])
        if row["kind"] == "amendment":
            assert events[row["amends"]] == int(row["number"])
    assert {zone: texts.get(zone) for zone in taken} == {zone: {f"ROOM {zone}"} for zone in taken}
    assert {row["kind"] for row in rows} == {"signal", "amendment"}
    station.verify()
