"""What a panel does: arming, alarms, troubles, and commands from the receiver."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from panels import profiles
from panels.behaviour import Behaviour, BehaviourError, Signals
from panels.happenings import ZONE_KINDS
from protocols import contact_id, sia_text
from protocols.model import Qualifier, Scheme
from protocols.sia_commands import commands

AT = 1_800_000_000.0


def panel(name: str = "strict-2013") -> Behaviour:
    """A panel of that profile, disarmed and quiet."""
    return Behaviour(profiles.load(name), "1234")


def said(signals: Signals) -> list[str]:
    """As they stand on the wire."""
    return [contact_id.write(each) if each.scheme is Scheme.CONTACT_ID else sia_text.write(each) for each in signals]


def test_arming_and_disarming_are_said_for_each_partition_and_user() -> None:
    """Only by partitions that can be armed, and only when something changes."""
    its = panel()
    assert said(its.arm(user=2)) == ["3401 01 002", "3401 02 002"]
    assert said(its.arm(1)) == []
    assert said(its.disarm(2, 3)) == ["1401 02 003"]
    assert said(its.disarm()) == ["1401 01 001"]
    assert its.armed == set()


def test_an_intruder_zone_is_heard_only_while_it_is_armed() -> None:
    """Disarmed it raises nothing, armed it does, once."""
    its = panel()
    assert said(its.trigger(2)) == []
    assert said(its.restore(2)) == []
    its.arm(1)
    assert said(its.trigger(2)) == ["1130 01 002"]
    assert said(its.trigger(2)) == []
    assert said(its.trigger(4)) == []  # partition 2 is not armed
    assert said(its.disarm(1)) == ["1401 01 001"]
    assert said(its.restore(2)) == ["3130 01 002"]


@pytest.mark.parametrize("zone", [11, 12, 13, 14, 15, 21, 22, 23])
def test_a_zone_that_is_always_on_is_heard_disarmed(zone: int) -> None:
    """Fire, gas, water, and every button."""
    its = panel()
    (alarm,) = its.trigger(zone, AT)
    (end,) = its.restore(zone, AT + 5)
    assert (alarm.qualifier, end.qualifier) == (Qualifier.NEW, Qualifier.RESTORE)
    assert (alarm.occurred_at, end.occurred_at) == (AT, AT + 5)


def test_a_second_press_of_a_button_is_an_alarm_of_its_own() -> None:
    """It must never vanish; a smoke detector that still smokes says nothing new."""
    its = panel()
    assert len(its.trigger(21)) == len(its.trigger(21)) == 1
    assert len(its.trigger(11)) == 1
    assert its.trigger(11) == ()


def test_an_open_zone_keeps_its_partition_from_being_armed_unless_bypassed() -> None:
    """And nothing is armed halfway."""
    its = panel()
    its.trigger(4)
    with pytest.raises(BehaviourError, match="zone 4"):
        its.arm()
    assert its.armed == set()
    assert said(its.arm(1)) == ["3401 01 001"]
    assert said(its.bypass(4)) == ["1570 02 004"]
    assert said(its.arm(2)) == ["3401 02 001"]


def test_a_bypassed_zone_is_not_heard() -> None:
    """Until it is guarded again."""
    its = panel()
    its.arm()
    assert said(its.bypass(2)) == ["1570 01 002"]
    assert its.trigger(2) == its.bypass(2) == ()
    its.restore(2)
    assert said(its.unbypass(2)) == ["3570 01 002"]
    assert said(its.trigger(2)) == ["1130 01 002"]


def test_duress_is_a_silent_alarm_and_an_opening() -> None:
    """Whoever stands beside sees the panel disarmed."""
    its = panel()
    its.arm(1)
    assert said(its.duress(1, 2)) == ["1121 01 002", "1401 01 002"]
    assert its.armed == set()
    assert said(panel("strict-2021").duress(1, 2)) == ["Nid2/ri1/HA"]


def test_troubles_begin_and_end_once() -> None:
    """Mains, battery, the case of the panel and of a detector, and the test report."""
    its = panel()
    assert said(its.power(False) + its.power(False) + its.power(True) + its.power(True)) == [
        "1301 00 000",
        "3301 00 000",
    ]
    assert said(its.battery(False) + its.battery(True)) == ["1302 00 000", "3302 00 000"]
    assert said(its.tamper() + its.tamper(closed=True)) == ["1137 00 000", "3137 00 000"]
    assert said(its.tamper(3) + its.tamper(3) + its.tamper(3, closed=True)) == ["1144 01 003", "3144 01 003"]
    assert said(its.test()) == ["1602 00 000"]


def test_a_brand_says_it_with_its_own_codes_digits_and_names() -> None:
    """As captured of each."""
    assert said(panel("trikdis").test()) == ["1602 99 999"]
    assert said(panel("ajax").test()) == ["Nri0/RP0000"]
    assert said(panel("ajax").arm(1)) == ["Nri1/CL501"]
    assert said(panel("jablotron").tamper(2)) == ["Nri01^Building^/TA2^Ground floor corridor^"]
    (room,) = panel("dahua").trigger(21)
    assert room.extended == {"R": ["Panic button, guard post"]}


@pytest.mark.parametrize(
    ("content", "answers"),
    [
        ("CSA1*1", [["Nri1/CQ"]]),
        ("CSA*1", [["Nri1/CQ", "Nri2/CQ"]]),
        ("CSA1*1/SA1*0", [["Nri1/CQ"], ["Nri1/OQ"]]),
        ("CSA1*0", [[]]),
        ("CSB2*1|CSB2*0", [["Nri1/UB2"], ["Nri1/UU2"]]),
        ("COR7*1/OR7*0", [["NRC7"], ["NRO7"]]),
        ("COP3*1", [["NRC3", "NRO3"]]),
    ],
)
def test_commands_are_carried_out_and_answered_with_their_events(content: str, answers: list[list[str]]) -> None:
    """Area, bypass, output."""
    its = panel("strict-2021")
    assert [said(its.execute(command, AT) or ()) for command in commands(content)] == answers


@pytest.mark.parametrize(
    "content", ["CSA1", "CSA1*2", "CSA9*1", "CSB99*1", "COR*1", "CLK1*1", "PTI1*0700", "CSS1*1", "CSAA*1"]
)
def test_what_it_cannot_do_a_panel_ignores(content: str) -> None:
    """Queries, other kinds of commands, and what there is not."""
    its = panel("strict-2021")
    (command,) = commands(content)
    assert its.execute(command, AT) is None
    assert its.state() == panel("strict-2021").state()


def test_a_command_to_arm_with_an_open_zone_is_ignored() -> None:
    """Nobody stands at the panel who could close the window."""
    its = panel()
    its.trigger(2)
    assert its.execute(commands("CSA1*1")[0]) is None
    assert its.armed == set()


@pytest.mark.parametrize(
    ("do", "named"),
    [
        (lambda its: its.trigger(99), "zone 99"),
        (lambda its: its.arm(3), "partition 3"),
        (lambda its: its.arm(1, 77), "user 77"),
        (lambda its: its.first("flood"), "flood"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(do: object, named: str) -> None:
    """One line for a person."""
    with pytest.raises(BehaviourError, match=named):
        do(panel())  # type: ignore[operator]


ZONES = st.sampled_from([zone.number for zone in profiles.load("strict-2013").zones])
AREAS = st.sampled_from([1, 2])


class Site(RuleBasedStateMachine):
    """Whatever happens in whatever order, beginnings and ends alternate for each zone that is no button."""

    def __init__(self) -> None:
        super().__init__()
        self.its = panel()
        self.standing: set[str] = set()
        self.kinds = {f"{zone.number:03}": ZONE_KINDS[zone.kind] for zone in self.its.profile.zones}

    def take(self, signals: Signals) -> None:
        """Every end follows its beginning, every beginning its end."""
        for signal in signals:
            if signal.code in ("401", "407"):
                continue
            what = f"{signal.code} {signal.number}"
            button = signal.code in ("120", "122", "100")
            if signal.qualifier is Qualifier.RESTORE:
                assert what in self.standing
                self.standing.discard(what)
            else:
                assert button or what not in self.standing
                self.standing.add(what)

    @rule(zone=ZONES)
    def triggered(self, zone: int) -> None:
        """Something happens."""
        self.take(self.its.trigger(zone))

    @rule(zone=ZONES)
    def restored(self, zone: int) -> None:
        """It ends."""
        self.take(self.its.restore(zone))

    @rule(zone=ZONES, on=st.booleans())
    def bypassed(self, zone: int, on: bool) -> None:
        """Somebody bypasses a zone, or ends that."""
        self.take(self.its.bypass(zone) if on else self.its.unbypass(zone))

    @rule(area=AREAS)
    def armed(self, area: int) -> None:
        """Somebody arms, if that can be."""
        try:
            self.take(self.its.arm(area))
        except BehaviourError:
            assert self.its.open

    @rule(area=AREAS)
    def disarmed(self, area: int) -> None:
        """Somebody disarms."""
        self.take(self.its.disarm(area))

    @rule(closed=st.booleans(), zone=st.none() | ZONES)
    def tampered(self, closed: bool, zone: int | None) -> None:
        """A case is opened or closed."""
        self.take(self.its.tamper(zone, closed))

    @invariant()
    def only_what_was_triggered_is_in_alarm(self) -> None:
        """The panel's own book agrees with what it said."""
        alarms = {f"{number:03}" for number in self.its.alarmed}
        assert alarms == {what.split()[1] for what in self.standing if what.split()[0] not in ("570", "144", "137")}
        assert self.its.alarmed <= self.its.open


test_beginnings_and_ends_alternate = Site.TestCase
