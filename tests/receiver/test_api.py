"""The API over a real socket: calls, answers, errors."""

from __future__ import annotations

import os
import pwd
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from receiver.api import SocketError
from receiver.api.peer import Peer
from receiver.api.server import BODY_MAX, remove_stale
from tests.receiver.api_station import KEY, SmallStation, signal

ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def station(tmp_path: Path) -> Iterator[SmallStation]:
    with SmallStation(tmp_path) as small:
        yield small


@pytest.fixture
def client(station: SmallStation) -> Iterator[httpx.Client]:
    with station.client() as http:
        yield http


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def test_the_document_names_every_call_and_no_other(station: SmallStation) -> None:
    """``docs/api.md`` and the table of routes agree, path by path."""
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    written = set(re.findall(r"^-> (GET|POST) +(/v1/[\w/]+)", text, re.MULTILINE))
    assert written == {(route.method, re.sub(r"<\w+>", "ID", route.path)) for route in station.api.routes.table}
    chapters = set(re.findall(r"^### `(GET|POST) (/v1/[\w/]+)`", text, re.MULTILINE))
    assert chapters == written


def test_status_says_how_the_station_is(station: SmallStation, client: httpx.Client) -> None:
    """Name, alarms, readers and the newest entry's id beside what the station itself says."""
    last = station.store(signal(), signal(account="77"))
    status = client.get("/v1/status").json()
    assert status["name"] == "test station"
    assert status["alarms"] == {"open": 2, "ringing": 2}
    assert status["last_id"] == last
    assert status["readers"] == 0
    assert status["disk"] is None


def test_the_journal_is_read_by_pages(station: SmallStation, client: httpx.Client) -> None:
    """Ids after ``since``, not above ``until``, at most ``limit``; ``next`` leads to the next page."""
    station.store(*[signal(text=str(n)) for n in range(1, 8)])
    page = client.get("/v1/entries", params={"since": 2, "limit": 3}).json()
    assert [entry["id"] for entry in page["entries"]] == [3, 4, 5]
    assert page["next"] == 5
    rest = client.get("/v1/entries", params={"since": 5, "limit": 3}).json()
    assert ([entry["id"] for entry in rest["entries"]], rest["next"]) == ([6, 7], None)
    assert rest["entries"][0]["text"] == "6"
    upto = client.get("/v1/entries", params={"since": 2, "until": 4}).json()
    assert [entry["id"] for entry in upto["entries"]] == [3, 4]
    newest = client.get("/v1/entries", params={"latest": 2}).json()
    assert [entry["id"] for entry in newest["entries"]] == [6, 7]


def test_one_entry_is_found_by_its_id(station: SmallStation, client: httpx.Client) -> None:
    """And one that does not exist is said not to."""
    last = station.store(signal())
    assert client.get(f"/v1/entries/{last}").json()["code"] == "130"
    assert error(client.get("/v1/entries/99")) == (404, "there is no entry 99")


def test_an_alarm_is_seen_and_closed(station: SmallStation, client: httpx.Client) -> None:
    """Each answer comes when the action is on disk, and is signed by the socket's user or the name given."""
    alarm = station.store(signal())
    seen = client.post(f"/v1/alarms/{alarm}/seen").json()
    assert (seen["alarm"]["ringing"], seen["alarm"]["seen_by"]) == (False, f"{ME}@socket")
    assert client.get(f"/v1/entries/{seen['entry']}").json()["operator"] == f"{ME}@socket"
    closed = client.post(f"/v1/alarms/{alarm}/close", json={"operator": "Asel", "note": "тест"}).json()
    assert closed["alarm"] == {"id": alarm, "closed": True}
    entry = client.get(f"/v1/entries/{closed['entry']}").json()
    assert (entry["operator"], entry["note"], entry["alarm"]) == ("Asel", "тест", alarm)
    assert client.get("/v1/alarms").json()["alarms"] == []


def test_actions_that_cannot_be_done_are_refused_with_the_reason(station: SmallStation, client: httpx.Client) -> None:
    """409 for one that is not seen yet, 404 for one that is not on the list."""
    alarm = station.store(signal())
    status, text = error(client.post(f"/v1/alarms/{alarm}/close"))
    assert (status, "not seen yet" in text) == (409, True)
    status, text = error(client.post("/v1/alarms/4711/seen"))
    assert (status, "no open alarm 4711" in text) == (404, True)


