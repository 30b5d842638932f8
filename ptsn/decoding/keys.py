"""What is known beforehand of whoever sent the messages: keys, the encoding of texts, the base of numbers.

Keys are tried as they were given, then in the other form (:mod:`ptsn.checking.keys`). A key is told of by its number
and by how it has to be written, never by its characters.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from protocols.model import Base, Dialect
from ptsn.commands.panel_options import read_key

if TYPE_CHECKING:
    from ptsn.checking.keys import Given


class Way(Struct, frozen=True):
    """How a key opens a message."""

    number: int
    """Which of those given, from 1."""
    form: str = ""
    """``hex`` or ``text`` where its characters had to be taken in the other form; empty where it fits as given."""
    letters: str = ""
    """``capitals`` or ``small`` where a key of text has letters: they are another key in the other case."""


class Known(Struct, frozen=True):
    """All of it."""

    dialect: Dialect = Dialect()
    """For every account."""
    ways: dict[str, Way] = {}
    """By ``Key.owner``."""
    given: int = 0
    """How many keys were given."""

    def way(self, owner: str) -> Way:
        """How the key of that owner (``Arrival.key_owner``) came to be tried."""
        return self.ways[owner]


def known(given: tuple[Given, ...] = (), encoding: str = "utf-8", numbers: str = "decimal") -> Known:
    """The keys given, and what they are in the other form."""
    plain = Dialect(encoding=encoding, base=Base.HEX if numbers == "hex" else Base.DECIMAL)
    if not given:
        return Known(plain)
    from ptsn.checking.keys import TEXT, ring

    tried = ring(given)
    ways: dict[str, Way] = {}
    for key in tried.dialect.keys:
        info = tried.infos[key.owner]
        if info.as_given:
            ways[key.owner] = Way(info.number)
        else:
            ways[key.owner] = Way(info.number, info.form, _letters(key.material) if info.form == TEXT else "")
    return Known(replace(plain, keys=tried.dialect.keys), ways, len(given))


def read_given(text: str, option: str) -> Given:
    """A key as people write it, with the form of its text. Raises click.BadParameter; a file is read only once, so
    that it may be a pipe."""
    from ptsn.checking.keys import HEX, TEXT, Given

    written = text
    if text.startswith("@"):
        try:
            written = Path(text[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            pass  # read_key says what is wrong with it
        else:
            # What a file holds is a key, and not the name of another file.
            written = written.replace("@", "?", 1) if written.startswith("@") else written
    return Given(read_key(written, option), TEXT if written.startswith("text:") else HEX)


def _letters(material: bytes) -> str:
    text = material.decode("ascii")
    return "capitals" if text.isupper() else "small" if text.islower() else ""
