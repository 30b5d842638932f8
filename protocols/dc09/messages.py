"""Frames of one panel: header, stamp, encryption, CRC around what is to be said, by its quirks."""

from __future__ import annotations

import string
from datetime import datetime

from msgspec import Struct, field

from protocols import ends, local_time
from protocols.dc09 import cipher, fields, grammar, stamp, writing
from protocols.dc09.composing import LATEST, Composed
from protocols.dc09.errors import UnsendableError
from protocols.dc09.keyring import KeyRing
from protocols.dc09.quirks import Quirks
from protocols.ends import CounterStore, LinkTest, Outcome, Ticket
from protocols.model import Arrival, Finding

SEQUENCES = 9999
LATE_S = 60.0
"""An event older than this when it is sent says so with ``[H...]``."""
_TIME_FIELD = len("[H00:00:00,00-00-0000]")
_LONGEST_PAD = 31
_MOST_STAMPS = 16
"""Frames of one message whose stamps are remembered."""

_ALPHANUMERIC = bytes((string.digits + string.ascii_letters).encode()[byte % 62] for byte in range(256))
_RUBBISH = bytes(0 if byte in b"\n\r[]_" else byte for byte in range(256))
"""Uninitialised memory, but for what would end a frame or begin a field or a stamp."""


class Panel:
    """How one panel writes its frames."""

    __slots__ = ("_address", "_long_pad", "_quirks", "_random_bytes", "_room", "_zone", "ring")

    def __init__(
        self,
        account: str,
        prefix: str | None,
        receiver: str | None,
        ring: KeyRing,
        quirks: Quirks,
        random_bytes: cipher.RandomBytes,
        long_pad: bool,
    ) -> None:
        """Raises UnsendableError for an address that cannot be written."""
        parts = (("R", receiver), ("L", prefix), ("#", account))
        for letter, value in parts:
            fields.check_address(letter, value or "")
        written = [
            letter + value for letter, value in parts if value is not None and (letter != "#" or quirks.header_account)
        ]
        self._address = "".join(written).encode("ascii")
        self.ring = ring
        self._quirks = quirks
        self._random_bytes = random_bytes
        self._long_pad = long_pad
        self._zone = local_time.zone_of(quirks.stamp_zone) if quirks.stamp_zone else None
        self._room = grammar.MAX_BODY - len(self._address) - len('"*"0000[') - quirks.counts_cr

    def check(self, composed: Composed) -> None:
        """Raise UnsendableError for a message that is too long for one frame, whatever its stamps and padding."""
        size = len(composed.data) + len(composed.fields) + 1 + _TIME_FIELD + grammar.STAMP_SIZE
        encrypted = self.ring.current is not None
        if encrypted:
            size = 2 * (size + 1 + _LONGEST_PAD + cipher.BLOCK * self._quirks.trailing_pad)
        if size + len(composed.token) > self._room:
            most = "about 1900 bytes when it is encrypted" if encrypted else "about 4000 bytes"
            raise UnsendableError(
                f"text and extended data of the message are too long for one DC-09 message, which holds {most}: "
                "shorten them."
            )

    def number(self, message: ends.Message, counters: CounterStore, counter: str) -> int:
        """The number that a new message gets. Raises OSError when it cannot be reserved."""
        if isinstance(message, LinkTest):
            return self._quirks.link_test_sequence
        if self._quirks.sequence == "zero":
            return 0
        return counters.take(counter) % SEQUENCES + 1

    def sequence(self, ticket: Ticket) -> bytes:
        """The number of a message as its frames carry it."""
        how = self._quirks.sequence
        if how == "zero" and not isinstance(ticket.message, LinkTest):
            return b"0000"
        return b"%04X" % ticket.sequence if how == "hexadecimal" else b"%04d" % ticket.sequence

    def frame(self, message: Message, wall: float, correction: float) -> bytes:
        """The bytes for sending a message at ``wall``; ``correction`` seconds are added to all times in it.

        The first transmission under a number settles what the message says, ``[H...]`` included.
        """
        quirks = self._quirks
        form: Form | None = message.ticket.form
        message.first = form is None
        if form is None:
            form = message.ticket.form = Form(message.composed, self._lateness(message.composed, wall, correction))
        composed = form.composed
        content = composed.data + b"]" + composed.fields + form.occurred
        key = self.ring.current
        echo = message.sequence + self._address
        if key is None:
            if quirks.stamp == "always":
                content += self._stamp(wall + correction)
            elif quirks.stamp == "rubbish":
                content += self._random_bytes(grammar.STAMP_SIZE).translate(_RUBBISH)
            body = writing.plain_body(composed.token, echo, content)
        else:
            content += self._stamp(wall + correction)
            if quirks.trailing_pad:
                content += bytes([cipher.BLOCK]) * cipher.BLOCK
            if composed.data or quirks.bar == "always":
                content = b"|" + content
            body = writing.secret_body(
                composed.token, echo, content, key, self._pad, long_pad=self._long_pad, lower=quirks.lower_case
            )
        framed = writing.frame(
            body,
            binary=quirks.crc == "binary",
            lower=quirks.lower_case,
            lower_length=quirks.lower_case,
            counts_cr=quirks.counts_cr and key is None,
        )
        return framed + quirks.trailer.encode("latin-1") if quirks.trailer else framed

    @property
    def repeats_bytes(self) -> bool:
        """Repetitions are the same bytes."""
        return self._quirks.retry_stamp == "same" and self.ring.current is None

    def _stamp(self, wall: float) -> bytes:
        wall = _writable(wall)
        if self._zone is not None:
            offset = datetime.fromtimestamp(wall, self._zone).utcoffset()
            if offset is not None:
                wall = _writable(wall + offset.total_seconds())
        return stamp.write(wall)

    def _lateness(self, composed: Composed, wall: float, correction: float) -> bytes:
        occurred_at = composed.occurred_at
        if occurred_at is None or wall - occurred_at <= LATE_S:
            return b""
        return self._occurred(occurred_at + correction)

    def _occurred(self, wall: float) -> bytes:
        time = stamp.write(_writable(wall))[1:]
        if self._quirks.occurred == "time-only":
            time = time[time.startswith(b"0") : len("00:00:00")]
        return b"[H%b]" % time

    def _pad(self, count: int) -> bytes:
        if self._quirks.pad == "constant":
            return b"p" * count
        if self._quirks.pad == "alphanumeric":
            return self._random_bytes(count).translate(_ALPHANUMERIC)
        return self._random_bytes(count)


