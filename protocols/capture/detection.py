"""What kind of file it is, by what it begins with.

Raw bytes are what is left where nothing else is certain, and a right frame among the bytes makes them raw whatever
stands around it: a capture must never be read as a text about itself.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from enum import StrEnum

from protocols.capture import digits, export, hexdump, logs, notation, pcap, pcapng, shape, strangers
from protocols.capture.supply import lines

HEAD = 1 << 20
"""Bytes that are looked at, at most."""
_ENOUGH = 12
"""Bytes that tell the binary formats."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Bytes that no text has."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}
_LEAST_DIGITS = 16
_LOOKED = 2048
"""Digits by which another protocol than DC-09 is told."""
_KEPT = b"\x06\x14\x15"
_TIME = re.compile(rb"[\[(<]?(?:[0-9]{2,4}[-./][0-9]{2}[-./][0-9]{2,4}|[0-9]{2}:[0-9]{2})[^0-9]")
_HEX = re.compile(rb"[0-9A-Fa-f]+")
_UNBROKEN = re.compile(rb"\s*(?:[0-9A-Fa-f]{2}){6,}+(?:\s|\Z)")
_SEPARATED = re.compile(rb"(?:\s*+(?:0[xX]|\\x)?[0-9A-Fa-f]{2}(?:[ \t,:;-]++|\r?\n|$|(?=\\x))){4}")
"""Bytes each by itself. Blanks may end one and begin the next: possessive, so that they are divided in one way only."""


class Format(StrEnum):
    """The kinds of files that are read."""

    RAW = "raw"
    HEX = "hex"
    HEXDUMP = "hexdump"
    LOG = "log"
    PCAP = "pcap"
    PCAPNG = "pcapng"
    EXPORT = "export"


def detect(data: bytes, *, final: bool = True) -> Format | None:
    """What a file is that begins with ``data``. With ``final`` that is all of it, or as much as is looked at; else
    more comes, and None asks for it. Never raises."""
    if data[:4] in pcap.MAGICS:
        return Format.PCAP
    if data[:4] == pcapng.SECTION and data[8:12] in pcapng.ORDERS:
        return Format.PCAPNG
    if len(data) < _ENOUGH and not final:
        return None
    if export.CSV.match(data):
        return Format.EXPORT
    bare = bool(shape.BARE_FRAME.match(data))
    if shape.FRAME.search(data) and not bare:
        return Format.RAW
    wide = data.startswith(_UTF16)
    text = b"".join(lines([data])) if wide else data
    if _CONTROL.search(text):
        # A pcapng file begins with line ends only, and the beginning of a frame may be binary, too.
        if not final and _TIME.match(text) and b"\n" not in text:
            return None
        return Format.LOG if _dated(text) else Format.RAW
    if final and shape.cut_off(data):
        return Format.RAW
    whole = text if final else text[: text.rfind(b"\n") + 1]
    # Twenty hex digits may be a line of Sur-Gard, too; that they make a good message is no chance.
    if not wide and strangers.sure(data) and not _message_in_digits(whole):
        return None if not final and _HEX.fullmatch(data) else Format.RAW
    text = whole
    found = _text(text)
    if found is None and final:
        return Format.RAW
    return found


def packed(data: bytes) -> str:
    """The name of the compression of a file, ``""`` where it has none that is known."""
    return next((name for mark, name in _PACKED.items() if data.startswith(mark)), "")


def _text(text: bytes) -> Format | None:
    some = list(lines([text]))
    first = next((line for line in some if line.strip()), b"")
    if not first:
        return None
    if first.lstrip().startswith(b"{") and export.row(first) is not None:
        return Format.EXPORT
    if hexdump.looks_like(some) or any(map(hexdump.words, some[:2])):
        return Format.HEXDUMP
    if _all_digits(some):
        return Format.HEX
    for line in some:
        if _is_log(line):
            return Format.LOG
    return None


def _all_digits(some: list[bytes]) -> bool:
    rest = b"".join(map(digits.spoken, some))
    bare = digits.BETWEEN.sub(b"", rest)
    if not _HEX.fullmatch(bare):
        return False
    if _SEPARATED.match(rest) or (len(bare) >= _LEAST_DIGITS and b"22" in bare):
        return True
    return _holds(bare)


def _message_in_digits(text: bytes) -> bool:
    """Whether a text is nothing but unbroken hex digits, and begins with a message in them."""
    bare = b"".join(text.split())
    return _UNBROKEN.match(text) is not None and _HEX.fullmatch(bare) is not None and _holds(bare)


def _holds(digits: bytes) -> bool:
    if len(digits) % 2:
        return False
    data = unhexlify(digits[:_LOOKED])
    return bool(strangers.sure(data)) or (len(digits) <= _LOOKED and strangers.all_blocks(data))


def _dated(text: bytes) -> bool:
    """Whether a text is a log that kept DC4, ACK and NAK as they were: its first line has a time, and a message."""
    first = text.lstrip().partition(b"\n")[0]
    return _TIME.match(first) is not None and not _CONTROL.search(text.translate(None, _KEPT)) and _is_log(first)


def _is_log(line: bytes) -> bool:
    text = notation.decoded(line)
    return logs.is_own(text.rstrip("\r\n")) or logs.holds_message(text)
