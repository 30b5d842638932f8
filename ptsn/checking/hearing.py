"""What a check opens, and as which protocol: the adapters of its temporary station."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ptsn.checking.where import UDP_PROTOCOL
from receiver.adapters.endpoints import SERIAL, Listen, SerialDevice, Target
from receiver.settings import AUTO, AdapterSettings

PARTIAL_S = 10.0
"""Bytes that do not become a message in this time are told of; a station has more patience."""
CONNECT = "connect"
OPENED_HERE = (CONNECT, SERIAL)
"""Names of the adapters whose connections the station opens."""
_IN_ITS_PLACE = "sia"
"""The file of settings takes no serial port whose protocol is to be found out: a name that stands for it there."""


class Hearing(Struct, frozen=True, kw_only=True):
    """How what comes is meant."""

    protocol: str = AUTO
    """A name of ``protocols.wires.WIRES``, or ``AUTO``."""
    edge: str = ""
    line_digits: int = 0
    encoding: str = ""
    """Of texts; empty for what is usual in the protocol."""

    def of(self, transport: str) -> str:
        """The protocol of what comes over a transport."""
        return UDP_PROTOCOL if self.protocol == AUTO and transport == "udp" else self.protocol


def settings_text(endpoints: Sequence[Listen | Target | SerialDevice], hearing: Hearing) -> str:
    """A ``station.toml``: an adapter for each way in; everything else as a station has it by default."""
    lines = ["[station]", 'name = "Check"', 'node = "check"', f"partial_s = {PARTIAL_S}"]
    for name, ones in _ways(endpoints):
        protocol = hearing.of(ones[0].transport)
        written = _IN_ITS_PLACE if (name, protocol) == (SERIAL, AUTO) else protocol
        key = "connect" if name in OPENED_HERE else "listen"
        lines += ["[[adapter]]", f'name = "{name}"', f'protocol = "{written}"']
        lines.append(f"{key} = {json.dumps([str(each) for each in ones])}")
        if protocol != UDP_PROTOCOL:
            lines += [f"line_digits = {hearing.line_digits}", f"encoding = {json.dumps(hearing.encoding)}"]
        if hearing.edge:
            lines.append(f"edge = {json.dumps(hearing.edge)}")
    return "\n".join(lines) + "\n"


def adapters(found: Sequence[AdapterSettings], hearing: Hearing) -> tuple[AdapterSettings, ...]:
    """The adapters read from that file, with what it cannot say."""
    return tuple(replace(each, protocol=hearing.protocol) if each.name == SERIAL else each for each in found)


def _ways(
    endpoints: Sequence[Listen | Target | SerialDevice],
) -> Iterator[tuple[str, list[Listen | Target | SerialDevice]]]:
    """Name of an adapter and what it opens."""
    ways: dict[str, list[Listen | Target | SerialDevice]] = {}
    for each in endpoints:
        name = CONNECT if isinstance(each, Target) else each.transport
        ways.setdefault(name, []).append(each)
    yield from ways.items()
