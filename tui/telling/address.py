"""Addresses and paths as people write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.shown import clean
from tui.state.model import Condition

if TYPE_CHECKING:
    from tui.telling.teller import Teller

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


def way(teller: Teller, adapter: str, protocol: str, path: str) -> str:
    """A path in words: ``adapter ip (dc09), path B``; blank without an adapter."""
    if not adapter:
        return ""
    shown = teller.say("place.adapter", adapter=clean(adapter)) + (f" ({clean(protocol)})" if protocol else "")
    return f"{shown}, {teller.say('place.path', path=clean(path))}" if path else shown


def way_of(teller: Teller, condition: Condition) -> str:
    """The path that a condition of the station is about; blank where it is about none."""
    if not condition.code.startswith("path."):
        return ""
    adapter, _, protocol = condition.partition.partition("/")
    return way(teller, adapter, protocol, condition.number)
