"""Lines that the station opens: TCP addresses and serial ports, kept open whatever happens to them."""

from __future__ import annotations

import grp
import os
import pwd
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import serial

from protocols.dc09 import ReceivingEnd
from protocols.ends import Source
from protocols.model import Arrival, Dialect, Moment, Verdict
from protocols.sia import SIAReceivingEnd
from receiver.adapters import serial as ports
from receiver.adapters.connecting import FRUITLESS, Connecting
from receiver.adapters.endpoints import SerialDevice, Target, parse_connect
from receiver.adapters.line import MakeEnd
from receiver.adapters.muted import muted
from receiver.adapters.serial import PortError, open_serial
from tests.panels.fake import Loop
from tests.protocols.sia_support import said as sia_block
from tests.support import frames
from tests.support.ports import Pair, Port, needs_socat


class Taker:
    """Takes every message as stored, and keeps what it saw."""

    full = False

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.sources: list[Source] = []
        self.ends: list[str] = []

    def handle(self, items: Sequence[Any], line: Any, now: Moment) -> None:
        for item in items:
            if isinstance(item, Arrival):
                self.arrivals.append(item)
                line.end.decide(item, Verdict.STORED, now)

    def wait_for_room(self, line: Any) -> None:
        """There is room."""

    def dropped(self, source: Source, size: int, why: str) -> None:
        """Nothing is."""

    def opened(self, line: Any, now: Moment) -> None:
        self.sources.append(line.source)

    def closed(self, line: Any, now: Moment, why: str) -> None:
        self.ends.append(why)


class Wire:
    """A tap that keeps what passes."""

    def __init__(self) -> None:
        self.came = b""
        self.out = b""

    def received(self, source: Source, data: bytes) -> None:
        self.came += data

    def sent(self, source: Source, data: bytes) -> None:
        self.out += data

    def note(self, source: Source, text: str) -> None:
        """Nothing to keep."""


def dc09_end(source: Source) -> ReceivingEnd:
    return ReceivingEnd(source, lambda *_: Dialect())


def sia_end(source: Source) -> SIAReceivingEnd:
    return SIAReceivingEnd(source, lambda *_: Dialect(), first=0)


class Kept:
    """A line kept open, and what was told of it."""

    def __init__(
        self, loop: Loop, endpoint: Target | SerialDevice, *, mute: bool = False, make: MakeEnd | None = None
    ) -> None:
        self.taker = Taker()
        self.tap = Wire()
        self.told: list[str] = []

        make = make or dc09_end

        def changed(its: Connecting, worth_telling: bool) -> None:
            if worth_telling:
                self.told.append(its.error)

        self.connecting = Connecting(
            endpoint,
            muted(make) if mute else make,
            self.taker,
            self.tap,
            loop.reactor,
            "line",
            "dc09",
            changed,
            chance=lambda: 0.0,
        )

    @property
    def stands(self) -> bool:
        return self.connecting.line is not None


@pytest.fixture
def loop() -> Iterator[Loop]:
    """A reactor of the test's own."""
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def keep(loop: Loop) -> Iterator[Callable[..., Kept]]:
    """Makes lines, and stops them at the end."""
    made: list[Kept] = []

    def make(endpoint: str, **options: Any) -> Kept:
        made.append(Kept(loop, parse_connect(endpoint), **options))
        made[-1].connecting.start()
        return made[-1]

    yield make
    for each in made:
        each.connecting.stop()
        each.connecting.hang_up()
        loop.until(lambda each=each: not each.stands)  # type: ignore[misc]


Keep = Callable[..., Kept]


