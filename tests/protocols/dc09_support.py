"""What the tests of DC-09 share: the captured frames, an independent CRC, ends with known surroundings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from protocols.dc09 import ReceivingEnd, SendingEnd
from protocols.ends import Limits, Source
from protocols.model import Arrival, Dialect, Key, Moment, Noise

NOW = Moment(1767355200.0, 1000.0)
"""2026-01-02 12:00:00 UTC, the time in the frames that were built for tests."""
STAMP = b"_12:00:00,01-02-2026"
KEY = bytes(range(16))
SOURCE = Source("ip", "dc09", "192.0.2.7:41122", "192.0.2.7")


@dataclass(frozen=True)
class Vector:
    """One line of ``vectors/dc09.jsonl``."""

    id: str
    ok: str
    frame: bytes
    key: bytes | None
    plain: bytes | None


def _load() -> dict[str, Vector]:
    found = {}
    for line in (Path(__file__).parent / "vectors" / "dc09.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        key, plain = row.get("key"), row.get("plain")
        found[row["id"]] = Vector(
            row["id"],
            row["ok"],
            row["frame"].encode("latin-1"),
            None if key is None else bytes.fromhex(key),
            None if plain is None else plain.encode("latin-1"),
        )
    return found


VECTORS = _load()
GOOD = [vector for vector in VECTORS.values() if vector.ok.startswith("ok")]


def crc16(data: bytes) -> int:
    """The CRC by its definition, so that the tests do not trust the library that the code uses."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


def encrypted(key: bytes, plain: bytes) -> bytes:
    """Whole blocks in AES-CBC from a vector of zeros, as the library does it by itself."""
    return Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor().update(plain)


def frame(body: bytes | str, *, binary: bool = False) -> bytes:
    """A right frame around ``body``."""
    if isinstance(body, str):
        body = body.encode("utf-8")
    sum_ = crc16(body)
    head = sum_.to_bytes(2, "big") if binary else b"%04X" % sum_
    return b"\n" + head + b"%04X" % len(body) + body + b"\r"


def receiver(
    *keys: bytes, undecided: int = 1000, partial_s: float = 30.0, owner: str = "owner", **dialect: object
) -> ReceivingEnd:
    """A receiving end whose every account has these keys."""
    known = Dialect(keys=tuple(Key(key, owner) for key in keys), **dialect)  # type: ignore[arg-type]
    return ReceivingEnd(
        SOURCE,
        lambda adapter, r, line, account: known,
        limits=Limits(undecided=undecided, partial_s=partial_s),
        random_bytes=lambda count: b"p" * count,
    )


class Numbers:
    """Counters in memory."""

    def __init__(self) -> None:
        self.next = 0

    def take(self, name: str, count: int = 1) -> int:
        first = self.next
        self.next += count
        return first


def sender(**options: object) -> SendingEnd:
    """A sending end of account 1234."""
    given: dict[str, object] = {"account": "1234", "counters": Numbers(), "counter": "n"}
    return SendingEnd(**(given | options))  # type: ignore[arg-type]


def only(items: object) -> Arrival:
    """The single arrival in ``items``."""
    [item] = list(items)  # type: ignore[call-overload]
    assert isinstance(item, Arrival), item
    return item


def noise_in(items: object) -> list[Noise]:
    """The noise in ``items``."""
    return [item for item in items if isinstance(item, Noise)]  # type: ignore[attr-defined]


def arrivals_in(items: object) -> list[Arrival]:
    """The arrivals in ``items``."""
    return [item for item in items if isinstance(item, Arrival)]  # type: ignore[attr-defined]


def ids(arrival: Arrival) -> set[str]:
    """Ids of the findings of an arrival."""
    return {finding.id for finding in arrival.findings}
