"""What a search of the journal asks, and what it finds (``GET /v1/search``)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from tui.state.model import Entry


class Query(Struct, frozen=True, kw_only=True):
    """What is looked for; everything blank: the newest entries."""

    q: str = ""
    """Words: of events, accounts and panels' texts."""
    account: str = ""
    """An account, or the station's own name of one."""
    category: str = ""
    kinds: tuple[str, ...] = ()
    adapter: str = ""
    from_: str = ""
    """RFC 3339; the beginning, included."""
    to: str = ""
    """RFC 3339; the end."""
    priority: int | None = None
    """1 to this; what has none is left out."""
    hidden: bool = False
    """Tests and repeats, too."""
    before: int | None = None
    """Only entries older than this one."""
    since: int | None = None
    """Only entries newer than this one."""
    limit: int = 100

    def parameters(self) -> dict[str, str | int]:
        """As the call takes them."""
        asked: dict[str, str | int] = {
            "q": self.q,
            "account": self.account,
            "category": self.category,
            "kinds": ",".join(self.kinds),
            "adapter": self.adapter,
            "from": self.from_,
            "to": self.to,
        }
        given = {name: value for name, value in asked.items() if value != ""}
        if self.priority is not None:
            given["priority"] = self.priority
        if self.hidden:
            given["hidden"] = 1
        if self.before is not None:
            given["before"] = self.before
        if self.since is not None:
            given["since"] = self.since
        return given | {"limit": self.limit}


class Found(Struct, frozen=True, kw_only=True):
    """One page of what was found, the newest first."""

    entries: tuple[Entry, ...] = ()
    next: int | None = None
    """``before`` of the next page; None: there is none."""
    upto: int = 0
    """The newest entry that was searched."""
    behind: int = 0
    """How many entries the index has still to take in."""
    hidden: int = 0
    """How many were left out: tests and repeats."""
    hidden_more: bool = False
    """There may be more of them than were counted."""
    understood: tuple[Any, ...] = ()
    """What each word was taken for."""
    error: str = ""
    """Why there is no answer, in words of the console's language."""
