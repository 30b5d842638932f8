"""The feed when the station is slow, odd, silent or says no: over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.tui.raw_station import Connection, event, raw_station, until
from tui.feed import Feed
from tui.feeding import journal as journal_stream
from tui.feeding import stream as any_stream
from tui.link import HttpLink, parse_address
from tui.state.health import Connection as Standing
from tui.state.model import Alarm
from tui.state.names import Site
from tui.state.search import Query
from tui.state.station import StationState
from tui.telling import Teller

HELLO = {"name": "raw", "now": "2026-11-22T14:43:06.123Z", "last_id": 10, "from": 10}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in a test."""
    monkeypatch.setattr(any_stream, "RETRY_S", 0.02)
    monkeypatch.setattr(journal_stream, "PAUSE_S", 0.0)


def entry(number: int) -> dict[str, Any]:
    """A signal."""
    return {"id": number, "arrival": number, "kind": "signal", "priority": 4, "received_at": "2026-11-22T14:43:06.123Z"}


class Station:
    """Answers everything; what its streams say after hello is up to the test."""

    def __init__(self) -> None:
        self.last_id = 10
        # Of the newest connection.
        self.events: asyncio.Queue[bytes] = asyncio.Queue()
        self.alarms: asyncio.Queue[bytes] = asyncio.Queue()
        self.refuse: dict[str, str] = {}
        """Path to the status that refuses it."""
        self.snapshots: list[Any] = []
        """What the next snapshots say; then none open."""

    async def __call__(self, one: Connection) -> None:
        url = urlsplit(one.request.split(" ", 1)[1])
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if status := self.refuse.get(url.path):
            await one.answer({"error": f"no {url.path}"}, status)
        elif url.path == "/v1/events":
            events = self.events = asyncio.Queue()
            await one.begin()
            await one.event("hello", HELLO | {"last_id": self.last_id, "from": int(asked.get("since", self.last_id))})
            while True:
                await one.chunk(await events.get())
        elif url.path == "/v1/alarms/events":
            changes = self.alarms = asyncio.Queue()
            await one.begin()
            await one.event("hello", HELLO | {"last_id": self.last_id})
            alarms = self.snapshots.pop(0) if self.snapshots else []
            await one.event("snapshot", {"last_id": self.last_id, "alarms": alarms})
            while True:
                await one.chunk(await changes.get())
        elif url.path == "/v1/entries":
            if "latest" in asked:
                first, last = self.last_id - int(asked["latest"]) + 1, self.last_id
            else:
                first, last = int(asked["since"]) + 1, min(int(asked["until"]), self.last_id)
            page = [entry(number) for number in range(max(1, first), last + 1)][:1000]
            await one.answer({"entries": page, "next": None, "last_id": self.last_id})
        elif url.path == "/v1/accounts":
            await one.answer({"accounts": []})
        else:
            await one.answer({"error": "there is no such call"}, "404 Not Found")


@asynccontextmanager
async def fed(folder: Path, station: Station, silence_s: float = 16.0) -> AsyncIterator[tuple[Feed, StationState]]:
    """A feed on that station."""
    async with raw_station(folder, station) as raw:
        state = StationState(asyncio.get_running_loop().time())
        feed = Feed(HttpLink(parse_address(str(raw.path)), silence_s, (0.01,)), state)
        feed.start()
        try:
            yield feed, state
        finally:
            await feed.stop()


def run(folder: Path, test: Callable[[Station, Feed, StationState], Awaitable[None]], **more: Any) -> None:
    """Run a test with a feed that has its journal."""

    async def main() -> None:
        station = Station()
        async with fed(folder, station, **more) as (feed, state):
            await until(lambda: state.journal.newest == 10 and state.health.state is Standing.UP, "the start")
            await test(station, feed, state)

    asyncio.run(main())


def ids(state: StationState) -> list[int]:
    """Of the journal's rows, gaps negative."""
    rows = [state.journal.at(index) for index in range(len(state.journal))]
    return [-row.id if row.kind == "gap" else row.id for row in rows]


def test_a_small_gap_is_fetched_in_pages_while_the_stream_goes_on(tmp_path: Path) -> None:
    """Nothing is left out; until it is fetched the console knows that it is behind."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        seen: list[int] = []
        state.on_change = lambda: seen.append(state.health.behind)
        station.last_id = 3011
        await station.events.put(event("behind", {"from": 11, "to": 3010}) + event("entry", entry(3011)))
        await until(lambda: state.take_changed() and ids(state) == list(range(1, 3012)), "the gap")
        assert max(seen) >= 1000
        assert state.health.behind == 0

    run(tmp_path, test)


def test_a_large_gap_stays_one_but_for_its_newest_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is to be seen where it is, with how many are missing; and nobody waits for it."""
    monkeypatch.setattr(journal_stream, "FILL_MAX", 100)
    monkeypatch.setattr(journal_stream, "START", 20)

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        station.last_id = 1000
        await station.events.put(event("behind", {"from": 11, "to": 1000}))
        await until(lambda: ids(state) == [*range(1, 11), -11, *range(981, 1001)], "its end")
        assert state.journal.at(10).count == 970
        await until(lambda: state.health.behind == 0, "no lag")

    run(tmp_path, test)


