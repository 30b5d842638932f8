"""Fixtures of the panels' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.panels.fake import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    """A reactor of the test's own."""
    loop = Loop()
    yield loop
    loop.close()
