"""What ``ptsn tail`` shows: the streams of a station, as lines and as a record. What is heavy to import is imported
where it is used."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeGuard

from ptsn.words import mode_shown

if TYPE_CHECKING:
    from ptsn.render import Renderer
    from tui.link import Broken, Event, HttpLink

PAGE = 500
ACCOUNTS_KEPT = 5000
"""Accounts whose zones' names are kept."""
WIRE_KEPT = 20_000
"""Records of the wire that wait until it is told whose connection they are of."""
OPEN_SHOWN = 20
"""Open alarms shown at the start, one line each."""


class Tail:
    """Shows one station's streams."""

    def __init__(
        self,
        renderer: Renderer,
        *,
        account: str = "",
        since: int | None = None,
        as_json: bool = False,
        file: IO[str] | None = None,
    ) -> None:
        from tui.state.wire import Choice

        self._renderer = renderer
        self._account = account
        self._last = since
        self._as_json = as_json
        self._file = file
        self._alarms: dict[int, Mapping[str, Any]] = {}
        self._greeted = False
        self._broken: set[str] = set()
        self._passed: dict[int, Mapping[str, Any]] = {}
        self._choice = Choice((account,))
        self._zones_there = False

    async def run(self, socket: Path, wire: bool) -> None:
        """Follow until cancelled."""
        from tui.link import open_link

        async with open_link(str(socket)) as station:
            if wire:
                await self._follow_wire(station)
            else:
                await asyncio.gather(self._follow_entries(station), self._follow_alarms(station))

    # Entries

    async def _follow_entries(self, station: HttpLink) -> None:
        def parameters() -> dict[str, str | int]:
            asked: dict[str, str | int] = {"account": self._account} if self._account else {}
            return asked if self._last is None else asked | {"since": self._last}

        async for item in station.follow("/v1/events", parameters, patient=False):
            if not self._event(item, "events"):
                continue
            name, data = item.name, item.content()
            if name == "hello":
                await self._hello(station, data)
            elif name == "entry":
                await self._entry(station, data)
            elif name == "behind":
                self._note("tail.behind", first=data["from"], last=data["to"])
                await self._gap(station, data["from"], data["to"])
            elif name == "trouble":
                self._say("trouble", data)
                if data["since"]:
                    self._note("tail.trouble", since=self._renderer.time(data["since"]), error=data["error"])
                else:
                    self._note("tail.trouble-over")
            elif name == "stalled" and data["stalled"]:
                self._note("tail.stalled")

    async def _hello(self, station: HttpLink, hello: Mapping[str, Any]) -> None:
        await self._names(station)
        if self._last is not None and hello["last_id"] < self._last:
            self._note("tail.other-journal", id=hello["last_id"])
            self._last = None
        if self._last is None:
            self._last = hello["from"]
        state = mode_shown(hello["mode"], self._renderer.language)
        words = "tail.connected-again" if self._greeted else "tail.connected"
        self._greeted = True
        self._note(words, station=f"{hello['name'] or hello['node']}{state}", id=hello["from"])

    async def _entry(self, station: HttpLink, entry: Mapping[str, Any]) -> None:
        if self._last is not None and entry["id"] <= self._last:
            return
        self._last = entry["id"]
        if self._account and self._account not in (entry.get("account"), entry.get("account_key")):
            return
        await self._zones(station, entry)
        self._say("entry", entry, self._renderer.entry(entry))
        if entry.get("code") in ("accounts.changed", "zones.changed"):
            await self._names(station)

    async def _gap(self, station: HttpLink, first: int, last: int) -> None:
        from tui.link import Away

        since = first - 1
        while since < last:
            try:
                page = await station.get("/v1/entries", {"since": since, "until": last, "limit": PAGE})
            except Away as error:
                self._note("tail.gap", id=since + 1, error=error)
                break
            for entry in page["entries"]:
                await self._entry(station, entry)
            if page["next"] is None:
                break
            since = page["next"]
        self._last = max(last, self._last or 0)

    async def _names(self, station: HttpLink) -> None:
        from ptsn.render import account_names
        from tui.link import Away

        try:
            answer = await station.get("/v1/accounts")
            zones = await station.get("/v1/zones", {"limit": 1})
        except Away:
            return  # numbers without names will do; the next hello tries again
        self._renderer.accounts = account_names(answer["accounts"], self._renderer.language)
        self._renderer.zones = {}
        self._zones_there = bool(zones["zones"])

    async def _zones(self, station: HttpLink, about: Mapping[str, Any]) -> None:
        """Ask for the names of an account's zones, the first time that a line needs them."""
        from ptsn.zone_names import account_to_ask, by_number
        from tui.link import Away, LinkError

        known = self._renderer.zones
        if self._as_json or not self._zones_there or not (key := account_to_ask(about)) or key in known:
            return
        if len(known) >= ACCOUNTS_KEPT:
            known.clear()
        try:
            known[key] = by_number((await station.get("/v1/zones", {"account": key}))["zones"], self._renderer.language)
        except Away:
            return  # a number without its name will do
        except LinkError:
            known[key] = {}  # the account was removed meanwhile

    # Alarms

    async def _follow_alarms(self, station: HttpLink) -> None:
        async for item in station.follow("/v1/alarms/events", dict, patient=False):
            if not self._event(item, "alarms", quiet=True):
                continue
            data = item.content()
            if item.name == "snapshot":
                await self._names(station)
                await self._snapshot(station, [alarm for alarm in data["alarms"] if self._mine(alarm)])
            elif item.name == "alarm" and (data.get("closed") or self._mine(data)):
                await self._zones(station, data)
                self._alarm(data)

    def _mine(self, alarm: Mapping[str, Any]) -> bool:
        return not self._account or self._account in (alarm.get("account"), alarm.get("account_key"))

    async def _snapshot(self, station: HttpLink, alarms: list[Mapping[str, Any]]) -> None:
        before, self._alarms = self._alarms, {alarm["id"]: alarm for alarm in alarms}
        new = [alarm for alarm in alarms if alarm["id"] not in before]
        for alarm in new[:OPEN_SHOWN]:
            await self._zones(station, alarm)
            self._say("alarm", alarm, self._renderer.alarm(alarm))
        if len(new) > OPEN_SHOWN:
            self._note("tail.more-alarms", count=len(new) - OPEN_SHOWN)

    def _alarm(self, alarm: Mapping[str, Any]) -> None:
        """Say what became of an alarm. That it was seen or closed is told by the operator's own entry."""
        if alarm.get("closed"):
            if self._alarms.pop(alarm["id"], None) is not None:
                self._say("alarm", alarm)
            return
        before = self._alarms.get(alarm["id"])
        self._alarms[alarm["id"]] = alarm
        line = None
        if before is None:
            line = self._renderer.alarm(alarm, "alarm.opened")
        elif alarm["rings"] > before["rings"] and alarm["ringing"]:
            line = self._renderer.alarm(alarm, "alarm.rings")
        elif alarm["restored"] == "all" and before["restored"] != "all":
            line = self._renderer.alarm(alarm, "alarm.restored")
        self._say("alarm", alarm, line)

    # The wire

    async def _follow_wire(self, station: HttpLink) -> None:
        async for item in station.follow("/v1/wire", dict, patient=False):
            if not self._event(item, "wire"):
                continue
            data = item.content()
            if item.name == "hello":
                self._passed.clear()  # they are counted anew with each start of the station
                self._note("tail.connected-wire", station=data["name"] or data["node"])
            elif item.name == "behind":
                self._note("tail.behind-wire", count=data["to"] - data["from"] + 1)
            elif item.name == "wire":
                for record in self._chosen(data):
                    self._say("wire", record, "\n".join(self._renderer.wire(record)))

    def _chosen(self, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The records to show: with an account, all of the connections that brought a message of it."""
        if not self._account:
            return [record]
        import msgspec

        from tui.state.model import WireRecord

        self._passed[record["n"]] = record
        while len(self._passed) > WIRE_KEPT:
            self._passed.pop(next(iter(self._passed)))
        chosen = self._choice.of(msgspec.convert(record, WireRecord))
        return [self._passed[one.n] for one in chosen if one.n in self._passed]

    # What is said

    def _event(self, item: Event | Broken, stream: str, quiet: bool = False) -> TypeGuard[Event]:
        """Whether it is an event to be read; a break is said, once until the stream goes on."""
        from tui.link import Event

        if isinstance(item, Event):
            self._broken.discard(stream)
            return item.name != "clock"
        if not quiet and stream not in self._broken:
            self._note("tail.broke", why=self._renderer.say(item.why, **item.values))
        self._broken.add(stream)
        return False

    def _note(self, id_: str, /, **values: object) -> None:
        note(self._renderer.say(id_, **values))

    def _say(self, name: str, data: Mapping[str, Any], line: str | None = None) -> None:
        """Show a line, and record its data. Without a line it is data alone."""
        if self._as_json or self._file is not None:
            text = json.dumps({"event": name, **data}, ensure_ascii=False)
            if self._as_json:
                line = text
            if self._file is not None:
                print(text, file=self._file, flush=True)
        if line is not None:
            print(line, flush=True)


def note(text: str) -> None:
    """Something about the view itself."""
    print(f"-- {text}", file=sys.stderr, flush=True)
