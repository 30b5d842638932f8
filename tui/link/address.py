"""Where a station is: the path of a Unix socket, or the address of a TCP port."""

from __future__ import annotations

import os
import stat
from urllib.parse import urlsplit

from msgspec import Struct

from protocols.errors import UserError

_SOCKET_MAX = 107
"""Bytes that Linux takes as the path of a Unix socket (unix(7): ``sun_path`` has 108, one ends it)."""


class Address(Struct, frozen=True):
    """Where to connect to."""

    shown: str
    """As people are told it."""
    base_url: str
    socket: str = ""
    """Path of the Unix socket; blank for TCP."""


def parse_address(address: str) -> Address:
    """``PATH``, ``unix:PATH`` or ``http://HOST:PORT``. Raises UserError that names what is allowed.

    That nothing is there is no error: it may come.
    """
    text = address.strip()
    if "://" in text:
        return _tcp(address, text)
    path = text.removeprefix("unix:")
    if not path:
        raise _wrong(address, "there is no path")
    try:
        mode = os.stat(path).st_mode
    except ValueError as error:
        raise _wrong(address, str(error)) from error
    except OSError:
        mode = 0
    if mode and not stat.S_ISSOCK(mode):
        raise _wrong(address, f"{path} is {'a folder' if stat.S_ISDIR(mode) else 'a file'}, not a station's socket")
    if len(os.fsencode(path)) > _SOCKET_MAX:
        raise _wrong(address, f"its path has more than {_SOCKET_MAX} bytes, which no socket can have")
    return Address(path, "http://station", path)


def _tcp(address: str, text: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _wrong(address, str(error)) from error
    if parts.scheme != "http":
        raise _wrong(address, f"found {parts.scheme}://")
    if not parts.hostname or port is None:
        raise _wrong(address, "host or port is missing")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise _wrong(address, "there is more than host and port")
    return Address(text, text.rstrip("/"))


def _wrong(address: str, what: str) -> UserError:
    return UserError(
        f"station address {address!r}: {what}; allowed: the path of its socket (ptsn.sock or unix:ptsn.sock), "
        "or http://HOST:PORT"
    )
