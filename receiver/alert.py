"""Runs the station's ``alert_command`` when an alarm of priority 1 stays unseen.

The command is started without a shell. What it is about comes in its environment, as texts that peers sent
or could have sent: control characters are taken out, lengths are bounded, and it must not be evaluated::

    PTSN_ALARM_ID     journal id of the alarm      PTSN_ACCOUNT    number of the account
    PTSN_SITE         name of the account          PTSN_EVENT      name of the event
    PTSN_SCHEME       contact-id, sia, ...         PTSN_CODE       event code, empty when unread
    PTSN_PRIORITY     1                            PTSN_QUALIFIER  new, status
    PTSN_PARTITION    as sent                      PTSN_SUBJECT    what the number counts
    PTSN_NUMBER       zone, user ... as sent       PTSN_TEXT       text of the panel
    PTSN_OPENED_AT    RFC 3339, UTC                PTSN_OCCURRED_AT  by the panel's word, or empty
    PTSN_SIGNALS      how many so far              PTSN_LATE       1 when it came late, else 0
    PTSN_MODE         live, demo or exercise

It runs once each time an alarm begins to ring, also for one found ringing after a restart.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from protocols import catalogue
from receiver.desk import Alarm, Change

FAILED = "alert.failed"
"""Station event: the alert command could not be started, failed, or did not end."""
SAY_MAX = 500
"""Characters kept of what the command says on standard error, and of each text given to it."""
PIPE_S = 1.0
"""How long after the command's end its last words are waited for."""

Report = Callable[[str, str], object]
"""``(code, text)``: write a station event."""
Describe = Callable[[Alarm], Mapping[str, str]]
"""``(alarm) -> {"PTSN_EVENT": ..., "PTSN_SITE": ...}``: names in the station's language."""


def clean(text: object) -> str:
    """A peer's text fit for an environment variable and a terminal: printable, bounded, encodable."""
    printable = "".join(one if one.isprintable() else " " for one in str(text)[:SAY_MAX])
    return printable.encode("utf-8", "replace").decode("utf-8")


def facts(alarm: Alarm) -> dict[str, str]:
    """What the command is told of an alarm."""
    return {
        "PTSN_ALARM_ID": str(alarm.id),
        "PTSN_ACCOUNT": clean(alarm.account),
        "PTSN_SITE": "",
        "PTSN_EVENT": clean(alarm.code),
        "PTSN_SCHEME": clean(alarm.scheme),
        "PTSN_CODE": clean(alarm.code),
        "PTSN_PRIORITY": str(alarm.priority),
        "PTSN_QUALIFIER": clean(alarm.qualifier),
        "PTSN_PARTITION": clean(alarm.partition),
        "PTSN_SUBJECT": clean(alarm.subject),
        "PTSN_NUMBER": clean(alarm.number),
        "PTSN_TEXT": clean(alarm.text),
        "PTSN_OPENED_AT": clean(alarm.opened_at),
        "PTSN_OCCURRED_AT": clean(alarm.occurred_at or ""),
        "PTSN_SIGNALS": str(alarm.signals),
        "PTSN_LATE": str(int(alarm.late)),
    }


SCARCE = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN))
AGAIN_S = 10.0


class _Ring(Struct, eq=False):
    """One ringing of one alarm."""

    alarm: Alarm
    rings: int
    call: Any = None
    """The timer, until it fires."""


def event_of(alarm: Alarm, language: str) -> dict[str, str]:
    """What the command is told besides the facts: the event in the station's language."""
    return {"PTSN_EVENT": catalogue.name(alarm.scheme, alarm.code, alarm.qualifier, language)}


