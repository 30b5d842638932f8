"""Verdicts by counters: what a radio unit says is taken once, acknowledged again a few times, and never replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Counter, Noise, Protection, Qualifier, Scheme, Signal, Verdict
from receiver.intake.windows import REPEATS_ANSWERED
from receiver.journal.entry import Body, EntryKind
from tests.receiver.test_intake import Desk, FakeJournal, FakeLine

WINDOW = "0a01/00000001/1"


class CountingJournal(FakeJournal):
    """Notes the counters it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.counters: list[Counter | None] = []

    def append(self, bodies: tuple[Body, ...], received: float, token: Any, counter: Counter | None = None) -> None:
        self.counters.append(counter)
        super().append(bodies, received, token, counter)


class Place(Desk):
    """An intake behind a radio channel."""

    journal: CountingJournal

    def __init__(self, folder: Path, rows: list[dict[str, Any]] | None = None, **settings: Any) -> None:
        super().__init__(folder, rows, **settings)
        self.journal = CountingJournal()
        self.intake._judge._journal = self.journal
        self.intake._judge.security._journal = self.journal
        self.intake._judge.garbled._journal = self.journal


class RadioLine(FakeLine):
    """The modem's."""

    def __init__(self) -> None:
        super().__init__()
        self.source = Source("air", "radio", "serial:/dev/ttyUSB0", "/dev/ttyUSB0", "serial")


def said(number: int, mark: bytes = b"aaaa", kind: ArrivalKind = ArrivalKind.EVENT, **fields: Any) -> Arrival:
    """An authentic datagram of a unit."""
    event = Signal(account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, number="015")
    return Arrival(
        raw=b"datagram %d" % number,
        protocol="radio",
        kind=kind,
        account="1234",
        signals=(event,) if kind is ArrivalKind.EVENT else (),
        protection=Protection.KEYED,
        key_owner="1234",
        counter=Counter(WINDOW, number, mark),
        **fields,
    )


def refused(why: str) -> Arrival:
    """A datagram that its wire refuses."""
    return Arrival(
        raw=b"x", protocol="radio", kind=ArrivalKind.OPAQUE, account="1234", protection=Protection.FAILED, refused=why
    )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def line() -> RadioLine:
    return RadioLine()


def test_a_new_counter_goes_to_the_disk_with_its_event_and_is_answered_after_that(
    place: Place, line: RadioLine
) -> None:
    """One transaction: the journal is handed both."""
    place.send(line, said(7))
    assert line.verdicts == []
    assert place.journal.counters == [Counter(WINDOW, 7, b"aaaa")]
    assert [body.code for body in place.journal.waiting[0][0]] == ["130"]
    assert WINDOW not in place.intake.windows
    place.commit()
    assert line.verdicts == [Verdict.STORED]
    assert WINDOW in place.intake.windows
    assert len(place.heard) == 1


def test_what_was_not_stored_leaves_no_trace_and_is_new_again(place: Place, line: RadioLine) -> None:
    """The disk failed: the counter is not taken, nothing proves the unit alive, and its repetition is stored."""
    place.send(line, said(7))
    place.commit(good=False)
    assert line.verdicts == [Verdict.NOT_STORED]
    assert (place.heard, WINDOW in place.intake.windows) == ([], False)
    place.send(line, said(7))
    place.commit()
    assert line.verdicts[1:] == [Verdict.STORED]
    assert len(place.events()) == 1


@pytest.mark.parametrize("good", [True, False])
def test_copies_that_come_while_it_is_stored_wait_for_the_same_commit(
    place: Place, line: RadioLine, good: bool
) -> None:
    """None of them is acknowledged before it, and none is where it fails."""
    place.send(line, said(7), said(7))
    place.send(line, said(7))
    assert line.verdicts == []
    place.commit(good)
    copy = Verdict.DUPLICATE if good else Verdict.NOT_STORED
    assert line.verdicts == [Verdict.STORED if good else Verdict.NOT_STORED, copy, copy]
    assert len(place.events()) == good


