"""The parts of a good test of a panel: what an installer should have made it send before he leaves."""

from __future__ import annotations

from collections.abc import Sequence

from panels.inspection.report import Part
from protocols import catalogue
from protocols.model import Arrival, ArrivalKind, Qualifier, Signal

ALARM, RESTORE, PANIC, TAMPER = "alarm", "restore", "panic", "tamper"
ARM, DISARM = "arm", "disarm"
POWER, POWER_BACK = "power", "power-restored"
PERIODIC, LINK_TEST = "periodic-test", "link-test"

PARTS = (ALARM, RESTORE, PANIC, TAMPER, ARM, DISARM, POWER, POWER_BACK, PERIODIC, LINK_TEST)
"""In the order in which they are worked through."""

_ALARMS = frozenset(("medical", "fire", "burglary", "general", "24h"))
_POWER_CODES = frozenset(("301",))
_PERIODIC_CODES = frozenset(("602", "603", "608"))
_ARMING_CODES = frozenset(
    ("400", "401", "402", "403", "404", "405", "407", "408", "409", "441", "442", "443", "450", "451", "452", "456")
)
_OWN_ARMING = frozenset(("AF", "CB", "CZ", "NB"))
_OWN_DISARMING = frozenset(("OB", "OZ", "NO", "NP"))
"""SIA codes without a Contact ID code that would say it."""


class Checklist:
    """What one panel has sent of it."""

    def __init__(self, parts: Sequence[str] = PARTS) -> None:
        """``parts``: of :data:`PARTS`, those that the panel's protocol has."""
        self._counts = dict.fromkeys(parts, 0)

    def take(self, arrival: Arrival) -> None:
        """A message that was acknowledged."""
        if arrival.kind is ArrivalKind.LINK_TEST and LINK_TEST in self._counts:
            self._counts[LINK_TEST] += 1
        for signal in arrival.signals:
            for part in parts_of(signal):
                self._counts[part] += 1

    def report(self) -> tuple[Part, ...]:
        """Every part, with how often it came."""
        return tuple(Part(id=part, count=count) for part, count in self._counts.items())


def parts_of(signal: Signal) -> tuple[str, ...]:
    """Which parts of the test a signal is."""
    code, qualifier = signal.code, str(signal.qualifier)
    category = catalogue.find(signal.scheme, code).category
    if signal.scheme == "sia":
        # Contact ID says with one code and its qualifier what SIA has several codes for.
        code, qualifier = catalogue.to_contact_id(code) or (code, qualifier)
    if code in _ARMING_CODES:
        return (ARM,) if qualifier == Qualifier.RESTORE else (DISARM,)
    if category == "open_close":
        return (ARM,) if code in _OWN_ARMING else (DISARM,) if code in _OWN_DISARMING else ()
    if code in _PERIODIC_CODES:
        return (PERIODIC,)
    restored = category == "restore" or qualifier == Qualifier.RESTORE
    if code in _POWER_CODES:
        return (POWER_BACK,) if restored else (POWER,)
    if restored:
        return (RESTORE,)
    if category in _ALARMS:
        return (ALARM,)
    return {"panic": (PANIC,), "tamper": (TAMPER,)}.get(category, ())
