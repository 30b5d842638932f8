"""Keys that receivers changed: kept for their owner alone, for the key that was exchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from panels.keys import KeyFile, KeyFileError

OLD, NEW, OTHER = bytes(16), bytes(range(32)), bytes(range(100, 116))


def test_an_exchanged_key_holds_as_long_as_the_same_one_is_given(tmp_path: Path) -> None:
    """Another key on the command line begins anew; another panel is another panel."""
    keys = KeyFile.beside(tmp_path / "counters.json")
    assert keys.in_force("a", OLD) == OLD
    keys.exchange("a", OLD, NEW)
    keys.exchange("b", OTHER, OLD)
    again = KeyFile(tmp_path / "counters.json.keys")
    assert again.in_force("a", OLD) == NEW
    assert again.in_force("a", OTHER) == OTHER
    assert again.in_force("b", OTHER) == OLD


def test_the_file_is_for_its_owner_alone_and_does_not_hold_the_key_that_was_given(tmp_path: Path) -> None:
    """That one stands wherever the owner keeps it."""
    keys = KeyFile(tmp_path / "keys")
    (tmp_path / "keys").touch(0o644)
    (tmp_path / "keys").write_text("{}")
    keys.exchange("a", OTHER, NEW)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
    assert OTHER.hex() not in (tmp_path / "keys").read_text()


@pytest.mark.parametrize("text", ["milk", '{"a": {"given": "x", "key": "zz"}}', "[]"])
def test_a_file_of_something_else_is_named(tmp_path: Path, text: str) -> None:
    """Rather than overwritten."""
    (tmp_path / "keys").write_text(text)
    with pytest.raises(KeyFileError, match="keys"):
        KeyFile(tmp_path / "keys").in_force("a", OLD)
