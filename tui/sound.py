"""The sound of unseen alarms: a rhythm without a clock of its own, and a player of the bell and of a command.

==============================  ================================================================
what is unseen                  sounds
==============================  ================================================================
an alarm of priority 1          when it opens or rings again, and every ``AGAIN_URGENT_S``
an alarm of priority 2          when it opens or rings again, and every ``AGAIN_S``
no connection with the station  when it breaks off, and every ``AGAIN_S``
==============================  ================================================================

The priority is that of what nobody has seen: a seen fire whose path is lost sounds as a lost path. Being seen is the
only silence. Of several at once the most urgent sounds, of those the newest.

::

    sound = Sound(bell=app.bell, tell=tell, words=words, language="ru", command=("play-alarm",))
    sound.heed(board, down=False, now=time.monotonic())     # twice a second or oftener, from one event loop
    await sound.stop()
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec import Struct

from protocols.catalogue import texts
from tui.state.alarms import AlarmBoard
from tui.state.headline import ringing_priority
from tui.state.model import Alarm

DOMAIN = "alarms"

AGAIN_URGENT_S = 4.0
"""Between two sounds while an alarm of priority 1 is unseen."""
AGAIN_S = 60.0
"""Between two sounds while one of priority 2 is unseen, or there is no connection."""
GAP_S = 1.0
"""At least this long between any two sounds: a storm of alarms is no single tone."""
LONGEST_S = 20.0
"""A command that runs longer is ended: it would keep the next sound from being heard."""

_log = logging.getLogger(__name__)


class Cause(Struct, frozen=True):
    """Something that has to be heard."""

    id: int
    """Of the alarm; 0: there is no connection."""
    rang: int
    """What it rang for last: another number is another opening."""
    priority: int


def causes(board: AlarmBoard, *, down: bool) -> list[Cause]:
    """What has to be heard of these alarms; ``down``: there is no connection with the station."""
    alarms = (board.at(index) for index in range(len(board)))
    # One that was closed while it was selected still has its place there, as it was told last.
    found = [
        Cause(one.id, one.rang or one.id, ringing_priority(one))
        for one in alarms
        if one.ringing and not board.is_closed(one.id)
    ]
    return [*found, Cause(0, 0, 2)] if down else found


class Rhythm:
    """When what sounds. Pure: seconds are passed in, and may begin anywhere."""

    def __init__(self) -> None:
        self._opened: dict[int, int] = {}
        """What has sounded, by the entry that it rang for."""
        self._last: dict[bool, float] = {}
        """When a sound of priority 1, and one of the others, was heard last."""

    def due(self, wanted: Sequence[Cause], now: float) -> Cause | None:
        """What should sound now, if anything. It stays due until it is said to have ``sounded``."""
        present = {one.id for one in wanted}
        self._opened = {id_: rang for id_, rang in self._opened.items() if id_ in present}
        if any(now - at < GAP_S for at in self._last.values()):
            return None
        # The repetition for a life in danger comes before another alarm's opening: openings in a row would hold it up.
        for urgent, again_s in ((True, AGAIN_URGENT_S), (False, AGAIN_S)):
            these = [one for one in wanted if (one.priority == 1) is urgent]
            new = [one for one in these if self._opened.get(one.id) != one.rang]
            if new or (these and now - self._last.get(urgent, now - again_s) >= again_s):
                return max(new or these, key=lambda one: (one.rang, one.id))
        return None

    def sounded(self, cause: Cause, wanted: Sequence[Cause], now: float) -> None:
        """A cause was heard, and with it all that wait for the same sound."""
        urgent = cause.priority == 1
        self._last[urgent] = now
        self._opened |= {one.id: one.rang for one in wanted if (one.priority == 1) is urgent}


class Player:
    """Makes one sound at a time: the bell, a command, or both.

    ``tell`` is given a sentence when the command stops working, once until it works again. Meanwhile, and wherever a
    command fails, the bell rings, also where it was not asked for.
    """

    def __init__(
        self,
        bell: Callable[[], None],
        tell: Callable[[str], None],
        language: str,
        *,
        ring_bell: bool = True,
        command: Sequence[str] = (),
    ) -> None:
        self._bell = bell
        self._tell = tell
        self._language = language
        self._ring_bell = ring_bell
        self._command = tuple(command)
        self._failed = False
        self._priority = 0
        self._task: asyncio.Task[None] | None = None

    def busy_for(self, priority: int) -> bool:
        """Whether a sound of this priority has to wait: the command runs for one that is no less urgent."""
        return self._task is not None and self._priority <= priority

    def play(self, priority: int, about: dict[str, str]) -> None:
        """Sound once. ``about`` goes into the command's environment; a less urgent sound is broken off."""
        if self._ring_bell or self._failed:
            self._bell()
        if self._command:
            before, self._priority = self._task, priority
            task = asyncio.create_task(self._run(before, about))
            self._task = task
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """End the command, if one runs."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._task is task:
            self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(str(error))

    async def _run(self, before: asyncio.Task[None] | None, about: dict[str, str]) -> None:
        if before is not None:
            before.cancel()
            await asyncio.gather(before, return_exceptions=True)
        why = await self._once({name: _plain(value) for name, value in about.items()})
        if why:
            self._fail(why)
        else:
            self._failed = False

    async def _once(self, about: dict[str, str]) -> str:
        """Run the command to its end. ``""``, or why it did not work."""
        try:
            # A group of its own: what the command starts ends with it. Its output would be drawn into the screen.
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env=os.environ | about,
            )
        except (OSError, ValueError) as error:
            return self._say("sound.no-start", why=getattr(error, "strerror", None) or str(error))
        try:
            async with asyncio.timeout(LONGEST_S):
                code = await process.wait()
        except TimeoutError:
            return self._say("sound.too-long", seconds=round(LONGEST_S))
        finally:
            if process.returncode is None:
                await _end(process)
        return self._say("sound.failed", code=code) if code else ""

    def _fail(self, why: str) -> None:
        if self._failed:
            return
        self._failed = True
        if not self._ring_bell:
            self._bell()
        self._tell(self._say("sound.fallback", command=_plain(self._command[0]), why=why))

    def _say(self, id_: str, **values: object) -> str:
        return texts.text(DOMAIN, id_, self._language, **values)


class Sound:
    """The rhythm and the player together: what a console calls."""

    def __init__(
        self,
        *,
        bell: Callable[[], None],
        tell: Callable[[str], None],
        words: Callable[[Alarm], tuple[str, str]],
        language: str,
        ring_bell: bool = True,
        command: Sequence[str] = (),
    ) -> None:
        """``words``: name of the site and of the event of an alarm. ``tell``: shows a sentence to the operator."""
        self._rhythm = Rhythm()
        self._player = Player(bell, tell, language, ring_bell=ring_bell, command=command)
        self._words = words
        self._language = language

    def heed(self, board: AlarmBoard, *, down: bool, now: float) -> None:
        """Sound what is due. ``down``: there is no connection; ``now``: monotonic seconds."""
        wanted = causes(board, down=down)
        cause = self._rhythm.due(wanted, now)
        if cause is None or self._player.busy_for(cause.priority):
            return
        self._rhythm.sounded(cause, wanted, now)
        alarm = board.get(cause.id) if cause.id else None
        site, event = self._told(alarm)
        about = {
            "PTSN_PRIORITY": str(cause.priority),
            "PTSN_ALARM": str(cause.id or ""),
            "PTSN_SITE": site,
            "PTSN_EVENT": event,
        }
        self._player.play(cause.priority, about)

    def _told(self, alarm: Alarm | None) -> tuple[str, str]:
        """Site and event. Words that cannot be had are no reason to be silent."""
        if alarm is None:
            return "", texts.text(DOMAIN, "sound.no-connection", self._language)
        try:
            return self._words(alarm)
        except Exception:
            _log.exception("sound: no words for alarm %d", alarm.id)
            return "", ""

    async def stop(self) -> None:
        """End a command that runs."""
        await self._player.stop()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a command and what it started: a sound has nothing to put in order first."""
    # The group's number is the command's own, and given to no other process before that was waited for.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _plain(value: str) -> str:
    """A text that an environment can hold."""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
