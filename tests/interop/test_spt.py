"""my-dc09-spt as panel: a dialler with a queue, paths and polls of its own, against the station."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.support import KEYS, account_of, departures, journal, run_spt
from tests.support.station import StationProcess

SIZES = [None, 16, 32]
"""It knows no keys of 24 bytes."""

MESSAGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "ADM-CID",
        {"code": 130, "q": 1, "area": 1, "zone": 15},
        {"code": "130", "qualifier": "new", "partition": "01", "number": "015", "subject": "zone"},
    ),
    (
        "ADM-CID",
        {"code": 130, "q": 3, "area": 12, "zone": 999},
        {"code": "130", "qualifier": "restore", "partition": "12", "number": "999"},
    ),
    (
        "ADM-CID",
        {"code": 401, "q": 3, "area": 1, "user": 7},
        {"code": "401", "qualifier": "restore", "partition": "01", "number": "007", "user": "007"},
    ),
    ("ADM-CID", {"code": 110, "q": 6}, {"code": "110", "qualifier": "status", "partition": "00", "number": "000"}),
    (
        "ADM-CID",
        {"code": 120, "lon": "076E56.760", "lat": "43N14.280", "mac": "0026b9e4268b", "verification": "http://cam/1"},
        {
            "code": "120",
            "longitude": 76.946,
            "latitude": 43.238,
            "url": "http://cam/1",
            "extended": {"X": ["076E56.760"], "Y": ["43N14.280"], "M": ["0026b9e4268b"], "V": ["http://cam/1"]},
        },
    ),
    ("SIA-DCS", {"code": "BA", "zone": 3}, {"code": "BA", "qualifier": "new", "partition": "", "number": "3"}),
    (
        "SIA-DCS",
        {"code": "BR", "area": 2, "areaname": "Upstairs", "zone": 3, "zonename": "Hall", "text": "Burglary over"},
        {
            "code": "BR",
            "qualifier": "restore",
            "partition": "2",
            "number": "3",
            "text": "Hall Burglary over",
            "details": {"ri-text": ["Upstairs"]},
        },
    ),
    (
        "SIA-DCS",
        {"code": "OP", "area": 2, "user": 14, "text": "disarmed"},
        {"code": "OP", "partition": "2", "number": "14", "user": "14", "text": "disarmed"},
    ),
    (
        "SIA-DCS",
        {"code": "PA", "user": 14, "username": "Caretaker", "zone": 4},
        {"code": "PA", "number": "4", "user": "14", "details": {"id-text": ["Caretaker"]}},
    ),
    (
        "SIA-DCS",
        {"code": "UA", "zone": 21, "text": "detector hall", "flavor": "xsia"},
        {"code": "UA", "number": "21", "text": "detector hall"},
    ),
    ("SIA-DCS", {}, {"code": "RP", "number": ""}),
]
"""Type, what is handed to ``send_msg``, and what the entry must say."""

TOLERATED = {"dc09.header.prefix-missing", "sia.separator.missing", "sia.text.xsia"}
"""Departures that the document describes."""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"aes{size * 8}" if size else "plain")
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_the_station_acknowledges_my_dc09_spt_and_keeps_what_it_meant(
    station: StationProcess, transport: str, size: int | None
) -> None:
    """Every message is taken for acknowledged, its poll too, and the export holds each of them once."""
    account, key = account_of("A0", size), None if size is None else KEYS[size]
    first = 1 if transport == "tcp" else 9990
    messages = [(kind, parameters) for kind, parameters, _ in MESSAGES]
    before = len(journal(station, account))
    done = run_spt(
        station, transport, account, key, receiver=0x7F, line=0x2B, first=first, messages=messages, poll=True
    )
    assert done.errors == [None] * len(MESSAGES)
    assert done.polls == 1

    entries = journal(station, account)[before:]
    for at, (entry, (_, _, expected)) in enumerate(zip(entries, MESSAGES, strict=True)):
        header = {
            "kind": "signal",
            "account": account,
            "receiver": "7F",
            "prefix": "2B",
            "sequence": f"{(first + at - 1) % 9999 + 1:04d}",
            "encrypted": key is not None,
            "repeat": False,
        }
        wanted = {**header, **expected}
        assert {name: entry[name] for name in wanted} == wanted
        assert not set(departures(entry["findings"])) - TOLERATED


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"aes{size * 8}" if size else "plain")
def test_without_receiver_and_line_it_is_understood_as_well(station: StationProcess, size: int | None) -> None:
    """It leaves L out, and takes an answer that leaves it out."""
    account, key = account_of("F0", size), None if size is None else KEYS[size]
    done = run_spt(station, "tcp", account, key, messages=[("ADM-CID", {"code": 131, "zone": 2})], poll=True)
    assert (done.errors, done.polls) == ([None], 1)
    (entry,) = journal(station, account)
    assert (entry["receiver"], entry["prefix"], entry["code"], entry["number"]) == (None, None, "131", "002")
    assert departures(entry["findings"]) == ["dc09.header.prefix-missing"]
