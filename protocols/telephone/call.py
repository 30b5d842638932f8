"""A whole call: what was heard, in the order of time, who said it, and the messages in it.

The receiver answers with tones, the panel with digits or data. A kissoff or an acknowledgement belongs to the message
before it. A panel that hears none says the same once more: that is one message, and the repetitions are counted. Only
what follows at once is a repetition: an alarm that is restored and comes again is another one. Source:
contact_id_and_sia.md 1.4, 2.2 and 6.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from protocols.lines.scanning import Found, Scanner
from protocols.model import Arrival, Dialect, Finding, Noise
from protocols.sia.blocks import BlockGrammar, parse
from protocols.telephone import digits, dtmf, fsk, single, timing
from protocols.telephone.audio import RATE, Samples
from protocols.telephone.dtmf import Digit
from protocols.telephone.findings import BYTES, FINDINGS
from protocols.telephone.findings import DIGITS as NO_FORMAT
from protocols.telephone.fsk import Data
from protocols.telephone.sessions import CallSession
from protocols.telephone.single import Tone
from protocols.telephone.spectrum import analyse

HANDSHAKE, HANDSHAKE_SIA, KISSOFF = "handshake.contact-id", "handshake.sia", "kissoff"
ACKNOWLEDGE, ACKNOWLEDGE_DATA, REJECT = "acknowledge", "acknowledge.data", "reject"
DIGITS, DIALLED, BLOCK, ANSWER, UNREAD, TONE = "digits", "dialled", "block", "block.answer", "bytes", "tone"
KINDS = (
    *(HANDSHAKE, HANDSHAKE_SIA, KISSOFF, ACKNOWLEDGE, ACKNOWLEDGE_DATA, REJECT),
    *(DIGITS, DIALLED, BLOCK, ANSWER, UNREAD, TONE),
)
"""What an entry may be; an answer is a block of the receiver."""
_PANEL = frozenset((DIGITS, BLOCK, UNREAD))
_ANSWERS = frozenset((KISSOFF, ACKNOWLEDGE, ACKNOWLEDGE_DATA, REJECT, ANSWER))
MESSAGE_GAP_S = 1.0
"""Silence between two digits that parts two messages; a kissoff in between does so, too."""
_LEAST_DIGITS = 3
"""Fewer are speech, or a caller's keys, and shown without being a message."""
_AFTERWARDS_S = 6.0
"""How long after a message a tone may still be its answer."""
_PAIR_S = 0.3
"""Longest tone of a handshake, and longest pause in it."""
_LEAST_TONE_S = 0.08


class Entry(Struct):
    """Something that was heard."""

    kind: str
    start: float
    end: float
    """Seconds from the beginning of the recording."""
    panel: bool | None
    """Who said it: the panel, the receiver, or that is not known."""
    values: dict[str, str] = {}
    """For its words: digits, bytes in hex, frequencies and lengths."""
    raw: bytes = b""
    findings: tuple[Finding, ...] = ()
    message: int = 0
    """The number of the message it is a part of, from 1; 0 for none."""
    again: int = 0
    """How many times the same was said before."""
    answer: Entry | None = None
    """What the receiver said to it."""


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
    listening = _Listening(samples)
    entries = sorted(listening.entries(), key=lambda one: one.start)
    _pair(entries)
    return Call(len(samples) / RATE, tuple(entries), tuple(_messages(entries, dialect, wall)))


class _Listening:
    """What is heard, each sort by itself."""

    def __init__(self, samples: Samples) -> None:
        frames = analyse(samples, fsk.WANTED)
        heard = dtmf.find(samples)
        tones = [one for one in single.find(frames) if not any(_over(one, digit) for digit in heard)]
        # A digit or two may be data that sounds like some; a message of digits is no data.
        mute = [(one.start, one.end) for group in _groups(heard, ()) for one in group if len(group) >= _LEAST_DIGITS]
        mute += [(one.start, one.end) for one in tones if one.nominal in (1400, 2300)]
        self.data = fsk.find(samples, frames, mute)
        self.digits = [
            one for one in heard if not any(data.start < one.end and one.start < data.end for data in self.data)
        ]
        self.tones = [one for one in tones if not any(_over(one, data) and _in_band(one, data) for data in self.data)]

    def entries(self) -> Iterator[Entry]:
        """All of it, unordered."""
        parts = [one.start for one in self.tones if one.nominal in (1400, 2300)]
        for group in _groups(self.digits, parts):
            yield _of_digits(group)
        for data in self.data:
            yield from _of_data(data)
        tones = self.tones
        at = 0
        while at < len(tones):
            size, entry = _of_tones(tones, at)
            at += size
            if entry is not None:
                yield entry


