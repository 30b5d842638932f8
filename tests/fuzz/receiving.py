"""What must hold of the receiving end and of the decoder, whatever they are fed."""

from __future__ import annotations

from collections import Counter

from protocols.dc09 import Decoder
from protocols.model import Arrival, Noise
from tests.fuzz import answering, arrivals, explaining, reference
from tests.fuzz.case import Case, Wrong
from tests.fuzz.feeding import agree, feed
from tests.protocols.dc09_support import NOW

MOST_EXPLAINED = 6
"""Messages of an input whose explanation is looked at: it takes longer than reading."""


def run(case: Case, stats: Counter[str]) -> None:
    """Everything about one input. Raises :class:`Wrong`, or whatever the code under test raises."""
    data = case.stream
    expected = reference.frames(data)
    whole = feed(case, [data])
    agree("in-pieces", whole, feed(case, case.pieces()))
    read = [seen for seen in whole if isinstance(seen.item, Arrival)]
    messages = [seen.item for seen in read if isinstance(seen.item, Arrival)]
    _same_frames(expected, [message.raw for message in messages])
    if sum(seen.item.size if isinstance(seen.item, Noise) else len(seen.item.raw) for seen in whole) > len(data):
        raise Wrong("more-than-came", [seen.item for seen in whole])
    for found, seen, message in zip(expected, read, messages, strict=True):
        arrivals.check(case, found, message, stats)
        answering.check(case, found, seen)
    _decoded(case, messages)
    explaining.whole(case)
    for seen in whole[:MOST_EXPLAINED]:
        explaining.check(case, seen.item, stats)


def _same_frames(expected: list[reference.Found], got: list[bytes]) -> None:
    """Exactly the frames whose CRC and length fit: no other, and none missed."""
    wanted = [found.raw for found in expected]
    if wanted == got:
        return
    extra = [raw for raw in got if raw not in wanted]
    if extra:
        raise Wrong("frame-that-does-not-fit", extra[0])
    raise Wrong("frame-missed", [raw for raw in wanted if raw not in got][:1] or "order")


def _decoded(case: Case, arrivals: list[Arrival]) -> None:
    """A capture is read as the receiver reads it, but for the clock."""
    keys = [bytes.fromhex(key) for key in case.keys]
    decoder = Decoder(keys, wall=NOW.wall, time_zone=case.time_zone)
    items = [item for piece in case.pieces() for item in decoder.feed(piece)]
    items += decoder.close()
    got = [_words(item) for item in items if isinstance(item, Arrival)]
    wanted = [_words(item) for item in arrivals]
    if got != wanted:
        raise Wrong("decoder-differs", [pair for pair in zip(got, wanted, strict=False) if pair[0] != pair[1]][:1])


def _words(item: Arrival) -> tuple[object, ...]:
    said = [(signal.account, signal.code, signal.qualifier, signal.number, signal.text) for signal in item.signals]
    return item.raw, item.kind, item.token, item.account, item.inner, item.sequence, item.protection, item.plain, said
