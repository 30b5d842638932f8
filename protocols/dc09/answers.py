"""What a panel makes of an answer: its kind, and what an RSP brings along (DC-09 5.5.3)."""

from __future__ import annotations

from binascii import Error as HexError
from binascii import unhexlify

from msgspec import Struct

from protocols.dc09 import cipher, codec, extended, keyring, text
from protocols.dc09.framing import Frame
from protocols.dc09.reading import Times, read
from protocols.ends import Response
from protocols.model import Arrival, ArrivalKind, Dialect, Noise, Protection

UNREADABLE = "dc09.answer-unreadable"
NOT_AN_ANSWER = "dc09.not-an-answer"
IN_THE_CLEAR = "dc09.answer-in-the-clear"
ENCRYPTED = "dc09.answer-encrypted"
"""What answers are that are none: ``Noise.guess``."""


class Answer(Struct, frozen=True):
    """An answer that can be read, whoever it is for."""

    arrival: Arrival
    response: Response | None = None
    """Of an RSP that could be decrypted or came in the clear."""


def read_answer(frame: Frame, dialect: Dialect, wall: float) -> Answer | Noise:
    """The answer that a frame is. ``dialect`` is that of a :class:`protocols.dc09.keyring.KeyRing`. Never raises."""
    arrival = read(frame, lambda _r, _l, _account: dialect, Times(wall, watched=False))
    if arrival.kind is ArrivalKind.MALFORMED:
        return Noise(frame.raw, UNREADABLE, len(frame.raw))
    if arrival.kind is not ArrivalKind.ANSWER:
        return Noise(frame.raw, NOT_AN_ANSWER, len(frame.raw))
    if arrival.token == "RSP" and arrival.protection is not Protection.FAILED:  # noqa: S105 - a token of the protocol
        return Answer(arrival, _response(frame, arrival, dialect))
    return Answer(arrival)


def _response(frame: Frame, arrival: Arrival, dialect: Dialect) -> Response:
    """Content and extended data. A key is only believed from whoever knows the one in use."""
    try:
        header, content = codec.read_plain(frame.body, [], frame.offset)
        if content is None:
            content = codec.read_content(arrival.plain, header, [], None)
    except codec.UnreadableError:
        content = None
    if content is None:
        return Response()
    fields = extended.read(content.fields, dialect.encoding, [], None)
    keys = fields.pop("K", [])
    secret = arrival.protection is Protection.KEYED and arrival.key_owner == keyring.CURRENT
    key = _key(keys[0]) if keys and secret else None
    return Response(text.decode(content.data, dialect.encoding), fields, key)


def _key(digits: str) -> bytes | None:
    """The key in hex digits; None for anything else."""
    try:
        key = unhexlify(digits)
    except (HexError, ValueError):
        return None
    return key if len(key) in cipher.KEY_SIZES else None
