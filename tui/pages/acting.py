"""What an operator does with an alarm, from whichever page: see it, close it. Every word of it names the alarm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from protocols.catalogue import texts
from tui.dialogs.note import CloseNote
from tui.pages.closing import closing_words
from tui.state.alarms import is_same
from tui.state.model import Alarm, Entry
from tui.telling import Teller, headline

if TYPE_CHECKING:
    from tui.page import Page

DOMAIN = "alarms"

_TOLD_WITHIN_S = 1.0
"""How long the stream may take to tell what an action did."""


def named(alarm: Alarm, teller: Teller) -> str:
    """``#12 Fire alarm, Sample School No. 3``: what every notice begins with."""
    return f"#{alarm.id} {headline.event_alone(alarm, teller)}, {teller.site(alarm)}"


def closed_words(action: Entry | None, teller: Teller, language: str) -> str:
    """Who closed an alarm, and with which note; ``action`` is None where the journal has not told it."""
    if action is None:
        return texts.text(DOMAIN, "closed", language)
    who = teller.operator(action.operator, action.unverified)
    return texts.text(DOMAIN, "closed.by", language, who=who, time=teller.time(action.received_at)) + (
        f": {teller.clean(action.note)}" if action.note else ""
    )


class _Work:
    """One action under way. ``seen``: of one of seeing, that it was done."""

    def __init__(self, *, seeing: bool = False) -> None:
        self.seeing = seeing
        self.seen = False
        self.done = asyncio.Event()


class Acting:
    """The two actions of a page. Each runs by itself; one alarm is acted on once at a time."""

    def __init__(self, page: Page, none: str = "none", closed: Callable[[], None] | None = None) -> None:
        """``none``: id of what is said where there is no alarm to act on. ``closed``: called when one was closed."""
        self._page = page
        self._none = none
        self._when_closed = closed
        self._under_way: dict[int, _Work] = {}

    def seen(self, alarm: Alarm | None) -> None:
        """The operator has what is shown of this alarm before him. ``alarm``: as it was shown, None for no alarm."""
        if alarm is None:
            self._tell(self._none, "warning")
        elif not self._closed(alarm) and not self._busy(alarm):
            if alarm.ringing:
                work = _Work(seeing=True)
                self._start(alarm, self._send_seen(alarm, work), work)
            else:
                who = self._teller.operator(alarm.seen_by, alarm.seen_unverified)
                self._tell("seen.before", "information", alarm=self._name(alarm), who=who)

    def close(self, alarm: Alarm | None) -> None:
        """Ask why, and close this alarm; where it is just being seen, as soon as it is."""
        if alarm is None:
            self._tell(self._none, "warning")
        elif not self._closed(alarm):
            before = self._under_way.get(alarm.id)
            if before is not None and before.seeing:
                self._start(alarm, self._close_after(before, alarm), _Work())
            elif not self._busy(alarm):
                # The board may know more than the screen shows: the last Space, or another console's.
                if (self._page.console.station.alarms.get(alarm.id) or alarm).ringing:
                    self._tell("close.unseen", "warning", alarm=self._name(alarm))
                else:
                    self._start(alarm, self._ask_and_close(alarm), _Work())

    async def _close_after(self, seeing: _Work, alarm: Alarm) -> None:
        """Close it once it is seen; where it was not, that has been told."""
        await seeing.done.wait()
        if seeing.seen and not self._closed(alarm):
            await self._ask_and_close(alarm)

    async def _send_seen(self, alarm: Alarm, work: _Work) -> None:
        why = await self._page.console.feed.seen(alarm)
        if why:
            self._tell("failed", "error", alarm=self._name(alarm), why=why)
            return
        now = await self._told(alarm)
        # What rang may be younger than what was on the screen: that nobody has seen.
        if now is not None and now.ringing and now.rang > alarm.rang:
            self._tell("seen.rings-on", "warning", alarm=self._name(now))
        else:
            work.seen = True
            self._tell("seen.done", "information", alarm=self._name(alarm))

    async def _told(self, alarm: Alarm) -> Alarm | None:
        """The alarm as the stream tells it after the action: a moment later than the answer."""
        board = self._page.console.station.alarms
        until = asyncio.get_running_loop().time() + _TOLD_WITHIN_S
        while True:
            now = board.get(alarm.id)
            if now is None or not now.ringing or now.rang > alarm.rang or asyncio.get_running_loop().time() >= until:
                return now
            await asyncio.sleep(0.02)

    async def _gone(self, alarm_id: int) -> None:
        """Wait for the stream to take it off the list."""
        board = self._page.console.station.alarms
        until = asyncio.get_running_loop().time() + _TOLD_WITHIN_S
        while board.get(alarm_id) is not None and not board.is_closed(alarm_id):
            if asyncio.get_running_loop().time() >= until:
                return
            await asyncio.sleep(0.02)

    async def _ask_and_close(self, alarm: Alarm) -> None:
        # All of it, as it is known now: what the list has no room for is closed, too.
        known = self._page.console.station.alarms.get(alarm.id) or alarm
        closing, danger = closing_words(known, self._teller, self._language)
        about = f"#{alarm.id} {self._teller.site(known)}"
        note = await self._page.app.push_screen_wait(CloseNote(about, self._language, closing, danger))
        if note is None or self._closed(alarm):
            return
        now = self._page.console.station.alarms.get(alarm.id) or alarm
        if now.ringing:
            self._tell("close.rang", "warning", alarm=self._name(now))
            return
        why = await self._page.console.feed.close_alarm(alarm.id, note)
        if why:
            self._tell("failed", "error", alarm=self._name(alarm), why=why)
        else:
            self._tell("close.done", "information", alarm=self._name(alarm), note=note)
            await self._gone(alarm.id)
            if self._when_closed is not None:
                self._when_closed()

    def _start(self, alarm: Alarm, acting: Coroutine[None, None, None], work: _Work) -> None:
        async def run() -> None:
            try:
                await acting
            finally:
                work.done.set()
                if self._under_way.get(alarm.id) is work:
                    del self._under_way[alarm.id]

        self._under_way[alarm.id] = work
        self._page.run_worker(run(), group="acting")

    def _busy(self, alarm: Alarm) -> bool:
        if alarm.id in self._under_way:
            self._tell("under-way", "information", alarm=self._name(alarm))
            return True
        return False

    def _closed(self, alarm: Alarm) -> bool:
        board = self._page.console.station.alarms
        # In another journal the same number may be another alarm.
        if not board.is_gone(alarm.id) and is_same(alarm, board.get(alarm.id)):
            return False
        words = closed_words(board.closing(alarm.id), self._teller, self._language)
        self._tell("gone", "warning", alarm=self._name(alarm), closed=words)
        return True

    def _name(self, alarm: Alarm) -> str:
        return named(alarm, self._teller)

    @property
    def _teller(self) -> Teller:
        return self._page.console.teller

    @property
    def _language(self) -> str:
        return self._page.console.language

    def _tell(self, id_: str, severity: str, **values: object) -> None:
        self._page.console.tell(texts.text(DOMAIN, f"act.{id_}", self._language, **values), severity)
