"""What must hold of the receiving end of every protocol of lines, of the decoder, of the choice and of explanations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from protocols import auto, findings
from protocols.auto import Decoder
from protocols.ends import Limits, ReceivingEnd, Source
from protocols.explanation import Explanation
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Finding, Moment, Noise, Verdict
from protocols.secrets import codeless, codeless_damaged
from protocols.wire import Likeness, Wire
from protocols.wires import WIRES
from tests.fuzz.case import Case, Wrong
from tests.fuzz.explaining import covers
from tests.protocols.dc09_support import NOW

_KINDS = {ArrivalKind.LINK_TEST: Verdict.ALIVE, ArrivalKind.MALFORMED: Verdict.MALFORMED}
_UNREAD = {ArrivalKind.MALFORMED: ArrivalKind.OPAQUE}
"""Which of the two a copy is depends on whether the one before it was answered."""
_FILLER = b"\r\n\0"
_MOST_EXPLAINED = 4
_SPEAKS_FIRST = ("query", "unchecked-query")
"""Edges that ask a silent line."""
_SESSIONS = ("sia",)
"""Protocols whose end answers blocks by itself, and whose messages depend on the pauses between them."""


class _Fed(Struct):
    items: list[Arrival | Noise]
    wrote: bytes = b""
    early: bytes = b""
    """What was written before any verdict."""


def run(case: Case, stats: Counter[str]) -> None:
    """Everything about one input. Raises :class:`Wrong`, or whatever the code under test raises."""
    wire, data = WIRES[case.wire], case.stream
    whole = _feed(case, _made(case, wire), [data], silent=False)
    pieces = _feed(case, _made(case, wire), case.pieces(), silent=case.silent)
    # What is not stored is rejected with all of its data group, and so is its copy: when that comes, the pieces say.
    comparable = case.wire not in _SESSIONS or case.verdict is Verdict.STORED
    if comparable and not case.silent and _gist(case, whole.items) != _gist(case, pieces.items):
        raise Wrong(f"{case.wire}: in-pieces", f"{_gist(case, whole.items)} / {_gist(case, pieces.items)}")
    muted = _feed(case, _made(case, wire, listen_only=True), [data], silent=True)
    if muted.wrote or muted.early:
        raise Wrong(f"{case.wire}: not-mute", muted.wrote + muted.early)
    for fed in (whole, pieces):
        _sizes(case, fed)
        if fed.early and case.wire not in _SESSIONS and case.edge not in _SPEAKS_FIRST:
            raise Wrong(f"{case.wire}: answer-before-verdict", fed.early)
        for item in fed.items:
            _item(case, wire, item, stats)
    if case.verdict is Verdict.NOT_STORED and whole.wrote and case.wire not in _SESSIONS:
        alive = {ArrivalKind.LINK_TEST, ArrivalKind.MALFORMED}
        if all(isinstance(item, Arrival) and item.kind not in alive for item in whole.items) and not case.edge:
            raise Wrong(f"{case.wire}: answered-unstored", whole.wrote)
    _recognised(case, stats)
    _captured(case)
    _explained(case, wire, whole.items, stats)


def _made(case: Case, wire: Wire, *, listen_only: bool = False) -> ReceivingEnd:
    transport = "serial" if case.serial else "tcp"
    dialect = Dialect(time_zone=case.time_zone)
    return wire.receiving(
        Source("line", wire.name, "192.0.2.7:41122", "192.0.2.7", transport),
        lambda *_: dialect,
        options=SourceOptions(edge=case.edge, listen_only=listen_only),
        limits=Limits(undecided=8),
        first=0,
    )


def _feed(case: Case, end: ReceivingEnd, pieces: Sequence[bytes], *, silent: bool) -> _Fed:
    """Feed pieces, decide at once, end."""
    fed = _Fed([])
    now = NOW

    def take(items: Sequence[Arrival | Noise]) -> None:
        if not any(isinstance(item, Arrival) for item in fed.items):
            fed.early += end.data_to_send()
        for item in items:
            fed.items.append(item)
            repr(item)
            if not isinstance(item, Arrival):
                continue
            verdict = _KINDS.get(item.kind, case.verdict)
            if item.kept is not None and verdict is Verdict.STORED:
                item.kept.entry = len(fed.items)
            end.decide(item, verdict, now)
            end.decide(item, Verdict.STALE, now)
            end.answer(item)
        fed.wrote += end.data_to_send()

    def drain(items: Sequence[Arrival | Noise]) -> None:
        take(items)
        for _ in range(100_000):
            if not end.held:
                return
            take(end.receive(b"", now))
        raise Wrong(f"{case.wire}: held-for-ever")

    for piece in pieces:
        drain(end.receive(piece, now))
        due = end.next_timeout() if silent else None
        if due is not None:
            now = Moment(now.wall + max(0.0, due - now.mono), max(now.mono, due))
            drain(end.expire(now))
    drain(end.receive_eof(now))
    for _ in range(20):
        due = end.next_timeout()
        if due is None:
            break
        now = Moment(now.wall + max(0.0, due - now.mono), max(now.mono, due))
        drain(end.expire(now))
    if end.undecided or not end.closing or end.next_timeout() is not None:
        raise Wrong(f"{case.wire}: not-finished", (end.undecided, end.closing, end.next_timeout()))
    return fed


def _gist(case: Case, items: Sequence[Arrival | Noise]) -> list[object]:
    """What two readings of the same bytes must agree on; line ends behind a message belong to it or not."""
    if case.wire in _SESSIONS:
        # A text that comes after its event was stored amends it, and what nobody said is an event the second time it
        # is said: the events of accounts are the same.
        said = [_said(item) for item in items if isinstance(item, Arrival) and item.kind is ArrivalKind.EVENT]
        return [signals for signals in said if signals[0][0]]
    return [
        (
            item.raw.rstrip(_FILLER),
            _UNREAD.get(item.kind, item.kind),
            item.token,
            item.account,
            item.receiver,
            item.line,
            item.signals,
        )
        for item in items
        if isinstance(item, Arrival)
    ]


def _said(item: Arrival) -> list[tuple[str, ...]]:
    return [(signal.account, signal.code, signal.qualifier, signal.partition, signal.number) for signal in item.signals]


def _sizes(case: Case, fed: _Fed) -> None:
    """No byte is told twice but for those of amendments, which repeat their event."""
    told = 0
    for item in fed.items:
        if isinstance(item, Noise):
            if len(item.raw) > 512 or item.size < len(item.raw):
                raise Wrong(f"{case.wire}: noise-size", item)
            told += item.size
        elif case.wire not in _SESSIONS:
            told += len(item.raw)
    if told > len(case.data):
        raise Wrong(f"{case.wire}: more-than-came", (told, len(case.data), fed.items))


def _item(case: Case, wire: Wire, item: Arrival | Noise, stats: Counter[str]) -> None:
    if isinstance(item, Noise):
        stats[f"{case.wire} noise"] += 1
        return
    stats[f"{case.wire} {item.kind.value}"] += 1
    if item.protocol != wire.name:
        raise Wrong(f"{case.wire}: protocol", item)
    if item.raw not in case.stream and case.wire not in _SESSIONS:
        raise Wrong(f"{case.wire}: raw-not-in-the-stream", item)
    told = item.kind in (ArrivalKind.EVENT, ArrivalKind.AMENDMENT)
    # A block that sets a value of the panel is no event, and says which.
    if bool(item.signals) != told and not (item.kind is ArrivalKind.OPAQUE and case.wire in _SESSIONS):
        raise Wrong(f"{case.wire}: kind", item)
    if len(item.signals) > 300 or len(item.findings) > 300:
        raise Wrong(f"{case.wire}: too-many", (len(item.signals), len(item.findings)))
    for signal in item.signals:
        if not _spelled(signal.account.strip().lstrip("0"), item.raw) and case.wire not in _SESSIONS:
            raise Wrong(f"{case.wire}: account-not-in-the-bytes", item)
    msgspec.json.encode((item.signals, item.account, item.receiver, item.line, item.token))
    _findings(case, item.findings, len(item.raw))
    if item.sent_at is not None and not abs(item.sent_at - NOW.wall) < 100 * 366 * 86400:
        raise Wrong(f"{case.wire}: sent-at", item)


def _spelled(account: str, raw: bytes) -> bool:
    """Whether the bytes have the account's characters, in order; other fields may stand between them (ITI)."""
    rest = iter(bytes(byte & 0x7F for byte in raw).decode("ascii").upper())
    return all(character in rest for character in account.upper())


