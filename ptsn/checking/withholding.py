"""Leaving one message of a sender without its acknowledgement, on purpose: does it come again?

The message is stored as any other; its end is told that it was not, and is silent. Only what is answered message by
message is tried so: DC-09 shows what its panels do without an answer by sequence numbers and time stamps.
"""

from __future__ import annotations

from typing import Any

from protocols.ends import Response, Source
from protocols.model import Arrival, ArrivalKind, Moment, Verdict
from receiver.adapters.line import MakeEnd

NOT_THESE = frozenset(("dc09",))
MOST = 1000
"""Senders that are tried; peers choose how many there are."""


class Withholder:
    """Stands between the receiving ends of a station and their lines: the first event of each sender is not answered.

    A sender is who speaks one protocol from one host or port.
    """

    def __init__(self) -> None:
        self._tried: set[tuple[str, str]] = set()
        self._reply: Any = None

    def ends(self, make_end: MakeEnd) -> MakeEnd:
        """Makes the same ends, with this one between."""

        def make(source: Source) -> Any:
            return _Between(make_end(source), source, self)

        return make

    def tries(self, source: Source, arrival: Arrival, verdict: Verdict) -> bool:
        """Whether the acknowledgement of a message that was just stored is to be withheld."""
        sender = (arrival.protocol, source.host)
        if verdict is not Verdict.STORED or arrival.kind is not ArrivalKind.EVENT or arrival.protocol in NOT_THESE:
            return False
        if sender in self._tried or len(self._tried) >= MOST:
            return False
        self._tried.add(sender)
        self._reply = arrival.reply
        return True

    def withheld(self, arrival: Arrival) -> bool:
        """Whether that was done with the message just decided."""
        return self._reply is not None and arrival.reply is self._reply


class _Between:
    """A receiving end that is told of a message it should not answer that it was not stored."""

    def __init__(self, end: Any, source: Source, withholder: Withholder) -> None:
        self._end = end
        self._source = source
        self._withholder = withholder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._end, name)

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """As the end itself, but for that message."""
        if self._withholder.tries(self._source, arrival, verdict):
            verdict, response = Verdict.NOT_STORED, None
        self._end.decide(arrival, verdict, now, response)
