"""A panel and the site behind it: what happens there becomes messages, what the receiver commands happens there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from panels.behaviour import Behaviour, Signals
from panels.panel import Panel
from panels.signals import described
from panels.speaking import numbered, taken
from protocols import sia_commands
from protocols.ends import Message, Outcome, OutcomeKind, Response
from protocols.errors import UserError

ACKNOWLEDGED, REFUSED, GIVEN_UP = "acknowledged", "refused", "given-up"
_ENDS = {OutcomeKind.ACCEPTED: ACKNOWLEDGED, OutcomeKind.REFUSED: REFUSED, OutcomeKind.GAVE_UP: GIVEN_UP}

MOST = 10_000
"""So many messages are accounted for; then those that were acknowledged are left out."""


class Sent(Struct, eq=False):
    """A message that somebody had sent, and its end."""

    what: str
    end: str = ""
    """``acknowledged``, ``refused``, ``given-up``; empty while it waits."""
    reason: str = ""
    buffered: bool = False
    """It was expected to wait, and did."""


class Simulation:
    """For the reactor's thread. ``say`` takes each line for the person who watches."""

    def __init__(self, panel: Panel, behaviour: Behaviour, say: Callable[[str], None]) -> None:
        self.panel = panel
        self.behaviour = behaviour
        self.say = say
        self.usual = panel.habits
        """How the panel behaves unless told otherwise."""
        self.sent: list[Sent] = []
        """Messages since the last :meth:`forget`."""
        self.leaving = False
        """The panel is being stopped: messages without an answer are not waited for."""
        self.changed: Callable[[], None] | None = None
        """Called whenever a message ends or an outage begins."""
        panel.on_response = self._responded
        panel.on_change = self._change

    @property
    def waiting(self) -> int:
        """Messages among ``sent`` without an end."""
        return sum(not each.end for each in self.sent)

    @property
    def unanswered(self) -> bool:
        """Something among ``sent`` was not acknowledged, and was not expected to wait."""
        return any(each.end != ACKNOWLEDGED and (each.end or not each.buffered) for each in self.sent)

    def now(self) -> float:
        """The time by the panel's clock."""
        return self.panel.clock().wall

    def happen(self, signals: Signals) -> None:
        """Send what the behaviour has to say."""
        if not signals:
            self.say("nothing to send")
        self._send_all(signals)

    def send(self, message: Message, over: Deferred[Outcome] | None = None) -> None:
        """Send a message; ``over`` is its outcome where it is on its way already."""
        if len(self.sent) >= MOST:
            self.sent = [each for each in self.sent if each.end != ACKNOWLEDGED]
        sent = Sent(described(message))
        self.sent.append(sent)
        self.say(f"sending: {sent.what}")
        outcome = self.panel.send(message) if over is None else over
        outcome.addCallbacks(self._ended, self._impossible, callbackArgs=(sent,), errbackArgs=(sent,))

    def forget(self, waiting: bool = False) -> None:
        """Begin a new account of what is sent; what has no end stays, as buffered, unless ``waiting``."""
        self.sent = [] if waiting else [each for each in self.sent if not each.end]
        for each in self.sent:
            each.buffered = True

    def _send_all(self, signals: Iterable[Message]) -> None:
        for signal in signals:
            self.send(signal)

    def _ended(self, outcome: Outcome, sent: Sent) -> None:
        sent.end, sent.reason = _ENDS[outcome.kind], outcome.reason
        if outcome.kind is OutcomeKind.ACCEPTED:
            self.say(f"{taken(self.panel.habits)}: {sent.what}{numbered(self.panel.habits, outcome.ticket)}")
        elif self.leaving and outcome.kind is OutcomeKind.GAVE_UP and outcome.ticket.sequence:
            self.say(f"no answer seen: {sent.what}: ended before one came; the receiver may have it all the same")
        elif self.leaving and outcome.kind is OutcomeKind.GAVE_UP:
            self.say(f"not sent: {sent.what}: ended before a path took it")
        else:
            self.say(f"not acknowledged: {sent.what}: {outcome.reason}")
        self._tell()

    def _impossible(self, failure: Failure, sent: Sent) -> None:
        if not isinstance(failure.value, UserError | ValueError | OSError):
            failure.raiseException()
        sent.end, sent.reason = GIVEN_UP, failure.getErrorMessage()
        self.say(f"cannot be sent: {sent.what}: {sent.reason}")
        self._tell()

    def _responded(self, response: Response) -> None:
        for command in sia_commands.commands(response.content):
            signals = self.behaviour.execute(command, self.now())
            said = f"{command.block}{command.code}{command.x}*{command.y}".encode("unicode_escape").decode("ascii")
            self.say(f"the receiver commands {said}: {'ignored' if signals is None else 'done'}")
            self._send_all(signals or ())

    def _change(self, text: str) -> None:
        self.say(text)
        self._tell()

    def _tell(self) -> None:
        if self.changed is not None:
            self.changed()
