"""The layers hold in what is really imported, too."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
IO_LIBRARIES = ("twisted", "serial", "sqlite_utils", "sqlite3", "textual", "klein", "httpx", "socket", "asyncio")


def imported_by(statement: str, among: tuple[str, ...]) -> list[str]:
    """Which of the modules are there after the statement ran in a fresh interpreter."""
    script = f"import sys\n{statement}\nprint(*[name for name in {among!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.split()


@pytest.mark.parametrize("module", ["protocols.model", "protocols.ends", "protocols.dc09", "protocols.catalogue"])
def test_protocols_bring_no_io_library_with_them(module: str) -> None:
    """No socket, no clock, no disk, no Twisted: a panel maker can use them anywhere."""
    assert imported_by(f"import {module}", IO_LIBRARIES) == []


def test_the_desk_is_pure() -> None:
    """Entries in, alarms out."""
    assert imported_by("import receiver.desk", ("twisted", "klein")) == []


@pytest.mark.parametrize(
    "module", ["receiver.adapters.stream", "receiver.adapters.datagram", "receiver.adapters.counters"]
)
def test_the_adapters_are_a_leaf(module: str) -> None:
    """panels uses them, and gets nothing else of the receiver with them."""
    others = tuple(
        f"receiver.{path.stem}" for path in (ROOT / "receiver").iterdir() if path.stem not in ("adapters", "__init__")
    )
    assert imported_by(f"import {module}", others) == []


def test_every_package_on_the_top_level_is_shipped() -> None:
    """What is not in the wheel's list of packages would be missing after an installation."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shipped = set(settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert shipped == packages
