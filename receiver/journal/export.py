"""The journal for others: one line a signal, JSON lines or CSV. This form is kept from release to release."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

import msgspec

from receiver.journal.entry import Entry, EntryKind

SIGNALS = frozenset({EntryKind.SIGNAL, EntryKind.UNREAD})
"""What an export holds unless everything is asked for: what panels sent."""

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
)

COLUMNS = ("id", "arrival", *_FIELDS)
"""Keys of every JSON line, and the header of the CSV form."""

_encode = msgspec.json.Encoder().encode

# A spreadsheet takes a cell that begins like this for a formula; what a panel sent must not become one.
_FORMULA = ("=", "+", "-", "@", "\t")


def row(entry: Entry) -> dict[str, Any]:
    """One entry as exported. Times are RFC 3339 in UTC; ``raw`` is latin-1."""
    body = entry.body
    result: dict[str, Any] = {"id": entry.id, "arrival": entry.arrival}
    for name in _FIELDS:
        result[name] = getattr(body, name)
    return result


def export_jsonl(entries: Iterable[Entry], *, everything: bool = False) -> Iterator[str]:
    """JSON lines, without their newline."""
    for entry in entries:
        if everything or entry.body.kind in SIGNALS:
            yield _encode(row(entry)).decode()


def export_csv(entries: Iterable[Entry], out: TextIO, *, everything: bool = False) -> int:
    """CSV with a header; lists and objects as JSON, true/false as 1/0. Returns the number of rows.

    Open ``out`` with ``newline=""``: ``raw`` holds line feeds and carriage returns.
    """
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for entry in entries:
        if everything or entry.body.kind in SIGNALS:
            writer.writerow([_cell(name, value) for name, value in row(entry).items()])
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
