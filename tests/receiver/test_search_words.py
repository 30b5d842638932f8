"""What a question finds: every way a word can be meant, every filter, every language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from receiver.accounts import Account, Zone
from receiver.journal.entry import EntryKind
from receiver.search import Query, SearchError
from receiver.search.engine import HIDDEN_MAX
from receiver.search.query import NARROW, Understood
from tests.receiver.search_support import MORNING, Kept, body

SCHOOLS = (
    Account(account="1234", name="Lakeside School", name_ru="Школа у озера", name_kk="Көл жағасындағы мектеп"),
    Account(account="2200", name="Hill House", name_ru="Дом на горе", name_kk="Тау үйі", address="Қабанбай 7"),
    Account(account="2201", prefix="5", name="Annex", name_ru="Пристройка ёлочка"),
)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with Kept(tmp_path) as kept:
        yield kept


def fill(kept: Kept) -> None:
    """Entries 1 to 8."""
    kept.known(
        kept.add(
            body("110", category="fire", priority=1, text="Кабинет 5"),
            body("FA", scheme="sia", category="fire", account="2200", account_key="2200", text="Жөндеу бөлмесі"),
            body("401", category="open_close", subject="user", number="003", priority=4),
            body("401", qualifier="restore", category="open_close", subject="user", number="003", priority=4),
            body("131", qualifier="restore", account="2201", account_key="L5#2201", adapter="radio"),
            body("602", category="test", priority=5),
            body("110", category="fire", repeat=True),
            body(
                "alarm.closed",
                kind=EntryKind.ACTION,
                scheme="",
                qualifier="",
                category="",
                priority=0,
                subject="",
                number="",
                operator="Dispatcher (root@socket)",
                note="Ложная, уборщица",
            ),
        )
    )


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("fire", [2, 1]),
        ("пожара", [2, 1]),
        ("өрттің", [2, 1]),
        ("орт", [2, 1]),
        ("110", [1]),
        ("E110", [1]),
        ("R110", []),
        ("FA", [2]),
        ("disarmed", [3]),
        ("поставлен", [4]),
        ("қойылды", [4]),
        ("коиылды", [4]),
        ("периметр", [5]),
        ("периметр восстановление", [5]),
        ("perimeter restored", [5]),
        ("открыт периметр", []),
        ("кабинет", [1]),
        ("кабинеты 5", [1]),
        ("кабинет 6", []),
        ("жондеу", [2]),
        ("ЖӨНДЕУ", [2]),
        ("бөлме", [2]),
        ("220", [5, 2]),
        ("22", []),
        ("2201", [5]),
        ("L5", [5]),
        ("lakeside", [8, 4, 3, 1]),
        ("озеро", [8, 4, 3, 1]),
        ("озера пожар", [1]),
        ("мектеп", [8, 4, 3, 1]),
        ("көл", [8, 4, 3, 1]),
        ("кабанбай", [2]),
        ("ЕЛОЧКА", [5]),
        ("ёлочки", [5]),
        ("dispatcher", [8]),
        ("уборщицы", [8]),
        ("закрыта", [8, 4]),
        ("тревога закрыта", [8]),
        ("nonsense", []),
        ("fire nonsense", []),
    ],
)
def test_a_word_is_met_by_whatever_it_can_mean(kept: Kept, question: str, found: list[int]) -> None:
    """Events, codes, sites, addresses, numbers and their beginnings, texts, notes, operators."""
    fill(kept)
    assert kept.ids(question, SCHOOLS) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"account": "2200"}, [2]),
        ({"account": "2201"}, [5]),
        ({"account": "L5#2201"}, [5]),
        ({"account": "l5#2201"}, [5]),
        ({"account": "220"}, []),
        ({"account": "L5"}, []),
        ({"categories": ("fire",)}, [2, 1]),
        ({"categories": ("fire", "open_close")}, [4, 3, 2, 1]),
        ({"kinds": ("action",)}, [8]),
        ({"kinds": ("signal",)}, [5, 4, 3, 2, 1]),
        ({"kinds": ("signal", "action")}, [8, 5, 4, 3, 2, 1]),
        ({"kinds": tuple(EntryKind)}, [8, 5, 4, 3, 2, 1]),
        ({"kinds": ("security",)}, []),
        ({"adapter": "radio"}, [5]),
        ({"adapter": "IP", "account": "2200"}, [2]),
        ({"priority": 1}, [1]),
        ({"priority": 4}, [5, 4, 3, 2, 1]),
        ({"hidden": True}, [8, 7, 6, 5, 4, 3, 2, 1]),
        ({"hidden": True, "categories": ("test",)}, [6]),
        ({"before": 4}, [3, 2, 1]),
        ({"since": 4}, [8, 5]),
        ({"since": 2, "before": 5}, [4, 3]),
        ({"limit": 2}, [8, 5]),
    ],
)
def test_a_filter_leaves_only_what_it_names(kept: Kept, filters: dict[str, object], found: list[int]) -> None:
    """Each of them, and some together."""
    fill(kept)
    assert kept.ids("", SCHOOLS, **filters) == found


def test_tests_and_repeats_are_left_out_and_counted(kept: Kept) -> None:
    """All that match are counted, whichever page is asked for; up to a bound."""
    fill(kept)
    found = kept.find()
    assert (found.hidden, found.hidden_more) == (2, False)
    assert kept.find(before=2).hidden == 2
    assert kept.find(since=6).hidden == 1
    assert kept.find("fire").hidden == 1
    assert kept.find(hidden=True).hidden == 0
    kept.known(kept.add(*[body("602", category="test") for _ in range(HIDDEN_MAX)]))
    found = kept.find()
    assert (found.hidden, found.hidden_more) == (HIDDEN_MAX, True)


def test_pages_join_without_a_gap(kept: Kept) -> None:
    """``more`` says that there may be another one."""
    kept.known(kept.add(*[body() for _ in range(10)]))
    first = kept.find("130", limit=4)
    second = kept.find("130", limit=4, before=first.ids[-1])
    third = kept.find("130", limit=4, before=second.ids[-1])
    assert first.ids + second.ids + third.ids == list(range(10, 0, -1))
    assert (first.more, second.more, third.more) == (True, True, False)


def test_a_time_range_holds_also_where_the_clock_was_set_back(kept: Kept) -> None:
    """Every entry by its own time, whatever its place."""
    hour = 3600
    for at in (0, 1, 2, 3, 1.5, 2.5, 4):
        last = kept.add(body(), at=MORNING + at * hour)
    kept.known(last)

    def at(start: float, end: float) -> list[int]:
        return kept.ids(from_us=int((MORNING + start * hour) * 1e6), to_us=int((MORNING + end * hour) * 1e6))

    assert at(0, 5) == [7, 6, 5, 4, 3, 2, 1]
    assert at(1.5, 2.5) == [5, 3]
    assert at(2, 3) == [6, 3]
    assert at(4, 4) == at(9, 10) == at(-3, -1) == []
    assert kept.ids(from_us=int((MORNING + 3 * hour) * 1e6)) == [7, 4]
    assert kept.ids(to_us=int((MORNING + hour) * 1e6)) == [1]


def test_what_was_understood_is_told_word_by_word(kept: Kept) -> None:
    """So that a console can say that nothing is known by a word."""
    fill(kept)
    school, fire, nothing, number = kept.find("школа пожар zzz 220", SCHOOLS).understood
    assert school == Understood("школа", 0, 0, 1, 0)
    assert (fire.word, fire.codes > 5, fire.categories, fire.accounts) == ("пожар", True, 1, 0)
    assert nothing == Understood("zzz", 0, 0, 0, 0)
    assert (number.accounts, number.zones) == (2, 0)


def test_what_was_understood_is_told_as_it_was_typed(kept: Kept) -> None:
    """And not as it is compared."""
    fill(kept)
    told = [one.word for one in kept.find("Шлейф 013 ЁЛКА Қоңырау связь потеряна PA на", SCHOOLS).understood]
    assert told == ["Шлейф 013", "ЁЛКА", "Қоңырау", "связь потеряна", "PA"]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("пожарная тревога", [1]),
        ("пожар тревога", [1]),
        ("fire alarm", [1]),
        ("өрт дабылы", [1]),
        ("тревога", [2, 1]),
        ("сработка", [2, 1]),
        ("дабыл", [2, 1]),
        ("взятие", [4]),
        ("взят под охрану", [4]),
        ("постановка", [4]),
        ("closing", [4]),
        ("arming", [4]),
        ("күзетке қою", [4]),
        ("күзетке алу", [4]),
        ("закрытия", [4]),
        ("снятие", [3]),
        ("снят с охраны", [3]),
        ("открытия", [3]),
        ("opening", [3]),
        ("disarming", [3]),
        ("күзеттен алу", [3]),
        ("КТС", [2]),
        ("кнопка", [2]),
        ("түйме", [2]),
        ("питание", [5]),
        ("220", [5]),
        ("AC power", [5]),
        ("қуат жоқ", [5]),
        ("связь потеряна", [6]),
        ("нет связи", [6]),
        ("байланыс жоқ", [6]),
        ("connection lost", [6]),
        ("автотест", [7]),
        ("periodic test", [7]),
        ("сынақ", [7]),
        ("неисправность", [6, 5]),
        ("ақау", [6, 5]),
        ("fault", [6, 5]),
        ("норма", [8]),
        ("restore", [8]),
        ("қалпына келді", [8]),
        ("аккумулятор", [8]),
        ("PA", [2]),
        ("pa", [9, 2]),
    ],
)
def test_events_are_found_by_what_people_call_them(kept: Kept, question: str, found: list[int]) -> None:
    """Usual words and phrases in three languages, which no table of codes has; tests are shown to who asks."""
    kept.known(
        kept.add(
            body("110", category="fire", priority=1),
            body("PA", scheme="sia", category="panic", priority=1, account="3300", account_key="3300"),
            body("401", category="open_close", subject="user", priority=4),
            body("401", qualifier="restore", category="open_close", subject="user", priority=4),
            body("301", category="trouble", priority=3),
            body("350", category="comm", priority=3),
            body("602", category="test", priority=5),
            body("302", qualifier="restore", category="trouble", priority=3),
            body("760", category="custom", priority=4, text="parking"),
        )
    )
    if question in ("неисправность", "ақау", "fault"):
        # The end of a trouble is of its category.
        found = [8, *found]
    assert kept.ids(question) == found


def test_a_number_is_a_whole_number_until_it_can_be_the_beginning_of_an_account(kept: Kept) -> None:
    """School 7 is not every account from 7001 on."""
    sites = (
        Account(account="0005", name="School 7", name_ru="Школа № 7"),
        Account(account="7001", name="School 12", name_ru="Школа № 12"),
        Account(account="0007", name="Depot"),
        Account(account="7002", name="School 70"),
    )
    kept.known(kept.add(*[body(account=one.account, account_key=one.account) for one in sites]))
    assert kept.ids("школа 7", sites) == kept.ids("school №7", sites) == [1]
    assert kept.ids("7", sites) == [3, 1]
    assert kept.ids("007", sites) == [3]
    assert kept.ids("70", sites) == [4]
    assert kept.ids("700", sites) == [4, 2]
    assert kept.ids("7002", sites) == [4]
    assert [one.accounts for one in kept.find("7 70 700", sites).understood] == [2, 1, 2]


def test_a_number_behind_its_subject_is_the_number_of_that(kept: Kept) -> None:
    """Zones, users and partitions, leading zeros aside; in names and texts the words count, too."""
    kept.known(
        kept.add(
            body(number="013", partition="02"),
            body(number="003", subject="user", partition="01"),
            body("CL", scheme="sia", number="2", subject="area"),
            body(number="3", account="0013", account_key="0013"),
            body(number="130", text="Zone 13 of the fence"),
            body(number="9", user="3"),
        )
    )
    for asked in ("шлейф 013", "zone 13", "ЗОНЕ №13", "аймақ 13", "13-аймақ", "13-шлейф"):
        assert kept.ids(asked) == ([5, 1] if asked == "zone 13" else [1]), asked
    for asked in ("user 3", "пользователь 003", "пайдаланушы 3", "3-пайдаланушы"):
        assert kept.ids(asked) == [6, 2], asked
    for asked in ("partition 2", "раздел 02", "2-бөлім"):
        assert kept.ids(asked) == [3, 1], asked
    assert kept.ids("шлейф 13 раздел 2") == [1]
    assert kept.ids("шлейф 13 раздел 1") == []
    (taken,) = kept.find("шлейф 013").understood
    assert taken == Understood("шлейф 013", 0, 0, 0, 0, numbers=1)


def test_zones_are_found_by_their_names(kept: Kept) -> None:
    """Only the entries about that zone of that account, leading zeros aside."""
    kept.known(
        kept.add(
            body(number="005"),
            body(number="5", account="2200", account_key="2200"),
            body(number="6"),
            body(subject="user", number="005"),
            body(subject="point", number="05"),
        )
    )
    zones = {"1234": {"5": Zone("5", name="Gym", name_ru="Спортзал", name_kk="Спорт залы")}}
    for word in ("gym", "спортзале", "залы", "СПОРТ"):
        found = kept.find(word, SCHOOLS, zones)
        assert found.ids == [5, 1], word
        assert found.understood[0].zones == 1
    assert kept.find("gym периметр", SCHOOLS, zones).ids == []


def test_a_word_that_names_very_many_sites_finds_all_of_their_entries(kept: Kept) -> None:
    """They are gone through instead of looked up; the answers are the same."""
    many = tuple(Account(account=f"{3000 + at}", name=f"School {at}") for at in range(NARROW * 2))
    zones = {each.account_key: {"7": Zone("7", name="Corridor")} for each in many}
    kept.known(
        kept.add(
            body("110", account="3000", account_key="3000", number="007"),
            body("130", account="3399", account_key="3399"),
            body("110", account="9", account_key="9", text="school bus"),
            body("110", account="9", account_key="9"),
            body("602", account="3001", account_key="3001", category="test", number="7"),
        )
    )
    assert kept.ids("school", many) == [3, 2, 1]
    assert kept.ids("school fire", many) == [3, 1]
    assert kept.ids("school", many, hidden=True) == [5, 3, 2, 1]
    assert kept.find("school", many).hidden == 1
    assert kept.find("corridor", many, zones, hidden=True).ids == [5, 1]
    assert kept.find("corridor school 110", many, zones).ids == [1]
    assert kept.ids("school", many, from_us=0, account="3399") == [2]


def test_an_account_that_got_its_name_later_is_found_under_it(kept: Kept) -> None:
    """What came before it was entered, too, where the journal tells."""
    last = kept.add(
        body("130", account="1234", account_key="?L0#1234", unknown=True),
        body(
            "accounts.changed",
            kind=EntryKind.STATION,
            scheme="",
            account="",
            account_key="",
            subject="",
            number="",
            details={"renamed": ["?L0#1234 1234"]},
        ),
        body("130"),
    )
    kept.known(last)
    assert kept.ids("lakeside", SCHOOLS) == [3, 1]
    assert kept.ids("", SCHOOLS, account="1234") == [3, 1]


def test_a_message_nobody_could_read_is_found_by_its_bytes(kept: Kept) -> None:
    """It may have been a panic."""
    raw = '\n"XYZ"0001L0#1[паника]\r'.encode().decode("latin-1")
    kept.known(kept.add(body("", kind=EntryKind.UNREAD, scheme="", token="XYZ-9", raw=raw)))
    assert kept.ids("паника") == kept.ids("xyz") == kept.ids("XYZ-9") == [1]


def test_a_code_that_no_table_has_is_found_by_its_class(kept: Kept) -> None:
    """In each language, and by itself."""
    kept.known(kept.add(body("1A9")))
    for word in ("1A9", "неизвестная", "белгісіз", "unknown"):
        assert kept.ids(word) == [1], word


def test_accounts_with_strange_names_never_become_one(kept: Kept) -> None:
    """Peers choose what an unknown account is called."""
    names = ["a_b", "a b", "a:b", "ab", 'a"b', "a*", "", "ё", "a_3a_b"]
    kept.known(kept.add(*[body(account=name, account_key=f"?{name}") for name in names]))
    for place, name in enumerate(names, 1):
        if name:
            assert kept.ids(account=name) == [place]
        assert kept.ids(account=f"?{name}") == [place]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=60), st.text(st.characters(), max_size=20))
@example('" OR 1=1 --', '"')
@example("NEAR(a b, 5)", "a:b")
@example("tokens : x", "*")
@example("a* NOT b AND ^c", "?")
@example("{tokens} : + -", "\ud800")
@example("x'; DROP TABLE words; --", "\0")
@example("12345678901234567", "12345678901234567")
def test_no_text_is_ever_an_expression(kept_once: Kept, text: str, account: str) -> None:
    """Quotes, operators, NUL, lone surrogates: words, or nothing."""
    kept_once.ids(text)
    kept_once.ids(text, account=account, adapter=account)


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with Kept(tmp_path_factory.mktemp("kept")) as kept:
        kept.known(kept.add(body(text="NEAR AND OR NOT")))
        yield kept


def test_operators_of_the_index_are_words_like_others(kept_once: Kept) -> None:
    """A panel's text may be called AND."""
    for word in ("NEAR", "and", "OR", "Not"):
        assert kept_once.ids(word) == [1]


