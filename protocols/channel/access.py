"""Who may send when: p-persistence by slots, the most urgent first, and never more than the airtime budget.

After a frame was heard, answers (:attr:`Priority.ACK`) may go after the turnaround, without a draw: only one side
answers. Everything else waits longer, so that an answer is never run over by those who waited for the same frame to
end, and then draws: panic and fire one slot longer, the rest two, so that among many stations, too, the most urgent go
first. A poll waits three slots and needs no draw either: only one side polls, and gives way to whoever has something to
say. In an idle channel the first draw is at once.
"""

from __future__ import annotations

from enum import IntEnum
from random import Random
from types import MappingProxyType

from msgspec import Struct

from protocols.channel.budget import Budget
from protocols.channel.occupancy import Load, Occupancy
from protocols.channel.profile import Profile
from protocols.errors import UserError

AGING_S = 60.0
"""A frame that waited so long counts as one priority more urgent, and so on: nothing waits for ever."""


class Priority(IntEnum):
    """The smaller, the more urgent."""

    PANIC = 0
    FIRE = 1
    ACK = 2
    """What the other side waits for: an acknowledgement, a poll's answer, the time."""
    BURGLARY = 3
    TROUBLE = 4
    OPEN_CLOSE = 5
    TEST = 6
    POLL = 7


GAP_SLOTS = MappingProxyType(
    dict.fromkeys(Priority, 2) | {Priority.PANIC: 1, Priority.FIRE: 1, Priority.ACK: 0, Priority.POLL: 3}
)
"""How many slots longer than the turnaround each waits after a frame was heard."""
_NO_DRAW = frozenset((Priority.ACK, Priority.POLL))


class TooLongError(UserError):
    """A frame that the airtime budget can never hold."""


class ChannelFullError(UserError):
    """Too many frames wait, and all of them are as urgent."""


class Transmission(Struct, frozen=True, kw_only=True):
    """What to key up now."""

    frame: bytes
    priority: Priority
    token: object
    start: float
    airtime_s: float
    waited_s: float
    """Since it was handed over."""

    @property
    def end(self) -> float:
        """When it is over."""
        return self.start + self.airtime_s


class _Waiting(Struct, eq=False):
    frame: bytes
    priority: Priority
    token: object
    since: float
    not_before: float
    airtime_s: float
    number: int

    def rank(self, now: float) -> tuple[int, int]:
        """Priority with its age, then order of arrival. Nothing grows older than the alarms of people and fire."""
        aged = self.priority - int(max(0.0, now - self.since) / AGING_S)
        return max(aged, Priority.PANIC if self.priority <= Priority.FIRE else Priority.ACK), self.number


