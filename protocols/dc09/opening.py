"""Cipher blocks into content: which key fits, and where the padding ends (DC-09 5.4.4).

The token stands outside the encryption, and in CBC the first blocks can be left out at the cost of one block of
rubbish. An event that someone makes look like a link test in one of these ways must not be read as padding and
nothing else: whatever can be data is taken for data, and then the message is no link test.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from protocols.dc09 import cipher, grammar
from protocols.dc09.codec import LINK_TEST_TOKENS, Content, Header, read_content
from protocols.dc09.findings import finding
from protocols.model import Finding, Key

_PKCS7 = frozenset(bytes([count]) * count for count in range(1, cipher.BLOCK + 1))
"""Padding that some senders let their cipher library append."""
_EMPTY_ANSWERS = frozenset(("ACK", "NAK", "DUH"))
_WITHIN_A_CHARACTER = bytes(range(0x80, 0xC0))
"""In UTF-8, where at most three of them follow each other."""
_of_an_event = re.compile(rb"\]\[[^ACGJKMNP]")
"""Extended data that says more than a link test has to say, which is who sends it, and over which path."""


class Opened(Struct, gc=False):
    """What a key made of an encrypted message."""

    key: Key
    plain: bytes
    """Without the padding."""
    content: Content
    bar: bool
    """A ``|`` followed the padding."""
    pad: bytes
    """The padding in front."""

    @property
    def padding(self) -> int:
        """Bytes of padding in front."""
        return len(self.pad)


def open_with(keys: Sequence[Key], secret: bytes, header: Header, findings: list[Finding]) -> Opened | None:
    """Decrypt with the first key that fits; None when none does.

    A key fits when the result ends in a time stamp behind a ``]``. A message without a stamp (against the
    standard) is only believed when all of it reads as an event with its account.
    """
    for key in keys:
        if len(key.material) not in cipher.KEY_SIZES:
            continue
        plain = cipher.decrypt(key.material, secret)
        match = grammar.OPENED.fullmatch(plain)
        if match is not None:
            pad, clear, inner, data, fields, time = match.groups()
            covered = b"[" + clear[: -grammar.STAMP_SIZE]
            content = Content(None if inner is None else inner.decode("ascii"), data, fields, time, covered)
            return Opened(key, clear, content, True, pad)
        opened = _open_tolerant(key, plain, header, findings)
        if opened is not None:
            return opened
    return None


def _open_tolerant(key: Key, plain: bytes, header: Header, findings: list[Finding]) -> Opened | None:
    end = plain.find(b"]")
    if end < 0:
        return None
    found: list[Finding] = []
    begin, barred = _begin(plain, end, header)
    pad = plain[: begin - barred]
    if not barred and header.token not in _EMPTY_ANSWERS:
        empty = header.token in LINK_TEST_TOKENS
        found.append(finding("dc09.cipher.no-bar-in-link-test" if empty else "dc09.cipher.no-bar"))
    clear = plain[begin:]
    at = clear.rfind(b"_")
    if at >= 0 and grammar.STAMP.match(clear, at):
        tail = clear[at + grammar.STAMP_SIZE :]
        if tail.strip(b"\x00") and tail not in _PKCS7:
            return None
        if tail:
            found.append(finding("dc09.cipher.trailing-padding"))
            clear = clear[: at + grammar.STAMP_SIZE]
    elif not (barred and re.fullmatch(rb"#?[0-9A-Za-z]{3,16}\|[\x20-\x7e]+\]", clear.rstrip(b"\x00"))):
        return None
    elif clear.endswith(b"\x00"):
        found.append(finding("dc09.cipher.trailing-padding"))
        clear = clear.rstrip(b"\x00")
    content = read_content(clear, header, found, None)
    if content is None:
        return None
    content.fields_at = 0
    findings.extend(found)
    return Opened(key, clear, content, barred, pad)


def _begin(plain: bytes, end: int, header: Header) -> tuple[int, bool]:
    """Where the content begins that goes on to the ``]`` at ``end``, and whether a bar stands in front of it."""
    bar = plain.find(b"|", 0, end)
    if bar < 0:
        one_byte = plain.count(plain[:1], 0, end) == end  # as one maker pads, with the letter of the standard's sample
        if header.token in LINK_TEST_TOKENS and not one_byte:
            if _of_an_event.search(plain, end):
                return (cipher.BLOCK if end > cipher.BLOCK else 0), False
            if _may_be_text(plain[cipher.BLOCK : end]):
                return cipher.BLOCK, False
        return end, False
    if header.token in _EMPTY_ANSWERS and bar + 1 != end:
        return end, False
    own = b"#" + (header.account or "").encode()
    if header.account and plain.endswith(own, 0, bar):
        # This bar ends the account: none stands in front of it.
        return bar - len(own), False
    return bar + 1, True


def _may_be_text(data: bytes) -> bool:
    """Whether bytes are the end of a text. Fewer than eight say nothing: random ones are too often printable."""
    if len(data) < 8:
        return False
    try:
        return (data[:3].lstrip(_WITHIN_A_CHARACTER) + data[3:]).decode().isprintable()
    except UnicodeDecodeError:
        return False
