"""siadc09 as panel: the frames it builds are acknowledged by the station over a real socket, and mean what it meant."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from siadc09 import message
from siadc09.account import Account
from siadc09.xdata import Data, XData

from tests.interop.support import KEYS, account_of, departures, journal
from tests.support.station import StationProcess, talk

SIZES = [None, 16, 24, 32]

EVENTS: list[tuple[str, bytes, list[dict[str, Any]]]] = [
    (
        "ADM-CID",
        b"1130 01 015",
        [{"code": "130", "qualifier": "new", "partition": "01", "number": "015", "subject": "zone"}],
    ),
    (
        "ADM-CID",
        b"3401 02 007",
        [{"code": "401", "qualifier": "restore", "partition": "02", "number": "007", "user": "007"}],
    ),
    ("ADM-CID", b"6110 00 000", [{"code": "110", "qualifier": "status", "partition": "00", "number": "000"}]),
    ("SIA-DCS", b"NFA129", [{"code": "FA", "qualifier": "new", "partition": "", "number": "129"}]),
    (
        "SIA-DCS",
        b"Nid7/ri1/BA012^Front door^",
        [{"code": "BA", "qualifier": "new", "partition": "1", "number": "012", "user": "7", "text": "Front door"}],
    ),
    (
        "SIA-DCS",
        b"Nri1/BR12/ri2/CL5",
        [
            {"code": "BR", "qualifier": "restore", "partition": "1", "number": "12"},
            {"code": "CL", "partition": "2", "number": "5", "user": "5"},
        ],
    ),
    ("SIA-DCS", b"NRP", [{"code": "RP", "number": ""}]),
]
"""Token, what follows the account, and the entries it must make."""


@pytest.fixture
def connection(station: StationProcess) -> Iterator[socket.socket]:
    """A connection to the station."""
    with station.connect() as made:
        yield made


def _ask(connection: socket.socket, sent: Any, key: bytes | None) -> Any:
    """Send a message of siadc09, and let siadc09 read the answer."""
    return message.parse_frame(talk(connection, sent.encode()), None if key is None else {None: key})


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"aes{size * 8}" if size else "plain")
def test_the_station_acknowledges_siadc09_and_keeps_what_it_meant(
    station: StationProcess, connection: socket.socket, size: int | None
) -> None:
    """Every answer is an ACK of the same number, account, R and L, encrypted when the message was."""
    account, key = account_of("B0", size), None if size is None else KEYS[size]
    sender = Account(acct=int(account, 16), pref=0x2B, rcvr=0x7F, key=key)
    expected: list[dict[str, Any]] = []
    for number, (token, content, events) in enumerate(EVENTS, start=1):
        data = Data(b"#" + account.encode() + b"|" + content)
        field = XData("I", "second floor", encoding="utf_8")
        sent = message.EventMessage(sender, {"idtoken": token, "seqno": number, "data": data, "xdata": [field]})
        answer = _ask(connection, sent, key)
        assert type(answer) is message.AckMessage
        assert (answer.seq, answer.encrypted) == (number, key is not None)
        assert (answer.account.acct, answer.account.pref, answer.account.rcvr) == (int(account, 16), 0x2B, 0x7F)
        assert (answer.timestamp is not None) is (key is not None)
        common = {"account": account, "sequence": f"{number:04d}", "encrypted": key is not None}
        field_too = {"extended": {"I": ["second floor"]}, "text": "second floor"}
        expected.extend({**common, **field_too, **event} for event in events)
    entries = journal(station, account)
    assert [{name: entry[name] for name in want} for entry, want in zip(entries, expected, strict=True)] == expected
    assert [departures(entry["findings"]) for entry in entries] == [[]] * len(entries)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"aes{size * 8}" if size else "plain")
def test_its_link_tests_are_acknowledged_and_leave_no_entry(
    station: StationProcess, connection: socket.socket, size: int | None
) -> None:
    """NULL, which siadc09 pads without a bar behind, and XNM with extended data."""
    account, key = account_of("C0", size), None if size is None else KEYS[size]
    sender = Account(acct=int(account, 16), key=key)
    for sent in (
        message.NullMessage(sender),
        message.ExtendedNullMessage(sender, xdata=[XData("C", "SP4"), XData("G", "1")]),
    ):
        answer = _ask(connection, sent, key)
        assert type(answer) is message.AckMessage
        assert (answer.seq, answer.account.acct, answer.encrypted) == (0, int(account, 16), key is not None)
    assert journal(station, account) == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"aes{size * 8}" if size else "plain")
def test_a_token_that_the_station_does_not_read_is_answered_with_a_duh_siadc09_reads(
    station: StationProcess, connection: socket.socket, size: int | None
) -> None:
    """The message is kept as unread; DUH is in the clear even to an encrypted message."""
    account, key = account_of("D0", size), None if size is None else KEYS[size]
    sender = Account(acct=int(account, 16), key=key)
    data = Data(b"#" + account.encode() + b"|31")
    answer = _ask(connection, message.EventMessage(sender, {"idtoken": "SIA-PUL", "seqno": 9999, "data": data}), key)
    assert type(answer) is message.DuhMessage
    assert (answer.seq, answer.account.acct, answer.encrypted) == (9999, int(account, 16), False)
    (entry,) = journal(station, account)
    assert (entry["kind"], entry["sequence"]) == ("unread", "9999")
    assert "dc09.token.unsupported" in entry["findings"]
    assert not departures(entry["findings"])


def test_a_repeated_frame_is_acknowledged_again_and_kept_once(
    station: StationProcess, connection: socket.socket
) -> None:
    """The same encrypted bytes twice: two acknowledgements, one entry."""
    account, key = account_of("E0", 16), KEYS[16]
    data = Data(b"#" + account.encode() + b"|1120 01 001")
    sender = Account(acct=int(account, 16), key=key)
    frame = message.EventMessage(sender, {"idtoken": "ADM-CID", "seqno": 7, "data": data}).encode()
    answers = [message.parse_frame(talk(connection, frame), {None: key}) for _ in range(2)]
    assert [(type(answer), answer.seq) for answer in answers] == [(message.AckMessage, 7)] * 2
    assert [entry["code"] for entry in journal(station, account)] == ["120"]
