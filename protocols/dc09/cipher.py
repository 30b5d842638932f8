"""AES as DC-09 uses it: CBC, an initialisation vector of zeros for every message, padding in front (DC-09 5.4.4).

Since the vector never changes, only the random padding keeps equal messages from looking equal. The editions
up to 2021 ask for 1 to 16 bytes of it; the 2026 edition asks for 16 to 31, so that the first block is random
as a whole.

A key is made ready once and then used for every message under it, since that takes many times as long as the
message itself. What is made ready runs on from message to message, which CBC allows for: the vector of a message
is nothing but the cipher block before it. Not for several threads at once.
"""

from __future__ import annotations

from binascii import Error as HexError
from binascii import hexlify, unhexlify
from collections.abc import Callable
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
KEY_SIZES = (16, 24, 32)

RandomBytes = Callable[[int], bytes]
"""``(count) -> bytes``; ``secrets.token_bytes`` where nothing else is said."""

_IV = bytes(BLOCK)
_PAD = bytes.maketrans(b"|[]", b"!()")
"""Padding may hold any byte but these three, which delimit what follows it."""


class _Ready:
    """Both directions of one key."""

    __slots__ = ("decrypt", "encrypt")

    def __init__(self, material: bytes) -> None:
        both = Cipher(algorithms.AES(material), modes.CBC(_IV))
        self.decrypt = both.decryptor().update
        self.encrypt = both.encryptor().update


_ready = lru_cache(maxsize=4096)(_Ready)


def blocks(digits: bytes) -> bytes | None:
    """Cipher blocks of hex digits in either case; None when they are not a whole number of blocks."""
    if not digits or len(digits) % (2 * BLOCK):
        return None
    try:
        return unhexlify(digits)
    except HexError:
        return None


def decrypt(material: bytes, secret: bytes) -> bytes:
    """Padding and content of whole cipher blocks. Raises ValueError for a key of a wrong length."""
    return _ready(material).decrypt(_IV + secret)[BLOCK:]


def encrypt(material: bytes, content: bytes, random_bytes: RandomBytes, *, long_pad: bool) -> bytes:
    """Upper-case hex digits of ``content`` with fresh padding in front.

    ``content`` begins with ``|`` where one is wanted. ``long_pad`` takes 16 to 31 bytes of padding instead of
    1 to 16. Raises ValueError for a key of a wrong length.
    """
    count = BLOCK - len(content) % BLOCK
    if long_pad and count < BLOCK:
        count += BLOCK
    padded = random_bytes(count).translate(_PAD) + content
    update = _ready(material).encrypt
    # The cipher of any block is the vector of what follows; taken out of the first block, it leaves one of zeros.
    vector = int.from_bytes(update(_IV), "big")
    first = int.from_bytes(padded[:BLOCK], "big") ^ vector
    return hexlify(update(first.to_bytes(BLOCK, "big") + padded[BLOCK:])).upper()
