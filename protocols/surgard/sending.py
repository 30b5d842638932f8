"""What a Sur-Gard receiver says, and what it hears: the speech of :class:`protocols.lines.sending.LineSendingEnd`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from protocols import ends, local_time
from protocols.ends import LinkTest, Payload
from protocols.lines import quirks as given_quirks
from protocols.lines.options import Speaker
from protocols.lines.saying import contact_id_text, sia_words
from protocols.lines.scanning import MORE, Found
from protocols.lines.sending import Frames, Heard, LineSendingEnd, QuirksError, UnsendableError
from protocols.model import Finding, Moment, Qualifier, Scheme, Signal
from protocols.surgard import clock, tables
from protocols.surgard.findings import finding
from protocols.surgard.reading import ACK_S, ATTEMPTS

MOST_COPIES = 6
"""Copies without a terminator between them that were seen in one read."""


class Quirks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Departures of one sender. Every default is what the manuals say. Raises QuirksError for what none can have."""

    terminator: Literal["dc4", "cr", "crlf", "none"] = "dc4"
    line_digits: int = 1
    space_after_line: bool = True
    space_before_account: bool = False
    digit_qualifiers: bool = False
    account_pad: str = ""
    clock: bool = False
    clock_zone: str = ""
    copies: int = 1
    sia: Literal["text", "columns"] = "text"
    two_characters: bool = False
    line_feed: bool = False
    nul: bool = False

    def __post_init__(self) -> None:
        """Refuse what no sender can have."""
        if not 1 <= self.line_digits <= 3:
            raise QuirksError(f"line_digits {self.line_digits}: give 1 to 3.")
        if not 1 <= self.copies <= MOST_COPIES:
            raise QuirksError(f"copies {self.copies}: give 1 to {MOST_COPIES}.")
        if re.fullmatch(r"[ 0-9A-F]?", self.account_pad) is None:
            raise QuirksError(f"account_pad {self.account_pad!r}: give one digit, one of A to F, or a blank.")
        if self.clock_zone and local_time.zone_of(self.clock_zone) is None:
            raise QuirksError(f"clock_zone {self.clock_zone!r} is not known here: give an IANA name, as Asia/Almaty.")


QUIRKS: Mapping[str, str] = MappingProxyType(
    {
        "terminator": "what ends a line: dc4, cr, crlf, or none",
        "line_digits": "characters of a line number: 1 (MLR2), 3 (MLR2000, System), or 2",
        "space_after_line": "false: Contact ID lines lack the blank behind the line number",
        "space_before_account": "Contact ID lines have a blank in front of the account",
        "digit_qualifiers": "Contact ID lines have the qualifiers 1, 3 and 6 instead of E, R and P",
        "account_pad": "what fills up short accounts: a digit, a letter A to F or a blank; empty for the usual",
        "clock": "the receiver's clock stands behind every line but heartbeats",
        "clock_zone": "IANA name of the zone that this clock runs in; empty for UTC",
        "copies": "each line so many times at once, without a terminator between the copies",
        "sia": "text: SIA events as S lines; columns: as lines of identifier 3, code and number only",
        "two_characters": "codes of scheme other are sent as PIMA receivers do, two characters in a basic line",
        "line_feed": "a line feed stands in front of every line",
        "nul": "a zero byte stands behind every terminator",
    }
)
"""Name to an English sentence."""

_ENDS = {"dc4": b"\x14", "cr": b"\r", "crlf": b"\r\n", "none": b""}
_QUALIFIERS = {Qualifier.NEW: "E", Qualifier.RESTORE: "R", Qualifier.STATUS: "P"}
_DIGITS = {"E": "1", "R": "3", "P": "6"}
_account = re.compile(r"[0-9A-Fa-f]{1,10}").fullmatch
_number = re.compile(r"[0-9A-F]{0,4}").fullmatch
_basic = re.compile(r"[ 0-9A-Z]{0,3}").fullmatch
_printable = re.compile(r"[^\x00-\x1f\x7f]*").fullmatch


