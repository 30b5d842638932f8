"""Writes what the station itself and its operators do into the journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from receiver.desk import CLOSED, DeskError
from receiver.journal.entry import Body, Entry, EntryKind, rfc3339
from receiver.journal.writer import Journal

ADAPTER_LOST = "adapter.lost"
ADAPTER_RESTORED = "adapter.restored"
ADAPTER_REMOVED = "adapter.removed"
ENDPOINT_LOST = "endpoint.lost"
ENDPOINT_RESTORED = "endpoint.restored"
ENDPOINT_REMOVED = "endpoint.removed"
PATH_LOST = "path.lost"
PATH_RESTORED = "path.restored"
RADIO_JAMMED = "radio.jammed"
RADIO_CLEAR = "radio.clear"
SOURCE_SILENT = "source.silent"
SOURCE_HEARD = "source.heard"
SOURCE_REMOVED = "source.removed"


class Chronicle:
    """Entries of kind station and action."""

    def __init__(self, journal: Journal, node: str, clock: Callable[[], float] = time.time) -> None:
        self._journal = journal
        self._node = node
        self._clock = clock
        self._closing: set[int] = set()
        """Alarms whose closing is on its way to the disk."""

    def event(
        self,
        code: str,
        *,
        text: str = "",
        priority: int = 0,
        adapter: str = "",
        protocol: str = "",
        peer: str = "",
        path: str = "",
        account: str = "",
        account_key: str = "",
        details: dict[str, list[str]] | None = None,
    ) -> None:
        """Something happened to the station. With a priority of 1 or 2 it opens an alarm."""
        at = self._clock()
        body = Body(
            kind=EntryKind.STATION,
            node=self._node,
            received_at=rfc3339(at),
            code=code,
            text=text,
            priority=priority,
            adapter=adapter,
            protocol=protocol,
            peer=peer,
            path=path,
            account=account,
            account_key=account_key,
            details=details or {},
        )
        self._journal.append((body,), at, None)

    def action(
        self,
        code: str,
        *,
        alarm: int,
        seen_to: int,
        account: str,
        account_key: str,
        operator: str,
        note: str,
        unverified: bool = False,
    ) -> Deferred[Entry]:
        """An operator did something. Fires with the entry once it is on disk; fails with OSError when it is not.

        Raises DeskError where somebody else closes the alarm at this moment.
        """
        if code == CLOSED and alarm in self._closing:
            raise DeskError(f"Alarm {alarm} is being closed by somebody else at this moment.")
        at = self._clock()
        body = Body(
            kind=EntryKind.ACTION,
            node=self._node,
            received_at=rfc3339(at),
            code=code,
            account=account,
            account_key=account_key,
            alarm=alarm,
            seen_to=seen_to,
            operator=operator,
            unverified=unverified,
            note=note,
        )
        done: Deferred[Entry] = Deferred()
        if code == CLOSED:
            self._closing.add(alarm)

        def known(stored: tuple[Entry, ...] | None) -> Any:
            if code == CLOSED:
                self._closing.discard(alarm)
            if stored is None:
                return done.errback(OSError("not stored: the journal cannot be written now; try again"))
            return done.callback(stored[0])

        self._journal.append((body,), at, known)
        return done
