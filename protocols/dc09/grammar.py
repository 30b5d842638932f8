"""The grammar of DC-09 as small named rules, over bytes (DC-09 5, in the reading of the 2013 edition).

A conforming frame is::

    <LF> <crc> <0LLL> <"id"> <seq> [<Rrcvr>] <Lpref> <#acct> <[data]> {<[x...]>} [<_timestamp>] <CR>
     0A   4      4     token   4     opt.      mand.   mand.                          20 bytes     0D
                      \\______________________ body: covered by crc and length __________________/

Two readings of it stand here. The strict rules say what the standard says and are tried first, since nearly
all frames follow them. The tolerant rules say what panels have been seen to send; whatever only they read
leaves a finding. All rules are matched against the body or a part of it, never against the stream.
"""

from __future__ import annotations

import re

LF = 0x0A
CR = 0x0D
QUOTE = 0x22
STAR = 0x2A

MAX_BODY = 0xFFF
"""``0LLL`` says at most 4095 bytes (DC-09 5.3)."""
HEAD = 10
"""Bytes that are needed to tell the two forms of CRC apart: LF, CRC, length and the opening quote."""
FILLER = b"\x00\r\n \t"
"""What panels put between frames without meaning: NUL after CR, line ends, blanks."""

_HEX = rb"[0-9A-Fa-f]"
_CAPITAL = rb"[^\x00-/:-@G-\xff]"
"""``[0-9A-F]``. Three ranges or more become a bitmap, which is quicker than two comparisons a byte."""
_ALNUM = rb"[0-9A-Za-z]"
_DIGIT = rb"[0-9]"

# --- the head of a frame, matched in the stream at an LF --------------------------------------------------------

ASCII_HEAD = re.compile(rb"\n(%b{4})(%b{4})\"" % (_HEX, _HEX))
"""CRC as four hex digits (explicit since the 2013 edition). Groups: crc, length."""
BINARY_HEAD = re.compile(rb"\n(..)(0%b{3})\"" % _HEX, re.DOTALL)
"""CRC as two raw bytes, high byte first: how many makers read the 2007 edition. Groups: crc, length."""

NEXT_HEAD = re.compile(rb"\n(?:%b{8}|..0%b{3})\"" % (_HEX, _HEX), re.DOTALL)
"""Where the next frame may begin."""

# --- time ------------------------------------------------------------------------------------------------------------

_PAIR = rb"[0-9][0-9]"  # quicker than \d
_STAMP = rb"_%b:%b:%b,%b-%b-%b%b" % (7 * (_PAIR,))

STAMP = re.compile(_STAMP)
"""``_HH:MM:SS,MM-DD-YYYY``, 20 bytes with the underscore (DC-09 5.4.6)."""
STAMP_SIZE = 20
OCCURRED = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:,(\d{1,2})-(\d{1,2})-(\d{4}))?", re.ASCII)
"""Value of ``[H...]``; one communicator leaves the date out and does not pad the hour."""

# --- strict body -----------------------------------------------------------------------------------------------------

# Nothing behind a repetition can match what it took, so that all of them are possessive.
_PART = rb"[^\[\]\x00-\x1f\x7f]*+"
_INNER = rb"(?:#(%b{3,16}+)\||(?=\]))" % _HEX
_CONTENT = rb"(%b)\]((?:\[%b\])*+)" % (_PART, _PART)


def _head(star: bytes, number: bytes, digit: bytes) -> bytes:
    """Groups: token, seq, R, L, #."""
    return rb'"%b([A-Z0-9-]{1,16}+)"(%b{4})(?:R%b)?L%b#(%b{3,16}+)\[' % (star, _DIGIT, number, number, digit)


def _plain(head: bytes) -> re.Pattern[bytes]:
    return re.compile(head + _INNER + _CONTENT + rb"(%b)?" % _STAMP, re.DOTALL)


