"""What a unit has to say: events by urgency, kept with their sealed datagrams so that a restart repeats the same bytes.

A datagram is sealed once. From then on it keeps its counter and its bytes, also over a restart: saying anything else
under that counter would break the cipher.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from protocols.channel import Backoff, Priority
from protocols.datagram import Window
from protocols.ends import Payload, Ticket
from protocols.radio.book import Name
from protocols.radio.composing import EVENT
from protocols.radio.shelf import Shelf, ShelfError


class _Kept(Struct, array_like=True):
    priority: int
    payload: bytes
    datagram: bytes


class _Saved(Struct, array_like=True):
    events: list[_Kept]
    windows: dict[int, bytes]


class Item(Struct, eq=False, kw_only=True):
    """One event that has no outcome yet."""

    ticket: Ticket
    priority: Priority
    payload: bytes
    number: int = 0
    """Order of arrival."""
    name: Name | None = None
    """Of ``datagram``; None while it waits for its first turn."""
    datagram: bytes = b""
    former: list[Name] = field(default_factory=list)
    """Names that it had before it was sealed anew."""
    sent: int = 0
    """Times it was on the air since the start."""
    repeats: int = 0
    """Of these, times under its present name."""
    latest_at: float = 0.0
    """Its repetition waits for others until then, and no longer."""
    again_at: float = float("-inf")
    """Not to be said before, in monotonic seconds."""
    backoff: Backoff | None = None


class Outbox:
    """The events of one unit, and which polls of the centre were answered, by key id."""

    def __init__(self, shelf: Shelf, account: str) -> None:
        """Take up what an earlier run left. Raises ShelfError, OSError."""
        self._shelf = shelf
        self._number = 0
        self.items: list[Item] = []
        self.windows: dict[int, Window] = {}
        self.unsaved = False
        """What is on disk is older than this: the worst is that an event is told twice."""
        data = shelf.load()
        if not data:
            return
        try:
            saved = msgspec.msgpack.decode(data, type=_Saved)
            self.windows = {key_id: Window.from_bytes(window) for key_id, window in saved.windows.items()}
            for kept in saved.events:
                ticket = Ticket(Payload(account, EVENT, kept.payload.hex()), 0)
                priority = Priority(kept.priority)
                self._append(Item(ticket=ticket, priority=priority, payload=kept.payload, datagram=kept.datagram))
        except (msgspec.MsgspecError, ValueError) as error:
            raise ShelfError(f"the saved queue of account {account} cannot be read: {error}") from error

    def _append(self, item: Item) -> None:
        item.number = self._number
        self._number += 1
        self.items.append(item)

    def add(self, item: Item) -> None:
        """One more event. On disk when this returns; raises OSError, and then it is not there."""
        self._append(item)
        try:
            self.save()
        except OSError:
            self.items.remove(item)
            raise

    def remove(self, item: Item) -> None:
        """It has its outcome."""
        self.items.remove(item)
        self.try_to_save()

    def try_to_save(self) -> None:
        """As :meth:`save`, without an error: ``unsaved`` tells."""
        try:
            self.save()
        except OSError:
            self.unsaved = True

    def save(self) -> None:
        """Keep everything as it is now. Raises OSError."""
        events = [_Kept(item.priority, item.payload, item.datagram) for item in self.items]
        windows = {key_id: window.to_bytes() for key_id, window in self.windows.items()}
        self._shelf.save(msgspec.msgpack.encode(_Saved(events, windows)))
        self.unsaved = False
