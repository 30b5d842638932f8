"""The simulated air: each thing that happens to frames between radio modems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from panels.radio.air import Air, Burst, Link, Node, Reception
from panels.radio.serial import Serial

FRAME = bytes(range(40))


class Ear:
    """A modem that notes what it is handed."""

    def __init__(self, air: Air, name: str = "ear", **how: Any) -> None:
        self.air = air
        self.heard: list[Reception] = []
        self.carrier: list[tuple[float, bool]] = []
        self.node = air.node(name, self.heard.append, lambda on: self.carrier.append((air.now, on)), **how)

    @property
    def data(self) -> list[bytes]:
        return [each.data for each in self.heard]


def world(link: Link | None = None, **how: Any) -> tuple[Air, Node, Node, Ear]:
    """Two that speak and one that hears them."""
    air = Air(7, **how)
    one, two = air.node("one"), air.node("two")
    ear = Ear(air)
    if link is not None:
        air.link("one", "ear", link)
    return air, one, two, ear


def test_a_frame_arrives_whole_when_it_has_ended() -> None:
    """After the delay of its way, with its level; nobody hears himself."""
    air, one, _, ear = world(Link(level_dbm=-91.0, delay_s=0.001))
    mouth = Ear(air, "mouth")
    air.send(one, FRAME, 0.5)
    air.run(0.5)
    assert ear.heard == []
    air.run(1.0)
    assert [(each.data, each.level_dbm, each.start, each.end) for each in ear.heard] == [(FRAME, -91.0, 0.001, 0.501)]
    air.send(mouth.node, FRAME, 0.5)
    air.run(2.0)
    assert len(mouth.heard) == 1
    assert air.counts.sent == 2


@pytest.mark.parametrize("after", [0.0, 0.3, 0.4999])
def test_frames_that_overlap_destroy_one_another(after: float) -> None:
    """However little."""
    air, one, two, ear = world()
    air.send(one, FRAME, 0.5)
    air.at(after, lambda: air.send(two, FRAME, 0.5))
    air.run(2.0)
    assert ear.heard == []
    assert air.counts.collided == 2


def test_frames_one_after_the_other_do_not() -> None:
    """End to beginning."""
    air, one, two, ear = world()
    air.send(one, b"1", 0.5)
    air.at(0.5, lambda: air.send(two, b"2", 0.5))
    air.run(2.0)
    assert ear.data == [b"1", b"2"]


@pytest.mark.parametrize(("stronger_by", "arrives"), [(5.9, 0), (6.0, 1), (20.0, 1)])
def test_the_stronger_is_captured_from_6_db_on(stronger_by: float, arrives: int) -> None:
    """It arrives, the weaker is lost; whichever began first."""
    for first in (0, 1):
        air, one, two, ear = world(Link(level_dbm=-80.0 + stronger_by))
        air.link("two", "ear", Link(level_dbm=-80.0))
        air.at(0.1 * first, lambda air=air, one=one: air.send(one, b"strong", 0.5))  # type: ignore[misc]
        air.at(0.1 * (1 - first), lambda air=air, two=two: air.send(two, b"weak", 0.5))  # type: ignore[misc]
        air.run(2.0)
        assert ear.data == [b"strong"] * arrives


def test_a_frame_below_the_sensitivity_is_not_heard_and_disturbs_nobody() -> None:
    """Nor is its carrier."""
    air, one, two, ear = world(Link(level_dbm=-111.0))
    air.send(one, b"far", 0.5)
    air.send(two, b"near", 0.5)
    air.run(2.0)
    assert ear.data == [b"near"]
    assert len(ear.carrier) == 2


def test_who_sends_is_deaf_and_stays_so_for_the_turnaround() -> None:
    """Half duplex."""
    air = Air()
    one = air.node("one")
    ear = Ear(air, turnaround_s=0.2)
    air.send(ear.node, b"mine", 0.5)
    for start, data in ((0.2, b"during"), (0.6, b"turning round"), (0.71, b"after")):
        air.at(start, air.send, one, data, 0.05)
    air.run(2.0)
    assert ear.data == [b"after"]
    assert air.counts.deaf == 2


def test_who_sends_already_cannot_begin_again() -> None:
    """A mistake of the caller."""
    air, one, _, _ = world()
    air.send(one, FRAME, 0.5)
    with pytest.raises(ValueError, match="sending already"):
        air.send(one, FRAME, 0.5)


def test_wrong_bits_come_as_often_as_the_error_rate_says() -> None:
    """A modem without a check hands them over; one with drops the frame."""
    ber, frames = 1e-3, 4000
    air, one, _, ear = world(Link(ber=ber))
    open_ear = Ear(air, "open", checks=False)
    air.link("one", "open", Link(ber=ber))
    for number in range(frames):
        air.at(float(number), air.send, one, FRAME, 0.5)
    air.run(frames + 1.0)
    wrong = sum((a ^ b).bit_count() for each in open_ear.heard for a, b in zip(each.data, FRAME, strict=True))
    assert wrong / (frames * len(FRAME) * 8) == pytest.approx(ber, rel=0.1)
    whole = (1 - ber) ** (len(FRAME) * 8)
    assert len(ear.heard) / frames == pytest.approx(whole, rel=0.05)
    assert all(each.data == FRAME for each in ear.heard)
    assert {each.damaged for each in open_ear.heard} == {True, False}


def test_bursts_take_the_share_of_time_and_last_as_long_as_they_should() -> None:
    """Gilbert and Elliott: neighbouring frames share their fate."""
    burst = Burst(good_s=60.0, bad_s=20.0, bad_ber=0.2)
    air, one, _, ear = world(Link(burst=burst))
    frames = 20_000
    for number in range(frames):
        air.at(float(number), air.send, one, FRAME, 0.5)
    air.run(frames + 1.0)
    came = {int(each.start) for each in ear.heard}
    assert len(came) / frames == pytest.approx(0.75, abs=0.04)
    again = sum(number + 1 in came for number in came) / len(came)
    assert again > 0.95, "losses come one by one"


def test_fading_takes_its_share_of_frames() -> None:
    """As a whole, whatever their length."""
    air, one, _, ear = world(Link(loss=0.2))
    for number in range(5000):
        air.at(float(number), air.send, one, FRAME, 0.5)
    air.run(6000.0)
    assert len(ear.heard) / 5000 == pytest.approx(0.8, abs=0.03)
    assert air.counts.faded == 5000 - len(ear.heard)


def test_a_jammer_destroys_what_it_overlaps_where_it_is_heard_and_raises_the_carrier() -> None:
    """Unless the frame is 6 dB louder."""
    air, one, _, ear = world(Link(level_dbm=-70.0))
    other = Ear(air, "other")
    air.link("one", "other", Link(level_dbm=-70.0))
    air.jam(1.0, 2.0, -75.0, at=("ear",))
    air.jam(5.0, 6.0, -76.0, at=("ear",))
    for start in (0.0, 0.95, 1.2, 1.95, 3.0, 5.2):
        air.at(start, air.send, one, str(start).encode(), 0.1)
    air.run(10.0)
    assert ear.data == [b"0.0", b"3.0", b"5.2"]
    assert len(other.heard) == 6
    assert air.counts.jammed == 3
    assert (1.0, True) not in other.carrier
    held = [when for when, on in ear.carrier if not on]
    assert 2.0 not in held, "a frame was still there"
    assert 6.0 in held


def test_the_carrier_is_told_after_the_time_it_takes_to_detect_and_until_the_last_ends() -> None:
    """Frames that overlap are one carrier."""
    air, one, two, ear = world()
    air.send(one, FRAME, 0.5)
    air.at(0.3, air.send, two, FRAME, 0.5)
    air.run(2.0)
    assert ear.carrier == [(0.02, True), (0.8, False)]


def test_who_begins_to_sense_late_is_told_what_is_on_the_air() -> None:
    """And hears its end; what was foreseen for an earlier time of sensing does not count."""
    air, one, two, ear = world()
    air.send(one, FRAME, 0.5)
    air.run(0.1)
    air.sense(ear.node, False)
    air.run(0.2)
    assert air.sense(ear.node, True)
    assert air.busy(ear.node)
    air.run(0.6)
    assert not air.busy(ear.node)
    assert air.silent_since(ear.node) == 0.5
    air.send(two, FRAME, 0.5)
    air.run(2.0)
    assert ear.carrier == [(0.02, True), (0.5, False), (0.62, True), (1.1, False)]


def test_what_was_foreseen_for_an_earlier_time_of_sensing_does_not_count() -> None:
    """Two frames are on the air: the carrier ends with the second."""
    air, one, two, ear = world()
    air.send(one, FRAME, 0.5)
    air.at(0.25, air.send, two, FRAME, 0.5)
    air.run(0.1)
    air.sense(ear.node, False)
    air.run(0.35)
    assert air.sense(ear.node, True)
    air.run(2.0)
    assert ear.carrier == [(0.02, True), (0.75, False)]


def test_the_carrier_is_known_while_anything_is_on_the_air() -> None:
    """Also a long frame in which a short one came and went."""
    air, one, two, ear = world()
    air.send(one, FRAME, 2.0)
    air.at(0.5, air.send, two, FRAME, 0.2)
    air.run(1.0)
    assert air.busy(ear.node)
    air.run(2.5)
    assert not air.busy(ear.node)
    assert air.silent_since(ear.node) == 2.0


def test_who_begins_to_listen_late_hears_nothing_of_what_had_begun_and_is_disturbed_by_it() -> None:
    """As a receiver that missed the preamble."""
    air, one, two, ear = world()
    air.listen(ear.node, False)
    air.send(one, FRAME, 0.5)
    air.at(0.1, air.listen, ear.node, True)
    air.at(0.2, air.send, two, FRAME, 0.5)
    air.at(1.0, air.send, two, b"later", 0.5)
    air.run(2.0)
    assert ear.data == [b"later"]


def test_levels_and_delays_follow_from_positions() -> None:
    """Farther is weaker and later; the level may be set and changed, too."""
    air = Air()
    ears = [Ear(air, str(km), position=(km, 0.0)) for km in (1.0, 10.0, 300.0)]
    mouth = air.node("mouth", position=(0.0, 0.0))
    air.send(mouth, FRAME, 0.5)
    air.run(1.0)
    assert [len(ear.heard) for ear in ears] == [1, 1, 0]
    assert ears[0].heard[0].level_dbm - ears[1].heard[0].level_dbm == pytest.approx(35.0)
    assert ears[1].heard[0].start == pytest.approx(10 / 299_792.458)
    air.link("mouth", "1.0", Link(level_dbm=-99.0))
    air.send(mouth, FRAME, 0.5)
    air.run(2.0)
    assert ears[0].heard[1].level_dbm == -99.0


def test_a_modem_may_hand_a_frame_over_twice() -> None:
    """As often as it was told to."""
    air = Air(3)
    one = air.node("one")
    ear = Ear(air, duplicate=0.25)
    for number in range(1000):
        air.at(float(number), air.send, one, FRAME, 0.5)
    air.run(2000.0)
    assert len(ear.heard) / 1000 == pytest.approx(1.25, abs=0.05)


@pytest.mark.parametrize("merge_s", [0.0, 0.7])
def test_a_serial_line_splits_and_merges_and_keeps_every_byte_in_order(merge_s: float) -> None:
    """Frames in pieces; with a slow reader two frames in one."""
    air, one, _, _ = world()
    came: list[bytes] = []
    line = Serial(air, came.append, pieces=5, late_s=0.2, merge_s=merge_s)
    modem = air.node("modem", lambda reception: line.feed(reception.data))
    sent = [bytes([number]) * 20 for number in range(200)]
    for number, data in enumerate(sent):
        air.at(number * 0.5, air.send, one, data, 0.4)
    air.run(200.0)
    assert b"".join(came) == b"".join(sent)
    assert any(len(set(piece)) > 1 for piece in came) == bool(merge_s)
    assert any(len(piece) < 20 for piece in came) == (not merge_s)
    assert modem.listening


def test_the_same_seed_gives_the_same_run() -> None:
    """And another one another."""

    def run(seed: int) -> list[tuple[float, bytes]]:
        air = Air(seed)
        one = air.node("one")
        ear = Ear(air, checks=False, duplicate=0.1)
        air.link("one", "ear", Link(ber=0.01, loss=0.1, burst=Burst(good_s=5, bad_s=5)))
        for number in range(200):
            air.at(number + air.random.random() / 2, air.send, one, FRAME, 0.4)
        air.run(300.0)
        return [(each.start, each.data) for each in ear.heard]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_what_is_cancelled_does_not_happen() -> None:
    """The rest happens in order of time, then of asking."""
    air = Air()
    seen: list[str] = []
    note: Callable[[str], None] = seen.append
    air.at(2.0, note, "c")
    dropped = air.at(1.0, note, "x")
    air.at(1.0, note, "a")
    air.at(1.0, note, "b")
    air.cancel(dropped)
    air.run(3.0)
    assert seen == ["a", "b", "c"]
    assert air.now == 3.0
