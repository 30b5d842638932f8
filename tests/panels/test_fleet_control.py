"""Commands at a running fleet, against a receiver on a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from panels.fleet import Fleet
from panels.fleet_control import Control
from receiver.adapters.counters import MemoryCounters
from receiver.adapters.endpoints import parse_target
from tests.panels.fake import FakeReceiver, Loop, Seen, ack, receiving
from tests.panels.test_fleet import plain


class Talk:
    """A fleet that has nothing of its own to say, and what it answers."""

    def __init__(self, loop: Loop, receiver: FakeReceiver) -> None:
        self.lines: list[str] = []
        self.loop = loop
        self.receiver = receiver
        self.fleet = Fleet(
            plain(5),
            parse_target(receiver.target),
            MemoryCounters(),
            loop.reactor,
            speed=0.001,
            link_test_s=0.0,
            ack_timeout_s=0.2,
            attempts=1,
        )
        self.control = Control(self.fleet, loop.reactor, self.lines.append)

    def say(self, line: str) -> list[str]:
        """The answer to a line."""
        before = len(self.lines)
        self.control.take(line)
        self.loop.until(lambda: self.lines[before:] != [] and self.lines[-1].startswith(("ok", "error")))
        return self.lines[before:]

    def contents(self) -> list[str]:
        """What the receiver read."""
        return [f"{seen.address} {seen.content.decode()}" for seen in self.receiver.seen]


@contextmanager
def talking(loop: Loop, *answers: Callable[[Seen], bytes]) -> Iterator[Talk]:
    """With a receiver, to the end."""
    with receiving(*answers) as receiver:
        talk = Talk(loop, receiver)
        yield talk
        talk.control.stop()
        loop.result(talk.fleet.stop(grace_s=0.1))


def test_an_alarm_is_sent_by_the_panel_itself_and_restored_on_demand(loop: Loop) -> None:
    """In the scheme of the site, under the panel's next numbers, and counted with the rest."""
    with talking(loop) as talk:
        assert talk.say("alarm 7001 panic 22")[0].startswith("ok 7001 panic zone 022 for ")
        assert talk.say("restore 7001") == ["ok 7001 panic zone 022 restored"]
        assert talk.say("alarm 7004 fire")[0].startswith("ok 7004 fire zone 011")
        assert [content.partition("]")[0] for content in talk.contents()] == [
            "L0#7001 #7001|1120 03 022",
            "L0#7001 #7001|3120 03 022",
            "L0#7004 #7004|Nri02/FA011",
        ]
        assert [seen.sequence for seen in talk.receiver.seen] == ["0001", "0002", "0001"]
        assert talk.fleet.statistics.acknowledged == 3


def test_an_alarm_ends_by_itself_after_its_time(loop: Loop) -> None:
    """The time is the incident's own, in real seconds; here it is let pass at once."""
    with talking(loop) as talk:
        talk.say("alarm 7001 panic")
        (timer, _) = next(iter(talk.control._ends.values()))
        assert timer.active()
        timer.reset(0)
        loop.until(lambda: len(talk.receiver.seen) == 2)
        assert talk.contents()[1].startswith("L0#7001 #7001|3120 03 021")
        assert talk.say("restore 7001")[0].startswith("error: nothing that `alarm` began lasts at 7001")


def test_a_second_press_is_a_second_signal_with_one_end(loop: Loop) -> None:
    """Every press is an event."""
    with talking(loop) as talk:
        talk.say("alarm 7001 panic")
        (first, _) = next(iter(talk.control._ends.values()))
        talk.say("alarm 7001 panic")
        assert not first.active(), "the first press would end the second one's alarm"
        assert talk.say("restore 7001 panic") == ["ok 7001 panic zone 021 restored"]
        assert [content[14:18] for content in talk.contents()] == ["1120", "1120", "3120"]


def test_answers_come_in_the_order_of_the_commands(loop: Loop) -> None:
    """Also when the receiver is slower than the next command."""
    with talking(loop) as talk:
        for line in ("alarm 7001 panic", "list", "nonsense", "alarm 7002 fire", "incidents", "help"):
            talk.control.take(line)
        loop.until(lambda: talk.lines[-1:] == ["ok 6 commands"])
        ends = [line for line in talk.lines if not line.startswith("  ")]
        assert [line.split()[:2] for line in ends] == [
            ["ok", "7001"],
            ["ok", "4"],
            ["error:", "'nonsense'"],
            ["ok", "7002"],
            ["ok", "10"],
            ["ok", "6"],
        ]
        assert "  7001 Sample School No. 1" in talk.lines
        assert "  fire: Fire alarm; zones 011, 012, 013" in talk.lines


def test_a_refused_alarm_is_told(loop: Loop) -> None:
    """With the receiver's answer."""
    with talking(loop, lambda seen: ack(seen, "DUH")) as talk:
        (line,) = talk.say("alarm 7001 panic")
        assert line.startswith("error: 7001 panic zone 021 for ")
        assert "not acknowledged: " in line


def test_a_silent_panel_sends_nothing_until_its_time_is_over(loop: Loop) -> None:
    """Then it shows that it is back."""
    with talking(loop) as talk:
        assert talk.say("silence 7001 3600") == ["ok 7001 is silent for 3600 s"]
        (line,) = talk.say("alarm 7001 panic")
        assert "not acknowledged: the main path is cut" in line
        assert talk.receiver.seen == []
        talk.say("silence 7001 0.05")
        loop.until(lambda: [seen.token for seen in talk.receiver.seen] == ["NULL"])
        assert talk.say("alarm 7001 panic")[0].startswith("ok")
