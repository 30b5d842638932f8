"""A frame into an arrival: whose it is, whether its key opens it, and what it says.

Asked in this order, so that strangers cost nothing: our network, a unit that is known, a key that is accepted, the tag.
"""

from __future__ import annotations

from msgspec.structs import replace

from protocols import contact_id, dc09, sia_text
from protocols.contact_id import ContactIDError
from protocols.datagram import FROM_STATION, LOW_BATTERY, MAX, SIZE, Header, Opened, Type, header
from protocols.datagram import open as open_datagram
from protocols.datagram.payloads import (
    ContactId,
    ContactIdText,
    PollReply,
    SiaText,
    SyncRequest,
    Test,
    Unread,
    WholeFrame,
    decode,
)
from protocols.ends import Lookup, Source
from protocols.model import Air, Arrival, ArrivalKind, Counter, Dialect, Finding, Moment, Noise, Protection, Signal
from protocols.radio.book import Book, Outstation, window_name
from protocols.radio.findings import FINDINGS
from protocols.radio.framing import GARBLED, Frame

PROTOCOL = "radio"
FOREIGN, UNKNOWN, FORGED = "foreign", "unknown", "forged"
CENTRE = "radio.centre"
"""Noise: what a centre sends, ours by way of a digipeater or another one of our network."""
NAMES = {
    Type.EVENT: "EVENT",
    Type.TEST: "TEST",
    Type.POLL_REPLY: "POLL-REPLY",
    Type.SYNC_REQ: "SYNC-REQ",
}


class Reader:
    """Reads what the units of one network send."""

    def __init__(self, source: Source, lookup: Lookup, network: int, book: Book, correctable: int = 0) -> None:
        self._source = source
        self._lookup = lookup
        self._network = network
        self._book = book
        self._correctable = correctable

    def opens(self, datagram: bytes) -> bool:
        """Whether somebody of this network has sealed it."""
        head = header.read(datagram)
        unit = None if head is None or head.network != self._network else self._book.find(head.station)
        if head is None or unit is None:
            return False
        key = unit.key(head.key_id)
        return key is not None and open_datagram(datagram, key) is not None

    def read(self, frame: Frame, now: Moment) -> tuple[Arrival | Noise, Outstation | None, Opened | None]:
        """The arrival, and where it is authentic, the unit and the opened datagram."""
        datagram = frame.datagram
        head = header.read(datagram)
        if head is None or len(datagram) > MAX:
            return Noise(frame.raw[:400], GARBLED, len(frame.raw)), None, None
        if head.direction != FROM_STATION:
            return Noise(frame.raw[:400], CENTRE, len(frame.raw)), None, None
        if head.network != self._network:
            return _refused(frame, head, "", FOREIGN), None, None
        unit = self._book.find(head.station)
        key = None if unit is None else unit.key(head.key_id)
        if unit is None or key is None:
            return _refused(frame, head, unit.account if unit is not None else "", UNKNOWN), None, None
        opened = open_datagram(datagram, key)
        if opened is None:
            return _refused(frame, head, unit.account, FORGED), None, None
        return self._arrival(frame, unit, opened, now), unit, opened

    def _arrival(self, frame: Frame, unit: Outstation, opened: Opened, now: Moment) -> Arrival:
        head, account = opened.header, unit.account
        dialect = self._lookup(self._source.adapter, None, None, account)
        kind, signals, findings, inner = _content(opened, account, dialect, now)
        if head.reserved:
            findings = (*findings, replace(FINDINGS["radio.header.reserved-flags"], offset=1, length=1))
        if bool(head.flags & header.FEC_INSIDE) != (frame.corrected is not None):
            findings = (*findings, FINDINGS["radio.header.fec-flag"])
        return Arrival(
            raw=frame.datagram,
            protocol=PROTOCOL,
            kind=kind,
            token=NAMES[head.type],
            account=account,
            inner=inner,
            sequence=str(head.counter),
            signals=signals,
            findings=findings,
            protection=Protection.KEYED,
            key_owner=dialect.account_key,
            plain=opened.payload,
            counter=Counter(window_name(head.network, head.station, head.key_id), head.counter, opened.mark),
            dialect=unit.key(head.key_id).suite.value,  # type: ignore[union-attr]
            air=self._air(frame, opened),
        )

    def _air(self, frame: Frame, opened: Opened) -> Air:
        said = decode(opened.header.type, opened.payload)
        test = said.test if isinstance(said, PollReply) else said if isinstance(said, Test) else Test()
        return Air(
            level=frame.level,
            corrected=frame.corrected,
            correctable=self._correctable if frame.corrected is not None else 0,
            hops=frame.hops,
            heard_level=-float(test.level) if test.level else None,
            volts=test.decivolts / 10 if test.decivolts else None,
            low_battery=bool(opened.header.flags & LOW_BATTERY),
            next_s=float(test.next_s) if test.next_s else None,
        )


