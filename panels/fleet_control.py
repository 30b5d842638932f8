"""Commands at a running fleet: what they do, and what they answer.

Every command is answered, in the order of the commands. What there is to tell comes first, each line indented; the
last line of an answer begins with ``ok`` or ``error:``. A program that writes commands reads up to that line.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, DeferredList

from panels.district import District, Incident, Language, Names, Site, Zone
from panels.fleet import Fleet
from panels.fleet_commands import USAGE, Alarm, Command, CommandError, Restore, Silence, Tell, parse
from panels.plan import signals_of, zones_of
from protocols.ends import Outcome, OutcomeKind
from protocols.model import Signal

PATIENCE_S = 5.0
"""How long an answer waits for the receiver's before it says that none came yet."""
LONGEST_LINE = 1000
"""Bytes of a command; what is longer is no command."""
QUEUE = 1000
"""Commands waiting for the one that is being done."""

NOUNS = {"list": "accounts", "help": "commands"}
"""What the lines of an answer are, where the command does not say it."""

Place = tuple[str, str, str]
"""Account, incident, zone number (empty for the panel itself)."""


class Control:
    """Does commands at a fleet, one after the other. For the reactor's thread."""

    def __init__(
        self,
        fleet: Fleet,
        reactor: Any,
        answer: Callable[[str], None],
        *,
        seed: int = 0,
        language: Language = "en",
    ) -> None:
        """``answer`` is given each line of the answers."""
        self._fleet = fleet
        self._district: District = fleet.district
        self._reactor = reactor
        self._answer = answer
        self._language = language
        self._random = Random(f"{seed}:commands")
        self._ends: dict[Place, tuple[Any, Signal]] = {}
        """What ``alarm`` began: the timer that ends it, and the signal that tells so."""
        self._queue: deque[str] = deque()
        self._busy = False
        self._stopped = False

    def take(self, line: str) -> None:
        """Do a command after those before it."""
        if self._stopped:
            return
        if len(self._queue) >= QUEUE:
            self._answer(f"error: {QUEUE} commands wait already; this one is left out")
            return
        self._queue.append(line)
        self._go_on()

    def stop(self) -> None:
        """Do and answer nothing more. Call before the fleet is stopped."""
        self._stopped = True
        self._queue.clear()
        for timer, _ in self._ends.values():
            if timer.active():
                timer.cancel()

    def _go_on(self) -> None:
        while self._queue and not self._busy:
            line = self._queue.popleft()
            try:
                command = parse(line, self._district)
                if command is not None:
                    self._do(command)
            except CommandError as error:
                self._answer(f"error: {error}")

    def _do(self, command: Command) -> None:
        match command:
            case Alarm(site, incident, zone):
                self._begin(site, incident, zone)
            case Restore(site, incident):
                self._restore(site, incident)
            case Silence(site, seconds):
                self._fleet.silence(site.account, seconds)
                self._answer(f"ok {site.account} is silent for {seconds:g} s")
            case Tell(what):
                lines = list(self._told(what))
                for each in lines:
                    self._answer(f"  {each}")
                self._answer(f"ok {len(lines)} {NOUNS.get(what, what)}")

    # Incidents

    def _begin(self, site: Site, incident: Incident, zone: Zone | None) -> None:
        place = (site.account, incident.id, zone.number if zone else "")
        begins, ends = signals_of(site, incident, [zone] if zone else [])
        before = self._ends.pop(place, None)
        if before is not None:
            before[0].cancel()
        lasts_s = self._random.uniform(*incident.lasts_s)

        def end() -> None:
            del self._ends[place]
            self._fleet.send(site.account, ends)

        self._ends[place] = self._reactor.callLater(lasts_s, end), ends
        self._answer_when([self._fleet.send(site.account, begins)], f"{_words(place)} for {lasts_s:.0f} s")

    def _restore(self, site: Site, incident: Incident | None) -> None:
        places = [place for place in self._ends if place[0] == site.account and incident in (None, *self._of(place))]
        if not places:
            what = f"no {incident.id}" if incident else "nothing"
            begun = ", ".join(sorted({" ".join(place[:2]) for place in self._ends})) or "none"
            raise CommandError(f"{what} that `alarm` began lasts at {site.account}; allowed now: {begun}")
        sent = []
        for place in places:
            timer, ends = self._ends.pop(place)
            timer.cancel()
            sent.append(self._fleet.send(site.account, ends))
        self._answer_when(sent, "; ".join(f"{_words(place)} restored" for place in places))

    def _of(self, place: Place) -> list[Incident]:
        return [incident for incident in self._district.incidents if incident.id == place[1]]

    def _answer_when(self, sent: list[Deferred[Outcome | None]], words: str) -> None:
        """Answer when the receiver did, or when the patience is over; only then comes the next command."""
        self._busy = True

        def answer(text: str) -> None:
            if self._stopped or not limit.active():
                return  # the patience was over, and that was the answer
            limit.cancel()
            self._answer(text)
            self._busy = False
            self._go_on()

        def late() -> None:
            self._answer(f"ok {words}; no answer from the receiver yet")
            self._busy = False
            self._go_on()

        def ended(results: list[tuple[bool, Outcome | None]]) -> None:
            failed = [outcome for _, outcome in results if outcome is None or outcome.kind is not OutcomeKind.ACCEPTED]
            if not failed:
                answer(f"ok {words}")
                return
            why = failed[0].reason if failed[0] is not None else self._fleet.last_trouble
            answer(f"error: {words}: not acknowledged: {why}")

        limit = self._reactor.callLater(PATIENCE_S, late)
        DeferredList(sent, consumeErrors=True).addCallback(ended)

    # What there is

    def _told(self, what: str) -> Iterator[str]:
        match what:
            case "list":
                for site in self._district.sites:
                    yield f"{site.account} {self._name(site.name)}"
            case "incidents":
                for incident in self._district.incidents:
                    zones = ", ".join(zone.number for zone in zones_of(self._district, incident))
                    yield f"{incident.id}: {self._name(incident.title)}" + (f"; zones {zones}" if zones else "")
            case _:
                for name, (usage, does) in USAGE.items():
                    yield f"{name} {usage}".rstrip() + f": {does}"

    def _name(self, names: Names) -> str:
        name: str = getattr(names, self._language)
        return name


def _words(place: Place) -> str:
    account, incident, zone = place
    return f"{account} {incident}" + (f" zone {zone}" if zone else "")


def read_lines(fd: int, reactor: Any, take: Callable[[str], None]) -> None:
    """Read a file descriptor to its end with a thread of its own, and hand each line to ``take`` in the reactor's.

    A line that is too long, or is no UTF-8, is handed on shortened or with marks: it is no command either way.
    """

    def run() -> None:
        # Read below Python's buffers: a thread that holds their lock would keep the interpreter from ending.
        rest = b""
        while data := _some(fd):
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[:LONGEST_LINE]
            for line in lines:
                reactor.callFromThread(take, line[:LONGEST_LINE].decode("utf-8", "replace"))
        if rest:
            reactor.callFromThread(take, rest.decode("utf-8", "replace"))

    # A daemon: whoever sits in a read of a terminal cannot be called back from it.
    threading.Thread(target=run, name="commands", daemon=True).start()


def _some(fd: int) -> bytes:
    try:
        return os.read(fd, 65_536)
    except OSError:
        return b""
