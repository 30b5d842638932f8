"""What can happen at a panel, and how the two schemes code it.

A *happening* begins and, most of them, ends: a burglary, a mains failure, an opening (which ends when the
panel is armed again). Profiles may code some of them otherwise; these are the codes of the standards.
"""

from __future__ import annotations

from types import MappingProxyType

from msgspec import Struct

from protocols.model import Scheme


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """How one happening is reported."""

    begins: str
    """The code of its beginning: three digits of Contact ID, two letters of SIA."""
    ends: str = ""
    """SIA: the code of its end; empty when the end is not reported. Contact ID says it by the qualifier alone."""
    partition: str = ""
    """Written for happenings that no partition has, instead of ``00`` or nothing."""
    number: str = ""
    """Written for happenings that no zone and no user has, instead of ``000`` or nothing."""


class ZoneKind(Struct, frozen=True):
    """How a zone of one kind behaves."""

    happening: str
    always: bool
    """Heard whether its partition is armed or not."""
    press: bool = False
    """A button: every press is reported, also while the last one still stands."""


ZONE_KINDS = MappingProxyType(
    {
        "entry": ZoneKind("entry", False),
        "burglary": ZoneKind("burglary", False),
        "perimeter": ZoneKind("perimeter", False),
        "fire": ZoneKind("fire", True),
        "smoke": ZoneKind("smoke", True),
        "heat": ZoneKind("heat", True),
        "gas": ZoneKind("gas", True),
        "water": ZoneKind("water", True),
        "panic": ZoneKind("panic", True, press=True),
        "hold-up": ZoneKind("hold-up", True, press=True),
        "medical": ZoneKind("medical", True, press=True),
    }
)
"""Kind of a zone to its behaviour."""

ARMING, REMOTE = "arming", "remote-arming"
BYPASS, DURESS, TEST, OUTPUT = "bypass", "duress", "test", "output"
POWER, BATTERY, TAMPER, ZONE_TAMPER = "power", "battery", "tamper", "zone-tamper"
"""Happenings that are no zone's kind."""

STANDARD = MappingProxyType(
    {
        Scheme.CONTACT_ID: MappingProxyType(
            {
                "entry": Code("134"),
                "burglary": Code("130"),
                "perimeter": Code("131"),
                "fire": Code("110"),
                "smoke": Code("111"),
                "heat": Code("114"),
                "gas": Code("151"),
                "water": Code("154"),
                "panic": Code("120"),
                "hold-up": Code("122"),
                "medical": Code("100"),
                ARMING: Code("401"),
                REMOTE: Code("407"),
                BYPASS: Code("570"),
                DURESS: Code("121"),
                TEST: Code("602"),
                POWER: Code("301"),
                BATTERY: Code("302"),
                TAMPER: Code("137"),
                ZONE_TAMPER: Code("144"),
            }
        ),
        Scheme.SIA: MappingProxyType(
            {
                "entry": Code("BA", "BH"),
                "burglary": Code("BA", "BH"),
                "perimeter": Code("BA", "BH"),
                "fire": Code("FA", "FH"),
                "smoke": Code("FA", "FH"),
                "heat": Code("KA", "KH"),
                "gas": Code("GA", "GH"),
                "water": Code("WA", "WH"),
                "panic": Code("PA", "PH"),
                "hold-up": Code("HA", "HH"),
                "medical": Code("MA", "MH"),
                ARMING: Code("OP", "CL"),
                REMOTE: Code("OQ", "CQ"),
                BYPASS: Code("UB", "UU"),
                DURESS: Code("HA"),
                TEST: Code("RP"),
                POWER: Code("AT", "AR"),
                BATTERY: Code("YT", "YR"),
                TAMPER: Code("TA", "TR"),
                ZONE_TAMPER: Code("TA", "TR"),
                OUTPUT: Code("RC", "RO"),
            }
        ),
        Scheme.OTHER: MappingProxyType({}),
    }
)
"""Scheme and happening to the code of the standards (DC-05, DC-03). Contact ID has none for a switched output;
what is of no standard has none at all."""

HAPPENINGS = frozenset(STANDARD[Scheme.SIA])
"""Every happening."""
