"""Everything that can be done on a page, by its name: type a part of it, Enter does it."""

from __future__ import annotations

from tui import themes
from tui.actions import actions_of
from tui.dialogs.picker import Picker

_THEME = "theme:"


class Palette(Picker[None]):
    """The actions of the page below, the pages, the themes."""

    def on_mount(self) -> None:
        """Offer them."""
        super().on_mount()
        console = self.console
        page = console.page
        assert page is not None
        actions = [one for one in actions_of(page.ID) if one.id != "palette" and console.offers(one.id)]
        width = max(len(console.say(f"action.{one.id}")) for one in actions)
        items = [
            (one.id, f"{console.say(f'action.{one.id}').ljust(width)}  {console.key_name(one.keys[0])}")
            for one in actions
        ]
        items += [
            (_THEME + name, console.say("palette.theme", name=console.say(f"theme.{name}"))) for name in themes.THEMES
        ]
        self.ask(console.say("palette.title"), console.say("palette.placeholder"), items, console.say("palette.none"))

    def picked(self, id_: str) -> None:
        """Close, and do it."""
        console = self.console
        self.dismiss(None)
        if id_.startswith(_THEME):
            console.theme = id_.removeprefix(_THEME)
        else:
            console.call_after_refresh(console.do, id_)
