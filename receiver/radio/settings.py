"""The table ``[adapter.radio]`` of ``station.toml``, checked: a radio channel, its modem and its file of keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocols.ax25 import Address, Ax25Error
from protocols.channel import Profile, ProfileError, ax25, transparent
from protocols.radio.options import Level, Modem, RadioOptions
from receiver.radio.bounds import Bounds

Milliseconds = Annotated[float, Meta(ge=0, le=10_000, description="milliseconds, 0 to 10000")]
BitRate = Annotated[float, Meta(ge=50, le=10_000_000, description="bit/s on the air, 50 to 10000000")]
Percent = Annotated[float, Meta(gt=0, le=100, description="a percentage, above 0 up to 100")]
Persistence = Annotated[int, Meta(ge=0, le=255, description="a whole number, 0 to 255: p = (P+1)/256")]
Parity = Annotated[int, Meta(ge=0, le=64, description="an even whole number, 0 (none) to 54; 16 is usual")]
Port = Annotated[int, Meta(ge=0, le=15, description="a whole number, 0 to 15")]
KeysFile = Annotated[str, Meta(pattern=r"\A[^\0]+\Z", description="the path of the file of keys, relative to this one")]
ModemName = Annotated[Literal["kiss", "transparent"], Meta(description="kiss or transparent")]
LevelName = Annotated[Literal["none", "trailing-byte"], Meta(description="none or trailing-byte")]
Fx25 = Annotated[Literal[0, 16, 32, 64], Meta(description="0, 16, 32 or 64")]
Call = Annotated[str, Meta(max_length=9, description="an AX.25 address such as PCN or PCN-1")]
Truth = Annotated[bool, Meta(description="true or false")]
LevelLow = Annotated[float, Meta(ge=-200, le=0, description="dBm, -200 to 0")]
Decibels = Annotated[float, Meta(ge=0, le=50, description="dB, 0 to 50")]
Quality = Annotated[float, Meta(ge=0, le=95, description="a percentage, 0 (never) to 95")]
Seconds = Annotated[float, Meta(ge=1, le=86_400, description="seconds, 1 to 86400")]
FEC_MOST = 54
"""Datagram and parity together have at most 255 bytes."""


class RadioTable(Struct, forbid_unknown_fields=True):
    """The table as it is written."""

    keys: KeysFile
    modem: ModemName = "kiss"
    bit_rate: BitRate = 1200
    tx_delay_ms: Milliseconds = 300
    tx_tail_ms: Milliseconds = 20
    turnaround_ms: Milliseconds = 100
    persistence: Persistence = 63
    slot_ms: Milliseconds = 100
    duty_percent: Percent = 100
    duty_window_s: Seconds = 3600
    call: Call = "PCN"
    port: Port = 0
    fec: Parity = 0
    fx25: Fx25 = 0
    level: LevelName = "none"
    poll: Truth = True
    low_dbm: LevelLow | None = None
    hysteresis_db: Decibels = 3
    low_quality_percent: Quality = 50


class RadioSettings(Struct, frozen=True, kw_only=True):
    """A checked table."""

    keys: Path
    options: RadioOptions
    """Its network is 0: the file of keys names that."""
    bounds: Bounds = Bounds()


Refuse = Callable[[str, object, str], Exception]
"""``(key, found, allowed)``: the error of a settings file."""


def read_table(given: RadioTable, keys: Path, wrong: Refuse) -> RadioSettings:
    """Check a table whose values are each allowed. Raises what ``wrong`` makes."""
    modem = Modem(given.modem)
    try:
        call = Address.parse(given.call)
    except Ax25Error as error:
        raise wrong("call", given.call, str(error)) from error
    if given.fec % 2 or given.fec > FEC_MOST:
        raise wrong("fec", given.fec, f"an even number, 0 (none) to {FEC_MOST}; 16 is usual")
    if modem is Modem.KISS:
        for key, allowed in (("fec", 0), ("level", "none")):
            if getattr(given, key) != allowed:
                raise wrong(key, getattr(given, key), f'{allowed!r} with modem = "kiss": a TNC has means of its own')
    elif given.fx25:
        raise wrong("fx25", given.fx25, '0 with modem = "transparent"; there fec = 16 protects a frame')
    return RadioSettings(
        keys=keys,
        options=RadioOptions(
            network=0,
            profile=_profile(given, modem, wrong),
            modem=modem,
            call=call,
            port=given.port,
            fec=given.fec,
            level=Level(given.level),
            poll=given.poll,
        ),
        bounds=Bounds(
            low_dbm=given.low_dbm,
            hysteresis_db=given.hysteresis_db,
            low_quality=given.low_quality_percent / 100,
        ),
    )


def _profile(given: RadioTable, modem: Modem, wrong: Refuse) -> Profile:
    make = ax25 if modem is Modem.KISS else transparent
    others = {"fx25_parity": given.fx25} if given.fx25 else {}
    try:
        return make(
            given.bit_rate,
            tx_delay_s=given.tx_delay_ms / 1000,
            tx_tail_s=given.tx_tail_ms / 1000,
            turnaround_s=given.turnaround_ms / 1000,
            persistence=given.persistence,
            slot_s=given.slot_ms / 1000,
            duty_cycle=given.duty_percent / 100,
            duty_window_s=given.duty_window_s,
            **others,
        )
    except ProfileError as error:
        raise wrong("slot_ms", given.slot_ms, str(error)) from error
