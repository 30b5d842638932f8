"""A response (RSP) in place of the acknowledgement: its bytes, and what must never be sent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dc09 import decode
from protocols.ends import LinkTest, Outcome, Response
from protocols.model import Arrival, Protection, Verdict
from tests.protocols.dc09_support import KEY, NOW, STAMP, VECTORS, arrivals_in, encrypted, frame, only, receiver, sender

PLAIN = frame('"SIA-DCS"0057R1L0#1234[#1234|NBA1]')
NEW_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


def answer(
    data: bytes, response: Response | None, *keys: bytes, verdict: Verdict = Verdict.STORED, **dialect: object
) -> bytes:
    end = receiver(*keys, **dialect)  # type: ignore[arg-type]
    arrival = only(end.receive(data, NOW))
    end.decide(arrival, verdict, NOW, response)
    out = end.data_to_send()
    assert end.answer(arrival) == ("" if not out else out.split(b'"')[1].decode().lstrip("*"))
    return out


@pytest.mark.parametrize("verdict", [Verdict.STORED, Verdict.ALIVE, Verdict.DUPLICATE])
def test_a_response_stands_in_place_of_the_acknowledgement(verdict: Verdict) -> None:
    """Sequence, R, L and # repeated, the account once more inside, stamped where the message was."""
    response = Response("COR1*1")
    assert answer(PLAIN, response, verdict=verdict) == frame('"RSP"0057R1L0#1234[#1234|COR1*1]')
    stamped = frame(b'"SIA-DCS"0057L0#1234[#1234|NBA1]' + STAMP)
    assert answer(stamped, response, verdict=verdict) == frame(b'"RSP"0057L0#1234[#1234|COR1*1]' + STAMP)


def test_extended_data_follows_the_content() -> None:
    """Every value a field of its own, in the order given."""
    response = Response("", {"P": ["a", "b"], "I": ["Hall"]})
    assert answer(PLAIN, response) == frame('"RSP"0057R1L0#1234[#1234|][Pa][Pb][IHall]')
    assert answer(PLAIN, Response()) == frame('"RSP"0057R1L0#1234[#1234|]')
    assert answer(PLAIN, None) == frame('"ACK"0057R1L0#1234[]')


@pytest.mark.parametrize(
    ("echo", "inner"), [("0001L", "#9999"), ("0001R01L007#00AB", "#00AB"), ("000AL0#foc76", "#foc76")]
)
def test_the_account_inside_is_the_one_that_reported(echo: str, inner: str) -> None:
    """That of the header as it was written, else the one of the data."""
    data = frame(f'"SIA-DCS"{echo}[{inner}|NBA1]')
    assert answer(data, Response("COR1")) == frame(f'"RSP"{echo}[{inner}|COR1]')


def test_the_variant_of_the_message_is_repeated() -> None:
    """Two bytes of CRC for two bytes of CRC, lower case for lower case."""
    data = frame('"SIA-DCS"0042L0#1234[#1234|NBA1]', binary=True)
    assert answer(data, Response("COR1")) == frame('"RSP"0042L0#1234[#1234|COR1]', binary=True)
    lower = answer(VECTORS["W12"].frame, Response("COR1"))
    assert lower[1:9] == lower[1:9].lower() != lower[1:9].upper()


@pytest.mark.parametrize("bar", [True, False])
def test_an_encrypted_message_gets_an_encrypted_response(bar: bool) -> None:
    """Under its key, with padding, always with a bar in front of data, with a stamp."""
    vector = VECTORS["W17"] if bar else VECTORS["F14"]
    assert vector.key is not None
    account = b"080027E62A64" if bar else b"AAAB"
    out = answer(vector.frame, Response("CSA1*1", {"I": ["x"]}), vector.key, verdict=Verdict.ALIVE)
    content = b"|#" + account + b"|CSA1*1][Ix]" + STAMP
    secret = encrypted(vector.key, b"p" * (16 - len(content) % 16) + content).hex().upper().encode()
    echo = vector.frame.split(b'"')[2].split(b"[")[0]
    assert out == frame(b'"*RSP"' + echo + b"[" + secret)


@pytest.mark.parametrize("size", [16, 24, 32])
def test_a_new_key_goes_out_under_the_old_one(size: int) -> None:
    """In capital hex digits, behind the other fields, and nowhere else in the bytes."""
    new = bytes(range(0xA0, 0xA0 + size))
    out = answer(VECTORS["C01"].frame, Response("", {"I": ["x"]}, new), KEY)
    assert new.hex().upper().encode() not in out.upper()
    [arrival] = decode(out, [KEY])
    assert isinstance(arrival, Arrival)
    assert (arrival.token, arrival.protection) == ("RSP", Protection.KEYED)
    assert arrival.plain == b"#1234|][Ix][K" + new.hex().upper().encode() + b"]" + STAMP


