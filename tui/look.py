"""How a row, a strip or a word of the console stands: a mark, a word and a colour, in that order of trust.

Data only, no Textual. The colours stand in ``tui.themes``, one pair for every state and theme. Marks are one cell
wide in every terminal: no emoji, no variation selectors, and all but one of WGL4, the set that terminal fonts share.
"""

from __future__ import annotations

from enum import StrEnum

from protocols.catalogue import texts

DOMAIN = "shell"


class State(StrEnum):
    """How something stands."""

    ALARM = "alarm"
    """Priority 1, seen by nobody."""
    URGENT = "urgent"
    """Priority 2, seen by nobody."""
    SEEN = "seen"
    """An alarm somebody has seen, still open."""
    RESTORED = "restored"
    TROUBLE = "trouble"
    """Priority 3."""
    PLAIN = "plain"
    """Priorities 4 and 5."""
    UNREAD = "unread"
    """A message that could not be read."""
    SECURITY = "security"
    STATION = "station"
    """The station's own event."""
    ACTION = "action"
    """What an operator did."""
    LOST = "lost"
    """A path lost; no connection."""
    NEVER = "never"
    """A path never heard."""
    OK = "ok"
    CLOSED = "closed"
    """An alarm that was closed while it was selected."""


_MARKS = {
    State.ALARM: "▲",
    State.URGENT: "◆",
    State.SEEN: "◊",
    State.RESTORED: "○",
    State.TROUBLE: "●",
    State.PLAIN: "·",
    State.UNREAD: "?",
    State.SECURITY: "■",
    State.STATION: "□",
    State.ACTION: "»",
    State.LOST: "×",
    State.NEVER: "–",
    State.OK: "√",
    State.CLOSED: "▬",
}


def mark(state: State) -> str:
    """The mark of a state, one cell wide and different for every state."""
    return _MARKS[state]


def word(state: State, language: str) -> str:
    """The word of a state. Raises ValueError for an unknown language."""
    return texts.text(DOMAIN, f"state.{state.value}", language)
