"""Everything that is watched of one panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from panels.inspection import conduct, grading
from panels.inspection.clock import ClockWatch
from panels.inspection.connections import Connection, HostCount
from panels.inspection.editions import EditionWatch
from panels.inspection.figures import KeyInfo
from panels.inspection.frames import FrameBook
from panels.inspection.grading import reasons_of, weighed
from panels.inspection.notes import Note
from panels.inspection.numbers import NumberWatch
from panels.inspection.protection import ProtectionWatch
from panels.inspection.repeats import ACK, DUH, Repeat, RepeatWatch
from panels.inspection.report import PanelReport
from panels.inspection.watch import ACKNOWLEDGED, Watch
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Moment, Protection, Verdict

INNER_MAX = 100
HOSTS_MAX = 20
DATAGRAM_REPEATS = 3
"""A datagram's answer may be lost: only so many repetitions of acknowledged messages say something."""
TCP, UDP = "tcp", "udp"
_READ = frozenset((ArrivalKind.EVENT, ArrivalKind.LINK_TEST))
_UNREAD = frozenset((ArrivalKind.OPAQUE, ArrivalKind.MALFORMED, ArrivalKind.UNSUPPORTED))


class PanelWatch(Watch):
    """Takes the messages of one panel, in order."""

    def __init__(
        self, name: str, arrival: Arrival, keys: Mapping[str, KeyInfo], frames: FrameBook, now: Moment
    ) -> None:
        """As :class:`Watch`. ``keys``: owner of each key that is tried to what may be told of it."""
        super().__init__(name, arrival, frames, now)
        self._prefix, self._receiver = arrival.prefix, arrival.receiver
        self._keyed = bool(keys)
        self._crc: Counter[str] = Counter()
        self._inner: dict[str, None] = {}
        self._clock = ClockWatch()
        self._editions = EditionWatch()
        self._numbers = NumberWatch()
        self._protection = ProtectionWatch(keys)
        self._repeats = RepeatWatch()

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
        repeat = self._repeats.take(arrival, answer, now, connection, taken=verdict in ACKNOWLEDGED)
        self._count(source, arrival, verdict, answer, now, connection)
        found = self._findings.message(arrival, source.peer, now.wall)
        told = self._note(source, arrival, verdict, answer, found, now)
        notes: list[Note] = [replace(told, repeat=repeat is not None, keyed=self._keyed)]
        for id_ in self._conduct(source, arrival, verdict, repeat, now, connection):
            self.shows(id_, now, notes)
        return notes

    def _count(
        self,
        source: Source,
        arrival: Arrival,
        verdict: Verdict,
        answer: str,
        now: Moment,
        connection: Connection | None,
    ) -> None:
        self._heard(arrival, verdict, answer, UDP if connection is None else TCP, now, connection)
        self._crc[arrival.dialect] += 1
        for outcome in self._became(arrival, verdict):
            self._outcome(outcome, now)
        if len(self.hosts) < HOSTS_MAX:
            self.hosts[source.host] = None
        for inner in {arrival.inner, *(signal.account for signal in arrival.signals)}:
            if inner and inner.lstrip("0") != self.account.lstrip("0") and len(self._inner) < INNER_MAX:
                self._inner[inner] = None
        self._protection.take(arrival)
        self._editions.take(arrival)

    def _became(self, arrival: Arrival, verdict: Verdict) -> tuple[str, ...]:
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
        if verdict in ACKNOWLEDGED and (repeat is None or not repeat.counted):
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

    def _by_key(self) -> tuple[dict[str, int], dict[str, float]]:
        """What became of messages, and when last. A key that opened others was not forgotten: it is the panel's."""
        outcomes, last_of = dict(self._outcomes), dict(self._last_of)
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
        return self._report(
            host,
            findings,
            reasons,
            prefix=self._prefix,
            receiver=self._receiver,
            inner_accounts=tuple(self._inner),
            edition=self._editions.report(),
            crc=dict(self._crc.most_common()),
            protection=self._protection.report(),
            clock=self._clock.report(),
            retries=self._repeats.report(),
            numbers=self._numbers.report(),
        )
