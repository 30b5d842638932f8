"""``ptsn check`` with senders of other protocols than DC-09: over real sockets, and over serial lines."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from protocols.ends import LinkTest, Message
from protocols.model import Qualifier, Scheme, Signal
from protocols.wires import WIRES
from tests.cli.check_support import Check, LinePanel, WirePanel, cid, ids, sia
from tests.support.ports import Pair, Port, needs_socat
from tests.support.station import PATIENCE_S, until

TEST = LinkTest("1234")
EVENTS: dict[str, tuple[Message, ...]] = {
    "surgard": (cid("130"), cid("130", Qualifier.RESTORE), cid("120"), TEST),
    "sia": (sia("BA", "Main door"), sia("BR"), sia("PA"), sia("RP")),
    "ademco685": (cid("130"), cid("130", Qualifier.RESTORE), cid("120"), TEST),
}
TROUBLE = Signal(account="0000", scheme=Scheme.SIA, code="AT", qualifier=Qualifier.NEW)
"""A receiver's own: of an MX8000 nothing else is public."""
TITLES = {"surgard": "Sur-Gard", "sia": "SIA (DC-03)", "ademco685": "Ademco 685"}
ONE = b"5011 181234E13001015\x14"
OTHER = b"5011 181234R13001015\x14"


def only(check: Check) -> dict[str, Any]:
    """The one sender of the report."""
    (seen,) = check.report()["panels"]
    assert isinstance(seen, dict)
    return seen


@contextmanager
def calling(check: Check) -> Iterator[socket.socket]:
    """A connection to it."""
    with socket.create_connection(("127.0.0.1", check.port())) as line:
        line.settimeout(PATIENCE_S)
        yield line


def said_and_answered(line: socket.socket, data: bytes, answer: bytes = b"\x06") -> None:
    """Send one message, and hear its answer."""
    line.sendall(data)
    assert line.recv(len(answer)) == answer


def held(check: Check, port: Port) -> bool:
    """It has the port open: what comes before that is lost."""
    files = Path(f"/proc/{check.process.pid}/fd")
    return any(os.path.realpath(file) == os.path.realpath(port.path) for file in files.iterdir())


def spoken(check: Check, protocol: str) -> None:
    """Everything was understood: the live lines, the verdict, the report in three forms."""
    check.shows(f"Protocol recognised: {TITLES[protocol]}")
    check.shows("1234 Panic alarm")
    assert check.end() == 0, check.out
    seen = only(check)
    assert (seen["protocol"], seen["sender"]["title"], seen["grade"]) == (protocol, TITLES[protocol], "conforms")
    assert seen["findings"] == []
    assert (list(seen["sender"]["accounts"]), seen["events"] >= 3) == (["1234"], True)
    came = {part["id"] for part in seen["checklist"] if part["count"]}
    assert {"alarm", "restore", "panic"} <= came
    assert ("link-test" in came) == (protocol != "sia")
    assert "periodic-test" in came or protocol != "sia"
    report = check.out.partition("====")[2]
    for written in (report, check.html.read_text()):
        for words in (f"Panel check: {TITLES[protocol]}", "CONFORMS SO FAR", "Panic alarm", "waits for answers"):
            assert words in written, words
        for words in ("DC-09", "edition", "encryption", "clock"):
            assert words not in written, words
    assert max(len(line) for line in report.splitlines()) <= 80


@pytest.mark.parametrize("protocol", EVENTS)
def test_a_protocol_is_recognised_and_judged_over_tcp(tmp_path: Path, protocol: str) -> None:
    """By the first bytes; a sender that follows its protocol conforms."""
    with Check(tmp_path) as check:
        with calling(check) as line:
            LinePanel(protocol, line.fileno()).accepted(*EVENTS[protocol])
        check.shows("closed, messages")
        spoken(check, protocol)
        assert only(check)["sender"]["not_waited"] == 0
        assert only(check)["sender"]["sessions"] == ([1, 0] if protocol == "sia" else None)


