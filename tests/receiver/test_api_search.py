"""``GET /v1/search`` over a real socket, and the newest entries up to one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from receiver.api.searching import WAITING_MAX
from receiver.search import schema
from tests.receiver.api_station import SmallStation, signal, until


@pytest.fixture
def station(tmp_path: Path) -> Iterator[SmallStation]:
    with SmallStation(tmp_path) as small:
        yield small


@pytest.fixture
def client(station: SmallStation) -> Iterator[httpx.Client]:
    with station.client() as http:
        yield http


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a station that keeps two entries, for questions alone."""
    with SmallStation(tmp_path_factory.mktemp("filled")) as small, small.client() as http:
        known(http, small.store(signal(), signal(account="77", priority=3, adapter="radio")))
        yield http


def search(client: httpx.Client, **parameters: object) -> dict[str, Any]:
    response = client.get("/v1/search", params={name: str(value) for name, value in parameters.items()})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def ids(answer: dict[str, Any]) -> list[int]:
    return [entry["id"] for entry in answer["entries"]]


def known(client: httpx.Client, upto: int) -> None:
    def reached() -> bool:
        response = client.get("/v1/search")
        return response.status_code == 200 and response.json()["upto"] >= upto

    until(reached, f"the index to know entry {upto}")


def test_entries_are_found_by_words_and_given_as_they_are_stored(station: SmallStation, client: httpx.Client) -> None:
    """Newest first, with what each word was understood as."""
    last = station.store(signal(code="110", text="Кабинет 5"), signal(account="77"), signal(code="110"))
    known(client, last)
    answer = search(client, q="пожара")
    assert ids(answer) == [3, 1]
    assert answer["entries"][1] == client.get("/v1/entries/1").json()
    assert {name: answer[name] for name in ("next", "upto", "behind", "hidden", "hidden_more")} == {
        "next": None,
        "upto": last,
        "behind": 0,
        "hidden": 0,
        "hidden_more": False,
    }
    (word,) = answer["understood"]
    assert (word["word"], word["accounts"], word["zones"]) == ("пожара", 0, 0)
    assert word["codes"] > 5
    assert ids(search(client, q="пожара кабинете")) == [1]


def test_a_live_filter_asks_for_what_is_new(station: SmallStation, client: httpx.Client) -> None:
    """``since`` is the ``upto`` of the answer before."""
    known(client, station.store(signal(text="gate")))
    before = search(client, q="gate")
    known(client, station.store(signal(text="door"), signal(text="gate")))
    after = search(client, q="gate", since=before["upto"])
    assert (ids(before), ids(after)) == ([1], [3])
    assert ids(search(client, q="gate", since=after["upto"])) == []


def test_pages_go_back_to_the_oldest(station: SmallStation, client: httpx.Client) -> None:
    """``next`` is the ``before`` of the next page."""
    known(client, station.store(*[signal() for _ in range(5)]))
    first = search(client, limit=2)
    second = search(client, limit=2, before=first["next"])
    third = search(client, limit=2, before=second["next"])
    assert [ids(first), ids(second), ids(third)] == [[5, 4], [3, 2], [1]]
    assert third["next"] is None


def test_sites_and_zones_are_found_by_their_names_at_once(station: SmallStation, client: httpx.Client) -> None:
    """In three languages, and under a new name as soon as it is entered."""
    known(client, station.store(signal(), signal(account="77")))
    assert search(client, q="мектеп")["entries"] == []
    row = {"account": "1234", "name": "Lakeside School", "name_ru": "Школа у озера", "name_kk": "Көл мектебі"}
    client.post("/v1/accounts/import", json={"rows": [row]}).raise_for_status()
    for word in ("lakeside", "озеро", "школы", "мектебі", "кол", "ШКОЛА"):
        assert ids(search(client, q=word)) == [1], word
    zone = {"account": "1234", "number": "15", "name": "Gym", "name_ru": "Спортзал", "name_kk": "Спорт залы"}
    client.post("/v1/zones/import", json={"rows": [zone]}).raise_for_status()
    answer = search(client, q="спортзала")
    assert (ids(answer), answer["understood"][0]["zones"]) == ([1], 1)


def test_tests_are_hidden_with_a_count_until_they_are_asked_for(station: SmallStation, client: httpx.Client) -> None:
    """By ``hidden``, or by naming their category."""
    known(client, station.store(signal(), signal(repeat=True), *[_test() for _ in range(3)]))
    answer = search(client)
    assert (ids(answer), answer["hidden"]) == ([1], 4)
    assert ids(search(client, hidden=1)) == [5, 4, 3, 2, 1]
    assert ids(search(client, category="test")) == [5, 4, 3]


