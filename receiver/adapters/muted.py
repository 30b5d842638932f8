"""An end that hears and never writes: a passive tap beside a system that answers.

``SourceOptions.listen_only`` is kept twice, on purpose. The ends of lines know of it because it changes more than what
they write: they arm no question, take what they would have had repeated at once, and count no answer as one that left
when they judge copies. They are silent by themselves too, for whoever uses them without an adapter (``ptsn decode``,
the probing of ports). This module knows no protocol: whatever end it is given, also one without options (DC-09) or
one with a mistake, nothing gets onto a line where another system answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from protocols.ends import End, Response, Source
from protocols.model import Moment, Verdict
from receiver.adapters.line import MakeEnd


def muted(make_end: MakeEnd) -> MakeEnd:
    """Makes the same ends, none of which has anything to send."""

    def make(source: Source) -> Any:
        return Muted(make_end(source))

    return make


class Muted:
    """What a receiving end hears, and none of what it says."""

    muted = True
    """Told to the line: nobody hears an answer, and therefore nobody says anything again."""

    def __init__(self, end: End[Any]) -> None:
        self._end: Any = end

    @property
    def closing(self) -> bool:
        """Whether the line can be closed."""
        return bool(self._end.closing)

    @property
    def undecided(self) -> int:
        """Arrivals whose verdict is still to come."""
        return int(getattr(self._end, "undecided", 0))

    @property
    def held(self) -> bool:
        """Bytes wait undecoded."""
        return bool(getattr(self._end, "held", False))

    def receive(self, data: bytes, now: Moment) -> Sequence[Any]:
        """Take bytes."""
        items: Sequence[Any] = self._end.receive(data, now)
        return items

    def receive_eof(self, now: Moment) -> Sequence[Any]:
        """No more bytes will come."""
        items: Sequence[Any] = self._end.receive_eof(now)
        return items

    def expire(self, now: Moment) -> Sequence[Any]:
        """A time-out came due."""
        items: Sequence[Any] = self._end.expire(now)
        return items

    def next_timeout(self) -> float | None:
        """When that will be."""
        due: float | None = self._end.next_timeout()
        return due

    def data_to_send(self) -> bytes:
        """Nothing, ever."""
        self._end.data_to_send()
        return b""

    def decide(self, arrival: Any, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """Give the verdict on an arrival; nothing of it is written."""
        self._end.decide(arrival, verdict, now, response)

    def answer(self, arrival: Any) -> str:
        """Nothing was answered."""
        return ""
