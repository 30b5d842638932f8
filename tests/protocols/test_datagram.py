"""The radio datagram: header and nonce to the byte, sealed and opened, and nothing but the very same bytes opens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from protocols import datagram
from protocols.datagram import (
    FROM_CENTRE,
    FROM_STATION,
    MAX,
    MOST_COUNTER,
    SIZE,
    DatagramError,
    Header,
    RadioKey,
    RadioKeyError,
    Suite,
    Type,
    seal,
)
from protocols.datagram import header as headers

VECTORS = [json.loads(line) for line in (Path(__file__).parent / "vectors/radio.jsonl").read_text().splitlines()]
(VECTOR,) = (one for one in VECTORS if one["kind"] == "datagram")

SUITES = ((Suite.AES_CCM_8, 16), (Suite.AES_CCM_8, 32), (Suite.CHACHA20_POLY1305, 32))
KEYS = [RadioKey(1, suite, bytes(range(size))) for suite, size in SUITES]
HEADER = Header(Type.EVENT, 0, 0x0A01, 0x1234, 1, 5)

keys = st.sampled_from(KEYS)
some_headers = st.builds(
    Header,
    st.sampled_from(Type),
    st.integers(0, 255),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.just(1),
    st.integers(0, MOST_COUNTER),
)
payloads = st.binary(max_size=Suite.CHACHA20_POLY1305.most_payload)


def test_the_published_datagram_is_made_and_opened() -> None:
    """Byte for byte, with its nonce."""
    key = RadioKey(VECTOR["key_id"], Suite(VECTOR["suite"]), bytes.fromhex(VECTOR["key"]))
    header = Header(
        Type(VECTOR["type"]), VECTOR["flags"], VECTOR["network"], VECTOR["station"], key.key_id, VECTOR["counter"]
    )
    raw, payload = bytes.fromhex(VECTOR["datagram"]), bytes.fromhex(VECTOR["payload"])
    assert datagram.nonce(header, key.suite) == bytes.fromhex(VECTOR["nonce"])
    assert seal(header, payload, key) == raw
    assert len(raw) == 34
    assert datagram.open(raw, key) == datagram.Opened(header, payload, raw[-8:-4])


@given(some_headers, payloads, keys)
def test_what_is_sealed_is_opened(header: Header, payload: bytes, key: RadioKey) -> None:
    """Of every type, in every suite; the mark is the head of the tag."""
    raw = seal(header, payload, key)
    assert len(raw) == SIZE + len(payload) + key.suite.tag <= MAX
    opened = datagram.open(raw, key)
    assert opened == datagram.Opened(header, payload, raw[SIZE + len(payload) :][:4])


@given(some_headers, payloads)
def test_it_is_the_plain_ciphers_with_the_header_beside_the_payload(header: Header, payload: bytes) -> None:
    """As anybody builds it with a library: nonce of station, direction and counter; the header authenticated."""
    used = header.station.to_bytes(4, "big") + bytes([header.direction]) + header.counter.to_bytes(6, "big")
    clear = headers.write(header)
    for key in KEYS[:2]:
        sealed = AESCCM(key.material, tag_length=8).encrypt(used + bytes(2), payload, clear)
        assert seal(header, payload, key) == clear + sealed
    sealed = ChaCha20Poly1305(KEYS[2].material).encrypt(used + bytes(1), payload, clear)
    assert seal(header, payload, KEYS[2]) == clear + sealed


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_every_flipped_bit_is_refused(key: RadioKey) -> None:
    """Each single one and each pair of neighbouring ones, of header, payload and tag."""
    raw = seal(HEADER, b"18E13001015", key)
    for bit in range(len(raw) * 8):
        for flips in (1, 3):
            number = int.from_bytes(raw, "big") ^ flips << bit
            spoilt = (number & (1 << len(raw) * 8) - 1).to_bytes(len(raw), "big")
            assert datagram.open(spoilt, key) is None, bit


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_every_other_length_is_refused(key: RadioKey) -> None:
    """Cut off anywhere, or with a byte more."""
    raw = seal(HEADER, b"18E13001015", key)
    for size in range(len(raw)):
        assert datagram.open(raw[:size], key) is None
        assert datagram.open(raw[size + 1 :], key) is None
    assert datagram.open(raw + b"\0", key) is None


def test_another_key_opens_nothing() -> None:
    """Nor the same bytes under another suite or another key id."""
    raw = seal(HEADER, b"x", KEYS[1])
    assert datagram.open(raw, RadioKey(1, Suite.AES_CCM_8, bytes(32))) is None
    assert datagram.open(raw, RadioKey(1, Suite.CHACHA20_POLY1305, KEYS[1].material)) is None
    assert datagram.open(raw, RadioKey(2, Suite.AES_CCM_8, KEYS[1].material)) is None


@given(st.binary(max_size=230), keys)
def test_any_bytes_are_refused_and_never_raise(data: bytes, key: RadioKey) -> None:
    """Also behind a header that looks right."""
    assert datagram.open(data, key) is None
    assert datagram.open(headers.write(HEADER) + data, key) is None


@given(some_headers)
def test_the_header_is_the_one_of_its_definition(header: Header) -> None:
    """Written and read by hand as construct does it."""
    raw = headers.write(header)
    assert len(raw) == SIZE
    parsed = headers.LAYOUT.parse(raw)
    assert (parsed.first.type, parsed.flags, parsed.network, parsed.station, parsed.key_id, parsed.counter) == (
        header.type, header.flags, header.network, header.station, header.key_id, header.counter
    )  # fmt: skip
    assert headers.LAYOUT.build(parsed) == raw
    assert headers.read(raw + b"more") == header


@pytest.mark.parametrize("first", [0x01, 0x21, 0x10, 0x19, 0x1F, 0xF1])
def test_another_version_or_an_unknown_type_is_no_header(first: int) -> None:
    """Nothing of it is guessed."""
    assert headers.read(bytes((first,)) + headers.write(HEADER)[1:]) is None


def test_every_type_has_its_direction() -> None:
    """Four come from the station, four from the centre."""
    assert {one for one in Type if one.direction == FROM_STATION} == {
        Type.EVENT, Type.TEST, Type.POLL_REPLY, Type.SYNC_REQ
    }  # fmt: skip
    assert {one for one in Type if one.direction == FROM_CENTRE} == {Type.ACK, Type.POLL, Type.SYNC_RSP, Type.CMD}


def test_flags_that_are_not_defined_are_told() -> None:
    """They are authenticated like the others."""
    header = Header(Type.TEST, 0xF1 | datagram.LOW_BATTERY, 1, 2, 1, 3)
    opened = datagram.open(seal(header, b"", KEYS[0]), KEYS[0])
    assert opened is not None
    assert opened.header.reserved == 0xF1
    assert HEADER.reserved == 0


@pytest.mark.parametrize(
    "change",
    [{"counter": MOST_COUNTER + 1}, {"counter": -1}, {"station": 1 << 32}, {"network": 1 << 16}, {"flags": 256}],
)
def test_a_number_that_does_not_fit_is_refused(change: dict[str, int]) -> None:
    """Rather than cut off: a counter that began again would use its nonces twice."""
    fields = {"flags": 0, "network": 1, "station": 2, "counter": 3, **change}
    header = Header(Type.EVENT, fields["flags"], fields["network"], fields["station"], 1, fields["counter"])
    with pytest.raises(DatagramError, match="too large"):
        seal(header, b"", KEYS[0])


def test_a_payload_that_is_too_long_or_a_wrong_key_id_is_refused() -> None:
    """A datagram has at most 200 bytes."""
    for key in KEYS:
        assert len(seal(HEADER, bytes(key.suite.most_payload), key)) == MAX
        with pytest.raises(DatagramError, match="at most"):
            seal(HEADER, bytes(key.suite.most_payload + 1), key)
    long = headers.write(HEADER) + AESCCM(KEYS[0].material, tag_length=8).encrypt(
        datagram.nonce(HEADER, Suite.AES_CCM_8), bytes(Suite.AES_CCM_8.most_payload + 1), headers.write(HEADER)
    )
    assert datagram.open(long, KEYS[0]) is None
    with pytest.raises(DatagramError, match="another key"):
        seal(Header(Type.EVENT, 0, 1, 2, 9, 3), b"", KEYS[0])


@pytest.mark.parametrize(
    ("suite", "size"), [(Suite.AES_CCM_8, 24), (Suite.CHACHA20_POLY1305, 16), (Suite.AES_CCM_8, 0)]
)
def test_a_key_of_a_wrong_size_is_refused(suite: Suite, size: int) -> None:
    """With the sizes that would be right."""
    with pytest.raises(RadioKeyError, match=f"32 bytes, not {size}"):
        RadioKey(1, suite, bytes(size))
    with pytest.raises(RadioKeyError, match="0 to 255"):
        RadioKey(256, Suite.AES_CCM_8, bytes(16))


def test_a_key_never_shows_its_bytes() -> None:
    """Not in a log, not in a traceback."""
    key = RadioKey(3, Suite.AES_CCM_8, b"secret-secret-16")
    for text in (repr(key), str(key), f"{[key]}"):
        assert "secret" not in text
        assert "key_id=3" in text
