"""Everything that is watched of one panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from panels.inspection import conduct, grading
from panels.inspection.checklist import Checklist
from panels.inspection.clock import ClockWatch
from panels.inspection.codes import CodeWatch
from panels.inspection.connections import Connection, HostCount, UseWatch
from panels.inspection.editions import EditionWatch
from panels.inspection.findings import FindingBook
from panels.inspection.frames import FrameBook
from panels.inspection.grading import grade_of, reasons_of, weighed
from panels.inspection.notes import ConductNote, MessageNote, Note
from panels.inspection.numbers import NumberWatch
from panels.inspection.protection import ProtectionWatch
from panels.inspection.repeats import ACK, DUH, Repeat, RepeatWatch
from panels.inspection.report import KeyInfo, PanelReport
from panels.inspection.timing import TimingWatch
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Moment, Protection, Verdict

INNER_MAX = 100
TOKENS_MAX = 50
HOSTS_MAX = 20
DATAGRAM_REPEATS = 3
"""A datagram's answer may be lost: only so many repetitions of acknowledged messages say something."""
EMPTY_CONNECTIONS = 3
"""So many connections without a message are a habit."""

TCP, UDP = "tcp", "udp"
_ACKNOWLEDGED = frozenset((Verdict.STORED, Verdict.ALIVE, Verdict.DUPLICATE))
_READ = frozenset((ArrivalKind.EVENT, ArrivalKind.LINK_TEST))
_UNREAD = frozenset((ArrivalKind.OPAQUE, ArrivalKind.MALFORMED, ArrivalKind.UNSUPPORTED))


