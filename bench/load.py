"""The load: panels on raw sockets, their frames made beforehand.

*Closed loop*: every connection has ``window`` messages outstanding (a panel has one) and sends the next when
an answer comes. *Paced*: messages leave at even intervals whatever the answers do, and a wait is counted from
the moment at which the message should have left, so that a receiver that stalls is charged for all of it.

An answer counts only if it is the acknowledgement of the message at whose turn it comes.
"""

from __future__ import annotations

import gc
import select
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from bench.frames import Message, is_whole

Answer = tuple[Message, bytes, float]
"""The message at whose turn it came, the answer, and the wait in seconds."""

PATIENCE_S = 20.0
"""How long answers that are due may take before a round is given up."""


class Result:
    """What one round gave."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0
        self.in_time = 0
        """How many were acknowledged within ``elapsed_s``."""
        self.acknowledged: list[Message] = []
        self.waits: list[float] = []
        """Seconds from an event to its acknowledgement."""
        self.link_test_waits: list[float] = []
        """The same of link tests."""
        self.wrong: list[bytes] = []
        """Answers that were no acknowledgement of what was sent; at most a few are kept."""
        self.wrong_count = 0
        self.unanswered = 0

    @property
    def per_second(self) -> float:
        """Messages acknowledged per second."""
        return self.in_time / self.elapsed_s if self.elapsed_s else 0.0

    def refuse(self, answer: bytes) -> None:
        """Count a wrong answer."""
        self.wrong_count += 1
        if len(self.wrong) < 3:
            self.wrong.append(answer)


class Connection:
    """One panel's connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.outstanding: deque[tuple[Message, float]] = deque()
        self.messages: Iterator[Message] = iter(())
        self.rest = b""

    def fileno(self) -> int:
        """The socket's."""
        return self.socket.fileno()


@contextmanager
def connected(address: tuple[str, int], count: int) -> Iterator[list[Connection]]:
    """So many connections to a receiver."""
    with ExitStack() as stack:
        made = []
        for _ in range(count):
            each = Connection(address)
            stack.callback(each.socket.close)
            made.append(each)
        yield made


@contextmanager
def _undisturbed() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def closed_loop(
    connections: Sequence[Connection], messages: Sequence[Sequence[Message]], seconds: float, window: int = 1
) -> Result:
    """Send until the time is over or the messages run out; then wait for what is outstanding.

    What is acknowledged after the time does not count towards the rate, but must be in the journal all the same.
    """
    result = Result()
    poll = select.epoll()
    by_fd = {each.fileno(): each for each in connections}
    for each, own in zip(connections, messages, strict=True):
        each.messages = iter(own)
        poll.register(each.fileno(), select.EPOLLIN)
    answers: list[Answer] = []
    clock = time.perf_counter
    with poll, _undisturbed():
        start = clock()
        end = start + seconds
        for each in connections:
            for _ in range(window):
                message = next(each.messages)
                each.outstanding.append((message, clock()))
                each.socket.send(message.raw)
        going = True
        while going:
            events = poll.poll(PATIENCE_S)
            if not events:
                break
            for fd, _ in events:
                each = by_fd[fd]
                now = clock()
                got = _read(each, answers, now)
                if now >= end:
                    going = False
                    break
                burst = []
                for _ in range(got):
                    next_message = next(each.messages, None)
                    if next_message is None:
                        going = False
                        break
                    each.outstanding.append((next_message, now))
                    burst.append(next_message.raw)
                if burst:
                    each.socket.send(burst[0] if len(burst) == 1 else b"".join(burst))
        result.elapsed_s = clock() - start
    _judge(answers, result)
    result.in_time = len(result.acknowledged)
    drain(connections, result)
    return result


def _read(each: Connection, answers: list[Answer], now: float) -> int:
    """Take what came; how many messages it settles."""
    data = each.socket.recv(65536)
    if not data:
        raise ConnectionError("the receiver closed a connection in the middle of a round")
    if each.rest:
        data = each.rest + data
        each.rest = b""
    if data.count(b"\r") == 1 and data[-1] == 13:  # the usual case: one whole answer
        message, sent = each.outstanding.popleft()
        answers.append((message, data, now - sent))
        return 1
    *whole, each.rest = data.split(b"\r")
    for part in whole:
        message, sent = each.outstanding.popleft()
        answers.append((message, part + b"\r", now - sent))
    return len(whole)


def _judge(answers: Sequence[Answer], result: Result) -> None:
    for message, answer, wait in answers:
        # An echo gives back the message itself, which is all that is asked of it.
        if (message.expected in answer and is_whole(answer)) or answer == message.raw:
            if message.link_test:
                result.link_test_waits.append(wait)
            else:
                result.acknowledged.append(message)
                result.waits.append(wait)
        else:
            result.refuse(answer)


def drain(connections: Sequence[Connection], result: Result) -> None:
    """Wait for the answers still due."""
    answers: list[Answer] = []
    deadline = time.perf_counter() + PATIENCE_S
    waiting = {each.fileno(): each for each in connections if each.outstanding}
    poll = select.poll()
    for fd in waiting:
        poll.register(fd, select.POLLIN)
    while waiting and time.perf_counter() < deadline:
        for fd, _ in poll.poll(500):
            each = waiting[fd]
            _read(each, answers, time.perf_counter())
            if not each.outstanding:
                poll.unregister(fd)
                del waiting[fd]
    for each in waiting.values():
        result.unanswered += len(each.outstanding)
        each.outstanding.clear()
    _judge(answers, result)


def paced(
    connections: Sequence[Connection], messages: Sequence[Sequence[Message]], per_second: float, seconds: float
) -> Result:
    """Send at even intervals, one connection after the other; every wait counts from the intended moment."""
    result = Result()
    answers: list[Answer] = []
    clock = time.perf_counter
    count = min(int(per_second * seconds), len(connections) * min(len(each) for each in messages))
    for each, own in zip(connections, messages, strict=True):
        each.messages = iter(own)
    with _undisturbed():
        start = clock() + 0.01
        for number in range(count):
            due = start + number / per_second
            while (left := due - clock()) > 0:
                # select() wakes within some 50 microseconds; epoll counts in milliseconds.
                for each in select.select(connections, [], [], left)[0]:
                    _read(each, answers, clock())
            each = connections[number % len(connections)]
            message = next(each.messages)
            each.outstanding.append((message, due))
            with suppress(BlockingIOError):
                each.socket.send(message.raw)
        result.elapsed_s = clock() - start
    _judge(answers, result)
    result.in_time = len(result.acknowledged)
    drain(connections, result)
    return result
