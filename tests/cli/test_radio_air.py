"""``ptsn radio air``: a process that is a channel, and programs that speak over it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from protocols import ax25, kiss
from protocols.ax25 import Address, UiFrame
from tests.support.station import PTSN, ptsn, until

DATA = kiss.frame(ax25.encode(UiFrame(Address("PCN"), Address("OBJ1", 1), (), bytes(40))))


@contextmanager
def channel(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """The process, and the ports that it listens on."""
    process = subprocess.Popen([*PTSN, "radio", "air", *arguments], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    ports = []
    try:
        for _ in range(arguments.count("--listen")):
            match = re.fullmatch(r"air: listening on tcp:(\d+):interface=127\.0\.0\.1\n", process.stderr.readline())
            assert match is not None
            ports.append(int(match[1]))
        yield process, ports
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def received(user: socket.socket, size: int) -> bytes:
    """So many bytes; fewer where no more come."""
    data = b""
    while len(data) < size and (more := user.recv(size - len(data))):
        data += more
    return data


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_two_programs_speak_over_it_and_a_signal_ends_it_in_good_order(end: signal.Signals) -> None:
    with channel("--listen", "tcp:0", "--listen", "tcp:0", "--bit-rate", "9600", "--tx-delay", "20") as (
        process,
        ports,
    ):
        one, two = (socket.create_connection(("127.0.0.1", port), 30.0) for port in ports)
        with one, two:
            assert process.stderr is not None
            lines = [process.stderr.readline() for _ in range(2)]
            assert all("has modem" in line for line in lines)
            one.sendall(DATA)
            assert received(two, len(DATA)) == DATA
            process.send_signal(end)
            assert received(two, 1) == b"", "its end closes what it had open"
            assert process.wait(30.0) == 0
            assert "1 frames were sent" in process.stderr.read()


def test_it_stops_by_itself_after_a_time() -> None:
    with channel("--listen", "tcp:0", "--for", "0.1s") as (process, _):
        assert process.wait(30.0) == 0


def test_what_is_lost_is_told_in_percent() -> None:
    with channel("--listen", "tcp:0", "--loss", "100", "--bit-rate", "9600", "--tx-delay", "0") as (process, ports):
        one, two = (socket.create_connection(("127.0.0.1", ports[0]), 30.0) for _ in range(2))
        with one, two:
            assert process.stderr is not None
            _ = [process.stderr.readline() for _ in range(2)]
            # The second follows when the first is over, and so is lost by then.
            one.sendall(kiss.settings(persistence=255) + DATA)
            two.sendall(kiss.settings(slot_s=1.0, persistence=255) + DATA)
            until(lambda: process.poll() is None, "the channel")
            process.send_signal(signal.SIGINT)
            assert process.wait(30.0) == 0
            assert " 0 were received" in process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--listen"),
        (("--listen", "udp:0"), "tcp:PORT"),
        (("--listen", "tcp:no"), "port"),
        (("--listen", "tcp:0", "--level"), "--framing transparent"),
        (("--listen", "tcp:0", "--loss", "101"), "--loss"),
    ],
)
def test_wrong_use_is_said_plainly(arguments: tuple[str, ...], says: str) -> None:
    done = ptsn("radio", "air", *arguments, check=False)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_an_error_of_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = ptsn("radio", "air", "--listen", f"tcp:{taken.getsockname()[1]}", check=False)
    assert done.returncode == 1
    assert "ss -ltnp" in done.stderr


def test_the_help_has_an_example() -> None:
    assert "Example: ptsn radio air --listen" in ptsn("radio", "air", "--help").stdout
