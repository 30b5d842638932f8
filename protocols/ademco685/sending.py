"""A 685, or a relay that speaks like one: signals into lines, the computer's ACK, NACK and S into what to do next."""

from __future__ import annotations

import re

from protocols import catalogue, ends
from protocols.ademco685.findings import NOT_AN_ANSWER
from protocols.ademco685.quirks import Quirks
from protocols.ademco685.reading import ACK_S, OKAY
from protocols.ends import LinkTest, Outcome, OutcomeKind, Payload
from protocols.lines import quirks
from protocols.lines.options import Speaker
from protocols.lines.saying import contact_id_text
from protocols.lines.scanning import Found
from protocols.lines.sending import Frames, Heard, LineSendingEnd, QuirksError, UnsendableError
from protocols.model import Moment, Noise, Qualifier, Scheme, Signal

ATTEMPTS = 2
DEAF_S = 10.0
"""After an answer to S, further ones are ignored for so long."""
UNHANDSHAKEN_S = 0.05
"""Between two lines where no answers are waited for."""

_CAPS = "4+2-caps"
_FORMATS = ("4+1", "4+2", _CAPS, "4-8-1")
"""Names of formats that do not stand on the line; those of Contact ID, 18 and 98, do."""
_ENDS = {"cr": b"\r", "esc": b"\x1b", "crlf": b"\r\n", "none": b""}
_QUALIFIERS = {Qualifier.NEW: ("E", "1"), Qualifier.RESTORE: ("R", "3"), Qualifier.STATUS: ("P", "6")}
_hex = re.compile(r"[0-9A-F]+").fullmatch
_printable = re.compile(r"[\x20-\x7e]*").fullmatch
_answer = re.compile(rb"ACK(?:\r\n?|\n)?|NAK(?:\r\n?|\n)?|[\x06\x15S]").match
_NACKS = (b"\x15", b"N")


class Speech:
    """Implements :class:`protocols.lines.sending.Speech`."""

    filler = b"\0\r\n"
    longest = 5
    greeting = b""

    def __init__(self, speaker: Speaker) -> None:
        """Raises QuirksError, and UnsendableError for a receiver or line number that a line has no room for."""
        self.quirks = quirks.read(speaker.quirks, Quirks)
        if not 1 <= self.quirks.copies <= 9:
            raise QuirksError(f"copies {self.quirks.copies}: give 1 to 9.")
        self._head = self._numbers(speaker)
        patience, self._patient = speaker.patience(ACK_S, ATTEMPTS)
        self.fault = False
        self.handshaken = self.quirks.handshake == "ack"
        self.ack_s = patience if self.handshaken else UNHANDSHAKEN_S
        own = self.quirks.heartbeat == "own"
        self.heartbeat = self._line(f"{self._head} {OKAY} @ " if own else f"00 {OKAY} @")
        self.heartbeat_s = speaker.heartbeat_s

    @property
    def fault(self) -> bool:
        """The computer did not answer: until it does, each line is sent only once."""
        return self._fault

    @fault.setter
    def fault(self, value: bool) -> None:
        self._fault = value
        self.attempts = 1 if value else self._patient

    def _numbers(self, speaker: Speaker) -> str:
        receiver, line = speaker.receiver.upper(), speaker.line.upper()
        if self.quirks.two_digits:
            if len(receiver) > 2 or not _hex(receiver):
                raise UnsendableError(
                    f"receiver number {speaker.receiver!r}: with two_digits it is one or two hex digits, 00 to FF."
                )
            return receiver.rjust(2, "0")
        receiver, line = receiver.lstrip("0") or "0", line.lstrip("0") or "0"
        if len(receiver) != 1 or len(line) != 1 or not _hex(receiver + line):
            raise UnsendableError(
                f"receiver {speaker.receiver!r}, line {speaker.line!r}: Ademco 685 has one hex digit for each; "
                "give 0 to 9 or A to F, or set the quirk two_digits."
            )
        return receiver + line

    # Grammar of the answers

    def seek(self, buffer: bytes, at: int) -> int:
        """Where an answer may begin."""
        return next((place for place in range(at, len(buffer)) if buffer[place] in b"\x06\x15SAN"), len(buffer))

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """One byte; naive computers write ``ACK`` and a line end."""
        found = _answer(buffer, at)
        if found is not None:
            return found.end() - at
        return -1 if not final and buffer[at:] in (b"A", b"AC", b"N", b"NA") else 0

    def guess(self, raw: bytes) -> str:
        """What bytes are that are no answer."""
        return NOT_AN_ANSWER

    def hear(self, found: Found) -> tuple[Heard, str]:
        """What an answer means."""
        if found.raw == b"S":
            return Heard.NOTHING, ""
        if found.raw.startswith(_NACKS):
            return Heard.NO, "the computer did not understand the message (NACK)"
        return Heard.YES, "acknowledged"

    # What is said

    def compose(self, message: ends.Message, now: Moment) -> Frames:
        """Raises UnsendableError."""
        if isinstance(message, LinkTest):
            line = self.heartbeat
        elif isinstance(message, Payload):
            line = self._payload(message)
        else:
            line = self._line(f"{self._head} {self._account(message.account)} {self._event(message)}")
        return Frames((line * self.quirks.copies,))

    def _line(self, text: str, end: bytes | None = None) -> bytes:
        return (
            (b"\n" if self.quirks.start else b"")
            + text.encode("latin-1")
            + (_ENDS[self.quirks.terminator] if end is None else end)
        )

    def _account(self, account: str) -> str:
        digits = account.upper()
        if not 1 <= len(digits) <= 4 or not _hex(digits):
            raise UnsendableError(
                f"account {account!r}: Ademco 685 has four digits for it (0-9, B-F); choose a shorter one."
            )
        digits = digits.rjust(4, "0")
        return digits.replace("A", "0") if self.quirks.a_to_zero else digits

    def _payload(self, payload: Payload) -> bytes:
        if payload.token == OKAY:
            return self.heartbeat
        said = (payload.content,) if payload.token in _FORMATS else (payload.token, payload.content)
        content = " ".join(part for part in said if part)
        if not _printable(content) or not _printable(payload.account):
            raise UnsendableError("content: a line of Ademco 685 is printable ASCII; leave line ends out.")
        end = b"A" if payload.token == _CAPS else None
        return self._line(f"{self._head} {payload.account} {content}", end)

    def _event(self, signal: Signal) -> str:
        if signal.scheme == Scheme.OTHER:
            return _short(signal)
        code, qualifier = signal.code, signal.qualifier
        number = signal.number
        if signal.scheme == Scheme.SIA:
            found = catalogue.to_contact_id(code)
            if found is None:
                raise UnsendableError(f"SIA code {code!r} has no counterpart in Contact ID, and Ademco 685 no SIA.")
            code, qualifier = found[0], Qualifier(found[1])
            number = _three_digits(number)
        partition = signal.partition.rjust(2, "0")
        text = contact_id_text(
            Signal(
                account=signal.account,
                scheme=Scheme.CONTACT_ID,
                code=code,
                qualifier=qualifier,
                partition=partition,
                number=number,
            )
        )
        event, partition, number = text.split(" ")
        letter, digit = _QUALIFIERS[qualifier]
        said = digit if self.quirks.qualifier == "digit" else letter
        return f"{self.quirks.message_type} {said}{event[1:]} {partition} {self._kind(signal, code)}{number}"

    def _kind(self, signal: Signal, code: str) -> str:
        if self.quirks.kind == "none":
            return ""
        subject = signal.subject or catalogue.find("contact-id", code).subject
        return "U" if subject == "user" and self.quirks.kind == "table" else "C"


