"""One frame into one arrival: keys tried, times weighed, events read, departures named.

Both the receiving end and the decoder of captures read through here. :func:`read` never raises: whatever goes
wrong inside becomes an arrival of kind malformed with the finding ``dc09.unreadable``.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from protocols.dc09 import cipher, codec, extended, noticing, spans, text
from protocols.dc09.cipher import BLOCK
from protocols.dc09.codec import Content, Header
from protocols.dc09.events import read_events
from protocols.dc09.findings import finding
from protocols.dc09.framing import Frame
from protocols.dc09.identity import digest, number, scope
from protocols.dc09.identity import seal as seal_of
from protocols.dc09.noticing import TELLING, tell_of_case, tell_of_no_stamp, tell_of_padding, weigh
from protocols.dc09.opening import Opened, open_with
from protocols.model import (
    Arrival,
    ArrivalKind,
    Dialect,
    Edition,
    Finding,
    Identity,
    Key,
    Protection,
)

PROTOCOL = "dc09"
CRC_ASCII = "crc-ascii"
CRC_BINARY = "crc-binary"
CRC_COUNTS_CR = "crc-counts-cr"
"""The dialects found in framing."""

# Members of an enumeration cost 0.1 us each time they are asked for, and this is the way of every message.
_ANSWER, _LINK_TEST = ArrivalKind.ANSWER, ArrivalKind.LINK_TEST
_NONE, _KEYED, _FAILED = Protection.NONE, Protection.KEYED, Protection.FAILED
_E2026 = Edition.E2026

_NOT_WAITING = finding("dc09.flow.not-waiting")
_SHORT_PADDING = finding("dc09.cipher.short-padding")
_UNEXPECTED = finding("dc09.answer.unexpected")

LookupAccount = Callable[[str | None, str | None, str], Dialect]
"""``(R, L, #) -> Dialect``."""


class Reply(Struct):
    """What the answer to an arrival needs. Opaque to everyone but the receiving end."""

    echo: bytes
    """Sequence to account as received; empty when nothing of the header could be read."""
    binary: bool
    head: bytes
    """CRC and length as received; their case is repeated."""
    stamped: bool
    """The message carried a time stamp."""
    encrypted: bool
    key: Key | None
    """The key that opened the message."""
    bar: bool
    """The peer writes ``|`` behind its padding."""
    long_pad: bool
    """Pad as the 2026 edition asks."""
    token: str = ""
    """The token answered; empty for silence."""
    answer: bytes | None = None
    """None while undecided."""

    def __repr__(self) -> str:
        return "<Reply>"


class Times(Struct, frozen=True):
    """What is known of the present when a message is read."""

    wall: float
    """Seconds since the epoch."""
    watched: bool = True
    """Whether this is a station's own line, now: the stamp is compared with ``wall``, and an answer does not belong
    there. Not so for captures, which may be of any age, and at the panel's end."""


def read(frame: Frame, lookup: LookupAccount, times: Times, not_waiting: bool = False) -> Arrival:
    """The arrival that ``frame`` is. Never raises.

    ``not_waiting`` is whether it came before an earlier one of the same connection was answered.
    """
    header: Header | None = None
    content: Content | None = None
    opened: Opened | None = None
    as_usual = not (frame.binary or frame.counts_cr or frame.around)
    findings = [] if as_usual else noticing.of_frame(frame)
    try:
        body = frame.body
        offset = 9 if as_usual else frame.offset
        header, content = codec.read_plain(body, findings, offset)
        account = header.account or (content.inner if content is not None else None) or ""
        dialect = lookup(header.receiver, header.prefix, account)

        key: Key | None = None
        plain = seal = b""
        bar = True
        in_clear = content
        if content is None:
            secret = _secret(body, header, findings, offset)
            if secret is not None:
                if dialect.keys:
                    opened = open_with(dialect.keys, secret, header, findings)
                if opened is None:
                    findings.append(finding("dc09.cipher.wrong-key" if dialect.keys else "dc09.cipher.no-key"))
            if opened is None or secret is None:
                return _sealed(frame, header, findings, times, not_waiting)
            key, plain, content, bar = opened.key, opened.plain, opened.content, opened.bar
            account = header.account or content.inner or ""
            seal = seal_of(secret)

        edition = dialect.edition
        sent_at, timely = weigh(content.stamp, key is not None, dialect, times.wall, times.watched, findings)
        fields: extended.Extended = {}
        if content.fields:
            fields_at = None if in_clear is None else offset + content.fields_at
            fields = extended.read(
                content.fields, dialect.encoding, findings, fields_at, edition=edition, in_clear=in_clear is not None
            )
        kind, signals = read_events(header, content, account, fields, sent_at, dialect, times.wall, findings)
        if not content.covered.isascii():
            covered_at = None if in_clear is None else offset + header.begin - 1
            findings.extend(text.departures(content.covered, dialect.encoding, edition, covered_at))

        head = frame.raw[1:9] if as_usual else _head(frame)
        identity = None
        reply = None
        if kind is not _ANSWER:
            if not head.isupper():
                tell_of_case(frame, findings)
            if findings:
                spans.place(findings, frame, header, in_clear)
            # What follows concerns no bytes of its own.
            if opened is not None:
                pad = opened.pad
                size = len(pad)
                if size < BLOCK and (edition is None or edition is _E2026):
                    findings.append(_SHORT_PADDING)
                if size >= TELLING and (pad[0] == pad[-1] or pad.isalnum()):
                    tell_of_padding(pad, findings)
            elif content.stamp is None:
                tell_of_no_stamp(findings)
            if not_waiting:
                findings.append(_NOT_WAITING)
            if seal or kind is not _LINK_TEST:
                identity = Identity(
                    scope=scope(header.receiver, header.prefix, account),
                    number=None if kind is _LINK_TEST else number(header.sequence),
                    content=digest(header, content),
                    seal=seal or None,
                )
            reply = Reply(
                header.echo,
                frame.binary,
                head,
                content.stamp is not None,
                header.encrypted,
                key,
                bar,
                edition is _E2026,
            )
        else:
            if times.watched:
                findings.append(_UNEXPECTED)
            if findings:
                spans.place(findings, frame, header, in_clear)
        inner = content.inner
        return Arrival(  # a call with more than fifteen keywords would build a dictionary first
            frame.raw,
            PROTOCOL,
            kind,
            header.token,
            header.receiver,
            header.prefix,
            header.account or "",
            inner if inner and inner.strip("0") else "",
            header.sequence,
            sent_at,
            path=extended.path(fields) if fields else "",
            signals=signals,
            findings=tuple(findings),
            protection=_NONE if key is None else _KEYED,
            key_owner="" if key is None else key.owner,
            plain=plain,
            timely=timely,
            identity=identity,
            dialect=CRC_ASCII if as_usual else _dialect(frame),
            reply=reply,
        )
    except codec.UnreadableError as error:
        return _unread(frame, [*findings, error.finding], error.header, error.inner, None, not_waiting)
    except Exception:  # the one place where an error of ours becomes data: no frame may stop the receiver
        inner = None if content is None else content.inner
        findings.append(finding("dc09.unreadable"))
        return _unread(frame, findings, header or codec.salvage(frame.body), inner, opened, not_waiting)


def _unread(
    frame: Frame,
    findings: list[Finding],
    header: Header | None,
    inner: str | None,
    opened: Opened | None,
    not_waiting: bool,
) -> Arrival:
    """A message that could not be read: whose it is, as far as that is known, and its bytes."""
    if not_waiting:
        findings.append(_NOT_WAITING)
    encrypted = frame.body.startswith(b'"*')
    key = None if opened is None else opened.key
    protection = _NONE if not encrypted else _FAILED if key is None else _KEYED
    known = header or Header(encrypted, "", "", None, None, None, b"", 0)
    return Arrival(
        raw=frame.raw,
        protocol=PROTOCOL,
        kind=ArrivalKind.MALFORMED,
        token=known.token,
        receiver=known.receiver,
        prefix=known.prefix,
        account=known.account or "",
        inner=_named(inner),
        sequence=known.sequence,
        findings=tuple(findings),
        protection=protection,
        key_owner="" if key is None else key.owner,
        plain=b"" if opened is None else opened.plain,
        dialect=_dialect(frame),
        reply=Reply(known.echo, frame.binary, _head(frame), False, encrypted, key, True, False),
    )


def _named(inner: str | None) -> str:
    """``Arrival.inner`` of the account inside the data: zeros stand for the account of the header."""
    return inner if inner and inner.strip("0") else ""


def _dialect(frame: Frame) -> str:
    if frame.binary:
        return CRC_BINARY
    return CRC_COUNTS_CR if frame.counts_cr else CRC_ASCII


def _head(frame: Frame) -> bytes:
    return frame.raw[3:7] if frame.binary else frame.raw[1:9]


def _secret(body: bytes, header: Header, findings: list[Finding], offset: int) -> bytes | None:
    """The cipher blocks; None when they are none."""
    digits = body[header.begin :]
    if digits.endswith(b"]"):
        findings.append(finding("dc09.cipher.closing-bracket", offset + len(body) - 1, 1))
        digits = digits[:-1]
    secret = cipher.blocks(digits)
    if secret is None:
        findings.append(finding("dc09.cipher.form", offset + header.begin, len(digits)))
    return secret


def _sealed(frame: Frame, header: Header, findings: list[Finding], times: Times, not_waiting: bool) -> Arrival:
    """An encrypted message that no key opened: nothing is known of it but its header."""
    answer = header.token in codec.ANSWER_TOKENS
    reply = None
    if not answer:
        head = _head(frame)
        tell_of_case(frame, findings)
        if not_waiting:
            findings.append(_NOT_WAITING)
        reply = Reply(header.echo, frame.binary, head, False, True, None, True, False)
    else:
        if header.token in codec.NEVER_ENCRYPTED:
            findings.append(finding("dc09.token.never-encrypted"))
        if times.watched:
            findings.append(_UNEXPECTED)
    spans.place(findings, frame, header, None)
    return Arrival(
        raw=frame.raw,
        protocol=PROTOCOL,
        kind=ArrivalKind.ANSWER if answer else ArrivalKind.OPAQUE,
        token=header.token,
        receiver=header.receiver,
        prefix=header.prefix,
        account=header.account or "",
        sequence=header.sequence,
        findings=tuple(findings),
        protection=Protection.FAILED,
        dialect=_dialect(frame),
        reply=reply,
    )
