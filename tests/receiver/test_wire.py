"""The wire view: what passed, the verdict and why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Finding, Moment, Noise, Protection, Severity, Verdict
from protocols.sia.blocks import Block, build
from protocols.wires import WIRES
from receiver.wire import BYTES, Wire, WireReader
from tests.protocols.wire_examples import EXAMPLES

PEER = Source("ip", "dc09", "192.0.2.7:41122", "192.0.2.7")
OTHER = Source("ip", "dc09", "192.0.2.8:41122", "192.0.2.8")
KEY = "0123456789ABCDEF0123456789ABCDEF"


def nothing() -> None:
    """A watcher that pulls by itself."""


def events(reader: WireReader) -> list[tuple[str, Any]]:
    found = []
    while data := reader.pull():
        for block in data.decode().split("\n\n")[:-1]:
            name, content = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(content.removeprefix("data: "))))
    return found


def arrival(**more: Any) -> Arrival:
    return Arrival(raw=b"raw", protocol="dc09", kind=ArrivalKind.EVENT, token="ADM-CID", account="1234", **more)


def test_bytes_are_shown_as_latin_1_with_their_true_size() -> None:
    """Only the first bytes of a long read are kept."""
    wire = Wire(clock=lambda: 0.0)
    wire.received(PEER, b"\n\xff\r")
    wire.sent(PEER, b"x" * (BYTES + 10))
    first, second = wire.recent(10)
    assert first == {
        "n": 0,
        "at": "1970-01-01T00:00:00.000Z",
        "what": "in",
        "adapter": "ip",
        "protocol": "dc09",
        "peer": "192.0.2.7:41122",
        "bytes": "\n\u00ff\r",
        "size": 3,
    }
    assert (second["what"], len(second["bytes"]), second["size"]) == ("out", BYTES, BYTES + 10)


def test_a_verdict_says_what_was_answered_and_why() -> None:
    """Silence is an answer of its own, with its reason; an encrypted frame says whether a key opened it."""
    wire = Wire()
    finding = Finding(id="dc09.crc.counts-the-cr", severity=Severity.DEVIATION, offset=2, length=4)
    wire.verdict(PEER, arrival(findings=(finding,)), Verdict.STORED, "ACK", "on-disk")
    wire.verdict(PEER, arrival(protection=Protection.FAILED), Verdict.REFUSED, "", "no known key opens it")
    stored, refused = wire.recent(2)
    assert (stored["verdict"], stored["answer"], stored["why"]) == ("stored", "ACK", "on-disk")
    assert (stored["token"], stored["account"], stored["encrypted"], stored["decrypted"]) == (
        "ADM-CID",
        "1234",
        False,
        None,
    )
    assert stored["findings"][0]["id"] == "dc09.crc.counts-the-cr"
    assert (refused["answer"], refused["why"], refused["encrypted"], refused["decrypted"]) == (
        "",
        "no known key opens it",
        True,
        False,
    )


def test_a_verdict_shows_what_was_decrypted_with_its_key_masked() -> None:
    """An installer sees the content of encrypted messages; a message in the clear has none."""
    wire = Wire()
    plain = f"#1234|1130 01 015][K{KEY}]_10:00:00,01-01-2026\xff".encode("latin-1")
    wire.verdict(PEER, arrival(protection=Protection.KEYED, plain=plain), Verdict.STORED, "ACK", "on-disk")
    wire.verdict(PEER, arrival(), Verdict.STORED, "ACK", "on-disk")
    secret, clear = wire.recent(2)
    assert secret["plain"] == plain.decode("latin-1").replace(KEY, "*" * 32)
    assert clear["plain"] == ""


def test_noise_and_notes_are_shown() -> None:
    """What it probably is, and what became of the connection."""
    wire = Wire()
    wire.noise(PEER, Noise(raw=b"GET / HTTP/1.1", guess="http", size=200))
    wire.note(PEER, "disconnected: closed")
    noise, note = wire.recent(2)
    assert (noise["guess"], noise["size"]) == ("http", 200)
    assert (note["what"], note["text"]) == ("note", "disconnected: closed")


@pytest.mark.parametrize("size", [1, 2, 5, 30, 1000])
def test_a_key_is_masked_however_its_message_is_cut(size: int) -> None:
    """Whole, in pieces, byte by byte, with another peer in between."""
    message = f'\n12340050"ADM-CID"0001L0#1234[#1234|1130 01 015][K{KEY}]_10:00:00,01-01-2026\r'
    wire = Wire()
    wire.note(PEER, "connected")
    for start in range(0, len(message), size):
        wire.received(PEER, message[start : start + size].encode())
        wire.received(OTHER, b"[K")
        wire.sent(PEER, b"[")
    shown = "".join(
        record["bytes"] for record in wire.recent(1000) if record["what"] == "in" and "7:" in record["peer"]
    )
    assert KEY not in shown
    assert shown == message.replace(KEY, "*" * 32)


@pytest.mark.parametrize("size", range(1, 12))
def test_a_remote_code_is_masked_however_its_block_is_cut(size: int) -> None:
    """A log-in of SIA blocks, between two others."""
    before, login, behind = (build(Block(*one)) for one in (("#", b"012345"), ("?", b"543210"), ("N", b"BA001")))
    message = before + login + behind
    wire = Wire()
    source = replace(PEER, protocol="sia")
    wire.note(source, "connected")
    for start in range(0, len(message), size):
        wire.received(source, message[start : start + size])
    wire.noise(source, Noise(raw=login[:-1] + b"\x80", guess="sia.parity", size=9))
    records = wire.recent(1000)
    shown = "".join(record["bytes"] for record in records if record["what"] == "in")
    assert shown == (before + build(Block("?", b"******")) + behind).decode("latin-1")
    assert records[-1]["bytes"][:8] == "F?******"


@pytest.mark.parametrize("protocol", ["sia", "auto"])
@pytest.mark.parametrize("damaged", [b"F;543210\x87", b"g?543210\x87", b"F?5C3210\x87", b"F543210\x87", b"F?54321\x87"])
def test_a_remote_code_of_a_damaged_block_is_masked(protocol: str, damaged: bytes) -> None:
    """In what came in, and as noise; the blocks around it are shown."""
    account, event = build(Block("#", b"0123456")), build(Block("N", b"BA0015"))
    wire = Wire()
    source = replace(PEER, protocol=protocol)
    wire.note(source, "connected")
    wire.received(source, account + damaged + event)
    wire.noise(source, Noise(raw=damaged, guess="garbage", size=len(damaged)))
    came, noise = [record["bytes"] for record in wire.recent(2)]
    assert came == (account.decode("latin-1") + noise + event.decode("latin-1"))
    assert not any(digits in noise for digits in ("543", "321", "210"))


def test_a_message_of_a_source_that_may_say_anything_is_shown() -> None:
    wire = Wire()
    source = replace(PEER, protocol="auto")
    wire.note(source, "connected")
    wire.received(source, b"5011 181234E13001015\x14")
    assert wire.recent(1)[0]["bytes"] == "5011 181234E13001015\x14"


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize("opening", ["[k", "[K ", "[ K", "[K0x"])
def test_a_key_is_masked_however_it_is_written_and_cut(opening: str, size: int) -> None:
    """A small letter, blanks, digits in groups."""
    key = f"{KEY[:16].lower()} {KEY[16:]}"
    message = f'\n12340050"ADM-CID"0001L0#1234[#1234|1130 01 015]{opening}{key}]_10:00:00,01-01-2026\r'
    wire = Wire()
    wire.note(PEER, "connected")
    for start in range(0, len(message), size):
        wire.received(PEER, message[start : start + size].encode())
    wire.noise(OTHER, Noise(raw=f"x{opening}{key}]".encode(), guess="garbage", size=40))
    wire.verdict(OTHER, arrival(protection=Protection.KEYED, plain=message.encode()), Verdict.STORED, "ACK", "on disk")
    records = wire.recent(1000)
    shown = "".join(record["bytes"] for record in records if record["what"] == "in")
    assert len(shown) == len(message)
    assert shown.endswith("*" * len(key) + "]_10:00:00,01-01-2026\r")
    for text in (shown, records[-2]["bytes"], records[-1]["plain"]):
        assert KEY[:8].lower() not in text
        assert KEY[16:24] not in text


def test_digits_whose_beginning_has_left_the_ring_are_masked() -> None:
    """They may be the rest of a key; better hidden than shown."""
    wire = Wire(ring=1)
    wire.received(PEER, b"[K" + KEY[:8].encode())
    wire.received(PEER, KEY[8:].encode() + b"]_10:00\r")
    assert wire.recent(1)[0]["bytes"] == "*" * 24 + "]_10:00\r"


def test_a_key_in_noise_is_masked() -> None:
    """Bytes that are no message may hold one all the same."""
    wire = Wire()
    wire.noise(PEER, Noise(raw=f"x[K{KEY}]".encode(), guess="garbage", size=40))
    assert wire.recent(1)[0]["bytes"] == f"x[K{'*' * 32}]"


def test_a_watcher_that_lags_is_told_what_it_missed() -> None:
    """The ring is bounded; nothing is kept for a watcher."""
    wire = Wire(ring=5)
    reader = wire.join(nothing)
    for number in range(8):
        wire.note(PEER, str(number))
    assert events(reader) == [("behind", {"from": 0, "to": 7})]
    wire.note(PEER, "next")
    assert [data["text"] for _, data in events(reader)] == ["next"]


def test_a_watcher_may_begin_with_what_was() -> None:
    """The newest records first, as far as the ring goes."""
    wire = Wire(ring=5)
    for number in range(8):
        wire.note(PEER, str(number))
    assert [data["text"] for _, data in events(wire.join(nothing, recent=2))] == ["6", "7"]
    assert [data["text"] for _, data in events(wire.join(nothing, recent=100))] == ["3", "4", "5", "6", "7"]


def test_nothing_of_an_arrival_but_what_is_shown_is_kept() -> None:
    """The reply of an arrival knows the key: it must not live on in the ring."""
    wire = Wire()
    secret = object()
    wire.verdict(PEER, arrival(reply=secret), Verdict.STORED, "ACK", "on-disk")
    assert not any(isinstance(part, Arrival) for part in wire._ring[0])


def test_a_wrong_crc_is_shown_with_that_of_its_bytes_and_the_accounts_inside_a_message() -> None:
    """Values alone; the words are the client's."""
    wire = Wire()
    raw = b'\nBEEF0027"ADM-CID"0059L0#1008[#1008|1120 03 021]\r'
    wire.noise(PEER, Noise(raw=raw, guess="dc09.crc-mismatch", size=len(raw)))
    wire.noise(PEER, Noise(raw=b"x", guess="garbage", size=1))
    wire.verdict(PEER, arrival(inner="77"), Verdict.STORED, "ACK", "on-disk")
    wrong, other, verdict = wire.recent(3)
    assert wrong["values"] == {"account": "1008", "given": "BEEF", "computed": "45A3"}
    assert other["values"] == {}
    assert verdict["inside"] == ("77",)


