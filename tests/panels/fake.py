"""The far end for tests of panels: a receiver that answers by a script, on a real socket, and a reactor to step.

The receiver knows DC-09 just well enough to answer, and by code of its own, so that it agrees with the
panels by the standard and not by sharing their mistakes.
"""

from __future__ import annotations

import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from twisted.internet.defer import Deferred
from twisted.internet.epollreactor import EPollReactor

T = TypeVar("T")
PATIENCE_S = 20.0

BODY = re.compile(rb'"(\*?)([A-Z-]+)"(\d{4})((?:R[0-9A-F]+)?L[0-9A-F]+#[0-9A-F]+)\[(.*)', re.DOTALL)


def crc(body: bytes) -> int:
    """CRC-16/ARC, bit by bit."""
    value = 0
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


def framed(body: bytes) -> bytes:
    """A frame around a body."""
    return b"\n%04X%04X%b\r" % (crc(body), len(body), body)


class Seen:
    """One frame that the receiver read."""

    def __init__(self, raw: bytes, connection: int, key: bytes | None) -> None:
        self.raw = raw
        self.connection = connection
        body = raw[9:-1]
        assert raw[1:9] == b"%04X%04X" % (crc(body), len(body)), raw
        match = BODY.fullmatch(body)
        assert match is not None, raw
        star, token, sequence, address, self.content = match.groups()
        self.encrypted = bool(star)
        self.token = token.decode()
        self.sequence = sequence.decode()
        self.address = address.decode()
        self.key = key
        if self.encrypted:
            assert key is not None
            cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
            plain = cipher.update(bytes.fromhex(self.content.decode()))
            self.content = plain.partition(b"|")[2]

    @property
    def stamp(self) -> str:
        """The time stamp, without its underscore."""
        return self.content.rpartition(b"_")[2].decode()

    @property
    def data(self) -> str:
        """What stands in the brackets."""
        return self.content.partition(b"]")[0].decode()


def ack(seen: Seen, token: str = "ACK", sequence: str | None = None) -> bytes:
    """The answer to a frame, encrypted when it was."""
    echo = (sequence or seen.sequence) + seen.address
    if not seen.encrypted or token == "DUH":
        return framed(f'"{token}"{echo}[]'.encode())
    assert seen.key is not None
    content = b"|]" + _stamp(time.time())
    content = b"p" * (16 - len(content) % 16) + content
    secret = Cipher(algorithms.AES(seen.key), modes.CBC(bytes(16))).encryptor().update(content)
    return framed(f'"*{token}"{echo}['.encode() + secret.hex().upper().encode())


def rsp(seen: Seen, content: str = "", fields: str = "") -> bytes:
    """An acknowledgement that brings data along, encrypted when the frame was."""
    data = f"#{seen.address.rpartition('#')[2]}|{content}]{fields}".encode() + _stamp(time.time())
    echo = seen.sequence + seen.address
    if seen.key is None:
        return framed(f'"RSP"{echo}['.encode() + data)
    padded = b"p" * (16 - (len(data) + 1) % 16) + b"|" + data
    secret = Cipher(algorithms.AES(seen.key), modes.CBC(bytes(16))).encryptor().update(padded)
    return framed(f'"*RSP"{echo}['.encode() + secret.hex().upper().encode())


def nak(wall: float) -> bytes:
    """A NAK by a receiver whose clock shows ``wall``."""
    return framed(b'"NAK"0000R0L0A0[]' + _stamp(wall))


def _stamp(wall: float) -> bytes:
    return time.strftime("_%H:%M:%S,%m-%d-%Y", time.gmtime(wall)).encode()


Step = Callable[[Seen], "bytes | None"]
"""What to answer to a frame; None ends the connection."""