def test_an_alarm_that_rings_again_while_it_is_closed_stays_open(
    station: SmallStation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The close is on disk, but without effect, and its sender is told."""
    alarm = station.store(signal())
    client.post(f"/v1/alarms/{alarm}/seen")
    check = station.desk.check

    def rings_meanwhile(action: str, alarm_id: int) -> None:
        check(action, alarm_id)
        station.desk.get(alarm_id).ringing = True  # type: ignore[union-attr]

    monkeypatch.setattr(station.desk, "check", rings_meanwhile)
    status, text = error(client.post(f"/v1/alarms/{alarm}/close"))
    assert (status, "rang again" in text) == (409, True)
    assert client.get("/v1/alarms").json()["alarms"][0]["id"] == alarm


def test_while_the_disk_fails_actions_are_refused(station: SmallStation, client: httpx.Client) -> None:
    """Nothing is said to be done that is not on disk."""
    alarm = station.store(signal())
    station.disk_fails = True
    status, text = error(client.post(f"/v1/alarms/{alarm}/seen"))
    assert (status, "not stored" in text) == (503, True)
    assert client.get("/v1/alarms").json()["alarms"][0]["ringing"] is True


@pytest.mark.parametrize(
    ("method", "url", "content", "words"),
    [
        ("GET", "/v1/entries?limit=0", None, "limit: found '0', allowed: a whole number from 1 to 1000"),
        ("GET", "/v1/entries?limit=1001", None, "limit: found '1001'"),
        ("GET", "/v1/entries?since=-1", None, "since: found '-1'"),
        ("GET", "/v1/entries?since=%D9%A1", None, "since: found"),
        ("GET", "/v1/entries/x", None, "entry: found 'x'"),
        ("GET", "/v1/events?kinds=signal,nonsense", None, "kinds: found 'nonsense'"),
        ("GET", "/v1/paths?state=gone", None, "state: found 'gone'"),
        ("POST", "/v1/alarms/1/seen", b"{", "the body of the request"),
        ("POST", "/v1/alarms/1/seen", b'{"operatr": "x"}', "operatr"),
        ("POST", "/v1/alarms/1/seen", b'{"operator": "a\\u0007b"}', "operator: found"),
        ("POST", "/v1/alarms/1/close", b'{"note": "\\ud800x"}', "the body of the request"),
        ("POST", "/v1/accounts/import", b"{}", "rows"),
    ],
)
def test_a_wrong_question_is_answered_with_what_was_wrong(
    client: httpx.Client, method: str, url: str, content: bytes | None, words: str
) -> None:
    """400, with the parameter, what was found and what is allowed."""
    status, text = error(client.request(method, url, content=content))
    assert status == 400
    assert words in text


def test_what_is_not_there_is_said_so_in_json(client: httpx.Client) -> None:
    """Unknown calls and wrong methods."""
    assert error(client.get("/v1/nonsense")) == (404, "there is no /v1/nonsense here")
    assert error(client.post("/v1/status")) == (405, "/v1/status does not take POST")


def test_calls_of_web_pages_are_refused(client: httpx.Client) -> None:
    """A browser that reaches the socket through some proxy must not be made to close alarms."""
    assert error(client.get("/v1/status", headers={"Origin": "http://example.com"}))[0] == 403


def test_a_body_over_the_limit_is_refused_and_not_kept(client: httpx.Client) -> None:
    """With its length told beforehand, and in chunks of no told length."""
    big = b" " * (BODY_MAX + 1)
    assert error(client.post("/v1/accounts/import", content=big))[0] == 413
    assert error(client.post("/v1/accounts/import", content=iter([big[: BODY_MAX // 2]] * 3)))[0] == 413
    fits = b" " * (BODY_MAX - 20) + b'{"rows": []}'
    assert client.post("/v1/accounts/import", content=fits).status_code == 200


def test_accounts_are_imported_shown_and_removed(station: SmallStation, client: httpx.Client) -> None:
    """With effect at once, and the station told."""
    rows = [{"account": "1234", "name": "School 12", "key": KEY}, {"account": "77", "supervision_s": 90}]
    answer = client.post("/v1/accounts/import", json={"rows": rows}).json()
    assert {name: answer[name] for name in ("added", "changed", "removed")} == {"added": 2, "changed": 0, "removed": 0}
    shown = client.get("/v1/accounts")
    assert KEY not in shown.text
    by_number = {account["account"]: account for account in shown.json()["accounts"]}
    assert (by_number["1234"]["has_key"], by_number["77"]["has_key"]) == (True, False)
    assert by_number["1234"]["name"] == "School 12"
    gone = client.post("/v1/accounts/remove", json={"account": "77"}).json()
    assert gone["removed"] == 1
    assert station.changed == [
        ("added 2, changed 0, removed 0", f"{ME}@socket"),
        ("removed 77", f"{ME}@socket"),
    ]
    assert error(client.post("/v1/accounts/remove", json={"account": "77"}))[0] == 404


def test_a_bad_row_is_named_and_nothing_is_imported(client: httpx.Client) -> None:
    """All rows or none."""
    rows = [{"account": "1234", "line": 2}, {"account": "not an account", "line": 3}]
    status, text = error(client.post("/v1/accounts/import", json={"rows": rows}))
    assert status == 400
    assert text.startswith("line 3: ")
    assert client.get("/v1/accounts").json()["accounts"] == []


def test_keys_are_shown_to_the_station_s_own_user_only(
    station: SmallStation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only when asked for."""
    client.post("/v1/accounts/import", json={"rows": [{"account": "1234", "key": KEY}]})
    assert client.get("/v1/accounts?keys=1").json()["accounts"][0]["key"] == KEY
    monkeypatch.setattr("receiver.api.call.peer_of", lambda request: Peer(12345))
    assert error(client.get("/v1/accounts?keys=1"))[0] == 403
    assert client.get("/v1/accounts").status_code == 200


def test_paths_are_shown_by_state(station: SmallStation, client: httpx.Client) -> None:
    """Those that were never heard, for example."""
    station.supervise("1234", 60)
    paths = client.get("/v1/paths").json()["paths"]
    assert [(path["account"], path["state"]) for path in paths] == [("1234", "never")]
    assert client.get("/v1/paths?state=lost").json()["paths"] == []
    assert len(client.get("/v1/paths?state=lost,never").json()["paths"]) == 1


def test_the_socket_belongs_to_its_owner_alone_and_is_removed(tmp_path: Path) -> None:
    """Mode 0600, gone after a stop."""
    with SmallStation(tmp_path) as station:
        path = station.settings.socket
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


def test_the_socket_of_a_killed_station_is_taken_over(tmp_path: Path) -> None:
    """Nobody answers on it: it is removed."""
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(tmp_path / "ptsn.sock"))
        killed.listen()
    with SmallStation(tmp_path) as station, station.client() as client:
        assert client.get("/v1/status").status_code == 200


def test_the_socket_of_a_living_station_is_left_alone(station: SmallStation, client: httpx.Client) -> None:
    """The second one is told so."""
    with pytest.raises(SocketError, match="another station answers"):
        remove_stale(station.settings.socket)
    assert client.get("/v1/status").status_code == 200


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    """Whatever it is, it is not ours."""
    path = tmp_path / "ptsn.sock"
    path.write_text("keep me")
    with pytest.raises(SocketError, match="is no socket"):
        remove_stale(path)
    assert path.read_text() == "keep me"


def test_a_fault_of_the_station_tells_nothing_of_its_inside(
    client: httpx.Client, station: SmallStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 without a traceback; the log has it."""

    def fail() -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(station, "status", fail)
    assert error(client.get("/v1/status")) == (500, "a fault of the station; see its log")


def test_the_operator_is_named_by_the_kernel() -> None:
    """A user without a name is told by number; where nothing is known that is said."""
    assert Peer(os.geteuid()).operator == f"{ME}@socket"
    assert Peer(2_000_000_000).operator == "uid-2000000000@socket"
    assert Peer(-1).operator == "unknown@socket"
