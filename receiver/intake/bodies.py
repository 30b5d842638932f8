"""From an arrival to the bodies of its entries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from protocols import catalogue
from protocols.model import Arrival, Identity, Moment, Protection, Signal
from receiver.accounts import Account, key_for
from receiver.journal.entry import Body, EntryKind, rfc3339

FindAccount = Callable[[str, str | None, str | None, str], Account | None]

ONCE: dict[str, Any] = {"raw": "", "plain": "", "scope": "", "number_of_message": None, "content": "", "seal": ""}
"""What stands only in the first entry of a message: a small message with many events must not fill the disk."""

_KEY_FIELD = re.compile(r"\[K([0-9A-Fa-f]+)")


def masked(text: str) -> str:
    """The text with the digits of any key in it (extended data K) overwritten."""
    if "[K" not in text:
        return text
    return _KEY_FIELD.sub(lambda found: "[K" + "*" * len(found.group(1)), text)


def _time(at: float | None) -> str | None:
    if at is None:
        return None
    try:
        return rfc3339(at)
    except ValueError:
        return None


def bodies_of(
    arrival: Arrival,
    identity: Identity | None,
    *,
    node: str,
    adapter: str,
    peer: str,
    now: Moment,
    header: Account | None,
    find: FindAccount,
    repeat: bool,
    late_s: float = 60.0,
    extra_findings: tuple[str, ...] = (),
) -> tuple[Body, ...]:
    """One body per signal; one of kind ``unread`` when there is no signal.

    ``header`` is the account of the header, if known; ``find`` looks up the account of a signal that names
    another one. A signal is late when the panel marks it as old, or says that it happened ``late_s`` or more
    before it was sent.
    """
    message = _message(arrival, identity, node, adapter, peer, now, repeat, extra_findings)

    def whose(account: str) -> tuple[str, bool]:
        found = header if account == arrival.account else find(adapter, arrival.receiver, arrival.prefix, account)
        if found is None:
            return key_for(arrival.receiver, arrival.prefix, account), True
        return found.account_key, False

    if not arrival.signals:
        account_key, unknown = whose(arrival.account)
        return (
            Body(
                kind=EntryKind.UNREAD,
                account=arrival.account,
                account_key=account_key,
                unknown=unknown,
                **message,
            ),
        )
    result: list[Body] = []
    for signal in arrival.signals:
        account_key, unknown = whose(signal.account)
        event = catalogue.find(signal.scheme, signal.code)
        late, age_s = _lateness(signal, arrival, now, late_s)
        # Extended data belongs to the message: it stands in its first entry.
        extended = {} if result else signal.extended
        if "K" in extended:
            extended = {**extended, "K": ["*" * len(value) for value in extended["K"]]}
        if result:
            message = {**message, **ONCE}
        result.append(
            Body(
                kind=EntryKind.SIGNAL,
                account=signal.account,
                account_key=account_key,
                scheme=signal.scheme,
                code=signal.code,
                qualifier=signal.qualifier,
                category=event.category,
                priority=event.priority,
                partition=signal.partition,
                subject=signal.subject,
                number=signal.number,
                user=signal.user,
                text=signal.text,
                occurred_at=_time(signal.occurred_at),
                details=signal.details,
                extended=extended,
                latitude=signal.latitude,
                longitude=signal.longitude,
                url=signal.url,
                late=late,
                age_s=age_s,
                unknown=unknown,
                **message,
            )
        )
    return tuple(result)


def _message(
    arrival: Arrival,
    identity: Identity | None,
    node: str,
    adapter: str,
    peer: str,
    now: Moment,
    repeat: bool,
    extra_findings: tuple[str, ...],
) -> dict[str, Any]:
    """The fields of a body that are the same for all entries of a message."""
    findings = extra_findings
    if arrival.findings:
        findings = tuple(finding.id for finding in arrival.findings) + extra_findings
    fields: dict[str, Any] = {
        "node": node,
        "received_at": rfc3339(now.wall),
        "adapter": adapter,
        "protocol": arrival.protocol,
        "peer": peer,
        "token": arrival.token,
        "header_account": arrival.account,
        "receiver": arrival.receiver,
        "prefix": arrival.prefix,
        "sequence": arrival.sequence,
        "path": arrival.path,
        "sent_at": _time(arrival.sent_at),
        "encrypted": arrival.protection is not Protection.NONE,
        "repeat": repeat,
        "findings": findings,
        "raw": masked(arrival.raw.decode("latin-1")),
        "plain": masked(arrival.plain.decode("latin-1")),
    }
    if identity is not None:
        fields["scope"] = identity.scope
        fields["number_of_message"] = identity.number
        fields["content"] = identity.content.hex()
        if identity.seal is not None:
            fields["seal"] = identity.seal.hex()
    return fields


def _lateness(signal: Signal, arrival: Arrival, now: Moment, late_s: float) -> tuple[bool, float]:
    """Whether the signal is late, and its age in seconds by the panel's word.

    The age is measured on the panel's own clock where its message has a time stamp, so that a clock that is
    merely wrong does not make an alarm of this moment look old.
    """
    if signal.occurred_at is None:
        return signal.old, 0.0
    reference = arrival.sent_at if arrival.sent_at is not None else now.wall
    age = reference - signal.occurred_at
    if signal.old:
        return True, round(max(age, now.wall - signal.occurred_at, 0.0), 1)
    if age >= late_s:
        return True, round(age, 1)
    return False, 0.0
