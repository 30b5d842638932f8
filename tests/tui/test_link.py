"""The link to the station, over real sockets: what happens when the other end is slow, silent, broken or gone."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest

from protocols.errors import UserError
from tests.tui.raw_station import HEAD, Connection, event, raw_station
from tui.link import Away, Broken, Event, HttpLink, LinkError, open_link, parse_address

QUICK = (0.01,)


def link_to(path: Path, silence_s: float = 16.0) -> HttpLink:
    """A link that tries again at once."""
    return HttpLink(parse_address(str(path)), silence_s, QUICK)


async def take(items: AsyncIterator[Event | Broken], count: int) -> list[Event | Broken]:
    """The next ones."""
    return [await anext(items) for _ in range(count)]


# Addresses


@pytest.mark.parametrize(
    ("address", "shown", "base"),
    [
        ("ptsn.sock", "ptsn.sock", "http://station"),
        ("unix:/run/ptsn.sock", "/run/ptsn.sock", "http://station"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_an_address_is_a_path_or_a_port(address: str, shown: str, base: str) -> None:
    """That nothing is there is no error."""
    found = parse_address(address)
    assert (found.shown, found.base_url) == (shown, base)


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("", "there is no path"),
        ("unix:", "there is no path"),
        ("https://host:80", "found https://"),
        ("http://host", "host or port is missing"),
        ("http://:80", "host or port is missing"),
        ("http://host:99999", "Port out of range"),
        ("http://host:80/v1", "more than host and port"),
        ("http://me@host:80", "more than host and port"),
        ("x" * 108, "more than 107 bytes"),
        ("a\0b", "null"),
        ("/tmp", "is a folder, not a station's socket"),
        (__file__, "is a file, not a station's socket"),
    ],
)
def test_what_is_no_address_is_said_with_what_is_one(address: str, what: str) -> None:
    """Before anything is opened."""
    with pytest.raises(UserError, match="allowed: the path of its socket") as error:
        open_link(address)
    assert what in str(error.value)


# Calls


def test_answers_are_read_and_refusals_are_told(tmp_path: Path) -> None:
    """With the station's text and the status; nonsense is told as that."""

    async def script(one: Connection) -> None:
        if "good" in one.request:
            await one.answer({"a": 1, "b": one.body.decode()})
        elif "busy" in one.request:
            await one.answer({"error": "the disk fails"}, "503 Service Unavailable")
        elif "blank" in one.request:
            await one.answer(b"<html>", "500 Internal Server Error")
        else:
            await one.answer(b'{"a": ')

    async def run() -> None:
        async with raw_station(tmp_path, script) as station, link_to(station.path) as link:
            assert await link.get("/good", {"x": 1}) == {"a": 1, "b": ""}
            assert await link.get("/good", shape=dict[str, int | str]) == {"a": 1, "b": ""}
            assert (await link.post("/good", {"note": "ё"}))["b"] == '{"note":"ё"}'
            assert station.requests[0] == "GET /good?x=1"
            for url, status, text in (
                ("/busy", 503, "the disk fails"),
                ("/blank", 500, "answered 500"),
                ("/bad", 200, "makes no sense"),
            ):
                with pytest.raises(LinkError, match=text) as error:
                    await link.get(url)
                assert error.value.status == status
            with pytest.raises(LinkError, match="makes no sense"):
                await link.get("/good", shape=list[int])

    asyncio.run(run())


