"""Messages on their way to the disk, and how a copy of one finds it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec import Struct

from protocols.model import Arrival, Identity, Moment
from protocols.model import Counter as RadioCounter
from receiver.accounts import Account

COPIES = 16
"""Copies of one message that may wait for its commit."""


class Pending(Struct, eq=False):
    """A message handed to the journal, until its commit is known."""

    arrival: Arrival
    line: Any
    header: Account | None
    now: Moment
    known: Identity | None
    rows: int
    copies: list[tuple[Arrival, Any]]


class Waiting:
    """All pending messages, by everything that may make another message a copy."""

    def __init__(self) -> None:
        self._by_number: dict[tuple[str, int, bytes], Pending] = {}
        self._by_seal: dict[tuple[str, bytes], Pending] = {}
        self._by_counter: dict[tuple[str, int], Pending] = {}
        self._contents: Counter[tuple[str, bytes]] = Counter()
        self.rows = 0
        """Entries, and copies of messages, that wait."""

    def __bool__(self) -> bool:
        return bool(self._by_number or self._by_seal or self._by_counter or self._contents)

    def counted(self, counter: RadioCounter) -> Pending | None:
        """The message under that number of that window."""
        return self._by_counter.get((counter.window, counter.number))

    def numbered(self, identity: Identity) -> Pending | None:
        """The message with this number and content."""
        if identity.number is None:
            return None
        return self._by_number.get((identity.scope, identity.number, identity.content))

    def sealed(self, identity: Identity) -> Pending | None:
        """The encrypted frame that this one is a copy of."""
        return None if identity.seal is None else self._by_seal.get((identity.scope, identity.seal))

    def equal(self, identity: Identity) -> bool:
        """Whether a message of equal content waits."""
        return (identity.scope, identity.content) in self._contents

    def add(self, pending: Pending) -> None:
        """A message goes to the disk."""
        self.rows += pending.rows
        counter = pending.arrival.counter
        if counter is not None:
            self._by_counter[counter.window, counter.number] = pending
        identity = pending.known
        if identity is None:
            return
        self._contents[identity.scope, identity.content] += 1
        if identity.number is not None:
            self._by_number[identity.scope, identity.number, identity.content] = pending
        if identity.seal is not None:
            self._by_seal[identity.scope, identity.seal] = pending

    def add_copy(self, pending: Pending, arrival: Arrival, line: Any) -> bool:
        """A copy waits for the same commit. False when too many do already."""
        if len(pending.copies) >= COPIES:
            return False
        pending.copies.append((arrival, line))
        self.rows += 1
        return True

    def remove(self, pending: Pending) -> None:
        """Its commit is known."""
        self.rows -= pending.rows + len(pending.copies)
        counter = pending.arrival.counter
        if counter is not None:
            self._by_counter.pop((counter.window, counter.number), None)
        identity = pending.known
        if identity is None:
            return
        if identity.number is not None:
            self._by_number.pop((identity.scope, identity.number, identity.content), None)
        if identity.seal is not None:
            self._by_seal.pop((identity.scope, identity.seal), None)
        key = identity.scope, identity.content
        self._contents[key] -= 1
        if not self._contents[key]:
            del self._contents[key]
