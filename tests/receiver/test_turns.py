"""Peers that bring bytes and no messages: read in portions, one after the other, and heard all the same."""

from __future__ import annotations

import itertools
import select
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from protocols import auto, wires
from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Verdict
from receiver.adapters.muted import Muted
from receiver.adapters.server import StreamServer
from receiver.adapters.stream import StreamLine
from receiver.adapters.turns import FORGIVEN_S, FREE, LEFT_BEHIND, PORTION, SHARE, Turns
from receiver.intake.verdicts import ACKNOWLEDGED
from tests.protocols.wire_examples import EXAMPLES
from tests.support import frames
from tests.support.station import StationProcess, until

WALL = 1_795_651_200.0
TURN_S = 0.01
"""What every turn costs here."""
RUBBISH = b"a terminal that somebody left on the wrong port\r\n" * 400
PRESS = b"5011 181234E12001009\x14"
ACK = b"\x06"
VERDICTS = {ArrivalKind.LINK_TEST: Verdict.ALIVE, ArrivalKind.MALFORMED: Verdict.MALFORMED}


class Taker:
    """Takes every message as stored, and keeps what it saw."""

    full = False

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.dropped_bytes = 0
        self.later: list[tuple[Arrival, Any]] | None = None
        """Messages whose verdict is to come; None where each is given at once."""
        self.failing: Any = None
        """The line with which everything fails."""

    def handle(self, items: Sequence[Any], line: Any, now: Moment) -> None:
        for item in items:
            if isinstance(item, Arrival):
                self.arrivals.append(item)
                if self.later is not None:
                    self.later.append((item, line))
                else:
                    self.decide(item, line, now)
        if line is self.failing:
            raise RuntimeError("a fault of ours")

    def decide(self, item: Arrival, line: Any, now: Moment) -> None:
        verdict = VERDICTS.get(item.kind, Verdict.STORED)
        line.end.decide(item, verdict, now)
        if verdict in ACKNOWLEDGED:
            line.proven = True

    def commit(self, now: Moment) -> None:
        """The verdicts on all that waits."""
        settled, self.later = self.later or [], []
        for item, line in settled:
            self.decide(item, line, now)
        for line in {line: None for _, line in settled}:
            line.flush()

    def wait_for_room(self, line: Any) -> None:
        """There is room."""

    def dropped(self, source: Source, size: int, why: str) -> None:
        self.dropped_bytes += size

    def opened(self, line: Any, now: Moment) -> None:
        """Nothing to keep."""

    def closed(self, line: Any, now: Moment, why: str) -> None:
        """Nothing to keep."""


class Wire:
    """A tap nobody listens to."""

    def received(self, source: Source, data: bytes) -> None:
        """Nothing to keep."""

    def sent(self, source: Source, data: bytes) -> None:
        """Nothing to keep."""

    def note(self, source: Source, text: str) -> None:
        """Nothing to keep."""


class Counting:
    """An end that is told how much it was given."""

    def __init__(self, end: Any) -> None:
        self._end = end
        self.given: list[int] = []
        self.ended = 0

    def receive(self, data: bytes, now: Moment) -> Any:
        if data:
            self.given.append(len(data))
        return self._end.receive(data, now)

    def receive_eof(self, now: Moment) -> Any:
        self.ended += 1
        return self._end.receive_eof(now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._end, name)


