"""A panel with two ways to report, and what it does when one of them, or both, do not work."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from panels.faults import Faults
from panels.panel import Habits, Identity, Panel
from panels.path import Path
from panels.routes import Routes
from protocols import sia_text
from protocols.dc09.quirks import Quirks
from protocols.ends import LinkTest, Outcome, OutcomeKind, Payload, Ticket
from protocols.model import Edition, Moment, Qualifier, Scheme, Signal
from receiver.adapters import line
from receiver.adapters.counters import MemoryCounters
from receiver.adapters.endpoints import parse_target
from tests.panels.fake import FakeReceiver, Loop, Seen, ack, receiving, rsp

KEY = bytes(range(16))
NEW_KEY = bytes(range(32, 64))


def burglary(zone: int) -> Signal:
    """In that zone."""
    return Signal(
        account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, partition="1", number=f"{zone}"
    )


def fire(zone: int, at: float | None = None) -> Signal:
    """In that zone."""
    return Signal(
        account="1234",
        scheme=Scheme.CONTACT_ID,
        code="110",
        qualifier=Qualifier.NEW,
        partition="01",
        number=f"{zone:03}",
        occurred_at=at,
    )


def silent(seen: Seen) -> bytes:
    """Read and say nothing."""
    return b""


def unused() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def panel(
    loop: Loop,
    main: FakeReceiver | int,
    backup: FakeReceiver | int | None = None,
    key: bytes | None = None,
    clock: Any = line.now,
    **habits: Any,
) -> Panel:
    """A panel 1234, impatient; an int is a port where nobody listens."""

    def target(to: FakeReceiver | int) -> Any:
        return parse_target(f"tcp:127.0.0.1:{to}" if isinstance(to, int) else to.target)

    settings = Habits(**{"ack_timeout_s": 0.2, "attempts": 1, "retry_s": 0.1, **habits})
    return Panel(
        Identity(account="1234", key=key),
        target(main),
        MemoryCounters(),
        loop.reactor,
        settings,
        backup=None if backup is None else target(backup),
        clock=clock,
    )


def events(receiver: FakeReceiver) -> list[str]:
    """What a receiver saw besides link tests: number and data."""
    return [f"{seen.sequence} {seen.data}" for seen in receiver.seen if seen.token != "NULL"]


def test_what_the_main_path_refuses_the_backup_gets_under_the_next_numbers(loop: Loop) -> None:
    """And all that follows, without asking the main one each time."""
    with receiving() as backup:
        its = panel(loop, unused(), backup, attempts=2)
        outcomes = [loop.result(each) for each in [its.send(burglary(zone)) for zone in (1, 2, 3)]]
        assert (its.main.working, its.backup is not None and its.backup.working) == (False, True)
        loop.result(its.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 3
    assert events(backup) == [f"000{zone} #1234|Nri1/BA{zone}" for zone in (1, 2, 3)]


def test_a_message_keeps_its_number_over_both_paths(loop: Loop) -> None:
    """The main receiver saw it and never answered; the backup gets the same number."""
    with receiving(silent, silent) as main, receiving() as backup:
        its = panel(loop, main, backup, attempts=2)
        outcome = loop.result(its.send(burglary(1)))
        loop.result(its.stop())
    assert events(main) == ["0001 #1234|Nri1/BA1"] * 2
    assert events(backup) == ["0001 #1234|Nri1/BA1"]
    assert (outcome.ticket.sequence, outcome.ticket.attempts) == (1, 3)
    assert outcome.ticket.message == burglary(1)


def test_events_go_back_to_the_main_path_when_it_answers_a_link_test(loop: Loop) -> None:
    """Its own link tests go on while it is down, and find out."""
    with receiving(silent) as main, receiving() as backup:
        its = panel(loop, main, backup, link_test_s=0.2)
        loop.result(its.send(burglary(1)))
        assert its.main.working is False
        its.start()
        loop.until(lambda: its.main.working is True)
        loop.result(its.send(burglary(2)))
        loop.result(its.stop())
    assert events(backup) == ["0001 #1234|Nri1/BA1"]
    assert events(main) == ["0001 #1234|Nri1/BA1", "0002 #1234|Nri1/BA2"]


def test_without_link_tests_the_main_path_is_tried_again_after_a_while(loop: Loop) -> None:
    """Else it would never be used again."""
    port = unused()
    with receiving() as backup:
        its = panel(loop, port, backup, retry_s=0.0)
        loop.result(its.send(burglary(1)))
        with receiving(port=port) as main:
            loop.result(its.send(burglary(2)))
            loop.result(its.stop())
        assert (len(events(backup)), len(events(main))) == (1, 1)


def test_a_main_path_that_hangs_does_not_hold_up_the_backup(loop: Loop) -> None:
    """While a link test waits for an answer there, events travel over the other path, which is known to work."""
    with receiving(silent, silent, silent, silent) as main, receiving() as backup:
        its = panel(loop, main, backup, ack_timeout_s=0.2)
        loop.result(its.send(burglary(1)))
        hanging = its.link_test(its.main)
        outcome = loop.result(its.send(burglary(2)))
        assert outcome.kind is OutcomeKind.ACCEPTED
        loop.result(hanging)
        loop.result(its.stop())
    assert len(events(backup)) == 2


def test_when_both_paths_fail_the_reasons_of_both_are_told(loop: Loop) -> None:
    """Without holding, the message is given up then."""
    with receiving(silent) as backup:
        its = panel(loop, unused(), backup)
        outcome = loop.result(its.send(burglary(1)))
        loop.result(its.stop())
    assert outcome.kind is OutcomeKind.GAVE_UP
    assert "main: no connection" in outcome.reason
    assert "backup: given up after 1 attempt: no answer" in outcome.reason


def test_what_no_path_takes_is_held_and_comes_in_order_marked_as_old(loop: Loop) -> None:
    """Each once; what happens afterwards is new again."""
    port = unused()
    its = panel(loop, port, unused(), hold=True)
    changes: list[str] = []
    its.on_change = changes.append
    waiting = [its.send(burglary(zone)) for zone in (1, 2)]
    loop.until(lambda: its.outage)
    waiting.append(its.send(burglary(3)))
    assert its.waiting == 3
    with receiving(port=port) as main:
        assert [loop.result(each).kind for each in waiting] == [OutcomeKind.ACCEPTED] * 3
        loop.result(its.send(burglary(4)))
        loop.result(its.stop())
    assert events(main) == [
        "0001 #1234|Ori1/BA1",
        "0002 #1234|Ori1/BA2",
        "0003 #1234|Ori1/BA3",
        "0004 #1234|Nri1/BA4",
    ]
    assert [each.partition(":")[0] for each in changes][:3] == [
        "the main path does not work",
        "the backup path does not work",
        "no path works; what happens is kept and tried again every 0.1 seconds",
    ]
    assert changes[-1] == "the main path answers again"


def test_an_old_event_of_contact_id_says_when_it_was(loop: Loop) -> None:
    """Contact ID has no mark for old ones; ``[H...]`` says it from a minute on."""
    port = unused()
    ahead = [0.0]

    def clock() -> Moment:
        now = line.now()
        return Moment(now.wall + ahead[0], now.mono)

    its = panel(loop, port, hold=True, clock=clock)
    waiting = its.send(fire(11))
    loop.until(lambda: its.outage)
    ahead[0] = 120.0
    with receiving(port=port) as main:
        loop.result(waiting)
        loop.result(its.stop())
    assert "[H" in main.seen[-1].content.decode()


def test_an_answered_link_test_ends_an_outage_at_once(loop: Loop) -> None:
    """Nobody waits for the next try."""
    port = unused()
    its = panel(loop, port, hold=True, retry_s=3600.0, link_test_s=0.1)
    waiting = its.send(burglary(1))
    loop.until(lambda: its.outage)
    its.start()
    with receiving(port=port) as main:
        assert loop.result(waiting).kind is OutcomeKind.ACCEPTED
        loop.result(its.stop())
    assert events(main) == ["0001 #1234|Ori1/BA1"]


def tries(its: Panel, path: Path) -> list[float]:
    """Pretends that nobody listens at the end of a path, and gives the times at which it is dialled."""
    times: list[float] = []

    def dial() -> Any:
        times.append(its.reactor.seconds())
        return fail(ConnectionRefusedError("nobody listens"))

    path._dialled()._dialler.dial = dial  # type: ignore[method-assign]
    return times


def by_hand(**habits: Any) -> tuple[Panel, Clock]:
    """A panel whose time is turned by hand."""
    clock = Clock()
    its = Panel(
        Identity(account="1234"),
        parse_target("tcp:127.0.0.1:9"),
        MemoryCounters(),
        clock,
        Habits(**{"attempts": 2, "retry_s": 3.0, "hold": True, **habits}),
        clock=lambda: Moment(0.0, clock.seconds()),
    )
    return its, clock


def test_what_is_held_is_tried_again_on_time_however_long_the_outage(loop: Loop) -> None:
    """Link tests that fail meanwhile slow nothing down."""
    its, clock = by_hand(link_test_s=5.0)
    times = tries(its, its.main)
    its.start()
    its.send(burglary(1))
    clock.pump([0.05] * 20 * 300)
    gaps = [after - before for before, after in pairwise(times)]
    assert len(times) > 120
    assert max(gaps) < 3.1
    its.stop()


@pytest.mark.parametrize("held", [True, False], ids=["outage", "link-tests-alone"])
def test_a_new_message_dials_at_once(loop: Loop, held: bool) -> None:
    """Neither the time of the next try nor the back-off of link tests keeps it."""
    its, clock = by_hand(link_test_s=40.0, retry_s=600.0, attempts=2 if held else 100)
    times = tries(its, its.main)
    its.start()
    if held:
        its.send(burglary(1))
    clock.pump([0.05] * 20 * 150)
    assert its.outage if held else its.main.busy
    while clock.seconds() - times[-1] < 5.0:
        clock.advance(0.05)
    count = len(times)
    its.send(burglary(2))
    assert times[count:]
    assert set(times[count:]) == {clock.seconds()}
    its.stop()


def test_link_tests_back_off_but_no_longer_than_their_interval(loop: Loop) -> None:
    """A path that is down is not dialled more often than need be."""
    its, clock = by_hand(link_test_s=20.0, attempts=100)
    times = tries(its, its.main)
    its.start()
    clock.pump([0.05] * 20 * 300)
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps[0] < 1.0
    assert all(15.9 < gap < 20.1 for gap in gaps[7:])
    its.stop()


@pytest.mark.parametrize("attempts", [1, 100])
def test_what_is_held_goes_at_once_over_the_path_that_answers_again(loop: Loop, attempts: int) -> None:
    """Also while it is being tried over the other one, which is silent; in order, and once."""
    with receiving(*[silent] * 999) as main, receiving() as backup:
        its = panel(loop, main, backup, hold=True, ack_timeout_s=60, attempts=attempts, retry_s=600)
        assert its.backup is not None
        its.backup.break_off()
        for path in its.paths:
            path.working, path.down_since = False, line.now().mono
        waiting = [its.send(burglary(zone)) for zone in (1, 2)]
        loop.until(lambda: len(main.seen) == 1)
        its.backup.mend()
        outcomes = [loop.result(each) for each in waiting]
        loop.result(its.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 2
    assert events(backup) == ["0001 #1234|Nri1/BA1", "0002 #1234|Nri1/BA2"]


def test_a_cut_path_takes_nothing_until_it_is_mended(loop: Loop) -> None:
    """What was on its way goes over the other one, under its number."""
    with receiving(silent) as main, receiving() as backup:
        its = panel(loop, main, backup, ack_timeout_s=60)
        waiting = its.send(burglary(1))
        loop.until(lambda: len(main.seen) == 1)
        its.main.break_off()
        assert loop.result(waiting).kind is OutcomeKind.ACCEPTED
        loop.result(its.send(burglary(2)))
        assert loop.result(its.link_test(its.main)).reason == "the main path is cut"
        its.main.mend()
        loop.until(lambda: its.main.working is True)
        loop.result(its.send(burglary(3)))
        loop.result(its.stop())
    assert events(backup) == ["0001 #1234|Nri1/BA1", "0002 #1234|Nri1/BA2"]
    assert events(main) == ["0001 #1234|Nri1/BA1", "0003 #1234|Nri1/BA3"]


def test_a_mended_path_still_knows_the_receivers_clock(loop: Loop) -> None:
    """What a NAK taught outlives the connection."""
    with receiving() as main:
        its = panel(loop, main, ack_timeout_s=5)
        loop.result(its.send(burglary(1)))
        assert its.main.end is not None
        its.main.end.offset_s = 3600.0
        its.main.break_off()
        assert its.offset_s == 3600.0
        its.main.mend()
        loop.result(its.link_test())
        assert its.offset_s == 3600.0
        loop.result(its.stop())


def test_two_cut_paths_hold_what_happens_and_lose_nothing(loop: Loop) -> None:
    """Cut while the message is on its way, and mended one by one."""
    with receiving() as main, receiving() as backup:
        its = panel(loop, main, backup, hold=True, ack_timeout_s=5)
        for path in its.paths:
            path.break_off()
        waiting = [its.send(burglary(zone)) for zone in (1, 2)]
        assert its.outage
        assert its.backup is not None
        its.backup.mend()
        for each in waiting:
            loop.result(each)
        loop.result(its.stop())
    assert events(main) == []
    assert events(backup) == ["0001 #1234|Ori1/BA1", "0002 #1234|Ori1/BA2"]


def test_the_backups_link_tests_are_rare_until_the_main_path_fails() -> None:
    """Then they are as frequent as the main one's, and rare again when it answers."""
    clock = Clock()
    its = Panel(
        Identity(account="1234"),
        parse_target("tcp:127.0.0.1:9"),
        MemoryCounters(),
        clock,
        Habits(link_test_s=60.0, backup_link_test_s=600.0),
        backup=parse_target("tcp:127.0.0.1:10"),
        clock=lambda: Moment(0.0, clock.seconds()),
    )
    answers = {"main": True, "backup": True}
    sent: dict[str, list[float]] = {"main": [], "backup": []}

    class Client:
        """Answers at once, or fails at once."""

        waiting = 0
        end = None

        def __init__(self, name: str) -> None:
            self.name = name

        def send(self, message: Any, ticket: Any = None) -> Any:
            """By the table above."""
            sent[self.name].append(clock.seconds())
            kind = OutcomeKind.ACCEPTED if answers[self.name] else OutcomeKind.GAVE_UP
            return succeed(Outcome(Ticket(message, 0), kind, ""))

        def stop(self) -> Any:
            """Nothing to close."""
            return succeed(None)

    for path in its.paths:
        path._client = Client(path.name)  # type: ignore[assignment]
    its.start()
    clock.pump([0] + [10] * 30)
    assert sent["main"] == [0, 60, 120, 180, 240, 300]
    assert sent["backup"] == [0]
    answers["main"] = False
    clock.pump([10] * 18)
    assert sent["main"][-3:] == [360, 420, 480]
    assert sent["backup"] == [0, 360, 420, 480]
    answers["main"] = True
    clock.pump([10] * 90)
    assert sent["main"][9] == 540
    assert sent["backup"] == [0, 360, 420, 480, 1080]
    its.stop()


