"""``docs/radio-protocol.md``: its vectors are read out of the page and hold, by our code and by the plain libraries."""

from __future__ import annotations

import re

import fastcrc
import pytest
import reedsolo
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, ChaCha20Poly1305

from protocols import ax25, datagram, fec, kiss
from protocols.datagram import RadioKey, Standing, Suite, Type, Window
from protocols.datagram import header as headers
from protocols.datagram import payloads as p
from tests.protocols.radio_vectors import AES_128, DOCUMENT, document

PAGE = DOCUMENT.read_text()
VECTORS = [
    dict(line.split(": ", 1) for line in block.splitlines())
    for block in re.findall(r"```vector\n(.*?)```", PAGE, re.DOTALL)
]


def with_key(key: str) -> list[dict[str, str]]:
    found = [vector for vector in VECTORS if key in vector]
    assert found
    return found


def name_of(vector: dict[str, str]) -> str:
    return vector["name"]


def raw(value: str) -> bytes:
    return b"" if value == "-" else bytes.fromhex(value)


def test_the_page_is_what_the_code_writes() -> None:
    """After a change: python -m tests.protocols.radio_vectors."""
    assert document(PAGE) == PAGE


@pytest.mark.parametrize("vector", with_key("sealed"), ids=name_of)
def test_a_datagram_of_the_page_is_made_and_opened(vector: dict[str, str]) -> None:
    """By our code, and by the cipher alone with nothing but what the page says."""
    key, nonce, payload, sealed = (raw(vector[name]) for name in ("key", "nonce", "payload", "sealed"))
    clear = raw(vector["header"])
    if vector["suite"] == "aes-ccm-8":
        assert AESCCM(key, tag_length=8).encrypt(nonce, payload, clear) == sealed[15:]
    else:
        assert ChaCha20Poly1305(key).encrypt(nonce, payload, clear) == sealed[15:]
    assert sealed[:15] == clear
    ours = RadioKey(clear[8], Suite(vector["suite"]), key)
    opened = datagram.open(sealed, ours)
    assert opened is not None
    assert opened.payload == payload
    assert datagram.nonce(opened.header, ours.suite) == nonce
    assert datagram.seal(opened.header, payload, ours) == sealed
    said = p.decode(opened.header.type, payload)
    assert not isinstance(said, p.Unread)
    assert p.encode(said) == payload
    assert said.odd == ()


def test_the_page_has_every_type_and_every_suite() -> None:
    """But CMD, which is reserved; every form of an event; no counter is used twice under one key and direction."""
    clear = [headers.read(raw(vector["header"])) for vector in with_key("sealed")]
    assert {one.type for one in clear if one is not None} == set(Type) - {Type.CMD}
    assert {(vector["suite"], len(raw(vector["key"]))) for vector in with_key("sealed")} == {
        ("aes-ccm-8", 16), ("aes-ccm-8", 32), ("chacha20-poly1305", 32)
    }  # fmt: skip
    events = [raw(vector["payload"]) for vector in with_key("sealed") if vector["name"].startswith("event")]
    assert {payload[0] for payload in events} == {0x31, 0x01, 0x02, 0x0A}
    used = [(one.key_id, one.direction, one.counter) for one in clear if one is not None]
    assert len(set(used)) == len(used)


@pytest.mark.parametrize("vector", with_key("refused"), ids=name_of)
def test_what_the_page_says_is_refused(vector: dict[str, str]) -> None:
    """Another network is refused by who knows his own; the tag covers it as well."""
    assert datagram.open(raw(vector["refused"]), AES_128) is None


@pytest.mark.parametrize("vector", with_key("kiss"), ids=name_of)
def test_a_frame_of_the_page_is_read_and_written(vector: dict[str, str]) -> None:
    """KISS, UI frame, FCS, datagram."""
    (piece,) = kiss.Deframer().feed(raw(vector["kiss"]))
    read = kiss.read(piece)
    assert (read.port, read.command, read.whole) == (0, kiss.Command.DATA, True)
    assert read.data == raw(vector["frame"])
    frame = ax25.decode(read.data)
    assert frame.info == raw(vector["datagram"])
    assert datagram.open(frame.info, AES_128) is not None
    assert ax25.encode(frame) == read.data
    assert fastcrc.crc16.ibm_sdlc(read.data).to_bytes(2, "little") == raw(vector["fcs"])


@pytest.mark.parametrize("vector", with_key("wire"), ids=name_of)
def test_a_frame_of_a_transparent_modem_is_read_and_written(vector: dict[str, str]) -> None:
    """With parity where there is any, as reedsolo counts it by default."""
    (piece,) = kiss.Deframer().feed(raw(vector["wire"]))
    data, parity = raw(vector["datagram"]), raw(vector.get("parity", ""))
    assert kiss.unescape(piece) == (data + parity, True)
    assert kiss.enclose(data + parity) == raw(vector["wire"])
    assert not parity or reedsolo.RSCodec(16).encode(data) == data + parity
    opened = datagram.open(data, AES_128)
    assert opened is not None
    assert bool(opened.header.flags & datagram.FEC_INSIDE) == bool(parity)


@pytest.mark.parametrize("vector", with_key("damaged"), ids=name_of)
def test_a_damaged_frame_of_the_page_is_repaired(vector: dict[str, str]) -> None:
    """By a reading that the tag confirms."""
    pieces = kiss.Deframer().feed(raw(vector["damaged"]))
    heard = [
        repaired.data
        for at, piece in enumerate(pieces)
        for repaired in fec.recover(piece, pieces[:at])
        if datagram.open(repaired.data, AES_128) is not None
    ]
    assert heard[0] == raw(vector["datagram"])


def test_the_window_of_the_page_holds() -> None:
    """Each counter is what the table says, and only a new one is taken."""
    words = {"new": Standing.NEW, "copy": Standing.SEEN, "counter used twice": Standing.DIFFERENT, "old": Standing.OLD}
    rows = re.findall(r"^\| (\d+) \| ([0-9a-f]{8}) \| ([a-z ]+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert {row[2] for row in rows} == set(words)
    window = Window()
    for counter, mark, word, highest in rows:
        assert window.ask(int(counter), raw(mark)) is words[word]
        window = window.taken(int(counter), raw(mark))
        assert window.highest == int(highest)


def test_the_numbers_of_the_text_are_those_of_the_code() -> None:
    """Lengths, flags, types, results."""
    for name, number in ((one.name, one.value) for one in Type):
        assert re.search(rf"^\| {number} \| {name} \| {Type(number).direction}", PAGE, re.MULTILINE), name
    for flag in (datagram.LOW_BATTERY, datagram.FEC_INSIDE, datagram.MORE_QUEUED):
        assert re.search(rf"^\| {flag:02X} \| ", PAGE, re.MULTILINE)
    assert f"at most {Suite.AES_CCM_8.most_payload} bytes with an 8-byte tag" in PAGE
    assert f"and {Suite.CHACHA20_POLY1305.most_payload} with a 16-byte tag" in PAGE
    assert f"At {datagram.MOST_COUNTER} the" in PAGE
    assert f"{fec.LIMIT} at most" in PAGE
