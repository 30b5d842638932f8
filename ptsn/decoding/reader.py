"""One flow into messages and noise, by the framing and the reading of the receiving end, with all that is known
beforehand of who speaks. Clocks are not compared: a capture may be of any age."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.dc09 import Framer
from protocols.dc09.reading import Times, read
from protocols.model import Arrival, Dialect, Noise


class Reader:
    """Bytes in any pieces to arrivals and noise, in order. ``wall`` dates events that name a time without a date."""

    def __init__(self, dialect: Dialect, wall: float) -> None:
        self._dialect = dialect
        self._times = Times(wall, watched=False)
        self._framer = Framer()

    def feed(self, data: bytes) -> Iterator[Arrival | Noise]:
        """What is complete with ``data``."""
        self._framer.feed(data)
        return self._drain(final=False)

    def close(self) -> Iterator[Arrival | Noise]:
        """What is left at the end."""
        return self._drain(final=True)

    def _drain(self, *, final: bool) -> Iterator[Arrival | Noise]:
        while (item := self._framer.next(final)) is not None:
            yield item if isinstance(item, Noise) else read(item, self._known, self._times)

    def _known(self, receiver: str | None, prefix: str | None, account: str) -> Dialect:
        return self._dialect
