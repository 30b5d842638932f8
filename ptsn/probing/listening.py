"""Walks a serial port through the settings, and listens. Not one byte is written."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Sequence

import serial
from msgspec import Struct

from protocols.wire import LineSettings, Wire
from ptsn.probing.judging import READABLE, Fit, fits, readable, views
from ptsn.probing.settings import candidates
from receiver.adapters.endpoints import SerialDevice
from receiver.adapters.serial import PortError, open_serial

GAP_S = 0.3
"""Silence that ends a group of bytes: more than a byte takes at 300 baud, less than messages lie apart."""
LONGEST_S = 3.0
MOST = 4096
"""Bytes of one group."""
AGAIN = 2
"""Groups more that are waited for under a setting that gave text, but no whole message."""


class Heard(Struct, frozen=True):
    """A group of bytes, and under which setting it came."""

    line: LineSettings
    data: bytes

    @property
    def best(self) -> tuple[bytes, LineSettings]:
        """The bytes as they look most like text, and the setting that says so."""
        return max(views(self.data, self.line), key=lambda view: readable(view[0]))

    @property
    def readable(self) -> float:
        """Share of it that looks like text."""
        return readable(self.best[0])


class Found(Struct, frozen=True):
    """What came of listening."""

    fits: tuple[Fit, ...]
    """The likeliest first; empty where nothing was recognised."""
    heard: tuple[Heard, ...]


Progress = Callable[[LineSettings, float], None]
"""Told of the setting that is listened under, and of the seconds left."""


def listen(
    device: str,
    wires: Sequence[Wire],
    for_s: float,
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Listen until something is recognised or the time is up. Raises PortError.

    A silent line tells nothing of its settings, so each is kept until something came under it.
    """
    settings = candidates(wires)
    heard: list[Heard] = []
    until = clock() + for_s
    port = open_serial(SerialDevice(device, settings[0].baudrate))
    try:
        index = patience = 0
        while clock() < until:
            line = settings[index % len(settings)]
            _set(port, line)
            data = _group(port, until, clock, lambda left, line=line: progress(line, left))  # type: ignore[misc]
            if not data:
                break
            heard.append(Heard(line, data))
            # Two groups may be the halves of a message.
            same = b"".join(one.data for one in heard if one.line == line)
            found = fits(data, line, wires) or fits(same[-MOST:], line, wires)
            if found:
                return Found(tuple(found), tuple(heard))
            if heard[-1].readable >= READABLE and patience < AGAIN:
                patience += 1
            else:
                index, patience = index + 1, 0
    finally:
        port.close()
    return Found((), tuple(heard))


def _set(port: serial.Serial, line: LineSettings) -> None:
    wanted = {"baudrate": line.baudrate, "bytesize": line.bytesize, "parity": line.parity, "stopbits": line.stopbits}
    if port.get_settings().items() >= wanted.items():
        return
    try:
        port.apply_settings(wanted)
        # What came before was heard under the other setting.
        port.reset_input_buffer()
    except (OSError, ValueError) as error:
        raise PortError("settings", f"it cannot be set to {line}: {error}") from error


def _group(port: serial.Serial, until: float, clock: Callable[[], float], waiting: Callable[[float], None]) -> bytes:
    """Bytes up to a silence; none when the time is up."""
    data = b""
    ends = until
    while (left := (ends if data else until) - clock()) > 0 and len(data) < MOST:
        if not data:
            waiting(left)
        ready, _, _ = select.select([port.fileno()], [], [], min(left, GAP_S if data else 1.0))
        if not ready:
            if data:
                break
            continue
        try:
            came = os.read(port.fileno(), MOST)
        except BlockingIOError:
            continue
        except OSError as error:
            raise PortError("missing", "the device is gone; is it plugged in?") from error
        if not came and _hung_up(port):
            raise PortError("missing", "the line is gone; is it plugged in?")
        if not data:
            ends = clock() + LONGEST_S
        data += came
    return data


def _hung_up(port: serial.Serial) -> bool:
    poll = select.poll()
    poll.register(port.fileno(), 0)
    return bool(poll.poll(0))
