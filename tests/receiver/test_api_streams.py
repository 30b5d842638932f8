"""The streams over a real socket: live, behind, never an alarm skipped."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx_sse import EventSource, ServerSentEvent

from protocols.ends import Source
from tests.receiver.api_station import SmallStation, api_server, signal, until


@pytest.fixture
def station(tmp_path: Path) -> Iterator[SmallStation]:
    with SmallStation(tmp_path, ring=200) as small:
        yield small


class Reader:
    """A client of one stream."""

    def __init__(self, station: SmallStation, url: str, headers: dict[str, str] | None = None, **params: Any) -> None:
        self.http = station.client()
        self._stream = self.http.stream("GET", url, params=params, headers=headers)
        response = self._stream.__enter__()
        assert response.status_code == 200, response.read()
        self._events = EventSource(response).iter_sse()

    def next(self) -> ServerSentEvent:
        while True:
            event = next(self._events)
            if event.event != "clock":
                return event

    def data(self) -> tuple[str, Any]:
        event = self.next()
        return event.event, event.json()

    def close(self) -> None:
        self._stream.__exit__(None, None, None)
        self.http.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Stuck:
    """A client that asks for a stream and then does not read."""

    def __init__(self, station: SmallStation, url: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(station.settings.socket))
        self.socket.sendall(f"GET {url} HTTP/1.1\r\nHost: station\r\n\r\n".encode())
        self._held = b""
        until(lambda: len(station.api.routes.open) > 0, "the stream is open")

    def events(self, wanted: str) -> Iterator[tuple[str, Any]]:
        """Read at last: every event up to the one that holds ``wanted``."""
        while True:
            while b"\n\n" not in self._held:
                data = self.socket.recv(65536)
                assert data
                self._held += data
            # Chunk sizes of HTTP stand between the events; none of them is inside a line that is looked at.
            block, self._held = self._held.split(b"\n\n", 1)
            fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
            name, content = fields[b"event"].decode(), fields[b"data"].decode()
            yield name, json.loads(content)
            if wanted in content:
                return


def unsent(station: SmallStation) -> int:
    """Bytes that the station holds for its clients."""

    def count() -> int:
        total = 0
        for response in station.api.routes.open:
            transport = response._request.channel.transport
            total += len(transport.dataBuffer) - transport.offset + transport._tempDataLen
        return total

    held = station.call(count)
    assert isinstance(held, int)
    return held


def test_a_reader_is_greeted_and_sees_what_is_committed(station: SmallStation) -> None:
    """hello first, then each entry with its id."""
    station.store(signal())
    with Reader(station, "/v1/events") as reader:
        name, hello = reader.data()
        assert (name, hello["name"], hello["node"], hello["mode"]) == ("hello", "test station", "n1", "live")
        assert (hello["last_id"], hello["from"]) == (1, 1)
        station.store(signal(account="77", text="Мектеп"))
        event = reader.next()
        assert (event.event, event.id) == ("entry", "2")
        assert (event.json()["account"], event.json()["text"], event.json()["arrival"]) == ("77", "Мектеп", 2)


def test_a_reader_comes_back_by_parameter_or_header(station: SmallStation) -> None:
    """Both say the last id that was seen; the parameter wins."""
    station.store(*[signal() for _ in range(5)])
    with Reader(station, "/v1/events", since=3) as reader:
        assert reader.data()[1]["from"] == 3
        assert [reader.next().id, reader.next().id] == ["4", "5"]
    with Reader(station, "/v1/events", {"Last-Event-ID": "4"}) as reader:
        reader.next()
        assert reader.next().id == "5"


def test_a_reader_that_was_away_too_long_is_told_the_gap(station: SmallStation) -> None:
    """And goes on at the head; the pages have the rest."""
    last = station.store(*[signal() for _ in range(300)])
    with Reader(station, "/v1/events", since=10) as reader:
        reader.next()
        assert reader.data() == ("behind", {"from": 11, "to": last})
        station.store(signal())
        assert reader.next().id == str(last + 1)


def test_a_reader_chooses_kinds_and_account(station: SmallStation) -> None:
    """Everything else is left out."""
    with Reader(station, "/v1/events", kinds="signal", account="77") as reader:
        reader.next()
        station.store(signal(), signal(account="77"))
        assert reader.next().id == "2"


def test_states_are_told_to_those_who_come_later_too(station: SmallStation) -> None:
    """Trouble with the disk, for example."""
    station.call(station.stream.tell, "trouble", {"since": "then", "error": "disk full"})
    with Reader(station, "/v1/events") as reader:
        reader.next()
        assert reader.data() == ("trouble", {"since": "then", "error": "disk full"})


def test_every_stream_has_a_heartbeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen station can be told from a quiet night."""
    monkeypatch.setattr(api_server, "CLOCK_S", 0.02)
    with SmallStation(tmp_path) as station:
        for url in ("/v1/events", "/v1/alarms/events", "/v1/wire"):
            with Reader(station, url) as reader:
                until(lambda: next(reader._events).event == "clock", f"the heartbeat of {url}")


def test_readers_are_counted_while_they_are_connected(station: SmallStation) -> None:
    """Of entries and of alarms, these also as consoles; watchers of the wire are no readers."""
    with Reader(station, "/v1/events"), Reader(station, "/v1/alarms/events"), Reader(station, "/v1/wire"):
        until(lambda: station.stream.readers == 2, "two readers")
        with station.client() as client:
            status = client.get("/v1/status").json()
        assert (status["readers"], status["consoles"]) == (2, 1)
    until(lambda: station.stream.readers == 0, "no reader")
    until(lambda: not station.api.routes.open, "no answer goes on")
    assert station.wire.readers == 0
    with station.client() as client:
        assert client.get("/v1/status").json()["consoles"] == 0


