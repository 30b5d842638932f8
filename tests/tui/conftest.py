"""What all tests of the console share."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Tests marked ``anyio`` are coroutines on asyncio's loop, as the console is."""
    return "asyncio"
