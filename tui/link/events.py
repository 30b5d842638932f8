"""What comes out of a stream."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, json


class Event(Struct, frozen=True, gc=False):
    """One event of a stream, the heartbeat included."""

    name: str
    data: str | bytes | dict[str, Any]
    """JSON, as it came, or read already."""

    def content(self) -> dict[str, Any]:
        """What the JSON says. Raises msgspec.DecodeError or msgspec.ValidationError."""
        return self.data if isinstance(self.data, dict) else json.decode(self.data, type=dict[str, Any])


class Broken(Struct, frozen=True):
    """The stream broke off; it is being tried again."""

    why: str
    """Id of its words in the domain ``console``."""
    values: dict[str, str] = {}
    """What stands in the places of the words."""
