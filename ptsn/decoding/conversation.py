"""Pieces of a capture into messages: each flow through a decoder of its own, with who says it to whom.

A capture of a network holds more than one protocol. What is no message is shown where messages have passed, between
the same two or at the same station; everything else is counted as strangers.

Where the protocol of one direction is known, the other one holds its answers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from protocols.capture import End, Flow, Gap, Item, Note, Piece
from protocols.model import Arrival, Noise
from protocols.sia.answers import Turn
from ptsn.decoding.reader import DC09, Reader, Settled
from ptsn.decoding.seen import Seen
from ptsn.decoding.stations import Stations
from ptsn.decoding.waiting import Unanswered, Waiting

FLOWS = 40_000
"""Flows whose unfinished bytes are kept; of more, the longest silent ends."""
_TAIL = 64
"""Bytes that tell whether a piece ended with a message."""
STRANGERS = 1000
"""Kinds of strangers that are told apart."""


class Strangers(Struct, frozen=True):
    """Conversations of something else, of one kind and to one port."""

    guess: str
    """``Noise.guess`` of what they began with."""
    port: int
    count: int
    size: int


class _Talk:
    """Both directions of a conversation."""

    __slots__ = ("flows", "speaker", "variant", "wire")

    def __init__(self) -> None:
        self.wire = ""
        """Name of the protocol, where its answers have to be read by it."""
        self.variant = ""
        self.speaker: Flow | None = None
        """The direction of the messages."""
        self.flows: set[Flow] = set()
        """Those with a stream."""


class _Stream:
    """What is known of one flow."""

    __slots__ = ("at", "fed", "held", "known", "number", "reader", "size", "talk")

    def __init__(self, reader: Reader, talk: _Talk | None = None) -> None:
        self.reader = reader
        self.talk = talk
        self.known = False
        self.held: Seen | None = None
        self.size = 0
        self.fed = False
        self.at: float | None = None
        self.number = 0


class Conversation:
    """Takes what a capture holds. ``everything`` is for captures of nothing but the protocol looked for."""

    def __init__(self, settled: Settled, wall: float, *, everything: bool = False) -> None:
        self._settled = settled
        self._wall = wall
        self._everything = everything
        self._streams: OrderedDict[Flow, _Stream] = OrderedDict()
        self._talks: OrderedDict[tuple[str, ...], _Talk] = OrderedDict()
        self._stations = Stations()
        self._strangers: dict[tuple[str, int], list[int]] = {}
        self._waiting = Waiting()
        self._count = 0

    def read(self, items: Iterable[Item]) -> Iterator[Seen | Gap | Note | Unanswered]:
        """The messages, in the order in which they became whole; gaps where messages pass; notes; and what was not
        answered, once that is certain."""
        for one in self._items(items):
            if isinstance(one, Seen):
                self._count += 1
                if isinstance(one.item, Arrival) and one.item.kept is not None:
                    one.item.kept.entry = self._count  # what is added to it later names it by this number
            yield one
            if isinstance(one, Seen):
                awaited = _awaits_answer(one.item)
                yield from self._waiting.seen(one.item, one.flow, one.side, one.at, one.number, self._count, awaited)
        yield from self._waiting.rest()

    def _items(self, items: Iterable[Item]) -> Iterator[Seen | Gap | Note | Unanswered]:
        for item in items:
            if isinstance(item, Piece):
                yield from self._piece(item)
            elif isinstance(item, Gap):
                self._waiting.lost(item.flow.target, item.flow.source)
                stream = self._streams.get(item.flow)
                if stream is not None:
                    yield from self._close(item.flow, stream, item.at, item.number)
                    before, stream.reader = stream.reader, self._reader(item.flow, item.at, stream.reader.wire)
                    if before.answering:
                        list(stream.reader.answer(before.wire, before.variant))
                if self._relevant(item.flow, stream):
                    yield item
            elif isinstance(item, End):
                stream = self._streams.pop(item.flow, None)
                if stream is not None:
                    yield from self._end(item.flow, stream, item.at, item.number)
                    self._leave(item.flow, stream)
                # Of the panel's own flow there is no such pair, and answers may still come.
                yield from self._waiting.ended(item.flow.target, item.flow.source)
            else:
                yield item
        while self._streams:
            flow, stream = self._streams.popitem(last=False)
            yield from self._end(flow, stream, stream.at, stream.number)

    def strangers(self) -> list[Strangers]:
        """What passed beside the messages, the most of it first. Complete when all was read."""
        found = [Strangers(guess, port, count, size) for (guess, port), (count, size) in self._strangers.items()]
        return sorted(found, key=lambda one: (-one.count, one.guess, one.port))

    def _reader(self, flow: Flow, at: float | None, protocol: str = "") -> Reader:
        wall = self._wall if at is None else at
        return Reader(self._settled, wall, transport=flow.transport, ports=bool(flow.ports), protocol=protocol)

    def _piece(self, piece: Piece) -> Iterator[Seen | Unanswered]:
        flow = piece.flow
        if flow.whole:
            stream = _Stream(self._reader(flow, piece.at, piece.protocol))
            yield from self._feed(piece, stream)
            yield from self._end(flow, stream, piece.at, piece.number, piece.context, piece.restored)
            return
        if flow not in self._streams:
            # The same addresses begin another conversation.
            yield from self._waiting.ended(flow.source, flow.target)
            self._streams[flow] = self._begin(flow, piece.at)
        stream = self._streams[flow]
        self._streams.move_to_end(flow)
        yield from self._feed(piece, stream)
        if len(self._streams) > FLOWS:
            oldest, ended = self._streams.popitem(last=False)
            yield from self._end(oldest, ended, ended.at, ended.number)

    def _begin(self, flow: Flow, at: float | None) -> _Stream:
        """A stream of its own; that of the answers, where the other direction is known."""
        key = flow.transport, *sorted((flow.source, flow.target)), flow.tag.partition(".")[0]
        talk = self._talks.get(key)
        if talk is None:
            talk = self._talks[key] = _Talk()
            if len(self._talks) > FLOWS:
                self._talks.popitem(last=False)
        talk.flows.add(flow)
        stream = _Stream(self._reader(flow, at), talk)
        if talk.wire and talk.speaker != flow:
            list(stream.reader.answer(talk.wire, talk.variant))
        return stream

    def _leave(self, flow: Flow, stream: _Stream) -> None:
        """The flow has ended. A station may still answer a panel that has nothing more to say."""
        if stream.talk is not None:
            stream.talk.flows.discard(flow)

    def _answers(self, flow: Flow, stream: _Stream) -> Iterator[Seen]:
        """Where it is known only now what a flow speaks, the other direction holds its answers."""
        talk, reader = stream.talk, stream.reader
        if talk is None or reader.answering or reader.wire in ("", DC09) or talk.speaker == flow:
            return
        if not reader.spoke or talk.wire:
            return
        talk.wire, talk.variant, talk.speaker = reader.wire, reader.variant, flow
        for other in talk.flows - {flow}:
            back = self._streams.get(other)
            if back is None:
                continue
            for item in back.reader.answer(talk.wire, talk.variant):
                yield from self._shown(self._seen(item, other, back, back.at, back.number, "", ""), back)

    def _feed(self, piece: Piece, stream: _Stream) -> Iterator[Seen]:
        stream.size += len(piece.data)
        if not stream.fed:
            stream.fed, stream.at, stream.number = True, piece.at, piece.number
        if stream.reader.answering:
            yield from self._answered(stream)
        for item in stream.reader.feed(piece.data):
            if isinstance(item, Noise):
                # It is known to be none only now; it came when its first bytes did.
                seen = self._seen(item, piece.flow, stream, stream.at, stream.number, piece.context, piece.restored)
            else:
                seen = self._seen(item, piece.flow, stream, piece.at, piece.number, piece.context, piece.restored)
            yield from self._shown(seen, stream)
            stream.at, stream.number = piece.at, piece.number
            stream.fed = not piece.data.endswith(item.raw[-_TAIL:])
        yield from self._answers(piece.flow, stream)

    def _answered(self, stream: _Stream) -> Iterator[Seen]:
        """What is answered now, and is no message yet, is told before its answer."""
        flow = None if stream.talk is None else stream.talk.speaker
        speaker = None if flow is None else self._streams.get(flow)
        if flow is None or speaker is None:
            return
        for item in speaker.reader.so_far():
            yield self._seen(item, flow, speaker, speaker.at, speaker.number, "", "")

    def _close(
        self, flow: Flow, stream: _Stream, at: float | None, number: int, context: str = "", restored: str = ""
    ) -> Iterator[Seen]:
        for item in stream.reader.close():
            seen = self._seen(item, flow, stream, stream.at, stream.number, context, restored)
            yield from self._shown(seen, stream)
        stream.at, stream.number = at, number

    def _end(
        self, flow: Flow, stream: _Stream, at: float | None, number: int, context: str = "", restored: str = ""
    ) -> Iterator[Seen]:
        yield from self._close(flow, stream, at, number, context, restored)
        yield from self._answers(flow, stream)
        if stream.held is not None:
            noise = stream.held.item
            assert isinstance(noise, Noise)
            port = min(flow.ports, default=0)
            key = (noise.guess, port)
            if key not in self._strangers and len(self._strangers) >= STRANGERS:
                key = (noise.guess, 0)
            counted = self._strangers.setdefault(key, [0, 0])
            counted[0] += 1
            counted[1] += stream.size

    def _seen(
        self,
        item: Arrival | Noise,
        flow: Flow,
        stream: _Stream,
        at: float | None,
        number: int,
        context: str,
        restored: str,
    ) -> Seen:
        protocol = item.protocol if isinstance(item, Arrival) else stream.reader.wire
        side = self._stations.side(item, flow, protocol, answering=stream.reader.answering)
        return Seen(item, flow, side, at, number, context, restored, protocol)

    # --- whether it belongs here -------------------------------------------------------------------------------------

    def _relevant(self, flow: Flow, stream: _Stream | None) -> bool:
        if self._everything or not flow.ports or (stream is not None and stream.known):
            return True
        return self._stations.have(flow)

    def _shown(self, seen: Seen, stream: _Stream) -> Iterator[Seen]:
        """A message, and noise among messages; noise of others is held until a message shows that it is none."""
        if not isinstance(seen.item, Noise) or stream.reader.wire or seen.item.guess.startswith("dc09."):
            stream.known = True
        elif not self._relevant(seen.flow, stream):
            stream.held = stream.held or seen
            return
        if stream.held is not None:
            yield stream.held
            stream.held = None
        yield seen


def _awaits_answer(item: Arrival | Noise) -> bool:
    """Whether a station answers a message of its own; a block of SIA may be answered with those behind it."""
    if isinstance(item, Noise) or item.protocol == DC09:
        return True
    reply = item.reply
    return bool(reply.asks or reply.echo) if isinstance(reply, Turn) else reply is not None
