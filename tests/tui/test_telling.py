"""The words of entries, alarms, paths and the wire, which the commands and the console share."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.catalogue import LANGUAGES
from ptsn.render import Renderer
from receiver.adapters.endpoints import Target, parse_listen
from tui.look import State
from tui.shown import size
from tui.state.model import Alarm, Condition, Entry, PathRow, WireRecord
from tui.state.names import Names, Site
from tui.telling import Teller, listening, wire_line, wire_lines

ROOT = Path(__file__).parents[2]
FIRE = Entry(
    id=7,
    kind="signal",
    received_at="2026-11-22T14:43:06.123Z",
    account="1234",
    account_key="1234",
    scheme="contact-id",
    code="110",
    qualifier="new",
    category="fire",
    priority=1,
    partition="01",
    subject="zone",
    number="015",
)


def names() -> Names:
    """One site with a zone."""
    made = Names()
    made.set_sites({"1234": Site("School 12", others=("Школа 12",))}, "en")
    made.set_zones("1234", [{"number": "15", "name": "Corridor 2"}])
    return made


def made(**fields: Any) -> Entry:
    """The fire, with other fields."""
    return msgspec.structs.replace(FIRE, **fields)


def test_a_signal_is_told_with_its_zone_by_name() -> None:
    """Leading zeros do not count; what counts users has no zone's name."""
    teller = Teller("en", "Asia/Almaty", names())
    assert teller.event(FIRE) == "Fire alarm"
    assert teller.place(FIRE) == "Corridor 2 (zone 015), partition 01"
    assert teller.site(FIRE) == "School 12"
    assert teller.time(FIRE.received_at) == "19:43:06"
    assert teller.place(made(subject="user")) == "user 015, partition 01"
    assert teller.place(made(number="000", user="3")) == "user 3, partition 01"
    condition = Condition(scheme="contact-id", code="110", partition="01", subject="zone", number="15")
    assert teller.place(condition, "1234") == "Corridor 2 (zone 15), partition 01"
    assert teller.event(condition) == "Fire alarm"


def test_what_has_no_name_has_its_number_or_its_adapter() -> None:
    """A line is never without a place."""
    teller = Teller(names=names())
    assert teller.site(made(account="77", account_key="77")) == "77"
    assert teller.site(Entry(id=1, kind="station", adapter="ip")) == "ip"
    assert teller.site(PathRow(account="1234", account_key="1234")) == "School 12"
    assert teller.site(WireRecord(n=1, account="9")) == "9"


def test_the_date_is_told_where_it_is_not_today() -> None:
    """In the reader's time zone; nonsense is no time."""
    teller = Teller("en", "Asia/Almaty", today=date(2026, 11, 22))
    assert teller.time("2026-11-22T18:59:59.000Z", millis=True) == "23:59:59.000"
    assert teller.time("2026-11-22T19:00:00.000Z") == "2026-11-23 00:00:00"
    assert teller.date_time("2026-11-22T18:59:59.000Z") == "2026-11-22 23:59:59"
    assert teller.time("soon") == teller.time(None) == "--:--:--"


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        (FIRE, State.ALARM),
        (made(priority=2), State.URGENT),
        (made(priority=3), State.TROUBLE),
        (made(priority=5), State.PLAIN),
        (made(qualifier="restore"), State.RESTORED),
        (made(qualifier="restore", category="open_close", priority=4), State.PLAIN),
        (made(kind="unread"), State.UNREAD),
        (made(kind="unread", priority=4), State.PLAIN),
        (made(kind="security", priority=0), State.SECURITY),
        (made(kind="station", priority=2, code="path.lost"), State.URGENT),
        (made(kind="station", priority=2, code="path.restored"), State.RESTORED),
        (made(kind="station", priority=0), State.STATION),
        (made(kind="action", priority=0), State.ACTION),
        (made(kind="of-tomorrow", priority=0), State.PLAIN),
    ],
)
def test_an_entry_stands_as_what_it_is(entry: Entry, state: State) -> None:
    """By its kind, else by its priority."""
    assert Teller().state(entry) is state


