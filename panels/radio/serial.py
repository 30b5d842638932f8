"""The wire between a transparent modem and its user: bytes come late, in pieces, or two frames at once."""

from __future__ import annotations

from collections.abc import Callable

from panels.radio.air import Air


class Serial:
    """One direction of it. ``pieces``: a frame comes in at most so many; ``late_s``: between two of them at most.

    Bytes are neither lost nor reordered: a piece waits for those in front of it. What comes within
    ``merge_s`` is handed over as one.
    """

    def __init__(
        self, air: Air, receive: Callable[[bytes], None], *, pieces: int = 1, late_s: float = 0.0, merge_s: float = 0.0
    ) -> None:
        self._air = air
        self._receive = receive
        self._pieces = pieces
        self._late_s = late_s
        self._merge_s = merge_s
        self._last = float("-inf")
        self._held = bytearray()
        self._handed = False

    def feed(self, data: bytes) -> None:
        """Bytes from the modem, now."""
        random = self._air.random
        most = min(self._pieces, len(data))
        cuts = sorted(random.sample(range(1, len(data)), random.randint(0, most - 1))) if most > 1 else []
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            self._last = max(self._last, self._air.now) + (random.uniform(0, self._late_s) if self._late_s else 0.0)
            self._air.at(self._last, self._came, data[start:end])

    def _came(self, piece: bytes) -> None:
        if not self._merge_s:
            self._receive(piece)
            return
        self._held += piece
        if not self._handed:
            self._handed = True
            self._air.at(self._air.now + self._merge_s, self._hand_over)

    def _hand_over(self) -> None:
        data, self._held, self._handed = bytes(self._held), bytearray(), False
        self._receive(data)
