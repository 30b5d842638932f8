"""The station's end of DC-09: bytes into arrivals, verdicts into answers (DC-09 5.5).

============================================  =====================================================
verdict                                       answer
============================================  =====================================================
STORED, ALIVE, DUPLICATE                      ACK, or RSP where there is a response; encrypted with the same key
                                              where the message was
STALE                                         NAK with the time of this receiver, never encrypted
MALFORMED, UNSUPPORTED                        DUH, never encrypted
REFUSED, NOT_STORED                           nothing: the panel repeats, or takes another path
(noise, a wrong CRC or length, an answer)     nothing, and no verdict is asked for
============================================  =====================================================

An answer repeats sequence, R, L and # byte for byte, leaves out what was left out, and has the CRC in the form
in which it came.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Sequence
from functools import partial

from protocols.dc09 import cipher, stamp, writing
from protocols.dc09.framing import Framer
from protocols.dc09.grammar import BREAKS
from protocols.dc09.reading import Reply, Times, read
from protocols.ends import Limits, Lookup, Response, Source
from protocols.model import Arrival, Moment, Noise, Verdict

_ACKNOWLEDGED = frozenset((Verdict.STORED, Verdict.ALIVE, Verdict.DUPLICATE))
_NOT_UNDERSTOOD = frozenset((Verdict.MALFORMED, Verdict.UNSUPPORTED))


MOST_AT_ONCE = 64
"""Messages and pieces of noise handed out by one call; the rest is held back, so that others get their turn."""


class ReceivingEnd:
    """One for a TCP connection or a datagram; implements :class:`protocols.ends.ReceivingEnd`."""

    __slots__ = (
        "_ended",
        "_find",
        "_framer",
        "_limits",
        "_out",
        "_random_bytes",
        "_replies",
        "_since",
        "_waiting",
        "closing",
        "held",
        "undecided",
    )

    def __init__(
        self,
        source: Source,
        lookup: Lookup,
        *,
        limits: Limits = Limits(),  # noqa: B008 - immutable
        random_bytes: cipher.RandomBytes = secrets.token_bytes,
    ) -> None:
        self._find = partial(lookup, source.adapter)
        self._limits = limits
        self._random_bytes = random_bytes
        self._framer = Framer()
        self._replies: deque[Reply] = deque()
        self._out: list[bytes] = []
        self._ended = False
        self._waiting = -1
        self._since: float | None = None
        self.undecided = 0
        self.held = False
        self.closing = False

    def receive(self, data: bytes, now: Moment) -> Sequence[Arrival | Noise]:
        """Take bytes (``b""`` continues with bytes held back). Never raises on any bytes."""
        if data:
            self._framer.feed(bytes(data))
        return self._pump(now)

    def receive_eof(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The peer sends no more. An unfinished frame is noise; undecided messages still get their answers."""
        self._ended = True
        return self._pump(now)

    def expire(self, now: Moment) -> Sequence[Arrival | Noise]:
        """Give up a frame that did not become whole in time."""
        due = self.next_timeout()
        if due is None or now.mono < due:
            return ()
        self._framer.give_up()
        return self._pump(now, flush=True)

    def next_timeout(self) -> float | None:
        """When what is unfinished will be given up, in monotonic seconds."""
        return None if self._since is None else self._since + self._limits.partial_s

    def data_to_send(self) -> bytes:
        """The answers due, in the order of the messages."""
        out = self._out
        if not out:
            return b""
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        return data

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """Give the verdict on an arrival of this end. A second verdict, and one on an answer, changes nothing.

        ``response`` makes an acknowledgement an RSP. Raises ValueError for one that cannot be written: content or
        fields that would break the frame, too much of them, a key of a wrong length, and any key in the clear.
        """
        reply = arrival.reply
        if not isinstance(reply, Reply) or reply.answer is not None:
            return
        content = None
        if response is not None and verdict in _ACKNOWLEDGED:
            content = _response(response, arrival, reply)
        try:
            reply.answer = self._answer(reply, verdict, now, content)
        except ValueError:  # an echo that makes the answer too long: silence, as for anything not understood
            reply.token = ""
            if content is not None:
                raise
            reply.answer = b""
        replies = self._replies
        self.undecided -= 1
        while replies and (answer := replies[0].answer) is not None:
            if answer:
                self._out.append(answer)
            replies.popleft()
        self.closing = self._ended and not self.undecided and not self.held

    def answer(self, arrival: Arrival) -> str:
        """``ACK``, ``RSP``, ``NAK``, ``DUH``, without any mark of encryption; ``""`` for silence or no verdict yet."""
        reply = arrival.reply
        return reply.token if isinstance(reply, Reply) else ""

    def _pump(self, now: Moment, *, flush: bool = False) -> list[Arrival | Noise]:
        framer = self._framer
        limit = self._limits.undecided
        times = Times(now.wall)
        items: list[Arrival | Noise] = []
        while self.undecided < limit and len(items) < MOST_AT_ONCE:
            item = framer.next(self._ended)
            if item is None:
                break
            if isinstance(item, Noise):
                items.append(item)
                continue
            arrival = read(item, self._find, times, self.undecided > 0)
            if arrival.reply is not None:
                self._replies.append(arrival.reply)
                self.undecided += 1
            items.append(arrival)
        if flush and (noise := framer.take_run()) is not None:
            items.append(noise)
        if self.undecided >= limit or len(items) >= MOST_AT_ONCE:
            self.held = framer.unread > 0 or (self._ended and framer.waiting_since >= 0)
        else:
            self.held = False
        self.closing = self._ended and not self.undecided and not self.held
        waiting = -1 if self.held else framer.waiting_since
        if waiting != self._waiting:
            self._waiting = waiting
            self._since = None if waiting < 0 else now.mono
        return items

    def _answer(self, reply: Reply, verdict: Verdict, now: Moment, response: bytes | None) -> bytes:
        """The bytes of the answer, empty for silence. ``response`` is data and fields of an RSP."""
        if verdict in _ACKNOWLEDGED:
            if reply.encrypted and reply.key is None:
                return b""  # nobody who cannot read a message may acknowledge it
            if not reply.echo:
                return b""
            if response is None:
                token, reply.token, content = b"ACK", "ACK", b"]"
            else:
                token, reply.token, content = b"RSP", "RSP", response
            if reply.key is not None:
                if reply.bar or response is not None:
                    content = b"|" + content
                body = writing.secret_body(
                    token,
                    reply.echo,
                    content + stamp.write(now.wall),
                    reply.key.material,
                    self._random_bytes,
                    long_pad=reply.long_pad,
                )
            else:
                body = writing.plain_body(token, reply.echo, content)
                if reply.stamped:
                    body += stamp.write(now.wall)
        elif verdict is Verdict.STALE:
            reply.token = "NAK"  # noqa: S105
            body = writing.nak_body(now.wall)
        elif verdict in _NOT_UNDERSTOOD and reply.echo:
            reply.token = "DUH"  # noqa: S105
            body = writing.plain_body(b"DUH", reply.echo, b"]")
        else:
            return b""
        head = reply.head
        if head.isupper():
            return writing.frame(body, binary=reply.binary)
        # Mixed case is repeated field by field; digits alone are taken for capitals.
        lower = head.islower()
        return writing.frame(
            body,
            binary=reply.binary,
            lower=lower or (len(head) == 8 and head[:4].islower()),
            lower_length=lower or head[-4:].islower(),
        )


