"""The link over HTTP: httpx for calls, httpx-sse for streams.

Measured on one core: 5 us an event in chunks of 50 with httpx-sse, 3 us with a reader of our own; both are little
beside what a chunk costs in httpx itself (10 us), so the library stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, overload

import httpx
import msgspec
from httpx_sse import EventSource, SSEError

from tui.link.address import Address, parse_address
from tui.link.errors import Away, LinkError
from tui.link.events import Broken, Event

SILENCE_S = 16.0
"""The station says something every 5 seconds: three times nothing, and it is frozen."""
RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
TIMEOUT_S = 15.0
"""For the answer to a call: an action waits for the disk."""

Parameters = Mapping[str, str | int]
T = TypeVar("T")


class Link(Protocol):
    """What the feed needs of a station."""

    @overload
    async def get(self, url: str, params: Parameters | None = None) -> dict[str, Any]: ...
    @overload
    async def get(self, url: str, params: Parameters | None = None, *, shape: type[T]) -> T: ...
    async def get(self, url: str, params: Parameters | None = None, *, shape: Any = dict[str, Any]) -> Any:
        """One answer, read as a type that msgspec knows. Raises LinkError, Away."""

    async def post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """One answer to a body of JSON. Raises LinkError, Away."""

    def follow(
        self, url: str, params: Callable[[], Parameters], *, patient: bool = True
    ) -> AsyncIterator[Event | Broken]:
        """Every event, the heartbeats too, over as many connections as it takes. Never ends by itself.

        A break is told once, and again when what is the matter is something else.
        ``params`` is asked for each connection. Raises LinkError when the station says no, and Away when nobody is
        there at the first try and it is not ``patient``.
        """

    async def close(self) -> None:
        """Let go of every connection."""


def open_link(address: str) -> HttpLink:
    """A link to the station at an address. Connects when it is used. Raises UserError for what is no address."""
    return HttpLink(parse_address(address))


class HttpLink:
    """A ``Link`` over a Unix socket or TCP. Also an asynchronous context manager."""

    def __init__(self, address: Address, silence_s: float = SILENCE_S, retry_s: tuple[float, ...] = RETRY_S) -> None:
        self.address = address
        self._silence_s = silence_s
        self._retry_s = retry_s
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=address.socket or None),
            base_url=address.base_url,
            timeout=httpx.Timeout(TIMEOUT_S, connect=5.0),
            # A proxy named in the environment must not come between us and the station.
            trust_env=False,
        )

    @overload
    async def get(self, url: str, params: Parameters | None = None) -> dict[str, Any]: ...
    @overload
    async def get(self, url: str, params: Parameters | None = None, *, shape: type[T]) -> T: ...
    async def get(self, url: str, params: Parameters | None = None, *, shape: Any = dict[str, Any]) -> Any:
        """One answer, read as a type that msgspec knows."""
        with self._explained():
            response = await self._http.get(url, params=dict(params or {}))
        return _content(response, shape)

    async def post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """One answer to a body of JSON."""
        with self._explained():
            response = await self._http.post(
                url, content=msgspec.json.encode(body), headers={"content-type": "application/json"}
            )
        found: dict[str, Any] = _content(response, dict[str, Any])
        return found

    async def follow(
        self, url: str, params: Callable[[], Parameters], *, patient: bool = True
    ) -> AsyncIterator[Event | Broken]:
        """Every event over as many connections as it takes."""
        tries, told = 0, ""
        timeout = httpx.Timeout(TIMEOUT_S, connect=5.0, read=self._silence_s)
        while True:
            try:
                async with self._http.stream("GET", url, params=dict(params()), timeout=timeout) as response:
                    if response.is_error:
                        await response.aread()
                        _content(response, dict[str, Any])
                    async for event in EventSource(response).aiter_sse():
                        tries, told, patient = 0, "", True
                        yield Event(event.event, event.data)
                broken = Broken("tail.closed")
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                away = self._away(error)
                if not patient:
                    raise away from error
                broken = Broken("tail.denied", {"address": self.address.shown}) if away.denied else Broken("tail.away")
            except httpx.ReadTimeout:
                broken = Broken("tail.silent", {"seconds": f"{self._silence_s:.0f}"})
            except (httpx.HTTPError, SSEError) as error:
                broken = Broken("tail.broken-off", {"error": str(error) or type(error).__name__})
            if broken.why != told:
                told = broken.why
                yield broken
            await asyncio.sleep(self._retry_s[min(tries, len(self._retry_s) - 1)])
            tries += 1

    async def close(self) -> None:
        """Let go of every connection."""
        await self._http.aclose()

    async def __aenter__(self) -> HttpLink:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise self._away(error) from error
        except httpx.TimeoutException as error:
            raise Away(f"the station on {self.address.shown} does not answer; see its log", asked=True) from error
        except httpx.HTTPError as error:
            raise Away(f"the station on {self.address.shown} broke off: {error}", asked=True) from error

    def _away(self, error: BaseException) -> Away:
        where = self.address.shown
        if _caused_by(error, PermissionError):
            return Away(
                f"you may not open {where}: the user that the station runs as may, and its group where one is set",
                denied=True,
            )
        return Away(f"no station is running on {where}; start one with `ptsn serve`")


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    # httpx and httpcore keep what the system said only as the cause of the cause.
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, kind):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def _content(response: httpx.Response, wanted: Any) -> Any:
    if not response.is_error:
        try:
            return msgspec.json.decode(response.content, type=wanted)
        except msgspec.MsgspecError as error:
            raise LinkError(f"the station's answer makes no sense: {error}", response.status_code) from error
    try:
        text = msgspec.json.decode(response.content, type=dict[str, Any]).get("error")
    except msgspec.MsgspecError:
        text = None
    raise LinkError(
        str(text or f"the station answered {response.status_code} {response.reason_phrase}"), response.status_code
    )
