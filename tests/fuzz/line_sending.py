"""What must hold of the sending end of every protocol of lines, whatever comes as an answer."""

from __future__ import annotations

from collections import Counter

from protocols.ends import LinkTest, Outcome, OutcomeKind
from protocols.model import Moment
from tests.fuzz import lines
from tests.fuzz.case import Case, Wrong
from tests.protocols.dc09_support import NOW

_MOST_SENT = 300
_MOST_WAITS = 300


def run(case: Case, stats: Counter[str]) -> None:
    """One message, then the bytes of the case as answers, then silence. Raises :class:`Wrong`."""
    end = lines.sender(case.wire, "1234", case.patches, case.first)
    now = NOW
    ticket = end.submit(LinkTest("1234") if case.signal is None else case.signal, now)
    sent = [end.data_to_send()]
    ended: list[Outcome] = []
    heard = b""

    def take(items: object) -> None:
        for item in items:  # type: ignore[attr-defined]
            repr(item)
            if isinstance(item, Outcome):
                if item.ticket is not ticket or ended:
                    raise Wrong(f"{case.wire}: second-outcome", item)
                if item.kind is not OutcomeKind.GAVE_UP and item.answer not in heard:
                    raise Wrong(f"{case.wire}: outcome-of-no-answer", item)
                if item.kind is OutcomeKind.ACCEPTED and not item.answer and not case.patches:
                    raise Wrong(f"{case.wire}: outcome-without-answer", item)
                ended.append(item)
        data = end.data_to_send()
        if data:
            sent.append(data)

    for piece in case.pieces():
        heard += piece
        take(end.receive(piece, now))
        due = end.next_timeout() if case.silent else None
        if due is not None:
            now = Moment(now.wall + max(0.0, due - now.mono), max(now.mono, due))
            take(end.expire(now))
    for _ in range(_MOST_WAITS):
        due = end.next_timeout()
        if due is None:
            break
        now = Moment(now.wall + max(0.0, due - now.mono), max(now.mono, due))
        take(end.expire(now))
    if not ended and not end.closing:
        raise Wrong(f"{case.wire}: never-decided", (sent, end.next_timeout()))
    if len(sent) > _MOST_SENT + len(case.cuts):
        raise Wrong(f"{case.wire}: sent-too-often", len(sent))
    take(end.receive_eof(now))
    for outcome in ended:
        stats[f"{case.wire} outcome {outcome.kind.value}"] += 1
