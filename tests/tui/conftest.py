"""What all tests of the console share."""

from __future__ import annotations

from typing import Any

import pytest
from textual import _wait
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

LOOK_S = 0.01
_parse_rules = Stylesheet._parse_rules
_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}


@pytest.fixture
def anyio_backend() -> str:
    """Tests marked ``anyio`` are coroutines on asyncio's loop, as the console is."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether an app is at rest is looked at for 10 ms, and not for Textual's 20, by the same measure: 1/20 of it busy.

    Every key and every pause of a pilot waits for one such look or more.
    """
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", LOOK_S)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", LOOK_S / 20)


def _parse_once(sheet: Stylesheet, css: str, *place: Any, **more: Any) -> list[RuleSet]:
    key = (css, place, tuple(more.items()), tuple(sheet._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, css, *place, **more)
    return _parsed[key]


@pytest.fixture(autouse=True)
def _styles_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every app would parse all styles anew, a fifth of its test: nothing but text, place and theme goes into that."""
    monkeypatch.setattr(Stylesheet, "_parse_rules", _parse_once)
