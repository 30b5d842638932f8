"""Whether a stream is one of radio frames: only where nobody could doubt it, since a datagram looks like anything.

A whole KISS frame of data, an AX.25 UI frame in it with PID F0, and in that what may be a datagram of version 1. A
transparent modem's stream is never recognised: there only a key could tell.
"""

from __future__ import annotations

from protocols import ax25, kiss
from protocols.ax25 import Ax25Error
from protocols.datagram import MAX, header
from protocols.radio.framing import LEAST
from protocols.wire import Likeness

_FEND = bytes((kiss.FEND,))
_LOOKED = 2048
"""Bytes in which the first frame must end: settings of the TNC may stand in front of it."""


def recognise(data: bytes, final: bool) -> Likeness:
    """As :class:`protocols.wire.Recognise`."""
    if data[:1] != _FEND:
        return Likeness.MORE if not data and not final else Likeness.NO
    *pieces, _ = data[:_LOOKED].split(_FEND)
    for piece in pieces:
        if not piece:
            continue
        frame = kiss.read(piece)
        if not frame.whole or frame.command not in tuple(kiss.Command):
            return Likeness.NO
        if frame.command == kiss.Command.DATA:
            return Likeness.SURE if _is_ours(frame.data) else Likeness.NO
    return Likeness.NO if final or len(data) >= _LOOKED else Likeness.MORE


def _is_ours(data: bytes) -> bool:
    try:
        ui = ax25.decode(data)
    except Ax25Error:
        return False
    return ui.pid == ax25.PID_NONE and LEAST <= len(ui.info) <= MAX and header.read(ui.info) is not None
