"""Whole calls: who said what and when, one event however often it was said, and the faults of panels and receivers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from protocols.model import Arrival, ArrivalKind, Dialect, Noise
from protocols.sia.blocks import Block, build
from protocols.telephone import call, calls, fsk, tones
from protocols.telephone.audio import Samples
from protocols.telephone.call import Call
from protocols.telephone.calls import Quirks
from protocols.telephone.findings import FINDINGS
from protocols.telephone.fsk import V21_ORIGINATE
from tests.protocols.test_telephone_digits import SISTERS

FIRST, SECOND = "1234181131010158", "1234183401010016"
ACCOUNT, EVENT, END = (bytes.fromhex(one) for one in ("44 23 31 32 33 34 9C", "45 4E 42 41 30 30 31 C6", "40 30 8F"))
SESSION = (ACCOUNT, EVENT, END)


def kinds(heard: Call) -> list[str]:
    return [entry.kind for entry in heard.entries]


def messages(heard: Call) -> list[tuple[bytes, int]]:
    return [(message.item.raw, message.said) for message in heard.messages]


def found(heard: Call) -> set[str]:
    """Ids of all findings, of messages and of the call."""
    ids = {finding.id for entry in heard.entries for finding in entry.findings}
    items = [message.item for message in heard.messages]
    return ids | {finding.id for item in items if isinstance(item, Arrival) for finding in item.findings}


def contact_id(quirks: Quirks = Quirks(), *said: str, sides: str = "both") -> Call:  # noqa: B008
    return call.decode(calls.contact_id(said or (FIRST, SECOND), quirks, sides))


def sia(quirks: Quirks = Quirks(), *said: bytes, sides: str = "both") -> Call:  # noqa: B008
    return call.decode(calls.sia(said or SESSION, quirks, sides))


# Calls as they should be


def test_a_good_call_of_contact_id() -> None:
    """Handshake, two messages, each with its kissoff; nothing is off about it."""
    heard = contact_id()
    assert kinds(heard) == ["handshake.contact-id", "digits", "kissoff", "digits", "kissoff"]
    assert [entry.panel for entry in heard.entries] == [False, True, False, True, False]
    assert [entry.message for entry in heard.entries] == [0, 1, 1, 2, 2]
    assert messages(heard) == [(FIRST.encode(), 1), (SECOND.encode(), 1)]
    assert found(heard) == set()
    starts = [entry.start for entry in heard.entries]
    assert starts[:3] == pytest.approx([0.5, 1.075, 3.035], abs=0.02)


def test_a_good_call_of_sia() -> None:
    """Account, event, end of data, each acknowledged; the event has the account's bytes with it."""
    heard = sia()
    assert kinds(heard) == ["handshake.sia", *["block", "acknowledge"] * 3]
    assert messages(heard) == [(ACCOUNT + EVENT, 1)]
    assert found(heard) == set()
    [message] = heard.messages
    assert isinstance(message.item, Arrival)
    assert [(signal.account, signal.code, signal.number) for signal in message.item.signals] == [("1234", "BA", "001")]


@pytest.mark.parametrize("level", [-38.0, -25.0, -3.0])
def test_a_faint_panel_beside_a_loud_receiver_is_heard(level: float) -> None:
    """And the other way round."""
    loud = {"panel_level": level, "receiver_level": -11.0}
    assert len(messages(contact_id(Quirks(**loud)))) == 2
    assert messages(sia(Quirks(**loud))) == [(ACCOUNT + EVENT, 1)]
    turned = Quirks(panel_level=-11.0, receiver_level=level)
    assert kinds(contact_id(turned)) == kinds(contact_id())
    assert kinds(sia(turned)) == kinds(sia())


