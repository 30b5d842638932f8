"""Answers to blocks, in the order of the blocks, and what a group of blocks is answered with as a whole.

In a data group only the last block asks for an answer: it speaks for all of them, and is positive only when every one
was read and stored. A sender whose group was rejected says it again; what was stored of it the first time is then the
same message, and a repetition of its last block alone is rejected again.

A block, or a whole group, that is said again before its answer left is a copy: both have one answer together, since the
sender would take the second one for that to its next block.

==========================================  ============================
verdict                                     answer to a block that asks
==========================================  ============================
stored, alive, duplicate, stale, unsupported  acknowledge
malformed, refused                          reject
not stored                                  none: the sender repeats
==========================================  ============================
"""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from protocols.lines.repeating import Message
from protocols.model import Moment, Verdict
from protocols.sia import blocks
from protocols.sia.blocks import Block, build

ACKNOWLEDGED, REJECTED = "ACK", "NAK"
"""Names of the answers for people."""
_POSITIVE = {
    Verdict.STORED: True,
    Verdict.ALIVE: True,
    Verdict.DUPLICATE: True,
    Verdict.STALE: True,
    Verdict.UNSUPPORTED: True,
    Verdict.MALFORMED: False,
    Verdict.REFUSED: False,
    Verdict.NOT_STORED: None,
}
_AGAIN_S = 15.0
"""How long a sender takes to say a rejected group again: four times 2.5 seconds, and the blocks themselves."""
_BEGIN = (b"#", b"&")
"""Blocks that begin a group: such a one ends none, and what it is rejected for was before it."""
_MOST = 64
"""Messages of a group that are remembered; the standard ends a group at 500 bytes."""


class Forms(Struct, frozen=True):
    """The bytes of both answers."""

    acknowledge: bytes
    reject: bytes


FORMS = {
    "": Forms(build(Block(blocks.ACKNOWLEDGE)), build(Block(blocks.REJECT))),
    "plain": Forms(build(Block(blocks.ACKNOWLEDGE, asks=False)), build(Block(blocks.REJECT, asks=False))),
    "galaxy-old": Forms(build(Block(blocks.OLD_ACKNOWLEDGE)), build(Block(blocks.OLD_REJECT))),
}
"""By edge (``SourceOptions.edge``): as SIA-Server answers (``40 38 87``), without bit 6, and for old RS232 modules."""


class Turn(Struct, eq=False):
    """One block's place in the order of answers; the ``reply`` of its arrival, opaque to everyone but the end."""

    asks: bool
    """An answer is due."""
    verdict: Verdict | None = None
    message: Message | None = None
    """For an arrival that has an identity."""
    echo: bytes = b""
    """Said instead of an acknowledgement; then nothing else answers it."""
    raw: bytes = b""
    clears: bool = False
    """An abort: the group before it is void."""
    spoils: bool = False
    """Noise that looks like a damaged block, and the block behind it asks: one answer for both, which is negative."""
    token: str = ""
    key: bytes = b""
    """The bytes of the group that ends here."""
    copy_of: Turn | None = None
    answered: bool = False
    gone: bool = False
    """It is no longer in the queue."""

    def __repr__(self) -> str:
        return "<Turn>"


class Answers:
    """The answers that one connection owes."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._turns: deque[Turn] = deque()
        self._failed = False
        """A block of the group was not read or not stored."""
        self._spoilt = False
        """Noise stood in front of the block that asks."""
        self._stored: list[Message] = []
        """Messages of the group that are on disk."""
        self._again: dict[bytes, Message] = {}
        """Messages on disk whose group was not acknowledged, by content."""
        self._rejected = b""
        """The block that a group was rejected with; empty once anything else came."""
        self._said = b""
        """What was said since the last block that asked: its digest, so that it stays short."""
        self._last: Turn | None = None
        """The last turn that asked and is no copy."""

    def __len__(self) -> int:
        return len(self._turns)

    @property
    def grouped(self) -> bool:
        """Whether a group is open: blocks came that asked for nothing, and none behind them that does."""
        return bool(self._said)

    def add(self, turn: Turn) -> Turn:
        """A block came, or noise in the place of one."""
        if turn.spoils:
            pass
        elif not turn.asks:
            self._said = blake2b(self._said + turn.raw, digest_size=16).digest()
        elif turn.raw:
            turn.key, self._said = self._said + turn.raw, b""
            last = self._last
            if last is not None and not last.gone and last.key == turn.key:
                turn.copy_of = last
            else:
                self._last = turn
        self._turns.append(turn)
        return turn

    def same_rejected(self, raw: bytes) -> bool:
        """Whether this block alone repeats the end of a rejected group. Asked of every block, in order."""
        if not self._rejected:
            return False
        if raw == self._rejected:
            return True
        self._rejected = b""
        return False

    def said_before(self, content: bytes, now: Moment) -> Message | None:
        """The message on disk that this one of a repeated group is."""
        message = self._again.pop(content, None)
        return message if message is not None and now.mono - message.at <= _AGAIN_S else None

    def release(self) -> list[bytes]:
        """The answers that are due now."""
        out: list[bytes] = []
        turns = self._turns
        while turns and (verdict := turns[0].verdict) is not None:
            turn = turns.popleft()
            turn.gone = True
            if turn.clears:
                self._failed = False
                self._stored.clear()
            good = _POSITIVE[verdict]
            if turn.echo:
                if good:
                    out.append(turn.echo)
            elif turn.asks:
                self._answer(turn, good, out)
            elif turn.spoils:
                self._spoilt = True
            elif not good:
                self._failed = True
            elif turn.message is not None and len(self._stored) < _MOST:
                self._stored.append(turn.message)
        return out

    def _answer(self, turn: Turn, good: bool | None, out: list[bytes]) -> None:
        failed, self._failed = self._failed, False
        spoilt, self._spoilt = self._spoilt, False
        stored: list[Any] = self._stored
        first = turn.copy_of
        turn.copy_of = None
        if first is not None and first.answered:
            stored.clear()
            turn.token = ""
            return
        if good and not failed and not spoilt:
            self._again.clear()
            stored.clear()
            turn.token = ACKNOWLEDGED
            turn.answered = True
            out.append(self._forms.acknowledge)
            return
        if good and turn.message is not None:
            stored.append(turn.message)
        self._again = {message.content: message for message in stored}
        stored.clear()
        if failed and turn.raw[1:2] not in _BEGIN:
            self._rejected = turn.raw
        turn.token = ""
        if failed or spoilt or good is False:
            turn.token = REJECTED
            turn.answered = True
            out.append(self._forms.reject)


def token_of(turn: Turn) -> str:
    """The name of the answer that a verdict means by itself; the group may change it until it leaves."""
    good = None if turn.verdict is None else _POSITIVE[turn.verdict]
    if turn.echo:
        return "ECHO" if good else ""
    if not turn.asks or good is None:
        return ""
    return ACKNOWLEDGED if good else REJECTED
