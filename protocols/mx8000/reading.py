"""One record into an arrival, and verdicts into ACK and NACK."""

from __future__ import annotations

import re
from typing import Any

from protocols import local_time
from protocols.lines.placing import Finder
from protocols.lines.receiving import Reading
from protocols.lines.scanning import Found
from protocols.model import Arrival, ArrivalKind, Finding, Moment, Signal, Verdict
from protocols.mx8000 import system
from protocols.mx8000.findings import finding
from protocols.mx8000.grammar import (
    ACCOUNT_MARK,
    DUMP_MARK,
    SILENT_KNIGHT_SYSTEM,
    SYSTEM,
    Fields,
    Records,
    fields_of,
    v_byte,
)

PROTOCOL = "mx8000"
ACK_S = 4.0
"""How long the receiver waits is set on it; this is a guess, for telling a repetition on a serial line."""
ACK, NACK, ESC = b"\x06", b"\x15", b"\x1b"

UNCHECKED = "unchecked"
QUERY = "query"
UNCHECKED_QUERY = "unchecked-query"
EDGES = {
    UNCHECKED: "the check byte V is not checked, for receivers that count it by another rule than the published one",
    QUERY: "a silent line is asked with a link test request (CR)",
    UNCHECKED_QUERY: "both of these",
}

_account = re.compile(rb"\x05 *([0-9A-Fa-f]{3,16})(?![0-9A-Za-z])").search
_plain = re.compile(r"[0-9A-Za-z]{1,4}").fullmatch


class Reader(Records):
    """Implements :class:`protocols.lines.receiving.Reader`."""

    name = PROTOCOL
    ack_s = ACK_S

    def __init__(self, finder: Finder | None = None, edge: str = "") -> None:
        """``finder`` knows the time zone of the receiver's clock; UTC without one."""
        self._finder = finder
        self._checked = edge not in (UNCHECKED, UNCHECKED_QUERY)

    def read(self, found: Found, now: Moment) -> Reading:
        """Take one record apart. Never raises."""
        raw = found.raw
        noticed = [finding("mx8000.framing.filler")] if found.filler else []
        fields = fields_of(raw)
        if fields is None:
            return Reading(Arrival(raw, PROTOCOL, ArrivalKind.OPAQUE, findings=tuple(noticed)), raw)
        wrong = raw[fields.v] != v_byte(raw[: fields.v])
        if wrong:
            noticed.append(finding("mx8000.v.wrong", (fields.v, fields.v + 1)))
        receiver, reference = text_of(raw, fields.receiver), text_of(raw, fields.reference)
        sent_at = self._clock(raw, fields, receiver, now)
        if sent_at is None:
            noticed.append(finding("mx8000.clock.unreadable", (fields.date[0], fields.time[1])))
        if fields.receiver is None and raw[0] != SILENT_KNIGHT_SYSTEM:
            noticed.append(finding("mx8000.fields.missing", (fields.time[1], fields.v)))
        kind, account, signals = _content(raw, fields, noticed, damaged=wrong and self._checked)
        arrival = Arrival(
            raw=raw,
            protocol=PROTOCOL,
            kind=kind,
            token=f"{raw[0]:02X}",
            receiver=receiver or None,
            account=account,
            sequence=reference,
            sent_at=sent_at,
            signals=signals,
            findings=tuple(noticed),
            dialect="silent-knight" if raw[0] == SILENT_KNIGHT_SYSTEM else "",
        )
        # The clock is that of the event, not of this transmission: without it two events could pass for one.
        return Reading(arrival, raw)

    def answer(self, echo: Any, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        """ACK, NACK, or silence for what could not be stored."""
        if verdict is Verdict.NOT_STORED:
            return b"", ""
        if verdict in (Verdict.MALFORMED, Verdict.REFUSED):
            return NACK, "NAK"
        return ACK, "ACK"

    def _clock(self, raw: bytes, fields: Fields, receiver: str, now: Moment) -> float | None:
        """The time of the record, in seconds since the epoch. The receiver's clock shows local time."""
        month, day, year = (raw[fields.date[0] + at : fields.date[0] + at + 2].decode("ascii") for at in (0, 2, 4))
        clock = raw[slice(*fields.time)].decode("ascii")
        zone = None
        if self._finder is not None:
            zone = local_time.zone_of(self._finder.dialect(receiver or None, system.ACCOUNT).time_zone)
        zone = zone or local_time.zone_of("UTC")
        if zone is None or month == "00":
            return None
        parts = ":".join(clock[at : at + 2] for at in range(0, len(clock), 2))
        return local_time.occurred(parts, f"{month}-{day}-{year}", zone, now.wall)


def text_of(raw: bytes, span: tuple[int, int] | None) -> str:
    """A short field of letters and digits; empty for any other."""
    said = "" if span is None else raw[slice(*span)].decode("latin-1").strip(" ")
    return said if _plain(said) else ""


def _content(
    raw: bytes, fields: Fields, noticed: list[Finding], *, damaged: bool
) -> tuple[ArrivalKind, str, tuple[Signal, ...]]:
    """Kind, account and events of the data; what cannot be read is kept unread."""
    if damaged:
        return ArrivalKind.MALFORMED, "", ()
    spans = [span for span in fields.data if span[1] > span[0]]
    whole = (spans[0][0], spans[-1][1]) if spans else None
    dump = next((span for span in spans if raw[span[0]] == DUMP_MARK), None)
    if dump is not None:
        noticed.append(finding("mx8000.bad-data", dump))
    if raw[0] in (SYSTEM, SILENT_KNIGHT_SYSTEM):
        if whole is None:  # it says only that the receiver lives
            return ArrivalKind.LINK_TEST, system.ACCOUNT, ()
        found = system.read(raw[slice(*spans[-1])])
        if found is None:
            noticed.append(finding("mx8000.system.unread", whole))
            return ArrivalKind.OPAQUE, system.ACCOUNT, ()
        meaning, argument, right = found
        if not right:
            noticed.append(finding("mx8000.system.argument", spans[-1]))
        return ArrivalKind.EVENT, system.ACCOUNT, (system.signal(meaning, argument),)
    if dump is None:
        noticed.append(finding("mx8000.event.unread", whole))
    return ArrivalKind.OPAQUE, account_of(raw, fields)[0], ()


def account_of(raw: bytes, fields: Fields) -> tuple[str, tuple[int, int] | None]:
    """The account behind its mark (05h) and where it stands; empty where there is none that looks like one."""
    for start, end in fields.data:
        if ACCOUNT_MARK in raw[start:end]:
            match = _account(raw[:end], start)
            if match is not None:
                return match[1].decode("ascii"), match.span(1)
    return "", None
