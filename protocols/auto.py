"""The protocol of a stream by its first bytes: for an adapter with ``protocol = "auto"``, and for captures.

Where exactly one wire is sure (:mod:`protocols.choosing`), the stream is its own from the first byte on, for as long as
it lasts; nothing is written before that. Of protocols that cannot be told apart (``protocols.d6600`` names them) the
one that is sure is taken; where two are, neither, and the adapter must name its protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from protocols import ends
from protocols.choosing import Chooser, noise_of
from protocols.dc09 import WIRE as DC09
from protocols.dc09 import Decoder as DC09Decoder
from protocols.ends import Limits, Lookup, Response, Source
from protocols.lines.options import SourceOptions
from protocols.lines.receiving import GAP_S
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Verdict
from protocols.radio import PROTOCOL as RADIO
from protocols.radio import CaptureEnd
from protocols.wire import Wire
from protocols.wires import find

NAME = "auto"
_VERDICTS = {ArrivalKind.LINK_TEST: Verdict.ALIVE, ArrivalKind.MALFORMED: Verdict.MALFORMED}


class ReceivingEnd:
    """One for a connection; implements :class:`protocols.ends.ReceivingEnd`. See the module."""

    name = NAME

    def __init__(self, source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int) -> None:
        self._source = source
        self._lookup = lookup
        self._options = options
        self._limits = limits
        self._first = first
        self._chooser = Chooser()
        self._since: float | None = None
        """Monotonic seconds at which the first byte came that is held."""
        self._quiet_at: float | None = None
        """When the line has been silent for so long that what is there may be all."""
        self._end: ends.ReceivingEnd | None = None
        self._ended = False
        self.wire: Wire | None = None
        """The protocol, once it is known."""

    @property
    def undecided(self) -> int:
        """As of the protocol's end."""
        return 0 if self._end is None else self._end.undecided

    @property
    def held(self) -> bool:
        """As of the protocol's end; without one, while there is more to look at."""
        return self._chooser.resting if self._end is None else self._end.held

    @property
    def closing(self) -> bool:
        """As of the protocol's end; without one, once the peer sends no more."""
        return self._ended and not self._chooser.resting if self._end is None else self._end.closing

    def receive(self, data: bytes, now: Moment) -> Sequence[Arrival | Noise]:
        """Take bytes (``b""`` continues with bytes held back). Never raises on any bytes."""
        if self._end is not None:
            return self._end.receive(data, now)
        chooser = self._chooser
        if not data:
            return self._look(now) if chooser.resting else ()
        chooser.data += bytes(data)
        if self._since is None:
            self._since = now.mono
        self._quiet_at = now.mono + min(GAP_S, self._limits.partial_s)
        return self._look(now)

    def receive_eof(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The peer sends no more."""
        self._ended = True
        if self._end is not None:
            return self._end.receive_eof(now)
        return self._look(now) if self._chooser.data else self._give_up(now)

    def expire(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The line is silent: what is there may be all. It was unsure for too long: it is noise."""
        if self._end is not None:
            return self._end.expire(now)
        if self._quiet_at is not None and now.mono >= self._quiet_at:
            self._quiet_at = None
            items = self._look(now)
            if items or self.wire is not None:
                return items
        due = self.next_timeout()
        return self._give_up(now) if due is not None and self._quiet_at is None and now.mono >= due else ()

    def next_timeout(self) -> float | None:
        """When to call :meth:`expire`, in monotonic seconds."""
        if self._end is not None:
            return self._end.next_timeout()
        if self._since is None or self._chooser.resting:
            return None
        due = self._since + self._limits.partial_s
        return due if self._quiet_at is None else min(due, self._quiet_at)

    def data_to_send(self) -> bytes:
        """What the protocol's end has to write; nothing before there is one."""
        return b"" if self._end is None else self._end.data_to_send()

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """Give the verdict on an arrival of this end, as :meth:`protocols.ends.ReceivingEnd.decide`."""
        if self._end is not None:
            self._end.decide(arrival, verdict, now, response)

    def answer(self, arrival: Arrival) -> str:
        """The name of the answer; ``""`` for silence or no verdict yet."""
        return "" if self._end is None else self._end.answer(arrival)

    def _look(self, now: Moment) -> Sequence[Arrival | Noise]:
        """Go on finding out which protocol it is: as far as one turn goes."""
        chooser = self._chooser
        silent = self._quiet_at is None
        wire = chooser.choose(final=self._ended or silent)
        if wire is not None:
            return self._become(wire, now)
        if chooser.resting:
            return ()
        if self._ended or (not silent and chooser.damaged()):
            return self._give_up(now)
        return self._give_up(now, keep=True) if not silent and chooser.overflow() else ()

    def _become(self, wire: Wire, now: Moment) -> Sequence[Arrival | Noise]:
        items = self._use(wire).receive(self._chooser.give_up()[0], now)
        assert self._end is not None
        return [*items, *self._end.receive_eof(now)] if self._ended else items

    def _use(self, wire: Wire) -> ends.ReceivingEnd:
        self.wire = wire
        source = replace(self._source, protocol=wire.name)
        self._end = wire.receiving(source, self._lookup, options=self._options, limits=self._limits, first=self._first)
        return self._end

    def _give_up(self, now: Moment, *, keep: bool = False) -> list[Arrival | Noise]:
        data, ambiguous = self._chooser.give_up(keep=keep)
        self._since = now.mono if self._chooser.data else None
        if not self._chooser.data:
            self._quiet_at = None
        return [noise_of(data, ambiguous)] if data.strip(b"\0\r\n") else []


def receiving(source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int) -> ReceivingEnd:
    """The station's end of a protocol that is still to be found out: as ``Wire.receiving``."""
    return ReceivingEnd(source, lookup, options=options, limits=limits, first=first)


class Decoder:
    """Captured bytes of a stream, in any pieces, to arrivals and noise; nobody is answered.

    ``protocol`` is a name, or ``auto`` to recognise it anew for every stream: ``close`` ends one, and what is fed then
    is the next. ``wall`` dates events that name a time without a date. ``keys`` and ``dialect`` are as of
    ``protocols.dc09.Decoder``; other protocols have no keys. Raises UnknownWireError.
    """

    def __init__(
        self,
        protocol: str = NAME,
        *,
        wall: float,
        keys: Iterable[bytes] = (),
        dialect: Dialect | None = None,
        options: SourceOptions = SourceOptions(),  # noqa: B008 - immutable
    ) -> None:
        self._given = None if protocol == NAME else find(protocol)
        self._keys = tuple(keys)
        self._dialect = Dialect() if dialect is None else dialect
        self._options = options
        self._now = Moment(wall, 0.0)
        self._chooser = Chooser()
        self._dc09: DC09Decoder | None = None
        self._end: ends.ReceivingEnd | None = None
        self.wire: Wire | None = None
        """The protocol of this stream, once it is known."""
        self._begin()

    def feed(self, data: bytes) -> Iterator[Arrival | Noise]:
        """What is complete with ``data``."""
        if self.wire is not None:
            yield from self._decode(data)
            return
        chooser = self._chooser
        chooser.data += data
        wire = chooser.choose_now(final=False)
        if wire is not None:
            yield from self._become(wire)
        elif chooser.overflow():
            yield from self._unknown(*chooser.give_up(keep=True))

    def close(self) -> Iterator[Arrival | Noise]:
        """What is left at the end of the stream."""
        if self.wire is None and self._chooser.data:
            wire = self._chooser.choose_now(final=True)
            if wire is not None:
                yield from self._become(wire)
            else:
                yield from self._unknown(*self._chooser.give_up())
        if self._dc09 is not None:
            yield from self._dc09.close()
        elif self._end is not None:
            yield from self._decided(self._end.receive_eof(self._now))
        self._begin()

    def _begin(self) -> None:
        """A new stream."""
        self._dc09 = self._end = self.wire = None
        if self._given is not None:
            self._use(self._given)

    def _use(self, wire: Wire) -> None:
        self.wire = wire
        if wire is DC09:
            self._dc09 = DC09Decoder(self._keys, wall=self._now.wall, dialect=self._dialect)
            return
        source = Source("", wire.name, "", "")
        if wire.name == RADIO:
            self._end = CaptureEnd(source, self._find)
            return
        limits = Limits(partial_s=float("inf"))
        self._end = wire.receiving(source, self._find, options=self._options, limits=limits, first=0)

    def _become(self, wire: Wire) -> Iterator[Arrival | Noise]:
        data, _ = self._chooser.give_up()
        self._use(wire)
        yield from self._decode(data)

    def _decode(self, data: bytes) -> Iterator[Arrival | Noise]:
        if self._dc09 is not None:
            yield from self._dc09.feed(data)
        elif self._end is not None:
            yield from self._decided(self._end.receive(data, self._now))

    def _decided(self, items: Sequence[Arrival | Noise]) -> Iterator[Arrival | Noise]:
        """Hand out what the end says, as if the station had stored it, until it holds nothing back."""
        end = self._end
        assert end is not None
        while True:
            for item in items:
                yield item
                if isinstance(item, Arrival):
                    end.decide(item, _VERDICTS.get(item.kind, Verdict.STORED), self._now)
            end.data_to_send()
            if not end.held:
                return
            items = end.receive(b"", self._now)

    def _unknown(self, data: bytes, ambiguous: bool) -> Iterator[Arrival | Noise]:
        """Bytes of no protocol, told as whoever knows most of strangers sees them."""
        if ambiguous:
            yield noise_of(data, ambiguous)
            return
        decoder = DC09Decoder(self._keys, wall=self._now.wall, dialect=self._dialect)
        yield from decoder.feed(data)
        yield from decoder.close()

    def _find(self, adapter: str, receiver: str | None, prefix: str | None, account: str) -> Dialect:
        return self._dialect
