"""The eight channels and the status digit of Ademco high-speed (4-8-1) as events.

What a channel is for, the panel's installer chose; what its digit says is certain, and SIA has codes for just that:
an alarm, a trouble or a restore of a zone of no stated type (UA, UT, UR, UJ), opening and closing (OP, CL). The status
digit is that of the 7810iR; tables of other makers give other meanings to 1, 6 and 7. So 5 (trouble), 8 (low battery)
and 9 (test), on which all agree, become SIA codes, and of the others ``S`` and the digit is kept as a code of no
standard, unless it is 7 and a channel says the rest.
"""

from __future__ import annotations

from typing import NamedTuple

from protocols import catalogue
from protocols.model import Qualifier, Scheme, Signal

NORMAL = "5"
TROUBLE, ALARM, ALARM_LOW_BATTERY, TEST = "5", "7", "8", "9"
STATUSES = frozenset("0156789")
"""Those that have a meaning: diagnostics, notification, trouble, status, alarm, alarm with low battery, test."""

_NEW, _RESTORE, _STATUS = Qualifier.NEW, Qualifier.RESTORE, Qualifier.STATUS
_CHANNEL = {
    "1": ("UA", _NEW),
    "2": ("OP", _NEW),
    "3": ("UR", _RESTORE),
    "4": ("CL", _NEW),
    "6": ("UA", _STATUS),
}
_CHANNEL_IN_TROUBLE = {**_CHANNEL, "1": ("UT", _NEW), "3": ("UJ", _RESTORE), "6": ("UT", _STATUS)}
_OF_STATUS = {ALARM_LOW_BATTERY: ("YT", _NEW), TEST: ("TX", _NEW)}


class Meaning(NamedTuple):
    """What a digit says."""

    scheme: Scheme
    code: str
    qualifier: Qualifier


def of_channel(digit: str, status: str) -> Meaning | None:
    """What the digit of a channel says; None for one that says nothing new or has no meaning."""
    found = (_CHANNEL_IN_TROUBLE if status == TROUBLE else _CHANNEL).get(digit)
    return None if found is None else Meaning(Scheme.SIA, *found)


def of_status(status: str, *, silent: bool) -> Meaning | None:
    """What the status digit says for itself; ``silent`` where no channel says anything."""
    found = _OF_STATUS.get(status)
    if found is not None:
        return Meaning(Scheme.SIA, *found)
    if status in (ALARM, TROUBLE) and not silent:
        return None
    return Meaning(Scheme.OTHER, f"S{status}", _NEW)


def signals(digits: str, status: str, account: str) -> tuple[Signal, ...]:
    """The events of a message: those of the channels in order, then that of the status. Never empty."""
    found = [(of_channel(digit, status), str(channel)) for channel, digit in enumerate(digits, 1)]
    # A digit without a meaning is kept as a code of its own: it may have been an alarm.
    made = [
        _signal(Meaning(Scheme.OTHER, f"C{digit}", _NEW) if meaning is None else meaning, account, number)
        for (meaning, number), digit in zip(found, digits, strict=True)
        if digit != NORMAL
    ]
    own = of_status(status, silent=not made)
    if own is not None:
        made.append(_signal(own, account, "", digits if own.scheme == Scheme.OTHER else ""))
    return tuple(made)


def _signal(meaning: Meaning, account: str, number: str, text: str = "") -> Signal:
    said = catalogue.find(meaning.scheme, meaning.code).subject if meaning.scheme == Scheme.SIA else "none"
    return Signal(
        account=account,
        scheme=meaning.scheme,
        code=meaning.code,
        qualifier=meaning.qualifier,
        # The number is that of a channel, also where other senders of the code name a user.
        subject="zone" if number else said,
        number=number,
        text=text,
    )
