"""What may stand on a line of a terminal: cleaned text, bytes with names, columns, durations."""

from __future__ import annotations

import unicodedata

from protocols.catalogue import texts
from protocols.catalogue.marks import clean

__all__ = ["clean", "duration", "pad", "show_bytes", "size"]

_BYTES = {"\n": "‹LF›", "\r": "‹CR›"}


def show_bytes(text: str, most: int = 600) -> str:
    """Bytes as latin-1, those that are no visible ASCII as ``‹LF›``, ``‹CR›``, ``‹FF›``."""
    shown = "".join(one if " " <= one <= "~" else _BYTES.get(one, f"‹{ord(one):02X}›") for one in text[:most])
    return shown + "..." if len(text) > most else shown


def pad(text: str, cells: int) -> str:
    """The text filled up to a width on the screen; wide characters count as two."""
    used = 0
    for one in text:
        if not unicodedata.combining(one):
            used += 2 if unicodedata.east_asian_width(one) in "WF" else 1
    return text + " " * (cells - used)


def duration(seconds: float, language: str = "en") -> str:
    """``45 s``, ``12 min``, ``3 h 5 min``, ``2 d 4 h``."""
    whole = max(0, round(seconds))
    for size, small, names in ((86400, 3600, ("d", "h")), (3600, 60, ("h", "min"))):
        if whole >= size:
            counts = (whole // size, whole % size // small)
            return " ".join(_unit(name, language, count) for count, name in zip(counts, names, strict=True) if count)
    return _unit("min", language, whole // 60) if whole >= 60 else _unit("s", language, whole)


def size(count: float, language: str = "en") -> str:
    """Bytes as people say them: ``640 kB``, ``1.5 GB``; thousands of thousands, as disks are sold."""
    for unit, name in ((1e9, "gb"), (1e6, "mb")):
        if count >= unit:
            number = count / unit
            return _unit(name, language, f"{number:.1f}" if number < 10 else f"{number:.0f}")
    return _unit("kb", language, f"{count / 1e3:.0f}")


def _unit(name: str, language: str, count: object) -> str:
    return texts.text("console", f"unit.{name}", language, n=count)
