"""The wire of the temporary station, with an inspection at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.logger import Logger

from panels.inspection import Inspection, Note
from protocols.ends import Source
from protocols.model import Arrival, Moment, Noise, Verdict
from receiver.wire import Wire

CONNECTED = "connected"
DISCONNECTED = "disconnected: "
"""Notes of the station about connections; why one ended follows the latter."""
CUT_HERE = ("cut:", "closed to make room")
"""How notes begin with which the station breaks off a connection itself; the end of it is told thereafter."""


class WatchedWire(Wire):
    """Tells an inspection everything that it records itself, and hands on what the inspection has to say.

    A fault of the inspection is counted and logged. It never reaches the station, which goes on answering.
    """

    _log = Logger()

    def __init__(
        self,
        inspection: Inspection,
        tell: Callable[[Sequence[Note]], None],
        clock: Callable[[], Moment],
        withheld: Callable[[Arrival], bool] = lambda _: False,
    ) -> None:
        """``withheld`` says of a message just decided whether its acknowledgement was withheld on purpose."""
        super().__init__()
        self._withheld = withheld
        self._inspection = inspection
        self._tell = tell
        self._moment = clock
        self._cut_here: set[tuple[str, str]] = set()
        self.ending = False
        """The station hangs up: how connections end says nothing of the panels any more."""

    def received(self, source: Source, data: bytes) -> None:
        """Bytes came in."""
        super().received(source, data)
        try:
            self._inspection.received(source, data, self._moment())
        except Exception:
            self._failed()

    def verdict(self, source: Source, arrival: Arrival, verdict: Verdict, answer: str, why: str) -> None:
        """A verdict was given."""
        super().verdict(source, arrival, verdict, answer, why)
        withheld = self._withheld(arrival)
        self._look(lambda now: self._inspection.observe(source, arrival, verdict, answer, why, now, withheld=withheld))

    def noise(self, source: Source, noise: Noise) -> None:
        """Bytes came that are no message."""
        super().noise(source, noise)
        self._look(lambda now: self._inspection.noise(source, noise, now))

    def note(self, source: Source, text: str) -> None:
        """Something about a connection."""
        super().note(source, text)
        if text == CONNECTED:
            self._look(lambda now: self._inspection.connected(source, now))
        elif text.startswith(DISCONNECTED):
            key = (source.adapter, source.peer)
            ours = key in self._cut_here
            self._cut_here.discard(key)
            if not self.ending:
                why = text[len(DISCONNECTED) :]
                self._look(lambda now: self._inspection.disconnected(source, why, now, ours=ours))
        elif text.startswith(CUT_HERE):
            self._cut_here.add((source.adapter, source.peer))

    def tick(self) -> None:
        """A second has passed."""
        self._look(self._inspection.tick)

    def _look(self, at: Callable[[Moment], Sequence[Note]]) -> None:
        try:
            notes = at(self._moment())
            if notes:
                self._tell(notes)
        except Exception:
            self._failed()

    def _failed(self) -> None:
        self._inspection.faults += 1
        self._log.failure("the inspection failed on a message; the station goes on")
