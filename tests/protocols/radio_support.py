"""What the tests of radio share: units, a centre with a journal's memory, and a channel between them in given time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from itertools import count
from random import Random

from protocols.channel import Profile, ax25, transparent
from protocols.datagram import Header, Opened, RadioKey, Standing, Suite, Type, Window, header, seal
from protocols.datagram import open as open_datagram
from protocols.datagram.payloads import Payload, decode, encode, type_of
from protocols.ends import Limits, Outcome, Source
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Qualifier, Scheme, Signal, Verdict
from protocols.radio.book import Outstation, Units, counter_name
from protocols.radio.channel import RadioChannel
from protocols.radio.framing import Frame, Where, framing_of
from protocols.radio.options import Modem, RadioOptions
from protocols.radio.receiving import TO_ALL, RadioReceivingEnd
from protocols.radio.sending import RadioSendingEnd
from protocols.radio.shelf import MemoryShelf
from protocols.radio.unit import Quirks, Unit

NETWORK = 0x0A01
WALL = 1767355200.0
KEY = RadioKey(1, Suite.AES_CCM_8, bytes(range(16)))
KEY2 = RadioKey(2, Suite.CHACHA20_POLY1305, bytes(range(32)))
SOURCE = Source("air", "radio", "/dev/ttyUSB0", "/dev/ttyUSB0", "serial")
FAST = ax25(9600, tx_delay_s=0.05)


def at(mono: float) -> Moment:
    """A moment of the tests' time."""
    return Moment(WALL + mono, mono)


def options(profile: Profile = FAST, **others: object) -> RadioOptions:
    """A channel over a KISS modem."""
    return RadioOptions(network=NETWORK, profile=profile, **others)  # type: ignore[arg-type]


def modem(fec: int = 16, **others: object) -> RadioOptions:
    """A channel over a transparent modem."""
    profile = transparent(9600, tx_delay_s=0.05, persistence=255)
    return RadioOptions(network=NETWORK, profile=profile, modem=Modem.TRANSPARENT, fec=fec, **others)  # type: ignore[arg-type]


def unit(station: int = 0x1234, **others: object) -> Unit:
    """A unit."""
    given: dict[str, object] = {"account": f"{station:04X}", "key": KEY, **others}
    return Unit(station=station, **given)  # type: ignore[arg-type]


def entry(one: Unit, **others: object) -> Outstation:
    """What the centre knows of a unit."""
    given: dict[str, object] = {
        "account": one.account,
        "ways": one.ways,
        "keys": (*one.former, one.key),
        "speaks": one.key.key_id,
        "test_s": one.test_s,
        **others,
    }
    return Outstation(station=one.station, **given)  # type: ignore[arg-type]


def event(code: str = "130", number: str = "015", scheme: Scheme = Scheme.CONTACT_ID, **others: object) -> Signal:
    """An event that a unit can say."""
    given: dict[str, object] = {"qualifier": Qualifier.NEW, "partition": "01", "number": number, **others}
    return Signal(account="1234", scheme=scheme, code=code, **given)  # type: ignore[arg-type]


class Blocks:
    """Counters on a disk that can fail: blocks are reserved before use, and a restart loses what is left of one."""

    def __init__(self, block: int = 8) -> None:
        self.block = block
        self.bounds: dict[str, int] = {}
        self.fails = False
        self._next: dict[str, int] = {}

    def take(self, name: str, count: int = 1) -> int:
        """As ``CounterStore.take``."""
        bound = self.bounds.get(name, 0)
        first = self._next.get(name, bound)
        if first + count > bound:
            if self.fails:
                raise OSError(28, "No space left on device")
            self.bounds[name] = first + count + self.block
        self._next[name] = first + count
        return first

    def restart(self) -> None:
        """Only what is on disk is left."""
        self._next.clear()


class Shelf(MemoryShelf):
    """A shelf whose disk can fail."""

    fails = False

    def save(self, data: bytes) -> None:
        """Keep these, or not."""
        if self.fails:
            raise OSError(28, "No space left on device")
        super().save(data)


