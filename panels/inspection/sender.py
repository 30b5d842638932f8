"""Everything that is watched of one sender of a line protocol: a panel, or a receiver that hands on what panels say.

Who it is, its host or its serial port tells: a receiver speaks for many accounts, and hardly any heartbeat names one.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from msgspec.structs import replace

from panels.inspection import conduct
from panels.inspection.checklist import LINK_TEST, PARTS, Checklist
from panels.inspection.codes import CodeWatch
from panels.inspection.connections import Connection, HostCount, UseWatch
from panels.inspection.exchange import ExchangeWatch
from panels.inspection.findings import FindingBook
from panels.inspection.frames import FrameBook
from panels.inspection.grading import grade_of, reasons_of
from panels.inspection.notes import ConductNote, MessageNote, Note, RecognisedNote
from panels.inspection.report import PanelReport, Sender
from panels.inspection.timing import TimingWatch
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Moment, Severity, Verdict

ACCOUNTS_MAX = 500
NUMBERS_MAX = 50
TOKENS_MAX = 50
EMPTY_CONNECTIONS = 3
"""So many connections without a message are a habit."""
SERIAL = "serial"
SIA = "sia"
TEXECOM = "texecom"
"""Its lines are no session of blocks."""
RECEIVERS = frozenset(("surgard", "ademco685", "mx8000", "d6600", "d6500"))
"""Protocols of receivers, whose own troubles have an account of zeros."""
WITHOUT_HEARTBEAT = frozenset(("d6500",))
"""Protocols that have nothing like a link test."""

_ACKNOWLEDGED = frozenset((Verdict.STORED, Verdict.ALIVE, Verdict.DUPLICATE))
_NOT_EXCHANGED = frozenset((ArrivalKind.LINK_TEST, ArrivalKind.ANSWER))
_UNREAD = frozenset((ArrivalKind.MALFORMED, ArrivalKind.UNSUPPORTED))


class SenderWatch:
    """Takes the messages of one sender, in order."""

    def __init__(self, name: str, title: str, arrival: Arrival, source: Source, frames: FrameBook, now: Moment) -> None:
        """``name`` tells it apart, ``title`` is its protocol for people; ``frames`` keeps what its findings show."""
        self.name = name
        self.host = source.host
        self.hosts = {source.host: None}
        self._title = title
        self._protocol = arrival.protocol
        self._first = self._last = now.wall
        self._messages = self._events = 0
        self._answers: Counter[str] = Counter()
        self._tokens: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()
        self._dialects: Counter[str] = Counter()
        self._tokens_left_out = self._accounts_left_out = 0
        self._receivers: dict[str, None] = {}
        self._lines: dict[str, None] = {}
        self._transports: dict[str, None] = {}
        self._findings = FindingBook(name, frames)
        self._codes = CodeWatch()
        has_heartbeat = arrival.protocol not in WITHOUT_HEARTBEAT
        self._checklist = Checklist(PARTS if has_heartbeat else [part for part in PARTS if part != LINK_TEST])
        self._exchange = ExchangeWatch()
        self._timing = TimingWatch()
        self._use = UseWatch()
        self._sessions = [0, 0]
        self._told_silent = False
        self._outcomes: Counter[str] = Counter()
        self._last_of: dict[str, float] = {}

    @property
    def account(self) -> str:
        """Its account, where it is one; else empty."""
        return next(iter(self._accounts)) if len(self._accounts) == 1 else ""

    def take(
        self,
        source: Source,
        arrival: Arrival,
        verdict: Verdict,
        answer: str,
        now: Moment,
        connection: Connection | None,
    ) -> list[Note]:
        """A message and what was decided about it."""
        self._count(source, arrival, answer, now, connection)
        repeat = False
        shown: list[str] = []
        if arrival.kind not in _NOT_EXCHANGED:
            taken = self._exchange.take(source, arrival, verdict, answer, now, connection)
            repeat = taken.repeat
            shown += taken.shown
        self._timing.take(now, link_test=arrival.kind is ArrivalKind.LINK_TEST and verdict in _ACKNOWLEDGED)
        self._told_silent = False
        if self._is_unread(arrival):
            shown.append(conduct.LINE_UNREAD)
            self._outcome(conduct.UNREAD, now)
        if verdict is Verdict.NOT_STORED:
            self._outcome(verdict, now)
        if verdict in _ACKNOWLEDGED and not repeat:
            self._content(arrival, now)
        hung_up = connection is not None and not connection.open and not connection.cut and not connection.ours
        if hung_up and source.transport != SERIAL and arrival.kind is not ArrivalKind.ANSWER:
            shown.append(conduct.GONE_BEFORE_ANSWER)
        if self._timing.irregular and conduct.LINK_TEST_INTERVAL not in self._findings:
            shown.append(conduct.LINK_TEST_INTERVAL)
        found = self._findings.message(arrival, source.peer, now.wall)
        notes: list[Note] = []
        if self._messages == 1:
            notes.append(RecognisedNote(at=now.wall, peer=source.peer, protocol=self._protocol, title=self._title))
        notes.append(
            MessageNote(
                at=now.wall,
                peer=source.peer,
                account=arrival.account,
                kind=arrival.kind,
                token=arrival.token,
                sequence=arrival.sequence,
                verdict=verdict,
                answer=answer,
                protection=arrival.protection,
                signals=tuple(replace(signal, extended={}) for signal in arrival.signals),
                repeat=repeat,
                found=found,
                keyed=False,
                understood=arrival.kind is ArrivalKind.OPAQUE and not self._is_unread(arrival),
            )
        )
        for id_ in shown:
            self.shows(id_, now, notes)
        return notes

    def _count(self, source: Source, arrival: Arrival, answer: str, now: Moment, connection: Connection | None) -> None:
        self._messages += 1
        self._last = now.wall
        self._answers[answer] += 1
        self._tokens_left_out += _counted(self._tokens, arrival.token, TOKENS_MAX)
        if arrival.account:
            self._accounts_left_out += _counted(self._accounts, arrival.account, ACCOUNTS_MAX)
        if arrival.dialect:
            _counted(self._dialects, arrival.dialect, NUMBERS_MAX)
        for number, numbers in ((arrival.receiver or "", self._receivers), (arrival.line, self._lines)):
            if number and len(numbers) < NUMBERS_MAX:
                numbers[number] = None
        self._transports[source.transport] = None
        if connection is not None:
            self._use.message(connection, self.name)

    def _is_unread(self, arrival: Arrival) -> bool:
        """Whole, and not understood. What is known to hold no event is understood: its findings are notes."""
        if arrival.kind in _UNREAD:
            return True
        grave = any(finding.severity is Severity.VIOLATION for finding in arrival.findings)
        return arrival.kind is ArrivalKind.OPAQUE and grave

    def _content(self, arrival: Arrival, now: Moment) -> None:
        """A message counts once, with the first copy that was acknowledged."""
        own = self._protocol in RECEIVERS and not arrival.account.strip("0")
        if arrival.kind is ArrivalKind.LINK_TEST or (arrival.kind is ArrivalKind.EVENT and not own):
            self._checklist.take(arrival)
        if arrival.kind is ArrivalKind.EVENT:
            self._events += 1
            self._codes.take(arrival, now.wall)

    def _outcome(self, outcome: str, now: Moment) -> None:
        self._outcomes[outcome] += 1
        self._last_of[outcome] = now.wall

    def shows(self, id_: str, now: Moment, notes: list[Note], times: int = 1) -> None:
        """A conduct shows; the first time it is worth a note."""
        first = id_ not in self._findings
        found = self._findings.conduct(id_, now.wall, times)
        if first:
            notes.append(ConductNote(at=now.wall, account=self.account, found=found, sender=self.host))

    def damaged(self, source: Source, connection: Connection | None, now: Moment, notes: list[Note]) -> None:
        """Something came that was not whole. A line that is listened to begins in the middle of a message."""
        if source.transport != SERIAL:
            self.shows(conduct.DAMAGED, now, notes)
        elif connection is not None and connection.messages:
            self.shows(conduct.LINE_DAMAGED, now, notes)

    def connections(self, count: HostCount, now: Moment, notes: list[Note]) -> None:
        """A connection without a message of its host has ended; it is the only sender there."""
        if count.empty >= EMPTY_CONNECTIONS:
            further = count.empty - self._findings.count(conduct.EMPTY_CONNECTIONS)
            self.shows(conduct.EMPTY_CONNECTIONS, now, notes, max(1, further))

    def hung_up(self, gone: Connection, now: Moment, notes: list[Note]) -> None:
        """A connection over which it spoke was closed in order."""
        # Of blocks only the events need an end; heartbeats and polls stand alone.
        if self._protocol != SIA or TEXECOM in self._dialects or gone.end_of_data is None or not self._events:
            return
        self._sessions[not gone.end_of_data.seen] += 1
        if not gone.end_of_data.seen:
            self.shows(conduct.NO_END_OF_DATA, now, notes)

    def tick(self, now: Moment, notes: list[Note]) -> None:
        """Time passes."""
        late = self._exchange.overdue(now)
        if late:
            self.shows(conduct.NOT_REPEATED, now, notes, late)

    def silent(self, now: Moment) -> tuple[float, float] | None:
        """Seconds of silence and the usual interval, once for each silence that is too long."""
        silent, usual = self._timing.silent_for(now), self._timing.usual
        if silent is None or usual is None or self._told_silent:
            return None
        self._told_silent = True
        return silent, usual

    def report(self, host: HostCount | None) -> PanelReport:
        """All that is known of it."""
        findings = self._findings.report()
        reasons = reasons_of(findings, self._outcomes, self._last_of, clock_set=True)
        receivers = tuple(self._receivers)
        return PanelReport(
            account=self.account,
            prefix=None,
            receiver=receivers[0] if len(receivers) == 1 else None,
            inner_accounts=(),
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
            retries=self._exchange.report(),
            codes=self._codes.codes(),
            codes_left_out=self._codes.codes_left_out,
            unrestored=self._codes.unrestored(),
            unrestored_left_out=self._codes.unrestored_left_out,
            checklist=self._checklist.report(),
            findings=findings,
            sender=Sender(
                title=self._title,
                dialects=dict(self._dialects.most_common()),
                accounts=dict(self._accounts.most_common()),
                accounts_left_out=self._accounts_left_out,
                receivers=receivers,
                lines=tuple(self._lines),
                answered=self._exchange.answered,
                not_waited=self._exchange.not_waited,
                again=self._exchange.again,
                never_again=self._exchange.never_again,
                sessions=(self._sessions[0], self._sessions[1]) if any(self._sessions) else None,
            ),
        )


def _counted(counter: Counter[str], key: str, most: int) -> bool:
    """Count it where there is room; says whether it was left out."""
    if key not in counter and len(counter) >= most:
        return True
    counter[key] += 1
    return False
