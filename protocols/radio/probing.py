"""What a unit says besides events: that it is there, and a question for the time.

One at a time: a new one takes the place of one that was never answered. Nothing of it is kept over a restart.
"""

from __future__ import annotations

from msgspec import Struct

from protocols.channel import Backoff, Priority, Transmission
from protocols.datagram.payloads import NONCE, Payload, PollReply, SyncRequest, SyncResponse, Test, encode, type_of
from protocols.ends import Outcome, OutcomeKind, Ticket
from protocols.model import Moment
from protocols.radio.book import Name, Ways
from protocols.radio.delivering import GAP_S, RETRY_S
from protocols.radio.voice import Sealed, Voice

TRIES = 3
"""Transmissions of a test that nobody acknowledges."""
JITTER = 0.02
"""Share of the test interval by which a test is early or late, so that units never stay in step."""
TIMELY_S = 10.0
"""An answer that tells the time counts so long after the question."""
POLL = "poll"
"""Token of what answers a poll."""


class _Probe(Struct, eq=False):
    sealed: Sealed
    ticket: Ticket | None
    """Of a test that somebody asked for."""
    backoff: Backoff
    nonce: bytes = b""
    sent: int = 0
    ended_at: float = float("-inf")
    """When its last transmission was over."""
    again_at: float | None = None
    """None while it waits for the channel."""


class Probing:
    """Of one unit."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._probe: _Probe | None = None
        self._test_at: float | None = None
        self.told: list[Outcome] = []
        """Outcomes that nobody was told yet."""
        self.offset_s = 0.0
        """The centre's time less ours, as it told."""

    @property
    def ticket(self) -> Ticket | None:
        """Of a test that has no outcome yet."""
        return None if self._probe is None else self._probe.ticket

    def start(self, now: float) -> None:
        """The first test is at a random time of its interval: units that start together must not test together."""
        test_s = self._voice.unit.test_s
        if self._test_at is None and test_s > 0:
            self._test_at = now + self._voice.random.uniform(0, test_s)

    def spoke(self, now: float) -> None:
        """The unit was on the air: that it is there need not be said so soon."""
        test_s = self._voice.unit.test_s
        if test_s > 0:
            self._test_at = now + test_s * (1 + self._voice.random.uniform(-JITTER, JITTER))

    def test(self, now: float, ticket: Ticket | None = None) -> None:
        """Say that the unit is there."""
        self._ask(self._payload(), now, ticket, b"")

    def ask_time(self, now: float) -> None:
        """Ask what time it is."""
        nonce = self._voice.random.randbytes(NONCE)
        self._ask(SyncRequest(nonce), now, None, nonce)

    def answer_poll(self, counter: int, now: float) -> None:
        """The centre asks whether the unit is there."""
        sealed = self._seal(PollReply(counter, self._payload()))
        if sealed is not None:
            self._voice.access.drop(POLL)
            self._voice.say(sealed.datagram, Priority.ACK, now, POLL)

    def look(self, now: float) -> None:
        """Say what is due."""
        probe = self._probe
        if probe is not None and probe.again_at is not None and probe.again_at <= now:
            self._repeat(probe, now)
        if self._test_at is not None and self._test_at <= now:
            self.spoke(now)
            self.test(now)

    def next(self) -> float | None:
        """When to look again."""
        times = (self._test_at, None if self._probe is None else self._probe.again_at)
        return min((at for at in times if at is not None), default=None)

    def on_air(self, transmission: Transmission) -> None:
        """A frame is being sent that is of no event."""
        probe = self._probe
        if probe is None or transmission.token is not probe:
            return
        probe.sent += 1
        probe.ended_at = transmission.end
        if self._voice.unit.ways is Ways.TWO:
            probe.again_at = transmission.end + probe.backoff.wait(transmission.airtime_s)
        else:
            probe.again_at = transmission.end + self._voice.random.uniform(*GAP_S)

    def acknowledged(self, name: Name) -> bool:
        """The centre has heard what was said under that name; whether it was said here."""
        probe = self._probe
        if probe is None or probe.sealed.name != name:
            return False
        self._end(probe, OutcomeKind.ACCEPTED, "acknowledged")
        return True

    def time_told(self, said: SyncResponse, now: Moment) -> None:
        """The centre says what time it is: it counts once, and only where it was asked just now."""
        probe = self._probe
        if probe is None or not probe.nonce or said.nonce != probe.nonce:
            return
        took = now.mono - probe.ended_at
        if not 0 <= took <= TIMELY_S:
            return
        self.offset_s = said.utc_ms / 1000 + took / 2 - now.wall
        self._end(probe, OutcomeKind.ACCEPTED, "answered")

    def _payload(self) -> Test:
        unit = self._voice.unit
        return Test(min(65535, round(unit.test_s)), unit.decivolts, unit.level)

    def _seal(self, payload: Payload) -> Sealed | None:
        return self._voice.seal(type_of(payload), encode(payload))

    def _ask(self, payload: Payload, now: float, ticket: Ticket | None, nonce: bytes) -> None:
        if self._probe is not None:
            self._end(self._probe, OutcomeKind.GAVE_UP, "another one took its place")
        sealed = self._seal(payload)
        if sealed is None:
            if ticket is not None:
                self.told.append(Outcome(ticket, OutcomeKind.GAVE_UP, "no counter can be reserved on disk"))
            return
        backoff = Backoff(self._voice.random, self._voice.options.profile.turnaround_s)
        self._probe = _Probe(sealed, ticket, backoff, nonce)
        self._repeat(self._probe, now)

    def _repeat(self, probe: _Probe, now: float) -> None:
        two_way = self._voice.unit.ways is Ways.TWO
        if probe.sent >= (TRIES if two_way else self._voice.unit.copies):
            kind = OutcomeKind.GAVE_UP if two_way else OutcomeKind.ACCEPTED
            reason = "no answer" if two_way else "a one-way unit is never answered"
            self._end(probe, kind, f"sent {probe.sent} times; {reason}")
            return
        said = self._voice.say(probe.sealed.datagram, Priority.TEST, now, probe, first=not probe.sent)
        probe.again_at = None if said else now + RETRY_S

    def _end(self, probe: _Probe, kind: OutcomeKind, reason: str) -> None:
        self._voice.access.drop(probe)
        self._probe = None
        if probe.ticket is not None:
            self.told.append(Outcome(probe.ticket, kind, reason))
