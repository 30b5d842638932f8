"""Datagrams in what goes to a modem, for whoever looks on from outside; and datagrams as frames on the air."""

from __future__ import annotations

from protocols import ax25, fec, kiss
from protocols.ax25 import Address, Ax25Error, UiFrame
from protocols.radio.options import Modem, RadioOptions


def datagrams(data: bytes, options: RadioOptions) -> list[bytes]:
    """Those of whole frames as a side hands them to its modem."""
    found = []
    for piece in kiss.Deframer().feed(data):
        if options.modem is Modem.KISS:
            frame = kiss.read(piece)
            if frame.command == kiss.Command.DATA:
                found.append(ax25.decode(frame.data).info)
        else:
            whole, _ = kiss.unescape(piece)
            found.append(whole[: len(whole) - options.fec])
    return found


def on_air(datagram: bytes, options: RadioOptions, source: Address, destination: Address) -> bytes:
    """What a modem sends for a datagram."""
    if options.modem is Modem.KISS:
        return ax25.encode(UiFrame(destination, source, (), datagram))
    return kiss.enclose(fec.protect(datagram, options.fec) if options.fec else datagram)


def heard(frame: bytes, options: RadioOptions) -> list[bytes]:
    """The datagrams of what was on the air."""
    if options.modem is Modem.TRANSPARENT:
        return datagrams(frame, options)
    try:
        return [ax25.decode(frame).info]
    except Ax25Error:
        return []
