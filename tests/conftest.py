"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONGEST = (
    "test_tours.py",
    "tui/test_snapshots.py",
    "bench/test_bench.py",
    "cli/test_check.py",
    "test_docs.py",
    "cli/test_panel_run.py",
    "cli/test_demo.py",
    "laws/test_wire.py",
    "tui/test_end_to_end.py",
    "laws/test_radio.py",
    "laws/test_modes.py",
    "laws/test_kill.py",
    "laws/test_unplug.py",
    "protocols/test_dc09_any_message.py",
    "cli/test_check_wires.py",
    "cli/test_demo_console.py",
    "tui/test_narrow.py",
    "cli/test_panel.py",
    "test_line_docs.py",
    "cli/test_search.py",
    "cli/test_fleet.py",
    "test_wheel.py",
)
"""Files that take more than ten seconds, the longest first."""
assert not [name for name in LONGEST if not (HERE / name).exists()]

# A shell without job control starts what it runs in the background with SIGINT ignored, and children of ours would
# inherit that: a test that interrupts one would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What runs beside other tests is told a width and a height that no terminal of ours has; programs on terminals of
# their own would believe it.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

# Hundreds of the tests start Python. Where the environment forbids it to keep what it compiled, each of them would
# compile the project anew, and pytest every test: a third of the whole run.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Thousands of tests and what they import stay for the whole run; a quarter of it went into looking for garbage there.
gc.set_threshold(20_000, 10, 10)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: a worker takes whole files, and none shall begin a long one when the others end."""
    rank = {HERE / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


def pytest_collection_finish() -> None:
    """What is there now is never looked through again."""
    gc.collect()
    gc.freeze()