def _writable(wall: float) -> float:
    """The nearest time that a stamp can say: a receiver may teach a clock anything."""
    return min(max(wall, 0.0), LATEST)


class Form(Struct, frozen=True):
    """What a message said when it was first transmitted.

    A repetition that said anything else (an old mark, a time of occurrence, another network path) would be a new
    event for a station that took the first one and whose ACK was lost (DC-09 5.5.1).
    """

    composed: Composed
    occurred: bytes
    """``[H...]``, or nothing."""


class Message(Struct, eq=False):
    """A ticket on its way, at one receiver."""

    ticket: Ticket
    composed: Composed
    sequence: bytes
    """As its frames carry it, and its answers."""
    attempts: int = 0
    """At this receiver; the ticket counts those at all of them."""
    nak_seen: bool = False
    """In this attempt."""
    deadline: float | None = None
    """When the answer must have come, in monotonic seconds; None while the message is not on the wire."""
    stamps: list[tuple[float, float]] = field(default_factory=list)
    """Of the latest encrypted frames: the stamp, and the monotonic seconds of sending."""
    first: bool = False
    """Its latest frame was the first one that ever went out under its number."""
    order: int = 0
    """Rises with every transmission of the end."""
    trouble: str = ""
    """Why an answer that came is none, in this attempt."""
    answer: Arrival | None = None
    """The answer that is none."""
    findings: tuple[Finding, ...] = ()
    """About acknowledgements that are none, in this attempt."""
    outcome: Outcome | None = None
    """Decided, and waiting for the messages before it."""
    sent: bytes = b""
    """The frame of the first attempt, where repetitions are the same bytes."""

    def denied(self) -> None:
        """A NAK came in this attempt. Who never got another answer may put the time of occurrence right."""
        self.nak_seen = True
        if self.first:
            self.ticket.form = None

    def stamped(self, wall: float, mono: float) -> None:
        """An encrypted frame was written with that stamp."""
        self.stamps.append((wall, mono))
        del self.stamps[:-_MOST_STAMPS]
