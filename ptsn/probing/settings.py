"""The settings that a serial line may have, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterable

from protocols.wire import LineSettings, Wire

BAUDRATES = (9600, 1200, 2400, 4800, 19200, 38400, 57600, 115200, 300)


def candidates(wires: Iterable[Wire]) -> list[LineSettings]:
    """What to set the port to, one after the other.

    A line of seven bits and parity has frames as long as one of eight without, so it is heard under that: its parity
    is the eighth bit, and :func:`ptsn.probing.judging.views` takes it apart. Only eight bits and parity need a
    setting of their own, since there a ninth bit stands in the place of the stop bit.
    """
    usual = [line for wire in wires for line in wire.serial]
    rates = list(dict.fromkeys([*(line.baudrate for line in usual[:1]), *BAUDRATES, *(one.baudrate for one in usual)]))
    return [LineSettings(rate, 8, parity) for parity in "NEO" for rate in rates]


def named(line: LineSettings) -> str:
    """``9600 8N1``."""
    return f"{line.baudrate} {line.bytesize}{line.parity}{line.stopbits}"
