r"""Messages of SIA mode: where they begin and end, what they are made of, and how they are written.

::

    <LF> crc  type  seq  rcv  line [data] <CR>
     0A  4 hex  1    4    2    2            0D

Type is TAB for SIA text, link tests and answers, a letter or a digit for the other formats. Link tests leave the line
out, ``<TAB>seq rcv []``. The CRC is CRC-16/ARC, "the same as in DC-07". What it covers is not public for certain: the
references read it as everything behind the CRC up to the CR (``body``). The other coverings that are taken for
possible are tried after it, and the answer is written in the same form.

Commands to the receiver are the same without LF and CRC: ``seq rcv line[CSThhmm]<CR>``. Facts: Bosch, Conettix
D6600/D6100 Computer Interface Manual, 3.2, 3.3 and appendix J.
"""

from __future__ import annotations

import re

from fastcrc import crc16
from msgspec import Struct

from protocols.lines.scanning import MORE

FILLER = b"\x00\r\n"
LONGEST = 1024
CR = b"\r"
TAB = b"\t"

_HEX = rb"[0-9A-Fa-f]{4}"
_TYPE = rb"[\tA-Za-z0-9]"
_head = re.compile(rb"\n?(%b)(%b)([0-9]{4})([0-9]{2})([0-9]{2})? ?\[" % (_HEX, _TYPE)).match
"""Groups: crc, type, sequence, receiver, line."""
_begun = re.compile(rb"\n?(?:[0-9A-Fa-f]{0,3}|%b|%b%b[0-9]{0,8} ?)\Z" % (_HEX, _HEX, _TYPE)).match
"""The beginning of a head that is still to come."""
_command = re.compile(rb"\n?([0-9]{4})([0-9]{2})([0-9]{2})\[(CST[0-9]{4}|CSD[0-9]{6}|CLK[0-9]{2})\]\r").match
"""Groups: sequence, receiver, line, command."""
_command_begun = re.compile(rb"\n?[0-9]{0,8}\Z|\n?[0-9]{8}\[[A-Z0-9]{0,9}\]?\Z").match
_next = re.compile(
    rb"\n|%b%b[0-9]{6}(?:[0-9]{2})? ?\[|[0-9]{8}\[C|(?:[0-9A-Fa-f]{1,4}|%b%b[0-9]{0,8} ?)\Z"
    % (_HEX, _TYPE, _HEX, _TYPE)
).search
"""An LF, a head without one, a command, or at the end of the buffer what may become one of these."""
_line = re.compile(rb"[^\r\n]*").match

crc = crc16.arc

COVERINGS = ("body", "cr", "sequence", "data")
"""What a CRC may cover: type to closing bracket; that and the CR; from the sequence number on; the brackets alone."""


class Message(Struct, frozen=True, gc=False):
    """One message. Offsets count in its bytes."""

    crc: bytes
    """As sent; empty for a command."""
    covering: str
    """One of COVERINGS, or ``""`` where the CRC fits none of them."""
    computed: int
    """The CRC of the bytes: of what it covers, else of the body."""
    type: bytes
    sequence: bytes
    receiver: bytes
    line: bytes
    data: bytes
    """Between the brackets, without blanks at its ends."""
    lf: bool
    cr: bool
    open_at: int
    """Of the opening bracket."""
    close_at: int
    """Of the closing bracket."""
    command: bool = False


def seek(buffer: bytes, at: int) -> int:
    """Where a message may begin."""
    found = _next(buffer, at)
    return len(buffer) if found is None else found.start()


def match(buffer: bytes, at: int, final: bool) -> int:
    """As ``Grammar.match``. A message ends with its CR, or in front of the LF of the next one."""
    command = _command(buffer, at)
    if command is not None:
        return command.end() - at
    head = _head(buffer, at)
    if head is None:
        waiting = not final and (_begun(buffer, at) or _command_begun(buffer, at)) is not None
        return MORE if waiting else 0
    stop = _end_of_line(buffer, head.end(), at + LONGEST)
    if stop - at >= LONGEST:
        return 0
    if stop == len(buffer) and not final:
        return MORE
    if not buffer[head.end() : stop].rstrip(b" ").endswith(b"]"):
        return 0
    return stop + buffer.startswith(CR, stop) - at


def _end_of_line(buffer: bytes, at: int, limit: int) -> int:
    found = _line(buffer, at, limit)
    return at if found is None else found.end()


def parse(raw: bytes) -> Message | None:
    """The message in exactly these bytes; None where they are none."""
    command = _command(raw)
    if command is not None:
        sequence, receiver, line, words = command.groups()
        at = command.start(4) - 1
        return Message(
            b"", "", 0, b"", sequence, receiver, line, words, raw.startswith(b"\n"), True, at, at + len(words) + 1, True
        )
    head = _head(raw)
    if head is None:
        return None
    given, kind, sequence, receiver, line = head.groups()
    cr = raw.endswith(CR)
    close_at = raw.rfind(b"]")
    if close_at < head.end():
        return None
    text = raw[head.start(2) : len(raw) - cr]
    sum_ = int(given, 16)
    covering = next((one for one in COVERINGS if crc(covered(text, one)) == sum_), "")
    return Message(
        given,
        covering,
        crc(covered(text, covering or "body")),
        kind,
        sequence,
        receiver,
        line or b"",
        raw[head.end() : close_at].strip(b" "),
        head.start(1) > 0,
        cr,
        head.end() - 1,
        close_at,
    )


def covered(text: bytes, covering: str) -> bytes:
    """The bytes that a CRC covers. ``text`` is everything behind the CRC up to the CR."""
    if covering == "cr":
        return text + CR
    if covering == "sequence":
        return text[1:]
    if covering == "data":
        return text[text.index(b"[") :]
    return text


def write(kind: bytes, sequence: bytes, receiver: bytes, line: bytes, data: bytes, covering: str = "body") -> bytes:
    """One message, from LF to CR."""
    text = b"%b%b%b%b[%b]" % (kind, sequence, receiver, line, data)
    return b"\n%04X%b\r" % (crc(covered(text, covering)), text)
