"""What bytes on a DC-09 port are when they are not DC-09: a hint for whoever has to find out."""

from __future__ import annotations

import re

_STRANGERS: tuple[tuple[str, re.Pattern[bytes], str], ...] = (
    (
        "http",
        re.compile(rb"(?:GET|POST|HEAD|PUT|OPTIONS|CONNECT|DELETE|PRI) [^\r\n]*", re.DOTALL),
        "An HTTP request: a browser or a scanner, not a panel.",
    ),
    ("tls", re.compile(rb"\x16\x03[\x00-\x04]", re.DOTALL), "A TLS handshake: this port speaks DC-09 without TLS."),
    ("ssh", re.compile(rb"SSH-\d"), "An SSH client, not a panel."),
    (
        "sia-blocks",
        re.compile(rb"(?:F#[0-9A-F]{4,6}|\x05\x01\x81)"),
        "SIA blocks (DC-03) without the DC-09 envelope, as some panels send over TCP: use an adapter for them.",
    ),
    (
        "osborne-hoffman",
        re.compile(rb"(?:\n?0101[0-9A-Fa-f]{4}\"|SR[0-9A-Fa-f]{4}L)"),
        "The Osborne-Hoffman protocol: it looks like DC-09 but has a constant in place of the CRC.",
    ),
    ("hid-uid", re.compile(rb"HID=\d+:"), "A proprietary protocol of an alarm transmission module."),
)


def guess(data: bytes) -> tuple[str, str] | None:
    """Name and sentence of what ``data`` begins with, or None when nothing is recognised."""
    start = data.lstrip(b"\x00\r\n ")
    for name, pattern, text in _STRANGERS:
        if pattern.match(start) or pattern.match(data):
            return name, text
    return None
