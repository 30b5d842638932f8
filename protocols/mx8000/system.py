"""What a receiver says of itself: the event bytes of system messages, the same in both families.

Mains, battery, line cards, telephone lines and the link to the computer have codes in SIA that mean just that. The
queue and the log-on of operators have none: they keep their byte as a code of no standard, the end of a condition
that of its beginning, so that the two belong together.
"""

from __future__ import annotations

import re

from msgspec import Struct

from protocols import catalogue
from protocols.model import Qualifier, Scheme, Signal

ACCOUNT = "0000"
"""The account that a receiver's own events belong to."""

_SIA, _OTHER = Scheme.SIA, Scheme.OTHER
_NEW, _RESTORE = Qualifier.NEW, Qualifier.RESTORE
_NUMBER, _MODEL, _BARE = "number", "model", ""


class Meaning(Struct, frozen=True):
    """What an event byte says."""

    scheme: Scheme
    code: str
    qualifier: Qualifier
    argument: str = _BARE
    """What follows the byte: ``number`` (two digits), ``model`` (four characters), or nothing."""
    subject: str = ""
    """What the number counts, where the code tables do not say it."""


MEANINGS = {
    0x67: Meaning(_OTHER, "67", _NEW),  # the queue fills up
    0x68: Meaning(_OTHER, "67", _RESTORE),
    0x69: Meaning(_OTHER, "69", _NEW),  # the queue is full
    0x6A: Meaning(_OTHER, "69", _RESTORE),
    0x70: Meaning(_SIA, "YD", _NEW, _NUMBER),  # line card
    0x72: Meaning(_SIA, "YE", _RESTORE, _NUMBER),
    0x71: Meaning(_SIA, "LT", _NEW, _NUMBER),  # telephone line
    0x73: Meaning(_SIA, "LR", _RESTORE, _NUMBER),
    0x77: Meaning(_SIA, "AT", _NEW),  # mains
    0x78: Meaning(_SIA, "AR", _RESTORE),
    0x79: Meaning(_SIA, "YT", _NEW, _MODEL),  # battery
    0x7A: Meaning(_SIA, "YR", _RESTORE, _MODEL),
    0x7B: Meaning(_SIA, "YS", _NEW),  # no answer from the computer
    0x7D: Meaning(_SIA, "YK", _RESTORE),
    0x7F: Meaning(_OTHER, "7F", _NEW, _NUMBER, "user"),  # operator
    0x7E: Meaning(_OTHER, "7F", _RESTORE, _NUMBER, "user"),
}
BYTES = {(meaning.scheme, meaning.code, meaning.qualifier): byte for byte, meaning in MEANINGS.items()}
"""The way back."""

_event = re.compile(rb"([\x67-\x6a\x70-\x73\x77-\x7b\x7d-\x7f])([0-9A-Za-z]{0,4})").fullmatch
_NUMBERED = re.compile("[0-9]{2}").fullmatch


def read(data: bytes) -> tuple[Meaning, str, bool] | None:
    """Meaning and argument of a field, and whether the argument is what belongs there. None for any other field."""
    match = _event(data)
    if match is None:
        return None
    meaning, argument = MEANINGS[match[1][0]], match[2].decode("ascii")
    if meaning.argument == _NUMBER:
        return meaning, argument, _NUMBERED(argument) is not None
    return meaning, argument, bool(argument) is (meaning.argument == _MODEL)


def signal(meaning: Meaning, argument: str) -> Signal:
    """The event of a system message; what follows the byte becomes its number, or its text (the model)."""
    number = argument if meaning.argument == _NUMBER else ""
    subject = meaning.subject or catalogue.find(meaning.scheme, meaning.code).subject
    return Signal(
        account=ACCOUNT,
        scheme=meaning.scheme,
        code=meaning.code,
        qualifier=meaning.qualifier,
        subject=subject if number else "none",
        number=number,
        user=number if subject == "user" else "",
        text="" if number else argument,
    )
