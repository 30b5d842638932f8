"""What the claims of the document are tested with."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from protocols.dc09 import Quirks, SendingEnd
from protocols.ends import Message, Outcome
from protocols.model import Edition, Moment
from tests.interop.document import Line, exchange
from tests.interop.support import PysiaalarmReceiver, journal
from tests.panels.fake import Loop
from tests.support.station import StationProcess


class World(Struct):
    """Peers, a station, and the lines of one example."""

    station: StationProcess
    pysiaalarm: PysiaalarmReceiver
    loop: Loop
    lines: list[Line]

    def play_to_pysiaalarm(self) -> list[bytes]:
        """Send the example over a real connection; what came back is what it says."""
        return exchange(("127.0.0.1", self.pysiaalarm.port), self.lines)

    def play_to_station(self) -> list[bytes]:
        """Send the example over a real connection; what came back is what it says."""
        return exchange(self.station.address(), self.lines)

    def out(self) -> list[bytes]:
        """What panels send, of an example without blanks in it."""
        return [line.exact for line in self.lines if line.out]

    def entries(self, account: str, sequence: str) -> list[dict[str, Any]]:
        """What the station's export holds of one message."""
        return [entry for entry in journal(self.station, account) if entry["sequence"] == sequence]


Claim = Callable[[World], None]


class At:
    """A counter store whose next number makes the sequence number ``sequence``."""

    def __init__(self, sequence: int) -> None:
        self._next = sequence - 1

    def take(self, name: str, count: int = 1) -> int:
        """The first of ``count`` numbers."""
        self._next += count
        return self._next - count


def now() -> Moment:
    """This instant."""
    return Moment(time.time(), time.monotonic())


class Ours:
    """Our sending end with one message on its way; without a time stamp, so that its frame is always the same."""

    def __init__(
        self,
        message: Message,
        account: str,
        receiver: str | None = "1",
        key: bytes | None = None,
        edition: Edition = Edition.E2013,
    ) -> None:
        self._end = SendingEnd(
            account=account,
            counters=At(1),
            counter="",
            receiver=receiver,
            key=key,
            edition=edition,
            quirks=Quirks(stamp="never"),
        )
        self._account = account
        self.submit(message)
        self.frame = self._end.data_to_send()

    def submit(self, message: Message) -> None:
        """One more message."""
        self._end.submit(replace(message, account=self._account), now())

    def waiting(self) -> bytes:
        """What it would send now."""
        return self._end.data_to_send()

    def hears(self, answer: bytes) -> list[str]:
        """What it makes of an answer: kinds of outcomes, guesses about noise."""
        items = self._end.receive(answer, now())
        return [item.kind.value if isinstance(item, Outcome) else item.guess for item in items]
