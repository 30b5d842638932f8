"""What can go wrong on purpose, against the real receiving ends: seen, named, and nothing acknowledged is lost."""

from __future__ import annotations

import pytest

from panels import profiles, signals
from panels.faults import SENTENCES, Faults
from panels.habits import Habits, Identity
from panels.speaking import sentences, speak, unescaped, with_quirks
from panels.wire import GAP_S, PanelEnd
from protocols.dc09 import SendingEnd
from protocols.ends import OutcomeKind
from protocols.lines.sending import QuirksError
from protocols.model import ArrivalKind, Moment, Noise, Signal
from receiver.adapters.counters import MemoryCounters
from tests.panels.lines import Talk

PANIC = signals.contact_id("1234", "120", number="7")
BURGLARY = signals.contact_id("1234", "130", number="7")
ALARM = signals.sia("1234", "BA", partition="1", number="1002", text="Hall")


def talk(name: str, faults: Faults | None = None, transport: str = "tcp", **quirks: bool | int | str) -> Talk:
    """A panel of that profile, with something wrong."""
    return Talk(profiles.load(name), "1234", faults or Faults(), transport, quirks)


def events(it: Talk) -> list[Signal]:
    """Those that the station read, amendments aside."""
    return [signal for each in it.arrivals if each.kind is ArrivalKind.EVENT for signal in each.signals]


@pytest.mark.parametrize(
    ("name", "quirk", "value", "found"),
    [
        ("galaxy", "text", "before", "sia.text.without-event"),
        ("surgard-mlr2", "terminator", "crlf", "surgard.terminator.line-end"),
        ("surgard-mlr2", "terminator", "none", "surgard.terminator.missing"),
        ("surgard-mlr2", "space_after_line", False, "surgard.header.space-missing"),
        ("surgard-mlr2", "digit_qualifiers", True, "surgard.contact-id.qualifier"),
        ("ademco685-strict", "qualifier", "digit", "ademco685.qualifier.digit"),
        ("d6600-sia", "letters", True, "d6600.contact-id.letter"),
    ],
)
def test_a_quirk_is_seen_as_a_finding(name: str, quirk: str, value: bool | str, found: str) -> None:
    """And the event arrives all the same."""
    plain, odd = talk(name), talk(name, **{quirk: value})
    event = ALARM if name == "galaxy" else PANIC
    assert plain.say(event).kind is OutcomeKind.ACCEPTED
    odd.say(event)
    assert found not in plain.findings
    assert found in odd.findings
    assert [signal.code for signal in events(odd)] == [event.code]


@pytest.mark.parametrize(
    ("name", "quirk", "value"),
    [("d6600-sia", "crc", "wrong"), ("mx8000", "wrong_v", True)],
)
def test_a_wrong_check_is_refused_and_its_repetition_kept_unread(name: str, quirk: str, value: bool | str) -> None:
    """Noise may have damaged it; said again byte for byte it was meant so. It is never read as an event."""
    profile = profiles.load(name)
    account = "0000" if name == "mx8000" else "1234"
    it = Talk(profile, account, quirks={quirk: value})
    it.say(signals.sia(account, "AT"))
    assert [each.kind for each in it.arrivals] == [ArrivalKind.MALFORMED, ArrivalKind.OPAQUE]
    assert len(it.sent) == 2


def test_a_wrong_parity_byte_costs_a_repetition() -> None:
    """The station rejects the block, the panel sends it again, and there is one event."""
    it = talk("galaxy", wrong_parity=2)
    assert it.say(ALARM).kind is OutcomeKind.ACCEPTED
    assert len(it.sent) > len({bytes(each) for each in it.sent if len(each) > 3})
    assert [signal.code for signal in events(it)] == ["BA"]


@pytest.mark.parametrize("event", [BURGLARY, PANIC], ids=["burglary", "panic"])
@pytest.mark.parametrize("name", ["surgard-mlr2", "ademco685-strict", "d6600-sia", "d6500", "texecom"])
def test_a_lost_answer_makes_a_repetition_and_no_second_event(name: str, event: Signal) -> None:
    """On a serial line, where a repetition within the protocol's time is known to be one; over TCP it may be none.

    Nor may it where somebody's life may hang on it: a button pressed again.
    """
    transport = "tcp" if name == "texecom" else "serial"
    it = talk(name, Faults(deaf=1), transport, **({"hang_up": False} if name == "texecom" else {}))
    assert it.say(event).kind is OutcomeKind.ACCEPTED
    assert len(it.sent) == 2
    identities = {each.identity.number for each in it.arrivals if each.identity is not None}
    assert len(it.arrivals) == 2
    numbered = name == "d6600-sia"
    assert len(identities) == (1 if numbered or (transport == "serial" and event is BURGLARY) else 2)


@pytest.mark.parametrize("name", ["galaxy", "surgard-mlr2", "ademco685-strict", "d6600-sia", "d6500", "texecom"])
@pytest.mark.parametrize("faults", [Faults(pieces=5), Faults(baud=50)], ids=["pieces", "slow"])
def test_parted_and_slow_messages_arrive_whole(name: str, faults: Faults) -> None:
    """And are not repeated: a panel waits for the answer to what has left, not to what it still sends."""
    quirks = {"hang_up": False} if name == "texecom" else {}  # its good-bye comes after the answer
    it = talk(name, faults, **quirks)
    event = ALARM if name == "galaxy" else PANIC
    whole = talk(name, **quirks)
    whole.say(event)
    assert it.say(event).kind is OutcomeKind.ACCEPTED
    assert len(it.sent) > len(whole.sent)
    if name != "d6600-sia":  # numbers its messages from a place of its own
        assert b"".join(it.sent) == b"".join(whole.sent)
    assert [signal.code for signal in events(it)] == [event.code]


