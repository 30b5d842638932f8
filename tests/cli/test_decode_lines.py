"""Messages of the wires in anybody's logs: what a log says around them stays its own, and digits are what they are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from protocols.capture import strangers
from protocols.capture.detection import Format, detect
from protocols.sia.blocks import Block, build
from ptsn.commands.decode import command
from tests.protocols.wire_examples import EXAMPLES

SUR_GARD = "5011 181234E13001015"
ANOTHER = "5011 181235R13001016"


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def objects(data: bytes, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    result = CliRunner().invoke(command, ["--json", "--brief", *arguments, "-"], input=data)
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.split("\n")[:-1]]


# --- words of the log ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "context"),
    [
        ("12:00 rx {}<14> ok", "12:00 rx"),
        ("12:00 rx {}<DC4> ok", "12:00 rx"),
        ("12:00 rx {}\\x14 ok", "12:00 rx"),
        ("12:00 rx {}\u2414 ok", "12:00 rx"),
        ("12:00 rx {}[14] ok", "12:00 rx"),
        ("12:00 rx {}^T ok", "12:00 rx"),
        ('12:00 rx "{}\\x14" ok', '12:00 rx "'),
        ("12:00 rx b'{}\\x14', 21", "12:00 rx b'"),
        ("12:00 rx [{}<14>] len=21", "12:00 rx ["),
        ("rx({}<14>) from 192.0.2.7:5000 at 12:00:01", "rx("),
        ("{}<14> 2026-01-02 12:00:01.123", None),
        ("rx «{}<14>» принято", "rx «"),
        ("rx {}<14><0D><0A> ok", "rx"),
        ('{{"at":"12:00","data":"{}\\u0014","len":21}}', '{"at":"12:00","data":"'),
    ],
)
def test_words_around_a_message_are_the_words_of_the_log(line: str, context: str | None) -> None:
    """In front of it and behind it, whatever shape the line has."""
    [found] = objects(line.format(SUR_GARD).encode() + b"\n")
    assert (found["protocol"], found["account"], found["context"]) == ("surgard", "1234", context)
    assert found["frame"].rstrip("\r\n") == SUR_GARD + "\x14"
    assert found.get("restored") is None


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "dc09"])
def test_words_behind_a_message_of_any_protocol_are_the_words_of_the_log(name: str) -> None:
    for frame in EXAMPLES[name]:
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"<{byte:02X}>" for byte in frame)
        alone = objects(f"12:00 rx {shown}\n".encode())
        among = objects(f"12:00 rx {shown} ok, 21 bytes\n".encode())
        assert {found["protocol"] for found in among} == {name}, frame
        assert [found["frame"] for found in among] == [found["frame"] for found in alone], frame


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "dc09"])
def test_none_of_several_messages_in_a_line_is_lost(name: str) -> None:
    """Whatever ends them."""
    for frame in EXAMPLES[name]:
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"<{byte:02X}>" for byte in frame)
        alone = [one["frame"] for one in objects(f"rx {shown}\n".encode())]
        for between in (" and ", ""):
            for end in ("\n", "\r\n", " ok\n"):
                found = objects(f"rx {shown}{between}{shown}{end}".encode())
                among = [one["frame"].lstrip(" ") for one in found]  # a blank may be the log's
                assert among == [one.lstrip(" ") for one in alone * 2], (frame, between, end)


def test_several_messages_in_a_line_have_words_between_them() -> None:
    first, second = objects(f"one {SUR_GARD}<14> two {ANOTHER}<14> three\n".encode())
    assert [(one["account"], one["context"]) for one in (first, second)] == [("1234", "one"), ("1235", "two")]
    first, second = objects(f"one {SUR_GARD} two {ANOTHER} three\n".encode())
    assert [(one["account"], one["context"]) for one in (first, second)] == [("1234", "one"), ("1235", "two")]


def test_an_answer_behind_a_message_is_an_answer() -> None:
    _, answer = objects(f"rx {SUR_GARD}<14> tx <06> done\n".encode())
    assert (answer["token"], answer["context"]) == ("ACK", "tx")


def test_what_is_damaged_behind_a_message_is_no_word_of_the_log() -> None:
    """It is shown: nothing that may have been an alarm is passed over."""
    damaged = ANOTHER.replace("R", "X")
    _, behind = objects(f"rx {SUR_GARD}<14> {damaged}<14> ok\n".encode(), code=1)
    assert not behind["ok"]
    assert damaged in behind["frame"]
    account, event = build(Block("#", b"1234")), build(Block("N", b"ri1/BA01"))
    line = "".join(chr(byte) if byte < 0x7F else f"<{byte:02X}>" for byte in account + event[:-1] + b"\xff")
    found = objects(f"rx {line} ok\n".encode(), code=1)
    assert [one["ok"] for one in found] == [True, False]
    assert found[1]["frame"].encode("latin-1") == event[:-1] + b"\xff"


def test_words_that_happen_to_fit_a_protocol_are_words_behind_a_message() -> None:
    """Twenty digits are a whole line of Sur-Gard but for its terminator."""
    for end in ("\n", "\r\n"):
        [found] = objects(f"rx {SUR_GARD}<14> id 44233132333499403099{end}".encode())
        assert found["account"] == "1234"


def test_blocks_of_a_session_are_found_on_lines_of_their_own() -> None:
    """Once its account is known: also where they are written with marks."""
    lines = ["12:00:01 rx F#012345<9B> ok", "12:00:02 rx NNti11:46/BA1011<F7> ok", "12:00:03 rx @0<8F> bye"]
    found = objects("\n".join(lines).encode() + b"\n")
    assert [(one["token"], one["account"]) for one in found if one["kind"] == "event"] == [("N", "012345")]
    assert {one["protocol"] for one in found} == {"sia"}


def test_the_clock_behind_a_line_that_lost_its_end_belongs_to_it() -> None:
    [found] = objects(f"12:00 rx {SUR_GARD} 11:46:07-23/01 ok\n".encode())
    assert found["frame"] == f"{SUR_GARD} 11:46:07-23/01\x14"


def test_a_log_that_kept_the_bytes_is_a_log() -> None:
    """Its first line has a time; without one it may be a capture, of which nothing is passed over."""
    line = f"2026-01-02 12:00:01 rx {SUR_GARD}\x14 ok\n".encode()
    found = objects(line + b"2026-01-02 12:00:02 tx \x06\n" + line.replace(b"1234E", b"1235E"))
    assert [(one["account"], one["context"][-2:], one.get("restored")) for one in found] == [
        ("1234", "rx", None),
        ("1235", "rx", None),
    ]
    assert detect(line[:-5], final=False) is None
    assert detect(line, final=False) is Format.LOG
    assert detect(line[20:]) is Format.RAW
    assert detect(line.replace(b" ok", b"\0ok")) is Format.RAW


# --- digits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digits", "token", "account"),
    [("4423313233349c40308f", "#", "1234"), ("46233031323334350d0a", "F#", "012345")],
)
@pytest.mark.parametrize("form", ["{}", "{}\n", "{}\r\n", "\n{}\n", "0x{}\n", "12:00 rx {} ok\n"])
def test_digits_that_make_a_message_are_no_line_of_sur_gard(digits: str, token: str, account: str, form: str) -> None:
    """Though a line of twenty characters may consist of them."""
    for written in (digits, digits.upper()):
        [found, *_] = objects(form.format(written).encode())
        assert (found["protocol"], found["token"], found["account"]) == ("sia", token, account)


def test_digits_of_a_single_block_are_no_line_of_sur_gard() -> None:
    """It is not certain of what it is, but it is nothing else."""
    [found] = objects(build(Block("N", b"ri1/BA1")).hex().encode() + b"\n", code=1)
    assert "protocol" not in found or found["protocol"] != "surgard"


def test_digits_that_make_no_message_are_a_line_of_sur_gard() -> None:
    [found] = objects(b"4011001234123456789a\r\n")
    assert (found["protocol"], found["token"]) == ("surgard", "4")


def test_digits_that_go_on_are_waited_for() -> None:
    assert detect(b"4423313233349c40308f", final=False) is None
    assert detect(b"4423313233349c40308f\n", final=False) is Format.HEX


# --- effort ----------------------------------------------------------------------------------------------------------


def test_protocols_are_asked_only_where_a_message_may_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at every word of a foreign log, which may have millions of lines."""
    asked: list[bytes] = []
    monkeypatch.setattr(strangers, "sure", lambda data: asked.append(data) or "")
    words = "session opened for user root by the second daemon of a distant host named alpha bravo " * 3
    plain = f"Nov 20 12:00:01 host daemon[7728]: {words}\n" * 100
    objects(plain.encode(), "--format", "log", code=1)
    assert len(asked) <= 1  # the file as a whole
    rows = (json.dumps({"level": "info", "text": f"{words}\n", "id": 12, "peer": "192.0.2.7"}) + "\n") * 100
    objects(rows.encode(), "--format", "log", code=1)
    assert len(asked) <= 200  # 60 words a line
