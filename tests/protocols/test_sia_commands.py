"""Commands to a panel: control and program blocks of SIA text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.sia_commands import CODES, Command, CommandError, commands, write

_letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
_said = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="[]|^"), max_size=20)
command = st.builds(
    Command,
    block=st.sampled_from("CP"),
    code=st.sampled_from(sorted(CODES["C"] | CODES["P"])) | _letters,
    x=st.text("0123456789ABCDEF-:.", max_size=8),
    y=_said.map(lambda y: y.replace("/", "")),
    text=_said,
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("COR1*1", Command("C", "OR", "1", "1")),
        ("CSA1*1", Command("C", "SA", "1", "1")),
        ("CSA*0", Command("C", "SA", "", "0")),
        ("CSA91", Command("C", "SA", "91")),
        ("COR5*1G3", Command("C", "OR", "5", "1G3")),
        ("CLK", Command("C", "LK")),
        ("PTI1*07:00^morning/evening^", Command("P", "TI", "1", "07:00", "morning/evening")),
        ("CSA*0*1", Command("C", "SA", "", "0*1")),
    ],
)
def test_a_block_of_one_command_is_read_and_written(content: str, expected: Command) -> None:
    """A value begins at the first star; without one the command asks."""
    assert commands(content) == (expected,)
    assert write(expected) == content
    assert expected.query == (not expected.y)


def test_several_commands_come_in_their_order() -> None:
    """In one block with slashes, in several with bars, between blocks that are none."""
    assert commands("CSA1*1/SB012*0^gate^|Atext|Nri1/BA001|POR2*0") == (
        Command("C", "SA", "1", "1"),
        Command("C", "SB", "012", "0", "gate"),
        Command("P", "OR", "2", "0"),
    )


@pytest.mark.parametrize("content", ["", "C", "CSA1*", "Csa1*1", "CSA1 *1", "CSA1*1^open", "NSA1*1", "CALLED", "C/|P/"])
def test_what_is_no_command_is_passed_over(content: str) -> None:
    """A panel must not guess what it is to do."""
    assert commands(content) == ()


def test_a_bad_command_does_not_hide_the_next() -> None:
    """Each stands for itself."""
    assert commands("Cx/SA1*1") == (Command("C", "SA", "1", "1"),)


@given(command)
def test_what_is_written_is_read_back(one: Command) -> None:
    """Every field as it was."""
    assert commands(write(one)) == (one,)


@given(st.lists(command, max_size=5))
def test_commands_joined_are_read_back(several: list[Command]) -> None:
    """A bar parts the blocks."""
    assert commands("|".join(map(write, several))) == tuple(several)


@given(st.text("CPNSAOR019*/^|[] x", max_size=40) | st.text(max_size=40))
def test_any_text_is_read_without_an_error(content: str) -> None:
    """And everything found can be sent on, but for control characters."""
    for one in commands(content):
        try:
            assert commands(write(one)) == (one,)
        except CommandError:
            assert not content.isprintable()


@pytest.mark.parametrize(
    "wrong",
    [
        Command("C", "sa", "1"),
        Command("C", "SA", "1/2"),
        Command("C", "SA", "1", "1/SB1"),
        Command("C", "SA", "1", "1", "a^b"),
        Command("C", "SA", "1", "1\r"),
        Command("C", "SA", "1", "1", "a|CSA2*0"),
        Command("N", "SA", "1"),  # type: ignore[arg-type]
    ],
)
def test_what_would_be_read_otherwise_is_not_written(wrong: Command) -> None:
    """A field must not become a second command."""
    with pytest.raises(CommandError, match="SIA command"):
        write(wrong)
