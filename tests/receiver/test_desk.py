"""What opens an alarm, what joins it, what rings, what takes it off the list."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from receiver.desk import CLOSED, SEEN, Alarm, Desk, DeskError, Restoration
from receiver.journal.entry import Body, Entry, EntryKind, encode_body, rfc3339


def pairs(scheme: str, alarm: str, restore: str, other: str) -> bool:
    """A code map of one line and the same code for Contact ID."""
    if scheme != other:
        return False
    return alarm == restore if scheme == "contact-id" else (alarm, restore) == ("BA", "BH")


class Story:
    """A desk and the journal it reads; every method appends one entry."""

    def __init__(self, **settings: Any) -> None:
        self.desk = Desk(pairs=pairs, **settings)
        self.entries: list[Entry] = []

    def write(self, kind: EntryKind = EntryKind.SIGNAL, **fields: Any) -> int:
        number = len(self.entries) + 1
        body = Body(kind=kind, node="n", received_at=rfc3339(1_700_000_000 + number), **fields)
        entry = Entry(number, number, body, encode_body(body))
        self.entries.append(entry)
        self.desk.take(entry)
        return number

    def signal(self, account: str = "1001", code: str = "130", qualifier: str = "new", **fields: Any) -> int:
        settings = {"priority": 2, "scheme": "contact-id", "partition": "01", "number": "015", **fields}
        return self.write(account=account, account_key=account, code=code, qualifier=qualifier, **settings)

    def see(self, alarm: int, account: str = "1001") -> int:
        return self.write(EntryKind.ACTION, code=SEEN, alarm=alarm, account_key=account, operator="ann")

    def close(self, alarm: int, account: str = "1001", note: str = "") -> int:
        return self.write(EntryKind.ACTION, code=CLOSED, alarm=alarm, account_key=account, operator="ann", note=note)

    def alarm(self) -> Alarm:
        (alarm,) = self.desk.open()
        return alarm


def test_an_urgent_signal_opens_a_ringing_alarm_named_by_its_journal_id() -> None:
    """Priority 1 and 2 open an alarm; its id is the id of the entry."""
    story = Story()
    story.signal(priority=3)
    opened = story.signal(priority=1, code="100", text="desk 4")
    alarm = story.alarm()
    assert (alarm.id, alarm.ringing, alarm.priority, alarm.code, alarm.text) == (opened, True, 1, "100", "desk 4")
    assert alarm.opened_at == rfc3339(1_700_000_002)


@pytest.mark.parametrize("priority", [0, 3, 4, 5])
def test_a_signal_of_lower_priority_opens_nothing(priority: int) -> None:
    """Only priority 1 and 2 are alarms."""
    story = Story()
    story.signal(priority=priority)
    assert story.desk.open() == []
    assert story.desk.drain_changes() == []


def test_a_late_signal_opens_an_alarm_marked_with_its_age() -> None:
    """A buffered alarm is an alarm, and says how old it is."""
    story = Story()
    story.signal(late=True, age_s=5400.0, occurred_at="2023-11-14T20:43:20.000Z")
    assert (story.alarm().late, story.alarm().age_s) == (True, 5400.0)
    assert story.alarm().occurred_at == "2023-11-14T20:43:20.000Z"


def test_a_further_urgent_signal_joins_and_rings_again() -> None:
    """What was seen is seen no more; who saw it stays as history."""
    story = Story()
    first = story.signal()
    story.see(first)
    assert not story.alarm().ringing
    second = story.signal(number="016")
    alarm = story.alarm()
    assert (alarm.id, alarm.ringing, alarm.rings, alarm.seen_by, alarm.signals) == (first, True, 2, "ann", 2)
    assert alarm.latest == [first, second]


def test_every_condition_tells_its_newest_report_and_the_alarm_up_to_where_it_was_seen() -> None:
    """By time and by journal id; what came while seeing was on its way is not seen."""
    story = Story()
    first = story.signal()
    story.write(EntryKind.ACTION, code=SEEN, alarm=first, account_key="1001", operator="ann", seen_to=first)
    fire = story.signal(code="110", priority=1)
    again = story.signal()
    burglary, flames = story.alarm().conditions
    assert (burglary.since, burglary.last_at, burglary.last) == (rfc3339(1_700_000_001), rfc3339(1_700_000_004), again)
    assert (flames.since, flames.last_at, flames.last) == (rfc3339(1_700_000_003), rfc3339(1_700_000_003), fire)
    assert story.alarm().seen_to == first
    rebuilt = Desk(pairs=pairs)
    for entry in story.entries:
        rebuilt.take(entry)
    assert rebuilt.open() == story.desk.open()
    assert story.see(first) == story.alarm().seen_to


def test_the_same_signal_again_rings_again() -> None:
    """A second press of a panic button never vanishes."""
    story = Story()
    first = story.signal(code="120", priority=1)
    story.see(first)
    story.signal(code="120", priority=1, repeat=True)
    assert story.alarm().ringing
    assert story.alarm().conditions[0].count == 2


def test_an_alarm_shows_the_most_urgent_signal_so_far() -> None:
    """A fire after a burglary is shown as a fire."""
    story = Story()
    story.signal(code="130", priority=2)
    fire = story.signal(code="110", priority=1)
    story.signal(code="131", priority=2)
    assert (story.alarm().priority, story.alarm().code, story.alarm().signal) == (1, "110", fire)


def test_a_status_opens_an_alarm_only_if_none_is_open() -> None:
    """Reported as still present: news to nobody while the account's alarm is open."""
    story = Story()
    opened = story.signal(qualifier="status")
    assert story.alarm().ringing
    story.see(opened)
    story.signal(qualifier="status")
    assert not story.alarm().ringing
    assert story.alarm().signals == 2


