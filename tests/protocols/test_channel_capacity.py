"""The formulas by which a radio channel is planned, against published and computed tables."""

from __future__ import annotations

from random import Random

import pytest

from protocols.channel import Profile, ProfileError, ax25, transparent
from protocols.channel.capacity import (
    aloha_delivery,
    aloha_goodput,
    aloha_load,
    detection,
    false_losses,
    missed,
    most_objects,
    poll_cycle,
    polled_objects,
)
from protocols.channel.contention import contend, exchange, saturated

IN_AX25 = 34 + 16
IN_AX25_BY_ONE_DIGIPEATER = IN_AX25 + 7


@pytest.mark.parametrize(
    ("bit_rate", "tx_delay_s", "turnaround_s", "airtime", "cycle", "objects"),
    [
        (1200, 0.3, 0.12, 0.73, 1.70, (52, 105, 1058)),
        (2400, 0.1, 0.05, 0.32, 0.74, (121, 243, 2432)),
        (9600, 0.05, 0.05, 0.12, 0.34, (264, 529, 5294)),
    ],
)
def test_airtime_and_poll_cycle_are_those_of_the_table(
    bit_rate: float, tx_delay_s: float, turnaround_s: float, airtime: float, cycle: float, objects: tuple[int, ...]
) -> None:
    """Datagrams of 34 bytes, one digipeater in the path. The table counts objects with rounded figures."""
    profile = ax25(bit_rate, tx_delay_s=tx_delay_s, tx_tail_s=0.015, turnaround_s=turnaround_s)
    on_air = profile.airtime(IN_AX25_BY_ONE_DIGIPEATER)
    assert round(on_air, 2) == airtime
    takes = poll_cycle(on_air, on_air, turnaround_s)
    assert takes == pytest.approx(cycle, abs=0.01)
    for within, number in zip((90, 180, 1800), objects, strict=True):
        assert polled_objects(takes, within) == pytest.approx(number, rel=0.025)
        assert polled_objects(cycle, within) == number


@pytest.mark.parametrize(
    ("objects", "minutes", "copies", "load", "delivery"),
    [
        (100, 10, 1, 0.13, 0.77),
        (200, 60, 3, 0.13, 0.987),
        (500, 60, 1, 0.11, 0.80),
        (500, 60, 3, 0.33, 0.885),
        (500, 120, 3, 0.17, 0.977),
        (1000, 240, 3, 0.17, 0.977),
    ],
)
def test_one_way_delivery_is_that_of_the_table(
    objects: int, minutes: int, copies: int, load: float, delivery: float
) -> None:
    """Pure ALOHA of frames of 0.8 s."""
    assert aloha_load(objects, minutes * 60, 0.8, copies) == pytest.approx(load, abs=0.005)
    assert round(aloha_delivery(objects, minutes * 60, 0.8, copies), 3) == pytest.approx(delivery, abs=0.005)


def test_pure_aloha_carries_18_percent_of_the_time_at_most() -> None:
    """1 / (2e) of the time is the most that arrives (Abramson)."""
    best = max(aloha_goodput(objects, 100.0, 1.0) for objects in range(1, 200))
    assert best == pytest.approx(1 / (2 * 2.718281828), rel=1e-3)


def test_polls_that_fail_cost_time_and_are_repeated_in_it() -> None:
    """Fewer objects by the share of polls that must be repeated, and by the tries for a silent one."""
    assert polled_objects(1.7, 180.0) == 105
    assert polled_objects(1.7, 180.0, tries=3) == 103
    assert polled_objects(1.7, 180.0, loss=0.1) == 85
    assert polled_objects(1.7, 1.0) == 0


def test_m_of_n_missed_is_counted_as_drawing_says() -> None:
    """The binomial tail, and how often a loss begins in a long row of tests."""
    assert missed(0.9, 3, 3) == pytest.approx(0.001)
    assert missed(0.9, 1, 2) == pytest.approx(0.19)
    random, delivery, tests = Random(5), 0.8, 400_000
    for least, of in ((2, 2), (3, 3), (3, 5)):
        memory = [True] * of
        begun = lost = 0
        for _ in range(tests):
            before = memory.count(False) >= least
            memory = [*memory[1:], random.random() < delivery]
            now = memory.count(False) >= least
            lost += now
            begun += now and not before
        assert lost / tests == pytest.approx(missed(delivery, least, of), rel=0.1)
        most = false_losses(delivery, least, of, 1.0)
        assert most * delivery * 0.85 < begun / tests < most


