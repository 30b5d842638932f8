"""Who is at the other end of the Unix socket: asked of the kernel, not of the caller."""

from __future__ import annotations

import os
import pwd
import socket
import struct
from typing import Any

from msgspec import Struct

_CREDENTIALS = struct.Struct("3i")
"""``struct ucred`` (unix(7)): pid, uid, gid."""


class Peer(Struct, frozen=True):
    """The user of the process that connected."""

    uid: int
    """-1 where the kernel does not say."""

    @property
    def operator(self) -> str:
        """What an action is signed with where the caller gives no name: ``user@socket``."""
        if self.uid < 0:
            return "unknown@socket"
        try:
            return f"{pwd.getpwuid(self.uid).pw_name}@socket"
        except KeyError:
            return f"uid-{self.uid}@socket"

    @property
    def owner(self) -> bool:
        """The station's own user, or root: they alone see keys, and change accounts and zones."""
        return self.uid in (0, os.geteuid())


def peer_of(request: Any) -> Peer:
    """The caller of a request."""
    connection = getattr(getattr(getattr(request, "channel", None), "transport", None), "socket", None)
    if connection is None or connection.family != socket.AF_UNIX:
        return Peer(-1)
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except OSError:
        return Peer(-1)
    return Peer(_CREDENTIALS.unpack(raw)[1])
