"""When the alert command runs, what it is told, and what is reported when it cannot."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from receiver.alert import FAILED, AlertRunner
from receiver.desk import Alarm, Change


class Transport:
    """A process that does what the test says."""

    def __init__(self) -> None:
        self.signals: list[str] = []

    def closeStdin(self) -> None:
        """Nothing to close."""

    def loseConnection(self) -> None:
        """Nothing to lose."""

    def signalProcess(self, name: str) -> None:
        self.signals.append(name)


class FakeReactor(Clock):
    """A clock that remembers which processes were started."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[tuple[Any, dict[str, str]]] = []

    def spawnProcess(self, protocol: Any, program: str, args: list[str], env: dict[str, str]) -> None:
        protocol.transport = Transport()
        protocol.connectionMade()
        self.started.append((protocol, env))

    def end(self, number: int, status: int = 0) -> None:
        error = ProcessDone(0) if status == 0 else ProcessTerminated(status)  # type: ignore[no-untyped-call]
        reason = Failure(error)  # type: ignore[no-untyped-call]
        self.started[number][0].processExited(reason)
        self.started[number][0].processEnded(reason)


class Bench:
    """A runner with a clock, and the reports it wrote."""

    def __init__(self, command: list[str] | None = None, **settings: Any) -> None:
        self.reactor = FakeReactor()
        self.reports: list[tuple[str, str]] = []
        self.runner = AlertRunner(
            self.reactor,
            ["true"] if command is None else command,
            60,
            lambda code, text: self.reports.append((code, text)),
            **settings,
        )

    def tell(self, alarm: Alarm) -> Alarm:
        self.runner.changed([Change(alarm.id, alarm, alarm.closed)])
        return alarm


def ringing(number: int = 7, priority: int = 1, **fields: Any) -> Alarm:
    """An alarm nobody has seen."""
    return Alarm(id=number, account="1001", account_key="k", opened_at="t", priority=priority, **fields)


def test_it_runs_when_an_alarm_of_priority_1_stays_unseen() -> None:
    """After the time set, and once."""
    bench = Bench()
    alarm = bench.tell(ringing())
    bench.reactor.advance(59)
    bench.tell(alarm)
    assert bench.reactor.started == []
    bench.reactor.advance(1)
    bench.tell(alarm)
    bench.reactor.advance(1000)
    assert len(bench.reactor.started) == 1


@pytest.mark.parametrize("seen", [{"ringing": False}, {"closed": True}])
def test_an_alarm_seen_in_time_runs_nothing(seen: dict[str, bool]) -> None:
    """Also one that was closed."""
    bench = Bench()
    alarm = bench.tell(ringing())
    for name, value in seen.items():
        setattr(alarm, name, value)
    bench.tell(alarm)
    bench.reactor.advance(1000)
    assert bench.reactor.started == []
    assert bench.reactor.getDelayedCalls() == []


def test_an_alarm_of_priority_2_runs_nothing_until_it_becomes_one_of_priority_1() -> None:
    """A fire that follows a burglary counts from the fire."""
    bench = Bench()
    alarm = bench.tell(ringing(priority=2))
    bench.reactor.advance(1000)
    alarm.priority = 1
    bench.tell(alarm)
    bench.reactor.advance(59)
    assert bench.reactor.started == []
    bench.reactor.advance(1)
    assert len(bench.reactor.started) == 1


def test_it_runs_again_when_the_alarm_rings_again() -> None:
    """Also where seen and the new ring came in one change."""
    bench = Bench()
    alarm = bench.tell(ringing())
    bench.reactor.advance(60)
    bench.reactor.end(0)
    alarm.rings = 2
    bench.tell(alarm)
    bench.reactor.advance(60)
    assert len(bench.reactor.started) == 2


def test_it_is_told_what_it_is_about_and_peers_cannot_smuggle_anything_in() -> None:
    """No NUL, no line breaks, no terminal controls, no end of length, nothing that cannot be encoded."""
    bench = Bench(describe=lambda alarm: {"PTSN_EVENT": "Panic", "PTSN_SITE": "School\n12"})
    bench.tell(ringing(code="120", text="a\0b\nc\x1b[2J\ud800\u202e" + "x" * 5000))
    bench.reactor.advance(60)
    env = bench.reactor.started[0][1]
    assert (env["PTSN_ALARM_ID"], env["PTSN_ACCOUNT"], env["PTSN_CODE"]) == ("7", "1001", "120")
    assert (env["PTSN_EVENT"], env["PTSN_SITE"]) == ("Panic", "School 12")
    assert env["PTSN_TEXT"].startswith("a b c [2J")
    assert env["PTSN_TEXT"].isprintable()
    assert len(env["PTSN_TEXT"].encode()) <= 500
    assert "PATH" in env


