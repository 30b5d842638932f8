"""What came of listening to a port, in words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from protocols.wire import LineSettings
from ptsn.probing.judging import READABLE, Fit
from ptsn.probing.listening import Found, Heard
from ptsn.probing.settings import named
from receiver.adapters.endpoints import SerialDevice
from tui.shown import clean

NAME_MAX = 32
"""Characters of an adapter's name."""
SHOWN = 60
"""Bytes of a message that are shown."""


def endpoint(device: str, fit: Fit) -> str:
    """What to write into station.toml. Where the port does not tell, the protocol's usual setting."""
    line = usual(fit)[0] if tells_nothing(device) else fit.line
    return str(SerialDevice(os.path.abspath(device), line.baudrate, line.bytesize, line.parity, line.stopbits))


def name(device: str) -> str:
    """What to call the adapter: after its device, so that two of one protocol do not share a name."""
    return (
        re.sub(r"[^\w.-]+", "-", os.path.basename(os.path.abspath(device))).strip("-")[-NAME_MAX:].lstrip("-")
        or "serial"
    )


def tells_nothing(device: str) -> bool:
    """A pseudo-terminal has neither speed nor parity: the bytes are the same under every setting."""
    return os.path.realpath(device).startswith("/dev/pts/")


def usual(fit: Fit) -> list[LineSettings]:
    """The protocol's usual settings that the bytes agree with, the likeliest first. Parity bits that came are told."""
    found = [
        line
        for line in fit.wire.serial
        if fit.line.bytesize == 8 or (line.bytesize, line.parity) == (fit.line.bytesize, fit.line.parity)
    ]
    return found or [fit.line]


def lines(device: str, found: Found, for_s: float) -> Iterator[str]:
    """For a person."""
    if not found.fits:
        yield from _unknown(found, for_s)
        return
    best = found.fits[0]
    count = "1 message" if best.messages == 1 else f"{best.messages} messages"
    yield f"# {best.wire.title}: {count}, the first: {shown(best.sample)}"
    yield "[[adapter]]"
    yield f'name = "{name(device)}"'
    yield f'protocol = "{best.wire.name}"'
    yield f'connect = ["{_toml(endpoint(device, best))}"]'
    if not best.sure:
        yield "# Its messages have no check of their own: let a few more come, and look at them in `ptsn tail`."
    if tells_nothing(device):
        yield "# This is no real serial line, its bytes are the same under every setting: the usual one is given."
        for line in usual(best)[1:]:
            yield f"# Just as well: {line}"
    others = {fit.wire.name for fit in found.fits[1:]} - {best.wire.name}
    if others:
        yield f"# Read as {', '.join(sorted(others))} it would make sense, too."


def _unknown(found: Found, for_s: float) -> Iterator[str]:
    if not found.heard:
        yield f"Nothing was heard in {for_s:g} s."
        yield "Raise an event, or listen longer than its heartbeat (--for 5m). Else look at the wiring: is the sender's"
        yield "TxD at this port's RxD, and the ground connected? RS-232, RS-485 and TTL levels do not hear one another."
        return
    bytes_heard = sum(len(one.data) for one in found.heard)
    text = max(found.heard, key=lambda one: one.readable)
    if text.readable >= READABLE:
        data, line = text.best
        yield f"Heard {bytes_heard} bytes, text at {named(line)}, but no protocol that ptsn knows:"
        yield f"  {shown(data)}"
        yield "Keep what comes (for example with `cat DEVICE > FILE`) and look at it with `ptsn decode FILE`."
        return
    yield f"Heard {bytes_heard} bytes, but no text and no protocol that ptsn knows under any setting:"
    for one in _each_setting(found.heard):
        yield f"  {named(one.line):12} {shown(one.data)}"
    yield "Each setting needs something of its own to hear: listen longer (--for 5m). Bytes that are rubbish under all"
    yield "of them come from inverted levels (TTL at an RS-232 port), swapped A and B of RS-485, or a missing ground."


def _each_setting(heard: tuple[Heard, ...]) -> list[Heard]:
    return list({one.line: one for one in heard}.values())


def shown(data: bytes) -> str:
    """Bytes for people: control characters as marks."""
    cut = data[:SHOWN]
    return clean(cut.decode("latin-1")) + ("..." if len(data) > SHOWN else "")


def _toml(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def as_dict(device: str, found: Found) -> dict[str, Any]:
    """For programs."""
    return {
        "device": device,
        "fits": [
            {
                "protocol": fit.wire.name,
                "name": name(device),
                "connect": endpoint(device, fit),
                "sure": fit.sure,
                "messages": fit.messages,
                "covered": round(fit.covered, 3),
                "sample": fit.sample.hex(),
            }
            for fit in found.fits
        ],
        "settings_told": not tells_nothing(device),
        "heard": [{"line": str(one.line), "hex": one.data.hex()} for one in found.heard],
    }
