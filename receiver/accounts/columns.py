"""What each column allows. Texts never repeat a key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from protocols.errors import UserError
from protocols.model import Edition
from receiver.accounts.account import COLUMNS, MASK
from receiver.accounts.identity import number, parse_key
from receiver.zones import ALLOWED as ZONES_ALLOWED
from receiver.zones import is_zone

Row = Mapping[str, object]
"""Column to value, given columns only; ``line`` may say where it came from."""
Check = Callable[[str], str]
"""A value normalised. Raises :class:`ColumnError`."""

ERRORS_SHOWN = 50

_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,16}")
_HEX_NUMBER = re.compile(r"[0-9A-Fa-f]{1,6}")
_ADAPTER = re.compile(r"[\w.-]{1,32}")
_KEY_SEPARATORS = re.compile(r"[ :-]")
# Control characters, lone surrogates, and marks that turn the direction of what follows.
_LINE_BREAK = re.compile(r"\s*[\r\n]+\s*")
_SECONDS = re.compile(r"([0-9]{1,8})(?:[.,]0*)?", re.ASCII)
_MISSED = re.compile(r"([0-9]{1,3})(?: ?(?:/| of ) ?([0-9]{1,3}))?", re.ASCII)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_FREE_TEXTS = ("name", "name_ru", "name_kk", "address", "phone")

HEX_SIZES = (32, 48, 64)
TEXT_SIZES = (16, 24, 32)
TESTS_MAX = 20
"""Of so many last tests at most some may be missed."""
ENCODINGS = ("utf-8", "windows-1252", "windows-1251", "windows-1254", "koi8-r")
"""Encodings of texts that an account may have."""


class ImportErrors(UserError, ValueError):
    """Rows that cannot be taken; none of the others was taken either. One line a problem in ``str()``."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        shown = list(self.lines[:ERRORS_SHOWN])
        if len(self.lines) > ERRORS_SHOWN:
            shown.append(f"... and {len(self.lines) - ERRORS_SHOWN} more")
        super().__init__("\n".join(shown))


class ColumnError(ValueError):
    """A value that its column does not allow; the text names the column."""


def check_row(row: Row) -> dict[str, str]:
    """The given columns of a row, normalised. Raises :class:`ColumnError`.

    A key that comes without its form is hexadecimal. Checking what is checked already changes nothing.
    """
    checked = check_columns(row, COLUMNS, _CHECKS)
    if checked.get("key", MASK) not in ("", MASK):
        checked["key_form"] = checked.get("key_form") or "hex"
        checked["key"] = check_key(checked["key"], checked["key_form"])
    return checked


def check_columns(row: Row, columns: Sequence[str], checks: Mapping[str, Check]) -> dict[str, str]:
    """The given columns of a row, each as its check has it; the others are texts. Raises :class:`ColumnError`."""
    unknown = [str(name) for name in row if name not in columns and name != "line"]
    if unknown:
        raise ColumnError(f"unknown column {unknown[0]!r}; allowed: {', '.join(columns)}")
    checked: dict[str, str] = {}
    for column in columns:
        if column not in row:
            continue
        value = row[column]
        if column == "supervision_s" and type(value) in (int, float):
            value = str(value)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise ColumnError(f"{column}: a text is needed")
        if column != "key":
            value = value.strip()
        if column in _FREE_TEXTS:
            value = _LINE_BREAK.sub(" ", value)  # spreadsheets break lines inside a cell
        if _UNPRINTABLE.search(value):
            raise ColumnError(f"{column}: a control character is in it")
        check = checks.get(column)
        checked[column] = check(value) if check else _text(column, value)
    if not checked.get("account"):
        raise ColumnError("account: is missing")
    return checked


def check_key(key: str, form: str) -> str:
    """A key in its form, normalised. Raises :class:`ColumnError`."""
    if form == "text":
        if not key.isascii():
            raise ColumnError("key: not all of it is ASCII, as a key of text must be")
        if len(key) not in TEXT_SIZES:
            raise ColumnError(f"key: {len(key)} characters; {_sizes(TEXT_SIZES)} are allowed")
        return key
    digits = _KEY_SEPARATORS.sub("", key)
    wrong = re.search(r"[^0-9A-Fa-f]", digits)
    if wrong:
        place = f"character {wrong.start() + 1} is not a hex digit"
        raise ColumnError(f"key: {place}; for a key of characters set key_form to text")
    if len(digits) not in HEX_SIZES:
        raise ColumnError(f"key: {len(digits)} hex digits; {_sizes(HEX_SIZES)} are allowed")
    return digits.upper()


