"""The API's server: HTTP on a Unix socket that only its owner (or a group) can open."""

from __future__ import annotations

import grp
import os
import socket
import stat
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from klein import Klein
from twisted.internet.defer import CancelledError, Deferred, gatherResults, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from werkzeug.exceptions import HTTPException

from receiver.api.alarms import AlarmFeed
from receiver.api.call import Call
from receiver.api.errors import ApiError, SocketError, status_of
from receiver.api.routes import Handler, Routes
from receiver.api.view import StationView
from receiver.desk import Change

CLOCK_S = 5.0
"""How often a stream says that the station lives."""
WIRE_S = 0.1
"""How often watchers of the wire are given what is new."""
LAST_WORDS_S = 0.1
OWN, SHARED = 0o600, 0o660
"""Permissions of the socket: for the station's own user, and with a group."""
BODY_MAX = 64 * 1024 * 1024
"""Bytes of a request's body."""
LINE_MAX = 1024 * 1024
"""Bytes of a request's first line and headers."""


class BoundedRequest(Request):
    """Keeps a body of up to ``BODY_MAX`` bytes in memory (no disk is needed to answer), and none of a longer one."""

    too_long = False

    def gotLength(self, length: int | None) -> None:
        """Twisted: the headers are read; the length is None for a chunked body."""
        self.content = self._body = BytesIO()
        self.too_long = length is not None and length > BODY_MAX

    def handleContentChunk(self, data: bytes) -> None:
        """Twisted: a piece of the body."""
        if not self.too_long:
            self._body.write(data)
            if self._body.tell() > BODY_MAX:
                self.too_long = True
                self.content = self._body = BytesIO()


