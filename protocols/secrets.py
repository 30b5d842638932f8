"""Secrets on the wire made unreadable, for everything that is shown, logged or written down. Text keeps its length.

* Keys (extended data K of DC-09). A field counts as one however its letter is written, and its whole value is hidden,
  since nobody knows how the next panel writes one: ``[K0BAD...]``, ``[k 0bad...]``. A field that is not closed ends
  with its line.
* Remote codes, which open a panel (log-in blocks ``?`` of SIA): told by the form of the block, whichever protocol it
  came in. A damaged one counts where it holds nothing but digits, and also one that is cut. The parity byte becomes
  that of the stars, as it would narrow the code down; what is wrong with it stays wrong.
"""

from __future__ import annotations

import re

STAR = "*"

_FIELD = re.compile(r"(\[[ \t]*[Kk])([^\[\]\r\n]+)")
_LOGIN = re.compile(r"[\x04-\x10D-P\x84-\x90\xc4-\xd0]\?")
"""Header, which holds the number of characters behind the function, and function."""
_CODE = re.compile(r"[!-~]+")
_WHOLE = 0xFF
_REST = re.compile(r"\A[ \t]*+[Kk]?([0-9A-Fa-f \t]*)(?=\]|\Z)")


def masked(text: str) -> str:
    """A message, or any piece of text that begins outside a key, with the values of its keys and its codes as ``*``."""
    if "?" in text:
        text = _codeless(text)
    if "[" not in text:
        return text
    return _FIELD.sub(lambda found: found[1] + STAR * len(found[2]), text)


def masked_bytes(data: bytes) -> bytes:
    """The same for bytes."""
    return masked(data.decode("latin-1")).encode("latin-1")


def codeless(data: bytes) -> bytes:
    """Bytes with remote codes as ``*``, and nothing else changed."""
    return _codeless(data.decode("latin-1")).encode("latin-1") if b"?" in data else data


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
    return tuple(sorted((*keys, *_codes(text)))) if "?" in text else tuple(keys)


def _codeless(text: str) -> str:
    shown, at = "", 0
    for start, end in _codes(text):
        shown += text[at:start] + STAR * (end - start)
        at = end
        if end < len(text):
            parity = ord(text[end]) ^ _folded(text[start:end]) ^ _folded(STAR * (end - start))
            shown += chr(parity)
            at += 1
    return shown + text[at:]


def _codes(text: str) -> list[tuple[int, int]]:
    """Where remote codes stand, without overlap."""
    found: list[tuple[int, int]] = []
    free = 0
    for login in _LOGIN.finditer(text):
        start = login.end()
        end = start + (ord(login[0][0]) & 0x3F)
        code, behind = text[start:end], text[end : end + 1]
        if login.start() < free or not code:
            continue
        digits = code.isascii() and code.isdigit()
        whole = _CODE.fullmatch(code) is not None and behind and _folded(text[login.start() : end + 1]) == _WHOLE
        if whole or (digits and (not behind or (ord(login[0][0]) | ord(behind)) & 0x80)):
            found.append((start, min(end, len(text))))
            free = end + 1
    return found


def _folded(text: str) -> int:
    """The exclusive or of all bytes."""
    number = 0
    for each in text:
        number ^= ord(each)
    return number
