"""A receiver of this family, or a relay that speaks like one.

It says its own troubles and whatever data it is given: the layout of events is not public. After two failures it is in
"computer trouble": messages wait, and only heartbeats go out until one is acknowledged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from protocols import ends, local_time
from protocols.ends import LinkTest, Outcome, Payload
from protocols.lines import quirks
from protocols.lines.options import Speaker
from protocols.lines.scanning import Found
from protocols.lines.sending import Frames, Heard, LineSendingEnd, QuirksError, UnsendableError
from protocols.model import Moment, Noise, Signal
from protocols.mx8000 import system
from protocols.mx8000.findings import COMMAND, NOT_AN_ANSWER
from protocols.mx8000.grammar import ACCOUNT_MARK, SILENT_KNIGHT_SYSTEM, SYSTEM, v_byte
from protocols.mx8000.quirks import Quirks
from protocols.mx8000.reading import ACK, ACK_S, ESC, NACK

ATTEMPTS = 2
TROUBLE_BEAT_S = 10.0
"""Between two heartbeats in computer trouble."""

LINK_TEST_REQUEST = b"\r"
_GRANTED = (b"\x4a", b"\x4b")
"""Log-on and log-off of the computer."""
_REFUSED = (b"\x05", b"\x48", b"\x49", b"\x4c")
"""Hang-up and listen-in: there is no telephone line here."""
_COMPUTER_RESTORE = b"\x7d"

_printable = re.compile(r"[0-9A-Za-z]{1,3}").fullmatch
_type = re.compile(r"[0-9A-Fa-f]{2}").fullmatch
_account = re.compile(r"[0-9A-Fa-f]{3,16}").fullmatch
_NO_TYPES = frozenset(b'\x00\x06\x15\x1b\r\n"')


class Speech:
    """Implements :class:`protocols.lines.sending.Speech`. Every byte of the computer is an answer or a command."""

    filler = b"\0\n"
    longest = 1
    greeting = b""

    def __init__(self, speaker: Speaker) -> None:
        """Raises QuirksError, and UnsendableError for a receiver number that has no room."""
        self.quirks = quirks.read(speaker.quirks, Quirks)
        if not 1 <= self.quirks.copies <= 9:
            raise QuirksError(f"copies {self.quirks.copies}: give 1 to 9.")
        zone = local_time.zone_of(self.quirks.time_zone)
        if zone is None:
            raise QuirksError(
                f"time_zone {self.quirks.time_zone!r} is not known here: give an IANA name such as Asia/Almaty."
            )
        self._zone = zone
        if not _printable(speaker.receiver):
            raise UnsendableError(f"receiver {speaker.receiver!r}: give one to three digits, such as 01.")
        self._receiver = speaker.receiver
        self._reference = 0
        self.ack_s, self.attempts = speaker.patience(ACK_S, ATTEMPTS)
        self.heartbeat = b"\x02"
        """Stands for :meth:`beat`: a heartbeat carries the time."""
        self.heartbeat_s = speaker.heartbeat_s

    # Grammar of the answers

    def seek(self, buffer: bytes, at: int) -> int:
        """The very next byte that is no filler."""
        return next((place for place in range(at, len(buffer)) if buffer[place] not in self.filler), len(buffer))

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """One byte."""
        return 1

    def guess(self, raw: bytes) -> str:
        """What bytes are that are no answer."""
        return NOT_AN_ANSWER

    def hear(self, found: Found) -> tuple[Heard, str]:
        """What an answer means."""
        if found.raw == ACK:
            return Heard.YES, "acknowledged"
        if found.raw == NACK:
            return Heard.NO, "the computer did not understand the message (NACK)"
        return Heard.NOTHING, ""

    # What is said

    def compose(self, message: ends.Message, now: Moment) -> Frames:
        """Raises UnsendableError."""
        if isinstance(message, LinkTest):
            return Frames((self.beat(now),))
        if isinstance(message, Payload):
            return Frames((self._payload(message, now),))
        return Frames((self._system(_event(message), now),))

    def beat(self, now: Moment) -> bytes:
        """A system message that says nothing. The form of the receiver's own heartbeat is not public."""
        return self._system(b"", now)

    def restored(self, now: Moment) -> bytes:
        """The end of computer trouble."""
        return self._system(_COMPUTER_RESTORE, now)

    def _system(self, data: bytes, now: Moment) -> bytes:
        return self._record(SILENT_KNIGHT_SYSTEM if self._short else SYSTEM, data, now)

    @property
    def _short(self) -> bool:
        return self.quirks.family == "silent-knight"

    def _payload(self, payload: Payload, now: Moment) -> bytes:
        kind = int(payload.token, 16) if _type(payload.token) else -1
        if not 0 < kind < 0x80 or kind in _NO_TYPES:
            raise UnsendableError(
                f"token {payload.token!r}: give the type of the record as two hex digits, 01 to 7F and no control "
                "character of the line, such as 41."
            )
        try:
            data = payload.content.encode("latin-1")
        except UnicodeEncodeError as error:
            raise UnsendableError("content: each character stands for one byte; give characters of Latin-1.") from error
        if b"\r" in data:
            raise UnsendableError("content: CR ends a record; leave it out.")
        if kind not in (SYSTEM, SILENT_KNIGHT_SYSTEM) and payload.account:
            if not _account(payload.account):
                raise UnsendableError(f"account {payload.account!r}: give 3 to 16 hex digits, or none.")
            data = bytes((ACCOUNT_MARK,)) + payload.account.encode("ascii") + b'"' + data
        return self._record(kind, data, now)

    def _record(self, kind: int, data: bytes, now: Moment) -> bytes:
        clock = datetime.fromtimestamp(now.wall, self._zone)
        if kind == SILENT_KNIGHT_SYSTEM:
            head = clock.strftime('%m%d%y"%H%M"')
        else:
            self._reference = self._reference % 9999 + 1
            head = clock.strftime('%m%d%y"%H%M%S"') + f'{self._receiver}"{self._reference:04}"'
        body = bytes((kind,)) + head.encode("ascii") + data
        v = v_byte(body)
        if self.quirks.wrong_v:
            v ^= 0x01
        return (body + bytes((v,)) + b"\r") * self.quirks.copies


