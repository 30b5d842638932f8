"""Moments as people type them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.state.when import WrongMoment, moment

ALMATY = ZoneInfo("Asia/Almaty")
NOW = datetime(2026, 11, 22, 14, 30, tzinfo=ALMATY)


def shown(typed: str, *, end: bool = False, now: datetime = NOW) -> str:
    """The moment as it is read on the wall."""
    return moment(typed, now, end=end).astimezone(ALMATY).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("02:00", "2026-11-22 02:00:00"),
        ("2:05:07", "2026-11-22 02:05:07"),
        ("23:00", "2026-11-21 23:00:00"),
        ("22.11 02:00", "2026-11-22 02:00:00"),
        ("22.11. 2:00", "2026-11-22 02:00:00"),
        ("24.12 08:00", "2025-12-24 08:00:00"),
        ("1.3.2025", "2025-03-01 00:00:00"),
        ("2026-11-22 02:00", "2026-11-22 02:00:00"),
        ("2026-11-22T02:00:30", "2026-11-22 02:00:30"),
        ("  2026-11-22   02:00 ", "2026-11-22 02:00:00"),
        ("2026-11-22", "2026-11-22 00:00:00"),
        ("2026-11-22T02:00Z", "2026-11-22 07:00:00"),
        ("2026-11-22t02:00:30.5+06:00", "2026-11-22 01:00:30"),
        ("29.2", "2024-02-29 00:00:00"),
        ("3h", "2026-11-22 11:30:00"),
        ("90s", "2026-11-22 14:28:30"),
        ("15 m", "2026-11-22 14:15:00"),
        ("14:30", "2026-11-22 14:30:00"),
        ("14:31", "2026-11-21 14:31:00"),
        ("3 ч", "2026-11-22 11:30:00"),
        ("3 сағ", "2026-11-22 11:30:00"),
        ("1h 30min", "2026-11-22 13:00:00"),
        ("45 мин.", "2026-11-22 13:45:00"),
        ("2 сут", "2026-11-20 14:30:00"),
        ("2 тәул", "2026-11-20 14:30:00"),
        ("вчера", "2026-11-21 00:00:00"),
        ("Yesterday", "2026-11-21 00:00:00"),
        ("кеше 22:00", "2026-11-21 22:00:00"),
        ("today", "2026-11-22 00:00:00"),
        ("сегодня", "2026-11-22 00:00:00"),
        ("бүгін 9:15", "2026-11-22 09:15:00"),
    ],
)
def test_a_moment_is_the_newest_one_that_fits_and_is_not_to_come(typed: str, meant: str) -> None:
    """In the time zone that is shown."""
    assert shown(typed) == meant


def test_a_day_without_a_time_ends_at_its_end() -> None:
    """Until the 21st means until that day is over, from the 21st means from its beginning."""
    assert shown("21.11", end=True) == "2026-11-22 00:00:00"
    assert shown("21.11") == "2026-11-21 00:00:00"
    assert shown("22.11", end=True) == "2026-11-23 00:00:00"


def test_hours_ago_are_hours_also_where_the_clock_was_changed_since() -> None:
    """In Almaty 00:00 of 1 March 2024 was 23:00 once more."""
    assert moment("3h", datetime(2024, 3, 1, 1, 0, tzinfo=ALMATY)) == datetime(2024, 2, 29, 17, 0, tzinfo=UTC)


WRONG = ["", "soon", "25:00", "вчера 25:00", "12:60", "30.02", "31.02.2026", "3 parsecs", "2026-13-01", "7", ":", "."]


@pytest.mark.parametrize("typed", [*WRONG, "-1h", "\0", "999999d", "999999w 999999w", "0001-01-01", "99-01-01T00Z"])
def test_what_is_no_moment_is_refused(typed: str) -> None:
    """Never taken for another one; nothing else is ever raised."""
    with pytest.raises(WrongMoment):
        moment(typed, NOW)


def test_a_day_that_has_no_end_is_no_end() -> None:
    """The last day there is."""
    with pytest.raises(WrongMoment):
        moment("9999-12-31", NOW, end=True)


@given(st.text("0123456789:.-+ TtZzhдс\0", max_size=24))
def test_whatever_is_typed_is_a_moment_or_refused(typed: str) -> None:
    """And a moment is in UTC."""
    with suppress(WrongMoment):
        assert moment(typed, NOW).tzinfo is UTC
