"""The verdicts of the intake, with a journal that stores when the test says so."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from protocols.catalogue import LANGUAGES, texts
from protocols.ends import Source
from protocols.model import (
    Arrival,
    ArrivalKind,
    Counter,
    Identity,
    Moment,
    Noise,
    Protection,
    Qualifier,
    Scheme,
    Signal,
    Verdict,
)
from receiver.accounts import Account, AccountBook
from receiver.intake import Intake, intake, judging, refusal, verdicts
from receiver.intake.judging import NUMBER_REUSED
from receiver.intake.pending import Pending
from receiver.journal.entry import Body, Entry, EntryKind

ALARM = (Signal(account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW),)


class FakeJournal:
    """Holds what is appended until the test commits or fails it."""

    def __init__(self) -> None:
        self.waiting: list[tuple[tuple[Body, ...], float, Any]] = []
        self.bodies: list[Body] = []

    def append(self, bodies: tuple[Body, ...], received: float, token: Any, counter: Counter | None = None) -> None:
        self.waiting.append((bodies, received, token))

    def mark(self, name: str, value: str) -> None:
        raise AssertionError("the intake marks nothing")

    def take(self, good: bool = True) -> list[tuple[Any, tuple[Entry, ...] | None]]:
        settled: list[tuple[Any, tuple[Entry, ...] | None]] = []
        for bodies, received, token in self.waiting:
            entries = tuple(
                Entry(len(self.bodies) + n + 1, 1, b, b"", int(received * 1e6)) for n, b in enumerate(bodies)
            )
            if good:
                self.bodies += bodies
            settled.append((token, entries if good else None))
        self.waiting = []
        return settled


class FakeLine:
    """Remembers the verdicts, in the order in which they came."""

    def __init__(self, host: str = "192.0.2.1", port: int = 1) -> None:
        self.source = Source("ip", "dc09", f"{host}:{port}", host)
        self.end = self
        self.verdicts: list[Verdict] = []
        self.flushed = 0
        self.resumed = 0

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment) -> None:
        self.verdicts.append(verdict)

    def answer(self, arrival: Arrival) -> str:
        return ""

    def flush(self) -> None:
        self.flushed += 1

    def resume(self) -> None:
        self.resumed += 1


class Watcher:
    """Hears everything, says nothing."""

    def verdict(self, source: Source, arrival: Arrival, verdict: Verdict, answer: str, why: str) -> None:
        assert why

    def noise(self, source: Source, noise: Noise) -> None:
        pass

    def note(self, source: Source, text: str) -> None:
        pass


class Desk:
    """An intake with everything around it."""

    def __init__(self, folder: Path, rows: list[dict[str, Any]] | None = None, **settings: Any) -> None:
        self.book = AccountBook(folder / "accounts.db")
        if rows:
            self.book.import_rows(rows)
        self.journal = FakeJournal()
        self.heard: list[Arrival] = []
        self.proven: list[str] = []
        """Accounts of their headers."""
        self.strangers: list[str] = []
        self.time = 1000.0
        self.intake = Intake(
            node="n",
            journal=self.journal,
            find=self.book.find,
            watcher=Watcher(),
            heard=self._hear,
            stranger=lambda arrival, source: self.strangers.append(arrival.account),
            **settings,
        )

    def _hear(self, arrival: Arrival, header: Account | None, source: Source, now: Moment) -> None:
        self.heard.append(arrival)
        self.proven.append("" if header is None else header.account_key)

    @property
    def now(self) -> Moment:
        return Moment(1_700_000_000.0 + self.time, self.time)

    def send(self, line: FakeLine, *arrivals: Arrival) -> None:
        self.intake.handle(arrivals, line, self.now)

    def commit(self, good: bool = True) -> None:
        self.intake.settle(self.journal.take(good), self.now)

    def events(self) -> list[Body]:
        return [body for body in self.journal.bodies if body.kind in (EntryKind.SIGNAL, EntryKind.UNREAD)]

    def security(self) -> list[Body]:
        return [body for body in self.journal.bodies if body.kind is EntryKind.SECURITY]


def message(
    number: int | None = 1,
    content: bytes = b"a",
    seal: bytes | None = None,
    kind: ArrivalKind = ArrivalKind.EVENT,
    account: str = "1234",
    inner: str | None = None,
    **fields: Any,
) -> Arrival:
    signals = ()
    if kind is ArrivalKind.EVENT:
        signals = (
            Signal(
                account=inner or account, scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, number="015"
            ),
        )
    return Arrival(
        raw=b"raw",
        protocol="dc09",
        kind=kind,
        account=account,
        prefix="0",
        signals=signals,
        inner=inner or "",
        identity=Identity(scope=f"L0#{account}", number=number, content=content, seal=seal),
        protection=Protection.KEYED if seal is not None else Protection.NONE,
        key_owner=account if seal is not None else "",
        **fields,
    )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_nothing_is_acknowledged_before_it_is_on_disk(desk: Desk) -> None:
    """No verdict until the commit; then STORED and one write."""
    line = FakeLine()
    desk.send(line, message())
    assert line.verdicts == []
    assert desk.heard == []
    desk.commit()
    assert line.verdicts == [Verdict.STORED]
    assert line.flushed == 1


def test_a_failed_commit_answers_nothing_and_leaves_no_trace(desk: Desk) -> None:
    """The same message afterwards is new: stored, acknowledged, once."""
    line = FakeLine()
    desk.send(line, message())
    desk.commit(good=False)
    assert line.verdicts == [Verdict.NOT_STORED]
    assert desk.heard == []
    desk.send(line, message())
    desk.commit()
    assert line.verdicts == [Verdict.NOT_STORED, Verdict.STORED]
    assert len(desk.events()) == 1


def test_a_copy_of_a_message_still_being_stored_waits_for_that_commit(desk: Desk) -> None:
    """Sent again over another connection meanwhile: one entry, two answers, both after the commit."""
    first, second = FakeLine(port=1), FakeLine(port=2)
    desk.send(first, message())
    desk.send(second, message())
    assert second.verdicts == []
    desk.commit()
    assert (first.verdicts, second.verdicts) == ([Verdict.STORED], [Verdict.DUPLICATE])
    assert len(desk.events()) == 1


def test_a_copy_waiting_for_a_commit_that_fails_is_not_acknowledged(desk: Desk) -> None:
    """Nobody gets an answer for what is not on disk."""
    first, second = FakeLine(port=1), FakeLine(port=2)
    desk.send(first, message())
    desk.send(second, message())
    desk.commit(good=False)
    assert (first.verdicts, second.verdicts) == ([Verdict.NOT_STORED], [Verdict.NOT_STORED])


def test_a_repeated_message_is_acknowledged_again_and_stored_once(desk: Desk) -> None:
    """True identity: number and content, also over another path."""
    line, other = FakeLine(), FakeLine("192.0.2.9")
    desk.send(line, message())
    desk.commit()
    desk.send(other, message())
    assert other.verdicts == [Verdict.DUPLICATE]
    assert len(desk.heard) == 2
    desk.commit()
    assert len(desk.events()) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [{"account": "1234", "adapter": "north"}, {"account": "1234", "adapter": "south"}],
        [],
    ],
)
def test_two_accounts_of_one_number_never_share_a_memory(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    """Two panels of one number on two adapters, or told apart by a zero: both fire alarms are stored."""
    desk = Desk(tmp_path, rows)
    north, south = FakeLine(), FakeLine()
    north.source = Source("north", "dc09", "192.0.2.1:1", "192.0.2.1")
    south.source = Source("south", "dc09", "192.0.2.2:1", "192.0.2.2")
    desk.send(north, message(account="1234"))
    desk.send(south, message(account="1234" if rows else "01234"))
    desk.commit()
    assert (north.verdicts, south.verdicts) == ([Verdict.STORED], [Verdict.STORED])


def test_after_duplicate_s_the_same_message_is_a_new_one(desk: Desk) -> None:
    """A number comes round again; equal content then is another event."""
    line = FakeLine()
    desk.send(line, message())
    desk.commit()
    desk.time += 301
    desk.send(line, message())
    desk.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.STORED]
    assert [body.repeat for body in desk.events()] == [False, False]


def test_a_second_press_of_the_panic_button_never_vanishes(desk: Desk) -> None:
    """Messages without a number have no identity: equal content is stored again, and marked as a repeat."""
    line = FakeLine()
    for _ in range(3):
        desk.send(line, message(number=None))
        desk.commit()
    assert line.verdicts == [Verdict.STORED] * 3
    assert [body.repeat for body in desk.events()] == [False, True, True]


def test_equal_content_under_a_new_number_is_a_new_event(desk: Desk) -> None:
    """Not even marked: the panel says itself that it is another one."""
    line = FakeLine()
    desk.send(line, message(number=1))
    desk.send(line, message(number=2))
    desk.commit()
    assert [body.repeat for body in desk.events()] == [False, False]


def test_a_number_of_its_own_is_no_repeat_of_what_had_none(desk: Desk) -> None:
    """But what has none may be one of what had."""
    line = FakeLine()
    for number in (None, 1, 2, None):
        desk.send(line, message(number=number))
        desk.commit()
    assert [body.repeat for body in desk.events()] == [False, False, False, True]


def test_a_number_that_comes_back_over_new_content_clears_the_memory(desk: Desk) -> None:
    """The panel restarted or is stuck: stored with a finding, and what came before is no identity any more."""
    line = FakeLine()
    for content in (b"a", b"b", b"a"):
        desk.send(line, message(number=1, content=content))
        desk.commit()
    assert line.verdicts == [Verdict.STORED] * 3
    assert [NUMBER_REUSED in body.findings for body in desk.events()] == [False, True, True]
    assert [body.repeat for body in desk.events()] == [False, False, True]


def test_only_the_last_identities_of_an_account_are_remembered(desk: Desk) -> None:
    """Bounded per account: after sixteen others, a message would be stored again rather than be remembered for ever."""
    line = FakeLine()
    for number in range(1, 18):
        desk.send(line, message(number=number, content=b"%d" % number))
        desk.commit()
    desk.send(line, message(number=2, content=b"2"))
    assert line.verdicts[-1] is Verdict.DUPLICATE
    desk.send(line, message(number=1, content=b"1"))
    desk.commit()
    assert line.verdicts[-1] is Verdict.STORED


def test_the_memory_is_rebuilt_from_the_journal(desk: Desk, tmp_path: Path) -> None:
    """After a restart a repetition is still a repetition."""
    line = FakeLine()
    desk.send(line, message(number=7, seal=b"s" * 16))
    desk.commit()
    folder = tmp_path / "again"
    folder.mkdir()
    again = Desk(folder)
    for body in desk.events():
        again.intake.remember(Entry(1, 1, body, b"", int(desk.now.wall * 1e6)), again.now, at_start=True)
    again.send(line, message(number=7))
    assert line.verdicts[-1] is Verdict.DUPLICATE
    other = FakeLine("192.0.2.66")
    again.send(other, message(number=7, content=b"z", seal=b"s" * 16))
    assert other.verdicts == [Verdict.DUPLICATE]
    again.commit()
    assert [body.code for body in again.security()] == ["security.replayed"]


SEAL = b"0123456789abcdef"
KEYED = [{"account": "1234", "key": "00" * 16}]


def test_a_byte_identical_encrypted_frame_is_acknowledged_but_proves_nothing(tmp_path: Path) -> None:
    """Whatever its number: no new signal, and supervision is not restarted by a recording."""
    desk = Desk(tmp_path, KEYED)
    line = FakeLine()
    desk.send(line, message(number=None, seal=SEAL))
    desk.commit()
    assert len(desk.heard) == 1
    desk.send(line, message(number=None, seal=SEAL))
    assert line.verdicts == [Verdict.STORED, Verdict.DUPLICATE]
    assert len(desk.heard) == 1
    assert desk.security() == []


def test_a_recorded_link_test_does_not_keep_a_dead_panel_alive(tmp_path: Path) -> None:
    """The replay of an encrypted NULL is answered, and that is all."""
    desk = Desk(tmp_path, KEYED)
    line, thief = FakeLine(), FakeLine("192.0.2.66")
    link_test = message(number=None, seal=SEAL, kind=ArrivalKind.LINK_TEST)
    desk.send(line, link_test)
    desk.send(thief, message(number=None, seal=SEAL, kind=ArrivalKind.LINK_TEST))
    assert (line.verdicts, thief.verdicts) == ([Verdict.ALIVE], [Verdict.ALIVE])
    assert desk.heard == [link_test]
    desk.commit()
    assert [body.code for body in desk.security()] == ["security.replayed"]


def test_a_recording_under_another_number_or_token_raises_and_proves_nothing(tmp_path: Path) -> None:
    """Number and token are not encrypted, so whoever recorded a frame can alter them: told as a security entry."""
    desk = Desk(tmp_path, KEYED)
    line = FakeLine()
    desk.send(line, message(number=5, seal=SEAL))
    desk.send(line, message(number=6, seal=SEAL))
    desk.commit()
    for number in range(7, 500):
        desk.send(line, message(number=number, seal=SEAL))
    desk.send(line, message(number=None, seal=SEAL, kind=ArrivalKind.LINK_TEST))
    desk.commit()
    assert line.verdicts == [Verdict.STORED] + [Verdict.DUPLICATE] * 494 + [Verdict.ALIVE]
    assert len(desk.events()) == 1
    assert desk.security()[0].code == "security.renumbered"
    assert len(desk.heard) == 1


@pytest.mark.parametrize("stored", [True, False], ids=["on disk", "on its way"])
def test_a_recording_under_another_token_alone_is_told_too(tmp_path: Path, stored: bool) -> None:
    """The number is the same, the content is not: somebody altered it."""
    desk = Desk(tmp_path, KEYED)
    line = FakeLine()
    desk.send(line, message(number=5, seal=SEAL, content=b"adm-cid"))
    if stored:
        desk.commit()
    desk.send(line, message(number=5, seal=SEAL, content=b"sia-dcs"))
    desk.send(line, message(number=5, seal=SEAL, content=b"adm-cid"))
    desk.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.DUPLICATE, Verdict.DUPLICATE]
    assert [body.code for body in desk.security()] == ["security.renumbered"]
    assert len(desk.events()) == 1


def test_what_is_left_of_an_altered_frame_harms_nobody_while_the_original_is_stored(tmp_path: Path) -> None:
    """Its last blocks alone may look like a link test: a copy like any other, and everybody gets an answer."""
    desk = Desk(tmp_path, KEYED)
    line, thief, other = FakeLine(), FakeLine("192.0.2.66"), FakeLine(port=3)
    desk.send(line, message(number=5, seal=SEAL))
    desk.send(thief, message(number=None, seal=SEAL, kind=ArrivalKind.LINK_TEST))
    desk.send(other, message(number=1, account="77"))
    desk.commit()
    assert (line.verdicts, thief.verdicts, other.verdicts) == ([Verdict.STORED], [Verdict.ALIVE], [Verdict.STORED])
    assert len(desk.heard) == 2


def test_a_fault_with_one_message_silences_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when it is judged nor when it is settled."""
    line = FakeLine()

    def heard(arrival: Arrival, *_: object) -> None:
        if arrival.account == "13":
            raise ZeroDivisionError("a fault of ours")

    desk.intake._heard = desk.intake._judge._heard = heard
    desk.send(line, message(None, kind=ArrivalKind.LINK_TEST, account="13"), message(1))
    desk.send(line, message(2, account="13"), message(3))
    desk.commit()
    assert line.verdicts == [Verdict.NOT_STORED, Verdict.STORED, Verdict.STORED, Verdict.STORED]
    assert line.flushed == 1