def test_bytes_leave_at_the_pace_of_the_line() -> None:
    """A message of 21 bytes takes 1.9 seconds at 110 baud."""
    it = talk("surgard-mlr2", Faults(baud=110))
    before = it.mono + 60
    it.say(PANIC)
    assert it.mono - before == pytest.approx(20 * 10 / 110, rel=0.1)
    assert max(map(len, it.sent)) == 1


@pytest.mark.parametrize("name", ["galaxy", "surgard-mlr2", "ademco685-strict", "d6600-sia"])
def test_a_spoiled_byte_never_makes_another_event(name: str) -> None:
    """It is noise, or rejected; the repetition brings the event."""
    it = talk(name, Faults(spoil=2))
    event = ALARM if name == "galaxy" else PANIC
    transmissions = 0
    for _ in range(4):
        assert it.say(event).kind is OutcomeKind.ACCEPTED
        transmissions += len(it.sent)
        assert {(each.code, each.number.lstrip("0"), each.account) for each in events(it)} == {
            (event.code, event.number.lstrip("0"), "1234")
        }
    assert transmissions > 4 * (4 if name == "galaxy" else 1)


def test_several_events_in_a_block_are_all_read() -> None:
    """Each of them."""
    it = talk("galaxy", copies=3)
    assert it.say(ALARM).kind is OutcomeKind.ACCEPTED
    assert [signal.code for signal in events(it)] == ["BA", "BA", "BA"]


def test_a_block_that_nobody_knows_is_kept_and_acknowledged() -> None:
    """It may have been an alarm."""
    it = talk("galaxy", function="Q")
    assert it.say(ALARM).kind is OutcomeKind.ACCEPTED
    assert ArrivalKind.OPAQUE in {each.kind for each in it.arrivals}
    assert events(it) == []


def test_glued_lines_are_parted() -> None:
    """As of a sender that repeats itself before anybody answered."""
    it = talk("surgard-mlr2", copies=3)
    assert it.say(PANIC).kind is OutcomeKind.ACCEPTED
    assert "surgard.framing.glued" in it.findings
    assert {signal.code for signal in events(it)} == {"120"}


def test_a_panel_can_change_its_ways_between_two_messages() -> None:
    """Messages on their way are not changed; the next one is."""
    it = talk("surgard-mlr2")
    profile = profiles.load("surgard-mlr2")
    who = Identity(account="1234", receiver="01")
    its = with_quirks(
        who, Habits(protocol="surgard", departures=profile.departures), {"terminator": "cr", "pieces": "2"}
    )
    it.panel.become(speak(who, its, MemoryCounters(), None, ""), its.faults)
    it.say(PANIC)
    assert (len(it.sent), b"".join(it.sent)[-1:]) == (2, b"\r")
    assert not [each for each in it.heard if isinstance(each, Noise)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"crx": "1"}, "quirk 'crx' is not known with sia; there are: edge, level"),
        ({"level": "9"}, "quirks: level 9: give 1, 2, 3 or 4."),
        ({"level": "high"}, "quirks: Expected `int`, got `str` - at `$.level`"),
        ({"baud": "7"}, "quirks: baud 7: give 50 to 1000000 (or 0 for never)"),
        ({"pieces": "0"}, "quirks: pieces 0: give 1 to 100."),
        ({"deaf": "x"}, "quirks: Expected `int`, got `str` - at `$.deaf`"),
    ],
)
def test_a_quirk_that_cannot_be_is_refused(given: dict[str, str], said: str) -> None:
    """With what there is."""
    with pytest.raises(QuirksError) as caught:
        with_quirks(Identity(account="1234"), Habits(protocol="sia"), given)
    assert str(caught.value).startswith(said)


def test_values_are_read_as_the_protocol_has_them() -> None:
    """Digits may be a number or a text, nothing stands for true, and a backslash for what cannot be typed."""
    who = Identity(account="1234")
    its = with_quirks(who, Habits(protocol="sia"), {"function": "7", "level": "2", "group": "", "end": "off"})
    assert its.departures == {"function": "7", "level": 2, "group": True, "end": False}
    assert with_quirks(who, Habits(), {"trailer": "\\0", "crc": "binary"}).quirks.trailer == "\0"
    assert unescaped(r"\x14\r\\a\q") == "\x14\r\\a\\q"


@pytest.mark.parametrize("name", profiles.PLAIN)
def test_every_protocol_says_what_can_be_wrong_with_it(name: str) -> None:
    """And the faults of the wire go with all of them."""
    known = sentences(name)
    assert {*SENTENCES} < {*known}
    assert all(known.values())


def test_no_fault_hides_a_quirk_of_the_same_name() -> None:
    """In any protocol."""
    for name in profiles.PLAIN:
        from protocols.wires import find

        assert not {*SENTENCES} & {*find(name).quirks}, name


def test_what_leaves_over_dc09_is_paced_as_well() -> None:
    """The wrapper knows no protocol."""
    end = PanelEnd(SendingEnd(account="1234", counters=MemoryCounters(), counter=""), Faults(baud=9600))
    end.submit(PANIC, Moment(0.0, 0.0))
    assert len(end.data_to_send()) == round(960 * GAP_S)