@needs_socat
@pytest.mark.parametrize("protocol", EVENTS)
def test_a_protocol_is_recognised_and_judged_on_a_serial_line(tmp_path: Path, protocol: str) -> None:
    """The same; the sender is told by its port."""
    with Pair(tmp_path) as pair, Check(tmp_path, addresses=[f"serial:{pair.here}:baudrate=9600"]) as check:
        handle = os.open(pair.there, os.O_RDWR | os.O_NOCTTY)
        try:
            LinePanel(protocol, handle).accepted(*EVENTS[protocol])
        finally:
            os.close(handle)
        spoken(check, protocol)
        assert (only(check)["transports"], only(check)["hosts"]) == (["serial"], [str(pair.here)])


def test_every_protocol_is_recognised_on_a_serial_line(tmp_path: Path) -> None:
    """Each on a port of its own, none of them named; nothing has to be set but the port."""
    names = [name for name, wire in WIRES.items() if "serial" in wire.transports]
    ports = {name: Port(tmp_path / name) for name in names}
    with ExitStack() as stack:
        for port in ports.values():
            stack.enter_context(port)
        check = stack.enter_context(Check(tmp_path, addresses=[f"serial:{port.path}" for port in ports.values()]))
        for name, port in ports.items():
            until(lambda port=port: held(check, port), "the port to be open")  # type: ignore[misc]
            event = TROUBLE if name == "mx8000" else EVENTS.get(name, EVENTS["surgard"])[0]
            LinePanel(name, port.handle).accepted(event)
            check.shows(f"Protocol recognised: {WIRES[name].title}")
        assert check.end() == 0, check.out
    found = {each["hosts"][0]: (each["protocol"], each["events"]) for each in check.report()["panels"]}
    assert found == {str(port.path): (name, 1) for name, port in ports.items()}


def test_a_session_of_a_galaxy(tmp_path: Path) -> None:
    """Polls, two events with their texts in blocks of their own, the end of data; once without it."""
    with Check(tmp_path) as check:
        for end in (True, False):
            with calling(check) as line:
                panel = LinePanel("sia", line.fileno(), link_test="poll", end=end)
                panel.accepted(TEST, sia("BA", "Main door"), sia("BR", "Main door"), TEST)
            until(lambda end=end: check.out.count("closed, messages") == 2 - end, "the end of it")  # type: ignore[misc]
        assert check.end() == 0, check.out
    seen = only(check)
    assert (seen["events"], seen["link_tests"]["count"], seen["sender"]["dialects"]) == (4, 4, {"galaxy": 4})
    assert seen["sender"]["sessions"] == [1, 1]
    assert ids(seen) == {"conduct.no-end-of-data"}
    assert seen["grade"] == "conforms"
    assert "Main door" in check.out
    assert "as Honeywell Galaxy panels send it (variant galaxy), messages: 4" in check.said


def test_it_connects_to_a_receiver_that_waits_for_it(tmp_path: Path) -> None:
    """As a TCP client; it says where to, and that nobody is there while that is so."""
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        address = f"tcp:127.0.0.1:{receiver.getsockname()[1]}"
        receiver.settimeout(PATIENCE_S)
        with Check(tmp_path, "--connect", address, addresses=[]) as check:
            line, _ = receiver.accept()
            with line:
                LinePanel("surgard", line.fileno()).accepted(cid("130"))
            check.shows("Burglary")
            assert check.end() == 0, check.out
    assert f"Opened from here: {address}" in check.said
    assert "address " + address in check.said
    assert "Type into the panel" not in check.out


def test_a_receiver_that_is_not_there_is_told(tmp_path: Path) -> None:
    """And at the end, what to look at; nothing came, so nothing is judged."""
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        address = f"tcp:127.0.0.1:{receiver.getsockname()[1]}"
    with Check(tmp_path, "--connect", address, addresses=[]) as check:
        check.shows(f"Cannot be opened, trying again: {address}")
        assert check.end() == 1
    assert f"Is the other side at {address} switched on" in check.said


def test_a_silent_serial_line_is_told_with_what_to_look_at(tmp_path: Path) -> None:
    """Speed, data bits, parity, and what finds them out."""
    with Port(tmp_path / "tty") as port, Check(tmp_path, addresses=[f"serial:{port.path}"]) as check:
        assert check.end() == 1
    assert f"ptsn ports --probe {port.path}" in check.said.replace(" " + str(port.path), f" {port.path}")
    assert "firewall" not in check.out


