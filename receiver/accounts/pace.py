"""Long work on a thread beside the reactor: a breath now and then, so that the reactor gets at the interpreter.

A thread that computes without a stop lets go of the interpreter every 5 ms only, and the reactor has to wait that
long after each call of the system it makes: an acknowledgement makes a dozen.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

PAUSE_S = 0.001
"""The breath of a thread beside the reactor."""
EVERY = 32
"""Items between two breaths: about half a millisecond of work."""


def gently(items: Iterable[T], pause_s: float) -> Iterator[T]:
    """The items as they are, with a pause after every ``EVERY`` of them; without one for 0."""
    if not pause_s:
        yield from items
        return
    for number, item in enumerate(items, 1):
        yield item
        if number % EVERY == 0:
            time.sleep(pause_s)
