"""Every page, in three languages and two sizes, as it was when somebody last looked at it.

After a change that was meant: ``make screens``, and look at the difference.
"""

from __future__ import annotations

import asyncio
import difflib

import pytest
from rich.cells import cell_len

from protocols.catalogue import LANGUAGES
from tests.tui.snapshots import FOLDER, SCENES, SIZES, Scene, take, text_of
from tui.look import State, mark, word


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_screen_is_as_it_was(scene: Scene, language: str) -> None:
    """Character by character, and in its colours."""
    for shot in asyncio.run(take(scene, language)):
        expected = (FOLDER / f"{shot.name}.txt").read_text(encoding="utf-8")
        if shot.text != expected:
            lines = difflib.unified_diff(
                expected.splitlines(), shot.text.splitlines(), "as it was", "as it is", lineterm="", n=1
            )
            pytest.fail(f"{shot.name}: look at this, then `make screens`\n" + "\n".join(lines))
        picture = (FOLDER / f"{shot.name}.svg").read_text(encoding="utf-8")
        assert shot.picture == picture, (
            f"{shot.name}: the same text in other colours: look at this, then `make screens`"
        )


def test_every_text_has_a_picture_that_shows_the_same() -> None:
    """Word for word, each in its place."""
    texts, pictures = ({file.stem for file in FOLDER.glob(f"*.{kind}")} for kind in ("txt", "svg"))
    assert texts == pictures
    for name in texts:
        picture = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert text_of(picture).rstrip() == (FOLDER / f"{name}.txt").read_text(encoding="utf-8").rstrip(), name


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_monochrome_screen_says_the_same(scene: Scene) -> None:
    """NO_COLOR: what stands for a state is a mark and a word, and no colour is left."""
    (shot,) = asyncio.run(take(scene, "en", SIZES[:1], mono=True))
    assert shot.text == (FOLDER / f"{shot.name}.txt").read_text(encoding="utf-8")
    assert shot.coloured == ()


def test_a_monochrome_legend_tells_every_state_by_its_mark_and_its_word() -> None:
    """On the page that explains them."""
    (shot,) = asyncio.run(take(next(one for one in SCENES if one.name == "help"), "en", SIZES[-1:], mono=True))
    assert shot.coloured == ()
    for state in State:
        assert f" {mark(state)}  {word(state, 'en')}" in shot.text, state


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_screen_is_wider_than_the_terminal(size: tuple[int, int]) -> None:
    """Nor longer."""
    width, height = size
    found = sorted(FOLDER.glob(f"*.{width}x{height}.txt"))
    assert len(found) == len(SCENES) * len(LANGUAGES)
    for file in found:
        lines = file.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= height, file.name
        assert max(map(cell_len, lines)) <= width, file.name


def test_no_english_is_left_on_russian_and_kazakh_screens() -> None:
    """What Textual says by itself would be."""
    for language in LANGUAGES[1:]:
        for file in FOLDER.glob(f"*.{language}.*.txt"):
            text = file.read_text(encoding="utf-8")
            for english in ("Search for", "No matches", "Press ", "Quit", "Help", "Alarm", "Seen"):
                assert english not in text, (file.name, english)