def _account(value: str) -> str:
    if value and not _ACCOUNT.fullmatch(value):
        raise ColumnError(f"account: found {value[:40]!r}; 1 to 16 letters and digits (a-z, 0-9) are allowed")
    return value.upper()


def _adapter(value: str) -> str:
    if value and not _ADAPTER.fullmatch(value):
        raise ColumnError(f"adapter: found {value[:40]!r}; the name of an adapter of station.toml is allowed")
    return value


def _hex_number(column: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value and not _HEX_NUMBER.fullmatch(value):
            raise ColumnError(f"{column}: found {value[:40]!r}; up to 6 hex digits are allowed")
        return number(value) if value else ""

    return check


def _choice(column: str, *allowed: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value and value.lower() not in allowed:
            raise ColumnError(f"{column}: found {value[:40]!r}; allowed: {', '.join(allowed)}")
        return value.lower()

    return check


def _zone(value: str) -> str:
    if value and not is_zone(value):
        raise ColumnError(f"time_zone: found {value[:40]!r}; allowed: {ZONES_ALLOWED}")
    return value


def _seconds(value: str) -> str:
    """Whole seconds, also as spreadsheets write them (``90.0``, ``90,0``); 0 is off, like blank."""
    if not value:
        return ""
    match = _SECONDS.fullmatch(value)
    if match is None:
        raise ColumnError(f"supervision_s: found {value[:40]!r}; whole seconds are allowed, 0 or blank for off")
    return str(int(match[1]) or "")


def _missed(value: str) -> str:
    """``3/5``, also as ``3 of 5``, which no spreadsheet takes for a date; ``3`` is 3/3; 1/1 is the same as blank."""
    if not value:
        return ""
    match = _MISSED.fullmatch(value)
    most, of = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= most <= of <= TESTS_MAX:
        raise ColumnError(
            f"missed: found {value[:40]!r}; m/n (or m of n) is allowed, such as 3/5: lost when 3 of the last 5 tests "
            f"were missed; n is at most {TESTS_MAX}"
        )
    return f"{most}/{of}" if of > 1 else ""


def _communicators(value: str) -> str:
    keys = []
    for word in value.split():
        identity = parse_key(word)
        if identity is None:
            raise ColumnError(f"communicators: found {word[:40]!r}; names of accounts, such as 1234 or L5#1234")
        keys.append(identity.key)
    return " ".join(dict.fromkeys(keys))


def _key(value: str) -> str:
    value = value if value.strip() else ""
    if len(value) > 200:
        raise ColumnError("key: far too long")
    return MASK if value.strip() == MASK else value


def _text(column: str, value: str) -> str:
    if len(value) > 500:
        raise ColumnError(f"{column}: {len(value)} characters; up to 500 are allowed")
    return value


def _sizes(sizes: Sequence[int]) -> str:
    return f"{', '.join(map(str, sizes[:-1]))} or {sizes[-1]}"


IDENTITY_CHECKS: dict[str, Check] = {
    "account": _account,
    "adapter": _adapter,
    "prefix": _hex_number("prefix"),
    "receiver": _hex_number("receiver"),
}
"""Of the columns that tell accounts apart."""

_CHECKS: dict[str, Check] = IDENTITY_CHECKS | {
    "key": _key,
    "key_form": _choice("key_form", "hex", "text"),
    "encryption": _choice("encryption", "required", "optional", "none"),
    "time_zone": _zone,
    "supervision_s": _seconds,
    "missed": _missed,
    "communicators": _communicators,
    "edition": _choice("edition", *(str(edition.value) for edition in Edition)),
    "encoding": _choice("encoding", *ENCODINGS),
    "numbers": _choice("numbers", "decimal", "hex"),
}
