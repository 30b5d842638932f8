"""Captured frames of many makers are read as their notes say, however they are cut."""

from __future__ import annotations

import pytest

from protocols.dc09 import FINDINGS, decode
from protocols.model import Arrival, ArrivalKind, Noise, Protection
from tests.protocols.dc09_support import GOOD, NOW, VECTORS, Vector, arrivals_in, crc16, ids, noise_in, only, receiver

by_id = pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector.id)

DIALECTS = {"ok": "crc-ascii", "ok,ok": "crc-ascii", "ok-bin": "crc-binary", "ok-CR": "crc-counts-cr"}


def read(vector: Vector) -> list[Arrival | Noise]:
    return decode(vector.frame, [] if vector.key is None else [vector.key], wall=NOW.wall)


def facts(arrival: Arrival) -> tuple[object, ...]:
    return (arrival.raw, arrival.kind, arrival.token, arrival.account, arrival.signals, ids(arrival), arrival.plain)


def test_the_check_value_of_the_crc_is_that_of_the_standard() -> None:
    """CRC-16/ARC of 123456789 is BB3D; a test CRC that is wrong would prove nothing."""
    assert crc16(b"123456789") == 0xBB3D


@by_id
def test_a_right_frame_is_read_whole(vector: Vector) -> None:
    """Every frame that is right on the wire becomes arrivals, with nothing left over."""
    items = read(vector)
    assert noise_in(items) == []
    assert len(items) == len(vector.ok.split(","))
    assert {arrival.dialect for arrival in arrivals_in(items)} == {DIALECTS[vector.ok]}
    assert b"".join(arrival.raw for arrival in arrivals_in(items)) == vector.frame.rstrip(b"\0")


@by_id
def test_a_right_frame_is_read_byte_by_byte_with_bytes_before_and_behind(vector: Vector) -> None:
    """Cutting the stream anywhere changes nothing, and nothing is reported before its last byte."""
    whole = [facts(arrival) for arrival in arrivals_in(read(vector))]
    end = receiver(*([] if vector.key is None else [vector.key]))
    items: list[Arrival | Noise] = []
    data = b"\0\r\n" + vector.frame.rstrip(b"\0")
    for at in range(len(data)):
        got = end.receive(data[at : at + 1], NOW)
        if got and vector.id != "C15":
            assert at == len(data) - 1
        items.extend(got)
    assert [fact[:4] for fact in map(facts, arrivals_in(items))] == [fact[:4] for fact in whole]
    assert noise_in(items) == []
    assert not end.receive(b"\0\0\r\n\n", NOW)
    assert not end.receive_eof(NOW)


@pytest.mark.parametrize("vector", [v for v in GOOD if v.plain is not None], ids=lambda vector: vector.id)
def test_an_encrypted_frame_opens_with_its_key_and_with_no_other(vector: Vector) -> None:
    """The decrypted bytes are those noted, without the padding; a wrong key never gives a message."""
    assert vector.key is not None
    assert vector.plain is not None
    arrival = only(read(vector))
    assert arrival.protection is Protection.KEYED
    assert vector.plain.endswith(arrival.plain)
    assert arrival.plain.lstrip(b"|").startswith((b"#", b"]", b"1"))
    wrong = bytes([vector.key[0] ^ 1]) + vector.key[1:]
    closed = only(decode(vector.frame, [wrong]))
    assert (closed.protection, closed.signals, closed.plain) == (Protection.FAILED, (), b"")
    assert "dc09.cipher.wrong-key" in ids(closed)


def test_every_key_length_gives_the_same_message() -> None:
    """AES-128, 192 and 256 are told apart by the key alone."""
    plains = {only(read(VECTORS[id_])).plain for id_ in ("C01", "C02", "C03")}
    assert len(plains) == 1


def test_a_constant_in_place_of_the_crc_is_one_piece_of_noise() -> None:
    """Osborne-Hoffman looks like DC-09 and is not."""
    [noise] = read(VECTORS["F80"])
    assert isinstance(noise, Noise)
    assert noise.guess == "osborne-hoffman"


@pytest.mark.parametrize(
    ("id_", "kind", "findings"),
    [
        ("F15", ArrivalKind.LINK_TEST, {"dc09.null.filler"}),
        ("F32", ArrivalKind.EVENT, {"dc09.header.prefix-empty"}),
        ("F34", ArrivalKind.LINK_TEST, {"dc09.header.prefix-empty", "dc09.null.sequence"}),
        ("F35", ArrivalKind.EVENT, {"dc09.header.prefix-empty", "dc09.header.account-missing"}),
        ("F38", ArrivalKind.EVENT, {"dc09.data.no-hash"}),
        ("F45", ArrivalKind.EVENT, {"dc09.header.account-form"}),
        ("F71", ArrivalKind.EVENT, {"dc09.crc.counts-the-cr"}),
        ("C24", ArrivalKind.LINK_TEST, set()),
        ("C22", ArrivalKind.ANSWER, set()),
        ("W31", ArrivalKind.ANSWER, set()),
    ],
)
def test_the_quirk_of_a_panel_is_named_and_does_not_stop_the_reading(
    id_: str, kind: ArrivalKind, findings: set[str]
) -> None:
    """Tolerant, and never silent about it."""
    arrival = only(read(VECTORS[id_]))
    assert arrival.kind is kind
    assert ids(arrival) == findings


def test_a_proprietary_payload_is_kept_as_opaque() -> None:
    """What cannot be read may have been a panic: it is acknowledged and kept, not refused."""
    arrival = only(read(VECTORS["F70"]))
    assert arrival.kind is ArrivalKind.OPAQUE
    assert "dc09.data.no-event" in ids(arrival)


def test_several_blocks_give_several_signals() -> None:
    """Two events in one block, an old one in another, and a text that belongs to the last."""
    burglary, opening, fire = only(read(VECTORS["C16"])).signals
    assert (burglary.code, burglary.partition, burglary.number, burglary.old) == ("BA", "1", "001", False)
    assert (opening.code, opening.user, opening.text) == ("OP", "7", "John")
    assert (fire.code, fire.old, fire.text) == ("FA", True, "Hello world")


def test_extended_data_is_kept_and_fills_the_signal() -> None:
    """Position, address of pictures, text and time of occurrence come from the fields X Y V I H."""
    [signal] = only(read(VECTORS["C17"])).signals
    assert set(signal.extended) == set("HIMSOLRTVXYZCN")
    assert signal.longitude == pytest.approx(6 + 7.777 / 60)
    assert signal.latitude == pytest.approx(49 + 6.666 / 60)
    assert (signal.url, signal.text) == ("http://v.example/1", "Panic")
    assert signal.occurred_at == NOW.wall - 2


def test_every_finding_of_the_vectors_is_in_the_table() -> None:
    """Ids are stable names; those of DC-09 come from one table."""
    found = {id_ for vector in GOOD for arrival in arrivals_in(read(vector)) for id_ in ids(arrival)}
    assert {id_ for id_ in found if id_.startswith("dc09.")} <= set(FINDINGS)
