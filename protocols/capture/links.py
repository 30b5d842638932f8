"""What a link layer wraps around a packet of the internet protocols.

Link types are those of pcap (LINKTYPE_*): Ethernet, with VLAN tags; both "cooked" forms of Linux (``tcpdump -i any``);
raw IP; the loopback of BSD and macOS.
"""

from __future__ import annotations

from collections.abc import Callable

NULL, ETHERNET, RAW, LOOP, COOKED, COOKED_2 = 0, 1, 101, 108, 113, 276
_RAW = (12, 14, RAW, 228, 229)
"""Raw IP, under the numbers that systems have had for it."""
NAMES = "Ethernet, Linux cooked, raw IP and loopback"
"""The link types that are read, for people."""

_IP = (0x0800, 0x86DD)
_TAGS = (0x8100, 0x88A8, 0x9100)
"""VLAN tags, alone or one in the other."""
_FAMILIES = (2, 10, 24, 28, 30)
"""Address families of IPv4 and, on several systems, of IPv6."""


def _tagged(data: bytes, at: int) -> bytes | None:
    """What follows the type at ``at``, behind any tags; None where it is not IP."""
    while True:
        kind = int.from_bytes(data[at : at + 2], "big")
        at += 2
        if kind in _IP:
            return data[at:]
        if kind not in _TAGS or at >= len(data):
            return None
        at += 2


def _ethernet(data: bytes) -> bytes | None:
    return _tagged(data, 12)


def _cooked(data: bytes) -> bytes | None:
    return _tagged(data, 14)


def _cooked_2(data: bytes) -> bytes | None:
    kind = int.from_bytes(data[:2], "big")
    if kind in _TAGS:
        return _tagged(data, 22)
    return data[20:] if kind in _IP else None


def _loopback(data: bytes) -> bytes | None:
    # The family stands in the byte order of the machine that captured.
    head = data[:4]
    return (
        data[4:]
        if len(head) == 4 and {int.from_bytes(head, "big"), int.from_bytes(head, "little")} & set(_FAMILIES)
        else None
    )


def _raw(data: bytes) -> bytes | None:
    return data


_LAYERS: dict[int, Callable[[bytes], bytes | None]] = {
    NULL: _loopback,
    ETHERNET: _ethernet,
    LOOP: _loopback,
    COOKED: _cooked,
    COOKED_2: _cooked_2,
    **dict.fromkeys(_RAW, _raw),
}


def known(link: int) -> bool:
    """Whether packets of a link type can be read."""
    return link in _LAYERS


def internet(link: int, data: bytes) -> bytes | None:
    """The IP packet within a captured packet; None where there is none. Link types that are not known hold none."""
    layer = _LAYERS.get(link)
    return None if layer is None else layer(data)
