"""Brands as data: how one make of panel is built, behaves and departs from the strict form.

A profile is a TOML file, of ``panels/profiles`` or one's own. Every section says where its facts are from
(``source``): a public issue, a captured frame, or ``unproven`` where the standard or a common default stands in
for what nobody has shown::

    protocol = "dc09"    the name of a wire; dc09 where it is left out
    [identity]           maker, model, what
    [account]            digits = [least, most], receiver; DC-09: prefix (L), inner: the account inside the data;
                         others: line
    [edition]            value: the edition of DC-09 it speaks
    [transport]          value = "tcp" | "udp" | "serial", role = "calls" | "is-called",
                         connection = "kept" | "per-message"
    [timings]            ack_timeout_s, attempts, link_test_s, backup_link_test_s
    [coding]             scheme, partition_digits, number_digits (SIA), zone_offset, only, encoding, names
    [radio]              ways = "two-way" | "one-way", copies (one-way), ascii_form; with radio only
    [codes.HAPPENING]    begins, ends, partition, number: where it codes otherwise than the standard
    [quirks.SWITCH]      value: a quirk of the protocol; with DC-09 when = "clear" | "encrypted" if not always
    [[partition]] [[zone]] [[user]]    the site it guards; ``panels/layout.toml`` where there is none

All sections but ``identity`` and ``coding`` may be left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from enum import EnumMeta
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec.structs import fields

from panels.brand import (
    UNPROVEN,
    AccountForm,
    Coding,
    Maker,
    Numbered,
    Profile,
    ProfileError,
    RadioForm,
    Source,
    Spoken,
    Switch,
    Timings,
    Transport,
    Zone,
)
from panels.habits import DC09, FIRST_RECEIVER, RADIO
from panels.happenings import HAPPENINGS, STANDARD, ZONE_KINDS, Code
from protocols.dc09.quirks import STRICT, Quirks
from protocols.lines import quirks as given_quirks
from protocols.lines.options import Speaker
from protocols.lines.sending import QuirksError, UnsendableError
from protocols.model import Scheme
from protocols.radio.unit import Quirks as RadioQuirks
from protocols.wires import BY_NAME

T = TypeVar("T")

PLAIN: Mapping[str, str] = MappingProxyType(
    {
        DC09: "strict-2013",
        "sia": "galaxy",
        "surgard": "surgard-mlr2",
        "ademco685": "ademco685-strict",
        "mx8000": "mx8000",
        "d6600": "d6600-sia",
        "d6500": "d6500",
        "osborne-hoffman": "oh-poll",
        RADIO: "radio-two-way",
    }
)
"""Protocol to the profile of panels that were given none."""


def names() -> list[str]:
    """The profiles that come along."""
    return sorted(file.name[:-5] for file in _folder().iterdir() if file.name.endswith(".toml"))


def load(name: str) -> Profile:
    """The profile of that name, or of a file of one's own (``mine.toml``). Raises ProfileError."""
    if name.endswith(".toml"):
        path = Path(name)
        try:
            return read(path.read_text(encoding="utf-8"), path.stem, str(path))
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ProfileError(f"{name}: the profile cannot be read: {why}") from None
    if name not in names():
        raise ProfileError(f"there is no profile {name!r}; there are {', '.join(names())}, or name a file of your own")
    return _shipped(name)


@cache
def _shipped(name: str) -> Profile:
    return read(_folder().joinpath(f"{name}.toml").read_text(encoding="utf-8"), name, f"{name}.toml")


def _folder() -> Any:
    return resources.files("panels").joinpath("profiles")


class _Coded(Code, frozen=True, forbid_unknown_fields=True):
    source: Source = ""


_SECTIONS: Mapping[str, type[Any]] = {
    "identity": Maker,
    "account": AccountForm,
    "edition": Spoken,
    "transport": Transport,
    "timings": Timings,
    "coding": Coding,
    "radio": RadioForm,
    "partition": tuple[Numbered, ...],
    "zone": tuple[Zone, ...],
    "user": tuple[Numbered, ...],
}


