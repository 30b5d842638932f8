"""The event tables: complete, quick to ask, and never without an answer."""

from __future__ import annotations

import csv
import subprocess
import sys
import tracemalloc
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import catalogue
from protocols.catalogue import events, tables

SCHEMES = ("contact-id", "sia")
CODES = [(event.scheme, event.code) for scheme in SCHEMES for event in events.all_events(scheme)]


@pytest.mark.parametrize("file", ["contact_id_events.csv", "sia_events.csv"])
def test_every_listed_event_is_complete(file: str) -> None:
    """No empty cell in any language, priorities from 1 to 5, each code once."""
    rows = tables.rows(file)
    assert len(rows) == 329
    assert len({row["code"] for row in rows}) == len(rows)
    assert all(cell.strip() for row in rows for cell in row.values())
    assert {row["priority"] for row in rows} <= set("12345")


@pytest.mark.parametrize(
    "file",
    [
        "contact_id_events.csv",
        "sia_events.csv",
        "cid_sia_map.csv",
        "contact_id_classes.csv",
        "sia_classes.csv",
        "sia_environment.csv",
        "words.csv",
    ],
)
def test_every_row_has_the_columns_of_its_header(file: str) -> None:
    """A comma too many or too few would shift names into other languages; every name is there."""
    with resources.files("protocols.catalogue").joinpath(file).open(encoding="utf-8") as opened:
        header, *rows = csv.reader(opened)
    assert rows
    assert all(len(row) == len(header) for row in rows)
    names = [index for index, column in enumerate(header) if column.removeprefix("name_") in catalogue.LANGUAGES]
    assert all(row[index].strip() for row in rows for index in names)