class FakeReceiver:
    """Answers the first frames by ``script``, and all others with ACK."""

    def __init__(
        self,
        script: list[Step] | None = None,
        *,
        key: bytes | None = None,
        udp: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self._script = list(script or [])
        self.key = key
        """What frames are read with and answers written with from now on."""
        self._lock = threading.Lock()
        self._stop, self._wake = socket.socketpair()
        self._socket = socket.socket(
            socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
        )
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        if not udp:
            self._socket.listen(128)
        self.port: int = self._socket.getsockname()[1]
        self.target = f"{'udp' if udp else 'tcp'}:{f'[{host}]' if ':' in host else host}:{self.port}"
        self.peers: list[Any] = []
        """UDP addresses that datagrams came from."""
        self._thread = threading.Thread(target=self._datagrams if udp else self._streams, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering, close everything."""
        self._wake.close()
        self._thread.join(PATIENCE_S)
        self._socket.close()
        self._stop.close()

    def _answer(self, raw: bytes, connection: int) -> bytes | None:
        seen = Seen(raw, connection, self.key)
        with self._lock:
            step = self._script.pop(0) if self._script else ack
            self.seen.append(seen)
        return step(seen)

    def _datagrams(self) -> None:
        while self._socket in select.select([self._socket, self._stop], [], [])[0]:
            data, peer = self._socket.recvfrom(65_535)
            self.peers.append(peer)
            answer = self._answer(data, 0)
            if answer:
                self._socket.sendto(answer, peer)

    def _streams(self) -> None:
        open_now: dict[socket.socket, tuple[int, bytes]] = {}
        while True:
            ready = select.select([self._socket, self._stop, *open_now], [], [])[0]
            if self._stop in ready:
                break
            for each in ready:
                if each is self._socket:
                    self.connections += 1
                    open_now[each.accept()[0]] = (self.connections, b"")
                elif not self._read(each, open_now):
                    del open_now[each]
                    each.close()
        for each in open_now:
            each.close()

    def _read(self, stream: socket.socket, open_now: dict[socket.socket, tuple[int, bytes]]) -> bool:
        connection, buffer = open_now[stream]
        try:
            data = stream.recv(65_535)
        except ConnectionError:
            return False
        *frames, buffer = (buffer + data).split(b"\r")
        open_now[stream] = (connection, buffer)
        for frame in frames:
            answer = self._answer(frame + b"\r", connection)
            if answer is None:
                return False
            try:
                stream.sendall(answer)
            except ConnectionError:  # the panel gave the connection up meanwhile
                return False
        return bool(data)


class Loop:
    """A reactor of its own, turned by hand in the test's thread."""

    def __init__(self) -> None:
        self.reactor: Any = EPollReactor()  # type: ignore[no-untyped-call]
        self.reactor.seconds = time.monotonic

    def until(self, condition: Callable[[], bool]) -> None:
        """Turn the reactor until a condition holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true"
            self.reactor.iterate(0.01)

    def result(self, deferred: Deferred[T]) -> T:
        """Turn the reactor until a Deferred fires, and give its result."""
        found: list[Any] = []
        failed: list[Any] = []
        deferred.addCallbacks(found.append, failed.append)
        self.until(lambda: bool(found or failed))
        if failed:
            failed[0].raiseException()
        result: T = found[0]
        return result

    def close(self) -> None:
        """Close what is left."""
        for call in self.reactor.getDelayedCalls():
            call.cancel()
        self.reactor.disconnectAll()
        for _ in range(3):
            self.reactor.iterate(0)
        for each in list(self.reactor._internalReaders):
            self.reactor.removeReader(each)
            each.connectionLost(None)
        self.reactor._poller.close()


@contextmanager
def receiving(
    *script: Step, key: bytes | None = None, udp: bool = False, host: str = "127.0.0.1", port: int = 0
) -> Iterator[FakeReceiver]:
    """A receiver for the time of a test."""
    receiver = FakeReceiver(list(script), key=key, udp=udp, host=host, port=port)
    try:
        yield receiver
    finally:
        receiver.close()
