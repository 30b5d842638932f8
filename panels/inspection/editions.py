"""Which editions of the standard a panel's messages can be of."""

from __future__ import annotations

from panels.inspection.figures import Edition
from protocols import model
from protocols.dc09.editions import least
from protocols.model import Arrival, Protection

BINARY = "crc-binary"
BEFORE_HEX_CRC = 2007
"""Two raw bytes are one of two readings of this edition's CRC; the next one says four hex digits."""


class EditionWatch:
    """Gathers the signs of one panel's messages."""

    def __init__(self) -> None:
        self._least: int | None = None
        self._most: int | None = None
        self._reasons: dict[str, int] = {}

    def take(self, arrival: Arrival) -> None:
        """A message. Of one that no key opened nothing is believed."""
        if arrival.protection is Protection.FAILED:
            return
        if arrival.dialect == BINARY:
            self._most = BEFORE_HEX_CRC
            self._reasons.setdefault(BINARY, BEFORE_HEX_CRC)
        edition, reasons = least(arrival)
        if edition is model.Edition.E2007:
            return
        if self._least is None or edition.value > self._least:
            self._least = edition.value
        for reason in reasons:
            self._reasons.setdefault(reason, edition.value)

    def report(self) -> Edition:
        """What they tell together. Only the signs of the latest edition seen, and of an earliest one, are told."""
        told = {self._least, self._most}
        return Edition(
            least=self._least,
            most=self._most,
            reasons={reason: year for reason, year in self._reasons.items() if year in told},
        )
