"""A deadline for every path, and one report for a whole adapter that goes silent.

A path is supervised when its account has a supervision interval. It is well until nothing was heard of it
for the interval (plus the margin), then lost until it is heard again. A restart, an interval that changes and
the end of an outage give it one full interval.

Where a test is lost now and then, as by radio, the account's rule says how many of the last ones may be: every
interval that passes is a test that was missed, every contact is one that came, and with m of the last n missed
the path is lost. The margin counts once, not for each of several missed in a row. Once it is heard again, and
after an outage or a change of the rule, what was missed before is forgotten; over a restart it is not.

An outage is told from single losses in three ways:

* the station says so (``adapter_down``);
* nothing at all is heard on the adapter, though by the intervals of its paths at least ten contacts were due
  since the last one (a path lost since then counts as one), and more than half of its paths have been silent
  for over half of their interval (panels that all test at three o'clock are silent at four). A missed test is
  reason enough to look. Paths that come due later are covered by the one report. Any contact ends it;
* at one look more than ``many`` paths of the adapter, and more than half of them, are late. The first of
  them to be heard ends it.

After an outage each path it covered has one full interval to be heard; whoever is not is reported by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from protocols.model import Moment
from receiver.journal.entry import rfc3339
from receiver.supervision.book import Book
from receiver.supervision.records import EVERY, Key, Line, Lost, Path, PathRow, PathState, Restored, Rule

EXPECTED_CONTACTS = 10.0
"""So many contacts due and none heard: the adapter is silent, not its panels."""

_OK = PathState.OK


class Paths(Book):
    """Every path there is. All times are handed in; every method belongs to one thread.

    ``margin_s`` is added to every interval. ``grain_s`` is how exactly deadlines are kept: a loss is told at
    the end of the grain it falls in, so that a hundred thousand of them wake the station once a grain.
    ``others_max`` bounds the unsupervised paths kept for people to look at; the longest silent goes first.
    """

    def __init__(
        self, *, margin_s: float = 0.0, grain_s: float = 1.0, many: int = 20, others_max: int = 10_000
    ) -> None:
        super().__init__(margin_s, grain_s, others_max)
        self._many = many

    def heard(
        self,
        account_key: str,
        adapter: str,
        protocol: str,
        path: str,
        peer: str,
        now: Moment,
        interval_s: float | None = None,
        rule: Rule = EVERY,
    ) -> Sequence[Restored]:
        """Note a contact. ``interval_s`` and ``rule`` are the account's as they are now, None for no supervision.

        Returns what came back with it: mostly nothing; the path, the adapter, or both.
        """
        found = self._paths.get((account_key, adapter, protocol, path))
        if (
            found is None
            or found.interval != interval_s
            or found.rule != rule
            or found.state is not _OK
            or found.gone & 1  # its deadline lies further ahead than this contact moves it
            or found.line.troubled
        ):
            return self._heard((account_key, adapter, protocol, path), peer, now, interval_s, rule)
        mono = now.mono
        deadline = mono + interval_s + self._margin  # type: ignore[operator]
        if deadline < found.deadline:
            # An older message, whose commit took longer: what is known already is newer.
            return ()
        if rule[1] > 1:
            found.test(missed=False)
        found.deadline = deadline
        found.heard = now.wall
        found.peer = peer
        found.line.heard_at = mono
        return ()

    def expire(self, now: Moment) -> list[Lost]:
        """What was lost by now. Call it when :meth:`next_deadline` has come."""
        late: dict[str, list[Path]] = {}
        for path in self._wheel.due(now.mono):
            line = path.line
            gone = late.setdefault(line.name, [])
            if self._miss(path, now.mono):
                gone.append(path)
            elif path.state is not _OK:
                self._lapse(line, 1)
        lost: list[Lost] = []
        for name, paths in late.items():
            self._lose(self._lines[name], paths, now, lost)
        return lost

    def _lapse(self, line: Line, count: int) -> None:
        """So many contacts were due and did not come, on paths whose rate is not counted."""
        if line.lapsed_since != line.heard_at:
            line.lapsed = 0
            line.lapsed_since = line.heard_at
        line.lapsed += count

    def _miss(self, path: Path, mono: float) -> bool:
        """Its deadline has passed. Whether it is lost by its rule; if not, it waits for its next test."""
        while not path.test(missed=True):
            assert path.interval is not None
            path.deadline += path.interval
            if path.deadline > mono:
                self._wheel.put(path)
                return False
        return True

    def next_deadline(self) -> float | None:
        """Monotonic time at which :meth:`expire` wants to be called, None while nothing is supervised.

        It may find nothing lost then: deadlines that moved on are only looked at when they come due.
        """
        return self._wheel.next()

    def adapter_down(self, adapter: str, now: Moment) -> Lost | None:
        """An adapter does not work: its paths are not reported one by one until it is up.

        Returns the one report for all of them; None when it has no supervised paths, or is reported already.
        """
        line = self._line(adapter)
        line.down = line.troubled = True
        if line.covered or not line.members:
            return None
        line.covered = len(line.members)
        return Lost(adapter, whole=True, count=line.covered)

    def adapter_up(self, adapter: str, now: Moment) -> Restored | None:
        """An adapter works again: its paths have one full interval. Returns the end of what was reported."""
        line = self._line(adapter)
        if not line.down:
            return None
        return self._end_outage(line, now)

    def snapshot(
        self, now: Moment, state: PathState | None = None, *, offset: int = 0, limit: int | None = None
    ) -> list[PathRow]:
        """Paths for people, all or those of one state, in the order they became known; by pages where wanted."""
        rows = []
        wanted = (path for path in self._all() if state is None or path.state is state)
        for path in islice(wanted, offset, None if limit is None else offset + limit):
            account_key, adapter, protocol, letter = path.key
            account = self._accounts.get(account_key)
            waits = path.state is _OK and path.interval is not None
            tests = path.tests if path.interval is not None else ()
            rows.append(
                PathRow(
                    account_key=account_key,
                    account=account.account if account else account_key,
                    adapter=adapter,
                    protocol=protocol,
                    path=letter,
                    peer=path.peer,
                    state=path.state,
                    supervised=path.interval is not None,
                    last_heard=None if path.heard is None else rfc3339(path.heard),
                    interval_s=path.interval,
                    left_s=max(0.0, self._lost_at(path) - now.mono) if waits else None,
                    missed=path.rule[0],
                    of=path.rule[1],
                    tests=tests,
                    loss=round(tests.count(False) / len(tests), 3) if tests and path.rule[1] > 1 else None,
                )
            )
        return rows

    def counts(self) -> dict[PathState, int]:
        """How many supervised paths stand how."""
        found = dict.fromkeys(PathState, 0)
        for path in self._paths.values():
            found[path.state] += 1
        return found

    @property
    def unwatched(self) -> int:
        """How many paths were heard that are not supervised."""
        return len(self._others)

    def _lost_at(self, path: Path) -> float:
        return path.deadline + (path.patience - 1) * (path.interval or 0.0)

    def _heard(self, key: Key, peer: str, now: Moment, interval_s: float | None, rule: Rule) -> Sequence[Restored]:
        path = self._note(key, peer, now, interval_s, rule)
        before = path.heard
        path.heard = now.wall
        path.peer = peer
        if path.interval is None:
            return ()
        line = path.line
        restored: list[Restored] = []
        # An outage that the station itself reports ends by adapter_up alone.
        ends = line.covered and not line.down and (line.silent or (path.state is PathState.LOST and not path.reported))
        if path.reported:
            silent_s = None if before is None else max(0.0, now.wall - before)
            account = self._accounts[key[0]].account
            restored.append(Restored(key[1], key[0], account, key[2], key[3], peer, silent_s))
        if path.state is not _OK:
            path.state = _OK
            path.reported = False
            path.forget_tests()
            line.rate += 1 / path.interval
        line.heard_at = now.mono
        self._grant(path, now)
        if ends:
            over = self._end_outage(line, now)
            if over is not None:
                restored.append(over)
        path.test(missed=False)
        return restored

    def _lose(self, line: Line, paths: list[Path], now: Moment, lost: list[Lost]) -> None:
        self._lapse(line, 0)
        overdue = line.rate * (now.mono - line.heard_at) + line.lapsed
        self._lapse(line, len(paths))
        for path in paths:
            if path.state is _OK:
                path.state = PathState.LOST
                line.rate -= 1 / path.interval if path.interval else 0.0
        if line.troubled:
            return
        # Paths that missed a test and are not lost yet come here too, as none.
        if overdue >= EXPECTED_CONTACTS and self._mostly_silent(line, now.mono):
            line.silent = line.troubled = True
            line.covered = sum(not path.reported for path in line.members.values())
            lost.append(Lost(line.name, whole=True, count=line.covered))
        elif len(paths) > self._many and len(paths) * 2 > len(line.members):
            line.covered += len(paths)
            lost.append(Lost(line.name, whole=True, count=len(paths)))
        else:
            for path in paths:
                path.reported = True
                account = self._accounts[path.key[0]].account
                lost.append(
                    Lost(
                        path.key[1],
                        path.key[0],
                        account,
                        path.key[2],
                        path.key[3],
                        path.peer,
                        path.heard,
                        path.interval,
                        *path.rule,
                    )
                )

    def _mostly_silent(self, line: Line, mono: float) -> bool:
        silent = sum(
            path.gone & 1 or 2 * (path.deadline - self._margin - mono) < path.interval
            for path in line.members.values()
            if path.interval is not None
        )
        return silent * 2 > len(line.members)

    def _end_outage(self, line: Line, now: Moment) -> Restored | None:
        count, everyone = line.covered, line.troubled
        line.down = line.silent = line.troubled = False
        line.covered = 0
        line.heard_at = now.mono
        for path in line.members.values():
            if not path.reported and (everyone or path.state is not _OK):
                path.forget_tests()
                self._grant(path, now)
        return Restored(line.name, whole=True, count=count) if count else None
