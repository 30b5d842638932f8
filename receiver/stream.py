"""The live stream of committed entries: one ring of the newest, and readers that are cursors into it.

Nothing is buffered for a reader. While its socket takes nothing its cursor stands still; when it may write
again it goes on from the ring. A reader whose place has left the ring is told once how much it missed
(``behind {from, to}``) and goes on at the head; it fetches the gap from the journal, page by page.

Each entry is encoded once, when the first reader wants it, and the bytes are shared by all. With no reader
publishing costs an append.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection, Sequence
from itertools import repeat
from typing import Any

import msgspec
from twisted.logger import Logger

from receiver.journal.entry import Entry

RING = 2000
"""Entries kept for readers that lag, or come back."""
CHUNK = 64 * 1024
"""Bytes after which one write is enough."""

_encode = msgspec.json.encode


def event(name: str, data: object) -> bytes:
    """A server-sent event without an id; ``data`` is anything msgspec writes as JSON."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), _encode(data))


def entry_json(entry: Entry) -> bytes:
    """``{"id": .., "arrival": .., <fields of the body>}``, from the stored bytes as they are."""
    return b'{"id":%d,"arrival":%d,%b' % (entry.id, entry.arrival, entry.data[1:])


def _frame(entry: Entry) -> bytes:
    return b"id: %d\nevent: entry\ndata: %b\n\n" % (entry.id, entry_json(entry))


class StreamReader:
    """One reader's place. Made by :meth:`Stream.join`; ``pull`` until it gives nothing, then wait for ``wake``."""

    def __init__(
        self,
        stream: Stream,
        wake: Callable[[], None],
        place: int,
        last: int,
        kinds: Collection[str],
        account: str,
        told: dict[str, bytes],
    ) -> None:
        self.wake = wake
        self.told = told
        """Events without id that wait, the newest of each name."""
        self.began = last
        """Entries after this id are sent."""
        self.last = last
        """Id of the last entry passed."""
        self._stream = stream
        self._place = place
        self._kinds = frozenset(kinds)
        self._account = account

    def pull(self) -> bytes:
        """The next bytes to write, about ``CHUNK`` of them; ``b""`` when the reader has everything."""
        parts: list[bytes] = []
        if self.told:
            parts += self.told.values()
            self.told.clear()
        stream = self._stream
        index = self._place - stream.dropped
        if index < 0 or self.last < stream.floor:
            if stream.last_id > self.last:
                parts.append(event("behind", {"from": self.last + 1, "to": stream.last_id}))
            self._place = stream.head
            self.last = max(stream.last_id, self.last)
            return b"".join(parts)
        size = 0
        end = stream.head - stream.dropped
        chosen = bool(self._kinds or self._account)
        while index < end and size < CHUNK:
            entry = stream.ring[index]
            if not chosen or self._wants(entry):
                frame = stream.frame(index)
                size += len(frame)
                parts.append(frame)
            self.last = entry.id
            index += 1
        self._place = stream.dropped + index
        return b"".join(parts)

    def close(self) -> None:
        """Read no more."""
        self._stream.leave(self)

    def _wants(self, entry: Entry) -> bool:
        body = entry.body
        if self._kinds and body.kind not in self._kinds:
            return False
        return not self._account or self._account in (body.account_key, body.account)


class Stream:
    """Hands committed entries to every reader. All methods belong to the reactor's thread."""

    _log = Logger()

    def __init__(self, ring: int = RING, last_id: int = 0) -> None:
        """``last_id``: the journal's newest entry, as far as it is known; see :meth:`begin`."""
        self.ring: deque[Entry] = deque(maxlen=ring)
        self._frames: deque[bytes | None] = deque(maxlen=ring)
        self.dropped = 0
        """How many entries have left the ring: the place of its first one."""
        self.floor = last_id
        """Id of the newest entry that is not in the ring."""
        self.last_id = last_id
        """Id of the newest entry."""
        self._readers: dict[StreamReader, None] = {}
        self._others = 0
        self._state: dict[str, bytes] = {}
        self.on_readers: Callable[[int], None] | None = None
        """Called with the number of readers whenever it changes."""

    def begin(self, last_id: int) -> None:
        """Say what the journal's newest entry is, before the first is published."""
        if self.head:
            return
        for reader in self._readers:
            if reader.last == self.last_id:
                reader.last = last_id
        self.floor = self.last_id = last_id

    @property
    def head(self) -> int:
        """Place of the entry that comes next: how many were published."""
        return self.dropped + len(self.ring)

    def publish(self, entries: Sequence[Entry]) -> None:
        """Take committed entries, by rising id, once a batch. Call it after the answers have left."""
        if not entries:
            return
        ring = self.ring
        assert ring.maxlen is not None
        surplus = len(ring) + len(entries) - ring.maxlen
        if surplus > 0:
            self.floor = (ring[surplus - 1] if surplus <= len(ring) else entries[surplus - len(ring) - 1]).id
            self.dropped += surplus
        elif not self.dropped and not ring and self.floor == 0:
            # The first entry ever seen tells where the journal stood before.
            self.begin(entries[0].id - 1)
        ring.extend(entries)
        self._frames.extend(repeat(None, len(entries)))
        self.last_id = entries[-1].id
        if self._readers:
            self._wake()

    def frame(self, index: int) -> bytes:
        """The event of the entry at a place in the ring, encoded once."""
        made = self._frames[index]
        if made is None:
            made = self._frames[index] = _frame(self.ring[index])
        return made

    def tell(self, name: str, data: Any, *, keep: bool = True) -> None:
        """An event without id to every reader: of each name only the newest waits for a slow one.

        It is also what a reader that comes later is told first, unless ``keep`` is False.
        """
        told = event(name, data)
        if keep:
            self._state[name] = told
        for reader in self._readers:
            reader.told.pop(name, None)
            reader.told[name] = told
        if self._readers:
            self._wake()

    def join(
        self,
        wake: Callable[[], None],
        since: int | None = None,
        kinds: Collection[str] = (),
        account: str = "",
    ) -> StreamReader:
        """A new reader of what comes after entry ``since`` (None: from now on).

        ``wake`` is called when there is something to pull. ``kinds`` and ``account`` (an account, or the
        station's name of one) leave out everything else; ``behind`` always counts all entries.
        """
        if since is None or (since > self.last_id and self.head):
            place, last = self.head, self.last_id
        elif not self.head:
            # Not known yet how far the journal goes: the first entry published will tell whether any are missing.
            place, last = 0, since
        elif since < self.floor:
            place, last = -1, since
        else:
            place, last = self.dropped + bisect_right(self.ring, since, key=lambda entry: entry.id), since
        reader = StreamReader(self, wake, place, last, kinds, account, dict(self._state))
        self._readers[reader] = None
        self._count()
        return reader

    def leave(self, reader: StreamReader) -> None:
        """Forget a reader."""
        if reader in self._readers:
            del self._readers[reader]
            self._count()

    @property
    def readers(self) -> int:
        """How many readers are connected, those of the alarms included."""
        return len(self._readers) + self._others

    def count_other(self, change: int) -> None:
        """A reader of another stream of the station came (1) or went (-1)."""
        self._others += change
        self._count()

    def _count(self) -> None:
        if self.on_readers is not None:
            self.on_readers(self.readers)

    def _wake(self) -> None:
        for reader in tuple(self._readers):
            try:
                reader.wake()
            except Exception:
                # A reader that breaks must not take the station's batch, or the other readers, with it.
                self._log.failure("a reader of the live stream failed; it is let go")
                self.leave(reader)
