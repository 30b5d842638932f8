"""A station without sockets: a Link that answers from memory, a clock that stands until it is moved, a console on both.

::

    async with running(language="ru", size=(80, 24)) as it:
        await it.pilot.press("f3")
        it.link.push_alarm(it.link.alarms[0] | {"ringing": False})
        await it.settle(lambda: it.console.station.alarms.unseen() == 3)
        print(it.text())
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import msgspec
from textual.pilot import Pilot

from protocols import catalogue, dc09
from protocols.catalogue import LANGUAGES
from protocols.catalogue.station_words import station_codes
from protocols.findings import SEVERITIES
from protocols.model import Finding, Severity
from tests.tui import fake_district
from tests.tui.fake_district import KEYS, NOW, TIME_ZONE, Fields, night
from tui.app import Console, PageMaker
from tui.feed import Feed
from tui.link import Away, Broken, Event, LinkError
from tui.raising import Raiser
from tui.run import ConsoleOptions
from tui.shot import screen_text
from tui.state.health import Connection
from tui.state.station import StationState
from tui.widgets.virtual_list import VirtualList

PATIENCE_S = 20.0
IDLE_S = 0.005
"""A pilot waits until this long next to nothing is done; Textual's 20 ms were most of a test's time."""
SELDOM_S = 3600.0
"""Between two polls: what a page shows must not depend on how long it took to come there."""
QUICK_S = 0.001
"""Instead of a tenth of a second, so that tests need not wait."""


class FrozenClock:
    """Monotonic seconds that stand still until they are moved."""

    def __init__(self, at: float = 1_000.0) -> None:
        self.at = at
        self.late_s = 0.0

    def __call__(self) -> float:
        return self.at

    def pulse(self) -> float:
        """Of a console that is never late, however slow the machine is that runs the tests; but for ``late_s``."""
        return self.late_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds


class FakeLink:
    """Implements ``tui.link.Link``. What was asked and posted can be read; what is pushed arrives in the streams."""

    def __init__(self, mode: str = "live", language: str = "en") -> None:
        self.hello: Fields = {
            "name": "Sample district",
            "node": "demo",
            "version": "0.1.0",
            "mode": mode,
            "language": language,
            "time_zone": TIME_ZONE,
            "now": NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }
        made = night()
        self.entries, self.alarms = made.entries, made.alarms
        self.paths, self.records = fake_district.paths(), fake_district.wire()
        self.posted: list[tuple[str, Fields]] = []
        self.asked: list[tuple[str, Fields]] = []
        self.refusals: dict[str, LinkError] = {}
        """Address to what is raised for it."""
        self.closed = False
        self.away = False
        self._streams: dict[str, list[asyncio.Queue[Event | Broken]]] = {}

    @property
    def last_id(self) -> int:
        """The newest entry."""
        return int(self.entries[-1]["id"])

    # Link

    async def get(self, url: str, params: Mapping[str, Any] | None = None, *, shape: Any = dict[str, Any]) -> Any:
        """An answer, read as the shape."""
        asked = dict(params or {})
        self.asked.append((url, asked))
        self._allow(url)
        return msgspec.json.decode(json.dumps(self._answer(url, asked)).encode(), type=shape)

    async def post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Seen and close, as the station does them."""
        self.posted.append((url, dict(body)))
        self._allow(url)
        alarm_id, action = int(url.split("/")[3]), url.split("/")[4]
        alarm = next((one for one in self.alarms if one["id"] == alarm_id), None)
        if alarm is None:
            raise LinkError(f"there is no open alarm {alarm_id}", 404)
        name = body.get("operator", "")
        operator = f"{name} (demo@socket)" if name else "demo@socket"
        entry = {
            "id": self.last_id + 1,
            "arrival": self.last_id + 1,
            "kind": "action",
            "code": f"alarm.{'seen' if action == 'seen' else 'closed'}",
            "received_at": fake_district.stamp(0),
            "alarm": alarm_id,
            "operator": operator,
            "unverified": bool(name),
            "note": body.get("note", ""),
        }
        if action == "seen":
            alarm = alarm | {
                "ringing": False,
                "seen_by": operator,
                "seen_unverified": bool(name),
                "seen_at": fake_district.stamp(0),
            }
        elif alarm["ringing"]:
            raise LinkError(f"alarm {alarm_id} is not seen yet", 409)
        else:
            alarm = {"id": alarm_id, "closed": True}
        self.push_entry(entry)
        self.push_alarm(alarm)
        return {"entry": entry["id"], "alarm": alarm}

    def follow(
        self, url: str, params: Callable[[], Mapping[str, Any]], *, patient: bool = True
    ) -> AsyncIterator[Event | Broken]:
        """A stream: hello, what stands, then what is pushed."""
        return self._follow(url, params, patient)

    async def close(self) -> None:
        """Remembered."""
        self.closed = True

    # What tests do

    def push_entry(self, entry: Fields) -> None:
        """An entry was committed."""
        self.entries.append(entry)
        self._send("/v1/events", "entry", entry)

    def push_alarm(self, alarm: Fields) -> None:
        """An alarm changed, or with ``closed`` is off the list."""
        self.alarms = [one for one in self.alarms if one["id"] != alarm["id"]]
        if not alarm.get("closed"):
            self.alarms.append(alarm)
        self._send("/v1/alarms/events", "alarm", alarm)

    def push(self, url: str, name: str, data: Fields) -> None:
        """Any event of a stream."""
        self._send(url, name, data)

    def beat(self) -> None:
        """The heartbeat of every stream."""
        for url in self._streams:
            self._send(url, "clock", {"now": self.hello["now"], "last_id": self.last_id})

    def cut(self, why: str = "tail.away", **values: str) -> None:
        """The connection is gone."""
        self.away = True
        for queues in self._streams.values():
            for queue in queues:
                queue.put_nowait(Broken(why, values))

    def mend(self) -> None:
        """It is back: every stream begins anew."""
        self.away = False
        for url, queues in self._streams.items():
            for queue in queues:
                for event in self._beginning(url, {}):
                    queue.put_nowait(event)

    # Inside

    async def _follow(
        self, url: str, params: Callable[[], Mapping[str, Any]], patient: bool
    ) -> AsyncIterator[Event | Broken]:
        queue: asyncio.Queue[Event | Broken] = asyncio.Queue()
        queues = self._streams.setdefault(url, [])
        queues.append(queue)
        if self.away:
            if not patient:
                raise Away("no station is running")
            queue.put_nowait(Broken("tail.away"))
        else:
            for event in self._beginning(url, dict(params())):
                queue.put_nowait(event)
        try:
            while True:
                yield await queue.get()
        finally:
            queues.remove(queue)

    def _beginning(self, url: str, params: Fields) -> Iterator[Event]:
        hello = self.hello | {"last_id": self.last_id}
        if url == "/v1/events":
            since = params.get("since")
            hello["from"] = self.last_id if since is None else int(since)
        yield _event("hello", hello)
        if url == "/v1/events":
            for entry in self.entries:
                if entry["id"] > hello["from"]:
                    yield _event("entry", entry)
        elif url == "/v1/alarms/events":
            yield _event("snapshot", {"last_id": self.last_id, "alarms": self.alarms})
        elif url == "/v1/wire":
            for record in self.records:
                yield _event("wire", record)

    def _send(self, url: str, name: str, data: Fields) -> None:
        for queue in self._streams.get(url, ()):
            queue.put_nowait(_event(name, data))

    def _allow(self, url: str) -> None:
        if self.away:
            raise Away("no station is running")
        if url in self.refusals:
            raise self.refusals[url]

    def _answer(self, url: str, asked: Fields) -> Fields:
        if url == "/v1/status":
            return fake_district.status(self.hello, self.last_id, self.alarms)
        if url == "/v1/accounts":
            return {"accounts": fake_district.accounts()}
        if url == "/v1/zones":
            return {"zones": fake_district.zones(asked.get("account", "")), "next": None}
        if url == "/v1/paths":
            return {"paths": self.paths, "next": None}
        if url == "/v1/alarms":
            return {"alarms": self.alarms, "last_id": self.last_id}
        if url == "/v1/wire/recent":
            return {"records": self.records}
        if url == "/v1/entries":
            return self._page(asked)
        if url == "/v1/search":
            return self._search(asked)
        parts = url.split("/")
        if parts[:3] == ["", "v1", "entries"]:
            entry = next((one for one in self.entries if one["id"] == int(parts[3])), None)
            if entry is None:
                raise LinkError(f"there is no entry {parts[3]}", 404)
            return _explained(entry) if len(parts) == 5 else entry
        raise LinkError(f"there is no call {url}", 404)

    def _page(self, asked: Fields) -> Fields:
        if "latest" in asked:
            return {"entries": self.entries[-int(asked["latest"]) :], "next": None, "last_id": self.last_id}
        since, until = int(asked.get("since", 0)), int(asked.get("until", self.last_id))
        limit = int(asked.get("limit", 100))
        wanted = [one for one in self.entries if since < one["id"] <= until]
        more = wanted[limit - 1]["id"] if len(wanted) > limit else None
        return {"entries": wanted[:limit], "next": more, "last_id": self.last_id}

    def _search(self, asked: Fields) -> Fields:
        words = str(asked.get("q", "")).casefold().split()
        fit = [one for one in reversed(self.entries) if self._fits(one, words, asked)]
        hidden = [one for one in fit if one.get("category") == "test" or one.get("repeat")]
        shown = fit if asked.get("hidden") else [one for one in fit if one not in hidden]
        shown = shown[: int(asked.get("limit", 100))]
        return {
            "entries": shown,
            "next": None,
            "upto": self.last_id,
            "behind": 0,
            "hidden": 0 if asked.get("hidden") else len(hidden),
            "hidden_more": False,
            "understood": [{"word": word, "codes": 3, "categories": 0, "accounts": 0, "zones": 0} for word in words],
        }

    def _fits(self, entry: Fields, words: list[str], asked: Fields) -> bool:
        for name in ("category", "adapter"):
            if asked.get(name) and entry.get(name) != asked[name]:
                return False
        if asked.get("account") and asked["account"] not in (entry.get("account"), entry.get("account_key")):
            return False
        if asked.get("kinds") and entry["kind"] not in str(asked["kinds"]).split(","):
            return False
        if asked.get("before") is not None and entry["id"] >= int(asked["before"]):
            return False
        if asked.get("since") is not None and entry["id"] <= int(asked["since"]):
            return False
        if asked.get("priority") and str(entry.get("priority", 0)) not in str(asked["priority"]).split(","):
            return False
        text = _told(entry).casefold()
        return all(word in text for word in words)


