"""A source that does not say which wrapper its blocks have: the first bytes tell."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.ends import Limits, ReceivingEnd, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Noise, Verdict
from protocols.sia import WIRE
from protocols.sia.choosing import ChoosingEnd
from protocols.sia.receiving import SIAReceivingEnd
from protocols.sia.texecom import TexecomReceivingEnd
from protocols.wire import Likeness
from tests.protocols.sia_support import ACK, NOW, later, said, stranger

POLL = b"POLL1234#\x00\x00\x00\x00\r\n"
CONTACT_ID = b"21234181131010158\r\n"
BLOCKS = b"3" + said("#1234", reverse=True) + said("NBA1", reverse=True) + b"\r\n"


def make(edge: str = "", transport: str = "tcp") -> ReceivingEnd:
    source = Source("sia", "sia", "192.0.2.7:41122", "192.0.2.7", transport)
    return WIRE.receiving(source, stranger, options=SourceOptions(edge=edge), limits=Limits(), first=1 << 20)


def decided(end: ReceivingEnd, items: object) -> list[Arrival]:
    assert isinstance(items, list | tuple)
    arrivals = [item for item in items if isinstance(item, Arrival)]
    for one in arrivals:
        end.decide(one, Verdict.ALIVE if one.kind is ArrivalKind.LINK_TEST else Verdict.STORED, NOW)
    return arrivals


def test_the_edge_says_which_end_it_is() -> None:
    assert isinstance(make(), ChoosingEnd)
    assert isinstance(make("", "serial"), SIAReceivingEnd)
    for edge in WIRE.edges:
        assert isinstance(make(edge), TexecomReceivingEnd if edge == "texecom" else SIAReceivingEnd)


@pytest.mark.parametrize(
    ("stream", "answers"),
    [
        (POLL, b"[P]\x00\x01\x06\r\n"),
        (CONTACT_ID, b"2\x06\r\n"),
        (BLOCKS, b"3\x06\r\n"),
        (said("#1234") + said("NBA1"), ACK * 2),
        (b"F#1234\r\n", b"P#1234\r\n"),
    ],
)
def test_both_are_answered_whole_and_byte_by_byte(stream: bytes, answers: bytes) -> None:
    for pieces in ([stream], [bytes((byte,)) for byte in stream]):
        end = make()
        out, seen = b"", []
        for piece in pieces:
            seen += decided(end, end.receive(piece, NOW))
            out += end.data_to_send()
        assert out == answers
        assert [end.answer(one) for one in seen]
        assert WIRE.recognise(stream, False) is Likeness.SURE


def test_what_is_cut_short_is_told_after_a_pause_or_at_the_end() -> None:
    for finish in ("expire", "eof"):
        end = make()
        assert end.next_timeout() is None
        assert list(end.receive(b"POLL12", NOW)) == []
        assert end.next_timeout() == NOW.mono + 1.0
        assert list(end.expire(NOW)) == []
        items = [*end.expire(later(1))] if finish == "expire" else [*end.receive_eof(NOW)]
        while (due := end.next_timeout()) is not None:
            items += end.expire(later(due - NOW.mono))
        assert b"".join(item.raw for item in items if isinstance(item, Noise)) == b"POLL12"
        assert end.closing is (finish == "eof")


def test_a_connection_that_says_nothing_is_over_at_its_end() -> None:
    end = make()
    assert list(end.receive_eof(NOW)) == []
    assert end.closing
    assert not end.held


def test_an_encrypted_session_is_closed() -> None:
    end = make()
    (noise,) = end.receive(b"\x05\x01\x81", NOW)
    assert isinstance(noise, Noise)
    assert (noise.guess, end.closing) == ("sia.encrypted", True)


BEGINNINGS = st.sampled_from(
    [b"", POLL, CONTACT_ID, BLOCKS, POLL[:7], BLOCKS[:5], said("#1234"), b"\x05", b"3", b"+++"]
)


@given(BEGINNINGS, st.binary(max_size=60), st.lists(st.integers(0, 100), max_size=4))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise_and_all_is_settled_at_the_end(beginning: bytes, more: bytes, cuts: list[int]) -> None:
    end, data = make(), beginning + more
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    for start, stop in pairwise(places):
        decided(end, end.receive(data[start:stop], NOW))
        decided(end, end.expire(later(0.5)))
    decided(end, end.receive_eof(NOW))
    for _ in range(50):
        if not end.held:
            break
        decided(end, end.receive(b"", NOW))
    assert end.undecided == 0
    assert end.closing
