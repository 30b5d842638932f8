"""A district as data: its schools, what they look like inside, and what happens there.

The sample district (``fixtures/district.toml``) is fictitious. :func:`load` reads it, :func:`accounts_csv` and
:func:`zones_csv` tell the station what it consists of, ``panels.plan`` draws the traffic from it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from protocols.catalogue import find
from protocols.errors import UserError
from protocols.model import Scheme

Language = Literal["en", "ru", "kk"]


class DistrictError(UserError, ValueError):
    """A district that cannot be used. The text says which part is wrong."""


class Names(Struct, frozen=True, forbid_unknown_fields=True):
    """One name in the three languages."""

    en: str
    ru: str
    kk: str

    def format(self, **values: object) -> Names:
        """The names with their ``{placeholders}`` filled in."""
        return Names(self.en.format(**values), self.ru.format(**values), self.kk.format(**values))


class Numbered(Struct, frozen=True, forbid_unknown_fields=True):
    """A partition or a user, as every site of the district has it."""

    number: str
    name: Names


class Zone(Struct, frozen=True, forbid_unknown_fields=True):
    """A zone, as every site of the district has it."""

    number: str
    """Three digits."""
    partition: str
    kind: str
    """``room``, ``smoke``, ``panic``: which incidents can happen there."""
    name: Names


class Incident(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happens now and then, and ends again."""

    id: str
    contact_id: str
    """Code; new and restore are its qualifiers."""
    sia: str
    sia_restore: str
    zones: str
    """Kind of the zones where it happens; empty for the panel itself."""
    when: Literal["open", "closed", "any"]
    per_day: float
    """How often at one site on an average day."""
    lasts_s: tuple[int, int]
    """Shortest and longest time until the restore."""
    alarm: bool
    """Somebody has to act at once."""

    @property
    def title(self) -> Names:
        """What it is called: the catalogue's words for its Contact ID code."""
        return Names(*find(Scheme.CONTACT_ID, self.contact_id).names)


class Opening(Struct, frozen=True, forbid_unknown_fields=True):
    """An incident that a plan opens with. In seconds of real time, however fast the day runs."""

    incident: str
    after_s: tuple[float, float]
    lasts_s: tuple[float, float]
    encrypted: bool = False
    """At a site whose panel encrypts, where there is one."""
    radio: bool = False
    """At a site that may have a radio unit, where there is one."""


class Weak(Struct, frozen=True, forbid_unknown_fields=True):
    """A bad line, which falls silent now and then. In seconds of real time."""

    link_test_s: float
    supervision_s: int
    first_after_s: tuple[float, float]
    silent_s: tuple[float, float]
    pause_s: tuple[float, float]


class Schedule(Struct, frozen=True, forbid_unknown_fields=True):
    """The ordinary day. Times of day are ``HH:MM``."""

    begins: str
    """Time of day at which a plan starts."""
    opens: tuple[str, str]
    closes: tuple[str, str]
    opens_late: tuple[str, str]
    late: float
    """Share of the openings that are late."""
    forgotten: float
    """Share of the openings where somebody walks in before disarming: an alarm, then its cancelling."""
    closed_every: int
    """Every so many days all sites stay closed."""
    test_every_h: int


class Site(Struct, frozen=True):
    """One school and the panel in it."""

    number: int
    account: str
    name: Names
    address: Names
    phone: str
    scheme: Scheme
    key: bytes | None
    persistent: bool
    """The panel keeps its connection open; otherwise it opens one for each message."""
    weak: bool = False
    """Its line is bad: ``District.weak``."""
    radio: bool = False
    """It may report by radio: whoever runs the district gives it a unit, or does not."""

    def __repr__(self) -> str:
        return f"<Site {self.number} account={self.account!r}>"


class District(Struct, frozen=True):
    """Everything the panels of a district, and the plan of their traffic, are made from."""

    name: Names
    prefix: str
    """DC-09 account prefix of every panel."""
    time_zone: str
    link_test_s: float
    supervision_s: int
    address_language: Language
    partitions: tuple[Numbered, ...]
    zones: tuple[Zone, ...]
    users: tuple[Numbered, ...]
    schedule: Schedule
    openings: tuple[Opening, ...]
    weak: Weak
    incidents: tuple[Incident, ...]
    """Each id once, the most urgent first."""
    sites: tuple[Site, ...]

    def link_test_of(self, site: Site) -> float:
        """How often the panel of a site shows that it is alive, in seconds."""
        return self.weak.link_test_s if site.weak else self.link_test_s

    def in_the_clear(self, shared: bool) -> District:
        """The same for a protocol without keys and prefixes. Where the line is ``shared`` no panel shows that it lives.

        Then the station need not worry about the silence of one.
        """
        sites = tuple(replace(site, key=None) for site in self.sites)
        clear = replace(self, sites=sites, prefix="")
        return replace(clear, supervision_s=0, weak=replace(self.weak, supervision_s=0)) if shared else clear

    def supervision_of(self, site: Site) -> int:
        """After how many seconds of silence the station worries."""
        return self.weak.supervision_s if site.weak else self.supervision_s


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    name: Names
    address_language: Language
    phone: str
    time_zone: str
    prefix: str
    link_test_s: float
    supervision_s: int


class _Kind(Struct, frozen=True, forbid_unknown_fields=True):
    name: Names


class _Place(Struct, frozen=True, forbid_unknown_fields=True):
    name: Names
    street: Names


