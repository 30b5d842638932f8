"""How a simulated 685, or an emulator of one, departs from the form in the manuals."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Quirks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Departures of one sender; every default is what the manuals say."""

    terminator: Literal["cr", "esc", "crlf", "none"] = "cr"
    start: bool = True
    two_digits: bool = False
    qualifier: Literal["letter", "digit"] = "letter"
    message_type: Literal["18", "98"] = "18"
    kind: Literal["table", "contact", "none"] = "table"
    heartbeat: Literal["zeros", "own"] = "zeros"
    a_to_zero: bool = False
    copies: int = 1
    handshake: Literal["ack", "none"] = "ack"


SENTENCES = {
    "terminator": "what ends a line: cr (as it should), esc (an option of the 685), crlf, none",
    "start": "false: no LF in front of lines",
    "two_digits": "two hex digits of receiver number in front and no line, as the 7810iR sends",
    "qualifier": "digit: 1, 3 and 6 in place of E, R and P",
    "message_type": "98 in place of 18 in Contact ID",
    "kind": "contact: C in front of every zone and user; none: no such letter",
    "heartbeat": "own: the sender's receiver and line in place of 00, and a blank behind the @",
    "a_to_zero": "the letter A of accounts is sent as 0, as the 685 does",
    "copies": "each line so many times in one piece (1 to 9)",
    "handshake": "none: no answers are waited for (handshake B); what was sent counts as taken",
}