def _told(entry: Fields) -> str:
    """All that a word may be met in: event names and site names in three languages, the account, the text."""
    told = [entry.get("account", ""), entry.get("text", ""), *station_codes().get(entry.get("code", ""), ())]
    if entry.get("scheme"):
        told += [catalogue.name(entry["scheme"], entry["code"], entry["qualifier"], one) for one in LANGUAGES]
    for row in fake_district.accounts():
        if row["account_key"] == entry.get("account_key"):
            told += [row["name"], row["name_ru"], row["name_kk"]]
    return " ".join(told)


def _event(name: str, data: Fields) -> Event:
    return Event(name, json.dumps(data))


def _explained(entry: Fields) -> Fields:
    """As ``receiver.api.explanations`` answers."""
    if not entry.get("raw"):
        raise LinkError(f"entry {entry['id']} ({entry['kind']}) holds no bytes of a message", 404)
    findings = [Finding(one, SEVERITIES.get(one, Severity.NOTE)) for one in entry.get("findings", ())]
    found = dc09.explain(entry["raw"].encode("latin-1"), findings=findings)
    layers = [
        {"name": one.name, "bytes": one.data.decode("latin-1"), "parts": msgspec.to_builtins(one.parts)}
        for one in found.layers
    ]
    return {
        "id": entry["id"],
        "arrival": entry["arrival"],
        "protocol": found.protocol,
        "layers": layers,
        "findings": msgspec.to_builtins(found.findings),
    }


