"""Bytes into a receiving end, whole or in pieces: what came of them, and what must hold at every step."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from protocols.dc09 import ReceivingEnd
from protocols.ends import Limits, Response
from protocols.model import Arrival, Dialect, Key, Noise, Verdict
from tests.fuzz.case import Case, Wrong
from tests.protocols.dc09_support import NOW, SOURCE

MOST_HELD = 4200
"""Bytes of an unfinished frame: 4095 of body, and its head."""
_OF_READS = ("dc09.flow.", "dc09.framing.")
"""Findings that depend on what came in one read: who did not wait, and whose filler it is."""


class Seen(Struct, frozen=True):
    """An arrival, or noise, and what was answered."""

    item: Arrival | Noise
    answer: bytes = b""


def dialect_of(case: Case) -> Dialect:
    """What the receiver knows."""
    keys = tuple(Key(bytes.fromhex(key), f"key {place}") for place, key in enumerate(case.keys))
    return Dialect(known=True, keys=keys, edition=case.known_edition, time_zone=case.time_zone)


def feed(case: Case, pieces: Sequence[bytes]) -> list[Seen]:
    """Feed pieces, decide at once, and look at what must hold at every step."""
    dialect = dialect_of(case)
    end = ReceivingEnd(
        SOURCE,
        lambda _adapter, _r, _line, _account: dialect,
        limits=Limits(undecided=8),
        random_bytes=lambda count: b"p" * count,
    )
    seen: list[Seen] = []
    response = None if case.response is None else Response(case.response, {"P": ["1"]})

    def take(items: Sequence[Arrival | Noise]) -> None:
        if end.data_to_send():
            raise Wrong("answer-before-verdict")
        for item in items:
            if isinstance(item, Noise):
                if len(item.raw) > 512 or item.size < len(item.raw):
                    raise Wrong("noise-size", item)
                seen.append(Seen(item))
                continue
            repr(item)
            if any(finding.id == "dc09.unreadable" for finding in item.findings):
                raise Wrong("error-inside", item)
            try:
                end.decide(item, case.verdict, NOW, response)
            except ValueError:  # with this echo it is too long for a frame
                end.decide(item, case.verdict, NOW)
            answer = end.data_to_send()
            end.decide(item, Verdict.STALE, NOW)
            if end.data_to_send():
                raise Wrong("second-answer", item)
            seen.append(Seen(item, answer))

    def drain(items: Sequence[Arrival | Noise]) -> None:
        take(items)
        for _ in range(100_000):
            if not end.held:
                break
            take(end.receive(b"", NOW))
        else:
            raise Wrong("held-for-ever")
        if end._framer.unread > MOST_HELD:
            raise Wrong("memory-of-the-stream", end._framer.unread)

    for piece in pieces:
        drain(end.receive(piece, NOW))
    drain(end.receive_eof(NOW))
    if end.undecided or not end.closing or end.next_timeout() is not None:
        raise Wrong("not-finished", (end.undecided, end.closing, end.next_timeout()))
    return seen


def agree(check: str, first: list[Seen], second: list[Seen]) -> None:
    """Raise :class:`Wrong` where two readings of the same bytes differ."""
    one, other = [_gist(seen) for seen in first], [_gist(seen) for seen in second]
    if alike(one, other):
        return
    for left, right in zip(one, other, strict=False):
        if not alike([left], [right]):
            raise Wrong(check, f"{left} / {right}")
    raise Wrong(check, f"{len(one)} / {len(other)} items")


def _gist(seen: Seen) -> object:
    """What two readings of the same bytes must agree on."""
    item = seen.item
    if isinstance(item, Noise):
        return item
    findings = tuple(finding for finding in item.findings if not finding.id.startswith(_OF_READS))
    return (
        item.raw, item.kind, item.token, item.receiver, item.prefix, item.account, item.inner, item.sequence,
        item.sent_at, item.path, item.signals, findings, item.protection, item.key_owner, item.plain, item.timely,
        item.identity, item.dialect, seen.answer,
    )  # fmt: skip


def alike(one: Sequence[object], other: Sequence[object]) -> bool:
    """Whether two readings of the same bytes say the same."""
    return len(one) == len(other) and all(
        _noise_alike(left, right) if isinstance(left, Noise) and isinstance(right, Noise) else left == right
        for left, right in zip(one, other, strict=True)
    )


def _noise_alike(left: Noise, right: Noise) -> bool:
    """NUL bytes in front belong to the frame before them or not, by the read; what is left must be the same."""
    if left == right:
        return True
    ends = [noise.raw.lstrip(b"\0") for noise in (left, right)]
    if len(left.raw) - len(ends[0]) == len(right.raw) - len(ends[1]) < len(right.raw):
        return False
    if not all(ends):
        return True  # more of them than are kept: nothing is known of what follows them
    sizes = [noise.size - len(noise.raw) + len(end) for noise, end in zip((left, right), ends, strict=True)]
    return ends[0][:1] == ends[1][:1] and sizes[0] == sizes[1]
