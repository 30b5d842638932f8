"""What the lines of Sur-Gard formats say that happened: fields of a line into signals.

Codes without a standard table are kept as sent, scheme ``other``: the two characters of Modem II and of PIMA receivers,
the eight digits of Superfast, letters of basic lines that :mod:`protocols.surgard.tables` does not know. What was sent
for a code of ours is in the details: ``letter`` and ``number``, ``channel`` and ``status``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from protocols import catalogue, contact_id, sia_text
from protocols.lines import channels
from protocols.lines.overrides import NONE, Overrides
from protocols.model import Finding, Qualifier, Scheme, Signal
from protocols.surgard import tables
from protocols.surgard.findings import finding

QUALIFIERS = {"E": "1", "R": "3", "P": "6", "S": "6"}
"""Qualifiers as receivers print them, to their digits; some print S for P."""


class Said(Struct, frozen=True, gc=False):
    """What one line says."""

    signals: tuple[Signal, ...] = ()
    findings: tuple[Finding, ...] = ()


class About(Struct, frozen=True, gc=False):
    """What the reading of a line's fields needs besides them."""

    account: str
    at: float | None
    """The line's own clock."""
    now: float
    time_zone: str = "UTC"
    overrides: Overrides = NONE


def _contact_id(fields: Mapping[str, str], about: About) -> Said:
    given = fields["qualifier"]
    digit = QUALIFIERS.get(given, given)
    content = f"{digit}{fields['code']} {fields['partition']} {fields['number']}"
    signal, found = contact_id.read(content, about.account, about.at)
    return Said((signal,), found if given in "ERP" else (finding("contact-id.qualifier"), *found))


def _sia1(fields: Mapping[str, str], about: About) -> Said:
    content = f"N{fields['code']}{fields['number'].strip()}"
    signals, found = sia_text.read(
        content, about.account, sent_at=about.at, now_wall=about.now, time_zone=about.time_zone, hexadecimal=True
    )
    return Said(signals, found)


def _text(fields: Mapping[str, str], about: About) -> Said:
    signals, found = sia_text.read(
        fields["data"], about.account, sent_at=about.at, now_wall=about.now, time_zone=about.time_zone
    )
    return Said(signals, found if signals else (*found, finding("text.no-event")))


def _basic(fields: Mapping[str, str], about: About) -> Said:
    letter, area, number = fields["event"].strip(), fields["area"].strip(), fields["number"].strip()
    if not letter:
        if not number:
            return _nothing(fields, about)
        return Said((_other(number, "", about, area),), (finding("basic.two-characters"),))
    details = {"letter": [letter], "number": [number]}
    asis = replace(_other(letter, number, about, area), details=details)
    for code in dict.fromkeys((letter + number, letter)):
        plain = replace(asis, code=code)
        changed = about.overrides.apply(plain)
        if changed is not plain:
            return Said((changed,))
    sia = tables.letters().get(letter)
    if sia is None:
        return Said((asis,), (finding("basic.letter"),))
    return Said((_sia(sia, number, about, partition=area, details=details),))


def _modem2(fields: Mapping[str, str], about: About) -> Said:
    return Said((_other(fields["code"], fields["number"].strip(), about),))


def _superfast(fields: Mapping[str, str], about: About) -> Said:
    return Said((_other(fields["code"], "", about),))


def _high_speed(fields: Mapping[str, str], about: About) -> Said:
    digits = fields["channels"][:4] + fields["channels"][5:]
    return Said(channels.signals(digits, fields["status"], about.account, occurred_at=about.at))


def _nothing(fields: Mapping[str, str], about: About) -> Said:
    return Said((), (finding("format.no-event"),))


READERS: Mapping[str, Callable[[Mapping[str, str], About], Said]] = {
    "contact-id": _contact_id,
    "sia1": _sia1,
    "text": _text,
    "internal": _text,
    "basic": _basic,
    "modem2": _modem2,
    "superfast": _superfast,
    "high-speed": _high_speed,
    "caller": _nothing,
}
"""Name of a form to the reading of its fields. None of them raises."""


def _sia(
    code: str,
    number: str,
    about: About,
    *,
    partition: str = "",
    details: dict[str, list[str]],
) -> Signal:
    meaning = catalogue.find("sia", code)
    return Signal(
        account=about.account,
        scheme=Scheme.SIA,
        code=code,
        qualifier=Qualifier.RESTORE if meaning.category == "restore" else Qualifier.NEW,
        partition=partition,
        subject=meaning.subject,
        number=number,
        user=number if meaning.subject == "user" else "",
        occurred_at=about.at,
        details=details,
    )


def _other(code: str, number: str, about: About, partition: str = "") -> Signal:
    return Signal(
        account=about.account,
        scheme=Scheme.OTHER,
        code=code,
        qualifier=Qualifier.NEW,
        partition=partition,
        number=number,
        occurred_at=about.at,
    )
