"""How peers are written, and why they are gone."""

from __future__ import annotations

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure


def host_text(host: str) -> str:
    """The host for people: IPv4 addresses that arrived over a dual-stack socket are shown as IPv4."""
    return host[7:] if host.startswith("::ffff:") else host


def peer_text(host: str, port: int) -> str:
    """``192.0.2.7:41122`` or ``[2001:db8::1]:5000``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def why_gone(reason: Failure, *, port: bool) -> str:
    """Why a line ended that we did not close, or a serial ``port``, for a person."""
    if port:
        return "the port is gone: unplugged, or its other end was closed"
    return "closed" if isinstance(reason.value, ConnectionDone) else "broken off by the other side, or by the network"