class Door(Resource):
    """Turns away what the routing below cannot read: a path or a method that is not UTF-8."""

    isLeaf = True

    def __init__(self, inside: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._inside = inside

    def render(self, request: Any) -> Any:
        """Twisted: answer a request."""
        try:
            b"/".join((request.method, request.path, *request.postpath)).decode()
        except UnicodeDecodeError:
            return _refusal(request, 400, "the path of the request is not UTF-8")
        # The host name in the address says nothing, and what a client writes there may be no name at all.
        request.setHost(b"station", 80)
        return self._inside.render(request)


class Channel(HTTPChannel):
    """Reads an address to its end even when somebody pasted a book into a search: he gets an answer in words."""

    MAX_LENGTH = totalHeadersSize = LINE_MAX


class QuietSite(Site):
    """A site without an access log and without tracebacks in its answers."""

    protocol = Channel  # type: ignore[assignment]  # what HTTP/2 would be negotiated by is not needed here
    noisy = False
    displayTracebacks = False

    def log(self, request: Any) -> None:
        """No access log: every action is in the journal."""


class ApiServer:
    """The API of one station.

    The station calls ``start`` once it can answer, ``alarms_changed`` after each batch, ``stop`` at the end.
    """

    _log = Logger()

    def __init__(self, view: StationView, reactor: Any, path: Path | None = None) -> None:
        """``path`` is that of the settings by default."""
        self._view = view
        self._reactor = reactor
        self._path = path or view.settings.socket
        self._port: Any = None
        self.alarms = AlarmFeed(lambda: view.desk, view.stream)
        self.routes = Routes(view, self.alarms, reactor, _version())
        self._loops = [LoopingCall(self._clock), LoopingCall(self._show_wire)]
        for loop in self._loops:
            loop.clock = reactor

    def alarms_changed(self, changes: Sequence[Change]) -> None:
        """Take what ``Desk.drain_changes`` gave."""
        self.alarms.publish(changes)

    def start(self) -> None:
        """Open the socket. Raises :class:`SocketError`."""
        remove_stale(self._path)
        name = self._view.settings.socket_group
        group = group_id(name)
        site = QuietSite(Door(self._app().resource()), reactor=self._reactor)  # type: ignore[no-untyped-call]
        site.requestFactory = BoundedRequest
        # The socket must never be open to others, not even between its making and the change of its mode.
        umask = os.umask(0o777 & ~OWN)
        try:
            self._port = self._reactor.listenUNIX(str(self._path), site, mode=OWN)
        except CannotListenError as error:
            raise SocketError(f"{self._path}: the socket cannot be opened: {error.socketError}") from error
        finally:
            os.umask(umask)
        if group is not None:
            give_to(self._path, name, group)
        for loop, every in zip(self._loops, (CLOCK_S, WIRE_S), strict=True):
            loop.start(every, now=False)

    def stop(self) -> Deferred[Any]:
        """End the streams and close the socket."""
        for loop in self._loops:
            if loop.running:
                loop.stop()
        streams = list(self.routes.open)
        for response in streams:
            response.finish()
        port, self._port = self._port, None
        closed = [maybeDeferred(port.stopListening)] if port is not None else []
        if streams:
            # Time for the last bytes to leave, so that clients see an end and not a break.
            closed.append(deferLater(self._reactor, LAST_WORDS_S))
        return gatherResults(closed)

    def _clock(self) -> None:
        clock = self.routes.clock()
        self._view.stream.tell("clock", clock, keep=False)
        self.alarms.tell("clock", clock)
        self._view.wire.tell("clock", clock)

    def _show_wire(self) -> None:
        if self._view.wire.readers:
            self._view.wire.wake_all()

    def _app(self) -> Klein:
        app = Klein()
        for number, route in enumerate(self.routes.table):
            app.route(route.path, methods=[route.method], endpoint=str(number))(self._answering(route.handler))
        app.handle_errors(HTTPException)(_no_such_call)
        return app

    def _answering(self, handler: Handler) -> Any:
        async def answer(request: Any, **parts: str) -> bytes:
            try:
                if request.getHeader("origin") is not None:
                    raise ApiError(403, "calls that a web page makes are refused")
                if request.too_long:
                    raise ApiError(413, f"the body of the request is over {BODY_MAX} bytes")
                content = await handler(Call(request), **parts)
            except CancelledError:
                raise  # the client went
            except Exception as error:
                status = status_of(error)
                if status == 500:
                    self._log.failure("a call of the API failed")
                return _refusal(request, status, str(error) if status != 500 else "a fault of the station; see its log")
            if content is None:
                return b""
            request.setHeader(b"content-type", b"application/json")
            return content

        return answer


def _no_such_call(request: Any, failure: Failure) -> bytes:
    error = failure.value
    assert isinstance(error, HTTPException)
    if error.code == 405:
        return _refusal(request, 405, f"{_path(request)} does not take {request.method.decode()}")
    return _refusal(request, error.code or 404, f"there is no {_path(request)} here")


def _path(request: Any) -> str:
    return str(request.path.decode("utf-8", "replace"))


def _refusal(request: Any, status: int, text: str) -> bytes:
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"application/json")
    return msgspec.json.encode({"error": text})


def _version() -> str:
    try:
        return version("ptsn")
    except PackageNotFoundError:
        return "0"


def group_id(name: str) -> int | None:
    """The number of a group, None for no name. Raises :class:`SocketError`."""
    if not name:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        text = f"station.socket_group: there is no group {name!r} on this machine; make it (groupadd {name}), or leave"
        raise SocketError(f"{text} the key out, and only the station's own user opens the socket") from None


def give_to(path: Path, name: str, group: int) -> None:
    """Let a group open the socket. Raises :class:`SocketError`."""
    try:
        os.chown(path, -1, group)
        path.chmod(SHARED)
    except OSError as error:
        raise SocketError(
            f"station.socket_group: {path} cannot be given to the group {name!r}: {error.strerror}; the user the "
            f"station runs as must be in that group (usermod -aG {name} USER, then start it anew)"
        ) from error


def remove_stale(path: Path) -> None:
    """Remove the socket that a killed station left behind, never one that is answered, nor any other file."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise SocketError(f"{path}: is there and is no socket; remove it, or set station.socket to another path")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            raise SocketError(f"{path}: a socket is there that cannot be tried: {error}") from error
    raise SocketError(f"{path}: another station answers on this socket; stop it, or set station.socket to another path")
