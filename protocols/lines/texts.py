"""Texts on lines: bytes are read in the encoding that is known, else in Windows-1252, so that nothing is unreadable."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_WINDOWS_1252 = "".join(
    chr(byte) if byte in _UNDEFINED else bytes([byte]).decode("windows-1252") for byte in range(256)
)
"""The five bytes that it leaves undefined are read as Latin-1."""


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """Text of ``data`` in ``encoding``, else in Windows-1252. Never raises, whatever the encoding's name."""
    if data.isascii():
        return data.decode("ascii")
    try:
        text = data.decode(encoding)
        text.encode("utf-8")  # some codecs let lone surrogates through
    except (LookupError, ValueError):
        return codecs.charmap_decode(data, "strict", _WINDOWS_1252)[0]
    return text


def with_offsets(data: bytes, encoding: str = "utf-8") -> tuple[str, Sequence[int]]:
    """The same text, and where in the bytes each of its characters begins, and the last one ends."""
    words = decode(data, encoding)
    if len(words) == len(data):
        return words, range(len(data) + 1)
    offsets = [0]
    for character in words:
        offsets.append(offsets[-1] + len(character.encode(encoding)))
    if offsets[-1] == len(data):
        return words, offsets
    return data.decode("latin-1"), range(len(data) + 1)
