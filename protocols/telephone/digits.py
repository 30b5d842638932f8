"""A message of digits: Contact ID, or one of its sisters, told by how many digits there are and by the message type.

============  ======  ==========================  ==========
format        digits  layout                      type
============  ======  ==========================  ==========
Contact ID    16      ACCT MT Q XYZ GG CCC S      18, 98
Express 4+1   8       ACCT MT E S                 17
Express 4+2   9       ACCT MT EE S                27
High Speed    16      ACCT MT PPPPPPPP X S        55
Super Fast    15      ACCT MT ...                 56
============  ======  ==========================  ==========

``S`` is the check digit of Contact ID in all of them; Super Fast has none. The codes of Express have no standard
table: scheme ``other``, as sent. Of High Speed each of the eight channels that is not normal is a signal. Source:
contact_id_and_sia.md 1.1, 1.3 and 1.5.
"""

from __future__ import annotations

from msgspec import Struct

from protocols import contact_id
from protocols.model import Arrival, ArrivalKind, Finding, Noise, Qualifier, Scheme, Signal
from protocols.telephone.findings import CHECK_DIGIT, DIGITS

PROTOCOL = "telephone"
NORMAL = "5"
"""A channel of High Speed to which nothing happened."""
_QUALIFIERS = {
    "1": Qualifier.NEW,
    "2": Qualifier.NEW,
    "3": Qualifier.RESTORE,
    "4": Qualifier.RESTORE,
    "6": Qualifier.STATUS,
}
"""By what a channel says: alarm, opening, restore, closing, still in alarm."""
_DIGITS = frozenset("0123456789BCDEF")


class Format(Struct, frozen=True):
    """What a message of so many digits and of this type is."""

    name: str
    """As it is called in every language."""
    digits: int
    types: tuple[str, ...]
    checked: bool = True


CONTACT_ID = Format("Contact ID", 16, ("18", "98"))
EXPRESS_1 = Format("Express 4+1", 8, ("17",))
EXPRESS_2 = Format("Express 4+2", 9, ("27",))
HIGH_SPEED = Format("High Speed", 16, ("55",))
SUPER_FAST = Format("Super Fast", 15, ("56",), checked=False)
FORMATS = (CONTACT_ID, EXPRESS_1, EXPRESS_2, HIGH_SPEED, SUPER_FAST)


def format_of(digits: str) -> Format | None:
    """The format of a message, by its length and type; None where it has none."""
    for one in FORMATS:
        if len(digits) == one.digits and digits[4:6] in one.types and _DIGITS.issuperset(digits):
            return one
    return None


def checks(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return contact_id.check_digit(digits[:-1]) == digits[-1]


def read(digits: str) -> Arrival | Noise:
    """What the digits say; noise where a receiver would not acknowledge them. Never raises."""
    raw = digits.encode("ascii", "replace")
    form = format_of(digits)
    if form is None:
        return Noise(raw[:512], DIGITS, len(raw))
    if form.checked and not checks(digits):
        return Noise(raw, CHECK_DIGIT, len(raw))
    signals: tuple[Signal, ...] = ()
    findings: tuple[Finding, ...] = ()
    account = digits[:4]
    if form is CONTACT_ID:
        try:
            signal, findings = contact_id.read_telephone(digits)
        except contact_id.ContactIDError:  # a qualifier that is none
            return Noise(raw, DIGITS, len(raw))
        signals = (signal,)
    elif form in (EXPRESS_1, EXPRESS_2):
        signals = (_signal(account, digits[6:-1]),)
    elif form is HIGH_SPEED:
        status = {"status": [digits[14]]}
        signals = tuple(
            _signal(account, said, f"{number}", _QUALIFIERS.get(said, Qualifier.NEW), status)
            for number, said in enumerate(digits[6:14], 1)
            if said != NORMAL
        ) or (_signal(account, "", details=status),)
    kind = ArrivalKind.EVENT if any(signal.code for signal in signals) else ArrivalKind.OPAQUE
    return Arrival(
        raw=raw, protocol=PROTOCOL, kind=kind, token=form.name, account=account, signals=signals, findings=findings
    )


def _signal(
    account: str,
    code: str,
    number: str = "",
    qualifier: Qualifier = Qualifier.NEW,
    details: dict[str, list[str]] | None = None,
) -> Signal:
    return Signal(
        account=account, scheme=Scheme.OTHER, code=code, qualifier=qualifier, number=number, details=details or {}
    )