def test_a_silent_object_is_known_of_after_m_intervals_at_most() -> None:
    """Earlier, on average, where tests are missed by chance."""
    assert detection(60.0, 3, 3) == (150.0, 180.0)
    assert detection(60.0, 3, 5, delivery=0.5)[0] < 150.0


def test_the_largest_number_that_works_is_found() -> None:
    """Also none, and the limit."""
    assert most_objects(lambda n: n <= 1058) == 1058
    assert most_objects(lambda n: n <= 1) == 1
    assert most_objects(lambda n: False) == 0
    assert most_objects(lambda n: True, limit=500) == 500


def test_stations_that_always_send_do_best_where_one_of_them_begins_in_a_slot() -> None:
    """p = 1 / N, as for slotted ALOHA; the formula for one station is its own time alone."""
    for stations in (4, 16, 64):
        found = {
            persistence: saturated(stations, exchange(ax25(1200, persistence=persistence), IN_AX25, None, 0.02))
            for persistence in range(256)
        }
        # Below 1 / N: a slot that passes costs less than a collision.
        assert max(found, key=lambda persistence: found[persistence]) + 1 <= 256 / stations
    alone = exchange(ax25(1200, persistence=255), IN_AX25, None, 0.02)
    assert saturated(1, alone) == pytest.approx(1 / alone.good_s)


def test_a_channel_with_little_traffic_delivers_nearly_all_and_an_overload_is_told() -> None:
    """Between them more traffic is always worse."""
    its = exchange(ax25(1200), IN_AX25, 47, 0.02)
    found = [contend(rate, its, attempts=4, loss=0.01) for rate in (0.001, 0.05, 0.1, 0.2, 0.3, 0.4)]
    assert found[0].alone > 0.999
    assert found[0].used == pytest.approx(0.001 * its.good_s, rel=0.03)
    assert [one.delivered for one in found] == sorted((one.delivered for one in found), reverse=True)
    assert [one.used for one in found] == sorted(one.used for one in found)
    assert not contend(1.5, its, attempts=4).stable
    assert contend(0.2, its, attempts=4, hidden=0.5).alone < contend(0.2, its, attempts=4).alone
    assert contend(0.0, its).delivered == 1
    slow = exchange(ax25(1200), IN_AX25, 47, 0.2)
    assert contend(0.2, slow).alone < contend(0.2, its).alone - 0.005


def test_fx25_makes_frames_longer_by_whole_blocks() -> None:
    """The smallest that fits: 50 bytes with check and flags in 64 of data and 16 of parity, behind the tag."""
    plain, protected = ax25(1200), ax25(1200, fx25_parity=16)
    assert protected.bits(50) == 64 + 80 * 8
    assert protected.airtime(50) > plain.airtime(50)
    assert protected.bits(20) == 64 + 48 * 8
    assert protected.bits(250) == plain.bits(250)


def test_a_transparent_modem_has_less_around_a_frame() -> None:
    """Two FENDs and the escapes."""
    assert transparent(9600).bits(34) == pytest.approx(34 * 8 * 129 / 128 + 16)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bit_rate": 0}, "bit_rate"),
        ({"persistence": 256}, "0 to 255"),
        ({"duty_cycle": 0.0}, "duty_cycle"),
        ({"slot_s": 0.0}, "slot_s"),
        ({"fx25_parity": 17}, "0, 16, 32 or 64"),
        ({"bit_rate": float("nan")}, "bit_rate"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(change: dict[str, float], says: str) -> None:
    """With the field and its limits."""
    with pytest.raises(ProfileError, match=says):
        Profile(**{"bit_rate": 1200, **change})  # type: ignore[arg-type]