def _three_digits(number: str) -> str:
    """A zone or user of SIA as Contact ID counts them."""
    digits = number.lstrip("0")
    if len(digits) > 3 or (digits and not (digits.isascii() and digits.isdigit())):
        raise UnsendableError(f"zone or user {number!r}: Contact ID has three digits for it; choose one up to 999.")
    return digits.rjust(3, "0")


def _short(signal: Signal) -> str:
    """4+1, or 4+2 with a zone."""
    code, zone = signal.code.upper(), signal.number.upper()
    if len(code) != 1 or not _hex(code) or len(zone) > 1 or (zone and not _hex(zone)):
        raise UnsendableError(
            f"code {signal.code!r}, zone {signal.number!r}: the formats 4+1 and 4+2 have one hex digit for each; "
            "give such digits, a Contact ID code, or the content as it shall stand on the line."
        )
    return f"{code} {zone}" if zone else code


class SendingEnd(LineSendingEnd):
    """As :class:`LineSendingEnd`, with the ways of the 685: fault after two attempts, S, and handshake B.

    In fault every line is sent once, and the first ACK ends it. S is answered with ``OKAY``, and again after ten
    seconds at the earliest.
    """

    def __init__(self, speech: Speech, *, max_queue: int) -> None:
        super().__init__(speech, max_queue=max_queue)
        self._685 = speech
        self._deaf_until = 0.0

    @property
    def in_fault(self) -> bool:
        """Whether the computer left two attempts without an answer, and has said nothing good since."""
        return self._685.fault

    def _heard(self, found: Found, now: Moment) -> list[Outcome | Noise]:
        if found.raw == b"S":
            # With a line on its way the computer hears from us anyway.
            if now.mono >= self._deaf_until and self._deadline is None:
                self._deaf_until = now.mono + DEAF_S
                self._beat(self._685.heartbeat, now)
            return []
        if self._685.hear(found)[0] is Heard.YES:
            self._685.fault = False
        return super()._heard(found, now)

    def _failed(self, why: str, now: Moment) -> list[Outcome | Noise]:
        if not self._685.handshaken:
            self._owed = 0
            return [self._end(OutcomeKind.ACCEPTED, "sent; with this handshake nothing is answered", now)]
        return super()._failed(why, now)

    def _give_up(self, why: str, now: Moment) -> Outcome:
        self._685.fault = True
        return super()._give_up(why, now)
