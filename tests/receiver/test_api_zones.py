"""The API's calls about zones, one alarm in full, and who may do what."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from receiver.api import SocketError, past, routes
from receiver.api.peer import Peer
from receiver.journal.entry import Body, EntryKind, rfc3339
from tests.receiver.api_station import SmallStation, signal, until

ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def station(tmp_path: Path) -> Iterator[SmallStation]:
    with SmallStation(tmp_path) as small:
        small.call(small.book.import_rows, [{"account": "1234"}, {"account": "77", "prefix": "5"}])
        yield small


@pytest.fixture
def client(station: SmallStation) -> Iterator[httpx.Client]:
    with station.client() as http:
        yield http


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def zone(number: str, name: str, account: str = "1234", **more: str) -> dict[str, str]:
    return {"account": account, "number": number, "name": name, **more}


# Zones


def test_zones_are_imported_shown_and_removed(station: SmallStation, client: httpx.Client) -> None:
    """Each change counts at once, and the station is told of it once."""
    rows = [zone("015", "Gym", name_ru="Зал"), zone("1", "Hall", "77", prefix="5")]
    answer = client.post("/v1/zones/import", json={"rows": rows}).json()
    assert answer == {"added": 2, "changed": 0, "removed": 0, "notes": []}
    assert station.book.zone_table["1234"]["15"].name_ru == "Зал"
    (change, operator) = station.zones[-1]
    assert (change.added, operator) == (("1234 15", "L5#77 1"), f"{ME}@socket")
    client.post("/v1/zones/import", json={"rows": rows})
    assert len(station.zones) == 1

    shown = client.get("/v1/zones", params={"account": "L5#77"}).json()
    assert (shown["next"], [row["name"] for row in shown["zones"]]) == (None, ["Hall"])
    assert shown["zones"][0]["account_key"] == "L5#77"
    first = client.get("/v1/zones", params={"limit": 1}).json()
    rest = client.get("/v1/zones", params={"limit": 1, "offset": first["next"]}).json()
    assert [row["number"] for row in first["zones"] + rest["zones"]] == ["015", "1"]

    gone = client.post("/v1/zones/remove", json={"account": "1234", "number": "15"}).json()
    assert gone["removed"] == 1
    assert list(station.book.zone_table) == ["L5#77"]


@pytest.mark.parametrize(
    ("method", "url", "content", "status", "words"),
    [
        ("GET", "/v1/zones?account=9", None, 404, "there is no account '9'"),
        ("GET", "/v1/zones?limit=0", None, 400, "limit: found '0'"),
        (
            "POST",
            "/v1/zones/import",
            {"rows": [{"account": "9", "number": "1"}]},
            400,
            "row 1: account: there is no",
        ),
        ("POST", "/v1/zones/import", {"rows": [5]}, 400, "row 1 of the request"),
        ("POST", "/v1/zones/import", {"row": []}, 400, "the body of the request"),
        ("POST", "/v1/zones/remove", {"account": "1234", "number": "1"}, 404, "1234 has no name for zone 1"),
        ("POST", "/v1/zones/remove", {"account": "9"}, 404, "there is no account 9"),
        ("POST", "/v1/zones/remove", {"account": "1234", "number": "1-1"}, 400, "number: found '1-1'"),
    ],
)
def test_what_is_wrong_is_answered_with_what_and_why(
    client: httpx.Client, method: str, url: str, content: Any, status: int, words: str
) -> None:
    """And nothing is changed."""
    found, text = error(client.request(method, url, json=content))
    assert found == status
    assert words in text
    assert client.get("/v1/zones").json()["zones"] == []


def test_an_account_that_is_removed_says_what_went_with_it(station: SmallStation, client: httpx.Client) -> None:
    """In the notes of the answer."""
    client.post("/v1/zones/import", json={"rows": [zone("1", "Hall")]})
    answer = client.post("/v1/accounts/remove", json={"account": "1234"}).json()
    assert answer["notes"] == ["1234 is removed, and with it the names of its zones: 1"]
    assert client.get("/v1/zones").json()["zones"] == []


# Who may do what


def test_others_than_the_owner_read_and_act_but_change_nothing(
    station: SmallStation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator of the socket's group sees and closes alarms; accounts, zones and keys are not his."""
    alarm = station.store(signal())
    monkeypatch.setattr(Peer, "owner", property(lambda self: False))
    for url, content in (
        ("/v1/accounts/import", {"rows": [{"account": "5"}]}),
        ("/v1/accounts/remove", {"account": "1234"}),
        ("/v1/zones/import", {"rows": [zone("1", "Hall")]}),
        ("/v1/zones/remove", {"account": "1234"}),
    ):
        status, text = error(client.post(url, json=content))
        assert (status, "the user the station runs as, and by root, only" in text) == (403, True), url
    assert error(client.get("/v1/accounts", params={"keys": 1}))[0] == 403
    assert [account.account for account in station.book.all()] == ["1234", "77"]
    for url in ("/v1/status", "/v1/accounts", "/v1/zones", "/v1/entries", "/v1/alarms", "/v1/paths"):
        assert client.get(url).status_code == 200
    assert client.post(f"/v1/alarms/{alarm}/seen").status_code == 200
    assert client.post(f"/v1/alarms/{alarm}/close").status_code == 200