def test_context_joins_silently_and_tests_do_not() -> None:
    """A disarming belongs to the picture, a periodic test does not."""
    story = Story()
    opened = story.signal()
    story.see(opened)
    story.signal(code="401", priority=4, category="open_close")
    story.signal(code="602", priority=5, category="test")
    assert (story.alarm().signals, story.alarm().ringing) == (2, False)


def test_a_restore_marks_what_it_ends_and_never_rings() -> None:
    """Partly while something lasts, all when nothing does, no more after a new report."""
    story = Story()
    opened = story.signal(number="015")
    story.signal(number="016")
    story.see(opened)
    story.signal(number="015", qualifier="restore")
    assert (story.alarm().restored, story.alarm().ringing) == (Restoration.PARTLY, False)
    last = story.signal(number="016", qualifier="restore")
    assert story.alarm().restored is Restoration.ALL
    assert story.alarm().restored_at == rfc3339(1_700_000_000 + last)
    story.signal(number="016")
    assert story.alarm().restored is Restoration.PARTLY


@pytest.mark.parametrize(
    "other",
    [{"number": "099"}, {"partition": "02"}, {"code": "131"}, {"scheme": "sia"}, {"account": "1002"}],
)
def test_a_restore_of_something_else_marks_nothing(other: dict[str, Any]) -> None:
    """Same account, partition and number, and a code that pairs: nothing less."""
    story = Story()
    story.signal()
    story.signal(qualifier="restore", **other)
    assert story.alarm().restored is Restoration.NO


def test_a_restore_never_opens() -> None:
    """Not even of the highest priority."""
    story = Story()
    story.signal(qualifier="restore", priority=1)
    assert story.desk.open() == []


def test_a_restore_pairs_by_the_code_map() -> None:
    """The desk asks the catalogue, it compares no codes itself."""
    story = Story()
    story.signal(scheme="sia", code="BA")
    story.signal(scheme="sia", code="BH", qualifier="restore")
    assert story.alarm().restored is Restoration.ALL


def test_the_catalogue_of_the_house_pairs_codes() -> None:
    """Without other advice the desk asks it."""
    story = Story()
    story.desk = Desk()
    story.signal(scheme="sia", code="BA", category="burglary")
    story.signal(scheme="sia", code="BR", category="restore")
    assert story.alarm().restored is Restoration.ALL


def test_an_unread_message_opens_an_alarm_for_it_may_have_been_a_panic() -> None:
    """One alarm an account, however many come."""
    story = Story()
    opened = story.write(EntryKind.UNREAD, account="1001", account_key="1001", token="XYZ")
    story.write(EntryKind.UNREAD, account="1001", account_key="1001", token="XYZ")
    alarm = story.alarm()
    assert (alarm.id, alarm.priority, alarm.code, alarm.kind, alarm.unread) == (opened, 2, "", "unread", 2)


