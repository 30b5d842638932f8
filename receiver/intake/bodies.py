"""From an arrival to the bodies of its entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from msgspec.structs import replace

from protocols import catalogue
from protocols.model import Arrival, ArrivalKind, Identity, Moment, Protection, Qualifier, Scheme, Signal
from protocols.secrets import is_key, masked
from receiver.accounts import Account, key_for
from receiver.journal.entry import Body, EntryKind, rfc3339

FindAccount = Callable[[str, str | None, str | None, str], Account | None]

_NO_SIGNAL = Signal(account="", scheme=cast(Scheme, ""), code="", qualifier=cast(Qualifier, ""))
_UNEVENTFUL = 4
"""Priority of a message that could tell of nothing that happened: kept as unread, and rings nobody."""
_NO_EVENT = catalogue.Event(scheme="", code="", category="", subject="", priority=0, names=("", "", ""))
"""What stands for a message in which no event could be read."""


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
    """One body per signal; of kind ``unread`` where no event could be read, whatever else the message said.

    What adds to an earlier message is of kind ``amendment``, and names the entry that it adds to.
    ``header`` is the account of the header, if known; ``find`` looks up the account of a signal that names
    another one. A signal is late when the panel marks it as old, or says that it happened ``late_s`` or more
    before it was sent.
    """
    signals = arrival.signals
    kind, amends = EntryKind.SIGNAL, 0
    if not signals:
        kind = EntryKind.UNREAD
        signals = (replace(_NO_SIGNAL, account=arrival.account),)
    elif arrival.kind is ArrivalKind.AMENDMENT:
        kind = EntryKind.AMENDMENT
        amends = arrival.amends.entry if arrival.amends is not None else 0
        # Equal texts may belong to different events; each stands with its own.
        repeat = repeat and not amends
    elif arrival.kind is not ArrivalKind.EVENT:
        # What such a message says of itself is shown with it, and is nothing that happened.
        kind = EntryKind.UNREAD
        scheme, qualifier = _NO_SIGNAL.scheme, _NO_SIGNAL.qualifier
        signals = tuple([replace(signal, scheme=scheme, qualifier=qualifier, code="") for signal in signals])
    findings = (
        tuple([finding.id for finding in arrival.findings]) + extra_findings if arrival.findings else extra_findings
    )
    quiet = _UNEVENTFUL if kind is EntryKind.UNREAD and arrival.uneventful else 0
    received_at = rfc3339(now.wall)
    sent_at = _time(arrival.sent_at)
    encrypted = arrival.protection is not Protection.NONE
    result: list[Body] = []
    for signal in signals:
        # What belongs to the message stands in its first entry: a small message with many events must not fill
        # the disk.
        first = not result
        account = signal.account
        found = header if account == arrival.account else find(adapter, arrival.receiver, arrival.prefix, account)
        event = catalogue.find(signal.scheme, signal.code) if signal.code else _NO_EVENT
        occurred = signal.occurred_at
        late, age_s = _lateness(signal, arrival, now, late_s) if occurred is not None else (signal.old, 0.0)
        by_number = first and identity is not None
        result.append(
            Body(
                kind=kind,
                node=node,
                received_at=received_at,
                adapter=adapter,
                protocol=arrival.protocol,
                peer=peer,
                token=arrival.token,
                account=account,
                account_key=key_for(arrival.receiver, arrival.prefix, account) if found is None else found.account_key,
                header_account=arrival.account,
                receiver=arrival.receiver,
                prefix=arrival.prefix,
                line=arrival.line,
                sequence=arrival.sequence,
                path=arrival.path,
                scheme=signal.scheme,
                code=signal.code,
                qualifier=signal.qualifier,
                category=event.category,
                priority=quiet or event.priority,
                partition=signal.partition,
                subject=signal.subject,
                number=signal.number,
                user=signal.user,
                text=signal.text,
                amends=amends,
                occurred_at=sent_at if occurred == arrival.sent_at else _time(occurred),
                sent_at=sent_at,
                details=signal.details,
                extended=_keyless(signal.extended) if first else {},
                latitude=signal.latitude,
                longitude=signal.longitude,
                url=signal.url,
                encrypted=encrypted,
                repeat=repeat,
                late=late,
                age_s=age_s,
                unknown=found is None,
                findings=findings,
                raw=_raw(arrival) if first else "",
                plain=masked(arrival.plain.decode("latin-1")) if first and arrival.plain else "",
                scope=identity.scope if by_number else "",  # type: ignore[union-attr]
                # A number that an end gave says nothing after a restart, and must not meet another one then.
                number_of_message=identity.number if by_number and not identity.fleeting else None,  # type: ignore[union-attr]
                content=identity.content.hex() if by_number else "",  # type: ignore[union-attr]
                seal=identity.seal.hex() if by_number and identity.seal else "",  # type: ignore[union-attr]
            )
        )
    return tuple(result)


def _keyless(extended: dict[str, list[str]]) -> dict[str, list[str]]:
    if not any(map(is_key, extended)):
        return extended
    return {
        letter: ["*" * len(value) for value in values] if is_key(letter) else values
        for letter, values in extended.items()
    }


def _lateness(signal: Signal, arrival: Arrival, now: Moment, late_s: float) -> tuple[bool, float]:
    """Whether the signal is late, and its age in seconds by the panel's word.

    The age is measured on the panel's own clock where its message has a time stamp, so that a clock that is
    merely wrong does not make an alarm of this moment look old.
    """
    assert signal.occurred_at is not None
    reference = arrival.sent_at if arrival.sent_at is not None else now.wall
    age = reference - signal.occurred_at
    if signal.old:
        return True, round(max(age, now.wall - signal.occurred_at, 0.0), 1)
    if age >= late_s:
        return True, round(age, 1)
    return False, 0.0


def _raw(arrival: Arrival) -> str:
    """The bytes of a message; what was sealed as a whole holds no secret, and must stay what it is to be explained."""
    raw = arrival.raw.decode("latin-1")
    return raw if arrival.counter is not None else masked(raw)
