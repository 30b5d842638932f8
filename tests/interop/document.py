"""``docs/interoperability.md`` as data: its tables, and its frames with their blanks."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from msgspec import Struct

from tests.support.station import PATIENCE_S

DOCUMENT = Path(__file__).parents[2] / "docs" / "interoperability.md"

BLANKS = {
    "<crc>": rb"[0-9A-F]{4}",
    "<time>": rb"\d{2}:\d{2}:\d{2},\d{2}-\d{2}-\d{4}",
    "<cipher>": rb"[0-9A-Fa-f]+",
}
"""What differs from one time to the next, and stands in the document as its name."""


class Line(Struct, frozen=True):
    """Bytes on the wire."""

    out: bool
    """From panel to receiver."""
    text: str
    """As in the document: escaped like Python's bytes, with blanks."""

    @property
    def exact(self) -> bytes:
        """The bytes of a line without blanks."""
        assert "<" not in self.text, f"{self.text} has blanks"
        return self.text.encode("ascii").decode("unicode_escape").encode("latin-1")

    def fits(self, data: bytes) -> bool:
        """Whether bytes are what the line says."""
        parts = re.split("(" + "|".join(BLANKS) + ")", self.text)
        pattern = b"".join(
            BLANKS.get(part) or re.escape(part.encode("ascii").decode("unicode_escape").encode("latin-1"))
            for part in parts
        )
        return re.fullmatch(pattern, data, re.DOTALL) is not None


class Document(Struct, frozen=True):
    """What it claims."""

    versions: dict[str, str]
    """Peer to version, by the first table."""
    claims: dict[str, str]
    """Claim to peer, by the second table."""
    frames: dict[str, list[Line]]
    """Claim to the lines of its example."""


def read_document() -> Document:
    """Read it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.M)]
    frames = {
        name: [Line(line.startswith("-> "), line[3:]) for line in block.splitlines() if line.startswith(("-> ", "<- "))]
        for name, block in re.findall(r"^### ([a-z0-9-]+)\n.*?^```\n(.*?)^```$", text, re.M | re.S)
    }
    return Document(
        versions={row[0]: row[1] for row in rows if re.fullmatch(r"\d+\.\d+\.\d+", row[1])},
        claims={row[0].strip("`"): row[1] for row in rows if row[0].startswith("`")},
        frames=frames,
    )


def exchange(address: tuple[str, int], lines: list[Line]) -> list[bytes]:
    """Send what panels send and read what must come back, over one connection. The answers."""
    answers = []
    with socket.create_connection(address, timeout=PATIENCE_S) as connection:
        for line in lines:
            if line.out:
                connection.sendall(line.exact)
            else:
                answers.append(read_line(connection, line))
    return answers


def read_line(connection: socket.socket, line: Line) -> bytes:
    """Read until what came fits, whether or not it is framed."""
    got = b""
    while not line.fits(got):
        try:
            part = connection.recv(65536)
        except TimeoutError:
            part = b""
        assert part, f"{got!r} came, where {line.text} was expected"
        got += part
    return got
