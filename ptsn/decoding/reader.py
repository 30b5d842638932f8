"""One flow of a capture into messages, whatever protocol they are of.

DC-09 is looked for in every flow from its first byte on. Beside it the first bytes are shown to the other protocols,
and where one is sure, the flow is its own. In a flow whose protocol is known, what that protocol calls noise is looked
at once more: it may be answers of the station, where both directions were captured as one, or of another protocol.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from protocols import auto
from protocols.choosing import MOST, Chooser
from protocols.dc09 import Decoder as DC09Decoder
from protocols.dc09.strangers import guess
from protocols.lines.options import SourceOptions
from protocols.lines.scanning import KEPT_NOISE
from protocols.model import Arrival, ArrivalKind, Dialect, Noise
from protocols.wire import Wire
from protocols.wires import BY_NAME
from ptsn.decoding.answers import Answers, front, has, split
from ptsn.decoding.blocks import Blocks

AUTO = auto.NAME
DC09 = "dc09"
LOOKED = 1 << 16
"""Bytes of a flow without ports, as of a serial line, in which a protocol is looked for; of others ``MOST``."""
_KNOWN_STRANGERS = frozenset(("garbage", "sia-blocks", "osborne-hoffman"))
"""Guesses of DC-09 that another protocol may still explain."""
_OTHERS = tuple(wire for wire in BY_NAME.values() if wire.name != DC09)
_BY_TRANSPORT = {
    kind: tuple(wire for wire in _OTHERS if not kind or kind in wire.transports) for kind in ("", "tcp", "udp")
}


class Settled(Struct, frozen=True):
    """What is known of every flow beforehand."""

    dialect: Dialect = Dialect()
    protocol: str = AUTO
    options: SourceOptions = SourceOptions()


class Reader:
    """One flow. ``wire`` is the name of its protocol, ``""`` while it is not known."""

    __slots__ = (
        "_answers",
        "_blocks",
        "_chooser",
        "_dc09",
        "_decoder",
        "_front",
        "_front_size",
        "_held",
        "_last",
        "_looked",
        "_most",
        "_settled",
        "_wall",
        "answering",
        "spoke",
        "variant",
        "wire",
    )

    def __init__(
        self, settled: Settled, wall: float, *, transport: str = "", ports: bool = False, protocol: str = ""
    ) -> None:
        self._settled = settled
        self._wall = wall
        self.wire = ""
        self.answering = False
        """This is the station's side of a conversation."""
        self.spoke = False
        """A message came, or begins, and not only answers."""
        self.variant = ""
        """``Arrival.dialect`` of the last message."""
        self._dc09: DC09Decoder | None = None
        self._decoder: auto.Decoder | None = None
        self._answers: Answers | None = None
        self._blocks: Blocks | None = None
        self._chooser: Chooser | None = None
        self._held: list[Arrival | Noise] = []
        """What DC-09 says of bytes that may still be of another protocol."""
        self._front, self._front_size = b"", 0
        """Bytes that no protocol was sure of, in front of those that the chooser holds."""
        self._looked = 0
        self._most = MOST if ports else LOOKED
        self._last: Arrival | None = None
        chosen = protocol or ("" if settled.protocol == AUTO else settled.protocol)
        if chosen and chosen != DC09:
            self._use(BY_NAME[chosen])
            return
        self._dc09 = DC09Decoder(wall=wall, dialect=settled.dialect)
        if chosen:
            self.wire = DC09
        elif wires := _BY_TRANSPORT.get(transport, _OTHERS):
            self._chooser = Chooser(wires)

    def feed(self, data: bytes) -> Iterator[Arrival | Noise]:
        """What is complete with ``data``."""
        if self._answers is not None:
            yield from self._answers.feed(data)
        elif self._decoder is not None:
            yield from self._read(self._decoder.feed(data), data)
            self.spoke = self.spoke or (self._blocks is not None and self._blocks.named)
        elif self._chooser is not None:
            yield from self._look(self._chooser, data)
        elif self._dc09 is not None:
            yield from self._sorted(self._dc09.feed(data))

    def close(self) -> Iterator[Arrival | Noise]:
        """What is left at the end."""
        chooser = self._chooser
        if chooser is not None:
            wire = chooser.choose_now(True) if chooser.data else None
            if wire is not None:
                yield from self._become(wire, chooser)
            else:
                yield from self._give_up()
        if self._answers is not None:
            yield from self._answers.close()
        elif self._decoder is not None:
            yield from self._read(self._decoder.close(), b"")
            if self._blocks is not None:
                yield from self._blocks.rest()
        elif self._dc09 is not None:
            yield from self._sorted(self._dc09.close())

    def so_far(self) -> Iterator[Arrival]:
        """What was said and is answered now, though it is no message yet."""
        if self._blocks is not None:
            yield from self._blocks.so_far()

    def answer(self, wire: str, variant: str) -> Iterator[Arrival | Noise]:
        """The other direction of the conversation speaks ``wire``: what is here, and comes, are answers to it."""
        if self.wire not in ("", wire):
            return
        begun = b""
        if self._chooser is not None:
            begun = self._front + self._chooser.data
            if self._front_size > len(self._front):
                yield Noise(self._front, "garbage", self._front_size)
                begun = self._chooser.data
        elif self._decoder is not None:
            yield from self._read(self._decoder.close(), b"")
        self._chooser = self._dc09 = self._decoder = self._blocks = None
        self._held = []
        self.wire, self.answering = wire, True
        if has(wire) and (wire != "sia" or variant == "texecom"):
            self._answers = Answers(wire)
        else:
            self._use(BY_NAME[wire])
        if begun:
            yield from self.feed(begun)

    # The first bytes

    def _look(self, chooser: Chooser, data: bytes) -> Iterator[Arrival | Noise]:
        assert self._dc09 is not None
        items = list(self._dc09.feed(data))
        if not self._held and not chooser.data and items and isinstance(items[0], Arrival):
            self._settle(DC09)
            yield from self._sorted(iter(items))
            return
        chooser.data += data
        self._looked += len(data)
        wire = chooser.choose_now(False)
        if wire is not None:
            yield from self._become(wire, chooser)
            return
        self._held += items
        if any(isinstance(item, Arrival) or item.guess.startswith("dc09.") for item in items):
            self._settle(DC09)
        elif self._looked > self._most or any(
            isinstance(item, Noise) and item.guess not in _KNOWN_STRANGERS for item in items
        ):
            self._settle("")
        elif chooser.overflow():
            given, _ = chooser.give_up(keep=True)
            self._front = (self._front + given)[:KEPT_NOISE]
            self._front_size += len(given)
        if self._chooser is None:
            yield from self._give_up()

    def _settle(self, wire: str) -> None:
        """It is DC-09, or nothing that is known."""
        self.wire = wire
        self._chooser = None

    def _give_up(self) -> Iterator[Arrival | Noise]:
        """Only DC-09 is looked for from now on."""
        self._chooser = None
        held, self._held = self._held, []
        yield from self._sorted(iter(held))

    def _become(self, wire: Wire, chooser: Chooser) -> Iterator[Arrival | Noise]:
        """All that is here is of a protocol that is sure of it."""
        if self._front_size:
            yield Noise(self._front, guess(self._front) or "garbage", self._front_size)
        self._chooser = self._dc09 = None
        self._held = []
        self._use(wire)
        yield from self.feed(chooser.give_up()[0])

    def _use(self, wire: Wire) -> None:
        self.wire = wire.name
        settled = self._settled
        self._decoder = auto.Decoder(wire.name, wall=self._wall, dialect=settled.dialect, options=settled.options)
        self._blocks = Blocks() if wire.name == "sia" else None

    # What was read

    def _read(self, items: Iterator[Arrival | Noise], data: bytes) -> Iterator[Arrival | Noise]:
        blocks = self._blocks
        if blocks is None:
            yield from self._sorted(items)
            return
        blocks.feed(data)
        for item in items:
            yield from blocks.before(item)
            yield from self._sorted(iter((item,)))
        yield from blocks.ended()

    def _sorted(self, items: Iterator[Arrival | Noise]) -> Iterator[Arrival | Noise]:
        for item in items:
            if isinstance(item, Noise):
                yield from self._noise(item)
            else:
                yield self._arrival(item)

    def _arrival(self, item: Arrival) -> Arrival:
        """A message; one that repeats what the panel said, or answers, is an answer."""
        if item.kind is ArrivalKind.LINK_TEST and (self.answering or _echoes(item, self._last)):
            return replace(item, kind=ArrivalKind.ANSWER)
        last = self._last
        copy = last is not None and last.kind is ArrivalKind.MALFORMED and item.raw == last.raw
        if last is not None and copy and item.kind is ArrivalKind.OPAQUE:
            return last  # a station lets the second copy pass
        self.variant = item.dialect
        if item.kind is not ArrivalKind.ANSWER:
            self._last = item
            self.spoke = True
        return item

    def _noise(self, noise: Noise) -> Iterator[Arrival | Noise]:
        """Noise of a flow that is known: answers, messages of another protocol, or noise indeed."""
        if self.wire and noise.size == len(noise.raw):
            found = self._answered(noise.raw) if self.wire != DC09 else []
            if found:
                yield from found
                return
            if (self._settled.protocol == AUTO) and (other := self._other(noise.raw)):
                yield from other
                return
        yield noise

    def _answered(self, raw: bytes) -> list[Arrival | Noise]:
        """The answers of which noise consists, or which stand in front of a message that could not be seen for them."""
        if found := split(self.wire, raw):
            return [*found]
        found, rest = front(self.wire, raw)
        if not found:
            return []
        reader = Reader(replace(self._settled, protocol=self.wire), self._wall)
        decoder = reader._decoder
        assert decoder is not None
        items = [*decoder.feed(rest), *decoder.close()]
        if not any(isinstance(item, Arrival) for item in items):
            return []
        more: list[Arrival | Noise] = []
        for item in items:
            more += (split(self.wire, item.raw) or [item]) if isinstance(item, Noise) else [self._arrival(item)]
        return [*found, *more]

    def _other(self, raw: bytes) -> list[Arrival | Noise]:
        """The messages of another protocol; none where there are none."""
        chooser = Chooser(tuple(wire for wire in BY_NAME.values() if wire.name != self.wire))
        chooser.data = raw
        wire = chooser.choose_now(True)
        if wire is None:
            return []
        reader = Reader(replace(self._settled, protocol=wire.name), self._wall)
        items = [*reader.feed(raw), *reader.close()]
        return items if any(isinstance(item, Arrival) for item in items) else []


def _echoes(item: Arrival, last: Arrival | None) -> bool:
    """Whether a link test of a D6600 is the station's answer: it has the numbers of the message before it."""
    if item.protocol != "d6600" or last is None or last.protocol != item.protocol:
        return False
    numbers = last.sequence, last.receiver, last.line or "00"
    return (item.sequence, item.receiver, item.line) == numbers
