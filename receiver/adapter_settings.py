"""The ``[[adapter]]`` tables of ``station.toml``, checked: what is heard where, and how it is meant."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from protocols.lines import overrides
from protocols.lines.options import SourceOptions
from protocols.lines.overrides import Overrides, OverridesError
from protocols.wire import Wire
from protocols.wires import BY_NAME
from receiver.adapters.endpoints import (
    SERIAL,
    EndpointError,
    Listen,
    SerialDevice,
    Target,
    parse_connect,
    parse_listen,
)
from receiver.radio.settings import RadioSettings, read_table
from receiver.settings import AUTO, NAME, NAME_ALLOWED, AdapterSettings, SettingsError, absolute, found_wrong
from receiver.zones import ALLOWED as ZONES_ALLOWED
from receiver.zones import is_zone

if TYPE_CHECKING:
    from receiver.settings import Adapter

CODES_MAX = 4_000_000
"""Bytes of a table of codes."""
DC09 = "dc09"
RADIO = "radio"
_CHECKED = (DC09, "sia", RADIO)
"""Their messages have checks of their own."""
_NOT_OF_DC09 = ("receiver", "line", "line_digits", "account_offset", "codes", "encoding", "time_zone")
"""Its messages say who sends them and mean one thing everywhere; encoding and time zone stand with the account."""
_WAYS = {"listen": ("tcp", "udp"), "connect": ("tcp", SERIAL)}
"""What may be written under each key."""
_EXAMPLES = {
    "listen": {"tcp": "tcp:5000:interface=127.0.0.1", "udp": "udp:5000:interface=127.0.0.1"},
    "connect": {"tcp": "tcp:192.0.2.7:5000", SERIAL: "serial:/dev/ttyUSB0:baudrate=9600"},
}
_NOT_THERE = {
    SERIAL: "a serial port is opened, so it stands under connect",
    "udp": "over udp nobody is connected to, so it stands under listen",
}
_E = TypeVar("_E", Listen, Target | SerialDevice)


def read_adapters(path: Path, given: list[Adapter]) -> tuple[AdapterSettings, ...]:
    """Check the tables of the settings file ``path``. Raises SettingsError."""
    if not given:
        raise SettingsError(
            path, "adapter", 'there is none; add [[adapter]] with listen = ["tcp:5000:interface=127.0.0.1"]'
        )
    taken = _Taken(path)
    adapters: list[AdapterSettings] = []
    for number, adapter in enumerate(given, 1):
        adapters.append(_Reading(path, f"adapter {number}", adapter, taken).read())
        name = adapters[-1].name
        if any(name == other.name for other in adapters[:-1]):
            raise found_wrong(path, f"adapter {number}: name", name, "a name that no other adapter has (name = ...)")
    return tuple(adapters)


class _Taken:
    """Which adapter has which endpoint."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listens: dict[Listen, str] = {}
        self._connects: dict[object, str] = {}

    def listen(self, place: str, text: str, endpoint: Listen) -> None:
        if endpoint.port and endpoint in self._listens:
            raise self._twice(f"{place}: listen", text, self._listens[endpoint])
        for other, where in self._listens.items():
            if why := _both(endpoint, other):
                problem = f"found {text!r} beside {str(other)!r} of {where}: {why}; drop one"
                raise SettingsError(self._path, f"{place}: listen", problem, text)
        self._listens[endpoint] = place

    def connect(self, place: str, text: str, endpoint: Target | SerialDevice) -> None:
        key = Path(endpoint.device).resolve() if isinstance(endpoint, SerialDevice) else endpoint
        if key in self._connects:
            raise self._twice(f"{place}: connect", text, self._connects[key])
        self._connects[key] = place

    def _twice(self, key: str, text: str, where: str) -> SettingsError:
        return SettingsError(self._path, key, f"found {text!r}, which {where} has already", text)


