"""The commands that a running fleet takes: one line of text each, read here and done by ``panels.fleet_control``.

Pure: a line and a district go in, a :data:`Command` comes out, or a :class:`CommandError` that names what is allowed.
"""

from __future__ import annotations

import re

from msgspec import Struct

from panels.district import District, Incident, Site, Zone
from panels.plan import zones_of
from protocols.errors import UserError

LONGEST_SILENCE_S = 86_400.0
ALLOWED_SHOWN = 12
"""Accounts named in an error at most; `list` names all."""

USAGE = {
    "alarm": ("ACCOUNT INCIDENT [ZONE]", "let it happen now; it ends after its usual time"),
    "restore": ("ACCOUNT [INCIDENT]", "end now what `alarm` began there"),
    "silence": ("ACCOUNT SECONDS", "cut the line of a panel for a while"),
    "list": ("", "the accounts, with the names of their schools"),
    "incidents": ("", "what can happen, with the zones where it can"),
    "help": ("", "these commands"),
}
"""Name -> what follows it, what it does."""


class CommandError(UserError, ValueError):
    """A line that is no command."""


class Alarm(Struct, frozen=True):
    """Let an incident happen."""

    site: Site
    incident: Incident
    zone: Zone | None
    """None where it happens at the panel itself."""


class Restore(Struct, frozen=True):
    """End what was let happen."""

    site: Site
    incident: Incident | None
    """None for everything there."""


class Silence(Struct, frozen=True):
    """Cut the line of a panel."""

    site: Site
    seconds: float


class Tell(Struct, frozen=True):
    """Tell what there is: ``list``, ``incidents`` or ``help``."""

    what: str


Command = Alarm | Restore | Silence | Tell


def parse(line: str, district: District) -> Command | None:
    """The command of a line; None for an empty line or a comment (``#``). Raises CommandError."""
    words = line.partition("#")[0].split()
    if not words:
        return None
    name, *rest = words
    name = name.lower()
    if name not in USAGE:
        raise CommandError(f"{name[:40]!r} is no command; allowed: {', '.join(USAGE)}")
    usage = USAGE[name][0].split()
    least = sum(not word.startswith("[") for word in usage)
    if not least <= len(rest) <= len(usage):
        raise CommandError(f"write it like this: {' '.join([name, *usage])}")
    match name:
        case "alarm":
            site, incident = _site(rest[0], district), _incident(rest[1], district)
            return Alarm(site, incident, _zone(rest[2:], incident, district))
        case "restore":
            return Restore(_site(rest[0], district), _incident(rest[1], district) if rest[1:] else None)
        case "silence":
            return Silence(_site(rest[0], district), _seconds(rest[1]))
        case _:
            return Tell(name)


def _site(word: str, district: District) -> Site:
    for site in district.sites:
        if site.account == word:
            return site
    accounts = [site.account for site in district.sites]
    named = accounts if len(accounts) <= ALLOWED_SHOWN else [accounts[0], "...", accounts[-1]]
    raise CommandError(f"there is no account {word[:40]!r} here; allowed: {', '.join(named)} (see list)")


def _incident(word: str, district: District) -> Incident:
    for incident in district.incidents:
        if incident.id == word.lower():
            return incident
    allowed = ", ".join(incident.id for incident in district.incidents)
    raise CommandError(f"{word[:40]!r} is no incident; allowed: {allowed}")


def _zone(words: list[str], incident: Incident, district: District) -> Zone | None:
    zones = zones_of(district, incident)
    if not words:
        return zones[0] if zones else None
    if not zones:
        raise CommandError(f"{incident.id} happens at the panel itself: leave the zone out")
    wanted = words[0]
    for zone in zones:
        if re.fullmatch(r"[0-9]{1,6}", wanted) and int(zone.number) == int(wanted):
            return zone
    allowed = ", ".join(zone.number for zone in zones)
    raise CommandError(f"{incident.id} cannot happen in zone {wanted[:40]!r}; allowed: {allowed}")


def _seconds(word: str) -> float:
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", word) and 0 < float(word) <= LONGEST_SILENCE_S:
        return float(word)
    raise CommandError(f"{word[:40]!r} is no number of seconds; allowed: above 0 up to {LONGEST_SILENCE_S:.0f}")
