"""An alarm that is closed, told from the journal once more.

The action that closed it names it; between the entry that opened it and that action the desk is run again. Whatever
opened before that entry is not known then, which makes no difference to an alarm of another account; of the account
itself nothing was open, or the entry had joined that alarm and no action would name its id.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

from receiver.api.errors import ApiError
from receiver.desk import CLOSED, Alarm, Checkpoint, Desk
from receiver.journal.entry import Entry, encode_text
from receiver.journal.reader import JournalReader, entry_from_row
from receiver.journal.schema import JournalError

SPAN = 20_000
"""Ids looked through by one short query."""
ENTRIES = 10
"""Newest entries of the alarm that are told with it."""
LIMIT_S = 30.0
"""How long the journal is looked through for one alarm."""

_COLUMNS = "id, arrival, kind, received_us, body"


class _Pages:
    """A journal that is looked through for a bounded time. Raises ApiError (503) when that is over."""

    def __init__(self, reader: JournalReader) -> None:
        self._reader = reader
        self._deadline = time.monotonic() + LIMIT_S

    def some(self, since: int, last: int, wanted: str, values: Iterable[bytes] = ()) -> Iterator[Entry]:
        """What of the entries above ``since`` up to ``last`` satisfies an SQL condition and can be read."""
        sql = f"SELECT {_COLUMNS} FROM entries WHERE id > ? AND id <= ? AND ({wanted}) ORDER BY id"
        while since < last:
            if time.monotonic() > self._deadline:
                raise ApiError(503, f"the end of the alarm was not found in the journal within {LIMIT_S:.0f} s")
            upto = min(last, since + SPAN)
            for row in self._reader.rows(sql, [since, upto, *values]):
                with suppress(JournalError):
                    yield entry_from_row(row)
            since = upto


def closed_alarm(reader: JournalReader, wanted: int) -> tuple[Alarm, list[Entry]]:
    """The alarm as it was when it was closed, and its newest entries, the action that closed it among them.

    Raises ApiError: 404 when no such alarm was ever closed, 503 when it took too long to find out.
    """
    last = reader.last_id()
    found = reader.page(wanted - 1, 1, wanted)
    if not found:
        raise ApiError(404, f"there is no alarm {wanted}")
    pages = _Pages(reader)
    actions = [entry for entry in pages.some(wanted, last, "kind = 'action'") if entry.body.alarm == wanted]
    for closing in (entry for entry in actions if entry.body.code == CLOSED):
        alarm = _replay(pages, found[0], closing.id)
        if alarm is not None:
            mine = [entry.id for entry in actions if entry.id <= closing.id]
            ids = sorted({*alarm.latest[-ENTRIES:], *mine})[-ENTRIES:]
            return alarm, reader.some(ids)
    raise ApiError(404, f"there is no alarm {wanted}: entry {wanted} opened none, or the journal does not tell its end")


def _replay(pages: _Pages, opening: Entry, closing: int) -> Alarm | None:
    """The alarm at its closing action, when that did close it."""
    desk = Desk(Checkpoint(start=opening.id))
    for entry in _of_account(pages, opening.id - 1, closing, opening.body.account):
        desk.take(entry)
    for change in desk.drain_changes():
        if change.id == opening.id and change.closed:
            return change.alarm
    return None


def _of_account(pages: _Pages, since: int, last: int, account: str) -> Iterator[Entry]:
    """What may concern an account's alarm: entries with its number, whatever its name, actions and renamings."""
    if not account:
        # A body leaves out what is blank; inside a text the quotes would have strokes before them.
        return pages.some(since, last, "kind = 'action' OR instr(body, ?) = 0", [b'"account":'])
    named = b'"account":' + encode_text(account)
    wanted = "kind = 'action' OR instr(body, ?) > 0 OR instr(body, ?) > 0"
    return pages.some(since, last, wanted, [named, b'"accounts.changed"'])
