"""``ptsn decode`` on captures of a network, logs and exports: who said what to whom, and what else was there."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from protocols.capture import Flow, Side
from protocols.dc09 import decode
from ptsn.commands.decode import command
from ptsn.decoding.waiting import WAITING, Waiting
from tests.protocols.capture_support import PANEL, STATION, Talk, ethernet, ip4, pcap, pcapng, tcp, udp
from tests.protocols.dc09_support import VECTORS, frame

EVENT, SECOND, ACK = VECTORS["S03"].frame, VECTORS["C16"].frame, VECTORS["C23"].frame
DUMP = "".join(f"{at:08x}  {EVENT[at : at + 16].hex(' ')}\n" for at in range(0, len(EVENT), 16)).encode()
TLS = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200))


@pytest.fixture(autouse=True)
def _in_english_and_as_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")  # whoever runs the tests may have another width


def run(data: bytes, *arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(command, [*arguments, "-"], input=data)
    assert result.exit_code == code, result.output
    return result


def objects(data: bytes, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(data, "--json", *arguments, code=code).stdout.split("\n")[:-1]]


def conversation(*more: bytes, port: int = 41122) -> list[bytes]:
    """An event in two segments, its answer, another event and its answer."""
    talk = Talk(port=port)
    packets = [*talk.open(), talk.says(EVENT[:30]), talk.says(EVENT[30:]), talk.hears(ACK)]
    packets += [talk.says(SECOND), talk.hears(ACK)]
    return [*packets, *more, *talk.close()]


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_both_directions_are_shown_in_order_of_time(make: Any) -> None:
    """The panel stands on the left; answers point at it."""
    result = run(make([ethernet(packet) for packet in conversation()]), "--brief")
    heads = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    there, back = f"{PANEL}:41122 -> {STATION}:5000", f"{PANEL}:41122 <- {STATION}:5000"
    assert [line.split("  ")[:3] for line in heads] == [
        ["2026-01-02T12:00:01.000Z", there, "SIA-DCS"],
        ["2026-01-02T12:00:01.250Z", back, "ACK"],
        ["2026-01-02T12:00:01.500Z", there, "SIA-DCS"],
        ["2026-01-02T12:00:01.750Z", back, "ACK"],
    ]
    page = run(make([ethernet(packet) for packet in conversation()])).stdout.splitlines()
    assert page[0] == f"#1  2026-01-02 12:00:01.000Z  {there}  SIA-DCS  account 12345A"
    assert page[1] == "    (packet 5)"


def test_programs_get_time_peers_direction_and_parts() -> None:
    """Beside the fields that were always there."""
    first, answer, *_ = objects(pcap(conversation(), link=101))
    assert (first["at"], first["from"], first["place"]) == ("2026-01-02T12:00:01.000Z", "panel", 5)
    assert (first["panel"], first["station"], first["transport"]) == (f"{PANEL}:41122", f"{STATION}:5000", "tcp")
    assert (answer["from"], answer["panel"], answer["token"]) == ("station", f"{PANEL}:41122", "ACK")
    [layer] = first["explanation"]["layers"]
    assert layer["data"] == first["frame"]
    assert [part["start"] for part in layer["parts"]][1:] == [part["end"] for part in layer["parts"]][:-1]
    assert {"id", "start", "end", "value", "values", "fits"} == set(layer["parts"][0])
    assert "explanation" not in objects(pcap(conversation(), link=101), "--brief")[0]


def test_who_is_the_station_is_known_from_what_is_said() -> None:
    """Where the capture began too late to show who opened the connection; noise is told by the addresses then."""
    packets = conversation()[3:]
    lines = objects(pcap(packets, link=101))
    assert [line["from"] for line in lines] == ["panel", "station", "panel", "station"]
    assert {line["station"] for line in lines} == {f"{STATION}:5000"}
    backwards = [packets[2], packets[0], packets[1]]
    assert [line["from"] for line in objects(pcap(backwards, link=101))] == ["station", "panel"]
    noisy = [*packets[:3], ip4(udp(b"junk", 77, 5000), 17)]
    assert objects(pcap(noisy, link=101), code=1)[-1] | {"frame": ""} == objects(pcap(noisy, link=101), code=1)[-1] | {
        "frame": "",
        "from": "panel",
        "station": f"{STATION}:5000",
    }


def test_datagrams_are_messages_of_their_own() -> None:
    """A half one is not completed by the next."""
    packets = [udp(EVENT), udp(EVENT[:20]), udp(EVENT[20:]), udp(ACK, 5000, 41122)]
    lines = objects(pcap([ip4(packet, 17) for packet in packets], link=101), code=1)
    assert [line["ok"] for line in lines] == [True, False, False, True]
    assert [line["transport"] for line in lines] == ["udp"] * 4


# --- without an answer -----------------------------------------------------------------------------------------------

NO_ANSWER = "no answer in this capture"


def numbered(number: int, token: str = "SIA-DCS") -> bytes:
    """A message with a sequence number: an event, or an answer."""
    data = "" if token == "ACK" else "#1234|NBA1"
    return frame(f'"{token}"{number:04}L0#1234[{data}]')


def unanswered(result: Result) -> list[str]:
    """Sequence numbers of what is said to have got no answer."""
    return [re.findall(r"sequence (\d+)", line)[0] for line in result.stdout.splitlines() if NO_ANSWER in line]


def test_a_message_without_an_answer_is_named() -> None:
    """With its number, packet and sequence; not those that were answered, late or once for several copies."""
    talk = Talk()
    packets = [*talk.open(), *(talk.says(numbered(number)) for number in (1, 2, 3, 3))]
    packets += [talk.hears(numbered(1, "ACK")), talk.hears(numbered(3, "ACK")), *talk.close()]
    data = pcap(packets, link=101)
    result = run(data, "--brief")
    assert unanswered(result) == ["0002"]
    peers = f"{PANEL}:41122 -> {STATION}:5000"
    line = f"2026-01-02T12:00:01.000Z  {peers}  SIA-DCS  account 1234  sequence 0002  {NO_ANSWER}"
    assert line in result.stdout.splitlines()
    lines = run(data).stdout.splitlines()
    at = lines.index(f"    -- {NO_ANSWER}")
    assert lines[at - 1].strip().endswith("(packet 5)")
    assert any(line.startswith("#2  2026-01-02 12:00:01.000Z") for line in lines[at - 2 : at])
    result = run(data, "--json")
    assert (NO_ANSWER in result.stderr, len(result.stdout.splitlines())) == (True, 6)
    assert "бұл жазбада жауап жоқ" in run(data, "--brief", "--lang", "kk").stdout


def test_nothing_is_said_where_one_direction_only_was_captured() -> None:
    """Nor of a station that was never heard, nor in a file of messages without addresses."""
    talk = Talk()
    there = [*talk.open()[::2], talk.says(numbered(1)), talk.says(numbered(2))]
    assert not unanswered(run(pcap(there, link=101), "--brief"))
    elsewhere = ip4(udp(numbered(7, "ACK"), 6000, 41122), 17, STATION, PANEL)
    assert not unanswered(run(pcap([*there, elsewhere], link=101), "--brief"))
    assert not unanswered(run(numbered(1) + numbered(2) + numbered(2, "ACK"), "--brief"))
    log = b"".join(b"12:00 " + repr(one).encode() + b"\n" for one in (numbered(1), numbered(2), numbered(2, "ACK")))
    assert not unanswered(run(log, "--brief"))


def test_a_station_that_answers_others_is_known_to_be_heard() -> None:
    """Then a panel that hears nothing is told of; datagrams and streams alike."""
    silent, served = Talk(port=41_200), Talk(port=41_300)
    packets = [*silent.open(), silent.says(numbered(5)), *served.open()]
    packets += [served.says(numbered(6)), served.hears(numbered(6, "ACK"))]
    assert unanswered(run(pcap(packets, link=101), "--brief")) == ["0005"]
    packets = [ip4(udp(numbered(number)), 17) for number in (1, 2)]
    packets.append(ip4(udp(numbered(2, "ACK"), 5000, 41122), 17, STATION, PANEL))
    assert unanswered(run(pcap(packets, link=101), "--brief")) == ["0001"]


def test_what_may_have_been_an_answer_is_taken_for_one() -> None:
    """An answer with another number, bytes that cannot be read, bytes that the capture lost."""
    talk = Talk()
    packets = [*talk.open(), talk.says(numbered(1)), talk.hears(numbered(9, "ACK")), talk.says(numbered(2))]
    assert unanswered(run(pcap([*packets, talk.hears(b"?" * 20)], link=101), "--brief", code=1)) == []
    talk = Talk()
    packets = [*talk.open(), talk.says(numbered(1))]
    lost = talk.hears(numbered(1, "ACK"))
    packets += [talk.says(numbered(2)), talk.hears(numbered(2, "ACK")), *talk.close()]
    assert lost not in packets
    assert unanswered(run(pcap(packets, link=101), "--brief", code=1)) == []


def test_the_same_addresses_used_again_are_another_conversation() -> None:
    """The answer there is not for the message here, though it has its number."""
    first = Talk(first=1000)
    packets = [*first.open(), first.says(numbered(1)), *first.close()]
    again = Talk(first=900_000, their_first=50)
    packets += [*again.open(), again.says(numbered(1)), again.hears(numbered(1, "ACK")), *again.close()]
    assert unanswered(run(pcap(packets, link=101), "--brief")) == ["0001"]


def test_a_record_of_the_wire_view_tells_it_too() -> None:
    """It holds both directions."""
    rows = [
        {"event": "wire", "what": what, "peer": "192.0.2.7:1", "bytes": data.decode(), "size": len(data)}
        for what, data in (("in", numbered(1)), ("in", numbered(2)), ("out", numbered(2, "ACK")))
    ]
    assert unanswered(run("".join(json.dumps(one) + "\n" for one in rows).encode(), "--brief")) == ["0001"]


def test_many_messages_without_an_answer_are_told_of_in_time() -> None:
    """What waits is bounded, and nothing of it is forgotten."""
    waiting = Waiting()
    flow = Flow("udp", "192.0.2.7:1", "198.51.100.1:2", ports=(1, 2), whole=True)
    back = Flow("udp", "198.51.100.1:2", "192.0.2.7:1", ports=(2, 1), whole=True)
    [event], [answer] = decode(numbered(1)), decode(numbered(2, "ACK"))
    told = list(waiting.seen(answer, back, Side.STATION, None, 0, 1))
    for count in range(2, WAITING + 12):
        told += waiting.seen(event, flow, Side.PANEL, None, 0, count)
    assert [one.count for one in told] == list(range(2, 12))
    assert [one.count for one in waiting.rest()] == list(range(12, WAITING + 12))
    assert list(waiting.rest()) == []


# --- what else is in a capture ---------------------------------------------------------------------------------------


def others() -> list[bytes]:
    """A conversation of something else, and a datagram of a third kind."""
    return [ip4(tcp(TLS, 1, source=44_000, target=443), 6), ip4(udp(b"?" * 40, 53_000, 53), 17)]


def test_other_traffic_is_no_noise() -> None:
    """It is told of with -v, and shown with its port."""
    data = pcap(conversation(*others()), link=101)
    result = run(data, "--brief")
    assert "noise" not in result.stdout
    assert result.stderr == ""
    result = run(data, "--brief", "-v")
    assert "port 443: conversations 1, bytes 211. A TLS handshake" in result.stderr
    assert "port 53: conversations 1, bytes 40" in result.stderr
    result = run(data, "--brief", "--port", "443", code=1)
    assert "noise  tls" in result.stdout
    assert "SIA-DCS" not in result.stdout


def test_what_a_station_hears_that_is_no_message_is_noise() -> None:
    """At the address where messages go, from whomever."""
    scanner = ip4(tcp(b"GET / HTTP/1.1\r\n\r\n", 1, source=55_555), 6)
    result = run(pcap(conversation(scanner), link=101), "--brief", code=1)
    assert "noise  http" in result.stdout
    damaged = ip4(tcp(EVENT[:-2] + b"x\r", 1, source=1, target=2), 6)
    assert "noise  dc09.crc-mismatch" in run(pcap([damaged], link=101), "--brief", code=1).stdout


def test_noise_before_the_first_message_of_a_conversation_is_shown_with_it() -> None:
    """Once it is known to be one."""
    talk = Talk()
    packets = [*talk.open(), talk.says(b"hello?"), talk.says(EVENT)]
    lines = objects(pcap(packets, link=101), code=1)
    assert [(line["ok"], line["place"]) for line in lines] == [(False, 4), (True, 5)]


def test_a_capture_without_a_message_says_what_passed_instead() -> None:
    """Exit 1: something was looked for and is not there."""
    result = run(pcap(others(), link=101), code=1)
    assert "there is no message in the capture" in result.stderr
    assert "port 443" in result.stderr
    assert "no message was found" in run(pcap([]), code=1).stderr
    assert "no message was found" in run(b"nothing\n", "--format", "log", code=1).stderr


# --- damage ----------------------------------------------------------------------------------------------------------


def test_bytes_that_the_capture_lost_are_told_in_their_place() -> None:
    """What was begun before them is not continued behind them."""
    packets = conversation()
    del packets[4]
    result = run(pcap(packets, link=101), code=1)
    lines = result.stdout.splitlines()
    gap = lines.index(f"!! bytes missing from the capture here: {len(EVENT) - 30} (packet 5)")
    assert any("A frame that began and did not end" in line for line in lines[:gap])
    assert not any("ACK" in line for line in lines[:gap])
    assert any("account 1234" in line for line in lines[gap:])
    result = run(pcap(packets, link=101), "--json", code=1)
    assert "bytes missing" in result.stderr


def test_a_file_that_is_cut_off_is_shown_as_far_as_it_goes() -> None:
    """And exits with 1."""
    data = pcap(conversation(), link=101)
    result = run(data[:-20], "--brief", code=1)
    assert result.stdout.count("SIA-DCS") == 2
    assert "the file ends within packet" in result.stderr


def test_a_damaged_file_is_one_line_of_error_after_what_was_right(tmp_path: Path) -> None:
    """Through the real program: no traceback, exit 1."""
    file = tmp_path / "capture.pcap"
    file.write_bytes(pcap(conversation(), link=101) + b"\xff" * 16)
    done = subprocess.run(
        [sys.executable, "-m", "ptsn", "decode", "--brief", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.count("SIA-DCS") == 2
    assert done.stderr.startswith(f"ptsn: {file}: packet 11 says")
    assert len(done.stderr.splitlines()) == 1


# --- the kind of file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (EVENT, "raw", "raw bytes"),
        (EVENT.hex(" ").encode(), "hex", "hex digits"),
        (DUMP, "hexdump", "a hex dump"),
        (b"12:00 " + repr(EVENT).encode() + b"\n", "log", "a log"),
        (pcap(conversation(), link=101), "pcap", "a packet capture (pcap)"),
        (pcapng(conversation(), link=101), "pcapng", "a packet capture (pcapng)"),
        (json.dumps({"raw": EVENT.decode(), "id": 1}).encode(), "export", "an export or a record of ptsn"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_kind_of_file_is_found_out_said_and_can_be_forced(data: bytes, kind: str, words: str) -> None:
    """The same comes out of it."""
    found = CliRunner().invoke(command, ["-v", "--brief", "-"], input=data)
    assert f"was taken for: {words}" in found.stderr
    forced = CliRunner().invoke(command, ["-v", "--brief", "--format", kind, "-"], input=data)
    assert f"is read as: {words}" in forced.stderr
    assert found.stdout == forced.stdout
    assert "SIA-DCS" in found.stdout


def test_a_wrong_format_is_answered_with_what_it_looks_like() -> None:
    """Raw bytes without a message, and what cannot be read as it was said to be."""
    result = run(EVENT.hex(" ").encode(), "--format", "raw", code=1)
    assert "it looks like: hex digits" in result.stderr
    result = run(pcap(conversation()), "--format", "hex", code=2)
    assert "is not hex digits" in result.stderr
    assert "it looks like: a packet capture (pcap)" in result.stderr


@pytest.mark.parametrize(("mark", "program"), [(b"\x1f\x8b\x08\0", "gunzip -c"), (b"PK\x03\x04", "unzip -p")])
def test_a_compressed_file_is_answered_with_how_to_unpack_it(mark: bytes, program: str) -> None:
    """It is no capture yet."""
    result = CliRunner().invoke(command, ["-"], input=mark + bytes(50))
    assert program in str(result.exception)


def test_what_a_log_dropped_is_said_with_the_message() -> None:
    """And where the message stood."""
    data = b"12:00:00 RX " + EVENT.strip() + b"\n"
    result = run(data)
    assert result.stdout.splitlines()[0] == "#1  ->  SIA-DCS  account 12345A  (line 1)"
    assert "    12:00:00 RX" in result.stdout
    assert "the text had dropped LF and CR around the message; they were put back" in result.stdout
    assert "they were put back" in run(data, "--brief").stdout
    [line] = objects(data)
    assert (line["restored"], line["context"], line["place"], line["ok"]) == ("lf-cr", "12:00:00 RX", 1, True)


def test_quotes_of_a_messenger_are_said_with_the_message() -> None:
    """Beside what else the text dropped, in the language."""
    data = EVENT.decode().strip().replace('"', "“", 1).replace('"', "”", 1).encode() + b"\n"
    for arguments in ([], ["--brief"]):
        shown = run(data, *arguments).stdout
        assert "the text had other quotes around the message type; straight ones were put back" in shown
        assert "the text had dropped LF and CR around the message" in shown
    assert "кавычки" in run(data, "--lang", "ru").stdout
    assert objects(data)[0]["restored"] == "lf-cr-quotes"


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_no_lf_is_missed_that_is_there(language: str) -> None:
    """Bytes that were cut off are not a text that dropped something."""
    shown = run(EVENT[:40], "--lang", language, code=1).stdout
    assert "LF" not in shown.replace("‹LF›", "")
    assert "(" not in shown.splitlines()[0]


def test_our_own_json_can_be_read_again() -> None:
    """As if it were the capture, but for the packets."""
    printed = run(pcap(conversation(), link=101), "--json").stdout.encode()
    again = objects(printed)
    assert [line["frame"] for line in again] == [line["frame"] for line in objects(pcap(conversation(), link=101))]
    assert again[0]["at"] == "2026-01-02T12:00:01.000Z"


# --- long and endless input ------------------------------------------------------------------------------------------


def decoder(*arguments: str) -> subprocess.Popen[bytes]:
    """The real program, reading a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "ptsn", "decode", *arguments, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )


