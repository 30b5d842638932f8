"""Which event codes came, and which alarms no restore has followed."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from panels.inspection.report import CodeSeen, Unrestored
from protocols import catalogue
from protocols.model import Arrival, Qualifier, Signal

CODES_MAX = 500
OPEN_MAX = 200
"""Kept of one panel; of what is more only the number is known."""

VENDOR = "sia.code-vendor"

LASTING = frozenset(
    ("medical", "fire", "panic", "burglary", "tamper", "general", "24h", "supervisory", "trouble", "comm")
)
"""Categories of events that begin something which a restore ends."""

_Key = tuple[str, str, str, str, str]


class _Code(Struct):
    count: int = 0
    vendor: bool = False


class CodeWatch:
    """Follows one panel's events. Repetitions are not given to it."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str, str], _Code] = {}
        self._open: dict[_Key, Unrestored] = {}
        self.codes_left_out = self.unrestored_left_out = 0
        """Events whose code, or whose being open, is not kept."""

    def take(self, arrival: Arrival, at: float) -> None:
        """An event message, received at ``at`` (seconds since the epoch)."""
        vendor = _vendor_codes(arrival)
        for signal in arrival.signals:
            name = (str(signal.scheme), signal.code, str(signal.qualifier))
            seen = self._codes.get(name)
            if seen is None:
                if len(self._codes) < CODES_MAX:
                    seen = self._codes[name] = _Code()
                else:
                    self.codes_left_out += 1
            if seen is not None:
                seen.count += 1
                seen.vendor = seen.vendor or signal.code in vendor
            self._condition(signal, at)

    def _condition(self, signal: Signal, at: float) -> None:
        category = catalogue.find(signal.scheme, signal.code).category
        if signal.qualifier is Qualifier.RESTORE and category != "open_close":
            for key, begun in list(self._open.items()):
                account, _, _, partition, number = key
                if (account, partition, number) == (signal.account, signal.partition, signal.number) and (
                    catalogue.pairs(begun.scheme, begun.code, signal.code, signal.scheme)
                ):
                    del self._open[key]
        elif signal.qualifier is Qualifier.NEW and category in LASTING:
            key = (signal.account, str(signal.scheme), signal.code, signal.partition, signal.number)
            if key in self._open:
                return
            if len(self._open) >= OPEN_MAX:
                self.unrestored_left_out += 1
            else:
                self._open[key] = Unrestored(
                    account=signal.account,
                    scheme=str(signal.scheme),
                    code=signal.code,
                    partition=signal.partition,
                    number=signal.number,
                    subject=signal.subject,
                    since=datetime.fromtimestamp(at, UTC),
                )

    def codes(self) -> tuple[CodeSeen, ...]:
        """Every code, the most frequent first."""
        found = [
            CodeSeen(
                scheme=scheme,
                code=code,
                qualifier=qualifier,
                count=seen.count,
                known=catalogue.known(scheme, code),
                vendor=seen.vendor,
            )
            for (scheme, code, qualifier), seen in self._codes.items()
        ]
        return tuple(sorted(found, key=lambda each: (-each.count, each.scheme, each.code, each.qualifier)))

    def unrestored(self) -> tuple[Unrestored, ...]:
        """What began and did not end, the oldest first."""
        return tuple(self._open.values())


def _vendor_codes(arrival: Arrival) -> frozenset[str]:
    """Codes that the message's findings call a maker's own."""
    places = [each.offset for each in arrival.findings if each.id == VENDOR]
    if not places:
        return frozenset()
    codes = frozenset(signal.code for signal in arrival.signals)
    at = {arrival.raw[place : place + 2].decode("latin-1") for place in places if place is not None}
    # An encrypted message has no places of its own on the wire: with one code there is no doubt.
    return (codes & at) or (codes if len(codes) == 1 else frozenset())