def test_the_owner_is_the_stations_own_user_or_root() -> None:
    """And nobody whom the kernel does not name."""
    assert Peer(os.geteuid()).owner
    assert Peer(0).owner
    assert not Peer(os.geteuid() + 4711).owner
    assert not Peer(-1).owner


def test_without_a_group_the_socket_is_the_owners_alone(station: SmallStation) -> None:
    """From its making on."""
    assert stat.S_IMODE(station.settings.socket.stat().st_mode) == 0o600


def test_with_a_group_its_members_may_open_the_socket(tmp_path: Path) -> None:
    """Mode 0660, and the group is that of the settings."""
    mine = {os.getgid(), *os.getgroups()}
    number = next((one for one in mine if one != os.getgid()), os.getgid())
    with SmallStation(tmp_path, more=f'socket_group = "{grp.getgrgid(number).gr_name}"') as small:
        found = small.settings.socket.stat()
        assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, number)
        with small.client() as client:
            assert client.get("/v1/status").status_code == 200


def test_a_group_that_is_not_there_is_said_before_anything_starts(tmp_path: Path) -> None:
    """What to do, too; and no socket is left open to anybody."""
    small = SmallStation(tmp_path, more='socket_group = "no-such-group"')
    with pytest.raises(SocketError, match=r"there is no group 'no-such-group' on this machine; make it \(groupadd"):
        small.api.start()
    assert not small.settings.socket.exists()


def test_a_group_the_station_may_not_give_to_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the socket stays the owner's until then."""
    modes: list[int] = []

    def refused(path: Path, user: int, group: int) -> None:
        modes.append(stat.S_IMODE(os.stat(path).st_mode))
        raise PermissionError(1, "Operation not permitted")

    small = SmallStation(tmp_path, more=f'socket_group = "{grp.getgrgid(os.getgid()).gr_name}"')
    monkeypatch.setattr(os, "chown", refused)
    with pytest.raises(SocketError, match="must be in that group"):
        small.api.start()
    assert modes == [0o600]
    small.api._port.stopListening()


# Who signed


def test_a_name_that_a_caller_gives_is_marked(station: SmallStation, client: httpx.Client) -> None:
    """The kernel's word is not; in the alarm and in the journal."""
    alarm = station.store(signal())
    seen = client.post(f"/v1/alarms/{alarm}/seen", json={"operator": "Night shift"}).json()
    assert (seen["alarm"]["seen_by"], seen["alarm"]["seen_unverified"]) == (f"Night shift ({ME}@socket)", True)
    assert client.get(f"/v1/entries/{seen['entry']}").json()["unverified"] is True
    again = client.post(f"/v1/alarms/{alarm}/seen", json={"operator": " \u200b "}).json()
    assert (again["alarm"]["seen_by"], again["alarm"]["seen_unverified"]) == (f"{ME}@socket", False)
    assert "unverified" not in client.get(f"/v1/entries/{again['entry']}").json()
    client.post(f"/v1/alarms/{alarm}/close", json={"operator": "Night shift"})
    closed = client.get(f"/v1/alarms/{alarm}").json()["alarm"]
    assert (closed["closed_by"], closed["closed_unverified"]) == (f"Night shift ({ME}@socket)", True)


# One alarm in full


def test_an_open_alarm_is_shown_with_its_newest_entries(station: SmallStation, client: httpx.Client) -> None:
    """At most ten, oldest first."""
    first = station.store(signal())
    last = station.store(*[signal(code=str(131 + n)) for n in range(12)])
    shown = client.get(f"/v1/alarms/{first}").json()
    assert (shown["alarm"]["id"], shown["alarm"]["ringing"], shown["alarm"]["closed"]) == (first, True, False)
    assert [entry["id"] for entry in shown["entries"]] == list(range(last - 9, last + 1))


