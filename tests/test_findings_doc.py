"""``docs/findings.md`` says of every finding what code and catalogues say of it."""

from __future__ import annotations

import re

import pytest

from protocols.catalogue import texts
from tests import findings_doc

PAGE = findings_doc.DOCUMENT.read_text(encoding="utf-8")


def test_the_page_is_what_code_and_catalogues_say() -> None:
    """Written anew it would be the same; ``python -m tests.findings_doc`` writes it."""
    assert findings_doc.page() == PAGE


def test_every_finding_has_its_place_on_the_page() -> None:
    """Once, in the order of the tables, with its sentence, its severity and what to do about it."""
    known = findings_doc.known()
    anchors = re.findall(r'<a id="([^"]+)"></a>`([^`]+)`', PAGE)
    assert [anchor for anchor, _ in anchors] == [name for _, name in anchors]
    assert sorted(name for _, name in anchors) == sorted(known)
    for id_, severity in known.items():
        chapter = PAGE.split(f'<a id="{id_}"></a>', 1)[1].split("\n### ", 1)[0]
        assert texts.finding(id_, "en") in chapter
        assert f"*To do:* {texts.text('advice', id_, 'en')}" in chapter
        assert not severity or f"**{severity}**" in chapter


def test_links_within_the_page_lead_to_their_findings() -> None:
    """Every id of the list at the head is an anchor below it."""
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) == set(re.findall(r'<a id="([^"]+)">', PAGE))


def test_what_is_said_of_panels_belongs_to_findings_that_exist() -> None:
    """The table of where a finding was seen: no id that is gone, none twice, no empty cell."""
    with findings_doc.SEEN.open(encoding="utf-8") as file:
        ids = [line.partition(",")[0] for line in file][1:]
    assert len(ids) == len(set(ids))
    seen = findings_doc.seen_on()
    assert set(seen) <= set(findings_doc.known())
    assert all(panels and not panels.endswith(".") for panels in seen.values())


@pytest.mark.parametrize("word", ["github", "gh:", "issue", "http"])
def test_the_page_names_panels_and_not_where_people_wrote_of_them(word: str) -> None:
    """Sources are kept beside the frames, not here."""
    assert word not in "\n".join(findings_doc.seen_on().values()).lower()
