"""What a message of a source means once its options are applied: account length and offset, numbers it leaves out,
codes.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from protocols.ends import Lookup, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Finding, Severity, Signal

ACCOUNT_DIGITS = "message.account-digits"
"""Finding: an account of another length than this source's accounts have."""
_MOST_DIGITS = 16
"""Of an account that is a number."""


class Finder:
    """What is known beforehand of whoever a message of one source names."""

    def __init__(self, source: Source, lookup: Lookup, options: SourceOptions) -> None:
        self._adapter = source.adapter
        self._lookup = lookup
        self._options = options

    def dialect(self, receiver: str | None, account: str) -> Dialect:
        """Of the account as sent: receiver number and offset of the source are put in. Encoding and zone, too."""
        options = self._options
        number = receiver if receiver is not None else options.receiver or None
        found = self._lookup(self._adapter, number, None, shifted(account, options.account_offset))
        changes: dict[str, Any] = {}
        if options.encoding and not (found.known and found.own_encoding):
            changes["encoding"] = options.encoding
        if options.time_zone and not (found.known and found.own_time_zone):
            changes["time_zone"] = options.time_zone
        return replace(found, **changes) if changes else found


def scope(arrival: Arrival) -> str:
    """Whose memory a message belongs to, by its own words."""
    return f"{arrival.protocol} {arrival.receiver or ''}#{arrival.account.upper()}"


def placed(arrival: Arrival, options: SourceOptions) -> Arrival:
    """The arrival as this source means it: its numbers where the message names none, account offset, codes.

    One that names an account of another length than this source's is malformed, and names none any more.
    """
    if options.account_digits and not _fits(arrival, options.account_digits):
        arrival = replace(
            arrival,
            kind=ArrivalKind.MALFORMED,
            account="",
            inner="",
            signals=(),
            findings=(*arrival.findings, Finding(ACCOUNT_DIGITS, Severity.VIOLATION)),
        )
    changes: dict[str, Any] = {}
    if options.receiver and arrival.receiver is None:
        changes["receiver"] = options.receiver
    if options.line and not arrival.line:
        changes["line"] = options.line
    offset, overrides = options.account_offset, options.overrides
    if offset:
        changes["account"] = shifted(arrival.account, offset)
        changes["inner"] = shifted(arrival.inner, offset)
    if arrival.signals and (offset or overrides):
        changes["signals"] = tuple([_signal(signal, options) for signal in arrival.signals])
    return replace(arrival, **changes) if changes else arrival


def _fits(arrival: Arrival, digits: int) -> bool:
    """Whether every account that the message names is so long. Receivers tell of themselves under none, or under 0."""
    named = (arrival.account, arrival.inner, *(signal.account for signal in arrival.signals))
    return all(len(account) == digits for account in named if account.strip("0"))


def shifted(account: str, offset: int) -> str:
    """A decimal account moved by the offset, as wide as it was; any other, and one it would bring below 0, as it is.

    So is account 0, under which receivers tell of themselves.
    """
    if not offset or not account.isascii() or not account.isdigit() or len(account) > _MOST_DIGITS:
        return account
    if not account.strip("0"):
        return account
    moved = int(account) + offset
    return account if moved < 0 else f"{moved:0{len(account)}d}"


def _signal(signal: Signal, options: SourceOptions) -> Signal:
    signal = options.overrides.apply(signal)
    account = shifted(signal.account, options.account_offset)
    return signal if account == signal.account else replace(signal, account=account)
