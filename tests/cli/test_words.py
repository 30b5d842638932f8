"""What commands say of a station, they say in the reader's language; what machines read stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from protocols.catalogue import LANGUAGES
from ptsn.commands.paths import _row
from ptsn.commands.status import lines
from ptsn.render import Renderer, duration
from tests.cli.test_status import STATUS
from tests.support import frames
from tests.support.station import StationProcess, ptsn, talk
from tui.telling import Teller

BUSY = STATUS | {
    "disk": {"since": "2026-01-01T00:00:00.000Z", "error": "28"},
    "stalled": True,
    "endpoints": [
        {"adapter": "1", "protocol": "2", "address": "3", "open": True, "trouble": ""},
        {"adapter": "1", "protocol": "2", "address": "3", "open": False, "trouble": "98"},
    ],
    "connections": 4,
    "name": "77",
    "journal": "12",
    "rates": {"messages_per_s": 1.5, "messages_per_commit": 2.0},
    "counters": dict.fromkeys(
        (
            "arrivals",
            "stored",
            "link_tests",
            "duplicates",
            "refused",
            "stale",
            "not_stored",
            "unread",
            "noise",
            "dropped",
        ),
        3,
    ),
    "paths": {"ok": 1, "lost": 2, "never": 3},
}
"""Everything that a status can say, with numbers in place of names."""


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_a_status_says_nothing_in_english_to_others(language: str) -> None:
    """Only the stamps keep their letters T and Z."""
    said = "\n".join(lines(BUSY, language))
    assert not re.search("[A-Za-z]", re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "", said)), said


def test_labels_stand_in_a_column_in_every_language() -> None:
    """What follows them begins in one place."""
    for language in LANGUAGES:
        _, *labelled = lines(BUSY, language)
        starts = {len(line) - len(re.sub(r"^\S+(?: \S+)? {2,}", "", line)) for line in labelled}
        assert len(starts) == 1, language


def test_what_the_catalogue_does_not_know_is_said_by_its_own_name() -> None:
    """A counter of a newer station is shown, not left out."""
    assert any("3 newly counted" in line for line in lines(STATUS | {"counters": {"newly_counted": 3}}, "kk"))


@pytest.mark.parametrize(
    ("language", "said"), [("en", "2 h 5 min"), ("ru", "2 ч 5 мин"), ("kk", "2 сағ 5 мин")], ids=LANGUAGES
)
def test_durations_have_the_units_of_the_language(language: str, said: str) -> None:
    """Beside a late signal, too."""
    assert duration(7500, language) == said
    late = {"kind": "signal", "scheme": "sia", "code": "BA", "late": True, "age_s": 7500.0}
    assert f" {said}]" in Renderer(language).entry(late)


@pytest.mark.parametrize(
    ("details", "ru", "kk"),
    [
        ({"interval_s": ["90"]}, "время контроля: 90 с", "бақылау уақыты: 90 с"),
        (
            {"missed": ["3/5"]},
            "пропущено последних тестов связи: 3/5",
            "соңғы байланыс сынақтарынан келмегені: 3/5",
        ),
        ({"silent_s": ["7300"]}, "молчание: 2 ч 1 мин", "үнсіздік: 2 сағ 1 мин"),
        ({"alarms_open": ["2"]}, "открытых тревог: 2", "ашық дабылдар: 2"),
        ({"last_run": ["ended without a stop"]}, "Станция завершилась аварийно", "Станция апатты түрде аяқталған"),
        ({"not_stored": ["4"]}, "не сохранено посылок: 4", "сақталмаған хабарламалар: 4"),
        ({"since": ["2026-11-22T14:43:06.123Z"]}, "началось: 19:43:06", "басталуы: 19:43:06"),
        ({"since": ["then"]}, "началось: then", "басталуы: then"),
        ({"silent_s": ["long"]}, "молчание: long", "үнсіздік: long"),
        ({"of-tomorrow": ["\x1b[2J"]}, "of-tomorrow: ‹U+001B›[2J", "of-tomorrow: ‹U+001B›[2J"),
    ],
)
def test_details_of_a_station_event_have_labels(details: dict[str, list[str]], ru: str, kk: str) -> None:
    """Seconds as a duration, a stamp by the reader's clock; what has no words is shown as it came, cleaned."""
    entry = {"id": 1, "kind": "station", "code": "station.started", "details": details}
    assert ru in Renderer("ru", "Asia/Almaty").entry(entry)
    assert kk in Renderer("kk", "Asia/Almaty").entry(entry)


def test_english_is_not_repeated_to_those_who_have_it_in_their_own_words() -> None:
    """The text of a lost adapter says what its name and details say."""
    entry = {"kind": "station", "code": "adapter.lost", "text": "nothing is heard", "details": {"paths": ["12"]}}
    assert "nothing" in Renderer("en").entry(entry)
    assert "nothing" not in Renderer("kk").entry(entry)
    assert "байланыс арналары: 12" in Renderer("kk").entry(entry)


VERDICT = {
    "what": "verdict",
    "at": "2026-11-22T14:43:06.123Z",
    "peer": "",
    "verdict": "stored",
    "answer": "ACK",
    "why": "on-disk",
    "token": "ADM-CID",
    "account": "1234",
    "decrypted": True,
}


