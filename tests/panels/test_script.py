"""Scripts: read as a whole, done line by line, with expectations that name the line that failed."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred

from panels import profiles
from panels.actions import ACTIONS, FLOW, helped
from panels.behaviour import Behaviour
from panels.panel import Habits, Identity, Panel
from panels.script import Reader, Runner, ScriptError, parse
from panels.session import run_script
from panels.simulation import Simulation
from receiver.adapters.counters import MemoryCounters
from receiver.adapters.endpoints import parse_target
from tests.panels.fake import FakeReceiver, Loop, ack, receiving, rsp


def simulation(loop: Loop, to: FakeReceiver, said: list[str], **habits: Any) -> Simulation:
    """Panel 1234, strict, with nobody's patience."""
    panel = Panel(
        Identity(account="1234"),
        parse_target(to.target),
        MemoryCounters(),
        loop.reactor,
        Habits(**{"ack_timeout_s": 5, "hold": True, "retry_s": 0.1, **habits}),
    )
    return Simulation(panel, Behaviour(profiles.load("strict-2021"), "1234"), said.append)


def run(loop: Loop, text: str, to: FakeReceiver, **habits: Any) -> list[str]:
    """Do a script, and give what was said. Raises what it raises."""
    said: list[str] = []
    its = simulation(loop, to, said, **habits)
    done: Deferred[None] = Deferred.fromCoroutine(run_script(parse(text), "s", its, loop.reactor))
    try:
        loop.result(done)
    finally:
        loop.result(its.panel.stop())
    return said


def test_a_script_does_its_lines_in_order(loop: Loop) -> None:
    """Comments, cases, blocks in blocks, and an end without an expectation."""
    text = """
    # an evening
    arm user 2              # the caretaker leaves
    EXPECT acknowledged within 10s
    trigger 2
    repeat 2
        repeat 2
            panic
        end
    end
    raw SIA-DCS Nri1/BA9^a  # b^
    """
    with receiving() as receiver:
        run(loop, text, receiver)
    assert [seen.data.partition("|")[2] for seen in receiver.seen] == [
        *("Nri1/CL2", "Nri2/CL2", "Nri1/BA2", *["Nri4/PA21"] * 4, "Nri1/BA9^a  # b^"),
    ]


