"""Words of a line a person typed, read one by one."""

from __future__ import annotations

import re
from collections.abc import Callable

from panels.simulation import Simulation
from protocols.errors import UserError

Deed = Callable[[Simulation], None]
"""What is to be done, once the whole line could be read."""
Words = list[str]
"""What is left of the line; whoever reads a word takes it out."""


class ActionError(UserError, ValueError):
    """A command that cannot be read."""


def number(words: Words, what: str) -> int:
    """The next word as a number. Raises ActionError."""
    if not words:
        raise ActionError(f"the {what} is missing")
    word = words.pop(0)
    if not re.fullmatch(r"[0-9]{1,6}", word):
        raise ActionError(f"{word!r} is no {what}")
    return int(word)


def perhaps(words: Words, what: str) -> int | None:
    """The next word as a number, None where it is none."""
    return number(words, what) if words and words[0][:1].isdigit() else None


def choice(words: Words, *choices: str) -> str:
    """The next word, which must be one of these. Raises ActionError."""
    if not words or words[0].lower() not in choices:
        raise ActionError(f"{words[0]!r} is not {' or '.join(choices)}" if words else f"say {' or '.join(choices)}")
    return words.pop(0).lower()


def end(words: Words) -> None:
    """No word is left. Raises ActionError."""
    if words:
        raise ActionError(f"{' '.join(words)!r} is too much")


def area_and_user(words: Words) -> tuple[int | None, int | None]:
    """``[PARTITION] [user N]``. Raises ActionError."""
    partition = perhaps(words, "partition")
    user = None
    if words and words[0].lower() == "user":
        words.pop(0)
        user = number(words, "user")
    end(words)
    return partition, user


def counted(count: int, what: str) -> str:
    """``1 message``, ``2 messages``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def seconds(text: str) -> float:
    """``30s``, ``5m``, ``1h`` or a plain number of seconds, with a sign perhaps. Raises ActionError."""
    match = re.fullmatch(r"([+-]?\d{1,9}(?:\.\d{1,9})?)([smh]?)", text)
    if match is None:
        raise ActionError(f"{text!r} is no time such as 30s, 5m or 1h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]
