"""What outlives the connection to a modem: who may send when, what of us is on its way, whom to poll, what was counted.

All ends of one adapter share one of these, so that a modem that is unplugged and comes back finds the airtime budget,
the polls and the figures as they were.
"""

from __future__ import annotations

from random import Random

from msgspec import Struct

from protocols.channel import Access, ChannelFullError, Load, Priority, TooLongError, Transmission
from protocols.datagram import FEC_INSIDE, FROM_CENTRE, DatagramError, Header, seal
from protocols.datagram.payloads import Payload, encode, type_of
from protocols.ends import CounterStore
from protocols.radio.book import Book, Outstation, counter_name
from protocols.radio.framing import Where
from protocols.radio.options import RadioOptions
from protocols.radio.polling import Polls


class Counted(Struct):
    """What a channel saw since the start. Frames are counted once each."""

    frames: int = 0
    """All that were read."""
    accepted: int = 0
    """Authentic ones, copies among them."""
    forged: int = 0
    unknown: int = 0
    foreign: int = 0
    centre: int = 0
    """Of a centre: ours by way of a digipeater, or another one."""
    garbled: int = 0
    repaired: int = 0
    """Bytes that forward error correction put right."""
    acks: int = 0
    polls: int = 0
    given_up: int = 0
    """Of ours, that found no counter, no room in the queue or no airtime in time."""


STALE_S = 30.0
"""What could not be sent for so long is dropped: the unit has repeated, or will."""


class RadioChannel:
    """One channel, from the centre's side."""

    def __init__(self, options: RadioOptions, book: Book, counters: CounterStore, random: Random) -> None:
        self.options = options
        self.book = book
        self.counters = counters
        self.random = random
        self.access = Access(options.access, random)
        self.polls = Polls(book, random)
        self.counted = Counted()
        self.where: dict[int, Where] = {}
        """How each unit was reached last, by its number."""
        self._stale_at: dict[object, float] = {}
        """Token of what waits, and until when it is worth sending."""

    def load(self, now: float) -> Load:
        """How busy the channel was in the last minutes."""
        return self.access.load(now)

    def seal(self, unit: Outstation, key_id: int, payload: Payload) -> tuple[int, bytes] | None:
        """What the centre says to a unit, under the next counter, and that counter.

        None where the unit has no such key any more, or no counter can be reserved.
        """
        key = unit.key(key_id)
        if key is None:
            return None
        options = self.options
        try:
            number = self.counters.take(counter_name(options.network, unit.station, key_id, FROM_CENTRE))
            flags = FEC_INSIDE if options.fec else 0
            head = Header(type_of(payload), flags, options.network, unit.station, key_id, number)
            return number, seal(head, encode(payload), key)
        except (OSError, DatagramError):
            self.counted.given_up += 1
            return None

    def submit(self, frame: bytes, priority: Priority, now: float, token: object) -> bool:
        """Queue a frame in place of what waits under the same token. False where there is no room."""
        self.access.drop(token)
        jitter = self.random.uniform(0, self.options.profile.slot_s)
        try:
            given_up = self.access.submit(frame, priority, now, now + jitter, token)
        except (ChannelFullError, TooLongError):
            self.counted.given_up += 1
            return False
        if given_up is not None:
            self._stale_at.pop(given_up, None)
            self.counted.given_up += 1
        self._stale_at[token] = now + STALE_S
        return True

    def take(self, now: float) -> Transmission | None:
        """What to send now."""
        for token in [token for token, at in self._stale_at.items() if at <= now]:
            del self._stale_at[token]
            self.counted.given_up += self.access.drop(token)
        transmission = self.access.take(now)
        if transmission is not None:
            self._stale_at.pop(transmission.token, None)
        return transmission