class Speech:
    """How one receiver speaks. Raises QuirksError for quirks, UnsendableError for numbers that no receiver has."""

    greeting = b""
    filler = b"\r\n\0 "
    longest = 8

    def __init__(self, speaker: Speaker) -> None:
        self._quirks = quirks = given_quirks.read(speaker.quirks, Quirks)
        self.ack_s, self.attempts = speaker.patience(ACK_S, ATTEMPTS)
        self.heartbeat_s = speaker.heartbeat_s
        self._encoding = speaker.encoding or "utf-8"
        receiver, line = speaker.receiver.upper().zfill(2), speaker.line.upper().zfill(quirks.line_digits)
        if re.fullmatch(r"[0-9A-F]{2}", receiver) is None:
            raise UnsendableError(f"receiver number {speaker.receiver!r}: a Sur-Gard line has two digits for it.")
        if len(line) != quirks.line_digits or re.fullmatch(r"[0-9A-Z]|[0-9]{2,3}", line) is None:
            raise UnsendableError(
                f"line number {speaker.line!r} does not fit into {quirks.line_digits} "
                "(quirk line_digits; a letter only where it is 1)."
            )
        self._head = receiver + line
        self.heartbeat = self._framed(f"1{self._head}{' ' * 11}@{' ' * 4}".encode("ascii"))

    def compose(self, message: ends.Message, now: Moment) -> Frames:
        """One line. Raises UnsendableError for what the formats cannot say."""
        if isinstance(message, LinkTest):
            return Frames((self.heartbeat,))
        text = self._payload(message) if isinstance(message, Payload) else self._signal(message)
        try:
            data = text.encode(self._encoding)
        except (LookupError, UnicodeEncodeError):
            raise UnsendableError(f"the text cannot be written in {self._encoding}: choose another encoding.") from None
        if self._quirks.clock and not isinstance(message, Payload):
            data += clock.write(self._quirks.clock_zone, now.wall).encode("ascii")
        return Frames((self._framed(data * self._quirks.copies),))

    def _framed(self, data: bytes) -> bytes:
        quirks = self._quirks
        data += _ENDS[quirks.terminator]
        return b"\n" * quirks.line_feed + data + b"\0" * quirks.nul

    def _payload(self, payload: Payload) -> str:
        """Content as given: in brackets behind the account (``S`` and ``0``), or what follows the line number."""
        letter, content = payload.token, payload.content
        if re.fullmatch(r"[0-9A-Z]", letter) is None:
            raise UnsendableError(f"token {letter!r}: a Sur-Gard line has one capital letter or digit for it.")
        if _printable(content) is None or _printable(payload.account) is None:
            raise UnsendableError("the content has control characters, which would end the line: leave them out.")
        if letter in "S0":
            return f"{letter}{self._head}[#{payload.account}|{content}]"
        return f"{letter}{self._head}{content}"

    def _signal(self, signal: Signal) -> str:
        if _account(signal.account) is None:
            raise UnsendableError(f"account {signal.account!r}: a Sur-Gard line has 1 to 10 hex digits for it.")
        if signal.scheme is Scheme.CONTACT_ID:
            return self._contact_id(signal)
        if signal.scheme is Scheme.SIA:
            return self._columns(signal) if self._quirks.sia == "columns" else self._text(signal)
        return self._basic(signal)

    def _contact_id(self, signal: Signal) -> str:
        quirks = self._quirks
        _, partition, number = contact_id_text(signal).split(" ")
        qualifier = _QUALIFIERS[signal.qualifier]
        qualifier = _DIGITS[qualifier] if quirks.digit_qualifiers else qualifier
        pad = quirks.account_pad if quirks.account_pad.strip() else "0"
        return (
            f"5{self._head}{' ' * quirks.space_after_line}18{' ' * quirks.space_before_account}"
            f"{signal.account.rjust(4, pad)}{qualifier}{signal.code}{partition}{number}"
        )

    def _text(self, signal: Signal) -> str:
        account = signal.account.rjust(4, self._quirks.account_pad or "0")
        return f"S{self._head}[#{account}|{sia_words(signal)}]"

    def _columns(self, signal: Signal) -> str:
        """Identifier 3, which carries neither partition, user nor text."""
        sia_words(signal)
        if _number(signal.number) is None:
            raise UnsendableError(f"number {signal.number!r}: identifier 3 has four hex digits for it.")
        return f"3{self._head}{self._column(signal.account)}{signal.code}{signal.number.rjust(4, '0')}"

    def _basic(self, signal: Signal) -> str:
        code, area = signal.code, signal.partition or " "
        if self._quirks.two_characters and re.fullmatch(r"[0-9A-Z]{2}", code) is not None:
            return f"1{self._head}{self._column(signal.account)}    {code}"
        if code not in tables.letters() or re.fullmatch(r"[ 0-9A-F]", area) is None or _basic(signal.number) is None:
            raise UnsendableError(
                f"code {code!r}: the basic format says one letter of {''.join(tables.letters())}, an area of one digit "
                "and a number of three; codes of two characters need the quirk two_characters."
            )
        number = signal.number.rjust(3, "0") if signal.number else "   "
        return f"1{self._head}{self._column(signal.account)} {code}{area}{number}"

    def _column(self, account: str) -> str:
        """Ten places: four blanks, and an account of six at their right."""
        pad = self._quirks.account_pad
        return account.rjust(4, "0" if pad in ("", " ") else pad).rjust(6, pad or " ").rjust(10)

    # The answers: a byte each, or the words that naive servers write.

    def seek(self, buffer: bytes, at: int) -> int:
        """The first offset of an answer."""
        found = _answer_start(buffer, at)
        return len(buffer) if found is None else found.start()

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """One byte, or three of a word."""
        if buffer[at] in b"\x06\x15":
            return 1
        word = buffer[at : at + 3]
        if word in (b"ACK", b"NAK"):
            return 3
        return MORE if not final and (b"ACK".startswith(word) or b"NAK".startswith(word)) else 0

    def guess(self, raw: bytes) -> str:
        """Nothing tells one piece of noise from another here."""
        return "garbage"

    def hear(self, found: Found) -> tuple[Heard, str] | tuple[Heard, str, tuple[Finding, ...]]:
        """ACK or NAK."""
        yes = found.raw in (b"\x06", b"ACK")
        heard, why = (Heard.YES, "acknowledged (ACK)") if yes else (Heard.NO, "not taken (NAK)")
        return (heard, why) if len(found.raw) == 1 else (heard, why, (finding("answer.text"),))


_answer_start = re.compile(rb"[\x06\x15]|A(?:C|\Z)|N(?:A|\Z)").search


def sending_end(speaker: Speaker) -> LineSendingEnd:
    """A receiver's end towards the station. Raises QuirksError and UnsendableError."""
    return LineSendingEnd(Speech(speaker), max_queue=speaker.max_queue)
