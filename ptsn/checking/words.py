"""Words of a check, in one language: texts by id, times, durations, events. Peer text comes out cleaned."""

from __future__ import annotations

from datetime import datetime

from protocols import catalogue
from protocols.catalogue import texts
from protocols.model import Signal
from ptsn.render import clean

_UNITS = ((86_400, 3600, ("d", "h")), (3600, 60, ("h", "min")), (60, 1, ("min", "s")))


class Words:
    """Texts for one reader."""

    def __init__(self, language: str) -> None:
        """``language``: en, ru or kk."""
        self.language = language

    def __call__(self, id_: str, /, **values: object) -> str:
        """The text ``check.<id>`` with values in their places."""
        return texts.text("report", f"check.{id_}", self.language, **values)

    def has(self, id_: str) -> bool:
        """Whether there is a text ``check.<id>``."""
        return f"check.{id_}" in texts.ids("report")

    def finding(self, id_: str) -> str:
        """What a departure is, in a check where that is said in other words."""
        here = f"check.finding.{id_}"
        if here in texts.ids("report"):
            return texts.text("report", here, self.language)
        return texts.finding(id_, self.language)

    def advice(self, id_: str) -> str:
        """What to do about a departure, in a check where that is something else; empty where nothing is known."""
        here = f"check.advice.{id_}"
        if here in texts.ids("report"):
            return texts.text("report", here, self.language)
        found = texts.text("advice", id_, self.language)
        return "" if found == id_ else found

    def noise(self, guess: str) -> str:
        """What bytes probably are, in a check where that is said in other words."""
        here = f"check.noise.{guess}"
        if here in texts.ids("report"):
            return texts.text("report", here, self.language)
        return texts.noise(guess, self.language)

    def severity(self, severity: str) -> str:
        """A severity as a word."""
        return self(f"severity.{severity}")

    def duration(self, seconds: float) -> str:
        """``0.4 s``, ``45 s``, ``12 min 5 s``, ``3 h 5 min``; at most two units."""
        if abs(seconds) < 10:
            return f"{seconds:.1f}".rstrip("0").rstrip(".") + f" {self('unit.s')}"
        whole = round(abs(seconds))
        sign = "-" if seconds < 0 else ""
        for size, small, (large_name, small_name) in _UNITS:
            if whole >= size:
                rest = whole % size // small
                more = f" {rest} {self(f'unit.{small_name}')}" if rest else ""
                return f"{sign}{whole // size} {self(f'unit.{large_name}')}{more}"
        return f"{sign}{whole} {self('unit.s')}"

    def event(self, scheme: str, code: str, qualifier: str) -> str:
        """What happened; an unlisted code is told with it."""
        name = catalogue.name(scheme, code, qualifier, self.language)
        return clean(name if catalogue.known(scheme, code) else f"{name} ({code})")

    def place(self, partition: str, subject: str, number: str, user: str = "") -> str:
        """Where: ``partition 01, zone 015``; empty where nothing is said."""
        parts = []
        if partition.strip("0"):
            parts.append(f"{catalogue.subject_name('partition', self.language)} {clean(partition)}")
        if number.strip("0"):
            parts.append(f"{catalogue.subject_name(subject or 'none', self.language)} {clean(number)}")
        if user and user != number:
            parts.append(f"{catalogue.subject_name('user', self.language)} {clean(user)}")
        return ", ".join(parts)

    def signal(self, signal: Signal) -> str:
        """One event in words, with its place and the panel's text."""
        name = self.event(str(signal.scheme), signal.code, str(signal.qualifier))
        place = self.place(signal.partition, signal.subject, signal.number, signal.user)
        text = f'"{clean(signal.text)}"' if signal.text else ""
        return "  ".join(part for part in (name, place, text) if part)


def clock_time(at: float) -> str:
    """The wall clock of this machine: ``14:43:06``."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def day_and_time(at: datetime) -> str:
    """``2026-11-22 14:43:06 +05:00``, by the clock of this machine."""
    local = at.astimezone()
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"
