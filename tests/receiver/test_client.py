"""A client against a receiver on a real socket: several messages at a time, and what goes along to the next end."""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.defer import gatherResults

from protocols.dc09 import Quirks, SendingEnd, stamp
from protocols.ends import LinkTest, Outcome, OutcomeKind, Payload, Ticket
from protocols.model import Qualifier, Scheme, Signal
from receiver.adapters.client import Client
from receiver.adapters.counters import MemoryCounters
from receiver.adapters.endpoints import parse_target
from tests.panels.fake import FakeReceiver, Loop, Seen, ack, framed, receiving

KEY = bytes(range(16))
NEW_KEY = bytes(range(50, 66))


def signal(zone: int) -> Signal:
    return Signal(
        account="1234",
        scheme=Scheme.CONTACT_ID,
        code="130",
        qualifier=Qualifier.NEW,
        partition="01",
        number=f"{zone:03}",
    )


@pytest.fixture
def loop() -> Iterator[Loop]:
    """A reactor of the test's own."""
    loop = Loop()
    yield loop
    loop.close()


class Wire:
    """A tap that keeps what went out."""

    def __init__(self) -> None:
        self.out: list[bytes] = []

    def received(self, source: Any, data: bytes) -> None:
        """Nothing to keep."""

    def sent(self, source: Any, data: bytes) -> None:
        """Bytes went out."""
        self.out.append(data)

    def note(self, source: Any, text: str) -> None:
        """Nothing to keep."""


def client(loop: Loop, target: str, *, window: int = 1, wire: Wire | None = None, **options: Any) -> Client:
    """A client of account 1234."""
    counters = MemoryCounters()
    keep = options.pop("keep", True)

    def make() -> SendingEnd:
        given: dict[str, Any] = {"ack_timeout_s": 5.0, **options}
        return SendingEnd(account="1234", counters=counters, counter="n", quirks=Quirks(window=window), **given)

    return Client(parse_target(target), make, loop.reactor, keep=keep, attempts=2, tap=wire)


def frames(data: bytes) -> int:
    return len(re.findall(rb'"ADM-CID"', data))


