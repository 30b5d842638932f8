"""Writes the snapshots, and the pictures that documents show."""

from __future__ import annotations

import asyncio
import os
import sys

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from protocols.catalogue import LANGUAGES
from tests.tui.snapshots import DOCS, DOCS_PICTURES, DOCS_SIZE, FOLDER, SCENES, take


async def main(part: str) -> None:
    """The scenes with ``part`` in their names; without a part what is no snapshot any more is removed."""
    written = set()
    for scene in SCENES:
        if part not in scene.name:
            continue
        for language in LANGUAGES:
            for shot in await take(scene, language):
                for name, content in ((f"{shot.name}.txt", shot.text), (f"{shot.name}.svg", shot.picture)):
                    (FOLDER / name).write_text(content, encoding="utf-8")
                    written.add(name)
        DOCS.mkdir(parents=True, exist_ok=True)
        for language in DOCS_PICTURES.get(scene.name, ()):
            (shot,) = await take(scene, language, [DOCS_SIZE])
            (DOCS / f"{scene.name}.{language}.svg").write_text(shot.svg, encoding="utf-8")
    for file in () if part else [*FOLDER.glob("*.txt"), *FOLDER.glob("*.svg")]:
        if file.name not in written:
            file.unlink()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
