"""A station that says what a test wants, byte by byte: a real socket, and a script for each connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

Script = Callable[["Connection"], Awaitable[None]]

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"


class Connection:
    """One request, and the way to answer it."""

    def __init__(self, request: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        self.request = request
        """``GET /v1/events?since=3``."""
        self.body = body
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def begin(self) -> None:
        """The head of a stream."""
        await self.send(HEAD)

    async def chunk(self, data: bytes) -> None:
        """A piece of a stream."""
        await self.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def event(self, name: str, data: object) -> None:
        """An event."""
        await self.chunk(event(name, data))

    async def answer(self, content: object, status: str = "200 OK") -> None:
        """A whole answer of JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        await self.send(
            f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
            + body
        )

    async def hang(self) -> None:
        """Keep the connection and say nothing."""
        await asyncio.Event().wait()


def event(name: str, data: object) -> bytes:
    """An event as the station writes it."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class RawStation:
    """Gives every connection to the script; the requests are kept."""

    def __init__(self, path: Path, script: Script) -> None:
        self.path = path
        self.script = script
        self.requests: list[str] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def stop(self) -> None:
        """Break every connection, and listen no more."""
        assert self._server is not None
        self._server.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                size = next((int(line[15:]) for line in lines if line.lower().startswith("content-length:")), 0)
                request = lines[0].removesuffix(" HTTP/1.1")
                self.requests.append(request)
                await self.script(Connection(request, await reader.readexactly(size), writer))
                if not request.startswith("POST") and "events" in request:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def raw_station(folder: Path, script: Script) -> AsyncIterator[RawStation]:
    """A running one."""
    station = RawStation(folder / "ptsn.sock", script)
    await station.start()
    try:
        yield station
    finally:
        await station.stop()


async def until(condition: Callable[[], object], what: str, limit_s: float = 20.0) -> None:
    """Wait for a condition in this event loop; fail with what was waited for."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limit_s
    while not condition():
        assert loop.time() < end, f"waited in vain: {what}"
        await asyncio.sleep(0.005)