def _test() -> Any:
    import msgspec

    return msgspec.structs.replace(signal(code="602"), category="test")


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"account": "77"}, [2]),
        ({"category": "burglary"}, [2, 1]),
        ({"category": "fire,panic"}, []),
        ({"kinds": "signal,unread"}, [2, 1]),
        ({"kinds": "station"}, []),
        ({"adapter": "radio"}, [2]),
        ({"priority": 1}, [1]),
        ({"priority": 3}, [2, 1]),
        ({"from": "2000-01-01T00:00:00Z"}, [2, 1]),
        ({"from": "2000-01-01T00:00:00+05:00", "to": "2000-01-02T00:00:00+05:00"}, []),
        ({"to": "946684800.5"}, []),
        ({"from": "946684800"}, [2, 1]),
        ({"to": "9999-12-31T23:59:59Z"}, [2, 1]),
    ],
)
def test_each_filter_is_a_parameter(filled: httpx.Client, parameters: dict[str, object], found: list[int]) -> None:
    """Times as RFC 3339 or as seconds."""
    assert ids(search(filled, **parameters)) == found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("q=" + "x" * 401, "q: found 401 characters, allowed: up to 400"),
        ("q=" + "x" * 60_000, "q: found 60000 characters"),
        ("q=" + "%D1%8F" * 10_000, "q: found 10000 characters"),
        ("q=" + "+".join(f"w{n}" for n in range(13)), "q: found 13 words, allowed: up to 12"),
        ("q=%22%2a%00", "allowed: words with at least one letter or digit"),
        ("limit=0", "limit: found '0', allowed: a whole number from 1 to 1000"),
        ("limit=1001", "limit: found '1001'"),
        ("before=x", "before: found 'x'"),
        ("since=-1", "since: found '-1'"),
        ("priority=6", "priority: found '6', allowed: a whole number from 1 to 5"),
        ("hidden=yes", "hidden: found 'yes'"),
        ("category=nonsense", "category: found 'nonsense', allowed: 24h, access"),
        ("kinds=nonsense", "kinds: found 'nonsense', allowed: action, amendment"),
        ("from=yesterday", "from: found 'yesterday', allowed: a time such as 2026-11-22T02:00:00Z, or seconds"),
        ("from=2026-11-22T02:00:00", "from: found '2026-11-22T02:00:00'"),
        ("to=nan", "to: found 'nan'"),
        ("to=1e300", "to: found '1e300'"),
        ("account=" + "1" * 201, "account: found 201 characters"),
    ],
)
def test_a_wrong_question_is_answered_with_what_was_wrong(filled: httpx.Client, url: str, words: str) -> None:
    """400, with the parameter, what was found and what is allowed."""
    response = filled.get(f"/v1/search?{url}")
    assert response.status_code == 400
    assert words in response.json()["error"]


@pytest.mark.parametrize(
    "text",
    [
        '"',
        'a" OR "b',
        "NEAR(a b)",
        "a:b",
        "a*",
        "-a",
        "^a",
        "a AND",
        "NOT a",
        "{x}:y",
        "'; DROP TABLE words",
        "a\0b",
        "%",
    ],
)
def test_no_text_breaks_the_search(filled: httpx.Client, text: str) -> None:
    """It is words or a plain 400."""
    assert filled.get("/v1/search", params={"q": text}).status_code in (200, 400)
    assert ids(search(filled)) == [2, 1]


def test_bytes_that_are_no_text_are_answered_in_words(filled: httpx.Client) -> None:
    """A lone surrogate, half a letter."""
    for raw in ("%ed%a0%80", "%ff", "%d0"):
        assert filled.get(f"/v1/search?q={raw}").status_code == 400
        assert filled.get(f"/v1/search?account={raw}").json()["entries"] == []


def test_behind_says_what_is_not_indexed_yet(station: SmallStation, client: httpx.Client) -> None:
    """A search never waits for the index; it says how far it is."""
    known(client, station.store(signal()))
    station.search.follower.stop()
    assert station.search.follower.join()
    station.store(signal(), signal())
    answer = search(client)
    assert (ids(answer), answer["upto"], answer["behind"]) == ([1], 1, 2)


def test_without_an_index_the_answer_is_a_503_in_words(station: SmallStation, client: httpx.Client) -> None:
    """Ask again in a moment."""
    known(client, station.store(signal()))
    station.search.follower.stop()
    assert station.search.follower.join()
    schema.throw_away(station.search.path)
    response = client.get("/v1/search")
    assert (response.status_code, "ask again" in response.json()["error"]) == (503, True)
    assert client.get("/v1/entries/1").status_code == 200


def test_a_search_that_takes_too_long_is_a_503_in_words(station: SmallStation, client: httpx.Client) -> None:
    """And says what to do."""
    known(client, station.store(*[signal() for _ in range(1500)]))
    station.search._limit_s = -1.0
    response = client.get("/v1/search?from=0&limit=1000")
    assert (response.status_code, "ask for less" in response.json()["error"]) == (503, True)


def test_too_many_searches_at_once_are_sent_away_and_pages_go_on(station: SmallStation, client: httpx.Client) -> None:
    """One search runs at a time: whoever reads the journal finds a thread."""
    known(client, station.store(signal()))
    go_on = threading.Event()
    find = station.search.find
    station.search.find = lambda query, names: find(query, names) if go_on.wait(60) else None  # type: ignore
    codes: list[int] = []

    def ask() -> None:
        with station.client(timeout=60) as own:
            codes.append(own.get("/v1/search").status_code)

    threads = [threading.Thread(target=ask) for _ in range(WAITING_MAX + 3)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(codes) == 2, "the two beyond those that wait")
        assert codes == [503, 503]
        assert client.get("/v1/entries").status_code == 200
    finally:
        go_on.set()
        for thread in threads:
            thread.join()
    assert codes.count(200) == WAITING_MAX + 1


def test_the_newest_entries_up_to_one(station: SmallStation, client: httpx.Client) -> None:
    """``latest`` with ``until``: for scrolling back."""
    station.store(*[signal() for _ in range(5)])

    def page(**parameters: int) -> list[int]:
        return ids(client.get("/v1/entries", params=parameters).json())

    assert page(latest=2) == [4, 5]
    assert page(latest=2, until=3) == [2, 3]
    assert page(latest=9, until=3) == [1, 2, 3]
    assert page(latest=2, until=0) == []
