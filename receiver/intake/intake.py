"""The verdict on every arrival: refused, stale, duplicate, alive, or stored once the journal says so.

Everything here runs in the reactor's thread. A message that must be stored is *pending* from the moment it
is handed to the journal until its commit is known; a copy that arrives meanwhile waits for the same commit.
What the station remembers changes only when that commit is done.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace
from twisted.logger import Logger

from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Identity, Moment, Noise, Verdict
from receiver.accounts import Account
from receiver.adapters.line import Line
from receiver.intake.bodies import FindAccount, bodies_of
from receiver.intake.memory import NEW, Identities, Sealed, Seals
from receiver.intake.pending import Pending, Waiting
from receiver.intake.refusal import RENUMBERED, REPLAYED, STALE, STRANGER, RefusedOnLines, refusal_of
from receiver.intake.security import SecurityLog
from receiver.intake.verdicts import ACKNOWLEDGED, AFTER_STORING, ALWAYS_KEPT, STRANGERS_WHY, WHEN_REPEATED, WHY
from receiver.journal.entry import Entry, EntryKind
from receiver.journal.writer import Journal
from receiver.quota import Quota

NUMBER_REUSED = "message.number-reused"
"""Finding: a sequence number came back over new content; the panel restarted, or its counter is stuck."""

UNREAD_PER_MINUTE = 600
"""Unreadable messages that get no ACK, from all hosts together: datagrams can claim to come from any."""


class Watcher(Protocol):
    """Who watches the wire: told of every verdict."""

    def verdict(self, source: Source, arrival: Arrival, verdict: Verdict, answer: str, why: str) -> None:
        """A verdict was given; ``answer`` is the token answered or ``""``."""

    def noise(self, source: Source, noise: Noise) -> None:
        """Bytes came that are not a message."""

    def note(self, source: Source, text: str) -> None:
        """Something else worth telling."""


Heard = Callable[[Arrival, Account | None, Source, Moment], None]
"""Told of every message that proves a path alive."""


class Counted(Struct):
    """What the intake counted since the start."""

    arrivals: int = 0
    stored: int = 0
    link_tests: int = 0
    duplicates: int = 0
    refused: int = 0
    stale: int = 0
    not_stored: int = 0
    unread: int = 0
    noise: int = 0
    dropped: int = 0


class Intake:
    """Takes arrivals from lines, gives them to the journal, gives verdicts back."""

    _log = Logger()

    def __init__(
        self,
        *,
        node: str,
        journal: Journal,
        find: FindAccount,
        watcher: Watcher,
        heard: Heard,
        stranger: Callable[[Arrival, Source], None],
        duplicate_s: float = 300.0,
        late_s: float = 60.0,
        silent_to_strangers: bool = False,
        queue: int = 20_000,
        since: float = 0.0,
        listen_only: Container[str] = (),
    ) -> None:
        """``since`` is when the station started, seconds since the epoch.

        ``listen_only`` names the adapters on which nothing is ever answered.
        """
        self._node = node
        self._journal = journal
        self._find = find
        self._watcher = watcher
        self._heard = heard
        self._stranger = stranger
        self._late_s = late_s
        self._silent = silent_to_strangers
        self._limit = queue
        self._since = since
        self._listen_only = listen_only
        self._waiting: dict[Line, None] = {}
        self._pending = Waiting()
        self._unread = Quota()
        self._unread_total = Quota(per=UNREAD_PER_MINUTE)
        self._security = SecurityLog(node, journal)
        self._refused = RefusedOnLines()
        self.identities = Identities(duplicate_s)
        self.seals = Seals()
        self.counters = Counted()
        self.full = False

    # From the lines

    def opened(self, line: Line, now: Moment) -> None:
        """A connection stands."""
        self._watcher.note(line.source, "connected")

    def closed(self, line: Line, now: Moment, why: str) -> None:
        """A connection is gone. What is pending for it is stored all the same."""
        self._waiting.pop(line, None)
        self._watcher.note(line.source, f"disconnected: {why}")

    def wait_for_room(self, line: Line) -> None:
        """Resume this line when there is room."""
        self._waiting[line] = None

    def dropped(self, source: Source, size: int, why: str) -> None:
        """Bytes were thrown away unread."""
        self.counters.dropped += 1
        self._watcher.note(source, why)

    def handle(self, items: Sequence[Arrival | Noise], line: Line, now: Moment) -> None:
        """Take what an end read; give the verdicts that need no disk at once."""
        for item in items:
            if type(item) is Noise:
                self.counters.noise += 1
                self._watcher.noise(line.source, item)
                continue
            assert isinstance(item, Arrival)
            self.counters.arrivals += 1
            try:
                verdict, why = self._judge(item, line, now)
            except Exception:
                # A fault of ours with one message: it gets no answer, and those beside it get theirs.
                self._log.failure("a message from {peer} could not be judged", peer=line.source.peer)
                verdict, why = Verdict.NOT_STORED, "fault"
            if verdict is not None:
                self._settle(item, line, verdict, now, why)

    def _settle(self, arrival: Arrival, line: Line, verdict: Verdict, now: Moment, why: str = "") -> None:
        line.end.decide(arrival, verdict, now)
        if verdict in ACKNOWLEDGED:
            line.proven = True
        answer = line.end.answer(arrival)
        self._watcher.verdict(line.source, arrival, verdict, answer, why or WHY[verdict])

    # The verdict

    def _judge(self, arrival: Arrival, line: Line, now: Moment) -> tuple[Verdict | None, str]:
        """The verdict and why, or (None, "") when the journal has to be waited for."""
        source = line.source
        if arrival.kind is ArrivalKind.ANSWER:
            return Verdict.REFUSED, "answer"
        # Some panels name themselves inside the data only.
        header = self._find(source.adapter, arrival.receiver, arrival.prefix, arrival.account or arrival.inner)
        refusal = refusal_of(arrival, source.adapter, header, self._find, self._silent)
        if header is None:
            self._stranger(arrival, source)
        if refusal is not None:
            self.counters.refused += 1
            self._security.write(refusal, arrival, source, header, now)
            heard_once = source.adapter in self._listen_only
            if refusal is STRANGER and heard_once:
                # Another system answers it: here it stops no line, and nothing is taken off anybody's hands.
                return Verdict.REFUSED, refusal.why
            if not self._refused.is_kept(arrival.identity, heard_once=heard_once):
                return Verdict.REFUSED, refusal.why
            if refusal is STRANGER and not self._has_room_for_unread(source.host, now):
                return Verdict.REFUSED, "not-kept"
            # Its signals are not believed, but it may have been a panic.
            arrival = replace(arrival, kind=ArrivalKind.OPAQUE, signals=())
            return self._to_store(arrival, _identity(arrival, header), line, header, now)
        if not arrival.timely:
            self.counters.stale += 1
            self._security.write(replace(STALE, account_key=_key_of(header)), arrival, source, header, now)
            return Verdict.STALE, ""
        identity = _identity(arrival, header)
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
        pending = self._pending.sealed(identity)
        if pending is not None:
            assert pending.known is not None
            known = Sealed(pending.line.source.host, pending.known.number, pending.known.content)
        else:
            sealed = self.seals.get(identity)
            if sealed is None:
                return None
            known = sealed
        if known.host != line.source.host:
            self._security.write(replace(REPLAYED, account_key=_key_of(header)), arrival, line.source, header, now)
        elif (known.number, known.content) != (identity.number, identity.content):
            self._security.write(replace(RENUMBERED, account_key=_key_of(header)), arrival, line.source, header, now)
        if pending is not None:
            return self._wait_with(pending, arrival, line)
        self.counters.duplicates += 1
        return WHEN_REPEATED[arrival.kind], "same-frame"

    def _wait_with(self, pending: Pending, arrival: Arrival, line: Line) -> tuple[Verdict | None, str]:
        """A copy of a message on its way to the disk waits for the same commit."""
        if not self._pending.add_copy(pending, arrival, line):
            return Verdict.NOT_STORED, "too-many-copies"
        self._count()
        return None, ""

    def _count(self) -> None:
        self.full = self._pending.rows >= self._limit

    def _has_room_for_unread(self, host: str, now: Moment) -> bool:
        """Whether one more message of somebody nobody entered may be kept: they can be made up without end."""
        return (
            self._unread.allow((host, STRANGER), now.mono) is not None
            and self._unread_total.allow(None, now.mono) is not None
        )

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
            pending = self._pending.numbered(identity)
            if pending is not None:
                return self._wait_with(pending, arrival, line)
            if identity.number is None or identity.fleeting:
                beside = self._pending.equal(identity)
        if arrival.kind not in ALWAYS_KEPT:
            # Nothing is acknowledged here, so what a flood of it leaves out is only counted.
            left_out = self._unread.allow((line.source.host, arrival.kind), now.mono)
            if left_out is not None and self._unread_total.allow(None, now.mono) is None:
                self._unread.left_out((line.source.host, arrival.kind), left_out + 1)
                left_out = None
            if left_out is None:
                return AFTER_STORING[arrival.kind], "not-kept"
        bodies = bodies_of(
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
        if left_out:
            bodies = (replace(bodies[0], count=left_out), *bodies[1:])
        pending = Pending(arrival, line, header, now, identity, len(bodies), [])
        self._pending.add(pending)
        self._count()
        self._journal.append(bodies, now.wall, pending)
        return None, ""

    # From the journal

    def settle(self, settled: Iterable[tuple[Any, tuple[Entry, ...] | None]], now: Moment) -> None:
        """A commit is known: remember what was stored, give the verdicts, let the lines write once each."""
        touched: dict[Line, None] = {}
        for pending, entries in settled:
            if not isinstance(pending, Pending):
                continue
            self._pending.remove(pending)
            try:
                self._settle_pending(pending, entries, now)
            except Exception:
                self._log.failure("a message from {peer} could not be settled", peer=pending.line.source.peer)
            touched[pending.line] = None
            for _, line in pending.copies:
                touched[line] = None
        self._count()
        for line in touched:
            line.flush()
        if self._waiting and not self.full:
            waiting, self._waiting = self._waiting, {}
            for line in waiting:
                line.resume()

    def _settle_pending(self, pending: Pending, entries: tuple[Entry, ...] | None, now: Moment) -> None:
        arrival, identity = pending.arrival, pending.known
        stored = entries is not None
        if entries:
            for one in (arrival, *[copy for copy, _ in pending.copies]):
                if one.kept is not None:
                    # Before the verdict: what adds to the message may follow at once.
                    one.kept.entry = entries[-1].id
        if stored:
            if identity is not None:
                self.identities.remember(identity, pending.now.mono)
                self.seals.remember(identity, pending.line.source.host, pending.now.mono)
            self.counters.stored += 1
            if entries and entries[0].body.kind is EntryKind.UNREAD:
                self.counters.unread += 1
        else:
            self.counters.not_stored += 1
        verdict = AFTER_STORING[arrival.kind] if stored else Verdict.NOT_STORED
        why = STRANGERS_WHY if pending.header is None and verdict is Verdict.STORED else ""
        self._settle(arrival, pending.line, verdict, now, why)
        for copy, line in pending.copies:
            self.counters.duplicates += stored
            self._settle(copy, line, WHEN_REPEATED[copy.kind] if stored else Verdict.NOT_STORED, now)
        if stored:
            self._heard(arrival, pending.header, pending.line.source, pending.now)

    def remember(self, entry: Entry, now: Moment) -> None:
        """An entry of before the restart (or one found again after disk trouble), oldest first."""
        body = entry.body
        if entry.id != entry.arrival or not body.content:
            return
        # With a clock that is behind, an entry of before the start seems to lie ahead.
        at = min(now.mono, now.mono - (now.wall - entry.received_us / 1e6))
        identity = Identity(
            scope=body.scope,
            number=body.number_of_message,
            content=bytes.fromhex(body.content),
            seal=bytes.fromhex(body.seal) if body.seal else None,
        )
        self.identities.remember(identity, at)
        self.seals.remember(identity, body.peer.rpartition(":")[0].strip("[]"), at)

    def sweep(self, now: Moment) -> None:
        """Let go of what is too old to matter, and tell the end of a flood. Call it now and then."""
        self.identities.sweep(now.mono)
        self._security.tell_ends(now)

    def close(self) -> None:
        """Take nothing more; what was taken is still settled."""
        self._limit = 0
        self.full = True

    @property
    def queued(self) -> int:
        """Entries, and copies of messages, on their way to the disk."""
        return self._pending.rows


def _identity(arrival: Arrival, header: Account | None) -> Identity | None:
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


def _key_of(account: Account | None) -> str:
    return "" if account is None else account.account_key
