"""Captured packets into what was said over TCP and UDP: streams put together, datagrams made whole."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from protocols.capture import internet, links, transport
from protocols.capture.errors import CaptureError
from protocols.capture.internet import Datagram, Fragments
from protocols.capture.packets import Packet
from protocols.capture.pieces import Flow, Item, Note, Piece, Side
from protocols.capture.streams import Stream
from protocols.capture.transport import ACK, SYN, Segment

CONVERSATIONS = 20_000
"""TCP connections remembered; of more, those longest silent are ended."""
WAITING = 1 << 26
"""Bytes that wait behind gaps, of all streams together."""
NAMED = 5
"""Packets that cannot be read are named one by one up to this many, then counted."""
REORDERED = 64
"""Packets looked at together where several interfaces wrote into one file, each in its own time."""

_Key = tuple[str, int, str, int]


def read(packets: Iterable[Packet | Note], ports: frozenset[int] = frozenset()) -> Iterator[Item]:
    """What the packets carry. With ``ports``, only what goes from or to one of them.

    Raises CaptureError where nothing in the file can be read, and what ``packets`` raises.
    """
    return _Network(ports).read(_in_order(packets))


def _in_order(packets: Iterable[Packet | Note]) -> Iterator[Packet | Note]:
    """The packets of several interfaces in the order of their time, as far as a look at a few of them can tell."""
    heap: list[tuple[float, int, Packet]] = []
    several = False
    for packet in packets:
        if isinstance(packet, Note):
            yield packet
            continue
        several = several or packet.interface > 0
        if not several or packet.at is None:
            yield packet
            continue
        heapq.heappush(heap, (packet.at, packet.number, packet))
        if len(heap) > REORDERED:
            yield heapq.heappop(heap)[2]
    while heap:
        yield heapq.heappop(heap)[2]


class _Network:
    def __init__(self, ports: frozenset[int]) -> None:
        self._ports = ports
        self._fragments = Fragments()
        self._streams: OrderedDict[_Key, Stream] = OrderedDict()
        self._waiting = 0
        self._unreadable = 0
        self._strange: dict[int, int] = {}
        self._understood = False

    def read(self, packets: Iterable[Packet | Note]) -> Iterator[Item]:
        at: float | None = None
        number = 0
        for packet in packets:
            if isinstance(packet, Note):
                yield packet
                continue
            at, number = packet.at, packet.number
            if not links.known(packet.link):
                self._strange[packet.link] = self._strange.get(packet.link, 0) + 1
                continue
            self._understood = True
            inner = links.internet(packet.link, packet.data)
            if inner is not None:
                yield from self._packet(packet, inner)
        for stream in self._streams.values():
            yield from stream.close(at, number)
        for lost in self._fragments.rest():
            yield Note("capture.fragments-missing", lost)
        if self._unreadable > NAMED:
            yield Note("capture.packets-unreadable", 0, {"count": str(self._unreadable)})
        yield from self._strangers()

    def _strangers(self) -> Iterator[Note]:
        if self._strange and not self._understood:
            raise CaptureError(
                f"the capture has packets of link type {next(iter(self._strange))}, which is not read here; "
                f"what is read: {links.NAMES}. Capture on another interface, or with tcpdump -i any."
            )
        for link, count in self._strange.items():
            yield Note("capture.link-type", 0, {"link": str(link), "count": str(count)})

    def _packet(self, packet: Packet, inner: bytes) -> Iterator[Item]:
        datagram = internet.read(inner)
        if datagram is None:
            yield from self._not_read(packet.number)
            return
        if datagram.protocol not in (internet.TCP, internet.UDP):
            return
        if datagram.fragment:
            whole, given_up = self._fragments.add(datagram, packet.number)
            if given_up:
                yield Note("capture.fragments-missing", given_up)
            if whole is None:
                return
            datagram = whole
        tcp = datagram.protocol == internet.TCP
        segment = (transport.read_tcp if tcp else transport.read_udp)(datagram.data, datagram.size)
        if segment is None:
            yield from self._not_read(packet.number)
            return
        if self._ports and not self._ports & {segment.source_port, segment.target_port}:
            return
        if tcp:
            yield from self._tcp(packet, datagram, segment)
        else:
            yield from self._udp(packet, datagram, segment)

    def _not_read(self, number: int) -> Iterator[Note]:
        self._unreadable += 1
        if self._unreadable <= NAMED:
            yield Note("capture.packet-unreadable", number)

    def _udp(self, packet: Packet, datagram: Datagram, segment: Segment) -> Iterator[Item]:
        if not segment.data:
            return
        if len(segment.data) < segment.size:
            yield Note("capture.packet-cut", packet.number, {"missing": str(segment.size - len(segment.data))})
        yield Piece(_flow("udp", datagram, segment, Side.UNKNOWN), segment.data, packet.at, packet.number)

    def _tcp(self, packet: Packet, datagram: Datagram, segment: Segment) -> Iterator[Item]:
        key = (datagram.source, segment.source_port, datagram.target, segment.target_port)
        back = self._streams.get((key[2], key[3], key[0], key[1]))
        stream = self._streams.get(key)
        if stream is not None and stream.begins_anew(segment):
            for old in (stream, back):
                if old is not None:
                    yield from self._counted(old, old.close(packet.at, packet.number))
            self._forget(key)
            stream = back = None
        if stream is None:
            stream = self._streams[key] = Stream(_flow("tcp", datagram, segment, _side(segment, back)))
            if len(self._streams) > CONVERSATIONS * 2:
                first = next(iter(self._streams))
                yield from self._counted(self._streams[first], self._streams[first].close(packet.at, packet.number))
                del self._streams[first]
        else:
            self._streams.move_to_end(key)
        if back is not None and segment.flags & ACK:
            yield from self._counted(back, back.confirm(segment, packet.at, packet.number))
        yield from self._counted(stream, stream.take(segment, packet.at, packet.number))
        if self._waiting > WAITING:
            yield from self._counted(stream, stream.close(packet.at, packet.number))

    def _forget(self, key: _Key) -> None:
        for each in (key, (key[2], key[3], key[0], key[1])):
            self._streams.pop(each, None)

    def _counted(self, stream: Stream, items: Iterator[Item]) -> Iterator[Item]:
        before = stream.waiting
        yield from items
        self._waiting += stream.waiting - before


def _side(segment: Segment, back: Stream | None) -> Side:
    """Who opens a connection is the panel; what began before the capture did is not known."""
    if segment.flags & SYN:
        return Side.STATION if segment.flags & ACK else Side.PANEL
    if back is None:
        return Side.UNKNOWN
    return {Side.PANEL: Side.STATION, Side.STATION: Side.PANEL}.get(back.flow.side, Side.UNKNOWN)


def _flow(kind: str, datagram: Datagram, segment: Segment, side: Side) -> Flow:
    return Flow(
        kind,
        _address(datagram.source, segment.source_port),
        _address(datagram.target, segment.target_port),
        side,
        kind == "udp",
        (segment.source_port, segment.target_port),
    )


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
