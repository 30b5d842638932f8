"""A frame's body into its parts: header, data, extended data, stamp.

Reading tries the strict rules of the grammar first and falls back to the tolerant ones, which leave findings.
What even those cannot read raises :class:`UnreadableError` with whatever of it can be told.
"""

from __future__ import annotations

import re

from msgspec import Struct

from protocols.dc09 import grammar
from protocols.dc09.findings import finding
from protocols.model import Finding

EVENT_TOKENS = frozenset(("ADM-CID", "SIA-DCS"))
LINK_TEST_TOKENS = frozenset(("NULL", "XNM"))
ANSWER_TOKENS = frozenset(("ACK", "NAK", "DUH", "RSP"))
NEVER_ENCRYPTED = frozenset(("NAK", "DUH"))
_LISTED = (
    "SIA-PUL SIA-S2K ACR-SF ADM-41E ADM-42E ADM-HS DSC-43 FBI-SF ITI-I "
    "SCN-S8 SCN-S16 SCN-S24 SCT SES-SS SK-FSK1 SK-FSK2"
)
UNREAD_TOKENS = frozenset(_LISTED.split())
"""Listed by the standard (annex H of 2026); their contents are those of DC-07, which are not read here."""


class Header(Struct, gc=False):
    """What stands before the opening bracket. Fields as sent, None when absent."""

    encrypted: bool
    token: str
    sequence: str
    receiver: str | None
    prefix: str | None
    account: str | None
    echo: bytes
    """Sequence to account exactly as received: what an answer repeats."""
    begin: int
    """Index in the body of the first byte after the opening bracket."""


class UnreadableError(ValueError):
    """CRC and length are right, the rest is not."""

    def __init__(self, reason: Finding, header: Header | None, inner: str | None = None) -> None:
        super().__init__(reason.id)
        self.finding = reason
        self.header = header
        """As far as it can be read; None when nothing of it can."""
        self.inner = inner
        """The account inside the data, where that can be read."""


class Content(Struct, gc=False):
    """What stands after the opening bracket, decrypted where it was encrypted."""

    inner: str | None
    """Account inside the data as sent, None when there is none."""
    data: bytes
    """The data without the account."""
    fields: bytes
    """Extended data, ``[x...][y...]``."""
    stamp: bytes | None
    """Of the right form; the date may still not exist."""
    covered: bytes
    """Data with the account, and extended data: what makes two messages equal."""
    fields_at: int = 0
    """Where ``fields`` begin in the body; 0 when they were encrypted."""


def read_plain(body: bytes, findings: list[Finding], offset: int) -> tuple[Header, Content | None]:
    """Header and, for a message in the clear, content. ``offset`` is where the body begins in the raw frame."""
    odd = False
    if body[1:2] == b"*":
        match = grammar.SECRET.fullmatch(body)
        if match is None:
            odd = True
            match = grammar.LOOSE_SECRET.fullmatch(body)
            if match is None:
                return _read_tolerant(body, findings, offset)
        token, sequence, receiver, prefix, account, _ = match.groups()
        if odd or prefix == account or receiver == account:
            _tell_of_manner(match, 3, findings, offset)
            _tell_of_cipher(token.decode(), body, match.end(5) + 1, findings, offset)
        bracket = match.end(5)
        header = Header(
            True,
            token.decode(),
            sequence.decode(),
            None if receiver is None else receiver.decode(),
            prefix.decode(),
            account.decode(),
            body[len(token) + 3 : bracket],
            bracket + 1,
        )
        return header, None
    match = grammar.PLAIN.fullmatch(body)
    if match is None:
        odd = True
        match = grammar.LOOSE_PLAIN.fullmatch(body)
        if match is None:
            return _read_tolerant(body, findings, offset)
    token, sequence, receiver, prefix, account, inner, data, fields, time = match.groups()
    if odd or prefix == account or receiver == account:
        _tell_of_manner(match, 3, findings, offset)
    bracket = match.end(5)
    fields_at, end = match.span(8)
    header = Header(
        False,
        token.decode(),
        sequence.decode(),
        None if receiver is None else receiver.decode(),
        prefix.decode(),
        account.decode(),
        body[len(token) + 2 : bracket],
        bracket + 1,
    )
    inner_text = None if inner is None else inner.decode()
    return header, Content(inner_text, data, fields, time, body[bracket:end], fields_at)


def _read_tolerant(body: bytes, findings: list[Finding], offset: int) -> tuple[Header, Content | None]:
    match = grammar.NAK_HEADER.match(body) or grammar.HEADER.match(body)
    if match is None:
        raise UnreadableError(finding("dc09.header.unreadable", offset, len(body)), salvage(body))
    header = _header(match, body[match.start(3) : match.end() - 1])
    _depart(header, match, findings, offset)
    if header.encrypted:
        _tell_of_cipher(header.token, body, header.begin, findings, offset)
        return header, None
    content = read_content(body[header.begin :], header, findings, offset + header.begin)
    if content is None:
        inner, _ = _read_inner(body[header.begin :], header, [], None)
        raise UnreadableError(finding("dc09.data.unreadable", offset + header.begin), header, inner)
    content.fields_at += header.begin
    return header, content


def salvage(body: bytes) -> Header | None:
    """What can be told of a header that cannot be read; None when not even its sequence can. Never raises."""
    match = grammar.SALVAGE.match(body)
    return None if match is None else _header(match, body[match.start(3) : match.end()])


