"""DC-09 frames made without the project's own code, so that a mistake there cannot hide itself."""

from __future__ import annotations

import datetime as dt
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY = bytes(range(16))
KEY_HEX = KEY.hex()


def crc16(data: bytes) -> int:
    """CRC-16/ARC, bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def frame(body: bytes) -> bytes:
    """LF, CRC, length, body, CR."""
    return b"\n%04X0%03X%b\r" % (crc16(body), len(body), body)


def stamp(offset_s: float = 0.0) -> bytes:
    """The time stamp of this moment, shifted."""
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=offset_s)
    return at.strftime("_%H:%M:%S,%m-%d-%Y").encode()


def cid(
    account: str = "1234",
    code: str = "130",
    qualifier: int = 1,
    partition: str = "01",
    number: str = "015",
    sequence: int = 1,
    *,
    inner: str | None = None,
    header: str = "L0",
    when: bytes = b"",
    extended: bytes = b"",
) -> bytes:
    """A Contact ID frame in the clear."""
    inner = account if inner is None else inner
    return frame(
        f'"ADM-CID"{sequence:04d}{header}#{account}[#{inner}|{qualifier}{code} {partition} {number}]'.encode()
        + extended
        + when
    )


def sia(content: str = "Nri1/BA012", account: str = "1234", sequence: int = 1, *, when: bytes = b"") -> bytes:
    """A SIA frame in the clear."""
    return frame(f'"SIA-DCS"{sequence:04d}L0#{account}[#{account}|{content}]'.encode() + when)


def null(account: str = "1234", *, when: bytes = b"") -> bytes:
    """A link test in the clear."""
    return frame(f'"NULL"0000L0#{account}[]'.encode() + when)


def encrypt(key: bytes, plain: bytes) -> bytes:
    """Pad in front, AES-CBC without IV, as hexadecimal digits."""
    size = 32 - len(plain) % 16
    pad = bytes(each if each not in b"|[]" else 0x41 for each in os.urandom(size - 1)) + b"|"
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return (encryptor.update(pad + plain) + encryptor.finalize()).hex().upper().encode()


def decrypt(key: bytes, data: bytes) -> bytes:
    """The plain bytes, pad included."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    return decryptor.update(bytes.fromhex(data.decode())) + decryptor.finalize()


def secret(
    content: str = "1130 01 015",
    account: str = "1234",
    sequence: int = 1,
    *,
    key: bytes = KEY,
    token: str = "ADM-CID",
    inner: str | None = None,
    offset_s: float = 0.0,
) -> bytes:
    """An encrypted frame; every call makes another one."""
    inner = account if inner is None else inner
    data = f"#{inner}|{content}" if content else ""
    plain = f"{data}]".encode() + stamp(offset_s)
    return frame(f'"*{token}"{sequence:04d}L0#{account}['.encode() + encrypt(key, plain))


def answers(data: bytes) -> list[bytes]:
    """The frames in what a receiver sent."""
    return [b"\n" + part + b"\r" for part in data.replace(b"\r", b"").split(b"\n") if part]


def token_of(answer: bytes) -> str:
    """``ACK``, ``NAK``, ``DUH``, with the mark of encryption."""
    return answer.split(b'"')[1].decode()


def sequence_of(answer: bytes) -> int:
    """The sequence number of an answer."""
    return int(answer.split(b'"')[2][:4])
