"""How a sender of SIA blocks departs from the strict form: one switch for each way seen in the field.

Every default is what the standard asks for. Sources: contact_id_and_sia.md, sections 2.3 to 2.7, 5, 7 and 9.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from protocols import local_time
from protocols.lines.options import Speaker
from protocols.lines.quirks import read
from protocols.lines.sending import QuirksError

MOST_COPIES = 8
"""The most events of one block."""


class Quirks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Departures of one sender. Raises QuirksError for values that none can have (decoding: ValidationError)."""

    # How it speaks
    edge: Literal["plain", "texecom"] = "plain"
    """``texecom``: lines of text that wrap Contact ID or blocks, as Texecom panels send over IP."""
    level: int = 3
    """1 account and event, 2 modifiers too, 3 texts too, 4 as 3."""
    form: Literal["standard", "dsc", "cooper"] = "standard"
    """``dsc``: nothing between modifiers and event; ``cooper``: modifiers behind the event."""
    clock: Literal["seconds", "minutes", "none"] = "seconds"
    """How the time of an event is written, from level 2 on."""
    time_zone: str = ""
    """IANA name of the zone that the clock runs in; empty for UTC."""
    text: Literal["block", "before", "xsia", "caret"] = "block"
    """Where texts stand: in a block of their own behind the event or, wrongly, before it; or inside the event block."""
    link_test: Literal["report", "poll"] = "report"
    """``report``: a test event; ``poll``: a Galaxy's ``F#`` and account, answered in text."""
    contact_id: bool = False
    """Texecom only: events are sent as Contact ID where the code map offers it."""

    # The session
    account: Literal["changes", "always"] = "changes"
    """``always``: the account block comes before every event, also where the session has it already."""
    end: bool = True
    """False: no block ends the data, so that all events of a connection are one session."""
    group: bool = False
    """The blocks of a message go out together, and only the last one asks for an answer."""
    hang_up: bool = False
    """Texecom only: the connection ends with ``+++`` when nothing more is to be said."""
    old_answers: bool = False
    """Single bytes 08 and 09 are answers, as old serial modules of Galaxy take them."""

    # Faults
    ack_bit: bool = True
    """False: no header asks for an acknowledgement; what was sent counts as taken."""
    reverse_bit: bool = False
    """Every header offers the reverse channel."""
    wrong_parity: int = 0
    """Every so many transmissions the parity byte is wrong; 0 for never."""
    repeat: int = 0
    """Every so many transmissions go out twice; 0 for never."""
    copies: int = 1
    """The event stands so many times in its block, 1 to 8."""
    function: str = ""
    """The function letter of event blocks in place of ``N`` and ``O``, such as one that nobody knows."""
    hex_account: bool = False
    """A decimal account is written as a hexadecimal number: 1234 as 04D2."""

    def __post_init__(self) -> None:
        """Refuse what no sender can have."""
        if not 1 <= self.level <= 4:
            raise QuirksError(f"level {self.level}: give 1, 2, 3 or 4.")
        if not 1 <= self.copies <= MOST_COPIES:
            raise QuirksError(f"copies {self.copies}: give 1 to {MOST_COPIES}.")
        for name, number in (("wrong_parity", self.wrong_parity), ("repeat", self.repeat)):
            if number < 0:
                raise QuirksError(f"{name} {number}: give 0 for never, or a positive number.")
        if self.wrong_parity == 1:
            raise QuirksError("wrong_parity 1: then nothing ever arrives; give 2 or more.")
        if self.function and re.fullmatch(r"[!-~]", self.function) is None:
            raise QuirksError(f"function {self.function!r}: give one printable ASCII character.")
        if self.time_zone and local_time.zone_of(self.time_zone) is None:
            raise QuirksError(f"time_zone {self.time_zone!r} is not known here: give an IANA name such as Asia/Almaty.")


STRICT = Quirks()
"""No departure."""

QUIRKS = MappingProxyType(
    {
        "edge": "plain blocks, or texecom for lines that wrap them",
        "level": "1 account and event, 2 modifiers too, 3 texts too, 4 as 3",
        "form": "standard, dsc without separators, cooper with modifiers behind the event",
        "clock": "seconds, minutes or none",
        "time_zone": "IANA name of the zone that the clock runs in",
        "text": "block, before (before its event), xsia or caret (inside the event block)",
        "link_test": "report (a test event) or poll (F# of a Galaxy)",
        "contact_id": "texecom sends Contact ID where the code map offers it",
        "account": "changes, or always for an account block before every event",
        "end": "false leaves the end-of-data block out",
        "group": "all blocks of a message together, only the last asks for an answer",
        "hang_up": "texecom ends the connection with +++ after its messages",
        "old_answers": "single bytes 08 and 09 are answers",
        "ack_bit": "false never asks for an acknowledgement, and waits for none",
        "reverse_bit": "every header offers the reverse channel",
        "wrong_parity": "every so many transmissions have a wrong parity byte",
        "repeat": "every so many transmissions go out twice",
        "copies": "the event stands so many times in its block",
        "function": "function letter of event blocks",
        "hex_account": "the account as a hexadecimal number",
    }
)
"""Every quirk with an English sentence (``Wire.quirks``)."""


def of(speaker: Speaker) -> Quirks:
    """The quirks of a speaker. Raises QuirksError, which names what is not known and what is allowed."""
    return read(speaker.quirks, Quirks)
