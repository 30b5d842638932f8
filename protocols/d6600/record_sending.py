"""The receiver's end of D6500 mode: one event a record, ACK 06, NAK 15."""

from __future__ import annotations

from msgspec import Struct

from protocols import ends
from protocols.d6600 import records
from protocols.d6600.record_reading import ACK, NAK
from protocols.d6600.sending import check_account, check_number, contact_digits
from protocols.ends import LinkTest, Payload
from protocols.lines import quirks
from protocols.lines.options import Speaker
from protocols.lines.saying import bracketed, encoded, sia_words
from protocols.lines.scanning import Found
from protocols.lines.sending import Frames, Heard, LineSendingEnd, QuirksError, UnsendableError
from protocols.model import Moment, Scheme, Signal

QUIRKS = {
    "header": "the character in front of a record, or none",
    "trailer": "characters at its end",
    "letters": "E, R and P in place of the digits 1, 3 and 6 of Contact ID",
    "repeated": "every record is sent twice",
}
_ANSWERS = ACK + NAK
_LINES = "0123456789ABCDEFGHIJKLMNOPQRSTUVW"
"""Numbers of lines, 0 to 32; 33 is X, and everything above is Y."""


class Quirks(Struct, frozen=True, kw_only=True):
    """Departures of one receiver. Every default is what the manual says."""

    header: str = " "
    trailer: str = "\x14"
    letters: bool = False
    repeated: bool = False

    def __post_init__(self) -> None:
        """Refuse what no receiver can have."""
        if len(self.header) > 1 or not (self.header.isascii() and len(self.trailer) <= 4 and self.trailer.isascii()):
            raise QuirksError("header and trailer: give at most one, and four, characters of ASCII.")


class Speech:
    """D6500 mode, for ``LineSendingEnd``."""

    filler = b"\x00\r\n"
    longest = 1
    greeting = b""

    def __init__(self, speaker: Speaker) -> None:
        """Raises QuirksError, and UnsendableError for an account or numbers that D6500 mode cannot have."""
        self._quirks = quirks.read(speaker.quirks, Quirks)
        self.ack_s, self.attempts = speaker.patience(5.0, 3)
        self.heartbeat_s = speaker.heartbeat_s
        self._account = check_account(speaker.account, 10)
        self._receiver = check_number(speaker.receiver, "receiver")
        number = int(check_number(speaker.line, "line"))
        self._line = (_LINES[number] if number < len(_LINES) else "X" if number == len(_LINES) else "Y").encode()
        self._encoding = speaker.encoding or "utf-8"
        self.heartbeat = self._record(b"1", b" " * 11 + b"@" + b" " * 4, line=b"0")

    def seek(self, buffer: bytes, at: int) -> int:
        """The next ACK or NAK."""
        while at < len(buffer) and buffer[at] not in _ANSWERS:
            at += 1
        return at

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Both are single bytes."""
        return 1

    def guess(self, raw: bytes) -> str:
        """As ``Grammar.guess``."""
        return "garbage"

    def compose(self, message: ends.Message, now: Moment) -> Frames:
        """As ``Speech.compose``."""
        if isinstance(message, LinkTest):
            return Frames((self.heartbeat,))
        if isinstance(message, Payload):
            kind = message.token.encode("ascii", "replace")
            if len(kind) != 1 or kind not in records.TYPES + b"S":
                raise UnsendableError(f"type {message.token!r}: give one of {records.TYPES.decode()}S.")
            return Frames((self._checked(kind, encoded(message.content, self._encoding)),))
        account = check_account(message.account or self._account, 10)
        if message.scheme is Scheme.CONTACT_ID:
            return Frames((self._contact(message, account),))
        if message.scheme is Scheme.SIA:
            data = encoded(bracketed(sia_words(message)), self._encoding)
            return Frames((self._checked(b"S", b"[#%b|%b]" % (account.encode("ascii"), data)),))
        raise UnsendableError("D6500 mode says Contact ID and SIA: send other codes as a payload.")

    def hear(self, found: Found) -> tuple[Heard, str]:
        """As ``Speech.hear``."""
        return (Heard.YES, "acknowledged") if found.raw == ACK else (Heard.NO, "the answer was NAK")

    def _contact(self, message: Signal, account: str) -> bytes:
        digits = contact_digits(message, letters=self._quirks.letters)
        if len(account) > 4:
            raise UnsendableError(f"account {account!r}: a Contact ID record of D6500 mode has 4 digits.")
        return self._checked(b"a", f" {account:>4}18".encode("ascii") + digits)

    def _checked(self, kind: bytes, body: bytes) -> bytes:
        """A record that can be read back. Raises UnsendableError."""
        record = records.write(kind, self._receiver, self._line, body, b"", records.TRAILER)
        if records.match(record, 0, True) != len(record):
            raise UnsendableError("no record of D6500 mode has this content: give 16 characters, or S and SIA text.")
        return self._record(kind, body)

    def _record(self, kind: bytes, body: bytes, line: bytes | None = None) -> bytes:
        header, trailer = self._quirks.header.encode("ascii"), self._quirks.trailer.encode("ascii")
        record = records.write(kind, self._receiver, self._line if line is None else line, body, header, trailer)
        return record * 2 if self._quirks.repeated else record


def sending(speaker: Speaker) -> LineSendingEnd:
    """The sending end. Raises QuirksError and UnsendableError."""
    return LineSendingEnd(Speech(speaker), max_queue=speaker.max_queue)
