"""Ties the supervision of paths to accounts, arrivals and the journal."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from protocols.ends import Source
from protocols.model import Arrival, Moment
from receiver.accounts import Account, AccountBook, key_for
from receiver.chronicle import (
    ADAPTER_LOST,
    ADAPTER_RESTORED,
    ENDPOINT_LOST,
    ENDPOINT_RESTORED,
    PATH_LOST,
    PATH_RESTORED,
    Chronicle,
)
from receiver.journal.entry import rfc3339
from receiver.supervision import EVERY, Expected, Lost, Paths, Restored, Saved

_decode_saved = msgspec.json.Decoder(list[Saved]).decode


class Supervisor:
    """Knows which paths must be heard, hears them, and writes down when one falls silent."""

    def __init__(self, book: AccountBook, chronicle: Chronicle) -> None:
        self.paths = Paths()
        self._book = book
        self._chronicle = chronicle

    def expect(self, now: Moment) -> None:
        """Take up the accounts as they are now."""
        self.paths.expect(
            [
                Expected(account.account_key, account.account, float(account.supervision_s), *account.rule)
                for account in self._book.all()
                if account.supervision_s
            ],
            now,
        )

    def saved(self) -> str:
        """When each path was heard last, for the next start."""
        return msgspec.json.encode(self.paths.dump()).decode()

    def restore(self, saved: str, now: Moment) -> None:
        """Take up what an earlier run saved. Raises msgspec.MsgspecError when it cannot be read."""
        if saved:
            self.paths.restore(_decode_saved(saved.encode()), now)

    def heard(self, arrival: Arrival, header: Account | None, source: Source, now: Moment) -> None:
        """A message proved a path alive: that of its header's account, and of those inside its data."""
        if header is not None:
            self._heard(header.account_key, header, arrival, source, now)
        elif account := arrival.account or arrival.inner:
            self._heard(key_for(arrival.receiver, arrival.prefix, account), None, arrival, source, now)
        for signal in arrival.signals:
            if signal.account != arrival.account:
                inner = self._book.find(source.adapter, arrival.receiver, arrival.prefix, signal.account)
                if inner is not None and inner is not header:
                    self._heard(inner.account_key, inner, arrival, source, now)

    def _heard(self, key: str, account: Account | None, arrival: Arrival, source: Source, now: Moment) -> None:
        interval = account.supervision_s if account is not None else None
        rule = account.rule if account is not None else EVERY
        back = self.paths.heard(key, source.adapter, source.protocol, arrival.path, source.peer, now, interval, rule)
        if back:
            self._restored(back)

    def endpoint(self, name: str, protocol: str, error: str, listen: str, open_ones: int, now: Moment) -> None:
        """An endpoint of an adapter cannot be opened (``error``), or can after all (``""``).

        ``open_ones`` is how many endpoints of the adapter are open now: as long as one is, its panels can be heard.
        """
        if error and not open_ones:
            self.paths.adapter_down(name, now)
        elif open_ones:
            self.paths.adapter_up(name, now)
        self._chronicle.event(
            ENDPOINT_LOST if error else ENDPOINT_RESTORED,
            text=error,
            priority=2 if error else 0,
            adapter=name,
            protocol=protocol,
            path=listen,
        )

    def expire(self, now: Moment) -> None:
        """Write down what was lost by now."""
        due = self.paths.next_deadline()
        if due is None or due > now.mono:
            return
        for lost in self.paths.expire(now):
            self._lost(lost)

    def _lost(self, lost: Lost) -> None:
        if lost.whole:
            self._chronicle.event(
                ADAPTER_LOST,
                text=f"nothing is heard of {lost.count} supervised paths",
                priority=2,
                adapter=lost.adapter,
                details={"paths": [str(lost.count)]},
            )
            return
        self._chronicle.event(
            PATH_LOST,
            priority=2,
            adapter=lost.adapter,
            protocol=lost.protocol,
            peer=lost.peer,
            path=lost.path,
            account=lost.account,
            account_key=lost.account_key,
            details=_silence(lost),
        )

    def _restored(self, back: Iterable[Restored]) -> None:
        for one in back:
            silent = {"silent_s": [f"{one.silent_s:.0f}"]} if one.silent_s is not None else {}
            if one.whole:
                self._chronicle.event(ADAPTER_RESTORED, adapter=one.adapter, details={"paths": [str(one.count)]})
            else:
                self._chronicle.event(
                    PATH_RESTORED,
                    adapter=one.adapter,
                    protocol=one.protocol,
                    peer=one.peer,
                    path=one.path,
                    account=one.account,
                    account_key=one.account_key,
                    details=silent,
                )


def _silence(lost: Lost) -> dict[str, list[str]]:
    """How often a lost path should have been heard, how many tests it missed where several may be, and when it was
    heard last; neither where it is not known.
    """
    details = {} if lost.interval_s is None else {"interval_s": [f"{lost.interval_s:g}"]}
    if lost.of > 1:
        details["missed"] = [f"{lost.missed}/{lost.of}"]
    if lost.last_heard is not None:
        details["last_heard"] = [rfc3339(lost.last_heard)]
    return details
