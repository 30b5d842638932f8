"""Damage of bytes, as a line does it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Bytes = Callable[[bytes, Random], bytes]

INTERESTING = (
    b"\x00", b"\r", b"\n", b'"', b"[", b"]", b"|", b"#", b"*", b"_", b"^", b"/", b"L", b"R", b"A", b"0", b"F",
    b"\xff", b"\x80", b"\xd0\x97", b"\r\n", b"\n\n", b"][", b"|#", b"[#", b'"*', b'"NULL"', b'"NAK"', b"0000",
    b"_12:00:00,01-02-2026", b"_99:99:99,99-99-9999", b"#1234|", b"Nri1/BA1", b"18 ", b" ",
)  # fmt: skip
STRANGERS = (
    b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"SSH-2.0-x\r\n", b"F#123456\x00",
    b"\x05\x01\x81\x59\x68", b'\n01010053"SIA-DCS"0007R0075L0001[#072538|Nri1/CL501]\r\x00\x00',
    b"SR0001L0001    001465XX    [ID00000000]\r", b"HID=16:00:00#UID=1234#CRC=0##", b"\x00\x00\x00\x90\x95\x7e",
    b"\n\r\n\r\n\r", b"\n0000", b'\n12340FFF"', b'\n\n\n0010"NULL"', b"\x1b[31m", b"%s%n{0}",
)  # fmt: skip


def flip_bits(data: bytes, rng: Random) -> bytes:
    """One to three bits, as a bad line does."""
    if not data:
        return data
    out = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def insert(data: bytes, rng: Random) -> bytes:
    """Something anywhere."""
    at = rng.randint(0, len(data))
    return data[:at] + (rng.choice(INTERESTING) if rng.random() < 0.7 else rng.randbytes(rng.randint(1, 8))) + data[at:]


def delete(data: bytes, rng: Random) -> bytes:
    """Some bytes."""
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.choice((1, 1, 2, 4, 16, 40)) :]


def overwrite(data: bytes, rng: Random) -> bytes:
    """Some bytes by others."""
    at = rng.randint(0, len(data))
    piece = rng.choice(INTERESTING)
    return data[:at] + piece + data[at + len(piece) :]


def duplicate(data: bytes, rng: Random) -> bytes:
    """A piece, once or many times."""
    at = rng.randint(0, len(data))
    piece = data[at : at + rng.choice((1, 2, 8, 32, 200))]
    return data[:at] + piece * rng.choice((2, 2, 2, 3, 10, 100)) + data[at + len(piece) :]


def truncate(data: bytes, rng: Random) -> bytes:
    """One end is missing."""
    at = rng.randint(0, len(data))
    return data[:at] if rng.random() < 0.7 else data[at:]


def nuls(data: bytes, rng: Random) -> bytes:
    """Zeros between, before or behind."""
    zeros = bytes(rng.choice((1, 1, 3, 20, 600)))
    at = rng.choice((0, len(data), rng.randint(0, len(data))))
    return data[:at] + zeros + data[at:]


def stranger(data: bytes, rng: Random) -> bytes:
    """Bytes of another protocol."""
    at = rng.choice((0, len(data), rng.randint(0, len(data))))
    return data[:at] + rng.choice(STRANGERS) + data[at:]


OF_BYTES: tuple[Bytes, ...] = (flip_bits, insert, delete, overwrite, duplicate, truncate, nuls, stranger)