@pytest.mark.parametrize("sides", ["panel", "receiver"])
def test_one_side_of_a_call_may_be_all_there_is(sides: str) -> None:
    """Of the panel the messages, and nobody is blamed for not answering; of the receiver its tones."""
    heard = contact_id(sides=sides)
    assert len(heard.messages) == (2 if sides == "panel" else 0)
    assert found(heard) == set()
    assert len(sia(sides=sides).messages) == (1 if sides == "panel" else 0)
    assert "handshake.sia" in kinds(sia(sides="receiver"))


def test_the_number_that_the_panel_called_is_no_message() -> None:
    """Digits in front of the handshake that have no format."""
    dialled = tones.joined([tones.silence(0.3), tones.digits("0123456789"), tones.silence(2)])
    heard = call.decode(tones.joined([dialled, calls.contact_id([FIRST])]))
    assert kinds(heard)[:2] == ["dialled", "handshake.contact-id"]
    assert messages(heard) == [(FIRST.encode(), 1)]


def test_the_sister_formats_are_heard() -> None:
    """Of 8, 9, 15 and 16 digits."""
    assert messages(contact_id(Quirks(), *SISTERS)) == [(digits.encode(), 1) for digits in SISTERS]


def test_texts_belong_to_their_event_and_several_events_are_several_messages() -> None:
    """A new account holds from its block on."""
    text = build(Block("A", b"BACK DOOR"))
    other = build(Block("#", b"5678"))
    heard = sia(Quirks(), ACCOUNT, EVENT, text, other, EVENT, END)
    assert messages(heard) == [(ACCOUNT + EVENT, 1), (other + EVENT, 1)]
    items = [message.item for message in heard.messages if isinstance(message.item, Arrival)]
    assert [(item.signals[0].account, item.signals[0].text) for item in items] == [("1234", "BACK DOOR"), ("5678", "")]


def test_a_session_with_nothing_but_an_account_shows_that_the_path_lives() -> None:
    """A link test."""
    [message] = sia(Quirks(), ACCOUNT, END).messages
    assert isinstance(message.item, Arrival)
    assert message.item.kind is ArrivalKind.LINK_TEST


def test_what_the_receiver_says_in_data_is_no_message() -> None:
    """Nor is what of it is damaged, and a command of it is nothing that happened."""
    made = calls.Recording(Quirks())
    made.pause(0.3)
    for block in (ACCOUNT, EVENT):
        made.panel(tones.fsk(block))
        made.pause(0.2)
        made.receiver(tones.fsk(build(Block("C", b"SA1*1")) if block == ACCOUNT else b"\x43CSA!", plan=fsk.BELL_ANSWER))
        made.pause(0.2)
    heard = call.decode(made.samples())
    assert [(entry.kind, entry.panel) for entry in heard.entries] == [
        ("block", True),
        ("block.answer", False),
        ("block", True),
        ("bytes", False),
    ]
    assert messages(heard) == [(ACCOUNT + EVENT, 1)]


def test_data_may_answer_data() -> None:
    """A receiver with a reverse channel acknowledges by a block."""
    made = calls.Recording(Quirks())
    made.pause(0.3)
    for block in (ACCOUNT, EVENT):
        made.panel(tones.fsk(block))
        made.pause(0.2)
        made.receiver(tones.fsk(b"\x40\x38\x87", plan=fsk.BELL_ANSWER))
        made.pause(0.2)
    heard = call.decode(made.samples())
    assert kinds(heard) == ["block", "block.answer"] * 2
    assert messages(heard) == [(ACCOUNT + EVENT, 1)]
    assert found(heard) == set()


# Repetitions


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_message_whose_kissoff_is_lost_is_one_event(lost: int) -> None:
    """However often it is said; the kissoff of the last time is enough."""
    heard = contact_id(Quirks(lost_kissoffs=lost))
    assert messages(heard) == [(FIRST.encode(), lost + 1), (SECOND.encode(), 1)]
    assert [entry.again for entry in heard.entries if entry.kind == "digits"] == [*range(lost + 1), 0]
    assert found(heard) == {"telephone.message.repeated"}


