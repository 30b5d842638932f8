"""Accounts that nobody has entered: told of in the log, once each, with the command that enters them."""

from __future__ import annotations

from pathlib import Path

from twisted.logger import Logger

from protocols.ends import Source
from protocols.model import Arrival
from receiver.accounts import key_for

STRANGERS = 10_000
"""Unknown accounts whose `accounts add` line has been logged."""


class Strangers:
    """Knows who was told of. ``config`` is the settings file that the command names."""

    _log = Logger()

    def __init__(self, config: Path) -> None:
        self._config = config
        self._told: dict[str, None] = {}

    def tell(self, arrival: Arrival, source: Source) -> None:
        """Tell once how to enter the account of a message."""
        account = arrival.account or arrival.inner
        name = key_for(arrival.receiver, arrival.prefix, account)
        if name in self._told or not account.isalnum():
            return
        if len(self._told) >= STRANGERS:
            self._told.clear()
        self._told[name] = None
        self._log.warn(
            "unknown account {account} from {peer}; to enter it: ptsn accounts add {account} --name NAME -c {config}",
            account=account,
            peer=source.peer,
            config=str(self._config),
        )