class Peer:
    """Waits for the station to connect."""

    def __init__(self, port: int = 0) -> None:
        self.listening = socket.create_server(("127.0.0.1", port))
        self.listening.settimeout(10)
        self.port: int = self.listening.getsockname()[1]

    def accept(self, loop: Loop) -> socket.socket:
        self.listening.setblocking(False)
        found: list[socket.socket] = []

        def came() -> bool:
            with suppress(BlockingIOError):
                found.append(self.listening.accept()[0])
            return bool(found)

        loop.until(came)
        found[0].settimeout(10)
        return found[0]


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A peer on a free port."""
    peer = Peer()
    yield peer
    peer.listening.close()


def answered(loop: Loop, read: Callable[[], bytes], count: int = 1) -> bytes:
    """Answers that came back."""
    got = b""

    def whole() -> bool:
        nonlocal got
        with suppress(BlockingIOError):
            got += read()
        return got.count(b"\r") >= count

    loop.until(whole)
    return got


# TCP


def test_a_message_over_a_connection_that_we_opened_is_taken_and_answered(loop: Loop, keep: Keep, peer: Peer) -> None:
    """The client role speaks as the server role does, and names the peer."""
    kept = keep(f"tcp:127.0.0.1:{peer.port}")
    with peer.accept(loop) as connection:
        connection.sendall(frames.cid("1234"))
        connection.setblocking(False)
        assert b"ACK" in answered(loop, lambda: connection.recv(4096))
        assert kept.taker.sources == [Source("line", "dc09", f"127.0.0.1:{peer.port}", "127.0.0.1")]
        assert kept.told == []


def test_a_connection_that_ends_after_a_message_is_opened_again_and_nobody_is_told(
    loop: Loop, keep: Keep, peer: Peer
) -> None:
    """Peers that end the connection after every message are no trouble, however often."""
    kept = keep(f"tcp:127.0.0.1:{peer.port}")
    for number in range(FRUITLESS + 1):
        with peer.accept(loop) as connection:
            connection.sendall(frames.cid("1234", sequence=number + 1))
            connection.setblocking(False)
            answered(loop, lambda connection=connection: connection.recv(4096))  # type: ignore[misc]
    assert len(kept.taker.arrivals) == FRUITLESS + 1
    assert kept.told == []


def test_a_peer_that_is_away_is_told_of_once_and_again_when_it_is_back(loop: Loop, keep: Keep, peer: Peer) -> None:
    """With a reason that a person understands."""
    peer.listening.close()
    kept = keep(f"tcp:127.0.0.1:{peer.port}")
    loop.until(lambda: kept.connecting._tries >= 3)
    assert kept.told == ["connection refused"]
    assert kept.connecting.error == "connection refused"
    back = Peer(peer.port)
    try:
        with back.accept(loop):
            loop.until(lambda: kept.stands)
            assert kept.told == ["connection refused", ""]
    finally:
        back.listening.close()


def test_a_peer_that_ends_every_connection_at_once_is_a_trouble(loop: Loop, keep: Keep, peer: Peer) -> None:
    """It accepts, and nothing ever comes: after a few times that is told; the first message ends it."""
    kept = keep(f"tcp:127.0.0.1:{peer.port}")
    for _ in range(FRUITLESS):
        peer.accept(loop).close()
    loop.until(lambda: bool(kept.told))
    assert kept.told == ["the line ends as soon as it stands: closed"]
    with peer.accept(loop) as connection:
        loop.until(lambda: kept.stands)
        assert len(kept.told) == 1
        connection.sendall(frames.cid("1234"))
        loop.until(lambda: bool(kept.taker.arrivals))
    loop.until(lambda: len(kept.told) == 2)
    assert kept.told[1] == ""


def test_a_name_that_nobody_has_is_told_of(loop: Loop, keep: Keep) -> None:
    """The resolver's answer, not a trace."""
    kept = keep("tcp:nobody.invalid:5000")
    loop.reactor.getThreadPool().start()
    try:
        loop.until(lambda: bool(kept.told))
        assert kept.told == ["no results for hostname lookup: nobody.invalid"]
    finally:
        kept.connecting.stop()
        loop.reactor.getThreadPool().stop()


def test_stopping_ends_every_attempt(loop: Loop, keep: Keep, peer: Peer) -> None:
    """Stopped while it waits, while it opens and while it stands: nothing is opened any more."""
    standing = keep(f"tcp:127.0.0.1:{peer.port}")
    loop.until(lambda: standing.stands)
    standing.connecting.stop()
    assert standing.stands
    standing.connecting.hang_up()
    loop.until(lambda: not standing.stands)
    opening = keep(f"tcp:127.0.0.1:{peer.port}")
    opening.connecting.stop()
    waiting = keep("serial:/dev/there-is-none")
    waiting.connecting.stop()
    loop.until(lambda: not loop.reactor.getDelayedCalls())
    assert not opening.stands
    assert opening.told == []