class Centre:
    """The station: its end, and a journal that keeps windows. ``hold`` leaves arrivals undecided for a while."""

    def __init__(self, settings: RadioOptions, units: Iterable[Unit | Outstation], seed: int = 1) -> None:
        self.book = Units([one if isinstance(one, Outstation) else entry(one) for one in units])
        self.settings = settings
        self.counters = Blocks()
        self.random = Random(seed)
        self.windows: dict[str, Window] = {}
        self.stored: list[Arrival] = []
        """Everything that was taken as new, events, tests and all."""
        self.refused: list[Arrival] = []
        self.copies: list[Arrival] = []
        self.noise: list[Noise] = []
        self.start()

    def start(self) -> None:
        """A run begins: only what is on disk is known."""
        self.channel = RadioChannel(self.settings, self.book, self.counters, self.random)
        self.connect()

    def connect(self) -> None:
        """The modem is there again."""
        self.end = RadioReceivingEnd(SOURCE, lambda *_: Dialect(account_key="k"), self.channel, Limits())

    def restart(self) -> None:
        """As after a crash."""
        self.counters.restart()
        self.start()

    @property
    def events(self) -> list[tuple[str, str]]:
        """Account and code of what was delivered."""
        return [(each.account, signal.code) for each in self.stored for signal in each.signals]

    def hear(self, data: bytes, now: float, *, decide: bool = True) -> list[Arrival | Noise]:
        """Bytes come; what they are is stored, and then decided."""
        heard: list[Arrival | Noise] = []
        items = self.end.receive(data, at(now))
        while True:
            heard += items
            for item in items:
                if isinstance(item, Noise):
                    self.noise.append(item)
                else:
                    verdict = self.store(item)
                    if decide:
                        self.end.decide(item, verdict, at(now))
            if not self.end.held:
                return heard
            items = self.end.receive(b"", at(now))

    def store(self, arrival: Arrival) -> Verdict:
        """What a journal makes of it."""
        if arrival.refused:
            self.refused.append(arrival)
            return Verdict.REFUSED
        counter = arrival.counter
        assert counter is not None
        window = self.windows.get(counter.window, Window())
        standing = window.ask(counter.number, counter.mark)
        if standing is Standing.SEEN:
            self.copies.append(arrival)
            return Verdict.DUPLICATE
        if standing is not Standing.NEW:
            self.refused.append(arrival)
            return Verdict.REFUSED
        self.windows[counter.window] = window.taken(counter.number, counter.mark)
        if not arrival.timely:
            return Verdict.STALE
        self.stored.append(arrival)
        by_kind = {
            ArrivalKind.LINK_TEST: Verdict.ALIVE,
            ArrivalKind.MALFORMED: Verdict.MALFORMED,
            ArrivalKind.UNSUPPORTED: Verdict.UNSUPPORTED,
        }
        return by_kind.get(arrival.kind, Verdict.STORED)


class Site:
    """A unit with its disk."""

    def __init__(self, given: Unit, settings: RadioOptions, seed: int = 2, quirks: Quirks = Quirks()) -> None:  # noqa: B008
        self.given = given
        self.settings = settings
        self.counters = Blocks()
        self.shelf = Shelf()
        self.quirks = quirks
        self.random = Random(seed)
        self.outcomes: list[Outcome] = []
        self.said: list[bytes] = []
        """Every datagram that was on the air, in order."""
        self.start()

    def start(self) -> None:
        """Power."""
        self.end = RadioSendingEnd(
            self.given,
            self.settings,
            counters=self.counters,
            shelf=self.shelf,
            random=self.random,
            quirks=self.quirks,
        )

    def restart(self) -> None:
        """As after a power cut."""
        self.counters.restart()
        self.start()


