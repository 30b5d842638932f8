"""The compiled catalogues are those of the sources, and a wheel holds them."""

from __future__ import annotations

import shutil
import zipfile
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError, read_po
from hatchling.builders.wheel import WheelBuilder

import hatch_build
from protocols.catalogue import LANGUAGES, texts

ROOT = Path(__file__).parent.parent
PARTS = sorted((ROOT / hatch_build.LOCALE).glob("*/LC_MESSAGES/*.po"))
SOURCES = [part for part in PARTS if "." not in part.stem]
"""The file of a domain; others with words of the domain stand beside it (``finding.surgard.po``)."""


def words_of(source: Path) -> dict[str, str]:
    """Id to words of one domain and language."""
    words: dict[str, str] = {}
    for part in (source, *source.parent.glob(f"{source.stem}.*.po")):
        with part.open("rb") as file:
            words |= {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    return words


def test_there_is_a_source_for_every_domain_and_language() -> None:
    """And none besides; words that stand in a file of their own do so in every language."""
    found = {(source.parts[-3], source.stem) for source in SOURCES}
    assert found == {(language, domain) for language in LANGUAGES for domain in texts.DOMAINS}
    besides = [{part.stem for part in PARTS if part.parts[-3] == language} for language in LANGUAGES]
    assert all(each == besides[0] for each in besides)
    assert {stem.partition(".")[0] for stem in besides[0]} == set(texts.DOMAINS)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parts[-3]}-{source.stem}")
def test_what_is_read_is_what_was_written(source: Path) -> None:
    """A catalogue that was changed and not compiled shows here: run ``python hatch_build.py``."""
    language, domain = source.parts[-3], source.stem
    written = {id_: words for id_, words in words_of(source).items() if words}
    assert {id_: texts.text(domain, id_, language) for id_ in texts.ids(domain, language)} == written


def test_a_wheel_is_built_with_catalogues_compiled_anew(tmp_path: Path) -> None:
    """From a tree without any; what it holds are the words of the sources."""
    root = tmp_path / "tree"
    root.mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, root)
    for package in ("ptsn", "tui", "panels", "receiver", "protocols", "fixtures"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    shutil.copy(ROOT / ".gitignore", root)
    (built,) = WheelBuilder(str(root)).build(directory=str(tmp_path / "dist"), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        for source in SOURCES:
            name = source.relative_to(ROOT).with_suffix(".mo").as_posix()
            with wheel.open(name) as file:
                held = GNUTranslations(file)
            assert all(held.gettext(id_) == words for id_, words in words_of(source).items() if words), name


def test_an_id_in_two_files_of_a_domain_stops_the_build(tmp_path: Path) -> None:
    """Which of the two would be shown?"""
    folder = tmp_path / hatch_build.LOCALE / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    for name in ("finding.po", "finding.more.po"):
        (folder / name).write_text('msgid "a"\nmsgstr "b"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="'a' stands in another file"):
        hatch_build.compile_catalogues(tmp_path)


def test_a_bad_source_stops_the_build(tmp_path: Path) -> None:
    """A catalogue that cannot be read must not become one with holes in it."""
    folder = tmp_path / hatch_build.LOCALE / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "finding.po").write_text('msgid "a"\nmsgxtr "b"\n', encoding="utf-8")
    with pytest.raises(PoFileError):
        hatch_build.compile_catalogues(tmp_path)
