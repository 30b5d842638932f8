"""Captured bytes into messages and noise, without a station: for looking at what a panel sent.

Reads through the same framing and the same reading as the receiving end. Clocks are not compared, since a
capture may be of any age, and answers are read like any other message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from protocols.dc09.framing import Framer
from protocols.dc09.reading import Times, read
from protocols.model import Arrival, Dialect, Key, Noise


class Decoder:
    """Bytes in any pieces to arrivals and noise, in order. ``wall`` dates events that name a time without a date.

    ``keys`` are owned by their places, from ``"1"``. ``dialect`` is all that is known beforehand of every account:
    its keys are tried before ``keys``, and its time zone counts, not ``time_zone``.
    """

    def __init__(
        self, keys: Iterable[bytes] = (), *, wall: float, time_zone: str = "UTC", dialect: Dialect | None = None
    ) -> None:
        numbered = tuple(Key(material, str(place)) for place, material in enumerate(keys, 1))
        known = Dialect(time_zone=time_zone) if dialect is None else dialect
        self._dialect = replace(known, keys=known.keys + numbered) if numbered else known
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
            yield item if isinstance(item, Noise) else read(item, self._find, self._times)

    def _find(self, receiver: str | None, prefix: str | None, account: str) -> Dialect:
        return self._dialect


def decode(data: bytes, keys: Iterable[bytes] = (), *, wall: float = 0.0) -> list[Arrival | Noise]:
    """Everything in ``data``, the rest at its end included."""
    decoder = Decoder(keys, wall=wall)
    return [*decoder.feed(data), *decoder.close()]
