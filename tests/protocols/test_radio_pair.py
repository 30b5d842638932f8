"""Both ends of radio on one channel: whatever is lost or restarted, what is acknowledged is stored, and stored once."""

from __future__ import annotations

import itertools
from random import Random

import pytest

from protocols.channel import Priority, ax25
from protocols.datagram import Type
from protocols.datagram.payloads import Ack, Poll, PollReply, Result, SyncRequest, SyncResponse
from protocols.ends import LinkTest, OutcomeKind
from protocols.model import ArrivalKind
from protocols.radio.book import Ways
from protocols.radio.delivering import ANEW_AFTER
from protocols.radio.options import RadioOptions
from tests.protocols.radio_support import (
    FAST,
    KEY,
    KEY2,
    Centre,
    Site,
    World,
    at,
    entry,
    event,
    framed,
    header_of,
    modem,
    opened,
    options,
    said,
    sealed,
    unit,
)

both_modems = pytest.mark.parametrize("settings", [options(), modem(), modem(0)], ids=["kiss", "parity", "plain"])


def kinds(site: Site) -> list[Type]:
    """Types of what a unit said."""
    return [header_of(each).type for each in site.said]


@both_modems
def test_an_event_is_acknowledged_once_it_is_stored(settings: RadioOptions) -> None:
    centre, site = Centre(settings, [unit()]), Site(unit(), settings)
    world = World(centre, [site])
    site.end.submit(event(), at(0.0))
    assert world.run(5, lambda: bool(site.outcomes))
    assert [outcome.kind for outcome in site.outcomes] == [OutcomeKind.ACCEPTED]
    assert centre.events == [("1234", "130")]
    assert len(site.said) == len(world.sent) == 1
    assert said(world.sent[0][1]) == Ack(0, Result.STORED)


@both_modems
@pytest.mark.parametrize("seed", range(8))
def test_with_frames_lost_both_ways_everything_arrives_once(settings: RadioOptions, seed: int) -> None:
    centre = Centre(settings, [unit(one) for one in range(1, 6)], seed)
    sites = [Site(unit(one), settings, seed * 100 + one) for one in range(1, 6)]
    world, random = World(centre, sites), Random(seed)
    world.lost = lambda site, up, datagram: random.random() < 0.2
    for site in sites:
        for number in range(4):
            site.end.submit(event(number=f"{number:03}"), at(0.0))
    assert world.run(600, lambda: all(len(site.outcomes) == 4 for site in sites))
    assert sorted(centre.events) == sorted((site.given.account, "130") for site in sites for _ in range(4))
    numbers = [signal.number for each in centre.stored for signal in each.signals if each.account == "0003"]
    assert numbers == ["000", "001", "002", "003"]


def test_a_repetition_is_the_same_bytes_and_is_acknowledged_again() -> None:
    """Also when the battery has become low since."""
    centre, site = Centre(options(), [unit()]), Site(unit(), options())
    world = World(centre, [site])
    acks: list[bytes] = []
    world.lost = lambda site, up, datagram: not up and (acks.append(datagram) or len(acks) < 4)  # type: ignore[func-returns-value]
    site.end.submit(event(), at(0.0))
    assert world.run(60, lambda: bool(site.outcomes))
    assert len(site.said) == 4
    assert len(set(site.said)) == 1
    assert len(centre.stored) == 1
    assert len(centre.copies) == 3
    assert {said(each) for each in acks} == {Ack(0, Result.STORED)}
    counters = [header_of(each).counter for each in acks]
    assert len(set(counters)) == len(counters) == 4


def test_waits_between_repetitions_grow_and_never_end() -> None:
    """Nobody answers: the event is never given up, and is sealed anew under another counter now and then."""
    site = Site(unit(), options())
    world = World(Centre(options(), []), [site])
    times: list[float] = []
    world.lost = lambda site, up, datagram: bool(times.append(world.now)) or True  # type: ignore[func-returns-value]
    site.end.submit(event(), at(0.0))
    world.run(3600)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(gaps[:2]) < 5 < max(gaps[5:])
    assert max(gaps) < 245
    assert not site.outcomes
    assert len(site.end.unfinished) == 1
    assert len({header_of(each).counter for each in site.said[:ANEW_AFTER]}) == 1
    assert header_of(site.said[ANEW_AFTER]).counter == 1


