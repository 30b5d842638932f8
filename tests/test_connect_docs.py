"""``docs/dc09.md`` and ``docs/connect``: every id, switch, vector, file and command they name is there, and no row is
without its source; the frames on them are answered as they say. Other protocols: ``tests/test_line_docs.py``, too.
"""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path

import click
import pytest
from msgspec import Struct

from protocols import findings
from protocols.dc09 import answers, decode, fields, framing, strangers
from protocols.dc09 import findings as dc09_findings
from protocols.dc09.codec import ANSWER_TOKENS, EVENT_TOKENS, LINK_TEST_TOKENS, UNREAD_TOKENS
from protocols.dc09.quirks import Quirks
from protocols.model import Arrival, Edition, Verdict
from protocols.sia import findings as sia_findings
from protocols.wires import WIRES
from tests.interop.document import Line
from tests.protocols.dc09_support import NOW, VECTORS, receiver

ROOT = Path(__file__).parent.parent
SUPPORT = ROOT / "docs" / "dc09.md"
FOLDER = ROOT / "docs" / "connect"
PANELS = sorted(page for page in FOLDER.glob("*.md") if page.name != "README.md")
DC09 = [page for page in PANELS if "```toml" not in page.read_text(encoding="utf-8")]
"""Pages of panels that speak DC-09: they need no adapter of their own."""
PAGES = [SUPPORT, *sorted(FOLDER.glob("*.md"))]
SECTIONS = ["At the station", "At the panel", "What to expect", "Known quirks", "When it does not work"]
KINDS = (framing.CRC_MISMATCH, framing.LENGTH_MISMATCH, framing.INCOMPLETE, framing.GARBAGE)
NOISE = {
    *KINDS, *strangers.GUESSES, answers.UNREADABLE, answers.NOT_AN_ANSWER, answers.IN_THE_CLEAR, answers.ENCRYPTED,
}  # fmt: skip


class Table(Struct):
    """A table of a page."""

    section: str
    head: list[str]
    rows: list[list[str]]


def cells(line: str) -> list[str]:
    """The cells of a line of a table; ``\\|`` is a bar within one."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def tables(page: Path) -> list[Table]:
    """All tables of a page, each with the heading above it."""
    found: list[Table] = []
    section, table = "", None
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        if not line.startswith("|"):
            table = None
        elif table is None:
            table = Table(section, cells(line), [])
            found.append(table)
        elif not line.startswith("| ---"):
            table.rows.append(cells(line))
    return found


def blocks(page: Path, language: str = "") -> list[str]:
    """The fenced blocks of a page in a language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.S | re.M)
    return [text for name, text in fenced if name == language]


def table(page: Path, section: str) -> Table:
    """The one table below a heading."""
    (found,) = [each for each in tables(page) if each.section == section]
    return found


def code(text: str) -> list[str]:
    """Everything between backticks."""
    return re.findall(r"`([^`]+)`", text)


def page_ids(page: Path) -> list[str]:
    """What looks like the id of a finding or of noise."""
    named = code(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S))
    return [word for word in named if re.fullmatch(rf"(?:{'|'.join(WIRES)}|contact-id)\.[a-z0-9.-]+", word)]


def vectors_in(text: str) -> list[str]:
    """Ids of vectors, such as F71."""
    return re.findall(r"(?<![-\w])([SWBFNC]\d{2})\b", text)


# --- both --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_row_of_every_table_is_complete(page: Path) -> None:
    """As many cells as the head has."""
    for each in tables(page):
        assert each.rows, (page.name, each.section)
        for row in each.rows:
            assert len(row) == len(each.head), (page.name, each.section, row)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_finding_that_is_named_exists(page: Path) -> None:
    """Findings and kinds of noise, by their ids."""
    for id_ in page_ids(page):
        assert id_ in findings.SEVERITIES or id_ in NOISE or id_ in sia_findings.GUESSES, (page.name, id_)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_vector_that_is_named_exists(page: Path) -> None:
    """Or is said to be only of the style of one that was seen elsewhere."""
    for line in page.read_text(encoding="utf-8").splitlines():
        for id_ in vectors_in(re.sub(r"\b[SWBFNC]\d\d style\b|to F\d\d", "", line)):
            assert id_ in VECTORS, (page.name, id_)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    """Modules and tests."""
    for word in code(page.read_text(encoding="utf-8")):
        if re.fullmatch(r"[\w-]+(?:/[\w.-]+)+\.(?:py|md|jsonl)", word):
            assert (ROOT / word).exists(), (page.name, word)


