"""What a station answers on the wires where an answer is a byte or a word, and no message of its own grammar.

========================  =====================================================
protocol                  answers
========================  =====================================================
surgard, d6500, mx8000    06, 15; naive stations write ``ACK``, ``NAK``
ademco685                 the same, and ``S``, which asks for the line's state
osborne-hoffman           ``ACK``, ``NAK``, bare or in quotes
sia                       blocks, which its own end reads; in the lines of Texecom ``2 06``, ``[P] 00 minutes 06``;
                          ``P#`` of a poll; 08 and 09 of old modules
========================  =====================================================

The answers of d6600 and dc09 are messages like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from protocols.explanation import WIRE, Explanation, LayerBuilder
from protocols.lines.scanning import MORE, Scanner
from protocols.model import Arrival, ArrivalKind, Noise

POSITIVE, NEGATIVE, QUESTION = "ACK", "NAK", "S"
_FILLER = b"\0\r\n"
_WORDS = rb"(?P<yes>\x06|ACK)(?:\r\n?|\n)?|(?P<no>\x15|NACK|NAK)(?:\r\n?|\n)?"
_SHAPES = {
    "surgard": _WORDS,
    "d6500": _WORDS,
    "mx8000": _WORDS,
    "ademco685": _WORDS + rb"|(?P<ask>S)",
    "osborne-hoffman": rb"\"(?:(?P<yes>ACK)|(?P<no>NAK|NACK|DUH))\"(?:\r\n?)?"
    rb"|(?P<yes2>ACK)\r?\n?|(?P<no2>NACK|NAK)\r?\n?",
    "sia": rb"(?:\[P\]\0[\x00-\xff]|[23])(?:(?P<yes>\x06)|(?P<no>\x15))\r\n|(?P<yes2>P#[0-9A-Fa-f]{0,16}\r?\n|\x08)"
    rb"|(?P<no2>\x09)",
}
_matches = {name: re.compile(shape, re.DOTALL).match for name, shape in _SHAPES.items()}
_LONGEST = 24
_PARTS = {POSITIVE: "answer.positive", NEGATIVE: "answer.negative", QUESTION: "answer.question"}


class _Grammar:
    """Implements :class:`protocols.lines.scanning.Grammar` for the answers of one protocol."""

    filler = _FILLER
    longest = _LONGEST

    def __init__(self, protocol: str) -> None:
        self._match = _matches[protocol]

    def seek(self, buffer: bytes, at: int) -> int:
        """The first offset of an answer; of what may become one, at the end of what there is."""
        while at < len(buffer) and self._match(buffer, at) is None and not self._may_begin(buffer, at):
            at += 1
        return at

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of the answer."""
        found = self._match(buffer, at)
        if found is not None:
            return found.end() - at
        return 0 if final or not self._may_begin(buffer, at) else MORE

    def guess(self, raw: bytes) -> str:
        """Nothing tells one piece of noise from another here."""
        return "garbage"

    def _may_begin(self, buffer: bytes, at: int) -> bool:
        return len(buffer) - at < 8 and buffer[at : at + 1] in (b"A", b"N", b'"', b"[", b"2", b"3", b"P")


class Answers:
    """The station's side of a stream of ``protocol``."""

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._scanner = Scanner(_Grammar(protocol))

    def feed(self, data: bytes) -> Iterator[Arrival | Noise]:
        """What is complete with ``data``."""
        self._scanner.feed(data)
        yield from self._drain(final=False)

    def close(self) -> Iterator[Arrival | Noise]:
        """What is left at the end."""
        yield from self._drain(final=True)

    def _drain(self, *, final: bool) -> Iterator[Arrival | Noise]:
        while (found := self._scanner.next(final)) is not None:
            if isinstance(found, Noise):
                yield found
            else:
                yield _arrival(self._protocol, found.raw)


def has(protocol: str) -> bool:
    """Whether the answers of a protocol are read here."""
    return protocol in _matches


def split(protocol: str, raw: bytes) -> list[Arrival]:
    """The answers of which bytes among messages consist; none where they are anything else, too."""
    if protocol not in _matches:
        return []
    found: list[Arrival] = []
    for item in _whole(protocol, raw):
        if isinstance(item, Noise):
            return []
        found.append(item)
    return found


def front(protocol: str, raw: bytes) -> tuple[list[Arrival], bytes]:
    """The answers that bytes begin with, and what stands behind them."""
    match = _matches.get(protocol)
    found: list[Arrival] = []
    at = 0
    while match is not None:
        at += len(raw[at:]) - len(raw[at:].lstrip(_FILLER))
        answer = match(raw, at)
        if answer is None:
            break
        found.append(_arrival(protocol, answer[0]))
        at = answer.end()
    return found, raw[at:]


def explain(item: Arrival) -> Explanation | None:
    """The parts of an answer that is read here; None for every other message."""
    match = _matches.get(item.protocol)
    found = match(item.raw) if match is not None and item.kind is ArrivalKind.ANSWER else None
    if found is None or found.end() != len(item.raw):
        return None
    layer = LayerBuilder(WIRE, item.raw)
    layer.part(_PARTS[item.token], len(item.raw), item.token)
    return Explanation(item.protocol, (layer.layer(),))


def _whole(protocol: str, raw: bytes) -> Iterator[Arrival | Noise]:
    answers = Answers(protocol)
    yield from answers.feed(raw)
    yield from answers.close()


def _arrival(protocol: str, raw: bytes) -> Arrival:
    found = _matches[protocol](raw)
    name = "" if found is None else found.lastgroup or ""
    token = POSITIVE if name.startswith("yes") else NEGATIVE if name.startswith("no") else QUESTION
    return Arrival(raw=raw, protocol=protocol, kind=ArrivalKind.ANSWER, token=token)