def test_a_silent_peer_is_probed_for(loop: Loop, keep: Keep, peer: Peer) -> None:
    """Nothing closes a silent line; the system asks whether its far end is still there."""
    kept = keep(f"tcp:127.0.0.1:{peer.port}")
    loop.until(lambda: kept.stands)
    assert kept.connecting.line is not None
    handle = kept.connecting.line.transport.getHandle()
    assert handle.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60


def test_a_muted_line_writes_not_one_byte(loop: Loop, keep: Keep, peer: Peer) -> None:
    """It hears and decides; its peer and the tap see nothing."""
    kept = keep(f"tcp:127.0.0.1:{peer.port}", mute=True)
    with peer.accept(loop) as connection:
        connection.sendall(frames.cid("1234") + frames.cid("1234", sequence=2) + b"\nrubbish\r")
        loop.until(lambda: len(kept.taker.arrivals) == 2)
        connection.shutdown(socket.SHUT_WR)
        connection.setblocking(False)
        loop.until(lambda: not kept.stands)
        assert connection.recv(4096) == b""
    assert kept.tap.out == b""
    assert kept.tap.came


# Serial ports


def test_a_message_over_a_serial_port_is_taken_and_answered(loop: Loop, keep: Keep, tmp_path: Path) -> None:
    """The source is the device."""
    with Port(tmp_path / "tty") as port:
        kept = keep(f"serial:{port.path}:baudrate=1200")
        assert kept.stands
        port.write(frames.cid("1234"))
        assert b"ACK" in answered(loop, port.read)
        assert kept.taker.sources == [Source("line", "dc09", str(port.path), str(port.path), "serial")]


def test_a_muted_port_writes_not_one_byte(loop: Loop, keep: Keep, tmp_path: Path) -> None:
    """A passive tap beside a system that answers."""
    with Port(tmp_path / "tty") as port:
        kept = keep(f"serial:{port.path}", mute=True)
        port.write(frames.cid("1234"))
        loop.until(lambda: bool(kept.taker.arrivals))
        assert port.read(0.2) == b""
        assert kept.tap.out == b""


def test_a_port_that_is_unplugged_is_opened_again_when_it_is_back(loop: Loop, keep: Keep, tmp_path: Path) -> None:
    """Told once, by the name of what is missing."""
    with Port(tmp_path / "tty") as port:
        kept = keep(f"serial:{port.path}")
        port.unplug()
        loop.until(lambda: bool(kept.told))
        assert not kept.stands
        assert kept.told == ["there is no such device; is it plugged in? (ptsn ports lists those there are)"]
        assert kept.taker.ends == ["the port is gone: unplugged, or its other end was closed"]
        port.plug()
        loop.until(lambda: kept.stands)
        assert kept.told[1:] == [""]
        port.write(frames.cid("1234"))
        assert b"ACK" in answered(loop, port.read)


def test_a_port_that_is_cut_off_is_opened_again(loop: Loop, keep: Keep, tmp_path: Path) -> None:
    """As for a peer that does not read its answers."""
    with Port(tmp_path / "tty") as port:
        kept = keep(f"serial:{port.path}")
        first = kept.connecting.line
        assert first is not None
        first.abort("cut")
        loop.until(lambda: kept.stands and kept.connecting.line is not first)
        port.write(frames.cid("1234"))
        assert b"ACK" in answered(loop, port.read)


def test_a_port_that_is_not_there_yet_is_opened_once_it_is(loop: Loop, keep: Keep, tmp_path: Path) -> None:
    """A station may start before its converter is plugged in."""
    kept = keep(f"serial:{tmp_path / 'tty'}")
    assert len(kept.told) == 1
    with Port(tmp_path / "tty"):
        loop.until(lambda: kept.stands)
        assert kept.told[1:] == [""]