class Access:
    """One for each side of a channel. ``random`` draws slots."""

    def __init__(self, profile: Profile, random: Random, *, max_queue: int = 1000) -> None:
        self.profile = profile
        self._random = random
        self._max_queue = max_queue
        self._budget = Budget(profile.budget_s, profile.duty_window_s, profile.reserve)
        self._occupancy = Occupancy()
        self._queue: list[_Waiting] = []
        self._number = 0
        self._now = float("-inf")
        self._free_from = float("-inf")
        """When the channel was last heard to fall silent."""
        self._slot_until = float("-inf")
        """The next draw is not before."""
        self._own_until = float("-inf")
        self._busy_since: float | None = None

    def __len__(self) -> int:
        """Frames that wait."""
        return len(self._queue)

    @property
    def busy_since(self) -> float | None:
        """Since when a carrier has been heard without a gap."""
        return self._busy_since

    def blocked(self, now: float) -> bool:
        """Whether a carrier stays that can be no traffic: a jammer, or a squelch that does not close."""
        return self._busy_since is not None and now - self._busy_since >= self.profile.carrier_limit_s

    def submit(
        self, frame: bytes, priority: Priority, now: float, not_before: float | None = None, token: object = None
    ) -> object:
        """Queue a frame; ``not_before`` is the caller's jitter.

        Returns the token of a less urgent frame that had to give way in a full queue, else None. Raises TooLongError,
        ChannelFullError.
        """
        self._tick(now)
        airtime = self.profile.airtime(len(frame))
        if not self._budget.fits(airtime, priority <= Priority.FIRE):
            raise TooLongError(
                f"A frame of {len(frame)} bytes is {airtime:.2f} s on the air, more than the airtime budget of "
                f"{self.profile.budget_s:g} s in {self.profile.duty_window_s:g} s allows: shorten it, or raise "
                "duty_cycle."
            )
        given_up = self._give_way(priority) if len(self._queue) >= self._max_queue else None
        self._number += 1
        starts = now if not_before is None else max(now, not_before)
        self._queue.append(_Waiting(frame, priority, token, now, starts, airtime, self._number))
        return given_up

    def drop(self, token: object) -> int:
        """Forget the frames of a token; how many there were."""
        before = len(self._queue)
        self._queue = [each for each in self._queue if each.token != token]
        return before - len(self._queue)

    def heard(self, now: float, duration: float) -> None:
        """A frame that was so long on the air has just ended. For modems without carrier detect it is all they tell."""
        self._tick(now)
        self._occupancy.others(now - duration, now)
        if self._busy_since is None:
            self._freed(now)

    def busy(self, now: float, on: bool) -> None:
        """The carrier detect changed."""
        self._tick(now)
        if on:
            if self._busy_since is None:
                self._busy_since = now
        elif self._busy_since is not None:
            self._occupancy.others(self._busy_since, now)
            self._busy_since = None
            self._freed(now)

    def take(self, now: float) -> Transmission | None:
        """What to send now, or None: then ask again at ``next_timeout``, or after the next event before it."""
        self._tick(now)
        found = self._ready(now)
        if found is None or found[0] > now:
            return None
        waiting = found[1]
        if waiting.priority not in _NO_DRAW and self._random.random() >= self.profile.chance:
            self._slot_until = now + self.profile.slot_s
            return None
        self._queue.remove(waiting)
        self._budget.spend(now, waiting.airtime_s)
        self._own_until = now + waiting.airtime_s + self.profile.turnaround_s
        self._occupancy.own(now, now + waiting.airtime_s)
        # Those who waited for us to fall silent are on the air as soon as we hear again: the rules of a heard frame.
        self._free_from = now + waiting.airtime_s
        return Transmission(
            frame=waiting.frame,
            priority=waiting.priority,
            token=waiting.token,
            start=now,
            airtime_s=waiting.airtime_s,
            waited_s=now - waiting.since,
        )

    def next_timeout(self) -> float | None:
        """When to ``take`` next; None where nothing waits."""
        found = self._ready(self._now)
        return None if found is None else found[0]

    def load(self, now: float) -> Load:
        """How busy the channel was in the last minutes."""
        self._tick(now)
        if self._busy_since is not None:
            # A carrier that has not ended counts up to now.
            self._occupancy.others(self._busy_since, now)
        return self._occupancy.load(now)

    def spent(self, now: float) -> float | None:
        """Seconds of the airtime budget that the window which ends now holds; None where there is no limit."""
        return None if self._budget.unlimited else self._budget.used(now)

    def _tick(self, now: float) -> None:
        self._now = max(self._now, now)
        self._occupancy.begin(now)

    def _freed(self, now: float) -> None:
        self._free_from = max(self._free_from, now)
        self._slot_until = now

    def _ready(self, now: float) -> tuple[float, _Waiting] | None:
        """What goes next and when, now or later, as things stand; None where nothing waits.

        The most urgent of those whose time has come goes first, also where it must wait for the budget: something
        shorter or less urgent never slips past it. Something more urgent may still come in between.
        """
        at = now
        while self._queue:
            started = [each for each in self._queue if each.not_before <= at]
            later = min((each.not_before for each in self._queue if each.not_before > at), default=None)
            if started:
                best = min(started, key=lambda each: each.rank(at))
                ready = max(at, self._open(best), self._own_until)
                ready = self._budget.ready(ready, best.airtime_s, best.priority <= Priority.FIRE)
                if later is None or ready <= later:
                    return ready, best
            assert later is not None
            at = later
        return None

    def _open(self, waiting: _Waiting) -> float:
        """From when the channel is open to it."""
        if self._busy_since is not None:
            return max(self._busy_since + self.profile.carrier_limit_s, self._slot_until)
        opens = self._free_from + self.profile.turnaround_s + GAP_SLOTS[waiting.priority] * self.profile.slot_s
        return opens if waiting.priority in _NO_DRAW else max(opens, self._slot_until)

    def _give_way(self, priority: Priority) -> object:
        least = max(self._queue, key=lambda each: (each.priority, each.number))
        if least.priority <= priority:
            raise ChannelFullError(
                f"{len(self._queue)} frames wait for the radio channel, none of them less urgent: it is overloaded or "
                "jammed. See the channel load, and ptsn radio plan for what a channel can carry."
            )
        self._queue.remove(least)
        return least.token
