"""pysiaalarm as receiver: it understands what our panels send, and our panels take its answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from panels.panel import Identity
from protocols.ends import LinkTest, OutcomeKind
from protocols.model import Qualifier, Signal
from tests.interop.support import TEXT_KEYS, PysiaalarmReceiver, account_of, contact_id, departures, report, sia
from tests.panels.fake import Loop

SERVERS = ["pysiaalarm_asyncio", "pysiaalarm_threads", "pysiaalarm_datagrams"]
SIZES = [None, 16, 24, 32]

MESSAGES: list[tuple[Signal, dict[str, Any]]] = [
    (contact_id("130"), {"event_type": "130", "event_qualifier": "1", "partition": "01", "ri": "015", "code": "BA"}),
    (
        contact_id("130", Qualifier.RESTORE, partition="12", number="999"),
        {"event_type": "130", "event_qualifier": "3", "partition": "12", "ri": "999", "code": "BH"},
    ),
    (
        contact_id("110", partition="", number=""),
        {"event_type": "110", "event_qualifier": "1", "partition": "00", "ri": "000", "code": "FA"},
    ),
    (
        contact_id("401", Qualifier.RESTORE, number="007", subject="user", user="007"),
        {"event_type": "401", "event_qualifier": "3", "partition": "01", "ri": "007", "code": "CL"},
    ),
    (
        contact_id("120", text="Head teacher's room"),
        {"event_type": "120", "event_qualifier": "1", "ri": "015", "code": "PA", "x_data": "IHead teacher's room"},
    ),
    (sia("BA"), {"code": "BA", "ri": "1", "id": None, "message": "015"}),
    (sia("BR", Qualifier.RESTORE, number="7", partition="02"), {"code": "BR", "ri": "02", "message": "7"}),
    (sia("FA", number="", partition=""), {"code": "FA", "ri": None, "message": None}),
    (sia("CL", number="5", subject="user", user="5"), {"code": "CL", "ri": "1", "id": None, "message": "5"}),
    (sia("BA", user="12"), {"code": "BA", "ri": "1", "id": "12", "message": "015"}),
    (sia("PA", text="Gym, 2nd floor"), {"code": "PA", "ri": "1", "message": "015^Gym, 2nd floor^"}),
    (sia("PA", text="a/b"), {"code": "PA", "ri": "1", "message": "015", "x_data": "Ia/b"}),
    (sia("YQ", url="http://192.0.2.1/clip"), {"code": "YQ", "message": "015", "x_data": "Vhttp://192.0.2.1/clip"}),
]
"""What we mean, and what pysiaalarm is to make of it."""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"aes{size * 8}" if size else "plain")
@pytest.mark.parametrize("server", SERVERS)
def test_pysiaalarm_decodes_what_our_panel_sends(
    request: pytest.FixtureRequest, loop: Loop, server: str, size: int | None
) -> None:
    """Every field arrives as it was meant, and its answer is an acknowledgement at the first attempt."""
    receiver: PysiaalarmReceiver = request.getfixturevalue(server)
    before = len(receiver.heard)
    account = account_of("A0", size)
    key = None if size is None else TEXT_KEYS[size].encode()
    who = Identity(account=account, prefix="2B", receiver="7F", key=key)
    messages = [replace(message, account=account) for message, _ in MESSAGES]
    outcomes, wire = report(loop, receiver.target, who, [LinkTest(account), *messages])
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * len(outcomes)
    assert {outcome.ticket.attempts for outcome in outcomes} == {1}
    assert [departures(outcome.findings) for outcome in outcomes] == [[]] * len(outcomes)

    # The server over UDP has a thread for every datagram, which may tell its callback late.
    null, *events = sorted(receiver.wait_for(before + len(outcomes))[before:], key=itemgetter("sequence"))
    assert (null["message_type"], null["sequence"], null["account"]) == ("NULL", "0000", account)
    for number, (event, (message, expected)) in enumerate(zip(events, MESSAGES, strict=True), start=1):
        header = {
            "encrypted": key is not None,
            "message_type": "ADM-CID" if message.scheme == "contact-id" else "SIA-DCS",
            "receiver": "R7F",
            "line": "L2B",
            "account": account,
            "sequence": f"{number:04d}",
        }
        assert {name: event[name] for name in header} == header
        assert {name: event[name] for name in expected} == expected
        assert event["x_data"] == expected.get("x_data")
    assert all(b'"*ACK"' in answer if key else b'"ACK"' in answer for answer in wire.back)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"aes{size * 8}" if size else "plain")
def test_our_panel_sets_its_clock_by_pysiaalarms_nak(
    loop: Loop, pysiaalarm_asyncio: PysiaalarmReceiver, size: int | None
) -> None:
    """An hour ahead: NAK, once more with the time it gave, ACK. One attempt, one event."""
    before = len(pysiaalarm_asyncio.heard)
    account = account_of("A0", size)
    key = None if size is None else TEXT_KEYS[size].encode()
    who = Identity(account=account, receiver="1", key=key)
    outcomes, wire = report(
        loop, pysiaalarm_asyncio.target, who, [contact_id("131", account=account)], clock_offset_s=3600.0
    )
    assert [(outcome.kind, outcome.ticket.attempts) for outcome in outcomes] == [(OutcomeKind.ACCEPTED, 1)]
    assert len(wire.out) == 2
    assert re.fullmatch(rb'\n.{4}0025"NAK"0000R1L0A0\[\]_[0-9:,-]{19}\r', wire.back[0])
    assert [event["event_type"] for event in pysiaalarm_asyncio.wait_for(before + 1)[before:]] == ["131"]


def test_a_connection_for_every_message_serves_as_well(loop: Loop, pysiaalarm_asyncio: PysiaalarmReceiver) -> None:
    """Panels that dial on demand are understood like those that stay."""
    before = len(pysiaalarm_asyncio.heard)
    account = account_of("A0", 16)
    who = Identity(account=account, receiver="1", key=TEXT_KEYS[16].encode())
    messages = [contact_id("130", account=account), sia("BA", account=account)]
    outcomes, _ = report(loop, pysiaalarm_asyncio.target, who, messages, keep=False)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 2
    assert [event["code"] for event in pysiaalarm_asyncio.wait_for(before + 2)[before:]] == ["BA", "BA"]


def _panel_send(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ptsn", "panel", "send", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"aes{size * 8}" if size else "plain")
def test_the_command_reaches_pysiaalarm(
    tmp_path: Path, pysiaalarm_asyncio: PysiaalarmReceiver, size: int | None
) -> None:
    """``ptsn panel send`` with a receiver number ends with 0, Contact ID and SIA, plain and with each length of key."""
    before = len(pysiaalarm_asyncio.heard)
    common = ["--to", pysiaalarm_asyncio.target, "--account", account_of("A0", size), "--receiver", "1"]
    if size is not None:
        common += ["--key", f"text:{TEXT_KEYS[size]}"]
    event = ["--code", "130", "--qualifier", "new", "--partition", "01", "--number", "015"]
    for arguments in (event, ["--scheme", "sia", "--code", "BA", "--partition", "1", "--number", "015"]):
        done = _panel_send(tmp_path, *common, *arguments)
        assert (done.returncode, done.stderr) == (0, "")
    heard = pysiaalarm_asyncio.wait_for(before + 2)[before:]
    assert [(event["code"], event["ri"], event["encrypted"]) for event in heard] == [
        ("BA", "015", size is not None),
        ("BA", "1", size is not None),
    ]


def test_without_a_receiver_number_the_command_says_what_came_back(
    tmp_path: Path, pysiaalarm_asyncio: PysiaalarmReceiver
) -> None:
    """pysiaalarm answers ``None`` where R is left out; that is no acknowledgement, and the reason is shown."""
    before = len(pysiaalarm_asyncio.heard)
    done = _panel_send(
        tmp_path,
        *("--to", pysiaalarm_asyncio.target, "--account", "1234", "--code", "130"),
        *("--attempts", "1", "--timeout", "0.5"),
    )
    assert done.returncode == 1
    assert "no answer" in done.stderr
    assert "An answer whose header cannot be read." in done.stderr
    assert [event["code"] for event in pysiaalarm_asyncio.wait_for(before + 1)[before:]] == ["BA"]
