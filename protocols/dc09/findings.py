"""Every departure from DC-09 that is seen and named here: stable id, severity, and a sentence for people."""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("dc09.crc.binary", _D, "The CRC is two raw bytes; since the 2013 edition it is four hex digits."),
    ("dc09.crc.counts-the-cr", _D, "CRC and length count the closing CR, which belongs to neither."),
    ("dc09.header.unreadable", _V, "CRC and length are right, but the header cannot be read."),
    ("dc09.header.token-form", _D, "The token contains other characters than capital letters, digits and hyphen."),
    ("dc09.header.sequence-form", _D, "The sequence number is not four decimal digits."),
    ("dc09.header.receiver-form", _D, "The receiver number R is not one to six hex digits."),
    ("dc09.header.prefix-missing", _D, "The account prefix L is left out; without a prefix it is written L0."),
    ("dc09.header.prefix-empty", _D, "The account prefix L has no digits; without a prefix it is written L0."),
    ("dc09.header.prefix-form", _D, "The account prefix L is not one to six hex digits."),
    ("dc09.header.account-missing", _D, "The header names no account; the one inside the data is used."),
    ("dc09.header.account-form", _D, "The account is not three to sixteen hex digits."),
    ("dc09.event.sequence-zero", _D, "An event has sequence 0000, so that a repetition cannot be told from it."),
    ("dc09.null.sequence", _N, "A link test has a sequence number other than 0000."),
    (
        "dc09.null.filler",
        _D,
        "A link test carries an account, blanks or zeros; its data field is empty by the standard.",
    ),
    ("dc09.null.data", _V, "The token is that of a link test, but it carries data that may be an event; kept unread."),
    ("dc09.token.unsupported", _N, "The token is not one this station reads."),
    ("dc09.token.never-encrypted", _V, "NAK and DUH are never encrypted."),
    ("dc09.answer.unexpected", _N, "An answer came where a message was expected."),
    ("dc09.data.unreadable", _V, "The data field is not enclosed in brackets."),
    ("dc09.data.empty", _V, "The data field of an event is empty."),
    ("dc09.data.no-hash", _D, "The account inside the data has no # in front."),
    ("dc09.data.account-missing", _D, "The data does not begin with the account."),
    ("dc09.data.account-zero", _N, "The account inside the data is all zeros; the one of the header is used."),
    ("dc09.data.account-differs", _N, "The data names another account than the header; the event belongs to it."),
    ("dc09.data.no-event", _V, "No event could be read in the data; it is kept as it came."),
    ("dc09.extended.letter", _D, "An extended data field does not begin with a capital letter."),
    ("dc09.extended.unknown", _N, "An extended data field has an identifier letter that no edition lists."),
    ("dc09.extended.first-only", _N, "Many events share long extended data; it is kept with the first of them."),
    ("dc09.extended.position", _D, "A longitude or latitude cannot be read."),
    ("dc09.extended.time", _D, "The time of occurrence in [H...] cannot be read, or does not exist."),
    ("dc09.time.missing", _V, "An encrypted message has no time stamp."),
    ("dc09.time.unreadable", _D, "What follows the data is not a time stamp."),
    ("dc09.time.no-such-date", _D, "The time stamp names a date or a time that does not exist."),
    ("dc09.time.skew", _D, "The time stamp is more than 60 seconds away from the time of arrival."),
    ("dc09.time.local", _D, "The time stamp is in local time; the standard asks for GMT."),
    ("dc09.time.window", _V, "The time stamp is outside the window of -40 to +20 seconds."),
    ("dc09.cipher.form", _V, "The encrypted part is not a whole number of cipher blocks in hex digits."),
    ("dc09.cipher.closing-bracket", _D, "A closing bracket follows the encrypted part; it belongs inside."),
    ("dc09.cipher.no-key", _N, "The message is encrypted and no key is known for its account."),
    ("dc09.cipher.wrong-key", _V, "The message is encrypted and no known key opens it."),
    ("dc09.cipher.no-bar", _D, "No | stands between the padding and the data of an encrypted event."),
    ("dc09.cipher.trailing-padding", _D, "Padding follows the time stamp; it belongs in front of the data."),
    ("dc09.cipher.short-padding", _N, "There are fewer than 16 bytes of padding; the 2026 edition asks for 16 to 31."),
    ("dc09.unreadable", _V, "The message could not be read because of an error in this program; please report it."),
)

FINDINGS = MappingProxyType({id_: Finding(id_, severity, text) for id_, severity, text in _TABLE})
"""Finding id to the finding as it is when it concerns no certain bytes."""


def finding(id_: str, offset: int | None = None, length: int = 0) -> Finding:
    """The finding of that id, for the bytes from ``offset`` (counted in ``Arrival.raw``)."""
    known = FINDINGS[id_]
    if offset is None:
        return known
    return Finding(id_, known.severity, known.text, offset, length)
