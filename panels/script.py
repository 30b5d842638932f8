"""Scripts for a simulated panel, and the lines typed at its prompt: the commands of ``panels.actions``, and::

    # a comment
    wait 5s
    expect acknowledged [within 30s]    everything sent since the last expect: refused, given-up; buffered: it waits
    expect nothing                      nothing was sent since then
    repeat 3
        panic
        wait 1s
    end
    quit

A script is read as a whole before anything is done, and ends with ``expect acknowledged`` unless nothing is left
to expect. Nothing but ``end`` may follow a ``quit``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from panels.actions import EXPECTED, read
from panels.simulation import ACKNOWLEDGED, Simulation
from panels.words import ActionError, Deed, seconds
from protocols.errors import UserError

WITHIN_S = 60.0
"""How long an expectation waits unless it says otherwise."""
DEEPEST, MOST_TURNS = 8, 1_000_000
BUFFERED, NOTHING = EXPECTED[3:]


class ScriptError(UserError, ValueError):
    """A line that cannot be read, or an expectation that did not come true. The text names the line."""

    def __init__(self, text: str, what: str = "") -> None:
        super().__init__(text)
        self.what = what or text
        """The text without the line."""


class Do(Struct, frozen=True):
    """Do something."""

    line: int
    deed: Deed


class Wait(Struct, frozen=True):
    """Wait a while."""

    line: int
    seconds: float


class Expect(Struct, frozen=True):
    """Wait for what became of everything sent."""

    line: int
    what: str
    within_s: float


class Repeat(Struct, frozen=True):
    """Do some steps again and again."""

    line: int
    times: int
    steps: tuple[Step, ...]


class Quit(Struct, frozen=True):
    """End here."""

    line: int


Step = Do | Wait | Expect | Repeat | Quit


class Reader:
    """Lines into steps. A block of ``repeat`` becomes a step when it ends."""

    def __init__(self) -> None:
        self._line = 0
        self._open: list[tuple[int, int, list[Step]]] = []
        """Blocks begun: line, times, steps so far."""
        self._quit = 0
        """The line of a ``quit``."""

    @property
    def inside(self) -> bool:
        """A block is open."""
        return bool(self._open)

    def feed(self, text: str) -> Step | None:
        """The step that a line completes, if any. Raises ScriptError; the line is then left out."""
        self._line += 1
        try:
            step = self._step(_without_comment(text))
        except ActionError as error:
            raise _at(self._line, error) from None
        if step is not None and self._open:
            self._open[-1][2].append(step)
            return None
        return step

    def close(self) -> None:
        """The last line was read. Raises ScriptError for a block without end."""
        if self._open:
            line = self._open[-1][0]
            self._open = []
            raise _at(line, "this repeat has no end")

    def _step(self, text: str) -> Step | None:
        if not text:
            return None
        name, *words = text.lower().split()
        if self._quit and name != "end":
            raise ActionError(f"this would never be done: the quit of line {self._quit} ends the script before it")
        if name == "wait":
            if len(words) != 1 or seconds(words[0]) < 0:
                raise ActionError("write it like: wait 5s")
            return Wait(self._line, seconds(words[0]))
        if name == "expect":
            return self._expect(words)
        if name == "repeat":
            if len(words) != 1 or not re.fullmatch(r"[0-9]{1,7}", words[0]) or not 1 <= int(words[0]) <= MOST_TURNS:
                raise ActionError("write it like: repeat 3")
            if len(self._open) >= DEEPEST:
                raise ActionError(f"blocks stand inside each other more than {DEEPEST} deep")
            self._open.append((self._line, int(words[0]), []))
            return None
        if name == "end" and not words:
            if not self._open:
                raise ActionError("there is no repeat that this could end")
            line, times, steps = self._open.pop()
            if not steps:
                raise ActionError(f"the repeat of line {line} has nothing to repeat")
            return Repeat(line, times, tuple(steps))
        if name in ("quit", "exit") and not words:
            self._quit = self._line
            return Quit(self._line)
        return Do(self._line, read(text))

    def _expect(self, words: list[str]) -> Expect:
        within = WITHIN_S
        if len(words) == 3 and words[1] == "within":
            within = seconds(words[2])
            del words[1:]
        if len(words) != 1 or words[0] not in EXPECTED:
            raise ActionError(f"write it like: expect acknowledged within 30s; there are {', '.join(EXPECTED)}")
        return Expect(self._line, words[0], within)


def _at(line: int, what: object) -> ScriptError:
    return ScriptError(f"line {line}: {what}", str(what))


def _without_comment(text: str) -> str:
    """A ``#`` begins a comment at the start of a word, but for contents on the wire, which are full of them."""
    return text.strip() if text.split()[:1] == ["raw"] else re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()


