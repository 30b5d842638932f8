"""Frames out of the bytes of a transparent modem: repaired as far as the code allows, and never at any price."""

from __future__ import annotations

from random import Random

import pytest

from protocols.datagram.payloads import ContactId
from protocols.model import Noise
from protocols.radio import framing
from protocols.radio.framing import EARNED, Frame, ModemFraming
from protocols.radio.options import Level
from tests.protocols.radio_support import KEY, KEY2, modem, sealed

BURGLARY = ContactId("1", "130", "01", "015", 1767355000)
DATAGRAM = sealed(BURGLARY, 0xC0DB)
LEVELS = pytest.mark.parametrize("level", [b"", b"\x57"], ids=["no level", "level"])


def ear(level: bytes = b"", fec: int = 16) -> ModemFraming:
    """A modem's stream."""
    return ModemFraming(modem(fec, level=Level.TRAILING_BYTE if level else Level.NONE))


def known(datagram: bytes) -> bool:
    """Whether it is the one that was sent: what a key would tell."""
    return datagram == DATAGRAM


def frames(items: list[Frame | Noise]) -> list[bytes]:
    """The datagrams."""
    return [item.datagram for item in items if isinstance(item, Frame)]


@LEVELS
@pytest.mark.parametrize("fec", [0, 16])
def test_frames_are_found_in_whatever_pieces_they_come(level: bytes, fec: int) -> None:
    """With their level, where the modem tells it."""
    one = ear(level, fec)
    stream = (one.wrap(DATAGRAM, framing.Where()) + level) * 3
    for step in (1, 2, 7, 1000):
        found = [item for at in range(0, len(stream), step) for item in one.feed(stream[at : at + step], known)]
        assert frames(found) == [DATAGRAM] * 3
        assert {item.level for item in found if isinstance(item, Frame)} == {-87.0 if level else None}
        assert {item.corrected for item in found if isinstance(item, Frame)} == {0 if fec else None}


@LEVELS
@pytest.mark.parametrize("seed", range(6))
def test_eight_wrong_bytes_are_put_right_wherever_they_are(level: bytes, seed: int) -> None:
    """Escapes and FENDs among them; where a byte becomes a FEND a level stands behind it for no modem."""
    random = Random(seed)
    wire = ear(level).wrap(DATAGRAM, framing.Where())
    good = 0
    for _ in range(30):
        hit = bytearray(wire)
        for place in random.sample(range(2, len(wire) - 2), random.randint(1, 8)):
            hit[place] = random.choice([0xC0, 0xDB, 0xDC, *random.randbytes(5)])
        one = ear(level)
        good += frames(one.feed(bytes(hit) + level, known)) == [DATAGRAM]
    assert good >= 27


def test_how_many_bytes_were_wrong_is_told() -> None:
    wire = bytearray(ear().wrap(DATAGRAM, framing.Where()))
    for place in (5, 9, len(wire) - 4):
        wire[place] ^= 0x11
    (found,) = ear().feed(bytes(wire), known)
    assert isinstance(found, Frame)
    assert found.corrected == 3


def test_what_the_code_accepts_is_handed_on_whoever_sealed_it() -> None:
    """A forgery or a stranger is named, and costs no more readings."""
    asked: list[bytes] = []
    for stranger in (sealed(BURGLARY, 1, key=KEY2), sealed(BURGLARY, 1, network=7), sealed(BURGLARY, 1)[:-1] + b"\0"):
        wire = bytearray(ear().wrap(stranger, framing.Where()))
        wire[20] ^= 1
        found = ear().feed(bytes(wire), lambda datagram: bool(asked.append(datagram)))  # type: ignore[func-returns-value]
        assert frames(found) == [stranger]
    assert asked == []


def test_a_cut_frame_does_not_take_the_next_one_along() -> None:
    one = ear()
    wire = one.wrap(DATAGRAM, framing.Where())
    assert frames(one.feed(wire[:20] + wire, known)) == [DATAGRAM]
    leveled = ear(b"\x57")
    assert frames(leveled.feed(wire[:20] + wire + b"\x57" + wire + b"\x57", known)) == [DATAGRAM] * 2


def _noises(random: Random) -> dict[str, bytes]:
    size = 30_000
    found = {"random": random.randbytes(size)}
    for length, escapes in ((20, 5), (40, 0), (40, 8), (60, 30), (100, 20), (216, 10), (216, 38)):
        out = b""
        while len(out) < size:
            piece = bytearray(random.randbytes(length).replace(b"\xc0", b"\x01"))
            for _ in range(escapes):
                piece[random.randrange(length)] = random.choice(b"\xdb\xdc\xdd")
            out += b"\xc0" + bytes(piece)
        found[f"{length}/{escapes}"] = out
    return found


@pytest.mark.parametrize("name", _noises(Random(1)))
@LEVELS
def test_a_jammer_buys_few_readings(name: str, level: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: every byte that comes earns so much work and no more, but for what was saved up."""
    worked = 0
    real = framing.fec.repair

    def counting(data: bytes, *rest: object) -> object:
        nonlocal worked
        worked += len(data) + framing.OVERHEAD
        return real(data, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(framing.fec, "repair", counting)
    noise = _noises(Random(2))[name]
    one = ear(level)
    for at in range(0, len(noise), 64):
        one.feed(noise[at : at + 64], lambda datagram: False)
    pieces = noise.count(b"\xc0") + 1
    # One repair of each piece is always tried.
    assert worked < framing.SAVED + EARNED * len(noise) + 3 * len(noise) + pieces * framing.OVERHEAD


def test_after_hours_of_noise_a_damaged_frame_is_still_put_right() -> None:
    """One that needs a single repair at once, one that needs many readings after a pause of a few frames."""
    one = ear()
    noise = _noises(Random(3))["40/8"]
    one.feed(noise, known)
    wire = bytearray(one.wrap(DATAGRAM, framing.Where()))
    wire[20] ^= 1
    assert frames(one.feed(bytes(wire), known)) == [DATAGRAM]
    escape = bytes(wire).index(b"\xdb")
    wire[escape] = 0x5B
    other = one.wrap(sealed(BURGLARY, 3), framing.Where())
    found = frames(one.feed(other * 5 + bytes(wire), known))
    assert found[-1] == DATAGRAM


def test_the_key_of_the_tests_is_the_one_they_seal_with() -> None:
    assert DATAGRAM[8] == KEY.key_id
