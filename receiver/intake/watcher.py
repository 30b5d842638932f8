"""Who watches the wire, as the intake knows him."""

from __future__ import annotations

from typing import Protocol

from protocols.ends import Source
from protocols.model import Arrival, Noise, Verdict


class Watcher(Protocol):
    """Who watches the wire: told of every verdict."""

    def verdict(self, source: Source, arrival: Arrival, verdict: Verdict, answer: str, why: str) -> None:
        """A verdict was given; ``answer`` is the token answered or ``""``."""

    def noise(self, source: Source, noise: Noise) -> None:
        """Bytes came that are not a message."""

    def note(self, source: Source, text: str) -> None:
        """Something else worth telling."""