def _header(match: re.Match[bytes], echo: bytes) -> Header:
    """The header of a match of the tolerant rules."""
    star, token, sequence, receiver, prefix, account = match.groups()
    return Header(
        bool(star),
        token.decode("latin-1"),
        sequence.decode("ascii"),
        None if receiver is None else receiver.decode("ascii"),
        None if prefix is None else prefix.decode("ascii"),
        account.decode("ascii") if account else None,
        echo,
        match.end(),
    )


def _depart(header: Header, match: re.Match[bytes], findings: list[Finding], offset: int) -> None:
    """Name what only the tolerant header rule let through."""

    def departs(id_: str, group: int) -> None:
        start, end = match.span(group)
        findings.append(finding(id_, offset + start if start >= 0 else None, max(0, end - start)))

    receiver, prefix, account = header.receiver, header.prefix, header.account
    if not re.fullmatch(r"[A-Z0-9-]+", header.token):
        departs("dc09.header.token-form", 2)
    if not header.sequence.isdecimal():
        departs("dc09.header.sequence-form", 3)
    if receiver is not None and not 1 <= len(receiver) <= 6:
        departs("dc09.header.receiver-form", 4)
    if prefix is None:
        departs("dc09.header.prefix-missing", 5)
    elif not prefix:
        departs("dc09.header.prefix-empty", 5)
    elif len(prefix) > 6:
        departs("dc09.header.prefix-form", 5)
    if header.token in ANSWER_TOKENS:
        return  # a NAK says A0, and the rest is what the receiver was sent
    if account is None:
        departs("dc09.header.account-missing", 6)
    elif len(account) < 3 or not grammar.HEX_ACCOUNT.fullmatch(account.encode()):
        departs("dc09.header.account-form", 6)
    _tell_of_manner(match, 4, findings, offset)


def _tell_of_manner(match: re.Match[bytes], first: int, findings: list[Finding], offset: int) -> None:
    """Name what is not wrong and yet not the rule in R, L and account, whose groups begin with ``first``.

    Each is told once, where it shows first. An answer only repeats what it was sent.
    """
    if match[first - 2].decode("latin-1") in ANSWER_TOKENS:
        return
    receiver, prefix, account = (value or b"" for value in match.group(first, first + 1, first + 2))

    def tell(id_: str, in_receiver: bool, in_prefix: bool, in_account: bool = False) -> None:
        if in_receiver or in_prefix or in_account:
            start, end = match.span(first if in_receiver else first + 1 if in_prefix else first + 2)
            findings.append(finding(id_, offset + start, end - start))

    tell("dc09.header.leading-zeros", _is_filled(receiver), _is_filled(prefix))
    own = account.upper()
    if own.strip(b"0"):
        tell("dc09.header.repeats-account", receiver.upper() == own, prefix.upper() == own)
    in_account = own != account and grammar.HEX_ACCOUNT.fullmatch(account) is not None
    tell("dc09.header.lower-case", receiver.upper() != receiver, prefix.upper() != prefix, in_account)


def _is_filled(digits: bytes) -> bool:
    return len(digits) > 1 and digits.startswith(b"0")


def _tell_of_cipher(token: str, body: bytes, begin: int, findings: list[Finding], offset: int) -> None:
    if token not in ANSWER_TOKENS and grammar.LOWER.search(body, begin):
        findings.append(finding("dc09.cipher.lower-case", offset + begin, len(body) - begin))


def read_content(clear: bytes, header: Header, findings: list[Finding], offset: int | None) -> Content | None:
    """Data, extended data and stamp of ``clear``, which begins after the opening bracket; None without a ``]``.

    ``offset`` is where ``clear`` begins in the raw frame, None when it was encrypted. What follows the last
    field and is no time stamp is named in ``findings`` and left out.
    """
    end = clear.find(b"]")
    if end < 0:
        return None
    inner, data = _read_inner(clear[:end], header, findings, offset)
    begin = at = end + 1
    while (match := grammar.FIELD.match(clear, at)) is not None:
        at = match.end()
    tail = clear[at:]
    time = tail if len(tail) == grammar.STAMP_SIZE and grammar.STAMP.match(tail) else None
    if tail and time is None:
        findings.append(finding("dc09.time.unreadable", None if offset is None else offset + at, len(tail)))
    covered = b"[" + clear[:at]
    stray = grammar.STRAY.search(covered)
    if stray is not None:
        findings.append(finding("dc09.data.characters", None if offset is None else offset + stray.start(1) - 1, 1))
    return Content(inner, data, clear[begin:at], time, covered, begin)


def _read_inner(data: bytes, header: Header, findings: list[Finding], offset: int | None) -> tuple[str | None, bytes]:
    """The account inside the data, and what follows it."""
    events = header.token in EVENT_TOKENS
    match = grammar.INNER.match(data)
    if match is not None:
        mark, account = match.groups()
        own = (header.account or "").encode()
        # Without a # it is an account only when it cannot be a block of its own.
        if mark or not account or grammar.HEX_ACCOUNT.fullmatch(account) or account.upper() == own.upper():
            if events and not account:
                findings.append(finding("dc09.data.account-missing", offset))
            elif not mark and account:
                findings.append(finding("dc09.data.no-hash", offset, len(account)))
            return account.decode("ascii") or None, data[match.end() :]
    elif (alone := grammar.INNER_ONLY.fullmatch(data)) is not None:
        return alone[1].decode("ascii"), b""
    if events and data:
        findings.append(finding("dc09.data.account-missing", offset))
    return None, data
