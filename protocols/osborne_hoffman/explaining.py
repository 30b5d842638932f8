"""Polls and events byte by byte.

A poll is ``start`` ``receiver`` ``line`` ``account`` ``id`` ``end`` with ``gap`` between them; an event is ``start``
``constant`` ``length`` ``token`` ``sequence`` ``receiver`` ``line`` ``open`` ``account``, the content, ``close``
``panel-id`` ``system-account`` ``end``. Contents that are read have the parts of their own modules, others are
``data``; ``rest`` is what cannot be read.
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols import contact_id_parts, sia_parts
from protocols.explanation import WIRE, Explanation, LayerBuilder, Pieces
from protocols.lines.explaining import Explainer, explanation
from protocols.lines.texts import with_offsets
from protocols.model import Base, Dialect, Finding, Severity
from protocols.osborne_hoffman import grammar
from protocols.osborne_hoffman.findings import PARTS
from protocols.osborne_hoffman.grammar import Event, Poll
from protocols.osborne_hoffman.reading import PROTOCOL


def taken_apart(data: bytes, findings: Sequence[Finding], noise: str, dialect: Dialect) -> Explanation:
    """The parts of a message. There is one layer: what is encrypted cannot be opened."""
    found: list[Finding] = []
    layer = LayerBuilder(WIRE, data)
    size = grammar.match(data, 0, True)
    message = grammar.parse(data[:size]) if size > 0 else None
    if isinstance(message, Poll):
        _poll(layer, message, size)
    elif message is not None:
        _event(layer, message, size, dialect, found)
    _part(layer, "rest", len(data))
    return explanation(PROTOCOL, layer, findings, PARTS, found, noise=noise)


explain = Explainer(PROTOCOL, taken_apart)


def _part(
    layer: LayerBuilder,
    name: str,
    end: int,
    value: bytes = b"",
    values: dict[str, str] | None = None,
    *,
    fits: bool = True,
) -> None:
    layer.part(f"{PROTOCOL}.{name}", end, value.decode("latin-1"), values, fits)


def _poll(layer: LayerBuilder, poll: Poll, size: int) -> None:
    _part(layer, "start", poll.spans[0][0])
    named = zip(("receiver", "line", "account", "id", "time"), poll.spans, strict=True)
    for name, (start, end) in named:
        if start >= 0:
            if layer.at < start:
                _part(layer, "gap", start)
            _part(layer, name, end, layer.data[start:end])
    _part(layer, "end", size)


def _event(layer: LayerBuilder, event: Event, size: int, dialect: Dialect, found: list[Finding]) -> None:
    data = layer.data
    _part(layer, "start", event.head_at - 8)
    _part(layer, "constant", event.head_at - 4)
    values = {"given": str(event.length), "counted": str(event.counted)}
    _part(layer, "length", event.head_at, str(event.length).encode(), values, fits=event.length == event.counted)
    sequence_at = event.head_at + len(event.token) + 2 + event.encrypted
    _part(layer, "token", sequence_at, event.token)
    _part(layer, "sequence", sequence_at + 4, event.sequence)
    for name, value in (("receiver", event.receiver), ("line", event.line)):
        if value is not None:
            _part(layer, name, layer.at + 1 + len(value), value)
    _part(layer, "account", event.open_at, event.header_account)
    _part(layer, "open", event.open_at + 1)
    _part(layer, "account", event.content_at, event.account)
    if not event.encrypted:
        _content(layer, event, dialect, found)
    _part(layer, "data", event.close_at, data[layer.at : event.close_at])
    if event.close_at < event.stop:
        _part(layer, "close", event.close_at + 1)
    _part(layer, "panel-id", layer.at + len(event.panel_id), event.panel_id)
    _part(layer, "system-account", event.stop - (9 if event.time else 0), event.system_account)
    _part(layer, "time", event.stop, event.time)
    _part(layer, "end", size)


def _content(layer: LayerBuilder, event: Event, dialect: Dialect, found: list[Finding]) -> None:
    words, offsets = with_offsets(event.content, dialect.encoding)
    if event.token == b"SIA-DCS":
        pieces = sia_parts.parts(words, hexadecimal=dialect.base is Base.HEX)
    elif event.token == b"ADM-CID":
        pieces = contact_id_parts.parts(words)
    else:
        pieces = Pieces(())
    base = layer.at
    for part in pieces.parts:
        layer.part(part.id, base + offsets[part.end], part.value, part.values, part.fits)
    for id_, (start, end) in pieces.places.items():
        found.append(Finding(id_, Severity.NOTE, base + offsets[start], offsets[end] - offsets[start]))
