"""The lines of an Ademco 685: where one begins and ends, and the names of its fields.

================  ==========================================================================
3+1, 4+1          ``<LF>RG AAAA E<CR>``
4+2               ``<LF>RG AAAA E Z<CR>``
4+2, CAPS         ``<LF>RG AAAA X Y ZA``: the letter A ends it; XYZ is 16 * event + zone
4-8-1             ``<LF>RG AAAA NNNN NNNN N<CR>``: channels 1 to 8, status
Contact ID        ``<LF>RG AAAA 18 QXYZ GG FCCC<CR>``
heartbeat         ``<LF>00 OKAY @<CR>``; from emulators ``<LF>RG OKAY @ <CR>``
================  ==========================================================================

R receiver, G line, A account, Q qualifier (E R P), F what CCC counts (C contact, U user). An option of the receiver
ends lines with ESC instead of CR. There is no check sum: what has a form above is whole, and nothing else is.
"""

from __future__ import annotations

import re

from protocols.ademco685.findings import GARBAGE, INCOMPLETE, PARITY
from protocols.lines.scanning import MORE

LONGEST = 96
"""Bytes of the longest line; those above have 26 at most."""

_H = rb"[0-9A-F]"
# Without a C or U in front, digits that begin with C are a C and two digits: one was lost on the way.
_CONTACT_ID = (
    rb"(?P<type>18|98) *(?P<qualifier>[ERP136]) *(?P<code>%(h)b{3})(?: +(?P<partition>%(h)b{2}))?"
    rb" +(?P<kind>[CU]?)(?P<number>(?<=[CU])%(h)b{3}|(?<![CU])(?!C)%(h)b{3})" % {b"h": _H}
)
_SPEED = rb"(?P<first>[0-9]{4}) +(?P<second>[0-9]{4}) +(?P<status>[0-9])"
_CAPS = rb"(?P<caps>[0-9] +[0-9] +[0-9])(?P<caps_end>A)?"
_SHORT = rb"(?P<event>%b)(?: +(?P<zone>%b))?" % (_H, _H)
_BODY = rb" +(?P<account>%b{3,10}) +(?:%b|%b|%b|%b)" % (_H, _CONTACT_ID, _SPEED, _CAPS, _SHORT)
_OKAY = rb" +(?P<okay>OKAY *@)"

fields = re.compile(
    rb"(?P<start>\n?)(?P<head>%b{1,5})(?:%b|%b)(?P<mark> *R)?(?P<pad> *)(?P<end>[\r\x1b])?" % (_H, _OKAY, _BODY),
    re.IGNORECASE,
).fullmatch
"""A line that can be read, with its terminator where it has one."""

_printable = re.compile(rb"[\x20-\x7e]*").match
_begin = re.compile(rb"\n(?=[0-9A-F]|\Z)|(?<![\x20-\x7e])[0-9A-F]", re.IGNORECASE).search
_promising = re.compile(
    rb"\n(?:%(h)b{0,5}\Z|%(h)b{1,5} )|%(h)b{1,2}\Z|%(h)b{2} (?: *(?:%(h)b|OKAY|O\Z|OK\Z|OKA\Z|\Z))" % {b"h": _H},
    re.IGNORECASE,
).match
_caps_line = re.compile(rb"\n?%(h)b{2} +%(h)b{4} +[0-9] +[0-9] +[0-9]A" % {b"h": _H}, re.IGNORECASE).match
_framed = re.compile(rb"\n%b{1,5} [\x20-\x7e]{3,}[\r\x1b]" % _H, re.IGNORECASE).match
_bare = re.compile(rb"%b{2} " % _H, re.IGNORECASE).match
_TERMINATORS = b"\r\x1b"


class Lines:
    """Implements :class:`protocols.lines.scanning.Grammar`."""

    filler = b"\0\r\n"
    longest = LONGEST

    def seek(self, buffer: bytes, at: int) -> int:
        """The next LF, or the next digit that nothing readable stands in front of: an LF gets lost."""
        found = _begin(buffer, at)
        return len(buffer) if found is None else found.start()

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of the line at ``at``: up to its terminator, or as far as it goes where it can be read without one."""
        caps = _caps_line(buffer, at)
        if caps is not None:
            return caps.end() - at
        begun = buffer.startswith(b"\n", at)
        text = _printable(buffer, at + begun)
        end = at if text is None else text.end()
        if end - at >= LONGEST:
            return 0
        if end == len(buffer) and not final:
            return MORE if _promising(buffer, at) else 0
        if buffer[end : end + 1] and buffer[end] in _TERMINATORS:
            return end + 1 - at if _is_line(buffer[at : end + 1], begun) else 0
        return end - at if begun and _certain(buffer[at:end]) else 0

    def guess(self, raw: bytes) -> str:
        """What a run of noise probably is."""
        if raw.startswith(b"\n") and _promising(raw):
            return INCOMPLETE
        if any(byte & 0x80 for byte in raw):
            stripped = bytes(byte & 0x7F for byte in raw)
            if any(_framed(stripped, at) for at, byte in enumerate(stripped) if byte == 0x0A):
                return PARITY
        return GARBAGE


def _is_line(raw: bytes, begun: bool) -> bool:
    """Whether bytes up to a terminator are a line: with its LF one that may be damaged, without only a good one."""
    return _framed(raw) is not None if begun else _bare(raw) is not None and fields(raw) is not None


def _certain(raw: bytes) -> bool:
    """Whether a line without its terminator cannot be the beginning of a longer one."""
    found = fields(raw)
    return found is not None and found["event"] is None