def test_every_category_and_subject_has_a_word_in_every_language() -> None:
    """What the tables and the classes use, a reader can say."""
    found = [catalogue.find(scheme, code) for scheme, code in CODES]
    found += [catalogue.find("sia", a + b) for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    found += [catalogue.find("contact-id", f"{number:03X}") for number in range(4096)]
    words = {(row["kind"], row["word"]) for row in tables.rows("words.csv")}
    assert {("category", event.category) for event in found} <= words
    assert {("subject", event.subject) for event in found} <= words
    assert {event.priority for event in found} <= {1, 2, 3, 4, 5}
    assert all(all(event.names) for event in found)


def test_the_code_map_names_listed_codes_only() -> None:
    """Every row of the map joins two codes that the tables list."""
    rows = tables.rows("cid_sia_map.csv")
    assert len(rows) == 538
    assert all(catalogue.known("contact-id", row["cid"]) and catalogue.known("sia", row["sia"]) for row in rows)
    assert {row["qualifier"] for row in rows} == {"1", "3"}


@pytest.mark.parametrize(
    ("scheme", "code", "category", "subject", "priority"),
    [
        ("contact-id", "110", "fire", "zone", 1),
        ("contact-id", "130", "burglary", "zone", 2),
        ("contact-id", "401", "open_close", "user", 4),
        ("contact-id", "602", "test", "zone", 5),
        ("sia", "FA", "fire", "zone", 1),
        ("sia", "BR", "restore", "zone", 4),
        ("sia", "CL", "open_close", "user", 4),
    ],
)
def test_a_listed_code_is_found_as_its_table_has_it(
    scheme: str, code: str, category: str, subject: str, priority: int
) -> None:
    """Category, subject and priority come from the row."""
    event = catalogue.find(scheme, code)
    assert event.known
    assert (event.category, event.subject, event.priority) == (category, subject, priority)


@pytest.mark.parametrize(
    ("scheme", "code", "category", "priority", "name"),
    [
        ("contact-id", "199", "general", 2, "Unknown alarm"),
        ("contact-id", "119", "fire", 2, "Unknown fire alarm"),
        ("contact-id", "2FF", "supervisory", 2, "Unknown supervisory signal"),
        ("contact-id", "34B", "trouble", 3, "Unknown trouble"),
        ("contact-id", "49A", "open_close", 4, "Unknown open/close"),
        ("contact-id", "5BB", "disable", 4, "Unknown bypass or disabling"),
        ("contact-id", "6BB", "misc", 4, "Unknown test or service event"),
        ("contact-id", "888", "misc", 3, "Unknown event (8xx)"),
        ("sia", "LA", "general", 2, "Unknown alarm: phone line and programming"),
        ("sia", "HV", "panic", 2, "Unknown confirmed alarm: hold-up"),
        ("sia", "HX", "test", 5, "Test: hold-up"),
        ("sia", "QQ", "medical", 3, "Unknown event: emergency"),
        ("sia", "DR", "restore", 4, "Door restored"),
        ("sia", "??", "misc", 3, "Unknown event"),
        ("other", "7", "misc", 3, "Unknown event"),
    ],
)
def test_an_unlisted_code_is_told_by_its_class(scheme: str, code: str, category: str, priority: int, name: str) -> None:
    """The first digit, or the two letters, say what can be said."""
    event = catalogue.find(scheme, code)
    assert (event.code, event.category, event.priority, event.names[0]) == (code, category, priority, name)


def test_an_unlisted_alarm_stays_urgent() -> None:
    """Any 1xx and any two letters ending in A that no table has keep priority 2, which opens an alarm."""
    for code in [f"1{number:02X}" for number in range(256)]:
        assert catalogue.known("contact-id", code) or catalogue.find("contact-id", code).priority == 2
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        assert catalogue.known("sia", letter + "A") or catalogue.find("sia", letter + "A").priority == 2


@given(st.text(max_size=6), st.text(max_size=6), st.sampled_from(["new", "restore", "status", "?"]))
@settings(deadline=None, max_examples=100)
def test_no_code_at_all_makes_it_fail(scheme: str, code: str, qualifier: str) -> None:
    """Whatever a peer calls its scheme and code has a meaning and a name in each language."""
    for one in (scheme, *SCHEMES):
        assert catalogue.find(one, code).code == code
        assert all(catalogue.name(one, code, qualifier, language) for language in catalogue.LANGUAGES)
        catalogue.pairs(one, code, code)
    catalogue.to_sia(code, qualifier)
    catalogue.to_contact_id(code)


def test_unlisted_codes_leave_nothing_behind() -> None:
    """Peers choose their codes, so no memory grows by them."""
    catalogue.find("sia", "QQ")
    catalogue.find("contact-id", "F00")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(20_000):
            catalogue.find("sia", f"Q{number}")
            catalogue.find("contact-id", f"F{number}")
            catalogue.find(f"s{number}", "x")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


@pytest.mark.parametrize(
    ("code", "qualifier", "english", "russian", "kazakh"),
    [
        ("401", "new", "Disarmed", "Снят с охраны", "Күзеттен алынды"),
        ("401", "restore", "Armed", "Поставлен на охрану", "Күзетке қойылды"),
        ("441", "restore", "Armed stay", "Частичная охрана (дома)", "Ішінара күзет (үйде)"),
        ("456", "new", "Partial arm", "Частичная постановка", "Ішінара күзетке қойылды"),
        ("456", "restore", "Partial arm", "Частичная постановка", "Ішінара күзетке қойылды"),
        ("131", "new", "Perimeter", "Тревога: периметр", "Дабыл: периметр"),
        ("130", "restore", "Burglary (restored)", "Проникновение (восстановление)", "Басып кіру (қалпына келді)"),
        ("130", "status", "Burglary (still present)", "Проникновение (сохраняется)", "Басып кіру (әлі бар)"),
        ("570", "restore", "Zone bypass (ended)", "Обход зоны (завершено)", "Аймақ ажыратылды (аяқталды)"),
        ("49A", "restore", "Unknown closing", "Неизвестная постановка", "Белгісіз күзетке қою"),
    ],
)
def test_a_contact_id_name_follows_the_qualifier(
    code: str, qualifier: str, english: str, russian: str, kazakh: str
) -> None:
    """Openings and closings have names of their own; elsewhere a word is added."""
    names = [catalogue.name("contact-id", code, qualifier, language) for language in catalogue.LANGUAGES]
    assert names == [english, russian, kazakh]


def test_a_sia_name_needs_no_word_for_the_qualifier() -> None:
    """The code says what ended; only a measurement of an environmental block is named otherwise."""
    assert catalogue.name("sia", "BR", "restore", "en") == "Burglary restored"
    assert catalogue.name("sia", "DA", "new", "en") == "Card added"
    assert catalogue.name("sia", "DA", "status", "en") == "Temperature reading"


def test_an_unknown_language_is_refused_by_name() -> None:
    """The error lists what there is; a word that is not in the list stays as it is."""
    with pytest.raises(ValueError, match="'de' is not one of en, ru, kk"):
        catalogue.name("sia", "BA", "new", "de")
    assert catalogue.word("state", "no-such-state", "ru") == "no-such-state"
    assert catalogue.category_name("fire", "ru") == "пожар"
    assert catalogue.qualifier_name("status", "kk") == "әлі бар"
    assert catalogue.state_name("late", "en") == "late"
    assert catalogue.subject_name("zone", "ru") == "шлейф"
    assert catalogue.priority_name(1, "en") == "danger to life"


def test_codes_translate_by_the_first_row_of_the_map() -> None:
    """In each direction the first matching row wins; a condition still present maps like a new one."""
    assert catalogue.to_sia("130", "new") == "BA"
    assert catalogue.to_sia("130", "status") == "BA"
    assert catalogue.to_sia("130", "restore") == "BH"
    assert catalogue.to_sia("456", "restore") is None
    assert catalogue.to_sia("750", "new") is None
    assert catalogue.to_contact_id("BA") == ("130", "new")
    assert catalogue.to_contact_id("BR") == ("130", "restore")
    assert catalogue.to_contact_id("TA") == ("137", "new")
    assert catalogue.to_contact_id("ZY") is None


@pytest.mark.parametrize(
    ("alarm", "restores", "others"),
    [
        ("BA", ["BH", "BR"], ["BJ", "FH", "BU", "PR"]),
        ("BV", ["BH", "BR"], ["BJ"]),
        ("BM", ["BH", "BR"], ["BJ"]),
        ("FA", ["FH", "FR"], ["FJ", "FV", "BH"]),
        ("SA", ["SH", "SR"], ["SJ"]),
        ("TA", ["TH", "TR"], ["TJ"]),
        ("KT", ["KJ"], ["BJ", "KH"]),
        ("XQ", ["XH"], ["XR"]),
        ("UZ", ["UR"], ["BR"]),
        ("QQ", ["QR", "QH"], ["BR"]),
        ("YL", ["AR"], ["BR"]),
    ],
)
def test_a_restore_belongs_to_the_alarm_that_it_ends(alarm: str, restores: list[str], others: list[str]) -> None:
    """By the map where it joins them, else by the first letter."""
    assert [code for code in restores + others if catalogue.pairs("sia", alarm, code)] == restores


def test_a_contact_id_restore_has_the_code_of_its_alarm() -> None:
    """The qualifier tells them apart; over two schemes the Contact ID code decides."""
    assert catalogue.pairs("contact-id", "130", "130")
    assert not catalogue.pairs("contact-id", "130", "131")
    assert catalogue.pairs("contact-id", "130", "BR", "sia")
    assert catalogue.pairs("sia", "BA", "130", "contact-id")
    assert not catalogue.pairs("sia", "BA", "110", "contact-id")


def test_the_tables_are_read_only_when_a_code_is_asked_for() -> None:
    """Importing the catalogue costs no file."""
    code = (
        "from protocols import catalogue\n"
        "from protocols.catalogue import events\n"
        "assert not events._events\n"
        "catalogue.find('sia', 'BA')\n"
        "assert len(events._events) == 2\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_after_preload_no_table_is_opened_any_more() -> None:
    """A station whose descriptors are used up still knows what a fire alarm is, and its name."""
    script = """
import resource
from protocols import catalogue
from protocols.catalogue.station_words import station_name
catalogue.preload()
resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
for language in catalogue.LANGUAGES:
    for scheme, code in (("contact-id", "120"), ("contact-id", "1B9"), ("sia", "FA"), ("sia", "QX"), ("other", "1")):
        for qualifier in ("new", "restore", "status"):
            catalogue.find(scheme, code)
            catalogue.name(scheme, code, qualifier, language)
            catalogue.pairs(scheme, code, code, scheme)
            catalogue.to_sia(code, qualifier)
            catalogue.to_contact_id(code)
    catalogue.category_name("fire", language)
    catalogue.priority_name(1, language)
    station_name("path.lost", language)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