def pieces_of(kind: str) -> Iterable[tuple[bytes, bytes]]:
    """What is written, and a word that is seen before anything more is."""
    if kind == "raw":
        return [(EVENT[:20], b""), (EVENT[20:], b"12345A"), (ACK, b"ACK")]
    if kind == "log":
        return [
            (b"12:00 listening\n", b""),
            (b"12:01 " + repr(EVENT).encode() + b"\n", b"12345A"),
            (b"12:02 " + repr(ACK).encode() + b"\n", b"ACK"),
        ]
    data = pcap(conversation(), link=101)
    middle = data.index(EVENT[30:]) + len(EVENT[30:])
    return [(data[:30], b""), (data[30:middle], b"12345A"), (data[middle:], b"ACK")]


@pytest.mark.parametrize("kind", ["raw", "log", "pcap"])
def test_a_pipe_is_followed_as_it_fills(kind: str) -> None:
    """Nothing waits for the end."""
    process = decoder("--brief")
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for data, word in pieces_of(kind):
            process.stdin.write(data)
            process.stdin.flush()
            while word:
                line = process.stdout.readline()
                assert line, "the program ended"
                if word in line:
                    break
        process.stdin.close()
        assert process.wait() == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_ctrl_c_ends_it_without_a_word() -> None:
    """Exit 130; what was shown stays shown."""
    process = decoder("--brief")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(EVENT)
    process.stdin.flush()
    assert b"12345A" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert process.communicate()[1].strip() == b""