def test_an_unread_message_with_a_priority_of_its_own_rings_nobody() -> None:
    """It was understood as far as to be no alarm. It stands with the alarm that is open."""
    story = Story()
    story.write(EntryKind.UNREAD, account="1001", account_key="1001", token="C", priority=4)
    assert len(story.desk) == 0
    story.write(account="1001", account_key="1001", priority=2, code="130", qualifier="new")
    story.write(EntryKind.UNREAD, account="1001", account_key="1001", token="C", priority=4)
    alarm = story.alarm()
    assert (alarm.rings, alarm.unread, alarm.priority) == (1, 0, 2)
    assert alarm.signals == 2


def test_unread_messages_without_an_account_share_one_alarm_of_the_adapter() -> None:
    """Nobody can open more than one alarm by sending messages without an account."""
    story = Story()
    for _ in range(3):
        story.write(EntryKind.UNREAD, adapter="ip")
    assert (story.alarm().account_key, story.alarm().signals) == ("@ip", 3)


def test_accounts_of_equal_number_and_different_prefix_stay_apart_without_a_key() -> None:
    """Where nobody gave the account a name, receiver, prefix and number make one."""
    story = Story()
    for prefix in ("0", "1"):
        story.write(account="1001", prefix=prefix, priority=2, code="130", qualifier="new", unknown=True)
    assert len(story.desk) == 2


def test_a_lost_path_opens_an_alarm_and_its_return_restores_it() -> None:
    """A cut line may be sabotage."""
    story = Story()
    place = {"account": "1001", "account_key": "1001", "adapter": "ip", "protocol": "dc09", "path": "A"}
    opened = story.write(EntryKind.STATION, code="path.lost", priority=2, **place)
    story.see(opened)
    story.write(EntryKind.STATION, code="path.restored", priority=2, **{**place, "path": "B"})
    assert story.alarm().restored is Restoration.NO
    story.write(EntryKind.STATION, code="path.restored", **place)
    assert (story.alarm().restored, story.alarm().ringing) == (Restoration.ALL, False)


def test_station_events_without_priority_are_no_alarms() -> None:
    """The writer of the event decides by its priority."""
    story = Story()
    story.write(EntryKind.STATION, code="path.lost", account_key="1001")
    story.write(EntryKind.STATION, code="station.started")
    story.write(EntryKind.SECURITY, code="security.stale", account_key="1001", priority=1)
    assert story.desk.open() == []


def test_an_outage_of_an_adapter_is_one_alarm() -> None:
    """It has no account, and is named by the adapter."""
    story = Story()
    story.write(EntryKind.STATION, code="adapter.lost", priority=1, adapter="ip", count=4000)
    story.write(EntryKind.STATION, code="adapter.restored", priority=1, adapter="ip")
    assert (story.alarm().account_key, story.alarm().restored) == ("@ip", Restoration.ALL)


def test_close_takes_it_off_the_list_after_seen() -> None:
    """A closed alarm is one change, with the operator's note; the next signal opens a new alarm."""
    story = Story()
    opened = story.signal()
    story.see(opened)
    story.desk.drain_changes()
    story.close(opened, note="false alarm, cat")
    (change,) = story.desk.drain_changes()
    assert (change.id, change.closed, change.alarm.note) == (opened, True, "false alarm, cat")
    assert story.desk.open() == []
    assert story.signal() == story.alarm().id


def test_check_names_what_cannot_be_done() -> None:
    """The operator reads why."""
    story = Story()
    opened = story.signal()
    with pytest.raises(DeskError, match="not seen yet"):
        story.desk.check(CLOSED, opened)
    with pytest.raises(DeskError, match="no open alarm 99"):
        story.desk.check(SEEN, 99)
    with pytest.raises(DeskError, match="no action"):
        story.desk.check("alarm.eaten", opened)
    story.desk.check(SEEN, opened)
    story.see(opened)
    story.desk.check(CLOSED, opened)
    story.close(opened)
    with pytest.raises(DeskError, match="already closed"):
        story.desk.check(CLOSED, opened)


def test_a_signal_between_check_and_close_is_not_lost() -> None:
    """The alarm rings again, so the close that comes after is without effect."""
    story = Story()
    opened = story.signal()
    story.see(opened)
    story.desk.check(CLOSED, opened)
    story.signal(code="110", priority=1)
    story.close(opened)
    assert story.alarm().ringing


