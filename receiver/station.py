"""One station: all parts made, tied together, started and stopped.

The way of a signal, top down::

    adapters -> ReceivingEnd.receive -> intake -> journal (commit) -> ReceivingEnd.decide -> adapters
                                                     |
                                                     +-> publish(): stream, desk, alarms, alert
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from protocols import catalogue
from protocols.ends import Source
from protocols.model import Arrival, Dialect, Moment
from receiver import startup
from receiver.accounts import Account, AccountBook
from receiver.accounts import Change as AccountChange
from receiver.adapters.line import MakeEnd
from receiver.adapters.line import now as this_moment
from receiver.alert import AlertRunner, event_of
from receiver.api import ApiServer
from receiver.api.view import Status
from receiver.chronicle import Chronicle
from receiver.desk import Change, Desk
from receiver.intake import Intake
from receiver.journal.entry import Entry
from receiver.journal.reader import JournalReader
from receiver.journal.writer import Batch, JournalWriter
from receiver.keeping import Keeping
from receiver.listening import Listening, PortState
from receiver.lock import StationLock
from receiver.machine import Machine
from receiver.pulse import Pulse
from receiver.radio.channels import LEVELS, Channels
from receiver.removed import tell_removed
from receiver.renaming import Renaming
from receiver.search import Search
from receiver.settings import Settings
from receiver.sources import Sources
from receiver.standing import status_of
from receiver.strangers import Strangers
from receiver.stream import Stream
from receiver.supervisor import Supervisor
from receiver.watches import Ticker, Watches
from receiver.wire import Wire

SWEEP_S = 60.0


class Station:
    """Everything that runs between a panel and the readers of the journal."""

    _log = Logger()

    def __init__(
        self,
        settings: Settings,
        reactor: Any,
        *,
        wire: Wire | None = None,
        strangers: Dialect | None = None,
        ends: Callable[[MakeEnd], MakeEnd] | None = None,
    ) -> None:
        """Take the lock, open journal and accounts. Raises UserError with a text for a person.

        ``wire`` is told of everything that passes. ``strangers``: see :class:`receiver.accounts.AccountBook`.
        ``ends``: see :class:`receiver.listening.Listening`.
        """
        self.settings = settings
        self.reactor = reactor
        self.started = this_moment()
        """When it was made."""
        # Later no file may be needed for an answer: there may be no descriptor left.
        catalogue.preload()
        self._lock = StationLock(settings.lock)
        self._lock.acquire()
        try:
            self.book = AccountBook(settings.accounts, strangers)
            self.journal = JournalWriter(
                settings.journal,
                settings.node,
                self._committed,
                at_end_of_turn=lambda call: reactor.callLater(0, call),
                in_caller=reactor.callFromThread,
            )
        except BaseException:
            self._lock.release()
            raise
        self.chronicle = Chronicle(self.journal, settings.node)
        self.wire = wire or Wire()
        self.stream = Stream(last_id=self.journal.last_id)
        self.desk = Desk()
        self.supervisor = Supervisor(self.book, self.chronicle)
        self.paths = self.supervisor.paths
        self.pool = ThreadPool(0, 2, "readers")
        self.search = Search(settings.journal)
        self.pulse = Pulse()
        self.watches = Watches(self.chronicle, self.journal, self.stream, self._lock, self.pulse)
        self._keeping = Keeping(self.journal, lambda: self.desk, self.supervisor, self.pulse, self._keep)
        self._renaming = Renaming(self.book, self.supervisor, self.chronicle, lambda: self.desk, reactor)
        self.intake = Intake(
            node=settings.node,
            journal=self.journal,
            find=self.book.find,
            watcher=self.wire,
            heard=self._heard,
            stranger=Strangers(settings.path).tell,
            duplicate_s=settings.duplicate_s,
            late_s=settings.late_s,
            silent_to_strangers=settings.unknown_accounts == "silent",
            queue=settings.queue,
            since=self.started.wall,
            listen_only={adapter.name for adapter in settings.adapters if adapter.options.listen_only},
        )
        self.machine = Machine(
            settings,
            self.chronicle,
            lambda work: deferToThreadPool(reactor, self.pool, work),
            # Frames recorded before a jump back become acceptable again: they must not be forgotten so soon.
            self.intake.seals.hold,
        )
        self.sources = Sources(self.chronicle)
        try:
            self.radio = Channels(
                settings.adapters,
                journal=self.journal.identity,
                counters=settings.journal.with_name("radio-counters.json"),
                windows=self.intake.windows,
                chronicle=self.chronicle,
                marks=self.journal,
                is_up=self._is_up,
            )
        except BaseException:
            self._lock.release()
            raise
        self.levels = self.radio.levels
        self.listening = Listening(
            settings,
            reactor,
            self.book.dialect,
            self.intake,
            self.wire,
            self._port_changed,
            self.sources,
            ends=ends,
            radio=self.radio.channels,
        )
        self.alert = AlertRunner(
            reactor,
            settings.alert_command,
            settings.alert_after_s,
            lambda code, text: self.chronicle.event(code, text=text),
            describe=lambda alarm: event_of(alarm, settings.language),
            mode=settings.mode,
        )
        self.api = ApiServer(self, reactor)
        self._ticker = Ticker(
            reactor,
            (
                self.supervisor.expire,
                self.sources.expire,
                self.radio.look,
                self.watches.readers,
                self.watches.journal,
                self.machine.watch_clocks,
                self.machine.watch_disk,
                self.watches.lock,
                self._keeping.now_and_then,
                self.watches.rates,
                self._sweep,
            ),
        )

    # Start and stop

    def start(self, ready: Callable[[], None]) -> None:
        """Read back what a restart needs, then open everything. ``ready`` when every endpoint is open."""
        now = this_moment()
        marks = self.journal.marks()
        with JournalReader(self.settings.journal) as reader:
            startup.check_mode(reader, self.settings.mode)
            again = partial(self.intake.remember, now=now, at_start=True)
            back = startup.read_back(reader, marks, self.settings.duplicate_s, now, again, self._log)
        self.intake.windows.load(self.journal.windows())
        self.desk = back.desk
        self.supervisor.expect(now)
        try:
            self.supervisor.restore(marks.get(startup.PATHS, ""), now)
        except msgspec.MsgspecError as error:
            self._log.warn("when paths were heard last cannot be read ({error}); going on without", error=error)
        try:
            self.radio.restore(marks.get(LEVELS, ""), back.desk.open())
        except msgspec.MsgspecError as error:
            self._log.warn("the levels of radio paths cannot be read ({error}); going on without", error=error)
        # Before the first entry: the socket tells whether another station is at work here.
        self.api.start()
        self.journal.start()
        self.pool.start()
        self.search.follower.start()
        self.stream.on_readers = self.watches.readers_changed
        self.chronicle.event(startup.STARTED, details=back.details(self.settings.mode))
        if back.behind_s:
            self.chronicle.event(startup.CLOCK_BEHIND, priority=2, details={"behind_s": [f"{back.behind_s:.1f}"]})
        for damage in back.damaged:
            self.chronicle.event("journal.damaged", text=damage, priority=2)
        tell_removed(self.settings.adapters, self.desk.open(), self.chronicle)
        self.machine.begin(self.desk.open())
        self.radio.begin()
        # Accounts may have been entered while no station ran.
        self._renaming.rename()
        self.alert.changed([Change(alarm.id, alarm, False) for alarm in self.desk.open()])
        self.sources.expect(this_moment(), self.desk.open())
        self._ticker.start()
        self.listening.start(ready, self.desk.open())

    @inlineCallbacks
    def stop(self) -> Any:
        """Take nothing more, store what was taken, answer it, say goodbye. Also after a start that failed halfway."""
        self.intake.close()
        yield self.listening.stop()
        self._ticker.stop()
        self.alert.stop()
        stored = True
        if self.journal.running:
            self._keeping.all()
            self.chronicle.event("station.stopped")
            self.journal.finish()
            stored = yield deferToThreadPool(self.reactor, self.reactor.getThreadPool(), self.journal.join)
        self.listening.hang_up()
        yield maybeDeferred(self.api.stop)
        # The lock keeps a second writer from the index, too.
        self.search.follower.stop()
        yield deferToThreadPool(self.reactor, self.reactor.getThreadPool(), self.search.follower.join)
        if self.pool.started:
            self.pool.stop()
        self.book.close()
        if stored:
            self._lock.release()
        else:
            # The journal's thread may still write: the lock goes with the process.
            self._log.error("the disk did not take the last entries in time; they were not acknowledged")

    # From the journal

    def _committed(self, batch: Batch) -> None:
        """A commit is known: first the answers, then everybody else."""
        now = this_moment()
        self.pulse.commit(len(batch.settled), now.mono)
        if batch.windows is not None:
            self.intake.windows.load(batch.windows)
        for entry in batch.extra:
            self.intake.remember(entry, now)
        self.intake.settle(batch.settled, now)
        entries = list(batch.extra)
        for _, stored in batch.settled:
            if stored is not None:
                entries += stored
        self.watches.trouble_is(batch.trouble)
        if entries:
            self.publish(entries)
        # Whoever waits for an entry of his own goes on when everybody has seen it.
        for token, stored in batch.settled:
            if callable(token):
                token(stored)

    def publish(self, entries: Sequence[Entry]) -> None:
        """Committed entries, in order, to whoever follows the journal."""
        self.stream.publish(entries)
        self.search.follower.publish(entries)
        take = self.desk.take
        for entry in entries:
            take(entry)
        changes = self.desk.drain_changes()
        if changes:
            self.api.alarms_changed(changes)
            self.alert.changed(changes)

    # For operators

    def status(self) -> Status:
        """How the station is doing."""
        return status_of(self, this_moment())

    def act(
        self, code: str, alarm: int, operator: str, note: str = "", seen_to: int = 0, unverified: bool = False
    ) -> Deferred[Entry]:
        """Write an operator's action on an alarm; fires with its entry once that is on disk.

        ``seen_to`` is the newest entry of the alarm that the operator had before him, by default the newest there
        is. Raises DeskError when the action is not possible; fails with OSError when it is not stored.
        """
        self.desk.check(code, alarm)
        about = self.desk.get(alarm)
        assert about is not None
        return self.chronicle.action(
            code,
            alarm=alarm,
            seen_to=seen_to or about.rang,
            account=about.account,
            account_key=about.account_key,
            operator=operator,
            unverified=unverified,
            note=note,
        )

    def accounts_changed(self, text: str, operator: str) -> None:
        """The accounts were changed over the API."""
        self._renaming.accounts_changed(text, operator)

    def zones_changed(self, change: AccountChange, operator: str) -> None:
        """Names of zones were changed over the API."""
        self._renaming.zones_changed(change, operator)

    def _heard(self, arrival: Arrival, header: Account | None, source: Source, now: Moment) -> None:
        """A message proved a path alive."""
        self.supervisor.heard(arrival, header, source, now)
        if arrival.air is not None:
            self.radio.heard(arrival, header, source)

    def _keep(self) -> None:
        """Leave further marks in the journal."""
        self.radio.keep()

    def _is_up(self, adapter: str) -> bool:
        return self.listening.is_up(adapter)

    def _port_changed(self, state: PortState) -> None:
        open_ones = sum(other.port is not None for other in self.listening.states if other.adapter == state.adapter)
        self.supervisor.endpoint(
            state.adapter, state.protocol, state.error, str(state.listen), open_ones, this_moment()
        )

    def _sweep(self, now: Moment) -> None:
        if self.pulse.due("sweep", SWEEP_S, now.mono):
            self.intake.sweep(now)
