"""A DC-09 message taken apart byte by byte, for whoever wants to see what it is made of.

Frame, header and data are found by the modules that read them (``framing``, ``codec``, ``opening``, the contents), so
that an explanation says what the decoder understood. Parts of the wire, in order: ``filler`` ``start`` ``crc``
``length`` ``token`` ``sequence`` ``receiver`` ``prefix`` ``account`` ``open``, then ``cipher`` or the content,
``close`` ``extended`` ``stamp``, and ``end`` ``trailer``; ``rest`` is what cannot be read. The decrypted layer is
``pad`` ``bar``, the content, ``trailing-pad``. All ids begin with ``dc09.``, but those of contents that are read
(``contact-id.``, ``sia.``); a content that is not is ``dc09.data``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from protocols import contact_id_parts, secrets, sia_parts
from protocols.dc09 import cipher, codec, extended, placing, shape, stamp, text
from protocols.dc09.codec import Content, Header
from protocols.dc09.decoding import decode
from protocols.dc09.grammar import FIELD, FILLER, STAMP_SIZE
from protocols.dc09.opening import Opened, open_with
from protocols.dc09.reading import PROTOCOL
from protocols.dc09.shape import Shape
from protocols.explanation import PLAIN, WIRE, Explanation, Layer, LayerBuilder, Part, Pieces
from protocols.model import Arrival, Base, Dialect, Finding, Key
from protocols.sia_commands import commands

_HEMISPHERES = {"X": ("EW", 180.0), "Y": ("NS", 90.0)}


def explain(
    data: bytes,
    *,
    keys: Sequence[Key] = (),
    plain: bytes = b"",
    findings: Sequence[Finding] = (),
    noise: str = "",
    dialect: Dialect = Dialect(),  # noqa: B008 - immutable
) -> Explanation:
    """The parts of a message (``Arrival.raw``), or of bytes that are none (``Noise.raw``). Never raises.

    An encrypted message is opened with the first of ``keys`` that fits; ``plain`` stands for it where the decrypted
    bytes are known (``Arrival.plain``) and the key is not. ``findings`` are placed onto the bytes. ``noise`` is
    ``Noise.guess``; of ``dialect`` the encoding of texts and the base of numbers are used.
    """
    try:
        return taken_apart(data, keys, plain, findings, noise, dialect)
    except Exception:  # an error of ours must not hide the bytes
        whole = Layer(WIRE, data, (Part("dc09.rest", 0, len(data)),) if data else ())
        return Explanation(PROTOCOL, (whole,), placing.place(findings, (whole,)), noise)


def taken_apart(
    data: bytes,
    keys: Sequence[Key] = (),
    plain: bytes = b"",
    findings: Sequence[Finding] = (),
    noise: str = "",
    dialect: Dialect = Dialect(),  # noqa: B008 - immutable
) -> Explanation:
    """What :func:`explain` says, without its net."""
    wire = LayerBuilder(WIRE, data)
    frame = shape.find(data)
    if frame is None:
        wire.part("dc09.filler" if not data.strip(FILLER) else "dc09.rest", len(data))
        alone = (wire.layer(),)
        return Explanation(PROTOCOL, alone, placing.place(findings, alone), noise)
    wire.part("dc09.rest" if data[: frame.start].strip(FILLER) else "dc09.filler", frame.start)
    wire.part("dc09.start", frame.head)
    _sum(wire, frame)
    body = _Body(wire, frame, keys, plain, dialect)
    inside = body.explain()
    wire.part("dc09.rest", frame.end)
    wire.part("dc09.end", frame.stop)
    tail = data[frame.stop :]
    wire.part("dc09.trailer", len(data) - len(tail.lstrip(FILLER)))
    wire.part("dc09.rest", len(data))
    layers: tuple[Layer, ...] = (wire.layer(), *inside)
    found = _found(data[frame.start : frame.stop], keys) if frame.right else []
    placed = placing.place(findings, layers, frame.start, found, body.places)
    return Explanation(PROTOCOL, layers, placed, noise)


def _found(raw: bytes, keys: Sequence[Key]) -> Sequence[Finding]:
    """What the decoder itself finds in a message, and where: the journal keeps ids only."""
    first = next(iter(decode(raw, [key.material for key in keys])), None)
    return first.findings if isinstance(first, Arrival) else []


def _sum(wire: LayerBuilder, frame: Shape) -> None:
    given = f"{frame.crc:04X}"
    values = {"given": given}
    if frame.computed is not None:
        values["computed"] = f"{frame.computed:04X}"
    values |= _marks(binary=frame.binary, masked=frame.masked, cut=frame.cut)
    wire.part("dc09.crc", frame.begin - 4, given, values, frame.computed in (None, frame.crc))
    length = str(frame.length)
    values = {"given": length, "counted": str(frame.counted)} | _marks(counts_cr=frame.counts_cr)
    wire.part("dc09.length", frame.begin, length, values, frame.length == frame.counted)


def _marks(**marks: bool) -> dict[str, str]:
    """What is true, as values: ``{"masked": "1"}``."""
    return {name.replace("_", "-"): "1" for name, true in marks.items() if true}


class _Body:
    """The body of one frame on its way into parts."""

    def __init__(self, wire: LayerBuilder, frame: Shape, keys: Sequence[Key], plain: bytes, dialect: Dialect) -> None:
        self._wire = wire
        self._frame = frame
        self._body = wire.data[frame.begin : frame.end]
        self._keys = keys
        self._plain = plain
        self._encoding = dialect.encoding
        self._hexadecimal = dialect.base is Base.HEX
        self.places: dict[str, tuple[str, int, int]] = {}
        """Id of a finding in the content to layer, first byte, and the one behind the last."""

    def explain(self) -> tuple[Layer, ...]:
        """Add the parts of the body to the wire. Returns the decrypted layer where there is one."""
        wire, body, begin = self._wire, self._body, self._frame.begin
        try:
            header, content = codec.read_plain(body, [], begin)
        except codec.UnreadableError as error:
            if error.header is not None:
                self._header(error.header)
                self._broken(error.header)
            return ()
        self._header(header)
        if content is not None:
            self._content(wire, body[header.begin :], content, header)
            return ()
        return self._secret(header)

    def _header(self, header: Header) -> None:
        wire, begin = self._wire, self._frame.begin
        bracket = header.begin - self._body.startswith(b"[", header.begin - 1)
        at = begin + bracket - len(header.echo)
        wire.part("dc09.token", at, header.token, _marks(encrypted=header.encrypted))
        wire.part("dc09.sequence", at := at + len(header.sequence), header.sequence)
        for id_, digits in (("dc09.receiver", header.receiver), ("dc09.prefix", header.prefix)):
            if digits is not None:
                wire.part(id_, at := at + 1 + len(digits), digits)
        wire.part("dc09.account", begin + bracket, header.account or "")
        wire.part("dc09.open", begin + header.begin)

    def _broken(self, header: Header) -> None:
        """Data without its closing bracket. What a damaged frame holds is shown all the same."""
        clear = self._body[header.begin :]
        if not self._body.startswith(b"[", header.begin - 1) or header.encrypted:
            return
        content = codec.read_content(clear + b"]", header, [], None)
        assert content is not None
        wire = self._wire
        wire.part("dc09.data-account", wire.at + len(clear) - len(content.data), content.inner or "")
        if not self._frame.right:
            self._data(wire, content.data, header)

    def _secret(self, header: Header) -> tuple[Layer, ...]:
        wire = self._wire
        digits = self._body[header.begin :]
        closed = digits.endswith(b"]")
        secret = cipher.blocks(digits[:-1] if closed else digits)
        opened = None if secret is None else open_with(self._keys, secret, header, [])
        how = "key" if opened is not None else "plain" if self._plain else "wrong-key" if self._keys else "no-key"
        values = {"opened": how, "blocks": str(len(digits) // (2 * cipher.BLOCK))}
        if opened is not None:
            values["owner"] = opened.key.owner
        fits = secret is not None or self._frame.cut
        wire.part("dc09.cipher", self._frame.end - closed, "", values, fits)
        wire.part("dc09.close", self._frame.end)
        if opened is not None and secret is not None:
            return (self._opened(cipher.decrypt(opened.key.material, secret), opened, header),)
        return (self._given(header),) if self._plain else ()

    def _opened(self, whole: bytes, opened: Opened, header: Header) -> Layer:
        layer = LayerBuilder(PLAIN, whole)
        layer.part("dc09.pad", opened.padding, "", {"size": str(opened.padding)})
        layer.part("dc09.bar", opened.padding + opened.bar)
        self._content(layer, opened.plain, opened.content, header)
        layer.part("dc09.trailing-pad", len(whole), "", {"size": str(len(whole) - layer.at)})
        return layer.layer()

    def _given(self, header: Header) -> Layer:
        """The decrypted layer as somebody else decrypted it."""
        layer = LayerBuilder(PLAIN, self._plain)
        content = codec.read_content(self._plain, header, [], None)
        if content is not None:
            self._content(layer, self._plain, content, header)
        layer.part("dc09.rest", len(self._plain))
        return layer.layer()

    def _content(self, layer: LayerBuilder, clear: bytes, content: Content, header: Header) -> None:
        """Add the parts of ``clear``, which begins after the opening bracket, at the place reached."""
        end = layer.at + len(clear)
        close = clear.index(b"]")
        inner = content.inner or ""
        zeros = _marks(zeros=bool(inner) and not inner.strip("0"))
        layer.part("dc09.data-account", layer.at + close - len(content.data), inner, zeros)
        self._data(layer, content.data, header)
        layer.part("dc09.close", layer.at + 1)
        sent_at = None if content.stamp is None else stamp.read(content.stamp)
        for match in FIELD.finditer(content.fields):
            value, values = _field(text.decode(match[1], self._encoding), sent_at)
            layer.part("dc09.extended", layer.at + len(match[0]), value, values)
        if content.stamp is not None:
            time = "" if sent_at is None else _rfc3339(sent_at)
            values = {"given": content.stamp.decode("ascii")[1:]}
            layer.part("dc09.stamp", layer.at + STAMP_SIZE, time, values, sent_at is not None)
        layer.part("dc09.rest", end)

    def _data(self, layer: LayerBuilder, data: bytes, header: Header) -> None:
        """Add the parts of what follows the account inside the data."""
        words, offsets = _words(data, self._encoding)
        base = layer.at
        pieces = _pieces(words, header.token, self._hexadecimal)
        for part in pieces.parts:
            layer.part(part.id, base + offsets[part.end], part.value, part.values, part.fits)
        for id_, (start, end) in pieces.places.items():
            self.places.setdefault(id_, (layer.name, base + offsets[start], base + offsets[end]))


def _pieces(words: str, token: str, hexadecimal: bool) -> Pieces:
    if not words:
        return Pieces(())
    if words.strip():
        if token == "ADM-CID":  # noqa: S105 - a token of the protocol
            return contact_id_parts.parts(words)
        if token == "SIA-DCS":  # noqa: S105
            return sia_parts.parts(words, hexadecimal=hexadecimal)
        if token == "RSP" and commands(words):  # noqa: S105
            pieces = sia_parts.parts(words)
            if all(part.id != "sia.event" for part in pieces.parts):
                return pieces
    return Pieces((Part("dc09.data", 0, len(words), words),))


def _words(data: bytes, encoding: str) -> tuple[str, Sequence[int]]:
    """The text of bytes, and where in them each of its characters begins, and the last one ends."""
    words = text.decode(data, encoding)
    if len(words) == len(data):
        return words, range(len(data) + 1)
    for name in ("utf-8", encoding):
        offsets = [0]
        try:
            for character in words:
                offsets.append(offsets[-1] + len(character.encode(name)))
        except (LookupError, ValueError):
            continue
        if offsets[-1] == len(data):
            return words, offsets
    return data.decode("latin-1"), range(len(data) + 1)


def _field(field: str, sent_at: float | None) -> tuple[str, dict[str, str]]:
    """Meaning and values of one field of extended data."""
    letter, given = field[:1], field[1:]
    values = {"letter": letter}
    if letter in extended.NAMES:
        values["name"] = f"dc09.extended.{letter}"
    value = given
    secret = secrets.is_key(letter) and bool(letter)
    if secret:
        value = "*" * len(given)
    elif letter == "H":
        occurred = stamp.read_occurred(given.strip(), sent_at)
        value = given if occurred is None else _rfc3339(occurred)
    elif letter in _HEMISPHERES:
        degrees = extended.degrees(given.strip(), *_HEMISPHERES[letter])
        value = given if degrees is None else f"{degrees:.6f}".rstrip("0").rstrip(".")
    if value != given and not secret:
        values["given"] = given
    return value, values


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
