"""Colours and characters of a terminal. No meaning is carried by colour alone."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import IO, Any

_CODES = {"head": "1", "dim": "2", "violation": "1;31", "deviation": "33", "note": "36", "event": "1;32"}
_PLAIN = str.maketrans({"‹": "<", "›": ">", "└": "'", "┘": "'", "─": "-", "…": "~"})
_CODE = re.compile(r"\x1b\[[0-9;]*m")


def wanted(stream: IO[Any], environment: Mapping[str, str] = os.environ) -> bool:
    """Whether an output wants colours (no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


class Paint:
    """How text is made for one output."""

    def __init__(self, color: bool = False, encoding: str = "utf-8") -> None:
        self._color = color
        self._encoding = encoding
        self._wide = _can(encoding)

    def __call__(self, kind: str, text: str) -> str:
        """The text in the colour of its kind."""
        return f"\x1b[{_CODES[kind]}m{text}\x1b[0m" if self._color and text else text

    def bytes(self, lines: list[str]) -> bytes:
        """Lines as they are written. What the output has no characters for is written in others."""
        text = "".join(f"{line}\n" for line in lines)
        if not self._wide:
            text = text.translate(_PLAIN)
        return text.encode(self._encoding, "backslashreplace")


def bare(text: str) -> str:
    """A text without its colours."""
    return _CODE.sub("", text)


def _can(encoding: str) -> bool:
    try:
        "‹›└─┘…".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
