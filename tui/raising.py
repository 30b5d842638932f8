"""What a console needs to raise an alarm on purpose: in a demonstration, at a school that somebody chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Raiser(Protocol):
    """Panels that can be made to report something. The console offers it only where it was given one."""

    def places(self) -> Sequence[tuple[str, str]]:
        """``(account, name)`` of every place, the name in the console's language."""

    def kinds(self) -> Sequence[tuple[str, str]]:
        """``(id, words)`` of what can happen there, the most urgent first."""

    async def raise_alarm(self, account: str, kind: str) -> str:
        """Let it happen now. ``""``, or in words of the console's language why it could not be done."""
