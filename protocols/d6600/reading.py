"""A message of SIA mode to an arrival, and verdicts to answers.

============================================  ==========================================================
verdict                                       answer
============================================  ==========================================================
STORED, ALIVE, DUPLICATE, UNSUPPORTED, STALE  ACK: TAB, the numbers of the message, ``[]``
MALFORMED, REFUSED                            NAK: sequence 0000, line 00; after three the receiver goes on
NOT_STORED                                    nothing: the receiver says it again
============================================  ==========================================================

A message whose CRC fits no covering is answered as not understood, and kept as unread when it comes again byte for
byte. Link tests have no line; in the answer it is 00, which the receiver uses for what is its own.
"""

from __future__ import annotations

import re
from typing import Any

from protocols.d6600 import contents, grammar
from protocols.d6600.findings import finding
from protocols.d6600.grammar import Message
from protocols.lines.placing import Finder
from protocols.lines.receiving import Reading
from protocols.lines.scanning import Found
from protocols.model import Arrival, ArrivalKind, Finding, Moment, Noise, Signal, Verdict

PROTOCOL = "d6600"
DAMAGED = "d6600.damaged"
"""``Noise.guess`` of bytes that begin like a message."""
GARBAGE = "garbage"
OWN = "0000"
"""The account of what is the receiver's own."""

_NEGATIVE = frozenset((Verdict.MALFORMED, Verdict.REFUSED))
_UNREAD = frozenset("1359bcdefgijkmnNSV")
"""Types of the manual whose data are not taken apart here: Acron, Ademco Express, 4-8-1 variants, CFSK, DSC, ANI ..."""
_account = re.compile(rb"# *([0-9A-Za-z]{1,16}) *\|?").match
_head_like = re.compile(rb"\n?[0-9A-Fa-f]{4}[\tA-Za-z0-9][0-9]{6}").match

_Content = tuple[ArrivalKind, str, tuple[Signal, ...]]
"""Kind, account, signals."""


class Echo:
    """What an answer repeats."""

    __slots__ = ("covering", "line", "receiver", "sequence")

    def __init__(self, message: Message) -> None:
        self.sequence = message.sequence
        self.receiver = message.receiver
        self.line = message.line or b"00"
        self.covering = message.covering or "body"


