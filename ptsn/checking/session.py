"""A temporary station that is watched, from its start to its end."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace
from twisted.internet.task import LoopingCall
from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
    globalLogBeginner,
)
from zope.interface import implementer

from panels.inspection import Inspection, Note, Report, Station
from protocols.errors import UserError
from protocols.explanation import Explanation
from protocols.model import Arrival
from protocols.wires import find
from ptsn.checking import folder, room
from ptsn.checking.ending import Ender
from ptsn.checking.hearing import OPENED_HERE, Hearing, adapters, settings_text
from ptsn.checking.keys import KeyRing
from ptsn.checking.place import Place
from ptsn.checking.watching import WatchedWire
from ptsn.checking.where import listened, no_such_address, opened, own_addresses, typed
from ptsn.checking.withholding import Withholder
from receiver.adapters.endpoints import Listen, SerialDevice, Target
from receiver.adapters.line import now as this_moment
from receiver.listening import PortState
from receiver.service import SWITCH_S, raise_limits
from receiver.settings import AUTO, SettingsError, load
from receiver.station import Station as RealStation

TICK_S = 1.0


class StartError(UserError):
    """The check cannot begin: a text for a person."""


class View:
    """Who is told what happens. To be overridden."""

    def opened(self, place: Place) -> None:
        """The station listens."""

    def notes(self, notes: Sequence[Note]) -> None:
        """Something is worth telling."""

    def link(self, address: str, error: str) -> None:
        """What is opened from here cannot be opened, or ends at once; it is tried again."""

    def tick(self, inspection: Inspection) -> bool:
        """A second has passed. False ends the check: nobody looks any more."""
        return True

    def full(self) -> None:
        """The check ends by itself: there is no room for more."""

    def ending(self) -> None:
        """The check ends: the last answers go out."""

    def fault(self, text: str) -> None:
        """The station, or the inspection, has a fault to tell of."""


class Session:
    """One check of ``endpoints``. ``run`` runs the reactor of this process, so there is one in a process."""

    def __init__(
        self,
        endpoints: Sequence[Listen | Target | SerialDevice],
        keys: KeyRing,
        view: View,
        *,
        hearing: Hearing = Hearing(),  # noqa: B008 - immutable
        seconds: float | None = None,
        title: str = "",
        withhold: bool = False,
    ) -> None:
        """``withhold``: the first event of each sender of a line protocol is not acknowledged, once."""
        self._endpoints = tuple(endpoints)
        self._hearing = hearing
        self._keys = keys
        self._view = view
        self._seconds = seconds
        self._title = title
        self._withhold = withhold
        self._folder: Path | None = None
        self.place = self._place(())
        """Where it listened; complete after ``run``."""

    def run(self) -> Report:
        """Listen until the time is over or somebody ends it. Raises StartError, and UserError of the station.

        The folder of the station is removed whichever way it ends, ``kill -9`` excepted.
        """
        from twisted.internet import reactor as installed

        reactor: Any = installed
        reactor.seconds = time.monotonic
        sys.setswitchinterval(SWITCH_S)
        raise_limits()
        ender = Ender(self, reactor)
        ender.obey()
        try:
            self._folder = folder.make()
            return self._run(reactor, ender)
        finally:
            ender.deaf()
            self.remove()

    def remove(self) -> None:
        """Remove the station's folder."""
        if self._folder is not None:
            folder.remove(self._folder)

    def _run(self, reactor: Any, ender: Ender) -> Report:
        assert self._folder is not None
        _log_to(self._view.fault)
        inspection = Inspection(this_moment(), self._keys.infos, self._explained, OPENED_HERE)
        withholder = Withholder()
        wire = WatchedWire(inspection, self._view.notes, this_moment, withholder.withheld)
        config = self._folder / "station.toml"
        config.write_text(settings_text(self._endpoints, self._hearing), encoding="utf-8")
        try:
            settings = load(config)
            settings = replace(settings, adapters=adapters(settings.adapters, self._hearing))
        except SettingsError as error:
            raise StartError(f"these addresses cannot be used together: {error.found or error}") from error
        ends = withholder.ends if self._withhold else None
        station = RealStation(settings, reactor, wire=wire, strangers=self._keys.dialect, ends=ends)
        failed: list[Exception] = []
        links = _Links(self._view)

        def ready() -> None:
            states = station.listening.states
            if any(state.error for state in states):
                return  # what is opened from here failed at once
            self.place = self._place(tuple(state.address for state in states if not state.connects))
            gc.collect()
            gc.freeze()
            self._view.opened(self.place)
            if self._seconds is not None:
                reactor.callLater(self._seconds, ender.end)

        def begin() -> None:
            try:
                station.start(ready)
                closed = [state for state in station.listening.states if state.error]
                if closed:
                    endpoint, why = closed[0].listen, closed[0].error
                    raise StartError(
                        _cannot_listen(endpoint, why) if isinstance(endpoint, Listen) else f"{endpoint}: {why}"
                    )
            except Exception as error:
                failed.append(error)
                ender.end()
                return
            ticker.start(TICK_S, now=False)

        limits = room.Room(self._folder)

        def tick() -> None:
            wire.tick()
            links.look(station.listening.states)
            if limits.used_up():
                inspection.full = True
                self._view.full()
            if inspection.full or not self._view.tick(inspection):
                ender.end()

        def stop() -> Any:
            wire.ending = True
            if ticker.running:
                ticker.stop()
            if not failed:
                self._view.ending()
            return station.stop()

        ticker = LoopingCall(tick)
        ticker.clock = reactor
        reactor.callWhenRunning(begin)
        reactor.addSystemEventTrigger("before", "shutdown", stop)
        reactor.run(installSignalHandlers=False)
        if failed:
            raise failed[0]
        return inspection.report(this_moment(), self._about())

    def _place(self, addresses: tuple[str, ...]) -> Place:
        return Place(listened(self._endpoints), addresses, opened(self._endpoints), self._hearing.protocol)

    def _explained(self, arrival: Arrival) -> Explanation:
        dialect = self._keys.dialect
        explain = find(arrival.protocol).explain
        return explain(arrival.raw, keys=dialect.keys, plain=arrival.plain, findings=arrival.findings, dialect=dialect)

    def _about(self) -> Station:
        try:
            own = version("ptsn")
        except PackageNotFoundError:
            own = ""
        return Station(
            title=self._title,
            addresses=(*self.place.reachable, *map(str, self.place.connects)),
            keys=self._keys.given,
            encoding=self._keys.dialect.encoding,
            version=own,
            protocol=UNSET if self._hearing.protocol == AUTO else self._hearing.protocol,
        )


