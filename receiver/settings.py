"""``station.toml``: what a station is told.

Everything left out has a default that works; whatever is there is checked, unknown keys included, and a
wrong file is answered with file, key, what was found and what is allowed. Paths are relative to the file.
"""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from protocols.errors import UserError
from protocols.lines.options import SourceOptions
from receiver.adapters.endpoints import Listen, SerialDevice, Target
from receiver.radio.settings import RadioSettings, RadioTable
from receiver.zones import ALLOWED as ZONES_ALLOWED
from receiver.zones import is_zone

SOCKET_PATH_MAX = 107
"""Bytes that the name of a Unix socket can have on Linux (unix(7))."""

NAME = re.compile(r"[\w.-]{1,32}")
NAME_ALLOWED = "1 to 32 letters, digits, dots, dashes and underscores"
AUTO = "auto"
"""In the place of a protocol's name: what it is, the first bytes of each connection tell."""

Text = Annotated[str, Meta(max_length=200, description="a text of up to 200 characters")]
Seconds = Annotated[float, Meta(ge=0, le=10_000_000, description="seconds, 0 to 10000000")]
SomeSeconds = Annotated[float, Meta(gt=0, le=10_000_000, description="seconds, above 0 up to 10000000")]
Megabytes = Annotated[int, Meta(ge=0, le=100_000_000, description="a whole number of MB, 0 (off) to 100000000")]
Count = Annotated[int, Meta(ge=1, le=10_000_000, description="a whole number, 1 to 10000000")]
PathText = Annotated[str, Meta(pattern=r"\A[^\0]+\Z", description="the path of a file, relative to this one")]
GroupName = Annotated[str, Meta(pattern=r"\A[^\0\s:]{0,32}\Z", description="the name of a group of this machine")]
Command = Annotated[str | list[str], Meta(description="a command as a text, or as a list of its words")]
Endpoints = Annotated[list[str], Meta(description='a list such as ["tcp:5000:interface=127.0.0.1"]')]
Connections = Annotated[list[str], Meta(description='a list such as ["serial:/dev/ttyUSB0:baudrate=9600"]')]
Truth = Annotated[bool, Meta(description="true or false")]
Number = Annotated[str, Meta(pattern=r"\A[0-9A-Fa-f]{0,6}\Z", description='up to 6 hexadecimal digits in quotes, "01"')]
AccountDigits = Annotated[int, Meta(ge=0, le=16, description="a whole number, 0 (any) to 16")]
LineDigits = Annotated[Literal[0, 1, 3], Meta(description="1, 3, or 0 (told by the message)")]
Offset = Annotated[int, Meta(ge=0, le=999_999_999, description="a whole number, 0 to 999999999")]
RadioGiven = Annotated[RadioTable, Meta(description="a table [adapter.radio]")]
FileName = Annotated[str, Meta(pattern=r"\A[^\0]*\Z", description="the path of a CSV file, relative to this one")]


class SettingsError(UserError, ValueError):
    """A settings file that cannot be used: ``station.toml: station.language: found 'de', allowed: en, ru, kk``."""

    def __init__(self, file: Path, key: str, problem: str, found: object = None, allowed: str = "") -> None:
        self.file = file
        self.key = key
        """Dotted, ``adapter 2: listen`` inside the second ``[[adapter]]``; empty for the file as a whole."""
        self.found = found
        self.allowed = allowed
        text = f"{file}: {key}: {problem}" if key else f"{file}: {problem}"
        super().__init__(f"{text}, allowed: {allowed}" if allowed else text)


class AdapterSettings(Struct, frozen=True, kw_only=True):
    """One ``[[adapter]]``: a protocol and where it is heard."""

    name: str
    protocol: str
    """A name of ``protocols.wires.WIRES``, or ``AUTO``."""
    listen: tuple[Listen, ...] = ()
    connect: tuple[Target | SerialDevice, ...] = ()
    """What is connected to from here."""
    options: SourceOptions = SourceOptions()
    control_s: float = 0.0
    """Silence of all of it together that is told of; 0 for never."""
    radio: RadioSettings | None = None
    """Of the protocol radio, and of no other."""