def test_every_command_can_be_done(loop: Loop) -> None:
    """And what is sent is what it says."""
    lines = [
        *("arm 1 user 1", "trigger 3", "restore 3", "duress 1", "disarm", "bypass 2", "bypass 2 off"),
        *("power off", "power on", "battery low", "battery ok", "tamper", "tamper ok", "tamper 4", "tamper 4 ok"),
        *("fire", "test", "link", "link main", "clock +30s", "clock -30", "drift 5s", "site", "show", "help"),
        *("send BA partition 2 zone 7 text Front door", "send 130 restore zone 5", "wait 0.01s"),
        *("expect acknowledged", "cut", "mend main"),
    ]
    with receiving() as receiver:
        said = run(loop, "\n".join(lines), receiver)
    data = [seen.data.partition("|")[2] for seen in receiver.seen if seen.token != "NULL"]
    assert data == [
        *("Nri1/CL1", "Nri1/BA3", "Nri1/BH3", "Nid1/ri1/HA", "Nri1/OP1", "Nri1/UB2", "Nri1/UU2", "NAT", "NAR"),
        *("NYT", "NYR", "NTA", "NTR", "Nri2/TA4", "Nri2/TR4", "Nri3/FA12", "NRP"),
        *("Nri2/BA7^Front door^", "3130 00 005"),
    ]
    assert "the main path is mended" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("repeat 2\n\nend\n", "line 3: the repeat of line 1 has nothing to repeat"),
        ("arm\nfly away", "line 2: there is no command 'fly'"),
        ("trigger", "line 1: the zone is missing; write it like: trigger ZONE"),
        ("trigger x", "'x' is no zone"),
        ("trigger 1 2", "'2' is too much"),
        ("power", "say off or on"),
        ("battery flat", "'flat' is not low or ok"),
        ("wait", "wait 5s"),
        ("wait -5s", "wait 5s"),
        ("wait soon", "'soon' is no time"),
        ("expect joy", "expect acknowledged within 30s"),
        ("expect acknowledged by noon", "expect acknowledged within 30s"),
        ("repeat many", "repeat 3"),
        ("repeat 0", "repeat 3"),
        ("end", "no repeat"),
        ("arm\nrepeat 3\npanic", "line 2: this repeat has no end"),
        ("repeat 2\n" * 9, "line 9: blocks stand inside each other"),
        ("send", "the code is missing"),
        ("send 13", "13"),
        ("send 130 at 5", "'at' is not partition"),
        ("send BA restore", "BH"),
        ("send 130 user 5", "counts a zone"),
        ("raw", "the token is missing"),
        ("cut both", "'both' is not main or backup"),
        ("clock", "by how much"),
        ("clock fast", "'fast' is no time"),
        ("drift", "how much a day"),
        ("bypass 2 on", "'on' is not off"),
        ("panic\nquit\nfire", "line 3: this would never be done: the quit of line 2 ends the script"),
        ("repeat 2\nexit\npanic\nend", "line 3: this would never be done"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_before_anything_is_done(text: str, said: str) -> None:
    """With how to write it."""
    with pytest.raises(ScriptError, match=r"^line \d+: ") as caught:
        parse(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("arm\ntrigger 99", "s, line 2: there is no zone 99"),
        ("link backup", "s, line 1: this panel has no backup path"),
        ("expect acknowledged", "s, line 1: acknowledged was expected, but nothing was sent"),
        ("panic\nexpect nothing", "s, line 2: nothing was expected, but this was sent: PA"),
        ("panic\nexpect refused", "s, line 2: refused was expected, but this was acknowledged: PA"),
        ("panic\nexpect buffered within 0.1s", "s, line 2: buffered was expected within 0.1 seconds"),
        ("repeat 2\n trigger 99\nend", "s, line 2: there is no zone 99"),
    ],
)
def test_what_does_not_come_true_is_named_with_its_line(loop: Loop, text: str, said: str) -> None:
    """And what happened instead."""
    with receiving() as receiver, pytest.raises(ScriptError) as caught:
        run(loop, text, receiver)
    assert str(caught.value).startswith(said)


def test_refusals_can_be_expected(loop: Loop) -> None:
    """And when they are not, they fail the script at its end."""
    with receiving(lambda seen: ack(seen, "DUH"), ack, lambda seen: ack(seen, "DUH")) as receiver:
        run(loop, "raw SIA-PUL 31\nexpect refused\npanic\nexpect acknowledged", receiver)
        with pytest.raises(ScriptError, match="s, at its end: acknowledged was expected, but this was refused"):
            run(loop, "panic", receiver)


def test_a_receiver_that_never_answers_fails_the_expectation_in_time(loop: Loop) -> None:
    """The message that waits is named."""
    with (
        receiving(*[lambda seen: b""] * 9) as receiver,
        pytest.raises(ScriptError, match=r"line 2.*within 0\.3.*PA new"),
    ):
        run(loop, "panic\nexpect acknowledged within 0.3s", receiver)


def test_what_is_buffered_during_a_cut_arrives_when_it_is_mended(loop: Loop) -> None:
    """Marked as old."""
    text = "cut\npanic\nfire\nexpect buffered\nmend\nexpect acknowledged within 10s\npanic\nexpect acknowledged"
    with receiving() as receiver:
        run(loop, text, receiver)
    data = [seen.data.partition("|")[2] for seen in receiver.seen if seen.token != "NULL"]
    assert data == ["Ori4/PA21", "Ori3/FA12", "Nri4/PA21"]


def test_quit_ends_a_script_and_still_waits_for_answers(loop: Loop) -> None:
    """Also inside a block."""
    with receiving() as receiver:
        run(loop, "repeat 5\n panic\n quit\nend\n# the end", receiver)
    assert [seen.data for seen in receiver.seen] == ["#1234|Nri4/PA21"]