def test_a_variant_of_a_protocol_can_be_named(tmp_path: Path) -> None:
    """Where bytes do not tell."""
    with Check(tmp_path, "--protocol", "sia", "--edge", "texecom", addresses=["tcp:0"]) as check:
        assert "SIA DC-09" not in check.out
        assert "its first bytes tell" not in check.out
        with calling(check) as line:
            LinePanel("sia", line.fileno(), edge="texecom").accepted(sia("BA"))
        check.shows("Burglary")
        assert check.end() == 0, check.out
    assert only(check)["sender"]["dialects"] == {"texecom": 1}
    assert check.report()["station"]["protocol"] == "sia"


def test_the_width_of_line_numbers_can_be_named(tmp_path: Path) -> None:
    """A line number of three digits that could be one of one digit."""
    with Check(tmp_path, "--protocol", "surgard", "--line-digits", "3", addresses=["tcp:0"]) as check:
        with calling(check) as line:
            LinePanel("surgard", line.fileno(), line_digits=3).accepted(cid("130"))
        check.shows("Burglary")
        assert check.end() == 0, check.out
    assert only(check)["sender"]["lines"] == ["001"]


def test_a_sender_that_does_not_wait_is_told(tmp_path: Path) -> None:
    """It works with this station."""
    with Check(tmp_path) as check, calling(check) as line:
        said_and_answered(line, ONE)
        said_and_answered(line, OTHER + ONE, b"\x06\x06"[:1])
        check.shows("conduct.not-waited")
        assert check.end() == 0, check.out
    assert only(check)["grade"] == "works"
    assert ids(only(check)) == {"conduct.not-waited"}


def test_a_sender_that_repeats_what_was_acknowledged_is_told(tmp_path: Path) -> None:
    """Two equal messages may be two events; three in a row, each acknowledged, are none."""
    with Check(tmp_path) as check, calling(check) as line:
        said_and_answered(line, ONE)
        said_and_answered(line, ONE)
        said_and_answered(line, OTHER)
        check.shows("Burglary (restored)")
        assert "conduct" not in check.out
        for _ in range(3):
            said_and_answered(line, ONE)
        check.shows("conduct.repeats-acknowledged")
        assert check.end() == 0, check.out
    assert (only(check)["retries"]["acknowledged"], only(check)["grade"]) == (1, "works")


@pytest.mark.parametrize("repeats", [True, False], ids=["repeats", "goes-on"])
def test_a_message_that_was_denied_has_to_come_again(tmp_path: Path, repeats: bool) -> None:
    """What cannot be read is first rejected; a sender that goes on with the next one has lost it."""
    unreadable = b"5011 18123\x014E13001015\x14"
    with Check(tmp_path) as check, calling(check) as line:
        said_and_answered(line, ONE)
        said_and_answered(line, unreadable, b"\x15")
        said_and_answered(line, unreadable if repeats else OTHER)
        assert check.end() == 1
    seen = only(check)
    assert (seen["sender"]["again"], seen["sender"]["never_again"]) == ((1, 0) if repeats else (0, 1))
    assert ("conduct.not-repeated" in ids(seen)) != repeats
    assert "conduct.line-unread" in ids(seen)


def test_a_receiver_speaks_for_many_accounts(tmp_path: Path) -> None:
    """One sender, whose own troubles are no part of a panel's test."""
    with Check(tmp_path) as check, calling(check) as line:
        for number in range(1001, 1061):
            said_and_answered(line, b"5012 18%dE13001015\x14" % number)
        said_and_answered(line, b"5012 180000E30101015\x14")
        check.shows("1060 Burglary")
        assert check.end() == 0, check.out
    seen = only(check)
    assert len(seen["sender"]["accounts"]) == 61
    assert (seen["sender"]["receivers"], seen["sender"]["lines"]) == (["01"], ["2"])
    assert "further accounts: 21" in check.said
    assert {part["id"]: part["count"] for part in seen["checklist"]}["power"] == 0


