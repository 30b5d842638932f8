"""The receiver's end of SIA mode, as a D6600 speaks it: messages with numbers, ACK with the same number, NAK with none.

A receiver says a message again until an ACK or NAK comes, and skips it after three NAKs in a row; here a message is
given up after so many attempts, whatever came. An answer with another number belongs to an earlier transmission and
counts for nothing.
"""

from __future__ import annotations

import secrets
from typing import Literal

from msgspec import Struct

from protocols import ends
from protocols.d6600 import grammar
from protocols.d6600.reading import DAMAGED, GARBAGE
from protocols.ends import LinkTest, Payload
from protocols.lines import quirks
from protocols.lines.options import Speaker
from protocols.lines.saying import bracketed, contact_id_text, encoded, sia_words
from protocols.lines.scanning import Found
from protocols.lines.sending import Frames, Heard, LineSendingEnd, UnsendableError
from protocols.model import Moment, Scheme, Signal

QUIRKS = {
    "crc": "what the CRC covers: 'body', 'cr', 'sequence', 'data'; 'wrong' for a CRC that fits nothing",
    "lower_case": "CRC in lower case",
    "start": "false leaves out the LF in front",
    "end": "false leaves out the closing CR",
    "letters": "E, R and P in place of the digits 1, 3 and 6 of Contact ID",
    "sequence": "'zero' numbers every message 0000",
    "link_test_line": "link tests carry the line, too",
    "repeated": "every message is sent twice",
}
_LETTERS = str.maketrans("136", "ERP")


class Quirks(Struct, frozen=True, kw_only=True):
    """Departures of one receiver. Every default is what the manual says."""

    crc: Literal["body", "cr", "sequence", "data", "wrong"] = "body"
    lower_case: bool = False
    start: bool = True
    end: bool = True
    letters: bool = False
    sequence: Literal["count", "zero"] = "count"
    link_test_line: bool = False
    repeated: bool = False


