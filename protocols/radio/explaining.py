"""A datagram byte by byte, with the KISS and AX.25 frame around it where that is there, too.

Wire layer: ``fend`` ``command`` ``destination`` ``source`` ``digipeater`` ``control`` (of KISS and AX.25), then
``first`` ``flags`` ``network`` ``station`` ``key`` ``counter`` ``sealed`` ``tag``. Plain layer, where the key is there:
the payload. Contents have the parts of their own modules; ``rest`` is what cannot be read. All ids begin with
``radio.``.
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols import sia_parts
from protocols.ax25 import Ax25Error
from protocols.ax25 import decode as decode_ax25
from protocols.datagram import MARK, SIZE, Header, RadioKey, Suite, Type, header
from protocols.datagram import open as open_datagram
from protocols.datagram.payloads import (
    COMPACT,
    SIA_TEXT,
    Ack,
    ContactId,
    ContactIdText,
    PollReply,
    SiaText,
    SyncRequest,
    SyncResponse,
    Test,
    decode,
)
from protocols.explanation import PLAIN, WIRE, Explanation, Layer, LayerBuilder
from protocols.kiss import FEND, FESC, Command, unescape
from protocols.lines.showing import place
from protocols.lines.texts import with_offsets
from protocols.model import Base, Dialect, Finding, Key
from protocols.radio.findings import PARTS

PROTOCOL = "radio"
TAGS = tuple(dict.fromkeys(suite.tag for suite in Suite))


def explain(
    data: bytes,
    *,
    keys: Sequence[Key] = (),
    plain: bytes = b"",
    findings: Sequence[Finding] = (),
    noise: str = "",
    dialect: Dialect = Dialect(),  # noqa: B008 - immutable
) -> Explanation:
    """The parts of a datagram, alone or in a frame of a KISS modem. Never raises.

    ``plain`` is its payload where that is known; else ``keys`` are tried.
    """
    layer = LayerBuilder(WIRE, data)
    inside: Layer | None = None
    try:
        frame = _Frame(data)
        frame.outside(layer)
        head, tag, payload = _opened(frame.datagram, keys, plain)
        frame.inside(layer, head, tag)
        if head is not None and payload is not None:
            inside = _payload(head.type, payload, dialect)
    except Exception:  # an error of ours must not hide the bytes
        layer = LayerBuilder(WIRE, data)
    layer.part("radio.rest", len(data))
    whole = layer.layer()
    layers = (whole,) if inside is None else (whole, inside)
    return Explanation(PROTOCOL, layers, place(findings, whole, PARTS, ()), noise)


def _opened(datagram: bytes, keys: Sequence[Key], plain: bytes) -> tuple[Header | None, int, bytes | None]:
    """Header, size of the tag, and payload; of the last two what is known."""
    head = header.read(datagram)
    if head is None:
        return None, 0, None
    for key in keys:
        for suite in Suite:
            if len(key.material) not in suite.sizes:
                continue
            opened = open_datagram(datagram, RadioKey(head.key_id, suite, key.material))
            if opened is not None:
                return head, suite.tag, opened.payload
    if plain:
        tag = len(datagram) - SIZE - len(plain)
        return head, tag if tag in TAGS else 0, plain
    return head, 0, None


class _Frame:
    """Where the datagram stands in the bytes: alone, or escaped in a KISS frame."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offsets: list[int] = list(range(len(data) + 1))
        """Of each byte of the unescaped frame in ``data``, and of its end."""
        self.start = 0
        """The datagram's first byte, in the unescaped frame."""
        self.path = 0
        self.datagram = data
        if header.read(data) is not None or data[:1] != bytes((FEND,)):
            return
        begin = len(data) - len(data.lstrip(bytes((FEND,))))
        end = data.find(FEND, begin)
        end = len(data) if end < 0 else end
        frame, _ = unescape(data[begin:end])
        self.offsets = _offsets(data, begin, end)
        self.begin, self.end = begin, end
        if not frame or frame[0] & 0x0F != Command.DATA:
            self.datagram = b""
            return
        try:
            ui = decode_ax25(frame[1:])
        except Ax25Error:
            self.datagram = frame if header.read(frame) is not None else b""
            return
        self.path = len(ui.path)
        self.start = 1 + 14 + 7 * self.path + 2
        self.datagram = ui.info
        self.names = [str(one) for one in (ui.destination, ui.source, *ui.path)]

    def outside(self, layer: LayerBuilder) -> None:
        """What stands in front of the datagram."""
        if self.offsets[0]:
            layer.part("radio.fend", self.offsets[0])
        if not self.start:
            return
        at = self.offsets
        layer.part("radio.command", at[1], f"{layer.data[at[0]]:02X}")
        ids = ["radio.destination", "radio.source", *["radio.digipeater"] * self.path]
        for number, (id_, name) in enumerate(zip(ids, self.names, strict=True), start=1):
            layer.part(id_, at[1 + 7 * number], name)
        layer.part("radio.control", at[self.start])

    def inside(self, layer: LayerBuilder, head: Header | None, tag: int) -> None:
        """The datagram, and the FEND behind it."""
        if head is None:
            return
        start, offsets = self.start, self.offsets

        def part(id_: str, end: int, value: str = "", values: dict[str, str] | None = None) -> None:
            layer.part(id_, offsets[start + end], value, values)

        part("radio.first", 1, head.type.name.replace("_", "-"), {"version": str(header.VERSION)})
        part("radio.flags", 2, f"{head.flags:02X}")
        part("radio.network", 4, f"{head.network:04X}")
        part("radio.station", 8, f"{head.station:08X}")
        part("radio.key", 9, str(head.key_id))
        part("radio.counter", SIZE, str(head.counter))
        size = len(self.datagram)
        part("radio.sealed", size - tag)
        if tag:
            part("radio.tag", size, self.datagram[size - tag : size - tag + MARK].hex().upper())
        if layer.at < len(self.data):
            rest = self.data[layer.at :]
            if not rest.strip(bytes((FEND,))):
                layer.part("radio.fend", len(self.data))


