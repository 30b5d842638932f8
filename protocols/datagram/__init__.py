"""The secure radio datagram, the same on every kind of radio channel: ``docs/radio-protocol.md`` specifies it.

``header`` (15 bytes in the clear), ``cipher`` (sealed and opened under a key), ``payloads`` (what is said), ``window``
(which counters have been taken). Sans-IO and without state: counters, windows and queues belong to who uses it.
"""

from protocols.datagram.cipher import MARK, Opened, RadioKey, RadioKeyError, Suite, nonce, open, seal  # noqa: A004
from protocols.datagram.header import (
    FEC_INSIDE,
    FROM_CENTRE,
    FROM_STATION,
    LOW_BATTERY,
    MAX,
    MORE_QUEUED,
    MOST_COUNTER,
    SIZE,
    VERSION,
    DatagramError,
    Header,
    Type,
)
from protocols.datagram.window import WIDTH, Standing, Window, WindowError

__all__ = [
    "FEC_INSIDE",
    "FROM_CENTRE",
    "FROM_STATION",
    "LOW_BATTERY",
    "MARK",
    "MAX",
    "MORE_QUEUED",
    "MOST_COUNTER",
    "SIZE",
    "VERSION",
    "WIDTH",
    "DatagramError",
    "Header",
    "Opened",
    "RadioKey",
    "RadioKeyError",
    "Standing",
    "Suite",
    "Type",
    "Window",
    "WindowError",
    "nonce",
    "open",
    "seal",
]