def test_nobody_there_and_nobody_that_answers_are_told_apart(tmp_path: Path) -> None:
    """After the second the question may have been done all the same."""

    async def script(one: Connection) -> None:
        await one.send(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{")
        raise ConnectionError

    async def run() -> None:
        async with raw_station(tmp_path, script) as station, link_to(station.path) as link:
            with pytest.raises(Away, match="broke off") as error:
                await link.post("/x", {})
            assert error.value.asked
            await station.stop()
            with pytest.raises(Away, match="start one with `ptsn serve`") as error:
                await link.get("/x")
            assert not error.value.asked
            await station.start()

    asyncio.run(run())


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may open every socket: for so long, be nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_socket_that_one_may_not_open_is_told_as_that(tmp_path: Path) -> None:
    """Not as a station that does not run."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "ptsn.sock"))
        listening.listen()
        (tmp_path / "ptsn.sock").chmod(0)

        async def run() -> None:
            async with link_to(tmp_path / "ptsn.sock") as link:
                with pytest.raises(Away, match="may not open") as error:
                    await link.get("/x")
                assert error.value.denied
                async with aclosing(link.follow("/events", dict)) as items:
                    assert (await take(items, 1))[0] == Broken("tail.denied", {"address": str(tmp_path / "ptsn.sock")})

        with unprivileged():
            asyncio.run(run())


# Streams


def test_events_come_whole_however_they_were_cut(tmp_path: Path) -> None:
    """In pieces of one byte; line separators of Unicode inside a text end no line; the heartbeat is an event too."""
    texts = ["Школа", "a\u2028b\u2029c\u0085d\u000be", "x" * 70_000, 'quote " and \\n']
    stream = b"".join(event("entry", {"id": n, "text": text}) for n, text in enumerate(texts)) + event("clock", {})

    async def script(one: Connection) -> None:
        await one.begin()
        for start in range(300):
            await one.chunk(stream[start : start + 1])
        for start in range(300, len(stream), 7_777):
            await one.chunk(stream[start : start + 7_777])
        await one.hang()

    async def run() -> None:
        async with raw_station(tmp_path, script) as station, link_to(station.path) as link:
            async with aclosing(link.follow("/v1/events", lambda: {"since": 3})) as items:
                *entries, clock = await take(items, 5)
            assert [one.content()["text"] for one in entries if isinstance(one, Event)] == texts
            assert isinstance(clock, Event)
            assert clock.name == "clock"
            assert station.requests == ["GET /v1/events?since=3"]

    asyncio.run(run())


def test_a_stream_that_breaks_is_begun_again_with_what_is_known_by_then(tmp_path: Path) -> None:
    """However it breaks: closed, cut off in the middle of an event, or no stream at all; each is told once."""
    ends = iter(["closed", "cut", "other", "garbage", ""])

    async def script(one: Connection) -> None:
        end = next(ends)
        if end == "other":
            await one.answer({"not": "a stream"})
        elif end == "garbage":
            await one.send(b"\x00\xff\r\n\r\n")
            raise ConnectionError
        else:
            await one.begin()
            await one.event("entry", {"id": 1})
            if end == "closed":
                await one.send(b"0\r\n\r\n")
            elif end == "cut":
                await one.send(b"ff\r\nevent: entry\ndata: {")
                raise ConnectionError
            else:
                await one.hang()

    async def run() -> None:
        known = 0

        def parameters() -> dict[str, str | int]:
            nonlocal known
            known += 1
            return {"since": known}

        async with raw_station(tmp_path, script) as station, link_to(station.path) as link:
            async with aclosing(link.follow("/v1/events", parameters)) as items:
                found = await take(items, 5)
            told = [one.why if isinstance(one, Broken) else one.name for one in found]
            assert told == ["entry", "tail.closed", "entry", "tail.broken-off", "entry"]
            assert station.requests == [f"GET /v1/events?since={n}" for n in range(1, 6)]

    asyncio.run(run())


def test_silence_is_a_break(tmp_path: Path) -> None:
    """A station that takes the connection and says nothing, at once or after a while, is frozen."""

    async def script(one: Connection) -> None:
        if one.request.endswith("second"):
            await one.begin()
            await one.event("hello", {})
        await one.hang()

    async def run() -> None:
        async with raw_station(tmp_path, script) as station, link_to(station.path, silence_s=0.2) as link:
            for url, count in (("/events/first", 1), ("/events/second", 2)):
                async with aclosing(link.follow(url, dict)) as items:
                    assert (await take(items, count))[-1] == Broken("tail.silent", {"seconds": "0"})

    asyncio.run(run())


def test_it_goes_on_trying_when_nobody_is_there_unless_it_is_told_not_to(tmp_path: Path) -> None:
    """And says so once, until somebody is; a station may come at any time."""

    async def script(one: Connection) -> None:
        await one.begin()
        await one.event("hello", {})
        await one.hang()

    async def run() -> None:
        async with link_to(tmp_path / "ptsn.sock") as link:
            with pytest.raises(Away, match="no station is running"):
                await anext(link.follow("/v1/events", dict, patient=False))
            async with aclosing(link.follow("/v1/events", dict)) as items:
                assert (await take(items, 1))[0] == Broken("tail.away")
                waiting = asyncio.ensure_future(anext(items))
                async with raw_station(tmp_path, script):
                    assert await waiting == Event("hello", "{}")

    asyncio.run(run())


def test_a_stream_that_is_refused_says_why(tmp_path: Path) -> None:
    """It is not tried again as if nobody were there."""

    async def script(one: Connection) -> None:
        await one.answer({"error": "not for this caller"}, "403 Forbidden")

    async def run() -> None:
        async with raw_station(tmp_path, script) as station, link_to(station.path) as link:
            with pytest.raises(LinkError, match="not for this caller") as error:
                await anext(link.follow("/v1/events", dict))
            assert error.value.status == 403

    asyncio.run(run())


def test_over_tcp_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment does not come between."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    async def run() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            data = event("hello", {})
            writer.write(HEAD + b"%x\r\n%b\r\n" % (len(data), data))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        async with open_link(f"http://127.0.0.1:{port}") as link, aclosing(link.follow("/v1/events", dict)) as items:
            assert (await take(items, 1))[0] == Event("hello", "{}")
        server.close()

    asyncio.run(run())