@pytest.mark.parametrize(
    ("udp", "keep", "together"), [(False, True, [3, 1, 1]), (True, True, [1] * 5), (False, False, [1] * 5)]
)
def test_a_window_of_messages_leaves_together_over_a_kept_connection(
    loop: Loop, udp: bool, keep: bool, together: list[int]
) -> None:
    """A datagram carries one, and so does a connection that is made for one message."""
    with receiving(udp=udp) as receiver:
        wire = Wire()
        ours = client(loop, receiver.target, window=3, wire=wire, keep=keep)
        outcomes = loop.result(gatherResults([ours.send(signal(zone)) for zone in range(5)]))
        loop.result(ours.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 5
    assert [outcome.ticket.sequence for outcome in outcomes] == [1, 2, 3, 4, 5]
    assert frames(wire.out[0]) == together[0]
    assert sum(frames(data) for data in wire.out) == 5
    assert max(frames(data) for data in wire.out) <= together[0]


def test_messages_of_every_sort_are_sent(loop: Loop) -> None:
    """Signals, link tests, and payloads of any token."""
    with receiving() as receiver:
        ours = client(loop, receiver.target)
        messages = [signal(1), LinkTest("1234"), Payload("1234", "SIA-PUL", "31")]
        outcomes = loop.result(gatherResults([ours.send(message) for message in messages]))
        loop.result(ours.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 3
    assert [seen.token for seen in receiver.seen] == ["ADM-CID", "NULL", "SIA-PUL"]


def test_a_ticket_from_elsewhere_keeps_its_number(loop: Loop) -> None:
    """The same message over another path; attempts there are not counted here."""
    with receiving() as receiver:
        ours = client(loop, receiver.target)
        ticket = Ticket(signal(1), 77, 9)
        outcome = loop.result(ours.send(ticket.message, ticket))
        loop.result(ours.stop())
    assert outcome.ticket is ticket
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert [seen.sequence for seen in receiver.seen] == ["0077"]

    closed = receiver.target
    ours = client(loop, closed)
    outcome = loop.result(ours.send(ticket.message, ticket))
    assert outcome.kind is OutcomeKind.GAVE_UP
    assert "after 2 attempts" in outcome.reason


def with_key(seen: Seen) -> bytes:
    """An RSP that brings a key, encrypted like the message."""
    from tests.support.frames import encrypt

    content = b"][K" + NEW_KEY.hex().encode() + b"]" + stamp.write(time.time())
    assert seen.key is not None
    return framed(f'"*RSP"{seen.sequence}{seen.address}['.encode() + encrypt(seen.key, content))


def unanswered(seen: Seen) -> None:
    """Close the connection."""


def silent(seen: Seen) -> bytes:
    """Read and say nothing."""
    return b""


def test_what_was_learnt_goes_along_when_a_message_is_abandoned(loop: Loop) -> None:
    """The key that the receiver gave, and its clock; the message behind is sent under its number when it is back."""
    with FakeReceiverOnce([with_key, silent, silent], key=KEY) as receiver:
        ours = client(loop, receiver.target, window=3, key=KEY)
        first = loop.result(ours.send(signal(1)))
        assert first.response is not None
        assert first.response.key == NEW_KEY
        ours.end.offset_s = 3.0
        former = ours.end
        waiting = [ours.send(signal(zone)) for zone in (2, 3)]
        loop.until(lambda: len(receiver.seen) == 3)
        receiver.close()
        assert loop.result(waiting[0]).kind is OutcomeKind.GAVE_UP
        assert ours.end is not former
        assert (ours.end.key, ours.end.offset_s) == (NEW_KEY, 3.0)
    with socket.create_server(("127.0.0.1", receiver.port)) as listening:
        loop.until(lambda: bool(select.select([listening], [], [], 0)[0]))
        stream, _ = listening.accept()
        with stream:
            loop.until(lambda: bool(select.select([stream], [], [], 0)[0]))
            seen = Seen(stream.recv(65_535), 0, NEW_KEY)
            stream.sendall(ack(seen))
            outcome = loop.result(waiting[1])
        loop.result(ours.stop())
    assert (outcome.kind, seen.sequence) == (OutcomeKind.ACCEPTED, "0003")


class FakeReceiverOnce(FakeReceiver):
    """One that a test closes in the middle."""

    closed = False

    def __enter__(self) -> FakeReceiverOnce:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Once."""
        if not self.closed:
            self.closed = True
            super().close()


@pytest.mark.parametrize("answers", [1, 2, 3])
def test_a_connection_that_breaks_with_several_on_their_way_loses_none(loop: Loop, answers: int) -> None:
    """Whatever was answered before; all are told in their order."""
    with receiving(*([ack] * (answers - 1)), unanswered) as receiver:
        ours = client(loop, receiver.target, window=4)
        outcomes = loop.result(gatherResults([ours.send(signal(zone)) for zone in range(6)]))
        loop.result(ours.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 6
    assert [outcome.ticket.sequence for outcome in outcomes] == [1, 2, 3, 4, 5, 6]
    assert {seen.sequence for seen in receiver.seen} == {f"{number:04}" for number in range(1, 7)}


def duh(seen: Seen) -> bytes:
    """It cannot be processed."""
    return ack(seen, "DUH")


@pytest.mark.parametrize("how", ["stopped", "abandoned"])
def test_what_was_answered_is_told_though_an_earlier_message_was_not(loop: Loop, how: str) -> None:
    """Whether the client stops, or gives up the first one: an acknowledged message is never reported as given up."""
    with FakeReceiverOnce([silent, ack, duh, silent]) as receiver:
        ours = client(loop, receiver.target, window=4)
        waiting = [ours.send(signal(zone)) for zone in range(1, 5)]
        told: list[int] = []

        def keep(outcome: Outcome) -> Outcome:
            told.append(outcome.ticket.sequence)
            return outcome

        for deferred in waiting:
            deferred.addCallback(keep)
        loop.until(lambda: len(receiver.seen) == 4)
        loop.until(lambda: bool(ours.end.unfinished) and len(ours.end._flight._begun) == 4 and settled(ours.end) == 2)
        if how == "stopped":
            stopped = ours.stop()
            assert told == [1, 2, 3, 4]
            loop.result(stopped)
        receiver.close()
        outcomes = [loop.result(waiting[0])]
        assert told[:3] == [1, 2, 3]
        outcomes.extend(loop.result(each) for each in waiting[1:])
        loop.result(ours.stop())
    assert [outcome.kind for outcome in outcomes] == [
        OutcomeKind.GAVE_UP,
        OutcomeKind.ACCEPTED,
        OutcomeKind.REFUSED,
        OutcomeKind.GAVE_UP,
    ]
    assert told == [1, 2, 3, 4]
    assert [seen.sequence for seen in receiver.seen] == ["0001", "0002", "0003", "0004"]


def settled(end: SendingEnd) -> int:
    """How many messages on their way are decided already."""
    return sum(message.outcome is not None for message in end._flight._begun)


def test_what_was_answered_waits_its_turn_over_the_next_connection(loop: Loop) -> None:
    """The message between is sent again, the answered one is not; all are told in order."""
    with FakeReceiverOnce([silent, silent, ack]) as receiver:
        ours = client(loop, receiver.target, window=3)
        waiting = [ours.send(signal(zone)) for zone in range(1, 4)]
        loop.until(lambda: len(receiver.seen) == 3 and settled(ours.end) == 1)
        receiver.close()
        assert loop.result(waiting[0]).kind is OutcomeKind.GAVE_UP
        assert not waiting[2].called
        assert ours.waiting == 2
    with receiving(port=receiver.port) as again:
        outcomes = [loop.result(each) for each in waiting[1:]]
        outcomes.append(loop.result(ours.send(signal(4))))
        loop.result(ours.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 3
    assert [seen.sequence for seen in again.seen] == ["0002", "0004"]


def test_a_key_that_comes_while_a_long_message_waits_refuses_it(loop: Loop) -> None:
    """It no longer fits into a frame; nothing breaks, and the next message goes out under the key."""
    with receiving(unanswered, key=KEY) as receiver:
        ours = client(loop, receiver.target)
        waiting = [ours.send(Payload("1234", "SIA-DCS", "A" + "x" * 3000)), ours.send(signal(2))]
        loop.until(lambda: bool(receiver.seen))
        ours.end.key = KEY
        refused, accepted = (loop.result(each) for each in waiting)
        loop.result(ours.stop())
    assert (refused.kind, accepted.kind) == (OutcomeKind.REFUSED, OutcomeKind.ACCEPTED)
    assert "too long" in refused.reason
    assert [seen.encrypted for seen in receiver.seen] == [False, True]


def test_what_cannot_be_written_holds_nobody_up(loop: Loop) -> None:
    """It fails by itself, in the middle of a window too."""
    with receiving() as receiver:
        ours = client(loop, receiver.target, window=4)
        good = [ours.send(signal(1)), ours.send(signal(2))]
        bad = ours.send(Payload("1234", "SIA-DCS", "]"))
        good.append(ours.send(signal(3)))
        outcomes = loop.result(gatherResults(good))
        with pytest.raises(ValueError, match="would break the frame"):
            loop.result(bad)
        loop.result(ours.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 3
