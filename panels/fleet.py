"""Many panels in one process, acting out the plan of a district against one receiver.

::

    fleet = Fleet(district.load(), parse_target("tcp:127.0.0.1:5000"), counters, reactor, seed=1, speed=60)
    fleet.start()
    ...
    await fleet.stop()

Idle panels cost a timer each: connections and ends are made when a panel first has something to say.

In protocols of receivers, over a serial port, and where the station calls, all panels share one line.

Panels on bad lines fall silent now and then (``panels.plan.silences``); they keep what happens meanwhile, and send it
late. Others lose it, as cheap panels do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from panels.district import District, Site
from panels.habits import DC09, RADIO, Outfit
from panels.numbers import SharedBlocks
from panels.panel import Habits, Identity, Panel
from panels.path import Way
from panels.plan import Planned, Silence, plan, silences
from panels.trunk import Trunk
from protocols.ends import CounterStore, Outcome, OutcomeKind
from protocols.model import Moment, Signal
from receiver.adapters import line
from receiver.adapters.endpoints import Listen, SerialDevice, Target
from receiver.adapters.line import Tap

log = Logger()

MOST_PERSISTENT = 1000
"""Panels that may keep their connection open; those beyond it open one for each message."""
GRACE_S = 3.0
"""How long a fleet that stops waits for answers that are due."""
TURN = 500
"""Messages of the plan started in one turn of the reactor at most: a fleet behind its plan stays responsive."""

RADIO_ACK_S = 30.0
"""Without an acknowledgement for so long a radio unit is taken for out of reach."""
HEARTBEAT_S = 30.0
"""Between two heartbeats of an idle line."""
RECEIVERS = frozenset(("surgard", "ademco685", "mx8000", "d6600", "d6500"))
"""Protocols of receivers, which hand the messages of many panels on over one line."""


def shares_a_line(protocol: str, target: Target | SerialDevice | Listen | None) -> bool:
    """Whether panels have no connections of their own; ``target`` None where it is not known yet."""
    return protocol in RECEIVERS or isinstance(target, SerialDevice | Listen)


class Statistics(Struct):
    """What became of a fleet's messages so far. Link tests are counted apart."""

    panels: int = 0
    sent: int = 0
    """Handed to a panel."""
    acknowledged: int = 0
    refused: int = 0
    gave_up: int = 0
    link_tests: int = 0
    """Link tests with an outcome."""
    link_tests_failed: int = 0

    @property
    def waiting(self) -> int:
        """Without an outcome."""
        return self.sent - self.acknowledged - self.refused - self.gave_up

    def __str__(self) -> str:
        text = (
            f"{self.panels} panels, {self.sent} sent, {self.acknowledged} acknowledged, {self.refused} refused, "
            f"{self.gave_up} given up, {self.waiting} waiting; {self.link_tests} link tests"
        )
        return text + (f", {self.link_tests_failed} of them failed" if self.link_tests_failed else "")


