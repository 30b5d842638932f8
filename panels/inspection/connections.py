"""TCP connections: who opened how many, and what came over them."""

from __future__ import annotations

from collections import OrderedDict

from msgspec import Struct

from panels.inspection.damage import BrokenWatch
from panels.inspection.figures import Connections
from panels.inspection.sessions import EndOfData

GONE_KEPT = 1000
"""Closed connections that are remembered: an answer may come after their end."""
HOSTS_MAX = 1000
CLEAN = "closed"
"""What an adapter says of a connection that was closed in order."""

KEPT, PER_MESSAGE, MIXED = "kept", "per-message", "mixed"


class Connection(Struct):
    """One TCP connection."""

    host: str
    since: float
    """Monotonic seconds."""
    messages: int = 0
    open: bool = True
    cut: bool = False
    """It was broken off: nobody knows what of the last answers arrived."""
    waited: bool = False
    """What came over it last got no answer: a panel that hangs up then does what it should."""
    panels: dict[str, int] = {}
    """Messages of each panel over it."""
    fresh: bool | None = None
    """Bytes came since the last message that was answered; None where nobody tells of bytes."""
    ours: bool = False
    """The station opened it."""
    end_of_data: EndOfData | None = None
    """Looks for the end of a session of SIA blocks."""
    broken: BrokenWatch | None = None
    """Looks for the repetition of what was not whole."""


class HostCount(Struct):
    """The connections of one host."""

    opened: int = 0
    empty: int = 0
    cut: int = 0


class ConnectionBook:
    """Follows every connection. Peers are told apart by adapter and address."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Connection] = {}
        self._gone: OrderedDict[tuple[str, str], Connection] = OrderedDict()
        self.hosts: dict[str, HostCount] = {}
        self.opened = 0

    def connected(self, adapter: str, peer: str, host: str, at: float, *, ours: bool = False) -> HostCount:
        """A connection stands, since ``at`` (monotonic seconds). ``ours``: the station opened it."""
        self._open[adapter, peer] = Connection(host, at, ours=ours)
        self.opened += 1
        if host not in self.hosts and len(self.hosts) >= HOSTS_MAX:
            return HostCount(opened=1)
        count = self.hosts.setdefault(host, HostCount())
        count.opened += 1
        return count

    def disconnected(self, adapter: str, peer: str, why: str, *, ours: bool = False) -> Connection | None:
        """A connection is gone; None for one that was never told of. ``ours``: the station broke it off."""
        gone = self._open.pop((adapter, peer), None)
        if gone is None:
            return None
        gone.open = False
        gone.cut = why != CLEAN
        self._gone[adapter, peer] = gone
        if len(self._gone) > GONE_KEPT:
            self._gone.popitem(last=False)
        count = self.hosts.get(gone.host)
        if count is not None:
            count.empty += not gone.messages
            count.cut += gone.cut and not ours
        return gone

    def received(self, adapter: str, peer: str, data: bytes, at: float) -> float | None:
        """Bytes came over it, ``at`` in monotonic seconds. Returns as :meth:`BrokenWatch.received`."""
        connection = self._open.get((adapter, peer))
        if connection is not None:
            connection.fresh = True
            if connection.end_of_data is None:
                connection.end_of_data = EndOfData()
                connection.broken = BrokenWatch()
            connection.end_of_data.take(data)
            if connection.broken is not None:
                return connection.broken.received(data, at)
        return None

    def find(self, adapter: str, peer: str) -> Connection | None:
        """The connection of a peer, also one just gone; None for a datagram."""
        return self._open.get((adapter, peer)) or self._gone.get((adapter, peer))


class UseWatch:
    """How one panel uses its connections."""

    def __init__(self) -> None:
        self._seen = self._several = 0
        self.unanswered = 0

    def message(self, connection: Connection, panel: str) -> None:
        """A message of the panel came over a connection (repetitions included)."""
        count = connection.panels[panel] = connection.panels.get(panel, 0) + 1
        self._seen += count == 1
        self._several += count == 2
        self.unanswered += not connection.open

    def report(self, host: HostCount | None) -> Connections:
        """``host``: the connections of its host, where it is the only panel there."""
        single = self._seen - self._several
        if self._several:
            # The newest connection may have had no time for its second message.
            habit = KEPT if single <= 1 else MIXED
        else:
            habit = PER_MESSAGE if single > 1 else ""
        return Connections(
            habit=habit,
            opened=self._seen if host is None else host.opened,
            empty=0 if host is None else host.empty,
            cut=0 if host is None else host.cut,
            unanswered=self.unanswered,
        )
