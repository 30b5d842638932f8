"""The radio channels of a station: made at the start, looked after once a second, shown to people."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

from msgspec.structs import replace
from twisted.logger import Logger

from protocols.model import Moment
from protocols.radio.channel import RadioChannel
from receiver.adapters.counters import FileCounters
from receiver.chronicle import Chronicle
from receiver.intake.windows import Windows
from receiver.radio.book import RadioBook
from receiver.settings import AdapterSettings

BLOCK = 64
"""Counters reserved on disk at a time."""
LOCKED = "radio.locked"
KEYS_LOST, KEYS_RESTORED = "radio.keys-lost", "radio.keys-restored"


class Channels:
    """For the reactor's thread."""

    _log = Logger()

    def __init__(
        self,
        adapters: tuple[AdapterSettings, ...],
        *,
        journal: str,
        counters: Path,
        windows: Windows,
        chronicle: Chronicle,
    ) -> None:
        """``journal`` is the identity of the journal; ``counters`` the file that our own datagrams are numbered from.

        Raises KeyFileError.
        """
        self._chronicle = chronicle
        self._books: dict[str, RadioBook] = {}
        self._told: dict[str, str] = {}
        self.channels: dict[str, RadioChannel] = {}
        """By the name of their adapter."""
        random = SystemRandom()
        numbers = FileCounters(counters, BLOCK)
        for adapter in adapters:
            if adapter.radio is None:
                continue
            book = RadioBook(adapter.radio.keys, journal, windows.__contains__, numbers)
            options = replace(adapter.radio.options, network=book.network)
            self._books[adapter.name] = book
            self.channels[adapter.name] = RadioChannel(options, book, numbers, random)

    def begin(self) -> None:
        """Tell of units that must be enrolled anew."""
        for name, book in self._books.items():
            self._tell_locked(name, book)

    def look(self, now: Moment) -> None:
        """Once a second: take up what was changed in the files of keys."""
        del now
        for name, book in self._books.items():
            changed = book.look()
            if book.trouble != self._told.get(name, ""):
                self._told[name] = book.trouble
                code = KEYS_LOST if book.trouble else KEYS_RESTORED
                self._chronicle.event(
                    code, text=book.trouble, priority=2 if book.trouble else 0, adapter=name, protocol="radio"
                )
            if changed and not book.trouble:
                self._log.info("adapter {adapter}: the file of radio keys was changed and is in force", adapter=name)
                self._tell_locked(name, book)

    def _tell_locked(self, name: str, book: RadioBook) -> None:
        for locked in book.locked:
            self._log.error(
                "adapter {adapter}: account {account}: {why}", adapter=name, account=locked.account, why=locked.why
            )
            self._chronicle.event(
                LOCKED,
                text=locked.why,
                priority=2,
                adapter=name,
                protocol="radio",
                account=locked.account,
                account_key=locked.account,
            )
