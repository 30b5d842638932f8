"""A panel that speaks a line protocol and the station's end of it, in one process, without a wire."""

from __future__ import annotations

from collections.abc import Mapping

from panels.brand import Profile
from panels.faults import NONE, Faults
from panels.habits import DC09, RADIO, Habits, Identity
from panels.profiles import load, names
from panels.speaking import speak
from panels.wire import PanelEnd
from protocols import ends, wires
from protocols.ends import Limits, Outcome, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Verdict
from receiver.adapters.counters import MemoryCounters

LINE_PROFILES = [name for name in names() if load(name).protocol not in (DC09, RADIO)]
WALL = 1_800_000_000.0
"""The time by everybody's clock; noon of no day in particular."""
STEPS = 200
"""More exchanges than any message needs."""


def identity(profile: Profile, account: str) -> Identity:
    """Who the panel is."""
    return Identity(account=account, receiver=profile.receiver_of(account), line=profile.account.line)


def habits(profile: Profile, **quirks: bool | int | str) -> Habits:
    """How it speaks."""
    return Habits(
        protocol=profile.protocol,
        departures={**profile.departures, **quirks},
        encoding=profile.coding.encoding,
        ack_timeout_s=profile.timings.ack_timeout_s,
        attempts=profile.timings.attempts,
    )


class Talk:
    """Both ends, and the time between them."""

    def __init__(
        self,
        profile: Profile,
        account: str,
        faults: Faults = NONE,
        transport: str = "tcp",
        quirks: Mapping[str, bool | int | str] | None = None,
    ) -> None:
        self.heard: list[Arrival | Noise] = []
        """What the station read."""
        self.sent: list[bytes] = []
        """What left the panel."""
        self.profile = profile
        self.account = account
        self.mono = 1000.0
        self._transport = transport
        self.panel = PanelEnd(
            speak(identity(profile, account), habits(profile, **(quirks or {})), MemoryCounters(), None, ""), faults
        )
        self.station = self._receiving()

    def _receiving(self) -> ends.ReceivingEnd:
        dialect = Dialect(known=True, account_key=self.account)
        source = Source("line", self.profile.protocol, "peer", "host", self._transport)
        options = SourceOptions()
        return wires.receiving(
            self.profile.protocol, source, lambda *_: dialect, options=options, limits=Limits(), first=1
        )

    @property
    def now(self) -> Moment:
        """By both clocks."""
        return Moment(WALL, self.mono)

    def say(self, message: ends.Message) -> Outcome:
        """Send a message, with all that it takes, and give its outcome. A connection that ends is opened again."""
        self.heard = []
        self.sent = []
        self.mono += 60  # long after the last one
        self.panel.submit(message, self.now)
        for _ in range(STEPS):
            outcomes = self._exchange()
            if self.panel.closing:
                self.sent.append(self.panel.data_to_send())
                outcomes += [each for each in self.panel.disconnected(self.now) if isinstance(each, Outcome)]
                self.panel.connected(self.now)
                self.station = self._receiving()
            if outcomes:
                (outcome,) = outcomes
                return outcome
        raise AssertionError(f"no outcome after {STEPS} exchanges: {self.sent}")

    def _exchange(self) -> list[Outcome]:
        data = self.panel.data_to_send()
        if data:
            self.sent.append(data)
            self._take(self.station.receive(data, self.now))
        answer = self.station.data_to_send()
        if answer:
            return [each for each in self.panel.receive(answer, self.now) if isinstance(each, Outcome)]
        if data:
            return []
        dues = [due for due in (self.panel.next_timeout(), self.station.next_timeout()) if due is not None]
        assert dues, f"both wait for ever: {self.sent}"
        self.mono = max(self.mono, min(dues))
        self._take(self.station.expire(self.now))
        return [each for each in self.panel.expire(self.now) if isinstance(each, Outcome)]

    def _take(self, items: object) -> None:
        assert isinstance(items, list | tuple)
        for item in items:
            self.heard.append(item)
            if isinstance(item, Arrival):
                kind = item.kind
                malformed = kind is ArrivalKind.MALFORMED
                verdict = Verdict.ALIVE if kind is ArrivalKind.LINK_TEST else Verdict.STORED
                self.station.decide(item, Verdict.MALFORMED if malformed else verdict, self.now)

    @property
    def arrivals(self) -> list[Arrival]:
        """What the station read as messages."""
        return [each for each in self.heard if isinstance(each, Arrival)]

    @property
    def findings(self) -> set[str]:
        """Everything that the station found about it."""
        return {finding.id for arrival in self.arrivals for finding in arrival.findings}
