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
from panels.inspection.damage import FILLER, alike
from panels.inspection.figures import Retries
from panels.inspection.measures import Durations
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Moment, Severity, Verdict

WITHIN_S = 60.0
"""Senders that have no answer repeat within this time; after it, equal messages are two."""
IN_A_ROW = 3
"""So many equal messages, each acknowledged, are no chance any more."""
LOST_ANSWERS = 3
"""A serial line loses answers: only so many repetitions of acknowledged messages say something."""
KEPT = 64
AT_ONCE = 8
"""Messages that may wait for their repetition over one connection: damaged ones, of which more than one comes."""
LONGEST = 600
"""Bytes kept of a message that could not be read."""

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
    silent: bool = False
    """It was left without an answer."""
    withheld: bool = False
    """It was stored, and left without an answer on purpose."""


class _Denied(Struct):
    content: bytes
    at: float
    raw: bytes = b""
    """What could not be read, without what ends it."""
    violations: tuple[str, ...] = ()
    """What it showed."""


class Taken(Struct, frozen=True):
    """What a message is among those before it."""

    repeat: bool = False
    """It came before."""
    counted: bool = False
    """A copy of it was acknowledged before."""
    shown: tuple[str, ...] = ()
    """Conduct ids."""
    mended: tuple[tuple[str, ...], ...] = ()
    """What those before showed that could not be read because they were this message, damaged on its way."""


class ExchangeWatch:
    """Follows one sender."""

    def __init__(self) -> None:
        self._last: _Last | None = None
        self._denied: OrderedDict[str, list[_Denied]] = OrderedDict()
        """By the peer: over another connection something else may come."""
        self._delays = Durations()
        self._acknowledged = self._after_nak = self._unanswered = self._damaged = 0
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
        *,
        withheld: bool = False,
    ) -> Taken:
        """A message, no link test, and what was decided about it. ``withheld``: as of :meth:`Inspection.observe`."""
        identity = arrival.identity
        content = blake2b(arrival.raw, digest_size=16).digest() if identity is None else identity.content
        number = None if identity is None else identity.number
        last = self._last
        if last is not None and (last.content != content or now.mono - last.at > WITHIN_S):
            last = None
        shown = []
        waited = True
        silent = withheld or verdict is Verdict.NOT_STORED
        # A message that asks for no answer is nothing to wait for.
        if connection is not None and connection.fresh is not None and (answer or silent):
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
        taken = verdict not in _DENIED and not withheld
        lost, mended = self._came_again(source, arrival, content, now, waited=waited, taken=taken)
        shown += lost
        if not taken and BEGUN_ANEW.isdisjoint(finding.id for finding in arrival.findings):
            shown += self._deny(source, _denied(content, now, arrival))
        self._last = _Last(content, number, now.mono, taken, row, silent, withheld)
        stored = last is not None and (last.withheld or (copy and last.taken))
        counted = verdict is Verdict.DUPLICATE or stored
        return Taken(repeat, counted, tuple(shown), tuple(mended))

    def _repeated(
        self, source: Source, arrival: Arrival, last: _Last, row: int, now: Moment, *, copy: bool
    ) -> list[str]:
        """A message equal to the one before it."""
        if not last.taken:
            self._delays.add(now.mono - last.at)
            self._unanswered += last.silent
            self._after_nak += not last.silent
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

    def _came_again(
        self, source: Source, arrival: Arrival, content: bytes, now: Moment, *, waited: bool, taken: bool
    ) -> tuple[list[str], list[tuple[str, ...]]]:
        """Whether what was not taken comes again, before anything else does. Returns as in :class:`Taken`."""
        for peer, ones in self._denied.items():
            for denied in ones:
                if denied.content == content:
                    ones.remove(denied)
                    if not ones:
                        del self._denied[peer]
                    self.again += 1
                    return [], []
        ones = self._denied.get(source.peer, [])
        if not ones or (not taken and arrival.kind is ArrivalKind.MALFORMED and ones[-1].raw):
            # What is damaged again may be any of them.
            return [], []
        whole = arrival.raw[:LONGEST].strip(FILLER)
        mended = [denied for denied in ones if denied.raw and alike(denied.raw, whole)]
        for denied in mended:
            self.again += 1
            self._after_nak += 1
            self._delays.add(now.mono - denied.at)
        lost = len(ones) - len(mended)
        # What was on its way already says nothing.
        if not mended and not waited:
            return [], []
        del self._denied[source.peer]
        self.never_again += lost
        return [conduct.NOT_REPEATED] * lost, [denied.violations for denied in mended]

    def _deny(self, source: Source, denied: _Denied) -> list[str]:
        """It is to come again. What waits besides it is bounded."""
        ones = self._denied.setdefault(source.peer, [])
        ones.append(denied)
        if len(self._denied) > KEPT:
            self._denied.popitem(last=False)
        if len(ones) <= AT_ONCE:
            return []
        del ones[0]
        self.never_again += 1
        return [conduct.NOT_REPEATED]

    def came_again(self, delay: float) -> None:
        """What was not whole came again, after so many seconds."""
        self.again += 1
        self._damaged += 1
        self._delays.add(delay)

    def overdue(self, now: Moment) -> int:
        """How many messages should have come again by now and did not; each is told once."""
        late = [peer for peer, ones in self._denied.items() if now.mono - ones[-1].at > WITHIN_S]
        count = sum(len(self._denied.pop(peer)) for peer in late)
        self.never_again += count
        return count

    def report(self) -> Retries:
        """What was counted of repetitions."""
        return Retries(
            count=self._delays.count,
            delay=self._delays.spread(),
            no_stamp=self._delays.count,
            acknowledged=self._acknowledged,
            unanswered=self._unanswered,
            after_nak=self._after_nak,
            damaged=self._damaged,
        )


def _denied(content: bytes, now: Moment, arrival: Arrival) -> _Denied:
    if arrival.kind is not ArrivalKind.MALFORMED:
        return _Denied(content, now.mono)
    violations = tuple(finding.id for finding in arrival.findings if finding.severity is Severity.VIOLATION)
    return _Denied(content, now.mono, arrival.raw[:LONGEST].strip(FILLER), violations)
