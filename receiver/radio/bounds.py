"""What of a unit's reception is too low."""

from __future__ import annotations

from msgspec import Struct


class Bounds(Struct, frozen=True, kw_only=True):
    """When a path is told to be low: settings of ``[adapter.radio]``."""

    low_dbm: float | None = None
    """None for never."""
    hysteresis_db: float = 3.0
    low_quality: float = 0.5
    """0 to 1; 0 for never."""
