"""Radio as one wire among others: what is recognised, what is explained, and in what words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import findings
from protocols.auto import Decoder
from protocols.catalogue import LANGUAGES, texts
from protocols.catalogue.part_words import sentence
from protocols.choosing import Chooser
from protocols.datagram import Type
from protocols.datagram.payloads import Ack, ContactId, Poll, PollReply, Result, SyncRequest, SyncResponse, Test
from protocols.explanation import Part
from protocols.model import Arrival, ArrivalKind, Dialect, Key, Protection
from protocols.radio import WIRE
from protocols.wire import Likeness
from protocols.wires import BY_NAME, WIRES, find
from tests.protocols.radio_support import KEY, framed, modem, options, sealed
from tests.protocols.wire_examples import EXAMPLES

BURGLARY = ContactId("1", "130", "01", "015", 1767355000)
FRAME = framed(options(), sealed(BURGLARY, 0xC0DB))
SETTINGS = bytes.fromhex("c0c0011ec0c0023fc0c0030ac0")
KEYS = (Key(KEY.material, "1"),)
PAYLOADS = (
    b"18E13001015",
    BURGLARY,
    ContactId("3", "401", "01", "00B", old=True),
    b"\x02\x016957Nri1/BA015^text^",
    b"\x02\x00NBA1",
    b'\x0a70B80027"ADM-CID"0007L0#1234[#1234|1130 01 015]\r',
    Test(),
    Test(900, 126, 87),
    Ack(5, Result.STORED),
    Poll(),
    PollReply(3, Test(900, 126, 87)),
    SyncRequest(bytes(8)),
    SyncResponse(bytes(8), 1767355000000),
    b"\x77",
    b"",
)


def parts(data: bytes, **others: object) -> list[Part]:
    """The parts of all layers, which cover every byte."""
    explanation = WIRE.explain(data, **others)  # type: ignore[arg-type]
    assert explanation.protocol == "radio"
    for layer in explanation.layers:
        at = 0
        for part in layer.parts:
            assert part.start == at
            at = part.end
        assert at == len(layer.data)
    assert explanation.layers[0].data == data
    return [part for layer in explanation.layers for part in layer.parts]


# Recognising


@pytest.mark.parametrize("data", [FRAME, SETTINGS + FRAME, b"\xc0\xc0" + FRAME + b"rest", FRAME * 3])
def test_a_whole_frame_of_a_tnc_is_recognised(data: bytes) -> None:
    """And every beginning of it asks for more."""
    assert WIRE.recognise(data, False) is WIRE.recognise(data, True) is Likeness.SURE
    end = data.index(FRAME) + len(FRAME) - 1
    for size in range(end):
        assert WIRE.recognise(data[:size], False) is Likeness.MORE
        assert WIRE.recognise(data[:size], True) is Likeness.NO


@pytest.mark.parametrize(
    "data",
    [
        framed(modem(0), sealed(BURGLARY, 0)),
        framed(modem(), sealed(BURGLARY, 0)),
        FRAME.replace(b"\x03\xf0\x11", b"\x03\xf0\x21"),
        FRAME.replace(b"\x03\xf0\x11", b"\x03\xf0\x1f"),
        FRAME.replace(b"\x03\xf0\x11", b"\x03\xcf\x11"),
        FRAME.replace(b"\x03\xf0\x11", b"\x3f\xf0\x11"),
        FRAME[:30] + b"\xc0",
        b"\xc0\x00rubbish\xc0",
        b"\xc0\xdb\x00\xc0",
        b"\xc0" * 5000,
        b"x" + FRAME,
        b"\xc0" + b"x" * 5000,
    ],
)
def test_everything_else_is_not(data: bytes) -> None:
    assert WIRE.recognise(data, True) is Likeness.NO


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_message_of_another_protocol_is_taken_for_radio(name: str) -> None:
    """Nor the other way round."""
    for frame in EXAMPLES[name]:
        assert WIRE.recognise(frame, True) is Likeness.NO
    assert BY_NAME[name].recognise(FRAME, True) is Likeness.NO


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300), st.booleans())
def test_recognising_never_raises(data: bytes, final: bool) -> None:
    for one in (data, b"\xc0" + data, b"\xc0\x00" + data + b"\xc0"):
        assert WIRE.recognise(one, final) in tuple(Likeness)


def test_radio_is_found_by_its_name_and_never_chosen_to_be_answered() -> None:
    """It needs keys."""
    assert find("radio") is WIRE
    assert "radio" not in WIRES
    chooser = Chooser()
    chooser.data = FRAME
    assert chooser.choose_now(True) is None


# Captures


@pytest.mark.parametrize("keys", [KEYS, ()])
def test_a_capture_is_read_with_the_keys_that_are_given(keys: tuple[Key, ...]) -> None:
    """Without them it is known whose it is, and that nothing of it was opened."""
    decoder = Decoder("radio", wall=1767355200.0, dialect=Dialect(keys=keys))
    items = [*decoder.feed(FRAME + framed(options(), sealed(Ack(5, Result.STORED), 1))), *decoder.close()]
    event, answer = items
    assert isinstance(event, Arrival)
    assert isinstance(answer, Arrival)
    assert (event.raw, event.account, event.token, event.refused) == (FRAME, "1234", "EVENT", "")
    assert [signal.code for signal in event.signals] == (["130"] if keys else [])
    assert event.protection is (Protection.KEYED if keys else Protection.FAILED)
    assert event.key_owner == ("1" if keys else "")
    assert (answer.kind, answer.token) == (ArrivalKind.ANSWER, "ACK")


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300))
def test_no_capture_raises(data: bytes) -> None:
    decoder = Decoder("radio", wall=1767355200.0, dialect=Dialect(keys=KEYS))
    list(decoder.feed(b"\xc0\x00" + data + FRAME))
    list(decoder.close())


# Explaining


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_byte_of_a_frame_is_explained_in_words(payload: object, language: str) -> None:
    """With and without the key, alone and in its frame; no place for a value is left open."""
    datagram = sealed(payload, 0xC0DB)  # type: ignore[arg-type]
    for data in (datagram, framed(options(), datagram), framed(modem(0), datagram)):
        for keys in ((), KEYS):
            for part in parts(data, keys=keys):
                assert part.id in texts.ids("part", language), part.id
                words = sentence(part.id, part.value, part.values, part.fits, language)
                assert words
                assert "{" not in words


def test_the_parts_say_what_the_datagram_says() -> None:
    found = {part.id: part for part in parts(FRAME, keys=KEYS)}
    assert (found["radio.destination"].value, found["radio.first"].value) == ("PCN", "EVENT")
    assert (found["radio.network"].value, found["radio.station"].value) == ("0A01", "00001234")
    assert (found["radio.counter"].value, found["radio.time"].value) == (str(0xC0DB), "1767355000")
    assert found["radio.contact-id"].value == "1130 01 015"
    assert "Burglary" in sentence("radio.contact-id", "", found["radio.contact-id"].values, True, "en")
    assert found["radio.counter"].end - found["radio.counter"].start == 8  # two escapes


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=250), st.sampled_from(list(Type)), st.booleans())
def test_explaining_never_raises(data: bytes, type_: Type, keyed: bool) -> None:
    """Any bytes, and any authentic payload."""
    keys = KEYS if keyed else ()
    for one in (data, b"\xc0\x00" + data + b"\xc0", b"\xc0" + data, FRAME[:20] + data, FRAME + data):
        parts(one, keys=keys)
    parts(framed(options(), sealed(data[:177], 1, type_=type_)), keys=keys)


# Words


def test_every_finding_and_every_part_has_words() -> None:
    for id_, finding in WIRE.findings.items():
        assert findings.SEVERITIES[id_] is finding.severity
        assert findings.PARTS[id_] == WIRE.parts[id_]
        for language in LANGUAGES:
            assert {id_} <= texts.ids("finding", language) & texts.ids("advice", language)
            assert {WIRE.parts[id_], f"{WIRE.parts[id_]}.text"} <= texts.ids("part", language)


def test_no_part_and_no_guess_has_words_for_nothing() -> None:
    """Every id of the catalogue stands in the code, and the other way round."""
    folder = Path(WIRE.explain.__code__.co_filename).parent  # type: ignore[attr-defined]
    code = "".join(file.read_text("utf-8") for file in folder.glob("*.py"))
    named = set(re.findall(r'"(radio\.[a-z-]+)"', code))
    said = {id_.removesuffix(".text") for id_ in texts.ids("part") if id_.startswith("radio.")}
    guesses = {id_ for id_ in texts.ids("noise") if id_.startswith("radio.")}
    assert named == said | guesses
    assert guesses == {"radio.garbled", "radio.centre"}