LINE = Source("line", "surgard", "192.0.2.9:1", "192.0.2.9")


def test_digits_of_a_line_protocol_are_never_taken_for_the_rest_of_a_key() -> None:
    """Only DC-09 carries keys: of a panel that speaks it to the wrong port they are masked all the same."""
    wire = Wire()
    wire.noise(LINE, Noise(raw=b"5011 18", guess="garbage", size=7))
    wire.received(LINE, b"501181234E13001015\x14")
    wire.received(LINE, f"[K{KEY}]".encode())
    noise, first, key = (record["bytes"] for record in wire.recent(3))
    assert (noise, first) == ("5011 18", "501181234E13001015\x14")
    assert KEY not in key
    wire.noise(replace(PEER, protocol="auto"), Noise(raw=KEY.encode(), guess="garbage"))
    assert KEY not in wire.recent(1)[0]["bytes"]


def test_a_damaged_message_of_another_protocol_tells_its_crc_where_it_has_one() -> None:
    """As its own explanation finds it."""
    wire = Wire()
    wire.noise(LINE, Noise(raw=b"\xff\x00 5011", guess="surgard.nothing", size=7))
    assert wire.recent(1)[0]["values"] == {}
    wire.noise(LINE, Noise(raw=b"x", guess="smoke-signs.nothing"))
    assert wire.recent(1)[0]["values"] == {}


