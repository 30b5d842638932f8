"""What Galaxy panels say beside blocks: a heartbeat of their own, a poll in text, texts in columns.

::

    heartbeat  00  8 digits (account)  17 bytes            26 bytes, echoed; on a port of its own
    poll       F#  account  [CR] [LF]                      answered P#account CR LF
    text       sign  event word, padded  zone text         +INBROTT        IR Sovrum

A new alarm's text has ``+``, a restore's ``-``. The check of the heartbeat is not known, so it is told by its form
alone: no text has it. A session that begins ``05 01`` is encrypted; nobody outside the maker can read it. Source:
contact_id_and_sia.md, 5.1 and 5.2.
"""

from __future__ import annotations

import re

from protocols.lines.scanning import MORE, READY
from protocols.sia import findings
from protocols.sia.blocks import LONGEST, BlockGrammar, asking

HEARTBEAT = 26
"""Bytes of a heartbeat."""
_ACCOUNT = slice(1, 9)
ENCRYPTED = b"\x05\x01"
"""How an encrypted session begins."""

_digits = re.compile(rb"\0[0-9]{2,8}").match
_poll = re.compile(rb"F#([0-9A-Fa-f]{1,16})(?:\r\n?|\n)").match
_bare_poll = re.compile(rb"F#([0-9A-Fa-f]{1,16})\Z").match
_poll_begun = re.compile(rb"F(?:#[0-9A-Fa-f]{0,16}\r?)?\Z").match
_signed = re.compile(r"([+-])[^\s+-]").match
_unprintable = re.compile(rb"[^ -~]").search


class GalaxyGrammar(BlockGrammar):
    """Blocks, heartbeats and polls."""

    longest = max(LONGEST, HEARTBEAT)

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of what begins at ``at``; 0 where nothing does, MORE where that needs more bytes."""
        first = buffer[at]
        if first == 0x00:
            size = self._heartbeat(buffer, at, final)
            if size:
                return size
        size = super().match(buffer, at, final)
        if first == 0x46 and size <= 0 and buffer[at + 1 : at + 2] in (b"#", b""):
            return self._poll(buffer, at, final, size) or size
        return size

    def guess(self, raw: bytes) -> str:
        """What a run of noise probably is."""
        if raw.startswith(ENCRYPTED):
            return findings.ENCRYPTED
        return findings.PARITY if asking(raw) else findings.GARBAGE

    def _heartbeat(self, buffer: bytes, at: int, final: bool) -> int:
        digits = _digits(buffer, at)
        if digits is None:
            return 0
        have = len(buffer) - at
        if digits.end() - at < min(have, 9):
            return 0
        if have < HEARTBEAT:
            return 0 if final else MORE
        return HEARTBEAT if _unprintable(buffer, at + 9, at + HEARTBEAT) is not None else 0

    def _poll(self, buffer: bytes, at: int, final: bool, size: int) -> int:
        """``size`` is what a block makes of the same bytes: 0 where they can be none."""
        match = _poll(buffer, at) or (_bare_poll(buffer, at) if final else None)
        if match is not None and (final or match.end() < len(buffer) or not buffer.endswith(b"\r")):
            return match.end() - at
        if final or _poll_begun(buffer, at) is None:
            return 0
        return READY if size == 0 and (match or _bare_poll(buffer, at)) is not None else MORE


def heartbeat_account(raw: bytes) -> str | None:
    """The account of a heartbeat as sent, with its leading zeros; None where it is none."""
    if len(raw) != HEARTBEAT or _digits(raw) is None:
        return None
    return raw[_ACCOUNT].decode("ascii")


def poll_account(raw: bytes) -> str | None:
    """The account of a poll; None where it is none."""
    match = _poll(raw) or _bare_poll(raw)
    return match[1].decode("ascii") if match is not None and match.end() == len(raw) else None


def poll_reply(account: str) -> bytes:
    """What a poll is answered with."""
    return b"P#%b\r\n" % account.encode("ascii")


def sign(text: str) -> str:
    """``+`` or ``-`` of a text in columns, else ``""``."""
    match = _signed(text)
    return match[1] if match is not None else ""
