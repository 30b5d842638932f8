"""What there is to say about a message as a whole: its frame, its clock, its padding.

The parts of a message are judged where they are read.
"""

from __future__ import annotations

from protocols.dc09 import stamp
from protocols.dc09.findings import finding
from protocols.dc09.framing import Frame
from protocols.dc09.grammar import LOWER
from protocols.model import Dialect, Finding

TELLING = 8
"""Bytes of padding from which on it can be told that they are not random."""


def of_frame(frame: Frame) -> list[Finding]:
    """How the frame itself departs."""
    findings = []
    if frame.binary:
        findings.append(finding("dc09.crc.binary", 1, 2))
    if frame.counts_cr:
        findings.append(finding("dc09.crc.counts-the-cr", 1, frame.offset - 1))
    findings.extend(finding(id_) for id_ in frame.around)
    return findings


def tell_of_case(frame: Frame, findings: list[Finding]) -> None:
    """Lower-case digits of CRC or length, unless those of the header are told already."""
    start = 3 if frame.binary else 1
    found = LOWER.search(frame.raw, start, frame.offset)
    if found is not None and not _is_told("dc09.header.lower-case", findings):
        findings.append(finding("dc09.header.lower-case", start, frame.offset - start))


def tell_of_no_stamp(findings: list[Finding]) -> None:
    """No stamp on a message in the clear, unless it is told already what stands in its place."""
    if not _is_told("dc09.time.unreadable", findings):
        findings.append(finding("dc09.time.none"))


def tell_of_padding(pad: bytes, findings: list[Finding]) -> None:
    """Padding of at least ``TELLING`` bytes that does not look random."""
    if pad == pad[:1] * len(pad):
        findings.append(finding("dc09.cipher.constant-padding"))
    elif pad.isalnum():
        findings.append(finding("dc09.cipher.printable-padding"))


def _is_told(id_: str, findings: list[Finding]) -> bool:
    return any(one.id == id_ for one in findings)


def weigh(
    mark: bytes | None, encrypted: bool, dialect: Dialect, wall: float, watched: bool, findings: list[Finding]
) -> tuple[float | None, bool]:
    """When a message was sent, by its stamp ``mark``, and whether it is timely.

    ``wall`` is the time of arrival; without ``watched`` nothing is compared with it.
    """
    if mark is None:
        if encrypted:
            findings.append(finding("dc09.time.missing"))
        return None, not encrypted or not watched
    sent_at = stamp.read(mark)
    if sent_at is None:
        findings.append(finding("dc09.time.no-such-date"))
        return None, not encrypted or not watched
    if not watched:
        return sent_at, True
    if encrypted:
        timely = stamp.is_timely(sent_at, wall)
        if not timely:
            findings.append(finding("dc09.time.window"))
        return sent_at, timely
    skew = abs(sent_at - wall)
    if skew > stamp.SKEW_S:
        if skew > stamp.LOCAL_S:
            local = stamp.as_local(sent_at, dialect.time_zone)
            if local is not None and abs(local - wall) <= stamp.LOCAL_S:
                findings.append(finding("dc09.time.local"))
                return local, True
        findings.append(finding("dc09.time.skew"))
    return sent_at, True
