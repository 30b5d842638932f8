"""Where to listen and what to connect to: addresses as people type them, and the default."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterable, Sequence

from protocols.wire import Wire
from receiver.adapters.endpoints import (
    LOOPBACK,
    SERIAL,
    EndpointError,
    Listen,
    SerialDevice,
    Target,
    parse_connect,
    parse_listen,
    parse_target,
)
from receiver.service import reachable

PORT = 5000
DEFAULT = (Listen("tcp", PORT, LOOPBACK), Listen("udp", PORT, LOOPBACK))
"""Without an address: whoever wants to be reached from the network says so."""

UDP_PROTOCOL = "dc09"
"""What a datagram is where nobody said what it is: no other protocol comes so."""

_HOST_AND_PORT = re.compile(r"(tcp|udp):(\[[^\]]*\]|[^:\[\]=]+):(\d+)", re.IGNORECASE)
_TURNED = re.compile(r"(?:tcp|udp):(?:\[[^\]]*\]|[^:\[\]=]*\.[^:\[\]=]*):(?P<port>[^:=]*)", re.IGNORECASE)
"""A host, and what should be its port."""


def read_addresses(
    texts: Sequence[str], also_udp: bool, connects: Sequence[str] = (), wire: Wire | None = None
) -> tuple[Listen | Target | SerialDevice, ...]:
    """What to open, each once: ``tcp:0.0.0.0:5000``, or any form that ``station.toml`` takes; ``serial:/dev/ttyUSB0``.

    ``also_udp`` adds to each TCP address that is listened on the UDP port of the same number. ``connects`` are opened
    from here. ``wire`` is the protocol where it is named; None for finding out. Raises EndpointError.
    """
    found: dict[Listen | Target | SerialDevice, None] = {}
    for text in texts:
        if text.strip().lower().startswith(f"{SERIAL}:"):
            found[parse_connect(text)] = None
            continue
        listen = _read(text)
        found[listen] = None
        if also_udp:
            found[Listen("udp", listen.port, listen.interface)] = None
    for text in connects:
        found[parse_connect(text)] = None
    if not found:
        found = {each: None for each in DEFAULT if wire is None or each.transport in wire.transports}
    for each in found:
        _check(each, wire)
    return tuple(found)


def _check(endpoint: Listen | Target | SerialDevice, wire: Wire | None) -> None:
    """Raise EndpointError for a way in which the protocol named does not come."""
    transport = endpoint.transport
    if wire is not None and transport not in wire.transports:
        known = ", ".join(sorted(wire.transports))
        said = typed(endpoint) if isinstance(endpoint, Listen) else str(endpoint)
        raise EndpointError(f"{said}: {wire.name} does not come over {transport}, allowed: {known}")


def _read(text: str) -> Listen:
    match = _HOST_AND_PORT.fullmatch(text.strip())
    try:
        if match is not None and not match[2].isdigit():
            return parse_listen(f"{match[1]}:{match[3]}:interface={match[2]}")
        return parse_listen(text)
    except EndpointError as error:
        problem = str(error).partition("; write it like ")[0].partition(": ")[2]
        turned = _TURNED.fullmatch(text.strip())
        if turned is not None and not turned["port"].isdigit():
            problem = f"the port is {turned['port']!r}, allowed: 0 to 65535"
        raise EndpointError(f"address {text!r}: {problem}; write it like tcp:0.0.0.0:{PORT}") from None


def listened(endpoints: Iterable[Listen | Target | SerialDevice]) -> tuple[Listen, ...]:
    """Those of them that are listened on."""
    return tuple(each for each in endpoints if isinstance(each, Listen))


def opened(endpoints: Iterable[Listen | Target | SerialDevice]) -> tuple[Target | SerialDevice, ...]:
    """Those of them that are opened from here."""
    return tuple(each for each in endpoints if not isinstance(each, Listen))


def is_loopback(listen: Listen) -> bool:
    """Whether only programs of this machine reach it."""
    return listen.interface.startswith("127.") or listen.interface == "::1"


def no_such_address(listen: Listen) -> bool:
    """Whether this machine does not have the address, so that no port of it can be opened."""
    family = socket.AF_INET6 if ":" in listen.interface else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((listen.interface, 0))
    except OSError as error:
        return error.errno == errno.EADDRNOTAVAIL
    return False


def own_addresses(listen: Listen) -> str:
    """The addresses of this machine that lead outside, and the one for its own programs."""
    outside = reachable([f"{listen.transport}:[::]:{listen.port}"])
    hosts = dict.fromkeys([*(parse_target(address).host for address in outside), LOOPBACK])
    return ", ".join(hosts)


def typed(listen: Listen) -> str:
    """As one types it: ``tcp:0.0.0.0:5000``."""
    host = listen.interface
    return f"{listen.transport}:{f'[{host}]' if ':' in host else host}:{listen.port}"
