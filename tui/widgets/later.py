"""Doing something after a pause, once, and surely.

A timer of Textual that is to come once is dropped without a word where the process is held up for longer than its pause
between the start of the timer and its first look at the clock (``Timer._run`` takes the one time for skipped). The
event loop drops none.
"""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections.abc import Callable

from textual.widget import Widget


def after(pause_s: float, widget: Widget, act: Callable[[], object]) -> TimerHandle:
    """Do it as the widget, between two of its messages; not any more once the widget is closed."""
    return get_running_loop().call_later(pause_s, widget.call_next, act)