class Speech:
    """SIA mode, for ``LineSendingEnd``. The grammar is that of messages: answers are some."""

    filler = grammar.FILLER
    longest = grammar.LONGEST
    greeting = b""

    def __init__(self, speaker: Speaker) -> None:
        """Raises QuirksError, and UnsendableError for an account or numbers that SIA mode cannot have."""
        self._quirks = quirks.read(speaker.quirks, Quirks)
        self.ack_s, self.attempts = speaker.patience(5.0, 3)
        self.heartbeat_s = speaker.heartbeat_s
        self._account = check_account(speaker.account, 16)
        self._receiver = check_number(speaker.receiver, "receiver")
        self._line = check_number(speaker.line, "line")
        self._encoding = speaker.encoding or "utf-8"
        self._sequence = secrets.randbelow(9999)
        self.end: LineSendingEnd | None = None
        """Whose words these are: it knows which message is on its way."""
        self.heartbeat = self._link_test()

    def seek(self, buffer: bytes, at: int) -> int:
        """As ``Grammar.seek``."""
        return grammar.seek(buffer, at)

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """As ``Grammar.match``."""
        return grammar.match(buffer, at, final)

    def guess(self, raw: bytes) -> str:
        """As ``Grammar.guess``."""
        return DAMAGED if raw.lstrip(grammar.FILLER)[:1].isalnum() else GARBAGE

    def compose(self, message: ends.Message, now: Moment) -> Frames:
        """As ``Speech.compose``."""
        if isinstance(message, LinkTest):
            return Frames((self._link_test(),))
        kind, data = self._say(message)
        account = check_account(message.account or self._account, 16)
        return Frames((self._frame(kind, self._line, b"#%b|%b" % (account.encode("ascii"), data)),))

    def hear(self, found: Found) -> tuple[Heard, str]:
        """As ``Speech.hear``."""
        answer = grammar.parse(found.raw)
        if answer is None or answer.data or answer.type != grammar.TAB or not answer.covering:
            return Heard.NOTHING, ""
        waiting = self._waiting()
        if waiting is None:
            return Heard.YES, "nothing waited for it"
        same = answer.sequence == waiting.sequence and answer.receiver == waiting.receiver
        # Of a message numbered 0000 only the line tells ACK from NAK.
        if same and (answer.sequence != b"0000" or answer.line == waiting.line != b"00"):
            if not waiting.data:
                self.heartbeat = self._link_test()
            return Heard.YES, "acknowledged"
        if answer.sequence == b"0000":
            return Heard.NO, "the answer was NAK"
        return Heard.NOTHING, ""

    def _waiting(self) -> grammar.Message | None:
        """The message or heartbeat whose answer is awaited."""
        sent = self.end.awaited if self.end is not None else b""
        return grammar.parse(sent[: grammar.match(sent, 0, True)]) if sent else None

    def _say(self, message: Signal | Payload) -> tuple[bytes, bytes]:
        """Type and what follows the account."""
        if isinstance(message, Payload):
            kind = message.token if message.token not in ("TAB", "SIA") else "\t"
            if len(kind) != 1 or not (kind == "\t" or (kind.isascii() and kind.isalnum())):
                raise UnsendableError(f"type {message.token!r}: give TAB, or one letter or digit.")
            return kind.encode("ascii"), encoded(bracketed(message.content), self._encoding)
        if message.scheme is Scheme.CONTACT_ID:
            return b"a", b"18" + contact_digits(message, letters=self._quirks.letters)
        if message.scheme is Scheme.SIA:
            return grammar.TAB, encoded(bracketed(sia_words(message)), self._encoding)
        raise UnsendableError("SIA mode says Contact ID and SIA: send other codes as a payload.")

    def _link_test(self) -> bytes:
        return self._frame(grammar.TAB, self._line if self._quirks.link_test_line else b"", b"")

    def _frame(self, kind: bytes, line: bytes, data: bytes) -> bytes:
        habits = self._quirks
        self._sequence = self._sequence % 9999 + 1
        number = b"0000" if habits.sequence == "zero" else b"%04d" % self._sequence
        covering = "body" if habits.crc == "wrong" else habits.crc
        frame = grammar.write(kind, number, self._receiver, line, data, covering)
        if len(frame) > grammar.LONGEST:
            raise UnsendableError(f"a message of {len(frame)} bytes is too long: {grammar.LONGEST} are the most.")
        if habits.crc == "wrong":
            frame = b"\n%04X" % (int(frame[1:5], 16) ^ 0x5A5A) + frame[5:]
        if habits.lower_case:
            frame = b"\n" + frame[1:5].lower() + frame[5:]
        frame = frame[0 if habits.start else 1 : None if habits.end else -1]
        return frame * 2 if habits.repeated else frame


def check_account(account: str, most: int) -> str:
    """The account. Raises UnsendableError."""
    if not (account.isascii() and account.isalnum() and len(account) <= most):
        raise UnsendableError(f"account {account!r}: give 1 to {most} letters and digits.")
    return account


def check_number(value: str, what: str) -> bytes:
    """A number of two digits. Raises UnsendableError."""
    if not (value.isascii() and value.isdigit() and len(value.lstrip("0")) <= 2):
        raise UnsendableError(f"{what} {value!r}: give a number from 0 to 99.")
    return b"%02d" % int(value)


def contact_digits(signal: Signal, *, letters: bool) -> bytes:
    """``QXYZGGCCC``, with ``letters`` one of E, R and P in place of Q. Raises UnsendableError."""
    digits = contact_id_text(signal).replace(" ", "")
    return ((digits[0].translate(_LETTERS) if letters else digits[0]) + digits[1:]).encode("ascii")


def sending(speaker: Speaker) -> LineSendingEnd:
    """The sending end. Raises QuirksError and UnsendableError."""
    speech = Speech(speaker)
    end = LineSendingEnd(speech, max_queue=speaker.max_queue)
    speech.end = end
    return end
