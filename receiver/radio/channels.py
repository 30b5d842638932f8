"""The radio channels of a station: made at the start, looked after once a second, shown to people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from random import SystemRandom

from msgspec.structs import replace
from twisted.logger import Logger

from protocols.ends import Source
from protocols.model import Arrival, Moment
from protocols.radio.channel import RadioChannel
from receiver.accounts import Account
from receiver.adapters.counters import FileCounters
from receiver.chronicle import RADIO_CLEAR, RADIO_JAMMED, Chronicle
from receiver.desk import Alarm, troubles
from receiver.intake.windows import Windows
from receiver.journal.writer import Journal
from receiver.radio.book import RadioBook
from receiver.radio.jammed import Watch
from receiver.radio.levels import Levels
from receiver.radio.standing import RadioStatus, standing
from receiver.settings import AdapterSettings

BLOCK = 64
"""Counters reserved on disk at a time."""
LOCKED = "radio.locked"
LEVELS = "radio"
"""Mark: how well each unit was received."""
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
        marks: Journal,
        is_up: Callable[[str], bool],
    ) -> None:
        """``journal`` is the identity of the journal; ``counters`` the file that our own datagrams are numbered from.

        ``marks`` keeps the levels; ``is_up`` tells whether the modem of an adapter is there. Raises KeyFileError.
        """
        self._chronicle = chronicle
        self._marks = marks
        self._is_up = is_up
        self._watches: dict[str, Watch] = {}
        self.levels = Levels(
            {adapter.name: adapter.radio.bounds for adapter in adapters if adapter.radio is not None},
            chronicle,
            self.keep,
        )
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
            channel = RadioChannel(options, book, numbers, random)
            self.channels[adapter.name] = channel
            self._watches[adapter.name] = Watch(channel)

    def restore(self, saved: str, alarms: Iterable[Alarm]) -> None:
        """Take up what earlier runs knew and told. Raises msgspec.MsgspecError when ``saved`` cannot be read."""
        alarms = list(alarms)
        for name, _, _ in troubles(alarms, RADIO_JAMMED):
            if name in self._watches:
                self._watches[name].restore()
        for name, _, _ in troubles(alarms, KEYS_LOST):
            if name in self._books:
                # Its end is told at the first look, for without the file no station starts.
                self._told[name] = KEYS_LOST
        self.levels.restore("", alarms)
        self.levels.restore(saved, alarms)

    def begin(self) -> None:
        """Tell of units that must be enrolled anew."""
        for name, book in self._books.items():
            self._tell_locked(name, book)

    def heard(self, arrival: Arrival, header: Account | None, source: Source) -> None:
        """A message that is new and on disk, of any protocol."""
        self.levels.heard(arrival, header, source)

    def keep(self) -> None:
        """Leave in the journal how well each unit is received."""
        if self.channels:
            self._marks.mark(LEVELS, self.levels.saved())

    def status(self, now: Moment) -> tuple[RadioStatus, ...]:
        """How each channel stands."""
        return tuple(
            standing(name, channel, self._watches[name], self._books[name].trouble, now.mono)
            for name, channel in self.channels.items()
        )

    def look(self, now: Moment) -> None:
        """Once a second: whether a channel is jammed, and what was changed in the files of keys."""
        for name, watch in self._watches.items():
            if watch.look(now.mono, self._is_up(name)):
                self._tell_jammed(name, watch)
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

    def _tell_jammed(self, name: str, watch: Watch) -> None:
        why = "" if watch.why is None else watch.why.value
        if watch.jammed:
            self._log.error("adapter {adapter}: the radio channel is jammed or dead ({why})", adapter=name, why=why)
        self._chronicle.event(
            RADIO_JAMMED if watch.jammed else RADIO_CLEAR,
            priority=2 if watch.jammed else 0,
            adapter=name,
            protocol="radio",
            details={"jammed": [why], "units": [str(watch.units)]} if watch.jammed else {},
        )

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
