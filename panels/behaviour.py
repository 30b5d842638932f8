"""What one alarm panel does: a state machine from happenings to signals. Pure: no socket, no clock.

::

    panel = Behaviour(load("ajax"), "1234")
    panel.arm(1)                    -> the closing of partition 1
    panel.trigger(2)                -> a burglary; nothing while the partition is disarmed
    panel.restore(2)                -> its end

Every method takes the time by the panel's clock (``at``) and returns the signals to send, in order; an empty tuple
when the panel has nothing to say. What makes no sense at this site raises :class:`BehaviourError`.
"""

from __future__ import annotations

from collections.abc import Iterable

from panels.brand import Profile, Zone
from panels.happenings import (
    ARMING,
    BATTERY,
    BYPASS,
    DURESS,
    OUTPUT,
    POWER,
    REMOTE,
    TAMPER,
    TEST,
    ZONE_KINDS,
    ZONE_TAMPER,
)
from panels.wording import Wording
from protocols.errors import UserError
from protocols.model import Signal
from protocols.sia_commands import CONTROL, Command

Signals = tuple[Signal, ...]

SET_AREA, SET_BYPASS, OUTPUT_RELAY, OUTPUT_PULSE = "SA", "SB", "OR", "OP"
"""The commands that it carries out; all others are ignored (DC-09 says nothing of a refusal)."""


class BehaviourError(UserError, ValueError):
    """Something that cannot be done at this panel, or not now."""


