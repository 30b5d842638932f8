"""A picture of the screen: as text, or as SVG."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.app import App

_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def screen_text(app: App[Any]) -> str:
    """What stands on the screen, line by line, without styles and without the blanks at the ends of lines."""
    strips = app.screen._compositor.render_strips(app.size)  # as Textual's own pictures are made
    lines = ["".join(one.text for one in strip if not one.control).rstrip() for strip in strips]
    return "\n".join(lines) + "\n"


def screen_svg(app: App[Any]) -> str:
    """The screen as a picture. The same screen gives the same picture."""
    # A picture must show the same without a network: no font is fetched from anywhere.
    return _FONT_FACE.sub("", app.export_screenshot(title="ptsn")).replace(
        "font-family: Fira Code, monospace", "font-family: Fira Code, DejaVu Sans Mono, monospace"
    )


def keep(picture: str, file: Path) -> None:
    """Write a picture to a file, whole or not at all; what stood there before stays until it is written.

    Raises OSError that names the file.
    """
    try:
        if file.exists() and not file.is_file():
            file.write_text(picture, encoding="utf-8")  # a device or a pipe: it is written to, never replaced
            return
        file = file.resolve()
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as new:
                new.write(picture)
                new.flush()
                os.fsync(descriptor)
                # As any file that is made anew, or as it was.
                os.fchmod(descriptor, file.stat().st_mode & 0o777 if file.exists() else 0o666 & ~_umask())
            os.replace(name, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from error


def _umask() -> int:
    """The mask of new files: the kernel tells it only by setting another one."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