def test_an_alarm_that_was_restored_and_comes_again_is_another_one() -> None:
    """Only what follows at once is a repetition."""
    alarm, restore = FIRST, "1234183131010156"
    assert [raw for raw, _ in messages(contact_id(Quirks(), alarm, restore, alarm))] == [
        alarm.encode(),
        restore.encode(),
        alarm.encode(),
    ]


def test_a_block_that_was_not_understood_comes_again_and_is_one_event() -> None:
    """As is one whose acknowledgement was lost, the account's among them."""
    heard = sia(Quirks(rejects=1))
    assert kinds(heard)[3:7] == ["block", "reject", "block", "acknowledge"]
    assert messages(heard) == [(ACCOUNT + EVENT, 2)]
    assert messages(sia(Quirks(lost_kissoffs=2))) == [(ACCOUNT + EVENT, 1)]
    assert "telephone.message.repeated" in found(sia(Quirks(lost_kissoffs=2)))


def test_a_message_that_nobody_acknowledged_says_so() -> None:
    """Where the receiver is in the recording."""
    heard = contact_id(Quirks(lost_kissoffs=9), FIRST)
    assert messages(heard) == [(FIRST.encode(), 4)]
    assert found(heard) == {"telephone.message.repeated", "telephone.message.unanswered"}
    assert "telephone.message.unanswered" in found(sia(Quirks(rejects=9)))


def test_a_wrong_check_digit_is_no_message_and_its_repetition_is() -> None:
    """The event is not lost, and not doubled."""
    heard = contact_id(Quirks(wrong_check=2))
    items = [message.item for message in heard.messages]
    assert [isinstance(item, Noise) for item in items] == [True, False, False]
    assert heard.messages[0].said == 2
    assert [raw for raw, _ in messages(heard)[1:]] == [FIRST.encode(), SECOND.encode()]


def test_events_behind_a_damaged_account_block_are_not_those_of_the_account_before() -> None:
    """They are nobody's."""
    damaged = b"\x44#5678\xff"
    heard = sia(Quirks(), ACCOUNT, EVENT, damaged, EVENT, END)
    assert [type(message.item) for message in heard.messages] == [Arrival, Noise, Arrival]
    last = heard.messages[-1].item
    assert isinstance(last, Arrival)
    assert last.account == ""
    assert "sia.session.no-account" in {finding.id for finding in last.findings}


# What is off


@pytest.mark.parametrize(
    ("quirks", "expected"),
    [
        (Quirks(handshake_s=0.16), {"telephone.handshake.timing"}),
        (Quirks(handshake_s=0.125), set()),
        (Quirks(slow_after=7), {"telephone.digits.slow"}),
        (Quirks(digit_s=0.03), {"telephone.digits.short"}),
        (Quirks(pause_s=0.03), {"telephone.digits.short"}),
        (Quirks(digit_s=0.04, pause_s=0.04), set()),
        (Quirks(twist=8.0), {"telephone.digits.twist"}),
        (Quirks(twist=4.0), set()),
        (Quirks(kissoff_s=0.3), {"telephone.kissoff.short"}),
        (Quirks(kissoff_s=0.42), set()),
        (Quirks(kissoff_s=1.7), {"telephone.kissoff.long"}),
        (Quirks(kissoff_delay_s=1.4), {"telephone.kissoff.late"}),
        (Quirks(kissoff_delay_s=1.1), set()),
    ],
    ids=repr,
)
def test_what_is_outside_the_figures_is_found(quirks: Quirks, expected: set[str]) -> None:
    """And what is inside is not; the messages are read all the same."""
    heard = contact_id(quirks)
    assert messages(heard) == [(FIRST.encode(), 1), (SECOND.encode(), 1)]
    assert found(heard) == expected


