r"""Addresses as people write them in settings and on the command line.

Where to listen, in the form of Twisted's endpoint strings, for ``udp`` too::

    tcp:5000                        loopback, unless an interface is named
    tcp:port=5000:interface=0.0.0.0
    udp:5000:interface=[::1]        also interface=\:\:1 and interface=::1

Where to send to::

    tcp:192.0.2.7:5000
    udp:[2001:db8::7]:5000
    tcp:host=station.example:port=5000

``str()`` of the result gives the canonical spelling, which reads back as the same value.
"""

from __future__ import annotations

import ipaddress
import re

from msgspec import Struct

from protocols.errors import UserError

TRANSPORTS = ("tcp", "udp")
LOOPBACK = "127.0.0.1"

_ARGUMENT = re.compile(r"([a-zA-Z_]+)=(.*)", re.DOTALL)
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)\w(?:[\w-]{0,62})(?:\.\w[\w-]{0,62})*\.?")
_SCOPE = re.compile(r"[\w.-]{1,32}")
_DIGITS = re.compile(r"[0-9]{1,5}")


class EndpointError(UserError, ValueError):
    """An address that cannot be read. The text says what is wrong with it and how one looks."""


class Listen(Struct, frozen=True):
    """Where a station waits for panels."""

    transport: str
    """``tcp`` or ``udp``."""
    port: int
    """0 to 65535; 0 lets the system choose."""
    interface: str = LOOPBACK
    """IPv4 or IPv6 address; ``0.0.0.0`` and ``::`` are all of them."""

    def __str__(self) -> str:
        return f"{self.transport}:{self.port}:interface={_bracketed(self.interface)}"


class Target(Struct, frozen=True):
    """Where a panel or a relay sends to."""

    transport: str
    """``tcp`` or ``udp``."""
    host: str
    """IPv4 or IPv6 address, or a host name."""
    port: int
    """1 to 65535."""

    def __str__(self) -> str:
        return f"{self.transport}:{_bracketed(self.host)}:{self.port}"


def parse_listen(text: str) -> Listen:
    """Read where to listen. Raises :class:`EndpointError`."""
    example = "tcp:5000:interface=127.0.0.1"
    transport, arguments = _read(text, example)
    named = _names(text, arguments, ("port", "interface"), "interface", example)
    if "port" not in named:
        raise _error(text, "the port is missing", example)
    port = _port(text, named["port"], 0, example)
    return Listen(transport, port, _address(text, named.get("interface", LOOPBACK), example))


def parse_target(text: str) -> Target:
    """Read where to send to. Raises :class:`EndpointError`."""
    example = "tcp:192.0.2.7:5000"
    transport, arguments = _read(text, example)
    # A bare IPv6 address fell apart at its colons: all but the last piece belong to the host.
    if len(arguments) > 2 and not any(_ARGUMENT.fullmatch(piece) for piece in arguments):
        arguments = [":".join(arguments[:-1]), arguments[-1]]
    named = _names(text, arguments, ("host", "port"), "host", example)
    for name in ("host", "port"):
        if not named.get(name):
            raise _error(text, f"the {name} is missing", example)
    host = _unbracketed(named["host"])
    if ":" in host or "[" in host or re.fullmatch(r"[0-9.]+", host):
        host = _address(text, host, example)
    elif not _HOST_NAME.fullmatch(host):
        raise _error(text, f"{host!r} is neither an address nor a host name", example)
    return Target(transport, host, _port(text, named["port"], 1, example))


def _read(text: str, example: str) -> tuple[str, list[str]]:
    transport, *arguments = _split(text.strip())
    transport = transport.lower()
    if transport not in TRANSPORTS:
        raise _error(text, f"it begins with {transport!r}, allowed: {', '.join(TRANSPORTS)}", example)
    return transport, arguments


def _split(text: str) -> list[str]:
    """Pieces between colons; a colon in square brackets or behind a backslash belongs to its piece."""
    pieces = [""]
    escaped, inside = False, False
    for character in text:
        if escaped:
            pieces[-1] += character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ":" and not inside:
            pieces.append("")
        else:
            inside = character == "[" or (inside and character != "]")
            pieces[-1] += character
    return pieces


def _names(text: str, pieces: list[str], allowed: tuple[str, ...], address: str, example: str) -> dict[str, str]:
    """Give the positional pieces their names; ``address`` takes what follows it up to the next name."""
    named: dict[str, str] = {}
    last = ""
    for index, piece in enumerate(pieces):
        match = _ARGUMENT.fullmatch(piece)
        if match:
            last, value = match[1].lower(), match[2]
            if last not in allowed:
                raise _error(text, f"unknown part {last!r}, allowed: {', '.join(allowed)}", example)
        elif last == address and not named[last].endswith("]"):
            named[last] += ":" + piece
            continue
        elif index < len(allowed) and not last:
            name, value = allowed[index], piece
            named[name] = value
            continue
        else:
            raise _error(text, f"{piece!r} is one part too many", example)
        if last in named:
            raise _error(text, f"{last!r} is given twice", example)
        named[last] = value
    return named


def _port(text: str, value: str, lowest: int, example: str) -> int:
    if not _DIGITS.fullmatch(value) or not lowest <= int(value) <= 65535:
        raise _error(text, f"the port is {value!r}, allowed: {lowest} to 65535", example)
    return int(value)


def _address(text: str, value: str, example: str) -> str:
    value = _unbracketed(value)
    if value == "localhost":
        return LOOPBACK
    try:
        _, _, scope = value.partition("%")
        if scope and not _SCOPE.fullmatch(scope):
            raise ValueError(scope)
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise _error(text, f"{value!r} is not an IP address (0.0.0.0 and [::] are all of them)", example) from None


def _unbracketed(value: str) -> str:
    return value[1:-1] if value.startswith("[") and value.endswith("]") else value


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _error(text: str, problem: str, example: str) -> EndpointError:
    return EndpointError(f"address {text!r}: {problem}; write it like {example}")
