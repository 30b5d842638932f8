"""Acknowledged messages per second, side by side: ptsn (stores durably) and pysiaalarm (stores nothing)."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field

from bench.frames import Message, Panel, panels
from bench.load import Result, closed_loop, connected
from bench.options import Options
from bench.processes import Foreign, Receiver, Station, echo, pysiaalarm
from bench.table import Table, ratio, say, spread

QUIET = 0.15
"""A round is quiet when other programs kept less than this many processors busy in every row of it."""
PIPELINE = 8
"""Messages outstanding per connection in the row that pipelines."""
MOST = {"echo": 60_000, "plain": 25_000, "encrypted": 18_000}
"""Messages made for each second of a round: more than any receiver takes, so that none runs out."""


class Series(Struct):
    """The rounds of one row."""

    name: str
    receiver: Receiver
    panels: list[Panel]
    most: int
    window: int = 1
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    acknowledged: list[Message] = field(default_factory=list)
    wrong: int = 0
    unanswered: int = 0

    foreign: list[float] = field(default_factory=list)
    """Processors that other programs kept busy meanwhile."""

    def round(self, seconds: float, keep: bool = True) -> Result:
        """Connect, send, disconnect. Without ``keep`` it only warms up."""
        each = max(10, int(self.most * seconds / len(self.panels)))
        messages = [panel.take(each) for panel in self.panels]
        watch = Foreign(self.receiver)
        with connected(self.receiver.address, len(self.panels)) as connections:
            watch.start()
            before = self.receiver.cpu_s()
            result = closed_loop(connections, messages, seconds, self.window)
            used = self.receiver.cpu_s() - before
            watch.stop()
        self.acknowledged += result.acknowledged
        self.wrong += result.wrong_count
        self.unanswered += result.unanswered
        if keep and result.acknowledged:
            self.rates.append(result.per_second)
            self.cpu_us.append(used / len(result.acknowledged) * 1e6)
            self.foreign.append(watch.processors())
        return result


def measure(options: Options, folder: Path) -> Table:
    """Rounds of every row, one after the other, over and over."""
    count = options.connections
    with Station(folder / "throughput", count) as station, pysiaalarm(folder, count) as other, echo(folder) as bare:
        plain, secret = panels(count, False), panels(count, True)
        limit = Series("Twisted echo (the limit)", bare, panels(count, False), MOST["echo"])
        ours = Series("ptsn plain", station, plain, MOST["plain"])
        theirs = Series("pysiaalarm plain", other, panels(count, False), MOST["plain"])
        ours_secret = Series("ptsn encrypted", station, secret, MOST["encrypted"])
        theirs_secret = Series("pysiaalarm encrypted", other, panels(count, True), MOST["encrypted"])
        many = Series(f"ptsn plain, {PIPELINE} outstanding", station, plain, MOST["plain"], PIPELINE)
        rows = [limit, ours, theirs, ours_secret, theirs_secret, many]
        for row in rows:
            row.round(min(0.5, options.seconds), keep=False)
        for number in range(options.rounds):
            for row in rows:
                result = row.round(options.seconds)
                say(f"round {number + 1}/{options.rounds}  {row.name}: {result.per_second:,.0f}/s")
    table = Table(
        f"Acknowledged messages per second, {count} connections over TCP, one message outstanding each",
        "receiver",
        "messages/s",
        "receiver CPU us/message",
        "share of the echo",
        "wrong answers",
        "unanswered",
    )
    for row in rows:
        table.row(
            row.name,
            spread(row.rates),
            spread(row.cpu_us, ".0f"),
            "-" if row is limit else spread(ratio(row.rates, limit.rates), ".2f"),
            str(row.wrong),
            str(row.unanswered),
        )
    table.note(f"ptsn / pysiaalarm plain:      {spread(ratio(ours.rates, theirs.rates), '.2f')}   (at least 2, aim 3)")
    table.note(
        f"ptsn / pysiaalarm encrypted:  {spread(ratio(ours_secret.rates, theirs_secret.rates), '.2f')}"
        "   (at least 2.5, aim 4)"
    )
    table.note(f"ptsn: {station.check(ours.acknowledged + ours_secret.acknowledged + many.acknowledged)}.")
    table.note("pysiaalarm stores nothing.")
    quiet = [at for at, each in enumerate(zip(*(row.foreign for row in rows), strict=False)) if max(each) < QUIET]
    if 0 < len(quiet) < options.rounds:
        pairs = ((ours, theirs), (ours_secret, theirs_secret))
        plainly, secretly = (spread([our.rates[at] / their.rates[at] for at in quiet], ".2f") for our, their in pairs)
        table.note(f"In the {len(quiet)} rounds in which the machine was quiet: {plainly} and {secretly}.")
    foreign = [each for row in rows for each in row.foreign]
    table.note(f"Other programs kept {spread(foreign, '.2f')} processors busy meanwhile.")
    return table
