"""A station whose alarms nobody reads says so, once, and says when it is over."""

from __future__ import annotations

from protocols.model import Moment
from receiver.watch import BACK, NONE, ReaderWatch


def at(mono: float) -> Moment:
    """A moment of the monotonic clock."""
    return Moment(1e9 + mono, mono)


def test_without_a_reader_for_the_grace_it_is_told_once() -> None:
    """From the start on."""
    watch = ReaderWatch(at(0))
    assert watch.next_deadline() == 30
    assert watch.expire(at(29.9)) is None
    assert watch.expire(at(30)) == NONE
    assert watch.next_deadline() is None
    assert watch.expire(at(99)) is None
    assert watch.readers(0, at(99)) is None
    assert watch.next_deadline() is None


def test_a_reader_that_comes_back_is_told_only_if_its_absence_was() -> None:
    """A console that reconnects within the grace is no event."""
    watch = ReaderWatch(at(0))
    assert watch.readers(1, at(1)) is None
    assert watch.next_deadline() is None
    assert watch.readers(0, at(10)) is None
    assert watch.readers(2, at(39)) is None
    assert watch.readers(0, at(50)) is None
    assert watch.expire(at(80)) == NONE
    assert watch.readers(1, at(90)) == BACK
    assert watch.readers(2, at(91)) is None
    assert watch.readers(0, at(92)) is None
    assert watch.expire(at(122)) == NONE
