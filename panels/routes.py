"""Messages of a panel over its paths: in order, to the main path first, to the backup when that gives up.

What no path takes is given up, or with ``hold`` kept: it is tried again every ``retry_s`` seconds, with every new
message, and as soon as a link test is answered, and then comes in order, marked as old. With ``hold`` the same is done
with a message whose number cannot be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from panels.habits import Habits
from panels.item import Item
from panels.path import Path
from protocols import ends
from protocols.ends import Outcome, OutcomeKind
from protocols.model import Moment


class Owner(Protocol):
    """The panel, as its queue sees it."""

    reactor: Any
    paths: tuple[Path, ...]

    @property
    def clock(self) -> Callable[[], Moment]:
        """Its own."""

    @property
    def habits(self) -> Habits:
        """``hold``, ``retry_s`` and the window of the quirks count here."""

    def say(self, text: str) -> None:
        """Tell in words what changes."""


class Routes:
    """The queue of a panel. For the reactor's thread."""

    __slots__ = (
        "_active",
        "_count",
        "_failed",
        "_owner",
        "_path",
        "_queue",
        "_resting",
        "_retry",
        "_stopped",
        "_unnumbered",
        "outage",
    )

    def __init__(self, owner: Owner) -> None:
        self.outage = False
        """No path works, and messages wait for one that does."""
        self._owner = owner
        self._queue: list[Item] = []
        self._active: list[Item] = []
        """On the wire, all on one path."""
        self._path: Path | None = None
        """That one."""
        self._failed: list[Item] = []
        """Given up by that path; they go on when nothing is active any more."""
        self._retry: Any = None
        self._resting = False
        """Nothing is tried until the time for it comes, or a path answers."""
        self._stopped = False
        self._unnumbered = False
        """Numbers cannot be stored; that was said."""
        self._count = 0

    @property
    def waiting(self) -> int:
        """Messages without an outcome."""
        return len(self._queue) + len(self._active) + len(self._failed)

    @property
    def doing(self) -> str:
        """What is done for those that wait, in brackets; empty when nothing waits."""
        if self._active and self._path is not None:
            return f" (on the way over the {self._path.name} path)"
        return " (until the next try)" if self._resting else " (for a link test to end)" if self._queue else ""

    @property
    def current(self) -> Path:
        """The path that the next message will take."""
        return self._best(())

    def send(self, message: ends.Message) -> Deferred[Outcome]:
        """Queue a message. Fires with what became of it; fails as ``Path.send`` does."""
        self._count += 1
        item = Item(message, late=self.outage, order=self._count)
        if self._stopped:
            item.waiter.callback(item.gave_up("stopped before it was sent"))
            return item.waiter
        self._queue.append(item)
        self._resting = False  # a panel with an alarm does not wait for the time of the next try
        self._pump()
        return item.waiter

    def told(self, path: Path, outcome: Outcome) -> None:
        """A path had an outcome, of a link test or a message: it works, or it does not."""
        before, path.working = path.working, outcome.kind is not OutcomeKind.GAVE_UP
        if self._stopped:
            return
        if path.working:
            path.down_since = None
            if before is False:
                self._owner.say(f"the {path.name} path answers again")
        elif before is not False:
            path.down_since = self._owner.clock().mono
            self._owner.say(f"the {path.name} path does not work: {outcome.reason}")
        if (before is False) is path.working:
            for other in self._owner.paths:
                if other is not path:
                    other.tests.again()
        if path.working:
            self._resting = False
            if not before:
                self._move_to(path)
        self._pump()

    def _move_to(self, path: Path) -> None:
        """A path answers that did not before: what is tried in vain elsewhere goes there now."""
        for item in (*self._queue, *self._active, *self._failed):
            item.failed.pop(path, None)
        if self._active and self._path is not None and self._path is not path and self._path.working is False:
            self._path.take_back("another path answered meanwhile")

    def stop(self) -> None:
        """Give up what waits. What is on the wire is given up when its path stops."""
        self._stopped = True
        self._cancel_retry()
        items, self._queue = [*self._failed, *self._queue], []
        self._failed = []
        for item in items:
            item.waiter.callback(item.gave_up("stopped before an answer came"))

    def _best(self, without: Container[Path]) -> Path:
        """The first path that is not known to be down, else the first; ``without`` those in this container."""
        usable = [path for path in self._owner.paths if path not in without]
        return next((path for path in usable if not self._is_down(path)), usable[0])

    def _is_down(self, path: Path) -> bool:
        if path.down_since is None:
            return False
        # Link tests find out when it works again; without them it is tried again after a while.
        return path.tests.running or self._owner.clock().mono - path.down_since < self._owner.habits.retry_s

    def _pump(self) -> None:
        """Hand on what can go now."""
        while (
            self._queue
            and len(self._active) < self._owner.habits.quirks.window
            and not (self._failed or self._resting or self._stopped)
        ):
            item = self._queue[0]
            path = self._best(item.failed)
            if path is not self._path if self._active else path.waiting:
                # What is on its way on another path, or a link test on this one, will say how to go on.
                if not self._active:
                    path.hurry()
                return
            self._path = path
            item.recalled = False
            del self._queue[0]
            self._active.append(item)
            path.send(item.to_send(), item.ticket).addCallbacks(
                self._ended, self._impossible, callbackArgs=(item, path), errbackArgs=(item,)
            )

    def _ended(self, outcome: Outcome, item: Item, path: Path) -> None:
        self._active.remove(item)
        if outcome.ticket.sequence or outcome.ticket.form is not None:
            item.ticket = outcome.ticket
        if outcome.kind is OutcomeKind.GAVE_UP:
            if self._stopped:
                item.waiter.callback(item.gave_up(outcome.reason))
                return
            if not item.recalled:
                item.failed[path] = outcome.reason
            self._failed.append(item)
            self._go_elsewhere_or_recall()
            return
        self._unnumbered = self._unnumbered and not outcome.ticket.sequence
        if self.outage:
            self.outage = False
            self._cancel_retry()
        item.waiter.callback(outcome)
        if self._failed and not self._active:
            self._go_elsewhere()
        self._pump()

    def _impossible(self, failure: Failure, item: Item) -> None:
        self._active.remove(item)
        if self._owner.habits.hold and isinstance(failure.value, OSError) and not self._stopped:
            item.unnumbered = True
            self._failed.append(item)
            if not self._unnumbered:
                self._unnumbered = True
                self._owner.say(f"a message waits, its number cannot be stored: {failure.getErrorMessage()}")
            self._go_elsewhere_or_recall()
            return
        item.waiter.errback(failure)
        if self._failed and not self._active:
            self._go_elsewhere()
        self._pump()

    def _go_elsewhere_or_recall(self) -> None:
        """After a failure: what is on its way behind it is taken back first, for the sake of order."""
        if not self._active:
            self._go_elsewhere()
        elif self._overtaken():
            # Not at once: the path may be about to tell that they were acknowledged.
            self._owner.reactor.callLater(0, self._recall)

    def _overtaken(self) -> bool:
        """A message on its way comes after one that failed."""
        return bool(self._failed and self._active) and self._active[-1].order > min(each.order for each in self._failed)

    def _recall(self) -> None:
        if self._path is not None and not self._stopped and self._overtaken():
            for item in self._active:
                item.recalled = True
            self._path.take_back("a message before it failed on this path")

    def _go_elsewhere(self) -> None:
        """What a path gave up goes to the next one; what all of them gave up is kept or lost."""
        failed, self._failed = sorted(self._failed, key=lambda item: item.order), []
        unnumbered = any(item.unnumbered for item in failed)
        for item in failed:
            item.unnumbered = False
        elsewhere = [item for item in failed if len(item.failed) < len(self._owner.paths)]
        lost = [item for item in failed if len(item.failed) == len(self._owner.paths)]
        if lost and self._owner.habits.hold:
            for item in lost:
                item.failed = {}
            self._queue[:0] = failed
            self._begin_outage()
            return
        self._queue[:0] = elsewhere
        for item in lost:
            reasons = [f"{path.name}: {why}" for path, why in item.failed.items()]
            item.waiter.callback(
                item.gave_up("; ".join(reasons) if len(reasons) > 1 else next(iter(item.failed.values())))
            )
        if unnumbered:
            self._rest()
        self._pump()

    def _begin_outage(self) -> None:
        if not self.outage:
            self.outage = True
            self._owner.say(
                f"no path works; what happens is kept and tried again every {self._owner.habits.retry_s:g} seconds"
            )
        for item in self._queue:
            item.late = True
        self._rest()

    def _rest(self) -> None:
        """Try nothing for a while."""
        self._resting = True
        self._cancel_retry()
        self._retry = self._owner.reactor.callLater(self._owner.habits.retry_s, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._resting = False
        self._pump()

    def _cancel_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
