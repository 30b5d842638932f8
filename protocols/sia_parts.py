"""SIA event text (DC-03) character by character: what :func:`protocols.sia_text.read` makes of each.

Nothing is read a second time: the reader itself tells what stands where. What it passed over is ``sia.rest``.

==================  ====================================================  ============================================
part                value                                                 values
==================  ====================================================  ============================================
``sia.function``    letter of a block: ``N`` ``O`` ``E`` ``A``
``sia.modifier``    as sent                                               ``name``: ``ri`` ``ti`` ...
``sia.event``       the code                                              ``scheme`` ``code`` ``qualifier`` ``subject``
``sia.address``     as sent                                               ``subject``
``sia.units``       the number                                            ``unit``
``sia.text``        the text                                              ``of``: ``event`` or a modifier; ``form``
``sia.separator``   what stands between packets
``sia.block``       the bar between blocks
``sia.other``       a block that says nothing that happened               ``function``: its letter
``sia.rest``        what could not be read, or was not read any more
==================  ====================================================  ============================================

Events, addresses, units and their texts also have ``event``: the number of their signal, from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from protocols import catalogue, sia_text
from protocols.explanation import Part, Pieces
from protocols.model import Signal
from protocols.sia_findings import PARTS, VENDOR_CODES

_separators = re.compile(r" */[/ ]*|\A +| +\Z").finditer
_AREAS = ("pi", "pm")
_TIMES = ("ti", "da")


class _Trace:
    """What the reader tells of one content."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int, Any]] = []
        self.findings: list[tuple[str, int, int, str]] = []

    def __call__(self, what: str, start: int, end: int, about: Any) -> None:
        if what == "block":  # read anew
            self.told = [one for one in self.told if not start <= one[1] < end]
            self.findings = [one for one in self.findings if not start <= one[1] < end]
        elif what == "finding":
            self.findings.append((what, start, end, about))
        elif start < end:
            self.told.append((what, start, end, about))


def parts(content: str, *, hexadecimal: bool = False) -> Pieces:
    """The parts of a content, and where its findings show. Offsets count characters. Never raises.

    ``hexadecimal`` as in :func:`protocols.sia_text.read`.
    """
    trace = _Trace()
    signals, found = sia_text.read(
        content, "", sent_at=None, now_wall=0.0, time_zone="UTC", hexadecimal=hexadecimal, trace=trace
    )
    made: list[Part] = []
    at = number = 0
    for what, start, end, about in sorted(trace.told, key=lambda one: one[1]):
        if what == "event":
            number += 1
        if number > len(signals):
            break  # more than are taken from one message
        made += _unread(content, at, start)
        made.append(_part(what, content[start:end], start, end, about, number, signals))
        at = end
    made += _unread(content, at, len(content))
    places: dict[str, tuple[int, int]] = {}
    told = {id_: (start, end) for _, start, end, id_ in reversed(trace.findings)}
    for finding in found:
        if finding.id in told:
            places[finding.id] = told[finding.id]
        elif (part := _where(finding.id, made)) is not None:
            places[finding.id] = (part.start, part.end)
    return Pieces(tuple(made), places)


def _part(what: str, text: str, start: int, end: int, about: Any, number: int, signals: tuple[Signal, ...]) -> Part:
    values = {"event": str(number)} if number else {}
    value = text
    if what in ("event", "address"):
        signal = signals[number - 1]
        if what == "event":
            value = signal.code
            values |= {"scheme": "sia", "code": signal.code, "qualifier": signal.qualifier.value}
        values["subject"] = signal.subject
    elif what == "modifier":
        values, value = {"name": about[0]}, about[1]
    elif what == "units":
        value, values["unit"] = about
    elif what == "text":
        of, form, value = about
        values = (values if of == "event" else {}) | {"of": of, "form": form}
    elif what == "function":
        values = {}
    elif what == "other":
        values = {"function": about}
    return Part(f"sia.{what}", start, end, value, values)


def _unread(content: str, start: int, end: int) -> list[Part]:
    """Parts of what the reader passed over: bars, separators, and what it could not read."""
    made: list[Part] = []
    while start < end:
        bar = content.find("|", start, end)
        stop = end if bar < 0 else bar
        made += _packets(content[start:stop], start)
        if bar >= 0:
            made.append(Part("sia.block", bar, bar + 1))
        start = stop + 1
    return made


def _packets(text: str, base: int) -> Iterator[Part]:
    """Separators, and what stands between them. ``base`` is where the text begins in the content."""
    at = 0
    for match in _separators(text):
        start, end = match.span()
        if start > at:
            yield Part("sia.rest", base + at, base + start, text[at:start])
        yield Part("sia.separator", base + start, base + end)
        at = end
    if at < len(text):
        yield Part("sia.rest", base + at, base + len(text), text[at:])


def _where(id_: str, made: list[Part]) -> Part | None:
    """The part that a finding is about, where the reader did not tell."""
    of_kind = [part for part in made if part.id == PARTS[id_]]
    if id_ == "sia.code-unknown":
        of_kind = [part for part in of_kind if not catalogue.known("sia", part.value)]
    elif id_ == "sia.code-vendor":
        of_kind = [part for part in of_kind if part.value in VENDOR_CODES]
    elif id_ == "sia.pi-as-area":
        of_kind = [part for part in of_kind if part.values["name"] in _AREAS]
    elif id_.startswith("sia.time."):
        of_kind = [part for part in of_kind if part.values["name"] in _TIMES]
    elif id_ in ("sia.modifier.after-event", "sia.modifier.unused"):
        of_kind = _behind(made)
    elif id_ == "sia.text.before-event":
        of_kind = [part for part in of_kind if part.values["form"] == "block"]
    return of_kind[0] if of_kind else None


def _behind(made: list[Part]) -> list[Part]:
    """Modifiers that stand behind the last event of their block."""
    found: list[Part] = []
    block: list[Part] = []
    events = False
    for part in [*made, Part("sia.block", 0, 0)]:
        if part.id == "sia.event":
            events, block = True, []
        elif part.id == "sia.modifier":
            block.append(part)
        elif part.id == "sia.block":
            found += block if events else []
            events, block = False, []
    return found