class _Links:
    """Tells when what is opened from here cannot be opened."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._told: dict[str, str] = {}

    def look(self, states: Sequence[PortState]) -> None:
        """A second has passed."""
        for state in states:
            address = str(state.listen)
            if not state.connects or state.error == self._told.get(address, ""):
                continue
            self._told[address] = state.error
            if state.error:
                self._view.link(address, state.error)


def _cannot_listen(listen: Listen, why: str) -> str:
    if no_such_address(listen):
        return (
            f"cannot listen on {typed(listen)}: this machine has no address {listen.interface}. It is reached at "
            f"{own_addresses(listen)}; on all of its addresses: "
            f"ptsn check {typed(Listen(listen.transport, listen.port, '0.0.0.0'))}"
        )
    other = typed(Listen(listen.transport, listen.port + 1 if listen.port < 65535 else 5001, listen.interface))
    option = "-ltnp" if listen.transport == "tcp" else "-lunp"
    return (
        f"cannot listen on {typed(listen)}: {why}. End that program (a station, another check? "
        f"`ss {option} 'sport = :{listen.port}'` names it), or take another port and set it in the panel too: "
        f"ptsn check {other}"
    )


def _log_to(tell: Callable[[str], None]) -> None:
    """Of the log only what means that the check itself is in trouble."""

    @implementer(ILogObserver)
    def observe(event: Any) -> None:
        text = formatEvent(event) or ""
        failure = event.get("log_failure")
        if failure is not None:
            text = f"{text}: {failure.getErrorMessage()}"
        with suppress(Exception):
            tell(text)

    levels = LogLevelFilterPredicate(LogLevel.critical)
    globalLogBeginner.beginLoggingTo([FilteringLogObserver(observe, [levels])], redirectStandardIO=False)