def test_a_question_that_takes_too_long_is_broken_off(kept: Kept) -> None:
    """With what to do about it; the next one is answered."""
    kept.known(kept.add(*[body(account=str(at), account_key=str(at)) for at in range(5000)]))
    kept.search._limit_s = -1.0
    with pytest.raises(SearchError, match="ask for less"):
        kept.ids(from_us=0, limit=1000)
    kept.search._limit_s = 30.0
    assert len(kept.ids(from_us=0, limit=1000)) == 1000


def test_without_an_index_there_is_an_answer_in_words(tmp_path: Path) -> None:
    """It is being made."""
    kept = Kept(tmp_path)
    with pytest.raises(SearchError, match="being made"):
        kept.search.find(Query(), kept.search.names((), {}))
    kept.store.close()


def test_a_text_that_came_afterwards_is_found_by_its_words(kept: Kept) -> None:
    """It leads to the entry that says so; those who ask for events alone do not get it."""
    kept.known(kept.add(body(), body(kind=EntryKind.AMENDMENT, amends=1, text="Кухня, плита")))
    assert kept.ids("плита") == kept.ids("кухня", kinds=("amendment",)) == [2]
    assert kept.ids("burglary") == [2, 1]
    assert kept.ids("burglary", kinds=("signal",)) == [1]