def test_an_entry_that_cannot_be_read_is_a_gap_of_one(tmp_path: Path) -> None:
    """It is never passed over in silence, and what follows is shown."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        odd = entry(11) | {"priority": "high"}
        await station.events.put(event("entry", odd) + event("entry", entry(12)))
        await until(lambda: ids(state) == [*range(1, 11), -11, 12], "the next entry")
        assert state.health.state is Standing.UP

    run(tmp_path, test)


def test_events_that_are_no_json_begin_the_stream_anew(tmp_path: Path) -> None:
    """From where it was."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        station.last_id = 11
        await station.events.put(event("entry", entry(11)) + b"event: entry\ndata: {broken\n\n")
        await until(lambda: state.health.state is Standing.DOWN, "the break")
        assert state.health.why == "tail.broken-off"
        await until(lambda: state.health.state is Standing.UP, "the stream again")
        await station.events.put(event("entry", entry(12)))
        await until(lambda: ids(state) == list(range(1, 13)), "all entries")

    run(tmp_path, test)


def test_an_alarm_that_cannot_be_read_is_fetched_with_all_others(tmp_path: Path) -> None:
    """It could be the one that matters: the snapshot has it."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        station.snapshots = [[{"id": 7, "priority": 1, "ringing": True}]]
        await station.alarms.put(event("alarm", {"id": "seven"}))
        await until(lambda: state.alarms.urgent() == Alarm(id=7, priority=1, ringing=True), "the alarm")
        assert state.health.state is Standing.UP

    run(tmp_path, test)


def test_one_alarm_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    """It stands there by its number, as urgent as can be."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        odd = {"id": 8, "priority": "high", "account": "1234"}
        station.snapshots = [[{"id": 7, "priority": 2, "ringing": True}, odd]]
        await station.alarms.put(event("alarm", {"id": "seven"}))
        await until(lambda: len(state.alarms) == 2, "both alarms")
        assert state.health.state is Standing.UP
        urgent = state.alarms.urgent()
        assert urgent is not None
        assert (urgent.id, urgent.kind) == (8, "unread")
        await station.alarms.put(event("alarm", odd | {"id": 9}))
        await until(lambda: state.alarms.get(9), "the next one")

    run(tmp_path, test)


def test_while_the_snapshot_cannot_be_read_there_is_no_connection(tmp_path: Path) -> None:
    """What stands on the screen is not known to be true."""

    async def main() -> None:
        station = Station()
        station.snapshots = [[{"id": "x"}]] * 1000
        async with fed(tmp_path, station) as (_, state):
            await until(lambda: state.health.why == "tail.broken-off", "the reason")
            assert state.health.state is Standing.DOWN
            station.snapshots = []
            await until(lambda: state.health.state is Standing.UP, "a snapshot that can be read")

    asyncio.run(main())


def test_a_refusal_is_told_and_tried_again(tmp_path: Path) -> None:
    """With the station's own words."""

    async def main() -> None:
        station = Station()
        station.refuse["/v1/alarms/events"] = "403 Forbidden"
        async with fed(tmp_path, station) as (_, state):
            await until(lambda: state.health.why == "link.refused", "the refusal")
            assert state.health.values == {"error": "no /v1/alarms/events"}
            station.refuse.clear()
            await until(lambda: state.health.state is Standing.UP, "the station")

    asyncio.run(main())


def test_a_frozen_station_is_no_connection(tmp_path: Path) -> None:
    """Its sockets stand open and nothing comes; the rows stay, and the age of the contact rises."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        # Heartbeats until here would have kept it up.
        await until(lambda: state.health.state is Standing.DOWN, "no connection")
        assert state.health.why == "tail.silent"
        assert ids(state) == list(range(1, 11))

    run(tmp_path, test, silence_s=0.5)


def test_heartbeats_move_the_clock_and_tell_what_is_missing(tmp_path: Path) -> None:
    """Of either stream."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        await station.alarms.put(event("clock", {"now": "2026-11-22T15:00:00.000Z", "last_id": 17}))
        await until(lambda: state.health.behind == 7, "seven entries missing")
        now = state.health.station_now(feed._clock())
        assert now is not None
        assert now.hour == 15
        for number in range(11, 14):
            await station.events.put(event("entry", entry(number)))
        await until(lambda: state.journal.newest == 13, "some of them")
        assert state.health.behind == 4
        for number in range(14, 18):
            await station.events.put(event("entry", entry(number)))
        await until(lambda: state.health.behind == 0, "none missing")

    run(tmp_path, test)


