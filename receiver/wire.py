"""What passes over the wire, for whoever wants to watch: bytes in and out, verdicts and why.

A bounded ring of plain tuples; nothing is formatted before somebody looks. Watchers are cursors into the
ring, as in :mod:`receiver.stream`: one that lags too far is told ``behind {from, to}`` and goes on at the
head. Records are counted from 0 with each start of the station and are nowhere else.

Keys that a message carries (extended data K of DC-09) are masked, also where a message came in pieces.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from protocols.ends import Source
from protocols.model import Arrival, Noise, Verdict
from receiver import wire_shown
from receiver.journal.entry import rfc3339
from receiver.stream import CHUNK, event

RING = 2000
BYTES = 4096
"""Bytes shown of one read or write."""

IN, OUT, VERDICT, NOISE, NOTE = "in", "out", "verdict", "noise", "note"

_Record = tuple[Any, ...]
"""Wall time, what, source, then what that kind of record has."""

_KEY_CONTEXT = 200
"""Bytes before a piece that are looked at for the beginning of a key: more than the longest key."""
_INSIDE_MAX = 20
"""Accounts inside the data of one message that are shown; a message may carry thousands of events."""


class WireReader:
    """One watcher's place. Made by :meth:`Wire.join`."""

    def __init__(self, wire: Wire, wake: Callable[[], None], place: int) -> None:
        self.wake = wake
        self.told: dict[str, bytes] = {}
        self._wire = wire
        self._place = place

    def pull(self) -> bytes:
        """The next bytes to write, about ``CHUNK`` of them; ``b""`` when there is nothing new."""
        parts = list(self.told.values())
        self.told.clear()
        wire = self._wire
        if self._place < wire.first:
            parts.append(event("behind", {"from": self._place, "to": wire.head - 1}))
            self._place = wire.head
            return b"".join(parts)
        size = 0
        while self._place < wire.head and size < CHUNK:
            part = event("wire", wire.record(self._place))
            size += len(part)
            parts.append(part)
            self._place += 1
        return b"".join(parts)

    def close(self) -> None:
        """Watch no more."""
        self._wire.leave(self)