class Behaviour:
    """One panel and the site that it guards."""

    def __init__(self, profile: Profile, account: str, language: str = "en") -> None:
        self.profile = profile
        self._say = Wording(profile, account, language)
        self._language = language
        self._zones = {zone.number: zone for zone in profile.zones}
        self._partitions = {each.number: each.name[language] for each in profile.partitions}
        self._users = {each.number: each.name[language] for each in profile.users}
        self.areas = tuple(
            number
            for number in self._partitions
            if any(zone.partition == number and not ZONE_KINDS[zone.kind].always for zone in profile.zones)
        )
        """Partitions that can be armed: those with an intruder zone."""
        self.armed: set[int] = set()
        self.open: set[int] = set()
        """Zones that are triggered."""
        self.alarmed: set[int] = set()
        """Zones whose alarm was reported, and not yet its end."""
        self.bypassed: set[int] = set()
        self.opened: set[int] = set()
        """Zones whose detector's case is open."""
        self.troubles: set[str] = set()
        """``power``, ``battery``, ``tamper``."""
        self.outputs: set[int] = set()
        """Outputs that are switched on."""

    # --- arming -------------------------------------------------------------------------------------------------------

    def arm(self, partition: int | None = None, user: int | None = None, at: float | None = None) -> Signals:
        """A user arms a partition, or all that can be armed. Raises for a zone that is open and not bypassed."""
        return self._arm(self._areas_of(partition), ARMING, self._user(user), at)

    def disarm(self, partition: int | None = None, user: int | None = None, at: float | None = None) -> Signals:
        """A user disarms a partition, or all of them."""
        return self._disarm(self._areas_of(partition), ARMING, self._user(user), at)

    def duress(self, partition: int | None = None, user: int | None = None, at: float | None = None) -> Signals:
        """Somebody is forced to disarm, and does it with the duress code: the silent alarm, then the opening."""
        areas, who = self._areas_of(partition), self._user(user)
        alarm = self._say.of_user(DURESS, areas[0], who, at)
        return (*_said(alarm), *self._disarm(areas, ARMING, who, at))

    def _arm(self, areas: tuple[int, ...], happening: str, user: int | None, at: float | None) -> Signals:
        areas = tuple(area for area in areas if area not in self.armed)
        for zone in self._zones.values():
            if zone.partition in areas and zone.number in self.open - self.bypassed and not _always(zone):
                raise BehaviourError(
                    f"{self._name(zone)} is open: restore it or bypass it, then partition {zone.partition} can be armed"
                )
        self.armed.update(areas)
        return _said(*(self._say.of_user(happening, area, user, at, ends=True) for area in areas))

    def _disarm(self, areas: tuple[int, ...], happening: str, user: int | None, at: float | None) -> Signals:
        areas = tuple(area for area in areas if area in self.armed)
        self.armed.difference_update(areas)
        return _said(*(self._say.of_user(happening, area, user, at) for area in areas))

    # --- zones --------------------------------------------------------------------------------------------------------

    def trigger(self, zone: int, at: float | None = None) -> Signals:
        """Something happens in a zone: its alarm, if the zone is armed or always on, and not bypassed."""
        its = self._zone(zone)
        kind = ZONE_KINDS[its.kind]
        self.open.add(zone)
        if zone in self.bypassed or not (kind.always or its.partition in self.armed):
            return ()
        if zone in self.alarmed and not kind.press:
            return ()
        self.alarmed.add(zone)
        return _said(self._say.of_zone(kind.happening, its, at))

    def restore(self, zone: int, at: float | None = None) -> Signals:
        """A zone is quiet again: the end of its alarm, if there was one."""
        its = self._zone(zone)
        self.open.discard(zone)
        if zone not in self.alarmed:
            return ()
        self.alarmed.discard(zone)
        return _said(self._say.of_zone(ZONE_KINDS[its.kind].happening, its, at, ends=True))

    def first(self, *kinds: str) -> int:
        """The first zone of the first of these kinds that the site has. Raises when it has none of them."""
        for kind in kinds:
            for zone in self._zones.values():
                if zone.kind == kind:
                    return zone.number
        raise BehaviourError(f"the site has no zone of kind {' or '.join(kinds)}")

    def bypass(self, zone: int, at: float | None = None) -> Signals:
        """A zone is taken out of the guard."""
        its = self._zone(zone)
        if zone in self.bypassed:
            return ()
        self.bypassed.add(zone)
        return _said(self._say.of_zone(BYPASS, its, at))

    def unbypass(self, zone: int, at: float | None = None) -> Signals:
        """A zone is guarded again."""
        its = self._zone(zone)
        if zone not in self.bypassed:
            return ()
        self.bypassed.discard(zone)
        return _said(self._say.of_zone(BYPASS, its, at, ends=True))

    # --- the panel ----------------------------------------------------------------------------------------------------

    def power(self, present: bool, at: float | None = None) -> Signals:
        """The mains fail, or come back."""
        return self._trouble(POWER, present, at)

    def battery(self, good: bool, at: float | None = None) -> Signals:
        """The battery runs low, or is well again."""
        return self._trouble(BATTERY, good, at)

    def tamper(self, zone: int | None = None, closed: bool = False, at: float | None = None) -> Signals:
        """The case of the panel, or of a zone's detector, is opened or closed again."""
        if zone is None:
            return self._trouble(TAMPER, closed, at)
        its = self._zone(zone)
        if closed is (zone not in self.opened):
            return ()
        self.opened ^= {zone}
        return _said(self._say.of_zone(ZONE_TAMPER, its, at, ends=closed))

    def test(self, at: float | None = None) -> Signals:
        """The periodic test report."""
        return _said(self._say.of_panel(TEST, at))

    def _trouble(self, happening: str, ends: bool, at: float | None) -> Signals:
        if ends is (happening not in self.troubles):
            return ()
        self.troubles ^= {happening}
        return _said(self._say.of_panel(happening, at, ends=ends))

    # --- commands from the receiver -----------------------------------------------------------------------------------

    def execute(self, command: Command, at: float | None = None) -> Signals | None:
        """Carry out a command that came with an acknowledgement; None when it is ignored (DC-09 5.5, RSP).

        Done are: area armed or disarmed, zone bypassed or not, output on, off or pulsed.
        """
        if command.block != CONTROL or command.query or not (command.x.isdecimal() or not command.x):
            return None
        number = int(command.x) if command.x else None
        try:
            if command.code == SET_AREA and command.y in ("0", "1"):
                change = self._arm if command.y == "1" else self._disarm
                return change(self._areas_of(number), REMOTE, None, at)
            if number is None:
                return None
            if command.code == SET_BYPASS and command.y in ("0", "1"):
                return self.bypass(number, at) if command.y == "1" else self.unbypass(number, at)
            if command.code == OUTPUT_RELAY and command.y in ("0", "1"):
                return self._output(number, command.y == "1", at)
            if command.code == OUTPUT_PULSE:
                return (*self._output(number, True, at), *self._output(number, False, at))
        except BehaviourError:
            return None  # no such zone or area here, or not now
        return None

    def _output(self, number: int, on: bool, at: float | None) -> Signals:
        if on is (number in self.outputs):
            return ()
        self.outputs ^= {number}
        return _said(self._say.of_panel(OUTPUT, at, ends=not on, number=number))

    # --- the site -----------------------------------------------------------------------------------------------------

    def state(self) -> list[str]:
        """How things are, as lines for a person."""
        marks = (
            ("open", self.open),
            ("in alarm", self.alarmed),
            ("bypassed", self.bypassed),
            ("case open", self.opened),
        )
        zones = {zone: [word for word, numbers in marks if zone.number in numbers] for zone in self._zones.values()}
        return [
            *(
                f"partition {number} ({self._partitions[number]}): {'armed' if number in self.armed else 'disarmed'}"
                for number in self.areas
            ),
            *(f"{self._name(zone)}: {', '.join(words)}" for zone, words in zones.items() if words),
            *(_TROUBLES[trouble] for trouble in sorted(self.troubles)),
            *(f"output {number}: on" for number in sorted(self.outputs)),
        ]

    def site(self) -> list[str]:
        """What there is, as lines for a person."""
        return [
            *(f"partition {number}: {name}" for number, name in self._partitions.items()),
            *(f"{self._name(zone)}, {zone.kind}, partition {zone.partition}" for zone in self._zones.values()),
            *(f"user {number}: {name}" for number, name in self._users.items()),
        ]

    def _name(self, zone: Zone) -> str:
        return f"zone {zone.number} ({zone.name[self._language]})"

    def _zone(self, number: int) -> Zone:
        if number not in self._zones:
            raise BehaviourError(f"there is no zone {number} here; there are {_list(self._zones)}")
        return self._zones[number]

    def _user(self, number: int | None) -> int:
        if number is None:
            return next(iter(self._users))
        if number not in self._users:
            raise BehaviourError(f"there is no user {number} here; there are {_list(self._users)}")
        return number

    def _areas_of(self, partition: int | None) -> tuple[int, ...]:
        if partition is None:
            if not self.areas:
                raise BehaviourError("nothing can be armed here: the site has no intruder zones")
            return self.areas
        if partition not in self.areas:
            raise BehaviourError(f"partition {partition} cannot be armed; those that can: {_list(self.areas)}")
        return (partition,)


_TROUBLES = {POWER: "no mains", BATTERY: "battery low", TAMPER: "case of the panel open"}


def _always(zone: Zone) -> bool:
    return ZONE_KINDS[zone.kind].always


def _said(*signals: Signal | None) -> Signals:
    """Without what the profile has no code for."""
    return tuple(signal for signal in signals if signal is not None)


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"
