"""What the document says of siadc09, held against it."""

from __future__ import annotations

import datetime as dt

import pytest
from siadc09 import dc05, message
from siadc09.account import Account
from siadc09.xdata import Data

from protocols.model import Edition, Qualifier
from tests.interop.support import KEYED, PLAIN, TEXT_KEYS, ZEROS, contact_id, departures, sia
from tests.interop.world import Claim, Ours, World
from tests.support.station import talk

KEY = TEXT_KEYS[16].encode()
SENDER = Account(acct=int(PLAIN, 16))


def restore_is_2(world: World) -> None:
    """What it calls a restore is no Contact ID; what is one it does not know."""
    event = f"{dc05.NEWRESTORE}130 01 015"
    data = Data(f"#{PLAIN}|{event}".encode())
    built = message.EventMessage(SENDER, {"idtoken": "ADM-CID", "seqno": 201, "data": data}).encode()
    assert world.out() == [built]
    world.play_to_station()
    (entry,) = world.entries(PLAIN, "0201")
    assert (entry["kind"], departures(entry["findings"])) == ("unread", ["dc09.data.no-event"])
    assert entry["raw"].encode() == built

    read = message.parse_frame(Ours(contact_id("130", Qualifier.RESTORE), PLAIN).frame)
    assert (read.data.event.qualifier, read.data.event.code) == ("3", "130")
    assert str(read.data.event).startswith("Unknown Event:")


def nak_is_not_read(world: World) -> None:
    """The NAK of the standard, which every receiver sends, is an error to it."""
    account = Account(acct=int(KEYED, 16), key=KEY)
    data = Data(f"#{KEYED}|NBA1".encode())
    an_hour_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    stale = message.EventMessage(
        account, {"idtoken": "SIA-DCS", "seqno": 204, "data": data, "timestamp": an_hour_ago}
    ).encode()
    question, reply = world.lines
    assert question.fits(stale)
    with world.station.connect() as connection:
        answer = talk(connection, stale)
    assert reply.fits(answer)
    with pytest.raises(RuntimeError, match="Missing #acct field"):
        message.parse_frame(answer)
    assert world.entries(KEYED, "0204") == []


def zeros_are_lost(world: World) -> None:
    """Account 0012 is sent as 012; for our station these are one account."""
    data = Data(b"#012|1130 00 001")
    built = message.EventMessage(Account(acct=0x0012), {"idtoken": "ADM-CID", "seqno": 203, "data": data}).encode()
    assert world.out() == [built]
    (answer,) = world.play_to_station()
    (entry,) = world.entries("012", "0203")
    assert (entry["account"], entry["account_key"], entry["unknown"]) == ("012", ZEROS, False)
    assert message.parse_frame(answer).account.acct == 0x12
    assert message.parse_frame(Ours(contact_id("130"), "0012").frame).account.acct == 0x12


def text_within_sia(world: World) -> None:
    """The block stays undecoded; as extended data the same text is read."""
    ours = Ours(sia("BA", text="Зал"), PLAIN)
    assert world.out() == [ours.frame]
    block = message.parse_frame(ours.frame).data.blocks[-1]
    assert type(block).__name__ == "DcsBlock"
    assert block.content == "ri1/BA015^Зал^".encode()
    (field,) = message.parse_frame(Ours(contact_id("130", text="Зал"), PLAIN).frame).xdata
    assert (field.prefix, field.value) == ("I", "Зал")


def text_in_windows_1252(world: World) -> None:
    """The field stays undecoded; in UTF-8, as the 2026 edition asks for, it is read."""
    cafe = contact_id("130", text="Caf\xe9")
    ours = Ours(cafe, PLAIN)
    assert world.out() == [ours.frame]
    (field,) = message.parse_frame(ours.frame).xdata
    assert (field.prefix, field.value) == ("", b"ICaf\xe9")
    (field,) = message.parse_frame(Ours(cafe, PLAIN, edition=Edition.E2026).frame).xdata
    assert (field.prefix, field.value) == ("I", "Caf\xe9")


def code_not_listed(world: World) -> None:
    """A code outside its table leaves the whole block undecoded."""
    ours = Ours(sia("CB"), PLAIN)
    assert world.out() == [ours.frame]
    block = message.parse_frame(ours.frame).data.blocks[-1]
    assert (type(block).__name__, block.content) == ("DcsBlock", b"ri1/CB015")


def letters_in_a_row(world: World) -> None:
    """What it means by one event with a hexadecimal zone we read as two events, and say so."""
    data = Data(f"#{PLAIN}|NBA0FA".encode())
    built = message.EventMessage(SENDER, {"idtoken": "SIA-DCS", "seqno": 202, "data": data}).encode()
    assert world.out() == [built]
    (event,) = message.parse_frame(built).data.blocks[-1].events
    assert (event.code, event.addr) == ("BA", 0x0FA)
    world.play_to_station()
    entries = world.entries(PLAIN, "0202")
    assert [(entry["code"], entry["number"]) for entry in entries] == [("BA", "0"), ("FA", "")]
    assert all(departures(entry["findings"]) == ["sia.separator.missing"] for entry in entries)


CLAIMS: dict[str, Claim] = {
    "restore-is-2": restore_is_2,
    "nak-is-not-read": nak_is_not_read,
    "zeros-are-lost": zeros_are_lost,
    "text-within-sia": text_within_sia,
    "text-in-windows-1252": text_in_windows_1252,
    "code-not-listed": code_not_listed,
    "letters-in-a-row": letters_in_a_row,
}
