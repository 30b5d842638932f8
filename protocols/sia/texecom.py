"""Texecom over IP: lines that carry Contact ID or SIA blocks. The station's end.

::

    POLL 1234 # flags (three more bytes) CR LF     -> [P] 00 minutes 06 CR LF       the path lives
    2 AAAA18QXYZGGCCCS CR LF                       -> 2 06 CR LF                    Contact ID, letter A for 0
    3 blocks CR LF                                 -> 3 06 CR LF                    SIA blocks, headers 0xC0 + length
    +++                                            the panel hangs up

``texecom_grammar`` says where a line begins and ends. What is not taken is
answered with 15 (NAK) in the place of 06 `[inferred]`: like silence it makes the panel repeat, but at once.
Source: contact_id_and_sia.md, 5.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from protocols import contact_id, sia_text
from protocols.ends import Limits, Lookup, Source
from protocols.lines.options import SourceOptions
from protocols.lines.placing import Finder
from protocols.lines.receiving import LineReceivingEnd, Reading
from protocols.lines.scanning import Found
from protocols.model import Arrival, ArrivalKind, Finding, Moment, Noise, Signal, Verdict
from protocols.sia import blocks
from protocols.sia.blocks import Block
from protocols.sia.findings import FINDINGS
from protocols.sia.texecom_grammar import CONTACT_ID, POLL, SIA, TexecomGrammar, poll, split
from protocols.wire import Likeness

EDGE = "texecom"
ACK, NAK = b"\x06", b"\x15"
POLL_MINUTES = 1
"""How often the station asks to be polled."""
ENCODING = "cp850"
_hung_up = re.compile(rb"(?:\A|[\r\n])\+\+\+[\r\n]{0,2}\Z").search
_separators = str.maketrans({"|": "\u00a6"})
"""A bar parts blocks in event text, so that one inside a block is shown as a broken bar."""


class TexecomReader(TexecomGrammar):
    """Lines, as the end needs them (``protocols.lines.receiving.Reader``)."""

    name = "sia"
    ack_s = 2.0

    def __init__(self, finder: Finder, *, poll_minutes: int = POLL_MINUTES) -> None:
        self._finder = finder
        self._poll_minutes = poll_minutes

    def read(self, found: Found, now: Moment) -> Reading | Noise:
        """Take one line apart. Never raises."""
        raw = found.raw
        ended = raw.endswith(b"\r\n")
        body = raw[:-2] if ended else raw.rstrip(b"\r\n") if raw[:1] != b"3" else _without_end(raw)
        findings = [] if ended else [FINDINGS["sia.texecom.terminator"]]
        reading = self._poll if raw[:1] == b"P" else self._contact_id if raw[:1] == b"2" else self._blocks
        arrival = reading(raw, body, findings, now)
        return Reading(arrival, body, echo=arrival.token)

    def answer(self, echo: str, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        """The bytes of an answer and its name."""
        if verdict is Verdict.NOT_STORED:
            return b"", ""
        taken = verdict not in (Verdict.MALFORMED, Verdict.REFUSED)
        sign, name = (ACK, "ACK") if taken else (NAK, "NAK")
        if echo == POLL:
            return b"[P]\x00" + bytes((self._poll_minutes,)) + sign + b"\r\n", name
        return echo.encode("ascii") + sign + b"\r\n", name

    def _poll(self, raw: bytes, body: bytes, findings: list[Finding], now: Moment) -> Arrival:
        match = poll(body)
        account = match[1].decode("ascii").upper().replace("A", "0") if match is not None else ""
        return Arrival(
            raw=raw,
            protocol=self.name,
            kind=ArrivalKind.LINK_TEST,
            token=POLL,
            account=account,
            findings=tuple(findings),
            dialect=EDGE,
        )

    def _contact_id(self, raw: bytes, body: bytes, findings: list[Finding], now: Moment) -> Arrival:
        digits = body[1:].decode("latin-1").upper().replace("A", "0")
        account = digits[:4]
        try:
            signal, found = contact_id.read_telephone(digits)
        except contact_id.ContactIDError:
            findings.append(FINDINGS["sia.texecom.contact-id"])
            return self._event(raw, CONTACT_ID, account if len(digits) == 16 else "", (), findings)
        return self._event(raw, CONTACT_ID, account, (signal,), [*findings, *found])

    def _blocks(self, raw: bytes, body: bytes, findings: list[Finding], now: Moment) -> Arrival:
        found, whole = split(body[1:])
        account = next((_account(block) for block in found if block.function == blocks.ACCOUNT), "")
        if not whole:
            findings.append(FINDINGS["sia.texecom.blocks"])
            return self._event(raw, SIA, account, (), findings)
        if not account:
            findings.append(FINDINGS["sia.session.no-account"])
        signals: list[Signal] = []
        for whose, said in _by_account(found):
            dialect = self._finder.dialect(None, whose)
            content = "|".join(block.function + _decoded(block.data, dialect.encoding) for block in said)
            read, noticed = sia_text.read(content, whose, sent_at=None, now_wall=now.wall, time_zone=dialect.time_zone)
            signals += read
            findings += noticed
        functions = {block.function for block in found} - {blocks.ACCOUNT, blocks.END}
        arrival = self._event(raw, SIA, account, tuple(signals), dict.fromkeys(findings), ArrivalKind.OPAQUE)
        return replace(arrival, uneventful=True) if functions and functions <= blocks.REMOTE else arrival

    def _event(
        self,
        raw: bytes,
        token: str,
        account: str,
        signals: tuple[Signal, ...],
        findings: Iterable[Finding],
        empty: ArrivalKind = ArrivalKind.MALFORMED,
    ) -> Arrival:
        return Arrival(
            raw=raw,
            protocol=self.name,
            kind=ArrivalKind.EVENT if signals else empty,
            token=token,
            account=account,
            signals=signals,
            findings=tuple(findings),
            dialect=EDGE,
        )


class TexecomReceivingEnd(LineReceivingEnd):
    """One for a connection. ``+++`` is the panel's farewell: the connection closes once everything is answered."""

    _tail = b""

    def receive(self, data: bytes, now: Moment) -> Sequence[Arrival | Noise]:
        """Take bytes (``b""`` continues with bytes held back). Never raises on any bytes."""
        items = super().receive(data, now)
        self._tail = (self._tail + data)[-8:]
        if data and _hung_up(self._tail) is not None:
            return [*items, *super().receive_eof(now)]
        return items