def _secret(head: bytes, digit: bytes) -> re.Pattern[bytes]:
    return re.compile(head + rb"(%b++)" % digit, re.DOTALL)


_EXACT = (rb"(?!0%b)(%b{1,6}+)" % (_CAPITAL, _CAPITAL), _CAPITAL)
"""Capitals, and R and L not filled up with zeros."""
_LOOSE = (rb"(%b{1,6}+)" % _HEX, _HEX)

PLAIN = _plain(_head(b"", *_EXACT))
"""A whole body in the clear. Groups: token, seq, R, L, #, inner #, content, extended data, stamp."""
SECRET = _secret(_head(rb"\*", *_EXACT), _CAPITAL)
"""A whole body that is encrypted. Groups: token, seq, R, L, #, cipher in hex."""
LOOSE_PLAIN = _plain(_head(b"", *_LOOSE))
LOOSE_SECRET = _secret(_head(rb"\*", *_LOOSE), _HEX)
"""The same with small letters and zeros in front, as some write them."""
OPENED = re.compile(rb"([^|\[\]]*+)\|(%b%b(%b))" % (_INNER, _CONTENT, _STAMP), re.DOTALL)
"""A decrypted content with its padding in front. Groups: padding, the rest, inner #, content, extended data, stamp."""

# --- tolerant header ------------------------------------------------------------------------------------------------

HEADER = re.compile(
    rb'"(\*?)([^"\r\n]{1,32})"'
    rb"(%b{4})"  # one communicator prints the number in hexadecimal
    rb"(?:R(%b{0,16}))?"
    rb"(?:L(%b{0,16}))?"  # without digits, or left out
    rb"(?:#(%b{0,16}))?"  # letters beyond F, or left out when the data names the account
    rb"\[" % (_HEX, _HEX, _HEX, _ALNUM)
)
"""Up to the opening bracket. Groups: star, token, seq, R, L, #."""
NAK_HEADER = re.compile(
    rb'"(\*?)(NAK)"(%b{4})(?:R(%b{0,16}))?(?:L(%b{0,16}?))?(?:[A#](%b{0,16}))?\[' % (_HEX, _HEX, _HEX, _HEX)
)
"""A NAK marks its account with ``A`` instead of ``#`` (``R0L0A0``), which HEADER would read as hex digits."""
SALVAGE = re.compile(
    rb'"(\*?)([^"\r\n]{0,32})"(%b{4})(?:R(%b{0,16}))?(?:L(%b{0,16}))?(?:#(%b{0,16})(?!%b))?'
    % (_HEX, _HEX, _HEX, _ALNUM, _ALNUM)
)
"""What can be saved of a header that cannot be read otherwise: as much as stands in its place. Groups as HEADER."""

BREAKS = re.compile(r"[\[\]\x00-\x1f\x7f\ud800-\udfff]")
"""What a text that is to be written cannot hold: it would end a field or a frame, or has no bytes."""

# --- tolerant data ---------------------------------------------------------------------------------------------------

INNER = re.compile(rb"(#?)(%b{0,16})\|" % _ALNUM)
"""Account inside the data, with or without ``#``, perhaps empty. Groups: #, account."""
INNER_ONLY = re.compile(rb"#(%b{1,16})" % _ALNUM)
"""Data that is nothing but the account."""
FIELD = re.compile(rb"\[([^\]]*)\]")
"""One extended data field. Group: identifier and value."""
HEX_ACCOUNT = re.compile(rb"%b{1,16}" % _HEX)
LOWER = re.compile(rb"[a-f]")
STRAY = re.compile(rb"\[[^\[\]\x00-\x1f\x7f]*([\[\x00-\x1f\x7f])")
"""What cannot stand in data or extended data: a control character, or a bracket that opens inside another."""
NOTHING = re.compile(rb" *(?:0000 00 000 *)?")
"""Data of a link test that says nothing: blanks, or ``0000 00 000`` as one maker writes."""