class Wire:
    """Records the wire. Implements the adapters' ``Tap`` and the intake's ``Watcher``."""

    def __init__(self, ring: int = RING, clock: Callable[[], float] = time.time) -> None:
        self._ring: deque[_Record] = deque(maxlen=ring)
        self._clock = clock
        self._add = self._ring.append
        self._count = 0
        self._readers: dict[WireReader, None] = {}

    # From the adapters

    def received(self, source: Source, data: bytes) -> None:
        """Bytes came in."""
        self._count += 1
        self._add((self._clock(), IN, source, data if len(data) <= BYTES else data[:BYTES], len(data)))

    def sent(self, source: Source, data: bytes) -> None:
        """Bytes went out."""
        self._count += 1
        self._add((self._clock(), OUT, source, data if len(data) <= BYTES else data[:BYTES], len(data)))

    def note(self, source: Source, text: str) -> None:
        """Something about the connection: opened, closed, why."""
        self._count += 1
        self._add((self._clock(), NOTE, source, text))

    # From the intake

    def verdict(self, source: Source, arrival: Arrival, verdict: Verdict, answer: str, why: str) -> None:
        """A verdict was given; ``answer`` is the token answered, ``""`` for none."""
        # The arrival itself may be long and knows the key: only what is shown is kept of it.
        self._count += 1
        self._add(
            (
                self._clock(),
                VERDICT,
                source,
                verdict,
                answer,
                why,
                arrival.kind,
                arrival.token,
                arrival.account,
                arrival.sequence,
                arrival.protection,
                arrival.findings,
                arrival.plain[:BYTES],
                _inside(arrival),
            )
        )

    def noise(self, source: Source, noise: Noise) -> None:
        """Bytes came that are no message."""
        self._count += 1
        self._add((self._clock(), NOISE, source, noise.guess, noise.raw[:BYTES], noise.size, noise.answer))

    # To the watchers

    @property
    def head(self) -> int:
        """Number of the record that comes next."""
        return self._count

    @property
    def first(self) -> int:
        """Number of the oldest record kept."""
        return self._count - len(self._ring)

    @property
    def readers(self) -> int:
        """How many watch."""
        return len(self._readers)

    def join(self, wake: Callable[[], None], recent: int = 0) -> WireReader:
        """A new watcher, from ``recent`` records ago on. ``wake`` is called by :meth:`wake_all`."""
        reader = WireReader(self, wake, max(self.first, self.head - max(0, recent)))
        self._readers[reader] = None
        return reader

    def leave(self, reader: WireReader) -> None:
        """Forget a watcher."""
        self._readers.pop(reader, None)

    def tell(self, name: str, data: Any) -> None:
        """An event to every watcher; of each name only the newest waits for a slow one."""
        for reader in self._readers:
            reader.told[name] = event(name, data)

    def wake_all(self) -> None:
        """Let every watcher pull; called a few times a second, so that recording itself costs nothing more."""
        for reader in tuple(self._readers):
            reader.wake()

    def recent(self, limit: int) -> list[dict[str, Any]]:
        """The newest records, oldest first."""
        return [self.record(number) for number in range(max(self.first, self.head - limit), self.head)]

    def record(self, number: int) -> dict[str, Any]:
        """One record for people. Raises IndexError when it has left the ring."""
        index = number - self.first
        if not 0 <= index < len(self._ring):
            raise IndexError(number)
        at, what, source, *rest = self._ring[index]
        shown: dict[str, Any] = {
            "n": number,
            "at": rfc3339(at),
            "what": what,
            "adapter": source.adapter,
            "protocol": source.protocol,
            "peer": source.peer,
        }
        if what in (IN, OUT):
            shown |= {"bytes": self._shown_bytes(index, rest[0]), "size": rest[1]}
        elif what == VERDICT:
            shown |= wire_shown.verdict(*rest)
        elif what == NOISE:
            shown |= wire_shown.noise(source, *rest)
        else:
            shown["text"] = rest[0]
        return shown

    def _shown_bytes(self, index: int, data: bytes) -> str:
        """The bytes as latin-1, keys masked even where a key began in an earlier piece."""
        source, text = self._ring[index][2], data.decode("latin-1")
        if not text or text[0] in "\r\n[]":
            return wire_shown.stream(source, text)
        before = self._before(index)
        if before is None:
            return wire_shown.piece(source, text)
        return wire_shown.stream(source, before + text)[len(before) :]

    def _before(self, index: int) -> str | None:
        """What the same peer sent before this record, as far as a key can reach; None when that is not known."""
        _, what, source, *_ = self._ring[index]
        before: str = ""
        for at in range(index - 1, -1, -1):
            record = self._ring[at]
            if record[2].peer != source.peer or record[2].adapter != source.adapter:
                continue
            if record[1] == NOTE and record[3] == "connected":
                return before
            if record[1] != what:
                continue
            data: bytes = record[3]
            if record[4] > len(data):
                return None  # its end was not kept
            before = data.decode("latin-1") + before
            if len(before) > _KEY_CONTEXT or "[" in before:
                return before[-_KEY_CONTEXT * 2 :]
        return None


def _inside(arrival: Arrival) -> tuple[str, ...]:
    """The accounts that the data names besides that of the header: those its entries are stored under."""
    # Nearly always there is nothing to tell, and this is done for every message.
    own = arrival.account
    if arrival.inner in ("", own):
        for signal in arrival.signals:
            if signal.account != own:
                break
        else:
            return ()
    named = dict.fromkeys((arrival.inner, *(signal.account for signal in arrival.signals)))
    return tuple(one for one in named if one and one != own)[:_INSIDE_MAX]
