"""One panel against a receiver on a real socket: what it sends, and what it does about every answer."""

from __future__ import annotations

import socket
import time
from calendar import timegm
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from panels.panel import Habits, Identity, Panel
from panels.timekeeping import LinkTests
from protocols.ends import LinkTest, Outcome, OutcomeKind, Ticket
from protocols.model import Moment, Qualifier, Scheme, Signal
from receiver.adapters.counters import FileCounters, MemoryCounters
from receiver.adapters.endpoints import parse_target
from tests.panels.fake import FakeReceiver, Loop, Seen, ack, framed, nak, receiving
from tests.support.frames import encrypt, stamp

KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
PANIC = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="120", qualifier=Qualifier.NEW, partition="01", number="015"
)
BURGLARY = Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, partition="1", number="015")


def silent(seen: Seen) -> bytes:
    """Read and say nothing."""
    return b""


def cut(seen: Seen) -> None:
    """Close the connection instead of answering."""


def panel(
    loop: Loop, to: FakeReceiver | str, key: bytes | None = None, counters: Any = None, tap: Any = None, **habits: Any
) -> Panel:
    """A panel 1234 that reports to a receiver and is impatient unless told otherwise."""
    target = parse_target(to if isinstance(to, str) else to.target)
    settings = Habits(**{"ack_timeout_s": 0.2, "attempts": 3, **habits})
    who = Identity(account="1234", key=key)
    return Panel(who, target, counters or MemoryCounters(), loop.reactor, settings, tap=tap)


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_a_signal_is_acknowledged(loop: Loop, udp: bool, key: bytes | None) -> None:
    """Contact ID and SIA go out, plain and encrypted, over TCP and UDP, and the outcome says so."""
    with receiving(udp=udp, key=key) as receiver:
        dialler = panel(loop, receiver, key, ack_timeout_s=5)
        outcomes = [loop.result(dialler.send(signal)) for signal in (PANIC, BURGLARY)]
        loop.result(dialler.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 2
    assert [seen.token for seen in receiver.seen] == ["ADM-CID", "SIA-DCS"]
    assert [seen.sequence for seen in receiver.seen] == ["0001", "0002"]
    assert receiver.seen[0].data.endswith("#1234|1120 01 015")
    assert "BA015" in receiver.seen[1].data
    assert all(seen.encrypted is (key is not None) for seen in receiver.seen)
    assert all(seen.address == "L0#1234" for seen in receiver.seen)


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
@pytest.mark.parametrize("host", ["::1", "127.0.0.1"])
def test_a_receiver_is_reached_over_either_internet_protocol(loop: Loop, udp: bool, host: str) -> None:
    """IPv6 as well as IPv4, with answers taken from the address they were asked of."""
    try:
        receiver = FakeReceiver(udp=udp, host=host)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    dialler = panel(loop, receiver, ack_timeout_s=5)
    outcome = loop.result(dialler.send(PANIC))
    loop.result(dialler.stop())
    receiver.close()
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.ticket.attempts == 1


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
def test_a_lost_answer_makes_the_panel_repeat_under_the_same_number(loop: Loop, udp: bool) -> None:
    """Two answers are lost; the third attempt is acknowledged, and all three carry one sequence number."""
    with receiving(silent, silent, udp=udp) as receiver:
        dialler = panel(loop, receiver)
        outcome = loop.result(dialler.send(PANIC))
        loop.result(dialler.stop())
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.ticket.attempts == 3
    assert [seen.sequence for seen in receiver.seen] == ["0001"] * 3


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
def test_a_silent_receiver_is_given_up(loop: Loop, udp: bool) -> None:
    """After all attempts the outcome says how often it was tried; the next message is tried afresh."""
    with receiving(silent, silent, udp=udp) as receiver:
        dialler = panel(loop, receiver, attempts=2)
        given_up, delivered = dialler.send(PANIC), dialler.send(BURGLARY)
        first, second = loop.result(given_up), loop.result(delivered)
        loop.result(dialler.stop())
    assert (first.kind, second.kind) == (OutcomeKind.GAVE_UP, OutcomeKind.ACCEPTED)
    assert "2 attempts" in first.reason
    assert [seen.sequence for seen in receiver.seen] == ["0001", "0001", "0002"]


def test_a_nak_corrects_the_clock_for_this_receiver(loop: Loop) -> None:
    """The repeat carries the receiver's time under the same number, and so does everything after it."""
    ahead = 3600

    def ack_ahead(seen: Seen) -> bytes:
        return framed(f'"*ACK"{seen.sequence}{seen.address}['.encode() + encrypt(KEY, b"]" + stamp(ahead)))

    with receiving(lambda seen: nak(time.time() + ahead), ack_ahead, ack_ahead, key=KEY) as receiver:
        dialler = panel(loop, receiver, KEY, ack_timeout_s=5)
        outcome = loop.result(dialler.send(PANIC))
        loop.result(dialler.link_test())
        offset = dialler.offset_s
        loop.result(dialler.stop())
    assert outcome.kind is OutcomeKind.ACCEPTED
    first, second, third = receiver.seen
    assert (first.sequence, second.sequence) == ("0001", "0001")
    assert abs(_seconds(second) - _seconds(first) - ahead) < 60
    assert abs(_seconds(third) - _seconds(first) - ahead) < 60
    assert abs(offset - ahead) < 60


def test_a_panel_whose_own_clock_is_wrong_is_put_right(loop: Loop) -> None:
    """A clock that is a day behind stamps wrongly until the NAK comes."""
    with receiving(lambda seen: nak(time.time())) as receiver:
        dialler = panel(loop, receiver, ack_timeout_s=5, clock_offset_s=-86_400.0)
        loop.result(dialler.send(PANIC))
        loop.result(dialler.stop())
    first, second = receiver.seen
    assert abs(_seconds(first) + 86_400 - time.time()) < 60
    assert abs(_seconds(second) - time.time()) < 60


def _seconds(seen: Seen) -> int:
    return timegm(time.strptime(seen.stamp, "%H:%M:%S,%m-%d-%Y"))


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
def test_a_late_answer_is_not_taken_for_the_answer(loop: Loop, udp: bool) -> None:
    """An acknowledgement with another number neither ends the wait nor disturbs the repeat."""
    with receiving(lambda seen: ack(seen, sequence="0777"), udp=udp) as receiver:
        dialler = panel(loop, receiver)
        outcome = loop.result(dialler.send(PANIC))
        loop.result(dialler.stop())
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.ticket.attempts == 2
    assert [seen.sequence for seen in receiver.seen] == ["0001", "0001"]


@pytest.mark.parametrize("keep", [True, False], ids=["persistent", "per-message"])
def test_a_connection_closed_in_the_middle_costs_no_message(loop: Loop, keep: bool) -> None:
    """The message is sent again over a new connection, under its number, before those behind it."""
    with receiving(cut) as receiver:
        dialler = panel(loop, receiver, keep=keep, ack_timeout_s=5)
        waiting = [dialler.send(signal) for signal in (PANIC, BURGLARY)]
        outcomes = [loop.result(each) for each in waiting]
        loop.result(dialler.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 2
    assert [seen.sequence for seen in receiver.seen] == ["0001", "0001", "0002"]
    assert receiver.seen[0].connection != receiver.seen[1].connection


def test_a_receiver_that_always_hangs_up_is_given_up(loop: Loop) -> None:
    """Each connection that ends before the answer is an attempt."""
    with receiving(cut, cut) as receiver:
        dialler = panel(loop, receiver, attempts=2, ack_timeout_s=5)
        outcome = loop.result(dialler.send(PANIC))
        loop.result(dialler.stop())
    assert outcome.kind is OutcomeKind.GAVE_UP
    assert "connection ended" in outcome.reason
    assert len(receiver.seen) == 2


def test_a_message_the_receiver_cannot_process_is_refused(loop: Loop) -> None:
    """DUH is an outcome of its own: repeating the same would not help."""
    with receiving(lambda seen: ack(seen, "DUH")) as receiver:
        dialler = panel(loop, receiver, ack_timeout_s=5)
        outcome = loop.result(dialler.send(PANIC))
        loop.result(dialler.stop())
    assert outcome.kind is OutcomeKind.REFUSED
    assert len(receiver.seen) == 1


def test_a_refused_connection_is_reported(loop: Loop) -> None:
    """Nobody listens: the outcome names the target, the attempts and the system's words."""
    target = f"tcp:127.0.0.1:{_closed_port()}"
    dialler = panel(loop, target, attempts=2)
    outcome = loop.result(dialler.send(PANIC))
    loop.result(dialler.stop())
    assert outcome.kind is OutcomeKind.GAVE_UP
    assert target in outcome.reason
    assert "2 attempts" in outcome.reason
    assert "refused" in outcome.reason.lower()


def test_a_receiver_that_comes_up_late_gets_what_waits(loop: Loop) -> None:
    """A panel that keeps trying delivers, in order, once somebody listens."""
    port = _closed_port()
    dialler = panel(loop, f"tcp:127.0.0.1:{port}", attempts=50, ack_timeout_s=5)
    waiting = [dialler.send(signal) for signal in (PANIC, BURGLARY)]
    loop.until(lambda: dialler.main._client is not None and dialler.main._client._fruitless > 0)
    with socket.create_server(("127.0.0.1", port)) as listening:
        listening.setblocking(False)
        answered: list[bytes] = []

        def accept() -> bool:
            try:
                connection, _ = listening.accept()
            except BlockingIOError:
                return False
            connection.setblocking(False)
            answered.append(b"")
            streams.append(connection)
            return True

        streams: list[socket.socket] = []
        loop.until(accept)
        for each in waiting:
            loop.until(lambda: _pump(streams[0]))
            assert loop.result(each).kind is OutcomeKind.ACCEPTED
        loop.result(dialler.stop())
        streams[0].close()


def _pump(stream: socket.socket) -> bool:
    try:
        data = stream.recv(65_535)
    except BlockingIOError:
        return False
    stream.sendall(ack(Seen(data, 0, None)))
    return True


def _closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


@pytest.mark.parametrize(("keep", "connections"), [(True, 1), (False, 3)], ids=["persistent", "per-message"])
def test_the_connection_is_kept_or_made_for_each_message(loop: Loop, keep: bool, connections: int) -> None:
    """Both habits exist in the field, so both are there."""
    with receiving() as receiver:
        dialler = panel(loop, receiver, keep=keep, ack_timeout_s=5)
        for each in [dialler.send(PANIC) for _ in range(3)]:
            loop.result(each)
        loop.result(dialler.stop())
        assert receiver.connections == connections


def test_only_one_message_is_on_its_way_at_a_time(loop: Loop) -> None:
    """The second message is not sent before the first is answered."""
    with receiving(silent) as receiver:
        dialler = panel(loop, receiver, ack_timeout_s=0.3)
        waiting = [dialler.send(PANIC), dialler.send(BURGLARY)]
        loop.until(lambda: len(receiver.seen) == 1)
        assert dialler.waiting == 2
        for each in waiting:
            loop.result(each)
        loop.result(dialler.stop())
    assert [seen.token for seen in receiver.seen] == ["ADM-CID", "ADM-CID", "SIA-DCS"]


def test_numbers_of_two_runs_never_repeat(loop: Loop, tmp_path: Path) -> None:
    """A second process with the same file goes on where the first ended; a link test takes no number."""
    state = tmp_path / "counters.json"
    with receiving() as receiver:
        for _ in range(2):
            dialler = panel(loop, receiver, counters=FileCounters(state), ack_timeout_s=5)
            for _ in range(3):
                loop.result(dialler.send(PANIC))
            loop.result(dialler.link_test())
            loop.result(dialler.stop())
    numbers = [seen.sequence for seen in receiver.seen if seen.token != "NULL"]
    assert numbers == sorted(set(numbers))
    assert [seen.sequence for seen in receiver.seen if seen.token == "NULL"] == ["0000", "0000"]


class Answering:
    """A client that is answered at once."""

    waiting = 0

    def __init__(self) -> None:
        self.sent: list[Signal | LinkTest] = []

    def send(self, message: Signal | LinkTest, ticket: Ticket | None = None) -> Deferred[Outcome]:
        """Accepted."""
        self.sent.append(message)
        return succeed(Outcome(Ticket(message, 1), OutcomeKind.ACCEPTED, ""))

    def stop(self) -> Deferred[None]:
        """Nothing to close."""
        return succeed(None)


def test_link_tests_come_by_themselves_and_any_message_restarts_their_timer() -> None:
    """At once after the start, then whenever nothing was sent for the interval, and none after the stop."""
    clock = Clock()
    heard: list[Outcome] = []
    dialler = Panel(
        Identity(account="1234"),
        parse_target("tcp:127.0.0.1:9"),
        MemoryCounters(),
        clock,
        Habits(link_test_s=60.0),
        clock=lambda: Moment(0.0, clock.seconds()),
    )
    client = Answering()
    dialler.main._client = client  # type: ignore[assignment]
    dialler.start(heard=heard.append)
    clock.pump([0, 60])
    assert client.sent == [LinkTest("1234")] * 2
    clock.advance(30)
    dialler.send(PANIC)
    clock.advance(50)
    assert client.sent[2:] == [PANIC]
    clock.advance(10)
    assert client.sent[3:] == [LinkTest("1234")]
    dialler.stop()
    clock.advance(1000)
    assert len(client.sent) == 4
    assert len(heard) == 3


def test_a_stopped_panel_gives_up_what_waits(loop: Loop) -> None:
    """Everything that was promised an outcome gets one, also what comes after the stop."""
    with receiving(silent) as receiver:
        dialler = panel(loop, receiver, ack_timeout_s=60)
        waiting = [dialler.send(PANIC), dialler.send(PANIC)]
        loop.until(lambda: len(receiver.seen) == 1)
        loop.result(dialler.stop())
        outcomes = [loop.result(each) for each in (*waiting, dialler.send(PANIC))]
        loop.result(dialler.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.GAVE_UP] * 3
    assert all("stopped" in outcome.reason for outcome in outcomes)


def test_a_panel_stops_while_it_is_still_connecting(loop: Loop) -> None:
    """Neither a dial in progress nor a pause between two dials holds up the stop."""
    dialler = panel(loop, f"tcp:127.0.0.1:{_closed_port()}", attempts=50)
    waiting = dialler.send(PANIC)
    loop.result(dialler.stop())
    assert loop.result(waiting).kind is OutcomeKind.GAVE_UP
    dialler = panel(loop, f"tcp:127.0.0.1:{_closed_port()}", attempts=50)
    waiting = dialler.send(PANIC)
    loop.until(lambda: dialler.main._client is not None and dialler.main._client._pause is not None)
    loop.result(dialler.stop())
    assert loop.result(waiting).kind is OutcomeKind.GAVE_UP


def test_a_full_buffer_loses_the_newest_message_and_says_so(loop: Loop) -> None:
    """A panel's memory is small; what does not fit is given up at once."""
    with receiving(silent) as receiver:
        dialler = panel(loop, receiver, buffer=2, ack_timeout_s=60)
        for _ in range(2):
            dialler.send(PANIC)
        outcome = loop.result(dialler.send(PANIC))
        loop.result(dialler.stop())
    assert outcome.kind is OutcomeKind.GAVE_UP
    assert "buffer is full" in outcome.reason


def test_an_answer_from_another_address_is_not_heard(loop: Loop) -> None:
    """Over UDP only the receiver's own address and port can acknowledge."""
    stranger = socket.socket(type=socket.SOCK_DGRAM)

    def by_a_stranger(seen: Seen) -> bytes:
        stranger.sendto(ack(seen), receiver.peers[-1])
        return b""

    with receiving(by_a_stranger, by_a_stranger, udp=True) as receiver:
        dialler = panel(loop, receiver)
        outcome = loop.result(dialler.send(PANIC))
        loop.result(dialler.stop())
    stranger.close()
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.ticket.attempts == 3


def test_what_cannot_be_written_fails_and_the_next_message_still_goes(loop: Loop) -> None:
    """A signal that DC-09 has no words for is an error of the caller, not a message given up."""
    odd = Signal(account="1234", scheme=Scheme.OTHER, code="?", qualifier=Qualifier.NEW)
    with receiving() as receiver:
        dialler = panel(loop, receiver, ack_timeout_s=5)
        failing, going = dialler.send(odd), dialler.send(PANIC)
        with pytest.raises(ValueError):
            loop.result(failing)
        assert loop.result(going).kind is OutcomeKind.ACCEPTED
        loop.result(dialler.stop())


def test_a_panel_shows_no_key() -> None:
    """Neither the panel nor its identity prints the key."""
    assert "0011" not in repr(Identity(account="1234", key=KEY))
    assert KEY.hex() not in repr(Identity(account="1234", key=KEY))


def test_link_tests_go_on_when_an_interval_comes_back() -> None:
    """None for a while does not end them for ever; before the start and after the stop none is sent."""
    clock = Clock()
    path: Any = SimpleNamespace(interval=60.0, busy=False, sent=[])
    path.test = lambda: path.sent.append(clock.seconds())
    tests = LinkTests(path, clock, lambda: Moment(clock.seconds(), clock.seconds()))
    tests.again()
    assert not tests.running
    tests.start(0.0)
    clock.advance(0)
    path.interval = None
    tests.again()
    clock.pump([60] * 3)
    assert path.sent == [0]
    path.interval = 60.0
    tests.again()
    clock.pump([60] * 2)
    assert path.sent == [0, 180, 240, 300]
    tests.stop()
    tests.again()
    assert not tests.running
