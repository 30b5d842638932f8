"""The centre's end of a radio channel: many units behind one modem.

What is answered, and how:

* EVENT and TEST of a two-way unit: ACK with what became of it, once the verdict is there. Copies that came meanwhile
  get one ACK together: what waits for the channel is replaced, not added to.
* SYNC-REQ: the time. POLL-REPLY, and everything of a one-way unit: nothing.
* Refused, stale or not stored: nothing. The unit repeats, or somebody only pretends to be one.

Everything of ours goes through :class:`protocols.channel.Access`, under a counter of its own, numbered when it is
sealed.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from protocols.ax25 import Address
from protocols.channel import Priority
from protocols.datagram import MORE_QUEUED, Header, Opened, Type
from protocols.datagram.payloads import (
    Ack,
    Payload,
    Poll,
    PollReply,
    Result,
    SyncRequest,
    SyncResponse,
    decode,
    type_of,
)
from protocols.ends import Limits, Lookup, Response, Source
from protocols.errors import UserError
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Moment, Noise, Verdict
from protocols.radio.book import Outstation, Ways
from protocols.radio.channel import RadioChannel
from protocols.radio.framing import Frame, Where, framing_of
from protocols.radio.reading import CENTRE, Reader

_ANSWERED = (Verdict.STORED, Verdict.DUPLICATE, Verdict.ALIVE, Verdict.MALFORMED, Verdict.UNSUPPORTED)
_RESULTS = {
    ArrivalKind.LINK_TEST: Result.ALIVE,
    ArrivalKind.MALFORMED: Result.NOT_UNDERSTOOD,
    ArrivalKind.UNSUPPORTED: Result.NOT_SUPPORTED,
}
"""What a unit is told of what is kept, by its kind; of all others that it is stored."""
TO_ALL = Address("ALL")
"""Where a frame goes whose unit's address is not known."""
AT_ONCE = 512
"""Bytes that are read before the verdicts on what was in them are asked for."""
_ANSWER = 40
"""Bytes of the answer to a poll, for the time it is waited for."""


class NoRadioError(UserError, ValueError):
    """There is no radio channel to receive from."""


class Reply(Struct, eq=False):
    """What the answer to an arrival needs. Opaque to everyone but the end."""

    unit: Outstation | None
    header: Header | None
    payload: bytes
    where: Where
    token: str = ""
    decided: bool = False

    def __repr__(self) -> str:
        return "<Reply>"


