"""Texecom over IP: the panel's end. What the lines are, ``texecom`` says."""

from __future__ import annotations

import re

from protocols import contact_id, ends
from protocols.catalogue import codemap
from protocols.ends import LinkTest, Payload
from protocols.lines.options import Speaker
from protocols.lines.saying import encoded
from protocols.lines.scanning import MORE, Found
from protocols.lines.sending import Frames, Heard, UnsendableError
from protocols.model import Moment, Qualifier, Scheme, Signal
from protocols.sia import blocks, sending
from protocols.sia.composing import Composer, Message
from protocols.sia.quirks import Quirks
from protocols.sia.texecom import ACK
from protocols.sia.texecom_grammar import CONTACT_ID, POLL, SIA

_answer = re.compile(rb"(?:\[P\]\x00([\x00-\xff])|([23]))([\x06\x15])\r\n", re.DOTALL).match
_begun = re.compile(rb"(?:\[(?:P(?:\](?:\x00(?:[\x00-\xff][\x06\x15]?)?)?)?)?|[23][\x06\x15]?)\r?\Z", re.DOTALL).match
_start = re.compile(rb"[\[23]").search
_HEADER = blocks.REVERSE | blocks.ASKS
_FLAGS_BEHIND = b"\0\0\0"


class Speech(sending.Speech):
    """Lines, as the end needs them (``protocols.lines.sending.Speech``)."""

    longest = 8

    def __init__(self, speaker: Speaker, its: Quirks) -> None:
        super().__init__(speaker, its)
        self.composer = Composer(its, sending.encoding(speaker), speaker.heartbeat_s, header=_HEADER)
        self.heartbeat = b"" if speaker.heartbeat_s is None else self._poll_of(speaker.account)

    def seek(self, buffer: bytes, at: int) -> int:
        """The first offset from ``at`` on where an answer may begin."""
        found = _start(buffer, at)
        return len(buffer) if found is None else found.start()

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of the answer that begins at ``at``; 0 where none does, MORE where that needs more bytes."""
        found = _answer(buffer, at)
        if found is not None:
            return found.end() - at
        return MORE if not final and _begun(buffer, at) is not None else 0

    def guess(self, raw: bytes) -> str:
        """What a run of noise probably is."""
        return "garbage"

    def hear(self, found: Found) -> tuple[Heard, str]:
        """What an answer means."""
        if found.raw[-3:-2] != ACK:
            return Heard.NO, "the receiver rejected the line"
        return Heard.YES, "acknowledged"

    def function(self, raw: bytes) -> str:
        """Answers have no function."""
        return ""

    def asks(self, frame: bytes) -> bool:
        """Every line is answered, whatever the blocks in it ask for."""
        return True

    def damaged(self, frame: bytes) -> bytes:
        """The line with a wrong check digit or parity byte."""
        return frame[:-3] + bytes((frame[-3] ^ 0x01,)) + frame[-2:]

    def compose(self, message: ends.Message, now: Moment) -> Frames:
        """The line of a message. Raises UnsendableError."""
        if isinstance(message, LinkTest):
            line = self._poll_of(message.account)
        elif isinstance(message, Payload):
            line = self._payload(message)
        else:
            line = self._signal(message, now)
        return Message(frames=(line,))

    def _poll_of(self, account: str) -> bytes:
        return POLL.encode() + self.composer.account(account) + b"#\0" + _FLAGS_BEHIND + b"\r\n"

    def _signal(self, signal: Signal, now: Moment) -> bytes:
        """As Contact ID where it is such, or is to be and can be; else in blocks."""
        if signal.scheme is Scheme.CONTACT_ID:
            return self._contact_id(signal)
        if self.quirks.contact_id and codemap.to_contact_id(signal.code) is not None:
            try:
                return self._contact_id(signal)
            except UnsendableError:  # a zone of more than three digits
                return self._blocks(signal, now)
        return self._blocks(signal, now)

    def _contact_id(self, signal: Signal) -> bytes:
        found = codemap.to_contact_id(signal.code) if signal.scheme is Scheme.SIA else None
        number, partition = signal.number.zfill(3), signal.partition.zfill(2)
        if found is not None:
            code, qualifier = found
            signal = Signal(
                account=signal.account,
                scheme=Scheme.CONTACT_ID,
                code=code,
                qualifier=Qualifier(qualifier),
                partition=partition,
                number=number,
            )
        try:
            digits = contact_id.write_telephone(signal)
        except ValueError as error:
            raise UnsendableError(str(error)) from error
        account = digits[:4].replace("0", "A")
        return CONTACT_ID.encode() + account.encode() + digits[4:].encode() + b"\r\n"

    def _blocks(self, message: ends.Message, now: Moment) -> bytes:
        said, _ = self.composer.said(message, now)
        every = [(blocks.ACCOUNT, self.composer.account(message.account)), *said]
        inside = b"".join(self.composer.block(function, data) for function, data in every)
        end = blocks.build(blocks.Block(blocks.END)) if self.quirks.end else b""
        return SIA.encode() + inside + end + b"\r\n"

    def _payload(self, message: Payload) -> bytes:
        """``2`` and digits as given; any other token is the function of a block."""
        if message.token == CONTACT_ID:
            data = encoded(message.content, "latin-1")
            if b"\r" in data or b"\n" in data:
                raise UnsendableError("the content of a payload holds a line end, which would break the line.")
            return CONTACT_ID.encode() + data + b"\r\n"
        return self._blocks(message, Moment(0.0, 0.0))