def test_an_acknowledgement_under_an_earlier_counter_still_counts() -> None:
    centre, site = Centre(options(), [unit()]), Site(unit(), options())
    world = World(centre, [site])
    world.acks_off = True
    site.end.submit(event(), at(0.0))
    world.run(600, lambda: len(set(site.said)) == 2)
    world.run(1)
    early = next(datagram for _, datagram in world.sent if said(datagram) == Ack(0, Result.STORED))
    (outcome,) = site.end.receive(framed(options(), early), at(world.now))
    assert getattr(outcome, "kind", None) is OutcomeKind.ACCEPTED


@pytest.mark.parametrize("seed", range(25))
def test_a_restart_of_either_side_at_any_moment_loses_nothing(seed: int) -> None:
    """What is acknowledged is stored. What is stored twice was sealed twice, as a counter far behind demands."""
    random = Random(seed)
    centre = Centre(options(), [unit(one, test_s=60) for one in (1, 2)], seed)
    sites = [Site(unit(one, test_s=60), options(), seed + one) for one in (1, 2)]
    world = World(centre, sites)
    world.lost = lambda site, up, datagram: random.random() < 0.25
    submitted = 0
    for _ in range(30):
        site = random.choice(sites)
        site.end.submit(event(number=f"{submitted:03}"), at(world.now))
        submitted += 1
        world.run(random.uniform(0, 3))
        match random.randrange(4):
            case 0:
                random.choice(sites).restart()
            case 1:
                centre.restart()
    assert world.run(3600, lambda: not any(site.end.unfinished for site in sites))
    delivered = [signal.number for each in centre.stored for signal in each.signals]
    assert set(delivered) == {f"{number:03}" for number in range(submitted)}
    for site in sites:
        sealed: dict[tuple[int, int], bytes] = {}
        for datagram in site.said:
            head = header_of(datagram)
            assert sealed.setdefault((head.key_id, head.counter), datagram) == datagram
    anew = sum(len({each for each in site.said if header_of(each).type is Type.EVENT}) for site in sites) - submitted
    assert len(delivered) - submitted <= anew


def test_an_event_whose_counter_fell_behind_is_sealed_anew() -> None:
    """The centre's window would soon be past it."""
    site = Site(unit(), options())
    world = World(Centre(options(), []), [site])
    site.end.submit(event(), at(0.0))
    world.run(0.5)
    for number in range(33):
        site.end.receive(framed(options(), sealed(Poll(), number)), at(world.now))
    world.run(10)
    events = [header_of(each).counter for each in site.said if header_of(each).type is Type.EVENT]
    assert len(events) < ANEW_AFTER
    assert events[0] == 0
    assert events[-1] > 32


def test_a_restart_repeats_the_same_bytes() -> None:
    site = Site(unit(), options())
    world = World(Centre(options(), []), [site])
    site.end.submit(event(), at(0.0))
    world.run(2)
    site.restart()
    world.run(40)
    assert len(site.said) > 2
    assert len(set(site.said)) == 1


def test_panic_then_fire_go_before_everything_that_waits() -> None:
    """Also before what is on its way and was not acknowledged yet, which then goes on with its own bytes."""
    centre, site = Centre(options(), [unit()]), Site(unit(), options())
    world = World(centre, [site])
    world.acks_off = True
    for number in range(48):
        site.end.submit(event("401", f"{number:03}"), at(0.0))
    world.run(1, lambda: bool(site.said))
    world.run(0.3)
    first, before = site.said[0], len(site.said)
    site.end.submit(event("110"), at(world.now))
    site.end.submit(event("120"), at(world.now))
    world.acks_off = False
    assert world.run(600, lambda: len(site.outcomes) == 50)
    assert first not in site.said[before : before + 2]
    codes = [code for _, code in centre.events]
    assert codes[1:3] == ["120", "110"]
    assert codes.count("401") == 48
    assert site.said.count(first) >= 2


