"""All that is shown of a message to a person: who said it, its bytes and their meaning, events, departures, advice."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from protocols import catalogue, secrets
from protocols.capture import Gap, Note, Side
from protocols.catalogue import part_words, texts
from protocols.explanation import PLAIN, Explanation, Layer, Placed
from protocols.model import Arrival, Noise, Protection, Signal
from ptsn.decoding import layout
from ptsn.decoding.brief import kind, name, secret
from ptsn.decoding.keys import Known
from ptsn.decoding.layout import RANK
from ptsn.decoding.paint import Paint
from ptsn.decoding.record import moment
from ptsn.decoding.seen import ARROWS, Seen
from ptsn.decoding.waiting import Unanswered
from ptsn.decoding.words import advice, restored, say, severity
from ptsn.decoding.words import finding as here
from ptsn.render import clean


class Page:
    """Makes the lines for one reader."""

    def __init__(self, language: str, width: int, paint: Paint, known: Known = Known()) -> None:  # noqa: B008 - immutable
        self._language = language
        self._width = max(40, width)
        self._paint = paint
        self._known = known
        self._advised: set[str] = set()
        """Findings whose advice was given: once is enough."""

    def message(self, seen: Seen, explanation: Explanation, number: int) -> Iterator[str]:
        """The lines of one message, or of noise; ``number`` counts them."""
        item = seen.item
        yield from self._head(seen, number)
        noise = isinstance(item, Noise)
        if isinstance(item, Noise):
            yield from self._wrapped(f"?? {texts.noise(item.guess, self._language)}", layout.INDENT, "violation")
            if item.size > len(item.raw):
                yield layout.INDENT + say("noise.more", self._language, shown=len(item.raw), size=item.size)
        for text in restored(seen.restored, self._language):
            yield from self._wrapped(f"· {text}", layout.INDENT, "note")
        for layer in explanation.layers:
            if layer.name == PLAIN and isinstance(item, Arrival):
                yield ""
                yield layout.INDENT + secret(item, self._known, self._language)
            yield from self._layer(
                layout.masked(layer, seen.protocol if noise else None), explanation.findings, alone=noise
            )
        if isinstance(item, Arrival):
            if item.protection is Protection.FAILED:
                yield ""
                kind = "violation" if self._known.given else "note"
                yield from self._wrapped(secret(item, self._known, self._language), layout.INDENT, kind)
            events = [line for signal in item.signals for line in self._event(signal)]
            if events:
                yield ""
                yield from events
        if explanation.findings:
            yield ""
            for placed in sorted(explanation.findings, key=lambda one: -RANK[one.severity]):
                yield from self._finding(placed, explanation)
        yield ""

    def gap(self, gap: Gap) -> str:
        """A line where bytes are missing."""
        size = say("gap.size", self._language, size=gap.size) if gap.size else say("gap.unknown", self._language)
        where = f" ({self._number(gap.number, bool(gap.flow.ports))})" if gap.number else ""
        return self._paint("violation", f"!! {size}{where}")

    def unanswered(self, one: Unanswered) -> Iterator[str]:
        """The lines of a message to which nothing came back; its bytes were shown."""
        words = [f"#{one.count}"]
        if (at := moment(one.at)) is not None:
            words.append(at.replace("T", " "))
        words.append(f"{clean(one.panel)} {ARROWS[Side.PANEL]} {clean(one.station)}".strip())
        words += [clean(one.token) or "?", say("account", self._language, account=clean(one.account) or "-")]
        if one.sequence:
            words.append(say("brief.sequence", self._language, number=clean(one.sequence)))
        if one.number:
            words.append(f"({self._number(one.number, one.packets)})")
        yield from self._joined(words)
        yield from self._wrapped(f"-- {say('unanswered', self._language)}", layout.INDENT)

    def note(self, note: Note) -> str:
        """A note of the capture as a line."""
        return note_text(note, self._language)

    # --- the head ----------------------------------------------------------------------------------------------------

    def _head(self, seen: Seen, number: int) -> Iterator[str]:
        words = [f"#{number}"]
        if (at := moment(seen.at)) is not None:
            words.append(at.replace("T", " "))
        arrow = ARROWS[seen.side]
        peers = f"{clean(seen.panel)} {arrow} {clean(seen.station)}".strip()
        words.append(peers)
        item = seen.item
        if isinstance(item, Arrival):
            words.append(name(item))
            if item.account:
                words.append(say("account", self._language, account=clean(item.account)))
        if seen.number:
            words.append(f"({self._number(seen.number, bool(seen.flow.ports))})")
        for line in self._joined(words):
            yield self._paint("head", line)
        if isinstance(item, Arrival) and (what := kind(item, self._language)) is not None:
            yield from self._wrapped(what, layout.INDENT)
        if seen.context:
            context = clean(secrets.masked(seen.context), self._width - len(layout.INDENT) - 3)
            yield layout.INDENT + self._paint("dim", context)

    def _joined(self, words: Sequence[str]) -> Iterator[str]:
        """The words with two blanks between them, on as many lines as they need."""
        line = words[0]
        for word in words[1:]:
            if len(line) + 2 + len(word) > self._width:
                yield line
                line = layout.INDENT + word
            else:
                line += "  " + word
        yield line

    def _number(self, number: int, packet: bool = False) -> str:
        return say("place.packet" if packet else "place.line", self._language, number=number)

    # --- the bytes ---------------------------------------------------------------------------------------------------

    def _layer(self, layer: Layer, findings: Sequence[Placed], *, alone: bool) -> Iterator[str]:
        if not layer.parts:
            return
        yield ""
        yield from layout.rows(layer, self._width, self._paint)
        if alone and len(layer.parts) == 1:
            return
        yield ""
        marks: dict[int, str] = {}
        for placed in sorted(findings, key=lambda one: RANK[one.severity]):
            if placed.layer != layer.name:
                continue
            for index, part in enumerate(layer.parts):
                if part.start < max(placed.end, placed.start + 1) and placed.start < part.end:
                    marks[index] = placed.severity.value
        yield from layout.table(layer, marks, self._width, self._language, self._paint)

    # --- what it says ------------------------------------------------------------------------------------------------

    def _event(self, signal: Signal) -> Iterator[str]:
        language = self._language
        name = catalogue.name(signal.scheme.value, signal.code, signal.qualifier.value, language)
        words = [f"{clean(name)} ({clean(signal.code)})"]
        words.append(say("account", language, account=clean(signal.account) or "-"))
        if signal.partition:
            words.append(f"{catalogue.subject_name('partition', language)} {clean(signal.partition)}")
        if signal.number:
            words.append(f"{catalogue.subject_name(signal.subject or 'none', language)} {clean(signal.number)}")
        if signal.user and signal.user != signal.number:
            words.append(f"{catalogue.subject_name('user', language)} {clean(signal.user)}")
        if signal.text:
            words.append(f'"{clean(signal.text)}"')
        if at := moment(signal.occurred_at):
            words.append(say("event.at", language, time=at.replace("T", " ").replace(".000Z", "Z")))
        if signal.old:
            words.append(catalogue.state_name("old", language))
        if signal.latitude is not None and signal.longitude is not None:
            words.append(f"{signal.latitude:.6f}, {signal.longitude:.6f}")
        if signal.url:
            words.append(clean(signal.url))
        lines = textwrap.wrap("  ".join(words), self._width - 7) or [""]
        yield self._paint("event", f"{layout.INDENT}=> {lines[0]}")
        for line in lines[1:]:
            yield f"{layout.INDENT}   {line}"

    def _finding(self, placed: Placed, explanation: Explanation) -> Iterator[str]:
        language = self._language
        mark = layout.MARKS[placed.severity.value]
        where = self._where(placed, explanation)
        words = [severity(placed.severity.value, language), placed.id, *([where] if where else [])]
        first, *more = self._joined([f"{mark} {words[0]}", *words[1:]])
        yield first.replace(f"{mark} {words[0]}", self._paint(placed.severity.value, f"{mark} {words[0]}"), 1)
        yield from more
        yield from self._wrapped(here(placed.id, language), layout.INDENT)
        change = advice(placed.id, language)
        if change and placed.id not in self._advised:
            self._advised.add(placed.id)
            yield from self._wrapped(f"-> {change}", layout.INDENT)

    def _where(self, placed: Placed, explanation: Explanation) -> str:
        layer = next((one for one in explanation.layers if one.name == placed.layer), None)
        if layer is None:
            return ""
        part = next((one for one in layer.parts if one.start <= placed.start < one.end), None)
        label = "" if part is None else part_words.label(part.id, self._language)
        kind = "plain" if layer.name == PLAIN else "wire"
        last = max(placed.start, placed.end - 1)
        id_ = f"place.{kind}-byte" if last == placed.start else f"place.{kind}-bytes"
        where = say(id_, self._language, first=placed.start, last=last)
        return f"{where} ({label})" if label else where

    def _wrapped(self, text: str, indent: str, kind: str = "") -> Iterator[str]:
        further = indent + ("   " if text[:3].strip() in ("??", "·", "->") else "")
        lines = textwrap.wrap(text, self._width, initial_indent=indent, subsequent_indent=further)
        for line in lines:
            yield self._paint(kind, line) if kind else line


def note_text(note: Note, language: str) -> str:
    """A note of the capture in words, with its packet or line."""
    values = {name: clean(value) for name, value in note.values.items()}
    return say(note.id, language, **({"number": str(note.number)} | values))