READ_AS_ITS_OWN = ("surgard", "d6500")
"""Records of D6500 mode have the form of Sur-Gard's."""
FRAMES = [
    (name, other, EXAMPLES[other][0])
    for name in WIRES
    for other in EXAMPLES
    if other != name and (name, other) != READ_AS_ITS_OWN
]


@pytest.mark.parametrize(("name", "other", "frame"), FRAMES)
def test_noise_that_is_a_message_of_another_protocol_names_it(name: str, other: str, frame: bytes) -> None:
    """As the end of the adapter's own protocol told it."""
    source = Source("line", name, "192.0.2.7:41122", "192.0.2.7")
    end = WIRES[name].receiving(
        source, lambda *_: Dialect(), options=SourceOptions(), limits=Limits(undecided=100), first=0
    )
    wire = Wire()
    items = [*end.receive(frame, Moment(0.0, 0.0)), *end.receive_eof(Moment(60.0, 60.0))]
    for one in items:
        assert isinstance(one, Noise)
        wire.noise(source, one)
    values = wire.recent(1)[0]["values"]
    assert (values["likely"], values["title"]) == (other, WIRES[other].title)


@pytest.mark.parametrize(
    ("protocol", "guess", "raw"),
    [
        ("sia", "garbage", b"rubbish\r\n" * 50),
        ("sia", "garbage", b"\n" * 512),
        ("surgard", "garbage", b"5011 181234E13001015\x14"),
        ("auto", "garbage", b"5011 181234E13001015\x14"),
        ("dc09", "http", b"5011 181234E13001015\x14"),
        ("sia", "garbage", b""),
    ],
)
def test_other_noise_names_no_protocol(protocol: str, guess: str, raw: bytes) -> None:
    """Rubbish, the adapter's own, where it is found out anyway, and what is known for something else."""
    wire = Wire()
    wire.noise(Source("line", protocol, "p", "h"), Noise(raw, guess, len(raw)))
    assert wire.recent(1)[0]["values"] == {}