def test_copies_of_a_message_on_its_way_to_the_disk_are_bounded(tmp_path: Path) -> None:
    """A disk that stalls and a peer that repeats must not fill the memory: they count, and the rest waits in vain."""
    desk = Desk(tmp_path, queue=10)
    for port in range(100):
        desk.send(FakeLine(port=port), message())
    assert desk.intake.queued == 17
    assert desk.intake.full
    desk.commit()
    assert desk.intake.queued == 0
    assert not desk.intake.full


def test_two_equal_messages_without_a_number_stored_together_are_marked_too(desk: Desk) -> None:
    """The second one is a repeat whether the first is on disk yet or not."""
    line = FakeLine()
    desk.send(line, message(number=None))
    desk.send(line, message(number=None))
    desk.commit()
    assert [body.repeat for body in desk.events()] == [False, True]


@pytest.mark.parametrize("newer", [(3600.0,), (3600.0, -1.0)])
def test_what_came_before_an_entry_that_lies_ahead_is_no_duplicate(
    desk: Desk, tmp_path: Path, newer: tuple[float, ...]
) -> None:
    """By a clock that is behind it seems two minutes old, and came an hour ago; a replay is one all the same."""
    line = FakeLine()
    desk.send(line, message(number=1, seal=b"s" * 16))
    desk.send(line, message(number=2))
    desk.commit()
    (tmp_path / "again").mkdir()
    again = Desk(tmp_path / "again")
    first, second = desk.events()
    for number, (body, ahead) in enumerate([(first, -120.0), *[(second, each) for each in newer]], start=1):
        again.intake.remember(
            Entry(number, number, body, b"", int((again.now.wall + ahead) * 1e6)), again.now, at_start=True
        )
    again.send(line, message(number=1))
    again.commit()
    assert line.verdicts[-1] is Verdict.STORED
    assert again.events()[-1].repeat
    again.send(line, message(number=1, content=b"z", seal=b"s" * 16))
    assert line.verdicts[-1] is Verdict.DUPLICATE


