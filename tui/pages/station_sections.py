"""The station's status as sections of labelled lines, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any

from msgspec import Struct
from rich.cells import cell_len
from textual.content import Content

from protocols.catalogue import texts
from tui import look
from tui.look import State
from tui.pages.path_rows import COUNTED
from tui.pages.station_troubles import (
    Seen,
    Trouble,
    address_of,
    being_opened,
    channels,
    endpoints,
    number,
    part,
    troubles,
)
from tui.telling import Teller
from tui.telling.radio import told_of
from tui.telling.reasons import reason
from tui.widgets.cells import visible

SHADES = "·░▒▓█"
"""From nothing to the most: marks that every terminal's font has."""
HISTORY = 40
"""Measures in the line of rates."""
_INDENT = "  "
_BYTES = (("tb", 1e12), ("gb", 1e9), ("mb", 1e6), ("kb", 1e3))


class Line(Struct, frozen=True):
    """A labelled line of a section."""

    label: str
    words: str
    state: State | None = None
    """Its mark stands before the words."""


class Section(Struct, frozen=True):
    """A title and its lines."""

    id: str
    title: str
    lines: tuple[Line, ...]


class Sections:
    """The words for one language."""

    def __init__(self, teller: Teller, language: str) -> None:
        self._teller = teller
        self._language = language

    def say(self, id_: str, **values: object) -> str:
        """Words of the page, made safe."""
        return visible(texts.text("views", id_, self._language, **values))

    def size(self, count: float) -> str:
        """Bytes as people say them: ``12.3 GB``."""
        for unit, factor in _BYTES:
            if count >= factor:
                return self.say(f"unit.{unit}", n=f"{count / factor:.1f}")
        return self.say("unit.b", n=f"{count:.0f}")

    def signed(self, seconds: float) -> str:
        """``+3.2 s``, ``-1 h 5 min``."""
        seconds = round(seconds, 1)
        sign = "+" if seconds > 0 else "-" if seconds < 0 else ""
        if abs(seconds) < 60:
            return f"{sign}{texts.text('console', 'unit.s', self._language, n=f'{abs(seconds):.1f}')}"
        return sign + self._teller.duration(abs(seconds))

    # What is wrong

    def attention(self, status: Mapping[str, Any], seen: Seen) -> Section:
        """Everything that is wrong, each with what to do; or that nothing is."""
        lines: list[Line] = []
        for trouble in troubles(status, seen):
            values = self._values(trouble)
            lines.append(Line("", self.say(f"trouble.{trouble.id}", **values), State.URGENT))
            lines.append(Line("", self.say(f"remedy.{trouble.id}", **values)))
        if not lines:
            id_ = "station.all-well" if status else "station.not-known"
            lines.append(Line("", self.say(id_), State.OK if status else State.NEVER))
        return Section("attention", self.say("station.attention"), tuple(lines))

    def _values(self, trouble: Trouble) -> dict[str, object]:
        """Numbers and stamps of a trouble in words."""
        values = dict(trouble.values)
        for name in ("since", "at"):
            if name in values:
                values[name] = self._teller.date_time(str(values[name] or ""))
        if "trouble" in values:
            values["trouble"] = reason(str(values["trouble"]), self._language)
        if "free" in values:
            values["free"] = self.size(float(str(values["free"])))
        for name, into in (("apart_s", "apart"), ("by_s", "by")):
            if name in values:
                seconds = float(str(values.pop(name)))
                values[into] = self.signed(seconds) if into == "by" else self.signed(abs(seconds)).lstrip("+")
        return values

    # How it stands

    def all(
        self, status: Mapping[str, Any], seen: Seen, here: datetime, contact_s: float | None, rates: Sequence[float]
    ) -> list[Section]:
        """Every section below what is wrong. ``here``: this computer's clock in the zone of the console."""
        made = (
            ("general", self._general(status)),
            ("adapters", self._adapters(status)),
            ("radio", self._radio(status)),
            ("flow", self._flow(status, rates)),
            ("disk", self._disk(status)),
            ("clock", self._clock(status, seen, here, contact_s)),
            ("work", self._work(status)),
        )
        return [Section(id_, self.say(f"station.{id_}"), tuple(lines)) for id_, lines in made]

    def _line(self, label: str, words: object) -> Line:
        return Line(self.say(f"station.{label}"), visible(str(words)))

    def _general(self, status: Mapping[str, Any]) -> Iterator[Line]:
        yield self._line("name", status.get("name") or status.get("node") or "–")
        yield self._line("node", status.get("node") or "–")
        yield self._line("version", status.get("version") or "–")
        mode = str(status.get("mode") or "live")
        known = texts.text("views", f"station.mode-{mode}", self._language)
        yield self._line("mode", mode if known == f"station.mode-{mode}" else known)
        started, uptime = status.get("started_at"), number(status, "uptime_s")
        if started:
            span = "" if uptime is None else f" ({self._teller.duration(uptime)})"
            yield self._line("up-since", self._teller.date_time(str(started)) + span)

    def _adapters(self, status: Mapping[str, Any]) -> Iterator[Line]:
        for one in endpoints(status):
            name = visible(f"{one.get('adapter', '')}/{one.get('protocol', '')}")
            opened = bool(one.get("open"))
            words = self.say(f"station.{_standing(one)}", address=address_of(one))
            yield Line(name, words, State.OK if opened or being_opened(one) else State.LOST)
        if not endpoints(status):
            yield Line("", self.say("station.no-adapters"))
        if (connections := number(status, "connections")) is not None:
            yield self._line("connections", f"{connections:.0f}")

    def _radio(self, status: Mapping[str, Any]) -> Iterator[Line]:
        for one in channels(status):
            name = visible(str(one.get("adapter", "")))
            yield from (
                Line("" if at else name, visible(words), None if at else State.LOST if one.get("jammed") else State.OK)
                for at, words in enumerate(told_of(one, self._teller))
            )

    def _flow(self, status: Mapping[str, Any], rates: Sequence[float]) -> Iterator[Line]:
        for name, value in part(status, "rates").items():
            if isinstance(value, int | float):
                yield self._counted("rate", name, f"{value:g}")
        if rates:
            yield self._line("history", f"{shades(rates)}  {self.say('station.most', n=f'{max(rates):g}')}")
        if (queued := number(status, "queued")) is not None:
            yield self._line("queued", f"{queued:.0f}")
        for name, value in part(status, "counters").items():
            if isinstance(value, int) and (value or name in ("arrivals", "stored")):
                yield self._counted("counter", name, str(value))

    def _disk(self, status: Mapping[str, Any]) -> Iterator[Line]:
        yield self._line("journal", status.get("journal") or "–")
        yield self._line("last-id", status.get("last_id", "–"))
        if (size := number(status, "journal_bytes")) is not None:
            yield self._line("journal-size", self.size(size))
        free, total = number(status, "disk_free_bytes"), number(status, "disk_total_bytes")
        if free is not None:
            of = f" / {self.size(total)} ({free / total:.0%})" if total else ""
            yield self._line("free", self.size(free) + of)
        if part(status, "disk"):
            yield Line("", self.say("station.disk-fails"), State.LOST)
        elif status.get("stalled"):
            yield Line("", self.say("station.disk-slow"), State.URGENT)
        elif status:
            yield Line("", self.say("station.disk-well"), State.OK)

    def _clock(self, status: Mapping[str, Any], seen: Seen, here: datetime, contact_s: float | None) -> Iterator[Line]:
        now = seen.now
        yield self._line("station-time", f"{now:%Y-%m-%d %H:%M:%S} {now.tzname() or ''}" if now else "–")
        yield self._line("console-time", f"{here:%Y-%m-%d %H:%M:%S}")
        yield self._line("apart", "–" if seen.apart_s is None else self.signed(seen.apart_s))
        clock = part(status, "clock")
        if (jumps := number(clock, "jumps")) is not None:
            by, at = number(clock, "last_jump_s"), clock.get("last_jump_at")
            last = f" ({self._teller.date_time(str(at))}, {self.signed(by)})" if at and by is not None else ""
            yield self._line("jumps", f"{jumps:.0f}{last}")
        yield self._line("contact", "–" if contact_s is None else self._teller.duration(contact_s))

    def _work(self, status: Mapping[str, Any]) -> Iterator[Line]:
        alarms = part(status, "alarms")
        if alarms:
            counts = self.say("station.alarm-counts", open=alarms.get("open", 0), ringing=alarms.get("ringing", 0))
            yield self._line("alarms", counts)
        paths = part(status, "paths")
        if paths:
            counts = self.say("paths.counts", **{name: paths.get(name, 0) for name in COUNTED})
            yield self._line("paths", counts)
        if (consoles := number(status, "consoles")) is not None:
            yield self._line("consoles", f"{consoles:.0f}")

    def _counted(self, kind: str, name: str, value: str) -> Line:
        """A number with its label; with its own name where it has none yet."""
        id_ = f"station.{kind}-{name}"
        label = texts.text("views", id_, self._language)
        return Line(visible(name.replace("_", " ") if label == id_ else label), value)


