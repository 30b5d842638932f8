"""Knowing in time that a path has gone silent. Pure: told what was heard and what time it is."""

from receiver.supervision.paths import Paths
from receiver.supervision.records import Expected, Lost, PathRow, PathState, Restored, Saved

__all__ = ["Expected", "Lost", "PathRow", "PathState", "Paths", "Restored", "Saved"]
