"""Whether the station is there, and how old is what is shown. Moments are monotonic seconds, passed in.

Two streams must be alive for the console to be: the journal's and the alarms'. The older contact counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

STREAMS = ("journal", "alarms")
SILENCE_S = 16.0
"""The station says something every 5 seconds: three times nothing, and it is frozen or gone."""
BEHIND_S = 3.0
"""What is under way for less than this is no lag."""
FAULT_STAYS_S = 60.0
"""How long a fault of the console itself is spoken of after it was met last."""


class Connection(StrEnum):
    """How the console and its station stand."""

    CONNECTING = "connecting"
    """Nothing was heard yet."""
    UP = "up"
    DOWN = "down"
    """Nothing on the screen is known to be true now."""


class Health:
    """What is known of the connection."""

    def __init__(self, now: float = 0.0) -> None:
        self.why = ""
        """Id of the words (domain ``console``) for the last break; blank where there was none."""
        self.values: Mapping[str, str] = {}
        """What stands in the places of those words."""
        self.trouble: str = ""
        """The disk's error, blank while entries are stored. While it is not, nothing is acknowledged."""
        self.trouble_since: str | None = None
        self.stalled = False
        """A commit has been running for long."""
        self.last_id = 0
        """The newest entry that the station has told of."""
        self.behind = 0
        """Entries up to there that are not held: being fetched, or still to come."""
        self._faults: dict[str, tuple[str, float]] = {}
        self._since = now
        self._contacts: dict[str, float] = {}
        self._up: set[str] = set()
        self._down = False
        self._behind_since: float | None = None
        self._clock: tuple[datetime, float] | None = None

    # What the feed tells

    def contact(self, mono: float, stream: str = "journal") -> None:
        """Something was heard on a stream."""
        self._contacts[stream] = mono
        if self._down and self._up.issuperset(STREAMS) and self.age_s(mono) <= SILENCE_S:
            self._down = False
            self.why, self.values = "", {}

    def up(self, stream: str, mono: float) -> None:
        """A stream said hello."""
        self._up.add(stream)
        self.contact(mono, stream)

    def down(self, stream: str, why: str, values: Mapping[str, str] | None = None) -> None:
        """A stream broke off, or could not be begun."""
        if stream in STREAMS:
            self._up.discard(stream)
            self._down = True
            self.why, self.values = why, values or {}

    def check(self, mono: float) -> bool:
        """Take long silence for what it is, whatever the connections say. Whether that is new."""
        if self._down or self.age_s(mono) <= SILENCE_S:
            return False
        self._down = True
        self.why, self.values = "tail.silent", {"seconds": f"{SILENCE_S:.0f}"}
        return True

    def fault(self, part: str, error: BaseException, mono: float) -> None:
        """A part of the console failed, by a fault of the program: what it shows may be untrue."""
        self._faults[part] = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__, mono

    def told_time(self, now: str, mono: float) -> None:
        """The station's clock, RFC 3339; nonsense is passed over."""
        try:
            self._clock = datetime.fromisoformat(now).astimezone(UTC), mono
        except (ValueError, OverflowError):
            return

    def told_last(self, last_id: int, newest: int, missing: int, mono: float) -> None:
        """The newest entry there is, the newest held or known of here, and how many below that are being fetched.

        What was told before is not forgotten by a smaller number: ``last_id`` is set to 0 for another journal.
        """
        self.last_id = max(self.last_id, last_id, newest)
        self.behind = max(0, self.last_id - newest) + missing
        if not self.behind:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = mono

    # What pages read

    def faults(self, mono: float) -> dict[str, str]:
        """Parts of the console that failed of late, and why."""
        return {part: why for part, (why, at) in self._faults.items() if mono - at < FAULT_STAYS_S}

    @property
    def state(self) -> Connection:
        """How it stands."""
        if self._down:
            return Connection.DOWN
        return Connection.UP if self._up.issuperset(STREAMS) else Connection.CONNECTING

    def age_s(self, mono: float) -> float:
        """Seconds since the last contact; before the first one, since it was looked for."""
        return max(0.0, mono - min(self._contacts.get(stream, self._since) for stream in STREAMS))

    @property
    def heard(self) -> bool:
        """Whether the station was ever there."""
        return bool(self._contacts)

    def behind_s(self, mono: float) -> float:
        """For how long something that the station has was not shown here."""
        return 0.0 if self._behind_since is None else max(0.0, mono - self._behind_since)

    def is_behind(self, mono: float) -> bool:
        """Whether that is worth a word."""
        return self.behind_s(mono) >= BEHIND_S

    def station_now(self, mono: float) -> datetime | None:
        """The station's clock, in UTC, running on since it was told; None where it never was."""
        if self._clock is None:
            return None
        at, since = self._clock
        return at + timedelta(seconds=max(0.0, mono - since))
