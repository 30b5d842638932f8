"""Contact ID (SIA DC-05): one event as DC-09 carries it, ``1130 01 015``, and as a telephone line does.

Qualifier and event code, partition, zone or user: four fields of fixed width (DC-09 ``ADM-CID``). On a
telephone line the same digits stand between account, message type and a check digit, without spaces:
``1234 18 1 130 01 015 8`` sent as ``1234181130010158``.

Reading is tolerant where the meaning stays certain, and says so in findings:

============================  ==============================================================
``contact-id.spaces``         not exactly one space between the fields
``contact-id.message-type``   a message type (18 or 98) where DC-09 has none
``contact-id.case``           hexadecimal digits in lower case
``contact-id.width``          a partition or zone of another width
``contact-id.more-blocks``    something follows the event; it is ignored
``contact-id.code-unknown``   no table has the code
============================  ==============================================================
"""

from __future__ import annotations

import re

from protocols import catalogue
from protocols.errors import UserError
from protocols.finding_table import D, FindingTable, N, V
from protocols.model import Finding, Qualifier, Scheme, Signal

# Grammar. One space between the fields is the rule; digits are 0-9 and B-F, A is taken for a digit as well.
_DIGIT = r"[0-9A-F]"
_QUALIFIER = r"(?P<qualifier>[136])"
_CODE = rf"(?P<code>{_DIGIT}{{3}})"
_PARTITION = rf"(?P<partition>{_DIGIT}{{2}})"
_NUMBER = rf"(?P<number>{_DIGIT}{{3}})"
_TYPE = r"(?P<type>18|98)"
_MORE = r"(?P<more>\|.*)?"

_strict = re.compile(rf"{_QUALIFIER}{_CODE} {_PARTITION} {_NUMBER}").fullmatch
_tolerant = re.compile(
    rf" *(?:{_TYPE} *)?{_QUALIFIER} *{_CODE} *{_PARTITION} *{_NUMBER} *{_MORE}", re.IGNORECASE | re.DOTALL
).fullmatch
# Fields of another width can be told apart by the spaces alone, so here they are needed.
_uneven = re.compile(
    rf" *(?:{_TYPE} +)?{_QUALIFIER} *{_CODE} +(?P<partition>{_DIGIT}{{1,3}}) +(?P<number>{_DIGIT}{{1,5}}) *{_MORE}",
    re.IGNORECASE | re.DOTALL,
).fullmatch
_telephone = re.compile(
    rf"(?P<account>[0-9B-F]{{4}}){_TYPE}{_QUALIFIER}(?P<code>[0-9B-F]{{3}})(?P<partition>[0-9B-F]{{2}})"
    r"(?P<number>[0-9B-F]{3})[0-9B-F]"
).fullmatch

QUALIFIERS = {"1": Qualifier.NEW, "3": Qualifier.RESTORE, "6": Qualifier.STATUS}
_DIGIT_OF = {qualifier: digit for digit, qualifier in QUALIFIERS.items()}
_SCHEME = Scheme.CONTACT_ID
_CHECK_DIGITS = "0123456789ABCDEF"
"""The digit for each value of the check sum, save that value 10 is the digit 0: ``A`` is never sent."""

_TABLE = FindingTable(
    (
        ("contact-id.spaces", D, "space"),
        ("contact-id.message-type", D, "type"),
        ("contact-id.case", D, "code"),
        ("contact-id.width", D, "number"),
        ("contact-id.more-blocks", V, "rest"),
        ("contact-id.code-unknown", N, "code"),
    ),
    "contact-id.",
)
FINDINGS, PARTS = _TABLE.findings, _TABLE.parts
_SPACES, _MESSAGE_TYPE, _CASE, _WIDTH, _MORE_BLOCKS, _CODE_UNKNOWN = FINDINGS.values()
_UNKNOWN = (_CODE_UNKNOWN,)


class ContactIDError(UserError, ValueError):
    """Not a Contact ID event, or a signal that Contact ID cannot say. Carries no peer bytes."""

    def __init__(self, what: str, offset: int = 0) -> None:
        super().__init__(f"{what} (at character {offset + 1})" if offset else what)
        self.what = what
        self.offset = offset
        """First character concerned, from 0."""


def read(content: bytes | str, account: str, occurred_at: float | None = None) -> tuple[Signal, tuple[Finding, ...]]:
    """Read what follows the account and its ``|`` in an ``ADM-CID`` message: ``1130 01 015``.

    Contact ID does not say when something happened; ``occurred_at`` is what is known of it otherwise.

    Raises ContactIDError, and nothing else, for anything that is not one event.
    """
    text = content if isinstance(content, str) else content.decode("latin-1")
    match = _strict(text)
    if match is not None:
        qualifier, code, partition, number = match.groups()
        return _signal(account, qualifier, code, partition, number, occurred_at)
    match = match_tolerant(text)
    if match is None:
        raise _why(text)
    qualifier, code, partition, number = match.group("qualifier", "code", "partition", "number")
    signal, findings = _signal(account, qualifier, code.upper(), partition.upper(), number.upper(), occurred_at)
    return signal, (*_departures(match), *findings)


def match_tolerant(text: str) -> re.Match[str] | None:
    """The fields of an event by name: ``type`` ``qualifier`` ``code`` ``partition`` ``number`` ``more``."""
    return _tolerant(text) or _uneven(text)


