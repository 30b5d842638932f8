"""Every departure from DC-09 that is seen and named here: stable id, severity, and the part of a message it is about.

Their words are in the catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("dc09.crc.binary", _D, "crc"),
    ("dc09.crc.counts-the-cr", _D, "length"),
    ("dc09.framing.nul-after-cr", _D, "trailer"),
    ("dc09.framing.filler", _N, "filler"),
    ("dc09.flow.not-waiting", _N, ""),
    ("dc09.header.unreadable", _V, ""),
    ("dc09.header.lower-case", _N, "crc"),
    ("dc09.header.token-form", _D, "token"),
    ("dc09.header.sequence-form", _D, "sequence"),
    ("dc09.header.receiver-form", _D, "receiver"),
    ("dc09.header.prefix-missing", _D, "sequence"),
    ("dc09.header.prefix-empty", _D, "prefix"),
    ("dc09.header.prefix-form", _D, "prefix"),
    ("dc09.header.leading-zeros", _N, "prefix"),
    ("dc09.header.repeats-account", _N, "prefix"),
    ("dc09.header.account-missing", _D, "prefix"),
    ("dc09.header.account-form", _D, "account"),
    ("dc09.event.sequence-zero", _D, "sequence"),
    ("dc09.null.sequence", _N, "sequence"),
    ("dc09.null.filler", _D, "data"),
    ("dc09.null.data", _V, "data"),
    ("dc09.token.unsupported", _N, "token"),
    ("dc09.token.unknown", _D, "token"),
    ("dc09.token.never-encrypted", _V, "token"),
    ("dc09.answer.unexpected", _N, "token"),
    ("dc09.data.unreadable", _V, "rest"),
    ("dc09.data.empty", _V, "close"),
    ("dc09.data.no-hash", _D, "data-account"),
    ("dc09.data.account-missing", _D, "open"),
    ("dc09.data.account-zero", _N, "data-account"),
    ("dc09.data.account-zeros", _N, "data-account"),
    ("dc09.data.account-differs", _N, "data-account"),
    ("dc09.data.characters", _D, "data"),
    ("dc09.data.no-event", _V, "data"),
    ("dc09.extended.letter", _D, "extended"),
    ("dc09.extended.unknown", _N, "extended"),
    ("dc09.extended.value", _D, "extended"),
    ("dc09.extended.later-edition", _N, "extended"),
    ("dc09.extended.first-only", _N, "extended"),
    ("dc09.extended.position", _D, "extended"),
    ("dc09.extended.decimal-degrees", _D, "extended"),
    ("dc09.extended.time", _D, "extended"),
    ("dc09.extended.time-only", _D, "extended"),
    ("dc09.extended.json", _D, "extended"),
    ("dc09.extended.key-in-clear", _V, "extended"),
    ("dc09.text.utf-8", _N, "data"),
    ("dc09.text.windows-1252", _N, "data"),
    ("dc09.time.missing", _V, "end"),
    ("dc09.time.none", _N, "end"),
    ("dc09.time.unreadable", _D, "rest"),
    ("dc09.time.no-such-date", _D, "stamp"),
    ("dc09.time.skew", _D, "stamp"),
    ("dc09.time.local", _D, "stamp"),
    ("dc09.time.window", _V, "stamp"),
    ("dc09.cipher.form", _V, "cipher"),
    ("dc09.cipher.closing-bracket", _D, "close"),
    ("dc09.cipher.lower-case", _N, "cipher"),
    ("dc09.cipher.no-key", _N, "cipher"),
    ("dc09.cipher.wrong-key", _V, "cipher"),
    ("dc09.cipher.no-bar", _D, "pad"),
    ("dc09.cipher.no-bar-in-link-test", _N, "pad"),
    ("dc09.cipher.trailing-padding", _D, "trailing-pad"),
    ("dc09.cipher.short-padding", _N, "pad"),
    ("dc09.cipher.constant-padding", _D, "pad"),
    ("dc09.cipher.printable-padding", _N, "pad"),
    ("dc09.unreadable", _V, ""),
)

FINDINGS = MappingProxyType({id_: Finding(id_, severity) for id_, severity, _ in _TABLE})
"""Finding id to the finding as it is when it concerns no certain bytes."""

PARTS = MappingProxyType({id_: f"dc09.{part}" if part else "" for id_, _, part in _TABLE})
"""Finding id to the id of the part of a message where it shows (``Part.id``); ``""`` for the message as a whole.
``dc09.data`` stands for the content, whatever its parts."""


def finding(id_: str, offset: int | None = None, length: int = 0) -> Finding:
    """The finding of that id, for the bytes from ``offset`` (counted in ``Arrival.raw``)."""
    known = FINDINGS[id_]
    if offset is None:
        return known
    return Finding(id_, known.severity, offset, length)
