"""What letters and channel digits are taken for: the CSV files of this folder."""

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


@cache
def _channels() -> dict[tuple[str, str], tuple[str, bool]]:
    found: dict[tuple[str, str], tuple[str, bool]] = {}
    for row in _rows("channels.csv"):
        if row["channel"]:
            found.setdefault((row["status"], row["channel"]), (row["code"], row["qualifier"] == "status"))
    return found


@cache
def _states() -> dict[str, tuple[str, bool]]:
    return {
        row["status"]: (row["code"], row["when"] == "always") for row in _rows("channels.csv") if not row["channel"]
    }


def channel(status: str, digit: str) -> tuple[str, bool] | None:
    """SIA code of a channel's digit, and whether it says that something is still so; None where it says nothing."""
    found = _channels()
    return found.get((status, digit)) or found.get(("*", digit))


def state(status: str) -> tuple[str, bool] | None:
    """SIA code of a status digit, and whether it is told also beside channels; None where it is none."""
    return _states().get(status)