@needs_socat
def test_a_cable_that_breaks_and_is_mended_loses_nothing_that_was_answered(
    loop: Loop, keep: Keep, tmp_path: Path
) -> None:
    """A real second program between both ends, killed three times."""
    with Pair(tmp_path) as pair:
        kept = keep(f"serial:{pair.here}")
        sent = 0
        for _ in range(3):
            loop.until(lambda: kept.stands)
            handle = os.open(pair.there, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                sent += 1
                os.write(handle, frames.cid("1234", sequence=sent))
                assert b"ACK" in answered(loop, lambda handle=handle: os.read(handle, 4096))  # type: ignore[misc]
            finally:
                os.close(handle)
            pair.unplug()
            loop.until(lambda: not kept.stands)
            pair.plug()
        assert len(kept.taker.arrivals) == sent


def test_a_slow_line_is_read_byte_by_byte(loop: Loop, keep: Keep, tmp_path: Path) -> None:
    """As at 300 baud: one byte each 33 ms at the most, paced by the reader and no clock."""
    with Port(tmp_path / "tty") as port:
        kept = keep(f"serial:{port.path}:baudrate=300")
        message = frames.cid("1234")
        for count, byte in enumerate(message, 1):
            port.write(bytes((byte,)))
            loop.until(lambda count=count: len(kept.tap.came) == count)  # type: ignore[misc]
        loop.until(lambda: bool(kept.taker.arrivals))
        assert kept.taker.arrivals[0].raw == message


def test_an_answer_leaves_before_the_port_is_closed(loop: Loop, keep: Keep, tmp_path: Path) -> None:
    """A stop lets what the driver has go out first."""
    with Port(tmp_path / "tty") as port:
        kept = keep(f"serial:{port.path}")
        port.write(frames.cid("1234"))
        loop.until(lambda: bool(kept.taker.arrivals))
        kept.connecting.stop()
        kept.connecting.hang_up()
        assert b"ACK" in answered(loop, port.read)
        loop.until(lambda: not kept.stands)


# What may be wrong with a port


def complaint(endpoint: str) -> PortError:
    device = parse_connect(endpoint)
    assert isinstance(device, SerialDevice)
    with pytest.raises(PortError) as caught:
        open_serial(device).close()
    return caught.value


def test_nobody_else_opens_a_port_that_is_in_use(tmp_path: Path) -> None:
    """Neither we nor another program, and the message names the program."""
    with Port(tmp_path / "tty") as port:
        device = parse_connect(f"serial:{port.path}")
        assert isinstance(device, SerialDevice)
        code = (
            "import sys; from receiver.adapters.endpoints import SerialDevice;"
            "from receiver.adapters.serial import open_serial;"
            f"port = open_serial(SerialDevice({str(port.path)!r})); print('open', flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "open\n"
            error = complaint(f"serial:{port.path}")
            assert error.kind == "busy"
            assert f"(process {other.pid}); end that program" in str(error)
            other.communicate()
        open_serial(device).close()


def test_a_port_with_nothing_to_read_is_not_taken_for_one_that_is_gone(tmp_path: Path) -> None:
    """Twisted takes an empty read for the end of a line."""
    with Port(tmp_path / "tty") as port:
        device = parse_connect(f"serial:{port.path}")
        assert isinstance(device, SerialDevice)
        opened = open_serial(device)
        with pytest.raises(BlockingIOError):
            os.read(opened.fileno(), 1)
        port.unplug()
        with suppress(OSError):
            assert os.read(opened.fileno(), 1) == b""
        opened.close()


def test_the_lock_file_of_another_program_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As minicom and ser2net leave one; that of a program that is gone counts for nothing."""
    monkeypatch.setattr(ports, "LOCKS", tmp_path)
    with Port(tmp_path / "ttyX") as port:
        lock = tmp_path / "LCK..ttyX"
        lock.write_text(f"{os.getppid():10d}\n")
        assert f"(process {os.getppid()}); end that program" in str(complaint(f"serial:{port.path}"))
        for stale in ("4194999\n", "rubbish", "", f"{os.getpid()}\n"):
            lock.write_text(stale)
            device = parse_connect(f"serial:{port.path}")
            assert isinstance(device, SerialDevice)
            open_serial(device).close()


def test_what_is_no_port_is_said_to_be_none(tmp_path: Path) -> None:
    """A file, a folder, another kind of device."""
    (tmp_path / "file").write_text("")
    assert complaint(f"serial:{tmp_path / 'file'}").kind == "no-port"
    assert complaint(f"serial:{tmp_path}").kind == "no-port"
    assert complaint("serial:/dev/null").kind == "no-port"
    assert complaint(f"serial:{tmp_path / 'none'}").kind == "missing"


def test_a_port_without_rs485_says_so(tmp_path: Path) -> None:
    """A pseudo-terminal has none."""
    with Port(tmp_path / "tty") as port:
        error = complaint(f"serial:{port.path}:rs485=1")
        assert error.kind == "settings"
        assert "leave out rs485=1" in str(error)


def test_a_port_of_another_group_names_group_and_command(tmp_path: Path) -> None:
    """What to type is in the message. Root becomes somebody else; a plain user owns the port, which is allowed to the
    group alone, and then nothing to its owner."""
    with Port(tmp_path / "tty") as port:
        name = os.path.realpath(port.path)
        root = os.geteuid() == 0
        if root:
            os.chown(name, 0, grp.getgrnam("dialout").gr_gid)
        os.chmod(name, 0o060)
        group = grp.getgrgid(os.stat(name).st_gid).gr_name
        child = os.fork()
        if child == 0:
            status = 1
            try:
                if root:
                    os.setgroups([])
                    os.setgid(65534)
                    os.setuid(65534)
                user = pwd.getpwuid(os.geteuid()).pw_name
                try:
                    open_serial(SerialDevice(name))
                except PortError as error:
                    right = f"belongs to the group {group}; run: sudo usermod -aG {group} {user}, then" in str(error)
                    status = 0 if right and error.kind == "denied" else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_line_settings_reach_the_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudo-terminal cannot show them all, so what pyserial is asked for is looked at."""
    asked: dict[str, Any] = {}

    real = serial.Serial

    def ask(name: str, **line: Any) -> serial.Serial:
        asked.update(line)
        return real(name, **line)

    monkeypatch.setattr(serial, "Serial", ask)
    with Port(tmp_path / "tty") as port:
        device = parse_connect(f"serial:{port.path}:baudrate=1200:bytesize=7:parity=E:stopbits=2:xonxoff=1")
        assert isinstance(device, SerialDevice)
        open_serial(device).close()
    assert asked == {
        "baudrate": 1200,
        "bytesize": 7,
        "parity": "E",
        "stopbits": 2,
        "timeout": 0,
        "xonxoff": True,
        "rtscts": False,
        "exclusive": True,
    }


@pytest.mark.parametrize(("parity", "checked"), [("N", False), ("E", True), ("O", True)])
def test_parity_is_checked_where_there_is_one(tmp_path: Path, parity: str, checked: bool) -> None:
    """A character that fails it comes as NUL: neither left out, nor with others around it."""
    with Port(tmp_path / "tty") as port:
        device = parse_connect(f"serial:{port.path}:parity={parity}")
        assert isinstance(device, SerialDevice)
        with open_serial(device) as made:
            flags = termios.tcgetattr(made.fileno())[0]
        assert bool(flags & termios.INPCK) is checked
        assert not flags & (termios.IGNPAR | termios.PARMRK)


def test_what_came_before_a_connection_broke_is_not_thrown_away_unseen(loop: Loop, keep: Keep, peer: Peer) -> None:
    """An event of SIA blocks that asked for no answer waits for its text, which does not come any more."""
    kept = keep(f"tcp:127.0.0.1:{peer.port}", make=sia_end)
    with peer.accept(loop) as connection:
        connection.sendall(sia_block("#1234", asks=False) + sia_block("NFA1", asks=False))
        loop.until(lambda: b"NFA1" in kept.tap.came)
        assert kept.taker.arrivals == []
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    loop.until(lambda: bool(kept.taker.ends))
    assert [arrival.signals[0].code for arrival in kept.taker.arrivals] == ["FA"]
    assert kept.tap.out == b""
