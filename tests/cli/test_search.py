"""``ptsn journal search``: a question to a running station."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support import frames
from tests.support.station import StationProcess, ptsn, talk, until

ZONE = "Asia/Almaty"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    rows = "account,name,name_ru,name_kk\n1234,Lakeside School,Школа у озера,Көл мектебі\n"
    with StationProcess(tmp_path_factory.mktemp("search"), f'time_zone = "{ZONE}"', accounts=rows) as running:
        with running.connect() as panel:
            talk(panel, frames.cid("1234", "110", sequence=1))
            talk(panel, frames.cid("1234", "602", sequence=2))
            talk(panel, frames.cid("5678", "401", sequence=3))
        until(lambda: len(_ids(running, "--all")) == 4, "four entries in the index")
        yield running


def _ids(station: StationProcess, *arguments: str) -> list[int]:
    said = ptsn("journal", "search", *arguments, "--json", "-c", station.config, check=False).stdout
    return [entry["id"] for entry in json.loads(said)["entries"]] if said else []


@pytest.mark.parametrize("words", [["пожар"], ["fires"], ["өрттің"], ["110"], ["озеро"], ["кол", "fire"], ["LAKESIDE"]])
def test_words_find_entries(station: StationProcess, words: list[str]) -> None:
    """As the running station answers, printed like everywhere else."""
    said = ptsn("journal", "search", *words, "--lang", "kk", "-c", station.config).stdout
    (line,) = said.splitlines()
    assert "Өрт" in line
    assert "Көл мектебі" in line


def test_what_is_left_out_is_said(station: StationProcess) -> None:
    """Tests are counted, shown with --all; words that nothing is called by are named; older ones are told of."""
    done = ptsn("journal", "search", "--lang", "ru", "--account", "1234", "-c", station.config)
    assert "скрыто тестов и повторов: 1; --all" in done.stderr
    assert len(done.stdout.splitlines()) == 1
    done = ptsn("journal", "search", "--account", "1234", "--all", "-c", station.config)
    assert len(done.stdout.splitlines()) == 2
    done = ptsn("journal", "search", "qwerty", "-c", station.config)
    assert done.stdout == ""
    assert done.stderr == "nothing is found\nno event, site or zone is called so: qwerty\n"
    done = ptsn("journal", "search", "Ёжик-Құлпынай", "-c", station.config)
    assert [line.rpartition(": ")[2] for line in done.stderr.splitlines()[1:]] == ["Ёжик", "Құлпынай"]
    done = ptsn("journal", "search", "--limit", "1", "-c", station.config)
    assert "there are older ones" in done.stderr


def test_filters_narrow_it_down(station: StationProcess) -> None:
    """Each option of its own."""
    assert _ids(station, "--account", "5678") == [4]
    assert _ids(station, "--category", "fire,test") == [3, 2]
    assert _ids(station, "--adapter", "radio") == []
    assert _ids(station, "--adapter", "ip", "--limit", "1") == [4]
    assert _ids(station, "--from", "1h", "fire") == [2]
    assert _ids(station, "--from", "кеше", "fire") == [2]
    assert _ids(station, "--to", "1h") == []
    assert _ids(station, "--to", "2020-01-01") == []


def test_times_are_of_the_station_s_time_zone(station: StationProcess) -> None:
    """A day and a time, as the clock on its wall shows them."""
    now = datetime.now(ZoneInfo(ZONE))
    before, after = (f"{now + timedelta(hours=by):%d.%m.%Y %H:%M}" for by in (-1, 1))
    assert _ids(station, "--from", before, "--to", after, "fire") == [2]
    assert _ids(station, "--from", after) == []
    assert _ids(station, "--to", before) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--from", "someday"], 2, "--from: “someday” is not a time. Write 2026-11-22"),
        (["--from", "потом", "--lang", "ru"], 2, "--from: «потом» — не время. Пишите 2026-11-22"),
        (["--to", "кейін", "--lang", "kk"], 2, "--to: «кейін» — уақыт емес. Былай жазыңыз: 2026-11-22"),
        (["--category", "nonsense"], 1, "category: found 'nonsense', allowed: 24h"),
        (["x" * 401], 2, "401 characters, at most 400"),
        (["*"], 2, "“*” has no letter and no digit"),
        (["*", "--lang", "ru"], 2, "в «*» нет ни букв, ни цифр"),
    ],
)
def test_a_wrong_question_is_answered_with_what_was_wrong(
    station: StationProcess, arguments: list[str], code: int, words: str
) -> None:
    """What was found, what is allowed."""
    done = ptsn("journal", "search", *arguments, "-c", station.config, check=False)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
