"""The blocks of a SIA session that no message has: its account, origin and end, which the station answers by itself."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.lines.scanning import Scanner
from protocols.model import Arrival, ArrivalKind, Noise
from protocols.sia import blocks
from protocols.sia.blocks import BlockError

_MOST = 1 << 16
_ENDINGS = frozenset((blocks.END, blocks.WAIT, blocks.ABORT))
_SESSION = _ENDINGS | {blocks.ACCOUNT, blocks.ORIGIN}


class Blocks:
    """Keeps the bytes of a flow until it is known to which message they belong."""

    def __init__(self) -> None:
        self._pending = b""
        self._told = 0
        """Bytes of it that were told already."""
        self._account = ""

    @property
    def named(self) -> bool:
        """Whether somebody says who he is: no station does."""
        return self._pending[1:2] == blocks.ACCOUNT.encode()

    def feed(self, data: bytes) -> None:
        """Bytes that were read."""
        pending = self._pending + data
        self._pending = pending[-_MOST:]
        self._told = max(0, self._told - (len(pending) - len(self._pending)))

    def before(self, item: Arrival | Noise) -> Iterator[Arrival]:
        """The blocks of the session in front of a message or noise, which is passed over."""
        at = self._pending.find(item.raw)
        if at < 0:
            return
        size = item.size if isinstance(item, Noise) else len(item.raw)
        if isinstance(item, Arrival):
            self._account = item.account
        yield from self._session(self._pending[self._told : at])
        self._cut(at + size)

    def so_far(self) -> Iterator[Arrival]:
        """The blocks of the session that nothing followed yet, since they were answered: a message behind them has them
        once more."""
        scanner = Scanner(blocks.BlockGrammar())
        scanner.feed(self._pending[self._told :])
        while scanner.next() is not None:
            pass
        end = len(self._pending) - len(scanner.unread)
        yield from self._session(self._pending[self._told : end])
        self._told = end

    def ended(self) -> Iterator[Arrival]:
        """The blocks that end a session stand for themselves, once everything before them was told."""
        while self._told < len(self._pending):
            first = Scanner(blocks.BlockGrammar())
            first.feed(self._pending[self._told :])
            found = first.next()
            block = None if found is None or isinstance(found, Noise) else _parsed(found.raw)
            if block is None or block.function not in _ENDINGS:
                return
            at = len(self._pending) - len(first.unread)
            yield from self._session(self._pending[self._told : at])
            self._cut(at)

    def rest(self) -> Iterator[Arrival]:
        """What is left at the end of the flow."""
        pending, told = self._pending, self._told
        self._pending, self._told = b"", 0
        yield from self._session(pending[told:])

    def _cut(self, at: int) -> None:
        self._pending = self._pending[at:]
        self._told = max(0, self._told - at)

    def _session(self, data: bytes) -> Iterator[Arrival]:
        scanner = Scanner(blocks.BlockGrammar())
        scanner.feed(data)
        while (found := scanner.next(final=True)) is not None:
            block = None if isinstance(found, Noise) else _parsed(found.raw)
            if block is None or block.function not in _SESSION:
                continue
            if block.function == blocks.ACCOUNT:
                self._account = block.data.decode("latin-1").strip()
            yield Arrival(
                raw=found.raw, protocol="sia", kind=ArrivalKind.LINK_TEST, token=block.function, account=self._account
            )


def _parsed(raw: bytes) -> blocks.Block | None:
    try:
        return blocks.parse(raw)
    except BlockError:
        return None
