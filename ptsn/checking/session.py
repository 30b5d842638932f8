"""A temporary station that is watched, from its start to its end."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

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
from protocols.dc09 import explain
from protocols.errors import UserError
from protocols.explanation import Explanation
from protocols.model import Arrival
from ptsn.checking import folder, room
from ptsn.checking.keys import KeyRing
from ptsn.checking.opening import Place
from ptsn.checking.watching import WatchedWire
from ptsn.checking.where import no_such_address, own_addresses, typed
from receiver.adapters.endpoints import Listen
from receiver.adapters.line import now as this_moment
from receiver.service import SWITCH_S, raise_limits
from receiver.settings import SettingsError, load
from receiver.station import Station as RealStation

TICK_S = 1.0
PARTIAL_S = 10.0
"""Bytes that do not become a message in this time are told of; a station has more patience."""
INTERRUPTED = 130


class StartError(UserError):
    """The check cannot begin: a text for a person."""


class View:
    """Who is told what happens. To be overridden."""

    def opened(self, place: Place) -> None:
        """The station listens."""

    def notes(self, notes: Sequence[Note]) -> None:
        """Something is worth telling."""

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
    """One check. ``run`` runs the reactor of this process, so there is one in a process."""

    def __init__(
        self,
        listens: Sequence[Listen],
        keys: KeyRing,
        view: View,
        *,
        seconds: float | None = None,
        title: str = "",
    ) -> None:
        self._listens = tuple(listens)
        self._keys = keys
        self._view = view
        self._seconds = seconds
        self._title = title
        self._folder: Path | None = None
        self.place = Place(self._listens, ())
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
        ender = _Ender(self, reactor)
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

    def _run(self, reactor: Any, ender: _Ender) -> Report:
        assert self._folder is not None
        _log_to(self._view.fault)
        inspection = Inspection(this_moment(), self._keys.infos, self._explained)
        wire = WatchedWire(inspection, self._view.notes, this_moment)
        config = self._folder / "station.toml"
        config.write_text(_settings(self._listens), encoding="utf-8")
        try:
            settings = load(config)
        except SettingsError as error:
            raise StartError(f"these addresses cannot be listened on together: {error.found or error}") from error
        station = RealStation(settings, reactor, wire=wire, strangers=self._keys.dialect)
        failed: list[Exception] = []

        def opened() -> None:
            self.place = Place(self._listens, tuple(state.address for state in station.listening.states))
            gc.collect()
            gc.freeze()
            self._view.opened(self.place)
            if self._seconds is not None:
                reactor.callLater(self._seconds, ender.end)

        def begin() -> None:
            try:
                station.start(opened)
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

    def _explained(self, arrival: Arrival) -> Explanation:
        dialect = self._keys.dialect
        return explain(arrival.raw, keys=dialect.keys, plain=arrival.plain, findings=arrival.findings, dialect=dialect)

    def _about(self) -> Station:
        try:
            own = version("ptsn")
        except PackageNotFoundError:
            own = ""
        return Station(
            title=self._title,
            addresses=self.place.reachable,
            keys=self._keys.given,
            encoding=self._keys.dialect.encoding,
            version=own,
        )


class _Ender:
    """Ends a session: at once when it is told a second time."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self, session: Session, reactor: Any) -> None:
        self._session = session
        self._reactor = reactor
        self._told = 0
        self._ending = False

    def obey(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal end the session."""
        for number in self.SIGNALS:
            signal.signal(number, self._hear)

    def deaf(self) -> None:
        """The session has ended; whoever cannot wait for the report ends the process."""
        for number in self.SIGNALS:
            signal.signal(number, lambda _number, _frame: _leave())

    def end(self) -> None:
        """Stop the reactor, once."""
        if not self._ending:
            self._ending = True
            self._reactor.callWhenRunning(self._reactor.stop)

    def _hear(self, _number: int, _frame: object) -> None:
        self._told += 1
        if self._told > 1:
            self._session.remove()
            _leave()
        # Also before the reactor runs: then it stops as soon as it does.
        self._reactor.callFromThread(self.end)


def _leave() -> None:
    """End the process now, on a line of its own."""
    with suppress(OSError):
        os.write(2, b"\n")
    os._exit(INTERRUPTED)


def _settings(listens: Sequence[Listen]) -> str:
    """An adapter for each transport; everything else as a station has it by default."""
    lines = ["[station]", 'name = "Check"', 'node = "check"', f"partial_s = {PARTIAL_S}"]
    for transport in dict.fromkeys(listen.transport for listen in listens):
        addresses = ", ".join(f'"{listen}"' for listen in listens if listen.transport == transport)
        lines += ["[[adapter]]", f'name = "{transport}"', f"listen = [{addresses}]"]
    return "\n".join(lines) + "\n"


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