@pytest.mark.parametrize(("at_start", "ahead_s"), [(True, 0.5), (False, 0.5), (False, 3600.0)])
def test_a_rounded_time_and_an_entry_found_again_leave_all_dates_as_they_are(
    desk: Desk, tmp_path: Path, at_start: bool, ahead_s: float
) -> None:
    """What is found again after disk trouble came a moment ago, whatever the clock says: a retry is a duplicate."""
    line = FakeLine()
    desk.send(line, message(number=1), message(number=2))
    desk.commit()
    (tmp_path / "again").mkdir()
    again = Desk(tmp_path / "again")
    for number, (body, ahead) in enumerate(zip(desk.events(), (-10.0, ahead_s), strict=True), start=1):
        entry = Entry(number, number, body, b"", int((again.now.wall + ahead) * 1e6))
        again.intake.remember(entry, again.now, at_start=at_start)
    retried = FakeLine()
    again.send(retried, message(number=1), message(number=2))
    assert retried.verdicts == [Verdict.DUPLICATE, Verdict.DUPLICATE]


def test_a_clock_that_is_behind_at_the_start_does_not_prolong_the_memory(desk: Desk, tmp_path: Path) -> None:
    """What lies ahead by the clock counts as of now: after duplicate_s it is forgotten."""
    line = FakeLine()
    desk.send(line, message(number=1))
    desk.commit()
    (tmp_path / "again").mkdir()
    again = Desk(tmp_path / "again")
    for body in desk.events():
        again.intake.remember(Entry(1, 1, body, b"", int((again.now.wall + 3600) * 1e6)), again.now, at_start=True)
    again.time += 301
    again.send(line, message(number=1))
    again.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.STORED]