def _offsets(data: bytes, begin: int, end: int) -> list[int]:
    found = []
    at = begin
    while at < end:
        found.append(at)
        at += 2 if data[at] == FESC and at + 1 < end else 1
    return [*found, end]


def _payload(type_: Type, payload: bytes, dialect: Dialect) -> Layer:
    layer = LayerBuilder(PLAIN, payload)
    said = decode(type_, payload)
    match said:
        case ContactIdText():
            layer.part("radio.form", 2, said.message_type)
            _event(layer, 11, said)
        case ContactId():
            layer.part("radio.form", 1, f"{COMPACT:02X}")
            _event(layer, 6, said)
            if said.occurred_at is not None:
                layer.part("radio.time", 10, str(said.occurred_at))
        case SiaText():
            layer.part("radio.form", 1, f"{SIA_TEXT:02X}")
            layer.part("radio.event-flags", 2, f"{payload[1]:02X}")
            if said.occurred_at is not None:
                layer.part("radio.time", 6, str(said.occurred_at))
            words, offsets = with_offsets(payload[layer.at :], dialect.encoding)
            base = layer.at
            for one in sia_parts.parts(words, hexadecimal=dialect.base is Base.HEX).parts:
                layer.part(one.id, base + offsets[one.end], one.value, one.values, one.fits)
        case PollReply():
            layer.part("radio.poll", 6, str(said.counter))
            _test(layer, said.test)
        case Test():
            _test(layer, said)
        case Ack():
            layer.part("radio.acknowledged", 6, str(said.counter))
            layer.part("radio.result", 8, f"{payload[6]:02X} {payload[7]:02X}")
        case SyncRequest() | SyncResponse():
            layer.part("radio.nonce", 8, payload[:8].hex().upper())
            if isinstance(said, SyncResponse):
                layer.part("radio.clock", 16, str(said.utc_ms))
        case _:
            pass
    layer.part("radio.payload", len(payload))
    return layer.layer()


def _test(layer: LayerBuilder, test: Test) -> None:
    if layer.at >= len(layer.data):
        return
    layer.part("radio.next", layer.at + 2, str(test.next_s))
    layer.part("radio.supply", layer.at + 1, f"{test.decivolts / 10:g}")
    layer.part("radio.heard-level", layer.at + 1, str(-test.level))


def _event(layer: LayerBuilder, end: int, said: ContactId | ContactIdText) -> None:
    values = {
        "scheme": "contact-id",
        "code": said.code,
        "qualifier": {"1": "new", "3": "restore"}.get(said.digit, "status"),
        "partition": said.partition,
        "number": said.number,
    }
    layer.part("radio.contact-id", end, f"{said.digit}{said.code} {said.partition} {said.number}", values)
