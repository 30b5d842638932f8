"""Reed-Solomon over a datagram: what is repaired, and how a piece is read whose framing was hit."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import fec, kiss
from protocols.datagram import Header, RadioKey, Suite, Type, open, seal  # noqa: A004
from protocols.fec import LIMIT, PARITY, candidates, protect, recover, repair
from protocols.kiss import FEND, FESC, TFEND, TFESC

KEY = RadioKey(1, Suite.AES_CCM_8, bytes(range(16)))
LEAST = 15 + 8 + PARITY
NASTY = (FEND, FESC, TFEND, TFESC)


def datagram(counter: int = 5, station: int = 0x1234, payload: bytes = b"18E13001015") -> bytes:
    return seal(Header(Type.EVENT, 4, 0x0A01, station, 1, counter), payload, KEY)


def cut(wire: bytes) -> list[bytes]:
    return list[bytes](kiss.Deframer().feed(wire))


def heard(pieces: Sequence[bytes]) -> bytes | None:
    """What a receiver makes of pieces, one after the other."""
    for at, piece in enumerate(pieces):
        for repaired in recover(piece, pieces[:at], least=LEAST, most=216):
            if open(repaired.data, KEY) is not None:
                return repaired.data
    return None


def spots(data: bytes) -> list[tuple[int, int]]:
    """Where each byte of the datagram stands on the wire: first byte, bytes (the opening FEND is at 0)."""
    found, at = [], 1
    for byte in data:
        size = 2 if byte in (FEND, FESC) else 1
        found.append((at, size))
        at += size
    return found


@given(st.binary(min_size=1, max_size=239))
def test_what_is_not_damaged_is_read_as_it_is(data: bytes) -> None:
    """Data first, then 16 bytes of parity."""
    coded = protect(data)
    assert coded[: len(data)] == data
    assert len(coded) == len(data) + 16
    assert repair(coded) == fec.Repaired(data, 0)


@given(st.binary(min_size=1, max_size=216), st.integers(0, 8), st.randoms(use_true_random=False))
def test_up_to_eight_wrong_bytes_are_repaired_wherever_they_are(data: bytes, count: int, rnd: random.Random) -> None:
    """In the data and in the parity."""
    coded = bytearray(protect(data))
    for at in rnd.sample(range(len(coded)), count):
        coded[at] ^= rnd.randrange(1, 256)
    assert repair(bytes(coded)) == fec.Repaired(data, count)


@given(st.binary(min_size=1, max_size=216), st.integers(0, 16), st.randoms(use_true_random=False))
def test_twice_as_many_are_repaired_where_their_places_are_known(data: bytes, known: int, rnd: random.Random) -> None:
    """Two wrong bytes at known places cost as much as one elsewhere."""
    coded = bytearray(protect(data))
    hit = rnd.sample(range(len(coded)), known + (16 - known) // 2)
    for at in hit:
        coded[at] ^= rnd.randrange(1, 256)
    repaired = repair(bytes(coded), erasures=hit[:known])
    assert repaired is not None
    assert repaired.data == data


@given(st.randoms(use_true_random=False))
def test_nine_wrong_bytes_never_become_the_datagram(rnd: random.Random) -> None:
    """Nearly always the code refuses them; what it takes for another datagram, the tag refuses."""
    coded = bytearray(protect(datagram()))
    for at in rnd.sample(range(len(coded)), 9):
        coded[at] ^= rnd.randrange(1, 256)
    repaired = repair(bytes(coded))
    assert repaired is None or open(repaired.data, KEY) is None


def test_nine_wrong_bytes_are_refused() -> None:
    """Of a thousand, the code itself lets none through."""
    rnd = random.Random(9)
    for _ in range(1000):
        coded = bytearray(protect(datagram()))
        for at in rnd.sample(range(len(coded)), 9):
            coded[at] ^= rnd.randrange(1, 256)
        assert repair(bytes(coded)) is None


def test_what_is_too_long_is_not_protected() -> None:
    """255 bytes are all the code has."""
    with pytest.raises(ValueError, match="at most 239"):
        protect(bytes(240))


@given(st.binary(max_size=300), st.lists(st.integers(-5, 300), max_size=20))
def test_any_bytes_are_repaired_or_not_and_never_raise(data: bytes, erasures: list[int]) -> None:
    """Also with places that are none."""
    repaired = repair(data, erasures=erasures)
    assert repaired is None or len(repaired.data) == len(data) - 16


nasty_bytes = st.one_of(st.binary(max_size=80), st.lists(st.sampled_from((*NASTY, 0)), max_size=80).map(bytes))


@settings(max_examples=60)
@given(nasty_bytes, st.lists(nasty_bytes, max_size=10))
def test_any_piece_has_few_readings(piece: bytes, before: list[bytes]) -> None:
    """Never more than the limit, whatever the noise; all of a possible length."""
    found = list(candidates(piece, before, least=20, most=60))
    assert len(found) <= LIMIT
    for reading in found:
        assert 20 <= len(reading.data) <= 60
        assert all(0 <= at < len(reading.data) for at in reading.erasures)


@pytest.mark.parametrize("body", [b"\xdc", b"\xdb", b"\xdb\xdc", b"A\xdc", b"AAAAAA\xdc", b"AAAA\xdb", b"\xdc\xdd\xdb"])
@pytest.mark.parametrize("limit", [5, 48, LIMIT])
def test_bytes_that_look_like_framing_do_not_keep_a_reader_busy(body: bytes, limit: int) -> None:
    """However many ways there are to read them: so many readings are the most."""
    noise = (body * 300)[:210]
    before = [kiss.Piece(noise[:30], 3)] * 9
    assert 0 < len(list(candidates(kiss.Piece(noise, 9), before, least=20, most=216, limit=limit))) <= limit


# --- the framing is hit -----------------------------------------------------------------------------------------------


def test_each_byte_of_the_wire_may_become_any_other() -> None:
    """Every byte between the FENDs, and both FENDs, times 255 values: the datagram is heard each time."""
    full = next(one for counter in range(9999) if escapes(one := datagram(counter)) >= 3)
    coded = protect(full)
    wire = kiss.enclose(coded)
    for at in range(len(wire)):
        values = range(256) if at % 5 == 0 or wire[at] in NASTY else (*NASTY, wire[at] ^ 0x10)
        for value in values:
            spoilt = bytearray(wire)
            spoilt[at] = value
            # Whoever sends next ends what has lost its FEND.
            assert heard(cut(b"\xc0" + spoilt + b"\xc0")) == full, (at, value)


def escapes(data: bytes) -> int:
    coded = protect(data)
    return coded.count(FEND) + coded.count(FESC)


def spoilt(rnd: random.Random, station: int, most_escapes: int) -> tuple[bytes, list[bytes]]:
    """A datagram, and its pieces after one byte of the wire was hit for each of eight of its bytes."""
    full = datagram(rnd.randrange(1 << 40), station)
    coded = protect(full)
    wire = bytearray(kiss.enclose(coded))
    places = spots(coded)
    doubled = [at for at, (_, size) in enumerate(places) if size == 2]
    chosen = set(rnd.sample(doubled, min(len(doubled), most_escapes)))
    chosen |= set(rnd.sample([at for at in range(len(coded)) if at not in chosen], 8 - len(chosen)))
    for at in chosen:
        spot = places[at][0] + rnd.randrange(places[at][1])
        value = rnd.choice(NASTY) if rnd.random() < 0.25 else rnd.randrange(256)
        wire[spot] = value if value != wire[spot] else value ^ 0x55
    return full, cut(bytes(wire))


def test_eight_hit_bytes_are_borne_also_on_escapes_and_when_they_become_fend_or_fesc() -> None:
    """Escapes are hit first, and a quarter of the hit bytes look like framing."""
    rnd = random.Random(8)
    for _ in range(150):
        full, pieces = spoilt(rnd, 0x1234, 2)
        assert heard(pieces) == full, [piece.hex(" ") for piece in pieces]


@pytest.mark.parametrize("lost", [(0,), (-1,), (0, -1)], ids=["opening", "closing", "both"])
def test_a_destroyed_fend_costs_none_of_the_eight(lost: tuple[int, ...]) -> None:
    """What is added to the frame is cut off again."""
    rnd = random.Random(6)
    for _ in range(10):
        full = datagram(rnd.randrange(1 << 40))
        coded = bytearray(protect(full))
        for at in rnd.sample(range(len(coded)), 8):
            coded[at] = next(value for value in iter(lambda: rnd.randrange(1, 0xC0), -1) if value != coded[at])
        wire = bytearray(kiss.enclose(bytes(coded)))
        for at in lost:
            wire[at] = rnd.randrange(1, 0xC0)
        assert heard(cut(b"\xc0" + wire + b"\xc0")) == full


def test_first_and_last_bytes_that_become_fends_are_borne() -> None:
    """Together with others inside: nothing but the number of FENDs tells of them."""
    rnd = random.Random(7)
    for first, last in ((1, 0), (0, 1), (1, 1), (2, 0)):
        full = datagram(rnd.randrange(1 << 40))
        coded = protect(full)
        places = [1, 2][:first] + [len(coded)][:last]
        wire = bytearray(kiss.enclose(coded))
        assert len(wire) == len(coded) + 2 + escapes(full)
        for at in (*places, *rnd.sample(range(4, 12), 8 - len(places))):
            wire[at if at < len(coded) else -2] = 0xC0 if at in places else wire[at] ^ 0x03
        assert heard(cut(bytes(wire))) == full, (first, last)


def test_a_datagram_full_of_escapes_is_nearly_always_heard() -> None:
    """A station id of framing bytes, up to four of its escapes hit: more ways to read it than are tried are rare."""
    rnd = random.Random(4)
    cases = [spoilt(rnd, rnd.choice((0xC0DBC0DB, 0xDCDDC0DB)), turn % 5) for turn in range(100)]
    assert sum(heard(pieces) == full for full, pieces in cases) >= 97


def test_an_escape_of_which_both_bytes_are_hit_is_borne() -> None:
    """It counts as one byte, together with seven others."""
    rnd = random.Random(2)
    for _ in range(20):
        full = datagram(rnd.randrange(1 << 40), 0xC0001234)
        coded = protect(full)
        wire = bytearray(kiss.enclose(coded))
        places = spots(coded)
        for at in (4, *rnd.sample([at for at, (_, size) in enumerate(places) if size == 1], 7)):
            for spot in range(places[at][0], sum(places[at])):
                wire[spot] = next(value for value in iter(lambda: rnd.randrange(1, 0xC0), -1) if value != wire[spot])
        assert heard(cut(bytes(wire))) == full


def test_nine_hit_bytes_are_not_heard_as_anything() -> None:
    """Too much for the code, and the tag lets no guess through."""
    rnd = random.Random(3)
    for _ in range(20):
        coded = bytearray(protect(datagram(rnd.randrange(1 << 40))))
        for at in rnd.sample(range(len(coded)), 9):
            coded[at] = next(value for value in iter(lambda: rnd.randrange(1, 0xC0), -1) if value != coded[at])
        assert heard(cut(kiss.enclose(bytes(coded)))) is None
