"""A receiving end that asks a silent sender whether it is alive, for protocols that have a question for it."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.lines.receiving import LineReceivingEnd, Reader
from protocols.model import Arrival, Moment, Noise

ASK_S = 60.0
"""How long a line may be silent before it is asked."""


class AskingEnd(LineReceivingEnd):
    """Sends ``question`` when the line stands, and after every ``ASK_S`` without a byte.

    Not while a message waits for its verdict: its sender waits for that answer.
    """

    def __init__(
        self, source: Source, reader: Reader, question: bytes, *, first: int, options: SourceOptions, limits: Limits
    ) -> None:
        super().__init__(source, reader, first=first, options=options, limits=limits)
        self._question = question
        self._ask_at = 0.0  # at once

    def receive(self, data: bytes, now: Moment) -> Sequence[Arrival | Noise]:
        """As ever; whoever speaks need not be asked."""
        if data:
            self._ask_at = now.mono + ASK_S
        return super().receive(data, now)

    def expire(self, now: Moment) -> Sequence[Arrival | Noise]:
        """As ever; a silent line is asked."""
        items = super().expire(now)
        if now.mono >= self._ask_at:
            self._ask_at = now.mono + ASK_S
            if not (self.undecided or self._ended):
                self._out.append(self._question)
        return items

    def next_timeout(self) -> float | None:
        """When to call :meth:`expire`, in monotonic seconds."""
        due = super().next_timeout()
        if self._ended or self._options.listen_only:
            return due
        return self._ask_at if due is None else min(due, self._ask_at)
