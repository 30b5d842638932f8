"""Parts of messages in words: every part in every language, and never a raw character of a peer's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import catalogue
from protocols.catalogue import LANGUAGES, texts
from protocols.catalogue.part_words import label, sentence
from protocols.dc09 import explain
from protocols.dc09.extended import NAMES
from protocols.explanation import Explanation, Part
from protocols.findings import PARTS
from protocols.model import Key
from protocols.sia_grammar import EVENT_FUNCTIONS, MODIFIERS, OTHER_FUNCTIONS
from tests.protocols.dc09_support import GOOD, STAMP, VECTORS, frame

DOCUMENTED = [
    "dc09.filler",
    "dc09.start",
    "dc09.crc",
    "dc09.length",
    "dc09.token",
    "dc09.sequence",
    "dc09.receiver",
    "dc09.prefix",
    "dc09.account",
    "dc09.open",
    "dc09.cipher",
    "dc09.data-account",
    "dc09.data",
    "dc09.close",
    "dc09.extended",
    "dc09.stamp",
    "dc09.rest",
    "dc09.end",
    "dc09.trailer",
    "dc09.pad",
    "dc09.bar",
    "dc09.trailing-pad",
    "contact-id.type",
    "contact-id.qualifier",
    "contact-id.code",
    "contact-id.space",
    "contact-id.partition",
    "contact-id.number",
    "contact-id.rest",
    "sia.function",
    "sia.modifier",
    "sia.event",
    "sia.address",
    "sia.units",
    "sia.text",
    "sia.separator",
    "sia.block",
    "sia.other",
    "sia.rest",
]
NAMED = [
    "given",
    "computed",
    "counted",
    "letter",
    "name",
    "code",
    "scheme",
    "qualifier",
    "subject",
    "unit",
    "owner",
    "opened",
]

in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def said(part: Part, language: str) -> str:
    """The sentence of a part."""
    return sentence(part.id, part.value, part.values, part.fits, language)


def every_part(found: Explanation) -> list[Part]:
    """The parts of all layers."""
    return [part for layer in found.layers for part in layer.parts]


@in_each_language
def test_every_part_has_a_label_and_a_sentence(language: str) -> None:
    """Those that findings name among them."""
    known = texts.ids("part", language)
    for id_ in {*DOCUMENTED, *PARTS.values()} - {""}:
        assert {id_, f"{id_}.text"} <= known, id_
    assert known == texts.ids("part")


@in_each_language
def test_every_letter_of_the_standards_has_words(language: str) -> None:
    """Fields of extended data, modifiers, functions of blocks."""
    known = texts.ids("part", language)
    wanted = {f"dc09.extended.{letter}" for letter in NAMES} | {f"sia.modifier.{name}" for name in MODIFIERS}
    letters = EVENT_FUNCTIONS | {"A"} | {letter for letter in OTHER_FUNCTIONS if not letter.isdecimal()}
    assert wanted | {f"sia.function.{letter}" for letter in letters} <= known


def test_the_languages_have_the_same_places_for_values() -> None:
    """A translation that forgets a number would hide it."""
    for id_ in texts.ids("part"):
        places = {frozenset(re.findall(r"{\w+}", texts.text("part", id_, language))) for language in LANGUAGES}
        assert len(places) == 1, id_


def test_russian_and_kazakh_are_in_cyrillic() -> None:
    """Every text of theirs, but for places, abbreviations and what a device prints."""
    for language in ("ru", "kk"):
        for id_ in texts.ids("part"):
            words = re.sub(r"{\w+}|[^\w]", "", texts.text("part", id_, language))
            assert not words or re.search("[а-яё]", words), (language, id_)


@in_each_language
@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector.id)
def test_every_part_of_captured_frames_is_said(vector: object, language: str) -> None:
    """No place for a value is left open, and no id stands in for words."""
    assert vector in GOOD
    for one in GOOD:
        if one is vector:
            for part in every_part(explain(one.frame, keys=[Key(one.key, "1234")] if one.key else [])):
                words = said(part, language)
                assert words
                assert "{" not in words
                assert part.id not in words
                assert label(part.id, language) != part.id


@pytest.mark.parametrize(
    ("data", "id_", "expected"),
    [
        (b"\n0000" + frame(b'"NULL"0000L0#1234[]')[5:], "dc09.crc", "CRC 0000, but the bytes give"),
        (VECTORS["F71"].frame, "dc09.length", "Length 43 bytes, the closing CR counted in"),
        (VECTORS["C11"].frame, "dc09.crc", "CRC 0A63, sent as two raw bytes: fits the bytes"),
        (VECTORS["F71"].frame[:30], "dc09.length", "Length 43 bytes, but 21 came"),
        (VECTORS["F71"].frame[:30], "dc09.crc", "CRC F19A: cannot be checked, because the message is cut off"),
        (VECTORS["F34"].frame, "dc09.prefix", "The letter L without a prefix"),
        (VECTORS["F14"].frame, "dc09.token", "Message type NULL: link test; encrypted"),
        (VECTORS["F14"].frame, "dc09.cipher", "Encrypted part; no key is known here"),
        (VECTORS["F22"].frame, "dc09.data-account", "Zeros: the account of the header holds"),
        (VECTORS["F22"].frame, "sia.modifier", "Peripheral 0"),
        (VECTORS["F71"].frame, "contact-id.qualifier", "1: event"),
        (VECTORS["C16"].frame, "sia.event", "Code BA: Burglary alarm"),
        (VECTORS["C16"].frame, "sia.address", "Zone 001"),
        (frame(b'"XYZ"0001L0#1234[]'), "dc09.token", "Message type XYZ: a type that is not read here"),
        (frame(b'"NULL"0000L0#1234[][Qx]'), "dc09.extended", "Field Q: x"),
        (frame(b'"NULL"0000L0#1234[][I]'), "dc09.extended", "Alarm text: empty"),
        (frame(b'"SIA-DCS"0001L0#1234[|Nzz5/BA1]'), "sia.modifier", "Modifier zz 5"),
        (frame(b'"SIA-DCS"0001L0#1234[|NBA1^ a \xc2\x9b31m ^]'), "sia.text", "Text: a ‹U+009B›31m"),
        (frame(b'"SIA-DCS"0001L0#1234[|9x|NBA1]'), "sia.other", "Block that reports no event (system): 9x"),
        (frame(b'"RSP"0001L0#1234[#1234|CSA1*1]'), "sia.other", "Block that reports no event (control): CSA1*1"),
        (frame(b'"NULL"0000L0#1234[]_25:00:00,01-01-2026'), "dc09.stamp", "There is no such date or time: 25:00:00"),
    ],
)
def test_a_sentence_says_what_the_bytes_say(data: bytes, id_: str, expected: str) -> None:
    """Numbers of both where a check fails; names where there are any."""
    part = next(part for part in every_part(explain(data)) if part.id == id_)
    assert said(part, "en").startswith(expected)


def test_events_and_what_their_numbers_count_are_named_in_each_language() -> None:
    """By the catalogue of events."""
    for language in LANGUAGES:
        found = every_part(explain(frame(b'"ADM-CID"0001L0#1234[#1234|3401 01 070]' + STAMP)))
        words = [said(part, language) for part in found]
        assert any(catalogue.name("contact-id", "401", "restore", language) in one for one in words)
        user = catalogue.subject_name("user", language)
        assert f"{user[:1].upper()}{user[1:]} 070" in words


@in_each_language
def test_an_unknown_part_is_called_by_its_id(language: str) -> None:
    """A newer station may send some that an older console lacks; what it says is shown all the same."""
    assert label("dc10.new", language) == "dc10.new"
    assert sentence("dc10.new", "x\n", {"a": "b"}, True, language) == "x‹U+000A›"


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(DOCUMENTED),
    st.text(max_size=400),
    st.dictionaries(
        st.sampled_from(NAMED),
        st.one_of(st.text(max_size=20), st.sampled_from(["text", "wrong", "{value}", "other"])),
    ),
    st.booleans(),
    st.sampled_from(LANGUAGES),
)
def test_no_value_reaches_the_screen_raw(
    id_: str, value: str, values: dict[str, str], fits: bool, language: str
) -> None:
    """Whatever it holds: no control character, no format, no end of it."""
    words = sentence(id_, value, values, fits, language)
    assert words.isprintable()
    assert len(words) < 2000


def test_no_text_of_a_part_repeats_the_english_one() -> None:
    """But for those that are nothing but places."""
    for id_ in texts.ids("part"):
        english = texts.text("part", id_, "en")
        if re.sub(r"{\w+}|\W", "", english):
            assert english not in (texts.text("part", id_, "ru"), texts.text("part", id_, "kk")), id_


def test_the_catalogues_are_compiled_from_what_is_there() -> None:
    """A .po that was edited and not compiled would show other words."""
    folder = Path(texts.__file__).parent / "locale"
    for language in LANGUAGES:
        files = (folder / language / "LC_MESSAGES").glob("part*.po")
        source = "\n".join(file.read_text(encoding="utf-8") for file in files)
        assert set(re.findall(r'^msgid "(.+)"', source, re.MULTILINE)) == texts.ids("part", language)
