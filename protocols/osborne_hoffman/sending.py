"""The panel's end: events in the clear, and polls on an idle line.

An answer is what holds ACK or NAK, in whichever of the two known forms it comes.
"""

from __future__ import annotations

import re
import secrets

from msgspec import Struct

from protocols import ends
from protocols.ends import LinkTest, Payload
from protocols.lines import quirks
from protocols.lines.options import Speaker
from protocols.lines.saying import bracketed, contact_id_text, encoded, sia_words
from protocols.lines.scanning import MORE, Found
from protocols.lines.sending import Frames, Heard, LineSendingEnd, QuirksError, UnsendableError
from protocols.model import Moment, Scheme, Signal
from protocols.osborne_hoffman import grammar

QUIRKS = {
    "nul_blanks": "NUL in place of the blanks of a poll",
    "nul_end": "false leaves out the NUL behind the CR",
    "end": "false leaves out the closing CR",
    "id": "the panel's id in polls, eight hex digits",
    "panel_id": "the panel's id behind the data of events, sixteen hex digits; empty for none",
    "true_length": "the length of an event is that of its body alone",
    "repeated": "every message is sent twice",
}
_answer = re.compile(rb"\"(ACK|NAK|NACK|DUH)\"(?:\r\n?)?|(ACK|NACK|NAK)\r\n?").match
_begun = re.compile(rb"\"?(?:A|AC|ACK|N|NA|NAK|NAC|NACK|D|DU|DUH)?\Z").match
_next = re.compile(rb"[\"AND]").search
_hex = re.compile(r"[0-9A-Fa-f]*").fullmatch


class Quirks(Struct, frozen=True, kw_only=True):
    """Departures of one panel. Every default is what was captured."""

    nul_blanks: bool = False
    nul_end: bool = True
    end: bool = True
    id: str = "00000001"
    panel_id: str = ""
    true_length: bool = False
    repeated: bool = False

    def __post_init__(self) -> None:
        """Refuse what no panel can have."""
        if len(self.id) != 8 or not _hex(self.id) or len(self.panel_id) not in (0, 16) or not _hex(self.panel_id):
            raise QuirksError("id and panel_id: give eight, and sixteen or no, hex digits.")


class Speech:
    """The protocol, for ``LineSendingEnd``. The grammar is that of the answers."""

    filler = grammar.FILLER + b" "
    longest = 16
    greeting = b""

    def __init__(self, speaker: Speaker) -> None:
        """Raises QuirksError, and UnsendableError for what the protocol cannot have."""
        self._quirks = quirks.read(speaker.quirks, Quirks)
        self.ack_s, self.attempts = speaker.patience(5.0, 3)
        self.heartbeat_s = speaker.heartbeat_s
        self._receiver = _digits(speaker.receiver, 4, "receiver")
        self._line = _digits(speaker.line, 4, "line")
        self._account = _digits(speaker.account, 6, "account")
        self._encoding = speaker.encoding or "utf-8"
        self._sequence = secrets.randbelow(9999)
        self.heartbeat = self._poll()

    def seek(self, buffer: bytes, at: int) -> int:
        """As ``Grammar.seek``."""
        found = _next(buffer, at)
        return len(buffer) if found is None else found.start()

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """As ``Grammar.match``."""
        found = _answer(buffer, at)
        if found is not None:
            return found.end() - at
        if final:
            bare = re.compile(rb"N?ACK\Z|NAK\Z").match(buffer, at)
            return 0 if bare is None else bare.end() - at
        return MORE if _begun(buffer, at) else 0

    def guess(self, raw: bytes) -> str:
        """As ``Grammar.guess``."""
        return "garbage"

    def compose(self, message: ends.Message, now: Moment) -> Frames:
        """As ``Speech.compose``."""
        if isinstance(message, LinkTest):
            return Frames((self.heartbeat,))
        token, words = _say(message)
        words = bracketed(words)
        account = _digits(message.account or self._account.decode("ascii"), 6, "account")
        data = b"#%b|%b" % (account, encoded(words, self._encoding))
        panel_id = self._quirks.panel_id.encode("ascii")
        tail = b"%b|#%b" % (panel_id, account) if panel_id else b""
        self._sequence = self._sequence % 9999 + 1
        frame = grammar.write_event(token, b"%04d" % self._sequence, self._receiver, self._line, data, tail, b"")
        if self._quirks.true_length:
            frame = b"\n0101%04X%b" % (len(frame) - 9, frame[9:])
        frame += self._end()
        if len(frame) > grammar.LONGEST:
            raise UnsendableError(f"a message of {len(frame)} bytes is too long: {grammar.LONGEST} are the most.")
        return Frames((self._said(frame),))

    def hear(self, found: Found) -> tuple[Heard, str]:
        """As ``Speech.hear``."""
        if b"NA" in found.raw or b"DUH" in found.raw:
            return Heard.NO, "the answer was NAK"
        return Heard.YES, "acknowledged"

    def _poll(self) -> bytes:
        blank = b"\0" if self._quirks.nul_blanks else b" "
        poll = grammar.write_poll(
            self._receiver, self._line, self._account, self._quirks.id.encode("ascii"), blank=blank, end=self._end()
        )
        return self._said(poll)

    def _end(self) -> bytes:
        return (b"\r" if self._quirks.end else b"") + (b"\0" if self._quirks.nul_end else b"")

    def _said(self, frame: bytes) -> bytes:
        return frame * 2 if self._quirks.repeated else frame


def _say(message: Signal | Payload) -> tuple[bytes, str]:
    """Token, and what follows the account."""
    if isinstance(message, Payload):
        if not re.fullmatch(r"[A-Z0-9-]{1,16}", message.token):
            raise UnsendableError(f"token {message.token!r}: give up to 16 capitals, digits and hyphens.")
        return message.token.encode("ascii"), message.content
    if message.scheme is Scheme.CONTACT_ID:
        return b"ADM-CID", contact_id_text(message)
    if message.scheme is Scheme.SIA:
        return b"SIA-DCS", sia_words(message)
    raise UnsendableError("the protocol says Contact ID and SIA: send other codes as a payload.")


def _digits(value: str, width: int, what: str) -> bytes:
    """Hex digits, filled up with zeros. Raises UnsendableError."""
    if not value or _hex(value) is None or len(value) > width:
        raise UnsendableError(f"{what} {value!r}: give 1 to {width} hex digits.")
    return value.rjust(width, "0").encode("ascii")


def sending(speaker: Speaker) -> LineSendingEnd:
    """The sending end. Raises QuirksError and UnsendableError."""
    return LineSendingEnd(Speech(speaker), max_queue=speaker.max_queue)
