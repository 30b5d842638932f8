"""What holds for all tests."""

from __future__ import annotations

import os
import signal

# A shell without job control starts what it runs in the background with SIGINT ignored, and children of ours would
# inherit that: a test that interrupts one would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What runs beside other tests is told a width and a height that no terminal of ours has; programs on terminals of
# their own would believe it.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
