"""Security entries: written at most so often for each peer and kind, with a count of what was left out."""

from __future__ import annotations

from protocols.ends import Source
from protocols.model import Arrival, Moment
from protocols.secrets import masked
from receiver.accounts import Account
from receiver.intake.refusal import Refusal
from receiver.journal.entry import Body, EntryKind, rfc3339
from receiver.journal.writer import Journal
from receiver.quota import Quota

TOTAL_PER_MINUTE = 600
"""Datagrams can claim to come from any host: all hosts together get no more entries than these."""


class SecurityLog:
    """Writes entries of kind security."""

    def __init__(self, node: str, journal: Journal, per: int = 10, window_s: float = 60.0) -> None:
        """``per`` entries of a peer and kind in ``window_s`` seconds."""
        self._node = node
        self._journal = journal
        self._each = Quota(per, window_s)
        self._total = Quota(per=TOTAL_PER_MINUTE)

    def write(self, refusal: Refusal, arrival: Arrival, source: Source, header: Account | None, now: Moment) -> None:
        """Tell of a message, unless too much was told of this peer and kind already."""
        left_out = self._each.allow((source.host, refusal.code), now.mono)
        if left_out is None:
            return
        if self._total.allow(None, now.mono) is None:
            self._each.left_out((source.host, refusal.code), left_out + 1)
            return
        account_key = refusal.account_key or (header.account_key if header is not None else "")
        self._append(
            Body(
                kind=EntryKind.SECURITY,
                node=self._node,
                received_at=rfc3339(now.wall),
                code=refusal.code,
                text=refusal.text,
                adapter=source.adapter,
                protocol=source.protocol,
                peer=source.peer,
                token=arrival.token,
                account=refusal.account or arrival.account,
                account_key=account_key,
                header_account=arrival.account,
                receiver=arrival.receiver,
                prefix=arrival.prefix,
                line=arrival.line,
                sequence=arrival.sequence,
                findings=tuple(finding.id for finding in arrival.findings),
                raw=masked(arrival.raw.decode("latin-1")),
                count=left_out,
            ),
            now,
        )

    def tell_ends(self, now: Moment) -> None:
        """Tell of floods that have ended: how many were left out after the last entry."""
        for quota in (self._each, self._total):
            for key, left_out in quota.overdue(now.mono):
                host, code = key if isinstance(key, tuple) else ("", "security.flood")
                self._append(
                    Body(
                        kind=EntryKind.SECURITY,
                        node=self._node,
                        received_at=rfc3339(now.wall),
                        code=code,
                        text="more of the same, left out by the limit",
                        peer=host,
                        count=left_out,
                    ),
                    now,
                )

    def _append(self, body: Body, now: Moment) -> None:
        self._journal.append((body,), now.wall, None)
