"""A unit's end of radio: counters, disks that fail, what it believes, and what it can be made to do wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from protocols.channel import Priority, ax25
from protocols.datagram import Type
from protocols.datagram.payloads import Ack, ContactIdText, Poll, Result, SyncResponse
from protocols.ends import LinkTest, OutcomeKind, Payload
from protocols.lines.options import Speaker
from protocols.lines.speech import QueueFullError, QuirksError, UnsendableError
from protocols.model import Qualifier, Scheme
from protocols.radio import WIRE
from protocols.radio.options import Level
from protocols.radio.sending import RadioSendingEnd
from protocols.radio.shelf import ShelfError
from protocols.radio.unit import Quirks, RadioSpeaker, Unit
from protocols.radio.urgency import urgency
from tests.protocols.radio_support import (
    KEY,
    KEY2,
    NETWORK,
    Blocks,
    Centre,
    Shelf,
    Site,
    World,
    at,
    event,
    framed,
    header_of,
    modem,
    opened,
    options,
    said,
    sealed,
    split,
    unit,
)


class Restarts(RuleBasedStateMachine):
    """A unit whose power, disks, channel and centre fail at any moment."""

    @initialize(ways=st.sampled_from(["one-way", "two-way"]), seed=st.integers(0, 1000))
    def begin(self, ways: str, seed: int) -> None:
        given_ = unit(ways=type(unit().ways)(ways), test_s=20.0)
        self.site = Site(given_, options(), seed)
        self.world = World(Centre(options(), [given_]), [self.site])
        self.number = 0

    @rule()
    def happens(self) -> None:
        self.number += 1
        try:
            self.site.end.submit(event(number=f"{self.number % 1000:03}"), at(self.world.now))
        except OSError:
            assert self.site.shelf.fails

    @rule()
    def asks_time(self) -> None:
        self.site.end.ask_time(at(self.world.now))

    @rule(seconds=st.floats(0.001, 60))
    def time_passes(self, seconds: float) -> None:
        self.world.run(seconds)

    @rule(lost=st.booleans())
    def air(self, lost: bool) -> None:
        self.world.lost = lambda site, up, datagram: lost

    @rule(fails=st.booleans())
    def shelf_disk(self, fails: bool) -> None:
        self.site.shelf.fails = fails

    @rule(fails=st.booleans())
    def counter_disk(self, fails: bool) -> None:
        self.site.counters.fails = fails

    @rule()
    def power_cut(self) -> None:
        self.site.restart()

    @rule(low=st.booleans())
    def battery(self, low: bool) -> None:
        self.site.given = replace(self.site.given, low_battery=low)
        self.site.restart()

    @rule()
    def rolls_key(self) -> None:
        if self.site.given.key is KEY:
            self.site.given = replace(self.site.given, key=KEY2, former=(KEY,))
            self.site.restart()

    @invariant()
    def no_counter_seals_two_datagrams(self) -> None:
        seen: dict[tuple[int, int], bytes] = {}
        for datagram in getattr(self, "site", Site(unit(), options())).said:
            head = header_of(datagram)
            assert seen.setdefault((head.key_id, head.counter), datagram) == datagram


TestRestarts = Restarts.TestCase
TestRestarts.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)


def spoken(site: Site, seconds: float = 5.0, seen: Centre | None = None) -> list[bytes]:
    """What a unit says within some time, with nobody there."""
    World(seen or Centre(options(), []), [site]).run(seconds)
    return site.said


@pytest.mark.parametrize(
    ("code", "qualifier", "expected"),
    [
        ("120", Qualifier.NEW, Priority.PANIC),
        ("100", Qualifier.NEW, Priority.PANIC),
        ("110", Qualifier.NEW, Priority.FIRE),
        ("151", Qualifier.NEW, Priority.FIRE),
        ("130", Qualifier.NEW, Priority.BURGLARY),
        ("130", Qualifier.RESTORE, Priority.TROUBLE),
        ("301", Qualifier.NEW, Priority.TROUBLE),
        ("401", Qualifier.NEW, Priority.OPEN_CLOSE),
        ("401", Qualifier.RESTORE, Priority.OPEN_CLOSE),
        ("602", Qualifier.NEW, Priority.TEST),
    ],
)
def test_danger_to_people_is_most_urgent(code: str, qualifier: Qualifier, expected: Priority) -> None:
    assert urgency(event(code, qualifier=qualifier)) is expected


def test_messages_are_said_in_the_forms_of_the_protocol() -> None:
    site = Site(unit(), options())
    site.end.submit(event(), at(0.0))
    (datagram,) = spoken(site, 0.5)
    assert opened(datagram).payload == bytes.fromhex("011130010150")
    ascii_site = Site(unit(ascii_form=True), options())
    ascii_site.end.submit(event("401", qualifier=Qualifier.RESTORE), at(0.0))
    assert said(spoken(ascii_site, 0.5)[0]) == ContactIdText("3", "401", "01", "015")
    other = Site(unit(), options())
    other.end.submit(event("BA", scheme=Scheme.SIA, occurred_at=1767355000.0), at(0.0))
    assert opened(spoken(other, 0.5)[0]).payload[:6] == bytes.fromhex("02016957b278")
    given_ = Site(unit(), options())
    given_.end.submit(Payload("1234", "EVENT", "77FF"), at(0.0))
    assert opened(spoken(given_, 0.5)[0]).payload == b"\x77\xff"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Payload("1234", "ADM-CID", "00"), "token 'ADM-CID' is not known"),
        (Payload("1234", "EVENT", "xyz"), "hexadecimal"),
        (Payload("1234", "EVENT", "00" * 178), "at most 177"),
        (event("1G0"), "cannot say this"),
        (event("AB", scheme=Scheme.OTHER), "use contact-id or sia"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(message: Any, words: str) -> None:
    site = Site(unit(), options())
    with pytest.raises(UnsendableError, match=words):
        site.end.submit(message, at(0.0))
    assert site.end.unfinished == ()


def test_a_full_queue_is_an_error() -> None:
    end = RadioSendingEnd(
        unit(), options(), counters=Blocks(), shelf=Shelf(), random=Site(unit(), options()).random, max_queue=2
    )
    end.submit(event(), at(0.0))
    end.submit(event(), at(0.0))
    with pytest.raises(QueueFullError, match="2 events wait"):
        end.submit(event(), at(0.0))


def test_what_the_airtime_budget_never_allows_is_refused() -> None:
    """It would hold up everything behind it."""
    profile = ax25(1200, duty_cycle=0.02, duty_window_s=60.0)
    site = Site(unit(), options(profile))
    site.end.submit(event(), at(0.0))
    with pytest.raises(UnsendableError, match="raise duty_cycle"):
        site.end.submit(Payload("1234", "EVENT", "00" * 100), at(0.0))


# Disks


def test_an_event_that_cannot_be_kept_is_not_taken() -> None:
    site = Site(unit(), options())
    site.shelf.fails = True
    with pytest.raises(OSError, match="No space left"):
        site.end.submit(event(), at(0.0))
    assert site.end.unfinished == ()
    assert spoken(site) == []


def test_an_event_that_is_kept_goes_out_though_the_disk_fails_then() -> None:
    """And its outcome is told once, and written down when that is possible again."""
    centre, site = Centre(options(), [unit()]), Site(unit(), options())
    world = World(centre, [site])
    site.end.disconnected(at(0.0))
    site.end.submit(event(), at(0.0))
    site.shelf.fails = True
    site.end.connected(at(0.0))
    assert world.run(10, lambda: bool(site.outcomes))
    assert centre.events == [("1234", "130")]
    world.run(10)
    site.shelf.fails = False
    world.run(10)
    site.restart()
    world.run(10)
    assert len(centre.stored) == 1
    assert site.end.unfinished == ()


def test_without_a_counter_nothing_is_said_until_there_is_one() -> None:
    site = Site(unit(test_s=5), options())
    site.counters.fails = True
    world = World(Centre(options(), [unit()]), [site])
    site.end.submit(event(), at(0.0))
    site.end.submit(LinkTest("1234"), at(0.0))
    world.run(2)
    assert [outcome.kind for outcome in site.outcomes] == [OutcomeKind.GAVE_UP]
    site.end.receive(framed(options(), sealed(Poll(), 0)), at(world.now))
    world.run(30)
    assert site.said == []
    site.counters.fails = False
    assert world.run(10, lambda: len(site.outcomes) == 2)


def test_a_spoilt_shelf_is_an_error_that_says_so() -> None:
    site = Site(unit(), options())
    for data in (b"\xff", b"rubbish", site.shelf.data + b"x"):
        site.shelf.data = data
        with pytest.raises(ShelfError, match="saved queue of account 1234"):
            site.restart()


# What it believes


def waiting(**others: Any) -> Site:
    """A unit with one event on the air."""
    site = Site(unit(**others), options())
    site.end.submit(event(), at(0.0))
    assert len(spoken(site, 0.5)) == 1
    return site


@pytest.mark.parametrize(
    "datagram",
    [
        sealed(Ack(1, Result.STORED), 0),
        sealed(Ack(0, Result.STORED), 0)[:-1] + b"\0",
        sealed(Ack(0, Result.STORED), 0, station=2),
        sealed(Ack(0, Result.STORED), 0, network=2),
        sealed(Ack(0, Result.STORED), 0, key=KEY2),
        sealed(b"\0" * 7, 0, type_=Type.ACK),
        sealed(b"", 0, type_=Type.CMD),
        sealed(b"18E13001015", 0),
        sealed(SyncResponse(bytes(8), 0), 0),
        sealed(b"", 0, type_=Type.POLL),
    ],
    ids=["counter", "tag", "station", "network", "key", "short", "CMD", "EVENT", "SYNC", "POLL"],
)
def test_nothing_but_its_own_acknowledgement_ends_an_event(datagram: bytes) -> None:
    site = waiting()
    assert list(site.end.receive(framed(options(), datagram), at(1.0))) == []
    assert len(site.end.unfinished) == 1


def test_an_acknowledgement_of_the_same_counter_under_another_key_is_none() -> None:
    """Counters of a new key begin at 0 again while something of the old one is still on its way."""
    site = waiting()
    site.given = unit(key=KEY2, former=(KEY,))
    site.restart()
    site.end.expire(at(1.0))
    site.end.receive(framed(options(), sealed(Ack(0, Result.STORED), 0, key=KEY2)), at(1.0))
    assert len(site.end.unfinished) == 1
    site.end.receive(framed(options(), sealed(Ack(0, Result.STORED), 0)), at(2.0))
    assert site.end.unfinished == ()


@pytest.mark.parametrize(
    ("result", "kind"),
    [(0, OutcomeKind.ACCEPTED), (2, OutcomeKind.REFUSED), (3, OutcomeKind.REFUSED), (99, OutcomeKind.REFUSED)],
)
def test_whatever_the_result_is_the_event_is_not_repeated(result: int, kind: OutcomeKind) -> None:
    """A longer acknowledgement, and reserved flags, are borne."""
    site = waiting()
    ack = sealed(bytes(6) + bytes((result, 0xFF, 1, 2, 3)), 0, type_=Type.ACK, flags=0xF0)
    (outcome,) = site.end.receive(framed(options(), ack), at(1.0))
    assert getattr(outcome, "kind", None) is kind
    assert len(spoken(site, 100.0)) == 1


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from([options(), modem(), modem(0), modem(level=Level.TRAILING_BYTE)]),
    st.binary(max_size=200),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=10),
)
def test_no_bytes_raise(settings_: Any, junk: bytes, hits: list[tuple[int, int]]) -> None:
    site = Site(unit(), settings_)
    site.end.submit(event(), at(0.0))
    ack = bytearray(framed(settings_, sealed(Ack(5, Result.STORED), 0)))
    for place, value in hits:
        ack[place % len(ack)] = value
    for now, data in enumerate((junk, bytes(ack), b"\xc0\x50", junk[::-1], b"\xc0\xc0\xc0")):
        site.end.receive(data, at(float(now)))
        site.end.data_to_send()
    assert len(site.end.unfinished) == 1


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([one for one in Type if one.direction == 1]), st.binary(max_size=177))
def test_no_authentic_payload_raises(type_: Type, payload: bytes) -> None:
    site = waiting()
    site.shelf.fails = True
    site.end.receive(framed(options(), sealed(payload, 9, type_=type_)), at(1.0))
    site.end.expire(at(2.0))
    site.end.data_to_send()


# Wrong on purpose


def spoilt(**quirks: Any) -> list[bytes]:
    """What a unit with quirks says of two events."""
    site = Site(unit(ways=type(unit().ways).ONE, copies=1), options(), quirks=Quirks(**quirks))
    for number in ("001", "002"):
        site.end.submit(event(number=number), at(0.0))
    return spoken(site, 20.0)


def test_every_quirk_does_what_its_sentence_says() -> None:
    plain = spoilt()
    assert [header_of(each).counter for each in plain] == [0, 1]
    reused = spoilt(reuse_counter=True)
    assert [header_of(each).counter for each in reused] == [0, 0]
    assert reused[0] != reused[1]
    assert {header_of(each).network for each in spoilt(network=9)} == {9}
    assert {header_of(each).key_id for each in spoilt(key_id=7)} == {7}
    assert [bytes((one[15] ^ 1,)) for one in plain] == [one[15:16] for one in spoilt(flip=120)]
    assert spoilt(copies=3) == [plain[0]] * 3 + [plain[1]] * 3
    assert spoilt(replay=1) == [plain[0], plain[1], plain[0]]
    assert set(Quirks.__struct_fields__) == set(WIRE.quirks)


@pytest.mark.parametrize(
    ("quirks", "why"),
    [
        ({"network": 9}, "foreign"),
        ({"key_id": 9}, "unknown"),
        ({"flip": 200}, "forged"),
    ],
)
def test_a_centre_refuses_what_quirks_make(quirks: dict[str, int], why: str) -> None:
    centre, site = Centre(options(), [unit()]), Site(unit(), options(), quirks=Quirks(**quirks))  # type: ignore[arg-type]
    world = World(centre, [site])
    site.end.submit(event(), at(0.0))
    world.run(20)
    assert {each.refused for each in centre.refused} == {why}
    assert (centre.stored, world.sent, site.outcomes) == ([], [], [])


def test_a_centre_takes_one_of_two_under_one_counter_and_no_replay() -> None:
    centre = Centre(options(), [unit()])
    site = Site(unit(attempts=2), options(), quirks=Quirks(reuse_counter=True))
    world = World(centre, [site])
    for number in ("001", "002"):
        site.end.submit(event(number=number), at(0.0))
    world.run(60)
    assert len(centre.stored) == 1
    assert centre.refused
    old = Centre(options(), [unit()])
    replaying = Site(unit(), options(), quirks=Quirks(replay=70))
    world = World(old, [replaying])
    for number in range(80):
        replaying.end.submit(event(number=f"{number:03}"), at(0.0))
    assert world.run(600, lambda: len(replaying.outcomes) == 80)
    world.run(5)
    assert len(old.stored) == 80
    assert len(old.refused) == 10


@pytest.mark.parametrize("quirks", [{"network": 70000}, {"copies": 0}, {"flip": 5000}, {"no_such_switch": True}])
def test_quirks_that_none_can_have_are_refused(quirks: dict[str, int | bool]) -> None:
    with pytest.raises(QuirksError):
        WIRE.sending(Speaker(account="1234", quirks=quirks))


def test_a_speaker_becomes_a_unit() -> None:
    """And without radio settings the error says what is missing."""
    with pytest.raises(UnsendableError, match="its network, its number, its key"):
        WIRE.sending(Speaker(account="1234"))
    site = Site(unit(), options())
    radio = RadioSpeaker(unit=unit(), options=options(), counters=site.counters, shelf=site.shelf, random=site.random)
    end = WIRE.sending(Speaker(account="1234", radio=radio, quirks={"network": 3}))
    end.submit(event(), at(0.0))
    end.expire(at(1.0))
    (found,) = split(options(), end.data_to_send())
    assert header_of(found[0]).network == 3 != NETWORK


def test_a_unit_has_an_address_of_its_number() -> None:
    addresses = {str(Unit(station=one, account="1", key=KEY).address) for one in range(5000)}
    assert len(addresses) == 5000
    assert str(Unit(station=0xFFFFFFFF, account="1", key=KEY).address) == "4FTI4F-15"