def test_an_alarm_stands_by_what_operators_have_to_do() -> None:
    """Unseen first of all: a restored alarm that nobody has seen is unseen."""
    teller = Teller()
    assert teller.alarm_state(Alarm(id=1, priority=1, ringing=True, restored="all")) is State.ALARM
    assert teller.alarm_state(Alarm(id=1, priority=2, ringing=True)) is State.URGENT
    assert teller.alarm_state(Alarm(id=1, priority=1, restored="partly")) is State.SEEN
    assert teller.alarm_state(Alarm(id=1, priority=1, restored="all")) is State.RESTORED
    assert teller.alarm_state(Alarm(id=1, priority=1, ringing=True), closed=True) is State.CLOSED


def test_what_is_out_of_the_ordinary_is_noted() -> None:
    """Late and by how much, repeat, unknown, a name that nobody checked."""
    odd = made(late=True, age_s=7500.0, repeat=True, unknown=True, operator="x", unverified=True)
    assert Teller().notes(odd) == ["late 2 h 5 min", "repeat", "unknown account", "name not verified"]
    assert Teller("ru").notes(odd)[0] == "с опозданием 2 ч 5 мин"
    assert Teller().notes(FIRE) == []
    assert Teller().operator("night shift", unverified=True) == "night shift [name not verified]"


def test_an_alarm_of_a_lost_path_tells_the_path() -> None:
    """Which is no partition and no zone."""
    lost = Condition(code="path.lost", partition="ip/dc09", number="B")
    teller = Teller()
    assert (
        teller.place(Alarm(id=1, kind="station", code="path.lost", conditions=(lost,))) == "adapter ip (dc09), path B"
    )
    assert teller.event(lost) == "Path lost"
    assert teller.place(Condition(code="adapter.lost", partition="ip/dc09")) == ""
    assert teller.place(Condition(code="path.lost")) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_gap_is_told_with_what_is_missing(language: str) -> None:
    """How many, and which."""
    said = Teller(language).event(Entry(id=11, kind="gap", count=970))
    assert "970" in said
    assert "11" in said
    assert "980" in said


def test_details_are_read_as_people_read_them() -> None:
    """Durations, sizes, jumps with their sign, modes; what has no words comes as it is, cleaned."""
    details = {
        "jump_s": ["-2.5"],
        "asleep_s": ["7300"],
        "free_bytes": ["640000"],
        "mode": ["demo"],
        "listen": ["tcp:5000:interface=[::]"],
        "odd\x1b": ["x\x07"],
    }
    said = Teller().details(Entry(id=1, kind="station", code="station.started", details=details))
    assert said[:5] == ["by: -2.5 s", "for: 2 h 1 min", "free: 640 kB", "mode: demo", "tcp:[::]:5000"]
    assert said[5] == "odd‹U+001B›: x‹U+0007›"
    assert (size(1_500_000_000), size(23_400_000, "ru")) == ("1.5 GB", "23 МБ")


@pytest.mark.parametrize("interface", ["127.0.0.1", "0.0.0.0", "[::1]", "[fe80::1]"])
def test_addresses_are_told_as_the_station_understands_them(interface: str) -> None:
    """The spelling that the settings' reader gives, turned round."""
    listen = parse_listen(f"tcp:5000:interface={interface}")
    assert listening(str(listen)) == str(Target("tcp", listen.interface, 5000))
    assert listening("serial:/dev/ttyS0\x07") == "serial:/dev/ttyS0‹U+0007›"


TEXT = st.text(max_size=30)
FIELDS = st.fixed_dictionaries(
    {"id": st.integers(0, 9)},
    optional={
        name: TEXT | st.sampled_from(["signal", "station", "security", "action", "unread", "path.lost", "sia", "BA"])
        for name in Entry.__struct_fields__
        if Entry.__annotations__[name] == "str"
    }
    | {"details": st.dictionaries(TEXT | st.just("jump_s"), st.lists(TEXT | st.just("nan"), max_size=2), max_size=2)},
)