@pytest.mark.parametrize(
    ("quirks", "expected"),
    [
        (Quirks(acknowledge_s=0.3), {"telephone.acknowledgement.short"}),
        (Quirks(acknowledge_s=0.42), set()),
        (Quirks(plan=V21_ORIGINATE), {"telephone.fsk.v21"}),
        (Quirks(bits=110.0), {"telephone.fsk.slow"}),
    ],
    ids=repr,
)
def test_what_is_off_about_data_is_found(quirks: Quirks, expected: set[str]) -> None:
    """The event is read all the same."""
    heard = sia(quirks)
    assert messages(heard) == [(ACCOUNT + EVENT, 1)]
    assert found(heard) == expected


def test_a_handshake_off_its_frequency_and_a_late_acknowledgement_are_found() -> None:
    """4 %, and 3 s."""
    made = calls.Recording(Quirks())
    made.pause(0.2)
    made.receiver(tones.tone(1400 * 1.04, 0.1))
    made.pause(0.1)
    made.receiver(tones.tone(2300, 0.1))
    made.pause(0.5)
    assert found(call.decode(made.samples())) == {"telephone.handshake.frequency"}
    made.panel(tones.fsk(ACCOUNT))
    made.pause(3.0)
    made.receiver(tones.acknowledge())
    made.pause(0.3)
    assert "telephone.acknowledgement.late" in {
        finding.id for entry in call.decode(made.samples()).entries for finding in entry.findings
    }


def test_every_finding_is_held_by_a_test() -> None:
    """Each id stands in this file."""
    with open(__file__, encoding="utf-8") as file:
        source = file.read()
    assert [id_ for id_ in FINDINGS if f'"{id_}"' not in source] == []


# Noise, and whatever comes


@pytest.mark.parametrize("seed", range(8))
def test_calls_in_noise_are_read(seed: int) -> None:
    """6 dB below the tones, over the whole band; every message, nothing else."""
    quirks = Quirks(noise_level=tones.LEVEL - 6, seed=seed)
    assert messages(contact_id(quirks)) == [(FIRST.encode(), 1), (SECOND.encode(), 1)]
    assert [raw for raw, _ in messages(sia(quirks))] == [ACCOUNT + EVENT]


@pytest.mark.parametrize("snr", [0, -3, -6])
def test_noise_that_is_too_strong_never_makes_another_message(snr: int) -> None:
    """What is read of Contact ID is what was sent, or it is not read."""
    for seed in range(10):
        heard = contact_id(Quirks(noise_level=tones.LEVEL - snr, seed=seed))
        read = {message.item.raw for message in heard.messages if isinstance(message.item, Arrival)}
        assert read <= {FIRST.encode(), SECOND.encode()}


def test_events_take_the_time_zone_and_encoding_of_the_dialect() -> None:
    """As on every other wire."""
    block = build(Block("N", b"ti10:30/BA001"))
    heard = call.decode(calls.sia([ACCOUNT, block, END]), dialect=Dialect(time_zone="Asia/Almaty"), wall=1_700_000_000)
    [message] = heard.messages
    assert isinstance(message.item, Arrival)
    assert message.item.signals[0].occurred_at is not None


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.float32, st.integers(0, 3000), elements=st.floats(-1, 1, width=32)))
def test_any_samples_are_heard_without_an_error(samples: Samples) -> None:
    """However few."""
    assert call.decode(samples).seconds == len(samples) / 8000


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_calls_cut_anywhere_are_heard_without_an_error(data: st.DataObject) -> None:
    """And what is left of them is among what the whole call says."""
    whole = calls.contact_id([FIRST, SECOND]) if data.draw(st.booleans()) else calls.sia(SESSION)
    first = data.draw(st.integers(0, len(whole)))
    part = whole[first : data.draw(st.integers(first, len(whole)))]
    read = {message.item.raw for message in call.decode(part).messages if isinstance(message.item, Arrival)}
    assert read <= {FIRST.encode(), SECOND.encode(), ACCOUNT + EVENT, EVENT}
