"""A simulated channel between programs: real connections, real time, real frames."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from panels.radio.hub import Hub, HubError, Setting
from protocols import ax25, kiss
from protocols.ax25 import Address, UiFrame
from protocols.channel import ax25 as ax25_profile
from protocols.channel import transparent
from protocols.radio.options import Modem
from receiver.adapters.endpoints import parse_listen
from tests.panels.fake import Loop

QUICK = ax25_profile(9600, tx_delay_s=0.02, tx_tail_s=0.0, slot_s=0.01, persistence=255, turnaround_s=0.01)
FRAME = ax25.encode(UiFrame(Address("PCN"), Address("OBJ1", 1), (), bytes(40)))
DATA = kiss.frame(FRAME)


class User:
    """A program with a modem."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.seen = b""
        self.closed = False

    def read(self) -> bytes:
        """Everything so far."""
        try:
            while not self.closed:
                data = self.socket.recv(65536)
                self.seen += data
                self.closed = not data
        except BlockingIOError:
            pass
        except ConnectionError:
            self.closed = True
        return self.seen


@contextmanager
def hub(loop: Loop, setting: Setting, doors: int = 1) -> Iterator[tuple[Hub, list[int], list[str]]]:
    told: list[str] = []
    made = Hub(setting, loop.reactor, told.append)
    ports = [each.port for each in made.listen([parse_listen("tcp:0")] * doors)]
    try:
        yield made, ports, told
    finally:
        loop.result(made.stop())


def users(stack: ExitStack, loop: Loop, made: Hub, ports: list[int]) -> list[User]:
    found = []
    for port in ports:
        user = User(port)
        stack.callback(user.socket.close)
        found.append(user)
    loop.until(lambda: made.users == len(ports))
    return found


def test_a_frame_of_one_tnc_comes_out_of_all_others(loop: Loop) -> None:
    """Whichever door they came by."""
    with hub(loop, Setting(profile=QUICK), doors=2) as (made, ports, told), ExitStack() as stack:
        one, two, three = users(stack, loop, made, [*ports, ports[0]])
        one.socket.sendall(DATA[:10])
        loop.until(lambda: one.read() == b"")
        one.socket.sendall(DATA[10:] + DATA)
        loop.until(lambda: two.read() == three.read() == 2 * DATA)
        assert one.read() == b""
        assert made.counts.sent == 2
        assert [line.split(" has ")[1] for line in told] == ["modem 1", "modem 2", "modem 3"]


def test_a_frame_takes_its_time_on_the_air_and_a_tnc_obeys_its_user(loop: Loop) -> None:
    """TX delay as set by KISS."""
    with hub(loop, Setting(profile=QUICK)) as (made, ports, _), ExitStack() as stack:
        one, two = users(stack, loop, made, [ports[0]] * 2)
        began = loop.reactor.seconds()
        one.socket.sendall(kiss.settings(tx_delay_s=0.4) + DATA)
        loop.until(lambda: two.read() == DATA)
        assert loop.reactor.seconds() - began >= 0.4 + len(FRAME) * 8 / 9600


def test_two_who_send_at_once_are_heard_by_nobody(loop: Loop) -> None:
    """No TNC hears a carrier so quickly."""
    with hub(loop, Setting(profile=QUICK)) as (made, ports, _), ExitStack() as stack:
        one, two, three = users(stack, loop, made, [ports[0]] * 3)
        one.socket.sendall(kiss.settings(slot_s=0.2) + DATA)
        two.socket.sendall(kiss.settings(slot_s=0.2) + DATA)
        loop.until(lambda: made.counts.sent == 2)
        loop.until(lambda: made.counts.collided + made.counts.deaf >= 4 or three.read())
        assert three.read() == b""


def test_a_transparent_modem_hands_over_bytes_with_errors_and_the_level(loop: Loop) -> None:
    its = Setting(profile=transparent(9600, tx_delay_s=0.01), modem=Modem.TRANSPARENT, level=True, ber=0.02, seed=1)
    with hub(loop, its) as (made, ports, _), ExitStack() as stack:
        one, two = users(stack, loop, made, [ports[0]] * 2)
        sent = bytes(range(100))
        one.socket.sendall(sent)
        loop.until(lambda: len(two.read()) == len(sent) + 1)
        assert two.seen[-1] == 80
        assert two.seen[:-1] != sent
        assert sum(a == b for a, b in zip(two.seen, sent, strict=False)) > 60


