r"""How logs write bytes that have no visible character: ``<LF>``, ``\n``, ``\x0a``, ``[LF]``, ``‹0A›``, ``^J`` ...

Texts are ``str`` in which bytes that are no UTF-8 stand as lone surrogates (``surrogateescape``), and so do bytes that
a notation gives as such. A character above 127 may still be one byte (Latin-1, Windows-1252) or the bytes of its
UTF-8, which only the length of a message tells: :func:`readings` gives each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct


class Notation(Struct, frozen=True):
    """One way of writing."""

    name: str
    marks: re.Pattern[str]
    read: Callable[[re.Match[str]], str]
    sign: re.Pattern[str]
    """What shows that a text is written in this way: a line feed, a carriage return, or another end of messages."""

    def unwrap(self, text: str) -> str:
        """The text with every mark as the character or byte it stands for."""
        return self.marks.sub(self.read, text)


def byte(value: int) -> str:
    """A byte as it stands in a text."""
    return chr(value) if value < 0x80 else chr(0xDC00 + value)


_NAMES = {"LF": 10, "CR": 13, "NUL": 0, "NULL": 0, "TAB": 9, "ESC": 27, "DC4": 20}
_SIMPLE = {"n": 10, "r": 13, "t": 9, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27}


def _named(match: re.Match[str]) -> str:
    word = match[1].upper()
    return byte(_NAMES[word] if word in _NAMES else int(word.removeprefix("0X"), 16))


def _picture(match: re.Match[str]) -> str:
    return chr(ord(match[0]) - 0x2400)


def _caret(match: re.Match[str]) -> str:
    return chr(ord(match[0][1]) - 0x40)


def _escaped(match: re.Match[str]) -> str:
    mark = match[0]
    kind = mark[1]
    if kind == "x":
        return byte(int(mark[2:], 16))
    if kind == "u":
        return chr(int(mark[2:], 16))
    if kind in "01234567":
        return byte(int(mark[1:], 8) & 0xFF)
    return chr(_SIMPLE[kind]) if kind in _SIMPLE else kind


_WORDS = "LF|CR|NUL|NULL|TAB|ESC|DC4"
_FEEDS = "LF|CR|DC4|(?:0x)?(?:0[AD]|14)"

NOTATIONS = (
    Notation("own", re.compile(rf"‹({_WORDS}|[0-9A-F]{{2}})›"), _named, re.compile("‹(?:LF|CR|0[AD]|DC4|14)›")),
    Notation(
        "angle",
        re.compile(rf"<({_WORDS}|(?:0x)?[0-9A-F]{{2}})>", re.IGNORECASE),
        _named,
        re.compile(f"<(?i:{_FEEDS}|(?:0x)?[89A-F][0-9A-F])>"),
    ),
    Notation(
        # A single letter with a digit in brackets is extended data.
        "bracket",
        re.compile(rf"\[({_WORDS}|0x[0-9A-F]{{2}}|0[AD])\]", re.IGNORECASE),
        _named,
        re.compile(r"\[(?i:LF|CR|DC4|0x14|(?:0x)?0[AD])\]"),
    ),
    Notation("picture", re.compile("[\u2400-\u241f]"), _picture, re.compile("\u240a|\u240d|\u2414")),
    Notation(
        "backslash",
        re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[0-7]{1,3}|[ntrabfve\\\"'/])"),
        _escaped,
        re.compile(r"\\(?:[nr]|x(?:0[aAdD]|14|[89A-Fa-f][0-9A-Fa-f])|u000[aAdD]|u0014|01[25]|024)"),
    ),
    # Of ``cat -v`` only what can be no text: ``^]`` may end data, and ``M-C`` stands in ADM-CID.
    Notation("caret", re.compile(r"\^[J@M]"), _caret, re.compile(r"\^J(?=[0-9A-Fa-f]{4}0)|\^M")),
)
"""In the order in which they are tried: the less likely to stand in a text by chance, the earlier."""
_any_sign = re.compile("|".join(notation.sign.pattern for notation in NOTATIONS)).search
"""Each begins with a character of its own, so that most of a text is passed over at once."""
OWN, BACKSLASH = NOTATIONS[0], NOTATIONS[4]


_QUOTES = '"\u2018-\u201f\u00ab\u00bb\udc82\udc84\udc91-\udc94\udcab\udcbb'
"""The straight quote, and what word processors and messengers make of it; in Unicode and in Windows-125x."""
_QUOTED = re.compile(rf"([0-9A-Fa-f]{{4}}0[0-9A-Fa-f]{{3}})[{_QUOTES}](\*?[A-Z][A-Z0-9-]*)[{_QUOTES}]")
"""What stands before the quotes of a message type, and the type."""


def straight(text: str) -> str:
    """The text with straight quotes around the types of messages."""
    if '"' not in text and text.isascii():
        return text
    return _QUOTED.sub(r'\1"\2"', text)


def decoded(line: bytes) -> str:
    """A line as a text."""
    return line.decode("utf-8", "surrogateescape")


def readings(text: str) -> Iterator[bytes]:
    """The bytes that a text may stand for, the likelier first; none of them twice."""
    if text.isascii():
        yield text.encode("ascii")
        return
    seen: set[bytes] = set()
    for encoding in ("utf-8", "latin-1", "cp1252"):
        try:
            data = text.encode(encoding, "surrogateescape")
        except UnicodeEncodeError:
            continue
        if data not in seen:
            seen.add(data)
            yield data


def unwrapped(text: str) -> Iterator[str]:
    """The text in every notation that it shows a sign of; last those that were written twice, one in the other."""
    if _any_sign(text) is None:
        return
    for notation in NOTATIONS:
        if notation.sign.search(text):
            yield notation.unwrap(text)
    if BACKSLASH.sign.search(text):
        once = BACKSLASH.unwrap(text)
        if (twice := BACKSLASH.unwrap(once)) != once:
            yield twice
