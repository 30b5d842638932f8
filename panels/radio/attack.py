"""An attacker on the air of a simulated network: hears everything, is louder than everybody, and has no key.

It records, replays, alters, forges, renumbers, splices and reflects, and may have the power of the centre or of a unit
cut at the right moment. That none of it is believed shows in the network's :class:`Ledger`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

from msgspec.structs import replace

from panels.radio.air import Link, Reception
from panels.radio.network import Network
from panels.radio.wrapping import heard, on_air
from protocols import kiss
from protocols.ax25 import Address
from protocols.datagram import FROM_CENTRE, MAX, SIZE, Header, RadioKey, Suite, Type, header, seal

KEPT = 4000
"""Datagrams that the attacker remembers: the older, the fewer."""
BURST = 40
"""Attacks between two pauses, in which the others may speak."""
PAUSE_S = 0.06
RESTART = 0.002
"""Share of attacks that cut the power of a side first."""
_COUNTERS = 1 << 48


class Attacker:
    """Of one network. ``attacks`` counts them by kind."""

    def __init__(self, network: Network, random: Random) -> None:
        self._network = network
        self._air = network.air
        self._random = random
        self._options = network.options
        self._recent: list[bytes] = []
        self._heard: dict[int, list[bytes]] = {0: [], 1: []}
        """By direction."""
        self._own = RadioKey(1, Suite.AES_CCM_8, random.randbytes(16))
        self._after_restart = 0
        self.attacks: Counter[str] = Counter()
        self.node = self._air.node("attacker", self._hear)
        for name in list(self._air.nodes):
            if name != self.node.name:
                self._air.link(self.node.name, name, Link(level_dbm=-50.0))
        self.kinds: tuple[Callable[[bytes], bytes], ...] = (
            self.replay_late,
            self.header_field,
            self.renumber,
            self.flip,
            self.truncate,
            self.extend,
            self.random_bytes,
            self.guess,
            self.swap_units,
            self.foreign,
            self.reflect,
            self.splice,
            self.new_tag,
            self.two_in_one,
        )

    # The run

    def start(self) -> None:
        """Attack from now on."""
        self._air.at(self._air.now, self._next)

    @property
    def count(self) -> int:
        """Attacks so far."""
        return self.attacks.total()

    def _next(self) -> None:
        random, air = self._random, self._air
        again = air.now + random.expovariate(1 / 0.002)
        if self.count % BURST == 0:
            again += PAUSE_S
        # Often it is polite, so that the others are heard; often it is not, so that they have to repeat.
        if random.random() < 0.2 or not air.busy(self.node):
            frame = self._make()
            end = air.send(self.node, frame, self._options.profile.airtime(len(frame)))
            again = max(again, end)
        air.at(again, self._next)

    def _make(self) -> bytes:
        random = self._random
        if random.random() < RESTART:
            side = random.choice((self._network.centre, *self._network.stations))
            if side.end is not None:
                side.kill()
                self.attacks["power cut"] += 1
                self._after_restart = 30
        if not self._recent:
            kind, datagram = "random bytes", self.random_bytes(b"")
        elif self._after_restart or random.random() < 0.15:
            kind = "replay after restart" if self._after_restart else "replay soon"
            self._after_restart = max(0, self._after_restart - 1)
            datagram = random.choice(self._recent)
        elif self._heard[1] and random.random() < 0.1:
            kind, datagram = "replay to units", random.choice(self._heard[1])
        else:
            attack = random.choice(self.kinds)
            kind, datagram = attack.__name__.replace("_", " "), attack(self._pick())
        self.attacks[kind] += 1
        frame = self._wrap(datagram)
        if random.random() < 0.03:
            self.attacks["framing"] += 1
            return self._break(frame)
        return frame

    def _pick(self) -> bytes:
        direction = 1 if self._heard[1] and self._random.random() < 0.3 else 0
        return self._random.choice(self._heard[direction] or self._recent)

    def _hear(self, reception: Reception) -> None:
        for datagram in heard(reception.data, self._options):
            head = header.read(datagram)
            if head is None:
                continue
            self._recent = [*self._recent[-19:], datagram]
            kept = self._heard[head.direction]
            if len(kept) < KEPT:
                kept.append(datagram)
            else:
                kept[self._random.randrange(KEPT)] = datagram

    def _wrap(self, datagram: bytes) -> bytes:
        random = self._random
        calls = [self._options.call, *(station.unit.address for station in self._network.stations), Address("ALL")]
        return on_air(datagram, self._options, random.choice(calls), random.choice(calls))

    def _break(self, frame: bytes) -> bytes:
        """Damage of the framing: any byte becomes another, or one that frames."""
        at = self._random.randrange(len(frame))
        byte = self._random.choice((kiss.FEND, kiss.FESC, kiss.TFEND, self._random.randrange(256)))
        return frame[:at] + bytes((byte,)) + frame[at + self._random.randrange(2) :]

    # The kinds; each makes a datagram of one that was heard

    def replay_late(self, datagram: bytes) -> bytes:
        """As it was."""
        return datagram

    def header_field(self, datagram: bytes) -> bytes:
        """One field of the header is another."""
        random, head = self._random, header.read(datagram)
        assert head is not None
        changes = (
            {"type": random.choice(tuple(Type))},
            {"flags": head.flags ^ 1 << random.randrange(8)},
            {"network": random.choice((0, head.network ^ 1, random.randrange(65536)))},
            {"station": random.choice((head.station + 1, random.randrange(8), random.getrandbits(32)))},
            {"key_id": random.randrange(256)},
            {"counter": random.choice(((head.counter + 1) % _COUNTERS, max(0, head.counter - 1), _COUNTERS - 1))},
        )
        changed = header.write(replace(head, **random.choice(changes)))
        if random.random() < 0.1:
            changed = bytes((random.choice((0x01, 0x21, 0xF1)) | changed[0] & 0x0F,)) + changed[1:]
        return changed + datagram[SIZE:]

    def renumber(self, datagram: bytes) -> bytes:
        """A counter that is still to come."""
        head = header.read(datagram)
        assert head is not None
        counter = min(_COUNTERS - 1, head.counter + self._random.randint(1, 300))
        return header.write(replace(head, counter=counter)) + datagram[SIZE:]

    def flip(self, datagram: bytes) -> bytes:
        """Some bits, in payload and tag most often."""
        changed = bytearray(datagram)
        for _ in range(self._random.choice((1, 1, 1, 2, 8))):
            at = self._random.randrange(SIZE if self._random.random() < 0.7 else 0, len(changed))
            changed[at] ^= 1 << self._random.randrange(8)
        return bytes(changed)

    def truncate(self, datagram: bytes) -> bytes:
        """Shorter."""
        return datagram[: self._random.randrange(len(datagram))]

    def extend(self, datagram: bytes) -> bytes:
        """Longer, also than allowed."""
        more = self._random.choice((1, 8, 16, MAX - len(datagram), 200))
        return datagram + self._random.randbytes(max(1, more))

    def random_bytes(self, datagram: bytes) -> bytes:
        """Nothing but noise, sometimes under a right first byte."""
        del datagram
        noise = self._random.randbytes(self._random.choice((8, 23, 34, 100, MAX)))
        return (b"\x11" if self._random.random() < 0.5 else noise[:1]) + noise[1:]

    def guess(self, datagram: bytes) -> bytes:
        """The header that comes next, and a tag that might fit."""
        head = header.read(datagram)
        assert head is not None
        head = replace(head, type=self._random.choice(tuple(Type)), counter=(head.counter + 1) % _COUNTERS)
        return header.write(head) + self._random.randbytes(self._random.choice((8, 10, 14, 16, 18)))

    def swap_units(self, datagram: bytes) -> bytes:
        """As if another unit had said it."""
        head = header.read(datagram)
        assert head is not None
        others = [each.unit.station for each in self._network.stations if each.unit.station != head.station]
        return header.write(replace(head, station=self._random.choice(others))) + datagram[SIZE:]

    def foreign(self, datagram: bytes) -> bytes:
        """Rightly sealed, with a key of one's own."""
        random, ours = self._random, self._options.network
        network = random.choice((ours, ours, ours ^ 0x100))
        head = header.read(datagram)
        assert head is not None
        head = Header(random.choice(tuple(Type)), 0, network, head.station, 1, random.randrange(head.counter + 70))
        payload = random.choice((b"18112001001", bytes.fromhex("011120010010"), b"", b"\0", bytes(8)))
        return seal(head, payload, self._own)

    def reflect(self, datagram: bytes) -> bytes:
        """What the centre says goes back to it, as it is or as if a unit had said it; and the other way round."""
        random = self._random
        datagram = random.choice(self._heard[1] or [datagram])
        head = header.read(datagram)
        assert head is not None
        if random.random() < 0.5:
            return datagram
        to = 1 - FROM_CENTRE if head.direction == FROM_CENTRE else FROM_CENTRE
        types = [each for each in Type if replace(head, type=each).direction == to]
        return header.write(replace(head, type=random.choice(types))) + datagram[SIZE:]

    def splice(self, datagram: bytes) -> bytes:
        """The header of one, the body of another; or the body of one and the tag of another."""
        other = self._pick()
        at = SIZE if self._random.random() < 0.5 else max(SIZE, len(datagram) - 8)
        return datagram[:at] + (other[SIZE:] if at == SIZE else other[-8:])

    def new_tag(self, datagram: bytes) -> bytes:
        """Another tag, or a part of it."""
        size = self._random.choice((1, 4, 8))
        return datagram[:-size] + self._random.randbytes(size)

    def two_in_one(self, datagram: bytes) -> bytes:
        """One behind the other."""
        return datagram + self._pick()