class AlertRunner:
    """Watches the desk's changes and runs the command. Everything happens in the reactor's thread.

    ``after_s`` counts from the first change that shows the alarm ringing with priority 1. At most ``at_once``
    commands run together; further alarms wait their turn, and lose it when they are seen meanwhile. A command
    that runs longer than ``limit_s`` is killed.
    """

    def __init__(
        self,
        reactor: Any,
        command: list[str],
        after_s: float,
        report: Report,
        *,
        describe: Describe | None = None,
        mode: str = "live",
        at_once: int = 3,
        limit_s: float = 60.0,
    ) -> None:
        self._reactor = reactor
        self._command = command
        self._after_s = after_s
        self._report = report
        self._describe = describe
        self._mode = mode
        self._at_once = at_once
        self.limit_s = limit_s
        self._rings: dict[int, _Ring] = {}
        self._waiting: OrderedDict[int, _Ring] = OrderedDict()
        self._running: set[_Run] = set()
        self._stopped = False

    def changed(self, changes: Iterable[Change]) -> None:
        """Take what ``Desk.drain_changes`` returned; at start, one change for every open alarm."""
        if not self._command or self._stopped:
            return
        for change in changes:
            alarm = change.alarm
            ring = self._rings.get(alarm.id)
            unseen = alarm.ringing and not alarm.closed and alarm.priority == 1
            if ring is not None and not (unseen and ring.rings == alarm.rings):
                self._drop(alarm.id, ring)
                ring = None
            if unseen and ring is None:
                ring = self._rings[alarm.id] = _Ring(alarm, alarm.rings)
                ring.call = self._reactor.callLater(self._after_s, self._due, ring)

    def stop(self) -> None:
        """Start nothing more, and kill what still runs."""
        self._stopped = True
        for number, ring in list(self._rings.items()):
            self._drop(number, ring)
        for run in list(self._running):
            run.kill()

    def _drop(self, number: int, ring: _Ring) -> None:
        if ring.call is not None:
            ring.call.cancel()
        del self._rings[number]
        self._waiting.pop(number, None)

    def _due(self, ring: _Ring) -> None:
        ring.call = None
        self._waiting[ring.alarm.id] = ring
        self._next()

    def _next(self) -> None:
        while self._waiting and len(self._running) < self._at_once and not self._stopped:
            _, ring = self._waiting.popitem(last=False)
            self._start(ring.alarm)

    def _start(self, alarm: Alarm) -> None:
        told = facts(alarm) | {"PTSN_MODE": self._mode}
        if self._describe is not None:
            # Names are a help; the alert goes out without them, too.
            with suppress(Exception):
                told.update({name: clean(text) for name, text in self._describe(alarm).items()})
        program = shutil.which(self._command[0])
        if program is None:
            self._fail(alarm.id, f"{self._command[0]!r} was not found, or may not be executed")
            return
        run = _Run(self, alarm.id)
        try:
            self._reactor.spawnProcess(run, program, self._command, env={**os.environ, **told})
        except (OSError, ValueError) as error:
            self._fail(alarm.id, f"it could not be started: {error}")
            if getattr(error, "errno", None) in SCARCE and not self._stopped:
                # Descriptors, memory or processes are used up for the moment: the alarm is still unseen.
                self._again(alarm)
            return
        run.timer = self._reactor.callLater(self.limit_s, run.late)
        self._running.add(run)

    def _again(self, alarm: Alarm) -> None:
        ring = self._rings.get(alarm.id)
        if ring is not None:
            ring.call = self._reactor.callLater(AGAIN_S, self._due, ring)

    def _fail(self, number: int, why: str) -> None:
        self._report(
            FAILED,
            f"The alert command for alarm {number} failed: {why}. "
            "Check alert_command in the station's settings; the alarm is still unseen.",
        )

    def later(self, delay_s: float, what: Callable[[], object]) -> Any:
        """A timer for a run."""
        return self._reactor.callLater(delay_s, what)

    def ended(self, run: _Run, why: str) -> None:
        """A run is over; ``why`` it failed, empty when it did not."""
        self._running.discard(run)
        if why and not self._stopped:
            self._fail(run.alarm, why)
        self._next()


class _Run(ProcessProtocol):
    """One run of the command."""

    def __init__(self, runner: AlertRunner, alarm: int) -> None:
        self.alarm = alarm
        self.timer: Any = None
        self._runner = runner
        self._said = b""
        self._killed = False

    def connectionMade(self) -> None:
        self.transport.closeStdin()  # type: ignore[union-attr]

    def errReceived(self, data: bytes) -> None:
        self._said = (self._said + data)[:SAY_MAX]

    def outReceived(self, data: bytes) -> None:
        """What it prints is nobody's."""

    def late(self) -> None:
        """It runs too long."""
        self._killed = True
        self.kill()

    def kill(self) -> None:
        """End it, whatever it does."""
        try:
            self.transport.signalProcess("KILL")  # type: ignore[union-attr]
        except ProcessExitedAlready:
            return

    def processExited(self, reason: Failure) -> None:
        if self.timer is not None and self.timer.active():
            self.timer.cancel()
        # What it said may still be in the pipe; what it left running may hold the pipe for ever.
        self.timer = self._runner.later(PIPE_S, self.transport.loseConnection)  # type: ignore[union-attr]

    def processEnded(self, reason: Failure) -> None:
        if self.timer is not None and self.timer.active():
            self.timer.cancel()
        code, signal = getattr(reason.value, "exitCode", None), getattr(reason.value, "signal", None)
        if self._killed:
            why = f"it was still running after {self._runner.limit_s:g} s, and was killed"
        elif code == 0:
            why = ""
        elif signal is not None:
            why = f"it was ended by signal {signal}"
        else:
            why = f"exit status {code}"
        said = clean(self._said.decode("utf-8", "replace")).strip()
        if why and said:
            why += f" ({said})"
        self._runner.ended(self, why)
