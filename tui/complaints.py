"""What goes wrong beside the screen while the terminal is the screen's: kept until it can be told."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

_LINES = 20
_WOKEN_TWICE = "Exception in callback Future.set_result("


class Complaints(logging.Handler):
    """The last warnings of the log, and the first fault that no part of the program caught.

    ::

        complaints = Complaints()
        complaints.listen(asyncio.get_running_loop())
        logging.getLogger().addHandler(complaints)

    It listens to the loop until that ends, longer than there is a screen: a socket that was cancelled with bytes on
    their way wakes its reader once more, and nothing comes of that (anyio does so on Unix sockets). Without anybody
    listening, asyncio would write it across the terminal.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: deque[str] = deque(maxlen=_LINES)
        self.fault: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.lines.append(self.format(record))

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear what the loop complains of."""
        loop.set_exception_handler(self.heed)

    def heed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """One complaint of the loop, as ``loop.set_exception_handler`` gives it: kept and logged, unless it is void."""
        error = context.get("exception")
        if isinstance(error, asyncio.InvalidStateError) and str(context.get("message")).startswith(_WOKEN_TWICE):
            return
        if self.fault is None and isinstance(error, Exception):
            self.fault = error
        loop.default_exception_handler(context)
