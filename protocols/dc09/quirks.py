"""How a simulated panel departs from the strict form: one switch for each quirk seen in the field.

Every default is what the standard asks for. The profiles of ``panels/profiles`` set the switches and say where each
was seen. What a panel writes into its header (R, L, account, with or without digits) is no quirk but its identity.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Quirks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Departures of one panel."""

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
    """False: the account is named inside the data only."""
    sequence: Literal["decimal", "hexadecimal", "zero"] = "decimal"
    """``zero``: events carry 0000."""
    link_test_sequence: int = 0
    """The number that link tests carry."""

    # The data
    link_test_data: str = ""
    """What link tests carry in their data field, such as ``#0000|0000 00 000``."""
    inner_account: Literal["hash", "bare", "none"] = "hash"
    """How the account is written inside the data; ``bare`` without ``#``, ``none`` leaves account and bar out."""
    contact_id_type: str = ""
    """A Contact ID message type in front of the event: ``18``."""
    area: Literal["ri", "pi"] = "ri"
    """The modifier that names the area."""
    separator: bool = True
    """False: no ``/`` between the area and the code."""
    text: Literal["caret", "xsia", "block"] = "caret"
    """``^text^``, ``*'text'NM``, or a block ``|Atext`` of its own."""
    text_width: int = 0
    """Texts are filled up with blanks to so many characters."""
    encoding: Literal["", "utf-8", "windows-1252"] = ""
    """Of texts; empty for what the edition asks for."""
    occurred: Literal["full", "time-only"] = "full"
    """``time-only``: ``[H9:05:07]``, the hour not filled up."""

    # The time
    stamp: Literal["always", "never", "rubbish"] = "always"
    """``never``: plain frames without one; ``rubbish``: uninitialised memory in its place."""
    stamp_zone: str = ""
    """Stamps in local time of this IANA zone; empty for GMT."""

    # Encryption
    pad: Literal["random", "alphanumeric", "constant"] = "random"
    """``constant``: the letter ``p`` again and again."""
    bar: Literal["always", "events"] = "always"
    """``events``: no ``|`` behind the padding of messages without data."""
    trailing_pad: bool = False
    """A whole block of PKCS#7 padding behind the time stamp."""

    # Conduct
    window: int = 1
    """Messages sent before an answer to the first must have come; more than 1 puts several into one segment."""
    on_duh: Literal["give-up", "repeat"] = "give-up"
    """``repeat``: DUH counts as no answer, and the same message is tried again."""
    on_nak: Literal["correct", "ignore"] = "correct"
    """``ignore``: the clock stays as it is."""
    retry_stamp: Literal["fresh", "same"] = "fresh"
    """``same``: repetitions are the same bytes (plain frames; encrypted ones must be fresh)."""


STRICT = Quirks()
"""No departure."""
