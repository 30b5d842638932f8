"""The API over a real socket: calls, answers, errors."""

from __future__ import annotations

import os
import pwd
import re
import socket
import stat
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from twisted.logger import globalLogPublisher

from protocols.model import Moment
from receiver.accounts import Prepared
from receiver.adapters.line import now as this_moment
from receiver.api import SocketError, server
from receiver.api.peer import Peer
from receiver.api.server import remove_stale
from receiver.journal.entry import EntryKind
from receiver.supervision import Expected
from tests.receiver.api_station import KEY, SmallStation, signal, until

ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def station(tmp_path: Path) -> Iterator[SmallStation]:
    with SmallStation(tmp_path) as small:
        yield small


@pytest.fixture
def client(station: SmallStation) -> Iterator[httpx.Client]:
    with station.client() as http:
        yield http


def station_post(station: SmallStation, url: str, content: object) -> Any:
    """A call by a client of its own."""
    with station.client() as client:
        return client.post(url, json=content).json()


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
    assert (status["readers"], status["consoles"]) == (0, 0)
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
    """Each answer comes when the action is on disk, and is signed by the socket's user, beside the name given."""
    alarm = station.store(signal())
    seen = client.post(f"/v1/alarms/{alarm}/seen").json()
    assert (seen["alarm"]["ringing"], seen["alarm"]["seen_by"]) == (False, f"{ME}@socket")
    assert client.get(f"/v1/entries/{seen['entry']}").json()["operator"] == f"{ME}@socket"
    closed = client.post(f"/v1/alarms/{alarm}/close", json={"operator": "Asel", "note": "тест"}).json()
    assert closed["alarm"] == {"id": alarm, "closed": True}
    entry = client.get(f"/v1/entries/{closed['entry']}").json()
    assert (entry["operator"], entry["note"], entry["alarm"]) == (f"Asel ({ME}@socket)", "тест", alarm)
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
        (
            "POST",
            "/v1/alarms/1/seen",
            b'{"seen_to": -1}',
            "seen_to: found -1, allowed: an entry of the journal, up to 0",
        ),
        ("POST", "/v1/alarms/1/seen", b'{"seen_to": 1}', "seen_to: found 1"),
        ("POST", "/v1/alarms/1/seen", b'{"seen_to": 99999999999999999999}', "seen_to: found 9999"),
        ("GET", "/v1/paths?limit=1001", None, "limit: found '1001'"),
        ("GET", "/v1/paths?offset=-1", None, "offset: found '-1'"),
        ("GET", "/v1/%ff", None, "the path of the request is not UTF-8"),
        ("GET", "/v1/entries/%ff", None, "the path of the request is not UTF-8"),
        ("POST", "/v1/alarms/1/close", b'{"note": "\\ud800x"}', "the body of the request"),
        ("POST", "/v1/accounts/import", b"{}", "rows"),
        ("POST", "/v1/accounts/import", b'{"rows": [{"account": "1"}, 5]}', "row 2 of the request: Expected `object`"),
        ("POST", "/v1/accounts/import", b'{"rows": [{"account": "\xff"}]}', "row 1 of the request"),
        ("POST", "/v1/accounts/remove", b'{"account": "!"}', "account: found '!'"),
    ],
)
def test_a_wrong_question_is_answered_with_what_was_wrong(
    client: httpx.Client, method: str, url: str, content: bytes | None, words: str
) -> None:
    """400, with the parameter, what was found and what is allowed."""
    status, text = error(client.request(method, url, content=content))
    assert status == 400
    assert words in text


@pytest.mark.parametrize("given", ["a\x07b\u202e\n c", "  ", "", None, "x" * 500, "root@socket", "a (root@socket)"])
def test_an_action_is_signed_with_the_socket_s_user_whatever_name_is_given(
    station: SmallStation, client: httpx.Client, given: str | None
) -> None:
    """Nobody signs as somebody else, and nothing unseen gets into the journal."""
    alarm = station.store(signal())
    seen = client.post(f"/v1/alarms/{alarm}/seen", json={"operator": given}).json()
    operator = seen["alarm"]["seen_by"]
    assert operator == f"{ME}@socket" or operator.endswith(f" ({ME}@socket)")
    assert operator.isprintable()
    assert len(operator) <= 200
    if given and "\x07" in given:
        assert operator == f"a b c ({ME}@socket)"


