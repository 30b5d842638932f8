"""A panel, or a receiver, that waits to be called: over real sockets, with a station that calls by hand."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from panels import signals
from panels.habits import Habits, Identity
from panels.panel import Panel
from protocols.ends import OutcomeKind, Source
from receiver.adapters.called import ListenError
from receiver.adapters.counters import MemoryCounters
from receiver.adapters.endpoints import Listen
from tests.panels.fake import Loop

PANIC = signals.contact_id("1234", "120", partition="1", number="7")
FIRE = signals.contact_id("1234", "110", partition="1", number="8")
ACK = b"\x06"


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Notes:
    """What is said about the wire."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def received(self, source: Source, data: bytes) -> None:
        """Nothing to note."""

    def sent(self, source: Source, data: bytes) -> None:
        """Nothing to note."""

    def note(self, source: Source, text: str) -> None:
        """Something about the connection."""
        self.texts.append(text)


class Called:
    """A receiver that speaks Sur-Gard, and the port where it waits."""

    def __init__(self, loop: Loop, **habits: object) -> None:
        self.loop = loop
        self.port = free_port()
        self.notes = Notes()
        settings = Habits(**{"protocol": "surgard", "ack_timeout_s": 5.0, "connect_timeout_s": 5.0, **habits})  # type: ignore[arg-type]
        self.panel = Panel(
            Identity(account="1234"),
            Listen("tcp", self.port),
            MemoryCounters(),
            loop.reactor,
            settings,
            tap=self.notes,
        )

    def call(self) -> socket.socket:
        """Connect to it."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        made.setblocking(False)
        return made

    def read(self, station: socket.socket, size: int) -> bytes:
        """So many bytes of what it says; fewer when it hangs up."""
        data = b""

        def enough() -> bool:
            nonlocal data
            try:
                more = station.recv(size - len(data))
            except BlockingIOError:
                return False
            data += more
            return not more or len(data) >= size

        self.loop.until(enough)
        return data


@pytest.fixture
def called(loop: Loop) -> Iterator[Called]:
    """It waits already."""
    it = Called(loop)
    it.panel.start()
    yield it
    loop.result(it.panel.stop())


def test_whoever_calls_first_gets_what_happens_later(called: Called) -> None:
    """The line stands before there is anything to say."""
    with called.call() as station:
        outcome = called.panel.send(PANIC)
        assert called.read(station, 21) == b"5011 181234E12001007\x14"
        station.send(ACK)
        assert called.loop.result(outcome).kind is OutcomeKind.ACCEPTED


def test_what_happened_waits_for_a_call_and_goes_on_over_the_next(called: Called) -> None:
    """A station that hangs up before it answers hears the message again."""
    first, second = called.panel.send(PANIC), called.panel.send(FIRE)
    with called.call() as station:
        assert called.read(station, 21).startswith(b"5011 181234E120")
    called.loop.until(lambda: any("ended before an answer came" in text for text in called.notes.texts))
    with called.call() as station:
        assert called.read(station, 21).startswith(b"5011 181234E120")
        station.send(ACK)
        assert called.loop.result(first).kind is OutcomeKind.ACCEPTED
        assert called.read(station, 21).startswith(b"5011 181234E110")
        station.send(ACK)
        assert called.loop.result(second).kind is OutcomeKind.ACCEPTED


def test_a_second_caller_is_turned_away(called: Called) -> None:
    """The first one keeps the line."""
    with ExitStack() as calls:
        first = calls.enter_context(called.call())
        called.loop.until(lambda: called.panel.main.end is not None)
        second = calls.enter_context(called.call())
        assert called.read(second, 1) == b""
        assert "turned away: a line stands already" in called.notes.texts
        called.panel.send(PANIC)
        assert called.read(first, 21).startswith(b"5011 181234E120")


def test_without_a_call_the_panel_gives_up(loop: Loop) -> None:
    """After its attempts, and says why."""
    it = Called(loop, connect_timeout_s=0.05, attempts=1)
    outcome = loop.result(it.panel.send(PANIC))
    assert outcome.kind is OutcomeKind.GAVE_UP
    assert "nobody called within 0.05 s" in outcome.reason
    loop.result(it.panel.stop())


def test_a_port_in_use_is_named(loop: Loop) -> None:
    """At once, not when something happens."""
    it = Called(loop)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", it.port))
        taken.listen()
        with pytest.raises(ListenError, match=f"cannot listen on tcp:{it.port}:interface=127.0.0.1: Address already"):
            it.panel.start()
    loop.result(it.panel.stop())


def test_the_port_is_closed_with_the_panel(loop: Loop) -> None:
    """Nobody can call it any more."""
    it = Called(loop)
    it.panel.start()
    it.call().close()
    loop.result(it.panel.stop())
    loop.reactor.iterate(0.01)
    with pytest.raises(ConnectionRefusedError):
        it.call()
