"""The live stream: a ring, and readers that are cursors into it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.journal.entry import Body, Entry, EntryKind, encode_body
from receiver.stream import Stream, StreamReader


def entry(number: int, kind: EntryKind = EntryKind.SIGNAL, account: str = "1234") -> Entry:
    body = Body(kind=kind, node="n", received_at="2026-01-01T00:00:00.000Z", account=account, text=f"№{number}")
    return Entry(number, number, body, encode_body(body))


def entries(first: int, last: int) -> list[Entry]:
    return [entry(number) for number in range(first, last + 1)]


def parse(data: bytes) -> list[tuple[str, Any, str | None]]:
    """Events as (name, data, id)."""
    found = []
    for block in data.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((fields["event"], json.loads(fields["data"]), fields.get("id")))
    return found


def drain(reader: StreamReader) -> list[tuple[str, Any, str | None]]:
    found = []
    while data := reader.pull():
        found += parse(data)
    return found


def ids(reader: StreamReader) -> list[int]:
    return [data["id"] for name, data, _ in drain(reader) if name == "entry"]


def nothing() -> None:
    """A reader that pulls by itself."""


def test_an_entry_is_sent_with_its_id_in_front_of_its_stored_bytes() -> None:
    """The body goes out as it was stored, id and arrival spliced in front."""
    stream = Stream()
    reader = stream.join(nothing)
    one = entry(7)
    stream.publish([one])
    data = reader.pull()
    assert data == b'id: 7\nevent: entry\ndata: {"id":7,"arrival":7,' + one.data[1:] + b"\n\n"
    assert reader.pull() == b""


def test_all_readers_share_the_bytes_of_an_entry() -> None:
    """An entry is encoded once, however many read."""
    stream = Stream()
    stream.publish(entries(1, 1))
    assert stream.frame(0) is stream.frame(0)


def test_nothing_is_encoded_while_nobody_reads() -> None:
    """Without a reader publishing only keeps the entries."""
    stream = Stream()
    stream.publish(entries(1, 50))
    assert list(stream._frames) == [None] * 50


def test_a_batch_is_one_write() -> None:
    """A reader is woken once a batch, and one pull has all of it."""
    stream = Stream()
    woken: list[bytes] = []
    reader = stream.join(lambda: woken.append(reader.pull()))
    stream.publish(entries(1, 20))
    assert len(woken) == 1
    assert len(parse(woken[0])) == 20


def test_a_reader_that_fell_out_of_the_ring_is_told_once_and_goes_on_at_the_head() -> None:
    """The gap is named by its first and last missing id."""
    stream = Stream(ring=10)
    reader = stream.join(nothing)
    stream.publish(entries(1, 3))
    assert ids(reader) == [1, 2, 3]
    stream.publish(entries(4, 20))
    assert [(name, data) for name, data, _ in drain(reader)] == [("behind", {"from": 4, "to": 20})]
    stream.publish(entries(21, 22))
    assert ids(reader) == [21, 22]


def test_a_reader_that_lags_within_the_ring_misses_nothing() -> None:
    """The ring is full, and the reader's place is its first entry."""
    stream = Stream(ring=10)
    reader = stream.join(nothing)
    stream.publish(entries(1, 4))
    stream.publish(entries(5, 10))
    assert ids(reader) == list(range(1, 11))


def test_a_reader_comes_back_where_it_left() -> None:
    """Last-Event-ID in the ring: what comes after it follows."""
    stream = Stream(ring=10, last_id=100)
    stream.publish(entries(101, 105))
    assert ids(stream.join(nothing, since=103)) == [104, 105]
    assert ids(stream.join(nothing, since=105)) == []
    assert ids(stream.join(nothing, since=100)) == list(range(101, 106))


def test_a_reader_with_an_old_id_is_behind() -> None:
    """Last-Event-ID before the ring: one event names the gap."""
    stream = Stream(ring=10, last_id=100)
    stream.publish(entries(101, 105))
    assert drain(stream.join(nothing, since=40)) == [("behind", {"from": 41, "to": 105}, None)]


