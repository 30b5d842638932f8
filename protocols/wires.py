"""Every protocol there is, by its name: what adapters, commands and tools go by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from protocols.ademco685 import WIRE as ADEMCO685
from protocols.d6600 import D6500
from protocols.d6600 import WIRE as D6600
from protocols.dc09 import WIRE as DC09
from protocols.ends import Limits, Lookup, ReceivingEnd, Source
from protocols.errors import UserError
from protocols.lines.options import SourceOptions
from protocols.mx8000 import WIRE as MX8000
from protocols.osborne_hoffman import WIRE as OSBORNE_HOFFMAN
from protocols.radio import WIRE as RADIO
from protocols.sia import WIRE as SIA
from protocols.surgard import WIRE as SURGARD
from protocols.wire import Wire

WIRES: Mapping[str, Wire] = MappingProxyType(
    {wire.name: wire for wire in (DC09, SIA, SURGARD, ADEMCO685, MX8000, D6600, D6500, OSBORNE_HOFFMAN)}
)
"""Name to protocol, always in this order: those that an account is enough for, and that their bytes tell."""

BY_NAME: Mapping[str, Wire] = MappingProxyType({**WIRES, RADIO.name: RADIO})
"""These, and radio, which needs keys and a channel besides: it is never chosen by its bytes but in captures."""


class UnknownWireError(UserError, ValueError):
    """There is no such protocol."""


def find(name: str) -> Wire:
    """The protocol of that name. Raises UnknownWireError, which lists the names."""
    wire = BY_NAME.get(name)
    if wire is None:
        raise UnknownWireError(f"protocol {name!r} is not known; there are: {', '.join(BY_NAME)}.")
    return wire


def receiving(
    name: str, source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
) -> ReceivingEnd:
    """The station's end of a protocol. Raises UnknownWireError."""
    return find(name).receiving(source, lookup, options=options, limits=limits, first=first)
