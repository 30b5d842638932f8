"""How a sender of a line protocol takes its answers: it sends one message, waits, and repeats what is not taken.

Hardly any line protocol numbers its messages, so that a repetition looks like a second event. As one counts: what the
station itself knows for a copy, what comes again after it was not acknowledged, and the third equal message in a row,
each of which was acknowledged.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

from msgspec import Struct

from panels.inspection import conduct
from panels.inspection.connections import Connection
from panels.inspection.measures import Durations
from panels.inspection.report import Retries
from protocols.ends import Source
from protocols.model import Arrival, Moment, Verdict

WITHIN_S = 60.0
"""Senders that have no answer repeat within this time; after it, equal messages are two."""
IN_A_ROW = 3
"""So many equal messages, each acknowledged, are no chance any more."""
LOST_ANSWERS = 3
"""A serial line loses answers: only so many repetitions of acknowledged messages say something."""
KEPT = 64

_DENIED = frozenset((Verdict.MALFORMED, Verdict.REFUSED, Verdict.NOT_STORED))
"""The sender has to repeat."""
BEGUN_ANEW = frozenset(("sia.session.no-account",))
"""Findings of messages whose sender is to begin anew instead: what comes then is another message."""


class _Last(Struct):
    content: bytes
    number: int | None
    at: float
    taken: bool
    row: int = 1
    """Equal messages in a row, all of them taken."""


class _Denied(Struct):
    content: bytes
    at: float


class Taken(Struct, frozen=True):
    """What a message is among those before it."""

    repeat: bool = False
    """It came before."""
    shown: tuple[str, ...] = ()
    """Conduct ids."""


class ExchangeWatch:
    """Follows one sender."""

    def __init__(self) -> None:
        self._last: _Last | None = None
        self._denied: OrderedDict[str, _Denied] = OrderedDict()
        """By the peer: over another connection something else may come."""
        self._delays = Durations()
        self._acknowledged = self._after_nak = self._unanswered = 0
        self.answered = self.not_waited = 0
        """Messages that got an answer; those of them that came before the answer to the one before."""
        self.again = self.never_again = 0
        """Messages that were not taken, and came again, or did not."""

    def take(
        self,
        source: Source,
        arrival: Arrival,
        verdict: Verdict,
        answer: str,
        now: Moment,
        connection: Connection | None,
    ) -> Taken:
        """A message, no link test, and what was decided about it."""
        identity = arrival.identity
        content = blake2b(arrival.raw, digest_size=16).digest() if identity is None else identity.content
        number = None if identity is None else identity.number
        last = self._last
        if last is not None and (last.content != content or now.mono - last.at > WITHIN_S):
            last = None
        shown = []
        waited = True
        # A message that asks for no answer is nothing to wait for.
        if connection is not None and connection.fresh is not None and (answer or verdict is Verdict.NOT_STORED):
            self.answered += bool(answer)
            waited = connection.fresh or last is not None
            connection.fresh = False
            if not waited:
                self.not_waited += 1
                shown.append(conduct.NOT_WAITED)
        copy = verdict is Verdict.DUPLICATE or (last is not None and number is not None and number == last.number)
        repeat = copy or (last is not None and not last.taken)
        row = 1
        if last is not None:
            row = last.row + 1 if last.taken and not copy else 1
            shown += self._repeated(source, arrival, last, row, now, copy=copy)
        shown += self._came_again(source, content, waited=waited)
        taken = verdict not in _DENIED
        if not taken and BEGUN_ANEW.isdisjoint(finding.id for finding in arrival.findings):
            self._denied[source.peer] = _Denied(content, now.mono)
            if len(self._denied) > KEPT:
                self._denied.popitem(last=False)
        self._last = _Last(content, number, now.mono, taken, row)
        return Taken(repeat, tuple(shown))

    def _repeated(
        self, source: Source, arrival: Arrival, last: _Last, row: int, now: Moment, *, copy: bool
    ) -> list[str]:
        """A message equal to the one before it."""
        if not last.taken:
            self._delays.add(now.mono - last.at)
            self._after_nak += 1
            return []
        if copy:
            self._delays.add(now.mono - last.at)
            numbered = arrival.identity is not None and not arrival.identity.fleeting
            if source.transport != "serial" and not numbered:
                # It came before the answer left.
                self._unanswered += 1
                return []
            self._acknowledged += 1
            enough = source.transport != "serial" or self._acknowledged >= LOST_ANSWERS
            return [conduct.REPEATS_ACKNOWLEDGED] if enough else []
        if row < IN_A_ROW:
            return []
        self._delays.add(now.mono - last.at)
        self._acknowledged += 1
        return [conduct.REPEATS_ACKNOWLEDGED]

    def _came_again(self, source: Source, content: bytes, *, waited: bool) -> list[str]:
        """Whether what was not taken comes again, before anything else does."""
        for peer, denied in self._denied.items():
            if denied.content == content:
                del self._denied[peer]
                self.again += 1
                return []
        # What was on its way already says nothing.
        if not waited or self._denied.pop(source.peer, None) is None:
            return []
        self.never_again += 1
        return [conduct.NOT_REPEATED]

    def overdue(self, now: Moment) -> int:
        """How many messages should have come again by now and did not; each is told once."""
        late = [peer for peer, denied in self._denied.items() if now.mono - denied.at > WITHIN_S]
        for peer in late:
            del self._denied[peer]
        self.never_again += len(late)
        return len(late)

    def report(self) -> Retries:
        """What was counted of repetitions."""
        return Retries(
            count=self._delays.count,
            delay=self._delays.spread(),
            no_stamp=self._delays.count,
            acknowledged=self._acknowledged,
            unanswered=self._unanswered,
            after_nak=self._after_nak,
        )
