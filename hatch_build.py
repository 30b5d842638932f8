"""Compiles the gettext catalogues (.po to .mo) when the project is built or installed, with Babel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALE = Path("protocols/catalogue/locale")


class CatalogueHook(BuildHookInterface[Any]):
    """hatchling calls this before it packs anything."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and pack what was compiled."""
        compile_catalogues(Path(self.root))
        build_data["artifacts"].append(f"/{LOCALE}/**/*.mo")


def compile_catalogues(root: Path) -> None:
    """The .po files of every domain beneath ``root`` into the .mo file beside them.

    ``finding.po`` and ``finding.surgard.po`` are both of the domain ``finding``. Raises OSError, babel's PoFileError
    for a bad file, and ValueError for an id that stands in two files of a domain.
    """
    for source in sorted((root / LOCALE).glob("*/LC_MESSAGES/*.po")):
        if "." in source.stem:
            continue
        catalogue = _read(source)
        for part in sorted(source.parent.glob(f"{source.stem}.*.po")):
            for message in _read(part):
                if message.id and message.id in catalogue:
                    raise ValueError(f"{part}: {message.id!r} stands in another file of this domain already")
                if message.id:
                    catalogue[message.id] = message
        # Whoever reads meanwhile has the former file, whole.
        made = source.with_suffix(".mo.new")
        with made.open("wb") as file:
            write_mo(file, catalogue)
        made.replace(source.with_suffix(".mo"))


def _read(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file, locale=source.parts[-3], abort_invalid=True)


if __name__ == "__main__":
    compile_catalogues(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
