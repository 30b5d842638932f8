"""The stream of the wire, in batches, while somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tui.feeding.stream import Span, Stream, read
from tui.link import Event, Link
from tui.state.model import WireRecord
from tui.state.station import Changed, StationState

RECENT = 1_000


class WireStream(Stream):
    """Keeps ``state.wire``."""

    name = "wire"
    url = "/v1/wire"
    at_once = False

    def __init__(self, link: Link, state: StationState, clock: Callable[[], float]) -> None:
        super().__init__(link, state, clock)
        self._batch: list[WireRecord] = []

    def parameters(self) -> dict[str, str | int]:
        """The newest ones too; those that are here already are passed over."""
        return {"recent": RECENT}

    def take(self, item: Event) -> None:
        """A record, or how many were lost."""
        if item.name == "hello":
            self.state.wire.why = ""
            self.state.mark(Changed.WIRE)
        elif item.name == "wire":
            self._batch.append(read(item, WireRecord))
            self.collect()
        elif item.name == "behind":
            span = read(item, Span)
            self.flush()
            self.state.wire.lost(span.first, span.last)
            self.state.mark(Changed.WIRE)

    def hand_on(self) -> None:
        """The batch to the rows."""
        batch, self._batch = self._batch, []
        self.state.wire.add(batch)
        self.state.mark(Changed.WIRE)

    def broke(self, why: str, values: Mapping[str, Any]) -> None:
        """Nothing comes any more, whatever the other streams do: a wire that is cut off must not look quiet."""
        self.state.wire.why, self.state.wire.values = why, {key: str(value) for key, value in values.items()}
        self.state.mark(Changed.WIRE)
