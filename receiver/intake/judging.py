"""What becomes of a message: refused, stale, a duplicate, alive, or on its way to the disk. Asked in this order.

A message that must be stored is *pending* from the moment it is handed to the journal until its commit is known; a
copy that arrives meanwhile waits for the same commit. What the station remembers of it changes with that commit, and
not here.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from msgspec.structs import replace

from protocols.datagram.window import Standing
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Counter, Identity, Moment, Noise, Verdict
from receiver.accounts import Account
from receiver.adapters.line import Line
from receiver.intake.bodies import FindAccount, bodies_of
from receiver.intake.counted import Counted
from receiver.intake.memory import NEW, Identities, Sealed, Seals
from receiver.intake.pending import Pending, Waiting
from receiver.intake.refusal import (
    RADIO_GARBLED,
    RADIO_REPLAYED,
    RADIO_REUSED,
    RENUMBERED,
    REPLAYED,
    STALE,
    STRANGER,
    Refusal,
    RefusedOnLines,
    refusal_of,
)
from receiver.intake.security import SecurityLog
from receiver.intake.unread import Room
from receiver.intake.verdicts import AFTER_STORING, ALWAYS_KEPT, WHEN_REPEATED
from receiver.intake.windows import Windows
from receiver.journal.writer import Journal

NUMBER_REUSED = "message.number-reused"
"""Finding: a sequence number came back over new content; the panel restarted, or its counter is stuck."""

GARBLED = "radio.garbled"
GARBLED_S = 600.0
"""One entry tells of the noise on a channel for so long."""

Heard = Callable[[Arrival, Account | None, Source, Moment], None]
"""Told of every message that proves a path alive."""


class Judge:
    """Judges one message after the other, in the reactor's thread."""

    def __init__(
        self,
        *,
        node: str,
        journal: Journal,
        find: FindAccount,
        heard: Heard,
        stranger: Callable[[Arrival, Source], None],
        identities: Identities,
        seals: Seals,
        windows: Windows,
        counters: Counted,
        late_s: float,
        silent_to_strangers: bool,
        since: float,
        listen_only: Container[str],
    ) -> None:
        """As :class:`receiver.intake.Intake`; identities, seals and windows are what is known of stored messages."""
        self._node = node
        self._journal = journal
        self._find = find
        self._heard = heard
        self._stranger = stranger
        self._late_s = late_s
        self._silent = silent_to_strangers
        self._since = since
        self._listen_only = listen_only
        self._unread = Room()
        self._refused = RefusedOnLines()
        self.identities = identities
        self.seals = seals
        self.windows = windows
        self.counters = counters
        self.pending = Waiting()
        self.security = SecurityLog(node, journal)
        self.garbled = SecurityLog(node, journal, per=1, window_s=GARBLED_S)

    def judge(self, arrival: Arrival, line: Line, now: Moment) -> tuple[Verdict | None, str]:
        """The verdict and why, or (None, "") when the journal has to be waited for."""
        source = line.source
        if arrival.kind is ArrivalKind.ANSWER:
            return Verdict.REFUSED, "answer"
        # Some panels name themselves inside the data only.
        header = self._find(source.adapter, arrival.receiver, arrival.prefix, arrival.account or arrival.inner)
        refusal = refusal_of(arrival, source.adapter, header, self._find, self._silent)
        if header is None and not arrival.refused:
            self._stranger(arrival, source)
        if refusal is not None:
            self.counters.refused += 1
            self.security.write(refusal, arrival, source, header, now)
            heard_once = source.adapter in self._listen_only
            if refusal is STRANGER and heard_once:
                # Another system answers it: here it stops no line, and nothing is taken off anybody's hands.
                return Verdict.REFUSED, refusal.why
            if not self._refused.is_kept(arrival.identity, heard_once=heard_once):
                return Verdict.REFUSED, refusal.why
            if refusal is STRANGER and self._unread.take(source.host, STRANGER, now.mono) is None:
                return Verdict.REFUSED, "not-kept"
            # Its signals are not believed, but it may have been a panic.
            arrival = replace(arrival, kind=ArrivalKind.OPAQUE, signals=())
            return self._to_store(arrival, identity_of(arrival, header), line, header, now)
        if not arrival.timely and arrival.counter is None:
            self.counters.stale += 1
            self.security.write(replace(STALE, account_key=key_of(header)), arrival, source, header, now)
            return Verdict.STALE, ""
        if arrival.counter is not None:
            return self._counted(arrival, arrival.counter, line, header, now)
        identity = identity_of(arrival, header)
        if identity is not None and identity.seal is not None:
            copy = self._copy_of(arrival, identity, line, header, now)
            if copy is not None:
                return copy
        if arrival.kind is ArrivalKind.LINK_TEST:
            self.counters.link_tests += 1
            if identity is not None:
                self.seals.remember(identity, source.host, now.mono)
                if arrival.sent_at is not None and arrival.sent_at < self._since:
                    # Link tests leave nothing in the journal: this may be a recording from before the start.
                    return Verdict.ALIVE, "old-link-test"
            self._heard(arrival, header, source, now)
            return Verdict.ALIVE, ""
        return self._to_store(arrival, identity, line, header, now)

    def _copy_of(
        self, arrival: Arrival, identity: Identity, line: Line, header: Account | None, now: Moment
    ) -> tuple[Verdict | None, str] | None:
        """What to do with an encrypted frame that came before; None when it is new.

        Token and sequence stand outside the encryption, so somebody without the key can alter them: under
        another number it is still the same frame. It raises nothing and proves nothing about the path.
        """
        pending = self.pending.sealed(identity)
        if pending is not None:
            assert pending.known is not None
            known = Sealed(pending.line.source.host, pending.known.number, pending.known.content)
        else:
            sealed = self.seals.get(identity)
            if sealed is None:
                return None
            known = sealed
        if known.host != line.source.host:
            self.security.write(replace(REPLAYED, account_key=key_of(header)), arrival, line.source, header, now)
        elif (known.number, known.content) != (identity.number, identity.content):
            self.security.write(replace(RENUMBERED, account_key=key_of(header)), arrival, line.source, header, now)
        if pending is not None:
            return self._wait_with(pending, arrival, line)
        self.counters.duplicates += 1
        return WHEN_REPEATED[arrival.kind], "same-frame"

    def _counted(
        self, arrival: Arrival, counter: Counter, line: Line, header: Account | None, now: Moment
    ) -> tuple[Verdict | None, str]:
        """What to do with a message that its counter tells from every other one, for ever."""
        pending = self.pending.counted(counter)
        if pending is not None:
            assert pending.arrival.counter is not None
            if pending.arrival.counter.mark == counter.mark:
                return self._wait_with(pending, arrival, line)
            return self._not_believed(RADIO_REUSED, arrival, line, header, now)
        standing = self.windows.ask(counter)
        if standing is Standing.NEW:
            return self._to_store(arrival, None, line, header, now)
        if standing is Standing.SEEN and self.windows.may_repeat(counter):
            # Its acknowledgement was lost, or somebody says it again: it raises nothing and proves nothing.
            self.counters.duplicates += 1
            return WHEN_REPEATED[arrival.kind], "same-counter"
        why = RADIO_REUSED if standing is Standing.DIFFERENT else RADIO_REPLAYED
        return self._not_believed(why, arrival, line, header, now)

    def _not_believed(
        self, refusal: Refusal, arrival: Arrival, line: Line, header: Account | None, now: Moment
    ) -> tuple[Verdict, str]:
        self.counters.refused += 1
        self.security.write(replace(refusal, account_key=key_of(header)), arrival, line.source, header, now)
        return Verdict.REFUSED, refusal.why

    def noise(self, noise: Noise, source: Source, now: Moment) -> None:
        """Bytes that are no message: on a radio channel they are named, for they may be a jammer's."""
        if noise.guess == GARBLED:
            stub = Arrival(raw=noise.raw, protocol=source.protocol, kind=ArrivalKind.OPAQUE)
            self.garbled.write(RADIO_GARBLED, stub, source, None, now)

    def _wait_with(self, pending: Pending, arrival: Arrival, line: Line) -> tuple[Verdict | None, str]:
        """A copy of a message on its way to the disk waits for the same commit."""
        if not self.pending.add_copy(pending, arrival, line):
            return Verdict.NOT_STORED, "too-many-copies"
        return None, ""

    def _to_store(
        self, arrival: Arrival, identity: Identity | None, line: Line, header: Account | None, now: Moment
    ) -> tuple[Verdict | None, str]:
        known = NEW
        beside = False
        left_out: int | None = 0
        if identity is not None:
            known = self.identities.ask(identity, now.mono)
            if known.duplicate:
                self.counters.duplicates += 1
                self.seals.remember(identity, line.source.host, now.mono)
                self._heard(arrival, header, line.source, now)
                return WHEN_REPEATED[arrival.kind], ""
            pending = self.pending.numbered(identity)
            if pending is not None:
                return self._wait_with(pending, arrival, line)
            if identity.number is None or identity.fleeting:
                beside = self.pending.equal(identity)
        counter = arrival.counter
        if counter is None and (arrival.kind not in ALWAYS_KEPT or arrival.unanswered):
            # Nothing is acknowledged here, so what a flood of it leaves out is only counted.
            left_out = self._unread.take(line.source.host, arrival.kind, now.mono)
            if left_out is None:
                unanswered = Verdict.UNSUPPORTED if arrival.unanswered else None
                return unanswered or AFTER_STORING[arrival.kind], "not-kept"
        # A radio unit's sign of life leaves nothing but its counter.
        bodies = (
            ()
            if arrival.kind is ArrivalKind.LINK_TEST
            else bodies_of(
                arrival,
                identity,
                node=self._node,
                adapter=line.source.adapter,
                peer=line.source.peer,
                now=now,
                header=header,
                find=self._find,
                repeat=known.repeat or beside,
                late_s=self._late_s,
                extra_findings=(NUMBER_REUSED,) if known.number_reused else (),
            )
        )
        if left_out:
            bodies = (replace(bodies[0], count=left_out), *bodies[1:])
        pending = Pending(arrival, line, header, now, identity, len(bodies), [])
        self.pending.add(pending)
        self._journal.append(bodies, now.wall, pending, counter)
        return None, ""


def identity_of(arrival: Arrival, header: Account | None) -> Identity | None:
    """The message's identity within its account: the station's name of it, else what the message says.

    Accounts of one number on two adapters are two accounts, and so may be ``0077`` and ``77``.
    """
    identity = arrival.identity
    if identity is None:
        return None
    scope = header.account_key if header is not None else "?" + identity.scope
    return Identity(
        scope=scope,
        number=identity.number,
        content=identity.content,
        seal=identity.seal,
        fleeting=identity.fleeting,
    )


def key_of(account: Account | None) -> str:
    """The station's name of an account; ``""`` for one that nobody entered."""
    return "" if account is None else account.account_key