class Running:
    """A console that runs headless on a fake station."""

    def __init__(self, console: Console, pilot: Pilot[None], link: FakeLink, clock: FrozenClock) -> None:
        self.console = console
        self.pilot = pilot
        self.link = link
        self.clock = clock

    async def settle(self, condition: Callable[[], object] = lambda: True, what: str = "") -> None:
        """Wait for a condition, and until what followed from it is drawn."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while not condition():
                    if self.console.failure is not None:
                        raise AssertionError("the console failed") from self.console.failure
                    self.tick()
                    await self.pilot.pause(0.005)
            except TimeoutError:
                raise AssertionError(f"waited for {what or condition}:\n{self.text()}") from None
        # The page and its lists have looked at the change, and at what that led to.
        for _ in range(2):
            self.tick()
            await self.pilot.pause()
            async with asyncio.timeout(PATIENCE_S):
                while any(one.waiting for one in self.console.screen.query(VirtualList)):
                    await self.pilot.pause(0.005)
        self.console.refresh_frame()
        await self.pilot.pause()

    def tick(self) -> None:
        """The console's timer comes when it is told to, so that a machine's speed decides nothing."""
        if self.console.is_running:
            self.console.follower.tick()

    async def loaded(self) -> None:
        """Wait until the station is there with all that a page shows."""
        await self.settle(lambda: self.console.is_loaded, "the station's state")
        names = self.console.station.names
        # Asked for as they are first shown, so that what is known would depend on what was drawn by now.
        await self.settle(
            lambda: not [key for key in KEYS.values() if names.site(key) and not names.zone(key, "001")], "zones"
        )

    def text(self) -> str:
        """What is on the screen."""
        return screen_text(self.console)


@asynccontextmanager
async def running(
    *,
    language: str = "en",
    size: tuple[int, int] = (160, 50),
    link: FakeLink | None = None,
    pages: Mapping[str, PageMaker] | None = None,
    first: str = "alarms",
    raiser: Raiser | None = None,
    operator: str = "night shift",
    wait: bool = True,
) -> AsyncIterator[Running]:
    """A console on a fake station. Nothing moves by itself: the clock is frozen, there are no animations."""
    link = link or FakeLink()
    clock = FrozenClock()
    state = StationState(clock())
    feed = Feed(link, state, operator=operator, language=language, clock=clock)
    options = ConsoleOptions(address="ptsn.sock", operator=operator, language=language)
    console = Console(
        options,
        state,
        feed,
        language=language,
        raiser=raiser,
        clock=clock,
        pulse=clock.pulse,
        pages=pages,
        first=first,
        user="demo",
    )
    with _quick(clock):
        async with console.run_test(size=size) as pilot:
            it = Running(console, pilot, link, clock)
            if wait:
                await it.loaded()
            yield it


@contextmanager
def _quick(clock: FrozenClock) -> Iterator[None]:
    """Timers that come at once, and this computer's clock beside the station's."""
    begun = clock()
    with (
        patch("tui.following.INTERVAL_S", SELDOM_S),
        patch("tui.widgets.list_surface._INTERVAL_S", QUICK_S),
        patch("textual._wait.SLEEP_GRANULARITY", IDLE_S),
        patch("tui.feeding.polls.STATUS_S", SELDOM_S),
        patch("tui.feeding.polls.PATHS_S", SELDOM_S),
        patch("tui.pages.station.wall_now", lambda: NOW + timedelta(seconds=clock() - begun)),
    ):
        yield


@contextmanager
def monochrome() -> Iterator[None]:
    """NO_COLOR, as Textual reads it when an app is made."""
    before = os.environ.get("NO_COLOR")
    os.environ["NO_COLOR"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["NO_COLOR"]
        else:
            os.environ["NO_COLOR"] = before


__all__ = ["Connection", "FakeLink", "FrozenClock", "Running", "monochrome", "running"]
