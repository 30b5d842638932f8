"""Following one stream of the station whatever happens to it, and telling the health of the connection."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import Struct

from tui.link import Broken, Event, Link, LinkError
from tui.state.model import Hello
from tui.state.station import Changed, StationState

BATCH_S = 0.05
"""Entries and records of the wire are handed on this often."""
PACE_S = 0.03
"""A stream that need not be read at once is left alone for so long, so that one read brings many events. Measured at
1,000 entries a second: 8 % of a core however small the station's writes are, 17 % where each is read by itself."""
TURN_S = 0.002
"""It is read for so long before that."""
CROWD = 100
"""With so many events in one turn there are more to come: no pause then."""
RETRY_S = 2.0
"""After a refusal, or after what made no sense."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Clock(Struct, frozen=True):
    """The heartbeat."""

    now: str = ""
    last_id: int = 0


class Span(Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """What a slow reader missed, both included."""

    first: int
    last: int


class Greeting(Hello, frozen=True, rename={"begins_after": "from"}):
    """``hello`` of the journal's stream."""

    begins_after: int | None = None


def read(item: Event, shape: type[T]) -> T:
    """What an event says. Raises msgspec.MsgspecError."""
    if isinstance(item.data, str | bytes):
        return msgspec.json.decode(item.data, type=shape)
    return msgspec.convert(item.data, shape)


class Stream:
    """One stream. Subclasses give ``name``, ``url`` and :meth:`take`."""

    name: ClassVar[str]
    """Among ``tui.state.health.STREAMS`` where the console needs it to be alive."""
    url: ClassVar[str]
    at_once: ClassVar[bool] = True
    """Every event is taken as it comes; else there are pauses, in which they gather in the socket."""

    def __init__(self, link: Link, state: StationState, clock: Callable[[], float]) -> None:
        self.link = link
        self.state = state
        self.clock = clock
        self.on_last: Callable[[int], None] = lambda last_id: None
        """Told of the station's newest entry with every heartbeat."""
        self._flush: asyncio.TimerHandle | None = None
        self._failed: Exception | None = None
        self._turn = 0.0
        self._taken = 0

    def parameters(self) -> Mapping[str, str | int]:
        """Asked for each connection."""
        return {}

    @abstractmethod
    def take(self, item: Event) -> None:
        """An event other than the heartbeat. May raise msgspec.MsgspecError: the stream is then begun anew."""

    def hand_on(self) -> None:
        """Hand on what was collected."""

    def broke(self, why: str, values: Mapping[str, Any]) -> None:
        """The stream broke off. ``why``: id of its words in the domain ``console``, with their values."""

    async def run(self) -> None:
        """Follow until cancelled."""
        try:
            while True:
                why, error = "", ""
                try:
                    async with aclosing(self.link.follow(self.url, self.parameters)) as items:  # type: ignore[type-var]
                        async for item in items:
                            if isinstance(item, Broken):
                                self._break(item.why, item.values)
                            else:
                                self._event(item)
                                if not self.at_once:
                                    await self._pace()
                    why = "tail.closed"
                except LinkError as refusal:
                    why, error = "link.refused", str(refusal)
                except msgspec.MsgspecError as nonsense:
                    why, error = "tail.broken-off", str(nonsense)
                except Exception as fault:
                    # Of the program. A stream that ends unseen would leave a screen that looks like a quiet night.
                    _log.exception("stream %s: a fault of the program; it begins anew", self.name)
                    self.state.health.fault(self.name, fault, self.clock())
                    why, error = "tail.broken-off", f"{type(fault).__name__}: {fault}"
                self._break(why, {"error": error})
                await asyncio.sleep(RETRY_S)
        finally:
            if self._flush is not None:
                self._flush.cancel()
                self._flush = None

    async def _pace(self) -> None:
        loop = asyncio.get_running_loop()
        self._taken += 1
        if loop.time() - self._turn < TURN_S:
            return
        if self._taken < CROWD:
            await asyncio.sleep(PACE_S)
        self._turn, self._taken = loop.time(), 0

    def collect(self) -> None:
        """Something waits to be handed on: it will be, within ``BATCH_S``."""
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(BATCH_S, self._hand_on)

    def _hand_on(self) -> None:
        self._flush = None
        try:
            self.hand_on()
        except Exception as fault:
            # Raised where the stream is read, which then begins anew: what was collected comes again.
            self._failed = fault

    def flush(self) -> None:
        """Hand on now what was collected."""
        if self._flush is not None:
            self._flush.cancel()
            self._hand_on()

    def _event(self, item: Event) -> None:
        if self._failed is not None:
            fault, self._failed = self._failed, None
            raise fault
        health, mono = self.state.health, self.clock()
        health.contact(mono, self.name)
        if item.name == "clock":
            clock = read(item, Clock)
            health.told_time(clock.now, mono)
            self.on_last(clock.last_id)
            self.state.mark(Changed.HEALTH)
            return
        if item.name == "hello":
            hello = read(item, Hello)
            health.told_time(hello.now, mono)
            self.state.hello = hello
            self.state.mark(Changed.HEALTH)
        self.take(item)

    def up(self) -> None:
        """The stream is alive and says what is."""
        self.state.health.up(self.name, self.clock())
        self.state.mark(Changed.HEALTH)

    def _break(self, why: str, values: Mapping[str, Any]) -> None:
        self.flush()
        self.state.health.down(self.name, why, {key: str(value) for key, value in values.items()})
        self.broke(why, values)
        self.state.mark(Changed.HEALTH)
