"""The feed against a real station in this process: journal, desk, streams, accounts and socket are the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from protocols.ends import Source
from receiver.journal.entry import Body, EntryKind
from tests.receiver.api_station import SmallStation, signal
from tests.tui.raw_station import until
from tui.feed import Feed
from tui.feeding import journal as journal_stream
from tui.link import HttpLink, parse_address
from tui.state.health import Connection
from tui.state.model import Alarm
from tui.state.search import Found, Query
from tui.state.station import StationState


@pytest.fixture
def station(tmp_path: Path) -> Iterator[SmallStation]:
    with SmallStation(tmp_path) as running:
        yield running


@asynccontextmanager
async def following(path: Path, **more: Any) -> AsyncIterator[tuple[Feed, StationState]]:
    """A feed on a socket, and its state."""
    state = StationState(asyncio.get_running_loop().time())
    feed = Feed(HttpLink(parse_address(str(path)), retry_s=(0.01,)), state, **more)
    feed.start()
    try:
        yield feed, state
    finally:
        await feed.stop()


def with_station(station: SmallStation, test: Callable[[Feed, StationState], Awaitable[None]], **more: Any) -> None:
    """Run a test with a feed that is up."""

    async def run() -> None:
        async with following(station.settings.socket, **more) as (feed, state):
            await until(lambda: state.health.state is Connection.UP, "both streams")
            await test(feed, state)

    asyncio.run(run())


async def stored(station: SmallStation, *bodies: Any) -> int:
    """Journal entries without holding up this event loop."""
    return await asyncio.to_thread(station.store, *bodies)


def happened(code: str) -> Body:
    """An event of the station's own."""
    return Body(kind=EntryKind.STATION, node="n1", received_at="2026-11-22T14:43:06.123Z", code=code)


async def started(folder: Path) -> SmallStation:
    """A station that is there from now on."""
    # Its journal is opened in the thread that makes it.
    return await asyncio.to_thread(lambda: SmallStation(folder).__enter__())


def ids(state: StationState) -> list[int]:
    """Of the journal's rows."""
    return [state.journal.at(index).id for index in range(len(state.journal))]


def first(state: StationState) -> Alarm:
    """The alarm at the top."""
    return state.alarms.at(0)


def test_what_was_and_what_comes_is_there_in_order(station: SmallStation) -> None:
    """The newest pages, then the stream, with nothing twice and nothing left out."""
    station.store(*(signal(code="602", priority=5) for _ in range(30)))

    async def test(feed: Feed, state: StationState) -> None:
        await stored(station, *(signal(code="602", priority=5) for _ in range(30)))
        await until(lambda: state.journal.newest == 60 and state.journal.complete, "the journal")
        assert ids(state) == list(range(1, 61))
        assert state.journal.at(0).raw == ""
        await until(lambda: state.health.behind == 0, "nothing missing")
        assert state.hello is not None
        assert state.hello.name == "test station"
        assert state.health.station_now(feed._clock()) is not None

    with_station(station, test)


