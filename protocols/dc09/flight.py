"""Messages on their way to one receiver: how many at a time, how often tried, and their outcomes in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from protocols.dc09.messages import Message
from protocols.ends import Outcome, OutcomeKind, Response, Ticket
from protocols.model import Arrival, Moment


class Flight:
    """What was begun and has no outcome told yet, in the order handed in.

    ``transmit`` puts the frame of a message on the wire. A message is on its way while it has a deadline. An outcome
    that comes before that of an earlier message is kept back until then.
    """

    __slots__ = ("_attempts", "_begun", "_sent", "_timeout_s", "_transmit", "_window")

    def __init__(
        self, transmit: Callable[[Message, Moment], None], *, attempts: int, window: int, timeout_s: float
    ) -> None:
        self._transmit = transmit
        self._attempts = attempts
        self._window = window
        self._timeout_s = timeout_s
        self._begun: deque[Message] = deque()
        self._sent = 0

    # --- out ----------------------------------------------------------------------------------------------------------

    def has_room_for(self, message: Message) -> bool:
        """Whether a message may begin: in the window, and no other of its number is on its way."""
        if not self._begun:
            return True
        return len(self._begun) < self._window and not any(
            other.outcome is None and other.sequence == message.sequence for other in self._begun
        )

    def begin(self, message: Message, now: Moment) -> None:
        """The first attempt."""
        self._begun.append(message)
        self._attempt(message, now)

    def resume(self, now: Moment) -> None:
        """Send what waits since the last stream ended."""
        for message in self._begun:
            if message.outcome is None and message.deadline is None:
                self._attempt(message, now)

    def send_again(self, message: Message, now: Moment) -> None:
        """Once more within the same attempt."""
        message.deadline = now.mono + self._timeout_s
        self._sent += 1
        message.order = self._sent
        self._transmit(message, now)

    def _attempt(self, message: Message, now: Moment) -> None:
        message.attempts += 1
        message.ticket.attempts += 1
        message.nak_seen = False
        message.trouble, message.answer, message.findings = "", None, ()
        self.send_again(message, now)

    # --- which --------------------------------------------------------------------------------------------------------

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Of all messages begun, those with an outcome kept back included."""
        return tuple(message.ticket for message in self._begun)

    def numbered(self, sequence: bytes) -> Message | None:
        """The message on its way that has this number."""
        for message in self._begun:
            if message.deadline is not None and message.sequence == sequence:
                return message
        return None

    def earliest(self) -> Message | None:
        """The message on its way whose last frame went out first: what an answer without a number is for."""
        waiting = [message for message in self._begun if message.deadline is not None]
        return min(waiting, key=lambda message: message.order, default=None)

    def next_deadline(self) -> float | None:
        """Monotonic seconds; None while nothing is on its way."""
        return min((message.deadline for message in self._begun if message.deadline is not None), default=None)

    # --- how it ends --------------------------------------------------------------------------------------------------

    def disconnect(self) -> None:
        """Nothing is on its way any more; who has no attempt left is given up."""
        for message in self._begun:
            if message.deadline is not None:
                message.deadline = None
                if message.attempts >= self._attempts:
                    self._give_up(message, "the connection ended before an answer came")

    def expire(self, now: Moment) -> None:
        """Whose answer did not come in time is tried again or given up."""
        for message in self._begun:
            if message.deadline is not None and now.mono >= message.deadline:
                self.fail(message, message.trouble or f"no answer in {self._timeout_s:g} seconds", now)

    def fail(self, message: Message, reason: str, now: Moment) -> None:
        """This attempt came to nothing."""
        if message.attempts < self._attempts:
            self._attempt(message, now)
        else:
            self._give_up(message, reason)

    def _give_up(self, message: Message, reason: str) -> None:
        count = message.attempts
        tries = "1 attempt" if count == 1 else f"{count} attempts"
        self.end(message, OutcomeKind.GAVE_UP, f"given up after {tries}: {reason}", message.answer)

    def end(
        self,
        message: Message,
        kind: OutcomeKind,
        reason: str,
        answer: Arrival | None,
        response: Response | None = None,
    ) -> None:
        """Decide a message. Its outcome is told by :meth:`told`."""
        raw, findings = (b"", message.findings) if answer is None else (answer.raw, answer.findings)
        message.deadline = None
        message.outcome = Outcome(message.ticket, kind, reason, raw, findings, response)

    @property
    def has_to_tell(self) -> bool:
        """Whether :meth:`told` has an outcome."""
        return bool(self._begun) and self._begun[0].outcome is not None

    def decided(self) -> list[Outcome]:
        """All outcomes, also those that an earlier message holds back, once."""
        outcomes = [message.outcome for message in self._begun if message.outcome is not None]
        self._begun = deque(message for message in self._begun if message.outcome is None)
        return outcomes

    def told(self) -> list[Outcome]:
        """Outcomes that no earlier message holds back, once."""
        outcomes: list[Outcome] = []
        while self._begun and (outcome := self._begun[0].outcome) is not None:
            self._begun.popleft()
            outcomes.append(outcome)
        return outcomes
