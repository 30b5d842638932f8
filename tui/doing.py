"""Everything that can be done on every page: ``action_<id>`` of the lines of ``tui.actions`` that name no page."""

from __future__ import annotations

from tui.known import Known
from tui.page import Page
from tui.raising import Raiser

TWICE_S = 3.0
"""Two Ctrl-C within this time are meant."""


class Doing(Known):
    """An app with those actions."""

    raiser: Raiser | None = None
    _interrupted_at: float | None = None

    def offers(self, action: str) -> bool:
        """Whether an action exists here and now."""
        if action == "raise_alarm":
            return self.raiser is not None and self.mode != "live"
        return True

    def do(self, action: str) -> None:
        """Do an action as its key would: the page's own where it has one."""
        page = self.page
        if not self.offers(action) or (page is not None and self.screen is not page and action != "quit"):
            return
        here = page is not None and hasattr(page, f"action_{action}")
        self.run_worker(self.run_action(action, page if here else self), exit_on_error=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what is not offered."""
        return self.offers(action)

    async def go(self, page: str) -> Page | None:
        """Show a page: the one below everything that was opened over it. None where there is no such page, or a
        window over this one waits for its answer; such a window may also open while the page is on its way, and stays.
        """
        if page not in self._modes or not isinstance(self.screen, Page):
            return None
        if self.current_mode != page:
            self.page_changed()
            await self.switch_mode(page)
        while len(self.screen_stack) > 1 and isinstance(self.screen, Page):
            await self.pop_screen()
        return self.page

    async def action_go_alarms(self) -> None:
        """The alarms."""
        await self.go("alarms")

    async def action_go_journal(self) -> None:
        """The journal."""
        await self.go("journal")

    async def action_go_paths(self) -> None:
        """The paths."""
        await self.go("paths")

    async def action_go_wire(self) -> None:
        """The wire."""
        await self.go("wire")

    async def action_go_station(self) -> None:
        """The station."""
        await self.go("station")

    async def action_search(self) -> None:
        """The filter of this page where it has one; else the journal's."""
        page = self.page
        if page is None or not hasattr(page, "action_search"):
            page = await self.go("journal")
        if page is not None and hasattr(page, "action_search"):
            await self.run_action("search", page)

    async def action_urgent(self) -> None:
        """To the alarm in the strip; without one, to the first that is unseen."""
        board = self.station.alarms
        alarm = board.urgent() or board.first_unseen()
        if alarm is None:
            self.tell(self.say("urgent.none"))
            return
        page = await self.go("alarms")
        select = getattr(page, "select_alarm", None)
        if select is not None:
            select(alarm.id)

    async def action_help(self) -> None:
        """What this page shows, its keys, the marks."""
        from tui.pages.help import HelpPage

        page = self.page
        if page is None or page.ID == "help":
            return
        await self.push_screen(HelpPage(page.ID))

    def action_palette(self) -> None:
        """Everything that can be done here, by its name."""
        from tui.palette import Palette

        self.push_screen(Palette())

    def action_raise_alarm(self) -> None:
        """Let something happen at a place that is chosen."""
        from tui.dialogs.raise_alarm import RaiseAlarm

        if self.raiser is not None and self.offers("raise_alarm"):
            self.push_screen(RaiseAlarm(self.raiser))

    async def action_quit(self) -> None:
        """Leave; with unseen alarms only after asking."""
        from tui.dialogs.quit import QuitDialog

        if any(isinstance(screen, QuitDialog) for screen in self.screen_stack):
            return
        if not self.station.alarms.unseen():
            self.exit()
            return
        self.push_screen(QuitDialog(), lambda leave: self.exit() if leave else None)

    def action_help_quit(self) -> None:
        """Ctrl-C: says how to leave; twice, it is meant."""
        now, before = self.now(), self._interrupted_at
        self._interrupted_at = now
        if before is not None and now - before < TWICE_S:
            self.call_later(self.action_quit)
            return
        self.tell(self.say("quit.hint", key=self.key_name("f10")))
