"""Tables of measurements: medians with their spread, and the facts of the machine they were taken on."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median


def say(text: str) -> None:
    """A line of progress, on standard error."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


def spread(values: Sequence[float], form: str = ",.0f") -> str:
    """``12,300 (11,900-12,800)``: the median, and the least and greatest of all rounds."""
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0]:{form}}"
    return f"{median(values):{form}} ({min(values):{form}}-{max(values):{form}})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Round by round, so that what disturbs the machine for a while disturbs both."""
    return [a / b for a, b in zip(ours, theirs, strict=False) if b]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Table:
    """Rows of texts under a title."""

    def __init__(self, title: str, *columns: str) -> None:
        self.title = title
        self._rows: list[Sequence[str]] = [columns]
        self.notes: list[str] = []

    def row(self, *cells: str) -> None:
        """Add a row."""
        self._rows.append(cells)

    def note(self, text: str) -> None:
        """A sentence below the table."""
        self.notes.append(text)

    def text(self) -> str:
        """All of it."""
        widths = [max(len(row[at]) for row in self._rows if at < len(row)) for at in range(len(self._rows[0]))]
        lines = [self.title, ""]
        for number, row in enumerate(self._rows):
            cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=False)]
            cells[0] = row[0].ljust(widths[0])
            lines.append("  " + "  ".join(cells))
            if number == 0:
                lines.append("  " + "  ".join("-" * width for width in widths))
        lines += ["", *(f"  {note}" for note in self.notes)] if self.notes else []
        return "\n".join(lines) + "\n"


def machine(folder: Path) -> str:
    """What it all ran on. ``folder`` is where the journals are."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    names = ("twisted", "cryptography", "msgspec", "pysiaalarm")
    kind, volatile = _filesystem(folder)
    lines = [
        f"{processor}, {len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}, "
        f"{platform.system()} {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        + ", ".join(f"{name} {_version(name)}" for name in names),
        f"journals on {kind}" + (": NOT A DISK, nothing here is durable; give --folder" if volatile else ""),
    ]
    return "\n".join(lines) + "\n"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _filesystem(folder: Path) -> tuple[str, bool]:
    """The kind of file system a folder is on, and whether it is memory."""
    best, kind = "", "an unknown file system"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, type_, *_ = line.split()
        if str(folder.resolve()).startswith(mount) and len(mount) >= len(best):
            best, kind = mount, type_
    return kind, kind in ("tmpfs", "ramfs")
