"""A datagram sealed and opened: AEAD over header (authenticated) and payload (encrypted, too).

The key id names the key, and the key its suite: nothing in a datagram can talk a receiver into another one.

====================  ==========  =====  ==============================================================
suite                 key         tag    nonce
====================  ==========  =====  ==============================================================
aes-ccm-8             16 or 32    8      station id (4), direction (1), counter (6), 00 00 (13 bytes)
chacha20-poly1305     32          16     station id (4), direction (1), counter (6), 00 (12 bytes)
====================  ==========  =====  ==============================================================

The same nonce must never seal two different datagrams: every (key, direction, counter) is sealed once, and repetitions
are the same bytes. Source: radio.md B.5, RFC 3610, RFC 8439.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, ChaCha20Poly1305
from msgspec import Struct

from protocols.datagram.header import MAX, SIZE, DatagramError, Header, read, write
from protocols.errors import UserError

MARK = 4
"""Bytes of the tag that tell two datagrams of one counter apart."""
_CIPHERS = 4096
"""Cipher objects that are kept."""


class RadioKeyError(UserError, ValueError):
    """A key that its suite cannot use. Carries no key bytes."""


class Suite(StrEnum):
    """How a key is used."""

    AES_CCM_8 = "aes-ccm-8"
    CHACHA20_POLY1305 = "chacha20-poly1305"

    @property
    def tag(self) -> int:
        """Bytes of the tag."""
        return 8 if self is Suite.AES_CCM_8 else 16

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bytes that a key may have."""
        return (16, 32) if self is Suite.AES_CCM_8 else (32,)

    @property
    def most_payload(self) -> int:
        """Bytes of the longest payload."""
        return MAX - SIZE - self.tag


class RadioKey(Struct, frozen=True, gc=False):
    """One key of one station. Raises RadioKeyError when it is made of the wrong number of bytes."""

    key_id: int
    suite: Suite
    material: bytes

    def __post_init__(self) -> None:
        if len(self.material) not in self.suite.sizes:
            sizes = " or ".join(str(size) for size in self.suite.sizes)
            raise RadioKeyError(f"a key for {self.suite} has {sizes} bytes, not {len(self.material)}")
        if not 0 <= self.key_id <= 255:
            raise RadioKeyError("a key id is a number from 0 to 255")

    def __repr__(self) -> str:
        return f"RadioKey(key_id={self.key_id}, suite={self.suite.value!r}, {len(self.material) * 8} bit)"


class Opened(Struct, frozen=True, gc=False):
    """A datagram that its key's owner has sealed."""

    header: Header
    payload: bytes
    mark: bytes
    """The first four bytes of the tag, for the replay window."""


@lru_cache(maxsize=_CIPHERS)
def _cipher(suite: Suite, material: bytes) -> AESCCM | ChaCha20Poly1305:
    if suite is Suite.AES_CCM_8:
        return AESCCM(material, tag_length=suite.tag)
    return ChaCha20Poly1305(material)


def nonce(header: Header, suite: Suite) -> bytes:
    """The nonce of the datagram with that header."""
    used = header.station.to_bytes(4, "big") + bytes((header.direction,)) + header.counter.to_bytes(6, "big")
    return used + (b"\0\0" if suite is Suite.AES_CCM_8 else b"\0")


def seal(header: Header, payload: bytes, key: RadioKey) -> bytes:
    """The datagram. Once for each counter: a repetition is these very bytes again.

    Raises DatagramError where the key id is not the key's, a number does not fit, or the payload is too long.
    """
    if header.key_id != key.key_id:
        raise DatagramError("the header names another key")
    if len(payload) > key.suite.most_payload:
        raise DatagramError(f"a payload has at most {key.suite.most_payload} bytes, this one {len(payload)}")
    clear = write(header)
    return clear + _cipher(key.suite, key.material).encrypt(nonce(header, key.suite), payload, clear)


def open(datagram: bytes, key: RadioKey) -> Opened | None:  # noqa: A001 - the opposite of seal
    """What was sealed with that key; None for everything else. Never raises."""
    header = read(datagram)
    suite = key.suite
    if header is None or header.key_id != key.key_id or not SIZE + suite.tag <= len(datagram) <= MAX:
        return None
    try:
        payload = _cipher(suite, key.material).decrypt(nonce(header, suite), datagram[SIZE:], datagram[:SIZE])
    except InvalidTag:
        return None
    at = len(datagram) - suite.tag
    return Opened(header, payload, datagram[at : at + MARK])
