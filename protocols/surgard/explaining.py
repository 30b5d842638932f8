"""A Sur-Gard line taken apart byte by byte, by the same grammar that reads it.

=====================  ===============================================  ===========================================
part                   value                                            values
=====================  ===============================================  ===========================================
``surgard.filler``     line ends and zero bytes between lines
``surgard.format``     the identifier
``surgard.receiver``   receiver number
``surgard.line``       line number
``surgard.account``    without blanks
``surgard.space``      blanks between columns
``surgard.heartbeat``  the ``@``
``surgard.type``       ``18`` of Contact ID
``surgard.event``      letter of a basic line                           ``scheme`` ``code`` ``qualifier`` ``subject``
``surgard.area``       area of a basic line
``surgard.number``     its code, zone or user                           ``subject``
``surgard.code``       a code without a standard table
``surgard.channels``   eight digits of a high speed line
``surgard.status``     its status digit
``surgard.phone``      of a caller
``surgard.open``       ``[#``
``surgard.bar``        between account and content
``surgard.close``      ``]``
``surgard.data``       content that is not read
``surgard.clock``      the receiver's clock
``surgard.end``        terminator
``surgard.trailer``    zero bytes behind it
``surgard.rest``       what is no line
=====================  ===============================================  ===========================================

Events are ``contact-id.`` and ``sia.`` parts, as in every protocol.
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols import catalogue, contact_id, sia_findings, sia_parts
from protocols.explanation import WIRE, Explanation, Layer, LayerBuilder, Placed
from protocols.lines import texts
from protocols.lines.explaining import Explainer
from protocols.lines.scanning import Found, Scanner
from protocols.model import Dialect, Finding, Noise
from protocols.surgard import tables
from protocols.surgard.events import QUALIFIERS
from protocols.surgard.findings import PARTS
from protocols.surgard.grammar import FILLER, Form, Lines, parse_whole
from protocols.surgard.reading import PROTOCOL

_PARTS = {**PARTS, **contact_id.PARTS, **sia_findings.PARTS}
_GROUPS = {"before": "space", "gap": "space", "after": "space", "beat": "heartbeat"}
"""Fields of the grammar whose part has another name."""


def taken_apart(
    data: bytes,
    findings: Sequence[Finding] = (),
    noise: str = "",
    dialect: Dialect = Dialect(),  # noqa: B008 - immutable
) -> Explanation:
    """The parts of a message; ``dialect`` gives the encoding of its texts."""
    wire = LayerBuilder(WIRE, data)
    places: dict[str, tuple[int, int]] = {}
    scanner = Scanner(Lines())
    scanner.feed(data)
    while (found := scanner.next(final=True)) is not None:
        if isinstance(found, Noise):
            filler = len(data[wire.at :]) - len(data[wire.at :].lstrip(FILLER))
            wire.part("surgard.filler", wire.at + filler)
            wire.part("surgard.rest", wire.at + found.size - filler)
        else:
            wire.part("surgard.filler", wire.at + len(found.filler))
            _line(wire, found, places, dialect.encoding)
    wire.part("surgard.filler", len(data))
    layer = wire.layer()
    return Explanation(PROTOCOL, (layer,), tuple(_placed(one, layer, places) for one in findings), noise)


explain = Explainer(PROTOCOL, taken_apart)


def _line(wire: LayerBuilder, found: Found, places: dict[str, tuple[int, int]], encoding: str) -> None:
    raw, base = found.raw, wire.at
    body = raw.rstrip(FILLER)
    form = parse_whole(body)
    if form is None:
        for id_, value in (("format", body[:1]), ("receiver", body[1:3]), ("line", body[3:4]), ("data", body[4:])):
            wire.part(f"surgard.{id_}", wire.at + len(value), value.decode("latin-1"))
    else:
        _fields(wire, form, base, places, encoding)
    end = raw[len(body) :]
    wire.part("surgard.end", base + len(body) + len(end.rstrip(b"\0") or end[:1]))
    wire.part("surgard.trailer", base + len(raw))


def _fields(wire: LayerBuilder, form: Form, base: int, places: dict[str, tuple[int, int]], encoding: str) -> None:
    """The parts of a line that its grammar has read."""
    match = form.match
    fields = {name: value.decode("latin-1") for name, value in match.groupdict(b"").items()}
    for name in sorted(fields, key=match.start):
        start, end = match.span(name)
        if start < 0:
            continue
        if name == "data":
            wire.part("surgard.space", base + start)
            _content(wire, match["data"], places, encoding)
            continue
        id_, value, values = _said(form.name, name, fields)
        if not value:
            continue  # blanks: the next field takes those in front of it for a part
        wire.part("surgard.space", base + end - len(fields[name].lstrip(" ")))
        wire.part(id_, base + end, value, values)
    wire.part("surgard.space", base + match.end())


def _said(form: str, name: str, fields: dict[str, str]) -> tuple[str, str, dict[str, str]]:
    """Id, value and values of one field."""
    value = fields[name].strip(" ")
    if form == "contact-id" and name in ("qualifier", "code", "partition", "number"):
        return _contact_id(name, value, fields)
    if form == "sia1" and name in ("code", "number"):
        meaning = catalogue.find("sia", fields["code"])
        values = {"event": "1", "subject": meaning.subject}
        if name == "number":
            return "sia.address", value, values
        qualifier = "restore" if meaning.category == "restore" else "new"
        return "sia.event", value, {"scheme": "sia", "code": value, "qualifier": qualifier} | values
    if form == "modem2" and name == "number":
        return "surgard.number", value, {"subject": catalogue.find("other", fields["code"]).subject}
    if form == "basic" and name in ("event", "number"):
        return _basic(name, value, fields)
    return f"surgard.{_GROUPS.get(name, name)}", value, {}


def _contact_id(name: str, value: str, fields: dict[str, str]) -> tuple[str, str, dict[str, str]]:
    digit = QUALIFIERS.get(fields["qualifier"], fields["qualifier"])
    qualifier = contact_id.QUALIFIERS[digit].value
    subject = catalogue.find("contact-id", fields["code"]).subject
    if name == "qualifier":
        return "contact-id.qualifier", qualifier, {"digit": value}
    if name == "code":
        values = {"scheme": "contact-id", "code": value, "qualifier": qualifier, "subject": subject}
        return "contact-id.code", value, values
    return f"contact-id.{name}", value, {"subject": subject} if name == "number" else {}


def _basic(name: str, value: str, fields: dict[str, str]) -> tuple[str, str, dict[str, str]]:
    letter = fields["event"].strip(" ")
    if not letter:
        return "surgard.code" if name == "number" else "surgard.event", value, {}
    code = tables.letters().get(letter, "")
    meaning = catalogue.find("sia", code) if code else catalogue.find("other", letter)
    if name == "number":
        return "surgard.number", value, {"subject": meaning.subject}
    if not code:
        return "surgard.event", value, {"scheme": "other", "code": letter, "qualifier": "new"}
    qualifier = "restore" if meaning.category == "restore" else "new"
    return "surgard.event", value, {"scheme": "sia", "code": code, "qualifier": qualifier, "subject": meaning.subject}


def _content(wire: LayerBuilder, data: bytes, places: dict[str, tuple[int, int]], encoding: str) -> None:
    """Add the parts of SIA text."""
    base = wire.at
    words, offsets = texts.with_offsets(data, encoding)
    pieces = sia_parts.parts(words)
    for part in pieces.parts:
        wire.part(part.id, base + offsets[part.end], part.value, part.values, part.fits)
    for id_, (start, end) in pieces.places.items():
        places.setdefault(id_, (base + offsets[start], base + offsets[end]))


def _placed(finding: Finding, layer: Layer, places: dict[str, tuple[int, int]]) -> Placed:
    """A finding with the bytes where it shows: its own, those that the content tells, or the part of its table."""
    where = places.get(finding.id)
    if finding.offset is not None and 0 <= finding.offset < finding.offset + finding.length <= len(layer.data):
        where = finding.offset, finding.offset + finding.length
    if where is None or where[0] >= where[1]:
        wanted = _PARTS.get(finding.id, "")
        prefixes = ("sia.", "surgard.data") if wanted == "surgard.data" else (wanted,)
        part = next((one for one in layer.parts if wanted and one.id.startswith(prefixes)), None)
        where = None if part is None else (part.start, part.end)
    return Placed(finding.id, finding.severity, layer.name, *where) if where else Placed(finding.id, finding.severity)
