"""What came of a demo, counted from its journal when the station has ended."""

from __future__ import annotations

from pathlib import Path

from protocols.errors import UserError
from protocols.radio import PROTOCOL
from ptsn.words import say


def outcome(journal: Path, language: str) -> str:
    """Signals, those by radio, alarms and entries, and whether the journal is whole, in words."""
    from receiver.desk import Desk
    from receiver.journal.reader import JournalReader
    from receiver.journal.verify import verify

    try:
        report = verify(journal)
        desk = Desk()
        signals = radio = 0
        opened: set[int] = set()
        with JournalReader(journal) as reader:
            for entry in reader.each(damaged=lambda _: None):
                signals += entry.body.kind == "signal"
                radio += entry.body.kind == "signal" and entry.body.protocol == PROTOCOL
                desk.take(entry)
                opened.update(change.id for change in desk.drain_changes())
    except (UserError, OSError) as error:
        return say("demo.unreadable", language, why=error)
    state = say("journal.whole" if report.good else "journal.damaged", language)
    return say(
        "demo.summary",
        language,
        signals=signals,
        radio=radio,
        alarms=len(opened),
        entries=report.entries,
        journal=state if report.good else f"{state}: {report.faults[0]}",
    )