def test_dc09_beside_another_protocol(tmp_path: Path) -> None:
    """Each connection has its own; DC-09 is reported as ever."""
    with Check(tmp_path) as check:
        with calling(check) as line:
            said_and_answered(line, ONE)
        WirePanel(check.port()).accepted(TEST, cid("130"))
        assert check.end() == 0, check.out
    dc09, surgard = sorted(check.report()["panels"], key=lambda each: str(each["protocol"]))
    assert (dc09["protocol"], surgard["protocol"]) == ("dc09", "surgard")
    assert "sender" not in dc09
    assert "Panel 1234" in check.out
    assert "Sur-Gard, from 127.0.0.1" in check.out


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x01\x02STRANGE DEVICE 77\r\n", "Bytes that do not begin a frame"),
        (b"GET / HTTP/1.1\r\n\r\n", "An HTTP request"),
        (
            b"5011 181234E13001",
            "Bytes that do not begin a frame. (garbage) They may be the beginning of a message of: Sur",
        ),
    ],
    ids=["unknown", "http", "cut"],
)
def test_what_no_protocol_is_sure_of_is_told_with_what_it_probably_is(tmp_path: Path, data: bytes, words: str) -> None:
    """Nothing is answered, and nothing is judged as a panel."""
    with Check(tmp_path) as check:
        with calling(check) as line:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            check.shows(f"Not a message: {words}")
            assert line.recv(100) == b""
        assert check.end() == 1
    assert check.report()["panels"] == []


def test_damage_on_a_serial_line_is_the_lines(tmp_path: Path) -> None:
    """A block that is rejected and comes again is no fault of the panel; what stands before the first one is none."""
    port = Port(tmp_path / "tty")
    with port, Check(tmp_path, "--protocol", "sia", addresses=[f"serial:{port.path}"]) as check:
        said_at = 0.0

        def told() -> bool:
            nonlocal said_at
            # What came before the port was opened is lost; a line must be silent for a while to end a run of noise.
            if time.monotonic() > said_at + 4:
                port.write(b"ain door\x00")
                said_at = time.monotonic()
            return bool(port.read(0.1)) or "Not a message" in check.out

        until(told, "the rest of a block to be told")
        panel = LinePanel("sia", port.handle, wrong_parity=3)
        panel.accepted(sia("BA", "Main door"), sia("BR"), sia("PA"))
        check.shows("conduct.line-damaged")
        assert check.end() == 0, check.out
    assert only(check)["grade"] == "works"
    assert only(check)["sender"]["again"] == only(check)["retries"]["damaged"] > 0
    assert "wrong parity byte: " in check.said


def test_a_line_of_sur_gard_that_is_damaged_and_comes_again_is_the_lines_too(tmp_path: Path) -> None:
    """It has no check: what cannot be read is rejected, and read when it comes whole."""
    port = Port(tmp_path / "tty")
    with port, Check(tmp_path, addresses=[f"serial:{port.path}"]) as check:
        until(lambda: held(check, port), "the port to be open")
        for data, answer in ((ONE, b"\x06"), (OTHER.replace(b"1234", b"12\xff4"), b"\x15"), (OTHER, b"\x06")):
            port.write(data)
            assert port.read(PATIENCE_S) == answer
        check.shows("conduct.line-damaged")
        assert check.end() == 0, check.out
    told = {each["id"] for each in only(check)["findings"] if each["severity"] != "note"}
    assert (told, only(check)["grade"], only(check)["events"]) == ({"conduct.line-damaged"}, "works", 2)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Protocol recognised: Sur-Gard", "waits for answers", "Panel check: Sur-Gard"]),
        ("ru", ["Распознан протокол: Sur-Gard", "ждёт ответа", "Проверка прибора: Sur-Gard"]),
        ("kk", ["Танылған хаттама: Sur-Gard", "жауап күтеді", "Құрылғыны тексеру: Sur-Gard"]),
    ],
)
def test_it_speaks_three_languages(tmp_path: Path, language: str, words: list[str]) -> None:
    """Of a sender as of a panel; no id stands where a word should."""
    with Check(tmp_path, "--lang", language) as check, calling(check) as line:
        said_and_answered(line, ONE)
        said_and_answered(line, OTHER + ONE)
        until(lambda: "conduct.not-waited" in check.out, "the conduct")
        assert check.end() == 0
    for word in words:
        assert word in check.said
    assert not re.search(r"check\.[a-z]", check.out + check.html.read_text())


def test_ctrl_c_ends_a_check_of_a_serial_port(tmp_path: Path) -> None:
    """And leaves nothing."""
    with Port(tmp_path / "tty") as port, Check(tmp_path, addresses=[f"serial:{port.path}"]) as check:
        assert check.end(signal.SIGTERM) == 1
        assert check.folders() == []
