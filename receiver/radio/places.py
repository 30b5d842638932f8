"""Where a station keeps what belongs to its radio channels, for the commands beside it."""

from __future__ import annotations

from pathlib import Path

from receiver.journal.reader import JournalReader
from receiver.radio.enrolment import Known
from receiver.settings import Settings


def key_files(settings: Settings) -> tuple[Path, ...]:
    """The files of keys that its adapters name (``[adapter.radio] keys``), each once."""
    return tuple(dict.fromkeys(adapter.radio.keys for adapter in settings.adapters if adapter.radio is not None))


def known(settings: Settings) -> Known:
    """What the station's journal knows of keys; nothing while there is no journal. Raises JournalError.

    The journal is only read, also beside a running station.
    """
    if not settings.journal.exists():
        return Known("", lambda window: False)
    with JournalReader(settings.journal) as reader:
        return Known(reader.identity, reader.window_names().__contains__)
