"""Every action of the console in one table: its keys, where it works, whether it stands in the line of keys.

An action is a method ``action_<id>`` of the page (or of the app for ``page`` ``""``). Its words are the texts
``action.<id>`` (short, for the line of keys) and ``action.<id>.help`` of the domain ``shell``. The first key of every
action works under any keyboard layout: a letter arrives as another letter under a Russian or Kazakh one, so it is a
function key, Enter, Space, Escape, Tab, Insert, Delete, Home, End or an arrow (a test holds this).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from textual.binding import Binding


class Action(Struct, frozen=True):
    """One line of the table."""

    id: str
    keys: tuple[str, ...]
    """In Textual's names; the first one is shown."""
    pages: tuple[str, ...] = ()
    """Ids of the pages it belongs to; none: it works everywhere."""
    shown: bool = True
    """In the line of keys; the others stand in the help and in the palette."""
    rank: int = 5
    """Who gives way first where the line of keys is too short: the highest."""


ACTIONS = (
    Action("help", ("f1",), rank=0),
    Action("go_alarms", ("f2",), rank=3),
    Action("go_journal", ("f3",), rank=3),
    Action("go_paths", ("f4",), rank=6),
    Action("go_wire", ("f5",), rank=7),
    Action("go_station", ("f6",), rank=7),
    Action("seen", ("space",), ("alarms", "detail"), rank=1),
    Action("open", ("enter",), ("alarms", "journal"), rank=2),
    Action("search", ("f7",), rank=4),
    Action("close_alarm", ("f8",), ("alarms", "detail"), rank=1),
    Action("urgent", ("f9",), rank=2),
    Action("hidden", ("space",), ("journal",), rank=1),
    Action("pause", ("space",), ("wire",), rank=1),
    Action("only", ("enter",), ("wire",), rank=3),
    Action("trouble_only", ("space",), ("paths",), rank=1),
    Action("back", ("escape",), ("detail", "help", "journal", "paths", "wire"), False),
    Action("raise_alarm", ("f11", "insert"), (), False),
    Action("palette", ("f12", "ctrl+p"), (), False),
    Action("quit", ("f10", "ctrl+q"), rank=0),
)
"""``search`` opens the filter of a page that has one, else the journal with its filter; ``urgent`` goes to the alarm in
the strip; ``raise_alarm`` exists only where panels can be told to (``tui.raising``)."""


PRIORITY = frozenset(("quit",))
"""Works in dialogs and input lines, too."""


def actions_of(page: str) -> Iterator[Action]:
    """The actions that work on a page, in the order of the table."""
    return (action for action in ACTIONS if not action.pages or page in action.pages)


def bindings(page: str) -> Iterator[Binding]:
    """Textual's bindings of a page's own actions; ``""``: of those that work everywhere."""
    for action in ACTIONS:
        if page in action.pages or (not page and not action.pages):
            yield Binding(",".join(action.keys), action.id, id=action.id, show=False, priority=action.id in PRIORITY)
