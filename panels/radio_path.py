"""The path of a radio unit: its modem, and what waits there until the centre has it.

Unlike a path over a network it is open all the time, for the unit is asked and tests itself; its end keeps every event
until it is acknowledged, the most urgent first, also while there is no modem, and over restarts.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import uniform
from typing import Any, Protocol, cast

from msgspec import Struct
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from panels import path as paths
from panels.path import Path, Way
from panels.wire import PanelEnd
from protocols import ends
from protocols.catalogue import texts
from protocols.ends import LinkTest, Outcome, OutcomeKind, Source, Ticket
from protocols.errors import UserError
from protocols.model import Moment, Noise
from protocols.radio.sending import RadioSendingEnd
from receiver.adapters.called import Called
from receiver.adapters.client import SendingEnd
from receiver.adapters.dial import Dialler, Silent
from receiver.adapters.endpoints import Listen
from receiver.adapters.line import Tap

PAUSES_S = (0.5, 5.0)
"""Between two tries to reach the modem, the first and the longest."""
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
        "_line",
        "_loss",
        "_opening",
        "_overdue",
        "_pause",
        "_radio",
        "_stopping",
        "_tap",
        "_told",
        "_tries",
        "_watch",
        "_wire",
    )
    _owner: Owner

    def __init__(self, owner: Owner, name: str, target: Way) -> None:
        super().__init__(owner, name, target)
        self._radio: PanelEnd | None = None
        """Its end; made when it is first needed, and kept."""
        self._anew = False
        """Its habits changed since."""
        self._tap: Tap = owner.tap or Silent()
        self._wire: Dialler | Called | None = None
        self._line: Any = None
        self._opening: Deferred[Any] | None = None
        self._pause: Any = None
        self._tries = 0
        """In vain, in a row."""
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
        return bool(self._jobs) and (self._line is None or self._overdue)

    @property
    def end(self) -> PanelEnd | None:
        """Its end; None before the first connection or message."""
        return self._radio

    @property
    def doing(self) -> str:
        """What is done for those that wait, in brackets."""
        return " (until the modem is there)" if self._line is None else " (on the way by radio)"

    def send(self, message: ends.Message, ticket: Ticket | None = None) -> Deferred[Outcome]:
        """Send a message. Fires with what became of it; fails as ``RadioSendingEnd.submit`` does.

        With ``Habits.hold`` it is kept from now on, else when the modem is there.
        """
        if self._stopping is not None:
            return succeed(Outcome(Ticket(message, 0), OutcomeKind.GAVE_UP, "stopped before it was sent"))
        job = _Waiting(message, self._now().mono, Deferred(), ticket)
        self._jobs.append(job)
        if self._owner.habits.hold or self._line is not None:
            error = self._submit(job)
            if error is not None:
                return fail(error)
        self._dial()
        self._look()
        return job.waiter

    def open_port(self) -> None:
        """Have the modem from now on, or wait for whoever calls. Raises ListenError."""
        wire = self._dialled_wire()
        if isinstance(wire, Called):
            wire.open()
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
            self._drop()
            self._look()

    def mend(self) -> None:
        """Put it in again."""
        if self.cut:
            self.cut = False
            self._dial()

    def stop(self) -> Deferred[None]:
        """Close everything. What has no outcome is kept where there is a place for it. Fires when it is closed."""
        if self._stopping is None:
            self._stopping = Deferred()
            self.tests.stop()
            if self._watch is not None:
                self._watch.cancel()
            jobs, self._jobs = self._jobs, []
            kept = sum(job.ticket is not None and not isinstance(job.message, LinkTest) for job in jobs)
            for job in jobs:
                self._give_up(job, "stopped before an answer came")
            if kept:
                self._owner.say(f"events that are kept, and sent when the unit runs again: {kept}")
            if isinstance(self._wire, Called):
                self._wire.close()
            self._drop()
            self._check_stopped()
        return self._stopping

    # The modem

    def _dialled_wire(self) -> Dialler | Called:
        if self._wire is None:
            its = self._owner.habits
            make = Called if isinstance(self.target, Listen) else Dialler
            self._wire = make(
                cast("Any", self.target),
                self._end_for,
                self,
                self._tap,
                self._owner.reactor,
                "panel",
                its.protocol,
                its.connect_timeout_s,
                self._owner.clock,
            )
        return self._wire

    def _dial(self) -> None:
        idle = self._line is None and self._opening is None and self._pause is None
        if idle and not self.cut and self._stopping is None:
            self._opening = opening = self._dialled_wire().dial()
            opening.addCallbacks(lambda _: None, self._not_opened)
            if opening.called and self._opening is opening:
                self._opening = None

    def _not_opened(self, failure: Failure) -> None:
        self._opening = None
        if self.cut or self._stopping is not None:
            self._check_stopped()
            return
        self._tries += 1
        self._loss = failure.getErrorMessage()
        self._tap.note(self._source, f"no connection: {self._loss}")
        its = self._owner.habits
        if not its.hold and self._tries >= its.attempts:
            tries = "1 attempt" if self._tries == 1 else f"{self._tries} attempts"
            for job in [job for job in self._jobs if job.ticket is None]:
                self._jobs.remove(job)
                self._give_up(job, f"no connection to {self.target} after {tries}: {self._loss}")
        self._dial_later()
        self._look()

    def _dial_later(self) -> None:
        first, longest = PAUSES_S
        wait = min(longest, first * 2.0 ** min(max(0, self._tries - 1), 16))
        self._pause = self._owner.reactor.callLater(uniform(0.8, 1.0) * wait, self._paused)

    def _paused(self) -> None:
        self._pause = None
        self._dial()

    def _drop(self) -> None:
        """Away from the modem."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._opening is not None:
            self._opening.cancel()
        if self._line is not None:
            self._line.close()

    def _check_stopped(self) -> None:
        if self._stopping is not None and self._line is None and self._opening is None and not self._stopping.called:
            self._stopping.callback(None)

    @property
    def _source(self) -> Source:
        return Source("panel", self._owner.habits.protocol, str(self.target), self.target.host, self.target.transport)

    def _end_for(self, source: Source) -> SendingEnd:
        del source
        if self._radio is None:
            self._radio = PanelEnd(*self._owner.voice(self))
        return cast("SendingEnd", self._radio)

    # Handler of its own lines

    def opened(self, line: Any, now: Moment) -> None:
        """The modem is there; the line flushes by itself afterwards."""
        self._opening = None
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        self._line = line
        if self._stopping is not None or self.cut:
            self._owner.reactor.callLater(0, line.close)
            return
        self._tries = 0
        line.end.connected(now)
        for job in [job for job in self._jobs if job.ticket is None]:
            error = self._submit(job)
            if error is not None:
                job.waiter.errback(error)
        self._ask_time(now)
        self._look()

    def handle(self, items: Sequence[Outcome | Noise], line: Any, now: Moment) -> None:
        """What the end read."""
        self._take(items)

    def closed(self, line: Any, now: Moment, why: str) -> None:
        """The modem is gone."""
        self._line = None
        self._take(line.end.disconnected(now))
        if self._stopping is not None:
            self._check_stopped()
            return
        if not self.cut:
            self._loss = f"the connection to the modem ended: {why}"
            self._tap.note(self._source, self._loss)
            self._dial_later()
        self._look()

    def wait_for_room(self, line: Any) -> None:
        """Never asked for: it always has room."""

    def dropped(self, source: Source, size: int, why: str) -> None:
        """Never happens: it always has room."""

    @property
    def full(self) -> bool:
        """It always has room."""
        return False

    # Messages

    def _now(self) -> Moment:
        return self._owner.clock()

    def _submit(self, job: _Waiting) -> Exception | None:
        """Hand it to the end; what is wrong with it, if anything, and then it is out of the queue."""
        end = cast("PanelEnd", self._end_for(self._source))
        if self._anew and not end.unfinished:
            # Not before: the new end takes up what the old one left.
            self._anew = False
            end.become(*self._owner.voice(self))
        try:
            job.ticket = end.submit(job.message, self._now(), job.ticket)
        except (ValueError, OSError, UserError) as error:
            self._jobs.remove(job)
            return error
        if self._line is not None:
            self._line.flush()
        return None

    def _ask_time(self, now: Moment) -> None:
        """A unit that hears sets its clock by the centre's."""
        its = self._owner.habits
        if not its.hold or its.one_way or (self._asked_at is not None and now.mono - self._asked_at < SYNC_S):
            return
        assert self._radio is not None
        self._asked_at = now.mono
        cast("RadioSendingEnd", self._radio.within).ask_time(now)

    def _take(self, items: Sequence[Outcome | Noise]) -> None:
        for item in items:
            if isinstance(item, Noise):
                self._tap.note(self._source, f"not an answer: {texts.noise(item.guess, 'en')}")
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
                self._watch = self._owner.reactor.callLater(rest, self._look)
        if not self.outage:
            self._told = False
        elif its.hold and not self._told and (self._loss or self._overdue):
            self._told = True
            why = f"no acknowledgement for {its.ack_timeout_s:g} s" if self._line is not None else self._loss
            self.working = False
            self._owner.say(f"{why}; what happens is kept, and repeated until the centre has it")


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
