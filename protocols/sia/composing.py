"""What a sender has to say, as the blocks of one message: account, event, its text, end of data.

::

    46 "#012345" 9B      account        left out where the session has it
    4E "Nti11:46/..." F7 event
    5B "A+INBR..." 34    its text       level 3, cut at blanks where it is too long for one block
    40 "0" 8F            end of data

The order of modifiers is that of contact_id_and_sia.md 2.5: time, user, area, others, and then the event.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from msgspec.structs import replace

from protocols import catalogue, ends, local_time, sia_text
from protocols.catalogue import codemap, folding
from protocols.ends import LinkTest, Payload
from protocols.lines.saying import lacking
from protocols.lines.sending import Frames, UnsendableError
from protocols.model import Moment, Qualifier, Scheme, Signal
from protocols.sia import blocks
from protocols.sia.blocks import Block
from protocols.sia.quirks import Quirks

LATE_S = 12 * 3600
"""Older events say their date too: a time alone is read as the latest one."""

MOST_TEXTS = 6
"""Blocks of text behind an event; what is longer is cut. A data group holds 500 bytes, account and event included."""

_packet = re.compile(r"([a-z]{2}[-0-9.:]*(?:\^[^^]*\^)?)/").match
_account = re.compile(r"[0-9A-Fa-f]{1,16}").fullmatch
_NO_NUMBER = "0"
"""What Contact ID writes for no zone or no partition."""


class Message(Frames, frozen=True, kw_only=True):
    """A message in frames, and what the end must know of them."""

    account: str = ""
    """What the first frame announces and nothing else; empty where no frame does only that."""
    taken: int = 1
    """So many frames must have been taken for the event to be said."""
    ends: bool = False
    """The last frame ends the session."""


class Composer:
    """Writes the blocks of one sender: by its quirks, in its code page."""

    def __init__(self, quirks: Quirks, encoding: str, heartbeat_s: float | None, *, header: int = blocks.ASKS) -> None:
        """``heartbeat_s`` is what test reports say of their interval. ``header`` holds the bits of usual headers."""
        self._quirks = quirks
        self._encoding = encoding
        self._interval = {} if heartbeat_s is None else {"va": [str(max(1, round(heartbeat_s / 60)))]}
        self._asks = bool(header & blocks.ASKS) and quirks.ack_bit
        self._reverse = bool(header & blocks.REVERSE) or quirks.reverse_bit
        self._zone = local_time.zone_of(quirks.time_zone) or UTC

    def compose(self, message: ends.Message, now: Moment) -> Message:
        """The frames of a message, each with its own answer. Raises UnsendableError."""
        return self.framed(message.account, *self.said(message, now))

    def heartbeat(self, account: str) -> bytes:
        """A test report without a time, as one group: the same at any time."""
        signal = Signal(account=account, scheme=Scheme.SIA, code="RP", qualifier=Qualifier.NEW, details=self._interval)
        function, data = self._event(signal, None)
        quiet = Block(blocks.ACCOUNT, self.account(account), False, self._reverse)
        return blocks.build(quiet) + self.block(function, data)

    def said(self, message: ends.Message, now: Moment) -> tuple[list[tuple[str, bytes]], int]:
        """Functions and data of the blocks between account and end, and how many of them say the event."""
        if isinstance(message, Payload):
            return self._payload(message)
        if isinstance(message, LinkTest):
            details = self._interval
            test = Signal(
                account=message.account, scheme=Scheme.SIA, code="RP", qualifier=Qualifier.NEW, details=details
            )
            return [self._event(test, now)], 1
        signal = in_sia(message)
        text = signal.text if self._quirks.level > 2 else ""
        if self._quirks.text in ("xsia", "caret"):
            return [self._event(replace(signal, text=text), now)], 1
        event = self._event(replace(signal, text=""), now)
        texts = [(blocks.TEXT, piece) for piece in self._pieces(text)[:MOST_TEXTS]]
        return ([*texts, event], len(texts) + 1) if self._quirks.text == "before" else ([event, *texts], 1)

    def framed(self, account: str, said: list[tuple[str, bytes]], needed: int) -> Message:
        """The frames of what is said: account in front, end of data behind, or all in one."""
        announced = self.account(account)
        alone = [function for function, _ in said] == [blocks.ACCOUNT]
        every = said if alone else [(blocks.ACCOUNT, announced), *said]
        ends = self._quirks.end and every[-1][0] != blocks.END
        if ends:
            every = [*every, (blocks.END, b"")]
        if self._quirks.group:
            *inside, (function, data) = every
            quiet = [blocks.build(Block(each, body, False, self._reverse)) for each, body in inside]
            return Message(frames=(b"".join(quiet) + self.block(function, data),))
        frames = tuple(self.block(function, data) for function, data in every)
        if alone:
            return Message(frames=frames, ends=ends)
        ends = ends or every[-1][0] == blocks.END
        return Message(frames=frames, account=announced.decode("ascii"), taken=needed + 1, ends=ends)

    def account(self, account: str) -> bytes:
        """The data of an account block. Raises UnsendableError."""
        if _account(account) is None:
            raise UnsendableError(f"account {account!r}: an SIA account block has 1 to 16 digits (0-9, A-F).")
        if self._quirks.hex_account and account.isdecimal():
            account = f"{int(account):0{len(account)}X}"
        return account.encode("ascii")

    def block(self, function: str, data: bytes) -> bytes:
        """One block that asks for its answer."""
        return blocks.build(Block(function, data, self._asks, self._reverse))

    def encode(self, text: str) -> bytes:
        """A text in the sender's code page: a letter that it lacks becomes its plain form. Raises UnsendableError."""
        return b"".join(self._letter(letter) for letter in text)

    def _letter(self, letter: str) -> bytes:
        for written in (letter, _plain(letter)):
            try:
                return written.encode(self._encoding)
            except UnicodeError:
                continue
        raise lacking(letter, self._encoding)

    def _pieces(self, text: str) -> list[bytes]:
        """A text in blocks: parted at blanks, where a reader joins them with one, else where the room ends."""
        pieces: list[bytes] = []
        for word in text.split(" ") if text else []:
            letters = [self._letter(letter) for letter in word]
            size = sum(map(len, letters))
            if pieces and len(pieces[-1]) + 1 + size <= blocks.MOST_DATA:
                pieces[-1] += b" " + b"".join(letters)
                continue
            pieces.append(b"")
            for letter in letters:
                if len(pieces[-1]) + len(letter) > blocks.MOST_DATA:
                    pieces.append(b"")
                pieces[-1] += letter
        return pieces

    def _payload(self, message: Payload) -> tuple[list[tuple[str, bytes]], int]:
        if re.fullmatch(r"[\x00-\xff]", message.token, re.DOTALL) is None:
            raise UnsendableError(f"token {message.token!r}: give the function of a block, one character such as N.")
        data = self.encode(message.content)
        _check_room(data)
        return [(message.token, data)], 1

    def _event(self, signal: Signal, now: Moment | None) -> tuple[str, bytes]:
        """Function and data of an event block; without ``now`` it says no time."""
        quirks = self._quirks
        text = signal.text
        try:
            content = sia_text.write(replace(signal, text=""))
        except ValueError as error:
            raise UnsendableError(str(error)) from error
        function, at = content[0], 1
        packets: list[str] = []
        while (match := _packet(content, at)) is not None:
            packets.append(match[1])
            at = match.end()
        event = content[at:]
        if quirks.level == 1:
            packets = []
        elif now is not None:
            packets = self._times(signal, now) + packets
        content = self._arranged(packets, event)
        self._check(function + content, signal)
        if quirks.copies > 1:
            content = self._arranged(packets, ("" if quirks.form == "dsc" else "/").join([event] * quirks.copies))
        data = self.encode(content)
        _check_room(data)
        if text and quirks.text in ("xsia", "caret"):
            data += self._inside(text, blocks.MOST_DATA - len(data))
        return quirks.function or function, data

    def _arranged(self, packets: list[str], event: str) -> str:
        if self._quirks.form == "dsc":
            return "".join((*packets, event))
        return "/".join((event, *packets) if self._quirks.form == "cooper" else (*packets, event))

    def _inside(self, text: str, room: int) -> bytes:
        """A text as part of the event block, as much of it as there is room for."""
        front, behind = ("*'", "'NM") if self._quirks.text == "xsia" else ("^", "^")
        room -= len(front) + len(behind)
        said = b""
        for letter in re.sub(r"[\x00-\x1f\x7f'^/|\[\]]", " ", text):
            written = self._letter(letter)
            if len(said) + len(written) > room:
                break
            said += written
        return front.encode() + said + behind.encode() if said else b""

    def _times(self, signal: Signal, now: Moment) -> list[str]:
        """Date and time of an event; the date only where a time alone would be read as another day's."""
        if self._quirks.clock == "none" or not signal.details.keys().isdisjoint(("ti", "da")):
            return []
        occurred = now.wall if signal.occurred_at is None else signal.occurred_at
        try:
            local = datetime.fromtimestamp(occurred, self._zone)
        except (ValueError, OverflowError, OSError):
            return []
        if not 2000 <= local.year <= 2099:
            return []
        time = local.strftime("ti%H:%M:%S" if self._quirks.clock == "seconds" else "ti%H:%M")
        dated = not now.wall - LATE_S < occurred <= now.wall + local_time.TOLERANCE_S
        return [local.strftime("da%m-%d-%y"), time] if dated else [time]

    def _check(self, content: str, signal: Signal) -> None:
        """Refuse what the far end would read as something else."""
        read, _ = sia_text.read(content, signal.account, sent_at=None, now_wall=0.0, time_zone="UTC")
        found = read[0] if len(read) == 1 else None
        right = found is not None and (found.code, found.number) == (signal.code, signal.number)
        if right and found is not None:
            user = signal.user or (signal.number if found.subject == "user" else "")
            if self._quirks.level > 1:
                right = (found.partition, found.user) == (signal.partition, user)
            else:  # a number that the user gave its meaning is another user's without him
                right = found.user.lstrip("0") in ("", user.lstrip("0"))
        if not right:
            raise UnsendableError(
                "SIA: in this form the event would be read as something else: use the form standard and at least "
                "level 2, or leave out what surrounds the event."
            )