def _standing(endpoint: Mapping[str, Any]) -> str:
    """Which words say how an endpoint stands."""
    if being_opened(endpoint):
        return "connecting"
    if not endpoint.get("open"):
        return "closed"
    return "connected" if endpoint.get("connects") else "open"


def shades(rates: Sequence[float]) -> str:
    """One mark a measure, the more the darker; of nothing but zeros, dots."""
    most = max(rates, default=0.0)
    if most <= 0:
        return SHADES[0] * len(rates)
    steps = len(SHADES) - 1
    return "".join(SHADES[0 if rate <= 0 else max(1, min(steps, round(rate / most * steps)))] for rate in rates)


def drawn(section: Section, cells: int) -> Content:
    """A section as text: title, then lines with their labels in a column. Sentences are wrapped to ``cells``."""
    width = max((cell_len(line.label) for line in section.lines), default=0)
    parts: list[str | tuple[str, str]] = [(section.title, "bold underline")]
    for line in section.lines:
        label = line.label + " " * (width - cell_len(line.label) + 2) if width else ""
        style = f"$state-{line.state.value}-text" if line.state else ""
        marked = f"{look.mark(line.state)} {line.words}" if line.state else line.words
        if not width:
            marked = "\n".join(
                wrap(marked, max(cells, 20), initial_indent="" if line.state else _INDENT, subsequent_indent=_INDENT)
            )
        parts += ["\n", label, (marked, style) if style else marked]
    return Content.assemble(*parts)
