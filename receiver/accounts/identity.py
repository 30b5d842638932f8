"""Which account a row is, and what accounts are called.

An account is told apart by its number and, where those are filled, by adapter, receiver number (R of
DC-09) and account prefix (L of DC-09). Blank fields are wildcards. R and L are numbers in hexadecimal:
leading zeros do not count, and what is absent on the wire is 0 (DC-09 sends ``L0`` for no prefix).
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

_KEY = re.compile(
    r"(?:(?:R(?P<receiver>[0-9A-F]{1,6}))?(?:L(?P<prefix>[0-9A-F]{1,6}))?\#)?"
    r"(?P<account>[0-9A-Z]{1,16})"
    r"(?:@(?P<adapter>[\w.-]{1,32}))?",
    re.ASCII | re.IGNORECASE,
)


class Identity(Struct, frozen=True, order=True):
    """The fields that tell accounts apart, normalised; blank ones are wildcards."""

    account: str
    """Upper case; leading zeros kept."""
    adapter: str = ""
    prefix: str = ""
    receiver: str = ""

    @property
    def key(self) -> str:
        """The station's own name of the account: ``1234``, ``L5#1234``, ``R1L5#1234@ip``."""
        name = self.account
        if self.receiver or self.prefix:
            receiver = f"R{self.receiver}" if self.receiver else ""
            prefix = f"L{self.prefix}" if self.prefix else ""
            name = f"{receiver}{prefix}#{name}"
        return f"{name}@{self.adapter}" if self.adapter else name


def parse_key(text: str) -> Identity | None:
    """The identity that a name such as ``L5#1234`` stands for, or None when it is not such a name."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    return Identity(
        match["account"].upper(),
        match["adapter"] or "",
        number(match["prefix"]) if match["prefix"] else "",
        number(match["receiver"]) if match["receiver"] else "",
    )


def number(text: str | None) -> str:
    """R or L as a number without leading zeros; absent, ``""``, ``0`` and ``000`` are all ``0``."""
    return (text or "").upper().lstrip("0") or "0"


def bare(account: str) -> str:
    """An account in upper case without leading zeros; ``0000`` is ``0``."""
    return account.upper().lstrip("0") or "0"


@lru_cache(maxsize=8192)
def key_for(receiver: str | None, prefix: str | None, account: str) -> str:
    """The name of an account that nobody has entered: ``?L0#1234``, ``?R1L5#1234``."""
    r = number(receiver)
    return f"?{'' if r == '0' else 'R' + r}L{number(prefix)}#{account.upper()}"
