"""A record taken apart byte by byte.

Parts: ``type`` ``date`` ``time`` ``receiver`` ``reference``, then of the data ``system`` ``argument``, ``account-mark``
``account``, ``dump``, ``data``; ``separator`` between all of them, ``v`` and ``end``; ``rest`` is what cannot be read,
``filler`` what means nothing. All begin with ``mx8000.``.
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols.explanation import WIRE, Explanation, LayerBuilder
from protocols.lines.explaining import Explainer, explanation
from protocols.model import Dialect, Finding
from protocols.mx8000 import system
from protocols.mx8000.findings import PARTS
from protocols.mx8000.grammar import DUMP_MARK, SILENT_KNIGHT_SYSTEM, SYSTEM, Fields, fields_of, v_byte
from protocols.mx8000.reading import PROTOCOL, account_of

_FILLER = b"\0\r\n"


def taken_apart(data: bytes, findings: Sequence[Finding], noise: str, dialect: Dialect) -> Explanation:
    """The parts of a record. No text of it is read, so that ``dialect`` says nothing about it."""
    layer = LayerBuilder(WIRE, data)
    fields = None if noise else fields_of(data)
    if fields is not None:
        _record(layer, fields)
    elif not data.strip(_FILLER):
        layer.part("mx8000.filler", len(data))
    return explanation(PROTOCOL, layer, findings, PARTS, noise=noise)


explain = Explainer(PROTOCOL, taken_apart)


def _record(layer: LayerBuilder, fields: Fields) -> None:
    raw = layer.data
    is_system = raw[0] in (SYSTEM, SILENT_KNIGHT_SYSTEM)
    layer.part("mx8000.type-system" if is_system else "mx8000.type", 1, f"{raw[0]:02X}")
    layer.part("mx8000.date", fields.date[1], _by_two(raw, fields.date, "-"))
    _field(layer, "mx8000.time", fields.time, _by_two(raw, fields.time, ":"))
    for name, span in (("receiver", fields.receiver), ("reference", fields.reference)):
        if span is not None:
            _field(layer, f"mx8000.{name}", span, raw[slice(*span)].decode("latin-1"))
    account = account_of(raw, fields)[1]
    last = next((span for span in reversed(fields.data) if span[1] > span[0]), None)
    for span in fields.data:
        layer.part("mx8000.separator", span[0])
        if is_system and span == last and _system(layer, span):
            continue
        if account is not None and span[0] <= account[0] < span[1]:
            layer.part("mx8000.data", account[0] - 1, raw[layer.at : account[0] - 1].decode("latin-1"))
            layer.part("mx8000.account-mark", account[0])
            layer.part("mx8000.account", account[1], raw[slice(*account)].decode("ascii"))
        name = "mx8000.dump" if raw[span[0] : span[1]].startswith(bytes((DUMP_MARK,))) else "mx8000.data"
        layer.part(name, span[1], raw[layer.at : span[1]].decode("latin-1"))
    layer.part("mx8000.separator", fields.v)
    given, computed = raw[fields.v], v_byte(raw[: fields.v])
    values = {"given": f"{given:02X}", "computed": f"{computed:02X}"}
    layer.part("mx8000.v", fields.v + 1, f"{given:02X}", values, given == computed)
    layer.part("mx8000.end", len(raw))


def _field(layer: LayerBuilder, id_: str, span: tuple[int, int], value: str) -> None:
    layer.part("mx8000.separator", span[0])
    layer.part(id_, span[1], value)


def _by_two(raw: bytes, span: tuple[int, int], between: str) -> str:
    digits = raw[slice(*span)].decode("ascii")
    return between.join(digits[at : at + 2] for at in range(0, len(digits), 2))


def _system(layer: LayerBuilder, span: tuple[int, int]) -> bool:
    """Add the event of a system message; False where there is none that is known."""
    raw = layer.data
    found = system.read(raw[slice(*span)])
    if found is None:
        return False
    meaning, argument, fits = found
    values = {"scheme": meaning.scheme.value, "code": meaning.code, "qualifier": meaning.qualifier.value}
    name = "mx8000.system" if meaning.scheme == "sia" else f"mx8000.system-{meaning.code}"
    layer.part(name, span[0] + 1, f"{raw[span[0]]:02X}", values)
    layer.part("mx8000.argument", span[1], argument, {}, fits)
    return True