def test_actions_about_unknown_alarms_are_borne() -> None:
    """What is in the journal cannot be refused any more."""
    story = Story()
    story.see(77)
    story.close(77)
    story.write(EntryKind.ACTION, code="operator.something", alarm=1)
    assert story.desk.open() == []


def test_changes_are_coalesced_and_none_is_skipped() -> None:
    """One change an alarm, however often it changed, with the state of now."""
    story = Story()
    first = story.signal("1001")
    second = story.signal("1002")
    for _ in range(100):
        story.signal("1001")
    changes = story.desk.drain_changes()
    assert [(change.id, change.alarm.signals) for change in changes] == [(first, 101), (second, 1)]
    assert story.desk.drain_changes() == []


def test_open_alarms_come_ringing_first_then_by_urgency_then_oldest() -> None:
    """The order an operator works in."""
    story = Story()
    seen = story.signal("1001", priority=1)
    old = story.signal("1002", priority=2)
    young = story.signal("1003", priority=2)
    urgent = story.signal("1004", priority=1)
    story.see(seen)
    assert [alarm.id for alarm in story.desk.open()] == [urgent, old, young, seen]


def test_an_alarm_is_bounded_however_much_joins_it() -> None:
    """Ids and conditions are kept to 50 each; what is left out can never look restored."""
    story = Story()
    for number in range(200):
        story.signal(number=str(number))
    alarm = story.alarm()
    assert (len(alarm.latest), len(alarm.conditions), alarm.signals) == (50, 50, 200)
    for number in range(200):
        story.signal(number=str(number), qualifier="restore")
    assert story.alarm().restored is Restoration.PARTLY


def test_made_up_accounts_cannot_open_alarms_without_end() -> None:
    """Beyond the limit they share one alarm, which counts and rings; accounts of the list are not touched."""
    story = Story(unknown_max=3)
    for account in range(10):
        story.signal(str(account), unknown=True)
    more = story.desk.of_account("?*")
    assert more is not None
    assert (len(story.desk), more.signals, more.code, more.ringing) == (4, 7, "unknown.more", True)
    story.signal("listed")
    assert len(story.desk) == 5
    story.see(1)
    story.close(1)
    story.signal("new", unknown=True)
    assert story.desk.of_account("new") is not None


