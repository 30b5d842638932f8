"""What the API says of the bytes of an entry: their parts, ids and values, without a word of any language."""

from __future__ import annotations

from typing import Any

import msgspec

from protocols import dc09, wires
from protocols.findings import SEVERITIES
from protocols.model import Arrival, Dialect, Finding, Severity
from protocols.secrets import masked
from receiver.api.errors import ApiError
from receiver.journal.entry import Body, Entry
from receiver.journal.reader import JournalReader


def read_message(reader: JournalReader, wanted: int) -> tuple[Entry, Body]:
    """An entry, and the body that holds the bytes of its message: that of the message's first entry.

    Raises ApiError (404) where there is no such entry, or no bytes that could be explained.
    """
    entry = _entry(reader, wanted)
    if entry is None:
        raise ApiError(404, f"there is no entry {wanted}")
    first = entry if entry.arrival == entry.id else _entry(reader, entry.arrival)
    if first is None or not first.body.raw:
        raise ApiError(404, f"entry {wanted} ({entry.body.kind}) holds no bytes of a message")
    if first.body.protocol not in wires.BY_NAME:
        raise ApiError(404, f"entry {wanted}: messages of protocol {first.body.protocol!r} cannot be explained here")
    return entry, first.body


def _entry(reader: JournalReader, wanted: int) -> Entry | None:
    page = reader.page(wanted - 1, 1, wanted)
    return page[0] if page else None


def explanation(entry: Entry, message: Body, dialect: Dialect) -> bytes:
    """The parts of a message as JSON. ``dialect`` is the account's.

    A refused message is kept as it came: it is opened with the account's keys, and what it holds is masked.
    """
    raw = message.raw.encode("latin-1")
    plain = message.plain or (_opened(raw, dialect) if message.protocol == dc09.PROTOCOL else "")
    # The journal keeps the ids of findings only; where they show is told by the bytes.
    findings = [Finding(id_, SEVERITIES.get(id_, Severity.NOTE)) for id_ in message.findings]
    found = wires.BY_NAME[message.protocol].explain(
        raw,
        keys=() if plain else dialect.keys,
        plain=plain.encode("latin-1"),
        findings=findings,
        dialect=dialect,
    )
    shown: dict[str, Any] = {
        "id": entry.id,
        "arrival": entry.arrival,
        "protocol": found.protocol,
        "layers": [
            {"name": layer.name, "bytes": layer.data.decode("latin-1"), "parts": layer.parts} for layer in found.layers
        ],
        "findings": found.findings,
    }
    return msgspec.json.encode(shown)


def _opened(raw: bytes, dialect: Dialect) -> str:
    """The decrypted bytes of a message with keys inside overwritten; blank where no key opens it."""
    if not dialect.keys:
        return ""
    first = next(iter(dc09.decode(raw, [key.material for key in dialect.keys])), None)
    return masked(first.plain.decode("latin-1")) if isinstance(first, Arrival) else ""