class House:
    """Lines of one station, on a clock that the test moves."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.taker = Taker()
        spent = itertools.count()
        # Asked before and after a turn: each takes TURN_S.
        self.turns = Turns(self.clock, lambda: next(spent) * TURN_S)
        self._first = itertools.count(1 << 20, 1 << 20)

    def now(self) -> Moment:
        return Moment(WALL + self.clock.seconds(), 1000.0 + self.clock.seconds())

    def line(
        self, protocol: str = "surgard", host: str = "192.0.2.1", *, listen_only: bool = False
    ) -> tuple[StreamLine, StringTransport, Counting]:
        """A connection that stands."""
        receiving: Callable[..., Any] = auto.receiving if protocol == auto.NAME else wires.WIRES[protocol].receiving

        def end(source: Source) -> Any:
            options, limits = SourceOptions(listen_only=listen_only), Limits(undecided=64)
            made = receiving(source, lambda *_: Dialect(), options=options, limits=limits, first=next(self._first))
            return Counting(Muted(made) if listen_only else made)

        made = StreamServer(
            end, self.taker, Wire(), self.clock, "ip", protocol, clock=self.now, turns=self.turns
        ).buildProtocol(None)
        assert made is not None
        transport = StringTransport(peerAddress=IPv4Address("TCP", host, 41122))
        made.makeConnection(transport)
        return made, transport, made.end

    def wait(self, turns: int = 1) -> None:
        """Let so many turns pass."""
        for _ in range(turns):
            self.clock.advance(1.01 * SHARE * TURN_S)

    def wait_until_read(self, transport: StringTransport) -> None:
        """Let turns pass until the line is read from again."""
        for _ in range(10_000):
            if transport.producerState == "producing":
                return
            self.wait()
        raise AssertionError("still paused")


@pytest.mark.parametrize("protocol", [auto.NAME, *wires.WIRES])
def test_bytes_without_a_message_are_read_in_portions(protocol: str) -> None:
    """Whatever the protocol: the peer is paused, and each turn of its line takes no more than a portion."""
    house = House()
    line, transport, end = house.line(protocol)
    line.dataReceived(RUBBISH)
    assert sum(end.given) <= FREE + PORTION
    assert transport.producerState == "paused"
    for _ in range(1000):
        if transport.producerState == "producing":
            break
        before = sum(end.given)
        house.wait()
        assert sum(end.given) <= before + PORTION
    assert sum(end.given) == len(RUBBISH)


@pytest.mark.parametrize("protocol", [name for name in (auto.NAME, *wires.WIRES) if name != "mx8000"])
def test_a_message_behind_rubbish_is_still_acknowledged(protocol: str) -> None:
    """It waits for its turns, and is answered as if nothing had come before it."""
    house = House()
    line, transport, _ = house.line(protocol)
    line.dataReceived(RUBBISH)
    house.wait_until_read(transport)
    transport.clear()
    line.dataReceived(EXAMPLES["surgard" if protocol == auto.NAME else protocol][0])
    house.wait_until_read(transport)
    house.clock.advance(5.0)  # Some messages are whole only once their line is silent.
    assert house.taker.arrivals[-1].kind not in (ArrivalKind.MALFORMED, ArrivalKind.OPAQUE)
    assert transport.value()


def test_lines_with_rubbish_take_turns_and_leave_most_of_the_time_to_the_others() -> None:
    """One after the other, and after each turn a pause of several times its length, however many lines wait."""
    house = House()
    ends = []
    for _ in range(3):
        line, _, end = house.line()
        line.dataReceived(RUBBISH)
        ends.append(end)
    assert [len(end.given) for end in ends] == [1, 0, 0]
    house.clock.advance(0.9 * SHARE * TURN_S)
    assert [len(end.given) for end in ends] == [1, 0, 0]
    house.clock.advance(0.2 * SHARE * TURN_S)
    assert [len(end.given) for end in ends] == [2, 0, 0]
    house.wait(2)
    assert [len(end.given) for end in ends] == [2, 1, 1]


def test_messages_in_plenty_wait_for_no_turn() -> None:
    """A sender that says much at once, with some noise between, is no source of rubbish."""
    house = House()
    line, transport, _ = house.line("dc09")
    for number in range(1, 1000):
        line.dataReceived(b"noise" + frames.frame(b'"NULL"%04dL0#1234[]' % number))
    assert len(house.taker.arrivals) == 999
    assert transport.producerState == "producing"


def test_a_line_that_found_its_words_again_is_read_like_all_others() -> None:
    """What its messages are worth makes the rubbish good."""
    house = House()
    line, transport, _ = house.line()
    line.dataReceived(RUBBISH)
    house.wait_until_read(transport)
    for _ in range(200):
        line.dataReceived(PRESS)
        house.wait_until_read(transport)
    transport.clear()
    line.dataReceived(PRESS)
    assert transport.value() == ACK


def test_time_that_bytes_wait_for_their_turn_is_no_silence_of_the_peer() -> None:
    """A message of which one half was read and the other waits is not given up as half a message."""
    house = House()
    for _ in range(200):
        other, _, _ = house.line()
        other.dataReceived(RUBBISH)
    line, transport, end = house.line()
    line.dataReceived(b"\r" * (2 * PORTION - 8) + PRESS)
    while sum(end.given) < 2 * PORTION:
        house.wait()
    house.wait_until_read(transport)
    assert [arrival.kind for arrival in house.taker.arrivals] == [ArrivalKind.EVENT]
    assert transport.value() == ACK


def test_the_end_of_a_stream_comes_behind_what_still_waits() -> None:
    """A peer that closes its side behind much rubbish and one message has its answer, and only then is closed."""
    house = House()
    line, transport, end = house.line()
    line.dataReceived(RUBBISH + PRESS)
    line.readConnectionLost()
    assert end.ended == 0
    assert not transport.disconnecting
    until(lambda: house.wait() or transport.disconnecting, "the end")
    assert end.ended == 1
    assert transport.value() == ACK


def test_rubbish_of_a_peer_that_is_gone_is_counted_and_let_go() -> None:
    """Whoever comes again and again leaves no work behind."""
    house = House()
    line, _, end = house.line()
    line.dataReceived(RUBBISH)
    given = sum(end.given)
    line.connectionLost(Failure(ConnectionLost()))
    assert house.taker.dropped_bytes == len(RUBBISH) - given
    house.wait(50)
    assert sum(end.given) == given


def test_whoever_comes_again_and_again_has_nothing_free() -> None:
    """Rubbish that each connection ends with is looked at in turns, whoever brings it, and the pauses are kept."""
    house = House()
    ends = []
    for _ in range(50):
        line, _, end = house.line("auto")
        line.dataReceived(RUBBISH[: FREE - 8])
        line.readConnectionLost()
        ends.append(end)
    assert sum(bool(end.given) for end in ends) == 1
    house.wait(10)
    assert sum(bool(end.given) for end in ends) <= 11


def test_new_connections_that_bring_a_message_each_wait_for_nothing() -> None:
    """However many come at once: a turn that brought a message is paid for."""
    house = House()
    for _ in range(200):
        line, transport, _ = house.line()
        line.dataReceived(PRESS)
        assert transport.value() == ACK


def test_the_turns_go_round_by_hosts() -> None:
    """A host with many noisy lines has one turn where each other host has one."""
    house = House()
    for _ in range(100):
        house.line()[0].dataReceived(RUBBISH)
    line, transport, _ = house.line(host="192.0.2.2")
    line.dataReceived(PRESS)
    assert not transport.value()
    house.wait(2)
    assert transport.value() == ACK


def test_messages_that_are_acknowledged_and_mean_nothing_are_no_rubbish() -> None:
    """One after the other, each on disk before the next: the line stays like all others."""
    house = House()
    noisy = house.line(host="192.0.2.2")[0]
    line, transport, _ = house.line("dc09")
    for number in range(1, 200):
        line.dataReceived(frames.frame(b'"SIA-DCS"%04dL0#1234[#1234|Nzz]' % number))
    assert house.taker.arrivals[-1].kind is ArrivalKind.OPAQUE
    noisy.dataReceived(RUBBISH)
    transport.clear()
    line.dataReceived(frames.frame(b'"SIA-DCS"0200L0#1234[#1234|NPA1]'))
    assert b'"ACK"0200' in transport.value()


def test_old_rubbish_is_forgiven_however_much_it_was() -> None:
    """After a while of silence a line that once spoke needs no turn, while others wait for theirs."""
    house = House()
    line, transport, _ = house.line()
    line.dataReceived(PRESS)
    line.dataReceived(RUBBISH)
    house.wait_until_read(transport)
    house.clock.advance(FORGIVEN_S)
    other = house.line(host="192.0.2.2")[0]
    other.dataReceived(RUBBISH)
    transport.clear()
    line.dataReceived(PRESS)
    assert transport.value() == ACK


def test_what_a_peer_that_is_gone_had_said_is_read_as_verdicts_come() -> None:
    """More than the end takes at a time: all of it is kept, and nothing is written."""
    house = House()
    house.taker.later = []
    line, transport, _ = house.line()
    line.dataReceived(b"".join(b"5011 18%04dE13001%03d\x14" % (number, number) for number in range(1, 501)))
    line.connectionLost(Failure(ConnectionLost()))
    assert len(house.taker.arrivals) < 500
    for _ in range(50):
        house.taker.commit(house.now())
        house.wait()
    assert len(house.taker.arrivals) == 500
    assert house.taker.dropped_bytes == 0
    assert not transport.value()


def test_where_nothing_is_answered_a_peer_that_is_gone_keeps_its_turn() -> None:
    """Nobody says it again. What one host may leave behind has an end, and what is let go is counted."""
    house = House()
    for _ in range(2 * LEFT_BEHIND):
        line, _, _ = house.line(listen_only=True)
        line.dataReceived(RUBBISH[:3000] + b"\r" + PRESS)
        line.connectionLost(Failure(ConnectionLost()))
    house.wait(5 * LEFT_BEHIND)
    kept = len([each for each in house.taker.arrivals if each.kind is ArrivalKind.EVENT])
    assert LEFT_BEHIND <= kept < 2 * LEFT_BEHIND
    assert house.taker.dropped_bytes == (2 * LEFT_BEHIND - kept) * (3001 + len(PRESS))


def test_a_fault_in_one_turn_takes_no_turn_from_the_others() -> None:
    """The line that it was about is cut, as one without turns would be."""
    house = House()
    first, cut, _ = house.line()
    second, transport, _ = house.line()
    first.dataReceived(RUBBISH[:3000] + b"\r" + PRESS)
    second.dataReceived(PRESS)
    house.taker.failing = first
    house.wait(5)
    assert cut.disconnecting
    assert transport.value() == ACK


class Noisy(threading.Thread):
    """Connections that send rubbish as fast as it is taken."""

    def __init__(self, connections: list[socket.socket]) -> None:
        super().__init__(daemon=True)
        self._connections = connections
        self.stopping = threading.Event()
        self.sent = 0

    def run(self) -> None:
        for connection in self._connections:
            connection.setblocking(False)
        while not self.stopping.is_set():
            for connection in select.select([], self._connections, [], 0.1)[1]:
                self.sent += connection.send(RUBBISH)


def test_a_station_under_rubbish_at_full_speed_hears_the_others_and_whoever_speaks_behind_it(tmp_path: Path) -> None:
    """Many noisy connections: another line's messages are acknowledged, and so is one behind rubbish of its own."""
    (tmp_path / "station.toml").write_text(
        '[station]\nname = "Test"\nnode = "test"\n'
        + "".join(
            f'[[adapter]]\nname = "{name}"\nprotocol = "{name}"\nlisten = ["tcp:0:interface=127.0.0.1"]\n'
            for name in ("surgard", "auto", "sia")
        )
    )
    with StationProcess(tmp_path) as station, ExitStack() as stack:
        noisy = Noisy([stack.enter_context(station.connect(number % 3)) for number in range(12)])
        noisy.start()
        until(lambda: noisy.sent > 3_000_000, "rubbish in every buffer")
        good, late = (stack.enter_context(station.connect()) for _ in range(2))
        for number in range(20):
            good.sendall(b"5011 181234E12001%03d\x14" % number)
            assert good.recv(20) == ACK
        late.sendall(RUBBISH[: 4 * FREE] + PRESS)
        assert late.recv(20) == ACK
        noisy.stopping.set()
        noisy.join()
        assert len([row for row in station.export() if row["kind"] == "signal"]) == 21
        station.verify()
