"""Everything that a simulated panel can say, by driving its behaviour through all it knows."""

from __future__ import annotations

from panels.behaviour import Behaviour
from panels.brand import Profile
from protocols.model import Signal
from protocols.sia_commands import commands

COMMANDS = "CSA1*1/SA1*0/SB2*1/SB2*0/OR1*1/OR1*0/OP3*1"


def account_for(profile: Profile) -> str:
    """One that it can have."""
    return "87654321"[: profile.account.digits[1]]


def everything(profile: Profile, at: float | None, language: str = "en") -> list[Signal]:
    """Each happening of each zone, partition and user, begun and ended."""
    panel = Behaviour(profile, account_for(profile), language)
    said: list[Signal] = []
    for user in (each.number for each in profile.users):
        for area in panel.areas:
            said += panel.arm(area, user, at)
            said += panel.disarm(area, user, at)
            said += panel.arm(area, user, at)
            said += panel.duress(area, user, at)
    panel.arm(at=at)
    for zone in (each.number for each in profile.zones):
        said += panel.trigger(zone, at)
        said += panel.restore(zone, at)
        said += panel.bypass(zone, at)
        said += panel.unbypass(zone, at)
        said += panel.tamper(zone, at=at)
        said += panel.tamper(zone, closed=True, at=at)
    for change in (False, True):
        said += panel.power(change, at)
        said += panel.battery(change, at)
        said += panel.tamper(closed=change, at=at)
    said += panel.test(at)
    panel.disarm(at=at)
    for command in commands(COMMANDS):
        said += panel.execute(command, at) or ()
    return said
