"""What the panels of a district will send, and when: drawn from the district and a seed, and nothing else.

The same district, seed and speed always give the same plan; a site's part of it does not depend on how many other
sites there are. A plan never ends: it goes on day after day.

A plan is told how much faster than time it will be acted out, for people do not live faster: what it opens with comes
so many seconds after its begin for whoever watches, and nothing is over before it can be seen.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from random import Random

from msgspec import Struct

from panels.district import District, Incident, Site, Weak, Zone
from protocols.model import Qualifier, Scheme, Signal

DAY_S = 86_400
LEAST_S = (12.0, 45.0)
"""Seconds of real time that everything lasts at least; drawn from this range."""
LAST_SECOND = DAY_S - 60
"""What happens on a day ends on that day, which keeps the plan in order from day to day."""


class Planned(Struct, frozen=True):
    """One message of the plan."""

    at_s: float
    """Seconds of simulated time since the plan began."""
    account: str
    signal: Signal


class Silence(Struct, frozen=True):
    """A panel falls silent. In seconds of real time."""

    at_s: float
    account: str
    lasts_s: float


def plan(district: District, seed: int, speed: float = 1.0) -> Iterator[Planned]:
    """The messages of all sites in the order of time, without end."""
    slowest = max(1.0, speed)
    parts = [_site_plan(district, site, seed, slowest) for site in district.sites]
    parts.append(iter(_openings(district, seed, slowest)))
    return heapq.merge(*parts, key=lambda planned: (planned.at_s, planned.account))


def silences(district: District, seed: int) -> Iterator[Silence]:
    """When the panels on bad lines fall silent, in the order of time, without end; empty where there are none."""
    parts = [_silences_of(district.weak, site, seed) for site in district.sites if site.weak]
    return heapq.merge(*parts, key=lambda silence: (silence.at_s, silence.account))


def _silences_of(weak: Weak, site: Site, seed: int) -> Iterator[Silence]:
    random = Random(f"{seed}:{site.account}:weak")
    at_s = random.uniform(*weak.first_after_s)
    while True:
        lasts_s = random.uniform(*weak.silent_s)
        yield Silence(round(at_s, 3), site.account, round(lasts_s, 3))
        at_s += lasts_s + random.uniform(*weak.pause_s)


def _openings(district: District, seed: int, speed: float) -> list[Planned]:
    random = Random(f"{seed}:openings")
    incidents = {incident.id: incident for incident in district.incidents}
    # Bad lines may be silent just then. Sites are taken in turn; with few of them some come twice.
    free = [site for site in district.sites if not site.weak] or list(district.sites)
    random.shuffle(free)
    found: list[Planned] = []
    for opening in district.openings:
        fit = (site for site in free if (site.key or not opening.encrypted) and (site.radio or not opening.radio))
        site = next(fit, free[0])
        free.remove(site)
        free.append(site)
        start = random.uniform(*opening.after_s) * speed
        lasts = random.uniform(*opening.lasts_s) * speed
        found += _lasting(*_incident(district, site, incidents[opening.incident], random), start, start + lasts)
    return sorted(found, key=lambda planned: planned.at_s)


def _site_plan(district: District, site: Site, seed: int, speed: float) -> Iterator[Planned]:
    random = Random(f"{seed}:{site.account}")
    begin = seconds_of_day(district.schedule.begins)
    day = 0
    while True:
        today = sorted(_day(district, site, day, random, speed), key=lambda planned: planned.at_s)
        for planned in today:
            at_s = planned.at_s + day * DAY_S - begin
            if at_s >= 0:
                yield Planned(round(at_s, 3), planned.account, planned.signal)
        day += 1


def _day(district: District, site: Site, day: int, random: Random, speed: float) -> list[Planned]:
    """One day at one site; ``at_s`` counts from midnight."""
    schedule = district.schedule
    opened = random.uniform(*map(seconds_of_day, schedule.opens))
    closed = random.uniform(*map(seconds_of_day, schedule.closes))
    late = random.random() < schedule.late
    if late:
        opened = random.uniform(*map(seconds_of_day, schedule.opens_late))
    found: list[Planned] = []
    if (day + 1) % schedule.closed_every:
        user = random.choice(district.users).number
        found.append(_by_user(site, opened, "OJ" if late else "OP", user))
        found.append(_by_user(site, closed, "CL", random.choice(district.users).number))
        if random.random() < schedule.forgotten:
            found += _forgotten(district, site, opened, user, random, speed)
    else:
        opened = closed = LAST_SECOND
    phase = random.uniform(0, schedule.test_every_h * 3600)
    for turn in range(24 // schedule.test_every_h):
        at_s = min(phase + turn * schedule.test_every_h * 3600, LAST_SECOND)
        found.append(Planned(at_s, site.account, _signal(site, "602", "RP", Qualifier.NEW, "00", "none", "")))
    for incident in district.incidents:
        times = int(incident.per_day) + (random.random() < incident.per_day % 1)
        for _ in range(times):
            start = _moment(incident, opened, closed, random)
            if start < LAST_SECOND:
                lasts = max(random.uniform(*incident.lasts_s), random.uniform(*LEAST_S) * speed)
                end = min(start + lasts, LAST_SECOND + 1)
                found += _lasting(*_incident(district, site, incident, random), start, end)
    return found


def _moment(incident: Incident, opened: float, closed: float, random: Random) -> float:
    if incident.when == "any":
        return random.uniform(0, LAST_SECOND)
    if incident.when == "open":
        return random.uniform(opened, closed)
    # Before the opening or after the closing, whichever the draw over their joint length hits.
    drawn = random.uniform(0, opened + LAST_SECOND - closed)
    return drawn if drawn < opened else drawn - opened + closed


def _forgotten(district: District, site: Site, opened: float, user: str, random: Random, speed: float) -> list[Planned]:
    """Somebody walks in and then remembers: the first zone of the way rings, is disarmed, and the alarm cancelled."""
    burglary = next((incident for incident in district.incidents if incident.when == "closed"), None)
    if burglary is None:
        return []
    begins, ends = signals_of(site, burglary, zones_of(district, burglary)[:1])
    took = random.uniform(10, 25) * speed
    start = max(0.0, opened - random.uniform(20, 45))
    cancelled = _by_user(site, min(opened + took, LAST_SECOND), "BC", user)
    return [*_lasting(begins, ends, start, min(opened + took / 2, LAST_SECOND)), cancelled]


def _incident(district: District, site: Site, incident: Incident, random: Random) -> tuple[Signal, Signal]:
    zones = zones_of(district, incident)
    return signals_of(site, incident, [random.choice(zones)] if zones else [])


def _lasting(begins: Signal, ends: Signal, start: float, end: float) -> list[Planned]:
    return [Planned(round(start, 3), begins.account, begins), Planned(round(end, 3), ends.account, ends)]


def zones_of(district: District, incident: Incident) -> list[Zone]:
    """Where it can happen; empty for the panel itself."""
    return [zone for zone in district.zones if incident.zones and zone.kind == incident.zones]


def signals_of(site: Site, incident: Incident, zones: Sequence[Zone]) -> tuple[Signal, Signal]:
    """Begin and end of an incident in the first of the zones, or at the panel itself where none is given."""
    partition, number, subject = ("00", "", "none") if not zones else (zones[0].partition, zones[0].number, "zone")
    return (
        _signal(site, incident.contact_id, incident.sia, Qualifier.NEW, partition, subject, number),
        _signal(site, incident.contact_id, incident.sia_restore, Qualifier.RESTORE, partition, subject, number),
    )


BY_USER = {
    "OP": ("401", Qualifier.NEW),
    "OJ": ("452", Qualifier.NEW),
    "CL": ("401", Qualifier.RESTORE),
    "BC": ("406", Qualifier.NEW),
}
"""What users do: the SIA code, with the Contact ID code and qualifier that say the same."""


def _by_user(site: Site, at_s: float, sia: str, user: str) -> Planned:
    contact_id, qualifier = BY_USER[sia]
    return Planned(at_s, site.account, _signal(site, contact_id, sia, qualifier, "01", "user", user))


def _signal(
    site: Site, contact_id: str, sia: str, qualifier: Qualifier, partition: str, subject: str, number: str
) -> Signal:
    """The same happening in the words of the site's own scheme."""
    is_sia = site.scheme is Scheme.SIA
    return Signal(
        account=site.account,
        scheme=site.scheme,
        code=sia if is_sia else contact_id,
        qualifier=qualifier,
        partition=partition,
        subject=subject,
        number=number if is_sia or number else "000",
        user=number if subject == "user" else "",
    )


def seconds_of_day(text: str) -> int:
    """``07:30`` as seconds since midnight."""
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60
