"""How much is measured."""

from __future__ import annotations

from msgspec import Struct


class Options(Struct, frozen=True):
    """Sizes of a run."""

    rounds: int = 8
    """Rounds of throughput: short ones and many, so that what disturbs the machine disturbs all rows alike."""
    seconds: float = 0.8
    """Length of such a round."""
    few: int = 4
    """Rounds of everything else."""
    connections: int = 50
    idle: int = 5000
    """Idle connections of the memory benchmark."""
    paced_s: float = 4.0
    """Length of a round at a steady rate."""
    rate: float = 1000.0
    """Messages per second of such a round."""
    stall_s: float = 2.0
    """How long the disk stalls, on purpose."""
    found: int = 200_000
    """Entries that are searched."""
    storm_s: float = 60.0
    """Length of the storm before the consoles."""
    storm_alarms: int = 300
    consoles: int = 3
    """Consoles before the storm."""
    rest_s: float = 2.0
    """Consoles rest for this long before the storm, and are looked at for as long after the last alarm."""
    lines: tuple[int, ...] = (16, 64)
    """Serial lines at once."""
    warm_s: float = 1.0
    """Serial lines are full for this long before they are measured."""


DEFAULT = Options()
QUICK = Options(
    rounds=2, seconds=0.5, few=1, idle=1000, paced_s=1.2, stall_s=0.3, found=50_000, storm_s=12.0, storm_alarms=60
)
SMALLEST = Options(
    rounds=1,
    seconds=0.05,
    few=1,
    connections=5,
    idle=5,
    paced_s=0.1,
    rate=50.0,
    stall_s=0.05,
    found=2000,
    storm_s=1.0,
    storm_alarms=3,
    consoles=1,
    rest_s=0.5,
    lines=(2, 4),
    warm_s=0.2,
)
"""Only shows that everything runs."""