def test_a_one_way_unit_sends_copies_and_is_never_answered() -> None:
    """Byte for byte, at random distances; one is stored."""
    given = unit(ways=Ways.ONE, copies=4)
    centre, site = Centre(options(), [given]), Site(given, options())
    world = World(centre, [site])
    site.end.submit(event(), at(0.0))
    assert world.run(120, lambda: bool(site.outcomes))
    world.run(120)
    assert len(site.said) == 4
    assert len(set(site.said)) == 1
    assert (len(centre.stored), len(centre.copies), world.sent) == (1, 3, [])


def test_copies_of_one_way_events_mix_so_that_the_second_does_not_wait_for_the_last_of_the_first() -> None:
    given = unit(ways=Ways.ONE)
    centre, site = Centre(options(), [given]), Site(given, options())
    world = World(centre, [site])
    for number in range(5):
        site.end.submit(event(number=f"{number:03}"), at(0.0))
    world.run(4)
    assert {signal.number for each in centre.stored for signal in each.signals} == {f"{n:03}" for n in range(5)}
    assert world.run(300, lambda: len(site.outcomes) == 5)
    assert len(site.said) == 15


def test_tests_begin_at_a_random_time_and_are_answered() -> None:
    """Units that start together do not test together, and an event stands for a test."""
    given = [unit(one, test_s=60, decivolts=126, level=87) for one in range(1, 21)]
    centre = Centre(options(), given)
    sites = [Site(one, options(), number) for number, one in enumerate(given)]
    world = World(centre, sites)
    world.run(59)
    firsts = {each.account for each in centre.stored}
    assert len(firsts) == 20
    assert {each.kind for each in centre.stored} == {ArrivalKind.LINK_TEST}
    air = centre.stored[0].air
    assert air is not None
    assert (air.volts, air.heard_level, air.next_s) == (12.6, -87.0, 60.0)
    assert {said(datagram).result for _, datagram in world.sent} == {Result.ALIVE}  # type: ignore[attr-defined]
    before = len(sites[0].said)
    for _ in range(5):
        sites[0].end.submit(event(), at(world.now))
        world.run(30)
    assert kinds(sites[0])[before:] in ([Type.EVENT] * 5, [Type.TEST, *[Type.EVENT] * 5])


def test_an_asked_for_test_has_its_outcome() -> None:
    centre, site = Centre(options(), [unit()]), Site(unit(), options())
    world = World(centre, [site])
    site.end.submit(LinkTest("1234"), at(0.0))
    assert world.run(5, lambda: bool(site.outcomes))
    assert site.outcomes[0].kind is OutcomeKind.ACCEPTED
    world.acks_off = True
    site.end.submit(LinkTest("1234"), at(world.now))
    assert site.end.unfinished
    assert world.run(60, lambda: len(site.outcomes) == 2)
    assert site.outcomes[1].kind is OutcomeKind.GAVE_UP
    assert len(site.said) == 4


def test_a_silent_unit_is_polled_and_its_answer_ends_that() -> None:
    """And none is while it is heard."""
    quiet, loud = unit(1), unit(2, test_s=30)
    centre = Centre(options(), [entry(quiet, test_s=30), loud])
    sites = [Site(quiet, options()), Site(loud, options())]
    world = World(centre, sites)
    world.run(35)
    assert [header_of(datagram).type for _, datagram in world.sent if header_of(datagram).station == 1] == []
    world.run(10)
    polls = [datagram for _, datagram in world.sent if isinstance(said(datagram), Poll)]
    assert {header_of(each).station for each in polls} == {1}
    assert len(polls) == 1
    assert kinds(sites[0]) == [Type.POLL_REPLY]
    assert said(sites[0].said[0]) == PollReply(header_of(polls[0]).counter)
    assert [each.kind for each in centre.stored if each.account == "0001"] == [ArrivalKind.LINK_TEST]
    world.run(600)
    later = [header_of(datagram).station for _, datagram in world.sent if isinstance(said(datagram), Poll)]
    assert set(later) == {1}
    assert 15 <= len(later) <= 20


