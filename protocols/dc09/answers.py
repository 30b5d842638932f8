"""What a panel makes of an answer: its kind, whose it is, how old, and what an RSP brings along (DC-09 5.5.3)."""

from __future__ import annotations

from binascii import Error as HexError
from binascii import unhexlify
from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct

from protocols.dc09 import cipher, codec, extended, keyring, text
from protocols.dc09.findings import finding
from protocols.dc09.framing import Frame
from protocols.dc09.reading import Times, read
from protocols.ends import Response
from protocols.model import Arrival, ArrivalKind, Dialect, Noise, Protection

UNREADABLE = "dc09.answer-unreadable"
NOT_AN_ANSWER = "dc09.not-an-answer"
IN_THE_CLEAR = "dc09.answer-in-the-clear"
ENCRYPTED = "dc09.answer-encrypted"
"""What answers are that are none: ``Noise.guess``."""

ANSWER_WINDOW_S = 60.0
"""How far the stamp of an encrypted acknowledgement may lie from that of the message, the time waited aside. A receiver
acknowledges what is at most 40 s behind and 20 s ahead of it (``stamp.EARLIEST_S``), by the clock it stamps with."""
MAX_OFFSET_S = 10 * 365.25 * 86400
"""No receiver's clock differs more from one that is set."""
STALE = "the time of the acknowledgement (ACK) is not that of the message: a recording, most likely"
STALE_FINDINGS = (finding("dc09.time.window"),)
"""What is said of a message that got no other acknowledgement."""
_NEVER_SET = datetime(2007, 1, 1, tzinfo=UTC).timestamp()
"""A clock that shows less was never set: DC-09 is not so old."""


class Addressee(Struct, frozen=True):
    """Whose answers count: what the panel writes into its headers, normalised."""

    account: str
    receiver: str
    prefix: str
    named: bool
    """The header names the account."""

    @staticmethod
    def of(account: str, receiver: str | None, prefix: str | None, *, named: bool) -> Addressee:
        """``account``, ``receiver`` and ``prefix`` as they are written, None for what is left out."""
        return Addressee(_normal(account), _normal(receiver or "0"), _normal(prefix or "0"), named)

    def is_of(self, arrival: Arrival) -> bool:
        """Whether an answer repeats what the message said: the account always, R and L unless it leaves them out.

        Letters of either case and zeros in front are one to it; R0 and L0 say no more than none.
        """
        if (arrival.account or self.named) and _normal(arrival.account) != self.account:
            return False
        return (not arrival.receiver or _normal(arrival.receiver) == self.receiver) and (
            not arrival.prefix or _normal(arrival.prefix) == self.prefix
        )


def _normal(number: str) -> str:
    """Nothing but zeros is ``0``, and only nothing is nothing."""
    return number and (number.upper().lstrip("0") or "0")


def is_fresh(answered_at: float | None, sent: Iterable[tuple[float, float]], mono: float, window_s: float) -> bool:
    """Whether the stamp of an encrypted acknowledgement may belong to one of the times that a message was ``sent``.

    ``sent`` are the stamps it carried and the monotonic seconds of their sending. Both stamps are by the clock of the
    receiver, or it would have denied the message, and neither can be altered: an older one is a recording. Without a
    stamp, which is mandatory, it is none.
    """
    return answered_at is not None and any(
        at - window_s <= answered_at <= at + window_s + max(0.0, mono - since) for at, since in sent
    )


def offset_of(nak: Arrival, own: float, most_s: float) -> float | None:
    """How far the receiver's clock is ahead of one that shows ``own``; None without a time that can be believed.

    Nobody signs a NAK: a difference of more than ``most_s`` is not believed, unless the own clock was never set.
    """
    if nak.sent_at is None:
        return None
    offset = nak.sent_at - own
    return offset if abs(offset) <= most_s or own < _NEVER_SET else None


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
