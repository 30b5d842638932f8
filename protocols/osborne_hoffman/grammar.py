r"""Polls and events: where they begin and end, and how they are written.

::

    poll    <LF>? SR rcv(4) L line(4-5) 4s account(6-8)XX 4s [ID id(8)] <CR> <NUL>*
    event   <LF>  0101 length(4) "token" seq(4) R rcv L line [#account|content] id(16) |#account T time(8) <CR> <NUL>*

In a poll, NUL may stand in place of the blanks s; older panels leave out what follows them, and the CR. An event looks
like a frame of DC-09, but 0101 stands in place of the CRC, the length is that of the body and eight more, and the panel
id, the account of the communicator and the time (seconds since 1970, hexadecimal) stand behind the data, where they are
sent at all. Facts: three public parsers (pysiaalarm, python-osbornehoffman and a fork) and captures in their issues; no
manual of the maker is public.
"""

from __future__ import annotations

import re

from msgspec import Struct

from protocols.lines.scanning import MORE

FILLER = b"\x00\r\n"
LONGEST = 1024
EXTRA = 8
"""What the length says more than the body has: the constant and the length itself."""

_HEX = rb"[0-9A-Fa-f]"
_poll = re.compile(
    rb"\n?SR(%b{4})L(%b{4,5})[ \0]{1,8}(%b{1,8})XX[ \0]{0,8}(?:\[ID(%b{8})\])?[ \0]?(?:T(%b{8}))?([ \0]*)(\r?)\0*"
    % (_HEX, _HEX, _HEX, _HEX, _HEX)
).match
"""Groups: receiver, line, account, id, time, blanks, CR."""
_poll_begun = re.compile(rb"\n?(?:S|SR%b{0,4}|SR%b{4}L[0-9A-Fa-f \0XITD\[\]]{0,60})?\Z" % (_HEX, _HEX)).match
_event = re.compile(rb"\n?0101(%b{4})\"" % _HEX).match
"""Group: length."""
_event_begun = re.compile(rb"\n?(?:0|01|010|0101%b{0,4})\Z" % _HEX).match
_next = re.compile(rb"\n?SR%b{4}L|\n?0101%b{4}\"|\n?(?:SR?%b{0,4}|0|01|010|0101%b{0,4})\Z|\n\Z" % ((_HEX,) * 4)).search
_rest_of_line = re.compile(rb"[^\r\n\0]*").match
_nuls = re.compile(rb"\r?\0*").match
_body = re.compile(
    rb"\"(\*?)([A-Z0-9-]{1,16})\"(%b{4})(?:R(%b{1,6}))?(?:L(%b{1,6}))?(?:#(%b{1,16}))?\[" % ((_HEX,) * 4)
).match
"""Groups: star, token, sequence, receiver, line, account."""
_data = re.compile(rb"#(%b{1,16})\|" % _HEX).match
_tail = re.compile(rb"(%b{16})?(?:\|?#(%b{1,16}))?(?:T(%b{8}))?" % ((_HEX,) * 3)).fullmatch
"""Groups: panel id, account of the communicator, time."""


class Poll(Struct, frozen=True, gc=False):
    """One poll."""

    receiver: bytes
    line: bytes
    account: bytes
    id: bytes
    """Empty where it has none."""
    time: bytes
    cr: bool
    spans: tuple[tuple[int, int], ...]
    """First byte and the one behind the last of receiver, line, account, id, time; (-1, -1) for what is missing."""


class Event(Struct, frozen=True, gc=False):
    """One event. Offsets count in its bytes."""

    length: int
    counted: int
    """The length that fits."""
    encrypted: bool
    token: bytes
    sequence: bytes
    receiver: bytes | None
    line: bytes | None
    header_account: bytes
    account: bytes
    """The one inside the data."""
    content: bytes
    panel_id: bytes
    system_account: bytes
    time: bytes
    cr: bool
    head_at: int
    """Of the opening quote."""
    open_at: int
    """Of the opening bracket."""
    content_at: int
    close_at: int
    """Of the closing bracket; the end of the content where there is none."""
    stop: int
    """Of the CR."""


def seek(buffer: bytes, at: int) -> int:
    """Where a poll or an event may begin."""
    found = _next(buffer, at)
    return len(buffer) if found is None else found.start()


def match(buffer: bytes, at: int, final: bool) -> int:
    """As ``Grammar.match``."""
    poll = _poll(buffer, at)
    if poll is not None:
        if not (poll[7] or final) and _poll_begun(buffer, at):
            return MORE
        return poll.end() - at
    event = _event(buffer, at)
    if event is None:
        return MORE if not final and (_poll_begun(buffer, at) or _event_begun(buffer, at)) else 0
    found = _rest_of_line(buffer, event.end(), at + LONGEST)
    stop = event.end() if found is None else found.end()
    if stop - at >= LONGEST:
        return 0
    if stop == len(buffer) and not final:
        return MORE
    if _body(buffer, event.end() - 1) is None:
        return 0
    end = _nuls(buffer, stop)
    return (stop if end is None else end.end()) - at


def parse(raw: bytes) -> Poll | Event | None:
    """The poll or event in exactly these bytes; None where they are none."""
    poll = _poll(raw)
    if poll is not None:
        receiver, line, account, id_, time, _, cr = poll.groups()
        return Poll(
            receiver, line, account, id_ or b"", time or b"", bool(cr), tuple(poll.span(n) for n in range(1, 6))
        )
    event = _event(raw)
    head = None if event is None else _body(raw, event.end() - 1)
    if event is None or head is None:
        return None
    star, token, sequence, receiver, line, account = head.groups()
    stop = len(raw.rstrip(b"\r\0"))
    close_at = raw.rfind(b"]", head.end(), stop)
    tail = _tail(raw, close_at + 1, stop) if close_at >= 0 else None
    if tail is None and close_at >= 0:
        close_at = stop - 1 if raw[stop - 1 : stop] == b"]" else -1
    if close_at < 0:
        close_at = stop
    inner = None if star else _data(raw, head.end(), close_at)
    content_at = head.end() if inner is None else inner.end()
    panel_id, system, time = (b"", b"", b"") if tail is None else (part or b"" for part in tail.groups())
    return Event(
        int(event[1], 16),
        stop - head.start() + EXTRA,
        bool(star),
        token,
        sequence,
        receiver,
        line,
        account or b"",
        b"" if inner is None else inner[1],
        raw[content_at:close_at],
        panel_id,
        system,
        time,
        b"\r" in raw[stop:],
        head.start(),
        head.end() - 1,
        content_at,
        close_at,
        stop,
    )


def write_poll(receiver: bytes, line: bytes, account: bytes, id_: bytes, *, blank: bytes, end: bytes) -> bytes:
    """A poll. ``blank`` is a blank or NUL."""
    return b"\nSR%bL%b%b%bXX%b[ID%b]%b" % (receiver, line, blank * 4, account, blank * 4, id_, end)


def write_event(
    token: bytes, sequence: bytes, receiver: bytes, line: bytes, data: bytes, tail: bytes, end: bytes
) -> bytes:
    """An event. ``data`` is what stands between the brackets."""
    body = b'"%b"%bR%bL%b[%b]%b' % (token, sequence, receiver, line, data, tail)
    return b"\n0101%04X%b%b" % (len(body) + EXTRA, body, end)
