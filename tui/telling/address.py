"""Addresses and paths as people write them."""

from __future__ import annotations

import re

from tui.shown import clean

_LISTEN = re.compile(r"(?P<transport>tcp|udp):(?P<port>\d{1,5}):interface=(?P<host>[\w.:%-]+|\[[\w.:%-]+\])")


def listening(listen: str) -> str:
    """Where an adapter listens, ``tcp:5000:interface=0.0.0.0``, as people write it: ``tcp:0.0.0.0:5000``.

    The station gives its addresses in that one spelling; anything else is shown as it came.
    """
    match = _LISTEN.fullmatch(listen)
    if match is None:
        return clean(listen)
    host = match["host"]
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"{match['transport']}:{shown}:{int(match['port'])}"


def way(adapter: str, protocol: str, path: str) -> str:
    """A path as ``ptsn paths`` names it: adapter, protocol, and the letter of the message where it has one."""
    return clean(f"{adapter}/{protocol}{' ' + path if path else ''}")