def test_an_encrypted_link_test_of_before_the_start_proves_nothing(tmp_path: Path) -> None:
    """Link tests leave no trace in the journal, so after a restart it might be a recording."""
    desk = Desk(tmp_path, KEYED, since=1_700_001_000.0)
    line = FakeLine()
    for sent_at in (1_700_000_990.0, 1_700_001_001.0):
        desk.send(line, message(None, seal=b"%016d" % sent_at, kind=ArrivalKind.LINK_TEST, sent_at=sent_at))
    assert line.verdicts == [Verdict.ALIVE, Verdict.ALIVE]
    assert [arrival.sent_at for arrival in desk.heard] == [1_700_001_001.0]


def test_an_unreadable_message_that_names_a_protected_account_inside_is_refused(tmp_path: Path) -> None:
    """Also when there is no signal to go by."""
    desk = Desk(tmp_path, KEYED)
    line = FakeLine()
    desk.send(line, message(account="", inner="1234", kind=ArrivalKind.OPAQUE))
    desk.commit()
    assert line.verdicts == [Verdict.REFUSED]
    assert desk.events() == []


def test_the_bytes_of_a_message_with_many_events_are_kept_once(desk: Desk) -> None:
    """A small message must not become a large one on the disk."""
    line = FakeLine()
    arrival = replace(message(), signals=ALARM * 3)
    desk.send(line, arrival)
    desk.commit()
    assert [body.raw for body in desk.events()] == ["raw", "", ""]
    assert [bool(body.content) for body in desk.events()] == [True, False, False]


