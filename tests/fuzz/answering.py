"""What must hold of the answer to one arrival."""

from __future__ import annotations

import re

from protocols.model import Arrival, ArrivalKind, Protection, Verdict
from tests.fuzz import reference
from tests.fuzz.case import Case, Wrong
from tests.fuzz.feeding import Seen

_ACKNOWLEDGED = (Verdict.STORED, Verdict.ALIVE, Verdict.DUPLICATE)
_MOST_ECHOED = 4000
"""Bytes of a body up to which its answer certainly fits into a frame."""


def check(case: Case, found: reference.Found, seen: Seen) -> None:
    """One right answer where one is due, none where none is; echoed byte for byte, in the form of the message."""
    item, data = seen.item, seen.answer
    assert isinstance(item, Arrival)
    if not data:
        due = item.kind not in (ArrivalKind.ANSWER, ArrivalKind.MALFORMED) and item.protection is not Protection.FAILED
        if due and case.verdict in _ACKNOWLEDGED and found.echo is not None and len(found.body) < _MOST_ECHOED:
            raise Wrong("no-answer", item)
        return
    if item.kind is ArrivalKind.ANSWER or case.verdict in (Verdict.REFUSED, Verdict.NOT_STORED):
        raise Wrong("answered", (item, data))
    answers = reference.frames(data)
    if len(answers) != 1 or answers[0].raw != data or answers[0].counts_cr or answers[0].binary != found.binary:
        raise Wrong("answer-form", (item, data))
    body = answers[0].body
    if case.verdict is Verdict.STALE:
        if re.fullmatch(rb'"NAK"0000R0L0A0\[\]_\d\d:\d\d:\d\d,\d\d-\d\d-\d{4}', body) is None:
            raise Wrong("nak", data)
        return
    quote = found.body.find(b'"', 1)
    after = found.body[quote + 1 :]
    name, echo, rest = _taken_apart(body)
    if not (echo == found.echo or (item.kind is ArrivalKind.MALFORMED and after.startswith(echo))):
        raise Wrong("echo", (item, data))
    if case.verdict not in _ACKNOWLEDGED:
        if (name, rest) != (b'"DUH"', b"]"):
            raise Wrong("duh", data)
        return
    token, said = _said(case, item, name)
    if item.protection is Protection.NONE:
        if name != b'"%b"' % token or re.fullmatch(said + rb"(?:_[0-9:,-]{19})?", rest) is None:
            raise Wrong("ack", (item, data))
        return
    if item.protection is Protection.FAILED or name != b'"*%b"' % token:
        raise Wrong("encrypted-ack", data)
    key = bytes.fromhex(case.keys[int(item.key_owner.removeprefix("key "))])
    plain = reference.decrypt(key, answers[0].cipher or bytes(16))
    if re.fullmatch(rb"p{1,31}\|?" + said + rb"_[0-9:,-]{19}", plain) is None:
        raise Wrong("encrypted-ack-content", (item, plain))


def _said(case: Case, item: Arrival, name: bytes) -> tuple[bytes, bytes]:
    """The token of an acknowledgement, and what it says up to the time stamp, as an expression."""
    if case.response is None or (b"ACK" in name and len(case.response) > 1000):
        return b"ACK", rb"\]"
    content = f"#{item.account or item.inner}|{case.response}][P1]"
    return b"RSP", re.escape(content.encode())


def _taken_apart(body: bytes) -> tuple[bytes, bytes, bytes]:
    """Token with its quotes, echo, what follows the bracket."""
    quote = body.find(b'"', 1)
    head, _, rest = body.partition(b"[")
    return head[: quote + 1], head[quote + 1 :], rest
