"""What a channel does under load: stations with their real channel access on the simulated air.

Three ways to supervise: one-way tests in ``copies`` copies (ALOHA), tests that are acknowledged (carrier sensing), and
polls by the centre.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec import Struct

from panels.radio.air import SENSITIVITY_DBM, Air, Link, Node
from panels.radio.setting import Setting, Way
from panels.radio.sides import CENTRE, Centre, Station, Tally
from protocols.channel import Priority

__all__ = ["Result", "Run", "Setting", "Way", "seconds_for"]

WARM_SHARE = 0.1
"""Of a run, left out of what is measured."""


class Result(Struct, frozen=True, kw_only=True):
    """What was measured, after the run had settled."""

    seconds: float
    messages: int
    """Tests or polls, alarms not counted."""
    delivery: float
    """Share of them that arrived at least once (a poll: whose answer came)."""
    frames: int
    frame_delivery: float
    """Share of the stations' frames that arrived."""
    goodput_per_s: float
    """Messages that arrived (a copy again does not count) a second; of ALOHA, frames."""
    load: float
    """Airtime of all frames by time: more than 1 is possible."""
    round_s: float
    """Polls: how long one round through all objects takes; else 0."""
    alarms: int
    alarms_delivered: int
    alarm_p50_s: float
    """From the alarm to its arrival."""
    alarm_p95_s: float


class Run:
    """One run of a setting."""

    def __init__(self, setting: Setting, seed: int) -> None:
        self.setting = setting
        self._seed = seed
        self.air = Air(seed, hears=self._hears)
        self.tally = Tally()
        self._heard = Link(loss=setting.loss, delay_s=2e-5)
        self._unheard = Link(level_dbm=SENSITIVITY_DBM - 1)
        self._centre = Centre(self)
        self.stations = [Station(self, index) for index in range(setting.objects)]

    def go(self, seconds: float, progress: Callable[[float], None] = lambda share: None) -> Result:
        """Run so long in simulated time; ``progress`` is told the share that is done."""
        self.tally.since = seconds * WARM_SHARE
        for station in self.stations:
            station.begin()
        self._centre.begin()
        if self.setting.alarm_every_s:
            self._alarm(first=True)
        for part in range(1, 101):
            self.air.run(seconds * part / 100)
            progress(part / 100)
        return self._result(seconds)

    def _alarm(self, first: bool = False) -> None:
        if not first:
            self.air.random.choice(self.stations).report(Priority.BURGLARY)
        self.air.at(self.air.now + self.air.random.expovariate(1 / self.setting.alarm_every_s), self._alarm)

    def _hears(self, sender: Node, receiver: Node) -> Link:
        """All hear the centre, and it them; of stations some do not hear one another."""
        hidden = self.setting.hidden
        if hidden and CENTRE not in (sender.name, receiver.name):
            names = "|".join(sorted((sender.name, receiver.name)))
            if Random(f"{self._seed}|{names}").random() < hidden:
                return self._unheard
        return self._heard

    def _result(self, seconds: float) -> Result:
        its, tally = self.setting, self.tally
        measured = seconds - tally.since
        # What was born at the very end had no time to arrive.
        settle = seconds - min(0.2 * measured, self._patience())
        tests = [key for key, (born, alarm) in tally.born.items() if not alarm and born <= settle]
        alarms = [key for key, (born, alarm) in tally.born.items() if alarm and born <= settle]
        arrived = sum(key in tally.arrived for key in tests)
        late = sorted(tally.arrived[key] - tally.born[key][0] for key in alarms if key in tally.arrived)
        good = (
            tally.frames_arrived if its.way is Way.ONE_WAY else sum(at >= tally.since for at in tally.arrived.values())
        )
        return Result(
            seconds=seconds,
            messages=len(tests),
            delivery=arrived / len(tests) if tests else 0.0,
            frames=tally.frames,
            frame_delivery=tally.frames_arrived / tally.frames if tally.frames else 0.0,
            goodput_per_s=good / measured,
            load=tally.airtime / measured,
            round_s=sum(tally.rounds) / len(tally.rounds) if tally.rounds else 0.0,
            alarms=len(alarms),
            alarms_delivered=len(late),
            alarm_p50_s=_quantile(late, 0.5),
            alarm_p95_s=_quantile(late, 0.95),
        )

    def _patience(self) -> float:
        """How long a message may take."""
        its = self.setting
        if its.way is Way.ONE_WAY:
            return its.copies * (its.gap_s[1] + its.profile.airtime(its.frame_bytes))
        return 120.0


def seconds_for(setting: Setting, messages: int) -> float:
    """How long a run must be for so many tests or polls, the time it settles not counted."""
    if setting.way is Way.POLLS:
        its = setting.profile
        each = its.airtime(setting.answer_bytes) + its.airtime(setting.frame_bytes) + 2 * its.turnaround_s
        # Some whole rounds, so that the length of one is known.
        return max(messages, 4 * setting.objects) * each / (1 - WARM_SHARE)
    return max(messages / setting.objects, 3.0) * setting.interval_s / (1 - WARM_SHARE)


def _quantile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0