BAD = [
    (Response("", {}, NEW_KEY), "clear"),
    (Response("COR1]"), "bracket"),
    (Response("COR[1"), "bracket"),
    (Response("a\rb"), "control"),
    (Response("a\nb"), "control"),
    (Response("\ud800"), "bracket"),
    (Response("", {"I": ["a]"]}), "bracket"),
    (Response("", {"K": ["00"]}), "clear"),
    (Response("", {"i": ["a"]}), "letter"),
    (Response("", {"": ["a"]}), "letter"),
    (Response("", {"IJ": ["a"]}), "letter"),
    (Response("x" * 4096), "4095"),
]


@pytest.mark.parametrize(("response", "why"), BAD)
def test_what_cannot_be_sent_is_refused_and_the_message_still_gets_its_answer(response: Response, why: str) -> None:
    """The error says what is wrong; nothing of it has gone out, and the arrival waits for another verdict."""
    end = receiver()
    arrivals = arrivals_in(end.receive(PLAIN * 2, NOW))
    with pytest.raises(ValueError, match=why):
        end.decide(arrivals[0], Verdict.STORED, NOW, response)
    assert (end.data_to_send(), end.undecided, end.answer(arrivals[0])) == (b"", 2, "")
    for arrival in arrivals:
        end.decide(arrival, Verdict.STORED, NOW)
    assert (end.data_to_send(), end.undecided) == (frame('"ACK"0057R1L0#1234[]') * 2, 0)


@pytest.mark.parametrize("key", [b"", b"x" * 15, b"x" * 17, b"x" * 33])
def test_a_key_of_a_wrong_length_is_refused(key: bytes) -> None:
    """Also under encryption."""
    with pytest.raises(ValueError, match="16, 24 or 32"):
        answer(VECTORS["C01"].frame, Response("", {}, key), KEY)


def test_a_key_is_no_extended_data() -> None:
    """It has a place of its own, so that nobody sends one by accident."""
    with pytest.raises(ValueError, match="give it there"):
        answer(VECTORS["C01"].frame, Response("", {"K": ["00"]}), KEY)


@pytest.mark.parametrize(
    ("verdict", "token"),
    [
        (Verdict.STALE, b'"NAK"'),
        (Verdict.MALFORMED, b'"DUH"'),
        (Verdict.UNSUPPORTED, b'"DUH"'),
        (Verdict.REFUSED, b""),
        (Verdict.NOT_STORED, b""),
    ],
)
def test_a_response_goes_out_with_acknowledgements_only(verdict: Verdict, token: bytes) -> None:
    """Whoever is not acknowledged gets no command and no key, not even an error for it."""
    out = answer(PLAIN, Response("COR1", {}, NEW_KEY), verdict=verdict)
    assert (out == b"") is (token == b"")
    assert token in out
    assert b"COR1" not in out


def test_nobody_gets_a_response_who_gets_no_acknowledgement() -> None:
    """A message that no key opened, an answer, one decided before."""
    assert answer(VECTORS["C01"].frame, Response("COR1")) == b""
    end = receiver()
    arrival = only(end.receive(VECTORS["C23"].frame, NOW))
    end.decide(arrival, Verdict.STORED, NOW, Response("COR1"))
    arrival = only(end.receive(PLAIN, NOW))
    end.decide(arrival, Verdict.STORED, NOW)
    end.decide(arrival, Verdict.STORED, NOW, Response("COR1"))
    assert end.data_to_send() == frame('"ACK"0057R1L0#1234[]')


texts = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="[]"), max_size=60)


@settings(deadline=None, max_examples=80)
@given(
    texts,
    st.dictionaries(st.sampled_from("AILPSV"), st.lists(texts, min_size=1, max_size=3), max_size=3),
    st.sampled_from([None, b"n" * 16, b"n" * 24, b"n" * 32]),
    st.sampled_from([None, KEY, bytes(24), bytes(32)]),
)
def test_a_panel_reads_the_response_that_the_station_sends(
    content: str, fields: dict[str, list[str]], new: bytes | None, key: bytes | None
) -> None:
    """Round trip with the other end of the wire; a key only where the message was encrypted."""
    response = Response(content, fields, new)
    panel = sender(key=key)
    panel.submit(LinkTest("1234"), NOW)
    end = receiver(*([] if key is None else [key]))
    arrival = only(end.receive(panel.data_to_send(), NOW))
    if key is None and new is not None:
        with pytest.raises(ValueError, match="clear"):
            end.decide(arrival, Verdict.ALIVE, NOW, response)
        return
    end.decide(arrival, Verdict.ALIVE, NOW, response)
    [outcome] = panel.receive(end.data_to_send(), NOW)
    assert isinstance(outcome, Outcome)
    assert outcome.kind == "accepted"
    assert outcome.response == response
