"""Knowing in time that a path has gone silent. Pure: told what was heard and what time it is."""

from receiver.supervision.paths import Paths
from receiver.supervision.records import EVERY, Expected, Lost, PathRow, PathState, Restored, Rule, Saved

__all__ = [
    "EVERY",
    "Expected",
    "Lost",
    "PathRow",
    "PathState",
    "Paths",
    "Restored",
    "Rule",
    "Saved",
]
