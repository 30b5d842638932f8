"""What the panels of a district will send, and when: drawn from the district and a seed, and nothing else.

The same district and seed always give the same plan; a site's part of it does not depend on how many other
sites there are. A plan never ends: it goes on day after day.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from random import Random

from msgspec import Struct

from panels.district import District, Incident, Site
from protocols.model import Qualifier, Scheme, Signal

DAY_S = 86_400
FIRST_ALARM_S = 2.0
"""A plan opens with an alarm, so that whoever watches sees one soon."""
LAST_SECOND = DAY_S - 60
"""What happens on a day ends on that day, which keeps the plan in order from day to day."""


class Planned(Struct, frozen=True):
    """One message of the plan."""

    at_s: float
    """Seconds of simulated time since the plan began."""
    account: str
    signal: Signal


def plan(district: District, seed: int) -> Iterator[Planned]:
    """The messages of all sites in the order of time, without end."""
    parts = [_site_plan(district, site, seed) for site in district.sites]
    parts.append(iter(_first_alarm(district, seed)))
    return heapq.merge(*parts, key=lambda planned: (planned.at_s, planned.account))


def _first_alarm(district: District, seed: int) -> list[Planned]:
    random = Random(f"{seed}:first alarm")
    alarms = [incident for incident in district.incidents if incident.alarm and incident.when != "closed"]
    if not alarms:
        return []
    site = random.choice(district.sites)
    return _incident(district, site, random.choice(alarms), FIRST_ALARM_S, float(random.randint(40, 90)), random)


def _site_plan(district: District, site: Site, seed: int) -> Iterator[Planned]:
    random = Random(f"{seed}:{site.account}")
    begin = seconds_of_day(district.schedule.begins)
    day = 0
    while True:
        today = sorted(_day(district, site, day, random), key=lambda planned: planned.at_s)
        for planned in today:
            at_s = planned.at_s + day * DAY_S - begin
            if at_s >= 0:
                yield Planned(round(at_s, 3), planned.account, planned.signal)
        day += 1


def _day(district: District, site: Site, day: int, random: Random) -> list[Planned]:
    """One day at one site; ``at_s`` counts from midnight."""
    schedule = district.schedule
    opened = random.uniform(*map(seconds_of_day, schedule.opens))
    closed = random.uniform(*map(seconds_of_day, schedule.closes))
    found: list[Planned] = []
    if (day + 1) % schedule.closed_every:
        found.append(_by_user(district, site, opened, "OP", Qualifier.NEW, random))
        found.append(_by_user(district, site, closed, "CL", Qualifier.RESTORE, random))
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
                lasts = random.uniform(*incident.lasts_s)
                found += _incident(district, site, incident, start, lasts, random)
    return found


def _moment(incident: Incident, opened: float, closed: float, random: Random) -> float:
    if incident.when == "any":
        return random.uniform(0, LAST_SECOND)
    if incident.when == "open":
        return random.uniform(opened, closed)
    # Before the opening or after the closing, whichever the draw over their joint length hits.
    drawn = random.uniform(0, opened + LAST_SECOND - closed)
    return drawn if drawn < opened else drawn - opened + closed


def _incident(
    district: District, site: Site, incident: Incident, start: float, lasts: float, random: Random
) -> list[Planned]:
    partition, number, subject = "00", "", "none"
    if incident.zones:
        zone = random.choice([zone for zone in district.zones if zone.kind == incident.zones])
        partition, number, subject = zone.partition, zone.number, "zone"
    begins = _signal(site, incident.contact_id, incident.sia, Qualifier.NEW, partition, subject, number)
    ends = _signal(site, incident.contact_id, incident.sia_restore, Qualifier.RESTORE, partition, subject, number)
    end = min(start + lasts, LAST_SECOND + 1)
    return [Planned(start, site.account, begins), Planned(end, site.account, ends)]


def _by_user(district: District, site: Site, at_s: float, sia: str, qualifier: Qualifier, random: Random) -> Planned:
    user = random.choice(district.users).number
    return Planned(at_s, site.account, _signal(site, "401", sia, qualifier, "01", "user", user))


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
