"""``ptsn ports``: what is there, and what is said on a line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from serial.tools import list_ports

from protocols.wire import LineSettings
from protocols.wires import WIRES
from ptsn.probing import listening, listing
from ptsn.probing.judging import fits, readable
from ptsn.probing.listening import Found, Heard, listen
from ptsn.probing.settings import candidates, named
from ptsn.probing.telling import lines
from ptsn.probing.telling import name as name_of
from receiver.adapters.endpoints import parse_connect
from receiver.adapters.serial import PortError
from receiver.settings import NAME
from tests.support.ports import Pair, Port, needs_socat
from tests.support.station import PTSN, ptsn, until

ALL = tuple(WIRES.values())
AT_9600 = LineSettings(9600)
MESSAGES = {
    "surgard": b"5011 181234E13001015\x14",
    "ademco685": b"\n11 1234 18 E130 01 C015\r",
    "d6500": b" a011 123418113001015\x14",
    "d6600": b"\n19A1a39060101[#1234|18113001015]\r",
    "sia": b"D#1234\x9c",
}


def with_parity(data: bytes, odd: bool) -> bytes:
    """Seven-bit bytes as they come to a port set to eight bits."""
    return bytes(byte | (0x80 if byte.bit_count() % 2 != odd else 0) for byte in data)


@contextmanager
def saying(port: Port, data: bytes, every_s: float = 0.4) -> Iterator[None]:
    """A sender that repeats itself, as one does that gets no answer."""
    done = threading.Event()

    def say() -> None:
        while not done.wait(every_s):
            port.write(data)

    thread = threading.Thread(target=say, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(10)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_recognised_under_its_own_protocol_first(name: str) -> None:
    """Alone, behind the rest of another, and with bytes of the other side between."""
    message = MESSAGES[name]
    # What has no ending begins only where the line was silent before.
    rest = b"" if name == "sia" else message[4:]
    for data in (message, rest + message, message + b"\x06" + message):
        assert [fit.wire.name for fit in fits(data, AT_9600, ALL)][:1] == [name]
        assert fits(data, AT_9600, ALL)[0].sure


@pytest.mark.parametrize(("odd", "parity"), [(False, "E"), (True, "O")])
def test_parity_is_told_from_the_eighth_bit(odd: bool, parity: str) -> None:
    """A line of seven bits, heard by a port that is set to eight."""
    (fit, *_) = fits(with_parity(MESSAGES["surgard"], odd), LineSettings(1200), ALL)
    assert (fit.wire.name, named(fit.line)) == ("surgard", f"1200 7{parity}1")


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_are_judged(data: bytes) -> None:
    """Never an error; noise without a whole message is nothing."""
    for fit in fits(data, AT_9600, ALL):
        assert fit.messages
    assert 0 <= readable(data) <= 1


def test_every_usual_setting_is_tried_the_likeliest_first() -> None:
    """Those of all protocols, or the eight-bit one that tells them; each once."""
    tried = candidates(ALL)
    assert len(tried) == len(set(tried))
    assert tried[0] == LineSettings(9600)
    for wire in ALL:
        for line in wire.serial:
            under = LineSettings(line.baudrate) if line.bytesize == 7 else line
            assert under in tried
    for rate in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200):
        assert {LineSettings(rate, 8, parity) for parity in "NE"} <= set(tried)


def test_a_line_is_listened_to_and_the_lines_for_the_settings_are_printed(tmp_path: Path) -> None:
    """The whole command on a real terminal device; not one byte is written."""
    with Port(tmp_path / "tty") as port, saying(port, MESSAGES["surgard"]):
        done = ptsn("ports", "--probe", port.path, "--for", "30s")
        assert 'protocol = "surgard"' in done.stdout
        text = next(line for line in done.stdout.splitlines() if line.startswith("connect"))
        assert parse_connect(text.split('"')[1]).device == str(port.path)  # type: ignore[union-attr]
        assert 'name = "tty"' in done.stdout
        assert "the same under every setting: the usual one is given" in done.stdout
        assert "Just as well: baudrate=19200:bytesize=7:parity=E" in done.stdout
        assert "listening at 9600 8N1" in done.stderr
        assert port.read() == b""


def test_what_is_found_is_told_to_programs_too(tmp_path: Path) -> None:
    """As JSON."""
    with Port(tmp_path / "tty") as port, saying(port, MESSAGES["ademco685"]):
        found = json.loads(ptsn("ports", "--probe", f"serial:{port.path}:baudrate=300", "--json").stdout)
    assert (found["fits"][0]["protocol"], found["fits"][0]["name"]) == ("ademco685", "tty")
    assert found["fits"][0]["connect"].startswith(f"serial:{port.path}:baudrate=1200")
    assert found["settings_told"] is False


@pytest.mark.parametrize(
    ("device", "called"),
    [
        ("/dev/ttyUSB0", "ttyUSB0"),
        ("/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0", "i-0000-00-14.0-usb-0-1-1.0-port0"),
        ("/dev/x y", "x-y"),
        ("/", "serial"),
        ("/dev/" + "-" * 40, "serial"),
    ],
)
def test_an_adapter_is_called_after_its_device(device: str, called: str) -> None:
    """By a name that the settings take; its end tells two ports apart."""
    assert name_of(device) == called
    assert NAME.fullmatch(called)


@pytest.mark.parametrize(("probe", "said"), [("serial:/dev/a:9600", "baudrate=9600"), ("serial:COM3", "not the path")])
def test_a_wrong_address_to_listen_at_is_explained(probe: str, said: str) -> None:
    """As in station.toml."""
    assert said in ptsn("ports", "--probe", probe, check=False).stderr


def test_parity_that_came_is_told_on_a_line_that_tells_no_speed(tmp_path: Path) -> None:
    """The usual speed of the protocol, and the parity that was heard."""
    with Port(tmp_path / "tty") as port, saying(port, with_parity(MESSAGES["ademco685"], odd=False)):
        found = json.loads(ptsn("ports", "--probe", port.path, "--json").stdout)
    assert found["fits"][0]["connect"] == f"serial:{port.path}:baudrate=1200:bytesize=7:parity=E:stopbits=1"


class Tones:
    """A line on which bytes make sense only under one setting, as on a real one."""

    def __init__(self, right: LineSettings, message: bytes) -> None:
        self.right = right
        self.message = message
        self.now = AT_9600
        self.tried: list[LineSettings] = []

    def group(self, *_: Any) -> bytes:
        self.tried.append(self.now)
        return self.message if self.now == self.right else bytes(255 - byte for byte in self.message)

    def set(self, _port: Any, line: LineSettings) -> None:
        self.now = line


@pytest.mark.parametrize("right", [LineSettings(1200), LineSettings(57600), LineSettings(19200, 8, "E")])
def test_settings_are_walked_until_one_makes_sense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: LineSettings
) -> None:
    """One group of bytes for each that makes none."""
    line = Tones(right, MESSAGES["surgard"])
    monkeypatch.setattr(listening, "_group", line.group)
    monkeypatch.setattr(listening, "_set", line.set)
    with Port(tmp_path / "tty") as port:
        found = listen(str(port.path), ALL, 30.0, lambda *_: None)
    assert (found.fits[0].wire.name, found.fits[0].line) == ("surgard", right)
    assert line.tried == candidates(ALL)[: len(line.tried)]


def test_halves_of_a_message_are_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that pauses inside a message."""
    message = MESSAGES["surgard"]
    parts = [message[:9], message[9:]]
    monkeypatch.setattr(listening, "_group", lambda *_: parts.pop(0))
    with Port(tmp_path / "tty") as port:
        found = listen(str(port.path), ALL, 30.0, lambda *_: None)
    assert found.fits[0].wire.name == "surgard"


