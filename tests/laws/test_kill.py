"""kill -9 under load: whatever was acknowledged is in the journal, exactly once."""

from __future__ import annotations

import random
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import frames
from tests.support.station import StationProcess, read_answers, until

KILLS = 20


class Sender(threading.Thread):
    """A panel that sends one message after the other and repeats what was not acknowledged."""

    def __init__(self, station: StationProcess, account: str, *, secret: bool = False, ahead: int = 1) -> None:
        super().__init__(daemon=True)
        self.station = station
        self.account = account
        self.secret = secret
        self.ahead = ahead
        self.acknowledged: list[str] = []
        self.stopping = threading.Event()
        self.count = 0

    def _frame(self, number: int) -> bytes:
        mark = f"[I{self.account}-{number}]".encode()
        sequence = number % 9999 + 1
        if not self.secret:
            return frames.cid(self.account, sequence=sequence, extended=mark)
        plain = f"#{self.account}|1130 01 015]".encode() + mark + frames.stamp()
        return frames.frame(f'"*ADM-CID"{sequence:04d}L0#{self.account}['.encode() + frames.encrypt(frames.KEY, plain))

    def run(self) -> None:
        while not self.stopping.is_set():
            with suppress(OSError), self.station.connect() as connection:
                connection.settimeout(10)
                self._talk(connection)
            time.sleep(0.01)

    def _talk(self, connection: socket.socket) -> None:
        while not self.stopping.is_set():
            batch = range(self.count, self.count + self.ahead)
            connection.sendall(b"".join(self._frame(number) for number in batch))
            got = read_answers(connection, self.ahead)
            for answer in frames.answers(got)[: self.ahead]:
                if not answer.endswith(b"\r") or frames.token_of(answer) not in ("ACK", "*ACK"):
                    return
                assert frames.sequence_of(answer) == self.count % 9999 + 1
                self.acknowledged.append(f"{self.account}-{self.count}")
                self.count += 1
            if got.count(b"\r") < self.ahead:
                return


@pytest.mark.timeout(300)
def test_every_acknowledged_event_is_in_the_journal_exactly_once_after_kill_9(tmp_path: Path) -> None:
    """Twenty kills at random moments, senders in the clear and encrypted, one at a time and pipelined."""
    chance = random.Random(1305)
    station = StationProcess(tmp_path, accounts=f"account,key\n5001,{frames.KEY_HEX}\n5002,{frames.KEY_HEX}\n")
    station.start()
    senders = [
        Sender(station, "1001"),
        Sender(station, "1002", ahead=5),
        Sender(station, "5001", secret=True),
        Sender(station, "5002", secret=True, ahead=3),
    ]
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        before = [len(sender.acknowledged) for sender in senders]
        until(
            lambda before=before: all(len(s.acknowledged) > n for s, n in zip(senders, before, strict=True)),  # type: ignore[misc]
            "every sender to be acknowledged again",
        )
        time.sleep(chance.random() * 0.2)
        station.kill()
        station.start()
    for sender in senders:
        sender.stopping.set()
    for sender in senders:
        sender.join(30)
    assert station.stop() == 0
    texts = [line["text"] for line in station.export()]
    assert len(texts) == len(set(texts)), "stored twice"
    stored = set(texts)
    for sender in senders:
        assert sender.acknowledged
        assert set(sender.acknowledged) <= stored, "acknowledged and lost"
    station.verify()
