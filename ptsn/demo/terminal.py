"""Leaves a terminal as it was, whatever the program that drew on it did."""

from __future__ import annotations

import os
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# The other screen (not by 1049, which would move the cursor of one that is back already), the mouse in all its ways,
# focus and bracketed paste; then key reports, cursor and colours.
UNDO = "".join(f"\x1b[?{mode}l" for mode in (1047, 1000, 1002, 1003, 1015, 1006, 1004, 2004))
UNDO += "\x1b[<u\x1b[?25h\x1b[0m\r\n"
"""Sequences of xterm's ctlseqs and the kitty keyboard protocol; a terminal that does not know one ignores it."""


def is_terminal() -> bool:
    """Whether a console can be shown here and get keys. It draws on standard error."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"


@contextmanager
def restored() -> Iterator[None]:
    """The modes of the terminal are put back at the end, and its screen too where the end is an error."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.write(sys.stderr.fileno(), UNDO.encode())
        raise
    finally:
        with suppress(OSError, termios.error):  # a closed terminal has no modes any more
            termios.tcsetattr(fd, termios.TCSANOW, before)