class Settings(Struct, frozen=True, kw_only=True):
    """A checked ``station.toml``. All paths are absolute."""

    path: Path
    name: str
    node: str
    """Which station an entry came from, once several share a journal."""
    language: str
    """``en``, ``ru`` or ``kk``."""
    time_zone: str
    """IANA name: the times people are shown."""
    mode: str
    """``live``, ``demo`` or ``exercise``; a journal stays what it was begun as."""
    journal: Path
    accounts: Path
    socket: Path
    socket_group: str
    """Group that may open the socket besides the station's own user; empty for none."""
    unknown_accounts: str
    """``accept``: acknowledge, journal and mark; ``silent``: no answer."""
    duplicate_s: float
    """How long an identity is remembered."""
    alert_command: list[str]
    """Run when a priority 1 alarm stays unseen; empty for none."""
    alert_after_s: float
    idle_s: float
    """A connection that says nothing for this long is closed."""
    partial_s: float
    """How long a message may take to arrive."""
    late_s: float
    """A signal older than this on arrival is marked late."""
    max_connections: int
    queue: int
    """Arrivals waiting for the journal before senders are made to wait."""
    disk_low_mb: int
    """Less room than this on the journal's disk is an alarm; 0 for off."""
    adapters: tuple[AdapterSettings, ...]

    @property
    def lock(self) -> Path:
        """The file that keeps a second writer out (:class:`receiver.lock.StationLock`)."""
        return Path(f"{self.journal}.lock")


class _Station(Struct, forbid_unknown_fields=True):
    name: Text = ""
    node: Text = ""
    language: Literal["en", "ru", "kk"] = "en"
    time_zone: Text = "UTC"
    mode: Literal["live", "demo", "exercise"] = "live"
    journal: PathText = "journal.db"
    accounts: PathText = ""
    socket: PathText = "ptsn.sock"
    socket_group: GroupName = ""
    unknown_accounts: Literal["accept", "silent"] = "accept"
    duplicate_s: Seconds = 300.0
    alert_command: Command = []
    alert_after_s: Seconds = 60.0
    idle_s: SomeSeconds = 900.0
    partial_s: SomeSeconds = 30.0
    late_s: Seconds = 60.0
    max_connections: Count = 10_000
    queue: Count = 20_000
    disk_low_mb: Megabytes = 500


class Adapter(Struct, forbid_unknown_fields=True):
    """One ``[[adapter]]`` as it is written; :mod:`receiver.adapter_settings` checks it."""

    listen: Endpoints = []
    connect: Connections = []
    protocol: Text = "dc09"
    name: Text = ""
    listen_only: Truth = False
    receiver: Number = ""
    line: Number = ""
    line_digits: LineDigits = 0
    account_digits: AccountDigits = 0
    account_offset: Offset = 0
    codes: FileName = ""
    control_s: Seconds = 0.0
    encoding: Text = ""
    time_zone: Text = ""
    edge: Text = ""
    radio: RadioGiven | None = None


class _File(Struct, forbid_unknown_fields=True):
    station: Annotated[_Station, Meta(description="a table [station]")] = msgspec.field(default_factory=_Station)
    adapter: Annotated[list[Adapter], Meta(description="tables [[adapter]]")] = []