class _Reading:
    """One table being read."""

    def __init__(self, path: Path, place: str, given: Adapter, taken: _Taken) -> None:
        self._path = path
        self._place = place
        self._given = given
        self._taken = taken

    def read(self) -> AdapterSettings:
        given = self._given
        protocols = (*BY_NAME, AUTO)
        if given.protocol not in protocols:
            raise self._wrong("protocol", given.protocol, ", ".join(protocols))
        name = given.name or given.protocol
        if not NAME.fullmatch(name):
            raise self._wrong("name", name, NAME_ALLOWED)
        if not given.listen and not given.connect:
            raise SettingsError(
                self._path,
                f"{self._place}: listen",
                "is missing",
                None,
                'a list such as ["tcp:5000:interface=127.0.0.1"], '
                'or connect, a list such as ["serial:/dev/ttyUSB0:baudrate=9600"]',
            )
        wire = BY_NAME.get(given.protocol)
        return AdapterSettings(
            name=name,
            protocol=given.protocol,
            listen=self._endpoints("listen", given.listen, parse_listen, self._taken.listen),
            connect=self._endpoints("connect", given.connect, parse_connect, self._taken.connect),
            options=self._options(given, wire),
            control_s=given.control_s,
            radio=self._radio(given),
        )

    def _radio(self, given: Adapter) -> RadioSettings | None:
        """A radio channel has one modem, and a table that says what it is."""
        key = f"{self._place}: radio"
        if given.protocol != RADIO:
            if given.radio is not None:
                raise SettingsError(self._path, key, f"stands with {given.protocol}, and only radio has it; drop it")
            return None
        if given.radio is None:
            raise SettingsError(
                self._path,
                key,
                "is missing",
                None,
                '[adapter.radio] with keys = "radio-keys.json" (ptsn radio key new)',
            )
        if given.listen:
            problem = f"found {given.listen[0]!r}, and a radio modem is connected to from here"
            allowed = 'connect = ["serial:/dev/ttyUSB0:baudrate=9600"], or connect = ["tcp:127.0.0.1:8001"]'
            raise SettingsError(self._path, f"{self._place}: listen", problem, given.listen[0], allowed)
        if len(given.connect) != 1:
            problem = f"names {len(given.connect)} modems: a radio channel has one; give each an adapter of its own"
            raise SettingsError(self._path, f"{self._place}: connect", problem)
        keys = absolute(self._path, given.radio.keys)

        def wrong(name: str, found: object, allowed: str) -> SettingsError:
            return found_wrong(self._path, f"{key}.{name}", found, allowed)

        return read_table(given.radio, keys, wrong)

    def _endpoints(
        self, key: str, texts: list[str], parse: Callable[[str], _E], take: Callable[[str, str, _E], None]
    ) -> tuple[_E, ...]:
        endpoints: list[_E] = []
        wire = BY_NAME.get(self._given.protocol)
        # What the first bytes tell, they tell of a connection that somebody opened.
        transports = frozenset(("tcp",)) if wire is None else wire.transports
        for text in texts:
            self._check_way(key, text, transports)
            try:
                endpoint = parse(text)
            except EndpointError as error:
                raise SettingsError(self._path, f"{self._place}: {key}", str(error), text) from error
            if self._given.listen_only and endpoint.transport == SERIAL and getattr(endpoint, "xonxoff", False):
                problem = f"found {text!r} with listen_only: with xonxoff the driver writes by itself; drop one"
                raise SettingsError(self._path, f"{self._place}: {key}", problem, text)
            take(self._place, text, endpoint)
            endpoints.append(endpoint)
        return tuple(endpoints)

    def _check_way(self, key: str, text: str, transports: frozenset[str]) -> None:
        """Whether the protocol comes so, and under this key; else say what works."""
        transport = text.strip().partition(":")[0].lower()
        if transport not in {way for ways in _WAYS.values() for way in ways}:
            return  # the endpoint's own error tells more
        if transport not in transports:
            problem = f"found {text!r}, but {self._given.protocol} does not come over {transport}"
        elif transport not in _WAYS[key]:
            problem = f"found {text!r}, but {_NOT_THERE[transport]}"
        else:
            return
        ways = {way: [one for one in _WAYS[way] if one in transports] for way in (key, *(_WAYS.keys() - {key}))}
        allowed = "; or ".join(
            f'{", ".join(here)} under {way}, such as {way} = ["{_EXAMPLES[way][here[-1]]}"]'
            for way, here in ways.items()
            if here
        )
        raise SettingsError(self._path, f"{self._place}: {key}", problem, text, allowed)

    def _options(self, given: Adapter, wire: Wire | None) -> SourceOptions:
        if given.protocol in (DC09, RADIO):
            for key in _NOT_OF_DC09:
                if value := getattr(given, key):
                    problem = f"found {value!r}, which {given.protocol} has no use for; leave it out"
                    raise SettingsError(self._path, f"{self._place}: {key}", problem, value)
        if given.account_digits and given.protocol in _CHECKED:
            problem = f"found {given.account_digits!r}, which {given.protocol} has no use for; leave it out"
            raise SettingsError(self._path, f"{self._place}: account_digits", problem, given.account_digits)
        if given.encoding and not _decodes(given.encoding):
            allowed = "a Python codec that is ASCII in its lower half, such as utf-8, cp1251, cp866, koi8-r, latin-1"
            raise self._wrong("encoding", given.encoding, allowed)
        if given.time_zone and not is_zone(given.time_zone):
            raise self._wrong("time_zone", given.time_zone, ZONES_ALLOWED)
        edges = {} if wire is None else wire.edges
        if given.edge and given.edge not in edges:
            allowed = ", ".join(edges) or f"nothing: {given.protocol} has no edges"
            raise self._wrong("edge", given.edge, allowed)
        return SourceOptions(
            receiver=given.receiver,
            line=given.line,
            line_digits=given.line_digits,
            account_digits=given.account_digits,
            account_offset=given.account_offset,
            overrides=self._codes(given.codes) if given.codes else overrides.NONE,
            listen_only=given.listen_only,
            encoding=given.encoding,
            time_zone=given.time_zone,
            edge=given.edge,
        )

    def _codes(self, name: str) -> Overrides:
        file = absolute(self._path, name)
        key = f"{self._place}: codes"
        try:
            with file.open("rb") as opened:
                data = opened.read(CODES_MAX + 1)
        except OSError as error:
            raise SettingsError(self._path, key, f"{file} cannot be read: {error.strerror}", name) from error
        if len(data) > CODES_MAX:
            raise SettingsError(self._path, key, f"{file} is larger than {CODES_MAX} bytes", name)
        try:
            return overrides.parse(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise SettingsError(self._path, key, f"{file}: line {line}: not UTF-8; save it as UTF-8", name) from error
        except OverridesError as error:
            several = "to be put right:\n" if "\n" in str(error) else ""
            raise SettingsError(self._path, key, f"{file}: {several}{error}", name) from error

    def _wrong(self, key: str, value: object, allowed: str) -> SettingsError:
        return found_wrong(self._path, f"{self._place}: {key}", value, allowed)


def _decodes(encoding: str) -> bool:
    """Whether a codec reads bytes of which the lower half is ASCII: so are the frames that texts stand in."""
    ascii_ = bytes(range(32, 127))
    try:
        return codecs.lookup(encoding).name != "idna" and ascii_.decode(encoding) == ascii_.decode("ascii")
    except (LookupError, ValueError):
        return False


def _both(one: Listen, other: Listen) -> str:
    """Why two different addresses cannot both be opened; empty when they can (ipv6(7), dual stack)."""
    if not one.port or (one.transport, one.port) != (other.transport, other.port):
        return ""
    for wide, narrow in ((one.interface, other.interface), (other.interface, one.interface)):
        if wide == "::":
            return f"[::] hears {narrow if ':' in narrow else 'IPv4'} too"
        if wide == "0.0.0.0" and ":" not in narrow:
            return f"0.0.0.0 hears {narrow} too"
    return ""
