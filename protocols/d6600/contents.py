"""What messages and records say, in whichever mode the receiver sends them: Contact ID, SIA text, ITI, FBI, 4-8-1.

Codes of ITI, FBI and the common formats have no standard table: they are kept as sent, with scheme ``other``.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from protocols import catalogue, contact_id, sia_text
from protocols.contact_id import ContactIDError
from protocols.d6600.findings import finding
from protocols.lines import channels as high_speed
from protocols.lines.overrides import NONE, Overrides
from protocols.lines.texts import decode
from protocols.model import Base, Dialect, Finding, Qualifier, Scheme, Signal

QUALIFIERS = {"E": "1", "R": "3", "P": "6"}
"""Letters that emulations of the D6500 send in place of the digits (VisorALARM manual)."""
CONTACT = re.compile(r"(18|98|58)([136ERP])([0-9A-F]{3})([0-9A-F]{2})([0-9A-F]{3})")
"""Message type, Q, XYZ, GG, CCC. 58 marks an account of ten digits."""
ITI = re.compile(r"([0-9A-Za-z ])([0-9A-Za-z ])([0-9A-Za-z ]{2})([0-9A-Za-z])([0-9A-Za-z ])([0-9A-Za-z ])")
"""Group, user of openings and closings, zone, condition code, protection level that was, and that is now."""
FBI = re.compile(r"([0-9A-Za-z ])([0-9A-Za-z ]{2})([0-9A-Za-z])")
"""Zone type, zone, event code."""
CHANNELS = re.compile(r"([0-9 ]{4}) ?([0-9 ]{4}) ?([0-9])")
"""Channels 1 to 4, 5 to 8, and a status digit (Ademco 4-8-1)."""
_LETTER = {
    "A": ("UA", Qualifier.NEW),
    "T": ("UT", Qualifier.NEW),
    "R": ("UR", Qualifier.RESTORE),
    "O": ("OP", Qualifier.NEW),
    "C": ("CL", Qualifier.NEW),
}
"""Event letters whose meaning all receivers of the family share (alarm, trouble, restoral, opening, closing), as SIA
codes of a zone of no stated type. The other letters depend on how the receiver is set: they stay as sent."""


def contact(data: str, account: str, prefix: str, found: list[Finding]) -> Signal | None:
    """The event of ``18QXYZGGCCC``; None where there is none. ``prefix`` begins the ids of findings."""
    match = CONTACT.fullmatch(data)
    if match is None:
        return None
    _, qualifier, code, group, number = match.groups()
    if qualifier in QUALIFIERS:
        found.append(finding(f"{prefix}.contact-id.letter"))
    try:
        signal, more = contact_id.read(f"{QUALIFIERS.get(qualifier, qualifier)}{code} {group} {number}", account)
    except ContactIDError:
        return None
    found.extend(more)
    return signal


def text(data: bytes, account: str, dialect: Dialect, wall: float, found: list[Finding]) -> tuple[Signal, ...]:
    """The events of SIA text."""
    signals, more = sia_text.read(
        decode(data, dialect.encoding),
        account,
        sent_at=None,
        now_wall=wall,
        time_zone=dialect.time_zone,
        hexadecimal=dialect.base is Base.HEX,
    )
    found.extend(more)
    return signals


def iti(data: str, account: str) -> Signal | None:
    """The event of ``GIZZEWN``."""
    match = ITI.fullmatch(data)
    if match is None:
        return None
    group, user, zone, code, was, now = (value.strip() for value in match.groups())
    details = {name: [value] for name, value in (("was", was), ("now", now)) if value}
    return _other(account, code, zone, partition=group, user=user, details=details)


def fbi(data: str, account: str) -> Signal | None:
    """The event of ``TZZE``."""
    match = FBI.fullmatch(data)
    if match is None:
        return None
    kind, zone, code = (value.strip() for value in match.groups())
    return _other(account, code, zone, details={"type": [kind]} if kind else {})


def channels(data: str, account: str) -> tuple[Signal, ...] | None:
    """The events of channels and status; None where the data are of another form."""
    match = CHANNELS.fullmatch(data)
    if match is None:
        return None
    first, second, status = match.groups()
    return high_speed.signals(first + second, status, account)


def common(code: str, number: str, account: str, overrides: Overrides = NONE) -> Signal:
    """An event of the common formats. What the source settles for a letter (scheme ``other``) comes first."""
    signal = _other(account, code, number)
    meant = overrides.apply(signal)
    if meant is not signal or code not in _LETTER:
        return meant
    code, qualifier = _LETTER[code]
    event = catalogue.find("sia", code)
    return replace(
        signal,
        scheme=Scheme.SIA,
        code=code,
        qualifier=qualifier,
        subject=event.subject,
        user=number if event.subject == "user" else "",
    )


def _other(
    account: str,
    code: str,
    number: str,
    *,
    qualifier: Qualifier = Qualifier.NEW,
    partition: str = "",
    user: str = "",
    details: dict[str, list[str]] | None = None,
) -> Signal:
    return Signal(
        account=account,
        scheme=Scheme.OTHER,
        code=code,
        qualifier=qualifier,
        partition=partition,
        subject="zone" if number else "",
        number=number,
        user=user,
        details=details or {},
    )