def load(path: Path | str) -> Settings:
    """Read and check a settings file. Raises :class:`SettingsError`, and no other error."""
    # Knows every protocol; whoever only names settings need not wait for that.
    from receiver.adapter_settings import read_adapters

    path = Path(path)
    document = _read(path)
    try:
        file = msgspec.convert(document, _File)
    except msgspec.ValidationError as error:
        raise _explain(path, document, str(error)) from error
    station = file.station
    if not is_zone(station.time_zone):
        raise found_wrong(path, "station.time_zone", station.time_zone, ZONES_ALLOWED)
    if station.node and not NAME.fullmatch(station.node):
        raise found_wrong(path, "station.node", station.node, NAME_ALLOWED)
    journal = absolute(path, station.journal)
    accounts = absolute(path, station.accounts) if station.accounts else journal.with_name("accounts.db")
    socket = absolute(path, station.socket)
    _distinct(path, {"station.journal": journal, "station.accounts": accounts, "station.socket": socket})
    size = len(os.fsencode(socket))
    if size > SOCKET_PATH_MAX:
        raise SettingsError(
            path,
            "station.socket",
            f"found {str(socket)!r}, {size} bytes long",
            str(socket),
            f"up to {SOCKET_PATH_MAX} bytes; give a shorter path, such as /run/ptsn/ptsn.sock",
        )
    return Settings(
        path=Path(os.path.abspath(path)),
        name=station.name,
        node=station.node or station.name or "station",
        language=station.language,
        time_zone=station.time_zone,
        mode=station.mode,
        journal=journal,
        accounts=accounts,
        socket=socket,
        socket_group=station.socket_group,
        unknown_accounts=station.unknown_accounts,
        duplicate_s=station.duplicate_s,
        alert_command=_command(path, station.alert_command),
        alert_after_s=station.alert_after_s,
        idle_s=station.idle_s,
        partial_s=station.partial_s,
        late_s=station.late_s,
        max_connections=station.max_connections,
        queue=station.queue,
        disk_low_mb=station.disk_low_mb,
        adapters=read_adapters(path, file.adapter),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise SettingsError(
            path, "", "there is no such file; name yours with -c or PTSN_CONFIG, or make one: ptsn init DIR"
        ) from None
    except OSError as error:
        raise SettingsError(path, "", f"cannot be read: {error.strerror}") from error
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettingsError(path, f"line {line}", "not UTF-8; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \((?:at )?(line \d+, column \d+|end of document)\)$", str(error))
        problem = f"not TOML: {str(error)[: place.start()] if place else error}"
        raise SettingsError(path, place[1] if place else "", problem) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(path, "", "holds a number or a nesting beyond all measure") from error


def absolute(path: Path, given: str) -> Path:
    """A path named in the settings file ``path``."""
    return Path(os.path.abspath(path.parent / os.path.expanduser(given)))


def _distinct(path: Path, files: dict[str, Path]) -> None:
    names = {path.absolute(): "the settings file"}
    for key, file in files.items():
        # SQLite and the lock keep files of their own beside a database.
        for one in (file, *(Path(f"{file}{suffix}") for suffix in ("-wal", "-shm", "-journal", ".lock"))):
            if one in names:
                raise SettingsError(path, key, f"found {str(file)!r}, which is of {names[one]} already", str(file))
        names[file] = key
        names.update({Path(f"{file}{suffix}"): key for suffix in ("-wal", "-shm", "-journal", ".lock")})


def _command(path: Path, given: str | list[str]) -> list[str]:
    if isinstance(given, list):
        if given and (not given[0] or any("\0" in word for word in given)):
            raise found_wrong(path, "station.alert_command", given, "a list of words that begins with a program")
        return given
    try:
        return shlex.split(given)
    except ValueError as error:
        allowed = "a command line with its quotes closed, or a list of words"
        raise found_wrong(path, "station.alert_command", given, allowed) from error


def found_wrong(path: Path, key: str, found: object, allowed: str) -> SettingsError:
    """The error for a value that is not allowed."""
    return SettingsError(path, key, f"found {found!r}", found, allowed)


def _explain(path: Path, document: dict[str, Any], message: str) -> SettingsError:
    """Turn msgspec's ``... - at `$.station.language` `` into key, what was found and what is allowed."""
    problem, _, place = message.partition(" - at `$")
    value: Any = document
    struct: Any = _File
    keys: list[str] = []
    description = ""
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", place):
        if index:
            value = value[int(index)]
            if keys == ["adapter"]:
                keys[-1] = f"adapter {int(index) + 1}"
        else:
            value = value[name]
            hint = get_type_hints(struct, include_extras=True)[name]
            description, struct = _describe(hint)
            keys.append(name)
    unknown = re.search(r"unknown field `(.*)`", problem)
    missing = re.search(r"required field `(.*)`", problem)
    if unknown or missing:
        field = (unknown or missing)[1]  # type: ignore[index]
        allowed = ", ".join(struct.__struct_fields__)
        if missing:
            description, _ = _describe(get_type_hints(struct, include_extras=True)[field])
            return SettingsError(path, _key([*keys, field]), "is missing", None, description)
        return SettingsError(path, _key([*keys, field]), "there is no such key", field, allowed)
    return found_wrong(path, _key(keys), value, description)


def _describe(hint: Any) -> tuple[str, Any]:
    """What a field allows, in words, and the Struct inside it (or the hint itself)."""
    arguments = get_args(hint)
    if type(None) in arguments:  # what may be left out
        return _describe(next(part for part in arguments if part is not type(None)))
    meta = next((part for part in arguments if isinstance(part, Meta)), None)
    if meta is None:  # a Literal
        return ", ".join(map(str, arguments)), hint
    inside = get_args(arguments[0])
    return meta.description or "", inside[0] if inside else arguments[0]


def _key(keys: list[str]) -> str:
    if keys and keys[0].startswith("adapter "):
        return ": ".join([keys[0], ".".join(keys[1:])])
    return ".".join(keys)
