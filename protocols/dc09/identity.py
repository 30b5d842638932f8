"""What makes two DC-09 messages the same message (DC-09 5.5.1; the memory of it is the station's)."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from protocols.dc09.codec import Content, Header

_HEXADECIMAL = 0x10000
"""Added to a number printed in hexadecimal, so that it can never equal a decimal one."""


def number(sequence: str) -> int | None:
    """The number that tells a repetition from a new message; None for 0000, which tells nothing."""
    if sequence.isdecimal():
        return int(sequence) or None
    return _HEXADECIMAL + int(sequence, 16)


@lru_cache(maxsize=4096)
def scope(receiver: str | None, prefix: str | None, account: str) -> str:
    """Whose memory a message belongs to: ``R1L0#1234``.

    Leading zeros are dropped and letters are capital. A missing R and R0 are the same and leave no ``R``; a
    missing L, an empty one and L0 are the same and give ``L0``.
    """
    r = (receiver or "").lstrip("0").upper()
    line = (prefix or "").lstrip("0").upper() or "0"
    return f"{'R' + r if r else ''}L{line}#{account.upper().lstrip('0') or account[:1]}"


def seal(header: Header, account: str, secret: bytes) -> bytes:
    """Digest of what only the holder of the key can make: the cipher blocks, and whose they are (R, L, #).

    Token and sequence stand outside the encryption, so whoever recorded a frame can change them: they are no
    part of it.
    """
    where = scope(header.receiver, header.prefix, account).encode("latin-1")
    return blake2b(where + b"|" + secret, digest_size=16).digest()


def digest(header: Header, content: Content) -> bytes:
    """Digest of token, data and extended data, without stamp and padding; the same encrypted and in the clear."""
    return blake2b(header.token.encode("latin-1") + content.covered, digest_size=16).digest()
