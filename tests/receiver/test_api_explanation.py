"""The API explains the bytes of an entry: ids, places and values, no word of any language."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from protocols.dc09 import decode, explain
from protocols.findings import SEVERITIES
from protocols.model import Arrival, Finding, Key
from protocols.wire import Wire
from protocols.wires import WIRES
from receiver.adapters.line import now as this_moment
from receiver.intake.bodies import bodies_of
from receiver.journal.entry import Body, Entry, EntryKind, rfc3339
from tests.protocols.dc09_support import KEY, NOW, STAMP, VECTORS, encrypted, frame, only
from tests.receiver.api_station import SmallStation


@pytest.fixture
def station(tmp_path: Path) -> Iterator[SmallStation]:
    with SmallStation(tmp_path) as small:
        yield small


@pytest.fixture
def client(station: SmallStation) -> Iterator[httpx.Client]:
    with station.client() as http:
        yield http


def journalled(station: SmallStation, arrival: Arrival) -> list[int]:
    """Store a message as the intake does it; the ids of its entries."""
    bodies = bodies_of(
        arrival,
        arrival.identity,
        node="n1",
        adapter="ip",
        peer="192.0.2.7:41122",
        now=this_moment(),
        header=None,
        find=lambda *_: None,
        repeat=False,
    )
    stored: queue.Queue[tuple[Entry, ...] | None] = queue.Queue()
    station._writer.append(bodies, time.time(), stored.put)
    entries = stored.get(timeout=30)
    assert entries is not None
    return [entry.id for entry in entries]


def explained(client: httpx.Client, entry: int) -> dict[str, Any]:
    """The explanation of an entry; every byte has its part."""
    answer = client.get(f"/v1/entries/{entry}/explanation")
    assert answer.status_code == 200, answer.text
    found = cast(dict[str, Any], answer.json())
    for layer in found["layers"]:
        at = 0
        for part in layer["parts"]:
            assert part["start"] == at < part["end"]
            at = part["end"]
        assert at == len(layer["bytes"])
    return found


def part(found: dict[str, Any], id_: str) -> dict[str, Any]:
    """The first part of an id."""
    parts: list[dict[str, Any]] = [part for layer in found["layers"] for part in layer["parts"]]
    return next(part for part in parts if part["id"] == id_)


def test_a_message_is_explained_from_the_journal(station: SmallStation, client: httpx.Client) -> None:
    """The same parts and findings as the protocol gives for the message as it came."""
    arrival = only(decode(VECTORS["F71"].frame, wall=NOW.wall))
    (entry,) = journalled(station, arrival)
    found = explained(client, entry)
    direct = explain(arrival.raw, findings=arrival.findings)
    assert (found["id"], found["arrival"], found["protocol"]) == (entry, entry, "dc09")
    (layer,) = found["layers"]
    assert (layer["name"], layer["bytes"]) == ("wire", arrival.raw.decode("latin-1"))
    assert [(one["id"], one["value"]) for one in layer["parts"]] == [
        (one.id, one.value) for one in direct.layers[0].parts
    ]
    assert part(found, "contact-id.code")["values"] == {
        "scheme": "contact-id",
        "code": "900",
        "qualifier": "new",
        "subject": "none",
    }
    assert {one["id"]: one["severity"] for one in found["findings"]} == {
        one.id: one.severity for one in arrival.findings
    }
    places = {one["id"]: (one["layer"], one["start"], one["end"]) for one in found["findings"]}
    assert places["dc09.header.repeats-account"] == ("wire", 23, 27)


def test_an_entry_behind_the_first_of_its_message_is_explained_by_that(
    station: SmallStation, client: httpx.Client
) -> None:
    """The bytes stand in the first only."""
    entries = journalled(station, only(decode(VECTORS["C16"].frame, wall=NOW.wall)))
    assert len(entries) == 3
    first, *others = [explained(client, entry) for entry in entries]
    for entry, other in zip(entries[1:], others, strict=True):
        assert other == {**first, "id": entry}


def test_an_encrypted_message_is_explained_without_its_key(station: SmallStation, client: httpx.Client) -> None:
    """The journal has the decrypted bytes, and a key inside them is masked."""
    plain = b"p" * 14 + b"|#1234|NBA1][K" + KEY.hex().encode() + b"]" + STAMP
    plain = b"p" * (-len(plain) % 16) + plain
    sent = frame('"*SIA-DCS"0001L0#1234[' + encrypted(KEY, plain).hex().upper())
    (entry,) = journalled(station, only(decode(sent, [KEY], wall=NOW.wall)))
    found = explained(client, entry)
    assert [layer["name"] for layer in found["layers"]] == ["wire", "plain"]
    assert part(found, "dc09.cipher")["values"]["opened"] == "plain"
    assert (part(found, "sia.event")["value"], part(found, "dc09.extended")["value"]) == ("BA", "*" * 32)
    assert KEY.hex() not in repr(found)


def test_over_a_masked_key_the_crc_is_not_called_wrong(station: SmallStation, client: httpx.Client) -> None:
    """The bytes of the journal are not those that came."""
    sent = frame(f'"SIA-DCS"0001L0#1234[#1234|NBA1][K{KEY.hex()}]')
    (entry,) = journalled(station, only(decode(sent, wall=NOW.wall)))
    found = explained(client, entry)
    assert part(found, "dc09.crc")["fits"] is True
    assert part(found, "dc09.crc")["values"]["masked"] == "1"
    assert KEY.hex() not in repr(found)


def test_a_message_that_could_not_be_read_is_explained_as_far_as_it_goes(
    station: SmallStation, client: httpx.Client
) -> None:
    """That is when it is wanted most."""
    (entry,) = journalled(station, only(decode(frame(b'"SIA-DCS"0001L0#1234[#1234|N??/!!]'), wall=NOW.wall)))
    found = explained(client, entry)
    assert part(found, "sia.rest")["value"] == "??"
    assert "dc09.data.no-event" in {one["id"] for one in found["findings"]}


def test_texts_are_read_as_the_account_says(station: SmallStation, client: httpx.Client) -> None:
    """In the encoding that is entered for it."""
    station.call(station.book.import_rows, [{"account": "1234", "encoding": "windows-1251"}])
    sent = frame('"SIA-DCS"0001L0#1234[#1234|NBA1^Ворота^]'.encode("windows-1251"))
    (entry,) = journalled(station, only(decode(sent, wall=NOW.wall)))
    assert part(explained(client, entry), "sia.text")["value"] == "Ворота"


def test_a_finding_of_the_station_concerns_the_whole_message(station: SmallStation, client: httpx.Client) -> None:
    """It is about what came before, not about bytes."""
    raw = frame(b'"NULL"0000L0#1234[]').decode("latin-1")
    entry = station.store(body(raw=raw, protocol="dc09", findings=("message.number-reused",)))
    assert explained(client, entry)["findings"] == [
        {"id": "message.number-reused", "severity": "note", "layer": "", "start": 0, "end": 0}
    ]


def body(**more: Any) -> Body:
    """A body as the intake would make it."""
    return Body(kind=more.pop("kind", EntryKind.SIGNAL), node="n1", received_at=rfc3339(0.0), **more)


def test_what_cannot_be_explained_is_answered_with_404_and_a_text(station: SmallStation, client: httpx.Client) -> None:
    """No such entry, no bytes, another protocol; a number that is none is a wrong question."""
    silent = station.store(body(kind=EntryKind.STATION, code="station.started"))
    other = station.store(body(raw="x", protocol="smoke-signs"))
    for entry, text in (
        (99, "there is no entry 99"),
        (silent, f"entry {silent} (station) holds no bytes of a message"),
        (other, f"entry {other}: messages of protocol 'smoke-signs' cannot be explained here"),
    ):
        answer = client.get(f"/v1/entries/{entry}/explanation")
        assert (answer.status_code, answer.json()["error"]) == (404, text)
    assert client.get("/v1/entries/first/explanation").status_code == 400


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES.keys())
def test_every_protocol_explains_its_own_messages(station: SmallStation, client: httpx.Client, wire: Wire) -> None:
    """Whatever the bytes, each has its part; a key of the account means nothing to those without encryption."""
    station.call(station.book.import_rows, [{"account": "1234", "key": KEY.hex()}])
    entry = station.store(body(raw="5011 18\x00\xff1234E13001015\x14", protocol=wire.name, account="1234"))
    found = explained(client, entry)
    assert (found["protocol"], found["layers"][0]["name"]) == (wire.name, "wire")


def test_findings_of_the_journal_are_placed_like_those_of_the_decoder() -> None:
    """The journal keeps ids only; the bytes tell the rest."""
    for vector in VECTORS.values():
        keys = [vector.key] if vector.key else []
        for item in decode(vector.frame, keys, wall=NOW.wall):
            if isinstance(item, Arrival):
                known = [Key(key, "owner") for key in keys]
                bare = [Finding(one.id, SEVERITIES[one.id]) for one in item.findings]
                assert explain(item.raw, keys=known, findings=bare) == explain(
                    item.raw, keys=known, findings=item.findings
                ), vector.id


def test_bytes_are_explained_as_they_are_stored(station: SmallStation, client: httpx.Client) -> None:
    """Whatever bytes they are."""
    raw = bytes(range(256)).decode("latin-1")
    entry = station.store(body(raw=raw, protocol="dc09"))
    assert explained(client, entry)["layers"][0]["bytes"] == raw


def test_a_refused_message_is_opened_with_its_accounts_key_and_the_key_inside_it_is_masked(
    station: SmallStation, client: httpx.Client
) -> None:
    """A security entry keeps the bytes as they came; with another key it is said that none fits."""
    plain = b"p" * 14 + b"|#1234|NBA1][K" + KEY.hex().encode() + b"]" + STAMP
    plain = b"p" * (-len(plain) % 16) + plain
    sent = frame('"*SIA-DCS"0001L0#1234[' + encrypted(KEY, plain).hex().upper())
    body = Body(
        kind=EntryKind.SECURITY,
        node="n1",
        received_at=rfc3339(time.time()),
        code="security.stale",
        adapter="ip",
        protocol="dc09",
        account="1234",
        header_account="1234",
        prefix="0",
        raw=sent.decode("latin-1"),
    )
    stored: queue.Queue[tuple[Entry, ...] | None] = queue.Queue()
    station._writer.append((body,), time.time(), stored.put)
    entries = stored.get(timeout=30)
    assert entries is not None
    assert part(explained(client, entries[0].id), "dc09.cipher")["values"]["opened"] == "no-key"
    station.call(station.book.import_rows, [{"account": "1234", "key": "00" * 16}])
    assert part(explained(client, entries[0].id), "dc09.cipher")["values"]["opened"] == "wrong-key"
    station.call(station.book.import_rows, [{"account": "1234", "key": KEY.hex()}])
    found = explained(client, entries[0].id)
    assert part(found, "sia.event")["value"] == "BA"
    assert KEY.hex() not in repr(found).lower()