@pytest.mark.parametrize(
    "record",
    [VERDICT, VERDICT | {"answer": "", "verdict": "refused", "decrypted": False}, VERDICT | {"decrypted": None}],
)
def test_a_verdict_is_said_in_english_as_ever(record: dict[str, object]) -> None:
    """What the wire view shows of it, word by word."""
    assert Renderer().wire(record)[0].endswith(f"  == {Renderer().verdict(record)}")


def test_a_verdict_is_said_in_every_language() -> None:
    """What comes from the peer is cleaned; a verdict that is not known yet is shown as it is."""
    assert Renderer("ru").verdict(VERDICT) == "сохранена, ответ ACK: на диске  [ADM-CID объект 1234, расшифрована]"
    assert Renderer("kk").verdict(VERDICT) == "сақталды, жауап ACK: дискіде  [ADM-CID нысан 1234, шифры ашылды]"
    evil = VERDICT | {"token": "\x1b", "account": "{token}", "answer": "", "verdict": "new", "decrypted": False}
    assert Renderer("ru").verdict(evil) == (
        "new, без ответа: на диске  [‹U+001B› объект {token}, зашифрована и не расшифрована]"
    )
    assert Renderer("kk").severity("violation") == "бұзушылық"
    assert Renderer("kk").severity("\x1b") == "‹U+001B›"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    folder = tmp_path_factory.mktemp("words")
    with StationProcess(folder, accounts="account,supervision_s\n1234,90\n77,90\n") as running:
        with running.connect() as panel:
            talk(panel, frames.cid(code="110"))
        yield running


def test_commands_take_a_language(station: StationProcess) -> None:
    """Each of those that speak of a station; what they print as JSON has no language."""
    config = ("-c", station.config)
    assert "дабылдар " in ptsn("status", "--lang", "kk", *config).stdout
    table = ptsn("paths", "--lang", "ru", *config).stdout
    assert "ПОСЛЕДНЯЯ ПОСЫЛКА" in table
    assert "каждые 1 мин" in table
    assert "жоғалған байланыс арнасы жоқ" in ptsn("paths", "--lost", "--lang", "kk", *config).stderr
    states = [path["state"] for path in json.loads(ptsn("paths", "--json", "--lang", "kk", *config).stdout)]
    assert sorted(states) == ["never", "ok"]
    alarm = str(json.loads(ptsn("alarms", "list", "--json", "--lang", "ru", *config).stdout)[0]["id"])
    seen = ptsn("alarms", "seen", alarm, "--operator", "Asel", "--lang", "kk", *config).stdout
    assert seen.startswith(f"{alarm} дабылы қабылданды: Asel ")
    assert ptsn("alarms", "close", alarm, "--lang", "ru", *config).stdout == f"тревога {alarm} закрыта\n"
    assert ptsn("alarms", "list", "--lang", "kk", *config).stderr == "ашық дабыл жоқ\n"
    verified = ptsn("journal", "verify", "--lang", "ru", *config).stdout.splitlines()
    assert re.fullmatch(r"записей: \d+, последняя \d+:[0-9a-f]{64}", verified[0])
    assert verified[1] == "журнал цел"


def test_an_alarm_tells_its_conditions_apart() -> None:
    """Which path is lost, what came late, and what could not be read."""
    lost = {"scheme": "", "code": "path.lost", "partition": "ip/dc09", "since": "2026-11-22T14:43:06.123Z"}
    late = {"scheme": "contact-id", "code": "110", "number": "012", "subject": "zone", "late": True, "age_s": 95.0}
    unread = {"scheme": "", "code": "", "since": "2026-11-22T14:43:06.123Z", "count": 3}
    base = {"id": 7, "kind": "station", "code": "path.lost", "opened_at": "2026-11-22T14:43:06.123Z"}
    lines = Renderer().conditions(base | {"conditions": [lost | {"number": "1"}, lost | {"number": "2"}, late, unread]})
    assert "Path lost  adapter ip (dc09), path 1" in lines[0]
    assert "Path lost  adapter ip (dc09), path 2" in lines[1]
    assert "Fire alarm" in lines[2]
    assert "[late 1 min]" in lines[2]
    assert "Message that could not be read  x3" in lines[3]
    assert "Path lost  adapter ip (dc09), path 2" in Renderer().alarm(base | {"conditions": [lost | {"number": "2"}]})
    entry = {"kind": "station", "code": "path.lost", "adapter": "ip", "protocol": "dc09", "path": "2", "account": "12"}
    assert "Path lost  adapter ip (dc09), path 2" in Renderer().entry(entry)
    signal = {"kind": "signal", "scheme": "sia", "code": "BH", "qualifier": "restore", "late": True, "age_s": 0.4}
    assert "[late]" in Renderer().entry(signal)


def test_paths_were_last_heard_in_the_times_of_the_station() -> None:
    """As every other command shows them, not as the interface sends them."""
    path = {"account": "12", "state": "ok", "supervised": True, "interval_s": 180, "adapter": "ip", "protocol": "dc09"}
    row = _row({**path, "path": "", "peer": "", "last_heard": "2026-11-22T20:30:00.123Z"}, Teller("ru", "Asia/Almaty"))
    assert row[2] == "2026-11-23 01:30:00"
    assert _row({**path, "path": "", "peer": "", "last_heard": None}, Teller("ru"))[2] == "ещё не было"
