"""What is watched of everybody who reports, whatever he speaks: how much came, what of it is off, how it was taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from panels.inspection import conduct
from panels.inspection.checklist import PARTS, Checklist
from panels.inspection.codes import CodeWatch
from panels.inspection.connections import Connection, HostCount, UseWatch
from panels.inspection.findings import FindingBook
from panels.inspection.frames import FrameBook
from panels.inspection.grading import grade_of
from panels.inspection.notes import ConductNote, Found, MessageNote, Note
from panels.inspection.report import FindingSeen, PanelReport, Reason
from panels.inspection.timing import TimingWatch
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Moment, Verdict

TOKENS_MAX = 50
EMPTY_CONNECTIONS = 3
"""So many connections without a message are a habit."""
ACKNOWLEDGED = frozenset((Verdict.STORED, Verdict.ALIVE, Verdict.DUPLICATE))


class Watch:
    """Counts the messages of one panel or sender, and keeps what they show."""

    place = ""
    """Where it speaks from, where that is its name."""

    def __init__(
        self, name: str, arrival: Arrival, frames: FrameBook, now: Moment, parts: Sequence[str] = PARTS
    ) -> None:
        """``name`` tells it apart; ``arrival`` is its first message; ``frames`` keeps what its findings show.

        ``parts``: of a full test, those that its protocol has.
        """
        self.name = name
        self._account = arrival.account or arrival.inner
        self.hosts: dict[str, None] = {}
        self._protocol = arrival.protocol
        self._first = self._last = now.wall
        self._messages = self._events = 0
        self._answers: Counter[str] = Counter()
        self._tokens: Counter[str] = Counter()
        self._tokens_left_out = 0
        self._transports: dict[str, None] = {}
        self._findings = FindingBook(name, frames)
        self._codes = CodeWatch()
        self._checklist = Checklist(parts)
        self._timing = TimingWatch()
        self._use = UseWatch()
        self._told_silent = False
        self._outcomes: Counter[str] = Counter()
        self._last_of: dict[str, float] = {}

    @property
    def account(self) -> str:
        """Its account, where it is one; else empty."""
        return self._account

    def _heard(
        self,
        arrival: Arrival,
        verdict: Verdict,
        answer: str,
        transport: str,
        now: Moment,
        connection: Connection | None,
    ) -> None:
        """A message came."""
        self._messages += 1
        self._last = now.wall
        self._answers[answer] += 1
        self._tokens_left_out += not counted(self._tokens, arrival.token, TOKENS_MAX)
        self._transports[transport] = None
        if connection is not None:
            self._use.message(connection, self.name)
        self._timing.take(now, link_test=arrival.kind is ArrivalKind.LINK_TEST and verdict in ACKNOWLEDGED)
        self._told_silent = False

    def _outcome(self, outcome: str, now: Moment) -> None:
        """What became of a message, where that is worth counting."""
        self._outcomes[outcome] += 1
        self._last_of[outcome] = now.wall

    def _note(
        self, source: Source, arrival: Arrival, verdict: Verdict, answer: str, found: tuple[Found, ...], now: Moment
    ) -> MessageNote:
        """What is told of a message at once."""
        return MessageNote(
            at=now.wall,
            peer=source.peer,
            account=self.account,
            kind=arrival.kind,
            token=arrival.token,
            sequence=arrival.sequence,
            verdict=verdict,
            answer=answer,
            protection=arrival.protection,
            signals=tuple(replace(signal, extended={}) for signal in arrival.signals),
            repeat=False,
            found=found,
            keyed=False,
        )

    def shows(self, id_: str, now: Moment, notes: list[Note], times: int = 1) -> None:
        """A conduct shows; the first time it is worth a note."""
        first = id_ not in self._findings
        found = self._findings.conduct(id_, now.wall, times)
        if first:
            notes.append(ConductNote(at=now.wall, account=self.account, found=found, sender=self.place))

    def connections(self, count: HostCount, now: Moment, notes: list[Note]) -> None:
        """A connection without a message of its host has ended; nobody else is there."""
        if count.empty >= EMPTY_CONNECTIONS:
            further = count.empty - self._findings.count(conduct.EMPTY_CONNECTIONS)
            self.shows(conduct.EMPTY_CONNECTIONS, now, notes, max(1, further))

    def silent(self, now: Moment) -> tuple[float, float] | None:
        """Seconds of silence and the usual interval, once for each silence that is too long."""
        silent, usual = self._timing.silent_for(now), self._timing.usual
        if silent is None or usual is None or self._told_silent:
            return None
        self._told_silent = True
        return silent, usual

    def _report(
        self, host: HostCount | None, findings: tuple[FindingSeen, ...], reasons: tuple[Reason, ...], **own: Any
    ) -> PanelReport:
        """All that is known of it; ``own`` is what only its kind has."""
        return PanelReport(
            account=self.account,
            grade=grade_of(reasons),
            reasons=reasons,
            protocol=self._protocol,
            first=datetime.fromtimestamp(self._first, UTC),
            last=datetime.fromtimestamp(self._last, UTC),
            messages=self._messages,
            events=self._events,
            answers=dict(self._answers.most_common()),
            tokens=dict(self._tokens.most_common()),
            tokens_left_out=self._tokens_left_out,
            transports=tuple(self._transports),
            hosts=tuple(self.hosts),
            connections=self._use.report(host),
            link_tests=self._timing.report(),
            codes=self._codes.codes(),
            codes_left_out=self._codes.codes_left_out,
            unrestored=self._codes.unrestored(),
            unrestored_left_out=self._codes.unrestored_left_out,
            checklist=self._checklist.report(),
            findings=findings,
            **own,
        )


def counted(counter: Counter[str], key: str, most: int) -> bool:
    """Count it where there is room; says whether there was."""
    if key not in counter and len(counter) >= most:
        return False
    counter[key] += 1
    return True
