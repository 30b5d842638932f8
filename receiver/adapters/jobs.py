"""What a client has still to do: a message, and who waits for what becomes of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from random import uniform

from twisted.internet.defer import Deferred

from protocols.ends import LinkTest, Message, Outcome, OutcomeKind, Ticket

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
"""Before another wire for link tests, which nobody waits for."""
LONGEST_URGENT_S = 2.0
"""Before another wire for a message that somebody waits for."""


class Job:
    """A message, its ticket once an end had it (or one that it got elsewhere), and who waits for the outcome."""

    __slots__ = ("_before", "message", "outcome", "refusals", "submitted", "ticket", "urgent", "waiter")

    def __init__(self, message: Message, ticket: Ticket | None) -> None:
        self.message = message
        self.ticket = ticket
        self._before = 0 if ticket is None else ticket.attempts
        self.urgent = not isinstance(message, LinkTest)
        """Somebody waits for its end."""
        self.submitted = False
        """The end in use has it."""
        self.outcome: Outcome | None = None
        """What a former end knew of it already; it is told when its turn comes."""
        self.refusals = 0
        """How often the wire could not be opened for it."""
        self.waiter: Deferred[Outcome] = Deferred()

    @property
    def tried(self) -> int:
        """Attempts by this client."""
        return self.refusals + (0 if self.ticket is None else self.ticket.attempts - self._before)

    @property
    def tries(self) -> str:
        """The same in words."""
        return "1 attempt" if self.tried == 1 else f"{self.tried} attempts"

    def gave_up(self, reason: str) -> Outcome:
        ticket = self.ticket or Ticket(self.message, 0, self.refusals)
        return Outcome(ticket, OutcomeKind.GAVE_UP, reason)


def pause_s(jobs: deque[Job], fruitless: int, longest_s: float) -> float:
    """Seconds until the next wire, after so many fruitless ones in a row.

    The back-off thins out link tests. Where something urgent waits, the tries of the message in front count alone.
    """
    if any(job.urgent for job in jobs):
        longest_s, fruitless = LONGEST_URGENT_S, jobs[0].tried
    return uniform(0.8, 1.0) * min(longest_s, FIRST_PAUSE_S * 2.0 ** min(max(0, fruitless - 1), 16))


def keep_outcomes(jobs: Iterable[Job], outcomes: Iterable[Outcome]) -> None:
    """Keep with the jobs what an end that is given up now knew and held back; the others are for the next end."""
    known = {outcome.ticket: outcome for outcome in outcomes}
    for job in jobs:
        if job.ticket in known:
            job.outcome = known[job.ticket]
        job.submitted = job.outcome is not None


def tell_kept(jobs: deque[Job]) -> None:
    """Take jobs whose outcome was kept out of the queue and tell it, unless another one waits in front of them."""
    while jobs and (outcome := jobs[0].outcome) is not None:
        jobs.popleft().waiter.callback(outcome)
