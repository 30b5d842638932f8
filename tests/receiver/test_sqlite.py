"""What the receiver's databases load, and what not."""

from __future__ import annotations

import subprocess
import sys


def test_a_journal_is_read_without_numpy_which_can_be_had_afterwards() -> None:
    """sqlite-utils would load it at every start; telephone calls need it still."""
    code = (
        "import sys, receiver.journal.reader, receiver.accounts.store; "
        "assert not {'numpy', 'pandas'} & sys.modules.keys(); "
        "import numpy; print(numpy.arange(3).sum())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("3\n", "")
