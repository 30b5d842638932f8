"""A caller of the running station, over its Unix socket.

::

    with StationClient(settings.socket) as station:
        answer = station.get("/v1/status")

Errors: :class:`NotRunning` when nobody listens, :class:`StationError` for everything the station refuses.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from protocols.errors import UserError

TIMEOUT_S = 30.0


class StationError(UserError):
    """The station said no, or nothing that makes sense."""


class NotRunning(StationError):
    """No station listens on the socket."""


def is_running(path: Path) -> bool:
    """Whether somebody listens on the socket. Raises OSError when it may not be asked (permissions)."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
    return True


class StationClient:
    """Calls the API and gives back what its JSON says. A context manager."""

    def __init__(self, path: Path, timeout: float = TIMEOUT_S) -> None:
        self.path = path
        # trust_env: a proxy named in the environment must not come between us and a local socket.
        self.http = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(path)),
            base_url="http://station",
            timeout=timeout,
            trust_env=False,
        )
        """The client below, for what these methods do not offer."""

    def get(self, url: str, **parameters: str | int | None) -> Any:
        """GET; parameters that are None are left out."""
        given = {name: value for name, value in parameters.items() if value is not None}
        with self._explained():
            response = self.http.get(url, params=given)
        return _content(response)

    def post(self, url: str, content: object = None) -> Any:
        """POST ``content`` as JSON."""
        with self._explained():
            response = self.http.post(url, json=content)
        return _content(response)

    @contextmanager
    def stream(
        self, url: str, headers: dict[str, str] | None = None, **parameters: str | int | None
    ) -> Iterator[httpx.Response]:
        """An open GET whose body goes on and on; wrap it in ``httpx_sse.EventSource``."""
        given = {name: value for name, value in parameters.items() if value is not None}
        timeout = httpx.Timeout(self.http.timeout.connect, read=None)
        with (
            self._explained(),
            self.http.stream("GET", url, params=given, headers=headers, timeout=timeout) as response,
        ):
            if response.is_error:
                response.read()
                _content(response)
            yield response

    def close(self) -> None:
        """Let go of the connection."""
        self.http.close()

    def __enter__(self) -> StationClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except httpx.ConnectError as error:
            # Asked again without httpx, which does not keep the reason.
            if not is_running(self.path):
                raise NotRunning(f"no station is running on {self.path}; start one with `ptsn serve`") from error
            raise StationError(f"the station on {self.path} does not take the call: {error}") from error
        except httpx.TimeoutException as error:
            raise StationError(f"the station on {self.path} does not answer; see its log") from error
        except httpx.HTTPError as error:
            raise StationError(f"the station on {self.path} broke off: {error}") from error


def _content(response: httpx.Response) -> Any:
    try:
        content = response.json()
    except ValueError:
        content = None
    if response.is_error:
        text = content.get("error") if isinstance(content, dict) else None
        raise StationError(str(text or f"the station answered {response.status_code} {response.reason_phrase}"))
    return content