def in_sia(signal: Signal) -> Signal:
    """A signal in SIA codes, by the code map where it is Contact ID. Raises UnsendableError."""
    if signal.scheme is Scheme.SIA:
        return signal
    code = codemap.to_sia(signal.code, signal.qualifier) if signal.scheme is Scheme.CONTACT_ID else None
    if code is None:
        raise UnsendableError(
            f"{signal.scheme.value} {signal.code} ({signal.qualifier.value}) has no counterpart in SIA: send it over a "
            "protocol that carries it."
        )
    ends_something = catalogue.find("sia", code).category == "restore"
    return replace(
        signal,
        scheme=Scheme.SIA,
        code=code,
        qualifier=Qualifier.RESTORE if ends_something else Qualifier.NEW,
        partition=signal.partition if signal.partition.strip(_NO_NUMBER) else "",
        number=signal.number if signal.number.strip(_NO_NUMBER) else "",
        user=signal.user if signal.user.strip(_NO_NUMBER) else "",
    )


def _check_room(data: bytes) -> None:
    if len(data) > blocks.MOST_DATA:
        raise UnsendableError(
            f"the message takes {len(data)} bytes, and an SIA block holds {blocks.MOST_DATA}: leave details out."
        )


def _plain(letter: str) -> str:
    """A letter without what its alphabet adds, in its own case."""
    folded = folding.fold(letter)
    return folded.upper() if letter.isupper() else folded
