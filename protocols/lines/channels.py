"""The eight channels and the status digit of Ademco high speed (4-8-1) as events, whichever receiver hands them on.

What a channel guards, the panel's installer chose; what its digit says is certain, and SIA has codes for just that: of
a zone of no stated type, and opening and closing. The status digit is read as in the table of the panels' format
(1 duress, 2 opened, 3 bypass, 4 closed, 5 trouble, 6 system trouble, 8 low battery, 9 test). The 7810iR names some
differently: 0 diagnostics, 1 notification, 6 status, 7 alarm; in the table 0 is AlarmNet and 7 normal. So 0 and 7 say
nothing for certain, and for 1 the reading counts that misses no duress. Whatever has no meaning is kept as a code of
no standard, which the ``codes`` of a source may translate: ``C`` and the digit of a channel, ``S`` and that of the
status.
"""

from __future__ import annotations

from typing import NamedTuple

from protocols import catalogue
from protocols.model import Qualifier, Scheme, Signal

NORMAL = "5"
_SILENT = (NORMAL, " ")
_STILL = "6"
"""Reported before, and still so."""

_CODE = {"1": "UA", "2": "OP", "3": "UR", "4": "CL", _STILL: "UA"}
_CODE_UNDER = {
    "1": {"1": "HA", _STILL: "HA"},
    "3": {"1": "UB", "3": "UU"},
    "5": {"1": "UT", "3": "UJ", _STILL: "UT"},
}
"""By status, where it says what a channel is about; otherwise an alarm is the safe reading."""
_OF_STATUS = {"1": "HA", "6": "YX", "8": "YT", "9": "TX"}
"""What is told also beside channels, unless one of them says just that."""
_ALONE = {"2": "OP", "4": "CL", "5": "YX"}
"""What is told only where no channel says anything: otherwise it is about them."""


class Meaning(NamedTuple):
    """What a digit says, as a code of SIA."""

    code: str
    qualifier: Qualifier


def of_channel(digit: str, status: str) -> Meaning | None:
    """What the digit of a channel says; None for one that says nothing new or has no meaning."""
    code = _CODE_UNDER.get(status, {}).get(digit) or _CODE.get(digit)
    if code is None:
        return None
    return Meaning(code, Qualifier.STATUS if digit == _STILL else _qualifier(code))


def signals(digits: str, status: str, account: str, *, occurred_at: float | None = None) -> tuple[Signal, ...]:
    """The events of a message: those of the channels in order, then that of the status. Never empty.

    ``digits`` are eight; a blank, also as ``status``, says nothing.
    """
    status = status.strip()
    made: list[Signal] = []

    def add(meaning: Meaning | None, other: str, number: str, details: dict[str, list[str]], text: str = "") -> None:
        code, qualifier = meaning or Meaning(other, Qualifier.NEW)
        made.append(
            Signal(
                account=account,
                scheme=Scheme.SIA if meaning else Scheme.OTHER,
                code=code,
                qualifier=qualifier,
                # The number is that of a channel, also where other senders of the code name a user.
                subject="zone" if number else catalogue.find("sia", code).subject if meaning else "none",
                number=number,
                text=text,
                occurred_at=occurred_at,
                details=details,
            )
        )

    for channel, digit in enumerate(digits, 1):
        if digit not in _SILENT:
            # A digit without a meaning may have been an alarm.
            details = {"channel": [digit], "status": [status]}
            add(of_channel(digit, status), f"C{digit}", str(channel), details)
    code = _OF_STATUS.get(status, "" if made else _ALONE.get(status, ""))
    details = {"channels": [digits], "status": [status]}
    if code and all(signal.code != code for signal in made):
        add(Meaning(code, _qualifier(code)), "", "", details)
    elif not made:
        add(None, f"S{status}" if status else digits, "", details, digits)
    return tuple(made)


def _qualifier(code: str) -> Qualifier:
    """As :mod:`protocols.sia_text`: SIA has no qualifiers, a restore is a code. A closing is an event of its own."""
    return Qualifier.RESTORE if catalogue.find("sia", code).category == "restore" else Qualifier.NEW