def test_seen_to_may_be_any_entry_up_to_the_newest(station: SmallStation, client: httpx.Client) -> None:
    """One that is not there yet would end a ringing that nobody has heard."""
    alarm = station.store(signal())
    assert error(client.post(f"/v1/alarms/{alarm}/seen", json={"seen_to": alarm + 1}))[0] == 400
    assert client.get("/v1/alarms").json()["alarms"][0]["ringing"] is True
    assert client.post(f"/v1/alarms/{alarm}/seen", json={"seen_to": alarm}).status_code == 200


def test_what_cannot_be_read_of_a_request_leaves_no_traceback(
    station: SmallStation, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the answer nor in the log; odd host names do not matter."""
    seen: list[dict[str, object]] = []
    globalLogPublisher.addObserver(seen.append)  # type: ignore[arg-type]
    try:
        for request, status in (
            (b"GET /v1/%ff", b"400"),
            (b"GET /v1/\xff", b"400"),
            (b"GE\xffT /v1/status", b"400"),
            (b"GET /v1/status?x=%ff", b"200"),
        ):
            for host in (b"station", b"a..b", b"\xff", b"[", b"x" * 300):
                with socket.socket(socket.AF_UNIX) as raw:
                    raw.connect(str(station.settings.socket))
                    raw.sendall(request + b" HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n")
                    answer = b"".join(iter(lambda: raw.recv(65536), b""))
                assert answer.split(b" ")[1] == status, (request, host)
    finally:
        globalLogPublisher.removeObserver(seen.append)  # type: ignore[arg-type]
    assert [event for event in seen if "log_failure" in event] == []


def test_what_is_not_there_is_said_so_in_json(client: httpx.Client) -> None:
    """Unknown calls and wrong methods."""
    assert error(client.get("/v1/nonsense")) == (404, "there is no /v1/nonsense here")
    assert error(client.post("/v1/status")) == (405, "/v1/status does not take POST")


def test_calls_of_web_pages_are_refused(client: httpx.Client) -> None:
    """A browser that reaches the socket through some proxy must not be made to close alarms."""
    assert error(client.get("/v1/status", headers={"Origin": "http://example.com"}))[0] == 403


def test_a_body_over_the_limit_is_refused_and_not_kept(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its length told beforehand, and in chunks of no told length; a smaller limit than the real one does it."""
    limit = 1024 * 1024
    monkeypatch.setattr(server, "BODY_MAX", limit)
    big = b" " * (limit + 1)
    assert error(client.post("/v1/accounts/import", content=big))[0] == 413
    assert error(client.post("/v1/accounts/import", content=iter([big[: limit // 2]] * 3)))[0] == 413
    fits = b" " * (limit - len(b'{"rows": []}')) + b'{"rows": []}'
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


def test_a_change_of_the_accounts_is_prepared_beside_the_reactor(
    station: SmallStation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The station answers meanwhile, a second change waits for the first, and both are told in the reactor."""
    go_on, order = threading.Event(), []
    prepare = station.book.prepare_import

    def slow(rows: Iterable[dict[str, Any]], replace: bool) -> Prepared:
        order.append("begun")
        assert go_on.wait(30)
        prepared = prepare(rows, replace)
        order.append("prepared")
        return prepared

    monkeypatch.setattr(station.book, "prepare_import", slow)
    with ThreadPoolExecutor(2) as others:
        answers = []
        for account in ("1", "2"):
            rows = {"rows": [{"account": account}]}
            answers.append(others.submit(station_post, station, "/v1/accounts/import", rows))
        until(lambda: order, "the first change")
        for _ in range(3):
            assert client.get("/v1/status").status_code == 200
        assert order == ["begun"]
        assert client.get("/v1/accounts").json()["accounts"] == []
        go_on.set()
        assert [answer.result()["added"] for answer in answers] == [1, 1]
    assert order == ["begun", "prepared", "begun", "prepared"]
    assert len(client.get("/v1/accounts").json()["accounts"]) == 2
    assert set(station.changed_in) == {station.call(threading.get_ident)}
    assert sys.getswitchinterval() == pytest.approx(0.005)


def test_a_change_is_made_to_its_end_when_its_client_has_gone(
    station: SmallStation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on disk holds, and the journal knows of it."""
    begun, go_on = threading.Event(), threading.Event()
    prepare = station.book.prepare_import

    def slow(rows: Iterable[dict[str, Any]], replace: bool) -> Prepared:
        begun.set()
        assert go_on.wait(30)
        return prepare(rows, replace)

    monkeypatch.setattr(station.book, "prepare_import", slow)
    with station.client(timeout=0.2) as impatient, pytest.raises(httpx.ReadTimeout):
        impatient.post("/v1/accounts/import", json={"rows": [{"account": "1"}]})
    assert begun.is_set()
    go_on.set()
    until(lambda: station.changed, "the change")
    assert [account["account"] for account in client.get("/v1/accounts").json()["accounts"]] == ["1"]


def test_a_change_that_the_disk_does_not_take_is_answered_so(station: SmallStation, client: httpx.Client) -> None:
    """503, nothing changed, and the next change is made again."""
    client.post("/v1/accounts/import", json={"rows": [{"account": "1"}]})
    aside = station.settings.accounts.with_name("aside.db")
    station.settings.accounts.rename(aside)
    station.settings.accounts.mkdir()
    for call, content in (("import", {"rows": [{"account": "2"}]}), ("remove", {"account": "1"})):
        assert error(client.post(f"/v1/accounts/{call}", json=content))[0] == 503
    station.settings.accounts.rmdir()
    aside.rename(station.settings.accounts)
    assert client.post("/v1/accounts/import", json={"rows": [{"account": "2"}]}).json()["added"] == 1


def test_notes_of_a_change_are_in_its_answer(client: httpx.Client) -> None:
    """Whoever is unprotected by it, for example."""
    client.post("/v1/accounts/import", json={"rows": [{"account": "1", "key": KEY}]})
    weaker = {"rows": [{"account": "1", "encryption": "optional"}]}
    notes = client.post("/v1/accounts/import", json=weaker).json()["notes"]
    assert notes == ["1: what comes in the clear is accepted from now on"]


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


def test_paths_are_read_by_pages(station: SmallStation, client: httpx.Client) -> None:
    """All of them once, whatever states are asked for, with lost and never heard ones mixed in."""
    moment = this_moment()

    def fill() -> None:
        station.paths.expect([Expected(f"{number}", f"{number}", 60.0) for number in range(1, 8)], moment)
        for number in (1, 2, 3, 8, 9):
            station.paths.heard(f"{number}", "ip", "dc09", "", "", moment, 60.0 if number < 8 else None)
        station.paths.heard("4", "ip", "dc09", "", "", Moment(moment.wall - 100, moment.mono - 100), 60.0)
        station.paths.expire(moment)

    station.call(fill)
    for states, accounts in (
        ("", "123456789"),
        ("ok,lost,never", "123456789"),
        ("ok", "12389"),
        ("ok,lost", "123489"),
        ("lost,never", "4567"),
        ("never,ok", "12356789"),
    ):
        for limit in (1, 2, 3, 100):
            offset: int | None = 0
            seen: list[str] = []
            while offset is not None:
                page = client.get("/v1/paths", params={"state": states, "offset": offset, "limit": limit}).json()
                assert len(page["paths"]) <= limit
                seen += [path["account"] for path in page["paths"]]
                offset = page["next"]
            assert "".join(sorted(seen)) == accounts, (states, limit)


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


def test_an_amendment_is_an_entry_of_its_own_kind_and_its_text_stands_with_the_alarm(
    station: SmallStation, client: httpx.Client
) -> None:
    """By pages, by filter, with the alarm that is open and, told from the journal, with the one that was closed."""
    opened = station.store(signal(line="3", receiver="01"))
    added = station.store(msgspec.structs.replace(signal(), kind=EntryKind.AMENDMENT, amends=opened, text="KITCHEN"))
    entry = client.get(f"/v1/entries/{added}").json()
    assert (entry["kind"], entry["amends"], entry["text"]) == ("amendment", opened, "KITCHEN")
    assert client.get(f"/v1/entries/{opened}").json()["line"] == "3"
    (alarm,) = client.get("/v1/alarms").json()["alarms"]
    assert (alarm["id"], alarm["text"], alarm["signals"], alarm["conditions"][0]["added"]) == (
        opened,
        "KITCHEN",
        1,
        "KITCHEN",
    )
    assert client.post(f"/v1/alarms/{opened}/seen", json={}).status_code == 200
    assert client.post(f"/v1/alarms/{opened}/close", json={"note": "checked"}).status_code == 200
    closed = client.get(f"/v1/alarms/{opened}").json()["alarm"]
    assert (closed["closed"], closed["text"]) == (True, "KITCHEN")
