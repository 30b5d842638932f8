"""Contact ID character by character: the parts are what the reader read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import contact_id, contact_id_parts
from protocols.explanation import Pieces

MANY = settings(deadline=None, max_examples=400)


def parts(content: str) -> Pieces:
    """The parts of a content; every character has its part."""
    found = contact_id_parts.parts(content)
    at = 0
    for part in found.parts:
        assert part.start == at < part.end
        at = part.end
    assert at == len(content)
    return found


def shown(content: str) -> list[tuple[str, str]]:
    """Kind and value of every part."""
    return [(part.id.removeprefix("contact-id."), part.value) for part in parts(content).parts]


def test_an_event_has_its_four_fields() -> None:
    """With the words they need beside them."""
    found = parts("3401 01 070").parts
    assert [(part.id.removeprefix("contact-id."), part.value) for part in found] == [
        ("qualifier", "restore"),
        ("code", "401"),
        ("space", ""),
        ("partition", "01"),
        ("space", ""),
        ("number", "070"),
    ]
    assert found[0].values == {"digit": "3"}
    assert found[1].values == {"scheme": "contact-id", "code": "401", "qualifier": "restore", "subject": "user"}
    assert found[5].values == {"subject": "user"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            " 18 1 130 1 00b5|x",
            "space type space qualifier space code space partition space number rest",
        ),
        ("113001015", "qualifier code partition number"),
        ("2130 01 015", "rest"),
        ("1X30 01 015", "qualifier rest"),
        ("1130 01 01x", "qualifier code space partition space rest"),
        ("1130", "qualifier code"),
        ("   ", "rest"),
        ("", ""),
    ],
)
def test_what_can_be_read_of_an_event_is_told(content: str, expected: str) -> None:
    """Up to the first field that cannot."""
    assert [kind for kind, _ in shown(content)] == expected.split()


@pytest.mark.parametrize(
    ("content", "id_", "characters"),
    [
        ("98 1130 01 015", "contact-id.message-type", "98"),
        ("1130 1 015", "contact-id.width", "1"),
        ("1130 01 0015", "contact-id.width", "0015"),
        ("1bcd 01 015", "contact-id.case", "bcd"),
        ("1130 0b 015", "contact-id.case", "0b"),
        ("1130 01 015|NBA1", "contact-id.more-blocks", "|NBA1"),
        ("149B 01 015", "contact-id.code-unknown", "49B"),
        (" 1130 01 015", "contact-id.spaces", " "),
        ("1 130 01 015", "contact-id.spaces", " "),
        ("1130 01  015", "contact-id.spaces", "  "),
        ("113001 015", "contact-id.spaces", "01"),
        ("1130 01 015 ", "contact-id.spaces", " "),
    ],
)
def test_a_finding_shows_where_it_arises(content: str, id_: str, characters: str) -> None:
    """At the field or the blanks that depart."""
    start, end = parts(content).places[id_]
    assert content[start:end] == characters


@MANY
@given(
    st.one_of(
        st.text("0136 89BFa|1X", max_size=18),
        st.from_regex(r"\A *(18 ?)?[136] ?[0-9a-fA-F]{3} *[0-9B-F]{1,3} *[0-9B-F]{1,5} ?(\|.{0,3})?\Z"),
        st.text(max_size=20),
    )
)
def test_the_parts_are_what_the_reader_reads(content: str) -> None:
    """Same code, qualifier, partition and number; every finding has its place."""
    found = parts(content)
    values = {part.id: part for part in found.parts}
    try:
        signal, findings = contact_id.read(content, "")
    except contact_id.ContactIDError:
        assert "contact-id.number" not in values
        assert found.places == {}
        return
    assert values["contact-id.code"].value == signal.code
    assert values["contact-id.qualifier"].value == values["contact-id.code"].values["qualifier"] == signal.qualifier
    assert values["contact-id.partition"].value == signal.partition
    assert values["contact-id.number"].value == signal.number
    assert values["contact-id.number"].values == {"subject": signal.subject}
    assert set(found.places) == {finding.id for finding in findings}
    assert all(0 <= start < end <= len(content) for start, end in found.places.values())