def test_an_id_of_another_journal_begins_at_the_head() -> None:
    """An id above the newest says nothing about this journal."""
    stream = Stream(last_id=100)
    stream.publish(entries(101, 105))
    reader = stream.join(nothing, since=4000)
    assert reader.last == 105
    stream.publish([entry(106)])
    assert ids(reader) == [106]


def test_a_reader_of_before_the_first_entry_learns_what_it_missed() -> None:
    """The station has not published anything yet: only its first entry tells where the journal stood."""
    stream = Stream()
    late, exact, live = stream.join(nothing, since=80), stream.join(nothing, since=100), stream.join(nothing)
    stream.publish(entries(101, 101))
    assert drain(late) == [("behind", {"from": 81, "to": 101}, None)]
    assert ids(exact) == [101]
    assert ids(live) == [101]


def test_kinds_and_accounts_are_chosen_by_each_reader() -> None:
    """What is left out is passed over; nobody is behind for it."""
    stream = Stream(ring=4)
    alone = stream.join(nothing, kinds=["security"])
    school = stream.join(nothing, account="77")
    stream.publish([entry(1), entry(2, EntryKind.SECURITY), entry(3, account="77")])
    assert ids(alone) == [2]
    assert ids(school) == [3]
    stream.publish([entry(4), entry(5)])
    assert drain(alone) == []
    stream.publish([entry(6), entry(7), entry(8, EntryKind.SECURITY)])
    assert ids(alone) == [8]


def test_of_each_told_name_only_the_newest_waits() -> None:
    """States without an id do not pile up for a reader that takes nothing."""
    stream = Stream()
    reader = stream.join(nothing)
    for number in range(100):
        stream.tell("rates", {"n": number})
    stream.tell("trouble", {"error": "disk full"})
    assert [(name, data) for name, data, _ in drain(reader)] == [
        ("rates", {"n": 99}),
        ("trouble", {"error": "disk full"}),
    ]


def test_a_new_reader_is_told_the_state_of_now() -> None:
    """Trouble that began before the reader came is told; the heartbeat of before is not."""
    stream = Stream()
    stream.tell("trouble", {"error": "disk full"})
    stream.tell("clock", {"now": "then"}, keep=False)
    assert [name for name, _, _ in drain(stream.join(nothing))] == ["trouble"]


def test_the_number_of_readers_is_told_when_it_changes() -> None:
    """Readers of other streams count too."""
    stream = Stream()
    counts: list[int] = []
    stream.on_readers = counts.append
    reader = stream.join(nothing)
    stream.count_other(1)
    reader.close()
    reader.close()
    stream.count_other(-1)
    assert counts == [1, 2, 1, 0]
    assert stream.readers == 0


def test_a_reader_that_breaks_does_not_disturb_the_others() -> None:
    """It is let go; the batch reaches everybody else."""
    stream = Stream()

    def fail() -> None:
        raise RuntimeError("broken")

    stream.join(fail)
    reader = stream.join(nothing)
    stream.publish(entries(1, 1))
    assert ids(reader) == [1]
    assert stream.readers == 1


@pytest.mark.parametrize("ring", [1, 3, 50])
@settings(deadline=None, max_examples=60)
@given(steps=st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=30))
def test_what_is_sent_and_what_is_named_as_missing_is_everything(ring: int, steps: list[tuple[int, bool]]) -> None:
    """Whenever it reads: ids rise, none comes twice, and each published one is sent or inside a gap."""
    stream = Stream(ring=ring)
    reader = stream.join(nothing)
    last = 0
    seen: list[int] = []
    for size, reads in [*steps, (0, True)]:
        stream.publish(entries(last + 1, last + size))
        last += size
        if reads:
            for name, data, _ in drain(reader):
                seen += [data["id"]] if name == "entry" else range(data["from"], data["to"] + 1)
    assert seen == list(range(1, last + 1))
