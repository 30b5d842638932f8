"""A line of an Ademco 685 taken apart byte by byte.

Parts: ``start`` ``receiver`` ``line`` ``space`` ``account``, then the content, ``mark`` and ``end``; ``rest`` is what
cannot be read, ``filler`` what means nothing. Contents: ``event`` ``zone`` (4+1, 4+2), ``caps``, ``channel``
``channel-normal`` ``channel-unknown`` ``status`` (4-8-1), ``kind`` beside the parts ``contact-id.``, ``okay``. All
others begin with ``ademco685.``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from protocols import catalogue, contact_id
from protocols.ademco685.findings import PARTS
from protocols.ademco685.grammar import fields
from protocols.ademco685.reading import PROTOCOL, Reader, caps_number, digits_of, event_text
from protocols.explanation import WIRE, Explanation, LayerBuilder
from protocols.lines import channels
from protocols.lines.explaining import Explainer, explanation
from protocols.lines.scanning import Found
from protocols.model import Dialect, Finding, Moment

_FILLER = b"\0\r\n"
_broken_head = re.compile(rb"(\n)([0-9A-Fa-f]{1,5})(?= )").match
_NO_TIME = Moment(0.0, 0.0)


def taken_apart(data: bytes, findings: Sequence[Finding], noise: str, dialect: Dialect) -> Explanation:
    """The parts of a line. Lines have no text, so that ``dialect`` says nothing about them."""
    layer = LayerBuilder(WIRE, data)
    found: Sequence[Finding] = ()
    match = None if noise else fields(data)
    if match is not None:
        _Line(layer, match).explain()
        found = Reader().read(Found(data), _NO_TIME).arrival.findings
    elif (head := _broken_head(data)) is not None:
        layer.part("ademco685.start", 1)
        layer.part("ademco685.receiver", head.end() - 1, head[2][:-1].decode("ascii"))
        layer.part("ademco685.line", head.end(), head[2][-1:].decode("ascii"))
        layer.part("ademco685.space", head.end() + 1)
        body = len(data.rstrip(b"\r\x1b"))
        layer.part("ademco685.rest", body, data[layer.at : body].decode("latin-1"))
        layer.part("ademco685.end", len(data))
    elif not data.strip(_FILLER):
        layer.part("ademco685.filler", len(data))
    return explanation(PROTOCOL, layer, findings, PARTS, found, noise=noise)


explain = Explainer(PROTOCOL, taken_apart)


class _Line:
    """A line that can be read, on its way into parts."""

    def __init__(self, layer: LayerBuilder, match: re.Match[bytes]) -> None:
        self._layer = layer
        self._match = match

    def explain(self) -> None:
        """Add every part up to the terminator."""
        match, layer = self._match, self._layer
        layer.part("ademco685.start", match.end("start"))
        head, end = match["head"].decode("ascii"), match.end("head")
        layer.part("ademco685.receiver", end - 1, head[:-1])
        layer.part("ademco685.line", end, head[-1])
        if match["okay"] is not None:
            self._part("ademco685.okay", "okay", "OKAY @")
        else:
            self._part("ademco685.account", "account", self._text("account"))
            self._content()
        self._part("ademco685.mark", "mark", "R")
        layer.part("ademco685.space", match.end("pad"))
        layer.part("ademco685.end", len(layer.data))

    def _content(self) -> None:
        match = self._match
        if match["code"] is not None:
            self._contact_id()
        elif match["status"] is not None:
            self._channels()
        elif match["caps"] is not None:
            number = caps_number(match["caps"])
            values = {"event": f"{number >> 4:X}", "zone": str(number & 0xF)}
            self._part("ademco685.caps", "caps", f"{number:03}", values, number <= 0xFF)
            if match["caps_end"] is not None:
                self._layer.part("ademco685.end", match.end("caps_end"))
        else:
            self._part("ademco685.event", "event", self._text("event"))
            if match["zone"] is not None:
                self._part("ademco685.zone", "zone", self._text("zone"))

    def _contact_id(self) -> None:
        match = self._match
        digit, code = event_text(match)[0], self._text("code")
        qualifier = contact_id.QUALIFIERS[digit].value
        subject = catalogue.find("contact-id", code).subject
        self._part("contact-id.type", "type", self._text("type"))
        self._part("contact-id.qualifier", "qualifier", qualifier, {"digit": self._text("qualifier")})
        values = {"scheme": "contact-id", "code": code, "qualifier": qualifier, "subject": subject}
        self._part("contact-id.code", "code", code, values)
        if match["partition"] is not None:
            self._part("contact-id.partition", "partition", self._text("partition"))
        if match["kind"]:
            said = {"subject": "user" if self._text("kind") == "U" else "zone"}
            self._part("ademco685.kind", "kind", self._text("kind"), said)
        self._part("contact-id.number", "number", self._text("number"), {"subject": subject})

    def _channels(self) -> None:
        match, layer = self._match, self._layer
        status = self._text("status")
        for channel, digit in enumerate(digits_of(match), 1):
            start = match.start("first") + channel - 1 if channel <= 4 else match.start("second") + channel - 5
            layer.part("ademco685.space", start)
            meaning = channels.of_channel(digit, status)
            values = {"channel": str(channel)}
            if meaning is not None:
                values |= {"scheme": "sia", "code": meaning.code, "qualifier": meaning.qualifier.value}
                layer.part("ademco685.channel", start + 1, digit, values)
            else:
                name = "channel-normal" if digit == channels.NORMAL else "channel-unknown"
                layer.part(f"ademco685.{name}", start + 1, digit, values)
        self._part("ademco685.status", "status", status)

    def _part(self, id_: str, name: str, value: str, values: dict[str, str] | None = None, fits: bool = True) -> None:
        """The bytes of a field, and the blanks in front of it; nothing for a field that the line lacks."""
        start, end = self._match.span(name)
        if start >= 0:
            self._layer.part("ademco685.space", start)
            self._layer.part(id_, end, value, values, fits)

    def _text(self, name: str) -> str:
        return self._match[name].decode("ascii").upper()
