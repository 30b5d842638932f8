"""What every window over a page is: answered once."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A window over a page."""

    async def on_event(self, event: events.Event) -> None:
        """A window that was closed before it stood is not opened any more: its parts are gone."""
        if self.display or not isinstance(event, events.Mount):
            await super().on_event(event)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close with an answer.

        Once: a second key, on its way already when the first one closed it, would close the page below.
        """
        return super().dismiss(result) if self.is_current else AwaitComplete()