def test_a_copy_afterwards_is_acknowledged_a_few_times_and_then_no_more(place: Place, line: RadioLine) -> None:
    """Its acknowledgements may be lost, but not for ever: who plays it again and again gets nothing on the air."""
    place.send(line, said(7))
    place.commit()
    for _ in range(REPEATS_ANSWERED + 3):
        place.send(line, said(7))
        place.commit()
    assert line.verdicts == [Verdict.STORED, *[Verdict.DUPLICATE] * REPEATS_ANSWERED, *[Verdict.REFUSED] * 3]
    assert REPEATS_ANSWERED == 4
    assert len(place.events()) == len(place.heard) == 1
    assert {body.code for body in place.security()} == {"security.radio-replayed"}


def test_a_copy_raises_nothing_and_proves_nothing(place: Place, line: RadioLine) -> None:
    """It may be a recording: supervision hears of the new one only."""
    for kind, verdict in ((ArrivalKind.EVENT, Verdict.DUPLICATE), (ArrivalKind.LINK_TEST, Verdict.ALIVE)):
        place.heard.clear()
        place.send(line, said(kind is ArrivalKind.EVENT, kind=kind))
        place.commit()
        place.send(line, said(kind is ArrivalKind.EVENT, kind=kind))
        assert line.verdicts[-1] is verdict
        assert len(place.heard) == 1


@pytest.mark.parametrize(
    ("number", "mark", "code"),
    [
        (100, b"bbbb", "security.radio-counter-reused"),
        (36, b"aaaa", "security.radio-replayed"),
        (36, b"bbbb", "security.radio-replayed"),
    ],
)
def test_a_used_or_an_old_counter_is_refused_and_named(
    place: Place, line: RadioLine, number: int, mark: bytes, code: str
) -> None:
    """Never answered; the entry names the account and keeps the bytes, and no signal is raised."""
    place.send(line, said(100))
    place.commit()
    place.heard.clear()
    place.send(line, said(number, mark))
    place.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.REFUSED]
    (entry,) = place.security()
    assert (entry.code, entry.account, entry.raw) == (code, "1234", f"datagram {number}")
    assert (len(place.events()), place.heard) == (1, [])


def test_another_message_under_a_counter_that_is_being_stored_is_refused(place: Place, line: RadioLine) -> None:
    """Whichever comes first is believed."""
    place.send(line, said(7), said(7, b"bbbb"))
    assert line.verdicts == [Verdict.REFUSED]
    place.commit()
    assert line.verdicts == [Verdict.REFUSED, Verdict.STORED]
    assert [body.code for body in place.security()] == ["security.radio-counter-reused"]


def test_late_numbers_inside_the_window_are_taken_once_each(place: Place, line: RadioLine) -> None:
    """A more urgent event overtakes others."""
    for number in (70, 7, 10, 69):
        place.send(line, said(number))
        place.commit()
    assert line.verdicts == [Verdict.STORED] * 4
    place.send(line, said(6))
    assert line.verdicts[-1] is Verdict.REFUSED
    for number in (7, 10, 69, 70):
        place.send(line, said(number, b"bbbb"))
        assert line.verdicts[-1] is Verdict.REFUSED


def test_entries_of_refused_datagrams_are_limited_and_counted(place: Place, line: RadioLine) -> None:
    """A flood of recordings fills no disk; what was left out is told when it ends."""
    place.send(line, said(100))
    place.commit()
    for _ in range(500):
        place.send(line, said(3))
    place.commit()
    assert line.verdicts.count(Verdict.REFUSED) == 500
    assert len(place.security()) == 10
    place.time += 120
    place.intake.sweep(place.now)
    place.commit()
    assert place.security()[-1].count == 490


@pytest.mark.parametrize("why", ["forged", "unknown", "foreign"])
def test_what_the_wire_refuses_is_named_and_never_answered(place: Place, line: RadioLine, why: str) -> None:
    """Also where the account is known: no stranger is told of."""
    place.send(line, refused(why))
    place.commit()
    assert line.verdicts == [Verdict.REFUSED]
    assert [body.code for body in place.security()] == [f"security.radio-{why}"]
    assert (place.events(), place.heard, place.strangers) == ([], [], [])
    assert place.journal.counters == [None]