def make_receiving(
    source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
) -> TexecomReceivingEnd:
    """The end of ``Wire.receiving`` for the edge ``texecom``."""
    reader = TexecomReader(Finder(source, lookup, options))
    return TexecomReceivingEnd(source, reader, first=first, options=options, limits=limits)


def recognise(data: bytes, final: bool) -> Likeness:
    """Whether a stream begins with a whole line, its checks included. Never raises."""
    begin = len(data) - len(data.lstrip(b"\r\n"))
    data = data[begin:]
    if not data:
        return Likeness.NO if final else Likeness.MORE
    if data[:1] not in (b"P", b"2", b"3"):
        return Likeness.NO
    size = TexecomGrammar().match(data, 0, final)
    if size <= 0:
        return Likeness.MORE if size < 0 else Likeness.NO
    body, ended = data[: size - 2], data[:size].endswith(b"\r\n")
    if not ended:
        return Likeness.NO
    if data[:1] == b"P":
        return Likeness.SURE
    if data[:1] == b"2":
        digits = body[1:].decode("latin-1").upper().replace("A", "0")
        try:
            contact_id.read_telephone(digits)
        except contact_id.ContactIDError:
            return Likeness.NO
        return Likeness.SURE
    return Likeness.SURE if split(body[1:])[1] else Likeness.NO


def _account(block: Block) -> str:
    """The account that an account block names; the letter A is sent for 0."""
    return block.data.decode("latin-1").strip().upper().replace("A", "0")


def _by_account(found: Iterable[Block]) -> list[tuple[str, list[Block]]]:
    """Accounts, and the blocks behind each that say something of it."""
    parts: list[tuple[str, list[Block]]] = [("", [])]
    for block in found:
        if block.function == blocks.ACCOUNT:
            parts.append((_account(block), []))
        elif block.function != blocks.END:
            parts[-1][1].append(block)
    return [part for part in parts if part[1]]


def _without_end(raw: bytes) -> bytes:
    """A line of blocks without its line end: the last block may end with the same byte."""
    return raw if split(raw[1:])[1] else raw.rstrip(b"\r\n")


def _decoded(data: bytes, encoding: str) -> str:
    """A text in the code page of its account or source, UTF-8 where it certainly is, or the usual one."""
    for name in (encoding, "utf-8"):
        try:
            text = data.decode(name)
            text.encode("utf-8")  # some codecs let lone surrogates through
        except (LookupError, ValueError):
            continue
        return text.translate(_separators)
    return data.decode(ENCODING).translate(_separators)
