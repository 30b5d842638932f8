"""What a message looks like from outside, for finding it within other text.

Of the wires only DC-09 is looked for so far: its frames begin with eight hex digits and a quote, or with two raw bytes,
four hex digits and a quote, and say how long they are. Whether a frame is right is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_HEX = rb"[0-9A-Fa-f]"
HEAD = re.compile(rb"\n(?:%b{4}|..)(0%b{3})\"" % (_HEX, _HEX), re.DOTALL)
"""LF, CRC, length and the opening quote."""
BARE_HEAD = re.compile(rb"(?<![0-9A-Za-z])%b{4}(0%b{3})\"(?=\*?[A-Z])" % (_HEX, _HEX))
"""The same without its LF."""
FRAME = re.compile(rb"\n(?:%b{8}|..0%b{3})\"[^\n]*?\r" % (_HEX, _HEX), re.DOTALL)
"""From LF to the first CR, of whatever length it says it is."""
BARE_FRAME = re.compile(rb"[ \t]*%b{4}0%b{3}\"\*?[A-Z]" % (_HEX, _HEX))
"""The beginning of a text that is a frame without its LF."""
_LAST = re.compile(rb"[\]0-9A-Fa-f]")
"""What a body may end in: a bracket, a digit of the time stamp, a digit of the cipher."""
_LONGEST = 4200


class Found(Struct, frozen=True):
    """A message within a text, whole or not."""

    start: int
    end: int
    """Where it stands in the text."""
    data: bytes
    """With what was dropped put back."""
    restored: str = ""
    """As ``Piece.restored``."""
    fits: bool = False
    """It is as long as it says."""


def cut_off(data: bytes) -> bool:
    """Whether these bytes begin with a message and end within it."""
    match = HEAD.match(data)
    return match is not None and len(data) < match.end() - 1 + int(match[1], 16)


def find(text: bytes, *, bare: bool = False, after_line: bool = False, after_lf: bool = False) -> Iterator[Found]:
    """The messages in a text. With ``bare``, also those without LF, of which one at the very beginning of a text that
    follows a line end (``after_line``) has its LF in that, where its CR shows that such bytes were kept or where it
    is damaged; ``after_lf``: the line end is known to be its own, and no line's."""
    if b'"' not in text:
        return
    at = 0
    whole = HEAD.search(text)
    lone = BARE_HEAD.search(text) if bare else None
    while True:
        # What was found ahead is still ahead: only what was passed is looked for again.
        if whole is not None and whole.start() < at:
            whole = HEAD.search(text, at)
        if lone is not None and lone.start() < at:
            lone = BARE_HEAD.search(text, at)
        has_lf = whole is not None and (lone is None or whole.start() <= lone.start())
        match = whole if has_lf else lone
        if match is None:
            return
        first = match.start() == 0
        found = _cut(text, match, has_lf, (after_line or after_lf) and first, after_lf and first)
        yield found
        at = max(found.end, match.start() + 1)


def _cut(text: bytes, head: re.Match[bytes], has_lf: bool, line_is_lf: bool, surely: bool) -> Found:
    start, begin = head.start(), head.end() - 1
    end = begin + int(head[1], 16)
    front = b"" if has_lf else b"\n"
    dropped = "" if has_lf or surely else "lf"
    if text[end : end + 1] == b"\r":
        lf = "" if line_is_lf else dropped
        return Found(start, end + 1, front + text[start : end + 1], lf, True)
    if text[end - 1 : end] == b"\r":
        lf = "" if line_is_lf else dropped
        return Found(start, end, front + text[start:end], lf, True)
    close = text.find(b"\r", begin, begin + _LONGEST)
    following = text.find(b"\n", begin, begin + _LONGEST)
    if close >= 0 and (following < 0 or close < following):
        lf = "" if line_is_lf else dropped
        return Found(start, close + 1, front + text[start : close + 1], lf)
    without = f"{dropped}-cr" if dropped else "cr"
    last, beyond = text[end - 1 : end], text[end - 2 : end - 1]
    if end > len(text) or not _LAST.match(last):
        if end <= len(text) + 1 and _LAST.match(beyond):
            # Some count the closing CR, too.
            return Found(start, end - 1, front + text[start : end - 1] + b"\r", without, True)
        stop = following if following >= 0 else min(len(text), begin + _LONGEST)
        return Found(start, stop, front + text[start:stop], "" if line_is_lf else dropped)
    return Found(start, end, front + text[start:end] + b"\r", without, True)
