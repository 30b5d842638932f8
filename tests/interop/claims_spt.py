"""What the document says of my-dc09-spt as a panel, held against it."""

from __future__ import annotations

from typing import Any

import pytest
from my_dc09_spt.msg.dc09_msg import dc09_msg  # type: ignore[import-untyped]

from tests.interop.support import KEYED, KEYS, PLAIN, TEXT_KEYS, departures, run_spt
from tests.interop.world import Claim, World
from tests.support.frames import answers, frame
from tests.support.station import talk

KEY = TEXT_KEYS[16].encode()
SIX_HOURS_EAST = "LOCAL-6"
"""A time zone in POSIX form, six hours ahead of UTC."""


def _send(
    world: World, first: int, kind: str, parameters: list[dict[str, Any]], line: int | None = 0
) -> list[dict[str, Any]]:
    """Let it send what the example shows: acknowledged, and the frames are those. The entries."""
    messages = [(kind, each) for each in parameters]
    done = run_spt(world.station, "tcp", PLAIN, None, zone=SIX_HOURS_EAST, line=line, first=first, messages=messages)
    assert done.errors == [None] * len(messages)
    entries = [entry for number in range(len(messages)) for entry in world.entries(PLAIN, f"{first + number:04d}")]
    assert [entry["raw"].encode("latin-1") for entry in entries] == world.out()
    # Sent once more the frames are duplicates: the answers are the same, and no further entries are made.
    world.play_to_station()
    assert len(world.entries(PLAIN, f"{first:04d}")) == 1
    return entries


def prefix_left_out(world: World) -> None:
    """Understood, and answered without L."""
    (entry,) = _send(world, 101, "ADM-CID", [{"code": 130, "area": 1, "zone": 15}], line=None)
    assert (entry["prefix"], entry["code"], entry["number"]) == (None, "130", "015")
    assert departures(entry["findings"]) == ["dc09.header.prefix-missing"]


def no_separators(world: World) -> None:
    """Understood."""
    (entry,) = _send(world, 102, "SIA-DCS", [{"code": "BA", "area": 2, "zone": 3}])
    assert (entry["partition"], entry["code"], entry["number"]) == ("2", "BA", "3")
    assert departures(entry["findings"]) == ["sia.separator.missing"]


def text_in_quotes(world: World) -> None:
    """Understood, with its closing letters left out."""
    (entry,) = _send(world, 103, "SIA-DCS", [{"code": "UA", "zone": 21, "text": "detector hall", "flavor": "xsia"}])
    assert (entry["code"], entry["number"], entry["text"]) == ("UA", "21", "detector hall")
    assert "sia.text.xsia" in entry["findings"]
    assert not departures(entry["findings"])


def day_before_month(world: World) -> None:
    """A 15th month does not exist; 5 November is taken for 11 May."""
    when = [1_700_000_000_000, 1_699_142_400_000]
    entries = _send(world, 104, "ADM-CID", [{"code": 130, "zone": 1, "event_ts": each} for each in when])
    assert [(departures(entry["findings"]), entry["occurred_at"]) for entry in entries] == [
        (["dc09.extended.time"], None),
        ([], "2023-05-11T06:00:00.000Z"),
    ]


def characters_counted(world: World) -> None:
    """Length and CRC count characters where bytes are sent; such a frame gets no answer, the next one does."""
    content = "#1234|NBA1^Зал^]"
    built = dc09_msg(PLAIN, line=0).dc09block(106, "SIA-DCS", content).encode()
    broken, _ = world.out()
    assert broken == built
    assert int(broken[5:9], 16) == len(broken[9:-1].decode()) != len(broken[9:-1])
    (answer,) = world.play_to_station()
    assert answer == frame(b'"ACK"0107L0#1234[]')
    assert (world.entries(PLAIN, "0106"), len(world.entries(PLAIN, "0107"))) == ([], 1)
    with pytest.raises(UnicodeEncodeError):
        dc09_msg(KEYED, key=KEY).dc09block(106, "SIA-DCS", content)


def after_a_nak(world: World) -> None:
    """It corrects its clock and sends again, and stumbles over the acknowledgement."""
    spoken = dc09_msg(KEYED, key=KEY, line=0, offset=3600)
    first, nak, second, ack = world.lines
    with world.station.connect() as connection:
        sent = spoken.dc09block(108, "ADM-CID", "#2222|1130 00 001]").encode()
        assert first.fits(sent)
        answer = talk(connection, sent)
        assert nak.fits(answer)
        token, offset = spoken.dc09answer(108, answer.decode())
        assert token == "NAK"
        spoken.set_offset(offset)
        sent = spoken.dc09block(108, "ADM-CID", "#2222|1130 00 001]").encode()
        assert second.fits(sent)
        answer = talk(connection, sent)
    assert ack.fits(answer)
    assert answers(answer) == [answer]
    assert spoken.dc09answer(108, answer.decode())[0] == "ACK"

    messages = [("ADM-CID", {"code": 131, "zone": 2})]
    done = run_spt(world.station, "tcp", KEYED, KEY, line=0, first=109, offset_s=3600, messages=messages)
    assert done.errors == ["TypeError: ord() expected string of length 1, but int found"]
    for sequence, code in (("0108", "130"), ("0109", "131")):
        assert [entry["code"] for entry in world.entries(KEYED, sequence)] == [code]


def no_keys_of_24_bytes(world: World) -> None:
    """It says so before it sends anything."""
    messages = [("ADM-CID", {"code": 131, "zone": 2})]
    done = run_spt(world.station, "tcp", KEYED, KEYS[24], line=0, first=110, messages=messages)
    assert done.errors == ["Exception: Keylength is 24 but must be either 16 or 32"]
    assert world.entries(KEYED, "0110") == []


CLAIMS: dict[str, Claim] = {
    "prefix-left-out": prefix_left_out,
    "no-separators": no_separators,
    "text-in-quotes": text_in_quotes,
    "day-before-month": day_before_month,
    "characters-counted": characters_counted,
    "after-a-nak": after_a_nak,
    "no-keys-of-24-bytes": no_keys_of_24_bytes,
}
