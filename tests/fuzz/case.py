"""One input, complete enough to be run again from a file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from protocols.dc09.quirks import STRICT, Quirks
from protocols.model import Edition, Signal, Verdict

Target = Literal["receiving", "sending", "line", "line answers"]


class Wrong(AssertionError):
    """Something that must never be. ``check`` names the rule, so that a smaller input can be seen to break the same."""

    def __init__(self, check: str, detail: object = "") -> None:
        super().__init__(f"{check}: {detail}" if detail != "" else check)
        self.check = check
        self.detail = str(detail)


class PanelSpec(Struct, frozen=True, kw_only=True):
    """A simulated panel: what a sending end is made with."""

    account: str
    prefix: str | None = "0"
    receiver: str | None = None
    inner: str | None = None
    key: str = ""
    """Hex digits; empty for none."""
    edition: int | None = None
    quirks: Quirks = STRICT
    first: int = 0
    """The number that its counter hands out first."""

    @property
    def key_bytes(self) -> bytes | None:
        """The key, None where it has none."""
        return bytes.fromhex(self.key) if self.key else None


class Case(Struct, frozen=True, kw_only=True):
    """What an end is fed, and what it is."""

    target: Target
    data: str
    """The bytes, as latin-1."""
    cuts: tuple[int, ...] = ()
    """Where the pieces end, besides the end."""
    verdict: Verdict = Verdict.STORED
    keys: tuple[str, ...] = ()
    """Keys the receiver knows, as hex digits."""
    edition: int | None = None
    """What the receiver knows of the panels' edition."""
    time_zone: str = "UTC"
    origins: tuple[str, ...] = ()
    """Right frames, as latin-1, of which the bytes were made; for the encrypted ones."""
    response: str | None = None
    """What goes along with an acknowledgement (RSP); None for nothing."""
    panel: PanelSpec | None = None
    """Of a sending end."""
    signal: Signal | None = None
    """What it had to say; None is a link test."""
    wire: str = ""
    """The protocol of a line; a name of ``protocols.wires``."""
    edge: str = ""
    serial: bool = False
    """The line is a serial port, else a connection."""
    silent: bool = False
    """Time-outs come due between the pieces."""
    patches: dict[str, bool | int | str] = {}
    """Quirks of the sender."""
    first: int = 0
    """The number that it begins with, where its protocol has numbers."""
    made: tuple[str, ...] = ()
    """The mutations, in order; for people."""

    @property
    def stream(self) -> bytes:
        """What is fed."""
        return self.data.encode("latin-1")

    @property
    def known_edition(self) -> Edition | None:
        """The edition as the model has it."""
        return None if self.edition is None else Edition(self.edition)

    def pieces(self) -> list[bytes]:
        """The bytes as they come."""
        data = self.stream
        edges = [0, *sorted(min(cut, len(data)) for cut in self.cuts), len(data)]
        return [data[start:end] for start, end in itertools.pairwise(edges)]


def write(path: Path, case: Case, wrong: Wrong, told: dict[str, Any]) -> None:
    """A failing input as a file that :func:`read` takes; ``told`` is for people."""
    case_ = msgspec.json.decode(msgspec.json.encode(case))
    text = json.dumps({"check": wrong.check, "detail": wrong.detail[:4000], **told, "case": case_}, indent=1)
    path.write_text(text + "\n", encoding="ascii")


def read(path: Path) -> Case:
    """The input of a file. Raises ValueError for another file."""
    return msgspec.convert(json.loads(path.read_text(encoding="utf-8"))["case"], Case)
