"""How a simulated panel departs from the strict form: one switch for each quirk seen in the field.

Every default is what the standard asks for. The profiles of ``panels/profiles`` set the switches and say where each
was seen. What a panel writes into its header (R, L, account, with or without digits) is no quirk but its identity.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from protocols import local_time
from protocols.dc09.errors import QuirksError

MOST_AT_ONCE = 64
"""The largest window."""
MOST_WIDTH = 256
"""The largest text width, that of the longest extended data field (DC-09 2021)."""

_breaks = re.compile(r"[\[\]\x00-\x1f\x7f\ud800-\udfff]").search
"""What ends a field or a frame."""


class Quirks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Departures of one panel. Raises QuirksError for values that no panel can have (decoding: ValidationError)."""

    # The frame
    crc: Literal["ascii", "binary"] = "ascii"
    """``binary``: two raw bytes, high byte first."""
    counts_cr: bool = False
    """CRC and length cover the closing CR (plain frames only, as seen)."""
    trailer: str = ""
    """Sent behind the closing CR, as latin-1: ``"\\u0000"``."""
    lower_case: bool = False
    """Hex digits of CRC, length and cipher in lower case."""

    # The header
    header_account: bool = True
    """False: the account is named inside the data only, in link tests too."""
    sequence: Literal["decimal", "hexadecimal", "zero"] = "decimal"
    """``zero``: events carry 0000, so that never more than one of them is on its way."""
    link_test_sequence: int = 0
    """The number that link tests carry, 0 to 9999."""

    # The data
    link_test_data: str = ""
    """What link tests carry in their data field, such as ``#0000|0000 00 000``."""
    inner_account: Literal["hash", "bare", "none"] = "hash"
    """How the account is written inside the data; ``bare`` without ``#``, ``none`` leaves account and bar out."""
    contact_id_type: Literal["", "18", "98"] = ""
    """A Contact ID message type in front of the event: ``18 1130 01 015``."""
    area: Literal["ri", "pi"] = "ri"
    """The modifier that names the area."""
    separator: bool = True
    """False: no ``/`` between the area and the code."""
    text: Literal["caret", "xsia", "block"] = "caret"
    """``^text^``, ``*'text'NM``, or a block ``|Atext`` of its own. What the form cannot hold is sent as ``[I...]``."""
    text_width: int = 0
    """Texts are filled up with blanks to so many characters, at most 256."""
    encoding: Literal["", "utf-8", "windows-1252"] = ""
    """Of texts; empty for what the edition asks for. A text that Windows-1252 lacks is written in UTF-8."""
    occurred: Literal["full", "time-only"] = "full"
    """``time-only``: ``[H9:05:07]``, the hour not filled up."""

    # The time
    stamp: Literal["always", "never", "rubbish"] = "always"
    """``never``: plain frames without one; ``rubbish``: in plain frames uninitialised memory in its place."""
    stamp_zone: str = ""
    """Stamps in local time of this IANA zone; empty for GMT. ``[H...]`` stays in GMT, and a NAK does not help."""

    # Encryption
    pad: Literal["random", "alphanumeric", "constant"] = "random"
    """``constant``: the letter ``p`` again and again."""
    bar: Literal["always", "events"] = "always"
    """``events``: no ``|`` behind the padding of messages without data."""
    trailing_pad: bool = False
    """A whole block of PKCS#7 padding behind the time stamp."""

    # Conduct
    window: int = 1
    """Messages sent before an answer to the first must have come, 1 to 64; with more, several share a segment."""
    on_duh: Literal["give-up", "repeat"] = "give-up"
    """``repeat``: DUH counts as no answer, and when the time for one is over the same message is tried again."""
    on_nak: Literal["correct", "ignore"] = "correct"
    """``ignore``: the clock stays as it is, and the NAK counts as no answer."""
    retry_stamp: Literal["fresh", "same"] = "fresh"
    """``same``: repetitions are the same bytes (plain frames; encrypted ones must be fresh)."""

    def __post_init__(self) -> None:
        """Refuse what no panel can have."""
        if not 1 <= self.window <= MOST_AT_ONCE:
            raise QuirksError(f"window {self.window}: give 1 to {MOST_AT_ONCE} messages.")
        if not 0 <= self.link_test_sequence <= 9999:
            raise QuirksError(f"link_test_sequence {self.link_test_sequence}: give 0 to 9999.")
        if not 0 <= self.text_width <= MOST_WIDTH:
            raise QuirksError(f"text_width {self.text_width}: give 0 to {MOST_WIDTH} characters.")
        if any(ord(character) > 0xFF for character in self.trailer):
            raise QuirksError("trailer: give characters of Latin-1, each stands for one byte.")
        if _breaks(self.link_test_data):
            raise QuirksError("link_test_data: brackets and control characters would end the field; leave them out.")
        if not self.header_account and self.inner_account == "none":
            raise QuirksError(
                "header_account false and inner_account none: the account would stand nowhere; choose one of them."
            )
        if self.stamp_zone and local_time.zone_of(self.stamp_zone) is None:
            raise QuirksError(
                f"stamp_zone {self.stamp_zone!r} is not known here: give an IANA name such as Asia/Almaty."
            )


STRICT = Quirks()
"""No departure."""
