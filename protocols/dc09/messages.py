"""What a panel has to say, as the frames that say it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from protocols import contact_id, ends, sia_text
from protocols.dc09 import cipher, extended, grammar, stamp, writing
from protocols.ends import LinkTest, Ticket
from protocols.errors import UserError
from protocols.model import Scheme, Signal

LATE_S = 60.0
"""An event older than this when it is sent says so with ``[H...]``."""
_AROUND = 160
"""Bytes of a frame besides data and fields, with the longest header, padding, H field and stamp; generous."""


class UnsendableError(UserError, ValueError):
    """DC-09 cannot say what is to be said."""


class Panel:
    """How one panel writes its frames: the fields of the header, the key, the stamp."""

    __slots__ = ("_key", "address", "encrypted", "long_pad", "stamped")

    def __init__(
        self,
        account: str,
        prefix: str | None,
        receiver: str | None,
        key: bytes | None,
        stamped: bool,
        long_pad: bool,
    ) -> None:
        if key is not None and len(key) not in cipher.KEY_SIZES:
            raise UnsendableError(f"a DC-09 key has 16, 24 or 32 bytes, not {len(key)}: check the key and its form.")
        parts = (("R", receiver), ("L", prefix), ("#", account))
        for letter, value in parts:
            if value and not (value.isascii() and value.isalnum() and len(value) <= 16):
                raise UnsendableError(f"{value!r} after {letter} is not up to 16 letters and digits: correct it.")
        self.address = "".join(letter + value for letter, value in parts if value is not None).encode("ascii")
        self._key = key
        self.encrypted = key is not None
        self.stamped = stamped or key is not None
        self.long_pad = long_pad

    def body(self, token: bytes, sequence: int, content: bytes, random_bytes: cipher.RandomBytes) -> bytes:
        """The body of a frame. ``content`` is everything after the opening bracket."""
        echo = b"%04d%b" % (sequence, self.address)
        if self._key is None:
            return writing.plain_body(token, echo, content)
        return writing.secret_body(token, echo, b"|" + content, self._key, random_bytes, long_pad=self.long_pad)


class Composed(Struct, frozen=True):
    """What of a message does not change between attempts."""

    token: bytes
    data: bytes
    """Without the closing bracket."""
    fields: bytes
    occurred_at: float | None
    """None also where the extended data says it already."""


class Message(Struct, eq=False):
    """A ticket on its way."""

    ticket: Ticket
    composed: Composed
    attempts: int = 0
    """At this receiver; the ticket counts those at all of them."""
    nak_seen: bool = False
    """In this attempt."""

    def body(self, panel: Panel, wall: float, correction: float, random_bytes: cipher.RandomBytes) -> bytes:
        """The body for sending it at ``wall``; ``correction`` seconds are added to all times in it."""
        composed = self.composed
        content = composed.data + b"]" + composed.fields
        occurred_at = composed.occurred_at
        if occurred_at is not None and wall - occurred_at > LATE_S:
            content += b"[H%b]" % stamp.write(occurred_at + correction)[1:]
        if panel.stamped:
            content += stamp.write(wall + correction)
        return panel.body(composed.token, self.ticket.sequence, content, random_bytes)


def compose(message: ends.Message, inner_account: str) -> Composed:
    """Token, data and extended data of a message. Raises UnsendableError for what DC-09 cannot say."""
    if isinstance(message, LinkTest):
        return Composed(b"NULL", b"", b"", None)
    if isinstance(message, ends.Payload):
        lines = "".join(extended.field(letter, v).decode() for letter, vs in message.extended.items() for v in vs)
        data = f"#{inner_account}|{message.content}".encode()
        return Composed(message.token.encode("ascii"), data, lines.encode(), None)
    token, content, with_text = _content(message)
    data = f"#{inner_account}|{content}".encode("utf-8", "replace")
    fields = extended.write(message, with_text=with_text)
    if 2 * (len(data) + len(fields) + _AROUND) > grammar.MAX_BODY:
        raise UnsendableError(
            "text and extended data of the signal are too long for one DC-09 message, which encrypted holds "
            "about 1800 bytes: shorten them."
        )
    return Composed(token, data, fields, None if "H" in message.extended else message.occurred_at)


def _content(signal: Signal) -> tuple[bytes, str, bool]:
    """Token, what follows the account, and whether the text still has to be written as extended data."""
    try:
        if signal.scheme is Scheme.CONTACT_ID:
            return b"ADM-CID", contact_id.write(signal), True
        if signal.scheme is Scheme.SIA:
            if extended.clean(signal.text) == signal.text and not set("|^/") & set(signal.text):
                return b"SIA-DCS", sia_text.write(signal), False
            return b"SIA-DCS", sia_text.write(replace(signal, text="")), True
    except ValueError as error:
        raise UnsendableError(str(error)) from error
    raise UnsendableError(
        f"DC-09 carries codes of contact-id and sia, not of {signal.scheme.value}: translate the code."
    )