def test_an_honest_retry_of_an_encrypted_message_is_a_duplicate(tmp_path: Path) -> None:
    """New stamp and padding, so another frame; same number and content, so the same message."""
    desk = Desk(tmp_path, KEYED)
    line = FakeLine()
    desk.send(line, message(number=5, seal=b"a" * 16))
    desk.commit()
    desk.send(line, message(number=5, seal=b"b" * 16))
    assert line.verdicts == [Verdict.STORED, Verdict.DUPLICATE]
    assert len(desk.heard) == 2


def test_outside_the_window_a_frame_is_stale_even_when_it_is_known(tmp_path: Path) -> None:
    """Stale is asked before duplicate."""
    desk = Desk(tmp_path, KEYED)
    line = FakeLine()
    desk.send(line, message(seal=SEAL))
    desk.commit()
    desk.send(line, message(seal=SEAL, timely=False))
    desk.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.STALE]
    assert [body.code for body in desk.security()] == ["security.stale"]
    assert len(desk.events()) == 1


def test_refused_is_asked_before_stale(tmp_path: Path) -> None:
    """Who has the wrong key is not told our time."""
    desk = Desk(tmp_path, KEYED)
    line = FakeLine()
    wrong = Arrival(
        raw=b"x",
        protocol="dc09",
        kind=ArrivalKind.MALFORMED,
        account="1234",
        protection=Protection.FAILED,
        timely=False,
    )
    desk.send(line, wrong)
    desk.commit()
    assert line.verdicts == [Verdict.REFUSED]
    assert [body.code for body in desk.security()] == ["security.wrong-key"]


