"""AES as DC-09 uses it: CBC, an initialisation vector of zeros for every message, padding in front (DC-09 5.4.4).

Since the vector never changes, only the random padding keeps equal messages from looking equal. The editions
up to 2021 ask for 1 to 16 bytes of it; the 2026 edition asks for 16 to 31, so that the first block is random
as a whole.
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


@lru_cache(maxsize=4096)
def _cipher(material: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(material), modes.CBC(_IV))


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
    return _cipher(material).decryptor().update(secret)


def encrypt(material: bytes, content: bytes, random_bytes: RandomBytes, *, long_pad: bool) -> bytes:
    """Upper-case hex digits of ``content`` with fresh padding in front.

    ``content`` begins with ``|`` where one is wanted. ``long_pad`` takes 16 to 31 bytes of padding instead of
    1 to 16. Raises ValueError for a key of a wrong length.
    """
    count = BLOCK - len(content) % BLOCK
    if long_pad and count < BLOCK:
        count += BLOCK
    padded = random_bytes(count).translate(_PAD) + content
    return hexlify(_cipher(material).encryptor().update(padded)).upper()
