"""SIA event text (DC-03) as DC-09 carries it in ``SIA-DCS``: ``Nri1/BA012^Front door^``.

What follows the account is blocks parted by ``|``. The first letter of a block is its function: ``N`` new
events, ``O`` old ones (stored, sent late), ``E`` environmental, ``A`` a text that belongs to the event before
it; others (control, program, configuration ...) say nothing that happened. A block of events is packets
parted by ``/``: modifiers, which hold for the events after them in the block, and events::

    modifier = 2 lower-case letters, value [ "^" text "^" ]          ri1  ti12:00  id7^John^
    event    = 2 capitals [address] *( "*" value unit ) [ "^" text "^" ]   BA012  FA3^Hall^  DA12*23.5C_
             / event "*'" text "'NM"                                 UA021*'detector hall'NM

An address is hexadecimal, nearly always written in decimal. Two capitals that are a listed code begin the
next event even where the ``/`` is missing (``BA1FA2``): a fire must not vanish in a zone number. Codes are
never dropped: what no table has is kept as sent. The departures that reading bears are in
:mod:`protocols.sia_findings`.
"""

from __future__ import annotations

import re
from datetime import UTC

from protocols import catalogue, local_time
from protocols.errors import UserError
from protocols.model import Finding, Qualifier, Scheme, Signal
from protocols.sia_findings import FINDINGS, VENDOR_CODES
from protocols.sia_messages import Message
from protocols.sia_packets import EventRead
from protocols.sia_trace import Trace

_PLACED = frozenset(("ti", "da", "id", "ri"))
"""Modifiers that have a field of their own in a signal; the others are details."""
_AREAS = ("pi", "pm")
"""Modifiers that some panels use where ``ri`` belongs, in this order."""
_MEASUREMENTS = frozenset(("DA", "DB", "DI", "DM"))
"""Codes of ``E`` blocks that measure (temperature, air flow, humidity, level); elsewhere they mean access."""


_usual = re.compile(r"N(?:ri([0-9]+)/)?([A-Z]{2})([0-9]*)(?:\^((?:[^^| ]+(?: [^^| ]+)*)?)\^)?").fullmatch
"""One new event, perhaps with its area and a text without needless blanks: what nearly every message says. Read
without the parser."""
_SIA, _NEW, _RESTORE = Scheme.SIA, Qualifier.NEW, Qualifier.RESTORE
_UNKNOWN = (FINDINGS["sia.code-unknown"],)
_VENDOR = (FINDINGS["sia.code-vendor"],)


class SIATextError(UserError, ValueError):
    """A signal that SIA text cannot say. Carries no peer bytes."""


def read(
    content: str,
    account: str,
    *,
    sent_at: float | None,
    now_wall: float,
    time_zone: str,
    hexadecimal: bool = False,
    trace: Trace | None = None,
) -> tuple[tuple[Signal, ...], tuple[Finding, ...]]:
    """Read what follows the account and its ``|`` in a ``SIA-DCS`` message.

    ``sent_at`` is the message's own time stamp and ``now_wall`` the present, both in seconds since the epoch;
    ``time_zone`` is the IANA name of the zone that the panel's clock runs in. Without a readable event the
    first tuple is empty. An event that does not say when it happened did so at ``sent_at``. Never raises: what is
    off is told in the findings, each named once. ``hexadecimal`` takes every hex digit behind a code for its number,
    also two that are a listed code (``BA0FA``: zone 0FA). ``trace`` is told what stands where; the events it hears
    of and the signals are in the same order.
    """
    usual = _usual(content)
    if usual is not None and trace is None:
        return _usual_signal(usual, account, sent_at)
    message = Message(trace=trace, hexadecimal=hexadecimal)
    message.read(content)
    found = message.found
    if message.waiting:
        if message.events:
            found["sia.text.before-event"] = None
            event = message.events[0]
            event.text = f"{message.waiting} {event.text}" if event.text else message.waiting
        else:
            found["sia.text.without-event"] = None
    reference = now_wall if sent_at is None else sent_at
    signals = tuple([_signal(event, account, sent_at, reference, time_zone, found) for event in message.events])
    return signals, tuple([FINDINGS[name] for name in found]) if found else ()


def _usual_signal(
    match: re.Match[str], account: str, sent_at: float | None
) -> tuple[tuple[Signal, ...], tuple[Finding, ...]]:
    """What :func:`_signal` makes of the same text."""
    partition, code, number, text = match.groups("")
    meaning = catalogue.find("sia", code)
    subject = meaning.subject
    signal = Signal(
        account=account,
        scheme=_SIA,
        code=code,
        qualifier=_RESTORE if meaning.category == "restore" else _NEW,
        partition=partition,
        subject=subject,
        number=number,
        user=number if subject == "user" else "",
        text=text,
        occurred_at=sent_at,
    )
    if not meaning.known:
        return (signal,), _UNKNOWN
    return (signal,), _VENDOR if code in VENDOR_CODES else ()