def _refused(frame: Frame, head: Header, account: str, why: str) -> Arrival:
    return Arrival(
        raw=frame.datagram,
        protocol=PROTOCOL,
        kind=ArrivalKind.OPAQUE,
        token=NAMES[head.type],
        account=account,
        sequence=str(head.counter),
        protection=Protection.FAILED,
        refused=why,
    )


_Content = tuple[ArrivalKind, tuple[Signal, ...], tuple[Finding, ...], str]


def _content(opened: Opened, account: str, dialect: Dialect, now: Moment) -> _Content:
    """What the payload is, its signals, what is off about it, and the account that it names itself."""
    said = decode(opened.header.type, opened.payload)
    if isinstance(said, Unread):
        # Its owner meant something by it.
        return ArrivalKind.MALFORMED, (), (_in_payload(said.reason),), ""
    odd = tuple(_in_payload(id_) for id_ in said.odd)
    match said:
        case ContactId() | ContactIdText():
            kind, signals, findings = _contact_id(said, account)
            return kind, signals, odd + findings, ""
        case SiaText():
            kind, signals, findings = _sia(said, account, dialect, now)
            return kind, signals, odd + findings, ""
        case WholeFrame():
            kind, signals, findings, inner = _frame(said, dialect, now)
            return kind, signals, odd + findings, inner
        case Test() | PollReply() | SyncRequest():
            test = tuple(_in_payload(id_) for id_ in said.test.odd) if isinstance(said, PollReply) else ()
            return ArrivalKind.LINK_TEST, (), odd + test, ""
        case _:
            raise AssertionError("a type of the other direction was left out before")


def _in_payload(id_: str) -> Finding:
    return replace(FINDINGS[id_], offset=SIZE)


_Signals = tuple[ArrivalKind, tuple[Signal, ...], tuple[Finding, ...]]


def _contact_id(said: ContactId | ContactIdText, account: str) -> _Signals:
    at = float(said.occurred_at) if isinstance(said, ContactId) and said.occurred_at is not None else None
    try:
        signal, findings = contact_id.read(f"{said.digit}{said.code} {said.partition} {said.number}", account, at)
    except ContactIDError:
        return ArrivalKind.MALFORMED, (), (_in_payload("radio.payload.digits"),)
    old = isinstance(said, ContactId) and said.old
    return ArrivalKind.EVENT, (replace(signal, old=True) if old else signal,), _placed(findings)


def _sia(said: SiaText, account: str, dialect: Dialect, now: Moment) -> _Signals:
    signals, findings = sia_text.read(
        said.text,
        account,
        sent_at=float(said.occurred_at) if said.occurred_at is not None else None,
        now_wall=now.wall,
        time_zone=dialect.time_zone,
        hexadecimal=dialect.base == 16,
    )
    if said.old:
        signals = tuple(replace(signal, old=True) for signal in signals)
    return ArrivalKind.EVENT if signals else ArrivalKind.OPAQUE, signals, _placed(findings)


def _frame(
    said: WholeFrame, dialect: Dialect, now: Moment
) -> tuple[ArrivalKind, tuple[Signal, ...], tuple[Finding, ...], str]:
    """The first message of a frame of DC-09. Its own protection, time stamp and sequence play no part."""
    decoder = dc09.Decoder(wall=now.wall, dialect=dialect)
    items = [*decoder.feed(said.frame), *decoder.close()]
    inside = next((item for item in items if isinstance(item, Arrival)), None)
    if inside is None:
        return ArrivalKind.MALFORMED, (), (_in_payload("radio.payload.frame"),), ""
    kind = inside.kind if inside.kind is not ArrivalKind.ANSWER else ArrivalKind.MALFORMED
    return kind, inside.signals, _placed(inside.findings), inside.account


def _placed(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Findings of a content stand at places of its own text: here the whole payload is what they are about."""
    return tuple(replace(finding, offset=SIZE, length=0) for finding in findings)