def _over(tone: Tone, other: Digit | Data) -> bool:
    """Whether most of a tone sounds while something else does."""
    return min(tone.end, other.end) - max(tone.start, other.start) > 0.5 * tone.length


def _in_band(tone: Tone, data: Data) -> bool:
    return min(abs(tone.frequency - one) for one in (data.plan.mark, data.plan.space)) < 60


# --- one sort by one -------------------------------------------------------------------------------------------------


def _groups(heard: Sequence[Digit], parts: Sequence[float]) -> Iterator[list[Digit]]:
    """The digits of each message. ``parts``: when tones began that part messages."""
    group: list[Digit] = []
    for digit in heard:
        if group:
            before = group[-1].end
            if digit.start - before > MESSAGE_GAP_S or any(before <= at <= digit.start for at in parts):
                yield group
                group = []
        group.append(digit)
    if group:
        yield group


def _of_digits(group: Sequence[Digit]) -> Entry:
    text = "".join(one.digit for one in group)
    return Entry(
        DIGITS,
        group[0].start,
        group[-1].end,
        True,
        {"digits": text, "count": str(len(text)), **timing.pace(group)},
        raw=text.encode("ascii"),
        findings=timing.of_digits(group),
    )


def _of_data(data: Data) -> Iterator[Entry]:
    scanner = Scanner(BlockGrammar())
    scanner.feed(data.data)
    findings = timing.of_data(data)
    at = 0
    byte_s = 10 / data.speed
    while (found := scanner.next(final=True)) is not None:
        size = len(found.raw) if isinstance(found, Found) else found.size
        if isinstance(found, Found):
            at += len(found.filler)
        first, last = data.times[at], data.times[min(at + size, len(data.times)) - 1] + byte_s
        shown = {"bytes": found.raw.hex(" ").upper(), "plan": data.plan.name.title(), "speed": str(data.speed)}
        at += size
        if isinstance(found, Found):
            yield Entry(BLOCK if data.panel else ANSWER, first, last, data.panel, shown, found.raw, findings)
        elif size >= fsk.LEAST_BYTES:
            yield Entry(UNREAD, first, last, data.panel, shown, found.raw, findings)


def _of_tones(tones: Sequence[Tone], at: int) -> tuple[int, Entry | None]:
    """The entry that begins with a tone, and how many tones it is."""
    tone = tones[at]
    behind = tones[at + 1] if at + 1 < len(tones) else None
    near = behind is not None and behind.start - tone.end <= _PAIR_S and behind.length <= _PAIR_S
    if tone.nominal == 1400 and behind is not None and near and behind.nominal == 2300 and tone.length <= _PAIR_S:
        values = {"first": _ms(tone.length), "pause": _ms(behind.start - tone.end), "second": _ms(behind.length)}
        findings = timing.of_handshake(tone, behind)
        return 2, Entry(HANDSHAKE, tone.start, behind.end, False, values, findings=findings)
    if tone.length < _LEAST_TONE_S:
        return 1, None
    values = {"frequency": f"{tone.frequency:.0f}", "length": _ms(tone.length), "nominal": str(tone.nominal)}
    if tone.nominal in (2025, 1850) and behind is not None and near and behind.nominal in (2225, 1650):
        return 2, Entry(TONE, tone.start, behind.end, None, {**values, "mark": _ms(behind.length)})
    return 1, Entry(TONE, tone.start, tone.end, None, values)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


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
        if entry.kind == DIGITS and len(entry.raw) >= _LEAST_DIGITS:
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
