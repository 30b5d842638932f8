"""What must hold of the sending end, whatever comes as an answer."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

from msgspec import Struct

from protocols.ends import LinkTest, Outcome, OutcomeKind, Response
from protocols.model import Noise
from tests.fuzz import panels, reference
from tests.fuzz.case import Case, Wrong
from tests.fuzz.feeding import MOST_HELD, alike
from tests.protocols.dc09_support import NOW

_ATTEMPTS = 3


def run(case: Case, stats: Counter[str]) -> None:
    """Everything about one input. Raises :class:`Wrong`, or whatever the code under test raises."""
    whole = _feed(case, [case.stream])
    pieces = _feed(case, case.pieces())
    if not alike(whole, pieces):
        raise Wrong("answers-in-pieces", f"{whole} / {pieces}")
    for item in whole:
        if isinstance(item, _Ended):
            stats[f"outcome {item.kind.value}"] += 1


class _Ended(Struct, frozen=True):
    """What is to be the same however answers come."""

    kind: OutcomeKind
    answer: bytes
    response: Response | None


def _feed(case: Case, pieces: list[bytes]) -> list[object]:
    spec = case.panel
    assert spec is not None
    end = panels.end(spec, Random(0))
    ticket = end.submit(LinkTest(spec.account) if case.signal is None else case.signal, NOW)
    sent = [end.data_to_send()]
    gist: list[object] = []
    taken = b""

    def take(items: object) -> None:
        for item in items:  # type: ignore[attr-defined]
            repr(item)
            if isinstance(item, Noise):
                gist.append(item)
                continue
            assert isinstance(item, Outcome)
            if item.ticket is not ticket or any(isinstance(row, _Ended) for row in gist):
                raise Wrong("second-outcome", item)
            _outcome(case, item, taken, sent)
            gist.append(_Ended(item.kind, item.answer, item.response))
        data = end.data_to_send()
        if data:
            sent.append(data)

    for piece in pieces:
        taken += piece
        take(end.receive(piece, NOW))
    if len(sent) > 2 * _ATTEMPTS:
        raise Wrong("sent-too-often", len(sent))
    if end._framer.unread > MOST_HELD:
        raise Wrong("memory-of-the-stream", end._framer.unread)
    take(end.receive_eof(NOW))
    gist.append(("left", len(end.unfinished), end.late_answers, end.offset_s))
    return gist


def _outcome(case: Case, outcome: Outcome, data: bytes, sent: list[bytes]) -> None:
    """Nobody but the receiver ends a message, and only with a right answer to this one."""
    if not outcome.answer:
        if outcome.kind is not OutcomeKind.GAVE_UP:
            raise Wrong("outcome-without-answer", outcome)
        return
    spec = case.panel
    assert spec is not None
    found = [frame for frame in reference.frames(data) if frame.raw == outcome.answer]
    if not found:
        raise Wrong("outcome-of-no-frame", outcome)
    match = re.match(rb'"(\*?)([A-Za-z-]+)"([0-9A-Fa-f]{4})', found[0].body)
    if match is None:
        raise Wrong("outcome-of-no-answer", outcome)
    star, token, sequence = match.groups()
    if outcome.kind is OutcomeKind.GAVE_UP:
        if token not in (b"NAK", b"DUH"):
            raise Wrong("gave-up-over", outcome)
        return
    wanted = (b"ACK", b"RSP") if outcome.kind is OutcomeKind.ACCEPTED else (b"DUH",)
    if token not in wanted:
        raise Wrong("outcome-of-another-token", outcome)
    mine = re.match(rb'"[^"]*"([0-9A-Fa-f]{4})', reference.frames(sent[0])[0].body)
    assert mine is not None
    if sequence.upper() != mine[1].upper():
        raise Wrong("outcome-of-another-number", outcome)
    head = found[0].body.partition(b"[")[0].decode("latin-1").upper()
    # An account of zeros is matched by none at all, which is harmless: nobody enters one.
    named = spec.quirks.header_account and spec.account.strip("0")
    if named and not re.search(rf"#0*{re.escape(spec.account.upper().lstrip('0'))}$", head):
        raise Wrong("outcome-of-another-account", outcome)
    if outcome.kind is OutcomeKind.ACCEPTED and spec.key:
        secret = found[0].cipher
        if not star or secret is None:
            raise Wrong("accepted-in-the-clear", outcome)
        key = bytes.fromhex(spec.key)
        if not re.search(rb"_\d\d:\d\d:\d\d,\d\d-\d\d-\d{4}", reference.decrypt(key, secret)) and token == b"ACK":
            raise Wrong("accepted-under-another-key", outcome)
