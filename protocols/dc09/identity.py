"""What makes two DC-09 messages the same message (DC-09 5.5.1; the memory of it is the station's)."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from protocols.dc09.codec import Content, Header

NO_NUMBER = "0000"
"""The sequence of link tests, which tells nothing."""
_HEXADECIMAL = 0x10000
"""Added to a number printed in hexadecimal, so that it can never equal a decimal one."""


def number(sequence: str) -> int | None:
    """The number that tells a repetition from a new message; None for 0000, which tells nothing."""
    if sequence.isdecimal():
        return int(sequence) or None
    return _HEXADECIMAL + int(sequence, 16)


@lru_cache(maxsize=4096)
def scope(receiver: str | None, prefix: str | None, account: str) -> str:
    """Whose memory a message belongs to, by its own words: ``R1L0#1234``.

    R and L lose their leading zeros and letters are capital. A missing R and R0 are the same and leave no ``R``;
    a missing L, an empty one and L0 are the same and give ``L0``. Zeros of the account stay: ``0077`` and ``77``
    may be two panels.
    """
    r = (receiver or "").lstrip("0").upper()
    line = (prefix or "").lstrip("0").upper() or "0"
    return f"{'R' + r if r else ''}L{line}#{account.upper()}"


def seal(secret: bytes) -> bytes:
    """Digest of what only the holder of the key can make: the last two cipher blocks.

    Nothing outside the encryption is a part of it: whoever recorded a frame can change token, sequence, R, L and
    account. Nor are the first blocks: in CBC they can be exchanged or left out, at the cost of rubbish in the
    padding. The last two hold the time stamp and depend on all before them.
    """
    return blake2b(secret[-32:], digest_size=16).digest()


def digest(header: Header, content: Content) -> bytes:
    """Digest of token, data and extended data, without stamp and padding; the same encrypted and in the clear."""
    return blake2b(header.token.encode("latin-1") + content.covered, digest_size=16).digest()
