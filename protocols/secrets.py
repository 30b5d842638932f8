"""Secrets on the wire made unreadable, for everything that is shown, logged or written down. Text keeps its length.

* Keys (extended data K of DC-09). A field counts as one however its letter is written, and its whole value is hidden,
  since nobody knows how the next panel writes one: ``[K0BAD...]``, ``[k 0bad...]``. A field that is not closed ends
  with its line.
* Remote codes, which open a panel (log-in blocks ``?`` of SIA): told by the form of the block, whichever protocol it
  came in. A damaged one counts where it holds nothing but digits, and also one that is cut; both only where a block may
  begin, since texts of other protocols end so, too. The parity byte becomes that of the stars, as it would narrow the
  code down; what is wrong with it stays wrong.
* Of blocks damaged anywhere nothing tells which they were: :func:`masked_damaged` hides all that may be left of a code.
"""

from __future__ import annotations

import re

STAR = "*"

_FIELD = re.compile(r"(\[[ \t]*[Kk])([^\[\]\r\n]+)")
_LOGIN = re.compile(r"[\x04-\x10D-P\x84-\x90\xc4-\xd0]\?")
"""Header, which holds the number of characters behind the function, and function."""
_CODE = re.compile(r"[!-~]+")
_DIGITS = re.compile(r"[0-9*]+")
"""Of a code, hidden or not: what is hidden once stays as it is."""
_WHOLE = 0xFF
_REST = re.compile(r"\A[ \t]*+[Kk]?([0-9A-Fa-f \t]*)(?=\]|\Z)")
_MOST = dict.fromkeys("0126789\x08\x09", 4) | {"#": 16} | dict.fromkeys("&NOEAPCX@?LVvI", 63)
"""By function of a block: the most characters behind it."""
_LENGTH = 0x3F
_NO_DATA = 3
"""Bytes of a block without data."""
_PARITY_BIT = 0x80
"""Header and parity byte of a block of ASCII differ in it."""
_ACCOUNT = re.compile(r"#[0-9A-Fa-f]{3,16}|\0[0-9]{8}")
"""Of blocks and polls, and of a heartbeat of Galaxy: no single bit makes a log-in look like one."""
_BEGUN = re.compile(r".[#&NOEAPCX@LVvI]", re.DOTALL)
"""An event, text ... that the rest of is still to come: no single bit makes a log-in look like one, either."""
_ASKED = re.compile(r"\?([0-9]{1,16}[^0-9*][0-9]{1,16}|[^0-9*][0-9]{2,16}|[0-9]{2,17})", re.DOTALL)
"""The code of a log-in of which one character is no digit any more, or one is missing."""
_RUN = re.compile(r"[0-9]{3,}")
_BESIDE = re.compile(
    r"(?<=[\x04-\x10\x80-\xff])[0-9]{3,}|(?<=[\x04-\x10\x80-\xff].)[0-9]{3,}|[0-9]{3,}(?=[\x80-\xff])|\A[0-9]{3,}\Z",
    re.DOTALL,
)
"""Digits behind a header, with or without the function between, or before a parity byte."""


def masked(text: str) -> str:
    """A message, or any piece of text that begins outside a key, with the values of its keys and its codes as ``*``."""
    if "?" in text:
        text = _codeless(text)
    return _keyless(text)


def masked_damaged(text: str, *, sia: bool) -> str:
    """The same for bytes of which some may be no message, of a panel that speaks SIA (``sia``), or may do so.

    Of the first, every run of digits may be a code that stands neither in a whole block nor where accounts do; of the
    others, such a run beside a byte that blocks begin or end with.
    """
    return _keyless(_digitless(text, sia=sia))


def masked_bytes(data: bytes) -> bytes:
    """The same as ``masked`` for bytes."""
    return masked(data.decode("latin-1")).encode("latin-1")


def codeless(data: bytes) -> bytes:
    """Bytes with remote codes as ``*``, and nothing else changed."""
    return _codeless(data.decode("latin-1")).encode("latin-1") if b"?" in data else data


def codeless_damaged(data: bytes, *, sia: bool) -> bytes:
    """The same for bytes as of ``masked_damaged``."""
    return _digitless(data.decode("latin-1"), sia=sia).encode("latin-1")


def masked_piece(text: str, least: int = 1) -> str:
    """A piece whose beginning is not known: at least ``least`` digits it begins with may be the rest of a key."""
    rest = _REST.match(text)
    if rest is None or len(rest[1].strip()) < least:
        return masked(text)
    return text[: rest.start(1)] + STAR * len(rest[1]) + masked(text[rest.end(1) :])