def test_a_heartbeat_does_not_hide_a_gap_that_cannot_be_fetched(tmp_path: Path) -> None:
    """It is tried again with the stream's next heartbeat; till then the console is behind."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        station.refuse["/v1/entries"] = "503 Service Unavailable"
        station.last_id = 30
        await station.events.put(event("behind", {"from": 11, "to": 30}))
        await until(lambda: state.health.behind == 20, "the gap")
        await station.alarms.put(event("clock", {"now": "2026-11-22T15:00:00.000Z", "last_id": 30}))
        await until(lambda: "15:00" in str(state.health.station_now(0.0)), "the clock")
        assert state.health.behind == 20
        station.refuse.clear()
        await station.events.put(event("clock", {"now": "2026-11-22T15:00:05.000Z", "last_id": 30}))
        await until(lambda: ids(state) == list(range(1, 31)) and state.health.behind == 0, "the gap filled")

    run(tmp_path, test)


def test_trouble_is_told_and_its_end(tmp_path: Path) -> None:
    """Nothing is acknowledged meanwhile: no screen may hide it."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        health = state.health
        trouble = event("trouble", {"since": "2026-11-22T14:43:06.123Z", "error": "disk full"})
        await station.events.put(
            trouble + event("stalled", {"stalled": True}) + event("rates", {"messages_per_s": 2.5})
        )
        await until(lambda: state.status.get("rates") == {"messages_per_s": 2.5}, "the rates")
        assert (health.trouble, health.trouble_since, health.stalled) == ("disk full", "2026-11-22T14:43:06.123Z", True)
        await station.events.put(event("trouble", {"since": None, "error": ""}) + event("stalled", {"stalled": False}))
        await until(lambda: not health.trouble and not health.stalled, "the end of it")

    run(tmp_path, test)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ({"since": 5, "error": ["no", "space"]}, "['no', 'space']"),
        ({"since": "yesterday", "error": None}, "?"),
        ({"since": {"at": 1}, "error": "disk full", "more": 1}, "disk full"),
        ({"since": None, "error": "over"}, ""),
        ({}, ""),
    ],
)
def test_trouble_in_an_odd_shape_is_still_trouble(tmp_path: Path, trouble: dict[str, object], told: str) -> None:
    """Of a station of another version: the streams go on, and the words can be shown."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        await station.events.put(event("trouble", trouble) + event("rates", {"messages_per_s": 2.5}))
        await until(lambda: state.status.get("rates") == {"messages_per_s": 2.5}, "the rates")
        assert state.health.trouble == told
        assert state.health.state is Standing.UP
        assert isinstance(Teller("en", "UTC", state.names).time(state.health.trouble_since), str)

    run(tmp_path, test)


@pytest.mark.parametrize("trouble", [None, [], "disk full", 7])
def test_trouble_that_is_no_object_begins_the_stream_anew(tmp_path: Path, trouble: object) -> None:
    async def test(station: Station, feed: Feed, state: StationState) -> None:
        before = station.events
        await station.events.put(event("trouble", trouble))
        await until(lambda: station.events is not before and state.health.state is Standing.UP, "the new stream")
        assert state.health.faults(asyncio.get_running_loop().time()) == {}

    run(tmp_path, test)


def test_a_station_that_knows_no_zones_is_not_asked_again(tmp_path: Path) -> None:
    """Numbers without names will do."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        state.names.set_sites({"1": Site(), "2": Site()}, "en")
        assert state.names.zone("1", "5") == ""
        await until(lambda: feed._polls._no_zones, "the answer")
        assert state.names.zone("2", "5") == ""
        assert (await feed.search(Query(q="fire"))).error == "this station cannot search its journal"
        assert await feed.recent("1", 3) == []

    run(tmp_path, test)


def test_a_storm_is_handed_on_in_batches_and_an_alarm_at_once(tmp_path: Path) -> None:
    """The screen is woken for an alarm before the entries beside it."""

    async def test(station: Station, feed: Feed, state: StationState) -> None:
        state.take_changed()
        wakes: list[int] = []
        state.on_change = lambda: wakes.append(len(state.journal))
        await station.events.put(b"".join(event("entry", entry(number)) for number in range(11, 511)))
        await until(lambda: len(feed._journal._batch) > 0, "the first of them here")
        held = state.journal.newest
        await station.alarms.put(event("alarm", {"id": 11, "priority": 1, "ringing": True}))
        await until(lambda: state.alarms.urgent(), "the alarm")
        await until(lambda: state.journal.newest == 510, "the entries")
        assert held == 10
        assert len(wakes) == 1

    run(tmp_path, test)