def test_a_question_for_the_headers_alone_opens_no_stream(station: SmallStation) -> None:
    """HEAD ends at once."""
    with station.client() as client:
        assert client.head("/v1/events").status_code == 200
    assert station.stream.readers == 0


def test_a_client_that_does_not_read_costs_no_memory_and_is_told_what_it_missed(station: SmallStation) -> None:
    """However much is committed: a bounded rest waits for it, and the gap has an exact beginning and end."""
    stuck = Stuck(station, "/v1/events")
    text = "x" * 3000
    sizes = []
    for _ in range(10):
        last = station.store(*[signal(text=text, priority=4) for _ in range(200)])
        sizes.append(unsent(station))
    assert max(sizes) < 1_000_000
    assert sizes[-1] <= sizes[4]
    seen: list[int] = []
    gaps = []
    for name, data in stuck.events('"to":'):
        if name == "entry":
            seen.append(data["id"])
        elif name == "behind":
            gaps.append((data["from"], data["to"]))
    assert seen == list(range(1, len(seen) + 1))
    assert gaps == [(len(seen) + 1, last)]
    station.store(signal(text="after"))
    assert list(stuck.events("after"))[-1][1]["id"] == last + 1
    stuck.socket.close()
    until(lambda: station.stream.readers == 0, "the client is gone")


def test_a_slow_reader_does_not_hold_up_a_quick_one(station: SmallStation) -> None:
    """Each goes at its own pace."""
    stuck = Stuck(station, "/v1/events")
    with Reader(station, "/v1/events") as reader:
        reader.next()
        for first in range(1, 1000, 100):
            station.store(*[signal(text="x" * 3000, priority=4) for _ in range(100)])
            assert [reader.next().id for _ in range(100)] == [str(first + n) for n in range(100)]
    stuck.socket.close()


def test_a_client_that_dies_while_it_does_not_read_is_noticed(station: SmallStation) -> None:
    """Its place is given up although its socket was full."""
    stuck = Stuck(station, "/v1/events")
    for _ in range(5):
        station.store(*[signal(text="x" * 3000, priority=4) for _ in range(200)])
    stuck.socket.close()
    until(lambda: station.stream.readers == 0, "the client is gone")


def test_alarms_begin_with_a_snapshot_and_go_on_by_id(station: SmallStation) -> None:
    """Opened, joined, seen, closed."""
    alarm = station.store(signal())
    with Reader(station, "/v1/alarms/events") as reader, station.client() as client:
        assert reader.data()[0] == "hello"
        name, snapshot = reader.data()
        assert (name, [each["id"] for each in snapshot["alarms"]], snapshot["last_id"]) == ("snapshot", [alarm], alarm)
        station.store(signal(account="77"))
        name, other = reader.data()
        assert (name, other["account"], other["ringing"]) == ("alarm", "77", True)
        client.post(f"/v1/alarms/{alarm}/seen")
        assert reader.data()[1]["ringing"] is False
        client.post(f"/v1/alarms/{alarm}/close", json={})
        assert reader.data() == ("alarm", {"id": alarm, "closed": True})


def test_no_alarm_is_skipped_for_a_client_that_does_not_read(station: SmallStation) -> None:
    """It gets every alarm as it is by then, once, however long it slept, and no memory is spent on it."""
    first = station.store(signal(account="first"))
    stuck = Stuck(station, "/v1/alarms/events")
    accounts = [f"A{n}" for n in range(400)]
    for _ in range(12):
        station.store(*[signal(account=account) for account in accounts])
    held = unsent(station)
    with station.client() as client:
        client.post(f"/v1/alarms/{first}/seen")
        client.post(f"/v1/alarms/{first}/close")
    station.store(signal(account="last"))
    assert held < 1_000_000
    state: dict[int, Any] = {}
    for name, data in stuck.events('"account":"last"'):
        if name == "alarm":
            state[data["id"]] = data
    assert state[first] == {"id": first, "closed": True}
    assert {alarm["account"] for alarm in state.values() if not alarm.get("closed")} == {*accounts, "last"}
    assert all(alarm["signals"] == 12 for alarm in state.values() if alarm.get("account") in accounts)
    stuck.socket.close()


def test_the_wire_is_shown_as_it_passes(station: SmallStation) -> None:
    """Also what was before, when asked for."""
    source = Source("ip", "dc09", "192.0.2.7:1", "192.0.2.7")
    station.call(station.wire.received, source, b"before")
    with Reader(station, "/v1/wire", recent=1) as reader:
        assert reader.data()[0] == "hello"
        assert reader.data()[1]["bytes"] == "before"
        station.call(station.wire.sent, source, b"\n\xff\r")
        name, record = reader.data()
        assert (name, record["what"], record["bytes"]) == ("wire", "out", "\n\u00ff\r")
    with station.client() as client:
        records = client.get("/v1/wire/recent", params={"limit": 1}).json()["records"]
    assert [record["what"] for record in records] == ["out"]


def test_streams_end_when_the_station_stops(tmp_path: Path) -> None:
    """A client sees the end, and can come back later."""
    station = SmallStation(tmp_path)
    with station:
        reader = Reader(station, "/v1/events")
        reader.next()
    assert all(event.event == "clock" for event in reader._events)
    reader.http.close()
