"""A unit's end of a radio channel: events by urgency until the centre has them, tests, and answers to polls.

* Two-way: an event is on the air again, byte for byte, until its ACK comes (:mod:`protocols.radio.delivering`). Tests
  are sent when nothing else was for ``test_s``, and repeated a few times. POLL is answered once.
* One-way: everything is sent ``copies`` times with random gaps, and nothing is ever heard.

An event counts as accepted when its authentic ACK names its key and its counter; what else is heard changes nothing. A
disk that fails keeps nobody from being heard: see :class:`protocols.radio.outbox.Outbox`.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from protocols import ends
from protocols.channel import Access
from protocols.datagram import FROM_CENTRE, Opened, Standing, Type, Window, header
from protocols.datagram import open as open_datagram
from protocols.datagram.payloads import Ack, Poll, SyncResponse, decode
from protocols.ends import CounterStore, LinkTest, Outcome, Ticket
from protocols.lines import quirks as given_quirks
from protocols.lines.options import Speaker
from protocols.lines.speech import QueueFullError, UnsendableError
from protocols.model import Moment, Noise, Signal
from protocols.radio.book import Ways
from protocols.radio.composing import compose
from protocols.radio.delivering import Delivery
from protocols.radio.framing import Frame
from protocols.radio.options import RadioOptions
from protocols.radio.outbox import Item, Outbox
from protocols.radio.probing import POLL, Probing
from protocols.radio.shelf import Shelf
from protocols.radio.unit import Quirks, RadioSpeaker, Unit
from protocols.radio.urgency import is_of_mains, urgency
from protocols.radio.voice import Voice


class RadioSendingEnd:
    """One for a unit; implements :class:`protocols.ends.SendingEnd`, and outlives its modem's connection.

    It begins connected.
    """

    window = 1
    key: bytes | None = None
    """The receiver never gives it one."""

    def __init__(
        self,
        unit: Unit,
        options: RadioOptions,
        *,
        counters: CounterStore,
        shelf: Shelf,
        random: Random,
        max_queue: int = 1000,
        quirks: Quirks = Quirks(),  # noqa: B008 - immutable
    ) -> None:
        """Raises ShelfError when what an earlier run left cannot be read, OSError when the shelf cannot."""
        self.unit = unit
        self.options = options
        self._max_queue = max_queue
        self._voice = Voice(unit, options, counters, random, quirks)
        self._outbox = Outbox(shelf, unit.account)
        self._events = Delivery(self._voice, self._outbox)
        self._probing = Probing(self._voice)
        self._connected = True
        self._framing = self._voice.framing()
        self._out: list[bytes] = [self._framing.opening] if self._framing.opening else []
        self._now: float | None = None
        """None until the time was told."""
        self._sequence = 0
        self.closing = False
        self.sent = 0
        """Datagrams that were on the air."""
        self.ignored = 0
        """Frames that were heard and meant nothing to it: others', copies, forgeries."""

    @property
    def access(self) -> Access:
        """Who may send when, from this unit's side."""
        return self._voice.access

    @property
    def offset_s(self) -> float:
        """The centre's time less ours, as it told; 0 before that."""
        return self._probing.offset_s

    @offset_s.setter
    def offset_s(self, seconds: float) -> None:
        self._probing.offset_s = seconds

    # What it is given

    def submit(self, message: ends.Message, now: Moment, ticket: Ticket | None = None) -> Ticket:
        """Queue a message. Raises QueueFullError, UnsendableError; OSError when it cannot be kept."""
        self._tick(now)
        if len(self._outbox.items) >= self._max_queue:
            raise QueueFullError(
                f"{len(self._outbox.items)} events wait already, the centre may be out of reach: wait for an outcome."
            )
        payload = compose(message, ascii_form=self.unit.ascii_form)
        most = self.unit.key.suite.most_payload
        if len(payload) > most:
            raise UnsendableError(
                f"radio: {len(payload)} bytes are too long for one datagram, which holds at most {most}: shorten texts."
            )
        if not self._voice.fits(len(payload)):
            raise UnsendableError(
                f"radio: {len(payload)} bytes take longer than the airtime budget of the channel ever allows: "
                "shorten texts, or raise duty_cycle."
            )
        if ticket is None:
            self._sequence += 1
            ticket = Ticket(message, self._sequence)
        if isinstance(message, LinkTest):
            self._probing.test(now.mono, ticket)
            return ticket
        item = Item(ticket=ticket, priority=urgency(message), payload=payload)
        if isinstance(message, Signal) and is_of_mains(message):
            item.again_at = now.mono + self._voice.random.uniform(0, self.unit.mains_delay_s)
        self._outbox.add(item)
        self._events.look(now.mono)
        return ticket

    def ask_time(self, now: Moment) -> None:
        """Ask the centre what time it is; ``offset_s`` tells once it has answered."""
        self._tick(now)
        self._probing.ask_time(now.mono)

    @property
    def unfinished(self) -> tuple[Ticket, ...]:
        """Tickets whose outcome was not told yet, in order."""
        events = tuple(item.ticket for item in self._outbox.items)
        return events if self._probing.ticket is None else (*events, self._probing.ticket)

    def decided(self) -> list[Outcome]:
        """Outcomes that it holds back for the sake of order: none."""
        return []

    def connected(self, now: Moment) -> None:
        """The modem is there."""
        self._connected = True
        self.closing = False
        self._framing = self._voice.framing()
        self._out = [self._framing.opening] if self._framing.opening else []
        self._tick(now)

    def disconnected(self, now: Moment) -> list[Outcome | Noise]:
        """The modem is gone; what was on its way is said when there is one again."""
        self._connected = False
        self._out.clear()
        self.access.drop(POLL)
        self._tick(now)
        return [*self._tell()]

    # In

    def receive(self, data: bytes, now: Moment) -> Sequence[Outcome | Noise]:
        """What the modem heard. Never raises on any bytes, nor because of a disk."""
        self._tick(now)
        profile = self.options.profile
        for item in self._framing.feed(data, self._opens):
            size = self.options.frame_bytes(len(item.datagram)) if isinstance(item, Frame) else item.size
            self.access.heard(now.mono, profile.airtime(size))
            if not isinstance(item, Frame) or self.unit.ways is Ways.ONE or not self._hear(item.datagram, now):
                self.ignored += 1
        self._events.look(now.mono)
        return self._tell()

    def receive_eof(self, now: Moment) -> Sequence[Outcome | Noise]:
        """The modem hangs up: as :meth:`disconnected`."""
        items = self.disconnected(now)
        self.closing = True
        return items

    def _open(self, datagram: bytes) -> Opened | None:
        """What the centre has sealed for this unit."""
        head = header.read(datagram)
        ours = (self.options.network, self.unit.station)
        if head is None or (head.network, head.station) != ours or head.direction != FROM_CENTRE:
            return None
        key = self.unit.key_of(head.key_id)
        return None if key is None else open_datagram(datagram, key)

    def _opens(self, datagram: bytes) -> bool:
        return self._open(datagram) is not None

    def _hear(self, datagram: bytes, now: Moment) -> bool:
        """Whether it was for us, and changes anything."""
        opened = self._open(datagram)
        if opened is None:
            head = header.read(datagram)
            if head is not None and head.type is Type.ACK and head.station != self.unit.station:
                self._events.make_way(now.mono)
            return False
        said = decode(opened.header.type, opened.payload)
        if isinstance(said, Ack):
            # A copy of one says nothing new: its counter is never used again.
            name = (opened.header.key_id, said.counter)
            if self._probing.acknowledged(name):
                return True
            outcome = self._events.acknowledged(name, said.result)
            self._events.told += [] if outcome is None else [outcome]
            return outcome is not None
        if isinstance(said, SyncResponse):
            self._probing.time_told(said, now)
            return True
        return isinstance(said, Poll) and opened.header.type is Type.POLL and self._polled(opened, now)

    def _polled(self, opened: Opened, now: Moment) -> bool:
        key_id, counter = opened.header.key_id, opened.header.counter
        window = self._outbox.windows.get(key_id, Window())
        if window.ask(counter, opened.mark) is not Standing.NEW:
            return False
        self._outbox.windows[key_id] = window.taken(counter, opened.mark)
        try:
            self._outbox.save()
        except OSError:
            # Answered once more after a restart, at worst; silence would be taken for a loss.
            self._outbox.unsaved = True
        self._probing.answer_poll(counter, now.mono)
        return True

    def _tell(self) -> list[Outcome | Noise]:
        told: list[Outcome | Noise] = [*self._events.told, *self._probing.told]
        self._events.told.clear()
        self._probing.told.clear()
        return told

    # Time

    def expire(self, now: Moment) -> Sequence[Outcome | Noise]:
        """A test is due, an answer is overdue, or the channel may be free."""
        self._tick(now)
        return self._tell()

    def next_timeout(self) -> float | None:
        """When :meth:`expire` wants to be called, or something may be sent."""
        if self._now is None:
            return 0.0
        if self._events.told or self._probing.told:
            return self._now
        access = self.access.next_timeout() if self._connected else None
        times = (self._events.next(self._now), self._probing.next(), access)
        return min((at for at in times if at is not None), default=None)

    def data_to_send(self) -> bytes:
        """What goes on the air now."""
        while self._connected and self._now is not None:
            transmission = self.access.take(self._now)
            if transmission is None:
                break
            self._out.append(transmission.frame)
            self.sent += 1
            if not self._events.on_air(transmission):
                self._probing.on_air(transmission)
            self._probing.spoke(transmission.end)
        out, self._out = b"".join(self._out), []
        return out

    def _tick(self, now: Moment) -> None:
        self._now = now.mono
        self._probing.start(now.mono)
        self._probing.look(now.mono)
        self._events.look(now.mono)


def sending_end(speaker: Speaker) -> RadioSendingEnd:
    """A unit's end. ``Speaker.radio`` says which; of the rest, account, queue and quirks count.

    Raises QuirksError, UnsendableError, ShelfError, OSError.
    """
    quirks = given_quirks.read(speaker.quirks, Quirks)
    radio = speaker.radio
    if not isinstance(radio, RadioSpeaker):
        raise UnsendableError(
            "radio: a unit needs its network, its number, its key and a place for its counters, which an account alone "
            "does not give: take the settings of a radio unit."
        )
    return RadioSendingEnd(
        radio.unit,
        radio.options,
        counters=radio.counters,
        shelf=radio.shelf,
        random=radio.random,
        max_queue=speaker.max_queue,
        quirks=quirks,
    )
