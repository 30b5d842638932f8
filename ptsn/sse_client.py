"""Follows the streams of a running station: connects again by itself, and says when it had to.

::

    async for item in Follower(socket).follow("/v1/events", lambda: {"since": last}):
        ...                      # Event, or Broken while the station is away
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from httpx_sse import EventSource, SSEError
from msgspec import Struct, ValidationError, json

from ptsn.client import NotRunning, StationError

SILENCE_S = 16.0
"""The station says something every 5 seconds: three times nothing, and it is frozen."""
RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)

Parameters = Mapping[str, str | int]


class Event(Struct, frozen=True):
    """One event of a stream."""

    name: str
    data: dict[str, Any]


class Broken(Struct, frozen=True):
    """The stream broke off; it is being tried again."""

    why: str
    """Id of its words in the domain ``console``."""
    values: dict[str, str] = {}
    """What stands in the places of the words."""


class Follower:
    """An asynchronous caller of one station. A context manager."""

    def __init__(self, path: Path, silence_s: float = SILENCE_S) -> None:
        self.path = path
        self.http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(path)),
            base_url="http://station",
            timeout=httpx.Timeout(30.0, read=silence_s),
            trust_env=False,
        )
        self._silence_s = silence_s

    async def get(self, url: str, parameters: Parameters | None = None) -> dict[str, Any]:
        """One answer. Raises :class:`StationError` when the station says no, httpx.HTTPError when it is away."""
        response = await self.http.get(url, params=dict(parameters or {}), timeout=30.0)
        return _content(response)

    async def follow(self, url: str, parameters: Callable[[], Parameters]) -> AsyncIterator[Event | Broken]:
        """Every event but the heartbeat, over as many connections as it takes. Never ends by itself.

        ``parameters`` is asked for each connection. Raises :class:`NotRunning` when there is no station at
        the first try, :class:`StationError` when it says no.
        """
        tries, met = 0, False
        while True:
            try:
                async with self.http.stream("GET", url, params=dict(parameters())) as response:
                    if response.is_error:
                        await response.aread()
                        _content(response)
                    async for event in EventSource(response).aiter_sse():
                        tries, met = 0, True
                        if event.event != "clock":
                            yield Event(event.event, json.decode(event.data, type=dict[str, Any]))
                broken = Broken("tail.closed")
            except httpx.ConnectError as error:
                broken = Broken("tail.away")
                if not met and tries == 0:
                    raise NotRunning(f"no station is running on {self.path}; start one with `ptsn serve`") from error
            except httpx.ReadTimeout:
                broken = Broken("tail.silent", {"seconds": f"{self._silence_s:.0f}"})
            except (httpx.HTTPError, SSEError, ValidationError) as error:
                broken = Broken("tail.broken-off", {"error": str(error) or type(error).__name__})
            if tries == 0:
                yield broken
            await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries += 1

    async def __aenter__(self) -> Follower:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()


def _content(response: httpx.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        content = None
    if response.is_error or not isinstance(content, dict):
        text = content.get("error") if isinstance(content, dict) else None
        raise StationError(str(text or f"the station answered {response.status_code} {response.reason_phrase}"))
    return content
