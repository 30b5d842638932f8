"""Peers' text where people read it: on one line, every unseen character as a mark such as ``‹U+000A›``."""

from __future__ import annotations

MOST = 300
"""Characters shown of a text."""


def mark(one: str) -> str:
    """What stands for a character that cannot be seen."""
    return f"‹U+{ord(one):04X}›"


def clean(text: object, most: int = MOST) -> str:
    """A peer's text on one line, every unseen character as a mark, at most ``most`` characters of it."""
    whole = str(text)
    if whole.isprintable() and len(whole) <= most:
        return whole
    shown = "".join(one if one.isprintable() else mark(one) for one in whole[:most])
    return shown + "..." if len(whole) > most else shown