def is_key(letter: str) -> bool:
    """Whether a field of that letter may hold a key; behind a blank in place of the letter there may be one, too."""
    return letter.strip(" \t").upper() in ("K", "")


def places(text: str) -> tuple[tuple[int, int], ...]:
    """Where the values of keys, and codes, stand: first character, and the one behind the last."""
    keys = [found.span(2) for found in _FIELD.finditer(text)]
    return tuple(sorted((*keys, *(code[:2] for code in _codes(text))))) if "?" in text else tuple(keys)


def _keyless(text: str) -> str:
    if "[" not in text:
        return text
    return _FIELD.sub(lambda found: found[1] + STAR * len(found[2]), text)


def _codeless(text: str) -> str:
    shown, at = "", 0
    for start, end, has_parity in _codes(text):
        shown += text[at:start] + STAR * (end - start)
        at = end
        if has_parity:
            parity = ord(text[end]) ^ _folded(text[start:end]) ^ _folded(STAR * (end - start))
            shown += chr(parity)
            at += 1
    return shown + text[at:]


def _codes(text: str) -> list[tuple[int, int, bool]]:
    """Where remote codes stand, without overlap, and whether a parity byte is behind them."""
    found: list[tuple[int, int, bool]] = []
    ends: frozenset[int] | None = None
    free = 0
    for login in _LOGIN.finditer(text):
        begin, start = login.span()
        header = ord(login[0][0])
        end = start + (header & _LENGTH)
        code, behind = text[start:end], text[end : end + 1]
        if begin < free or not code:
            continue
        has_parity = bool(behind) and _CODE.fullmatch(code) is not None and _folded(text[begin : end + 1]) == _WHOLE
        if not has_parity:
            if _DIGITS.fullmatch(code) is None or (behind and not (header | ord(behind)) & _PARITY_BIT):
                continue
            if begin not in (0, free) and text[begin - 1] >= " " and text[begin - 1] != "\x7f":
                if ends is None:
                    ends = frozenset(last for _, last in _blocks(text))
                if begin not in ends:
                    continue
            # What follows may be the next block where the parity byte was lost.
            has_parity = bool(behind and (header ^ ord(behind)) & _PARITY_BIT) and not _begins(text, end)
        end = min(end, len(text))
        found.append((start, end, has_parity))
        free = end + has_parity
    return found


def _blocks(text: str) -> list[tuple[int, int]]:
    """Where whole blocks stand, one behind the other."""
    found: list[tuple[int, int]] = []
    folded = [0]
    for each in text:
        folded.append(folded[-1] ^ ord(each))
    at, last = 0, len(text) - _NO_DATA
    while at <= last:
        size = ord(text[at]) & _LENGTH
        end = at + size + _NO_DATA
        if size <= _MOST.get(text[at + 1], -1) and end <= len(text) and folded[at] ^ folded[end] == _WHOLE:
            found.append((at, end))
            at = end
        else:
            at += 1
    return found


def _begins(text: str, at: int) -> bool:
    """Whether a whole block begins there."""
    end = at + (ord(text[at]) & _LENGTH) + _NO_DATA
    return text[at + 1 : at + 2] in _MOST and end <= len(text) and _folded(text[at:end]) == _WHOLE


def _digitless(text: str, *, sia: bool) -> str:
    text = _codeless(text)
    asked = [each.span(1) for each in _ASKED.finditer(text)]
    runs = [each.span() for each in (_RUN if sia else _BESIDE).finditer(text)]
    if not asked and not runs:
        return text
    accounts = [each.span() for each in _ACCOUNT.finditer(text)] if sia else []
    blocks = _blocks(text)
    behind = blocks[-1][1] if blocks else 0
    if _BEGUN.match(text, behind) and behind + (ord(text[behind]) & _LENGTH) + _NO_DATA > len(text):
        blocks.append((behind, len(text)))
    hidden = bytearray(len(text))
    for spans, mark in ((runs, b"\1"), (accounts, b"\0"), (asked, b"\1"), (blocks, b"\0")):
        for start, end in spans:
            hidden[start:end] = mark * (end - start)
    return "".join([STAR if hide else each for each, hide in zip(text, hidden, strict=True)])


def _folded(text: str) -> int:
    """The exclusive or of all bytes."""
    number = 0
    for each in text:
        number ^= ord(each)
    return number
