"""``ptsn panel send`` as an installer uses it: a process of its own against a receiver on a real socket."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.panels.fake import FakeReceiver, Seen, ack, receiving, rsp

KEY = "00112233445566778899AABBCCDDEEFF"


def send(tmp_path: Path, *arguments: str, to: FakeReceiver | str) -> subprocess.CompletedProcess[str]:
    """Run the command with a state folder of the test's own."""
    target = to if isinstance(to, str) else to.target
    return subprocess.run(
        [sys.executable, "-m", "ptsn", "panel", "send", "--to", target, "--account", "1234", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
    )


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
def test_an_acknowledged_signal_ends_with_0(tmp_path: Path, udp: bool) -> None:
    """The frame says what the options say."""
    with receiving(udp=udp) as receiver:
        done = send(
            tmp_path,
            *("--code", "130", "--qualifier", "new", "--partition", "01", "--number", "015"),
            to=receiver,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "acknowledged: 1234 130 new" in done.stdout
    assert [seen.data for seen in receiver.seen] == ["#1234|1130 01 015"]
    assert receiver.seen[0].address == "L0#1234"


def test_sia_codes_go_out_as_sia(tmp_path: Path) -> None:
    """Partition, number and user find their places."""
    with receiving() as receiver:
        done = send(tmp_path, "--scheme", "sia", "--code", "ba", "--partition", "2", "--number", "015", to=receiver)
    assert done.returncode == 0, done.stderr
    assert receiver.seen[0].token == "SIA-DCS"
    assert receiver.seen[0].data == "#1234|Nri2/BA015"


@pytest.mark.parametrize(
    ("arguments", "data", "note"),
    [
        (["--profile", "ajax", "--code", "130"], "#1234|1130 00 000", "profile ajax reports in sia; 130 goes out as"),
        (["--profile", "ajax", "--code", "BA"], "#1234|NBA", ""),
        (["--profile", "pyronix", "--code", "BA"], "#1234|NBA", "profile pyronix reports in contact-id; BA goes out"),
        (["--profile", "strict-2026", "--code", "130"], "#1234|1130 00 000", ""),
        (["--code", "ba"], "#1234|NBA", ""),
    ],
)
def test_the_form_of_a_code_says_its_table(tmp_path: Path, arguments: list[str], data: str, note: str) -> None:
    """Three digits are Contact ID, two letters SIA; a brand that reports otherwise is noted."""
    with receiving() as receiver:
        done = send(tmp_path, *arguments, to=receiver)
    assert done.returncode == 0, done.stderr
    assert data in receiver.seen[0].data
    assert note in done.stderr
    assert bool(done.stderr) == bool(note)


@pytest.mark.parametrize("form", ["hex", "text", "file"])
def test_a_key_encrypts_whichever_way_it_is_given(tmp_path: Path, form: str) -> None:
    """Hex digits, text:KEY, or @FILE, which does not show in ps."""
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    key, option = {
        "hex": (bytes.fromhex(KEY), KEY),
        "text": (b"sixteen letters!", "text:sixteen letters!"),
        "file": (bytes.fromhex(KEY), f"@{file}"),
    }[form]
    with receiving(key=key) as receiver:
        done = send(tmp_path, "--code", "120", "--key", option, to=receiver)
    assert done.returncode == 0, done.stderr
    assert receiver.seen[0].encrypted
    assert receiver.seen[0].data == "#1234|1120 00 000"


def test_numbers_go_on_from_run_to_run(tmp_path: Path) -> None:
    """Three runs, one of them with several messages, and no number twice."""
    with receiving() as receiver:
        for count in ("1", "3", "1"):
            assert send(tmp_path, "--code", "602", "--count", count, to=receiver).returncode == 0
    assert [seen.sequence for seen in receiver.seen] == ["0001", "0002", "0003", "0004", "0005"]
    assert (tmp_path / "state" / "ptsn" / "counters.json").stat().st_mode & 0o777 == 0o600


def test_the_state_file_can_be_named(tmp_path: Path) -> None:
    """And its folder is made."""
    state = tmp_path / "a" / "b.json"
    with receiving() as receiver:
        assert send(tmp_path, "--code", "602", "--state", str(state), to=receiver).returncode == 0
    assert state.exists()
    assert not (tmp_path / "state").exists()


def test_a_link_test_and_the_header_fields(tmp_path: Path) -> None:
    """NULL with the receiver number and prefix asked for."""
    with receiving() as receiver:
        done = send(tmp_path, "--link-test", "--prefix", "2A", "--receiver", "f1", to=receiver)
    assert done.returncode == 0, done.stderr
    assert (receiver.seen[0].token, receiver.seen[0].sequence) == ("NULL", "0000")
    assert receiver.seen[0].address == "RF1L2A#1234"


def test_verbose_shows_both_directions_with_control_bytes_spelled_out(tmp_path: Path) -> None:
    """Nothing that a peer sends reaches the terminal as it is."""

    def coloured(seen: Seen) -> bytes:
        return b"\x1b[31m" + ack(seen)

    with receiving(coloured) as receiver:
        done = send(tmp_path, "-v", "--code", "130", to=receiver)
    assert done.returncode == 0, done.stderr
    assert "-> \\n" in done.stdout
    assert '"ADM-CID"0001L0#1234[#1234|1130 00 000]' in done.stdout
    assert "<- \\x1b[31m\\n" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_refused_message_ends_with_1_and_the_reason(tmp_path: Path) -> None:
    """DUH is not an acknowledgement."""
    with receiving(lambda seen: ack(seen, "DUH")) as receiver:
        done = send(tmp_path, "--code", "130", to=receiver)
    assert done.returncode == 1
    assert "not acknowledged" in done.stderr
    assert "DUH" in done.stderr


def test_silence_ends_with_1_and_the_reason(tmp_path: Path) -> None:
    """After the attempts asked for."""
    with receiving(*[lambda seen: b""] * 2) as receiver:
        done = send(tmp_path, "--code", "130", "--attempts", "2", "--timeout", "0.2", to=receiver)
    assert done.returncode == 1
    assert "no answer" in done.stderr
    assert len(receiver.seen) == 2


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_nobody_listening_ends_with_1_and_the_reason(tmp_path: Path, transport: str) -> None:
    """The text names the address and what the system says."""
    with receiving(udp=transport == "udp") as receiver:
        target = receiver.target
    done = send(tmp_path, "--code", "130", "--attempts", "1", "--timeout", "0.5", to=target)
    assert done.returncode == 1
    assert "refused" in done.stderr if transport == "tcp" else "no answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scheme", "sia", "--code", "BA", "--qualifier", "restore"], "the restore of BA is BH: --code BH"),
        (["--scheme", "sia", "--code", "BA", "--qualifier", "status"], "carry their own meaning"),
        (["--scheme", "contact-id", "--code", "BA"], "--scheme sia"),
        (["--scheme", "sia", "--code", "130"], "--scheme contact-id"),
        (["--code", "13"], "three digits"),
        (["--code", "401", "--user", "1", "--number", "2"], "one number"),
        (["--code", "130", "--user", "1"], "--number"),
        (["--code", "130", "--number", "1234"], "up to 3 digits"),
        (["--code", "130", "--partition", "x"], "--partition"),
        (["--code", "130", "--prefix", "xyz"], "--prefix"),
        (["--code", "130", "--link-test"], "--link-test"),
        ([], "--code"),
        (["--code", "130", "--key", "0011"], "4 hex digits"),
        (["--code", "130", "--key", "hunter2 is my key"], "text:KEY"),
        (["--code", "130", "--key", "@/nowhere/key"], "/nowhere/key"),
        (["--code", "130", "--to", "ftp:x:1"], "tcp"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_would_be_right(tmp_path: Path, arguments: list[str], said: str) -> None:
    """One line for a person, before anything is sent."""
    with receiving() as receiver:
        done = send(tmp_path, *arguments, to=receiver)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert receiver.seen == []


def test_a_state_file_of_something_else_is_named(tmp_path: Path) -> None:
    """Rather than begin again from the first number."""
    state = tmp_path / "notes.txt"
    state.write_text("milk, bread")
    with receiving() as receiver:
        done = send(tmp_path, "--code", "130", "--state", str(state), to=receiver)
    assert done.returncode == 1
    assert str(state) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_that_a_receiver_gave_is_used_by_later_runs_with_that_state_file(tmp_path: Path) -> None:
    """Of send as of run; a note says so, without the key."""
    new = bytes(range(32, 48))

    def change(seen: Seen) -> bytes:
        answer = rsp(seen, fields=f"[K{new.hex()}]")
        receiver.key = new
        return answer

    arguments = ["--code", "602", "--key", KEY, "--state", str(tmp_path / "numbers.json"), "--profile", "strict-2021"]
    with receiving(change, key=bytes.fromhex(KEY)) as receiver:
        for said in ("", "the key is the one that a receiver gave"):
            done = send(tmp_path, *arguments, "--scheme", "contact-id", "--timeout", "5", to=receiver)
            assert done.returncode == 0, done.stderr
            assert said in done.stderr
            assert new.hex() not in (done.stdout + done.stderr).lower()
    assert [seen.data for seen in receiver.seen] == ["#1234|1602 00 000"] * 2


def test_the_help_warns_of_keys_on_the_command_line(tmp_path: Path) -> None:
    """And shows an example."""
    done = send(tmp_path, "--help", to="tcp:127.0.0.1:1")
    words = " ".join(done.stdout.split())
    assert "(ps)" in words
    assert "@FILE" in words
    assert "Example: ptsn panel send" in words