@pytest.mark.parametrize(
    ("account", "inner", "key_owner", "verdict"),
    [
        ("1234", None, None, Verdict.REFUSED),
        ("9999", "1234", None, Verdict.REFUSED),
        ("9999", "01234", None, Verdict.REFUSED),
        ("5555", "1234", "5555", Verdict.REFUSED),
        ("1234", "1234", "1234", Verdict.STORED),
        ("7777", "1234", "7777", Verdict.STORED),
        ("5555", "5555", "5555", Verdict.STORED),
        ("9999", None, None, Verdict.STORED),
    ],
)
def test_an_account_that_must_encrypt_is_protected_whichever_way_it_is_named(
    tmp_path: Path, account: str, inner: str | None, key_owner: str | None, verdict: Verdict
) -> None:
    """In the header or inside the data: only under its own key, or that of a communicator listed for it."""
    desk = Desk(
        tmp_path,
        [
            {"account": "7777", "key": "77" * 16},
            {"account": "5555", "key": "55" * 16},
            {"account": "1234", "key": "12" * 16, "communicators": "7777"},
        ],
    )
    line = FakeLine()
    arrival = message(account=account, inner=inner, seal=SEAL if key_owner else None)
    desk.send(line, arrival)
    desk.commit()
    assert line.verdicts == [verdict]
    assert len(desk.events()) == (verdict is Verdict.STORED)
    assert len(desk.security()) == (verdict is Verdict.REFUSED)


