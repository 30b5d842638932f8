"""A radio unit at work: the sending end on a KISS modem over TCP, in real time."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from msgspec.structs import replace

from protocols.ax25 import Address
from protocols.channel import Profile
from protocols.ends import Message, Outcome, OutcomeKind
from protocols.model import Moment
from protocols.radio.options import RadioOptions
from protocols.radio.sending import RadioSendingEnd
from protocols.radio.shelf import MemoryShelf
from protocols.radio.unit_file import read_unit
from receiver.adapters.counters import FileCounters
from tests.support.station import PATIENCE_S


class RadioUnit:
    """Of the file that ``ptsn radio key new --to`` wrote."""

    def __init__(
        self, file: Path, profile: Profile, modem: socket.socket, seed: int = 1, path: tuple[Address, ...] = ()
    ) -> None:
        given = read_unit(file.read_bytes())
        self.unit = replace(given.unit(), path=path)
        self.options = RadioOptions(network=given.network, profile=profile)
        self._modem = modem
        self.end = RadioSendingEnd(
            self.unit,
            self.options,
            counters=FileCounters(file.with_suffix(".counters")),
            shelf=MemoryShelf(),
            random=Random(seed),
        )
        self.end.connected(_now())
        self.outcomes: list[Outcome] = []
        self.written = b""
        """Everything that went to the modem."""
        self.heard = b""

    def say(self, message: Message) -> Outcome:
        """Send one message, and wait for what becomes of it."""
        ticket = self.end.submit(message, _now())
        self.run(lambda: any(outcome.ticket is ticket for outcome in self.outcomes), f"an outcome of {message}")
        (found,) = (outcome for outcome in self.outcomes if outcome.ticket is ticket)
        return found

    def run(self, until: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
        """Work until something holds."""
        deadline = time.monotonic() + patience_s
        while not until():
            assert time.monotonic() < deadline, f"waited {patience_s:.0f} s for {what}"
            data = self.end.data_to_send()
            if data:
                self.written += data
                self._modem.sendall(data)
            due = self.end.next_timeout()
            wait = min(0.1, max(0.001, (0.1 if due is None else due - time.monotonic())))
            if select.select([self._modem], [], [], wait)[0]:
                data = self._modem.recv(4096)
                assert data, "the modem is gone"
                self.heard += data
                self._told(self.end.receive(data, _now()))
            self._told(self.end.expire(_now()))

    def _told(self, items: object) -> None:
        assert isinstance(items, list | tuple)
        self.outcomes += [item for item in items if isinstance(item, Outcome)]

    @property
    def accepted(self) -> int:
        """Messages that the centre acknowledged."""
        return sum(outcome.kind is OutcomeKind.ACCEPTED for outcome in self.outcomes)


def _now() -> Moment:
    return Moment(time.time(), time.monotonic())
