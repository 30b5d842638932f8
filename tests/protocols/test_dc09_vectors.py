"""Captured frames of many makers are read as their notes say, however they are cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from protocols.dc09 import FINDINGS, decode
from protocols.model import Arrival, ArrivalKind, Noise, Protection, Verdict
from tests.protocols.dc09_support import (
    GOOD,
    NOW,
    STAMP,
    VECTORS,
    Vector,
    arrivals_in,
    crc16,
    encrypted,
    frame,
    ids,
    noise_in,
    only,
    receiver,
)

by_id = pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector.id)


def _facts() -> dict[str, dict[str, Any]]:
    lines = (Path(__file__).parent / "vectors" / "dc09_facts.jsonl").read_text(encoding="utf-8").splitlines()
    return {row.pop("id"): row for row in map(json.loads, lines)}


FACTS = _facts()
"""Vector to what it is: token, account of the header, kind, events (account, code, qualifier, partition, number), and
the findings of DC-09."""

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


def answer_to(raw: bytes, vector: Vector) -> bytes:
    """The acknowledgement as the rules make it, built here by itself: echo, variant, case of the digits, stamp."""
    binary = raw[9:10] != b'"'
    _, token, rest = raw[7 if binary else 9 :].split(b'"', 2)
    echo = rest.split(b"[")[0]
    if token.startswith(b"*"):
        assert vector.key is not None
        assert vector.plain is not None
        inside = b"|]" if b"|" in vector.plain else b"]"
        pad = b"p" * (16 - (len(inside) + len(STAMP)) % 16)
        body = b'"*ACK"%b[' % echo + encrypted(vector.key, pad + inside + STAMP).hex().upper().encode()
    else:
        body = b'"ACK"%b[]' % echo + (STAMP if raw[-21:-20] == b"_" else b"")
    whole = frame(body, binary=binary)
    if binary:
        return whole[:3] + (whole[3:7].lower() if raw[3:7].islower() else whole[3:7]) + whole[7:]
    sum_, length = whole[1:5], whole[5:9]
    lower = raw[1:9].islower()
    return (
        b"\n"
        + (sum_.lower() if lower or raw[1:5].islower() else sum_)
        + (length.lower() if lower or raw[5:9].islower() else length)
        + whole[9:]
    )


ANSWERED = [
    vector
    for vector in GOOD
    if vector.id in FACTS and FACTS[vector.id]["kind"] != "answer" and vector.id != "F12"  # whose key is lost
]
SILENT = [vector for vector in GOOD if vector.id in FACTS and vector not in ANSWERED]


@pytest.mark.parametrize("vector", ANSWERED, ids=lambda vector: vector.id)
@pytest.mark.parametrize("how", ["whole", "byte by byte", "with bytes behind"])
def test_a_captured_message_is_answered_byte_for_byte(vector: Vector, how: str) -> None:
    """However it comes: the header repeated as it was, the CRC in its form, encrypted where the message was."""
    data = vector.frame.rstrip(b"\0")
    pieces = {
        "whole": [data],
        "byte by byte": [data[at : at + 1] for at in range(len(data))],
        "with bytes behind": [data + b"\0\0\r\n\nGET / HTTP/1.1\r\n\r\n"],
    }[how]
    end = receiver(*([] if vector.key is None else [vector.key]))
    for arrival in arrivals_in([item for piece in pieces for item in end.receive(piece, NOW)]):
        end.decide(arrival, Verdict.STORED, NOW)
    assert end.data_to_send() == answer_to(data, vector)


@pytest.mark.parametrize("vector", SILENT, ids=lambda vector: vector.id)
def test_an_answer_and_what_nobody_can_open_are_answered_with_silence(vector: Vector) -> None:
    """Whatever the station says of them."""
    for verdict in (Verdict.STORED, Verdict.ALIVE, Verdict.DUPLICATE):
        end = receiver(*([] if vector.key is None else [vector.key]))
        end.decide(only(end.receive(vector.frame, NOW)), verdict, NOW)
        assert end.data_to_send() == b""


def test_every_key_length_gives_the_same_message() -> None:
    """AES-128, 192 and 256 are told apart by the key alone."""
    plains = {only(read(VECTORS[id_])).plain for id_ in ("C01", "C02", "C03")}
    assert len(plains) == 1


def test_a_constant_in_place_of_the_crc_is_one_piece_of_noise() -> None:
    """Osborne-Hoffman looks like DC-09 and is not."""
    [noise] = read(VECTORS["F80"])
    assert isinstance(noise, Noise)
    assert noise.guess == "osborne-hoffman"


def test_every_vector_has_its_facts() -> None:
    """Whoever adds a captured frame says what it is; the two that are not one message have tests of their own."""
    assert set(FACTS) == set(VECTORS) - {"C15", "F80"}


@pytest.mark.parametrize("id_", FACTS)
def test_a_captured_frame_says_what_its_note_says(id_: str) -> None:
    """Token, account, kind, events, and every departure of the panel by name; tolerant, and never silent about it."""
    arrival = only(read(VECTORS[id_]))
    signals = [
        " ".join((one.account, one.code, one.qualifier.value, one.partition or "-", one.number or "-"))
        for one in arrival.signals
    ]
    assert FACTS[id_] == {
        "token": arrival.token,
        "account": arrival.account,
        "kind": arrival.kind,
        "signals": signals,
        "findings": [finding.id for finding in arrival.findings if finding.id.startswith("dc09.")],
    }


def test_two_frames_of_one_segment_are_two_messages() -> None:
    """In their order; neither is worth a finding where nobody answers."""
    first, second = arrivals_in(read(VECTORS["C15"]))
    assert [(one.sequence, one.signals[0].code, ids(one)) for one in (first, second)] == [
        ("0051", "BA", set()),
        ("0052", "BR", set()),
    ]


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
