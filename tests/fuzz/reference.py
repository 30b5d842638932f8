"""The rules of the frame a second time, plain and slow, so that the fuzzer does not trust the code it tests."""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec import Struct

_STAMP = 21  # and a closing CR that is counted in
"""Bytes at the end of a body that may be anything: some panels have old memory where the time stamp should be."""
_HEX = frozenset(b"0123456789abcdefABCDEF")


def _table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
        table.append(value)
    return table


_TABLE = _table()


def crc(data: bytes) -> int:
    """CRC-16/ARC from a table made here."""
    value = 0
    for byte in data:
        value = (value >> 8) ^ _TABLE[(value ^ byte) & 0xFF]
    return value


class Found(Struct, frozen=True):
    """A frame whose length and CRC fit."""

    start: int
    end: int
    raw: bytes
    body: bytes
    binary: bool
    counts_cr: bool

    @property
    def echo(self) -> bytes | None:
        """What an answer has to repeat: everything between the token and the opening bracket."""
        quote = self.body.find(b'"', 1)
        bracket = self.body.find(b"[", quote + 1)
        return None if quote < 0 or bracket < 0 else self.body[quote + 1 : bracket]

    @property
    def secret(self) -> bool:
        """Whether its token says that it is encrypted."""
        return self.body.startswith(b'"*') and not self.body.startswith(b'"*"')

    @property
    def cipher(self) -> bytes | None:
        """The cipher blocks, None where it has none."""
        if not self.secret:
            return None
        digits = self.body[self.body.find(b'"', 1) :].partition(b"[")[2].removesuffix(b"]")
        if not digits or len(digits) % 32 or not _HEX.issuperset(digits):
            return None
        return bytes.fromhex(digits.decode("ascii"))


def frame_at(data: bytes, at: int) -> Found | None:
    """The frame that begins with the LF at ``at``; None when none does."""
    for binary, begin in ((False, at + 9), (True, at + 7)):
        if data[begin : begin + 1] != b'"':
            continue
        length_digits = data[begin - 4 : begin]
        if not _HEX.issuperset(length_digits):
            continue
        if binary:
            if length_digits[:1] != b"0":
                continue
            given = int.from_bytes(data[at + 1 : at + 3], "big")
        elif _HEX.issuperset(data[at + 1 : at + 5]):
            given = int(data[at + 1 : at + 5], 16)
        else:
            continue
        length = int(length_digits, 16)
        end = begin + length
        before_stamp = data[begin : max(begin, end - _STAMP)]
        if length > 4095 or b"\r" in before_stamp or b"\n" in before_stamp:
            return None
        for inner in range(begin, min(end, len(data))):
            if data[inner] == 0x0A and (held := frame_at(data, inner)) is not None and not held.counts_cr:
                return None
        for counts_cr in (True, False):
            close = end - counts_cr
            if data[close : close + 1] == b"\r" and crc(data[begin:end]) == given:
                return Found(at, close + 1, data[at : close + 1], data[begin:close], binary, counts_cr)
        return None
    return None


def frames(data: bytes) -> list[Found]:
    """All frames of a stream, from left to right, none inside another."""
    found = []
    at = data.find(b"\n")
    while at >= 0:
        frame = frame_at(data, at)
        if frame is not None:
            found.append(frame)
        at = data.find(b"\n", at + 1 if frame is None else frame.end)
    return found


def build(
    body: bytes, *, binary: bool = False, counts_cr: bool = False, lower: bool = False, length: int | None = None
) -> bytes:
    """A frame around ``body``; ``length`` in place of the right one."""
    covered = body + b"\r" if counts_cr else body
    sum_ = crc(covered)
    size = len(covered) if length is None else length
    digits = b"%04X" % (size & 0xFFFF)
    head = sum_.to_bytes(2, "big") if binary else b"%04X" % sum_
    if lower:
        head, digits = head if binary else head.lower(), digits.lower()
    return b"\n" + head + digits + body + b"\r"


def decrypt(key: bytes, secret: bytes) -> bytes:
    """AES in CBC with a vector of zeros."""
    return Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor().update(secret)


def encrypt(key: bytes, plain: bytes) -> bytes:
    """The reverse; whole blocks."""
    return Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor().update(plain)


_STRICT = re.compile(
    rb'"(\*?)([A-Z0-9-]{1,16})"(\d{4})(?:R([0-9A-Fa-f]{1,6}))?L([0-9A-Fa-f]{1,6})#([0-9A-Fa-f]{3,16})\[(?:#([0-9A-Fa-f]{3,16})\|)?',
    re.ASCII,
)


class Header(Struct, frozen=True):
    """A header as the standard has it."""

    token: str
    sequence: str
    receiver: str | None
    prefix: str
    account: str
    inner: str
    """Of a plain message; empty where it has none."""


def header(body: bytes) -> Header | None:
    """The header of a conforming body; None for any other."""
    match = _STRICT.match(body)
    if match is None:
        return None
    _, token, sequence, receiver, prefix, account, inner = (part or b"" for part in match.groups())
    return Header(
        token.decode(),
        sequence.decode(),
        None if match[4] is None else receiver.decode(),
        prefix.decode(),
        account.decode(),
        inner.decode(),
    )
