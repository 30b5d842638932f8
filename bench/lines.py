"""Time to read, answer and write one message of each protocol, on one thread, nothing stored, beside other libraries.

No other decoder of most of these protocols can be installed; of DC-09 there are two, and of what lines carry inside,
Contact ID and SIA data, there is one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct

from bench import exchanges
from bench.exchanges import Compose, Pair, Spent
from bench.options import Options
from bench.table import Table, say
from protocols import contact_id, sia_text
from protocols.model import Moment
from protocols.wire import Wire
from protocols.wires import WIRES

PAIRS = 32
_ACCOUNT = 1000
NONE = "none known"


class Row(Struct, frozen=True):
    """A kind of message."""

    wire: str
    title: str
    compose: Compose


ROWS = (
    Row("dc09", "Contact ID", exchanges.contact_id),
    Row("dc09", "SIA", exchanges.sia),
    Row("sia", "account and event blocks", exchanges.sia),
    Row("surgard", "Contact ID", exchanges.contact_id),
    Row("surgard", "SIA", exchanges.sia),
    Row("ademco685", "Contact ID", exchanges.contact_id),
    Row("mx8000", "event of the receiver", exchanges.own_event),
    Row("d6600", "SIA", exchanges.sia),
    Row("d6500", "Contact ID", exchanges.contact_id),
    Row("osborne-hoffman", "Contact ID", exchanges.contact_id),
    Row("osborne-hoffman", "poll", exchanges.link_test),
)

Decode = Callable[[bytes], object]


def measure(options: Options, folder: Path) -> Table:
    """Every protocol and library in turns."""
    table = Table(
        "One message of each protocol, microseconds", "message", "bytes", "read", "answer", "write", "others read"
    )
    times = 40 if options.seconds >= 0.5 else 2
    spent: list[list[Spent]] = [[] for _ in ROWS]
    others: list[dict[str, list[float]]] = [{} for _ in ROWS]
    for _ in range(options.few):
        for row, own, their in zip(ROWS, spent, others, strict=True):
            own.append(_ours(WIRES[row.wire], row, times))
            for name, decode in _others(row).items():
                their.setdefault(name, []).append(_each_us(decode, own[-1].frames))
    for row, own, their in zip(ROWS, spent, others, strict=True):
        us = [[getattr(one, name) / one.messages * 1e6 for one in own] for name in ("reading", "answering", "writing")]
        named = ", ".join(f"{name} {median(each):.1f}" for name, each in their.items()) or NONE
        size = own[0].size / own[0].messages
        table.row(f"{row.wire}: {row.title}", f"{size:.0f}", *(f"{median(each):.1f}" for each in us), named)
        say(f"{row.wire} {row.title}")
    _contents(table, options)
    table.note(
        "read: bytes to fields and findings; answer: verdict to bytes; write: message to bytes, answers to outcome."
    )
    table.note("A message of dc09, and of sia, is what a panel says of one event, blocks and answers included.")
    table.note(f"{NONE}: no decoder of this protocol is published as a Python package that this project has found.")
    return table


def _ours(wire: Wire, row: Row, times: int) -> Spent:
    pairs = [Pair(wire, str(_ACCOUNT + number), row.compose) for number in range(PAIRS)]
    now = Moment(time.time(), 1000.0)
    exchanges.timed(pairs, 1, Spent(), now)
    spent = Spent()
    exchanges.timed(pairs, times, spent, Moment(now.wall + 1, now.mono + 1))
    return spent


def _contents(table: Table, options: Options) -> None:
    """What the messages carry, which all protocols have in common."""
    from siadc09.admcid import parse_cid
    from siadc09.siadcs import parse_siadcs

    count = 4000 if options.seconds >= 0.5 else 50
    cid = [b"1130 01 %03d" % (number % 999) for number in range(count)]
    sia = [b"Nri1/BA%d" % (number % 999) for number in range(count)]
    rows: tuple[tuple[str, list[bytes], Decode, Decode], ...] = (
        ("data of Contact ID", cid, lambda data: contact_id.read(data, "1234"), parse_cid),
        ("data of SIA", sia, _sia_text, parse_siadcs),
    )
    for title, data, ours, theirs in rows:
        us = [[_each_us(decode, data) for _ in range(options.few)] for decode in (ours, theirs)]
        table.row(title, f"{len(data[0])}", f"{median(us[0]):.1f}", "-", "-", f"siadc09 {median(us[1]):.1f}")


def _sia_text(data: bytes) -> object:
    return sia_text.read(data.decode("latin-1"), "1234", sent_at=None, now_wall=0.0, time_zone="UTC")


def _others(row: Row) -> dict[str, Decode]:
    """What else reads these frames."""
    from pysiaalarm.account import SIAAccount
    from pysiaalarm.event import OHEvent, SIAEvent
    from siadc09 import message as theirs

    def line(frame: bytes) -> SIAEvent:
        return SIAEvent.from_line(frame.decode("ascii", "ignore").strip(), accounts)

    def poll(frame: bytes) -> SIAEvent | None:
        found = line(frame.strip(b"\r\n\0"))
        return found if isinstance(found, OHEvent) else None

    accounts = {str(_ACCOUNT + number): SIAAccount(str(_ACCOUNT + number)) for number in range(PAIRS)}
    if row.wire == "dc09":
        return {"pysiaalarm": line, "siadc09": lambda frame: theirs.parse_frame(frame, None)}
    if (row.wire, row.title) == ("osborne-hoffman", "poll"):
        return {"pysiaalarm": poll}
    return {}


def _each_us(decode: Decode, frames: Sequence[bytes]) -> float:
    for frame in frames[:20]:
        if not decode(frame):
            raise AssertionError(f"not decoded: {frame!r}")
    start = time.thread_time()
    for frame in frames:
        decode(frame)
    return (time.thread_time() - start) / len(frames) * 1e6
