"""What the desk knows of one alarm. Times are RFC 3339 in UTC, as the journal writes them.

The records are live: the desk changes them as entries come. Whoever is handed one reads it and does not
write to it; who needs a state that stays copies it (encoding it to JSON does).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

from msgspec import Struct

from receiver.journal.entry import Body, Entry

LATEST_MAX = 50
"""Journal ids kept of the entries that joined an alarm."""
CONDITIONS_MAX = 50
"""Different conditions followed in one alarm."""
TEXT_MAX = 1000
"""Characters of what was added to a text that are kept; the journal has all of it."""

_ENDS = {
    "disk.recovered": "disk.low",
    "source.heard": "source.silent",
    "source.removed": "source.silent",
    "endpoint.removed": "endpoint.lost",
    "adapter.removed": "adapter.lost",
    "radio.level.restored": "radio.level.low",
    "radio.clear": "radio.jammed",
    "radio.keys-restored": "radio.keys-lost",
}
"""Station events that end another one, which their names alone do not tell."""

Pairs = Callable[[str, str, str, str], bool]
"""``(scheme, code, restore code, restore's scheme) -> bool``: whether the second code tells the end of the first."""


class Restoration(StrEnum):
    """How many of an alarm's conditions have ended."""

    NO = "no"
    PARTLY = "partly"
    ALL = "all"


class Condition(Struct):
    """One thing that was reported in an alarm: a code at a place."""

    scheme: str
    code: str
    """Event code; empty for a message without a readable event."""
    partition: str
    subject: str
    number: str
    priority: int
    since: str
    """``received_at`` of its first report."""
    last_at: str = ""
    """``received_at`` of its newest report."""
    last: int = 0
    """Journal id of its newest report."""
    count: int = 1
    """How often it was reported."""
    late: bool = False
    """Its first report had been buffered, or was sent late."""
    age_s: float = 0.0
    """How old that report was when it came, in seconds."""
    occurred_at: str | None = None
    """When it happened by the panel's word."""
    restored_at: str | None = None
    """``received_at`` of the restore; None while the condition lasts."""
    added: str = ""
    """Text that was added to its reports afterwards (entries of kind ``amendment``)."""


class Alarm(Struct, kw_only=True):
    """The operators' piece of work that one or more entries opened.

    The fields from ``signal`` to ``text`` show the most urgent entry so far, the first one among equals.
    """

    id: int
    """Journal id of the entry that opened it."""
    account: str
    account_key: str
    """The desk's name of the account. An action about this alarm carries it in ``Body.account_key``."""
    opened_at: str
    occurred_at: str | None = None
    """When it happened by the panel's word."""
    late: bool = False
    """The opening signal had been buffered, or was sent late."""
    age_s: float = 0.0
    """How old the opening signal was when it came, in seconds."""
    unknown: bool = False
    """The account is not in the accounts list."""

    rang: int = 0
    """Journal id of the entry that made it ring last."""
    signal: int = 0
    """Journal id of the entry shown."""
    kind: str = ""
    """Kind of the entry shown: ``signal``, ``unread``, ``station``."""
    adapter: str = ""
    priority: int = 2
    """1 or 2."""
    scheme: str = ""
    code: str = ""
    qualifier: str = ""
    category: str = ""
    partition: str = ""
    subject: str = ""
    number: str = ""
    user: str = ""
    text: str = ""
    """What the panel sent with it, and what was added to that afterwards."""

    ringing: bool = True
    rings: int = 1
    """How many times it began to ring."""
    seen_by: str = ""
    """Who saw it last. While ``ringing`` this is history: something came after that."""
    seen_unverified: bool = False
    """The name in ``seen_by`` is the caller's word (``Body.unverified``)."""
    seen_at: str | None = None
    seen_to: int = 0
    """Journal id up to which somebody has seen what came; 0: nothing of it. Ids say it, not times: clocks jump."""
    signals: int = 0
    """How many entries it is made of, context and restores included."""
    unread: int = 0
    """How many of them were messages without a readable event."""
    last_at: str = ""
    """``received_at`` of the newest of them."""
    latest: list[int] = []
    """Journal ids of the newest of them, oldest first, at most 50."""
    conditions: list[Condition] = []
    """What was reported, oldest first, at most 50."""
    more_conditions: int = 0
    """Reports of further conditions that are not followed."""
    restored: Restoration = Restoration.NO
    restored_at: str | None = None
    """``received_at`` of the newest restore that belonged to it."""

    closed: bool = False
    closed_by: str = ""
    closed_unverified: bool = False
    """The same of ``closed_by``."""
    closed_at: str | None = None
    note: str = ""
    """What the operator wrote when closing it."""

    def join(self, entry: Entry) -> None:
        """Count an entry in."""
        self.signals += 1
        self.last_at = entry.body.received_at
        self.latest.append(entry.id)
        if len(self.latest) > LATEST_MAX:
            del self.latest[0]

    def show(self, entry: Entry, priority: int) -> None:
        """Make an entry the one that is shown."""
        body = entry.body
        self.signal = entry.id
        self.kind = body.kind
        self.adapter = body.adapter
        self.priority = priority
        self.scheme = body.scheme
        self.code = body.code
        self.qualifier = body.qualifier
        self.category = body.category
        self.partition = body.partition
        self.subject = body.subject
        self.number = body.number
        self.user = body.user
        self.text = body.text

    def report(self, entry: Entry, priority: int) -> None:
        """Note that a condition was reported, for the first time or again."""
        body = entry.body
        scheme, code, partition, number = place_of(body)
        for condition in self.conditions:
            if (
                condition.code == code
                and condition.number == number
                and condition.partition == partition
                and condition.scheme == scheme
            ):
                condition.count += 1
                condition.last_at = body.received_at
                condition.last = entry.id
                if condition.restored_at is None:
                    return
                condition.restored_at = None
                break
        else:
            if len(self.conditions) < CONDITIONS_MAX:
                self.conditions.append(
                    Condition(
                        scheme=scheme,
                        code=code,
                        partition=partition,
                        subject=body.subject,
                        number=number,
                        priority=priority,
                        since=body.received_at,
                        last_at=body.received_at,
                        last=entry.id,
                        late=body.late,
                        age_s=body.age_s,
                        occurred_at=body.occurred_at,
                    )
                )
            else:
                self.more_conditions += 1
        self._count_restored()

    def amend(self, body: Body) -> None:
        """Add the text of an amendment to what its entry is shown with. It counts as nothing that happened."""
        if self.signal == body.amends:
            self.text = _with(self.text, body.text)
        place = place_of(body)
        for condition in self.conditions:
            if (condition.scheme, condition.code, condition.partition, condition.number) == place:
                condition.added = _with(condition.added, body.text)

    def restore(self, body: Body, pairs: Pairs) -> None:
        """Note that the conditions an entry names have ended. What it names may be unknown here."""
        scheme, code, partition, number = place_of(body)
        found = False
        for condition in self.conditions:
            if (
                condition.restored_at is None
                and condition.number == number
                and condition.partition == partition
                and pairs(condition.scheme, condition.code, code, scheme)
            ):
                condition.restored_at = body.received_at
                found = True
        if found:
            self.restored_at = body.received_at
            self._count_restored()

    def _count_restored(self) -> None:
        ended = sum(condition.restored_at is not None for condition in self.conditions)
        if ended == 0:
            self.restored = Restoration.NO
        elif ended < len(self.conditions) or self.more_conditions:
            self.restored = Restoration.PARTLY
        else:
            self.restored = Restoration.ALL


class Change(Struct, frozen=True):
    """An alarm that is not as it was: how it is now."""

    id: int
    alarm: Alarm
    closed: bool
    """It is off the list; ``alarm`` is its last state."""


def place_of(body: Body) -> tuple[str, str, str, str]:
    """Scheme, code, partition and number that name a condition. A path of supervision is a place too."""
    if body.kind == "station":
        return "", body.code, f"{body.adapter}/{body.protocol}", body.path
    return body.scheme, body.code, body.partition, body.number


def troubles(alarms: Iterable[Alarm], code: str) -> set[tuple[str, str, str]]:
    """What lasts of a kind of the station's own troubles: adapter, protocol and path of each."""
    return {
        (*condition.partition.rpartition("/")[::2], condition.number)
        for alarm in alarms
        for condition in alarm.conditions
        if condition.code == code and not condition.scheme and condition.restored_at is None
    }


def _with(text: str, added: str) -> str:
    """A text and what is added to it, once; as it is where there is no more room."""
    if not text:
        return added[:TEXT_MAX]
    joined = f"{text}; {added}"
    return text if added in text or len(joined) > TEXT_MAX else joined


def account_of(body: Body) -> str:
    """The desk's name of an entry's account."""
    if body.account_key:
        return body.account_key
    if body.account:
        return f"?R{body.receiver or ''}L{body.prefix or ''}#{body.account}"
    return f"@{body.adapter}"


def is_restore(body: Body) -> bool:
    """SIA tells restores by their codes, Contact ID by the qualifier."""
    return body.qualifier == "restore" or body.category == "restore"


def station_pairs(scheme: str, lost: str, restored: str, _scheme: str) -> bool:
    """``Pairs`` for the station's own events: ``path.lost`` and ``path.restored``, ``disk.low`` and its end."""
    if scheme:
        return False
    return _ENDS.get(restored) == lost or lost.removesuffix(".lost") == restored.removesuffix(".restored")


def ends_station(code: str) -> bool:
    """Whether a station event tells the end of another one."""
    return code.endswith(".restored") or code in _ENDS
