"""AX.25 UI frames: how a datagram stands on the air behind a TNC. Only the frame form is used, on a licensed channel.

::

    destination(7)  source(7)  up to 8 digipeaters(7 each)  control 03  PID  info  FCS(2)

An address is six characters, each shifted left by one bit and padded with blanks, and a byte ``C|H 1 1 SSID(4) last``.
Bit 7 is the C bit in destination and source (ignored when read; written 1 and 0: a command) and the H bit in a
digipeater ("has been repeated"). The FCS is CRC-16/X-25, low byte first; in KISS it is left out, the modem has it.
Addresses are no proof of anything: they route, the datagram inside proves. Source: radio.md B.2.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import construct
import fastcrc
from msgspec import Struct

from protocols.errors import UserError

CONTROL_UI = 0x03
POLL_FINAL = 0x10
"""The P/F bit of the control byte; it means nothing in what is used here, and is borne."""
PID_NONE = 0xF0
"""No layer 3."""
MOST_DIGIPEATERS = 8
_ADDRESS_SIZE = 7

_written = re.compile(r"([A-Z0-9]{1,6})(?:-([0-9]{1,2}))?").fullmatch
_call = re.compile(r"[\x21-\x7e]{1,6}").fullmatch


class Ax25Error(UserError, ValueError):
    """Bytes that are no UI frame, or an address that cannot be. Carries no peer bytes."""


class Address(Struct, frozen=True, gc=False):
    """One station's alias."""

    call: str
    """One to six capitals and digits; what others send besides is borne."""
    ssid: int = 0
    """0 to 15."""
    repeated: bool = False
    """Of a digipeater: it has passed the frame on (H bit)."""

    @classmethod
    def parse(cls, text: str) -> Address:
        """``OBJ123-7`` or ``PCN``. Raises Ax25Error."""
        match = _written(text)
        if match is None or int(match[2] or 0) > 15:
            raise Ax25Error(
                "an AX.25 address is one to six capitals and digits, then - and 0 to 15 where needed (such as OBJ123-7)"
            )
        return cls(match[1], int(match[2] or 0))

    def __str__(self) -> str:
        return f"{self.call}-{self.ssid}" if self.ssid else self.call


class UiFrame(Struct, frozen=True, gc=False):
    """A UI frame without its FCS."""

    destination: Address
    source: Address
    path: tuple[Address, ...] = ()
    """Digipeaters, the first one that repeats first."""
    info: bytes = b""
    pid: int = PID_NONE


@cache
def _layout() -> Any:
    address = construct.Struct(
        "call" / construct.Bytes(6),
        "bits"
        / construct.BitStruct(
            "mark" / construct.Flag,
            "reserved" / construct.Default(construct.BitsInteger(2), 3),
            "ssid" / construct.BitsInteger(4),
            "last" / construct.Flag,
        ),
    )
    return construct.Struct(
        "addresses" / construct.RepeatUntil(lambda one, _list, _context: one["bits"]["last"], address),
        "control" / construct.Byte,
        "pid" / construct.Byte,
        "info" / construct.GreedyBytes,
    )


def encode(frame: UiFrame, command: bool = True) -> bytes:
    """The frame without FCS. Raises Ax25Error for an address that cannot be, or more than 8 digipeaters."""
    if len(frame.path) > MOST_DIGIPEATERS:
        raise Ax25Error(f"an AX.25 frame passes at most {MOST_DIGIPEATERS} digipeaters")
    marks = (command, not command, *(one.repeated for one in frame.path))
    addresses = (frame.destination, frame.source, *frame.path)
    written = [
        {
            "call": _shifted(one),
            "bits": {"mark": mark, "ssid": one.ssid, "last": at == len(addresses)},
        }
        for at, (one, mark) in enumerate(zip(addresses, marks, strict=True), start=1)
    ]
    made: bytes = _layout().build({"addresses": written, "control": CONTROL_UI, "pid": frame.pid, "info": frame.info})
    return made


def decode(data: bytes) -> UiFrame:
    """A UI frame without FCS. Raises Ax25Error, and nothing else, for anything that is none."""
    try:
        parsed = _layout().parse(data)
    except construct.ConstructError:
        raise Ax25Error("the frame ends inside its AX.25 addresses or right behind them") from None
    count = len(parsed.addresses)
    if not 2 <= count <= 2 + MOST_DIGIPEATERS:
        raise Ax25Error(f"an AX.25 frame has 2 to {2 + MOST_DIGIPEATERS} addresses, this one has {count}")
    if parsed.control & ~POLL_FINAL != CONTROL_UI:
        raise Ax25Error(f"only UI frames (control 03) are read, this one has control {parsed.control:02X}")
    destination, source, *path = (
        _address(one.call, one.bits.ssid, one.bits.mark and at >= 2) for at, one in enumerate(parsed.addresses)
    )
    return UiFrame(destination, source, tuple(path), parsed.info, parsed.pid)


def reply_path(frame: UiFrame) -> tuple[Address, ...]:
    """The digipeaters of an answer: the same ones backwards, none of which has repeated yet."""
    return tuple(Address(one.call, one.ssid) for one in reversed(frame.path))


def fcs(data: bytes) -> int:
    """CRC-16/X-25 (``123456789`` gives 0x906E)."""
    return int(fastcrc.crc16.ibm_sdlc(data))


def with_fcs(data: bytes) -> bytes:
    """The frame as it is on the air."""
    return data + fcs(data).to_bytes(2, "little")


def check_fcs(data: bytes) -> bytes | None:
    """The frame of what was on the air; None where the FCS does not fit."""
    if len(data) < 2 or fcs(data[:-2]) != int.from_bytes(data[-2:], "little"):
        return None
    return data[:-2]


def _shifted(address: Address) -> bytes:
    if _call(address.call) is None or not 0 <= address.ssid <= 15:
        raise Ax25Error("an AX.25 address has one to six characters and a number from 0 to 15")
    return bytes(byte << 1 for byte in address.call.ljust(6).encode("ascii"))


def _address(shifted: bytes, ssid: int, repeated: bool) -> Address:
    call = bytes(byte >> 1 for byte in shifted).decode("ascii").rstrip(" ")
    if any(byte & 1 for byte in shifted) or _call(call) is None:
        raise Ax25Error("an AX.25 address holds characters that none may have")
    return Address(call, ssid, repeated)
