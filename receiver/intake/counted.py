"""What the intake counts."""

from __future__ import annotations

from msgspec import Struct


class Counted(Struct):
    """What the intake counted since the start."""

    arrivals: int = 0
    stored: int = 0
    link_tests: int = 0
    duplicates: int = 0
    refused: int = 0
    stale: int = 0
    not_stored: int = 0
    unread: int = 0
    noise: int = 0
    dropped: int = 0
