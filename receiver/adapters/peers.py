"""How peers are written."""

from __future__ import annotations


def host_text(host: str) -> str:
    """The host for people: IPv4 addresses that arrived over a dual-stack socket are shown as IPv4."""
    return host[7:] if host.startswith("::ffff:") else host


def peer_text(host: str, port: int) -> str:
    """``192.0.2.7:41122`` or ``[2001:db8::1]:5000``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
