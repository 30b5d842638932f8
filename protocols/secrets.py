"""Keys on the wire (extended data K of DC-09) made unreadable, for everything that is shown, logged or written down.

A field counts as a key however its letter is written, and its whole value is hidden, since nobody knows how the next
panel writes one: ``[K0BAD...]``, ``[k 0bad...]``. A field that is not closed ends with its line. Text keeps its length.
"""

from __future__ import annotations

import re

STAR = "*"

_FIELD = re.compile(r"(\[[ \t]*[Kk])([^\[\]\r\n]+)")
_REST = re.compile(r"\A[ \t]*+[Kk]?([0-9A-Fa-f \t]*)(?=\]|\Z)")


def masked(text: str) -> str:
    """A message, or any piece of text that begins outside a key, with the values of its keys as ``*``."""
    if "[" not in text:
        return text
    return _FIELD.sub(lambda found: found[1] + STAR * len(found[2]), text)


def masked_bytes(data: bytes) -> bytes:
    """The same for bytes."""
    return masked(data.decode("latin-1")).encode("latin-1")


def masked_piece(text: str, least: int = 1) -> str:
    """A piece whose beginning is not known: at least ``least`` digits it begins with may be the rest of a key."""
    rest = _REST.match(text)
    if rest is None or len(rest[1].strip()) < least:
        return masked(text)
    return text[: rest.start(1)] + STAR * len(rest[1]) + masked(text[rest.end(1) :])


def is_key(letter: str) -> bool:
    """Whether a field of that letter may hold a key; behind a blank in place of the letter there may be one, too."""
    return letter.strip(" \t").upper() in ("K", "")


def places(text: str) -> tuple[tuple[int, int], ...]:
    """Where the values of keys stand: first character, and the one behind the last."""
    return tuple(found.span(2) for found in _FIELD.finditer(text))
