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
SOURCES = sorted((ROOT / hatch_build.LOCALE).glob("*/LC_MESSAGES/*.po"))


def words_of(source: Path) -> dict[str, str]:
    """Id to words of one source."""
    with source.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def test_there_is_a_source_for_every_domain_and_language() -> None:
    """And none besides."""
    found = {(source.parts[-3], source.stem) for source in SOURCES}
    assert found == {(language, domain) for language in LANGUAGES for domain in texts.DOMAINS}


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


def test_a_bad_source_stops_the_build(tmp_path: Path) -> None:
    """A catalogue that cannot be read must not become one with holes in it."""
    folder = tmp_path / hatch_build.LOCALE / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "finding.po").write_text('msgid "a"\nmsgxtr "b"\n', encoding="utf-8")
    with pytest.raises(PoFileError):
        hatch_build.compile_catalogues(tmp_path)
