"""What the tests of Sur-Gard share: the lines of the manuals and of captures, ends with known surroundings."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.lines.receiving import LineReceivingEnd
from protocols.model import Arrival, Dialect, Moment, Noise, Verdict
from protocols.surgard.receiving import receiving_end

NOW = Moment(1767355200.0, 1000.0)
"""2026-01-02 12:00:00 UTC."""
CONTACT_ID = bytes.fromhex("35303131203138313233344531333030313031 3514")
MLR2000 = bytes.fromhex("3530313030312031383132333445313330303130313514")
HEARTBEAT = bytes.fromhex("313031312020202020202020202020402020202014")
"""The byte-exact examples of automation_lines.md A.1."""

LINES = {
    "mlr2 contact id": CONTACT_ID,
    "mlr2000 contact id": MLR2000,
    "the manual's own": b"5011 181234E12101001\x14",
    "ebs": b"5011 187037E13001004\x14",
    "hik": b"501001 187037R30100000\x14",
    "previously reported": b"5011 181234P13001015\x14",
    "pima": b"1061      7002    TH\x14",
    "basic": b"1011      1234 A 012\x14",
    "group closing, area 1": b"1011      0012 C1128\x14",
    "group closing, area 2": b"1011      0012 C2128\x14",
    "cancel": b"1011      1234 \\ 001\x14",
    "sia 1": b"3011      1234BA0012\x14",
    "sia 1, three digits": b"301001    001234CL0007\x14",
    "caller": b"4011  1234  75551234\x14",
    "modem ii": b"6011      1234AL0012\x14",
    "high speed": b"80111234 5551 5155 8\x14",
    "superfast": b"9011    123415555555\x14",
    "sia 2": b"S011[#1234|Nri1BA01]\x14",
    "sia 2, many": b"S01001[#001234|Nti11:46/id7/ri2/OP1|NBA0012/FA0013]\x14",
    "sia 2, name": b"S011[#1234|NUA021*'detector hall'NM]\x14",
    "sia 2, @": b"S011[#1234|NBA01^a @ b^]\x14",
    "internal": b"001001[#0000|NRU0000]\x14",
    "internal, mlr2": b"0011[#0000|NRU0000]\x14",
    "internal as contact id": b"5010 180000E35100000\x14",
    "clock": b"5011 181234E1300101511:59:58-02/01\x14",
    "clock on text": b"S011[#1234|NBA01]11:59:58-02/01\x14",
}
"""Lines with an event or a known content, none of them off."""
OFF = {
    "cr": b"5011 181234E13001015\r",
    "crlf": b"5011 181234E13001015\r\n",
    "lf": b"5011 181234E13001015\n",
    "nul": b"5011 181234E13001015\x14\0",
    "no space": b"500018" + b"1234E13001015\x14",
    "no space, three digits": b"500001181234E13001015\x14",
    "space before account": b"5011 18 1234E13001015\x14",
    "account of six": b"5011 18123456E13001015\x14",
    "account of ten": b"5011 181234567890E13001015\x14",
    "hex account": b"5011 18ABCDE13001015\x14",
    "qualifier 1": b"5011 181234113001015\x14",
    "qualifier 3": b"5011 181234313001015\x14",
    "qualifier 6": b"5011 181234613001015\x14",
    "letter as line": b"501A 181234E13001015\x14",
}
"""The deviations that live in one line."""


def receiver(
    options: SourceOptions | None = None,
    *,
    dialect: Dialect = Dialect(),  # noqa: B008 - immutable
    transport: str = "tcp",
    undecided: int = 16,
) -> LineReceivingEnd:
    """The station's end, with one dialect for every account."""
    source = Source("lines", "surgard", "192.0.2.7:41122", "192.0.2.7", transport)
    return receiving_end(
        source,
        lambda *_: dialect,
        options=options or SourceOptions(),
        limits=Limits(undecided=undecided),
        first=7 << 20,
    )


def later(seconds: float, now: Moment = NOW) -> Moment:
    """A moment after another."""
    return Moment(now.wall + seconds, now.mono + seconds)


def read(data: bytes, options: SourceOptions | None = None, **known: Dialect) -> list[Arrival | Noise]:
    """All that a stream of these bytes holds, read at once and to its end."""
    end = receiver(options, **known, undecided=10_000)
    items = list(end.receive(data, NOW))
    while end.held:
        items += end.receive(b"", NOW)
    return items + list(end.receive_eof(NOW))


def one(data: bytes, options: SourceOptions | None = None, **known: Dialect) -> Arrival:
    """The only arrival in a stream, without noise."""
    [item] = read(data, options, **known)
    assert isinstance(item, Arrival)
    return item


def ids(arrival: Arrival) -> list[str]:
    """Ids of its findings."""
    return [finding.id for finding in arrival.findings]


def essence(items: Sequence[Arrival | Noise]) -> list[tuple[object, ...]]:
    """What counts of the arrivals among items: however the bytes came, it is the same."""
    return [
        (item.kind, item.token, item.receiver, item.line, item.account, item.sent_at, item.signals)
        for item in items
        if isinstance(item, Arrival)
    ]


def settle(end: LineReceivingEnd, items: Sequence[Arrival | Noise], verdict: Verdict, now: Moment = NOW) -> bytes:
    """Give one verdict on all arrivals; returns what is answered."""
    for item in items:
        if isinstance(item, Arrival):
            end.decide(item, verdict, now)
    return end.data_to_send()
