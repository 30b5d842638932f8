"""Text from panels: strict UTF-8 first, then Windows-1252 (DC-09 2013 names the latter, panels send both).

The five bytes that Windows-1252 leaves undefined are read as Latin-1, so that every text can be read, and no
result ever contains a surrogate, which could be neither encoded nor stored.
"""

from __future__ import annotations

import codecs
import re

from protocols.dc09.findings import finding
from protocols.model import Edition, Finding

_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_WINDOWS_1252 = "".join(
    chr(byte) if byte in _UNDEFINED else bytes([byte]).decode("windows-1252") for byte in range(256)
)
_TEXT = re.compile(rb"[^\[\]]+")
"""Data or the value of a field: what is decoded as one text."""
_BEYOND = re.compile(rb"[\x80-\xff](?:.*[\x80-\xff])?", re.DOTALL)
"""From the first byte beyond ASCII to the last."""


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """Text of ``data`` in ``encoding``, else in Windows-1252. Never raises, whatever the encoding's name."""
    if data.isascii() and encoding == "utf-8":
        return data.decode("ascii")
    text = _strict(data, encoding)
    return codecs.charmap_decode(data, "strict", _WINDOWS_1252)[0] if text is None else text


def departures(data: bytes, encoding: str, edition: Edition | None, offset: int | None) -> list[Finding]:
    """What there is to say about texts beyond ASCII in ``data`` (data and extended data with their brackets).

    UTF-8 came with the 2026 edition; earlier ones ask for Windows-1252. Nothing is said of an encoding that was
    entered for the account and fits. ``offset`` is where ``data`` begins in the raw frame, None when it was encrypted.
    """
    found: dict[str, Finding] = {}
    for match in _TEXT.finditer(data):
        beyond = _BEYOND.search(match[0])
        if beyond is None:
            continue
        if _strict(match[0], encoding) is None:
            id_ = "dc09.text.windows-1252"
        elif _is_utf_8(encoding) and edition is not Edition.E2026:
            id_ = "dc09.text.utf-8"
        else:
            continue
        where = None if offset is None else offset + match.start() + beyond.start()
        found.setdefault(id_, finding(id_, where, beyond.end() - beyond.start()))
    return list(found.values())


def _strict(data: bytes, encoding: str) -> str | None:
    """Text of ``data`` in ``encoding``; None where it is not in it, or nobody knows that encoding."""
    try:
        text = data.decode(encoding)
        if encoding != "utf-8":
            text.encode("utf-8")  # some codecs let lone surrogates through
    except (LookupError, ValueError):
        return None
    return text


def _is_utf_8(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith("utf-8")
