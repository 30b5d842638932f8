"""Messages of both modes byte by byte.

SIA mode: ``start`` ``crc`` ``type`` ``sequence`` ``receiver`` ``line`` ``open``, then ``account`` and the content,
``close`` ``end``; D6500 mode: ``header`` ``type`` ``receiver`` ``line`` ``account``, the content, ``end``. Contact ID
and SIA text have the parts of their own modules, another content is ``data``. ``rest`` is what cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from protocols import contact_id_parts, sia_parts
from protocols.d6600 import contents, grammar, record_reading, records
from protocols.d6600.findings import D6500_PARTS, finding
from protocols.d6600.findings import PARTS as D6600_PARTS
from protocols.d6600.grammar import Message
from protocols.d6600.reading import PROTOCOL, split
from protocols.d6600.record_reading import PROTOCOL as D6500
from protocols.d6600.records import Record
from protocols.explanation import WIRE, Explanation, LayerBuilder, Pieces
from protocols.lines.explaining import Explainer, explanation
from protocols.lines.texts import with_offsets
from protocols.model import Base, Dialect, Finding, Severity


def message_taken_apart(data: bytes, findings: Sequence[Finding], noise: str, dialect: Dialect) -> Explanation:
    """The parts of a message of SIA mode."""
    builder = _Builder(PROTOCOL, data, dialect)
    size = grammar.match(data, 0, True)
    message = grammar.parse(data[:size]) if size > 0 else None
    if message is not None:
        _message(builder, message, size)
    return builder.done(findings, noise, D6600_PARTS)


def record_taken_apart(data: bytes, findings: Sequence[Finding], noise: str, dialect: Dialect) -> Explanation:
    """The parts of a record of D6500 mode."""
    builder = _Builder(D6500, data, dialect)
    size = records.match(data, 0, True)
    record = records.parse(data[:size]) if size > 0 else None
    if record is not None:
        _record(builder, record)
    return builder.done(findings, noise, D6500_PARTS)


explain = Explainer(PROTOCOL, message_taken_apart)
explain_record = Explainer(D6500, record_taken_apart)


class _Builder:
    """The one layer in the making, and where findings about the content show; their severities say nothing."""

    def __init__(self, protocol: str, data: bytes, dialect: Dialect) -> None:
        self.protocol = protocol
        self.layer = LayerBuilder(WIRE, data)
        self.found: list[Finding] = []
        self._dialect = dialect

    def part(
        self, name: str, end: int, value: bytes = b"", values: dict[str, str] | None = None, *, fits: bool = True
    ) -> None:
        """Add a part of the protocol's own."""
        self.layer.part(f"{self.protocol}.{name}", end, value.decode("latin-1"), values, fits)

    def account(self, end: int) -> None:
        """Blanks, the account, and what stands around it."""
        given = self.layer.data[self.layer.at : end]
        self.part("account", end, given.strip(b" [#|"))

    def contact(self, end: int) -> None:
        """``18QXYZGGCCC``."""
        at = self.layer.at
        words = self.layer.data[at:end].decode("latin-1")
        match = contents.CONTACT.fullmatch(words)
        if match is None:
            self.part("data", end, words.encode("latin-1"))
            return
        self.layer.part("contact-id.type", at + 2, match[1])
        letter = words[2:3]
        pieces = contact_id_parts.parts(contents.QUALIFIERS.get(letter, letter) + words[3:])
        self._add(pieces, range(len(words) + 1))
        if letter in contents.QUALIFIERS:
            self.found.append(finding(f"{self.protocol}.contact-id.letter", at + 2, 1))

    def text(self, end: int) -> None:
        """SIA text."""
        data = self.layer.data[self.layer.at : end]
        words, offsets = with_offsets(data, self._dialect.encoding)
        self._add(sia_parts.parts(words, hexadecimal=self._dialect.base is Base.HEX), offsets)
        self.part("data", end)

    def _add(self, pieces: Pieces, offsets: Sequence[int]) -> None:
        base = self.layer.at
        for part in pieces.parts:
            self.layer.part(part.id, base + offsets[part.end], part.value, part.values, part.fits)
        for id_, (start, end) in pieces.places.items():
            first, last = base + offsets[start], base + offsets[end]
            self.found.append(Finding(id_, Severity.NOTE, first, last - first))

    def done(self, findings: Sequence[Finding], noise: str, parts: Mapping[str, str]) -> Explanation:
        """The explanation; what has no part yet is the rest."""
        self.part("rest", len(self.layer.data))
        return explanation(self.protocol, self.layer, findings, parts, self.found, noise=noise)


def _message(builder: _Builder, message: Message, size: int) -> None:
    layer, data = builder.layer, builder.layer.data
    builder.part("start", int(message.lf))
    if not message.command:
        given = message.crc.decode("ascii").upper()
        values = {"given": given, "computed": f"{message.computed:04X}", "covering": message.covering}
        builder.part("crc", layer.at + 4, given.encode(), values, fits=bool(message.covering))
        builder.part("type", layer.at + 1, b"TAB" if message.type == grammar.TAB else message.type)
    builder.part("sequence", layer.at + 4, message.sequence)
    builder.part("receiver", layer.at + 2, message.receiver)
    builder.part("line", layer.at + len(message.line), message.line)
    builder.part("open", message.open_at + 1)
    inside = data[message.open_at + 1 : message.close_at]
    blanks = len(inside) - len(inside.lstrip(b" "))
    account, content = split(inside.strip(b" "))
    begin = layer.at + blanks
    if message.command:
        builder.part("command", message.close_at, inside)
    elif account:
        builder.account(begin + len(inside.strip(b" ")) - len(content))
    end = begin + len(inside.strip(b" "))
    if message.type == b"a":
        builder.contact(end)
    elif message.type == grammar.TAB and content and not content.startswith((b"&", b"REJECT COMMAND")):
        builder.text(end)
    builder.part("data", message.close_at, data[layer.at : message.close_at].strip(b" "))
    builder.part("close", message.close_at + 1)
    builder.part("end", size)


def _record(builder: _Builder, record: Record) -> None:
    layer, data = builder.layer, builder.layer.data
    end = record.body_at + len(record.body)
    builder.part("header", len(record.header))
    if record.command:
        builder.part("command", end, record.body)
        builder.part("end", end + len(record.trailer))
        return
    builder.part("type", layer.at + 1, record.type)
    builder.part("receiver", layer.at + 2, record.receiver)
    builder.part("line", layer.at + 1, record.line)
    words = record.body.decode("latin-1")
    if record.type == b"S":
        _, content = split(record.body[1:])
        builder.account(end - len(content))
        builder.text(end - content.endswith(b"]"))
    elif record.type == b"a" and (contact := record_reading.CONTACT.fullmatch(words)) is not None:
        builder.account(layer.at + len(contact[1]))
        builder.contact(end)
    elif record.type == b"1" and (common := record_reading.COMMON.fullmatch(words)) is not None:
        builder.account(record.body_at + common.end(1))
        builder.part("code", record.body_at + common.end(2), data[layer.at : record.body_at + common.end(2)].strip())
        builder.part("zone", end, data[layer.at : end].strip())
    builder.part("data", end, data[layer.at : end].strip(b" []"))
    builder.part("end", end + len(record.trailer))
