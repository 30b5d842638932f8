"""One station: all parts made, tied together, started and stopped.

The way of a signal, top down::

    adapters -> ReceivingEnd.receive -> intake -> journal (commit) -> ReceivingEnd.decide -> adapters
                                                     |
                                                     +-> publish(): stream, desk, alarms, alert
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from protocols import catalogue
from protocols.ends import Source
from protocols.model import Arrival, Dialect, Moment
from receiver import startup
from receiver.accounts import AccountBook, key_for
from receiver.accounts import Change as AccountChange
from receiver.adapters.line import now as this_moment
from receiver.alert import AlertRunner
from receiver.api import ApiServer
from receiver.api.view import Status
from receiver.chronicle import Chronicle
from receiver.desk import Alarm, Change, Desk, encode_checkpoint
from receiver.intake import Intake
from receiver.journal.entry import Entry, rfc3339
from receiver.journal.reader import JournalReader
from receiver.journal.writer import Batch, JournalWriter, Trouble
from receiver.listening import Listening, PortState
from receiver.lock import StationLock
from receiver.machine import Machine
from receiver.pulse import Pulse
from receiver.search import Search
from receiver.settings import Settings
from receiver.sources import Sources
from receiver.standing import status_of
from receiver.stream import Stream
from receiver.supervisor import Supervisor
from receiver.watch import ReaderWatch
from receiver.wire import Wire

TICK_S = 1.0
SWEEP_S = 60.0
DESK_MARK_S = 5.0
PATHS_MARK_S = 300.0
STALL_S = 5.0
"""A commit that takes longer than this is told of."""
RENAME_S = 2.0
ACCOUNTS_TOLD = 10
"""Accounts that an entry names whose zones got other names."""
STRANGERS = 10_000
"""Unknown accounts whose `accounts add` line has been logged."""


class Station:
    """Everything that runs between a panel and the readers of the journal."""

    _log = Logger()

    def __init__(
        self, settings: Settings, reactor: Any, *, wire: Wire | None = None, strangers: Dialect | None = None
    ) -> None:
        """Take the lock, open journal and accounts. Raises UserError with a text for a person.

        ``wire`` is told of everything that passes. ``strangers``: see :class:`receiver.accounts.AccountBook`.
        """
        self.settings = settings
        self.reactor = reactor
        self.started = this_moment()
        """When it was made."""
        self.trouble: Trouble | None = None
        self.stalled = False
        self._strangers: dict[str, None] = {}
        self._checkpoint = b""
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
        self._readers = ReaderWatch(this_moment())
        self.pulse = Pulse()
        self.intake = Intake(
            node=settings.node,
            journal=self.journal,
            find=self.book.find,
            watcher=self.wire,
            heard=self.supervisor.heard,
            stranger=self._stranger,
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
        self.listening = Listening(
            settings, reactor, self.book.dialect, self.intake, self.wire, self._port_changed, self.sources
        )
        self.alert = AlertRunner(
            reactor,
            settings.alert_command,
            settings.alert_after_s,
            self._alert_report,
            describe=self._describe,
            mode=settings.mode,
        )
        self.api = ApiServer(self, reactor)
        self._ticker = LoopingCall(self._tick)
        self._ticker.clock = reactor

    # Start and stop

    def start(self, ready: Callable[[], None]) -> None:
        """Read back what a restart needs, then open everything. ``ready`` when every endpoint is open."""
        now = this_moment()
        marks = self.journal.marks()
        with JournalReader(self.settings.journal) as reader:
            startup.check_mode(reader, self.settings.mode)
            back = startup.read_back(
                reader, marks, self.settings.duplicate_s, now, lambda entry: self.intake.remember(entry, now), self._log
            )
        self.desk = back.desk
        self.supervisor.expect(now)
        try:
            self.supervisor.restore(marks.get(startup.PATHS, ""), now)
        except msgspec.MsgspecError as error:
            self._log.warn("when paths were heard last cannot be read ({error}); going on without", error=error)
        # Before the first entry: the socket tells whether another station is at work here.
        self.api.start()
        self.journal.start()
        self.pool.start()
        self.search.follower.start()
        self.stream.on_readers = self._readers_changed
        self.chronicle.event(startup.STARTED, details=back.details(self.settings.mode))
        for damage in back.damaged:
            self.chronicle.event("journal.damaged", text=damage, priority=2)
        self.machine.begin(self.desk.open())
        # Accounts may have been entered while no station ran.
        self._rename()
        self.alert.changed([Change(alarm.id, alarm, False) for alarm in self.desk.open()])
        self.sources.expect(this_moment(), self.desk.open())
        self._ticker.start(TICK_S, now=False)
        self.listening.start(ready, self.desk.open())

    @inlineCallbacks
    def stop(self) -> Any:
        """Take nothing more, store what was taken, answer it, say goodbye. Also after a start that failed halfway."""
        self.intake.close()
        yield self.listening.stop()
        if self._ticker.running:
            self._ticker.stop()
        self.alert.stop()
        stored = True
        if self.journal.running:
            self._mark_desk()
            self.journal.mark(startup.PATHS, self.supervisor.saved())
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
        for entry in batch.extra:
            self.intake.remember(entry, now)
        self.intake.settle(batch.settled, now)
        entries = list(batch.extra)
        for _, stored in batch.settled:
            if stored is not None:
                entries += stored
        self._trouble(batch.trouble)
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

    def _trouble(self, trouble: Trouble | None) -> None:
        if trouble == self.trouble:
            return
        self.trouble = trouble
        if trouble is not None:
            self._log.critical(
                "the journal cannot be written: {error}; nothing is acknowledged until it can", error=trouble.error
            )
            self.stream.tell("trouble", {"since": rfc3339(trouble.since), "error": trouble.error})
        else:
            self._log.warn("the journal can be written again")
            self.stream.tell("trouble", {"since": None, "error": ""})

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
        """The accounts were changed over the API. Open alarms of accounts entered now go on under their names."""
        self.supervisor.expect(this_moment())
        self._tell_accounts(text, {"operator": [operator]})
        # A signal on its way to the disk may open one more alarm under the old name.
        self.reactor.callLater(RENAME_S, self._rename)

    def zones_changed(self, change: AccountChange, operator: str) -> None:
        """Names of zones were changed over the API."""
        zones = (*change.added, *change.changed, *change.removed)
        accounts = list(dict.fromkeys(zone.rpartition(" ")[0] for zone in zones))
        details = {name: [str(count)] for name, count in change.counts().items() if count}
        if len(accounts) <= ACCOUNTS_TOLD:
            details["accounts"] = accounts
        details["operator"] = [operator]
        self.chronicle.event("zones.changed", details=details)

    def _rename(self) -> None:
        if self.book.renamed(alarm.account_key for alarm in self.desk.open()):
            self._tell_accounts("", {})

    def _tell_accounts(self, text: str, details: dict[str, list[str]]) -> None:
        renamed = self.book.renamed(alarm.account_key for alarm in self.desk.open())
        if renamed:
            details["renamed"] = renamed
        self.chronicle.event("accounts.changed", text=text, details=details)

    def _alert_report(self, code: str, text: str) -> None:
        self.chronicle.event(code, text=text)

    def _describe(self, alarm: Alarm) -> dict[str, str]:
        """What the alert command is told besides the facts: the event in the station's language."""
        return {"PTSN_EVENT": catalogue.name(alarm.scheme, alarm.code, alarm.qualifier, self.settings.language)}

    # From the adapters

    def _port_changed(self, state: PortState) -> None:
        open_ones = sum(other.port is not None for other in self.listening.states if other.adapter == state.adapter)
        self.supervisor.endpoint(
            state.adapter, state.protocol, state.error, str(state.listen), open_ones, this_moment()
        )

    def _stranger(self, arrival: Arrival, source: Source) -> None:
        """Tell once how to enter an account that nobody has entered."""
        account = arrival.account or arrival.inner
        name = key_for(arrival.receiver, arrival.prefix, account)
        if name in self._strangers or not account.isalnum():
            return
        if len(self._strangers) >= STRANGERS:
            self._strangers.clear()
        self._strangers[name] = None
        self._log.warn(
            "unknown account {account} from {peer}; to enter it: ptsn accounts add {account} --name NAME -c {config}",
            account=account,
            peer=source.peer,
            config=str(self.settings.path),
        )

    # Now and then

    def _tick(self) -> None:
        """Once a second. One watch that fails does not keep the others from running."""
        now = this_moment()
        watches = (
            self.supervisor.expire,
            self.sources.expire,
            self._watch_readers,
            self._watch_journal,
            self.machine.watch_clocks,
            self.machine.watch_disk,
            self._watch_lock,
            self._keep,
        )
        for watch in watches:
            try:
                watch(now)
            except Exception:
                self._log.failure("a watch of the station failed")

    def _readers_changed(self, count: int) -> None:
        code = self._readers.readers(count, this_moment())
        if code is not None:
            self.chronicle.event(code)

    def _watch_readers(self, now: Moment) -> None:
        due = self._readers.next_deadline()
        if due is not None and due <= now.mono:
            code = self._readers.expire(now)
            if code is not None:
                self.chronicle.event(code)

    def _watch_journal(self, now: Moment) -> None:
        since = self.journal.busy_since
        stalled = since is not None and now.mono - since > STALL_S
        if stalled and not self.stalled:
            self._log.error("the disk is slow: a commit has been running for over {s:.0f} s", s=STALL_S)
            self.chronicle.event("journal.slow", text=f"a commit took longer than {STALL_S:.0f} s")
        if stalled != self.stalled:
            self.stalled = stalled
            self.stream.tell("stalled", {"stalled": stalled})

    def _watch_lock(self, now: Moment) -> None:
        if not self._lock.whole() and self.pulse.due("lock", SWEEP_S, now.mono):
            again = "made anew" if self._lock.restore() else "another process has it now"
            self._log.error(
                "{path}: was removed, but keeps a second station out: {again}",
                path=str(self.settings.lock),
                again=again,
            )

    def _keep(self, now: Moment) -> None:
        if self.pulse.due("desk", DESK_MARK_S, now.mono):
            self._mark_desk()
            self.stream.tell("rates", self.pulse.rates(now.mono))
        if self.pulse.due("paths", PATHS_MARK_S, now.mono):
            self.journal.mark(startup.PATHS, self.supervisor.saved())
        if self.pulse.due("sweep", SWEEP_S, now.mono):
            self.intake.sweep(now)

    def _mark_desk(self) -> None:
        checkpoint = encode_checkpoint(self.desk.checkpoint())
        if checkpoint != self._checkpoint:
            self._checkpoint = checkpoint
            self.journal.mark(startup.DESK, checkpoint.decode())
