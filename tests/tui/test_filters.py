"""What is typed into a filter, and what it means."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tui.state.filters import Asked, WrongFilter, matches, understand

ALMATY = ZoneInfo("Asia/Almaty")
NOW = datetime(2026, 11, 22, 14, 30, tzinfo=ALMATY)


def test_moments_are_asked_for_in_utc() -> None:
    """Two o'clock in Almaty is nine in the evening before."""
    wanted = understand(Asked(words="  fire   alarm ", since="02:00", until="1h"), NOW)
    assert wanted.words == "fire alarm"
    assert wanted.since == datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
    assert wanted.until == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "id_"),
    [
        (Asked(since="someday"), "filter.wrong-since"),
        (Asked(words="7007 25:00"), "filter.wrong-since"),
        (Asked(words="7007 22:00 23:00"), "filter.time-twice"),
        (Asked(words="7007 22:00", since="3h"), "filter.time-twice"),
        (Asked(until="26:00"), "filter.wrong-until"),
        (Asked(since="99999 w 99999 w"), "filter.wrong-since"),
        (Asked(since="1h", until="2h"), "filter.wrong-order"),
        (Asked(words="..."), "filter.wrong-words"),
        (Asked(words="a b c d e f g h i j k l m"), "filter.too-many-words"),
    ],
)
def test_a_wrong_field_is_named(asked: Asked, id_: str) -> None:
    """So that the bar can say which one, and what it takes."""
    with pytest.raises(WrongFilter) as caught:
        understand(asked, NOW)
    assert caught.value.id == id_


@pytest.mark.parametrize(
    ("typed", "left", "since", "until"),
    [
        ("7007 22:00", "7007", "21 22:00", ""),
        ("с 02:00 пожар", "пожар", "22 02:00", ""),
        ("fire since 2:00", "fire", "22 02:00", ""),
        ("өрт 02:00-ден бері", "өрт", "22 02:00", ""),
        ("өрт 12:00-ге дейін", "өрт", "", "22 12:00"),
        ("вчера", "", "21 00:00", ""),
        ("школа вчера 22:00", "школа", "21 22:00", ""),
        ("с 02:00 до 06:00 школа", "школа", "22 02:00", "22 06:00"),
        ("yesterday gym", "gym", "21 00:00", ""),
        ("кеше мектеп", "мектеп", "21 00:00", ""),
        ("from 21.11 7007", "7007", "21 00:00", ""),
        ("2026-11-20 08:00 дым", "дым", "20 08:00", ""),
        ("кабинет 22.11", "кабинет 22.11", "", ""),
        ("с охраны", "с охраны", "", ""),
        ("mac aa:22:00:bb", "mac aa:22:00:bb", "", ""),
    ],
)
def test_a_time_among_the_words_is_an_end_of_the_filter(typed: str, left: str, since: str, until: str) -> None:
    """Only what cannot be anything else is taken for a time."""
    wanted = understand(Asked(words=typed), NOW)
    ends = [f"{at.astimezone(ALMATY):%d %H:%M}" if at else "" for at in (wanted.since, wanted.until)]
    assert (wanted.words, *ends) == (left, since, until)


def test_a_filter_of_blanks_asks_for_nothing() -> None:
    """Spaces are no words."""
    assert Asked(words="  ", adapter=" ").empty
    assert not Asked(urgent=True).empty
    assert not Asked(until="1h").empty


def test_letters_that_people_write_for_one_another_are_the_same() -> None:
    """A Kazakh name is found from a Russian layout, and ё as е."""
    assert matches("мектебі 3", ["№3 үлгі мектебі"])
    assert matches("караг 12", ["Қарағанды", "0012"])
    assert not matches("караг 13", ["Қарағанды", "0012"])
    assert matches("", [])
