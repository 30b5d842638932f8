"""What a station looks at once a second: its readers, its commits, its lock; and how everything of that kind is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from protocols.model import Moment
from receiver.adapters.line import now as this_moment
from receiver.chronicle import Chronicle
from receiver.journal.entry import rfc3339
from receiver.journal.writer import JournalWriter, Trouble
from receiver.lock import StationLock
from receiver.pulse import Pulse
from receiver.stream import Stream
from receiver.watch import ReaderWatch

TICK_S = 1.0
LOCK_S = 60.0
RATES_S = 5.0
STALL_S = 5.0
"""A commit that takes longer than this is told of."""


class Ticker:
    """Runs watches once a second. One that fails does not keep the others from running."""

    _log = Logger()

    def __init__(self, reactor: Any, watches: Sequence[Callable[[Moment], None]]) -> None:
        self._watches = watches
        self._call = LoopingCall(self._tick)
        self._call.clock = reactor

    def start(self) -> None:
        """A second from now on."""
        self._call.start(TICK_S, now=False)

    def stop(self) -> None:
        """No more; also where it never began."""
        if self._call.running:
            self._call.stop()

    def _tick(self) -> None:
        now = this_moment()
        for watch in self._watches:
            try:
                watch(now)
            except Exception:
                self._log.failure("a watch of the station failed")


class Watches:
    """Each is told of once, and told of again when it is over."""

    _log = Logger()

    def __init__(
        self, chronicle: Chronicle, journal: JournalWriter, stream: Stream, lock: StationLock, pulse: Pulse
    ) -> None:
        self._chronicle = chronicle
        self._journal = journal
        self._stream = stream
        self._lock = lock
        self._pulse = pulse
        self._readers = ReaderWatch(this_moment())
        self.stalled = False
        """A commit has been running for long."""
        self.trouble: Trouble | None = None
        """Why nothing can be stored, while that is so."""

    def readers_changed(self, count: int) -> None:
        """So many read the stream now."""
        code = self._readers.readers(count, this_moment())
        if code is not None:
            self._chronicle.event(code)

    def readers(self, now: Moment) -> None:
        """Tell when nobody has read for long."""
        due = self._readers.next_deadline()
        if due is not None and due <= now.mono:
            code = self._readers.expire(now)
            if code is not None:
                self._chronicle.event(code)

    def journal(self, now: Moment) -> None:
        """Tell of a commit that does not end."""
        since = self._journal.busy_since
        stalled = since is not None and now.mono - since > STALL_S
        if stalled and not self.stalled:
            self._log.error("the disk is slow: a commit has been running for over {s:.0f} s", s=STALL_S)
            self._chronicle.event("journal.slow", text=f"a commit took longer than {STALL_S:.0f} s")
        if stalled != self.stalled:
            self.stalled = stalled
            self._stream.tell("stalled", {"stalled": stalled})

    def trouble_is(self, trouble: Trouble | None) -> None:
        """Whether the journal can be written, as its last commit tells."""
        if trouble == self.trouble:
            return
        self.trouble = trouble
        if trouble is not None:
            self._log.critical(
                "the journal cannot be written: {error}; nothing is acknowledged until it can", error=trouble.error
            )
            self._stream.tell("trouble", {"since": rfc3339(trouble.since), "error": trouble.error})
        else:
            self._log.warn("the journal can be written again")
            self._stream.tell("trouble", {"since": None, "error": ""})

    def rates(self, now: Moment) -> None:
        """Tell how much comes."""
        if self._pulse.due("rates", RATES_S, now.mono):
            self._stream.tell("rates", self._pulse.rates(now.mono))

    def lock(self, now: Moment) -> None:
        """Make the lock file again where somebody removed it."""
        if not self._lock.whole() and self._pulse.due("lock", LOCK_S, now.mono):
            again = "made anew" if self._lock.restore() else "another process has it now"
            self._log.error(
                "{path}: was removed, but keeps a second station out: {again}", path=str(self._lock.path), again=again
            )
