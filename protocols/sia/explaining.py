"""SIA blocks, Galaxy polls and heartbeats, and Texecom lines taken apart byte by byte.

================================  ==============================  ====================================================
part                              value                           values
================================  ==============================  ====================================================
``sia.header``                    header byte, hex                ``length``; ``counted`` where it does not fit
``sia.header-quiet``              the same, no answer asked
``sia.header-reverse``            the same, reverse channel too
``sia.function``, events, texts   as ``protocols.sia_parts``
``sia.end-of-data`` ...           functions 0 1 2 6 7 8 9: ``wait`` ``abort`` ``acknowledge`` ``hang-up`` ``reject``
``sia.account``                   as sent
``sia.code``                      asterisks                       the remote code of a log-in
``sia.data``                      what other blocks hold
``sia.parity``                    parity byte, hex                ``computed``
``sia.poll``, ``sia.poll-reply``
``sia.heartbeat``                 the bytes around its account
``sia.line-end``
``sia.texecom.poll``              ``POLL``; also ``.contact-id`` and ``.blocks``: the figure in front of them
``sia.texecom.flags``             flags byte, hex                 ``line`` ``mains`` ``battery`` ``armed`` ``engineer``
``sia.texecom.check-digit``       the digit                       ``computed``
``sia.texecom.filler``            NUL bytes, and ``#``
``sia.rest``                      what cannot be read
================================  ==============================  ====================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from protocols import contact_id, contact_id_parts, sia_findings, sia_parts
from protocols.explanation import WIRE, Explanation, Layer, LayerBuilder, Part, Placed
from protocols.lines.explaining import Explainer
from protocols.model import Base, Dialect, Finding
from protocols.sia import blocks, galaxy, texecom, texecom_grammar
from protocols.sia.findings import PARTS

_PROTOCOL = "sia"
_NAMES = {
    blocks.END: "sia.end-of-data",
    blocks.WAIT: "sia.wait",
    blocks.ABORT: "sia.abort",
    blocks.STAND_BY: "sia.acknowledge",
    blocks.DISCONNECT: "sia.hang-up",
    blocks.ACKNOWLEDGE: "sia.acknowledge",
    blocks.OLD_ACKNOWLEDGE: "sia.acknowledge",
    blocks.REJECT: "sia.reject",
    blocks.OLD_REJECT: "sia.reject",
}
"""Functions that say all by themselves."""
_READ = frozenset((*blocks.EVENTS, blocks.TEXT))
_poll = re.compile(rb"([FP]#)([0-9A-Fa-f]{1,16})([\r\n]*)").fullmatch
_CHECKS = frozenset(("sia.texecom.contact-id", "sia.texecom.blocks"))
"""Findings that show where a check fails, if one does."""
_ALL_PARTS: Mapping[str, str] = {**sia_findings.PARTS, **contact_id.PARTS, **PARTS}


def taken_apart(
    data: bytes,
    findings: Sequence[Finding] = (),
    noise: str = "",
    dialect: Dialect = Dialect(),  # noqa: B008 - immutable
) -> Explanation:
    """The parts of a message; ``dialect`` gives the encoding of its texts and the base of its numbers."""
    taking = _Taking(data, dialect)
    taking.all()
    taking.layer.part("sia.rest", len(data), _shown(data[taking.layer.at :]))
    layer = taking.layer.layer()
    return Explanation(_PROTOCOL, (layer,), tuple(_placed(one, layer, taking.places) for one in findings), noise)


explain = Explainer(_PROTOCOL, taken_apart)


class _Taking:
    """One message on its way into parts."""

    def __init__(self, data: bytes, dialect: Dialect) -> None:
        self.layer = LayerBuilder(WIRE, data)
        self.places: dict[str, tuple[int, int]] = {}
        """Finding id to the bytes where the reading of the content shows it."""
        self._encoding = dialect.encoding if dialect.encoding != "utf-8" else texecom.ENCODING
        self._hexadecimal = dialect.base is Base.HEX

    def all(self) -> None:
        """Add the parts of everything."""
        data = self.layer.data
        poll = _poll(data)
        if texecom_grammar.poll(data) is not None:
            self._texecom_poll(data)
        elif texecom_grammar.contact(data) is not None:
            self._contact_id(data)
        elif data[:1] == b"3" and len(data) > 3 and texecom_grammar.split(data[1:])[0]:
            self.layer.part("sia.texecom.blocks", 1, "3")
            self._blocks()
        elif poll is not None:
            self.layer.part("sia.poll" if poll[1] == b"F#" else "sia.poll-reply", 2, poll[1].decode("ascii"))
            self.layer.part("sia.account", poll.end(2), poll[2].decode("ascii"))
            self.layer.part("sia.line-end", len(data))
        elif galaxy.heartbeat_account(data) is not None:
            self.layer.part("sia.heartbeat", 1, _hex(data[:1]))
            self.layer.part("sia.account", 9, data[1:9].decode("ascii"))
            self.layer.part("sia.heartbeat", len(data), _hex(data[9:]))
        else:
            self._blocks()

    def _texecom_poll(self, data: bytes) -> None:
        layer, match = self.layer, texecom_grammar.poll(data)
        assert match is not None
        layer.part("sia.texecom.poll", len(texecom_grammar.POLL), texecom_grammar.POLL)
        layer.part("sia.account", match.end(1), match[1].decode("ascii"))
        layer.part("sia.texecom.filler", match.start(2))
        flags = match[2][0]
        said = {name: str(flags >> bit & 1) for bit, name in enumerate(texecom_grammar.FLAGS)}
        layer.part("sia.texecom.flags", match.end(2), f"{flags:02X}", said)
        layer.part("sia.texecom.filler", match.end())
        self._line_end()

    def _contact_id(self, data: bytes) -> None:
        layer, match = self.layer, texecom_grammar.contact(data)
        assert match is not None
        digits = match[1].decode("ascii").upper().replace("A", "0")
        layer.part("sia.texecom.contact-id", 1, "2")
        layer.part("sia.account", 5, digits[:4])
        layer.part("contact-id.type", 7, digits[4:6], {}, digits[4:6] in ("18", "98"))
        pieces = contact_id_parts.parts(digits[6:15])
        for part in pieces.parts:
            layer.part(part.id, 7 + part.end, part.value, part.values, part.fits)
        computed = contact_id.check_digit(digits[:15])
        layer.part("sia.texecom.check-digit", 17, digits[15], {"computed": computed}, computed == digits[15])
        self._line_end()

    def _line_end(self) -> None:
        layer = self.layer
        end = len(layer.data.rstrip(b"\r\n"))
        if end <= layer.at:
            layer.part("sia.line-end", len(layer.data))

    def _blocks(self) -> None:
        """Blocks one after another; what stands between them, and is none, is rest."""
        layer, data = self.layer, self.layer.data
        while (at := layer.at) < len(data):
            size = _size(data, at)
            if size and size <= len(data) - at:
                self._block(size)
                continue
            if data[at:].strip(b"\r\n") == b"":
                layer.part("sia.line-end", len(data))
                return
            if len(data) - at >= blocks.SHORTEST and blocks.asking(data[at:]):
                self._damaged(at)
                continue
            if len(data) == 1 and data in (b"\x08", b"\x09"):
                layer.part(_NAMES[chr(data[0])], 1, _hex(data))
                return
            place = next((one for one in range(at + 1, len(data)) if _size(data, one)), len(data))
            tail = len(data) - len(data[place:].rstrip(b"\r\n")) if place == len(data) else place
            layer.part("sia.rest", min(place, tail) if tail > at else place, _shown(data[at:place]))

    def _block(self, size: int) -> None:
        """The parts of a block of that size, which need not fit."""
        layer, at = self.layer, self.layer.at
        raw = layer.data[at : at + size]
        header, function, said = raw[0], chr(raw[1]), raw[2:-1]
        values = {"length": str(header & blocks.LENGTH)}
        counted = len(said)
        if counted != header & blocks.LENGTH:
            values["counted"] = str(counted)
        kind = "" if header & blocks.ASKS else "-quiet"
        if header & blocks.REVERSE and not kind:
            kind = "-reverse"
        layer.part(f"sia.header{kind}", at + 1, f"{header:02X}", values, "counted" not in values)
        self._said(function, said)
        computed = blocks.parity(raw[:-1])
        layer.part("sia.parity", at + size, f"{raw[-1]:02X}", {"computed": f"{computed:02X}"}, computed == raw[-1])

    def _damaged(self, at: int) -> None:
        """A block whose parity or length is wrong, up to the next good one or the line end."""
        data = self.layer.data
        room = data[at:]
        announced = (room[0] & blocks.LENGTH) + 3
        following = next((one for one in range(3, len(room)) if _size(data, at + one)), len(room.rstrip(b"\r\n")))
        good_end = announced in (len(room), len(room.rstrip(b"\r\n"))) or _size(data, at + announced) > 0
        self._block(announced if good_end else max(following, min(blocks.SHORTEST, len(room))))

    def _said(self, function: str, said: bytes) -> None:
        """Function and data of a block."""
        layer, at = self.layer, self.layer.at
        if function in _READ and (said or function != blocks.TEXT):
            text = self._text(said)
            pieces = sia_parts.parts(function + text, hexadecimal=self._hexadecimal)
            for part in pieces.parts:
                layer.part(part.id, at + part.end, part.value, part.values, part.fits)
            for id_, (start, end) in pieces.places.items():
                self.places.setdefault(id_, (at + start, at + end))
        elif function in _NAMES:
            layer.part(_NAMES[function], at + 1, function if function.isprintable() else _hex(function.encode()))
            layer.part("sia.data", at + 1 + len(said), self._text(said))
        else:
            layer.part("sia.function", at + 1, function)
            if function == blocks.ACCOUNT:
                layer.part("sia.account", at + 1 + len(said), said.decode("latin-1"))
            elif function == blocks.LOGIN:
                layer.part("sia.code", at + 1 + len(said), "*" * len(said))
            else:
                layer.part("sia.data", at + 1 + len(said), self._text(said))

    def _text(self, said: bytes) -> str:
        """The text of bytes, a character for each."""
        try:
            text = said.decode(self._encoding, "replace")
        except LookupError:
            text = ""
        return text if len(text) == len(said) else said.decode("latin-1")


def _size(data: bytes, at: int) -> int:
    """Size of the good block at ``at``; 0 where none is."""
    if at + blocks.SHORTEST > len(data):
        return 0
    end = at + (data[at] & blocks.LENGTH) + 3
    if end > len(data) or (chr(data[at + 1]) not in blocks.FUNCTIONS and not data[at + 1 : end - 1].isascii()):
        return 0
    return end - at if blocks.parity(data[at : end - 1]) == data[end - 1] else 0


def _hex(data: bytes) -> str:
    return data.hex(" ").upper()


def _shown(data: bytes) -> str:
    return data.decode("latin-1")


def _placed(finding: Finding, layer: Layer, places: Mapping[str, tuple[int, int]]) -> Placed:
    """A finding at its own bytes, else where the reading of the content shows it, else at the part it is about."""
    at = finding.offset
    if at is not None and 0 <= at < len(layer.data):
        end = min(len(layer.data), at + max(1, finding.length))
        return Placed(finding.id, finding.severity, layer.name, at, end)
    where = places.get(finding.id)
    if where is None:
        wanted = _ALL_PARTS.get(finding.id, "")
        of_kind = [part for part in layer.parts if wanted and f"{part.id}-".startswith(f"{wanted}-")]
        if finding.id in _CHECKS:
            of_kind = [part for part in layer.parts if not part.fits] + of_kind
        part: Part | None = of_kind[0] if of_kind else None
        where = None if part is None else (part.start, part.end)
    return Placed(finding.id, finding.severity) if where is None else Placed(finding.id, finding.severity, WIRE, *where)