def commands(page: Path) -> list[str]:
    """Commands in console blocks and in sentences."""
    lines = [line[2:] for block in blocks(page, "console") for line in block.splitlines() if line.startswith("$ ")]
    rest = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    return [line for line in [*lines, *code(rest)] if line.startswith("ptsn ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    """With all its options."""
    from ptsn.cli import cli

    for line in commands(page):
        words = shlex.split(line)[1:]
        command: click.Command = cli
        context = click.Context(cli, info_name="ptsn")
        while words and isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None, (page.name, line)
            command = found
        known = {name for parameter in command.params for name in parameter.opts}
        for word in words:
            if word.startswith("-") and word != "-":
                assert word in known, (page.name, line, word)
        if "--profile" in words:
            profile = words[words.index("--profile") + 1]
            assert (ROOT / "panels" / "profiles" / f"{profile}.toml").exists(), (page.name, line)


# --- docs/dc09.md ------------------------------------------------------------------------------------------------


def test_the_support_table_names_every_finding_of_dc09() -> None:
    """So that whoever adds one says here where it belongs."""
    assert set(dc09_findings.FINDINGS) - set(page_ids(SUPPORT)) == set()


def test_the_support_table_names_every_noise() -> None:
    """Whatever bytes can be called."""
    named = set(code(SUPPORT.read_text(encoding="utf-8")))
    assert named >= NOISE


def test_the_support_table_names_every_switch_and_value() -> None:
    """And none that is not there."""
    rows = table(SUPPORT, "Quirk switches").rows
    assert [code(row[0])[0] for row in rows] == list(Quirks.__struct_fields__)
    for name, values, *_ in rows:
        for value in code(values):
            Quirks(**{code(name)[0]: value})  # type: ignore[arg-type]
            assert value in str(Quirks.__annotations__[code(name)[0]]) or "Literal" not in str(
                Quirks.__annotations__[code(name)[0]]
            )
    named = {word for row in table(SUPPORT, "The quirks of the field, one by one").rows for word in code(row[5])}
    assert named - set(Quirks.__struct_fields__) == set()


def test_the_support_table_goes_through_all_quirks_and_shows_what_it_names() -> None:
    """43 of them; a finding beside a captured frame is one that the frame gives."""
    rows = table(SUPPORT, "The quirks of the field, one by one").rows
    assert [int(row[0]) for row in rows] == list(range(1, 44))
    for number, _, _, _, shown, _, frames in rows:
        ids = [id_ for id_ in code(shown) if "." in id_]
        assert ids or "not visible" in shown or "noise" in shown, number
        if vectors_in(frames) and "foreign" not in frames:
            seen = {found for vector in vectors_in(frames) for found in findings_of(vector)}
            clock = {"dc09.time.local", "dc09.time.skew", "dc09.flow.not-waiting"}
            assert not ids or seen & set(ids) or set(ids) <= clock, (number, ids, seen)


def findings_of(vector: str) -> set[str]:
    """What reading a captured frame finds."""
    chosen = VECTORS[vector]
    items = decode(chosen.frame, [chosen.key] if chosen.key else [], wall=NOW.wall)
    return {finding.id for item in items if isinstance(item, Arrival) for finding in item.findings}


def test_the_support_table_has_every_token_and_every_letter() -> None:
    """Tokens of the list, letters of extended data with the edition that brought them."""
    tokens = {word for row in table(SUPPORT, "Tokens").rows for word in code(row[0])}
    assert tokens >= EVENT_TOKENS | LINK_TEST_TOKENS | ANSWER_TOKENS | UNREAD_TOKENS
    letters = next(iter(each for each in tables(SUPPORT) if each.section == "Extended data"))
    for letter, _, since, *_ in letters.rows:
        editions = [edition.value for edition in Edition if fields.has(edition, letter)]
        assert min(editions) == int(since.split()[0]), letter
    assert len(letters.rows) == 19


# --- docs/connect ------------------------------------------------------------------------------------------------


def test_the_folder_lists_its_pages() -> None:
    """All of them."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\w[\w-]*\.md)\)", text)) == {page.name for page in PANELS}