def _event(signal: Signal) -> bytes:
    """The event byte of a receiver's own event, with what belongs behind it."""
    byte = system.BYTES.get((signal.scheme, signal.code, signal.qualifier))
    if byte is None or signal.account.strip("0"):
        raise UnsendableError(
            f"account {signal.account!r}, code {signal.code!r}: of this protocol only the receiver's own events "
            "(account 0000: AT, AR, YT, YR, YD, YE, LT, LR, YS, YK) are known; the layout of others is not public. "
            "Give the content as it shall stand in the record."
        )
    argument = ""
    if system.MEANINGS[byte].argument == "number":
        argument = (signal.number or "0").lstrip("0").rjust(2, "0")
        if len(argument) != 2 or not argument.isascii() or not argument.isdigit():
            raise UnsendableError(f"number {signal.number!r}: two digits follow the code; give 0 to 99.")
    elif system.MEANINGS[byte].argument == "model":
        argument = signal.text or "8000"
        if len(argument) != 4 or not argument.isascii() or not argument.isalnum():
            raise UnsendableError(
                f"text {argument!r}: it names the model here; give four letters or digits, such as 8000."
            )
    return bytes((byte,)) + argument.encode("ascii")


class SendingEnd(LineSendingEnd):
    """As :class:`LineSendingEnd`, with computer trouble and the computer's commands."""

    def __init__(self, speech: Speech, *, max_queue: int) -> None:
        super().__init__(speech, max_queue=max_queue)
        self._mx = speech
        self._trouble_at: float | None = None
        """In computer trouble: when the next heartbeat is due."""

    @property
    def in_trouble(self) -> bool:
        """Whether the computer left a message unanswered, and has said nothing good since."""
        return self._trouble_at is not None

    def expire(self, now: Moment) -> Sequence[Outcome | Noise]:
        """As ever; in trouble a heartbeat may be due."""
        items = super().expire(now)
        if self._trouble_at is not None and now.mono >= self._trouble_at:
            self._trouble_at = now.mono + TROUBLE_BEAT_S
            self._beat(b"", now)
        return items

    def next_timeout(self) -> float | None:
        """When to call :meth:`expire`, in monotonic seconds."""
        due = super().next_timeout()
        if self._trouble_at is None or not self._connected:
            return due
        return self._trouble_at if due is None else min(due, self._trouble_at)

    def _start(self, now: Moment) -> None:
        if self._trouble_at is None:
            super()._start(now)

    def _beat(self, frame: bytes, now: Moment) -> None:
        super()._beat(self._mx.beat(now), now)

    def _give_up(self, why: str, now: Moment) -> Outcome:
        if self._trouble_at is None:
            self._trouble_at = now.mono + TROUBLE_BEAT_S
        return super()._give_up(why, now)

    def _heard(self, found: Found, now: Moment) -> list[Outcome | Noise]:
        heard, _ = self._mx.hear(found)
        if heard is Heard.NOTHING:
            return self._commanded(found.raw, now)
        items = super()._heard(found, now)
        if heard is Heard.YES and self._trouble_at is not None:
            self._trouble_at = None
            self._recover(now)
        return items

    def _recover(self, now: Moment) -> None:
        """The end of the trouble is told first: with the message that waits, or by itself."""
        restored = self._mx.restored(now)
        if not self._queue:
            super()._beat(restored, now)
            return
        job = self._queue[0]
        job.frames = (restored, *job.frames)
        self._start(now)

    def _commanded(self, command: bytes, now: Moment) -> list[Outcome | Noise]:
        if command == LINK_TEST_REQUEST:
            self._beat(b"", now)  # allowed on a silent line only; on a busy one it is ignored
            return []
        if command in _GRANTED:
            self._out.append(ACK)
        elif command in _REFUSED:
            self._out.append(ESC)
        else:
            self._out.append(NACK)
            return [Noise(command, NOT_AN_ANSWER, 1)]
        return [Noise(command, COMMAND, 1)]
