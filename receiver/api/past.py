"""An alarm that is closed, told from the journal once more.

The action that closed it names it; between the entry that opened it and that action the desk is run again. Whatever
opened before that entry is not known then, which makes no difference to an alarm of another account; of the account
itself nothing was open, or the entry had joined that alarm and no action would name its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from receiver.api.errors import ApiError
from receiver.desk import CLOSED, Alarm, Checkpoint, Desk
from receiver.journal.entry import Entry, encode_text
from receiver.journal.reader import JournalReader, entry_from_row

SPAN = 20_000
"""Ids looked through by one short query."""
ENTRIES = 10
"""Newest entries of the alarm that are told with it."""

_COLUMNS = "id, arrival, kind, received_us, body"


def closed_alarm(reader: JournalReader, wanted: int) -> tuple[Alarm, list[Entry]]:
    """The alarm as it was when it was closed, and its newest entries, the action that closed it among them.

    Raises ApiError (404) when no such alarm was ever closed.
    """
    last = reader.last_id()
    found = reader.page(wanted - 1, 1, wanted)
    if not found:
        raise ApiError(404, f"there is no alarm {wanted}")
    actions = [entry for entry in _actions(reader, wanted, last) if entry.body.alarm == wanted]
    for closing in (entry for entry in actions if entry.body.code == CLOSED):
        alarm = _replay(reader, found[0], closing.id)
        if alarm is not None:
            mine = [entry.id for entry in actions if entry.id <= closing.id]
            ids = sorted({*alarm.latest[-ENTRIES:], *mine})[-ENTRIES:]
            return alarm, entries_of(reader, ids)
    raise ApiError(404, f"there is no alarm {wanted}: entry {wanted} opened none, or the journal does not tell its end")


def entries_of(reader: JournalReader, ids: Iterable[int]) -> list[Entry]:
    """The entries of these ids, as far as they are there."""
    return [entry for one in ids for entry in reader.page(one - 1, 1, one)]


def _replay(reader: JournalReader, opening: Entry, closing: int) -> Alarm | None:
    """The alarm at its closing action, when that did close it."""
    desk = Desk(Checkpoint(start=opening.id))
    for entry in _of_account(reader, opening.id - 1, closing, opening.body.account):
        desk.take(entry)
    for change in desk.drain_changes():
        if change.id == opening.id and change.closed:
            return change.alarm
    return None


def _actions(reader: JournalReader, since: int, last: int) -> Iterator[Entry]:
    """Operators' actions after an id; nothing else is decoded."""
    return _some(reader, since, last, "kind = 'action'", [])


def _of_account(reader: JournalReader, since: int, last: int, account: str) -> Iterator[Entry]:
    """What may concern an account's alarm: entries with its number, whatever its name, actions and renamings."""
    if not account:
        # A body leaves out what is blank; inside a text the quotes would have strokes before them.
        yield from _some(reader, since, last, "kind = 'action' OR instr(body, ?) = 0", [b'"account":'])
        return
    named = b'"account":' + encode_text(account)
    wanted = "kind = 'action' OR instr(body, ?) > 0 OR instr(body, ?) > 0"
    yield from _some(reader, since, last, wanted, [named, b'"accounts.changed"'])


def _some(reader: JournalReader, since: int, last: int, wanted: str, values: list[bytes]) -> Iterator[Entry]:
    while since < last:
        upto = min(last, since + SPAN)
        sql = f"SELECT {_COLUMNS} FROM entries WHERE id > ? AND id <= ? AND ({wanted}) ORDER BY id"
        for row in reader.rows(sql, [since, upto, *values]):
            yield entry_from_row(row)
        since = upto
