"""Commands to a panel in SIA text (DC-03): control and program blocks, ``COR1*1``, ``CSA1*1/SB012*0``, ``PTI1*0700``.

They come as the content of a response (``RSP`` of DC-09), among blocks parted by ``|``. A block of commands is the
letter ``C`` (control) or ``P`` (program) and commands parted by ``/``::

    command = 2 capitals [x] [ "*" y ] [ "^" text "^" ]        SA1*1  sets area 1     SA1  asks for its state

``x`` says which area, zone or output (empty: all of them), ``y`` what it shall become; without ``y`` it is a query.
A panel acts on what stands here, so reading forgives nothing: what has not this form is passed over.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Literal, cast

from msgspec import Struct

from protocols.errors import UserError

CONTROL: Literal["C"] = "C"
PROGRAM: Literal["P"] = "P"

CODES = MappingProxyType(
    {
        "C": frozenset(("LK", "LN", "OP", "OR", "SA", "SB", "SS", "SW", "TC", "TP")),
        "P": frozenset(
            ("AA", "AD", "CA", "CB", "CX", "DS", "EI", "EO", "OA", "OB", "OX", "PH", "RO", "RT", "TI", "TT", "UC", "UX")
        ),
    }
)
"""The letter of a block to the codes that DC-03 knows in it. Others are read and written all the same."""

_command = re.compile(r"([A-Z]{2})([-0-9A-F:.]*)(?:\*([^/^|\[\]]+))?(?:\^([^^|\[\]]*)\^)?(?=/|\Z)").match
_unsendable = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]").search


class CommandError(UserError, ValueError):
    """A command that SIA text cannot say."""


class Command(Struct, frozen=True, gc=False):
    """One command."""

    block: Literal["C", "P"]
    """``C`` control, ``P`` program."""
    code: str
    """Two capitals: ``SA`` set area, ``SB`` set bypass, ``OR`` output relay ..."""
    x: str = ""
    """Area, zone or output as sent; empty for all of them, or where there is none."""
    y: str = ""
    """What it shall become; empty for a query."""
    text: str = ""

    @property
    def query(self) -> bool:
        """Asks how things are, and changes nothing."""
        return not self.y


def commands(content: str) -> tuple[Command, ...]:
    """The commands of a content (what follows the account inside the data), in order. Never raises."""
    found = []
    for block in content.split("|"):
        if block[:1] not in CODES:
            continue
        letter = cast(Literal["C", "P"], block[0])
        at, end = 1, len(block)
        while at < end:
            match = _command(block, at)
            if match is None:
                at = block.find("/", at) + 1 or end
                continue
            code, x, y, text = match.groups("")
            found.append(Command(letter, code, x, y, text))
            at = match.end() + 1
    return tuple(found)


def write(command: Command) -> str:
    """The block that says one command: ``COR1*1``. Several make one content with ``|`` between them.

    Raises CommandError for a command whose fields would not be read back as they are.
    """
    content = f"{command.block}{command.code}{command.x}"
    if command.y:
        content += f"*{command.y}"
    if command.text:
        content += f"^{command.text}^"
    if _unsendable(content) is not None or commands(content) != (command,):
        raise CommandError(
            "SIA command: the block must be C or P, the code two capital letters, x digits (0-9, A-F), and y and text "
            "free of [ ] | ^ and control characters (y of / as well), such as COR1*1"
        )
    return content