def told(*heard: tuple[LineSettings, bytes]) -> str:
    return "\n".join(lines("/dev/x", Found((), tuple(Heard(*one) for one in heard)), 30.0))


def test_what_was_not_recognised_is_told_with_what_to_do() -> None:
    """Silence, text of something else, rubbish."""
    assert told().startswith("Nothing was heard in 30 s.\nRaise an event, or listen longer")
    text = told((LineSettings(1200), b"\xfe\xfe"), (AT_9600, b"TEMP 21.5\x1b[2J\r\n"))
    assert "text at 9600 8N1, but no protocol" in text
    assert "\x1b" not in text
    assert "inverted levels" in told((AT_9600, b"\xfe\xfe\x80"))


def test_a_silent_line_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    """3: nothing was recognised."""
    with Port(tmp_path / "tty") as port:
        done = ptsn("ports", "--probe", port.path, "--for", "1s", check=False)
        assert done.returncode == 3
        assert "Nothing was heard in 1 s." in done.stdout


def test_a_port_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    """One line."""
    done = ptsn("ports", "--probe", tmp_path / "none", check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "there is no such device; is it plugged in?" in done.stderr


def test_a_port_that_is_pulled_out_says_so(tmp_path: Path) -> None:
    """While it is listened to."""
    with Port(tmp_path / "tty") as port:
        process = subprocess.Popen(
            [*PTSN, "ports", "--probe", str(port.path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert "listening" in process.stderr.readline()
        port.unplug()
        _, said = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "is it plugged in?" in said


def test_an_interrupt_ends_it_without_a_trace(tmp_path: Path) -> None:
    """Ctrl-C."""
    with Port(tmp_path / "tty") as port:
        process = subprocess.Popen(
            [*PTSN, "ports", "--probe", str(port.path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert "listening" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "Traceback" not in out + said


@needs_socat
def test_a_line_through_a_real_cable_is_recognised(tmp_path: Path) -> None:
    """socat between both ends."""
    with Pair(tmp_path) as pair:
        handle = os.open(pair.there, os.O_RDWR | os.O_NOCTTY)
        try:
            process = subprocess.Popen([*PTSN, "ports", "--probe", str(pair.here)], stdout=subprocess.PIPE, text=True)
            while process.poll() is None:
                os.write(handle, MESSAGES["d6600"])
                time.sleep(0.5)
            assert process.stdout is not None
            assert 'protocol = "d6600"' in process.stdout.read()
            process.stdout.close()
        finally:
            os.close(handle)


class _Listed:
    def __init__(self, device: Path) -> None:
        self.device = str(device)
        self.name = device.name
        self.description = "USB serial converter"


def test_ports_are_listed_with_how_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Free, busy and by whom, under which name that stays."""
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    monkeypatch.setattr(listing, "BY_ID", by_id)
    monkeypatch.setattr(listing, "BY_PATH", tmp_path / "none")
    with Port(tmp_path / "a") as one, Port(tmp_path / "b") as two:
        (by_id / "usb-converter-if00").symlink_to(os.path.realpath(one.path))
        monkeypatch.setattr(list_ports, "comports", lambda: [_Listed(two.path), _Listed(one.path)])
        handle = os.open(two.path, os.O_RDWR | os.O_NOCTTY)
        try:
            free, busy = listing.ports()
        finally:
            os.close(handle)
    assert (free.device, free.state, free.trouble) == (str(one.path), "free", "")
    assert free.lasting == str(by_id / "usb-converter-if00")
    assert free.description == "USB serial converter"
    assert (busy.state, busy.lasting) == ("busy", "")
    assert f"(process {os.getpid()}); end that program" in busy.trouble


def test_the_list_is_printed() -> None:
    """Whatever this machine has."""
    done = ptsn("ports")
    assert done.stdout or "No serial port is here" in done.stderr
    assert isinstance(json.loads(ptsn("ports", "--json").stdout), list)


def test_nothing_is_listened_to_that_somebody_uses(tmp_path: Path) -> None:
    """The error of the adapter."""
    with Port(tmp_path / "tty") as port:
        port_error: Callable[[], Found] = lambda: listen(str(port.path), ALL, 1.0, lambda *_: None)  # noqa: E731
        with pytest.raises(PortError) as caught, _held(port.path):
            port_error()
        assert caught.value.kind == "busy"


@contextmanager
def _held(path: Path) -> Iterator[None]:
    code = (
        "import sys; from receiver.adapters.endpoints import SerialDevice;"
        "from receiver.adapters.serial import open_serial;"
        f"port = open_serial(SerialDevice({str(path)!r})); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([PTSN[0], "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        until(other.stdout.readline, "the port to be held")
        try:
            yield
        finally:
            other.communicate()
