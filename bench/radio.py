"""Time for one datagram of a radio channel: sealed and framed, and back; on one thread, nothing stored.

There is nobody to stand beside: what is sealed and how is this project's own, though on open standards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median

from msgspec import Struct

from bench.options import Options
from bench.table import Table, say
from protocols import fec, kiss
from protocols.ax25 import Address
from protocols.channel import ax25, transparent
from protocols.datagram import Header, RadioKey, Suite, seal
from protocols.datagram import open as open_datagram
from protocols.datagram.contents import (
    Ack,
    ContactId,
    ContactIdText,
    Payload,
    Poll,
    PollReply,
    Result,
    SiaText,
    SyncRequest,
    SyncResponse,
    Test,
    Unread,
    WholeFrame,
)
from protocols.datagram.payloads import decode, encode, type_of
from protocols.ends import Limits, Source
from protocols.model import Arrival, Dialect, Moment
from protocols.radio.book import Outstation, Units, Ways
from protocols.radio.channel import RadioChannel
from protocols.radio.framing import Frame, Framing, Where, framing_of
from protocols.radio.options import Modem, RadioOptions
from protocols.radio.receiving import RadioReceivingEnd
from receiver.adapters.counters import MemoryCounters

NETWORK, STATION = 0x0A01, 0x1234
WALL = 1767355200
PARITY = 16
KEYS = (
    RadioKey(1, Suite.AES_CCM_8, bytes(range(16))),
    RadioKey(2, Suite.AES_CCM_8, bytes(range(32))),
    RadioKey(3, Suite.CHACHA20_POLY1305, bytes(range(32))),
)
KINDS: dict[str, Payload] = {
    "event, Contact ID": ContactId("1", "130", "01", "015", WALL),
    "event, Contact ID as text": ContactIdText("1", "130", "01", "015"),
    "event, SIA": SiaText("Nri1/BA015^HALL^", WALL),
    "event, DC-09 frame": WholeFrame(b'\n6A93001F"ADM-CID"0001L0#1234[#1234|1130 01 015]\r'),
    "test": Test(180, 132, 87),
    "acknowledgement": Ack(4711, Result.STORED),
    "poll": Poll(),
    "answer to a poll": PollReply(4711, Test(180, 132, 87)),
    "time request": SyncRequest(bytes(range(8))),
    "time": SyncResponse(bytes(range(8)), WALL * 1000),
}
KISS = RadioOptions(network=NETWORK, profile=ax25(1200))
RAW = RadioOptions(network=NETWORK, profile=transparent(9600), modem=Modem.TRANSPARENT)
PROTECTED = RadioOptions(network=NETWORK, profile=transparent(9600), modem=Modem.TRANSPARENT, fec=PARITY)

Call = Callable[[int], object]
"""Does a thing once, for the datagram of that number; what it gives is true where it went well."""


def measure(options: Options, folder: Path) -> Table:
    """Every kind, suite and framing in turns."""
    del folder
    table = Table("One datagram of a radio channel, microseconds", "what", "bytes", "write", "read")
    count = 1000 if options.seconds >= 0.5 else 10
    rows = [*_sealing(count), *_framing(count)]
    spent: list[tuple[list[float], list[float]]] = [([], []) for _ in rows]
    for _ in range(options.few):
        for row, (writing, reading) in zip(rows, spent, strict=True):
            for call, times in ((row.write, writing), (row.read, reading)):
                if call is not None:
                    times.append(_each_us(call, count // 10 if row.slow else count))
    for row, both in zip(rows, spent, strict=True):
        table.row(row.title, str(row.size), *(f"{median(each):.1f}" if each else "-" for each in both))
    say(f"{len(rows)} kinds, suites and framings")
    table.note("Kinds: write is payload to sealed datagram, read is datagram to payload, tag checked.")
    table.note("Framings carry an event of Contact ID: write is datagram to bytes for the modem, read is back.")
    table.note(f"Reed-Solomon has {PARITY} bytes and is written in Python; bytes of noise are read as one piece.")
    return table


def _each_us(call: Call, count: int) -> float:
    for number in range(min(count, 5)):
        if not call(number):
            raise AssertionError("not read")
    start = time.thread_time()
    for number in range(count):
        call(number)
    return (time.thread_time() - start) / count * 1e6


class Row(Struct):
    """What is timed."""

    title: str
    size: int
    write: Call | None
    read: Call
    slow: bool = False
    """Fewer of it tell enough."""


def _sealed(payload: Payload, key: RadioKey, count: int) -> list[bytes]:
    return [
        seal(Header(type_of(payload), 0, NETWORK, STATION, key.key_id, number), encode(payload), key)
        for number in range(count)
    ]


def _sealing(count: int) -> Iterator[Row]:
    """Every kind under every suite. Nothing is sealed twice but for its time."""
    for title, payload in KINDS.items():
        for key in KEYS:
            sealed = _sealed(payload, key, count)

            def write(number: int, payload: Payload = payload, key: RadioKey = key) -> object:
                header = Header(type_of(payload), 0, NETWORK, STATION, key.key_id, number)
                return seal(header, encode(payload), key)

            def read(number: int, sealed: Sequence[bytes] = sealed, key: RadioKey = key) -> object:
                opened = open_datagram(sealed[number], key)
                return opened and not isinstance(decode(opened.header.type, opened.payload), Unread)

            bits = len(key.material) * 8
            yield Row(f"{title}: {key.suite}, {bits} bit", len(sealed[0]), write, read)


def _framing(count: int) -> Iterator[Row]:
    event = _sealed(KINDS["event, Contact ID"], KEYS[0], count)
    for title, options in (
        ("KISS and AX.25", KISS),
        ("transparent", RAW),
        ("transparent, Reed-Solomon", PROTECTED),
    ):
        framing = _framing_of(options)
        wires = [framing.wrap(each, Where()) for each in event]
        yield Row(title, len(wires[0]), _wrapping(framing, event), _feeding(options, wires))
    random = Random(1)
    whole = [fec.protect(each, PARITY) for each in event]
    for wrong in (1, PARITY // 2):
        wires = [kiss.enclose(_hit(each, wrong, random)) for each in whole]
        title = f"Reed-Solomon, {wrong} wrong byte{'s' if wrong > 1 else ''}"
        yield Row(title, len(wires[0]), None, _feeding(PROTECTED, wires), slow=True)
    escaped = [kiss.enclose(_hit(each, 2, random)) for each in whole]
    # A byte that becomes an escape takes the one behind it along: readings are looked for.
    wires = [each[:20] + bytes((kiss.FESC,)) + each[21:] for each in escaped]
    title = "Reed-Solomon, an escape and 2 wrong bytes"
    yield Row(title, len(wires[0]), None, _feeding(PROTECTED, wires), slow=True)
    noise = [bytes((kiss.FEND,)) + random.randbytes(50).replace(b"\xc0", b"\x01") + b"\xc0" for _ in event]
    yield Row("Reed-Solomon, noise", len(noise[0]), None, _feeding(PROTECTED, noise, frames=False), slow=True)
    framing = _framing_of(KISS)
    wires = [framing.wrap(each, Where()) for each in event]
    yield Row("the station's end: KISS to an arrival", len(wires[0]), None, _arriving(wires))


def _framing_of(options: RadioOptions) -> Framing:
    return framing_of(options, ours=Address("OBJ1", 1), to=Address("PCN"))


def _wrapping(framing: Framing, event: Sequence[bytes]) -> Call:
    return lambda number: framing.wrap(event[number], Where())


def _feeding(options: RadioOptions, wires: Sequence[bytes], *, frames: bool = True) -> Call:
    framing = _framing_of(options)

    def opens(datagram: bytes) -> bool:
        return open_datagram(datagram, KEYS[0]) is not None

    def read(number: int) -> object:
        items = framing.feed(wires[number], opens)
        return any(isinstance(item, Frame) for item in items) is frames

    return read


def _hit(data: bytes, count: int, random: Random) -> bytes:
    """So many bytes are others; none of them near byte 20, which is hit in another way."""
    hit = bytearray(data)
    for at in random.sample([*range(1, 15), *range(24, len(data) - 1)], count):
        hit[at] ^= 0x11
    return bytes(hit)


def _arriving(wires: Sequence[bytes]) -> Call:
    """Of a unit that only sends, so that nothing is answered."""
    unit = Outstation(station=STATION, account="1234", ways=Ways.ONE, keys=KEYS, speaks=1)
    random = Random(1)
    now = Moment(float(WALL), 1000.0)
    channel = RadioChannel(KISS, Units([unit]), MemoryCounters(), random)
    source = Source("air", "radio", "192.0.2.7:8001", "192.0.2.7")

    end = RadioReceivingEnd(source, lambda *_: Dialect(), channel, Limits(undecided=1 << 30))
    return lambda number: any(isinstance(item, Arrival) and item.signals for item in end.receive(wires[number], now))
