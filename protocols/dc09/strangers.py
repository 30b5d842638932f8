"""What bytes on a DC-09 port are when they are not DC-09: a hint for whoever has to find out."""

from __future__ import annotations

import re

_STRANGERS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("http", re.compile(rb"(?:GET|POST|HEAD|PUT|OPTIONS|CONNECT|DELETE|PRI) [^\r\n]*", re.DOTALL)),
    ("tls", re.compile(rb"\x16\x03[\x00-\x04]", re.DOTALL)),
    ("ssh", re.compile(rb"SSH-\d")),
    ("sia-blocks", re.compile(rb"(?:F#[0-9A-F]{4,6}|\x05\x01\x81)")),
    ("osborne-hoffman", re.compile(rb"(?:\n?0101[0-9A-Fa-f]{4}\"|SR[0-9A-Fa-f]{4}L)")),
    ("hid-uid", re.compile(rb"HID=\d+:")),
)
GUESSES = tuple(name for name, _ in _STRANGERS)
"""Every name that :func:`guess` gives."""


def guess(data: bytes) -> str | None:
    """Name of what ``data`` begins with, or None when nothing is recognised."""
    start = data.lstrip(b"\x00\r\n ")
    for name, pattern in _STRANGERS:
        if pattern.match(start) or pattern.match(data):
            return name
    return None
