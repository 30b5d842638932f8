"""Radio units and their modem for tests of a real station: frames by hand over a real socket or a pseudo terminal."""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from protocols.ax25 import Address
from protocols.channel import ax25, transparent
from protocols.datagram import FEC_INSIDE, Header, RadioKey, Type, seal
from protocols.datagram import open as open_datagram
from protocols.datagram.payloads import Ack, ContactId, Payload, Poll, Test, decode, encode, type_of
from protocols.radio import unit as units
from protocols.radio.framing import Frame, Where, framing_of
from protocols.radio.options import Modem as Kind
from protocols.radio.options import RadioOptions
from receiver.radio.keyfile import load
from tests.support.station import StationProcess, ptsn

KEYS = "radio-keys.json"
QUICK = "bit_rate = 1000000\ntx_delay_ms = 0\ntx_tail_ms = 0\nturnaround_ms = 0\nslot_ms = 1\n"
CENTRE = Address("PCN")


def station_on(folder: Path, connect: str, more: str = "", accounts: str = "", station: str = "") -> StationProcess:
    """A station with one radio channel, as quick as it can be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "station.toml").write_text(
        f'[station]\nname = "Test"\nnode = "test"\n{station}\n[[adapter]]\nname = "air"\nprotocol = "radio"\n'
        f'connect = ["{connect}"]\n[adapter.radio]\nkeys = "{KEYS}"\n{QUICK}{more}\n'
    )
    return StationProcess(folder, accounts=accounts)


class Unit:
    """A unit's end, by hand: it seals what the test wants, and opens what the centre says."""

    def __init__(self, folder: Path, account: str, *, fec: int = 0, parity: bool = False, enrol: bool = True) -> None:
        """Enrols it, unless it is there."""
        self.folder = folder
        self.account = account
        if enrol:
            ptsn("radio", "key", "new", account, "--test", "90", "-c", folder / "station.toml")
        self.fec = fec
        self.counter = 0
        self.use_newest_key()
        profile = transparent(1e6) if parity or fec else ax25(1e6)
        kind = Kind.TRANSPARENT if parity or fec else Kind.KISS
        options = RadioOptions(network=self.network, profile=profile, modem=kind, fec=fec)
        record = self._record()
        ours = units.Unit(station=record.station, account=account, key=self.key).address
        self._framing = framing_of(options, ours=ours, to=CENTRE)

    def _record(self):  # type: ignore[no-untyped-def]
        file = load(self.folder / KEYS)
        self.network = file.network
        record = file.unit(self.account)
        assert record is not None
        return record

    def use_newest_key(self) -> None:
        """What was typed into it: its counter begins anew."""
        record = self._record()
        self.station: int = record.station
        self.key: RadioKey = record.keys[-1].radio_key()
        self.counter = 0

    def say(self, payload: Payload) -> bytes:
        """A frame under the next counter."""
        flags = FEC_INSIDE if self.fec else 0
        head = Header(type_of(payload), flags, self.network, self.station, self.key.key_id, self.counter)
        self.counter += 1
        return self.framed(seal(head, encode(payload), self.key))

    def framed(self, datagram: bytes) -> bytes:
        """A datagram as the modem hands it over."""
        return self._framing.wrap(datagram, Where(CENTRE))

    def event(self, zone: int, code: str = "130") -> bytes:
        """An event of a zone."""
        return self.say(ContactId(qualifier="1", code=code, partition="01", number=f"{zone:03d}"))

    def test(self, level: int = 0) -> bytes:
        """A test; ``level``: how it hears the centre, -dBm."""
        return self.say(Test(next_s=90, decivolts=123, level=level))

    def hear(self, data: bytes) -> list[Payload]:
        """What the centre says to it."""
        said: list[Payload] = []
        for item in self._framing.feed(data, lambda datagram: open_datagram(datagram, self.key) is not None):
            if not isinstance(item, Frame):
                continue
            opened = open_datagram(item.datagram, self.key)
            if opened is not None and opened.header.station == self.station:
                said.append(decode(opened.header.type, opened.payload))  # type: ignore[arg-type]
        return said


class Modem(threading.Thread):
    """A TNC on a TCP port: what the station sends goes to ``hear``, in this thread."""

    def __init__(self, hear: Callable[[bytes], None] = lambda data: None) -> None:
        super().__init__(daemon=True)
        self._hear = hear
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.connect = f"tcp:127.0.0.1:{self.port}"
        self.said = b""
        """Everything from the station."""
        self._line: socket.socket | None = None
        self._over = False
        self.start()

    def run(self) -> None:
        while not self._over:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            self._line = line
            with suppress(OSError):
                while data := line.recv(65536):
                    self.said += data
                    self._hear(data)
            self._line = None
            line.close()

    @property
    def connected(self) -> bool:
        """The station is there."""
        return self._line is not None

    def send(self, data: bytes) -> bool:
        """Hand something over to the station; False where it is not there."""
        line = self._line
        if line is None:
            return False
        try:
            line.sendall(data)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """The end."""
        self._over = True
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


class SerialModem:
    """A transparent modem on a pseudo terminal."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.connect = f"serial:{os.ttyname(self._theirs)}:baudrate=115200"
        self.said = b""

    def send(self, data: bytes) -> None:
        """Hand something over to the station."""
        os.write(self._ours, data)

    def read(self) -> bytes:
        """What came since the last call."""
        got = b""
        while select.select([self._ours], [], [], 0)[0]:
            got += os.read(self._ours, 4096)
        self.said += got
        return got

    def close(self) -> None:
        """The end."""
        os.close(self._ours)
        os.close(self._theirs)


def acknowledged(said: list[Payload]) -> list[int]:
    """Counters of what was acknowledged."""
    return [each.counter for each in said if isinstance(each, Ack)]


__all__ = ["Modem", "Poll", "SerialModem", "Type", "Unit", "acknowledged", "station_on"]
