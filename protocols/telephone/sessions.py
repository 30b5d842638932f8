"""The blocks of one call into arrivals. Nobody waits for an answer here: texts are simply put to their events."""

from __future__ import annotations

from protocols.ends import Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, Dialect, Moment
from protocols.sia import blocks
from protocols.sia.blocks import Block
from protocols.sia.reading import BlockReader, EventBlock
from protocols.sia.session import Session

_HEAD = 4
"""Bytes among which an account block has its function, where noise went before it."""
_SOURCE = Source("telephone", "sia", "", "", "telephone")


class CallSession:
    """Takes the panel's blocks in order, without repetitions. ``wall`` is when the call was, for times of events."""

    def __init__(self, dialect: Dialect, wall: float) -> None:
        self._reader = BlockReader(_SOURCE, lambda *_: dialect, SourceOptions(edge="plain"))
        self._session = Session()
        self._now = Moment(wall, 0.0)
        self._waiting: tuple[EventBlock, list[int]] | None = None
        self._named: list[int] = []
        """Blocks that said whose it is, and belong to the next arrival."""

    def take(self, block: Block, raw: bytes, number: int) -> list[tuple[Arrival, list[int]]]:
        """What is complete with this block, each with the numbers of its blocks."""
        function = block.function
        if function == blocks.TEXT and self._waiting is not None:
            event, numbers = self._waiting
            event.texts.append(block.data)
            numbers.append(number)
            return []
        done = self.end()
        if function in (blocks.ACCOUNT, blocks.ORIGIN):
            (self._session.name if function == blocks.ACCOUNT else self._session.call)(block, raw)
            self._named.append(number)
        elif function in blocks.EVENTS:
            self._waiting = EventBlock(block, raw, []), [*self._taken(), number]
        elif function == blocks.TEXT:
            done.append((self._reader.lone_text(block.data, raw, self._session), [*self._taken(), number]))
        elif function in (blocks.END, blocks.ABORT, blocks.WAIT):
            if function == blocks.END and self._session.named and self._session.silent:
                done.append((self._reader.alive(block, raw, self._session), [*self._taken(), number]))
            if function != blocks.WAIT:
                self._session.end()
        elif function not in blocks.ANSWERS:
            done.append((self._reader.other(block, raw, self._session), [*self._taken(), number]))
        return done

    def damaged(self, raw: bytes) -> list[tuple[Arrival, list[int]]]:
        """Bytes that are no block. Where they were meant to say whose the next events are, it is no longer known."""
        done = self.end()
        if ord(blocks.ACCOUNT) in raw[:_HEAD]:
            self._session.forget()
            self._named.clear()
        return done

    def end(self) -> list[tuple[Arrival, list[int]]]:
        """The event that waited for texts, if there is one."""
        if self._waiting is None:
            return []
        (event, numbers), self._waiting = self._waiting, None
        return [(self._reader.event(event, self._session, self._now), numbers)]

    def _taken(self) -> list[int]:
        named, self._named = self._named, []
        return named
