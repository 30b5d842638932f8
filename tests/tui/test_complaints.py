"""What asyncio complains of while the console draws, and after it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.tui.fake_station import FakeLink
from tui import app, run, themes
from tui.app import Console
from tui.complaints import Complaints
from tui.feed import Feed
from tui.raising import Raiser
from tui.run import ConsoleOptions, run_console
from tui.state.station import StationState


def woken_twice(loop: asyncio.AbstractEventLoop) -> None:
    """As a socket does whose reader was cancelled with bytes on their way."""
    future = loop.create_future()
    future.cancel()
    loop.call_soon(future.set_result, None)


def fails() -> None:
    """A fault of the program that nobody catches."""
    raise ZeroDivisionError("unforeseen")


def test_a_cancelled_reader_that_is_woken_once_more_is_no_complaint(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither while there is a screen nor after it, when nothing keeps the log any more."""
    complaints = Complaints()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        complaints.listen(loop)
        woken_twice(loop)
        await asyncio.sleep(0)
        woken_twice(loop)

    asyncio.run(main())
    assert capfd.readouterr() == ("", "")
    assert complaints.fault is None


def test_a_fault_that_nobody_caught_is_logged_and_kept() -> None:
    """The first one; a future of our own that is set twice is a fault, too."""
    complaints = Complaints()
    log = logging.getLogger("asyncio")

    def sets_twice() -> None:
        raise asyncio.InvalidStateError("invalid state")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        complaints.listen(loop)
        loop.call_soon(sets_twice)
        loop.call_soon(fails)
        await asyncio.sleep(0)

    log.addHandler(complaints)
    try:
        asyncio.run(main())
    finally:
        log.removeHandler(complaints)
    assert isinstance(complaints.fault, asyncio.InvalidStateError)
    assert ["sets_twice" in line or "fails" in line for line in complaints.lines] == [True, True]


@pytest.mark.parametrize("faulty", [False, True])
def test_leaving_says_nothing_but_a_fault(
    faulty: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A clean end is silent and 0; a fault in a callback of the loop is told in plain words, and is 1."""

    class Headless(Console):
        """Ends by itself."""

        CSS_PATH: ClassVar[Any] = [themes.BASE_CSS, Path(app.__file__).with_name("app.tcss")]

        async def run_async(self, **_: object) -> None:
            """Run without a terminal."""
            await super().run_async(headless=True, size=(80, 24))

        def on_mount(self) -> None:
            """Leave at once."""
            loop = asyncio.get_running_loop()
            woken_twice(loop)
            if faulty:
                loop.call_soon(fails)
            self.set_timer(0.05, self.exit)

    async def make(options: ConsoleOptions, raiser: Raiser | None) -> Console:
        state = StationState(0.0)
        return Headless(options, state, Feed(FakeLink(), state), language="en", raiser=raiser)

    async def main() -> int:
        code = await run_console(ConsoleOptions(address=str(tmp_path)))
        woken_twice(asyncio.get_running_loop())
        return code

    monkeypatch.setattr(run, "_need_terminal", lambda: None)
    monkeypatch.setattr(run, "_make", make)
    assert asyncio.run(main()) == int(faulty)
    told = capfd.readouterr().err
    assert "InvalidStateError" not in told
    assert ("by a fault of its own (ZeroDivisionError); start it again" in told) is faulty
    assert told == "" or faulty
