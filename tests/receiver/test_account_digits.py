"""Sources whose messages have no checksum: an account of another length than theirs is damage, and nobody's alarm."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.lines.placing import ACCOUNT_DIGITS
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Verdict
from protocols.wires import WIRES
from tests.support.station import StationProcess

NOW = Moment(1_795_651_200.0, 1000.0)
ACK, NAK = b"\x06", b"\x15"


def heard(protocol: str, data: bytes, options: SourceOptions) -> Arrival:
    """The only message of some bytes."""
    source = Source("com", protocol, "/dev/ttyS0", "/dev/ttyS0", "serial")
    end = WIRES[protocol].receiving(source, lambda *_: Dialect(), options=options, limits=Limits(), first=1 << 20)
    [arrival] = [*end.receive(data, NOW), *end.receive_eof(NOW)]
    assert isinstance(arrival, Arrival)
    end.decide(arrival, Verdict.MALFORMED if arrival.kind is ArrivalKind.MALFORMED else Verdict.STORED, NOW)
    return arrival


@pytest.mark.parametrize(
    ("protocol", "damaged", "whole"),
    [
        ("surgard", b"5011 1812344E13001015\x14", b"5011 181234E13001015\x14"),
        ("surgard", b"S011[#123|Nri1/BA015]\x14", b"S011[#1234|Nri1/BA015]\x14"),
        ("ademco685", b"\n01 134 18 E130 01 C015\r", b"\n01 1234 18 E130 01 C015\r"),
    ],
)
def test_an_account_of_another_length_is_not_believed(protocol: str, damaged: bytes, whole: bytes) -> None:
    """Neither account nor event is taken from it; without the setting both are, as before."""
    settled = SourceOptions(account_digits=4, account_offset=10_000)
    arrival = heard(protocol, damaged, settled)
    assert (arrival.kind, arrival.account, arrival.inner, arrival.signals) == (ArrivalKind.MALFORMED, "", "", ())
    assert ACCOUNT_DIGITS in [finding.id for finding in arrival.findings]
    arrival = heard(protocol, whole, settled)
    assert (arrival.kind, arrival.signals[0].account) == (ArrivalKind.EVENT, "11234")
    assert ACCOUNT_DIGITS not in [finding.id for finding in arrival.findings]
    assert heard(protocol, damaged, SourceOptions()).kind is ArrivalKind.EVENT


@pytest.mark.parametrize(
    ("protocol", "data"),
    [
        ("surgard", b"1011           @    \x14"),
        ("surgard", b"5011 180000E60200000\x14"),
        ("ademco685", b"\n00 OKAY @\r"),
    ],
)
def test_what_a_receiver_says_of_itself_has_no_account_to_measure(protocol: str, data: bytes) -> None:
    """Heartbeats name none, and its own events account 0."""
    arrival = heard(protocol, data, SourceOptions(account_digits=6))
    assert ACCOUNT_DIGITS not in [finding.id for finding in arrival.findings]
    assert arrival.kind is heard(protocol, data, SourceOptions()).kind


def test_a_damaged_account_does_not_alarm_another_site(tmp_path: Path) -> None:
    """It is refused, kept without an account when it is said again, and the whole message then finds its own site."""
    (tmp_path / "station.toml").write_text(
        '[station]\nname = "Test"\nnode = "test"\n[[adapter]]\nname = "com"\nprotocol = "surgard"\naccount_digits = 6\n'
        'listen = ["tcp:0:interface=127.0.0.1"]\n'
    )
    accounts = "account,name\n12345,Another school\n123456,This school\n"
    with StationProcess(tmp_path, accounts=accounts) as station, station.connect() as line:
        for said, answer in ((b"12345", NAK), (b"12345", ACK), (b"123456", ACK)):
            line.sendall(b"5011 18%bE12001009\x14" % said)
            assert line.recv(20) == answer
        rows = [row for row in station.export("--kind", "all") if row["kind"] in ("signal", "unread")]
        assert [(row["kind"], row["account"]) for row in rows] == [("unread", ""), ("signal", "123456")]
        assert ACCOUNT_DIGITS in rows[0]["findings"]
