r"""Records of D6500 mode: 22 characters, the header and the trailer among them. s is a blank.

::

    common      h 1 rr l  account(10)  code(2)  zone(4)  t       right aligned, filled up with blanks
    link test   h 1 rr 0  11s @ 4s                       t       the same: no account, code @
    Contact ID  h a rr l  s aaaa 18 Q XYZ GG CCC         t       account shorter than 4: blanks in front
    FBI         h F rr l  6s aaaa T ZZ E 2s              t
    ITI         h I rr l  3s a T aaaa G I ZZ E W N       t
    4-8-1       h f rr l  s aaaa s CCCC s CCCC C         t       and other types of 16 characters
    reject      h 3 rr l  s REJECT s COMMAND 2s          t       23 characters
    SIA         h S rr l  [#aaaa|data                    t       of any length, the closing bracket is optional

The header is optional and mostly a blank, the trailer is 0x14. The line is one digit or letter (10 is A, 32 is W),
0 for what is the receiver's own, blank in some of its notices. Commands to the receiver are ``!Thhmm<CR>`` and such.
Facts: Bosch, Conettix D6600/D6100 Computer Interface Manual, 3.1, 3.3 and appendix C.
"""

from __future__ import annotations

import re

from msgspec import Struct

from protocols.lines.scanning import MORE

FILLER = b"\x00\r\n"
LONGEST = 512
TRAILER = b"\x14"
TYPES = b"19abcdefgijkmnFINV"
"""Types of the manual whose records have 22 characters."""

_HEADER = rb"[ \"-/:-@]?"
_START = rb"(%b)([3%bS])([0-9]{2})([0-9A-Z ])" % (_HEADER, TYPES)
"""Groups: header, type, receiver, line."""
_record = re.compile(_START + rb"((?<=3...) REJECT COMMAND  |(?<!3...)[ -~]{16})(\x14|\r?\n|\r|\Z)").match
_sia = re.compile(rb"(%b)(S)([0-9]{2})([0-9A-Z ])(\[[^\x00\x0a\x0d\x14]{1,490})(\x14|\r?\n|\r|\Z)" % _HEADER).match
_command = re.compile(rb"!(T[0-9]{4}|D[0-9]{6}|K[0-9]{1,2})\r").match
_begun = re.compile(rb"%b(?:[3%bS](?:[0-9](?:[0-9](?:[0-9A-Z ][ -~]{0,17})?)?)?)?\r?\Z" % (_HEADER, TYPES)).match
_sia_begun = re.compile(rb"%bS[0-9]{2}[0-9A-Z ]\[[^\x00\x0a\x0d\x14]{0,490}\r?\Z" % _HEADER).match
"""The beginning of a record that is still to come."""
_strict = re.compile(
    rb"%b(?:a[0-9]{2}[0-9A-Z] [ 0-9A-F]{3}[0-9A-F]18[136ERP][0-9A-F]{8}|3[0-9]{2}[0-9A-Z ] REJECT COMMAND  )\x14"
    % _HEADER
).search
"""Records that nothing else can be."""
_BREAKS = FILLER + TRAILER
_break = re.compile(rb"[\x00\n\r\x14]").search


class Record(Struct, frozen=True, gc=False):
    """One record. Offsets count in its bytes."""

    header: bytes
    type: bytes
    receiver: bytes
    line: bytes
    body: bytes
    """Between line and trailer; of a command everything between ``!`` and CR."""
    trailer: bytes
    body_at: int
    command: bool = False


def seek(buffer: bytes, at: int) -> int:
    """Where a record may begin: behind what ends one. A record that nothing else can be is found anywhere.

    Fixed places hold a record's fields, so that the middle of another line may look like one.
    """
    if at and buffer[at - 1] not in _BREAKS:
        ended = _break(buffer, at)
        end = len(buffer) if ended is None else ended.start()
        found = _strict(buffer, at, end + 1)
        if found is not None:
            return found.start()
        at = end
    while at < len(buffer) and buffer[at] in _BREAKS:
        at += 1
    return at


def match(buffer: bytes, at: int, final: bool) -> int:
    """As ``Grammar.match``. A record is whole at its trailer; without one at the end of what there is.

    More bytes are needed up to the end of the line, whatever stands there: where the next begins is known only then.
    """
    command = _command(buffer, at)
    if command is not None:
        return command.end() - at
    found = _sia(buffer, at) or _record(buffer, at)
    if found is not None and (found[6] or final):
        return found.end() - at
    return 0 if final or _break(buffer, at) is not None else MORE


def may_begin(data: bytes) -> bool:
    """Whether ``data`` may be the beginning of a record."""
    return _begun(data) is not None or _sia_begun(data) is not None


def parse(raw: bytes) -> Record | None:
    """The record in exactly these bytes; None where they are none."""
    command = _command(raw)
    if command is not None:
        return Record(b"!", b"", b"", b"", command[1], b"\r", 1, True)
    found = _sia(raw) or _record(raw)
    if found is None or found.end() != len(raw):
        return None
    header, kind, receiver, line, body, trailer = found.groups()
    return Record(header, kind, receiver, line, body, trailer, found.start(5))


def write(kind: bytes, receiver: bytes, line: bytes, body: bytes, header: bytes, trailer: bytes) -> bytes:
    """One record, from header to trailer."""
    return b"%b%b%b%b%b%b" % (header, kind, receiver, line, body, trailer)
