"""What blocks of one connection have said that holds for those after them: whose they are, and who called.

An account holds until the next ``#``, an origin (``&``) until the end of data. Bytes of such blocks belong to the next
arrival, so that its raw bytes show whose it is.
"""

from __future__ import annotations

import re

from protocols.model import Finding
from protocols.sia.blocks import Block
from protocols.sia.findings import FINDINGS

_account = re.compile(r"[0-9A-Fa-f]{3,16}").fullmatch


def plausible_account(data: bytes) -> bool:
    """Whether an account block names what accounts look like."""
    return _account(data.decode("latin-1")) is not None


class Session:
    """The state of one connection."""

    __slots__ = ("_findings", "_origin_raw", "_raw", "account", "asked", "caller", "named", "silent")

    def __init__(self) -> None:
        self.account = ""
        self.named = False
        """An account block came."""
        self.asked = True
        """It asked for an answer: until that came, nothing is said of the account."""
        self.caller = ""
        self.silent = True
        """Nothing was said of the account yet."""
        self._findings: tuple[Finding, ...] = ()
        self._raw = b""
        self._origin_raw = b""

    def name(self, block: Block, raw: bytes) -> None:
        """An account block: everything after it is of that account."""
        self.account = block.data.decode("latin-1").strip(" \0\r\n")
        self.named = bool(self.account)
        self.asked = block.wants_answer
        self.silent = True
        self._raw = raw
        if not self.account:
            self._findings = (FINDINGS["sia.account.empty"],)
        else:
            self._findings = () if plausible_account(block.data) else (FINDINGS["sia.account.form"],)

    def call(self, block: Block, raw: bytes) -> None:
        """An origin block: who called."""
        self.caller = block.data.decode("latin-1").strip(" \0\r\n")
        self._origin_raw = raw

    def take(self) -> tuple[bytes, tuple[Finding, ...]]:
        """The bytes, and what is off about them, that the next arrival brings along. It takes them once."""
        raw, found = self._origin_raw + self._raw, self._findings
        self._origin_raw = self._raw = b""
        self._findings = ()
        self.silent = False
        return raw, found

    def forget(self) -> None:
        """An account block was damaged: what follows must not be taken for the account before it."""
        self.account = ""
        self.named = False
        self._raw = b""
        self._findings = ()

    def end(self) -> None:
        """End of data, or an abort: the caller has said all; the account holds."""
        self.caller = ""
        self._origin_raw = self._raw = b""
        self.silent = False
