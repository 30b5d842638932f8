"""Text from panels: strict UTF-8 first, then Windows-1252 (DC-09 2013 names the latter, panels send both).

The five bytes that Windows-1252 leaves undefined are read as Latin-1, so that every text can be read, and no
result ever contains a surrogate, which could be neither encoded nor stored.
"""

from __future__ import annotations

import codecs

_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_WINDOWS_1252 = "".join(
    chr(byte) if byte in _UNDEFINED else bytes([byte]).decode("windows-1252") for byte in range(256)
)


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """Text of ``data`` in ``encoding``, else in Windows-1252. Never raises, whatever the encoding's name."""
    if data.isascii() and encoding == "utf-8":
        return data.decode("ascii")
    try:
        text = data.decode(encoding)
        if encoding != "utf-8":
            text.encode("utf-8")  # some codecs let lone surrogates through
    except (LookupError, ValueError):
        return codecs.charmap_decode(data, "strict", _WINDOWS_1252)[0]
    return text
