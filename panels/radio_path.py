"""The path of a radio unit: its modem, and what waits there until the centre has it.

Unlike a path over a network it is open all the time, for the unit is asked and tests itself; its end keeps every event
until it is acknowledged, the most urgent first, also while there is no modem, and over restarts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

from msgspec import Struct
from twisted.internet.defer import Deferred, fail, succeed

from panels import path as paths
from panels.modem_line import ModemLine
from panels.path import Path, Way
from panels.wire import PanelEnd
from protocols import ends
from protocols.ends import LinkTest, Outcome, OutcomeKind, Source, Ticket
from protocols.errors import UserError
from protocols.model import Moment, Noise
from protocols.radio.sending import RadioSendingEnd
from receiver.adapters.client import SendingEnd
from receiver.adapters.dial import Silent

SYNC_S = 86_400.0
"""How often the time is asked for."""


class Owner(paths.Owner, Protocol):
    """The panel, as its path sees it."""

    def say(self, text: str) -> None:
        """Tell in words what changes."""


class _Waiting(Struct, eq=False):
    message: ends.Message
    since: float
    waiter: Deferred[Outcome]
    ticket: Ticket | None = None
    """None until the end has it."""


class RadioPath(Path):
    """For the reactor's thread."""

    __slots__ = (
        "_anew",
        "_asked_at",
        "_jobs",
        "_loss",
        "_modem",
        "_overdue",
        "_radio",
        "_stopping",
        "_told",
        "_watch",
    )
    _owner: Owner

    def __init__(self, owner: Owner, name: str, target: Way) -> None:
        super().__init__(owner, name, target)
        self._radio: PanelEnd | None = None
        """Its end; made when it is first needed, and kept."""
        self._anew = False
        """Its habits changed since."""
        self._modem: ModemLine | None = None
        """Made when it is first needed: the habits of the panel are known then."""
        self._loss = ""
        """Why there is no modem."""
        self._jobs: list[_Waiting] = []
        self._asked_at: float | None = None
        self._overdue = False
        self._watch: Any = None
        self._told = False
        """That things wait."""
        self._stopping: Deferred[None] | None = None

    # What its panel asks

    @property
    def waiting(self) -> int:
        """Messages without an outcome."""
        return len(self._jobs)

    @property
    def outage(self) -> bool:
        """Something waits, and there is no modem or the centre does not answer."""
        return bool(self._jobs) and (not self._there or self._overdue)

    @property
    def end(self) -> PanelEnd | None:
        """Its end; None before the first connection or message."""
        return self._radio

    @property
    def doing(self) -> str:
        """What is done for those that wait, in brackets."""
        return " (until the modem is there)" if not self._there else " (on the way by radio)"

    def send(self, message: ends.Message, ticket: Ticket | None = None) -> Deferred[Outcome]:
        """Send a message. Fires with what became of it; fails as ``RadioSendingEnd.submit`` does.

        With ``Habits.hold`` it is kept from now on, else when the modem is there.
        """
        if self._stopping is not None:
            return succeed(Outcome(Ticket(message, 0), OutcomeKind.GAVE_UP, "stopped before it was sent"))
        job = _Waiting(message, self._now().mono, Deferred(), ticket)
        self._jobs.append(job)
        if self._owner.habits.hold or self._there:
            error = self._submit(job)
            if error is not None:
                return fail(error)
        self._dial()
        self._look()
        return job.waiter

    @property
    def _there(self) -> bool:
        return self._modem is not None and self._modem.there

    def _modem_line(self) -> ModemLine:
        if self._modem is None:
            its, owner = self._owner.habits, self._owner
            tap = owner.tap or Silent()
            self._modem = ModemLine(
                self.target, self, tap, owner.reactor, its.protocol, its.connect_timeout_s, owner.clock
            )
        return self._modem

    def _dial(self) -> None:
        if not self.cut:
            self._modem_line().dial()

    def open_port(self) -> None:
        """Have the modem from now on, or wait for whoever calls. Raises ListenError."""
        self._modem_line().listen()
        self._dial()

    def speak_anew(self) -> None:
        """The habits changed: the next message that finds nothing on its way shows it."""
        self._anew = True

    def take_back(self, why: str) -> None:
        """Nothing is ever taken back: a datagram that was heard cannot be."""

    def hurry(self) -> None:
        """An event never waits for a test."""

    def use_key(self, key: bytes) -> None:
        """The centre never gives it one."""

    def break_off(self) -> None:
        """Pull out the modem."""
        if not self.cut:
            self.cut = True
            self._loss = f"the {self.name} path is cut"
            self._modem_line().drop()
            self._look()

    def mend(self) -> None:
        """Put it in again."""
        if self.cut:
            self.cut = False
            self._dial()

    def stop(self) -> Deferred[None]:
        """Close everything. What has no outcome is kept where there is a place for it. Fires when it is closed."""
        if self._stopping is None:
            self.tests.stop()
            if self._watch is not None:
                self._watch.cancel()
            jobs, self._jobs = self._jobs, []
            self._stopping = self._modem_line().close()
            kept = sum(job.ticket is not None and not isinstance(job.message, LinkTest) for job in jobs)
            for job in jobs:
                self._give_up(job, "stopped before an answer came")
            if kept:
                self._owner.say(f"events that are kept, and sent when the unit runs again: {kept}")
        return self._stopping

    # What its modem tells

    def end_for(self, source: Source) -> SendingEnd:
        """Its end, made when it is first needed, and kept."""
        if self._radio is None:
            self._radio = PanelEnd(*self._owner.voice(self))
        return cast("SendingEnd", self._radio)

    def modem_there(self, now: Moment) -> None:
        """What waited for it goes now."""
        for job in [job for job in self._jobs if job.ticket is None]:
            error = self._submit(job)
            if error is not None:
                job.waiter.errback(error)
        self._ask_time(now)
        self._look()

    def modem_away(self, why: str, tries: int) -> None:
        """What is not kept is given up after some tries."""
        self._loss = why
        its = self._owner.habits
        if not its.hold and tries >= its.attempts:
            for job in [job for job in self._jobs if job.ticket is None]:
                self._jobs.remove(job)
                tried = "1 attempt" if tries == 1 else f"{tries} attempts"
                self._give_up(job, f"no connection to {self.target} after {tried}: {why}")
        self._look()

    # Messages

    def _now(self) -> Moment:
        return self._owner.clock()

    def _submit(self, job: _Waiting) -> Exception | None:
        """Hand it to the end; what is wrong with it, if anything, and then it is out of the queue."""
        end = cast("PanelEnd", self.end_for(self._modem_line().source))
        if self._anew and not end.unfinished:
            # Not before: the new end takes up what the old one left.
            self._anew = False
            end.become(*self._owner.voice(self))
        try:
            job.ticket = end.submit(job.message, self._now(), job.ticket)
        except (ValueError, OSError, UserError) as error:
            self._jobs.remove(job)
            return error
        self._modem_line().flush()
        return None

    def _ask_time(self, now: Moment) -> None:
        """A unit that hears sets its clock by the centre's."""
        its = self._owner.habits
        if not its.hold or its.one_way or (self._asked_at is not None and now.mono - self._asked_at < SYNC_S):
            return
        assert self._radio is not None
        self._asked_at = now.mono
        cast("RadioSendingEnd", self._radio.within).ask_time(now)

    def take(self, items: Sequence[Outcome | Noise]) -> None:
        """What the end read."""
        for item in items:
            if isinstance(item, Noise):
                continue
            self._overdue = self._overdue and item.kind is OutcomeKind.GAVE_UP
            job = next((job for job in self._jobs if job.ticket is item.ticket), None)
            if job is None:
                self._owner.say(f"an event of an earlier run: {item.reason}")
            else:
                self._jobs.remove(job)
                job.waiter.callback(item)
            self._owner.told(self, item)
        self._look()

    def _give_up(self, job: _Waiting, reason: str) -> None:
        job.waiter.callback(Outcome(job.ticket or Ticket(job.message, 0), OutcomeKind.GAVE_UP, reason))

    def _watched(self) -> None:
        self._watch = None
        self._look()

    def _look(self) -> None:
        """Tell, once, that things wait, and look again when the next one has waited too long."""
        if self._stopping is not None:
            return
        its = self._owner.habits
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._jobs and not its.one_way:
            rest = min(job.since for job in self._jobs) + its.ack_timeout_s - self._now().mono
            self._overdue = self._overdue or rest <= 0
            if not self._overdue:
                self._watch = self._owner.reactor.callLater(rest, self._watched)
        if not self.outage:
            self._told = False
        elif its.hold and not self._told and (self._loss or self._overdue):
            self._told = True
            why = f"no acknowledgement for {its.ack_timeout_s:g} s" if self._there else self._loss
            self.working = False
            self._owner.say(f"{why.rstrip('.')}; what happens is kept, and repeated until the centre has it")


class RadioRoute:
    """The queue of a panel whose one path has a queue of its own."""

    __slots__ = ("_path",)

    def __init__(self, path: RadioPath) -> None:
        self._path = path

    @property
    def waiting(self) -> int:
        """Messages without an outcome."""
        return self._path.waiting

    @property
    def outage(self) -> bool:
        """They cannot be told."""
        return self._path.outage

    @property
    def doing(self) -> str:
        """What is done for them."""
        return self._path.doing

    @property
    def current(self) -> Path:
        """The one there is."""
        return self._path

    def send(self, message: ends.Message) -> Deferred[Outcome]:
        """As ``Path.send``."""
        return self._path.send(message)

    def told(self, path: Path, outcome: Outcome) -> None:
        """The centre was heard, or was not."""
        path.working = outcome.kind is not OutcomeKind.GAVE_UP

    def stop(self) -> None:
        """Its path does."""
