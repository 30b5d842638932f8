"""Every departure from DC-09 that is seen and named here: stable id, severity, and the part of a message it is about.

Their words are in the catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from protocols.finding_table import D, FindingTable, N, V

_TABLE = FindingTable(
    (
        ("dc09.crc.binary", D, "crc"),
        ("dc09.crc.counts-the-cr", D, "length"),
        ("dc09.framing.nul-after-cr", D, "trailer"),
        ("dc09.framing.filler", N, "filler"),
        ("dc09.flow.not-waiting", N, ""),
        ("dc09.header.unreadable", V, ""),
        ("dc09.header.lower-case", N, "crc"),
        ("dc09.header.token-form", D, "token"),
        ("dc09.header.sequence-form", D, "sequence"),
        ("dc09.header.receiver-form", D, "receiver"),
        ("dc09.header.prefix-missing", D, "sequence"),
        ("dc09.header.prefix-empty", D, "prefix"),
        ("dc09.header.prefix-form", D, "prefix"),
        ("dc09.header.leading-zeros", N, "prefix"),
        ("dc09.header.repeats-account", N, "prefix"),
        ("dc09.header.account-missing", D, "prefix"),
        ("dc09.header.account-form", D, "account"),
        ("dc09.event.sequence-zero", D, "sequence"),
        ("dc09.null.sequence", N, "sequence"),
        ("dc09.null.filler", D, "data"),
        ("dc09.null.data", V, "data"),
        ("dc09.token.unsupported", N, "token"),
        ("dc09.token.unknown", D, "token"),
        ("dc09.token.never-encrypted", V, "token"),
        ("dc09.answer.unexpected", N, "token"),
        ("dc09.data.unreadable", V, "rest"),
        ("dc09.data.empty", V, "close"),
        ("dc09.data.no-hash", D, "data-account"),
        ("dc09.data.account-missing", D, "open"),
        ("dc09.data.account-zero", N, "data-account"),
        ("dc09.data.account-zeros", N, "data-account"),
        ("dc09.data.account-differs", N, "data-account"),
        ("dc09.data.characters", D, "data"),
        ("dc09.data.no-event", V, "data"),
        ("dc09.extended.letter", D, "extended"),
        ("dc09.extended.unknown", N, "extended"),
        ("dc09.extended.value", D, "extended"),
        ("dc09.extended.later-edition", N, "extended"),
        ("dc09.extended.first-only", N, "extended"),
        ("dc09.extended.position", D, "extended"),
        ("dc09.extended.decimal-degrees", D, "extended"),
        ("dc09.extended.time", D, "extended"),
        ("dc09.extended.time-only", D, "extended"),
        ("dc09.extended.json", D, "extended"),
        ("dc09.extended.key-in-clear", V, "extended"),
        ("dc09.text.utf-8", N, "data"),
        ("dc09.text.windows-1252", N, "data"),
        ("dc09.time.missing", V, "end"),
        ("dc09.time.none", N, "end"),
        ("dc09.time.unreadable", D, "rest"),
        ("dc09.time.no-such-date", D, "stamp"),
        ("dc09.time.skew", D, "stamp"),
        ("dc09.time.local", D, "stamp"),
        ("dc09.time.window", V, "stamp"),
        ("dc09.cipher.form", V, "cipher"),
        ("dc09.cipher.closing-bracket", D, "close"),
        ("dc09.cipher.lower-case", N, "cipher"),
        ("dc09.cipher.no-key", N, "cipher"),
        ("dc09.cipher.wrong-key", V, "cipher"),
        ("dc09.cipher.no-bar", D, "pad"),
        ("dc09.cipher.no-bar-in-link-test", N, "pad"),
        ("dc09.cipher.trailing-padding", D, "trailing-pad"),
        ("dc09.cipher.short-padding", N, "pad"),
        ("dc09.cipher.constant-padding", D, "pad"),
        ("dc09.cipher.printable-padding", N, "pad"),
        ("dc09.unreadable", V, ""),
    ),
    "dc09.",
)

FINDINGS, PARTS = _TABLE.findings, _TABLE.parts
finding = _TABLE.finding
"""Of the parts, ``dc09.data`` stands for the content, whatever its own parts."""
