"""What a station reads back from its journal when it starts, and the marks it leaves there for that."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from msgspec import Struct
from twisted.logger import Logger

from protocols.model import Moment
from receiver.desk import Checkpoint, Desk, decode_checkpoint
from receiver.intake.memory import SEALS_FOR_S
from receiver.journal.entry import Entry
from receiver.journal.reader import JournalReader
from receiver.journal.schema import JournalError

DESK = "desk"
"""Mark: the desk's checkpoint."""
PATHS = "paths"
"""Mark: when each path was heard last."""

STARTED = "station.started"
"""Code of the first entry of every run; ``details["mode"]`` is the station's mode."""
LIVE = "live"

CLOCK_BEHIND = "clock.behind"
"""Code of an entry: the newest entry of before the start lies ``details["behind_s"]`` ahead of the clock."""
BEHIND_S = 60.0
"""Less than this is not told."""

DAMAGED_MAX = 20
_FIRST_ENTRIES = 100
_PROGRESS_S = 2.0


class ReadBack(Struct):
    """What was read."""

    desk: Desk
    entries: int
    unclean: bool
    """The last run ended without saying so: killed, or the power failed."""
    damaged: list[str]
    """Entries that cannot be read, in words."""
    behind_s: float = 0.0
    """How far the newest entry lies ahead of the clock, in seconds; 0.0 for less than ``BEHIND_S``."""

    def details(self, mode: str) -> dict[str, list[str]]:
        """For the station's first entry."""
        details = {"mode": [mode], "alarms_open": [str(len(self.desk))]}
        if self.unclean:
            details["last_run"] = ["ended without a stop"]
        return details


def read_back(
    reader: JournalReader,
    marks: dict[str, str],
    duplicate_s: float,
    now: Moment,
    remember: Callable[[Entry], None],
    log: Logger,
) -> ReadBack:
    """Rebuild the desk, and hand every entry young enough to matter for duplicates to ``remember``."""
    last = reader.last_id()
    checkpoint = _checkpoint(marks.get(DESK, ""), last, log)
    desk = Desk(checkpoint)
    rows = reader.rows("SELECT received_us FROM entries WHERE id = ?", [last])
    # With a clock that is behind all of the journal lies ahead; what matters then is young beside its newest entry.
    newest_at = rows[0][0] / 1e6 if rows else now.wall
    horizon = max(now.wall, newest_at) - max(duplicate_s, SEALS_FOR_S)
    young_from = reader.first_since(int(horizon * 1e6)) + 1
    count, told = 0, time.monotonic()
    newest: Entry | None = None
    damaged: list[str] = []
    for entry in reader.each(since=min(checkpoint.start, young_from) - 1, damaged=damaged.append):
        if entry.id >= checkpoint.start:
            desk.take(entry)
        if entry.id >= young_from:
            remember(entry)
        newest, count = entry, count + 1
        if time.monotonic() - told > _PROGRESS_S:
            told = time.monotonic()
            log.info("reading the journal back: entry {at} of {last}", at=entry.id, last=last)
    if newest is None and last:
        newest = next(reader.each(since=last - 1, damaged=damaged.append), None)
    desk.drain_changes()
    behind_s = 0.0 if newest is None else newest.received_us / 1e6 - now.wall
    if behind_s < BEHIND_S:
        behind_s = 0.0
    else:
        log.warn(
            "the clock is {behind:.0f} s behind the newest entry of the journal: set it (or see why it was ahead)",
            behind=behind_s,
        )
    unclean = newest is not None and newest.body.code != "station.stopped"
    return ReadBack(desk, count, unclean, damaged[:DAMAGED_MAX], behind_s)


def check_mode(reader: JournalReader, mode: str) -> None:
    """See that the journal was begun in this mode, or not yet. Raises JournalError.

    The first ``station.started`` says so; in journals that say nothing it was ``live``.
    """
    begun = _begun_as(reader)
    if begun is not None and begun != mode:
        raise JournalError(
            f"{reader.path}: is the journal of a station with mode = {begun!r}, and station.mode is {mode!r}; "
            f"an alarm must not pass from one into the other: set station.journal to another file, or mode to {begun!r}"
        )


def _begun_as(reader: JournalReader) -> str | None:
    """Mode of the first run that can be read; None for an empty journal."""
    at = 0
    for _ in range(_FIRST_ENTRIES):
        # One by one: the first of them is the one nearly always, and a search for more may go through all there is.
        rows = reader.rows("SELECT id FROM entries WHERE id > ? AND kind = 'station' ORDER BY id LIMIT 1", [at])
        if not rows:
            break
        at = rows[0][0]
        for entry in reader.each(at - 1, at, damaged=lambda _: None):
            if entry.body.code == STARTED:
                return next(iter(entry.body.details.get("mode", ())), LIVE)
    return LIVE if reader.last_id() else None


def _checkpoint(text: str, last: int, log: Logger) -> Checkpoint:
    if text:
        try:
            checkpoint = decode_checkpoint(text.encode())
        except msgspec.MsgspecError as error:
            log.warn("the desk's mark in the journal cannot be read ({error}); reading from the start", error=error)
        else:
            if checkpoint.fits(last):
                return checkpoint
            log.warn("the desk's mark belongs to a longer journal; reading from the start")
    return Checkpoint()