DAMAGED, OTHER_BLOCK = b"F#012345\x9a", b"F#012345\x9b"


@pytest.mark.parametrize(
    ("listen_only", "said", "answers"),
    [
        (False, [DAMAGED], ["NAK"]),
        (True, [DAMAGED], [""]),
        (False, [b"rubbish"], [""]),
        (False, [DAMAGED, OTHER_BLOCK], [""]),
    ],
    ids=["damaged", "listened to", "rubbish", "repeated"],
)
def test_noise_shows_what_was_answered_to_it(listen_only: bool, said: list[bytes], answers: list[str]) -> None:
    """A damaged block alone is rejected; with the whole one behind it, that one has the answer."""
    source = Source("line", "sia", "192.0.2.7:41122", "192.0.2.7")
    end = WIRES["sia"].receiving(
        source,
        lambda *_: Dialect(),
        options=SourceOptions(listen_only=listen_only, edge="galaxy"),
        limits=Limits(undecided=100),
        first=0,
    )
    wire = Wire()
    items = [*end.receive(b"".join(said), Moment(0.0, 0.0)), *end.expire(Moment(60.0, 60.0))]
    for one in items:
        if isinstance(one, Noise):
            wire.noise(source, one)
    assert [record["answer"] for record in wire.recent(9)] == answers
    assert (b"9" in end.data_to_send()) == (answers == ["NAK"])