class _School(Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    account: str
    kind: str
    place: str
    scheme: Scheme
    connection: Literal["persistent", "per-message"]
    key: str = ""
    weak: bool = False
    radio: bool = False


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    district: _Head
    kind: Mapping[str, _Kind]
    place: Mapping[str, _Place]
    partition: tuple[Numbered, ...]
    zone: tuple[Zone, ...]
    user: tuple[Numbered, ...]
    schedule: Schedule
    opening: tuple[Opening, ...]
    weak: Weak
    incident: tuple[Incident, ...]
    school: tuple[_School, ...]


def load(schools: int | None = None) -> District:
    """The sample district with so many schools (as many as the file has when None).

    More than the file has are made by going round its list again, with new numbers, accounts and keys.
    """
    text = resources.files("fixtures").joinpath("district.toml").read_text(encoding="utf-8")
    return read(tomllib.loads(text), schools)


def read(data: Mapping[str, Any], schools: int | None = None) -> District:
    """A district from the data of a TOML file. Raises :class:`DistrictError`."""
    try:
        file = msgspec.convert(data, _File)
    except msgspec.ValidationError as error:
        raise DistrictError(f"the district cannot be read: {error}") from error
    count = len(file.school) if schools is None else schools
    if count < 1:
        raise DistrictError(f"{count} schools asked for; at least 1 is allowed")
    head = file.district
    known = [incident.id for incident in file.incident]
    for opening in file.opening:
        if opening.incident not in known:
            raise DistrictError(f"opening: there is no incident {opening.incident!r}; allowed: {', '.join(known)}")
    return District(
        name=head.name,
        prefix=head.prefix,
        time_zone=head.time_zone,
        link_test_s=head.link_test_s,
        supervision_s=head.supervision_s,
        address_language=head.address_language,
        partitions=file.partition,
        zones=file.zone,
        users=file.user,
        schedule=file.schedule,
        openings=file.opening,
        weak=file.weak,
        incidents=tuple(sorted(file.incident, key=_urgency)),
        sites=tuple(_site(file, index) for index in range(count)),
    )


def _urgency(incident: Incident) -> int:
    return find(Scheme.CONTACT_ID, incident.contact_id).priority


def _site(file: _File, index: int) -> Site:
    turn, place_in_list = divmod(index, len(file.school))
    school = file.school[place_in_list]
    try:
        kind, place = file.kind[school.kind], file.place[school.place]
        key = bytes.fromhex(school.key)
        first = int(file.school[0].account)
    except KeyError as error:
        raise DistrictError(f"school {school.number}: there is no kind or place called {error}") from None
    except ValueError:
        raise DistrictError(f"school {school.number}: a key is hexadecimal digits, an account decimal ones") from None
    number, account = school.number, school.account
    if turn:
        number, account = index + 1, str(first + index)
        # Derived, so that the accounts list and the panels agree without storing anything.
        key = hashlib.sha256(f"sample district {number}".encode()).digest()[: len(key)]
    address = Names(
        *(
            f"{getattr(file.district.name, language)}, {getattr(place.name, language)}, "
            f"{getattr(place.street, language)}, {number}"
            for language in ("en", "ru", "kk")
        )
    )
    return Site(
        number=number,
        account=account,
        name=kind.name.format(number=number),
        address=address,
        phone=file.district.phone.format(number=number % 100),
        scheme=school.scheme,
        key=key or None,
        persistent=school.connection == "persistent",
        # Two or three bad lines show what supervision is; in a large district they would be a storm.
        weak=school.weak and not turn,
        radio=school.radio and not turn,
    )


COLUMNS = (
    *("account", "prefix", "name", "name_ru", "name_kk", "address", "phone"),
    *("key", "key_form", "encryption", "time_zone", "supervision_s"),
)


RADIO_TEST_S = 30
"""How often a unit of the district tests itself."""
RADIO_MISSED = "3/5"
"""So many of its last tests may be missed: a frame is lost on the air now and then."""


def accounts_csv(district: District, *, by_radio: bool = False) -> str:
    """The district's accounts as ``ptsn accounts import`` takes them. Contains the panels' keys.

    ``by_radio``: sites that may have a radio unit have one.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow((*COLUMNS, *(("missed",) if by_radio else ())))
    for site in district.sites:
        on_air = by_radio and site.radio
        address: str = getattr(site.address, district.address_language)
        names = (site.name.en, site.name.ru, site.name.kk, address, site.phone)
        protection = (site.key.hex().upper(), "hex", "required") if site.key else ("", "", "")
        times: tuple[str | int, ...] = (district.time_zone, RADIO_TEST_S if on_air else district.supervision_of(site))
        if by_radio:
            times = (*times, RADIO_MISSED if on_air else "")
        rows.writerow((site.account, "" if on_air else district.prefix, *names, *protection, *times))
    return out.getvalue()


ZONE_COLUMNS = ("account", "prefix", "number", "name", "name_ru", "name_kk")


def zones_csv(district: District, *, by_radio: bool = False) -> str:
    """The names of all zones of all sites as ``ptsn zones import`` takes them; ``by_radio`` as there."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(ZONE_COLUMNS)
    for site in district.sites:
        for zone in district.zones:
            names = (zone.name.en, zone.name.ru, zone.name.kk)
            prefix = "" if by_radio and site.radio else district.prefix
            rows.writerow((site.account, prefix, zone.number, *names))
    return out.getvalue()
