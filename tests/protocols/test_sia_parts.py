"""SIA text character by character: the parts are what the reader read."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols import sia_parts, sia_text
from protocols.explanation import Part, Pieces
from protocols.sia_findings import FINDINGS

MANY = settings(deadline=None, max_examples=400)


def parts(content: str) -> Pieces:
    """The parts of a content; every character has its part."""
    found = sia_parts.parts(content)
    at = 0
    for part in found.parts:
        assert part.start == at < part.end
        at = part.end
    assert at == len(content)
    return found


def shown(content: str) -> list[tuple[str, str, str]]:
    """Kind, characters and value of every part but the separators."""
    return [
        (part.id.removeprefix("sia."), content[part.start : part.end], part.value)
        for part in parts(content).parts
        if part.id not in ("sia.separator", "sia.block")
    ]


def test_every_kind_of_part_is_told() -> None:
    """Two blocks of events, a text block, a command."""
    content = "Nti12:00/ri01^Hall^/BA012^Door^/ DA3*23.5C_*40P_|ONR001*'HA'NM|Aopen  now|CSA1*1|??"
    assert shown(content) == [
        ("function", "N", "N"),
        ("modifier", "ti12:00", "12:00"),
        ("modifier", "ri01", "01"),
        ("text", "^Hall^", "Hall"),
        ("event", "BA", "BA"),
        ("address", "012", "012"),
        ("text", "^Door^", "Door"),
        ("event", "DA", "DA"),
        ("address", "3", "3"),
        ("units", "*23.5C_", "23.5"),
        ("units", "*40P_", "40"),
        ("function", "O", "O"),
        ("event", "NR", "NR"),
        ("address", "001", "001"),
        ("text", "*'HA'NM", "HA"),
        ("function", "A", "A"),
        ("text", "open  now", "open  now"),
        ("other", "CSA1*1", "CSA1*1"),
        ("other", "??", "??"),
    ]


def test_parts_say_what_their_words_need() -> None:
    """Which event they belong to, the names of modifiers and units, how a text is written."""
    found = {part.id: part for part in parts("Nri1^Hall^/BA1*5M_^Door^|?12").parts}
    assert found["sia.event"].values == {
        "event": "1",
        "scheme": "sia",
        "code": "BA",
        "qualifier": "new",
        "subject": "zone",
    }
    assert found["sia.address"].values == {"event": "1", "subject": "zone"}
    assert found["sia.units"].values == {"event": "1", "unit": "M"}
    assert found["sia.modifier"].values == {"name": "ri"}
    assert found["sia.other"].values == {"function": "?"}
    texts = [part.values for part in parts("Nri1^Hall^/BA1*5M_^Door^").parts if part.id == "sia.text"]
    assert texts == [{"of": "ri", "form": "caret"}, {"event": "1", "of": "event", "form": "caret"}]


def test_what_cannot_be_read_is_the_rest() -> None:
    """So is what is not read any more."""
    assert shown("N??/BA1!/CL2") == [
        ("function", "N", "N"),
        ("rest", "??", "??"),
        ("event", "BA", "BA"),
        ("address", "1", "1"),
        ("rest", "!", "!"),
        ("event", "CL", "CL"),
        ("address", "2", "2"),
    ]
    assert shown("N" + "BA1/" * 65 + "|NFA2")[-2:] == [("rest", "BA1", "BA1"), ("rest", "NFA2", "NFA2")]
    assert shown("BA|" * 66)[-1:] == [("rest", "BA", "BA")]


@pytest.mark.parametrize("content", ["BA001", "ri1/BA001/FA2", "BA1|N|QQ2", "x|BA1"])
def test_a_block_without_its_letter_is_told_as_it_was_read_in_the_end(content: str) -> None:
    """The first look at it found no event; what that told is forgotten."""
    kinds = [part.id for part in parts(content).parts]
    assert "sia.event" in kinds
    assert kinds.count("sia.other") == content.count("x") + content.count("Q") // 2


@pytest.mark.parametrize(
    ("content", "id_", "characters"),
    [
        ("NRI1/BA1", "sia.modifier.case", "RI1"),
        ("Nri1BA1", "sia.separator.missing", "BA"),
        ("NBA1^Hall", "sia.text.unterminated", "^"),
        ("NBA1^ Hall^", "sia.text.padded", "^ Hall^"),
        ("Nri1^Hall  ^/BA1", "sia.text.padded", "^Hall  ^"),
        ("NBA1|AHall  1", "sia.text.padded", "Hall  1"),
        ("NBA1*'Hall'NM", "sia.text.xsia", "*'Hall'NM"),
        ("AHall|NBA1", "sia.text.before-event", "Hall"),
        ("Nri1^x^/BA1|Aopen|NBA2", "sia.text.before-event", ""),
        ("AHall", "sia.text.without-event", "Hall"),
        ("NBA1|Nri2", "sia.block.no-event", "N"),
        ("NBA1|#99|NBA2", "sia.block.account", "#99"),
        ("NBA1|CSA1*1", "sia.block.other", "CSA1*1"),
        ("NBA1|Qx", "sia.block.unknown", "Qx"),
        ("BA1", "sia.function.missing", "BA"),
        ("NBA1/id7/ri2|Nri1/BA2/ri3", "sia.modifier.unused", "id7"),
        ("Nti25:00/BA1", "sia.time.invalid", "ti25:00"),
        ("N" + "BA1/" * 65, "sia.events.too-many", "BA1/"),
    ],
)
def test_a_finding_shows_where_it_arises(content: str, id_: str, characters: str) -> None:
    """Not only at the first part of its kind."""
    places = parts(content).places
    if characters:
        start, end = places[id_]
        assert content[start:end] == characters
    else:
        assert id_ not in places


marks = st.sampled_from(
    [
        *"NOEACP#|/^*'[] 1",
        "ri1",
        "RI0",
        "id7^x^",
        "ti12:30",
        "zz",
        "BA",
        "FA2",
        "QQ",
        "ZY",
        "DA1",
        "*5C_",
        "NM",
        "é",
        "  ",
    ]
)


@MANY
@given(st.one_of(st.lists(marks, max_size=25).map("".join), st.text(max_size=40)))
@example("N" + "BA1/" * 70)
@example("BA1|" * 130)
@example("NBA1FF/FA01AB^x^")
@example("Nzz1/" + "yy2/" * 520 + "BA1")
@example("BA^^^N")
def test_the_parts_are_what_the_reader_reads(content: str) -> None:
    """Same events in the same order with their numbers, texts, values, areas; every finding has its place."""
    signals, findings = sia_text.read(content, "", sent_at=None, now_wall=0.0, time_zone="UTC")
    traced, again = sia_text.read(content, "", sent_at=None, now_wall=0.0, time_zone="UTC", trace=lambda *_: None)
    assert (signals, findings) == (traced, again)
    found = parts(content)
    events: dict[str, dict[str, list[Part]]] = {}
    for part in found.parts:
        if "event" in part.values:
            events.setdefault(part.values["event"], {}).setdefault(part.id, []).append(part)
    assert list(events) == [str(number) for number in range(1, len(signals) + 1)]
    for signal, own in zip(signals, events.values(), strict=True):
        assert [part.value for part in own["sia.event"]] == [signal.code]
        assert own["sia.event"][0].values["qualifier"] == signal.qualifier
        assert "".join(part.value for part in own.get("sia.address", [])) == signal.number
        told = ""
        for part in own.get("sia.text", []):
            told = f"{told} {part.value}" if told else part.value
        assert signal.text.endswith(told) or not signal.text
        units = [(part.values["unit"], part.value) for part in own.get("sia.units", [])]
        kept = [(unit, value) for unit, values in signal.details.items() for value in values]
        assert set(units[:32]) <= set(kept)
    modifiers = {part.value for part in found.parts if part.id == "sia.modifier"}
    assert {signal.partition for signal in signals} <= modifiers | {""}
    assert {finding.id for finding in findings} == set(found.places)
    assert set(found.places) <= set(FINDINGS)
    assert all(0 <= start < end <= len(content) for start, end in found.places.values())


@MANY
@given(st.from_regex(re.compile(r"N(?:ri[0-9]{1,4}/)?[A-Z]{2}[0-9]{0,4}(?:\^[^^|]{0,8}\^)?"), fullmatch=True))
def test_the_usual_form_leaves_nothing_unread(content: str) -> None:
    """It is what nearly every message says."""
    assert "sia.rest" not in {part.id for part in parts(content).parts}
