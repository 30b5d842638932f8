"""A message without an event that says something: kept as unread, with what it says."""

from __future__ import annotations

import msgspec
import pytest

from protocols.ends import Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Moment
from protocols.sia import SIAReceivingEnd
from protocols.sia.blocks import Block, build
from receiver.intake.bodies import bodies_of
from receiver.journal.entry import Body, EntryKind

NOW = Moment(1_800_000_000.0, 0.0)


def body_of(function: str, data: bytes) -> Body:
    """The entry of a block behind an account block."""
    source = Source("sia", "sia", "192.0.2.7:1", "192.0.2.7")
    end = SIAReceivingEnd(source, lambda *_: Dialect(), first=1, options=SourceOptions())
    (arrival,) = end.receive(build(Block("#", b"1234")) + build(Block(function, data)), NOW)
    assert isinstance(arrival, Arrival)
    assert arrival.kind is ArrivalKind.OPAQUE
    (body,) = bodies_of(
        arrival,
        arrival.identity,
        node="a",
        adapter="sia",
        peer=source.peer,
        now=NOW,
        header=None,
        find=lambda *_: None,
        repeat=False,
    )
    return body


def test_a_lone_text_is_kept_as_unread_with_its_text() -> None:
    body = body_of("A", b"Smoke in hall")
    assert (body.kind, body.account, body.text, body.token) == (EntryKind.UNREAD, "1234", "Smoke in hall", "A")
    assert (body.scheme, body.code, body.qualifier, body.category, body.priority) == ("", "", "", "", 0)


def test_a_command_is_kept_as_unread_and_is_no_signal() -> None:
    body = body_of("C", b"SA1*1")
    assert (body.kind, body.code, body.details) == (EntryKind.UNREAD, "", {"control": ["SA1*1"]})


@pytest.mark.parametrize(
    ("function", "priority"),
    [("C", 4), ("P", 4), ("X", 4), ("@", 4), ("?", 4), ("A", 0), ("L", 0), ("V", 0), ("I", 0), ("3", 0), ("Z", 0)],
)
def test_what_cannot_be_an_alarm_has_a_low_priority(function: str, priority: int) -> None:
    """What may be one has none, and rings."""
    assert body_of(function, b"12" if function != "3" else b"").priority == priority


def test_a_remote_code_is_in_no_entry() -> None:
    """Neither as it came, nor as a digest that a few million attempts would open."""
    one, other = body_of("?", b"543210"), body_of("?", b"012345")
    assert "543210" not in msgspec.json.encode(one).decode()
    assert one.details == {"login": ["******"]}
    assert one.raw.endswith(build(Block("?", b"******")).decode("latin-1"))
    assert (one.content, one.raw) == (other.content, other.raw)
