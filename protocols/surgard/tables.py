"""What letters are taken for: the CSV file of this folder."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


def _rows(name: str) -> list[dict[str, str]]:
    """Rows of a file as dictionaries of its header; lines that begin with ``#`` say what it is."""
    with resources.files(__package__ or "protocols.surgard").joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@cache
def letters() -> dict[str, str]:
    """Event letter of a basic line to SIA code."""
    return {row["letter"]: row["code"] for row in _rows("basic.csv")}
