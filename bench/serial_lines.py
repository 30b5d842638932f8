"""How much of one processor core the station needs for serial lines that are never silent."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench import exchanges
from bench.exchanges import Pair
from bench.options import Options
from bench.processes import Foreign, Receiver, ptsn
from bench.serial_load import BITS, Line, Load, Said, cabled
from bench.table import Table, say, spread
from protocols.model import Moment
from protocols.wires import WIRES
from receiver.journal.reader import JournalReader

BAUDRATE = 9600
SPOKEN = ("surgard", "sia")
"""Protocols of the lines, in turns."""
GOALS = {16: 30, 64: 70}
"""Lines, and the share of one core, in per cent, that they may take."""
_FULL = 97.0
"""Per cent of its bytes that a line must have sent to count as full."""
_SHORTEST = 18
"""Bytes of a message, at least: how many are made is reckoned by it."""


class LineStation(Receiver):
    """``ptsn serve`` on serial ports."""

    def __init__(self, folder: Path, lines: Sequence[Line]) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.config = folder / "station.toml"
        text = '[station]\nname = "Bench"\n[[adapter]]\nlisten = ["tcp:0:interface=127.0.0.1"]\n'
        for name in SPOKEN:
            ports = [f"serial:{line.device}:baudrate={BAUDRATE}" for line in lines if line.name == name]
            text += f'[[adapter]]\nname = "{name}"\nprotocol = "{name}"\nconnect = {json.dumps(ports)}\n'
        self.config.write_text(text)
        super().__init__(
            "ptsn", [sys.executable, "-m", "ptsn", "serve", "-c", str(self.config)], folder / "station.log"
        )

    def check(self, lines: Sequence[Line]) -> str:
        """After it stopped: what is in the journal, against what was acknowledged, for the table."""
        kept: Counter[tuple[str, str]] = Counter()
        with JournalReader(self.folder / "journal.db") as reader:
            since = 0
            while page := reader.page(since, 5000):
                since = page[-1].id
                kept.update((entry.body.account, entry.body.raw) for entry in page if entry.body.raw)
        wanted = Counter(
            (line.account, raw.decode("latin-1")) for line in lines for said in line.acknowledged for raw in said.raws
        )
        ptsn("journal", "verify", "-c", str(self.config))
        missing = (wanted - kept).total()
        repeated = sum(max(0, kept[each] - count) for each, count in wanted.items())
        strays = sum(bool(line.wrong) for line in lines)
        unanswered = sum(line.unanswered for line in lines)
        if missing or repeated or strays or unanswered:
            return (
                f"WRONG: of {wanted.total()} acknowledged messages {missing} are missing, {repeated} are there "
                "more often than they were said; "
                f"{unanswered} unanswered, wrong answers on {strays} lines"
            )
        return f"{wanted.total()} acknowledged messages, each in the journal exactly once; the journal verifies"


def measure(options: Options, folder: Path) -> Table:
    """Few lines, then many."""
    table = Table(
        f"Serial lines at {BAUDRATE} baud, always full, half of them Sur-Gard and half SIA blocks",
        "lines",
        "share of one core, %",
        "goal",
        "messages/s",
        "line full, %",
        "CPU us/message",
    )
    for count in options.lines:
        seconds = max(0.5, options.paced_s * options.few / 2)
        lines = [_line(number, options.warm_s + seconds + 2) for number in range(count)]
        with cabled(lines):
            with LineStation(folder / f"serial-{count}", lines) as station:
                watch = Foreign(station)
                load = Load(lines)
                load.start()
                load.run(options.warm_s)
                watch.start()
                shares, rates, costs, fulls = [], [], [], []
                for _ in range(max(1, options.few)):
                    began, cpu, said, sent = time.monotonic(), station.cpu_s(), _acknowledged(lines), _sent(lines)
                    load.run(seconds / max(1, options.few))
                    passed = time.monotonic() - began
                    used, done = station.cpu_s() - cpu, _acknowledged(lines) - said
                    shares.append(used / passed * 100)
                    rates.append(done / passed)
                    costs.append(used / max(done, 1) * 1e6)
                    fulls.append((_sent(lines) - sent) / passed / count / (BAUDRATE / BITS) * 100)
                watch.stop()
                load.finish()
            table.row(
                str(count),
                spread(shares, ".0f"),
                f"< {GOALS[count]}" if count in GOALS else "-",
                spread(rates),
                spread(fulls, ".0f"),
                spread(costs, ".0f"),
            )
            table.note(f"{count} lines: {station.check(lines)}.")
            table.note(
                f"{count} lines: a piece left {load.late_s * 1000:.0f} ms late at worst; other programs kept "
                f"{watch.processors():.2f} processors busy."
            )
            if median(fulls) < _FULL:
                rested = sum(line.stalled_s for line in lines) / count / (seconds + options.warm_s) * 100
                table.note(
                    f"{count} lines: they were NOT full, so that the share is too low. {rested:.0f} % of the time they "
                    "rested for an answer that was late; the rest the load lost. Measure on a quieter machine."
                )
            say(f"{count} lines")
    table.note("Share: processor time of the whole station, all threads, user and system.")
    return table


def _acknowledged(lines: Sequence[Line]) -> int:
    return sum(len(line.acknowledged) for line in lines)


def _sent(lines: Sequence[Line]) -> int:
    return sum(line.sent for line in lines)


def _line(number: int, seconds: float) -> Line:
    """A line with messages for so long. Equal ones are far apart: none is taken for a repetition of another."""
    name = SPOKEN[number % len(SPOKEN)]
    account = str(1000 + number)
    pair = Pair(WIRES[name], account, exchanges.contact_id if name == "surgard" else exchanges.sia)
    now = time.time()
    messages = []
    for at in range(int(seconds * BAUDRATE / BITS / _SHORTEST)):
        raws: list[bytes] = []
        steps = pair.exchange(Moment(now + at, 1000.0 + at), raws)
        messages.append(Said(b"".join(said for said, _ in steps), b"".join(answer for _, answer in steps), tuple(raws)))
    return Line(name, account, messages, BAUDRATE)