class World:
    """A centre and its sites on one channel. ``lost`` says of a frame whether it is lost on its way."""

    def __init__(self, centre: Centre, sites: Iterable[Site]) -> None:
        self.centre = centre
        self.sites = list(sites)
        self.now = 0.0
        self.lost: Callable[[Site, bool, bytes], bool] = lambda site, up, datagram: False
        """``up``: to the centre."""
        self.acks_off = False
        self.sent: list[tuple[float, bytes]] = []
        """What the centre said, and when."""
        self._numbers = count()
        self._on_way: list[tuple[float, int, Site, bool, bytes]] = []

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass, or until something holds; whether it does."""
        stop = self.now + seconds
        while True:
            self._flush()
            if until():
                return True
            due = [end.next_timeout() for end in self._ends()]
            times = [max(one, self.now) for one in due if one is not None]
            if self._on_way:
                times.append(self._on_way[0][0])
            then = min(times, default=stop)
            if then >= stop:
                self.now = stop
                return until()
            # Timers may be asked for again at once, but not for ever.
            self.now = max(then, self.now + 1e-4)
            while self._on_way and self._on_way[0][0] <= self.now:
                _, _, site, up, frame = heapq.heappop(self._on_way)
                self._arrive(site, up, frame)
            self._expire()

    def _ends(self) -> list[RadioReceivingEnd | RadioSendingEnd]:
        return [self.centre.end, *(site.end for site in self.sites)]

    def _expire(self) -> None:
        self.centre.end.expire(at(self.now))
        for site in self.sites:
            site.outcomes += [one for one in site.end.expire(at(self.now)) if isinstance(one, Outcome)]

    def _flush(self) -> None:
        for datagram, frame in split(self.centre.settings, self.centre.end.data_to_send()):
            self.sent.append((self.now, datagram))
            for site in self.sites:
                if not self.acks_off and not self.lost(site, False, datagram):
                    self._send(site, False, frame, datagram)
        for site in self.sites:
            for datagram, frame in split(site.settings, site.end.data_to_send()):
                site.said.append(datagram)
                if not self.lost(site, True, datagram):
                    self._send(site, True, frame, datagram)

    def _send(self, site: Site, up: bool, frame: bytes, datagram: bytes) -> None:
        settings = site.settings
        airtime = settings.profile.airtime(settings.frame_bytes(len(datagram)))
        heapq.heappush(self._on_way, (self.now + airtime, next(self._numbers), site, up, frame))

    def _arrive(self, site: Site, up: bool, frame: bytes) -> None:
        if up:
            self.centre.hear(frame, self.now)
            return
        site.outcomes += [one for one in site.end.receive(frame, at(self.now)) if isinstance(one, Outcome)]


def split(settings: RadioOptions, data: bytes) -> list[tuple[bytes, bytes]]:
    """The datagrams of what an end writes, each with its frame; settings of a TNC are left out."""
    framing = framing_of(settings, ours=settings.call, to=TO_ALL)
    items = framing.feed(data, lambda datagram: True)
    return [(item.datagram, item.raw) for item in items if isinstance(item, Frame)]


def only(settings: RadioOptions, data: bytes) -> bytes:
    """The one datagram of what an end writes."""
    ((datagram, _),) = split(settings, data)
    return datagram


def opened(datagram: bytes, *keys: RadioKey) -> Opened:
    """What a datagram says to who has the key."""
    found = [one for key in keys or (KEY,) if (one := open_datagram(datagram, key)) is not None]
    assert found, datagram.hex()
    return found[0]


def said(datagram: bytes, *keys: RadioKey) -> object:
    """Its payload."""
    found = opened(datagram, *keys)
    return decode(found.header.type, found.payload)


def sealed(
    payload: Payload | bytes,
    counter: int,
    *,
    type_: Type | None = None,
    key: RadioKey = KEY,
    station: int = 0x1234,
    network: int = NETWORK,
    flags: int = 0,
) -> bytes:
    """A datagram as the tests want it."""
    type_ = type_ or (Type.EVENT if isinstance(payload, bytes) else type_of(payload))
    data = payload if isinstance(payload, bytes) else encode(payload)
    return seal(Header(type_, flags, network, station, key.key_id, counter), data, key)


def framed(settings: RadioOptions, datagram: bytes) -> bytes:
    """A datagram as the modem hands it over."""
    return framing_of(settings, ours=settings.call, to=settings.call).wrap(datagram, Where())


def header_of(datagram: bytes) -> Header:
    """The header."""
    head = header.read(datagram)
    assert head is not None
    return head


def names(site: Site) -> list[str]:
    """Counter names of a unit's keys, as they stand in its store."""
    return [counter_name(NETWORK, site.given.station, key.key_id, 0) for key in (*site.given.former, site.given.key)]
