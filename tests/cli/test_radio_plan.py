"""``ptsn radio plan``: what a channel can carry, and what it says where it cannot."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ptsn.cli import run
from tests.support.station import PATIENCE_S, PTSN, ptsn, until
from tests.test_docs import console_lines

PAGE = Path(__file__).parents[2] / "docs" / "radio-planning.md"
FEW = ("--messages", "100")
NONE = ("--messages", "0")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["radio", "plan", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_plan_stands_by_formula_and_by_simulation(capsys: pytest.CaptureFixture[str]) -> None:
    """Each way with both columns; a plan that works in one of them is exit code 0."""
    code, out, err = said(capsys, *FEW)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[1].startswith("Airtime: 0.69 s for 34 bytes from an object")
    assert [line.split()[-1] for line in lines if line.startswith(("One-way,", "Two-way,"))][:3] == [
        "WORK",
        *["works"] * 2,
    ]
    for label in ("channel load", "a frame arrives", "a test arrives"):
        (first, *_) = [line for line in lines if line.strip().startswith(label)]
        assert "-" not in first.split()
    assert "what helps: " in out
    assert all(len(line) < 140 for line in lines)


def test_a_plan_that_cannot_work_is_exit_code_1_with_advice_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    """What it says is tried."""
    code, out, _ = said(capsys, "--objects", "300", "--way", "polls", *NONE)
    assert code == 1
    assert "CANNOT WORK" in out
    helps = out.partition("what helps: ")[2]
    carries = helps.partition("carries ")[2].split()[0]
    assert said(capsys, "--objects", carries, "--way", "polls", *NONE)[0] == 0
    interval = helps.partition("a round every ")[2].split()[0]
    assert said(capsys, "--objects", "300", "--interval", f"{interval}m", "--way", "polls", *NONE)[0] == 0


def test_json_holds_what_was_given_and_found(capsys: pytest.CaptureFixture[str]) -> None:
    """For a program."""
    code, out, _ = said(capsys, "--json", "--bit-rate", "9600", "--tx-delay", "50", "--lost-after", "3/5", *FEW)
    told = json.loads(out)
    assert code == 0
    assert told["works"] is True
    assert told["given"]["profile"]["bit_rate"] == 9600
    assert (told["given"]["least"], told["given"]["of"]) == (3, 5)
    assert [way["way"] for way in told["ways"]] == ["one-way", "tests", "polls"]
    for way in told["ways"]:
        assert [count["within_s"] for count in way["counts"]] == [90, 180, 1800]
        assert way["simulated"]["messages"] >= 100 * 0.8


def test_the_same_seed_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """And another one another."""
    arguments = ("--way", "one-way", *FEW)
    first = said(capsys, *arguments)
    assert said(capsys, *arguments) == first
    assert said(capsys, "--seed", "2", *arguments) != first


@pytest.mark.parametrize(
    "faster", [("--bit-rate", "9600"), ("--tx-delay", "50"), ("--loss", "0"), ("--turnaround", "10"), ("--bytes", "24")]
)
def test_a_better_channel_carries_more(capsys: pytest.CaptureFixture[str], faster: tuple[str, str]) -> None:
    """Each option counts."""

    def count(*arguments: str) -> list[int]:
        told = json.loads(said(capsys, "--json", *NONE, *arguments)[1])
        return [way["counts"][2]["objects"] for way in told["ways"]]

    plain, better = count(), count(*faster)
    assert all(more >= few for few, more in zip(plain, better, strict=True))
    assert plain != better


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--bit-rate", "0"], "--bit-rate"),
        (["--lost-after", "5/3"], "write it like 3 or 3/5"),
        (["--interval", "soon"], "not a duration"),
        (["--bit-rate", "50", "--bytes", "200"], "no alarm may take so long"),
        (["--framing", "transparent", "--fx25", "16"], "FX.25 wraps AX.25"),
        (["--objects", "0"], "--objects"),
    ],
)
def test_a_channel_that_cannot_be_is_wrong_use(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """One line, with the option."""
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--bit-rate", "150", "--bytes", "24", "--tx-delay", "5000"],
        ["--loss", "90", "--hidden", "100"],
        ["--objects", "20000", "--interval", "1s"],
        ["--duty-cycle", "0.01"],
        ["--copies", "10", "--attempts", "1", "--persistence", "0", "--slot", "5000"],
        ["--interval", "24h", "--objects", "1", "--alarm-every", "24h"],
        ["--alarm-every", "1s"],
        ["--framing", "transparent", "--bit-rate", "1000000"],
        ["--fx25", "64", "--persistence", "255"],
    ],
)
def test_at_its_limits_it_still_says_something_sensible(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Formulas, whatever is given."""
    code, out, err = said(capsys, *arguments, *NONE)
    assert code in (0, 1)
    assert err == ""
    assert "nan" not in out
    assert "inf" not in out.replace("information", "")
    assert "How many objects" in out


def test_ctrl_c_ends_a_long_simulation_and_leaves_the_line_clean() -> None:
    """130, with no traceback; on a terminal it told how far it was."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*PTSN, "radio", "plan", "--messages", "1000000"], stdout=subprocess.PIPE, stderr=follower
    ) as child:
        os.close(follower)
        shown = b""

        def progress() -> bool:
            nonlocal shown
            shown += os.read(leader, 4096)
            return b"simulating 1 of 12,   1%" in shown

        until(progress, "progress on the terminal")
        child.send_signal(signal.SIGINT)
        assert child.wait(PATIENCE_S) == 130
        while True:
            try:
                more = os.read(leader, 4096)
            except OSError:
                break
            if not more:
                break
            shown += more
    os.close(leader)
    assert b"Traceback" not in shown
    assert shown.rstrip(b"\r\n").endswith(b"\033[K")


def test_without_a_terminal_no_progress_is_shown() -> None:
    """Nor in a pipe."""
    done = ptsn("radio", "plan", "--way", "polls", *FEW)
    assert done.stderr == ""


def test_the_commands_of_the_page_say_what_it_shows() -> None:
    """To the letter: the same seed gives the same simulation."""
    text = PAGE.read_text()
    blocks = [block for block in text.split("```console\n")[1:] if block.startswith("$ ptsn radio plan")]
    assert len(blocks) >= 2
    assert len(console_lines(PAGE)) == len(blocks)
    for block in blocks:
        line, _, shown = block.partition("```")[0].partition("\n")
        done = subprocess.run(
            ["bash", "-c", line[2:]],
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == shown
        assert done.stderr == ""
