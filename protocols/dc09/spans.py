"""Where the parts of a message lie in its raw frame, for findings about them.

Only what can be read on the wire has a place: the header always, the content where it is not encrypted.
"""

from __future__ import annotations

from protocols.dc09.codec import Content, Header
from protocols.dc09.findings import PARTS, finding
from protocols.dc09.framing import Frame
from protocols.dc09.grammar import STAMP_SIZE
from protocols.model import Finding

_OF_HEADER = frozenset(("dc09.token", "dc09.sequence", "dc09.open"))
_OF_CONTENT = frozenset(("dc09.data-account", "dc09.data", "dc09.close", "dc09.extended", "dc09.stamp"))
_PARTS = {id_: part for id_, part in PARTS.items() if part in _OF_HEADER or part in _OF_CONTENT}


def place(findings: list[Finding], frame: Frame, header: Header, content: Content | None) -> None:
    """Put findings without a place where their part lies. ``content`` is that of a message in the clear."""
    for index, one in enumerate(findings):
        part = _PARTS.get(one.id)
        if part is None or one.offset is not None:
            continue
        if part in _OF_HEADER:
            findings[index] = finding(one.id, *_of_header(part, frame.offset + header.begin, header))
        elif content is not None:
            findings[index] = finding(one.id, *_of_content(part, frame, header, content))


def _of_header(part: str, begin: int, header: Header) -> tuple[int, int]:
    """First byte and number of bytes; the data begin at ``begin``, all counted in the raw frame."""
    if part == "dc09.open":
        return begin - 1, 1
    echo_at = begin - 1 - len(header.echo)
    if part == "dc09.sequence":
        return echo_at, len(header.sequence)
    return echo_at - 1 - len(header.token), len(header.token)


def _of_content(part: str, frame: Frame, header: Header, content: Content) -> tuple[int, int]:
    fields_at = frame.offset + content.fields_at
    if part == "dc09.close":
        return fields_at - 1, 1
    if part == "dc09.extended":
        return fields_at, len(content.fields)
    if part == "dc09.stamp":
        return fields_at + len(content.fields), STAMP_SIZE
    if part == "dc09.data" or content.inner is None:
        return fields_at - 1 - len(content.data), len(content.data)
    begin = frame.offset + header.begin
    return begin + frame.raw.startswith(b"#", begin), len(content.inner)