def test_a_window_sends_several_before_the_first_answer(loop: Loop) -> None:
    """They arrive in order, and when the path fails they all go over the other one, in order."""
    with receiving(silent, silent, silent) as main, receiving() as backup:
        its = panel(loop, main, backup, quirks=Quirks(window=3), ack_timeout_s=0.3)
        waiting = [its.send(burglary(zone)) for zone in range(1, 6)]
        outcomes = [loop.result(each) for each in waiting]
        loop.result(its.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 5
    assert events(main) == [f"000{zone} #1234|Nri1/BA{zone}" for zone in (1, 2, 3)]
    assert events(backup) == [f"000{zone} #1234|Nri1/BA{zone}" for zone in range(1, 6)]


def answered(its: Panel, sequence: bytes) -> bool:
    """The main path's end has the answer, and perhaps has not told it."""
    return its.main.end is not None and cast(Any, its.main.end)._end._flight.numbered(sequence) is None


def test_what_a_dying_path_acknowledged_is_not_sent_elsewhere(loop: Loop) -> None:
    """The main receiver answers the second of two messages and goes: only the first one takes the backup."""
    with receiving() as backup:
        with receiving(silent, ack) as main:
            its = panel(loop, main, backup, quirks=Quirks(window=2), ack_timeout_s=5.0)
            waiting = [its.send(burglary(zone)) for zone in (1, 2)]
            loop.until(lambda: len(main.seen) == 2 and answered(its, b"0002"))
        first, second = (loop.result(each) for each in waiting)
        loop.result(its.stop())
    assert (first.kind, second.kind) == (OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED)
    assert events(backup) == ["0001 #1234|Nri1/BA1"]


def test_what_a_cut_path_acknowledged_is_not_sent_elsewhere(loop: Loop) -> None:
    """The same when somebody cuts the line."""
    with receiving() as backup, receiving(silent, ack) as main:
        its = panel(loop, main, backup, quirks=Quirks(window=2), ack_timeout_s=5.0)
        waiting = [its.send(burglary(zone)) for zone in (1, 2)]
        loop.until(lambda: len(main.seen) == 2 and answered(its, b"0002"))
        its.main.break_off()
        outcomes = [loop.result(each) for each in waiting]
        loop.result(its.stop())
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 2
    assert events(backup) == ["0001 #1234|Nri1/BA1"]


@pytest.mark.parametrize("pieces", [2, 7, 100])
def test_a_frame_in_pieces_arrives_whole(loop: Loop, pieces: int) -> None:
    """And is acknowledged like any other."""
    with receiving() as receiver:
        its = panel(loop, receiver, faults=Faults(pieces=pieces), ack_timeout_s=10)
        for zone in (1, 2):
            assert loop.result(its.send(burglary(zone))).kind is OutcomeKind.ACCEPTED
        loop.result(its.stop())
    assert events(receiver) == ["0001 #1234|Nri1/BA1", "0002 #1234|Nri1/BA2"]


def test_a_connection_that_breaks_between_two_pieces_costs_nothing(loop: Loop) -> None:
    """The rest of the frame does not open the next connection."""

    def cut(seen: Seen) -> None:
        return None

    with receiving(cut) as receiver:
        its = panel(loop, receiver, faults=Faults(pieces=3), attempts=3, ack_timeout_s=5)
        waiting = [its.send(burglary(zone)) for zone in (1, 2)]
        for each in waiting:
            assert loop.result(each).kind is OutcomeKind.ACCEPTED
        loop.result(its.stop())
    assert events(receiver) == ["0001 #1234|Nri1/BA1", "0001 #1234|Nri1/BA1", "0002 #1234|Nri1/BA2"]


def test_a_new_key_holds_on_both_paths_and_over_connections(loop: Loop) -> None:
    """From the message after the acknowledgement that brought it."""
    with receiving(key=KEY) as main, receiving(key=KEY) as backup:

        def change(seen: Seen) -> bytes:
            answer = rsp(seen, fields=f"[K{NEW_KEY.hex().upper()}]")
            main.key = backup.key = NEW_KEY
            return answer

        main._script.append(change)
        its = panel(loop, main, backup, key=KEY, ack_timeout_s=5, keep=False, edition=Edition.E2021)
        keys: list[bytes] = []
        its.on_key = keys.append
        loop.result(its.link_test(its.backup))
        for zone in (1, 2):
            assert loop.result(its.send(burglary(zone))).kind is OutcomeKind.ACCEPTED
        its.main.break_off()
        assert loop.result(its.send(burglary(3))).kind is OutcomeKind.ACCEPTED
        its.main.mend()
        loop.until(lambda: its.main.working is True)
        loop.result(its.stop())
    assert keys == [NEW_KEY]
    assert [seen.data for seen in main.seen if seen.token != "NULL"] == ["#1234|Nri1/BA1", "#1234|Nri1/BA2"]
    assert [seen.data for seen in backup.seen if seen.token != "NULL"] == ["#1234|Nri1/BA3"]


def test_what_a_receiver_brings_along_is_told(loop: Loop) -> None:
    """With the acknowledgement of an event, and of a link test."""
    with receiving(lambda seen: rsp(seen, "CSA1*1"), lambda seen: rsp(seen, "COR1*1")) as receiver:
        its = panel(loop, receiver, ack_timeout_s=5)
        told: list[str] = []
        its.on_response = lambda response: told.append(response.content)
        loop.result(its.send(burglary(1)))
        loop.result(its.link_test())
        loop.result(its.stop())
    assert told == ["CSA1*1", "COR1*1"]


def test_any_content_can_be_sent_as_it_stands(loop: Loop) -> None:
    """With a number of its own, over both paths."""
    with receiving() as backup:
        its = panel(loop, unused(), backup)
        outcome = loop.result(its.send(Payload("1234", "SIA-PUL", "31")))
        loop.result(its.stop())
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert events(backup) == ["0001 #1234|31"]


def test_a_stopped_panel_gives_up_what_it_holds(loop: Loop) -> None:
    """Everything that was promised an outcome gets one."""
    its = panel(loop, unused(), unused(), hold=True)
    waiting = [its.send(burglary(zone)) for zone in (1, 2)]
    loop.until(lambda: its.outage)
    loop.result(its.stop())
    assert [loop.result(each).kind for each in waiting] == [OutcomeKind.GAVE_UP] * 2
    assert loop.result(its.send(burglary(3))).reason == "stopped before it was sent"
    assert loop.result(its.send(LinkTest("1234"))).kind is OutcomeKind.GAVE_UP


def test_what_is_marked_as_old_reads_back_as_old() -> None:
    """The mark is that of DC-03."""
    (signal,), _ = sia_text.read("Ori1/BA1", "1234", sent_at=None, now_wall=0.0, time_zone="UTC")
    assert signal.old


def test_late_answers_of_the_main_path_end_nothing_on_the_backup(loop: Loop) -> None:
    """The main receiver's answer that comes too late is a late answer, and no second event."""
    late: list[Seen] = []

    def keep(seen: Seen) -> bytes:
        late.append(seen)
        return b""

    with receiving(keep, lambda seen: ack(late[0]) + ack(seen)) as main, receiving() as backup:
        its = panel(loop, main, backup, ack_timeout_s=0.2)
        loop.result(its.send(burglary(1)))
        assert loop.result(its.link_test(its.main)).kind is OutcomeKind.ACCEPTED
        loop.result(its.stop())
    assert events(backup) == ["0001 #1234|Nri1/BA1"]


class Failing(MemoryCounters):
    """The n-th numbers cannot be stored."""

    def __init__(self, *fail: int) -> None:
        super().__init__()
        self.calls = 0
        self.fail = fail

    def take(self, name: str, count: int = 1) -> int:
        """A number, or no room on the disk."""
        self.calls += 1
        if self.calls in self.fail:
            raise OSError(28, "No space left on device")
        return super().take(name, count)


class Way:
    """A path whose messages end when the test says so."""

    name, down_since, waiting = "main", None, 0

    def __init__(self) -> None:
        self.working: bool | None = None
        self.sent: list[tuple[Any, Deferred[Outcome]]] = []
        self.tests = SimpleNamespace(running=True, again=lambda: None)

    def send(self, message: Any, ticket: Any = None) -> Deferred[Outcome]:
        """Keep it."""
        self.sent.append((message, Deferred()))
        return self.sent[-1][1]

    def take_back(self, why: str) -> None:
        """Nothing: the test ends them."""


def give_up(message: Any) -> Outcome:
    """The outcome of a path that does not work."""
    return Outcome(Ticket(message, 1), OutcomeKind.GAVE_UP, "no connection")


def test_a_message_without_a_number_behind_one_that_failed_does_not_stop_the_queue() -> None:
    """The first is given up, the second fails, the third is sent."""
    clock, way = Clock(), Way()
    habits = Habits(quirks=Quirks(window=2))
    owner: Any = SimpleNamespace(
        reactor=clock, paths=(way,), habits=habits, clock=lambda: Moment(0.0, clock.seconds()), say=lambda _: None
    )
    routes = Routes(owner)
    first, second, third = (routes.send(burglary(zone)) for zone in (1, 2, 3))
    failures: list[Any] = []
    second.addErrback(failures.append)
    way.sent[0][1].callback(give_up(way.sent[0][0]))
    way.sent[1][1].errback(OSError("no space"))
    assert first.called
    assert isinstance(failures[0].value, OSError)
    assert [message.number for message, _ in way.sent] == ["1", "2", "3"]
    assert not third.called
    assert routes.waiting == 1


@pytest.mark.parametrize("listening", [True, False], ids=["at-once", "after-an-outage"])
def test_a_held_message_whose_number_cannot_be_stored_is_kept_in_its_place(loop: Loop, listening: bool) -> None:
    """With several on their way: none overtakes another, none is lost, none comes as two."""
    port = unused()
    its = panel(loop, port, hold=True, quirks=Quirks(window=2), ack_timeout_s=5)
    its._counters = Failing(2, 3)
    changes: list[str] = []
    its.on_change = changes.append
    with ExitStack() as stack:
        main = stack.enter_context(receiving(port=port)) if listening else None
        waiting = [its.send(burglary(zone)) for zone in (1, 2, 3, 4)]
        if main is None:
            loop.until(lambda: its.outage)
            main = stack.enter_context(receiving(port=port))
        assert [loop.result(each).kind for each in waiting] == [OutcomeKind.ACCEPTED] * 4
        loop.result(its.stop())
    zones = [event[-1] for event in events(main)]
    assert list(dict.fromkeys(zones)) == ["1", "2", "3", "4"]
    assert len({event.replace("Ori", "Nri") for event in events(main)}) == 4
    assert any("its number cannot be stored: [Errno 28]" in change for change in changes)


def test_a_path_that_fails_the_first_of_a_window_takes_the_others_back() -> None:
    """Else the second would arrive before the first."""
    clock, its, other = Clock(), Way(), Way()
    other.name = "backup"
    owner: Any = SimpleNamespace(
        reactor=clock,
        paths=(its, other),
        habits=Habits(quirks=Quirks(window=2)),
        clock=lambda: Moment(0.0, clock.seconds()),
        say=lambda _: None,
    )
    routes = Routes(owner)
    its.take_back = lambda why: its.sent[1][1].callback(give_up(its.sent[1][0]))  # type: ignore[method-assign]
    for zone in (1, 2):
        routes.send(burglary(zone))
    routes.told(its, give_up(its.sent[0][0]))  # type: ignore[arg-type]
    its.sent[0][1].callback(give_up(its.sent[0][0]))
    assert other.sent == []
    clock.advance(0)
    assert [message.number for message, _ in other.sent] == ["1", "2"]


@pytest.mark.parametrize("sequence", ["decimal", "zero"])
def test_what_a_receiver_may_have_taken_is_not_marked_as_old_afterwards(loop: Loop, sequence: Any) -> None:
    """Its ACK was lost, an outage begins: the repetition says the same, or it would be a second event."""
    port = unused()
    its = panel(loop, port, hold=True, quirks=Quirks(sequence=sequence))
    with receiving(silent, port=port) as main:
        waiting = its.send(burglary(1))
        loop.until(lambda: its.outage)
        untouched = its.send(burglary(2))
        for each in (waiting, untouched):
            loop.result(each)
        loop.result(its.stop())
    one, two = ("0000", "0000") if sequence == "zero" else ("0001", "0002")
    assert events(main) == [f"{one} #1234|Nri1/BA1"] * 2 + [f"{two} #1234|Ori1/BA2"]


def test_the_backups_own_interval_stays_when_the_main_path_has_none() -> None:
    """A main path without link tests that fails takes none from the backup."""
    clock = Clock()
    its = Panel(
        Identity(account="1234"),
        parse_target("tcp:127.0.0.1:9"),
        MemoryCounters(),
        clock,
        Habits(link_test_s=None, backup_link_test_s=60.0),
        backup=parse_target("tcp:127.0.0.1:10"),
        clock=lambda: Moment(0.0, clock.seconds()),
    )
    assert its.backup is not None
    times: list[float] = []

    def send(message: Any, ticket: Any) -> Deferred[Outcome]:
        times.append(clock.seconds())
        return succeed(Outcome(Ticket(message, 0), OutcomeKind.ACCEPTED, ""))

    client: Any = SimpleNamespace(waiting=0, end=None, send=send)
    its.backup._client = client
    its.start()
    its._routes.told(its.main, give_up(burglary(1)))
    clock.pump([10] * 12)
    assert (its.main.interval, its.backup.interval) == (None, 60.0)
    assert times == [60, 120]