def test_unknown_accounts_are_accepted_and_marked_or_met_with_silence(tmp_path: Path) -> None:
    """As the settings say."""
    (tmp_path / "a").mkdir()
    (tmp_path / "s").mkdir()
    line = FakeLine()
    accepting = Desk(tmp_path / "a")
    accepting.send(line, message())
    accepting.commit()
    silent = Desk(tmp_path / "s", [{"account": "5555"}], silent_to_strangers=True)
    silent.send(line, message())
    silent.send(line, message(account="5555"))
    silent.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.REFUSED, Verdict.STORED]
    assert [body.unknown for body in accepting.events()] == [True]
    assert (accepting.strangers, silent.strangers) == (["1234"], ["1234"])
    assert [body.code for body in silent.security()] == ["security.unknown-account"]


@pytest.mark.parametrize(
    ("kind", "verdict"), [(ArrivalKind.UNSUPPORTED, Verdict.UNSUPPORTED), (ArrivalKind.MALFORMED, Verdict.MALFORMED)]
)
def test_what_is_not_understood_is_kept_before_it_is_answered(desk: Desk, kind: ArrivalKind, verdict: Verdict) -> None:
    """It may have been a panic: an entry of kind unread with the raw bytes, then the DUH."""
    line = FakeLine()
    desk.send(line, message(kind=kind))
    assert line.verdicts == []
    desk.commit()
    assert line.verdicts == [verdict]
    assert [(body.kind, body.raw) for body in desk.events()] == [(EntryKind.UNREAD, "raw")]
    desk.send(line, message(kind=kind))
    assert line.verdicts == [verdict, verdict]


def test_a_flood_of_unreadable_messages_is_limited_but_acknowledged_ones_never_are(desk: Desk) -> None:
    """Only what gets no ACK may be left out of the journal."""
    line = FakeLine()
    for number in range(1, 101):
        desk.send(line, message(number, b"%d" % number, kind=ArrivalKind.MALFORMED))
        desk.send(line, message(number, b"%d" % number, kind=ArrivalKind.OPAQUE, account="77"))
    desk.commit()
    kept = [body.account for body in desk.events()]
    assert kept.count("77") == 100
    assert 0 < kept.count("1234") < 100
    assert line.verdicts.count(Verdict.STORED) == 100
    assert line.verdicts.count(Verdict.MALFORMED) == 100


def test_security_entries_are_limited_per_peer_and_kind_with_a_count(tmp_path: Path) -> None:
    """A flood fills no disk, another peer's first entry is not left out, and the count says how many were."""
    desk = Desk(tmp_path, KEYED)
    flood, other = FakeLine("192.0.2.66"), FakeLine("192.0.2.7")
    for _ in range(1000):
        desk.send(flood, message())
    desk.send(other, message())
    desk.commit()
    assert len(desk.security()) < 50
    assert [body.peer for body in desk.security()].count("192.0.2.7:1") == 1
    desk.time += 120
    desk.send(flood, message())
    desk.commit()
    desk.time += 120
    desk.intake.sweep(desk.now)
    desk.commit()
    told = [body for body in desk.security() if body.raw]
    assert sum(body.count for body in desk.security()) + len(told) == 1002


