"""A whole call: what was heard, in the order of time, who said it, and the messages in it.

The receiver answers with tones, the panel with digits or data. A kissoff or an acknowledgement belongs to the message
before it. A panel that hears none says the same once more: that is one message, and the repetitions are counted. Only
what follows at once is a repetition: an alarm that is restored and comes again is another one. Source:
contact_id_and_sia.md 1.4, 2.2 and 6.3.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from protocols.model import Arrival, Dialect, Noise
from protocols.sia.blocks import BlockGrammar, parse
from protocols.telephone import digits, timing
from protocols.telephone.audio import RATE, Samples
from protocols.telephone.findings import BYTES, FINDINGS
from protocols.telephone.findings import DIGITS as NO_FORMAT
from protocols.telephone.listening import (
    ACKNOWLEDGE,
    ACKNOWLEDGE_DATA,
    ANSWER,
    BLOCK,
    DIALLED,
    DIGITS,
    HANDSHAKE,
    HANDSHAKE_SIA,
    KINDS,
    KISSOFF,
    LEAST_DIGITS,
    REJECT,
    TONE,
    UNREAD,
    Entry,
    Listening,
)
from protocols.telephone.sessions import CallSession

__all__ = ["KINDS", "Call", "Entry", "Message", "decode"]

_PANEL = frozenset((DIGITS, BLOCK, UNREAD))
_ANSWERS = frozenset((KISSOFF, ACKNOWLEDGE, ACKNOWLEDGE_DATA, REJECT, ANSWER))
_AFTERWARDS_S = 6.0
"""How long after a message a tone may still be its answer."""


class Message(Struct, frozen=True):
    """A message, or what is none."""

    item: Arrival | Noise
    start: float
    end: float
    said: int = 1
    """How many times; of SIA, its last block."""


class Call(Struct, frozen=True):
    """All of it."""

    seconds: float
    entries: tuple[Entry, ...]
    messages: tuple[Message, ...]
    """In the order in which they were first said."""


def decode(samples: Samples, *, dialect: Dialect = Dialect(), wall: float = 0.0) -> Call:  # noqa: B008 - immutable
    """What a recording (8000 samples a second) says. ``wall`` is when it was made, for times in SIA events.

    Never raises on any samples.
    """
    listening = Listening(samples)
    entries = sorted(listening.entries(), key=lambda one: one.start)
    _pair(entries)
    return Call(len(samples) / RATE, tuple(entries), tuple(_messages(entries, dialect, wall)))


# --- who answers whom ------------------------------------------------------------------------------------------------


def _pair(entries: list[Entry]) -> None:
    """Say of each tone what it is, of each message how it was answered and whether it was said before."""
    last: Entry | None = None
    for entry in entries:
        if entry.kind == TONE:
            _name(entry, last)
        if entry.kind in _PANEL and entry.panel:
            same = last is not None and last.raw == entry.raw and entry.kind == last.kind != UNREAD
            if last is not None and same:
                entry.again = last.again + 1
            last = entry
        elif entry.kind in _ANSWERS and last is not None:
            last.answer = entry
            entry.findings = timing.of_answer(entry.kind, last.end, entry.start, entry.end, entry.values)
        elif entry.kind in (HANDSHAKE, HANDSHAKE_SIA):
            entry.panel = False


def _name(entry: Entry, last: Entry | None) -> None:
    """A single tone, by what was said before it."""
    nominal, length = entry.values["nominal"], entry.end - entry.start
    waiting = last if last is not None and entry.start - last.end <= _AFTERWARDS_S else None
    if nominal == "1400" and waiting is not None and waiting.kind == DIGITS:
        entry.kind, entry.panel = KISSOFF, False
    elif nominal in ("2025", "1850") and waiting is not None and waiting.kind != DIGITS:
        entry.kind, entry.panel = (ACKNOWLEDGE_DATA if "mark" in entry.values else ACKNOWLEDGE), False
    elif nominal in ("2225", "1650"):
        if waiting is not None and waiting.kind != DIGITS:
            entry.kind, entry.panel = REJECT, False
        elif length >= 0.3:
            entry.kind, entry.panel = HANDSHAKE_SIA, False


# --- the messages ----------------------------------------------------------------------------------------------------


def _messages(entries: list[Entry], dialect: Dialect, wall: float) -> list[Message]:
    session = CallSession(dialect, wall)
    found: list[tuple[Arrival | Noise, list[int]]] = []
    hands = [index for index, entry in enumerate(entries) if entry.kind in (HANDSHAKE, HANDSHAKE_SIA)]
    # What came before the receiver was ready is the number that the panel called.
    ready = hands[0] if hands else 0
    for index, entry in enumerate(entries):
        if entry.again:
            continue
        if entry.kind == DIGITS and len(entry.raw) >= LEAST_DIGITS:
            item = digits.read(entry.values["digits"])
            if isinstance(item, Noise) and item.guess == NO_FORMAT and index < ready:
                entry.kind = DIALLED
            else:
                found.append((item, [index]))
        elif entry.kind == BLOCK:
            found += session.take(parse(entry.raw), entry.raw, index)
        elif entry.kind == UNREAD and entry.panel:
            found += session.damaged(entry.raw)
            guess = BlockGrammar().guess(entry.raw)
            found.append((Noise(entry.raw, guess if guess != "garbage" else BYTES, len(entry.raw)), [index]))
    found += session.end()
    found.sort(key=lambda one: entries[one[1][-1]].start)
    heard = any(entry.panel is False for entry in entries)
    made = []
    for number, (item, indices) in enumerate(found, 1):
        made.append(_message(item, number, indices, entries, heard=heard))
    return made


def _message(item: Arrival | Noise, number: int, indices: list[int], entries: list[Entry], *, heard: bool) -> Message:
    """A message with what is off about the sounds it was said in. ``heard``: the receiver is in the recording."""
    said, again = 1, False
    mine: list[Entry] = []
    for index in indices:
        times = 0
        for entry in entries[index:]:
            if entry is entries[index] or (times and entry.again == times and entry.raw == entries[index].raw):
                times += 1
                entry.message = number
                mine.append(entry)
            elif entry.kind in _PANEL and entry.panel:
                break
        said, again = times, again or times > 1
    answers = [entry.answer for entry in mine if entry.answer is not None]
    for answer in answers:
        answer.message = number
    findings = [finding for entry in (*mine, *answers) for finding in entry.findings]
    if again:
        findings.append(FINDINGS["telephone.message.repeated"])
    last = mine[-1]
    taken = last.answer is not None and last.answer.kind != REJECT
    if heard and isinstance(item, Arrival) and not taken and _asks(last):
        findings.append(FINDINGS["telephone.message.unanswered"])
    if isinstance(item, Arrival) and findings:
        item = replace(item, findings=tuple(dict.fromkeys((*item.findings, *findings))))
    return Message(item, mine[0].start, last.end, said)


def _asks(entry: Entry) -> bool:
    return entry.kind == DIGITS or (entry.kind == BLOCK and parse(entry.raw).wants_answer)