class Reader:
    """SIA mode, for ``LineReceivingEnd``."""

    name = PROTOCOL
    ack_s = 5.0
    """The manual names no time; this is what its family of receivers is usually set to."""
    filler = grammar.FILLER
    longest = grammar.LONGEST

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def seek(self, buffer: bytes, at: int) -> int:
        """As ``Grammar.seek``."""
        return grammar.seek(buffer, at)

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """As ``Grammar.match``."""
        return grammar.match(buffer, at, final)

    def guess(self, raw: bytes) -> str:
        """As ``Grammar.guess``."""
        return DAMAGED if _head_like(raw.lstrip(grammar.FILLER)) else GARBAGE

    def read(self, found: Found, now: Moment) -> Reading | Noise:
        """As ``Reader.read``."""
        message = grammar.parse(found.raw)
        if message is None:
            return Noise(found.raw, DAMAGED, len(found.raw))
        findings = _of_frame(message)
        kind, account, signals = self._content(message, now, findings)
        arrival = Arrival(
            raw=found.raw,
            protocol=PROTOCOL,
            kind=kind,
            token=_token(message),
            receiver=message.receiver.decode("ascii"),
            account=account,
            sequence=message.sequence.decode("ascii"),
            line=message.line.decode("ascii"),
            signals=signals,
            findings=tuple(findings),
            dialect=f"crc-{message.covering}" if message.covering else "",
        )
        number = int(message.sequence) or None
        return Reading(
            arrival,
            b"%b%b%b%b[%b" % (message.type, message.sequence, message.receiver, message.line, message.data),
            number if message.covering else None,
            Echo(message),
            kind is not ArrivalKind.ANSWER,
        )

    def answer(self, echo: Any, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        """As ``Reader.answer``."""
        if verdict is Verdict.NOT_STORED or not isinstance(echo, Echo):
            return b"", ""
        if verdict in _NEGATIVE:
            return grammar.write(grammar.TAB, b"0000", echo.receiver, b"00", b"", echo.covering), "NAK"
        return grammar.write(grammar.TAB, echo.sequence, echo.receiver, echo.line, b"", echo.covering), "ACK"

    def _content(self, message: Message, now: Moment, found: list[Finding]) -> _Content:
        if message.command:
            found.append(finding("d6600.command", message.open_at + 1, len(message.data)))
            return ArrivalKind.ANSWER, "", ()
        account, data = split(message.data)
        if not message.covering:
            return ArrivalKind.MALFORMED, account, ()
        if message.type == grammar.TAB:
            return self._text(message, account, data, now, found)
        words = data.decode("latin-1")
        letter = message.type.decode("ascii")
        signals: tuple[Signal, ...] | None
        if letter == "a":
            signals = _one(contents.contact(words, account, PROTOCOL, found))
        elif letter == "I":
            signals = _one(contents.iti(words, account))
        elif letter == "F":
            signals = _one(contents.fbi(words, account))
        elif letter == "f":
            signals = contents.channels(words, account)
        else:
            found.append(finding(f"d6600.type.{'unread' if letter in _UNREAD else 'unknown'}"))
            return ArrivalKind.OPAQUE, account, ()
        if not account or signals is None:
            found.append(finding("d6600.data.unreadable", *_data(message)))
            return ArrivalKind.MALFORMED, account, ()
        return ArrivalKind.EVENT, account, signals

    def _text(self, message: Message, account: str, data: bytes, now: Moment, found: list[Finding]) -> _Content:
        """SIA text, and what else comes under TAB."""
        if not message.data:
            if message.sequence == b"0000":
                found.append(finding("d6600.answer"))
                return ArrivalKind.ANSWER, "", ()
            return ArrivalKind.LINK_TEST, "", ()
        if message.data.startswith(b"&"):
            found.append(finding("d6600.caller", *_data(message)))
            return ArrivalKind.OPAQUE, OWN, ()
        if message.data == b"REJECT COMMAND":
            found.append(finding("d6600.reject", *_data(message)))
            return ArrivalKind.OPAQUE, OWN, ()
        if not account:
            found.append(finding("d6600.account.missing", *_data(message)))
            account = OWN
        dialect = self._finder.dialect(message.receiver.decode("ascii"), account)
        signals = contents.text(data, account, dialect, now.wall, found)
        if not signals:
            found.append(finding("d6600.data.no-event", *_data(message)))
            return ArrivalKind.OPAQUE, account, ()
        return ArrivalKind.EVENT, account, signals


def split(data: bytes) -> tuple[str, bytes]:
    """Account and what follows it inside the brackets; no account where none is named."""
    match = _account(data)
    if match is None:
        return "", data
    return match[1].decode("ascii"), data[match.end() :]


def _data(message: Message) -> tuple[int, int]:
    """Where the data stand, with their brackets, and how many bytes they have."""
    return message.open_at, message.close_at + 1 - message.open_at


def _token(message: Message) -> str:
    if message.command:
        return message.data[:3].decode("ascii")
    return "TAB" if message.type == grammar.TAB else message.type.decode("ascii")


def _one(signal: Signal | None) -> tuple[Signal, ...] | None:
    return None if signal is None else (signal,)


def _of_frame(message: Message) -> list[Finding]:
    """What is off about everything around the data."""
    if message.command:
        return []
    found = []
    crc_at = 1 if message.lf else 0
    if not message.lf:
        found.append(finding("d6600.framing.no-lf", 0, 4))
    if not message.cr:
        found.append(finding("d6600.framing.no-cr", message.close_at, 1))
    if not message.covering:
        found.append(finding("d6600.crc.wrong", crc_at, 4))
    elif message.covering != "body":
        found.append(finding("d6600.crc.covering", crc_at, 4))
    if message.crc != message.crc.upper():
        found.append(finding("d6600.crc.lower-case", crc_at, 4))
    if message.sequence == b"0000" and message.data:
        found.append(finding("d6600.sequence.zero", crc_at + 5, 4))
    return found