def test_a_reader_that_leaves_early_is_no_error_to_complain_about() -> None:
    """As with ``| head``."""
    process = decoder("--brief")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(EVENT * 2000)
    assert err == b""


@pytest.mark.parametrize("connections", [1, 500])
def test_a_long_capture_needs_no_more_memory_than_a_short_one(tmp_path: Path, connections: int) -> None:
    """Forty megabytes of other traffic, with messages at both ends."""
    file = tmp_path / "long.pcap"
    body = b"\x17\x03\x03" + bytes(1397)
    with file.open("wb") as out:
        out.write(pcap(conversation(), link=101))
        for at in range(100):
            some = range(at * 300, at * 300 + 300)
            packets = [
                ip4(tcp(body, 1 + (one // connections) * len(body), source=10_000 + one % connections, target=443), 6)
                for one in some
            ]
            out.write(pcap(packets, link=101)[24:])
        out.write(pcap(conversation(port=41_123), link=101)[24:])
    assert file.stat().st_size > 40_000_000
    # What getrusage tells of a new program may be that of the one that started it.
    script = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from ptsn.cli import run\n"
        "code = run(['decode', '--brief', sys.argv[1]])\n"
        "print('peak', re.search(r'VmHWM:\\s+(\\d+) kB', Path('/proc/self/status').read_text())[1])\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("SIA-DCS") == 4
    peak = int(done.stdout.split()[-1])
    assert peak < 60_000, f"{peak} KiB"


def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    """On standard error, and taken away at the end."""
    import pty

    file = tmp_path / "long.bin"
    file.write_bytes(frame('"SIA-DCS"0001L0#1234[#1234|NBA1|A' + "x" * 3900 + "]") * 1200)
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ptsn", "decode", "--brief", str(file)], stdout=subprocess.DEVNULL, stderr=follower
    )
    os.close(follower)
    shown = b""
    try:
        while piece := os.read(leader, 4096):
            shown += piece
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    assert process.wait() == 0
    assert re.search(rb"\r 5\d %", shown)
    assert shown.endswith(b"\r     \r")
    program = [sys.executable, "-m", "ptsn", "decode", "--brief", str(file)]
    done = subprocess.run(program, capture_output=True, check=False)
    assert done.stderr == b""


def test_what_is_pasted_at_a_terminal_is_asked_for_and_read() -> None:
    """With ``-``; without it, a file is missing."""
    import pty

    for arguments in (["-"], []):
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "ptsn", "decode", "--brief", *arguments],
            stdin=follower,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(follower)
        if arguments:
            assert process.stderr is not None
            assert b"Ctrl-D" in process.stderr.readline()
            os.write(leader, EVENT.strip() + b"\n\x04")
        out, err = process.communicate()
        os.close(leader)
        if arguments:
            assert (process.returncode, b"12345A" in out) == (0, True)
        else:
            assert process.returncode == 2
            assert b"name a FILE" in err
