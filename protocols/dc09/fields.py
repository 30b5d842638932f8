"""Writing texts and extended data ``[x...]``: what each edition has, and in which bytes (DC-09 5.4.5 and its table)."""

from __future__ import annotations

import math
import re

from protocols.dc09 import editions
from protocols.dc09.errors import UnsendableError
from protocols.model import Edition, Signal

Extended = dict[str, list[str]]

breaks = re.compile(r"[\[\]\x00-\x1f\x7f\ud800-\udfff]").search
"""What would end a field or a frame, or cannot be written at all."""
_unfit = re.compile(r"[\[\]\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_path = re.compile(r"[0-9A-Za-z]{1,4}").fullmatch


def check_address(letter: str, value: str) -> None:
    """Raise UnsendableError for what cannot stand behind R, L or # of a header."""
    if value and not (value.isascii() and value.isalnum() and len(value) <= 16):
        raise UnsendableError(f"{value!r} after {letter} is not up to 16 letters and digits: correct it.")


def clean(value: str) -> str:
    """``value`` without what would end a field or a frame: brackets become round, control characters blanks."""
    return _unfit.sub(lambda match: {"[": "(", "]": ")"}.get(match[0], " "), value)


def encode(text: str, windows: bool) -> bytes:
    """A text in Windows-1252 (``windows``) or UTF-8. What Windows-1252 lacks is UTF-8, since an alarm must get through.

    ``text`` holds no surrogates.
    """
    if windows and not text.isascii():
        try:
            return text.encode("windows-1252")
        except UnicodeEncodeError:
            pass
    return text.encode("utf-8")


def has(edition: Edition, letter: str) -> bool:
    """Whether an edition has a field."""
    return letter in editions.LETTERS and not editions.is_later(letter, "", edition)


def check(extended: Extended, edition: Edition) -> None:
    """Raise UnsendableError for a field that the edition does not have."""
    for letter, values in extended.items():
        since = editions.LETTERS.get(letter)
        if since is None:
            raise UnsendableError(
                f"no edition of DC-09 has extended data {letter!r}: leave it out, or send the message as a payload."
            )
        for value in values:
            if editions.is_later(letter, value, edition):
                json = editions.is_json(letter, value)
                raise UnsendableError(
                    f"extended data {letter}{' as JSON' if json else ''} came with the "
                    f"{Edition.E2026.value if json else since.value} edition of DC-09, this panel follows that of "
                    f"{edition.value}: leave it out, or set a later edition."
                )


def path_field(path: str, edition: Edition) -> tuple[str, str] | None:
    """Letter and value of the field that names the network path; None where the edition has none.

    One letter or digit in 2021 (J), a number in 2026 (G). Raises UnsendableError for anything else.
    """
    if not path:
        return None
    if _path(path) is None:
        raise UnsendableError(f"network path {path!r}: give up to four letters and digits.")
    if edition is Edition.E2021:
        if len(path) > 1:
            raise UnsendableError(f"network path {path!r}: the 2021 edition has one letter or digit for it.")
        return "J", path
    if edition is Edition.E2026:
        if not path.isdecimal():
            raise UnsendableError(f"network path {path!r}: the 2026 edition has a number for it.")
        return "G", path
    return None


def of_signal(signal: Signal, text: str, edition: Edition) -> Extended:
    """The fields for a signal: its extended data, and what its other fields say if no field says it yet.

    ``text`` is what the content has no place for. What the edition has no field for is left out; the time of
    occurrence is written by the sender, who knows the delay. Raises UnsendableError for extended data that the
    edition does not have.
    """
    if not (signal.extended or text or signal.url or signal.latitude is not None or signal.longitude is not None):
        return {}
    check(signal.extended, edition)
    fields = {letter: list(values) for letter, values in signal.extended.items()}

    def add(letter: str, value: str) -> None:
        if value and has(edition, letter):
            fields.setdefault(letter, [value])

    add("I", text)
    add("V", signal.url)
    add("X", _minutes(signal.longitude, "EW", 3, 180.0))
    add("Y", _minutes(signal.latitude, "NS", 2, 90.0))
    return fields


def write(extended: Extended, windows: bool) -> bytes:
    """``[x...][y...]``. Brackets and control characters, which no value can hold, are replaced."""
    return b"".join(
        b"[%b%b]" % (letter.encode("ascii"), encode(clean(value), windows))
        for letter, values in extended.items()
        for value in values
    )


def _minutes(value: float | None, hemispheres: str, width: int, limit: float) -> str:
    """Degrees, hemisphere, decimal minutes, ``006E07.777``; nothing for what is no position."""
    if value is None or not math.isfinite(value) or abs(value) > limit:
        return ""
    letter = hemispheres[value < 0]
    thousandths = round(abs(value) * 60_000)
    whole, rest = divmod(thousandths, 60_000)
    return f"{whole:0{width}}{letter}{rest // 1000:02}.{rest % 1000:03}"