def _response(response: Response, arrival: Arrival, reply: Reply) -> bytes:
    """Data and fields of an RSP, from behind the opening bracket on: ``#1234|content][x...]``. Raises ValueError.

    The account is that of the header, to which the answer goes: the communicator's where a message names two.
    """
    keys = [] if response.key is None else [response.key]
    if (keys or "K" in response.extended) and reply.key is None:
        raise ValueError("a key is never sent in the clear: it needs an encrypted message to answer.")
    if "K" in response.extended:
        raise ValueError("extended data K is the key of the response: give it there, as bytes.")
    if any(len(key) not in cipher.KEY_SIZES for key in keys):
        raise ValueError("a DC-09 key has 16, 24 or 32 bytes: check the new key.")
    fields = [(letter, value) for letter, values in response.extended.items() for value in values]
    for letter, value in (*fields, ("A", response.content)):
        if len(letter) != 1 or not "A" <= letter <= "Z":
            raise ValueError(f"{letter!r} is no letter of extended data: give one from A to Z.")
        if BREAKS.search(value):
            raise ValueError(f"{value!r} holds a bracket or a control character, which would end the answer.")
    data = f"#{arrival.account or arrival.inner}|{response.content}]"
    data += "".join(f"[{letter}{value}]" for letter, value in fields)
    data += "".join(f"[K{key.hex().upper()}]" for key in keys)
    return data.encode()