def test_polls_of_a_unit_that_stays_silent_become_rarer_and_every_unit_has_its_turn() -> None:
    centre = Centre(options(), [entry(unit(one), test_s=100) for one in range(1, 11)])
    world = World(centre, [])
    world.run(175)
    assert {header_of(datagram).station for _, datagram in world.sent} == set(range(1, 11))
    times = [now for now, datagram in world.sent]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 0.5
    before = len(world.sent)
    world.run(1000)
    assert len(world.sent) - before < 10 * 14


def test_an_answer_to_a_poll_of_long_ago_proves_nothing() -> None:
    """It may have been recorded while the unit was jammed."""
    quiet = unit(1)
    centre, site = Centre(options(), [entry(quiet, test_s=30)]), Site(quiet, options())
    world = World(centre, [site])
    kept: list[bytes] = []
    world.lost = lambda site, up, datagram: up and (kept.append(datagram) or True)  # type: ignore[func-returns-value]
    assert world.run(100, lambda: bool(kept))
    world.run(61)
    (item,) = centre.hear(framed(options(), kept[0]), world.now)
    assert getattr(item, "timely", True) is False
    assert not centre.stored
    assert centre.channel.polls.heard_at(1) is None


def test_a_poll_is_answered_once_also_over_a_restart() -> None:
    quiet = unit(1)
    centre, site = Centre(options(), [entry(quiet, test_s=30)]), Site(quiet, options())
    world = World(centre, [site])
    assert world.run(100, lambda: bool(site.said))
    poll = world.sent[0][1]
    for _ in range(3):
        site.end.receive(framed(options(), poll), at(world.now))
        world.run(5)
        site.restart()
    assert len(site.said) == 1


def test_the_time_is_told_to_who_asks() -> None:
    """Once, and only just after the question; what the way took is counted in."""
    centre, site = Centre(options(), [unit()]), Site(unit(), options())
    world = World(centre, [site])
    site.end.ask_time(at(0.0))
    # The unit's clock stands at 1970: its wall is its own.
    assert world.run(5, lambda: bool(world.sent))
    answer = world.sent[0][1]
    assert opened(answer).header.type is Type.SYNC_RSP
    world.run(2)
    assert abs(site.end.offset_s) < 0.3
    assert kinds(site) == [Type.SYNC_REQ]


def test_a_late_or_foreign_answer_does_not_set_the_clock() -> None:
    site = Site(unit(), options())
    world = World(Centre(options(), []), [site])
    site.end.ask_time(at(0.0))
    world.run(1)
    asked = said(site.said[0])
    assert isinstance(asked, SyncRequest)
    wrong = sealed(SyncResponse(bytes(8), 5_000), 0)
    site.end.receive(framed(options(), wrong), at(world.now))
    assert site.end.offset_s == 0
    right = framed(options(), sealed(SyncResponse(asked.nonce, 5_000), 1))
    world.run(60)
    site.end.receive(right, at(world.now))
    assert site.end.offset_s == 0


def test_an_answer_that_took_too_long_does_not_set_the_clock() -> None:
    """Somebody may have kept it back; also where the channel is so slow that the question still waits."""
    settings = options(ax25(1200, turnaround_s=10.0))
    for late, expected in ((9.0, True), (10.5, False)):
        site = Site(unit(), settings)
        world = World(Centre(settings, []), [site])
        site.end.ask_time(at(0.0))
        world.run(1)
        asked = said(site.said[0])
        assert isinstance(asked, SyncRequest)
        ended = settings.profile.airtime(settings.frame_bytes(31))
        site.end.receive(framed(settings, sealed(SyncResponse(asked.nonce, 5_000), 1)), at(ended + late))
        assert (site.end.offset_s != 0) is expected


