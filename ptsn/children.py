"""Processes of our own that must never outlive us: other commands of ptsn, run beside this one."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import ptsn

_PR_SET_PDEATHSIG = 1
_ROOT = Path(ptsn.__file__).resolve().parent.parent
STOP_S = 15.0


def start(
    arguments: list[str], *, stdout: int | IO[str], stderr: int | IO[str], stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Start ``ptsn ARGUMENTS`` in a session of its own: Ctrl-C in the terminal reaches only us.

    Should we be killed, the kernel ends it. Paths among the arguments must be absolute.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def die_with_parent() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return subprocess.Popen(
        [sys.executable, "-m", "ptsn", *arguments],
        cwd=_ROOT,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - we have no threads when we start children
    )


def stop(child: subprocess.Popen[str] | None) -> None:
    """End a child and wait for it; kill it when it does not obey."""
    if child is None or child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