def test_older_pages_come_when_they_are_asked_for(station: SmallStation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until there is nothing older."""
    monkeypatch.setattr(journal_stream, "PAGE", 10)
    monkeypatch.setattr(journal_stream, "START", 10)
    monkeypatch.setattr(journal_stream, "OLDER", 10)
    station.store(*(signal() for _ in range(25)))

    async def test(feed: Feed, state: StationState) -> None:
        await until(lambda: state.journal.oldest == 16, "the newest page")
        assert await feed.older()
        assert state.journal.oldest == 6
        assert await feed.older()
        assert (state.journal.oldest, state.journal.complete) == (1, True)
        assert not await feed.older()
        assert ids(state) == list(range(1, 26))

    with_station(station, test)


def test_an_alarm_opens_is_seen_and_closed_and_the_journal_says_by_whom(station: SmallStation) -> None:
    """What was not on the screen rings on; closing asks for seeing first; the closed one stays while it is held."""

    async def test(feed: Feed, state: StationState) -> None:
        await stored(station, signal())
        await until(lambda: state.alarms.urgent(), "the alarm")
        shown = first(state)
        state.alarms.hold(shown.id)
        assert (
            await feed.close_alarm(shown.id, "too early")
            == f"alarm #{shown.id} is ringing: mark it as seen before you close it"
        )
        await stored(station, signal(code="131"))
        await until(lambda: first(state).signals == 2, "the second signal")
        assert await feed.seen(shown) == ""
        await until(lambda: first(state).seen_by, "seen")
        assert first(state).ringing
        assert first(state).seen_by.startswith("night shift (")
        assert await feed.seen(first(state)) == ""
        await until(lambda: not first(state).ringing, "seen as it is")
        assert await feed.close_alarm(shown.id, "checked") == ""
        await until(lambda: state.alarms.closing(shown.id), "who closed it")
        action = state.alarms.closing(shown.id)
        assert action is not None
        assert (action.code, action.note, action.operator.startswith("night shift (")) == (
            "alarm.closed",
            "checked",
            True,
        )
        assert (state.alarms.index(shown.id), state.alarms.open()) == (0, 0)
        assert await feed.seen(shown) == f"alarm #{shown.id} is not open any more"
        assert await feed.close_alarm(shown.id, "") == f"alarm #{shown.id} is not open any more"

    with_station(station, test, operator="night shift")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "nothing was done. Try again"), ("ru", "отказ диска станции"), ("kk", "станция дискісі істен шықты")],
)
def test_a_failing_disk_is_told_in_words(station: SmallStation, language: str, words: str) -> None:
    """The alarm stays as it is."""

    async def test(feed: Feed, state: StationState) -> None:
        await stored(station, signal())
        await until(lambda: state.alarms.urgent(), "the alarm")
        station.disk_fails = True
        assert words in await feed.seen(first(state))
        assert first(state).ringing

    with_station(station, test, language=language)


def test_names_come_at_the_start_and_whenever_accounts_change(station: SmallStation) -> None:
    """In the console's language."""
    with station.client() as client:
        client.post("/v1/accounts/import", json={"rows": [{"account": "1234", "name": "School", "name_ru": "Школа"}]})

    async def test(feed: Feed, state: StationState) -> None:
        await until(lambda: state.names.site("1234") == "Школа", "the name")
        rows = [{"account": "1234", "name_ru": "Школа 2", "address": "Sample st. 1"}]
        await feed.link.post("/v1/accounts/import", {"rows": rows})
        await stored(station, happened("accounts.changed"))
        await until(lambda: state.names.site("1234") == "Школа 2", "the new name")
        assert state.names.address("1234") == "Sample st. 1"

    with_station(station, test, language="ru")


def test_zones_are_asked_for_when_they_are_wanted(station: SmallStation) -> None:
    """Of the accounts that a page shows."""
    with station.client() as client:
        client.post("/v1/accounts/import", json={"rows": [{"account": "1234"}]})
        client.post("/v1/zones/import", json={"rows": [{"account": "1234", "number": "15", "name": "Hall"}]})

    async def test(feed: Feed, state: StationState) -> None:
        await until(lambda: state.names.zone("1234", "015") == "Hall", "the zone")

    with_station(station, test)


def test_searching_explaining_and_the_last_signals_of_an_account(station: SmallStation) -> None:
    """Or in words why not."""
    station.store(signal(), signal("77"), signal(code="602", priority=5, repeat=True))

    async def test(feed: Feed, state: StationState) -> None:
        found = Found(upto=-1)
        while found.upto < 3:  # the index follows behind
            found = await feed.search(Query(account="1234"))
            assert not found.error
        assert ([entry.id for entry in found.entries], found.hidden) == ([1], 1)
        await until(lambda: state.journal.newest == 3, "the journal")
        assert [entry.id for entry in await feed.recent("1234", 5)] == [3, 1]
        assert (await feed.search(Query(q="?"))).error.startswith("the station refused: q: found '?'")
        whole = await feed.entry(2)
        assert isinstance(whole, dict)
        assert whole["account"] == "77"
        assert await feed.entry(99) == "there is no entry #99"
        assert await feed.explanation(2) == "this entry holds no message that could be taken apart"

    with_station(station, test)


def test_status_paths_and_wire_are_followed_while_somebody_looks(station: SmallStation) -> None:
    """And not before."""
    station.supervise("1234", 60.0)
    station.call(station.wire.note, Source("ip", "dc09", "192.0.2.7:1", "192.0.2.7"), "connected")

    async def test(feed: Feed, state: StationState) -> None:
        assert (state.status, state.paths) == ({}, [])
        feed.watch_status(True)
        feed.watch_status(True)
        feed.watch_paths(True)
        feed.watch_wire(True)
        await until(lambda: state.status.get("name") == "test station", "the status")
        await until(lambda: [path.account for path in state.paths] == ["1234"], "the paths")
        await until(lambda: len(state.wire) == 1, "the wire")
        assert state.wire.at(0).text == "connected"
        for watch in (feed.watch_status, feed.watch_paths, feed.watch_wire):
            watch(False)

    with_station(station, test)


def test_a_station_that_comes_late_or_again_is_found(tmp_path: Path) -> None:
    """The console opens anyway, says that nobody is there, and comes up by itself; so it does after a break."""

    async def run() -> None:
        async with following(tmp_path / "ptsn.sock") as (_, state):
            await until(lambda: state.health.state is Connection.DOWN, "nobody there")
            assert state.health.why == "tail.away"
            for turn in (1, 2):
                station = await started(tmp_path)
                try:
                    await until(lambda: state.health.state is Connection.UP, "the station")
                    assert state.health.why == ""
                    await stored(station, signal(str(turn)))
                    await until(lambda turn=turn: state.journal.newest == turn, "its entry")  # type: ignore[misc]
                finally:
                    await asyncio.to_thread(station.__exit__)
                await until(lambda: state.health.state is Connection.DOWN, "the break")
            assert ids(state) == [1, 2]

    asyncio.run(run())


def test_another_journal_is_begun_anew(tmp_path: Path) -> None:
    """Where the newest entry of the station is below what is held here, nothing held belongs to it."""

    async def run() -> None:
        async with following(tmp_path / "ptsn.sock") as (_, state):
            for count, folder in ((9, tmp_path / "a"), (3, tmp_path / "b")):
                folder.mkdir()
                station = await started(folder)
                try:
                    (tmp_path / "ptsn.sock").unlink(missing_ok=True)
                    await stored(station, *(signal() for _ in range(count)))
                    (tmp_path / "ptsn.sock").symlink_to(station.settings.socket)
                    await until(lambda count=count: ids(state) == list(range(1, count + 1)), "its journal")  # type: ignore[misc]
                    await until(lambda: len(state.alarms) == 1 and state.health.behind == 0, "its alarm")
                finally:
                    await asyncio.to_thread(station.__exit__)

    asyncio.run(run())