@given(FIELDS, st.sampled_from(LANGUAGES))
def test_whatever_an_entry_holds_nothing_unseen_reaches_the_terminal(fields: dict[str, Any], language: str) -> None:
    """Of any field, in any language, from any word that is told."""
    entry = msgspec.convert(fields, Entry)
    teller = Teller(language, names={entry.account_key: "a\x1bb"})
    said = [
        teller.event(entry),
        teller.place(entry),
        teller.site(entry),
        teller.said(entry),
        teller.kind(entry),
        teller.time(entry.received_at),
        teller.operator(entry.operator, True),
        *teller.notes(entry),
        *teller.details(entry),
    ]
    assert all(part.isprintable() for part in said), said


@given(
    st.fixed_dictionaries(
        {"n": st.just(1)},
        optional=dict.fromkeys(
            ("at", "peer", "bytes", "token", "account", "verdict", "answer", "why", "plain", "guess", "text"), TEXT
        )
        | {"what": st.sampled_from(["in", "out", "verdict", "noise", "note", "lost", "new"])},
    )
)
def test_nor_does_it_from_the_wire(fields: dict[str, Any]) -> None:
    """One line a record for the console, all of them for the command."""
    record = msgspec.convert(fields, WireRecord)
    assert wire_line(Teller(), record).isprintable()
    assert all(line.isprintable() for line in wire_lines(Teller("kk"), record))


def test_tail_and_console_say_the_same() -> None:
    """The command's line is made of the console's words."""
    teller = Teller("kk", names=names())
    line = Renderer("kk", accounts={"1234": "School 12"}, zones={"1234": {"15": "Corridor 2"}}).entry(
        msgspec.to_builtins(FIRE)
    )
    for words in (teller.event(FIRE), teller.place(FIRE), teller.site(FIRE), teller.kind(FIRE)):
        assert words in line


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("tui.telling", ("textual", "rich", "httpx", "asyncio")),
        ("tui.shown", ("textual", "rich", "httpx", "asyncio")),
        ("tui.state.station", ("textual", "rich", "httpx", "asyncio")),
        ("tui.link", ("textual",)),
        ("tui.feed", ("textual",)),
        ("ptsn.render", ("textual", "httpx")),
        ("ptsn.commands.tail", ("textual", "httpx", "tui")),
        ("ptsn.cli", ("textual", "httpx", "tui")),
    ],
)
def test_words_come_without_the_screen(module: str, without: tuple[str, ...]) -> None:
    """``ptsn --help`` and ``ptsn tail`` stay quick."""
    script = f"import sys, {module}\nprint(*[name for name in {without!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


ADDED = made(kind="amendment", amends=6, text="KITCHEN", priority=1)


def test_an_addition_is_told_as_one() -> None:
    """By its text, and what it adds to; it has no mark of urgency, since its event has it already."""
    teller = Teller()
    assert (teller.event(ADDED), teller.said(ADDED), teller.amended(ADDED)) == (
        'text added: "KITCHEN"',
        "",
        "Fire alarm",
    )
    assert (teller.state(ADDED), teller.kind(ADDED)) == (State.PLAIN, "addition")
    assert teller.event(made(kind="amendment", text="")) == "Added to an event"
    assert teller.amended(FIRE) == ""


def test_who_handed_a_message_on_is_told_where_it_names_a_receiver() -> None:
    """Receiver, line, or both."""
    teller = Teller()
    told = [teller.receiver(made(receiver=r, line=line)) for r, line in (("01", "1"), (None, "1"), ("01", ""))]
    assert told == ["receiver 01, line 1", "line 1", "receiver 01"]
    assert teller.receiver(FIRE) == ""
