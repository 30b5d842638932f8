"""A record of D6500 mode to an arrival, and verdicts to answers: ACK is 06, NAK is 15, for each of the verdicts as in
SIA mode (``protocols.d6600.reading``). Records have no numbers.
"""

from __future__ import annotations

import re
from typing import Any

from protocols.d6600 import contents, records
from protocols.d6600.findings import finding
from protocols.d6600.reading import GARBAGE, OWN, split
from protocols.d6600.records import Record
from protocols.lines.overrides import NONE, Overrides
from protocols.lines.placing import Finder
from protocols.lines.receiving import Reading
from protocols.lines.scanning import Found
from protocols.model import Arrival, ArrivalKind, Finding, Moment, Noise, Signal, Verdict

PROTOCOL = "d6500"
DAMAGED = "d6500.damaged"
"""``Noise.guess`` of bytes that begin like a record."""
SUR_GARD = "sur-gard"
ACK, NAK = b"\x06", b"\x15"

_NEGATIVE = frozenset((Verdict.MALFORMED, Verdict.REFUSED))
COMMON = re.compile(r" *([0-9A-Z]{0,10})(?<=.{10})( [!-~]|[A-Za-z][!-~])( *[0-9A-Z]*)", re.ASCII)
"""Account, code and zone of sixteen characters."""
CONTACT = re.compile(r"( ( {0,3}[0-9A-F]{1,4})(?<=.{5}))((?:18|98)[136ERP].{8})")
FBI = re.compile(r"( {6}( *[0-9A-Z]{1,4})(?<=.{10}))(.{4})  ")
ITI = re.compile(r"( {3}([0-9A-Za-z ]).( *[0-9A-Z]{1,4})(?<=.{9}))(.{7})")
CHANNELS = re.compile(r"( ( *[0-9A-Z]{1,4})(?<=.{5}) )([0-9 ]{4} [0-9 ]{4}[0-9])")
_like = re.compile(rb"[ \"-/:-@]?[%bS][0-9]{2}" % records.TYPES).match
_surgard = re.compile(rb"[0-9A-Z][0-9]{2}[0-9A-Z]{1,3}[ \[A-Z0-9][^\x00-\x1f]{6,120}\x14").match

_Content = tuple[ArrivalKind, str, tuple[Signal, ...]]
"""Kind, account, signals."""


