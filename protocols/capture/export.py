"""What ptsn itself wrote down: ``ptsn journal export`` (JSON lines or CSV), ``ptsn tail --record`` and ``--json``.

Any JSON object with a text ``raw`` is a message; those that ``ptsn tail --wire`` records have ``bytes`` and ``what``.
Lines of ``ptsn decode --json`` are read, too. Bytes stand in all of them as Latin-1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from protocols.capture.errors import CaptureError, OtherFormatError
from protocols.capture.pieces import End, Flow, Gap, Item, Note, Piece, Side
from protocols.capture.supply import lines
from protocols.secrets import STAR, places
from protocols.wires import WIRES

CSV = re.compile(rb"id,arrival,[a-z_,]*\braw\b")
"""The beginning of the header of a CSV export."""
_EVENTS = ("wire", "entry", "alarm", "trouble", "stalled", "behind", "hello", "snapshot")
"""What ``ptsn tail`` records."""
_ENDINGS = ("connected", "closed", "broken off")
_decode = msgspec.json.Decoder().decode


def row(line: bytes) -> dict[str, Any] | None:
    """A line as an object that may hold a message; None where it is none."""
    try:
        read = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    ours = isinstance(_message(read), str) or read.get("event") in _EVENTS
    return read if ours or ("what" in read and "peer" in read) else None


def read(chunks: Iterable[bytes]) -> Iterator[Item]:
    """The messages of an export or a record, each once though it may have made several entries.

    Raises CaptureError for a line that is none of an export.
    """
    source = lines(chunks)
    first = next(source, b"")
    rows = _from_csv(first, source) if CSV.match(first) else _from_json(first, source)
    reader = _Rows()
    number = 0
    for number, each in rows:
        yield from reader.take(each, number)
    for flow in reader.flows:
        yield End(flow, None, number)


def _from_json(first: bytes, rest: Iterator[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_chained(first, rest), 1):
        if not line.strip():
            continue
        read = row(line)
        if read is None:
            raise OtherFormatError(f"line {number} is not a JSON object of an export or a record of ptsn.")
        yield number, read


def _from_csv(first: bytes, rest: Iterator[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(line.decode("utf-8", "replace") for line in _chained(first, rest))
    try:
        for each in reader:
            yield reader.line_num, dict(each)
    except csv.Error as error:
        raise CaptureError(f"line {reader.line_num} of the CSV export cannot be read: {error}.") from None


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _message(row: dict[str, Any]) -> object:
    """The bytes of a whole message in a row of an export, or in a line of ``ptsn decode --json``."""
    return row["raw"] if "raw" in row else row.get("frame") if "ok" in row else None


class _Rows:
    def __init__(self) -> None:
        self.flows: dict[Flow, None] = {}
        """Streams that began and did not end."""
        self._arrival: object = None

    def take(self, row: dict[str, Any], number: int) -> Iterator[Item]:
        raw, peer = _message(row), _text(row.get("peer"))
        if isinstance(raw, str) and raw:
            arrival = row.get("arrival")
            if arrival is not None and arrival == self._arrival:
                return
            self._arrival = arrival
            if _masked(raw):
                yield Note("capture.masked", number)
            flow = Flow(source=peer, side=Side.PANEL, whole=True)
            at, protocol = _time(row.get("received_at") or row.get("at")), _text(row.get("protocol"))
            yield from _pieces(flow, raw, at, number, protocol if protocol in WIRES else "")
        elif row.get("what") in ("in", "out") and isinstance(row.get("bytes"), str):
            yield from self._wire(row, peer, number)
        elif row.get("what") == "note" and _text(row.get("text")).startswith(_ENDINGS):
            for flow in [flow for flow in self.flows if peer in (flow.source, flow.target)]:
                del self.flows[flow]
                yield End(flow, _time(row.get("at")), number)

    def _wire(self, row: dict[str, Any], peer: str, number: int) -> Iterator[Item]:
        comes = row["what"] == "in"
        flow = Flow(source=peer, side=Side.PANEL) if comes else Flow(target=peer, side=Side.STATION)
        text, at = row["bytes"], _time(row.get("at"))
        self.flows[flow] = None
        if _masked(text):
            yield Note("capture.masked", number)
        yield from _pieces(flow, text, at, number)
        size = row.get("size")
        if isinstance(size, int) and size > len(text):
            yield Gap(flow, size - len(text), at, number)


def _pieces(flow: Flow, text: str, at: float | None, number: int, protocol: str = "") -> Iterator[Item]:
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        raise CaptureError(f"line {number} holds bytes with a character that is no byte.") from None
    if data:
        yield Piece(flow, data, at, number, protocol=protocol)


def _masked(text: str) -> bool:
    """Whether a key in it was not written down."""
    return any(text.startswith(STAR, start) for start, _ in places(text))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> float | None:
    try:
        return datetime.fromisoformat(_text(value)).timestamp()
    except (ValueError, OverflowError):
        return None