def parse(text: str) -> tuple[Step, ...]:
    """A whole script. Raises ScriptError for the first line that cannot be read."""
    reader = Reader()
    steps = tuple(step for step in map(reader.feed, text.splitlines()) if step is not None)
    reader.close()
    return steps


class Runner:
    """Does steps to a simulation, one after the other. ``waits`` is told in words what it begins to wait for."""

    def __init__(self, simulation: Simulation, reactor: Any, waits: Callable[[str], None] | None = None) -> None:
        self._its = simulation
        self._waits = waits
        self._reactor = reactor
        self._waiter: Deferred[None] | None = None
        simulation.changed = self._changed

    async def run(self, steps: Iterable[Step]) -> bool:
        """Do them all. False when one of them was ``quit``. Raises ScriptError at the first that fails."""
        for step in steps:
            if not await self.do(step):
                return False
        return True

    async def do(self, step: Step) -> bool:
        """Do one step; False for ``quit``. Raises ScriptError."""
        try:
            match step:
                case Do():
                    step.deed(self._its)
                case Wait():
                    self._say_until("waiting", step.seconds)
                    await self._pause(step.seconds)
                case Expect():
                    if self._its.waiting:
                        self._say_until(f"waiting for {step.what}", step.within_s)
                    await self.expect(step.what, step.within_s)
                case Repeat():
                    for _ in range(step.times):
                        if not await self.run(step.steps):
                            return False
                        # Steps that need no waiting must not keep the reactor from its sockets and signals.
                        await deferLater(self._reactor, 0)
                case Quit():
                    return False
        except ScriptError:
            raise
        except UserError as error:
            raise _at(step.line, error) from None
        return True

    async def expect(self, what: str, within_s: float = WITHIN_S) -> None:
        """Wait until what was sent has come to that end. Raises UserError when it does not, or not in time."""
        its = self._its
        if what == NOTHING:
            if its.sent:
                raise _Unmet(f"nothing was expected, but this was sent: {its.sent[0].what}")
            return
        if not its.sent:
            raise _Unmet(f"{what} was expected, but nothing was sent since the last expect")
        deadline = self._reactor.seconds() + within_s
        while its.waiting if what != BUFFERED else not its.panel.outage:
            rest = deadline - self._reactor.seconds()
            if rest <= 0:
                left = next(each.what for each in its.sent if not each.end or what == BUFFERED)
                raise _Unmet(f"{what} was expected within {within_s:g} seconds, but not so: {left}")
            await self._pause(rest, early=True)
        if what == BUFFERED:
            its.forget()
            return
        wrong = next((each for each in its.sent if each.end != what), None)
        its.forget(waiting=True)
        if wrong is not None:
            why = f": {wrong.reason}" if wrong.reason and wrong.end != ACKNOWLEDGED else ""
            raise _Unmet(f"{what} was expected, but this was {wrong.end}: {wrong.what}{why}")

    async def finish(self, within_s: float = WITHIN_S) -> None:
        """What was sent and not expected yet must be acknowledged. Raises UserError when it is not.

        ``expect buffered`` as the last word on a message counts, as long as that still waits.
        """
        its = self._its
        its.sent = [each for each in its.sent if each.end or not each.buffered]
        if not its.sent:
            return
        deadline = self._reactor.seconds() + within_s
        while its.waiting:
            rest = deadline - self._reactor.seconds()
            if rest <= 0:
                left = [each.what for each in its.sent if not each.end]
                raise _Unmet(
                    f"acknowledged was expected within {within_s:g} second{'' if within_s == 1 else 's'} of the end, "
                    f"but nobody answered: {left[0]}{f' (and {len(left) - 1} more)' if len(left) > 1 else ''}; "
                    "is this the receiver's address, and does it know the account?"
                )
            await self._pause(rest, early=True)
        await self.expect(ACKNOWLEDGED, within_s)

    def _say_until(self, what: str, seconds: float) -> None:
        if self._waits is not None and seconds >= 1:
            until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
            self._waits(f"{what} until {until}; what is typed meanwhile is done after it")

    def _changed(self) -> None:
        if self._waiter is not None:
            waiter, self._waiter = self._waiter, None
            waiter.callback(None)

    async def _pause(self, seconds: float, *, early: bool = False) -> None:
        """Wait; ``early`` until something changes at most."""
        over: Deferred[None] = Deferred()
        if early:
            self._waiter = over
        timer = self._reactor.callLater(seconds, over.callback, None)
        try:
            await over
        finally:
            self._waiter = None
            if timer.active():
                timer.cancel()


class _Unmet(UserError):
    """An expectation that did not come true."""