class Reader:
    """D6500 mode, for ``LineReceivingEnd``."""

    name = PROTOCOL
    ack_s = 5.0
    """As in SIA mode."""
    filler = records.FILLER
    longest = records.LONGEST

    def __init__(self, finder: Finder, overrides: Overrides = NONE) -> None:
        self._finder = finder
        self._overrides = overrides

    def seek(self, buffer: bytes, at: int) -> int:
        """As ``Grammar.seek``."""
        return records.seek(buffer, at)

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """As ``Grammar.match``."""
        return records.match(buffer, at, final)

    def guess(self, raw: bytes) -> str:
        """As ``Grammar.guess``."""
        if _like(raw):
            return DAMAGED
        return SUR_GARD if _surgard(raw) else GARBAGE

    def read(self, found: Found, now: Moment) -> Reading | Noise:
        """As ``Reader.read``."""
        record = records.parse(found.raw)
        if record is None:
            return Noise(found.raw, DAMAGED, len(found.raw))
        findings = [] if record.command else _of_frame(record, len(found.raw))
        kind, account, signals = self._content(record, now, findings)
        arrival = Arrival(
            raw=found.raw,
            protocol=PROTOCOL,
            kind=kind,
            token=record.body[:1].decode("ascii") if record.command else record.type.decode("ascii"),
            receiver=record.receiver.decode("ascii") or None,
            account=account,
            line=record.line.strip().decode("ascii"),
            signals=signals,
            findings=tuple(findings),
            dialect="header" if record.header == b" " else "",
        )
        content = record.type + record.receiver + record.line + record.body
        return Reading(arrival, content, answered=kind is not ArrivalKind.ANSWER)

    def answer(self, echo: Any, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        """As ``Reader.answer``."""
        if verdict is Verdict.NOT_STORED:
            return b"", ""
        return (NAK, "NAK") if verdict in _NEGATIVE else (ACK, "ACK")

    def _content(self, record: Record, now: Moment, found: list[Finding]) -> _Content:
        if record.command:
            found.append(finding("d6500.command", 1, len(record.body)))
            return ArrivalKind.ANSWER, "", ()
        if record.type == b"S":
            return self._text(record, now, found)
        account, signals = taken_apart(record, found, self._overrides)
        if signals is None:
            return _unread(record, account, found)
        if not signals:
            return ArrivalKind.LINK_TEST, "", ()
        return ArrivalKind.EVENT, account, signals

    def _text(self, record: Record, now: Moment, found: list[Finding]) -> _Content:
        account, data = split(record.body[1:].removesuffix(b"]"))
        if not account:
            found.append(finding("d6500.account.missing", record.body_at, len(record.body)))
            account = OWN
        dialect = self._finder.dialect(record.receiver.decode("ascii"), account)
        signals = contents.text(data, account, dialect, now.wall, found)
        if not signals:
            found.append(finding("d6500.data.no-event", record.body_at, len(record.body)))
            return ArrivalKind.OPAQUE, account, ()
        return ArrivalKind.EVENT, account, signals


def taken_apart(
    record: Record, found: list[Finding], overrides: Overrides = NONE
) -> tuple[str, tuple[Signal, ...] | None]:
    """Account and events of a record of sixteen characters. None for data that say no event in a form that is known.

    Neither account nor event: a link test.
    """
    body = record.body.decode("latin-1")
    kind = record.type.decode("ascii")
    if kind == "1":
        match = COMMON.fullmatch(body)
        if match is None:
            return "", None
        account, code, zone = (value.strip() for value in match.groups())
        if not account and code == "@":
            return "", ()
        return account or OWN, (contents.common(code, zone, account or OWN, overrides),)
    if kind == "a" and (match := CONTACT.fullmatch(body)) is not None:
        account = match[2].strip()
        signal = contents.contact(match[3], account, PROTOCOL, found)
        return account, None if signal is None else (signal,)
    if kind == "F" and (match := FBI.fullmatch(body)) is not None:
        account = match[2].strip()
        signal = contents.fbi(match[3], account)
        return account, None if signal is None else (signal,)
    if kind == "I" and (match := ITI.fullmatch(body)) is not None:
        account = (match[2] + match[3]).strip()
        signal = contents.iti(match[4], account)
        return account, None if signal is None else (signal,)
    if kind == "f" and (match := CHANNELS.fullmatch(body)) is not None:
        account = match[2].strip()
        return account, contents.channels(match[3], account)
    return "", None


def _unread(record: Record, account: str, found: list[Finding]) -> _Content:
    """A record whose events could not be read: kept, whatever it is."""
    if record.type == b"3" and record.body.startswith(b" REJECT COMMAND"):
        found.append(finding("d6500.reject", record.body_at, len(record.body)))
        return ArrivalKind.OPAQUE, OWN, ()
    if record.type in (b"1", b"a"):
        found.append(finding("d6500.data.unreadable", record.body_at, len(record.body)))
        return ArrivalKind.MALFORMED, account, ()
    found.append(finding("d6500.record.unread"))
    return ArrivalKind.OPAQUE, account, ()


def _of_frame(record: Record, size: int) -> list[Finding]:
    """What is off about header and trailer."""
    found = []
    if record.header not in (b"", b" "):
        found.append(finding("d6500.framing.header", 0, 1))
    if record.trailer != records.TRAILER:
        at = size - len(record.trailer)
        found.append(finding("d6500.framing.trailer", at if record.trailer else at - 1, len(record.trailer) or 1))
    return found