@pytest.mark.parametrize("kind", [ArrivalKind.LINK_TEST])
def test_a_link_test_takes_its_counter_in_the_journal_without_an_entry(
    place: Place, line: RadioLine, kind: ArrivalKind
) -> None:
    """Alive only once that is on disk: else a recording would keep a dead unit alive after a restart."""
    place.send(line, said(5, kind=kind))
    assert line.verdicts == []
    assert place.journal.waiting[0][0] == ()
    assert place.journal.counters == [Counter(WINDOW, 5, b"aaaa")]
    place.commit()
    assert line.verdicts == [Verdict.ALIVE]
    assert (place.journal.bodies, len(place.heard)) == ([], 1)
    assert place.intake.counters.link_tests == 1


@pytest.mark.parametrize("kind", [ArrivalKind.OPAQUE, ArrivalKind.MALFORMED, ArrivalKind.UNSUPPORTED])
def test_what_cannot_be_read_is_kept_with_its_counter(place: Place, line: RadioLine, kind: ArrivalKind) -> None:
    """Its owner meant something by it; however much of it comes, each is on disk before it is answered."""
    for number in range(200):
        place.send(line, said(number, kind=kind))
        place.commit()
    assert len([body for body in place.journal.bodies if body.kind is EntryKind.UNREAD]) == 200
    assert Verdict.REFUSED not in line.verdicts
    place.send(line, said(199, kind=kind))
    assert line.verdicts[-1] is not Verdict.REFUSED


def test_two_keys_of_a_unit_have_windows_of_their_own(place: Place, line: RadioLine) -> None:
    """After a roll-over its counter begins anew."""
    place.send(line, said(100))
    place.commit()
    other = said(0)
    place.send(line, replace(other, counter=Counter("0a01/00000001/2", 0, b"cccc")))
    place.commit()
    assert line.verdicts == [Verdict.STORED] * 2


@pytest.mark.parametrize("silent", [True, False])
def test_who_holds_a_key_is_no_stranger_to_a_silent_station(tmp_path: Path, line: RadioLine, silent: bool) -> None:
    """``unknown_accounts = "silent"`` keeps an enrolled unit from nothing, though its account was never entered."""
    place = Place(tmp_path, [{"account": "77"}], silent_to_strangers=silent)
    place.send(line, said(1))
    place.commit()
    assert line.verdicts == [Verdict.STORED]
    assert [body.unknown for body in place.events()] == [True]
    assert place.strangers == ["1234"]


def test_an_account_that_must_encrypt_is_content_with_radio(tmp_path: Path, line: RadioLine) -> None:
    """Its datagrams are sealed; the key for another wire is not asked for."""
    place = Place(tmp_path, [{"account": "1234", "key": "00112233445566778899AABBCCDDEEFF"}])
    place.send(line, said(1))
    place.commit()
    assert line.verdicts == [Verdict.STORED]
    assert place.security() == []


def test_garbled_frames_are_named_once_in_ten_minutes(place: Place, line: RadioLine) -> None:
    """They may be a jammer's; what comes besides is counted."""
    for _ in range(100):
        place.intake.handle([Noise(b"\xc0x\xc0", "radio.garbled", 3)], line, place.now)
    place.intake.handle([Noise(b"\xc0y\xc0", "radio.centre", 3)], line, place.now)
    place.commit()
    assert [body.code for body in place.security()] == ["security.radio-garbled"]
    place.time += 700
    place.intake.sweep(place.now)
    place.commit()
    assert [(body.code, body.count) for body in place.security()[1:]] == [("security.radio-garbled", 99)]


def test_an_answer_to_an_old_poll_takes_its_counter_and_proves_nothing(place: Place, line: RadioLine) -> None:
    """It may have been held back by somebody, to be played when the unit is dead."""
    place.send(line, said(5, kind=ArrivalKind.LINK_TEST, timely=False))
    assert place.journal.counters == [Counter(WINDOW, 5, b"aaaa")]
    place.commit()
    assert place.heard == []
    place.send(line, said(5, b"bbbb"))
    assert line.verdicts[-1] is Verdict.REFUSED
