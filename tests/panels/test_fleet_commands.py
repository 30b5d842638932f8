"""The lines a running fleet takes, and what it answers to those it cannot."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panels.district import load
from panels.fleet_commands import USAGE, Alarm, CommandError, Restore, Silence, Tell, parse

DISTRICT = load()


def test_an_alarm_is_read_with_account_incident_and_zone() -> None:
    """Leading zeros of a zone and capitals of the words do not matter; without a zone it is the first."""
    for line, zone in (("alarm 7003 panic", "021"), ("ALARM 7003 Panic 22", "022"), ("alarm 7003 fire 013", "013")):
        command = parse(line, DISTRICT)
        assert isinstance(command, Alarm)
        assert command.zone is not None
        assert (command.site.account, command.zone.number) == ("7003", zone)


def test_what_happens_at_the_panel_itself_has_no_zone() -> None:
    """Such as a mains failure."""
    command = parse("alarm 7003 mains", DISTRICT)
    assert isinstance(command, Alarm)
    assert command.zone is None


def test_the_other_commands_are_read() -> None:
    """Each in its forms; empty lines and comments are nothing."""
    restore = parse("restore 7001 fire", DISTRICT)
    assert isinstance(restore, Restore)
    assert restore.incident is not None
    assert parse("restore 7001", DISTRICT) == Restore(DISTRICT.sites[0], None)
    assert parse("silence 7001 90  # for a while", DISTRICT) == Silence(DISTRICT.sites[0], 90.0)
    assert [parse(word, DISTRICT) for word in ("list", "incidents", "help")] == [
        Tell("list"),
        Tell("incidents"),
        Tell("help"),
    ]
    assert parse("", DISTRICT) is None
    assert parse("  # nothing", DISTRICT) is None


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("explode 7001", "allowed: alarm, restore, silence, list, incidents, help"),
        ("alarm", "write it like this: alarm ACCOUNT INCIDENT"),
        ("alarm 7001 fire 011 now", "write it like this: alarm ACCOUNT INCIDENT"),
        ("list 7001", "write it like this: list$"),
        ("alarm 9999 fire", "allowed: 7001, ..., 7024"),
        ("alarm 7001 flood", "allowed: panic, fire, "),
        ("alarm 7001 fire 021", "allowed: 011, 012, 013"),
        ("alarm 7001 fire x", "allowed: 011, 012, 013"),
        ("alarm 7001 mains 1", "leave the zone out"),
        ("silence 7001 soon", "allowed: above 0"),
        ("silence 7001 0", "allowed: above 0"),
        ("silence 7001 100000", "up to 86400"),
    ],
)
def test_a_wrong_line_is_answered_with_what_is_allowed(line: str, named: str) -> None:
    """In one line."""
    with pytest.raises(CommandError, match=named) as caught:
        parse(line, DISTRICT)
    assert "\n" not in str(caught.value)


@given(st.one_of(st.text(), st.lists(st.sampled_from([*USAGE, "7001", "fire", "021", "1e9", "²", "-1"])).map(" ".join)))
def test_no_line_does_anything_but_be_read_or_refused(line: str) -> None:
    """Whatever somebody pipes in; an answer stays short."""
    answer = ""
    with suppress(CommandError):
        try:
            parse(line, DISTRICT)
        except CommandError as error:
            answer = str(error)
            raise
    assert len(answer) < 400
