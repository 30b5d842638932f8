"""The journal for others: one line a signal, JSON lines or CSV. This form is kept from release to release."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

import msgspec

from receiver.journal.entry import Entry, EntryKind
from receiver.journal.reader import JournalReader

SIGNALS = frozenset({EntryKind.SIGNAL, EntryKind.AMENDMENT, EntryKind.UNREAD})
"""What an export holds unless everything is asked for: what panels sent. Who counts events counts no amendments."""

_FIELDS = (
    "kind",
    "received_at",
    "occurred_at",
    "adapter",
    "protocol",
    "peer",
    "account",
    "header_account",
    "receiver",
    "prefix",
    "sequence",
    "scheme",
    "code",
    "qualifier",
    "category",
    "priority",
    "partition",
    "subject",
    "number",
    "user",
    "text",
    "details",
    "extended",
    "latitude",
    "longitude",
    "url",
    "encrypted",
    "repeat",
    "late",
    "findings",
    "raw",
    # Not promised to others, but useful:
    "node",
    "token",
    "account_key",
    "path",
    "sent_at",
    "age_s",
    "unknown",
    "alarm",
    "operator",
    "note",
    "count",
    "unverified",
    "line",
    "amends",
)

COLUMNS = ("id", "arrival", *_FIELDS)
"""Keys of every JSON line, and the header of the CSV form."""

Names = Callable[[Mapping[str, Any]], Sequence[str]]
"""``(row) -> words``: what a row is called, one text for each of ``NAMED``."""
NAMED = ("event", "site", "zone_name")
"""Columns behind the others in a CSV whose reader wants words."""

_encode = msgspec.json.Encoder().encode

# A spreadsheet takes a cell that begins like this for a formula; what a panel sent must not become one.
_FORMULA = ("=", "+", "-", "@", "\t")


def row(entry: Entry) -> dict[str, Any]:
    """One entry as it stands. Times are RFC 3339 in UTC; ``raw`` is latin-1."""
    body = entry.body
    result: dict[str, Any] = {"id": entry.id, "arrival": entry.arrival}
    for name in _FIELDS:
        result[name] = getattr(body, name)
    return result


def rows(reader: JournalReader, since: int = 0, *, everything: bool = False) -> Iterator[dict[str, Any]]:
    """The exported rows after an id. The message's bytes and
    extended data, kept in its first entry only, stand in every row."""
    first: Entry | None = None
    for entry in reader.each(since=since, upto=reader.last_id()):
        body = entry.body
        if not everything and body.kind not in SIGNALS:
            continue
        exported = row(entry)
        if entry.arrival == entry.id:
            first = entry
        else:
            if first is None or first.id != entry.arrival:
                first = next(iter(reader.page(since=entry.arrival - 1, limit=1)))
            exported["raw"] = first.body.raw
            exported["extended"] = first.body.extended
        yield exported


def export_jsonl(exported: Iterable[dict[str, Any]]) -> Iterator[str]:
    """JSON lines, without their newline."""
    for each in exported:
        yield _encode(each).decode()


def export_csv(exported: Iterable[dict[str, Any]], out: TextIO, names: Names | None = None) -> int:
    """CSV with a header; lists and objects as JSON, true/false as 1/0. Returns the number of rows.

    With ``names`` the columns ``NAMED`` stand behind the others.
    Open ``out`` with ``newline=""``: ``raw`` holds line feeds and carriage returns.
    """
    writer = csv.writer(out)
    writer.writerow((*COLUMNS, *NAMED) if names else COLUMNS)
    count = 0
    for each in exported:
        cells = [_cell(name, value) for name, value in each.items()]
        if names:
            cells += [_cell(name, value) for name, value in zip(NAMED, names(each), strict=True)]
        writer.writerow(cells)
        count += 1
    return count


def _cell(name: str, value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if name == "findings":
        return " ".join(value)
    if isinstance(value, dict):
        return _encode(value).decode() if value else ""
    if isinstance(value, str) and name != "raw" and value.startswith(_FORMULA):
        return "'" + value
    return value