@pytest.mark.parametrize("page", DC09, ids=lambda page: page.name)
def test_a_page_has_its_sections(page: Path) -> None:
    """In the same order everywhere."""
    found = re.findall(r"^## (.*)$", page.read_text(encoding="utf-8"), re.M)
    assert found == SECTIONS
    assert {each.section for each in tables(page)} == set(SECTIONS[1:])


@pytest.mark.parametrize("page", [FOLDER / "README.md", *PANELS], ids=lambda page: page.name)
def test_every_value_has_a_source(page: Path) -> None:
    """Or is said to be unproven."""
    for each in tables(page):
        assert each.head[-1] == "source", (page.name, each.section)
        for row in each.rows:
            assert len(row[-1]) > 3, (page.name, row)


@pytest.mark.parametrize("page", DC09, ids=lambda page: page.name)
def test_a_quirk_of_a_page_shows_in_its_frame(page: Path) -> None:
    """Where a frame is public."""
    for _, id_, frames, _ in table(page, "Known quirks").rows:
        ids = code(id_)
        assert ids or id_.startswith("none"), (page.name, id_)
        if "none public" in frames:
            continue
        assert vectors_in(frames), (page.name, frames)
        for vector in vectors_in(frames):
            assert set(ids) <= findings_of(vector), (page.name, vector, ids, findings_of(vector))


@pytest.mark.parametrize("page", DC09, ids=lambda page: page.name)
def test_the_frames_of_a_page_are_captured_ones_and_answered_as_it_says(page: Path) -> None:
    """Byte for byte, but for CRC and time."""
    (block,) = blocks(page)
    lines = [Line(line.startswith("-> "), line[3:]) for line in block.splitlines()]
    assert [line.out for line in lines] == [True, False] * (len(lines) // 2)
    captured = {vector.frame for vector in VECTORS.values()}
    for question, answer in zip(lines[::2], lines[1::2], strict=True):
        assert question.exact in captured
        end = receiver()
        [arrival] = end.receive(question.exact, NOW)
        assert isinstance(arrival, Arrival)
        end.decide(arrival, Verdict.STORED, NOW)
        got = end.data_to_send()
        assert answer.fits(got), (page.name, answer.text, got)


def test_the_way_to_a_first_message_has_the_key_all_along() -> None:
    """An account with a key hears nothing in the clear, and the file with the key has to come from somewhere."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    made = text.index("> panel.key; chmod 600 panel.key")
    assert made < text.index("@panel.key")
    assert made < text.index("ptsn panel send")
    for line in commands(FOLDER / "README.md"):
        assert not line.startswith("ptsn panel send") or "--key @panel.key" in line
    assert "in a second terminal" in text[text.index("ptsn serve") : text.index("ptsn accounts add")]
    assert "[findings.md](../findings.md)" in text


@pytest.mark.parametrize("page", PANELS, ids=lambda page: page.name)
def test_an_unknown_account_needs_no_wire_view(page: Path) -> None:
    """``ptsn tail`` says which account came."""
    for each in tables(page):
        assert not [row for row in each.rows if "unknown account" in row[0] and "--wire" in " ".join(row)], page.name


def test_the_modules_of_the_pages_can_be_imported() -> None:
    """Those named as ``protocols/...``."""
    for word in code(SUPPORT.read_text(encoding="utf-8")):
        if word.startswith("protocols/") and word.endswith(".py"):
            import_module(word.removesuffix(".py").replace("/", "."))