def read(text: str, name: str, file: str) -> Profile:
    """A profile from the text of a TOML file; ``file`` is what errors call it. Raises ProfileError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{file}: not TOML: {error}") from None
    unknown = sorted(data.keys() - _SECTIONS.keys() - {"protocol", "codes", "quirks"})
    if unknown:
        known = ", ".join(["protocol", *_SECTIONS, "codes", "quirks"])
        raise ProfileError(f"{file}: unknown section {unknown[0]!r}; there are {known}")
    protocol = _convert(data.get("protocol", DC09), str, file, "protocol")
    if protocol not in BY_NAME:
        raise ProfileError(f"{file}: protocol: there is no {protocol!r}; there are {', '.join(BY_NAME)}")
    if protocol != RADIO and "radio" in data:
        raise ProfileError(f"{file}: radio: only the protocol radio has it; leave it out")
    if protocol != DC09 and "edition" in data:
        raise ProfileError(f"{file}: edition: only dc09 has editions; leave it out")
    layout = _layout()
    for section in ("partition", "zone", "user"):
        data.setdefault(section, layout[section])
    found = {key: _convert(data.get(key, {}), kind, file, key) for key, kind in _SECTIONS.items()}
    if protocol == DC09 and found["coding"].scheme is Scheme.OTHER:
        raise ProfileError(f"{file}: coding.scheme: 'other'; there are contact-id, sia")
    switches = _switches(data.get("quirks", {}), protocol, file)
    codes, own = _codes(data.get("codes", {}), found["coding"], file)
    profile = Profile(
        name=name,
        protocol=protocol,
        identity=found["identity"],
        account=found["account"],
        edition=found["edition"],
        transport=found["transport"],
        timings=found["timings"],
        coding=found["coding"],
        codes=codes,
        own_codes=own,
        switches=switches,
        departures={} if protocol == DC09 else {name: switch.value for name, switch in switches.items()},
        clear=_quirks(switches, "encrypted", file) if protocol == DC09 else STRICT,
        encrypted=_quirks(switches, "clear", file) if protocol == DC09 else STRICT,
        partitions=found["partition"],
        zones=found["zone"],
        users=found["user"],
        radio=found["radio"],
    )
    _check(profile, file)
    return profile


@cache
def _layout() -> dict[str, Any]:
    return tomllib.loads(resources.files("panels").joinpath("layout.toml").read_text(encoding="utf-8"))


def _convert(data: object, kind: type[T], file: str, key: str) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        place = where.rstrip("`")
        allowed = _allowed(kind, place) if "enum" in what else []
        if allowed:
            what = f"{what[what.index('value ') + 6 :]} is not allowed; there are {', '.join(map(str, allowed))}"
        raise ProfileError(f"{file}: {key}{'' if key.endswith(place) else place}: {what}") from None


def _allowed(kind: Any, place: str) -> list[object]:
    """The values that an enumeration or a Literal takes; ``place`` is the way to it, such as ``[0].name.en``."""
    for name in re.findall(r"\.(\w+)|\[", place):
        if name and hasattr(kind, "__struct_fields__"):
            kind = get_type_hints(kind).get(name)
        elif not name and get_args(kind):
            kind = get_args(kind)[0]
    if isinstance(kind, EnumMeta):
        return [member.value for member in list[Any](kind)]
    return list(get_args(kind))


def _tables(data: object, file: str, key: str) -> Mapping[str, object]:
    tables = _convert(data, dict[str, object], file, key)
    return {name: _convert(table, dict[str, object], file, f"{key}.{name}") for name, table in tables.items()}


def _switches(data: object, protocol: str, file: str) -> Mapping[str, Switch]:
    known = BY_NAME[protocol].quirks
    switches = {}
    for name, table in _tables(data, file, "quirks").items():
        switch = switches[name] = _convert(table, Switch, file, f"quirks.{name}")
        if name not in known:
            raise ProfileError(f"{file}: quirks.{name}: no such switch; there are {', '.join(known)}")
        if protocol != DC09 and switch.when != "always":
            raise ProfileError(f"{file}: quirks.{name}: when: only dc09 encrypts; leave it out")
        if protocol == DC09 and _convert({name: switch.value}, Quirks, file, f"quirks.{name}") == STRICT:
            raise ProfileError(f"{file}: quirks.{name}: {switch.value!r} is what the standard asks for; leave it out")
    return switches


def _quirks(switches: Mapping[str, Switch], without: str, file: str) -> Quirks:
    values = {name: switch.value for name, switch in switches.items() if switch.when != without}
    return _convert(values, Quirks, file, "quirks")


_FORMS = {Scheme.CONTACT_ID: r"[0-9B-F]{3}", Scheme.SIA: r"[A-Z]{2}", Scheme.OTHER: r"[0-9A-Z]{1,2}"}


def _codes(data: object, coding: Coding, file: str) -> tuple[Mapping[str, Code], Mapping[str, str]]:
    scheme = coding.scheme
    codes, own = dict(STANDARD[scheme]), {}
    for name, table in _tables(data, file, "codes").items():
        if name not in HAPPENINGS:
            raise ProfileError(f"{file}: codes.{name}: no such happening; there are {', '.join(sorted(HAPPENINGS))}")
        coded = _convert(table, _Coded, file, f"codes.{name}")
        if len(coded.source) < len(UNPROVEN):
            raise ProfileError(f"{file}: codes.{name}: the source is missing")
        for code in filter(None, (coded.begins, coded.ends)):
            if not re.fullmatch(_FORMS[scheme], code):
                raise ProfileError(f"{file}: codes.{name}: {code!r} is no code of {scheme.value}")
        codes[name] = Code(**{field.name: getattr(coded, field.name) for field in fields(Code)})
        own[name] = coded.source
    if coding.only is not None:
        for name in coding.only:
            if name not in codes:
                raise ProfileError(f"{file}: coding.only: {name!r} has no code; there are {', '.join(sorted(codes))}")
        codes = {name: code for name, code in codes.items() if name in coding.only}
    return codes, own


def _check(profile: Profile, file: str) -> None:
    """What the types cannot say."""
    if not profile.zones or not profile.users or not profile.partitions:
        raise ProfileError(f"{file}: a site needs a partition, a zone and a user at least")
    partitions = {each.number for each in profile.partitions}
    for each, kind in ((profile.partitions, "partition"), (profile.zones, "zone"), (profile.users, "user")):
        numbers = [one.number for one in each]
        if len(set(numbers)) < len(numbers):
            raise ProfileError(f"{file}: {kind}: a number is given twice")
    for zone in profile.zones:
        if zone.kind not in ZONE_KINDS:
            raise ProfileError(f"{file}: zone {zone.number}: kind {zone.kind!r}; there are {', '.join(ZONE_KINDS)}")
        if zone.partition not in partitions:
            raise ProfileError(f"{file}: zone {zone.number}: there is no partition {zone.partition}")
    least, most = profile.account.digits
    if not 1 <= least <= most <= 16:
        raise ProfileError(f"{file}: account.digits: {least} to {most}; allowed: 1 to 16")
    if profile.coding.zone_offset and profile.coding.scheme is not Scheme.SIA:
        raise ProfileError(f"{file}: coding.zone_offset: only zones of sia have the digits for it")
    if profile.coding.encoding and profile.protocol == DC09:
        raise ProfileError(f"{file}: coding.encoding: with dc09 it is the quirk encoding")
    if profile.protocol == RADIO:
        try:
            given_quirks.read(profile.departures, RadioQuirks)
        except QuirksError as error:
            raise ProfileError(f"{file}: {error}") from None
    elif profile.protocol != DC09:
        account = "1" * least
        speaker = Speaker(
            account=account,
            receiver=profile.receiver_of(account) or FIRST_RECEIVER,
            line=profile.account.line,
            encoding=profile.coding.encoding,
            quirks=profile.departures,
        )
        try:
            BY_NAME[profile.protocol].sending(speaker)
        except (QuirksError, UnsendableError) as error:
            raise ProfileError(f"{file}: {error}") from None
