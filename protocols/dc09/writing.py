"""Parts into frames: header and content, CRC, length (DC-09 5.3 to 5.5)."""

from __future__ import annotations

from protocols.dc09 import cipher, grammar, stamp
from protocols.dc09.framing import crc


def frame(
    body: bytes,
    *,
    binary: bool = False,
    lower: bool = False,
    lower_length: bool = False,
    counts_cr: bool = False,
) -> bytes:
    """LF, CRC, length, ``body``, CR. Hex digits are upper case; ``lower`` is for the CRC's, ``lower_length`` the other.

    ``counts_cr`` is the error of some panels to count the closing CR in both. Raises ValueError for a body of more
    than 4095 bytes.
    """
    covered = body + b"\r" if counts_cr else body
    if len(covered) > grammar.MAX_BODY:
        raise ValueError(f"a DC-09 message has at most {grammar.MAX_BODY} bytes, this one has {len(covered)}")
    if not (binary or lower or lower_length):
        return b"\n%04X%04X%b\r" % (crc(covered), len(covered), body)
    length = b"%04X" % len(covered)
    if lower_length:
        length = length.lower()
    sum_ = crc(covered)
    if binary:
        return b"\n%b%b%b\r" % (sum_.to_bytes(2, "big"), length, body)
    return b"\n%b%b%b\r" % (b"%04x" % sum_ if lower else b"%04X" % sum_, length, body)


def plain_body(token: bytes, echo: bytes, content: bytes) -> bytes:
    """A body in the clear. ``content`` is everything after the opening bracket, the closing one included."""
    return b'"%b"%b[%b' % (token, echo, content)


def secret_body(
    token: bytes,
    echo: bytes,
    content: bytes,
    key: bytes,
    random_bytes: cipher.RandomBytes,
    *,
    long_pad: bool,
    lower: bool = False,
) -> bytes:
    """An encrypted body. ``content`` begins with ``|`` where one is wanted and ends with a time stamp.

    ``lower`` writes the hex digits of the cipher in lower case.
    """
    digits = cipher.encrypt(key, content, random_bytes, long_pad=long_pad)
    return b'"*%b"%b[%b' % (token, echo, digits.lower() if lower else digits)


def nak_body(wall: float) -> bytes:
    """The body of a NAK with the time of this receiver. All but the stamp is constant (DC-09 5.5.3)."""
    return b'"NAK"0000R0L0A0[]' + stamp.write(wall)
