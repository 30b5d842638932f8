"""A panel's end of the wire: frames in pieces, and messages that have a number already."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from panels.faults import Faults
from panels.wire import GAP_S, PanelEnd
from protocols.dc09 import SendingEnd
from protocols.ends import Ticket
from protocols.model import Moment, Qualifier, Scheme, Signal
from receiver.adapters.counters import MemoryCounters

PANIC = Signal(account="1234", scheme=Scheme.CONTACT_ID, code="120", qualifier=Qualifier.NEW)


def end(**faults: int) -> PanelEnd:
    """Of panel 1234."""
    return PanelEnd(SendingEnd(account="1234", counters=MemoryCounters(), counter=""), Faults(**faults))


@given(pieces=st.integers(1, 100))
def test_pieces_leave_one_by_one_and_make_the_frame(pieces: int) -> None:
    """A gap apart, none empty, as many as asked for or as there are bytes."""
    whole = end()
    whole.submit(PANIC, Moment(0.0, 0.0))
    frame = whole.data_to_send()
    its = end(pieces=pieces)
    its.submit(PANIC, Moment(0.0, 0.0))
    sent = [its.data_to_send()]
    mono = 0.0
    while (due := its.next_timeout()) is not None and due < 5:
        assert its.data_to_send() == b""
        assert due - mono <= GAP_S * 1.001
        mono = due
        its.expire(Moment(mono, mono))
        sent.append(its.data_to_send())
    assert b"".join(sent) == frame
    assert all(sent)
    assert len(sent) <= pieces
    assert len(sent) >= min(pieces, len(frame)) / 2


def test_pieces_are_forgotten_with_the_connection() -> None:
    """The next one begins with a whole frame."""
    its = end(pieces=3)
    its.submit(PANIC, Moment(0.0, 0.0))
    first = its.data_to_send()
    its.disconnected(Moment(0.0, 0.0))
    assert its.next_timeout() is None
    its.connected(Moment(1.0, 1.0))
    assert its.data_to_send().startswith(b"\n")
    assert first.startswith(b"\n")


def test_a_message_that_has_a_number_keeps_it() -> None:
    """Whatever the counter of this end says."""
    its = end()
    ticket = its.submit(PANIC, Moment(0.0, 0.0), Ticket(PANIC, 4711))
    assert ticket.sequence == 4711
    assert b'"ADM-CID"4711' in its.data_to_send()
