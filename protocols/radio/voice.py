"""A unit's way to the air: numbers and seals what is said, frames it, and hands it to the channel access."""

from __future__ import annotations

from collections import deque
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from protocols.channel import Access, ChannelFullError, Priority, TooLongError
from protocols.datagram import FEC_INSIDE, FROM_STATION, LOW_BATTERY, SIZE, DatagramError, Header, Type, header, seal
from protocols.ends import CounterStore
from protocols.radio.book import Name, counter_name
from protocols.radio.framing import Framing, Where, framing_of
from protocols.radio.options import Modem, RadioOptions
from protocols.radio.unit import Quirks, Unit


class Sealed(Struct, frozen=True):
    """A datagram that will be said, however often, in these bytes."""

    name: Name
    datagram: bytes


class Voice:
    """Of one unit."""

    def __init__(
        self,
        unit: Unit,
        options: RadioOptions,
        counters: CounterStore,
        random: Random,
        quirks: Quirks = Quirks(),  # noqa: B008 - immutable
    ) -> None:
        self.unit = unit
        self.options = options
        self.random = random
        self.access = Access(options.access, random)
        self.newest = -1
        """The last counter that was taken, of the unit's key."""
        self._counters = counters
        self._quirks = quirks
        self._said: deque[bytes] = deque(maxlen=quirks.replay + 1)

    def framing(self) -> Framing:
        """For a new connection to the modem."""
        return framing_of(self.options, ours=self.unit.address, to=self.options.call)

    def name_of(self, datagram: bytes) -> Name | None:
        """The name of what an earlier run has sealed; None where no answer to it could be read now."""
        head = header.read(datagram)
        if head is None or (head.network, head.station) != (self._network, self.unit.station):
            return None
        return (head.key_id, head.counter) if self.unit.key_of(head.key_id) is not None else None

    def fits(self, payload: int) -> bool:
        """Whether a datagram with so many bytes of payload can ever be sent within the airtime budget."""
        profile = self.options.profile
        if profile.duty_cycle >= 1:
            return True
        # A few more than without escapes.
        size = self.options.frame_bytes(SIZE + payload + self.unit.key.suite.tag, len(self.unit.path)) + 16
        return profile.airtime(size) < profile.budget_s * (1 - profile.reserve)

    def seal(self, type_: Type, payload: bytes, flags: int = 0) -> Sealed | None:
        """Under the next counter. None while none can be reserved on disk, or when the key is used up."""
        unit = self.unit
        counter = self._take()
        if counter is None:
            return None
        flags |= (LOW_BATTERY if unit.low_battery else 0) | (FEC_INSIDE if self.options.fec else 0)
        key = unit.key if self._quirks.key_id < 0 else replace(unit.key, key_id=self._quirks.key_id)
        try:
            datagram = seal(Header(type_, flags, self._network, unit.station, key.key_id, counter), payload, key)
        except DatagramError:
            return None
        if 0 <= self._quirks.flip < 8 * len(datagram):
            at, bit = divmod(self._quirks.flip, 8)
            datagram = datagram[:at] + bytes((datagram[at] ^ 1 << bit,)) + datagram[at + 1 :]
        return Sealed((key.key_id, counter), datagram)

    def say(self, datagram: bytes, priority: Priority, now: float, token: object, *, first: bool = False) -> bool:
        """Have it sent. False where the channel has no room for it.

        Where no carrier is heard, the ``first`` time of all but panic and fire is at random within two airtimes.
        """
        frame = self.framing().wrap(datagram, Where(path=self.unit.path))
        not_before = None
        if first and priority > Priority.FIRE and self.options.modem is Modem.TRANSPARENT:
            not_before = now + self.random.uniform(0, 2 * self.options.profile.airtime(len(frame)))
        try:
            self.access.submit(frame, priority, now, not_before, token)
            for _ in range(self._quirks.copies - 1):
                self.access.submit(frame, priority, now)
            if self._quirks.replay:
                self._said.append(frame)
                if len(self._said) > self._quirks.replay:
                    self.access.submit(self._said[0], priority, now)
        except (ChannelFullError, TooLongError):
            return False
        return True

    @property
    def _network(self) -> int:
        return self.options.network if self._quirks.network < 0 else self._quirks.network

    def _take(self) -> int | None:
        if self._quirks.reuse_counter and self.newest >= 0:
            return self.newest
        unit = self.unit
        try:
            self.newest = self._counters.take(
                counter_name(self.options.network, unit.station, unit.key.key_id, FROM_STATION)
            )
        except OSError:
            return None
        return self.newest