class PanelWatch:
    """Takes the messages of one panel, in order."""

    def __init__(
        self, name: str, arrival: Arrival, keys: Mapping[str, KeyInfo], frames: FrameBook, now: Moment
    ) -> None:
        """``name`` tells it apart; ``arrival`` is its first message; ``frames`` keeps what its findings show."""
        self.name = name
        self.account = arrival.account or arrival.inner
        self._prefix, self._receiver = arrival.prefix, arrival.receiver
        self._protocol = arrival.protocol
        self._keyed = bool(keys)
        self._first = self._last = now.wall
        self._messages = self._events = 0
        self._answers: Counter[str] = Counter()
        self._tokens: Counter[str] = Counter()
        self._tokens_left_out = 0
        self._crc: Counter[str] = Counter()
        self._transports: dict[str, None] = {}
        self.hosts: dict[str, None] = {}
        self._inner: dict[str, None] = {}
        self._findings = FindingBook(name, frames)
        self._clock = ClockWatch()
        self._codes = CodeWatch()
        self._checklist = Checklist()
        self._editions = EditionWatch()
        self._numbers = NumberWatch()
        self._protection = ProtectionWatch(keys)
        self._repeats = RepeatWatch()
        self._timing = TimingWatch()
        self._use = UseWatch()
        self._told_silent = False
        self._verdicts: Counter[str] = Counter()
        self._last_of: dict[str, float] = {}

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
        repeat = self._repeats.take(arrival, answer, now, connection, taken=verdict in _ACKNOWLEDGED)
        self._count(source, arrival, verdict, answer, now, connection)
        found = self._findings.message(arrival, source.peer, now.wall)
        notes: list[Note] = [
            MessageNote(
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
                repeat=repeat is not None,
                found=found,
                keyed=self._keyed,
            )
        ]
        for id_ in self._conduct(source, arrival, verdict, repeat, now, connection):
            self.shows(id_, now, notes)
        return notes

    def shows(self, id_: str, now: Moment, notes: list[Note], times: int = 1) -> None:
        """A conduct shows; the first time it is worth a note."""
        first = id_ not in self._findings
        found = self._findings.conduct(id_, now.wall, times)
        if first:
            notes.append(ConductNote(at=now.wall, account=self.account, found=found))

    def _count(
        self,
        source: Source,
        arrival: Arrival,
        verdict: Verdict,
        answer: str,
        now: Moment,
        connection: Connection | None,
    ) -> None:
        self._messages += 1
        self._last = now.wall
        self._answers[answer] += 1
        if arrival.token in self._tokens or len(self._tokens) < TOKENS_MAX:
            self._tokens[arrival.token] += 1
        else:
            self._tokens_left_out += 1
        self._crc[arrival.dialect] += 1
        for outcome in self._outcomes(arrival, verdict):
            self._verdicts[outcome] += 1
            self._last_of[outcome] = now.wall
        self._transports[UDP if connection is None else TCP] = None
        if len(self.hosts) < HOSTS_MAX:
            self.hosts[source.host] = None
        for inner in {arrival.inner, *(signal.account for signal in arrival.signals)}:
            if inner and inner.lstrip("0") != self.account.lstrip("0") and len(self._inner) < INNER_MAX:
                self._inner[inner] = None
        if connection is not None:
            self._use.message(connection, self.name)
        self._protection.take(arrival)
        self._editions.take(arrival)
        self._timing.take(now, link_test=arrival.kind is ArrivalKind.LINK_TEST and verdict in _ACKNOWLEDGED)
        self._told_silent = False

    def _outcomes(self, arrival: Arrival, verdict: Verdict) -> tuple[str, ...]:
        """What became of it, where that is worth counting."""
        if verdict is Verdict.REFUSED:
            if arrival.protection is not Protection.FAILED:
                return (conduct.REFUSED,)
            return (grading.WRONG_KEY if self._keyed else grading.NO_KEY,)
        if verdict in (Verdict.NOT_STORED, Verdict.STALE):
            return (str(verdict),)
        return (conduct.UNREAD,) if arrival.kind in _UNREAD else ()

    def _conduct(
        self,
        source: Source,
        arrival: Arrival,
        verdict: Verdict,
        repeat: Repeat | None,
        now: Moment,
        connection: Connection | None,
    ) -> list[str]:
        shown = []
        if verdict not in (Verdict.STALE, Verdict.NOT_STORED, Verdict.REFUSED):
            self._clock.taken(arrival)
        if verdict is Verdict.STALE or (arrival.kind in _READ and (repeat is None or not repeat.same_bytes)):
            clock = self._clock.take(arrival, verdict, source.peer, now)
            if clock:
                shown.append(clock)
        if repeat is not None:
            enough = connection is not None or self._repeats.acknowledged >= DATAGRAM_REPEATS
            if repeat.answer == ACK and enough:
                shown.append(conduct.REPEATS_ACKNOWLEDGED)
            if repeat.answer == DUH:
                shown.append(conduct.REPEATS_REFUSED)
        if verdict is Verdict.REFUSED:
            # That no key opens it is a finding of the message already.
            if arrival.protection is not Protection.FAILED:
                shown.append(conduct.REFUSED)
        elif arrival.kind in _UNREAD and verdict is not Verdict.NOT_STORED:
            shown.append(conduct.UNREAD)
        if connection is not None and not connection.open and not connection.cut:
            shown.append(conduct.GONE_BEFORE_ANSWER)
        # It counts once, with the first copy that was acknowledged.
        if verdict in _ACKNOWLEDGED and (repeat is None or not repeat.counted):
            self._checklist.take(arrival)
            if arrival.kind is ArrivalKind.EVENT:
                shown += self._event(arrival, now)
        if arrival.kind is ArrivalKind.LINK_TEST:
            self._numbers.elsewhere(arrival.sequence)
        clear = arrival.protection is Protection.NONE and arrival.kind in _READ
        if self._keyed and clear and not self._protection.encrypts:
            shown.append(conduct.NOT_ENCRYPTED)
        if self._protection.mixed and conduct.MIXED_PROTECTION not in self._findings:
            shown.append(conduct.MIXED_PROTECTION)
        if self._protection.other_form and conduct.KEY_FORM not in self._findings:
            shown.append(conduct.KEY_FORM)
        if self._timing.irregular and conduct.LINK_TEST_INTERVAL not in self._findings:
            shown.append(conduct.LINK_TEST_INTERVAL)
        if conduct.LOCAL_TIME not in self._findings and self._clock.zone_minutes() is not None:
            shown.append(conduct.LOCAL_TIME)
        return shown

    def _event(self, arrival: Arrival, now: Moment) -> list[str]:
        shown = []
        self._events += 1
        self._codes.take(arrival, now.wall)
        restarts, gaps = self._numbers.restarts, self._numbers.gaps
        self._numbers.take(arrival)
        if self._numbers.stuck:
            shown.append(conduct.NUMBERS_STUCK)
        if self._numbers.restarts > restarts:
            shown.append(conduct.NUMBERS_RESTARTED)
        if self._numbers.gaps > gaps:
            shown.append(conduct.NUMBERS_SKIPPED)
        return shown

    def damaged(self, source: Source, connection: Connection | None, now: Moment, notes: list[Note]) -> None:
        """A frame came that was not whole."""
        self.shows(conduct.DAMAGED, now, notes)

    def elsewhere(self, sequence: str) -> None:
        """Another account that reports from the same host used a number."""
        self._numbers.elsewhere(sequence)

    def connections(self, count: HostCount, now: Moment, notes: list[Note]) -> None:
        """A connection without a message of its host has ended; it is the only panel there."""
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

    def _by_key(self) -> tuple[dict[str, int], dict[str, float]]:
        """What became of messages, and when last. A key that opened others was not forgotten: it is the panel's."""
        outcomes, last_of = dict(self._verdicts), dict(self._last_of)
        closed = outcomes.pop(grading.WRONG_KEY, 0) if self._protection.opened else 0
        if closed:
            outcomes[conduct.REFUSED] = outcomes.get(conduct.REFUSED, 0) + closed
            last_of[conduct.REFUSED] = max(last_of.get(conduct.REFUSED, 0.0), last_of[grading.WRONG_KEY])
        return outcomes, last_of

    def report(self, host: HostCount | None) -> PanelReport:
        """All that is known of it."""
        clock_set = not self._clock.denied
        seen = self._findings.report()
        if self._protection.encrypts:
            # It did not at first: what that is called now is told by the mixture.
            seen = tuple(each for each in seen if each.id != conduct.NOT_ENCRYPTED)
        findings = weighed(seen, clock_set=clock_set)
        outcomes, last_of = self._by_key()
        reasons = reasons_of(findings, outcomes, last_of, clock_set=clock_set, lost=self._clock.lost)
        return PanelReport(
            account=self.account,
            prefix=self._prefix,
            receiver=self._receiver,
            inner_accounts=tuple(self._inner),
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
            edition=self._editions.report(),
            crc=dict(self._crc.most_common()),
            connections=self._use.report(host),
            protection=self._protection.report(),
            clock=self._clock.report(),
            link_tests=self._timing.report(),
            retries=self._repeats.report(),
            numbers=self._numbers.report(),
            codes=self._codes.codes(),
            codes_left_out=self._codes.codes_left_out,
            unrestored=self._codes.unrestored(),
            unrestored_left_out=self._codes.unrestored_left_out,
            checklist=self._checklist.report(),
            findings=findings,
        )