def _findings(case: Case, found: Sequence[Finding], size: int) -> None:
    for finding in found:
        if finding.id not in findings.SEVERITIES:
            raise Wrong(f"{case.wire}: unknown-finding", finding)
        if finding.offset is not None and not 0 <= finding.offset <= finding.offset + finding.length <= size:
            raise Wrong(f"{case.wire}: finding-outside", (finding, size))
    if max(Counter(finding.id for finding in found).values(), default=0) > 1:
        raise Wrong(f"{case.wire}: finding-twice", found)


def _recognised(case: Case, stats: Counter[str]) -> None:
    """Who is sure of a stream reads a message at its beginning; and nothing is written before somebody is."""
    data = case.stream[:3000]
    for wire in WIRES.values():
        if wire.recognise(data, True) is Likeness.MORE:
            raise Wrong(f"{wire.name}: more-of-nothing", data)
        if wire.recognise(data, False) is Likeness.SURE and wire.name != "dc09":
            stats["recognised"] += 1
            fed = _feed(
                msgspec.structs.replace(case, wire=wire.name, edge=""),
                _made(case, wire, listen_only=True),
                [data],
                silent=False,
            )
            read = [item for item in fed.items if isinstance(item, Arrival)]
            if not read and wire.name not in _SESSIONS:
                raise Wrong(f"{wire.name}: sure-of-nothing", (data, fed.items))
    end = auto.receiving(
        Source("line", "auto", "192.0.2.7:41122", "192.0.2.7"),
        lambda *_: Dialect(),
        options=SourceOptions(),
        limits=Limits(undecided=100),
        first=0,
    )
    told = 0
    for piece in case.pieces():
        for item in end.receive(piece, NOW):
            told += item.size if isinstance(item, Noise) and end.wire is None else 0
        if end.wire is None and (end.data_to_send() or end.undecided):
            raise Wrong("auto: answer-before-choice")
        if end.wire is None and told > len(case.data):
            raise Wrong("auto: more-than-came")
    end.receive_eof(NOW)