class RadioReceivingEnd:
    """One for each connection to the modem; implements :class:`protocols.ends.ReceivingEnd`."""

    def __init__(self, source: Source, lookup: Lookup, channel: RadioChannel, limits: Limits = Limits()) -> None:  # noqa: B008
        self._channel = channel
        self._limits = limits
        options = channel.options
        self._framing = framing_of(options, ours=options.call, to=TO_ALL)
        self._reader = Reader(source, lookup, options.network, channel.book, options.fec // 2)
        self._out: list[bytes] = [self._framing.opening] if self._framing.opening else []
        self._waiting = b""
        self._ended = False
        self._now: float | None = None
        """None until the time was told."""
        self.undecided = 0
        self.held = False
        """Bytes wait: a modem hands over what it has collected, and others take their time."""
        self.closing = False

    # In

    def receive(self, data: bytes, now: Moment) -> Sequence[Arrival | Noise]:
        """Take bytes of the modem. Never raises on any bytes."""
        self._now = now.mono
        self._waiting += data
        items: list[Arrival | Noise] = []
        while self._waiting and self.undecided < self._limits.undecided:
            data, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            items += [self._take(item, now) for item in self._framing.feed(data, self._reader.opens)]
        self._settle()
        return items

    def receive_eof(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The modem is gone."""
        self._ended = True
        return self.receive(b"", now)

    def _settle(self) -> None:
        self.held = bool(self._waiting)
        self.closing = self._ended and not self.undecided and not self.held

    def _take(self, item: Frame | Noise, now: Moment) -> Arrival | Noise:
        channel, counted = self._channel, self._channel.counted
        counted.frames += 1
        options = channel.options
        size = len(item.datagram) if isinstance(item, Frame) else max(0, item.size - 2)
        channel.access.heard(
            now.mono, options.profile.airtime(options.frame_bytes(size) if isinstance(item, Frame) else size)
        )
        if isinstance(item, Noise):
            counted.garbled += 1
            return item
        arrival, unit, opened = self._reader.read(item, now)
        if isinstance(arrival, Noise):
            if arrival.guess == CENTRE:
                counted.centre += 1
            else:
                counted.garbled += 1
            return arrival
        self._count(arrival)
        if unit is not None:
            counted.accepted += 1
            counted.repaired += item.corrected or 0
        self.undecided += 1
        if unit is not None and opened is not None and not self._is_prompt(unit, opened, now):
            arrival = replace(arrival, timely=False)
        reply = Reply(unit, opened.header if opened is not None else None, arrival.plain, item.where)
        return replace(arrival, reply=reply)

    def _is_prompt(self, unit: Outstation, opened: Opened, now: Moment) -> bool:
        """Whether it is no answer to a poll, or one to a poll of just now: only that proves that the unit is there."""
        said = decode(opened.header.type, opened.payload)
        if not isinstance(said, PollReply):
            return True
        return self._channel.polls.was_sent(unit, opened.header.key_id, said.counter, now.mono)

    def _count(self, arrival: Arrival) -> None:
        counted = self._channel.counted
        match arrival.refused:
            case "foreign":
                counted.foreign += 1
            case "unknown":
                counted.unknown += 1
            case "forged":
                counted.forged += 1

    # Verdicts

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """Give the verdict on an arrival of this end. Raises ValueError for a response: none can be carried."""
        reply = arrival.reply
        if not isinstance(reply, Reply) or reply.decided:
            return
        if response is not None:
            raise ValueError("radio has no acknowledgement that carries data: send it without a response.")
        self._now = now.mono
        reply.decided = True
        self.undecided -= 1
        self._settle()
        unit, head = reply.unit, reply.header
        if unit is None or head is None or verdict not in _ANSWERED:
            return
        channel = self._channel
        # A copy may be a recording: only what is new and on disk proves that the unit is there, and where.
        if verdict is not Verdict.DUPLICATE:
            channel.polls.heard(unit, now.mono)
            channel.where[unit.station] = reply.where
        if unit.ways is Ways.ONE or head.type is Type.POLL_REPLY:
            return
        payload: Payload = Ack(
            head.counter, _RESULTS.get(arrival.kind, Result.STORED), wants_queued=bool(head.flags & MORE_QUEUED)
        )
        if head.type is Type.SYNC_REQ:
            said = decode(Type.SYNC_REQ, reply.payload)
            if not isinstance(said, SyncRequest):
                return
            payload = SyncResponse(said.nonce, max(0, round(now.wall * 1000)))
        if self._send(unit, head, payload, reply.where, now.mono):
            channel.counted.acks += 1
            reply.token = type_of(payload).name.replace("_", "-")

    def answer(self, arrival: Arrival) -> str:
        """The name of the answer; ``""`` for silence or no verdict yet."""
        reply = arrival.reply
        return reply.token if isinstance(reply, Reply) else ""

    # Out

    def expire(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The channel may be free, or somebody is to be polled."""
        self._now = now.mono
        return ()

    def next_timeout(self) -> float | None:
        """When the channel may be free for what waits, or somebody is to be polled."""
        if self._ended:
            return None
        if self._now is None:
            return 0.0
        times = (self._channel.access.next_timeout(), self._next_poll(self._now))
        return min((at for at in times if at is not None), default=None)

    def data_to_send(self) -> bytes:
        """What goes on the air now."""
        now = self._now
        if not self._ended and now is not None:
            # Else another connection to the modem will have it.
            self._poll(now)
            while (transmission := self._channel.take(now)) is not None:
                self._out.append(transmission.frame)
                if transmission.priority is Priority.POLL:
                    self._channel.polls.asked(transmission.end + self._answer_s)
        out, self._out = b"".join(self._out), []
        return out

    @property
    def _answer_s(self) -> float:
        """For how long the answer to a poll is waited for."""
        options = self._channel.options
        profile = options.profile
        return profile.airtime(options.frame_bytes(_ANSWER)) + 2 * profile.turnaround_s + 1.0

    def _poll(self, now: float) -> None:
        channel = self._channel
        if not channel.options.poll:
            return
        airtime = channel.options.profile.airtime(channel.options.frame_bytes(_ANSWER))
        unit = channel.polls.take(now, airtime + self._answer_s)
        if unit is None:
            return
        where = channel.where.get(unit.station, Where())
        sealed = channel.seal(unit, unit.speaks, Poll())
        if sealed is None:
            return
        number, datagram = sealed
        if channel.submit(self._framing.wrap(datagram, where), Priority.POLL, now, (unit.station, "poll")):
            channel.polls.sent(unit, unit.speaks, number, now)
            channel.counted.polls += 1

    def _next_poll(self, now: float) -> float | None:
        return self._channel.polls.next(now) if self._channel.options.poll else None

    def _send(self, unit: Outstation, to: Header, payload: Payload, where: Where, now: float) -> bool:
        """Seal an answer and queue it in place of one that waits. False where that cannot be."""
        sealed = self._channel.seal(unit, to.key_id, payload)
        if sealed is None:
            return False
        token = (unit.station, to.key_id, to.counter)
        return self._channel.submit(self._framing.wrap(sealed[1], where), Priority.ACK, now, token)


def receiving_end(
    source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
) -> RadioReceivingEnd:
    """The station's end. Datagrams have numbers of their own, so ``first`` says nothing. Raises NoRadioError."""
    del first
    if not isinstance(options.radio, RadioChannel):
        raise NoRadioError(
            "radio: this source has no radio channel. Name its network and its key file in [adapter.radio]; captures "
            "are explained by ptsn decode with --key."
        )
    return RadioReceivingEnd(source, lookup, options.radio, limits)
