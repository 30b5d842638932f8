"""Raising an alarm at a chosen school of the demo: a real fleet, commanded over its pipes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from panels.district import load
from ptsn.demo.raising import FleetRaiser
from ptsn.words import say
from tests.panels.fake import FakeReceiver, Seen, ack, receiving
from tests.support.station import PATIENCE_S

Deed = Callable[[FleetRaiser, "subprocess.Popen[str]"], Awaitable[None]]


def with_fleet(receiver: FakeReceiver, tmp_path: Path, deed: Deed, language: str = "en") -> None:
    """Do something with a raiser over a fleet of two schools that has nothing to say by itself."""
    arguments = ["--to", receiver.target, "--schools", "2", "--speed", "0.001", "--attempts", "1", "--commands"]
    fleet = subprocess.Popen(
        [sys.executable, "-m", "ptsn", "fleet", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    )

    async def main() -> None:
        assert fleet.stdin is not None
        assert fleet.stdout is not None
        raiser = FleetRaiser(load(2), language, fleet.stdin, fleet.stdout)
        await asyncio.wait_for(deed(raiser, fleet), PATIENCE_S)
        await raiser.close()

    try:
        asyncio.run(main())
    finally:
        fleet.kill()
        fleet.communicate()


def test_it_names_the_schools_and_what_can_happen_in_the_consoles_language(tmp_path: Path) -> None:
    """The most urgent first."""

    async def deed(raiser: FleetRaiser, fleet: subprocess.Popen[str]) -> None:
        assert raiser.places()[0] == ("7001", "Образцовая школа № 1")
        assert raiser.kinds()[:2] == [("panic", "Тревожная кнопка"), ("fire", "Пожар")]

    with receiving() as receiver:
        with_fleet(receiver, tmp_path, deed, "ru")


def test_an_alarm_is_raised_and_acknowledged(tmp_path: Path) -> None:
    """One at each school at the same time; every caller has the answer to its own."""

    def slow_refusal(seen: Seen) -> bytes:
        return ack(seen, "DUH") if seen.address.endswith("7002") else ack(seen)

    async def deed(raiser: FleetRaiser, fleet: subprocess.Popen[str]) -> None:
        done = await asyncio.gather(raiser.raise_alarm("7002", "fire"), raiser.raise_alarm("7001", "panic"))
        assert done == [say("demo.raise.unanswered", "en", account="7002"), ""]

    with receiving(*[slow_refusal] * 10) as receiver:
        with_fleet(receiver, tmp_path, deed)
        contents = [seen.content.decode().partition("]")[0] for seen in receiver.seen if seen.token != "NULL"]
    assert contents == ["#7002|1110 02 011", "#7001|1120 03 021"]


def test_a_caller_that_gives_up_does_not_take_the_next_ones_answer(tmp_path: Path) -> None:
    """The answers come in the order of the commands, whoever still waits for them."""

    async def deed(raiser: FleetRaiser, fleet: subprocess.Popen[str]) -> None:
        first = asyncio.ensure_future(raiser.raise_alarm("7001", "panic"))
        await asyncio.sleep(0)
        first.cancel()
        assert await raiser.raise_alarm("7002", "nonsense") == say("demo.raise.unanswered", "en", account="7002")

    with receiving() as receiver:
        with_fleet(receiver, tmp_path, deed)


def test_panels_that_are_gone_are_told(tmp_path: Path) -> None:
    """To those who wait and to those who come later."""

    async def deed(raiser: FleetRaiser, fleet: subprocess.Popen[str]) -> None:
        waiting = asyncio.ensure_future(raiser.raise_alarm("7001", "panic"))
        await asyncio.sleep(0)
        fleet.kill()
        assert await waiting == say("demo.raise.gone", "en")
        assert await raiser.raise_alarm("7001", "panic") == say("demo.raise.gone", "en")

    with receiving() as receiver:
        with_fleet(receiver, tmp_path, deed)
