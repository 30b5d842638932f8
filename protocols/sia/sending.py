"""The panel's end of a wire of SIA blocks: each block is answered before the next goes out.

``composing`` says what the blocks are, :class:`Speech` what answers mean, and :class:`SIASendingEnd` what a session
adds to the end of any line protocol:

* The account block is left out where the session has that account already; after the end of data, an abort or a new
  connection it has none.
* The end of data waits while more events of the same account do.
* Once its event block is taken a message is said, and never again: a text or an end of data that finds no answer costs
  only itself.
* "Acknowledge and disconnect" (7) and "abort" (2) end the session. A message that they cut short begins anew, at most
  as often as a block is tried.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from protocols import ends
from protocols.ends import Outcome, OutcomeKind
from protocols.lines.options import Speaker
from protocols.lines.scanning import Found
from protocols.lines.sending import Frames, Heard, LineSendingEnd, QuirksError
from protocols.model import Moment, Noise
from protocols.sia import blocks, quirks
from protocols.sia.answer_grammar import AnswerGrammar
from protocols.sia.composing import Composer, Message

if TYPE_CHECKING:
    from protocols.lines.sending import _Job

ACK_S = 2.5
ATTEMPTS = 4
ENCODING = "cp850"
"""The code page of Galaxy panels; the letters in use are those of cp437, too."""
DENIED_S = 0.25
"""How long a rejected block waits before it is said again. Noise in front of a block is rejected, and the block itself
acknowledged: said again at once, its second acknowledgement would pass for that of the next block."""
GOODBYE = b"+++\r\n"
_POLL = b"F#"

_MEANING = {
    blocks.STAND_BY: (Heard.YES, "acknowledged"),
    blocks.DISCONNECT: (Heard.YES, "acknowledged; the receiver ends the session"),
    blocks.ACKNOWLEDGE: (Heard.YES, "acknowledged"),
    blocks.OLD_ACKNOWLEDGE: (Heard.YES, "acknowledged"),
    blocks.REJECT: (Heard.NO, "the receiver rejected the block"),
    blocks.OLD_REJECT: (Heard.NO, "the receiver rejected the block"),
    blocks.WAIT: (Heard.WAIT, "the receiver asks to wait"),
    blocks.ABORT: (Heard.NO, "the receiver aborted the session"),
}


class Speech(AnswerGrammar):
    """SIA blocks, as the end needs them (``protocols.lines.sending.Speech``)."""

    greeting = b""

    def __init__(self, speaker: Speaker, its: quirks.Quirks) -> None:
        """Raises QuirksError for an encoding, UnsendableError for an account."""
        super().__init__(old=its.old_answers)
        self.ack_s, self.attempts = speaker.patience(ACK_S, ATTEMPTS)
        self.heartbeat_s = speaker.heartbeat_s
        self.quirks = its
        self.composer = Composer(its, encoding(speaker), speaker.heartbeat_s)
        self.heartbeat = b""
        if speaker.heartbeat_s is not None:
            self.heartbeat = (
                self._poll(speaker.account) if its.link_test == "poll" else self.composer.heartbeat(speaker.account)
            )

    def compose(self, message: ends.Message, now: Moment) -> Frames:
        """The blocks of a message. Raises UnsendableError."""
        if isinstance(message, ends.LinkTest) and self.quirks.link_test == "poll":
            return Message(frames=(self._poll(message.account),))
        return self.composer.compose(message, now)

    def hear(self, found: Found) -> tuple[Heard, str]:
        """What an answer means."""
        raw = found.raw
        if raw.startswith(b"P#"):
            return Heard.YES, "the poll was answered"
        return _MEANING.get(self.function(raw), (Heard.NOTHING, ""))

    def function(self, raw: bytes) -> str:
        """The function of an answer."""
        return chr(raw[0] if len(raw) == 1 else raw[1])

    def asks(self, frame: bytes) -> bool:
        """Whether a frame asks for an answer. A poll always does."""
        return self.quirks.ack_bit or frame.startswith(_POLL)

    def damaged(self, frame: bytes) -> bytes:
        """The frame with a wrong parity byte."""
        return frame[:-1] + bytes((frame[-1] ^ 0x01,))

    def _poll(self, account: str) -> bytes:
        return _POLL + self.composer.account(account) + b"\r\n"


class SIASendingEnd(LineSendingEnd):
    """One for a receiver; implements :class:`protocols.ends.SendingEnd`. The module says what it adds."""

    def __init__(self, speech: Speech, *, max_queue: int = 1000) -> None:
        super().__init__(speech, max_queue=max_queue)
        self._its = speech
        self._session = ""
        """The account that the receiver has; empty outside a session."""
        self._cuts = 0
        """How often the message at the head was cut short."""
        self._denied = ""
        """Why the frame on its way was rejected, while an acknowledgement may still follow."""
        self._sent = 0
        """Transmissions, for faults that come every so often."""

    @property
    def awaited(self) -> bytes:
        """As ever; nothing is awaited for a frame that asks for nothing."""
        frame = super().awaited
        return frame if frame and self._its.asks(frame) else b""

    def connected(self, now: Moment) -> None:
        """A new stream stands, and no session on it."""
        self._forget()
        super().connected(now)

    def disconnected(self, now: Moment) -> list[Outcome | Noise]:
        """The stream is gone. A message whose event was taken is said; another waits for the next stream."""
        self._connected = False
        self._forget()
        items: list[Outcome | Noise] = []
        if self._queue and self._said():
            items.append(self._end(OutcomeKind.ACCEPTED, "the event was taken; then the connection ended", now))
        job = self._queue[0] if self._queue else None
        on_its_way = job is not None and (job.at > 0 or job.attempts > 0)
        items.extend(super().disconnected(now))
        if job is not None:
            job.at = 0
        if on_its_way and not items:
            self._cuts += 1
            if self._cuts >= self._speech.attempts:
                items.append(self._end(OutcomeKind.GAVE_UP, f"given up after {self._cuts} connections", now))
        return items

    def _transmit(self, job: _Job, now: Moment) -> None:
        form = job.ticket.form
        known = bool(form.account) and form.account == self._session
        if job.at == 0 and known and self._its.quirks.account == "changes":
            job.at = 1
            job.ticket.attempts += 1
        super()._transmit(job, now)
        self._sent += 1
        wrong, twice = self._its.quirks.wrong_parity, self._its.quirks.repeat
        if wrong and self._sent % wrong == 0:
            self._out[-1] = self._its.damaged(self._out[-1])
        if twice and self._sent % twice == 0:
            self._out.append(self._out[-1])
            self._unanswered += 1
        if not self._its.asks(job.frames[job.at]):
            self._unanswered = 0
            self._deadline = now.mono

    def _beat(self, frame: bytes, now: Moment) -> None:
        super()._beat(frame, now)
        if self._beating and not self._its.asks(frame):
            self._beating, self._deadline = False, None

    def _heard(self, found: Found, now: Moment) -> list[Outcome | Noise]:
        heard, why = self._its.hear(found)
        ours = self._deadline is not None and not (self._beating or self._settling)
        if not ours or heard not in (Heard.YES, Heard.NO):
            return super()._heard(found, now)
        self._unanswered = max(0, self._unanswered - 1)
        job = self._queue[0]
        job.answer = found.raw
        function = self._its.function(found.raw)
        if function == blocks.ABORT:
            return self._cut_short(why, now)
        if heard is Heard.NO:
            if not self._denied:
                self._denied = why
                self._deadline = now.mono + DENIED_S
            return []
        self._denied = ""
        return self._taken(why, now, closes=function == blocks.DISCONNECT)

    def _taken(self, why: str, now: Moment, *, closes: bool = False) -> list[Outcome | Noise]:
        """The frame on its way is done with. ``closes``: the receiver ends the session with it."""
        job = self._queue[0]
        form: Message = job.ticket.form
        if job.at == 0 and form.account:
            self._session = form.account
        job.at += 1
        job.attempts = 0
        ended = job.at == len(job.frames)
        if ended and form.ends:
            self._session = ""
        if closes:
            self._connected = False
            self.closing = True
            return self._cut_short(why, now)
        if ended or (form.ends and job.at == len(job.frames) - 1 and self._goes_on(form.account)):
            return [self._end(OutcomeKind.ACCEPTED, why, now)]
        self._settle(now)
        return []

    def _failed(self, why: str, now: Moment) -> list[Outcome | Noise]:
        job = self._queue[0]
        if not self._denied and not self._its.asks(job.frames[job.at]):
            return self._taken("sent; it asks for no answer", now)
        why, self._denied = self._denied or why, ""
        if job.attempts >= self._speech.attempts:
            self._forget()
            if self._said():
                reason = f"the event was taken; what follows it found no answer: {why}"
                return [self._end(OutcomeKind.ACCEPTED, reason, now)]
        return super()._failed(why, now)

    def _cut_short(self, why: str, now: Moment) -> list[Outcome | Noise]:
        """The session is over in the middle of a message, or at its end."""
        self._forget()
        self._deadline = None
        if self._said():
            return [self._end(OutcomeKind.ACCEPTED, why, now)]
        job = self._queue[0]
        job.trouble = why
        job.at = job.attempts = 0
        self._cuts += 1
        if self._cuts >= self._speech.attempts:
            return [self._end(OutcomeKind.GAVE_UP, f"given up after {self._cuts} sessions: {why}", now)]
        self._start(now)
        return []

    def _said(self) -> bool:
        """Whether the event of the message at the head was taken."""
        job = self._queue[0]
        form: Message = job.ticket.form
        return job.at >= form.taken

    def _goes_on(self, account: str) -> bool:
        """Whether the next message belongs to the same session."""
        if len(self._queue) < 2:
            return False
        following: Message = self._queue[1].ticket.form
        return following.account == account

    def _forget(self) -> None:
        self._session = self._denied = ""
        self._unanswered = 0

    def _end(self, kind: OutcomeKind, reason: str, now: Moment) -> Outcome:
        self._cuts = 0
        outcome = super()._end(kind, reason, now)
        if self._its.quirks.hang_up and not self._queue and self._connected:
            self._out.append(GOODBYE)
            self._connected = False
            self.closing = True
        return outcome


def encoding(speaker: Speaker) -> str:
    """The code page of a speaker's texts. Raises QuirksError for one that nobody knows."""
    name = speaker.encoding or ENCODING
    try:
        codecs.lookup(name)
    except LookupError:
        raise QuirksError(f"encoding {name!r} is not known: give a Python codec such as cp850 or cp866.") from None
    return name
