"""Extended data: fields ``[x...]`` after the data, a letter and a value (DC-09 5.4.5 and its table).

The 2013 edition lists A H I L M O P R S T V X Y Z, that of 2021 adds C J K N, that of 2026 adds G and gives J
another meaning (``editions``). Whatever letter comes is kept as it is; a few also fill fields of the signal. Values
are held against the form that their letter asks for, but not against the longest value that one table names: panels
send longer ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from protocols.dc09 import editions, stamp
from protocols.dc09.findings import finding
from protocols.dc09.grammar import FIELD
from protocols.dc09.text import decode
from protocols.model import Edition, Finding

NAMES = {
    "A": "authentication hash",
    "C": "supervision category",
    "G": "network path",
    "H": "time of occurrence",
    "I": "alarm text",
    "J": "network path (2021), JSON (2026)",
    "K": "encryption key",
    "L": "location on site",
    "M": "MAC address",
    "N": "network address",
    "O": "building name",
    "P": "programming data",
    "R": "room",
    "S": "site name",
    "T": "alarm trigger",
    "V": "verification",
    "X": "longitude",
    "Y": "latitude",
    "Z": "altitude",
}
"""Identifier letter to what its value is."""

Extended = dict[str, list[str]]
"""Identifier letter to its values, in the order sent."""

_DEGREES = re.compile(r"(\d{1,3})([EWNS])(\d{1,2}(?:\.\d{1,12})?)", re.ASCII)
"""Degrees, hemisphere, decimal minutes: ``006E07.777``."""
_DECIMAL = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,12})?", re.ASCII)
"""Decimal degrees, as some senders write in place of it."""
_POSITIONS = {"Y": ("NS", 90.0), "X": ("EW", 180.0)}
"""Letter to its hemispheres, the positive one first, and the greatest number of degrees."""
_PATH = re.compile(r"[0-9A-Za-z]{1,4}")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_FORMS = {
    "A": _HEX,
    "G": re.compile(r"[0-9]+"),
    "J": re.compile(r"[0-9A-Za-z]{1,4}|.|\{.*", re.DOTALL),
    "K": _HEX,
    "M": re.compile(r"[0-9A-Fa-f]{12}"),
    "N": _HEX,
    "T": re.compile(r"[FGWSCM]"),
    "Z": re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?M"),
}
"""Letter to the form of its value; other values are free text, or have a rule of their own."""
_TIME = re.compile(r"\d\d:\d\d:\d\d,\d\d-\d\d-\d{4}", re.ASCII)
_TIME_ONLY = re.compile(r"\d?\d:\d\d:\d\d|\d:.*", re.ASCII)


def read(
    fields: bytes,
    encoding: str,
    findings: list[Finding],
    offset: int | None,
    *,
    edition: Edition | None = None,
    in_clear: bool = False,
) -> Extended:
    """Values by letter of ``[x...][y...]``; what departs from the table is added to ``findings``, each kind once.

    ``offset`` is where ``fields`` begin in the raw frame, None when they were encrypted. ``edition`` is the one that
    the panel follows, if known; ``in_clear`` is whether everybody could read the fields.
    """
    extended: Extended = {}
    told: set[str] = set()

    def tell(id_: str, match: re.Match[bytes]) -> None:
        if id_ not in told:  # there may be thousands of fields
            told.add(id_)
            where = None if offset is None else offset + match.start()
            findings.append(finding(id_, where, match.end() - match.start()))

    for match in FIELD.finditer(fields):
        text = decode(match[1], encoding)
        letter, value = text[:1], text[1:]
        check = _CHECKS.get(letter, _unknown)
        if check is not None and (id_ := check(letter, value)):
            tell(id_, match)
        if letter == "K" and value and in_clear:
            tell("dc09.extended.key-in-clear", match)
        if edition is not None and editions.is_later(letter, value, edition):
            tell("dc09.extended.later-edition", match)
        if letter:
            extended.setdefault(letter, []).append(value)
    return extended


def _unknown(letter: str, value: str) -> str:
    return "dc09.extended.unknown" if "A" <= letter <= "Z" else "dc09.extended.letter"


def _form(letter: str, value: str) -> str:
    if _FORMS[letter].fullmatch(value) is None:
        return "dc09.extended.value"
    return "dc09.extended.json" if editions.is_json(letter, value) and not _is_json(value) else ""


def _time(letter: str, value: str) -> str:
    value = value.strip()
    if stamp.read_occurred(value, 0.0) is None:
        return "dc09.extended.time"
    if _TIME.fullmatch(value) is not None:
        return ""
    return "dc09.extended.time-only" if _TIME_ONLY.fullmatch(value) else "dc09.extended.value"


def _place(letter: str, value: str) -> str:
    value = value.strip()
    if degrees(value, *_POSITIONS[letter]) is None:
        return "dc09.extended.position"
    return "dc09.extended.decimal-degrees" if _DECIMAL.fullmatch(value) else ""


_CHECKS: dict[str, Callable[[str, str], str] | None] = {
    **dict.fromkeys(NAMES),
    **dict.fromkeys(_FORMS, _form),
    **dict.fromkeys(_POSITIONS, _place),
    "H": _time,
}
"""Letter to what names the departure of its value; None for free text."""


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


def degrees(value: str, hemispheres: str, limit: float) -> float | None:
    """Decimal degrees of ``006E07.777`` or ``-6.13``; ``hemispheres`` is ``EW`` or ``NS``, positive one first."""
    match = _DEGREES.fullmatch(value)
    if match is not None:
        if match[2] not in hemispheres:
            return None
        minutes = float(match[3])
        if minutes >= 60:
            return None
        result = int(match[1]) + minutes / 60
        if match[2] == hemispheres[1]:
            result = -result
    elif _DECIMAL.fullmatch(value):
        result = float(value)
    else:
        return None
    return round(result, 9) if abs(result) <= limit else None


def position(extended: Extended) -> tuple[float | None, float | None]:
    """Latitude and longitude of the first ``[Y...]`` and ``[X...]``, each None where absent or not readable."""
    return _degrees_of("Y", extended), _degrees_of("X", extended)


def _degrees_of(letter: str, extended: Extended) -> float | None:
    values = extended.get(letter)
    return degrees(values[0].strip(), *_POSITIONS[letter]) if values else None


def path(extended: Extended) -> str:
    """The network path the message says it took: G (2026), or J of one letter or number (2021)."""
    for letter in "GJ":
        for value in extended.get(letter, ()):
            if _PATH.fullmatch(value):
                return value
    return ""