def test_the_queue_is_bounded_and_lines_wait_for_room(tmp_path: Path) -> None:
    """Full: nothing more is read; after the commit whoever waited goes on."""
    desk = Desk(tmp_path, queue=3)
    line, waiting = FakeLine(), FakeLine(port=2)
    for number in range(1, 4):
        assert not desk.intake.full
        desk.send(line, message(number, b"%d" % number))
    assert desk.intake.full
    desk.intake.wait_for_room(waiting)
    desk.commit()
    assert not desk.intake.full
    assert waiting.resumed == 1


class Broken(FakeLine):
    """Cannot go on."""

    def flush(self) -> None:
        raise RuntimeError("a fault of ours")

    resume = flush


def test_a_line_that_cannot_go_on_stops_no_other(tmp_path: Path) -> None:
    """Neither those with an answer to write, nor those that wait for room, nor what follows a commit."""
    desk = Desk(tmp_path)
    lines = [FakeLine(port=1), Broken(port=2), FakeLine(port=3)]
    for number, line in enumerate(lines, start=1):
        desk.send(line, message(number, b"%d" % number))
        desk.intake.wait_for_room(line)
    desk.commit()
    assert [(line.flushed, line.resumed) for line in lines] == [(1, 1), (0, 0), (1, 1)]


def test_pending_messages_are_forgotten_with_their_commit(desk: Desk) -> None:
    """Nothing stays behind in the intake, whether the commit went well or not."""
    line = FakeLine()
    for good in (True, False):
        for number in range(1, 20):
            desk.send(line, message(number, b"%d%d" % (number, good), seal=b"%015d%d" % (number, good)))
        desk.commit(good)
    assert desk.intake.queued == 0
    assert not desk.intake._pending


def test_the_bodies_of_a_message_never_show_a_key(desk: Desk) -> None:
    """A key that came inside a message is masked in raw, plain and extended data."""
    line = FakeLine()
    digits = "00112233445566778899AABBCCDDEEFF"
    signal = Signal(
        account="1234",
        scheme=Scheme.SIA,
        code="RB",
        qualifier=Qualifier.NEW,
        extended={"K": [digits]},
    )
    desk.send(
        line,
        Arrival(
            raw=b"...[K" + digits.encode() + b"]...",
            plain=b"[K" + digits.encode() + b"]",
            protocol="dc09",
            kind=ArrivalKind.EVENT,
            account="1234",
            signals=(signal,),
        ),
    )
    bodies, _, token = desk.journal.waiting[0]
    assert isinstance(token, Pending)
    assert digits not in repr(bodies)
    assert bodies[0].extended == {"K": ["*" * 32]}


def test_every_reason_has_words_in_three_languages() -> None:
    """The wire view carries ids."""
    given = {*verdicts.WHY.values(), verdicts.STRANGERS_WHY}
    given |= {each.why for each in vars(refusal).values() if isinstance(each, refusal.Refusal)}
    source = "".join(inspect.getsource(module) for module in (intake, judging, refusal))
    for pattern in (
        r'Verdict\.\w+, "([a-z-]+)"',
        r'AFTER_STORING\[.*\], "([a-z-]+)"',
        r'"security\.[a-z-]+",\s*"([a-z-]+)"',
    ):
        given |= set(re.findall(pattern, source))
    given |= set(re.findall(r'WHEN_REPEATED\[.*\], "([a-z-]+)"', source))
    for language in LANGUAGES:
        assert {f"why.{id_}" for id_ in given} == {
            id_ for id_ in texts.ids("console", language) if id_.startswith("why.")
        }


def test_a_panel_that_names_itself_inside_the_data_only_is_the_account_it_names(tmp_path: Path) -> None:
    """Its link tests prove its path, and its events are no stranger's."""
    desk = Desk(tmp_path, [{"account": "9999", "supervision_s": 90}])
    line = FakeLine()
    link_test = message(kind=ArrivalKind.LINK_TEST, number=None)
    desk.send(line, replace(link_test, account="", inner="9999"))
    desk.send(line, replace(link_test, account="", inner="8888"))
    assert line.verdicts == [Verdict.ALIVE, Verdict.ALIVE]
    assert desk.proven == ["9999", ""]
    assert len(desk.strangers) == 1
