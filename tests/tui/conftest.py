"""What all tests of the console share."""

from __future__ import annotations

import pytest
from textual import _wait

LOOK_S = 0.01


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
