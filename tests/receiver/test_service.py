"""What the station says of where panels reach it."""

from __future__ import annotations

import socket

import pytest

from receiver import service


@pytest.mark.parametrize(
    ("listens", "told"),
    [
        ("tcp:0.0.0.0:10002", ["tcp:192.0.2.10:10002"]),
        ("tcp:[::]:10002", ["tcp:192.0.2.10:10002", "tcp:[2001:db8::7]:10002"]),
        ("udp:127.0.0.1:5000", ["udp:127.0.0.1:5000"]),
    ],
)
def test_panels_are_told_addresses_of_the_kind_that_is_listened_on(
    monkeypatch: pytest.MonkeyPatch, listens: str, told: list[str]
) -> None:
    """A port of IPv4 alone is not reached by IPv6."""
    own = {socket.AF_INET: "192.0.2.10", socket.AF_INET6: "[2001:db8::7]"}
    monkeypatch.setattr(service, "_own_host", own.__getitem__)
    assert service.reachable([listens]) == told