def _captured(case: Case) -> None:
    """A capture is read without an exception, by name and by itself."""
    for protocol in (case.wire, auto.NAME):
        decoder = Decoder(protocol, wall=NOW.wall)
        for piece in case.pieces():
            list(decoder.feed(piece))
        list(decoder.close())


def _explained(case: Case, wire: Wire, items: Sequence[Arrival | Noise], stats: Counter[str]) -> None:
    """Every byte of whatever it is belongs to a part."""
    data = case.stream[:5000]
    _holds(case, wire.explain(data), data)
    for item in items[:_MOST_EXPLAINED]:
        if isinstance(item, Noise):
            explanation = wire.explain(item.raw, noise=item.guess)
            if explanation.noise != item.guess:
                raise Wrong(f"{case.wire}: explanation-of-noise", item)
        else:
            explanation = wire.explain(item.raw, findings=item.findings)
            named = {placed.id for placed in explanation.findings}
            if not {finding.id for finding in item.findings} <= named:
                raise Wrong(f"{case.wire}: findings-of-an-explanation", (item, named))
        _holds(case, explanation, item.raw)
    stats["explanations of lines"] += 1


def _holds(case: Case, explanation: Explanation, data: bytes) -> None:
    shown = explanation.layers[0].data if explanation.layers else None
    hidden = codeless_damaged(data, sia=True) if explanation.noise and case.wire == "sia" else codeless(data)
    if explanation.protocol != case.wire or shown not in (data, hidden):
        raise Wrong(f"{case.wire}: explanation-of-other-bytes", data)
    for layer in explanation.layers:
        if not covers(layer):
            raise Wrong(
                f"{case.wire}: parts-do-not-cover",
                (layer.data, [(part.id, part.start, part.end) for part in layer.parts]),
            )