def test_keys_are_rolled_over_with_something_on_its_way() -> None:
    """What was sealed under the old key is repeated and acknowledged under it; the new one counts from 0 by itself."""
    old = unit()
    new = unit(key=KEY2, former=(KEY,))
    centre = Centre(options(), [new])
    site = Site(old, options())
    world = World(centre, [site])
    world.acks_off = True
    site.end.submit(event("401", "001"), at(0.0))
    world.run(1)
    site.given = new
    site.restart()
    site.end.submit(event("130", "002"), at(world.now))
    # An acknowledgement of the new key's counter 0 is none of the old key's counter 0.
    world.run(1)
    world.acks_off = False
    assert world.run(60, lambda: len(site.outcomes) == 2)
    assert sorted(centre.events) == [("1234", "130"), ("1234", "401")]
    assert {(header_of(each).key_id, header_of(each).counter) for each in site.said} == {(1, 0), (2, 0)}
    acks = [(header_of(datagram).key_id, said(datagram, KEY, KEY2)) for _, datagram in world.sent]
    assert {(key_id, ack.counter) for key_id, ack in acks if isinstance(ack, Ack)} == {(1, 0), (2, 0)}


def test_what_was_sealed_under_a_key_that_is_gone_is_sealed_anew() -> None:
    site = Site(unit(), options())
    world = World(Centre(options(), []), [site])
    site.end.submit(event(), at(0.0))
    world.run(1)
    site.given = unit(key=KEY2)
    site.restart()
    centre = world.centre = Centre(options(), [unit(key=KEY2)])
    assert world.run(60, lambda: bool(site.outcomes))
    assert centre.events == [("1234", "130")]


def test_the_airtime_budget_of_a_centre_holds_over_a_storm() -> None:
    """In any window; what could not be answered in time is dropped, and the units go on."""
    profile = ax25(1200, tx_delay_s=0.3, duty_cycle=0.05, duty_window_s=60.0)
    settings = options(profile)
    given = [unit(one) for one in range(1, 11)]
    centre = Centre(settings, given)
    sites = [Site(one, options(FAST), number) for number, one in enumerate(given)]
    world = World(centre, sites)
    for site in sites:
        for number in range(3):
            site.end.submit(event("401", f"{number:03}"), at(0.0))
    world.run(600)
    airtime = profile.airtime(settings.frame_bytes(31))
    times = [now for now, _ in world.sent]
    assert times
    for start in times:
        assert sum(airtime for one in times if start <= one <= start + 60.0 - airtime) <= 3.0 + 1e-6
    assert centre.channel.counted.given_up > 0


def test_events_of_mains_failure_wait_a_random_time() -> None:
    """Those of other things do not."""
    waits = []
    for seed in range(10):
        given = unit(mains_delay_s=600)
        site = Site(given, options(), seed)
        world = World(Centre(options(), [given]), [site])
        site.end.submit(event("301"), at(0.0))
        site.end.submit(event("401"), at(0.0))
        assert world.run(900, lambda site=site: len(site.outcomes) == 2)  # type: ignore[misc]
        assert [code for _, code in world.centre.events] == ["401", "301"]
        waits.append(world.now)
    assert max(waits) - min(waits) > 100


def test_a_reconnected_modem_finds_the_channel_as_it_was() -> None:
    """What was to be answered is answered by the end that is connected now."""
    centre, site = Centre(options(), [unit()]), Site(unit(), options())
    world = World(centre, [site])
    site.end.submit(event(), at(0.0))
    (frame,) = [site.end.data_to_send()]
    centre.hear(frame, 0.5)
    centre.end.receive_eof(at(0.5))
    assert centre.end.closing
    assert centre.end.data_to_send()[:1] in (b"", b"\xc0")
    centre.connect()
    assert world.run(5, lambda: bool(site.outcomes))


def test_a_disconnected_unit_sends_nothing_and_goes_on_later() -> None:
    centre, site = Centre(options(), [unit()]), Site(unit(test_s=5), options())
    world = World(centre, [site])
    site.end.disconnected(at(0.0))
    site.end.submit(event(), at(0.0))
    world.run(30)
    assert site.said == []
    site.end.connected(at(world.now))
    assert world.run(5, lambda: bool(site.outcomes))


def test_an_answer_goes_before_what_is_not_urgent() -> None:
    centre = Centre(options(), [unit()])
    assert Priority.ACK < Priority.POLL
    site = Site(unit(), options())
    world = World(centre, [site])
    site.end.submit(event(), at(0.0))
    world.run(5)
    assert said(world.sent[0][1]) == Ack(0, Result.STORED)
