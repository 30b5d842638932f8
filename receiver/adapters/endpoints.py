r"""Addresses as people write them in settings and on the command line.

Where to listen, in the form of Twisted's endpoint strings, for ``udp`` too::

    tcp:5000                        loopback, unless an interface is named
    tcp:port=5000:interface=0.0.0.0
    udp:5000:interface=[::1]        also interface=\:\:1 and interface=::1

Where to send to::

    tcp:192.0.2.7:5000
    udp:[2001:db8::7]:5000
    tcp:host=station.example:port=5000

What to connect to: such a TCP address, or a serial port (parts that are left out: 9600 8N1, no flow control)::

    serial:/dev/ttyUSB0:baudrate=1200:bytesize=7:parity=E:stopbits=1
    serial:/dev/ttyS1:baudrate=9600:rs485=1

A backslash before a colon of the device's path keeps it from ending the path.

``str()`` of the result gives the canonical spelling, which reads back as the same value.
"""

from __future__ import annotations

import ipaddress
import re
from itertools import takewhile

from msgspec import Struct, convert

from protocols.errors import UserError

TRANSPORTS = ("tcp", "udp")
SERIAL = "serial"
LOOPBACK = "127.0.0.1"

_ARGUMENT = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)=(.*)", re.DOTALL)
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

    @property
    def host(self) -> str:
        """The interface: whoever calls there."""
        return self.interface

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


class SerialDevice(Struct, frozen=True):
    """A serial port, and how its line is set."""

    device: str
    """Absolute path."""
    baudrate: int = 9600
    bytesize: int = 8
    parity: str = "N"
    """``N``, ``E``, ``O``, ``M`` (mark) or ``S`` (space)."""
    stopbits: float = 1
    xonxoff: bool = False
    rtscts: bool = False
    rs485: bool = False
    """The driver switches the transmitter on with RTS while it sends."""

    @property
    def transport(self) -> str:
        """``serial``."""
        return SERIAL

    @property
    def host(self) -> str:
        """The device: whoever is at its other end."""
        return self.device

    def __str__(self) -> str:
        device = re.sub(r"([\\:])", r"\\\1", self.device)
        flags = "".join(f":{name}=1" for name in ("xonxoff", "rtscts", "rs485") if getattr(self, name))
        return (
            f"{SERIAL}:{device}:baudrate={self.baudrate}:bytesize={self.bytesize}:parity={self.parity}"
            f":stopbits={self.stopbits:g}{flags}"
        )


def parse_connect(text: str) -> Target | SerialDevice:
    """Read what to connect to: a TCP address or a serial port. Raises :class:`EndpointError`."""
    text = text.strip()
    begin = text.partition(":")[0].lower()
    if begin == SERIAL:
        return _serial(text)
    if begin != "tcp":
        example = "tcp:192.0.2.7:5000 or serial:/dev/ttyUSB0:baudrate=9600"
        raise _error(text, f"it begins with {begin!r}, allowed: tcp, {SERIAL}", example)
    return parse_target(text)


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


_SERIAL_EXAMPLE = "serial:/dev/ttyUSB0:baudrate=9600:bytesize=8:parity=N:stopbits=1"
_SERIAL_PARTS: dict[str, dict[str, object]] = {
    "bytesize": {"5": 5, "6": 6, "7": 7, "8": 8},
    "parity": {"n": "N", "e": "E", "o": "O", "m": "M", "s": "S"},
    "stopbits": {"1": 1, "1.5": 1.5, "2": 2},
    **{flag: {"0": False, "no": False, "1": True, "yes": True} for flag in ("xonxoff", "rtscts", "rs485")},
}
"""What a part may be, and what it means. Besides these there is ``baudrate``."""
BAUDRATES = 50, 4_000_000


def _serial(text: str) -> SerialDevice:
    pieces = _split(text, brackets=False)[1:]
    # Names under /dev/serial/by-path have colons: up to the first part with a name it is the path.
    first = next((index for index, piece in enumerate(pieces) if _ARGUMENT.fullmatch(piece)), len(pieces))
    device = ":".join(pieces[:first])
    if not device.startswith("/") or not device.isprintable():
        raise _error(
            text, f"{device!r} is not the path of a device (ptsn ports lists those there are)", _SERIAL_EXAMPLE
        )
    # No path beneath by-path ends in a number of three digits.
    unnamed = list(takewhile(_setting, reversed(pieces[1:first])))[::-1]
    if unnamed:
        said = ":".join(map(_setting, unnamed))
        raise _error(text, f"{':'.join(unnamed)!r} has no name: write {said}", _SERIAL_EXAMPLE)
    given: dict[str, object] = {}
    for piece in pieces[first:]:
        match = _ARGUMENT.fullmatch(piece)
        if not match:
            named = _setting(piece)
            hint = f": write {named}" if named else ""
            raise _error(text, f"{piece!r} is one part too many{hint}", _SERIAL_EXAMPLE)
        name, value = match[1].lower(), match[2].strip().lower()
        if name in given:
            raise _error(text, f"{name!r} is given twice", _SERIAL_EXAMPLE)
        if name == "baudrate":
            lowest, highest = BAUDRATES
            if not re.fullmatch("[0-9]{1,7}", value) or not lowest <= int(value) <= highest:
                raise _error(text, f"the baudrate is {match[2]!r}, allowed: {lowest} to {highest}", _SERIAL_EXAMPLE)
            given[name] = int(value)
        elif name not in _SERIAL_PARTS:
            allowed = ", ".join(("baudrate", *_SERIAL_PARTS))
            raise _error(text, f"unknown part {name!r}, allowed: {allowed}", _SERIAL_EXAMPLE)
        elif value not in _SERIAL_PARTS[name]:
            allowed = ", ".join(word.upper() if name == "parity" else word for word in _SERIAL_PARTS[name])
            raise _error(text, f"{name} is {match[2]!r}, allowed: {allowed}", _SERIAL_EXAMPLE)
        else:
            given[name] = _SERIAL_PARTS[name][value]
    if given.get("rs485") and (given.get("rtscts") or given.get("xonxoff")):
        raise _error(text, "rs485 does not go together with rtscts or xonxoff", _SERIAL_EXAMPLE)
    return convert({"device": device, **given}, SerialDevice)


def _setting(piece: str) -> str:
    """``9600`` and ``8N1`` as parts with their names; blank for what looks like neither."""
    lowest, highest = BAUDRATES
    if re.fullmatch("[0-9]{3,7}", piece) and lowest <= int(piece) <= highest:
        return f"baudrate={piece}"
    if frame := re.fullmatch("([5-8])([NEOMS])(1|1\\.5|2)", piece.upper()):
        return f"bytesize={frame[1]}:parity={frame[2]}:stopbits={frame[3]}"
    return ""


def _read(text: str, example: str) -> tuple[str, list[str]]:
    transport, *arguments = _split(text.strip())
    transport = transport.lower()
    if transport not in TRANSPORTS:
        raise _error(text, f"it begins with {transport!r}, allowed: {', '.join(TRANSPORTS)}", example)
    return transport, arguments


def _split(text: str, *, brackets: bool = True) -> list[str]:
    """Pieces between colons; a colon in square ``brackets`` or behind a backslash belongs to its piece."""
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
            inside = brackets and (character == "[" or (inside and character != "]"))
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
