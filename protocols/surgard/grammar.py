"""What a Sur-Gard line looks like: small named regular expressions, and where a line begins and ends in a stream.

Sources: automation_lines.md A.1 and contact_id_and_sia.md 4.3. A line has an identifier, the receiver number (two
digits), the line number (one character on an MLR2, three digits on an MLR2000 or System), and columns of fixed width::

    1  heartbeat  1RRL           @          11 blanks, @, 4 blanks
    1  basic      1RRL    AAAAAA XGYYY      X event letter, G area, YYY code, zone or user
    3  sia1       3RRL    AAAAAAXXYYYY
    4  caller     4RRLAAAAAALLLTTTTTTT
    5  contact-id 5RRL 18AAAAQXYZGGCCC      Q is E, R or P
    6  modem2     6RRL      AAAAXXYYYY
    8  high-speed 8RRLAAAA CCCC CCCC S
    9  superfast  9RRL    AAAACCCCCCCC
    S  text       SRRL[#AAAA|blocks]
    0  internal   0RRL[#0000|Nxx####]

Behind any of them but the heartbeat a clock may stand, ``HH:MM:SS-dd/mm``. All but the last two and those with wide
accounts have 20 characters (22 with three digits of a line number). Then comes DC4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from protocols.lines.scanning import MORE, READY

DC4 = b"\x14"
FILLER = b"\0\r\n\x14"
LONGEST = 1024
"""Bytes of the longest line; texts make the others of two hundred or so look short."""
OPAQUE = b"ACDFTUV"
"""Identifiers of lines that say nothing that happened: telephone numbers, and formats without a table."""

_terminator = re.compile(rb"\x14\0{0,8}|\r\n?\0{0,8}|\n\0{0,8}|\0{1,8}").match
_start = re.compile(rb"[0-9A-Z](?:[0-9A-F](?:[0-9A-F](?:[0-9A-Za-z]|\Z)|\Z)|\Z)").search
_head = re.compile(rb"[0-9A-Z][0-9A-F]{2}[0-9A-Za-z]").match

_HEX = rb"[0-9A-Fa-f]"
_CLOCK = rb"(?P<clock> ?[0-9]{2}:[0-9]{2}:[0-9]{2}-[0-9]{2}/[0-9]{2})?"
_LINES = {1: rb"(?P<line>[0-9A-Za-z])", 2: rb"(?P<line>[0-9]{2})", 3: rb"(?P<line>[0-9]{3})"}


def _column(width: int) -> bytes:
    """An account at the right of a column."""
    return rb"(?P<account>" + b"|".join(b" {%d}%s{%d}" % (width - n, _HEX, n) for n in range(width, 0, -1)) + rb")"


_BODIES = {
    "heartbeat": rb"(?P<before> {4,20})(?P<beat>@)(?P<after> {0,8})",
    "basic": _column(10) + rb" (?P<event>[ -~])(?P<area>[ 0-9A-F])(?P<number>[ 0-9A-Z]{3})",
    "sia1": _column(10) + rb"(?P<code>[A-Z]{2})(?P<number>[ 0-9A-F]{4})",
    "caller": rb"(?P<account>[ 0-9A-F]{6})(?P<phone>[ -~]{10})",
    "contact-id": rb"(?P<space> ?)(?P<type>18|98)(?P<gap> {0,6})(?P<account>" + _HEX + rb"{1,10})"
    rb"(?P<qualifier>[ERPS]|[136](?!E))(?P<code>[0-9A-F]{3})(?P<partition>[0-9A-F]{2})(?P<number>[0-9A-F]{3})",
    "modem2": _column(10) + rb"(?P<code>[!-~]{2})(?P<number>[ 0-9A-Z]{4})",
    "high-speed": _column(4) + rb" (?P<channels>[ 0-9A-F]{4} [ 0-9A-F]{4}) (?P<status>[ 0-9A-F])",
    "superfast": _column(8) + rb"(?P<code>[0-9A-F]{8})",
    "text": rb" ?(?P<open>\[#)(?P<account>[ 0-9A-Za-z]{1,16})(?P<bar>\|?)(?P<data>[^\]\x00-\x1f]*)(?P<close>\])",
    "internal": rb" ?(?P<open>\[#)(?P<account>0{1,16})(?P<bar>\|?)(?P<data>[^\]\x00-\x1f]*)(?P<close>\])",
    "text-with-brackets": rb" ?(?P<open>\[#)(?P<account>[ 0-9A-Za-z]{1,16})(?P<bar>\|)(?P<data>[^\x00-\x1f]*)"
    rb"(?P<close>\])",
}
_IDENTIFIERS = {
    b"1": ("heartbeat", "basic"),
    b"3": ("sia1",),
    b"4": ("caller",),
    b"5": ("contact-id",),
    b"6": ("modem2",),
    b"8": ("high-speed",),
    b"9": ("superfast",),
    b"S": ("text",),
    b"0": ("internal",),
}
_patterns = {
    (name, digits): re.compile(
        rb"(?P<format>"
        + identifier
        + rb")(?P<receiver>[0-9A-F]{2})"
        + line
        + _BODIES[name]
        + (b"" if name == "heartbeat" else _CLOCK)
    ).fullmatch
    for identifier, names in (*_IDENTIFIERS.items(), (b"S", ("text-with-brackets",)))
    for name in names
    for digits, line in _LINES.items()
}
_unlike = re.compile(
    rb"(?:[13469][0-9]{2}(?:[0-9A-Z]|[0-9]{2,3}) {4}|8[0-9]{2}(?:[0-9A-Z]|[0-9]{2,3})[ 0-9A-F]{4} |"
    rb"5[0-9]{2}(?:[0-9A-Z]|[0-9]{2,3}) ?(?:18|98)|[S0][0-9]{2}(?:[0-9A-Z]|[0-9]{2,3}) ?\[#|"
    rb"[27A-RT-Z][0-9]{2}[0-9A-Z])"
).match
"""How a line begins that is one although its body cannot be read."""
_WIDTHS = {0: (1, 3, 2), 1: (1, 3, 2), 2: (2, 1, 3), 3: (3, 1, 2)}
_CLOCKS = (0, 14, 15)
_FIXED = tuple(19 + digits + clock for clock in _CLOCKS for digits in (1, 3, 2))
_CONTACT_ID = tuple(
    dict.fromkeys((*_FIXED, 19, 21, *range(19, 32), *(size + clock for clock in _CLOCKS[1:] for size in range(19, 32))))
)
_MOST_BRACKETS = 64
_LONGEST_END = 46
"""Bytes of the longest line without brackets."""


class Form(Struct, frozen=True, gc=False):
    """A line that its grammar has read."""

    name: str
    """A name of the table above."""
    match: re.Match[bytes]
    """The fields by name; spans count bytes of the line."""


def parse(text: bytes, digits: int = 0) -> Form | None:
    """A line without its terminator; None where it fits no format. ``digits`` is the expected width of line numbers.

    Where a message leaves it open how wide the line number is, that is taken which leaves an account of four digits.
    """
    found = None
    for name in _IDENTIFIERS.get(text[:1], ()):
        for width in _WIDTHS[digits]:
            match = _patterns[name, width](text)
            if match is None:
                continue
            if name != "contact-id":
                return Form(name, match)
            account = len(match["account"]) + len(match["gap"])
            if match["space"] or len(match["account"]) == 4 or width == digits:
                return Form(name, match) if account >= 4 else None
            if account >= 4:
                found = found or Form(name, match)
    return found


def parse_whole(text: bytes, digits: int = 0) -> Form | None:
    """As :func:`parse`, of what is certainly one line: then a text may hold brackets."""
    form = parse(text, digits)
    if form is None and text[:1] == b"S":
        for width in _WIDTHS[digits]:
            match = _patterns["text-with-brackets", width](text)
            if match is not None:
                return Form("text", match)
    return form


def _sizes(text: bytes, at: int) -> Iterator[int]:
    """How long a line that begins at ``at`` may be, the usual lengths first."""
    first = text[at : at + 1]
    if first == b"5":
        yield from _CONTACT_ID
    elif first in (b"S", b"0"):
        close = text.find(b"]", at)
        for _ in range(_MOST_BRACKETS):
            if close < 0:
                return
            for clock in _CLOCKS:
                yield close + 1 + clock - at
            close = text.find(b"]", close + 1)
    else:
        yield from _FIXED


def first_of(text: bytes, digits: int = 0) -> int:
    """Size of the first line where the text is nothing but whole lines, one or several without anything between; or 0.

    Equal copies are tried first: that is what a sender without an answer leaves.
    """
    if _head(text) is None:
        return 0
    size = len(text)
    if parse(text, digits) is not None:
        return size
    # What follows is dear; most texts that are no line end here.
    if (text[:1] in b"S0" and b"]" not in text) or not _ends_in_line(text, digits):
        return 0
    for copies in range(2, size // 18 + 1):
        each, rest = divmod(size, copies)
        if not rest and text[:each] * copies == text and parse(text[:each], digits) is not None:
            return each
    dead: set[int] = set()
    path = [(0, _continuations(text, 0, digits))]
    while path:
        at, ends = path[-1]
        end = next((end for end in ends if end not in dead), None)
        if end is None:
            dead.add(at)
            path.pop()
        elif end == size:
            return path[1][0] if len(path) > 1 else size
        else:
            path.append((end, _continuations(text, end, digits)))
    return 0


def _continuations(text: bytes, at: int, digits: int) -> Iterator[int]:
    """Where a whole line that begins at ``at`` may end."""
    for size in _sizes(text, at):
        end = at + size
        if end <= len(text) and parse(text[at:end], digits) is not None:
            yield end


def _ends_in_line(text: bytes, digits: int) -> bool:
    """Whether a whole line stands at the end of a text, behind something else."""
    if _is_line_at_end(text[max(1, len(text) - _LONGEST_END) :], digits):
        return True
    bracket = text.rfind(b"[#")
    starts = range(max(1, bracket - 7), bracket - 3) if bracket > 0 else ()
    return any(parse(text[start:], digits) is not None for start in starts if _head(text, start))


@lru_cache(maxsize=16)
def _is_line_at_end(end: bytes, digits: int) -> bool:
    """Whether a text ends in a whole line. Remembered: of a flood of noise every byte asks it anew of the same end."""
    return any(parse(end[start:], digits) is not None for start in range(len(end) - 18) if _head(end, start))


class Lines:
    """Where lines begin and end; a :class:`protocols.lines.scanning.Grammar`."""

    filler = FILLER
    longest = LONGEST

    def __init__(self, digits: int = 0) -> None:
        self.digits = digits
        """Expected width of line numbers; 0 to tell by the message."""

    def seek(self, buffer: bytes, at: int) -> int:
        """The first offset where an identifier and two digits stand."""
        found = _start(buffer, at)
        return len(buffer) if found is None else found.start()

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of the line with its terminator, 0, MORE, or READY for a line that may lack nothing but that."""
        end = at + LONGEST
        for byte in (DC4, b"\r", b"\n", b"\0"):  # quicker than an expression, which matters in a flood of noise
            found = buffer.find(byte, at, end)
            end = end if found < 0 else found
        stop = _terminator(buffer, end)
        if stop is None:
            if len(buffer) - at > LONGEST:
                return 0
            if not final and len(buffer) - at < _FIXED[0] - 1 and not buffer.endswith(b"]"):
                return MORE  # shorter than any line: serial ports hand out byte by byte
            size = self._first(buffer, at, len(buffer))
            if final:
                return size
            return READY if size and self._usual(buffer[at : at + size]) else MORE
        size = self._first(buffer, at, stop.start())
        if at + size == stop.start():
            return stop.end() - at
        if size or stop[0][:1] != DC4:
            return size
        text = buffer[at : stop.start()]
        if _unlike(text) is None or _ends_in_line(text, self.digits):
            return 0
        return stop.end() - at

    def _first(self, buffer: bytes, at: int, end: int) -> int:
        """Size of the first of the lines that fill the buffer from ``at`` to ``end``, or 0."""
        if buffer[at : at + 1] == b"0" and buffer[max(0, at - 1) : at].isalnum():
            return 0  # the end of another protocol's header
        return first_of(buffer[at:end], self.digits)

    def _usual(self, text: bytes) -> bool:
        """Whether a line is unlikely to be the beginning of a longer one, as one with a wide account may be."""
        form = parse(text, self.digits)
        if form is None or form.name != "contact-id":
            return form is not None
        return len(form.match["account"]) == 4 and form.match["qualifier"] in b"ERP"

    def guess(self, raw: bytes) -> str:
        """Nothing tells one piece of noise from another here."""
        return "garbage"