def test_what_was_expected_to_wait_may_still_wait_at_the_end(loop: Loop) -> None:
    """``expect buffered`` is the last word on a message; what is sent afterwards must be acknowledged."""
    with receiving() as receiver:
        run(loop, "cut\npanic\nexpect buffered within 10s", receiver)
        with pytest.raises(ScriptError, match="line 4: acknowledged was expected"):
            run(loop, "cut\npanic\nexpect buffered within 10s\nexpect acknowledged within 0.2s", receiver)
        with pytest.raises(ScriptError, match=r"line 5: acknowledged was expected within 0\.2 seconds"):
            run(loop, "cut\npanic\nexpect buffered\nfire\nexpect acknowledged within 0.2s", receiver)
    assert receiver.seen == []


def test_what_is_put_wrong_is_confirmed(loop: Loop) -> None:
    """With its unit, where none was written too."""
    with receiving() as receiver:
        said = run(loop, "drift 20\ndrift -1m\nclock -1h", receiver)
    assert said == [
        "the panel's clock gains 20 seconds a day from now on",
        "the panel's clock loses 60 seconds a day from now on",
        "the panel's clock is -3600 seconds off",
    ]


def test_show_warns_of_messages_that_wait_although_a_path_works(loop: Loop) -> None:
    """And says what is done for them."""
    with receiving(ack, lambda seen: b"") as receiver:
        said: list[str] = []
        its = simulation(loop, receiver, said)
        script = parse("panic\nexpect acknowledged\nshow\nfire\nshow")
        loop.result(Deferred.fromCoroutine(Runner(its, loop.reactor).run(script)))
        loop.result(its.panel.stop())
    assert said.count("waiting: 1 (on the way over the main path)") == 1
    assert said.count("warning: messages wait although the main path answered last") == 1


def test_a_wait_says_until_when(loop: Loop) -> None:
    """For whoever types meanwhile."""
    told: list[str] = []
    with receiving() as receiver:
        its = simulation(loop, receiver, [])
        runner = Runner(its, loop.reactor, told.append)
        waiting = Deferred.fromCoroutine(runner.run(parse("wait 1h")))
        loop.until(lambda: bool(told))
        waiting.addErrback(lambda failure: failure.trap(CancelledError))
        waiting.cancel()
        loop.result(its.panel.stop())
    assert re.fullmatch(r"waiting until \d\d:\d\d:\d\d; what is typed meanwhile is done after it", told[0])


def test_commands_of_the_receiver_are_done_and_answered(loop: Loop) -> None:
    """What is ignored is told as well."""
    with receiving(lambda seen: rsp(seen, "CSA1*1|CLK1*1")) as receiver:
        said = run(loop, "panic", receiver)
    assert [seen.data for seen in receiver.seen] == ["#1234|Nri4/PA21", "#1234|Nri1/CQ"]
    assert "the receiver commands CSA1*1: done" in said
    assert "the receiver commands CLK1*1: ignored" in said


def test_what_cannot_be_written_at_all_is_told_and_is_no_acknowledgement(loop: Loop) -> None:
    """The prompt lives on."""
    with receiving() as receiver, pytest.raises(ScriptError, match="given-up"):
        run(loop, "raw SIA-DCS Nri1/BA1]\nexpect acknowledged", receiver)
    assert receiver.seen == []


def test_a_long_script_does_not_grow_without_end(loop: Loop) -> None:
    """What was acknowledged long ago is not remembered."""
    from panels import simulation as module

    with receiving() as receiver:
        said: list[str] = []
        its = simulation(loop, receiver, said)
        its.sent = [module.Sent("x", module.ACKNOWLEDGED)] * module.MOST
        loop.result(Deferred.fromCoroutine(Runner(its, loop.reactor).run(parse("panic\nexpect acknowledged"))))
        assert its.sent == []
        loop.result(its.panel.stop())


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused(line: str) -> None:
    """Never another error."""
    reader = Reader()
    with suppress(ScriptError):
        reader.feed(line)
        reader.close()


def test_the_help_names_every_command() -> None:
    """With its usage."""
    text = "\n".join(helped())
    for name in [*ACTIONS, *FLOW]:
        assert f"{name} " in text or f"{name}\n" in text
