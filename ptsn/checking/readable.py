"""Bytes of a message for people: texts as letters, whatever cannot be seen as marks such as ``‹LF›``."""

from __future__ import annotations

from ptsn.decoding import cells
from ptsn.render import show_bytes

UTF_8 = "utf-8"


def readable(text: str, encoding: str, most: int = 0) -> str:
    """Bytes (as latin-1 text) with the letters that they are in an encoding of texts.

    What stands in front of the first ``"`` is the head of a frame, whose CRC may be two raw bytes, and no text.
    Of more than ``most`` bytes the rest is left out, 0 for all of them.
    """
    shown = text[:most] if most else text
    start = shown.find('"') if shown.startswith("\n") else 0
    head, rest = shown[: max(start, 0)], shown[max(start, 0) :]
    return show_bytes(head, len(head)) + _text(rest, encoding) + ("..." if len(shown) < len(text) else "")


def _text(text: str, encoding: str) -> str:
    if encoding == UTF_8:
        data = text.encode("latin-1")
        return "".join(cell.text for cell in cells.cells(data, all_of_it=True))
    return "".join(one if " " <= one <= "~" else _letter(one, encoding) for one in text)


def _letter(one: str, encoding: str) -> str:
    letter = one.encode("latin-1").decode(encoding, "replace")
    return letter if one > "~" and letter.isprintable() and letter != "\ufffd" else show_bytes(one)