def _signal(
    account: str, qualifier: str, code: str, partition: str, number: str, occurred_at: float | None = None
) -> tuple[Signal, tuple[Finding, ...]]:
    event = catalogue.find("contact-id", code)
    subject = event.subject
    signal = Signal(
        account=account,
        scheme=_SCHEME,
        code=code,
        qualifier=QUALIFIERS[qualifier],
        partition=partition,
        subject=subject,
        number=number,
        user=number if subject == "user" else "",
        occurred_at=occurred_at,
    )
    return signal, () if event.known else _UNKNOWN


def _departures(match: re.Match[str]) -> list[Finding]:
    kind, qualifier, code, partition, number, more = match.group(
        "type", "qualifier", "code", "partition", "number", "more"
    )
    found = []
    if kind is not None:
        found.append(_MESSAGE_TYPE)
    if len(partition) != 2 or len(number) != 3:
        found.append(_WIDTH)
    event = match.string[match.start("qualifier") : len(match.string) - len(more or "")]
    if match.start("type" if kind is not None else "qualifier") or event != f"{qualifier}{code} {partition} {number}":
        found.append(_SPACES)
    if event != event.upper():
        found.append(_CASE)
    if more is not None:
        found.append(_MORE_BLOCKS)
    return found


_steps = (
    (re.compile(rf" *(?:{_TYPE} *(?={_DIGIT}))?[136]"), "the qualifier must be 1, 3 or 6"),
    (re.compile(rf" *{_DIGIT}{{3}}", re.IGNORECASE), "the event code must be three digits (0-9, B-F)"),
    (re.compile(rf" *{_DIGIT}{{1,3}}(?= |$)", re.IGNORECASE), "the partition must be two digits"),
    (
        re.compile(rf" *{_DIGIT}{{1,5}} *$", re.IGNORECASE),
        "the zone or user must be three digits, and nothing after it",
    ),
)


def _why(text: str) -> ContactIDError:
    """The error that names the first field that cannot be read."""
    if not text.strip():
        return ContactIDError("Contact ID: there is no event")
    at = 0
    for pattern, what in _steps:
        match = pattern.match(text, at)
        if match is None:
            return ContactIDError(f"Contact ID: {what}", at)
        at = match.end()
    return ContactIDError("Contact ID: the fields must be four digits, two and three, such as 1130 01 015")


def write(signal: Signal) -> str:
    """The content of an ``ADM-CID`` message: ``1130 01 015``. What is empty becomes ``00`` and ``000``.

    Raises ContactIDError for a signal whose fields would not be read back as they are.
    """
    if signal.scheme != Scheme.CONTACT_ID:
        raise ContactIDError("Contact ID: the signal has another scheme; translate its code first")
    partition, number = signal.partition or "00", signal.number or "000"
    content = f"{_DIGIT_OF[signal.qualifier]}{signal.code} {partition} {number}"
    if _strict(content) is None:
        raise ContactIDError(
            "Contact ID: the code needs three digits, the partition two and the zone or user three "
            "(0-9 and B-F), such as 130, 01 and 015"
        )
    return content


def check_digit(digits: str) -> str:
    """The sixteenth digit for the first fifteen: all sixteen add up to a multiple of 15, where 0 counts as 10.

    Raises ContactIDError for a character that is no digit.
    """
    try:
        total = sum(int(digit, 16) or 10 for digit in digits)
    except ValueError:
        raise ContactIDError("Contact ID: a check digit is made of the digits 0-9 and B-F") from None
    value = 15 - total % 15
    return "0" if value == 10 else _CHECK_DIGITS[value]


def read_telephone(digits: str) -> tuple[Signal, tuple[Finding, ...]]:
    """Read the sixteen digits of a telephone message: ``1234181131010158``.

    Any wrong single digit is caught by the check digit. Raises ContactIDError, saying what a noisy line or a
    foreign format looks like: a wrong length, digit, message type, qualifier or check digit.
    """
    if len(digits) != 16:
        raise ContactIDError(f"Contact ID: a telephone message has 16 digits, not {len(digits)}")
    match = _telephone(digits)
    if match is None:
        for at, allowed, what in (
            (4, ("18", "98"), "the message type must be 18 or 98"),
            (6, ("1", "3", "6"), "the qualifier must be 1, 3 or 6"),
        ):
            if not digits.startswith(allowed, at):
                raise ContactIDError(f"Contact ID: {what}", at)
        raise ContactIDError("Contact ID: only the digits 0-9 and B-F are sent; ten is the digit 0")
    if check_digit(digits[:15]) != digits[15]:
        raise ContactIDError("Contact ID: the check digit does not fit; the message was garbled on the line", 15)
    account, _, qualifier, code, partition, number = match.groups()
    return _signal(account, qualifier, code, partition, number)


def write_telephone(signal: Signal, message_type: str = "18") -> str:
    """The sixteen digits of a telephone message. Raises ContactIDError as :func:`write` does."""
    body = signal.account + message_type + write(signal).replace(" ", "")
    if _telephone(body + "0") is None:
        raise ContactIDError(
            "Contact ID: a telephone message needs an account of four digits (0-9 and B-F), message type 18 or 98, "
            "and the digit 0 where ten is meant"
        )
    return body + check_digit(body)
