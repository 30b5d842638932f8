"""Time to decode one frame, beside two other libraries: from bytes to fields, on one thread, nothing stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench.frames import KEY, Message, Panel
from bench.options import Options
from bench.table import Table, say
from protocols.dc09 import ReceivingEnd
from protocols.ends import Limits, Source
from protocols.model import Dialect, Key, Moment

Decode = Callable[[Message], object]

_ENDLESS = Limits(undecided=1 << 30)


def measure(options: Options, folder: Path) -> Table:
    """Every library over the same frames, in turns."""
    table = Table("Decoding one frame, microseconds", "frame", "ptsn", "pysiaalarm", "siadc09")
    frames = 2000 if options.seconds >= 0.5 else 50
    kinds = {
        "Contact ID": Panel(0, False).take(frames),
        "SIA": Panel(1, False).take(frames),
        "Contact ID, AES-128": Panel(0, True).take(frames),
        "link test": Panel(0, False).link_tests(frames),
    }
    makers = (ours, pysiaalarm, siadc09)
    for kind, messages in kinds.items():
        times: list[list[float]] = [[] for _ in makers]
        for _ in range(options.few):
            for make, own in zip(makers, times, strict=True):
                own.append(_each_us(make(), messages))
        table.row(kind, *(f"{median(own):.1f}" for own in times))
        say(f"{kind} decoded")
    table.note("ptsn: ReceivingEnd.receive, framing to findings; pysiaalarm: SIAEvent.from_line; siadc09: parse_frame.")
    return table


def _each_us(decode: Decode, messages: Sequence[Message]) -> float:
    for message in messages[:20]:
        if not decode(message):
            raise AssertionError(f"not decoded: {message.raw!r}")
    start = time.thread_time()
    for message in messages:
        decode(message)
    return (time.thread_time() - start) / len(messages) * 1e6


def ours() -> Decode:
    """The receiving end of a new connection."""
    dialect = Dialect(known=True, account_key="bench", keys=(Key(KEY.encode(), "bench"),))
    source = Source("ip", "dc09", "192.0.2.7:5000", "192.0.2.7")
    end = ReceivingEnd(source, lambda *_: dialect, limits=_ENDLESS)
    now = Moment(time.time(), time.monotonic())
    return lambda message: end.receive(message.raw, now)


def pysiaalarm() -> Decode:
    """What its servers do with a line."""
    from pysiaalarm.account import SIAAccount
    from pysiaalarm.event import SIAEvent

    accounts = {
        account: SIAAccount(account, KEY if account[0] == "2" else None) for account in ("1000", "1001", "2000")
    }
    return lambda message: SIAEvent.from_line(message.raw.decode("ascii", "ignore").strip(), accounts)


def siadc09() -> Decode:
    """Its one call."""
    from siadc09 import message as theirs

    key = KEY.encode()
    return lambda message: theirs.parse_frame(message.raw, key)
