"""How much is measured."""

from __future__ import annotations

from msgspec import Struct


class Options(Struct, frozen=True):
    """Sizes of a run."""

    rounds: int = 5
    seconds: float = 2.0
    """Length of a round of throughput."""
    connections: int = 50
    idle: int = 5000
    """Idle connections of the memory benchmark."""
    paced_s: float = 5.0
    """Length of a round at a fixed rate."""
    rate: float = 1000.0
    """Messages per second of such a round."""


DEFAULT = Options()
QUICK = Options(rounds=1, seconds=1.0, idle=1000, paced_s=2.0)
SMALLEST = Options(rounds=1, seconds=0.05, connections=2, idle=5, paced_s=0.1, rate=50.0)
"""Only shows that everything runs."""
