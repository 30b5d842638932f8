"""The serial ports of this machine, and how each stands. None of them is opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins
from serial.tools import list_ports

from receiver.adapters.serial import state_of

BY_ID = Path("/dev/serial/by-id")
BY_PATH = Path("/dev/serial/by-path")


class Port(Struct, frozen=True):
    """One of them."""

    device: str
    description: str
    """What the hardware calls itself; empty where it says nothing."""
    state: str
    """``free``, ``busy``, ``denied`` ..."""
    trouble: str
    """What to do about it; empty where it is free."""
    lasting: str
    """A name that stays the same when others are plugged in; empty where there is none."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found: dict[str, Any] = to_builtins(self)
        return found


def ports() -> list[Port]:
    """All of them, by name."""
    found = []
    for each in sorted(list_ports.comports(), key=lambda each: each.device):
        state, trouble = state_of(each.device)
        description = each.description if each.description not in (None, "n/a", each.name) else ""
        found.append(Port(each.device, description, state, trouble, _lasting(each.device)))
    return found


def _lasting(device: str) -> str:
    real = os.path.realpath(device)
    for folder in (BY_ID, BY_PATH):
        try:
            names = sorted(folder.iterdir())
        except OSError:
            continue
        for name in names:
            if os.path.realpath(name) == real:
                return str(name)
    return ""