class Fleet:
    """The panels of a district. For the reactor's thread."""

    def __init__(
        self,
        district: District,
        target: Target | SerialDevice | Listen,
        counters: CounterStore,
        reactor: Any,
        *,
        seed: int = 0,
        speed: float = 1.0,
        link_test_s: float | None = None,
        ack_timeout_s: float = 10.0,
        attempts: int = 3,
        habits: Habits | None = None,
        who: Identity | None = None,
        radio: Mapping[str, tuple[Outfit, Way]] | None = None,
        tap: Tap | None = None,
        progress: Callable[[str], None] | None = None,
        progress_s: float = 10.0,
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        """``speed`` runs the plan so many times faster than time; link tests, at the district's interval
        unless ``link_test_s`` says otherwise (0: none), and time-outs stay in real time. ``progress`` is given
        a line of text every ``progress_s`` seconds and one at the end. ``habits`` are those of all panels where the
        district says nothing else: protocol, quirks and faults; ``who`` names receiver and line.
        ``radio`` gives panels, by account, a radio unit and its modem in place of all that.
        """
        if not 0 < speed < float("inf"):
            raise ValueError(f"speed is {speed}; allowed: more than 0")
        self.district = district
        self.statistics = Statistics(panels=len(district.sites))
        self.last_trouble = ""
        """Why the last message that was not acknowledged was not."""
        self._reactor = reactor
        self._clock = clock
        self._speed = speed
        self._plan: Iterator[Planned] = plan(district, seed, speed)
        self._next: Planned | None = None
        self._silences: Iterator[Silence] = silences(district, seed)
        self._silence_timer: Any = None
        self._ends: dict[str, Any] = {}
        """The timers that end silences, by account."""
        self._began = 0.0
        self._timer: Any = None
        self._progress = progress
        self._progress_s = progress_s
        self._progress_timer: Any = None
        self._drained: Deferred[None] | None = None
        self._stopping: list[Deferred[None]] | None = None
        self._finished = False
        numbers = SharedBlocks(counters)
        base = habits or Habits()

        units = radio or {}

        def make(index: int, site: Site) -> Panel:
            if site.account in units:
                outfit, modem = units[site.account]
                # Its counters are those of its key, and of nobody else.
                on_air = Habits(protocol=RADIO, radio=outfit, ack_timeout_s=RADIO_ACK_S, hold=True)
                name = Identity(account=site.account)
                return Panel(name, modem, counters, reactor, on_air, tap=tap, clock=clock)
            interval_s = district.link_test_of(site) if link_test_s is None else link_test_s
            habits = replace(
                base,
                keep=site.persistent and index < MOST_PERSISTENT,
                attempts=attempts,
                ack_timeout_s=ack_timeout_s,
                link_test_s=None if self._trunk is not None else interval_s or None,
                hold=site.weak,
            )
            its = Identity(
                account=site.account,
                prefix=district.prefix,
                receiver=None if who is None else who.receiver,
                line="1" if who is None else who.line,
                key=site.key if base.protocol == DC09 else None,
            )
            return Panel(its, target, numbers, reactor, habits, tap=tap, trunk=self._trunk, clock=clock)

        self._trunk: Trunk | None = None
        if shares_a_line(base.protocol, target):
            names = who or Identity(account=district.sites[0].account)
            beat_s = HEARTBEAT_S if base.protocol in RECEIVERS else None
            self._trunk = Trunk(
                target,
                names,
                replace(base, attempts=attempts, ack_timeout_s=ack_timeout_s),
                numbers,
                reactor,
                heartbeat_s=beat_s,
                tap=tap,
                clock=clock,
            )
        self.panels = {site.account: make(index, site) for index, site in enumerate(district.sites)}

    def start(self) -> None:
        """Begin: link tests spread over their interval, and the plan from its first message."""
        self._began = self._clock().mono
        if self._trunk is not None:
            self._trunk.open_port()
        for index, panel in enumerate(self.panels.values()):
            panel.start((panel.habits.link_test_s or 0.0) * index / len(self.panels), self._link_tested)
        self._next = next(self._plan)
        self._turn()
        self._plan_silence()
        if self._progress is not None:
            self._progress_timer = self._reactor.callLater(self._progress_s, self._tell)

    def stop(self, grace_s: float = GRACE_S) -> Deferred[None]:
        """Send nothing more, wait a little for answers that are due, close everything. Fires when done."""
        if self._finished:
            return succeed(None)
        done: Deferred[None] = Deferred()
        if self._stopping is not None:
            self._stopping.append(done)
            return done
        self._stopping = [done]
        for timer in (self._timer, self._progress_timer, self._silence_timer, *self._ends.values()):
            if timer is not None and timer.active():
                timer.cancel()
        self._drained = Deferred()
        self._drained.addCallback(lambda _: self._close())
        limit = self._reactor.callLater(grace_s, self._drain_now)
        self._drained.addBoth(lambda _: limit.cancel() if limit.active() else None)
        self._check_drained()
        return done

    # The plan

    def _turn(self) -> None:
        """Send everything that is due, then sleep until the next message is."""
        self._timer = None
        simulated = (self._clock().mono - self._began) * self._speed
        started = 0
        assert self._next is not None
        while self._next.at_s <= simulated and started < TURN:
            self.send(self._next.account, self._next.signal)
            self._next = next(self._plan)
            started += 1
        rest = max(0.0, (self._next.at_s - simulated) / self._speed)
        self._timer = self._reactor.callLater(rest, self._turn)

    def send(self, account: str, signal: Signal) -> Deferred[Outcome | None]:
        """Let a panel send something now, and count it. Fires with what became of it; None when it could not be sent.

        Raises KeyError for an account that is not of this fleet.
        """
        self.statistics.sent += 1
        return self.panels[account].send(signal).addCallbacks(self._ended, self._failed)

    def _ended(self, outcome: Outcome) -> Outcome:
        match outcome.kind:
            case OutcomeKind.ACCEPTED:
                self.statistics.acknowledged += 1
            case OutcomeKind.REFUSED:
                self.statistics.refused += 1
                self.last_trouble = outcome.reason
            case OutcomeKind.GAVE_UP:
                self.statistics.gave_up += 1
                self.last_trouble = outcome.reason
        self._check_drained()
        return outcome

    def _failed(self, failure: Failure) -> None:
        """A message that could not even be sent: the counters cannot be written, or the plan is wrong."""
        self.statistics.gave_up += 1
        self.last_trouble = failure.getErrorMessage()
        log.error("a message of the plan could not be sent: {why}", why=self.last_trouble)
        self._check_drained()

    def _link_tested(self, outcome: Outcome) -> None:
        self.statistics.link_tests += 1
        if outcome.kind is not OutcomeKind.ACCEPTED:
            self.statistics.link_tests_failed += 1
            self.last_trouble = outcome.reason

    def _tell(self) -> None:
        assert self._progress is not None
        self._progress(str(self.statistics))
        self._progress_timer = self._reactor.callLater(self._progress_s, self._tell)

    # Silences

    def silence(self, account: str, seconds: float) -> None:
        """Cut the line of a panel; mend it after some seconds of real time. A second call counts from now.

        Raises KeyError for an account that is not of this fleet.
        """
        line = self.panels[account].main
        if self._stopping is not None:
            return
        ending = self._ends.pop(account, None)
        if ending is not None:
            ending.cancel()
        line.break_off()

        def mend() -> None:
            del self._ends[account]
            line.mend()

        self._ends[account] = self._reactor.callLater(seconds, mend)

    def _plan_silence(self) -> None:
        silence = next(self._silences, None)
        if silence is None:
            return

        def begin() -> None:
            self.silence(silence.account, silence.lasts_s)
            self._plan_silence()

        rest = max(0.0, silence.at_s - (self._clock().mono - self._began))
        self._silence_timer = self._reactor.callLater(rest, begin)

    # Stopping

    def _check_drained(self) -> None:
        if self._drained is not None and not self.statistics.waiting:
            self._drain_now()

    def _drain_now(self) -> None:
        if self._drained is not None:
            drained, self._drained = self._drained, None
            drained.callback(None)

    def _close(self) -> None:
        lines = [] if self._trunk is None else [self._trunk.stop()]
        closing = DeferredList([*(panel.stop() for panel in self.panels.values()), *lines], consumeErrors=True)
        closing.addCallback(self._closed)

    def _closed(self, _: object) -> None:
        self._finished = True
        if self._progress is not None:
            self._progress(str(self.statistics))
        assert self._stopping is not None
        for done in self._stopping:
            done.callback(None)
