"""Both ends of any protocol, wired together in memory: what is said, what is answered, and the time each takes.

Time is counted over many pairs at once, since one message takes less than a clock can tell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from msgspec import Struct, field

from bench.frames import CONTACT_ID, SIA, ZONES
from bench.processes import BenchError
from protocols import ends
from protocols.ends import Limits, LinkTest, Outcome, OutcomeKind, Source
from protocols.lines.options import SourceOptions, Speaker
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Qualifier, Scheme, Signal, Verdict
from protocols.wire import Wire

MOST_STEPS = 6
"""Frames of one message, at most: the blocks of an SIA session."""
_RESTORES = ("BR", "AR", "FR")
_KNOWN = Dialect(known=True, account_key="bench")

Compose = Callable[[str, int], ends.Message]
"""From an account and a number to a message; another number is another message."""


def _signal(account: str, scheme: Scheme, code: str, qualifier: Qualifier, partition: str, number: str) -> Signal:
    return Signal(account=account, scheme=scheme, code=code, qualifier=qualifier, partition=partition, number=number)


def contact_id(account: str, number: int) -> Signal:
    """A day of a site: openings and closings, tests, alarms and their restores, on one zone after the other."""
    turn, at = divmod(number, len(CONTACT_ID))
    qualifier = Qualifier.RESTORE if CONTACT_ID[at][0] == "3" else Qualifier.NEW
    return _signal(account, Scheme.CONTACT_ID, CONTACT_ID[at][1:], qualifier, "01", f"{turn % ZONES + 1:03}")


def sia(account: str, number: int) -> Signal:
    """The same in SIA's words."""
    turn, at = divmod(number, len(SIA))
    qualifier = Qualifier.RESTORE if SIA[at] in _RESTORES else Qualifier.NEW
    return _signal(account, Scheme.SIA, SIA[at], qualifier, "1", str(turn % ZONES + 1))


def link_test(account: str, number: int) -> LinkTest:
    """The protocol's poll or heartbeat."""
    return LinkTest(account)


def own_event(account: str, number: int) -> Signal:
    """An event of a hardware receiver itself: a telephone line that fails and comes back."""
    code, qualifier = ("LR", Qualifier.RESTORE) if number % 2 else ("LT", Qualifier.NEW)
    return _signal("0000", Scheme.SIA, code, qualifier, "", f"{number // 2 % 99 + 1:02}")


class Spent(Struct):
    """Seconds, and what was done in them."""

    reading: float = 0.0
    """From bytes to fields, at the station."""
    answering: float = 0.0
    """From the verdicts to the bytes of the answers."""
    writing: float = 0.0
    """From a message to its bytes, and from the answers to its outcome, at the panel."""
    messages: int = 0
    size: int = 0
    """Bytes of the frames that carry them."""
    frames: list[bytes] = field(default_factory=list)
    """Some of those whose content is an event or a link test."""


class Pair:
    """A panel and the station's end for it. Their clock stands still but for a second a message."""

    def __init__(self, wire: Wire, account: str, compose: Compose) -> None:
        self.name = wire.name
        self.account = account
        self._compose = compose
        self._number = 0
        source = Source("bench", wire.name, "192.0.2.7:5000", "192.0.2.7")
        self.station = wire.receiving(
            source,
            lambda *_: _KNOWN,
            options=SourceOptions(),
            limits=Limits(undecided=1 << 30),
            first=1 << 20,
        )
        self.panel = wire.sending(Speaker(account=account))
        self.panel.data_to_send()
        self.said = b""
        self.answered = b""
        self.items: Sequence[object] = ()
        self.done = False

    def submit(self, now: Moment) -> None:
        """The next message."""
        self.panel.submit(self._compose(self.account, self._number), now)
        self._number += 1
        self.said, self.done = self.panel.data_to_send(), False

    def read(self, now: Moment) -> None:
        """The station takes what the panel said."""
        self.items = self.station.receive(self.said, now)

    def answer(self, now: Moment) -> None:
        """The station stores it, and says so."""
        for item in self.items:
            if isinstance(item, Arrival):
                alive = item.kind is ArrivalKind.LINK_TEST
                self.station.decide(item, Verdict.ALIVE if alive else Verdict.STORED, now)
        self.answered = self.station.data_to_send()

    def hear(self, now: Moment) -> None:
        """The panel takes the answer, and goes on with the next frame."""
        for item in self.panel.receive(self.answered, now):
            if isinstance(item, Outcome):
                if item.kind is not OutcomeKind.ACCEPTED:
                    raise BenchError(f"{self.name}: {item.reason}")
                self.done = True
        self.said = self.panel.data_to_send()

    def exchange(self, now: Moment, raws: list[bytes]) -> list[tuple[bytes, bytes]]:
        """The next message as frames and their answers; the raw bytes of its events are added to ``raws``."""
        steps: list[tuple[bytes, bytes]] = []
        self.submit(now)
        while self.said:
            said = self.said
            self.read(now)
            raws += [item.raw for item in self.items if isinstance(item, Arrival) and item.kind is ArrivalKind.EVENT]
            self.answer(now)
            self.hear(now)
            steps.append((said, self.answered))
            if len(steps) > MOST_STEPS:
                break
        if not self.done:
            raise BenchError(f"{self.name}: no answer to {said!r}")
        return steps


def timed(pairs: Sequence[Pair], times: int, spent: Spent, start: Moment) -> None:
    """Let every pair exchange so many messages, step by step together."""
    clock = time.thread_time
    for turn in range(times):
        now = Moment(start.wall + turn, start.mono + turn)
        began = clock()
        for pair in pairs:
            pair.submit(now)
        spent.writing += clock() - began
        talking: Sequence[Pair] = pairs
        for _ in range(MOST_STEPS):
            spent.size += sum(len(pair.said) for pair in talking)
            began = clock()
            for pair in talking:
                pair.read(now)
            read = clock()
            for pair in talking:
                pair.answer(now)
            answered = clock()
            spent.reading += read - began
            spent.answering += answered - read
            if len(spent.frames) < 1000:
                spent.frames += [item.raw for pair in talking for item in pair.items if isinstance(item, Arrival)]
            began = clock()
            for pair in talking:
                pair.hear(now)
            spent.writing += clock() - began
            talking = [pair for pair in talking if pair.said]
            if not talking:
                break
        if not all(pair.done for pair in pairs):
            raise BenchError(f"{pairs[0].name}: a message found no answer")
        spent.messages += len(pairs)
