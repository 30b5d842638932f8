"""The air between radio modems, in simulated time: it moves frames of bytes, knows no protocol, and spoils them.

Everything comes from one seeded random source and one heap of events: the same seed gives the same run. Levels are dBm,
times are seconds, positions are kilometres.

A frame arrives where its level is above the receiver's sensitivity, the receiver was not sending itself (nor turning
round), and nothing else was as loud: any overlap with a frame or a jammer less than 6 dB weaker destroys it (capture).
What arrives may still have wrong bits: from the link's bit error rate and its bursts (Gilbert-Elliott). A modem with a
check of its own drops such a frame, one without hands it over as it is.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from msgspec import Struct

from panels.radio.nodes import POWER_DBM, SENSITIVITY_DBM, Burst, Flight, Link, Node, Reception, Sent, by_position
from panels.radio.noise import Noise

__all__ = ["SENSITIVITY_DBM", "Air", "Burst", "Counts", "Link", "Node", "Reception"]

CAPTURE_DB = 6.0
LONGEST_S = 20.0
"""No frame is longer on the air."""
REMEMBERED_S = 2.0
"""How long a carrier that ended is known of, see :meth:`Air.silent_since`."""


class Counts(Struct):
    """What became of all frames, over all receivers that listen."""

    sent: int = 0
    received: int = 0
    collided: int = 0
    """Lost to another frame."""
    jammed: int = 0
    deaf: int = 0
    """The receiver was sending itself."""
    faded: int = 0
    damaged: int = 0
    """Had wrong bits; dropped by modems with a check."""


class _Jammer(Struct, frozen=True):
    start: float
    end: float
    level_dbm: float
    nodes: frozenset[str] | None


class Air:
    """The medium. Nothing but the seed (or the source of random numbers) is random.

    ``hears`` says how a receiver hears a sender where nothing was said of the two; by their positions without it. It is
    asked once for each two.
    """

    def __init__(
        self,
        seed: int | Random = 0,
        *,
        capture_db: float = CAPTURE_DB,
        hears: Callable[[Node, Node], Link] | None = None,
    ) -> None:
        self.random = seed if isinstance(seed, Random) else Random(seed)
        self.capture_db = capture_db
        self.now = 0.0
        self.counts = Counts()
        self.nodes: dict[str, Node] = {}
        self._hears = by_position if hears is None else hears
        self._links: dict[tuple[str, str], Link] = {}
        self._noise = Noise(self.random)
        self._jammers: list[_Jammer] = []
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = count()
        self._cancelled: set[int] = set()
        self._on_air: deque[Sent] = deque()
        self._awake: dict[Node, None] = {}
        """Nodes that listen or sense, in the order in which they began to."""

    # Building

    def node(
        self,
        name: str,
        receive: Callable[[Reception], None] | None = None,
        carrier: Callable[[bool], None] | None = None,
        *,
        position: tuple[float, float] | None = None,
        power_dbm: float = POWER_DBM,
        turnaround_s: float = 0.0,
        checks: bool = True,
        duplicate: float = 0.0,
        detect_s: float = 0.02,
    ) -> Node:
        """Put a modem up. ``checks``: it drops damaged frames. ``duplicate``: share of frames handed over twice.

        ``detect_s`` is how long a carrier must stand before the carrier detect says so.
        """
        if name in self.nodes:
            raise ValueError(f"there is a node {name!r} already")
        made = Node(
            name,
            receive,
            carrier,
            position=position,
            power_dbm=power_dbm,
            turnaround_s=turnaround_s,
            checks=checks,
            duplicate=duplicate,
            detect_s=detect_s,
        )
        self.nodes[name] = made
        self._wake(made)
        return made

    def link(self, sender: str, receiver: str, link: Link, *, both: bool = True) -> None:
        """Say how one hears the other, from now on; else it follows from their positions."""
        self._links[sender, receiver] = link
        if both:
            self._links[receiver, sender] = link

    def jam(self, start: float, end: float, level_dbm: float = 0.0, *, at: tuple[str, ...] | None = None) -> None:
        """A carrier without sense for a time, everywhere or at the nodes of these names."""
        jammer = _Jammer(start, end, level_dbm, None if at is None else frozenset(at))
        self._jammers.append(jammer)
        self.at(start, self._jamming, jammer, True)
        self.at(end, self._jamming, jammer, False)

    # Time

    def at(self, when: float, call: Callable[..., None], *arguments: Any) -> int:
        """Call something at a moment (now, if that is past); returns what :meth:`cancel` takes."""
        number = next(self._number)
        heapq.heappush(self._heap, (max(when, self.now), number, call, arguments))
        return number

    def cancel(self, number: int) -> None:
        """Not any more. Only for what has not been called yet."""
        self._cancelled.add(number)

    @property
    def next_at(self) -> float | None:
        """When the next event is due, for whoever runs it in real time; None where there is none."""
        return self._heap[0][0] if self._heap else None

    def step(self) -> bool:
        """The next event; whether there was one."""
        while self._heap:
            when, number, call, arguments = heapq.heappop(self._heap)
            if self._cancelled and number in self._cancelled:
                self._cancelled.discard(number)
                continue
            self.now = when
            call(*arguments)
            return True
        return False

    def run(self, until: float) -> None:
        """All events up to a moment."""
        heap = self._heap
        while heap and heap[0][0] <= until:
            self.step()
        self.now = max(self.now, until)

    # Sending and hearing

    def send(self, node: Node, data: bytes, airtime_s: float) -> float:
        """Key up now for so long; returns the end. A node that sends already raises ValueError."""
        if airtime_s > LONGEST_S:
            raise ValueError(
                f"a frame of {airtime_s:.1f} s is longer than {LONGEST_S:g} s: what is sent here is alarms"
            )
        start, end = self.now, self.now + airtime_s
        if start < node.sending_until:
            raise ValueError(f"{node.name} is sending already, until {node.sending_until:.3f}")
        node.sending_until = end
        self.counts.sent += 1
        sent = Sent(node, start, end)
        while self._on_air and self._on_air[0].end <= start - REMEMBERED_S:
            self._on_air.popleft()
        self._on_air.append(sent)
        if node.receive is not None:
            # Deaf while sending, and for the turnaround behind it.
            while node.own and node.own[0][1] <= start - LONGEST_S:
                node.own.popleft()
            node.own.append((start, end + node.turnaround_s))
        for other in self._awake:
            if other is node:
                continue
            link = self.between(node, other)
            if link.level_dbm < SENSITIVITY_DBM:
                continue
            if other.sensing:
                self._tell(other, sent, link)
            if other.listening:
                flight = Flight(start + link.delay_s, end + link.delay_s, link.level_dbm)
                other.present.append(flight)
                self.at(flight.end, self._arrived, node, other, flight, link, data)
        return end

    def between(self, sender: Node, receiver: Node) -> Link:
        """How the one hears the other."""
        link = self._links.get((sender.name, receiver.name))
        if link is None:
            link = self._links[sender.name, receiver.name] = self._hears(sender, receiver)
        return link

    def busy(self, node: Node) -> bool:
        """What its carrier detect says now, asked without being told of changes. It does not hear itself."""
        for sent in self._on_air:
            if sent.sender is not node:
                link = self.between(sent.sender, node)
                since = sent.start + link.delay_s + node.detect_s
                if link.level_dbm >= SENSITIVITY_DBM and since <= self.now < sent.end + link.delay_s:
                    return True
        return any(
            each.start <= self.now < each.end
            for each in self._jammers
            if (each.nodes is None or node.name in each.nodes) and each.level_dbm >= SENSITIVITY_DBM
        )

    def silent_since(self, node: Node) -> float | None:
        """When the last carrier ended that it heard in the last 2 s; None where there was none."""
        ends = (
            sent.end + self.between(sent.sender, node).delay_s
            for sent in self._on_air
            if sent.sender is not node and self.between(sent.sender, node).level_dbm >= SENSITIVITY_DBM
        )
        return max((end for end in ends if end <= self.now), default=None)

    def sense(self, node: Node, on: bool) -> bool:
        """Tell a node of changes of the carrier from now on, or no more; returns what it is now.

        Stations with nothing to send need not be told: a simulation of many is quicker so.
        """
        if on and not node.sensing:
            node.sensing = True
            node.carriers = 0
            node.epoch += 1
            self._wake(node)
            for sent in self._on_air:
                if sent.sender is not node:
                    self._tell(node, sent, self.between(sent.sender, node))
            for jammer in self._jammers:
                if jammer.start <= self.now < jammer.end and (jammer.nodes is None or node.name in jammer.nodes):
                    node.carriers += 1
        elif not on:
            node.sensing = False
            self._wake(node)
        return self.busy(node)

    def listen(self, node: Node, on: bool) -> None:
        """Hand frames over from now on, or no more: a simulation of many that seldom expect one is quicker so.

        A frame that had begun before is not heard, and disturbs all the same.
        """
        if on and not node.listening:
            node.present.clear()
            for sent in self._on_air:
                link = self.between(sent.sender, node)
                if sent.sender is not node and link.level_dbm >= SENSITIVITY_DBM:
                    late = link.delay_s
                    node.present.append(Flight(sent.start + late, sent.end + late, link.level_dbm, done=True))
        node.listening = on
        self._wake(node)

    def _wake(self, node: Node) -> None:
        if node.listening or node.sensing:
            self._awake[node] = None
        else:
            self._awake.pop(node, None)

    def _tell(self, node: Node, sent: Sent, link: Link) -> None:
        """Have the carrier detect follow one transmission."""
        if link.level_dbm < SENSITIVITY_DBM:
            return
        on, off = sent.start + link.delay_s + node.detect_s, sent.end + link.delay_s
        if off <= self.now or on >= off:
            return
        if on <= self.now:
            node.carriers += 1
        else:
            self.at(on, self._carrier, node, 1, node.epoch)
        self.at(off, self._carrier, node, -1, node.epoch)

    def _carrier(self, node: Node, change: int, epoch: int) -> None:
        if not node.sensing or epoch != node.epoch:
            return
        before = node.carriers
        node.carriers = max(0, before + change)
        if node.carrier is not None and (before == 0) != (node.carriers == 0):
            node.carrier(node.carriers > 0)

    def _jamming(self, jammer: _Jammer, on: bool) -> None:
        if jammer.level_dbm < SENSITIVITY_DBM:
            return
        for node in list(self.nodes.values()):
            if jammer.nodes is None or node.name in jammer.nodes:
                self._carrier(node, 1 if on else -1, node.epoch)

    # What becomes of a frame

    def _arrived(self, sender: Node, node: Node, flight: Flight, link: Link, data: bytes) -> None:
        flight.done = True
        start, end = flight.start, flight.end
        lost = self._lost(node, flight)
        if len(node.present) > 1:
            earliest = min((each.start for each in node.present if not each.done), default=end)
            node.present = [each for each in node.present if not each.done or each.end > earliest]
        else:
            node.present.clear()
        if not node.listening:
            return
        if lost is not None:
            setattr(self.counts, lost, getattr(self.counts, lost) + 1)
            return
        if link.loss and self.random.random() < link.loss:
            self.counts.faded += 1
            return
        received = data
        if link.ber or link.burst is not None:
            received = self._noise.damage(sender.name, node.name, link, data, start, end)
        damaged = received != data
        if damaged:
            self.counts.damaged += 1
            if node.checks:
                return
        self.counts.received += 1
        if node.receive is None:
            return
        reception = Reception(
            data=received, level_dbm=link.level_dbm, start=start, end=end, sender=sender.name, damaged=damaged
        )
        node.receive(reception)
        if node.duplicate and self.random.random() < node.duplicate:
            node.receive(reception)

    def _lost(self, node: Node, flight: Flight) -> str | None:
        start, end = flight.start, flight.end
        for begun, over in reversed(node.own):
            if over <= start:
                break
            if begun < end:
                return "deaf"
        threshold = flight.level - self.capture_db
        for other in node.present:
            if other is not flight and other.start < end and other.end > start and other.level > threshold:
                return "collided"
        for jammer in self._jammers:
            if (
                jammer.start < end
                and jammer.end > start
                and jammer.level_dbm > threshold
                and (jammer.nodes is None or node.name in jammer.nodes)
            ):
                return "jammed"
        return None
