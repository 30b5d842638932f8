"""What is heard in a recording: digits, data and tones, each sort by itself, as entries in no order.

Who said them, and what a tone stands for, only the order of time tells (:mod:`protocols.telephone.call`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from protocols.lines.scanning import Found, Scanner
from protocols.model import Finding
from protocols.sia.blocks import BlockGrammar
from protocols.telephone import dtmf, fsk, single, timing
from protocols.telephone.audio import Samples
from protocols.telephone.dtmf import Digit
from protocols.telephone.fsk import Data
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
MESSAGE_GAP_S = 1.0
"""Silence between two digits that parts two messages; a kissoff in between does so, too."""
LEAST_DIGITS = 3
"""Fewer are speech, or a caller's keys, and shown without being a message."""
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


class Listening:
    """What is heard, each sort by itself."""

    def __init__(self, samples: Samples) -> None:
        frames = analyse(samples, fsk.WANTED)
        heard = dtmf.find(samples)
        tones = [one for one in single.find(frames) if not any(_over(one, digit) for digit in heard)]
        # A digit or two may be data that sounds like some; a message of digits is no data.
        mute = [(one.start, one.end) for group in _groups(heard, ()) for one in group if len(group) >= LEAST_DIGITS]
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