def test_the_desk_is_pure() -> None:
    """Importing it brings in no socket, no reactor and no database."""
    script = (
        "import sys, receiver.desk, receiver.supervision, receiver.watch, receiver.quota\n"
        "print([name for name in ('twisted', 'sqlite3', 'sqlite_utils', 'klein', 'socket') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_rang_while_the_operator_reached_for_the_key_rings_on() -> None:
    """Seen counts up to the newest entry that was on the screen."""
    story = Story()
    first = story.signal()
    second = story.signal(number="016")
    story.write(EntryKind.ACTION, code=SEEN, alarm=first, account_key="1001", operator="ann", seen_to=first)
    assert story.alarm().ringing
    story.write(EntryKind.ACTION, code=SEEN, alarm=first, account_key="1001", operator="ann", seen_to=second)
    assert not story.alarm().ringing


def test_an_account_entered_while_its_alarm_is_open_takes_the_alarm_over() -> None:
    """Later signals and the restore come under the account's own name, and reach it."""
    story = Story(unknown_max=1)
    opened = story.signal(account="?L0#1234", unknown=True)
    story.desk.drain_changes()
    story.write(EntryKind.STATION, code="accounts.changed", details={"renamed": ["?L0#1234 1234"]})
    (change,) = story.desk.drain_changes()
    assert (change.id, change.alarm.account_key, change.alarm.unknown) == (opened, "1234", False)
    story.signal(account="1234", number="016")
    story.signal(account="1234", number="016", qualifier="restore")
    story.signal(account="1234", qualifier="restore")
    assert (story.alarm().id, story.alarm().restored) == (opened, Restoration.ALL)
    assert story.desk.of_account("?L0#1234") is None
    # It counts as unknown no more: there is room for another one.
    story.signal(account="?L0#77", unknown=True)
    assert story.desk.of_account("?L0#77") is not None


def test_an_account_that_has_an_alarm_already_takes_over_no_other() -> None:
    """Both stay as they are, to be worked one by one."""
    story = Story()
    first, second = story.signal(account="?L0#1234", unknown=True), story.signal(account="1234")
    story.write(EntryKind.STATION, code="accounts.changed", details={"renamed": ["?L0#1234 1234"]})
    assert {alarm.account_key: alarm.id for alarm in story.desk.open()} == {"?L0#1234": first, "1234": second}


@pytest.mark.parametrize("text", ["", " ", "?L0#1234", "?L0#1234 ", "1001 1234", "?* 1234", "?L0#1234 ?L0#5", "? x"])
def test_a_new_name_that_makes_no_sense_changes_nothing(text: str) -> None:
    """Known accounts keep their names, and the shared alarm stays shared."""
    story = Story(unknown_max=1)
    for account in ("1001", "?L0#1234", "?L0#5678"):
        story.signal(account=account)
    before = sorted(alarm.account_key for alarm in story.desk.open())
    assert before == ["1001", "?*", "?L0#1234"]
    story.write(EntryKind.STATION, code="accounts.changed", details={"renamed": [text]})
    assert sorted(alarm.account_key for alarm in story.desk.open()) == before


def test_what_joins_an_alarm_late_says_so_itself() -> None:
    """Whenever the alarm was opened: an operator must not take it for something of this minute."""
    world = Story()
    world.signal(code="130")
    world.signal(code="110", number="012", late=True, age_s=85.0, occurred_at="2026-11-22T14:00:00.000Z")
    first, second = world.alarm().conditions
    assert (first.late, first.age_s, first.occurred_at) == (False, 0.0, None)
    assert (second.late, second.age_s, second.occurred_at) == (True, 85.0, "2026-11-22T14:00:00.000Z")


def amend(story: Story, amends: int, text: str, account: str = "1001", **fields: Any) -> int:
    """An amendment repeats its event."""
    settings = {"priority": 2, "scheme": "contact-id", "partition": "01", "number": "015", "code": "130", **fields}
    return story.write(
        EntryKind.AMENDMENT, account=account, account_key=account, qualifier="new", amends=amends, text=text, **settings
    )


def test_an_amendment_adds_its_text_and_nothing_else() -> None:
    """To the alarm's text where its entry is shown, and to the condition. It rings nothing and counts nothing."""
    story = Story()
    opened = story.signal(text="gym")
    story.see(opened)
    before = story.alarm()
    counted = (before.ringing, before.rings, before.rang, before.signals, before.last_at, list(before.latest))
    story.desk.drain_changes()
    amend(story, opened, "KITCHEN")
    alarm = story.alarm()
    assert (alarm.text, alarm.conditions[0].added, alarm.conditions[0].count) == ("gym; KITCHEN", "KITCHEN", 1)
    assert (alarm.ringing, alarm.rings, alarm.rang, alarm.signals, alarm.last_at, alarm.latest) == counted
    assert [change.id for change in story.desk.drain_changes()] == [opened]
    amend(story, opened, "KITCHEN")
    assert story.alarm().text == "gym; KITCHEN"


def test_an_amendment_of_another_entry_of_the_alarm_goes_to_its_condition() -> None:
    """The alarm goes on showing its most urgent entry with that one's text."""
    story = Story()
    story.signal(priority=1, code="100", text="desk 4")
    joined = story.signal(number="016")
    amend(story, joined, "BOILER", number="016")
    alarm = story.alarm()
    assert (alarm.text, [one.added for one in alarm.conditions]) == ("desk 4", ["", "BOILER"])


def test_an_amendment_opens_no_alarm_and_reaches_none_that_its_entry_is_not_of() -> None:
    """Its entry raised nothing, is not known, is of another account, or of an alarm that was closed since."""
    story = Story()
    quiet = story.signal(priority=4)
    amend(story, quiet, "A", priority=1)
    amend(story, 0, "B")
    assert story.desk.open() == []
    first = story.signal()
    story.see(first)
    story.close(first)
    amend(story, first, "C")
    assert story.desk.open() == []
    second = story.signal()
    for amends in (quiet, first, 0):
        amend(story, amends, "D")
    amend(story, second, "E", account="1002")
    amend(story, second, "")
    assert (story.alarm().text, story.alarm().conditions[0].added) == ("", "")


def test_texts_that_are_added_without_end_are_bounded() -> None:
    """The journal has all of them."""
    story = Story()
    opened = story.signal()
    for number in range(200):
        amend(story, opened, f"{number:03d} " + "x" * 20)
    assert story.alarm().text.startswith("000 xxx")
    assert len(story.alarm().text) <= 1000
    assert len(story.alarm().conditions[0].added) <= 1000
