"""sqlite-utils as the receiver loads it: without numpy and pandas.

It would import them wherever they are installed, for columns of their types, which no table of ours has. Decoding of
telephone calls brings numpy: every start of a station, and every command that reads a journal, would take a fifth
longer and 12 MB more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Database", "Migrations"]


@contextmanager
def _missing(*names: str) -> Iterator[None]:
    """What is not loaded yet cannot be imported inside of the block."""
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in names if name not in modules]
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del modules[name]


with _missing("numpy", "pandas"):
    from sqlite_utils import Database, Migrations
