"""What comes first in an alarm of several things: never an old one before a new one that is more urgent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from tests.tui.fake_station import running
from tui.look import State
from tui.pages.alarms import AlarmsPage
from tui.pages.closing import closing_words
from tui.sound import Cause, causes
from tui.state.alarms import AlarmBoard
from tui.state.headline import headline, ringing_priority
from tui.state.model import Alarm, Condition
from tui.telling import Teller
from tui.telling import headline as told

BURGLARY, FIRE, PANIC, POWER = "130", "110", "120", "301"
TELLER = Teller("en")


def at(minute: int) -> str:
    """A stamp."""
    return f"2026-11-22T02:{minute:02d}:00.000Z"


def thing(last: int, code: str, priority: int, zone: str = "001", **fields: Any) -> Condition:
    """A thing reported by the entry of this number, in the minute of the same number."""
    scheme, number = ("", "") if code == "path.lost" else ("contact-id", zone)
    made = Condition(
        scheme=scheme, code=code, subject="zone", number=number, priority=priority, since=at(last), last_at=at(last)
    )
    return replace(made, last=last, **fields)


def alarm(*things: Condition, seen_to: int = 0, **fields: Any) -> Alarm:
    """An alarm that these make; its own fields tell the most urgent, the first among equals, as the desk does."""
    shown = min(things, key=lambda one: one.priority)
    settings: dict[str, Any] = {"ringing": max(one.last for one in things) > seen_to, "rang": things[-1].last, **fields}
    return Alarm(
        id=things[0].last,
        account="1003",
        account_key="L0#1003",
        opened_at=things[0].since,
        kind="signal",
        priority=shown.priority,
        scheme=shown.scheme,
        code=shown.code,
        number=shown.number,
        subject=shown.subject,
        qualifier="new",
        seen_to=seen_to,
        seen_at=at(seen_to) if seen_to else None,
        conditions=things,
        **settings,
    )


def test_a_new_fire_is_not_hidden_by_an_older_alarm_of_the_same_priority() -> None:
    """Its event, its place, its time; what lasts besides is counted."""
    both = alarm(thing(1, PANIC, 1), thing(30, FIRE, 1, "015"), seen_to=2)
    assert told.event(both, TELLER) == "Fire alarm +1"
    assert told.place(both, TELLER) == "zone 015"
    assert headline(both).at == at(30)
    unseen = alarm(thing(1, PANIC, 1), thing(30, FIRE, 1, "015"))
    assert told.event(unseen, TELLER) == "Fire alarm +1"


def test_what_is_more_urgent_comes_before_what_is_newer() -> None:
    """While nobody has seen either."""
    both = alarm(thing(1, FIRE, 1), thing(30, BURGLARY, 2))
    assert told.event(both, TELLER) == "Fire alarm +1"
    assert headline(both).at == at(1)


def test_a_lost_path_after_a_seen_fire_rings_as_a_lost_path_and_names_the_fire() -> None:
    """By mark, place in the list, count, and sound."""
    fire = alarm(thing(1, FIRE, 1), thing(30, "path.lost", 2), seen_to=2)
    assert told.event(fire, TELLER) == "Path lost (+ Fire alarm)"
    assert TELLER.alarm_state(fire) is State.URGENT
    assert ringing_priority(fire) == 2
    board = AlarmBoard()
    board.snapshot([fire, alarm(thing(40, FIRE, 1)), alarm(thing(20, BURGLARY, 2))])
    assert [board.at(index).id for index in range(3)] == [40, 1, 20]
    assert (board.unseen(1), board.unseen(2)) == (1, 2)
    assert (urgent := board.urgent()) is not None
    assert urgent.id == 40
    assert Cause(1, 30, 2) in causes(board, down=False)


def test_a_fire_that_was_restored_before_anybody_looked_is_still_the_first() -> None:
    """A panic button that was let go was pressed."""
    released = alarm(thing(1, PANIC, 1, restored_at=at(2)), thing(3, "path.lost", 2))
    assert told.event(released, TELLER) == "Panic alarm +1"
    assert TELLER.alarm_state(released) is State.ALARM


def test_of_equals_what_lasts_comes_before_what_has_ended() -> None:
    """Then the newest."""
    zones = alarm(thing(1, FIRE, 1), thing(2, FIRE, 1, "002"), thing(3, FIRE, 1, "003", restored_at=at(4)))
    assert told.place(zones, TELLER) == "zone 002"
    assert told.event(zones, TELLER) == "Fire alarm +1"


def test_a_second_press_of_a_panic_button_is_seen_in_the_row_with_its_own_time() -> None:
    """Also after the first one was seen."""
    pressed = alarm(replace(thing(1, PANIC, 1), count=2, last=9, last_at=at(9)), seen_to=2)
    assert told.event(pressed, TELLER) == "Panic alarm ×2"
    assert headline(pressed).at == at(9)
    assert TELLER.alarm_state(pressed) is State.ALARM


def test_what_came_while_it_was_being_seen_is_unseen_whatever_the_clock_says() -> None:
    """The fire came before the action was stored, and was not on the screen."""
    raced = alarm(thing(5, BURGLARY, 2), thing(6, FIRE, 1), seen_to=5, rang=6)
    raced = replace(raced, ringing=True, seen_at=at(59))
    assert told.event(raced, TELLER) == "Fire alarm +1"
    assert TELLER.alarm_state(raced) is State.ALARM


def test_where_not_all_is_followed_the_alarms_own_priority_counts() -> None:
    """A fire beyond the 50 may be what rings."""
    full = alarm(thing(1, BURGLARY, 2), thing(2, "path.lost", 2), seen_to=1, more_conditions=3, last_at=at(9))
    full = replace(full, priority=1, code=FIRE, number="077", scheme="contact-id")
    assert ringing_priority(full) == 1
    assert told.event(full, TELLER).startswith("Fire alarm")
    assert (told.place(full, TELLER), headline(full).at) == ("zone 077", at(9))


def test_a_seen_alarm_shows_the_most_urgent_of_all() -> None:
    """Nothing of it is unseen."""
    seen = alarm(thing(1, FIRE, 1), thing(2, BURGLARY, 2), seen_to=3)
    assert (told.event(seen, TELLER), TELLER.alarm_state(seen)) == ("Fire alarm +1", State.SEEN)


def test_the_strip_is_about_the_danger_that_was_reported_last_not_the_alarm_that_opened_last() -> None:
    """A fire in an old alarm is newer than a panic of a minute ago."""
    board = AlarmBoard()
    board.snapshot([alarm(thing(1, BURGLARY, 2), thing(40, FIRE, 1, "015"), seen_to=2), alarm(thing(30, PANIC, 1))])
    assert (urgent := board.urgent()) is not None
    assert (urgent.id, headline(urgent).at) == (1, at(40))


def test_closing_lists_all_with_what_lasts_first() -> None:
    """Event, place, count and time of each; danger to life that lasts is told by itself."""
    things = alarm(
        thing(1, BURGLARY, 2),
        thing(2, POWER, 2, "000", restored_at=at(9)),
        thing(30, FIRE, 1, "015", count=3),
        seen_to=31,
    )
    lines, danger = closing_words(things, TELLER, "en")
    assert lines == [
        "▲ NOT restored  Fire alarm ×3  zone 015  02:30:00",
        "◆ NOT restored  Burglary  zone 001  02:01:00",
        "○ restored  AC power lost  02:02:00",
    ]
    assert danger == "Danger to life, NOT restored: 1"
    over = alarm(thing(1, FIRE, 1, restored_at=at(2)), seen_to=3)
    assert closing_words(over, TELLER, "en")[1] == ""


@pytest.mark.parametrize(("language", "words"), [("ru", "НЕ В НОРМЕ"), ("kk", "ҚАЛЫПҚА КЕЛМЕДІ")])
def test_what_is_not_restored_is_told_in_the_operators_language(language: str, words: str) -> None:
    """In the line and above the choice."""
    lines, danger = closing_words(alarm(thing(1, FIRE, 1)), Teller(language), language)
    assert words in lines[0]
    assert words in danger


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_row_shows_the_new_fire_and_every_count_however_narrow(language: str, size: tuple[int, int]) -> None:
    """A long event is cut before its counts."""
    fire = {
        "id": 900,
        "account": "1003",
        "account_key": "L0#1003",
        "opened_at": at(1),
        "kind": "signal",
        "priority": 1,
        "scheme": "contact-id",
        "code": PANIC,
        "ringing": True,
        "rang": 30,
        "seen_to": 2,
        "conditions": [
            {"scheme": "contact-id", "code": PANIC, "priority": 1, "since": at(1), "last_at": at(1), "last": 1},
            {
                "scheme": "",
                "code": "path.lost",
                "priority": 1,
                "since": at(9),
                "last_at": at(30),
                "last": 30,
                "count": 2,
            },
        ],
    }

    async def go() -> None:
        async with running(language=language, size=size, pages={"alarms": AlarmsPage}) as it:
            it.link.push_alarm(fire)
            await it.settle(lambda: any(" #900 " in line for line in it.text().splitlines()[2:]))
            row = next(line for line in it.text().splitlines()[2:] if " #900 " in line)
            assert "×2 +1" in row

    asyncio.run(go())
