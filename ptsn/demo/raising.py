"""Raises alarms at chosen schools of the demo, over the commands of its fleet (``panels.fleet_control``)."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from ptsn.words import say

if TYPE_CHECKING:
    from panels.district import District


class FleetRaiser:
    """A ``tui.raising.Raiser``. Made and used inside one event loop; it reads ``answers`` until they end."""

    def __init__(self, district: District, language: str, commands: IO[str], answers: IO[str]) -> None:
        self._district = district
        self._language = language
        self._commands = commands
        self._waiting: deque[asyncio.Future[str]] = deque()
        self._gone = False
        self._reading = asyncio.ensure_future(self._read(answers))

    def places(self) -> Sequence[tuple[str, str]]:
        """Account and name of every school."""
        return [(site.account, getattr(site.name, self._language)) for site in self._district.sites]

    def kinds(self) -> Sequence[tuple[str, str]]:
        """Id and words of every incident, the most urgent first."""
        return [(incident.id, getattr(incident.title, self._language)) for incident in self._district.incidents]

    async def raise_alarm(self, account: str, kind: str) -> str:
        """Let it happen now; empty when the station acknowledged it, else why not, in words."""
        if self._gone:
            return say("demo.raise.gone", self._language)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            # A line goes into the pipe as a whole, and the fleet reads always: this does not block.
            os.write(self._commands.fileno(), f"alarm {account} {kind}\n".encode())
        except OSError:
            return say("demo.raise.gone", self._language)
        # Also when nobody waits any more: the answers come in the order of the commands.
        self._waiting.append(answer)
        line = await answer
        if not line:
            return say("demo.raise.gone", self._language)
        if line.startswith("error:"):
            return say("demo.raise.unanswered", self._language, account=account)
        return say("demo.raise.waits", self._language, account=account) if line.endswith(" yet") else ""

    async def close(self) -> None:
        """Read no more."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, answers: IO[str]) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), answers)
        try:
            while line := (await reader.readline()).decode("utf-8", "replace"):
                # What an answer tells comes before it, indented.
                if not line.startswith(" ") and self._waiting:
                    self._tell(self._waiting.popleft(), line.strip())
        finally:
            self._gone = True
            while self._waiting:
                self._tell(self._waiting.popleft(), "")
            transport.close()

    def _tell(self, answer: asyncio.Future[str], line: str) -> None:
        if not answer.done():
            answer.set_result(line)