def test_what_is_lost_does_not_arrive(loop: Loop) -> None:
    with hub(loop, Setting(profile=QUICK, loss=1.0)) as (made, ports, _), ExitStack() as stack:
        one, two = users(stack, loop, made, [ports[0]] * 2)
        one.socket.sendall(DATA)
        loop.until(lambda: made.counts.faded == 1)
        assert two.read() == b""


def test_a_place_is_used_again_and_one_too_many_is_turned_away(loop: Loop) -> None:
    with hub(loop, Setting(profile=QUICK, places=2)) as (made, ports, told), ExitStack() as stack:
        one, two = users(stack, loop, made, [ports[0]] * 2)
        late = User(ports[0])
        stack.callback(late.socket.close)
        loop.until(lambda: late.read() or late.closed)
        assert any("turned away" in line and "--places" in line for line in told)
        one.socket.close()
        loop.until(lambda: made.users == 1)
        three = User(ports[0])
        stack.callback(three.socket.close)
        loop.until(lambda: made.users == 2)
        three.socket.sendall(DATA)
        loop.until(lambda: two.read() == DATA)
        assert len(made.air.nodes) == 2


def test_what_a_modem_held_for_a_user_who_left_is_not_sent(loop: Loop) -> None:
    with hub(loop, Setting(profile=QUICK)) as (made, ports, _), ExitStack() as stack:
        one, two = users(stack, loop, made, [ports[0]] * 2)
        one.socket.sendall(kiss.settings(slot_s=2.0) + DATA)
        loop.until(lambda: made.air.next_at is not None)
        one.socket.close()
        loop.until(lambda: made.users == 1)
        loop.until(lambda: made.air.next_at is None)
        assert made.counts.sent == 0
        assert two.read() == b""


def test_a_user_who_does_not_read_costs_no_memory_and_disturbs_nobody(loop: Loop) -> None:
    """Frames that he does not take are dropped, and he is told so by nothing but their absence."""
    its = Setting(profile=transparent(1e6, tx_delay_s=0.0, tx_tail_s=0.0, turnaround_s=0.0), modem=Modem.TRANSPARENT)
    with hub(loop, its) as (made, ports, told), ExitStack() as stack:
        one, two, lazy = users(stack, loop, made, [ports[0]] * 3)
        lazy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        place = next(place for place in made._places if place.user and place.number == 3)
        assert place.user is not None
        user = place.user

        def flood() -> bool:
            for _ in range(20):
                place.modem._serial.feed(bytes(50_000))
                made.air.run(made.air.now + 0.01)
            return user.missed > 0

        loop.until(flood)
        assert len(user.transport.dataBuffer) + sum(map(len, user.transport._tempDataBuffer)) < 1_000_000
        one.socket.sendall(b"still here")
        loop.until(lambda: two.read() == b"still here")
        lazy.socket.close()
        loop.until(lambda: any("were not read in time" in line for line in told))


def test_noise_instead_of_frames_breaks_nothing(loop: Loop) -> None:
    with hub(loop, Setting(profile=QUICK)) as (made, ports, _), ExitStack() as stack:
        one, two = users(stack, loop, made, [ports[0]] * 2)
        one.socket.sendall(bytes(range(256)) * 40 + b"\xc0\xff\xc0\xc0\x01\xc0\xc0\x03\x00\xc0" + DATA)
        loop.until(lambda: two.read().endswith(DATA))


@pytest.mark.parametrize("where", ["udp:0", "tcp:{port}"])
def test_a_port_that_cannot_be_had_is_said_plainly(loop: Loop, where: str) -> None:
    with hub(loop, Setting(profile=QUICK)) as (_, ports, __):
        other = Hub(Setting(), loop.reactor)
        with pytest.raises(HubError, match=r"tcp:PORT|ss -ltnp"):
            other.listen([parse_listen(where.format(port=ports[0]))])