def _signal(
    event: EventRead,
    account: str,
    sent_at: float | None,
    reference: float,
    time_zone: str,
    found: dict[str, None],
) -> Signal:
    modifiers = event.modifiers
    code, number = event.code, event.address
    meaning = catalogue.find("sia", code)
    if not meaning.known:
        found["sia.code-unknown"] = None
    elif code in VENDOR_CODES:
        found["sia.code-vendor"] = None
    subject = meaning.subject
    qualifier = _RESTORE if meaning.category == "restore" else _NEW
    if event.environmental and code in _MEASUREMENTS:
        subject, qualifier = "sensor", Qualifier.STATUS
    partition = user = ""
    occurred_at = None
    details: dict[str, list[str]] = {}
    if modifiers:
        user = modifiers.get("id", "")
        if user and number and subject == "user" and meaning.category == "open_close":
            # Who did it is said already; another number is that of what was armed or disarmed.
            subject = "user" if number.lstrip("0") == user.lstrip("0") else "area"
        area = "ri"
        if "ri" not in modifiers:
            for area in _AREAS:
                if area in modifiers:
                    found["sia.pi-as-area"] = None
                    break
        partition = modifiers.get(area, "")
        if "ti" in modifiers or "da" in modifiers:
            just_now = sent_at is None and not event.old
            occurred_at = _occurred(modifiers, reference, time_zone, found, just_now)
            if occurred_at is None:
                details = {name: [modifiers[name]] for name in ("da", "ti") if name in modifiers}
        for name, value in modifiers.items():
            if name not in _PLACED and name != area:
                details[name] = [value]
    for unit, value in event.units or ():
        details.setdefault(unit, []).append(value)
    return Signal(
        account=account,
        scheme=_SIA,
        code=code,
        qualifier=qualifier,
        partition=partition,
        subject=subject,
        number=number,
        user=user or (number if subject == "user" else ""),
        text=event.text,
        occurred_at=sent_at if occurred_at is None else occurred_at,
        old=event.old,
        details=details,
    )


def _occurred(
    modifiers: dict[str, str], reference: float, time_zone: str, found: dict[str, None], just_now: bool
) -> float | None:
    clock = modifiers.get("ti")
    if clock is None:
        found["sia.time.only-a-date"] = None
        return None
    zone = local_time.zone_of(time_zone)
    if zone is None:
        found["sia.time.zone-unknown"] = None
        zone = UTC
    ahead_s = local_time.HALF_A_DAY_S if just_now else local_time.TOLERANCE_S
    instant = local_time.occurred(clock, modifiers.get("da"), zone, reference, ahead_s)
    if instant is None:
        found["sia.time.invalid"] = None
    return instant


_letters = re.compile(r"[A-Z]{2}").fullmatch
_decimal = re.compile(r"[0-9]*").fullmatch
_address = re.compile(r"[-0-9:A-F]*").fullmatch
_modifier = re.compile(r"[a-z]{2}").fullmatch
_delimiters = re.compile(r"[\[\]|^/\x00-\x1f\x7f-\x9f\ud800-\udfff]").search


def write(signal: Signal) -> str:
    """The content of a ``SIA-DCS`` message: ``Nri1/BA012^Front^``, an ``O`` block for an old event.

    The time of the event is not written: DC-09 carries it in UTC as extended data ``H``. SIA has no qualifier:
    the code alone says what ended, and a ``status`` is written like a new event (but for measurements, ``E``).
    Raises SIATextError for a signal whose fields would not be read back as they are.
    """
    if signal.scheme != Scheme.SIA:
        raise SIATextError("SIA: the signal has another scheme; translate its code first")
    code, number, text = signal.code, signal.number, signal.text
    if _letters(code) is None:
        raise SIATextError("SIA: the code must be two capital letters, such as BA")
    meaning = catalogue.find("sia", code)
    if signal.qualifier is Qualifier.RESTORE and meaning.category != "restore":
        raise SIATextError("SIA: this code does not say that anything ended; send its restore code, such as BR for BA")
    if _decimal(signal.partition) is None or _decimal(signal.user) is None:
        raise SIATextError("SIA: partition and user must be decimal numbers, such as 1 and 007")
    if _address(number) is None:
        raise SIATextError("SIA: the zone or user number must be digits (0-9, A-F), such as 012")
    if text and _delimiters(text) is not None:
        raise SIATextError("SIA: a text must not hold the characters [ ] | ^ / nor control characters")
    measured = signal.qualifier is Qualifier.STATUS and code in _MEASUREMENTS
    content = "E" if measured else "O" if signal.old else "N"
    details = signal.details
    by_number = meaning.subject == "user" and not measured  # then the number says who did it
    if signal.user and (signal.user != number or not by_number or "id-text" in details):
        content += _packet("id", signal.user, details)
    if signal.partition:
        content += _packet("ri", signal.partition, details)
    content += _modifiers(details) + code + number + _units(details)
    if text:
        content += f"^{text}^"
    if (_decimal(number) is None or details or not meaning.known) and not _reads_back(content, signal):
        raise SIATextError("SIA: the number or the details would be read as something else by the far end")
    return content


def _packet(name: str, value: str, details: dict[str, list[str]]) -> str:
    """A modifier, with the text that the details hold for it."""
    texts = details.get(f"{name}-text")
    return f"{name}{value}^{texts[0]}^/" if texts else f"{name}{value}/"


def _modifiers(details: dict[str, list[str]]) -> str:
    return "".join(_packet(name, values[0], details) for name, values in details.items() if _modifier(name) and values)


def _units(details: dict[str, list[str]]) -> str:
    return "".join(
        f"*{value}{'' if name == 'units' else name.ljust(2, '_')}"
        for name, values in details.items()
        if _modifier(name) is None and not name.endswith("-text")
        for value in values
    )


def _reads_back(content: str, signal: Signal) -> bool:
    signals, _ = read(content, signal.account, sent_at=None, now_wall=0.0, time_zone="UTC")
    if len(signals) != 1:
        return False
    found = signals[0]
    return (found.code, found.number, found.text, found.user, found.partition, found.details) == (
        signal.code,
        signal.number,
        signal.text,
        signal.user or (signal.number if found.subject == "user" else ""),
        signal.partition,
        signal.details,
    )
