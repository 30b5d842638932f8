"""One line of an Ademco 685 into an arrival, and verdicts into ACK and NACK."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from protocols import catalogue, contact_id
from protocols.ademco685.findings import finding
from protocols.ademco685.grammar import Lines, fields
from protocols.lines import channels
from protocols.lines.receiving import Reading
from protocols.lines.scanning import Found
from protocols.model import Arrival, ArrivalKind, Finding, Moment, Qualifier, Scheme, Signal, Verdict

PROTOCOL = "ademco685"
ACK_S = 2.0
"""How long a 685 waits for its answer."""
ACK, NACK = b"\x06", b"\x15"
OKAY = "OKAY"

SEVEN_810 = "7810ir"
NO_ACK = "no-ack"
NO_ACK_7810 = "7810ir-no-ack"
QUERY = "query"
EDGES = {
    SEVEN_810: "the two digits in front are the receiver's number, 00 to FF, and no line (7810iR)",
    NO_ACK: "handshake B: the sender watches a signal line and expects no answers, so nothing is written",
    NO_ACK_7810: "both of these",
    QUERY: "a silent line is asked with S, which a 685 answers",
}

_QUALIFIER = {"E": "1", "R": "3", "P": "6"}
_STATUSES = frozenset("0156789")
"""Status digits of the 7810iR."""
_lower = re.compile(rb"[a-z]").search
_Match = re.Match[bytes]


class Reader(Lines):
    """Implements :class:`protocols.lines.receiving.Reader`."""

    name = PROTOCOL
    ack_s = ACK_S

    def __init__(self, edge: str = "") -> None:
        self._two_digits = edge in (SEVEN_810, NO_ACK_7810)
        self._silent = edge in (NO_ACK, NO_ACK_7810)

    def read(self, found: Found, now: Moment) -> Reading:
        """Take one line apart. Never raises."""
        raw = found.raw
        match = fields(raw)
        extra = [finding("ademco685.framing.filler")] if found.filler else []
        if match is None or (match["caps"] is not None and caps_number(match["caps"]) > 0xFF):
            return _unreadable(raw, extra)
        receiver, line = split_head(match["head"].decode("ascii"), self._two_digits)
        account = (match["account"] or b"").decode("ascii")
        token, signals, noticed = _content(match, account)
        arrival = Arrival(
            raw=raw,
            protocol=PROTOCOL,
            kind=ArrivalKind.EVENT if signals else ArrivalKind.LINK_TEST,
            token=token,
            receiver=receiver,
            line=line,
            account=account,
            signals=signals,
            findings=(*extra, *_form(match), *noticed),
            dialect="esc" if match["end"] == b"\x1b" else "",
        )
        last = match.start("mark") if match["mark"] is not None else match.start("pad")
        return Reading(arrival, raw[match.end("start") : last])

    def answer(self, echo: Any, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        """ACK, NACK, or silence for what could not be stored."""
        if self._silent or verdict is Verdict.NOT_STORED:
            return b"", ""
        if verdict in (Verdict.MALFORMED, Verdict.REFUSED):
            return NACK, "NAK"
        return ACK, "ACK"


def split_head(head: str, two_digits: bool = False) -> tuple[str, str]:
    """Receiver number and line of the digits in front: the last one is the line."""
    return (head, "") if two_digits or len(head) < 2 else (head[:-1], head[-1])


def caps_number(digits: bytes) -> int:
    """The number of ``0 3 7``: 37."""
    return int(digits.replace(b" ", b""))


def digits_of(match: _Match) -> str:
    """The digits of the eight channels."""
    return (match["first"] + match["second"]).decode("ascii")


def event_text(match: _Match) -> str:
    """A Contact ID event as :func:`protocols.contact_id.read` takes it: ``1130 01 015``."""
    qualifier, code, partition, number = (
        (match[name] or b"00").decode("ascii").upper() for name in ("qualifier", "code", "partition", "number")
    )
    return f"{_QUALIFIER.get(qualifier, qualifier)}{code} {partition} {number}"


def _unreadable(raw: bytes, extra: list[Finding]) -> Reading:
    body = raw.strip(b"\n\r\x1b")
    head, _, rest = body.partition(b" ")
    first = rest.split(b" ", 1)[0]
    receiver, line = split_head(head.decode("latin-1"))
    # A first field that looks like an account makes the message easier to place; nothing rests on it.
    account = first.decode("latin-1") if re.fullmatch(rb"[0-9A-Fa-f]{3,10}", first) else ""
    arrival = Arrival(
        raw=raw,
        protocol=PROTOCOL,
        kind=ArrivalKind.MALFORMED,
        receiver=receiver,
        line=line,
        account=account,
        findings=(*extra, finding("ademco685.unreadable")),
    )
    return Reading(arrival, body)


def _content(match: _Match, account: str) -> tuple[str, tuple[Signal, ...], list[Finding]]:
    """Token, events and findings of what follows the account."""
    if match["okay"] is not None:
        return OKAY, (), []
    if match["code"] is not None:
        signal, noticed = _contact_id(match, account)
        return match["type"].decode("ascii"), (signal,), noticed
    if match["status"] is not None:
        digits, status = digits_of(match), match["status"].decode("ascii")
        return "4-8-1", channels.signals(digits, status, account), _odd_digits(match, digits, status)
    if match["caps"] is not None:
        number = caps_number(match["caps"])
        lacks = match["caps_end"] is None
        noticed = [finding("ademco685.caps.terminator", match.span("caps"))] if lacks else []
        return "4+2-caps", (_other(account, f"{number >> 4:X}", str(number & 0xF)),), noticed
    code, zone = match["event"].decode("ascii").upper(), match["zone"]
    if zone is None:
        return "4+1", (_other(account, code, ""),), []
    return "4+2", (_other(account, code, zone.decode("ascii").upper()),), []


def _other(account: str, code: str, zone: str) -> Signal:
    """An event of a format whose codes every installer chose for himself."""
    return Signal(
        account=account,
        scheme=Scheme.OTHER,
        code=code,
        qualifier=Qualifier.NEW,
        subject="zone" if zone else "none",
        number=zone,
    )


def _contact_id(match: _Match, account: str) -> tuple[Signal, list[Finding]]:
    signal, known = contact_id.read(event_text(match), account)
    noticed = list(known)
    if match["qualifier"].isdigit():
        noticed.append(finding("ademco685.qualifier.digit", match.span("qualifier")))
    if match["partition"] is None:
        noticed.append(finding("ademco685.partition.missing", match.span("code")))
        signal = replace(signal, partition="")
    kind = match["kind"].upper()
    if not kind:
        noticed.append(finding("ademco685.kind.missing", match.span("number")))
        return signal, noticed
    said = "user" if kind == b"U" else "zone"
    if not catalogue.known("contact-id", signal.code):
        signal = replace(signal, subject=said, user=signal.number if said == "user" else "")
    elif {said, signal.subject} == {"user", "zone"}:  # the table knows better than a sender with one letter for all
        noticed.append(finding("ademco685.kind.differs", match.span("kind")))
    return signal, noticed


def _odd_digits(match: _Match, digits: str, status: str) -> list[Finding]:
    noticed = []
    for at, digit in enumerate(digits):
        if digit != channels.NORMAL and channels.of_channel(digit, status) is None:
            start = match.start("first") + at if at < 4 else match.start("second") + at - 4
            noticed.append(finding("ademco685.channel.unknown", (start, start + 1)))
            break
    if status not in _STATUSES:
        noticed.append(finding("ademco685.status.unknown", match.span("status")))
    return noticed


def _form(match: _Match) -> list[Finding]:
    """Departures of the line from the form in the manuals."""
    raw, noticed = match.string, []
    if not match["start"]:
        noticed.append(finding("ademco685.start.missing"))
    if match["end"] is None and match["caps_end"] is None:
        noticed.append(finding("ademco685.terminator.missing"))
    if len(match["head"]) != 2:
        noticed.append(finding("ademco685.head.width", match.span("head")))
    account = match["account"]
    if account is not None and len(account) != 4:
        noticed.append(finding("ademco685.account.width", match.span("account")))
    if account is not None and b"A" in account.upper():
        noticed.append(finding("ademco685.account.letter-a", match.span("account")))
    lower = _lower(raw)
    if lower is not None:
        noticed.append(finding("ademco685.lower-case", lower.span()))
    odd = _odd_space(match)
    if odd is not None:
        noticed.append(finding("ademco685.spaces", odd))
    if match["mark"] is not None:
        noticed.append(finding("ademco685.repeat-mark", match.span("mark")))
    return noticed


_wide = re.compile(rb"  +").search
_joined = re.compile(rb"(?:18|98)[ERP136]", re.IGNORECASE).match
_parted = re.compile(rb" ").search


def _odd_space(match: _Match) -> tuple[int, int] | None:
    """Blanks too many, too few, or where none belong."""
    raw = match.string
    wide = _wide(raw)
    if wide is not None:
        return wide.span()
    if match["code"] is not None:
        if _joined(raw, match.start("type")):
            return match.start("type"), match.end("qualifier")
        inside = _parted(raw, match.end("qualifier"), match.start("code"))
        if inside is not None:
            return inside.span()
    return match.span("pad") if match["pad"] and match["okay"] is None else None