def test_only_a_few_run_at_once_and_who_waits_is_not_forgotten() -> None:
    """An alarm that is seen while it waits loses its turn."""
    bench = Bench(at_once=2)
    alarms = [bench.tell(ringing(number)) for number in range(5)]
    bench.reactor.advance(60)
    assert len(bench.reactor.started) == 2
    alarms[2].ringing = False
    bench.tell(alarms[2])
    bench.reactor.end(0)
    bench.reactor.end(1)
    assert [env["PTSN_ALARM_ID"] for _, env in bench.reactor.started] == ["0", "1", "3", "4"]


def test_a_command_that_fails_is_reported_with_what_it_said() -> None:
    """The alarm is still unseen, and somebody should know."""
    bench = Bench()
    bench.tell(ringing())
    bench.reactor.advance(60)
    bench.reactor.started[0][0].errReceived(b"no \x1bmodem\n")
    bench.reactor.end(0, 3)
    ((code, text),) = bench.reports
    assert code == FAILED
    assert "alarm 7" in text
    assert "exit status 3 (no  modem)" in text


def test_a_command_that_does_not_exist_is_reported() -> None:
    """With its name."""
    bench = Bench(["/no/such/command"])
    bench.tell(ringing())
    bench.reactor.advance(60)
    assert "'/no/such/command' was not found" in bench.reports[0][1]


def test_a_command_that_hangs_is_killed_and_reported() -> None:
    """It does not take the place of others for ever."""
    bench = Bench()
    bench.tell(ringing())
    bench.reactor.advance(60)
    bench.reactor.advance(60)
    assert bench.reactor.started[0][0].transport.signals == ["KILL"]
    bench.reactor.end(0, 9)
    assert "still running after 60 s" in bench.reports[0][1]


def test_without_a_command_nothing_is_watched() -> None:
    """No timers either."""
    bench = Bench([])
    bench.tell(ringing())
    assert bench.reactor.getDelayedCalls() == []


def test_a_stopped_runner_starts_nothing_and_leaves_nothing() -> None:
    """No timer, no process, no report of what it ended itself."""
    bench = Bench()
    bench.tell(ringing(1))
    bench.reactor.advance(60)
    bench.tell(ringing(2))
    bench.runner.stop()
    assert bench.reactor.started[0][0].transport.signals == ["KILL"]
    bench.reactor.end(0, 9)
    bench.reactor.advance(1000)
    assert (len(bench.reactor.started), bench.reports) == (1, [])
    assert bench.reactor.getDelayedCalls() == []


TELLS = """
import os, sys
sys.stderr.write(os.environ["PTSN_ALARM_ID"] + " " + os.environ["PTSN_TEXT"] + repr(sys.stdin.read()))
sys.exit(5)
"""

LEAVES_A_CHILD = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"])
sys.exit(6)
"""

RUN = """
import sys
from twisted.internet import reactor
from receiver.alert import AlertRunner
from receiver.desk import Alarm, Change
def report(code, text):
    print(code, text)
    reactor.stop()
runner = AlertRunner(reactor, [sys.executable, "-c", sys.argv[1]], 0, report)
alarm = Alarm(id=7, account="1", account_key="1", opened_at="", priority=1, text="$(id); `id`")
reactor.callWhenRunning(runner.changed, [Change(7, alarm, False)])
reactor.callLater(60, reactor.stop)
reactor.run()
"""


@pytest.mark.parametrize(("script", "said"), [(TELLS, "5 (7 $(id); `id`'')"), (LEAVES_A_CHILD, "6")])
def test_a_real_process_gets_its_facts_and_its_failure_comes_back(script: str, said: str) -> None:
    """Through the real reactor, without a shell; also where it leaves a child that holds its pipes."""
    done = subprocess.run([sys.executable, "-c", RUN, script], capture_output=True, text=True, timeout=90, check=False)
    assert f"alert.failed The alert command for alarm 7 failed: exit status {said}." in done.stdout, done.stderr
