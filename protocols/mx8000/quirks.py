"""How a simulated receiver of this family departs from the form in the manuals."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Quirks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which receiver it is, and its departures; every default is what the manuals say of the MX8000."""

    family: Literal["mx8000", "silent-knight"] = "mx8000"
    time_zone: str = "UTC"
    wrong_v: bool = False
    copies: int = 1


SENTENCES = {
    "family": "silent-knight: system messages as the receivers 9000, 9500 and 9800 write them",
    "time_zone": "the IANA zone that the receiver's clock runs in",
    "wrong_v": "the check byte does not fit",
    "copies": "each record so many times in one piece (1 to 9)",
}
