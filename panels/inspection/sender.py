"""Everything that is watched of one sender of a line protocol: a panel, or a receiver that hands on what panels say.

Who it is, its host or its serial port tells: a receiver speaks for many accounts, and hardly any heartbeat names one.
"""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from panels.inspection import conduct
from panels.inspection.checklist import LINK_TEST, PARTS
from panels.inspection.connections import Connection, HostCount
from panels.inspection.exchange import ExchangeWatch, Taken
from panels.inspection.frames import FrameBook
from panels.inspection.grading import reasons_of
from panels.inspection.notes import Note, RecognisedNote
from panels.inspection.report import PanelReport, Sender
from panels.inspection.watch import ACKNOWLEDGED, Watch, counted
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Moment, Severity, Verdict

ACCOUNTS_MAX = 500
NUMBERS_MAX = 50
SERIAL = "serial"
SIA = "sia"
TEXECOM = "texecom"
"""Its lines are no session of blocks."""
RECEIVERS = frozenset(("surgard", "ademco685", "mx8000", "d6600", "d6500"))
"""Protocols of receivers, whose own troubles have an account of zeros."""
WITHOUT_HEARTBEAT = frozenset(("d6500",))
"""Protocols that have nothing like a link test."""

_NOT_EXCHANGED = frozenset((ArrivalKind.LINK_TEST, ArrivalKind.ANSWER))
_UNREAD = frozenset((ArrivalKind.MALFORMED, ArrivalKind.UNSUPPORTED))


class SenderWatch(Watch):
    """Takes the messages of one sender, in order."""

    def __init__(self, name: str, title: str, arrival: Arrival, source: Source, frames: FrameBook, now: Moment) -> None:
        """As :class:`Watch`; ``title`` is its protocol for people."""
        has_heartbeat = arrival.protocol not in WITHOUT_HEARTBEAT
        parts = PARTS if has_heartbeat else [part for part in PARTS if part != LINK_TEST]
        super().__init__(name, arrival, frames, now, parts)
        self.hosts[source.host] = None
        self.place = source.host
        self._title = title
        self._accounts: Counter[str] = Counter()
        self._dialects: Counter[str] = Counter()
        self._accounts_left_out = 0
        self._receivers: dict[str, None] = {}
        self._lines: dict[str, None] = {}
        self._exchange = ExchangeWatch()
        self._sessions = [0, 0]
        self._withheld = 0

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
        *,
        withheld: bool = False,
    ) -> list[Note]:
        """A message and what was decided about it. ``withheld``: as of :meth:`Inspection.observe`."""
        self._withheld += withheld
        self._heard(arrival, verdict, answer, source.transport, now, connection)
        self._count(arrival)
        taken = Taken()
        shown: list[str] = []
        if arrival.kind not in _NOT_EXCHANGED:
            taken = self._exchange.take(source, arrival, verdict, answer, now, connection, withheld=withheld)
            shown += taken.shown
        shown += [self._mended(violations, source) for violations in taken.mended]
        if self._is_unread(arrival):
            shown.append(conduct.LINE_UNREAD)
            self._outcome(conduct.UNREAD, now)
        if verdict is Verdict.NOT_STORED:
            self._outcome(verdict, now)
        if verdict in ACKNOWLEDGED and not taken.counted:
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
        told = self._note(source, arrival, verdict, answer, found, now)
        eventless = arrival.kind is ArrivalKind.OPAQUE and not self._is_unread(arrival)
        # Several accounts speak here: of a message its own is told.
        notes.append(
            replace(told, account=arrival.account, repeat=taken.repeat, understood=eventless, withheld=withheld)
        )
        for id_ in shown:
            self.shows(id_, now, notes)
        return notes

    def _count(self, arrival: Arrival) -> None:
        if arrival.account:
            self._accounts_left_out += not counted(self._accounts, arrival.account, ACCOUNTS_MAX)
        if arrival.dialect:
            counted(self._dialects, arrival.dialect, NUMBERS_MAX)
        for number, numbers in ((arrival.receiver or "", self._receivers), (arrival.line, self._lines)):
            if number and len(numbers) < NUMBERS_MAX:
                numbers[number] = None

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

    def damaged(self, source: Source, connection: Connection | None, now: Moment, notes: list[Note]) -> None:
        """Something came that was not whole. A line that is listened to begins in the middle of a message."""
        if source.transport != SERIAL:
            self.shows(conduct.DAMAGED, now, notes)
        elif connection is not None and connection.messages:
            self.shows(conduct.LINE_DAMAGED, now, notes)

    def came_again(self, delay: float) -> None:
        """What was not whole came again, after so many seconds."""
        self._exchange.came_again(delay)

    def _mended(self, violations: tuple[str, ...], source: Source) -> str:
        """The message before was not read because it was damaged. Returns the conduct that this is."""
        self._findings.take_back(conduct.LINE_UNREAD)
        self._findings.excuse(violations)
        self._outcomes[conduct.UNREAD] -= 1
        return conduct.LINE_DAMAGED if source.transport == SERIAL else conduct.DAMAGED

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

    def report(self, host: HostCount | None) -> PanelReport:
        """All that is known of it."""
        findings = self._findings.report()
        reasons = reasons_of(findings, self._outcomes, self._last_of, clock_set=True)
        receivers = tuple(self._receivers)
        return self._report(
            host,
            findings,
            reasons,
            prefix=None,
            receiver=receivers[0] if len(receivers) == 1 else None,
            inner_accounts=(),
            retries=self._exchange.report(),
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
                withheld=self._withheld,
                sessions=(self._sessions[0], self._sessions[1]) if any(self._sessions) else None,
            ),
        )