def test_a_closed_alarm_is_told_from_the_journal(station: SmallStation, client: httpx.Client) -> None:
    """As it was when it was closed, whatever others did meanwhile, and whatever came of the account later."""
    other = station.store(signal(account="77"))
    alarm = station.store(signal())
    station.store(signal(account="77", code="131"), signal(code="110"))
    client.post(f"/v1/alarms/{alarm}/seen")
    client.post(f"/v1/alarms/{other}/seen")
    closing = client.post(f"/v1/alarms/{alarm}/close", json={"note": "checked"}).json()["entry"]
    station.store(signal(code="120"))
    shown = client.get(f"/v1/alarms/{alarm}").json()
    assert shown["alarm"]["closed"] is True
    assert shown["alarm"]["note"] == "checked"
    assert [one["code"] for one in shown["alarm"]["conditions"]] == ["130", "110"]
    assert [(entry["id"], entry["kind"]) for entry in shown["entries"]] == [
        (alarm, "signal"),
        (alarm + 2, "signal"),
        (alarm + 3, "action"),
        (closing, "action"),
    ]


def test_a_close_without_effect_is_not_taken_for_the_end(station: SmallStation, client: httpx.Client) -> None:
    """It rang again before the close was on disk: the later close ended it."""
    alarm = station.store(signal())
    seen = client.post(f"/v1/alarms/{alarm}/seen").json()["entry"]
    station.store(
        signal(code="110"),
        Body(kind=EntryKind.ACTION, node="n1", received_at=rfc3339(1.8e9), code="alarm.closed", alarm=alarm),
    )
    assert client.get("/v1/alarms").json()["alarms"][0]["ringing"] is True
    client.post(f"/v1/alarms/{alarm}/seen")
    closing = client.post(f"/v1/alarms/{alarm}/close", json={"note": "now"}).json()["entry"]
    shown = client.get(f"/v1/alarms/{alarm}").json()
    assert shown["alarm"]["note"] == "now"
    assert [entry["id"] for entry in shown["entries"]] == [alarm, seen, *range(seen + 1, closing + 1)]


def test_a_closed_alarm_is_looked_for_no_longer_than_is_allowed(
    station: SmallStation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal may be so long that it takes minutes."""
    last = station.store(signal(priority=0), signal(priority=0))
    monkeypatch.setattr(past, "LIMIT_S", -1.0)
    code, words = error(client.get(f"/v1/alarms/{last - 1}"))
    assert (code, "was not found in the journal" in words) == (503, True)


def test_closed_alarms_are_looked_for_one_at_a_time(
    station: SmallStation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads the journal finds a thread; who asks for too many at once is told to wait."""
    wanted = station.store(signal(priority=0))
    go_on = threading.Event()
    look = routes.closed_alarm
    monkeypatch.setattr(routes, "closed_alarm", lambda reader, id_: look(reader, id_) if go_on.wait(60) else None)
    codes: list[int] = []

    def ask() -> None:
        with station.client(timeout=60) as own:
            codes.append(own.get(f"/v1/alarms/{wanted}").status_code)

    threads = [threading.Thread(target=ask) for _ in range(routes.PAST_WAITING_MAX + 3)]
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
    assert codes.count(404) == routes.PAST_WAITING_MAX + 1


def test_a_closed_alarm_without_an_account_is_told_too(station: SmallStation, client: httpx.Client) -> None:
    """The station's own, such as a disk that filled up."""
    low = {"free_bytes": ["1000"]}
    event = Body(
        kind=EntryKind.STATION, node="n1", received_at=rfc3339(1.8e9), code="disk.low", priority=2, details=low
    )
    alarm = station.store(event)
    station.store(
        signal(), Body(kind=EntryKind.STATION, node="n1", received_at=rfc3339(1.8e9 + 9), code="disk.recovered")
    )
    assert client.get("/v1/alarms").json()["alarms"][-1]["restored"] == "all"
    client.post(f"/v1/alarms/{alarm}/seen")
    client.post(f"/v1/alarms/{alarm}/close")
    shown = client.get(f"/v1/alarms/{alarm}").json()["alarm"]
    assert (shown["code"], shown["restored"], shown["closed"]) == ("disk.low", "all", True)


def test_what_was_no_alarm_is_said_to_be_none(station: SmallStation, client: httpx.Client) -> None:
    """An entry that joined one, one that is not there, one that is still to come."""
    alarm = station.store(signal())
    joined = station.store(signal(code="110"))
    client.post(f"/v1/alarms/{alarm}/seen")
    client.post(f"/v1/alarms/{alarm}/close")
    assert error(client.get(f"/v1/alarms/{joined}")) == (
        404,
        f"there is no alarm {joined}: entry {joined} opened none, or the journal does not tell its end",
    )
    assert error(client.get("/v1/alarms/4711"))[0] == 404
    assert error(client.get("/v1/alarms/x"))[0] == 400
