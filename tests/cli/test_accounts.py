"""``ptsn accounts``: the same commands with and without a running station."""

from __future__ import annotations

import io
import json
import os
import pty
import socketserver
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from protocols.errors import UserError
from ptsn import book as doors
from ptsn import cli
from receiver.accounts import AccountBook
from receiver.lock import StationLock
from receiver.settings import load

ROOT = Path(__file__).parents[2]
KEY = "00112233445566778899AABBCCDDEEFF"


class Handler(BaseHTTPRequestHandler):
    """The three calls of the API, answered from a book."""

    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""

    def address_string(self) -> str:
        return "local"

    def do_GET(self) -> None:
        assert self.path == "/v1/accounts"
        rows = [{**row, "has_key": True} for row in self.server.book.listing()]
        self._answer(200, {"accounts": rows})

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(self.path)
        try:
            if self.path == "/v1/accounts/import":
                change = self.server.book.import_rows(content["rows"], content["replace"])
                self._answer(200, {**change.counts(), "notes": change.notes})
            else:
                assert self.path == "/v1/accounts/remove"
                self.server.book.remove(**content)
                self._answer(200, {})
        except UserError as error:
            self._answer(400, {"error": str(error)})

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.UnixStreamServer):
    """A station reduced to its accounts."""

    book: AccountBook

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), Handler)
        self.calls: list[str] = []


@contextmanager
def running(config: Path) -> Iterator[Server]:
    """A station that holds the lock and answers on the socket."""
    settings = load(config)
    ready = threading.Event()
    servers: list[Server] = []

    def serve() -> None:
        with StationLock(settings.lock), Server(settings.socket) as server:
            server.book = AccountBook(settings.accounts)
            servers.append(server)
            ready.set()
            server.serve_forever(poll_interval=0.01)
            server.book.close()
        settings.socket.unlink()

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(30)
    try:
        yield servers[0]
    finally:
        servers[0].shutdown()
        thread.join()


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    assert cli.run(["init", str(tmp_path / "s")]) == 0
    capsys.readouterr()
    monkeypatch.chdir(tmp_path / "s")
    monkeypatch.setattr(doors, "START_S", 0.2)
    return tmp_path / "s" / "station.toml"


@pytest.fixture(params=["running", "not running"])
def station(request: pytest.FixtureRequest, config: Path) -> Iterator[Server | None]:
    """The same test beside a running station and without one."""
    if request.param == "running":
        with running(config) as server:
            yield server
    else:
        yield None


class Shell:
    """Runs commands and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        result = cli.run(["accounts", *arguments])
        out, err = self._capsys.readouterr()
        assert result == code, err
        return out, err


@pytest.fixture
def accounts(station: Server | None, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def test_what_is_added_is_listed_and_can_be_removed(accounts: Shell) -> None:
    """All columns by option; keys are never shown."""
    out, _ = accounts("add", "L05#ab12", "--name", "School", "--name-kk", "Мектеп", "--key", KEY, "--supervision", "90")
    assert out == "added L05#ab12\n"
    (row,) = json.loads(accounts("list", "--json")[0])
    assert (row["account"], row["prefix"], row["name_kk"], row["supervision_s"]) == ("AB12", "5", "Мектеп", 90)
    assert (row["key"], row["encryption"], row["account_key"]) == ("********", "required", "L5#AB12")
    out, _ = accounts("list")
    assert out.splitlines()[1].split() == ["L5#AB12", "School", "required", "90", "s"]
    assert KEY not in out
    assert accounts("add", "AB12", "--prefix", "5", "--name", "School 2")[0] == "changed AB12\n"
    assert accounts("add", "AB12", "--prefix", "5", "--name", "School 2")[0] == "unchanged: AB12\n"
    assert accounts("remove", "L5#AB12")[0] == "removed L5#AB12\n"
    assert json.loads(accounts("list", "--json")[0]) == []
    assert accounts("list") == ("", "no accounts yet; add one with `ptsn accounts add ACCOUNT`\n")


def test_how_many_tests_may_be_missed_is_listed_beside_the_supervision(accounts: Shell, tmp_path: Path) -> None:
    """Written either way; what cannot be is said with an example."""
    accounts("add", "7", "--supervision", "180", "--missed", "3/5")
    assert accounts("list")[0].splitlines()[1].split() == ["7", "-", "180", "s", "3/5"]
    file = tmp_path / "a.csv"
    file.write_text("account,missed\n7,4 of 8\n")
    accounts("import", str(file))
    (row,) = json.loads(accounts("list", "--json")[0])
    assert (row["supervision_s"], row["missed"]) == (180, "4/8")
    assert "m/n (or m of n) is allowed, such as 3/5" in accounts("add", "7", "--missed", "5/3", code=1)[1]
    assert accounts("add", "7", "--supervision", "0")[1] == (
        "ptsn: note: 7: missed = 4/8 says nothing while supervision_s is off\n"
    )


def test_a_file_is_imported_as_a_whole_or_not_at_all(accounts: Shell, tmp_path: Path) -> None:
    """Bad rows are named by line, those that only the database can judge too."""
    file = tmp_path / "a.csv"
    file.write_text(f"account;key\n1;{KEY}\n2;\n")
    assert accounts("import", str(file))[0] == "added 2, changed 0, removed 0\n"
    file.write_text("account;encryption\n3;\n\n2;required\n4;maybe\n")
    out, err = accounts("import", str(file), code=1)
    assert out == ""
    assert err.splitlines() == [
        f"ptsn: {file}: nothing was imported; to be put right:",
        "line 5: encryption: found 'maybe'; allowed: required, optional, none",
    ]
    file.write_text("account;encryption\n3;\n\n2;required\n")
    assert "line 4: encryption: required, but there is no key" in accounts("import", str(file), code=1)[1]
    file.write_text("account;name\n1;x\n")
    assert accounts("import", str(file), "--replace")[0] == "added 0, changed 1, removed 1\n"
    (row,) = json.loads(accounts("list", "--json")[0])
    assert (row["account"], row["key"]) == ("1", "********")


def test_an_export_masks_keys_unless_told_otherwise(accounts: Shell, tmp_path: Path) -> None:
    """Both import again; a file with keys is private."""
    accounts("add", "1", "--key", KEY)
    out, _ = accounts("export")
    assert KEY not in out
    file = tmp_path / "keys.csv"
    file.touch(0o644)
    assert accounts("export", "--with-keys", "-o", str(file)) == ("", "")
    assert KEY in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for text in (out, file.read_text()):
        file.write_text(text)
        assert accounts("import", str(file), "--replace")[0] == "added 0, changed 0, removed 0\n"


def test_errors_say_what_to_do_and_show_no_key(accounts: Shell) -> None:
    """One line each, beside a running station as well."""
    secret = "5ec2e7" * 5
    assert accounts("add", "1", "--key", secret, code=1) == (
        "",
        "ptsn: key: 30 hex digits; 32, 48 or 64 are allowed\n",
    )
    accounts("add", "1", "--prefix", "5")
    assert accounts("remove", "1", code=1)[1] == "ptsn: there is no account 1; there is L5#1\n"
    assert "'1-2' is not an account" in accounts("add", "1-2", code=2)[1]
    assert "No such file" in accounts("import", "nothing.csv", code=2)[1]


def test_a_key_is_not_lost_by_an_empty_cell(accounts: Shell, tmp_path: Path) -> None:
    """Beside a running station as well: the line is named, and what to write where it is meant."""
    accounts("add", "1234", "--key", KEY)
    file = tmp_path / "schools.csv"
    file.write_text("account;name;key\n77;School 1;\n1234;School 12;\n")
    err = accounts("import", str(file), code=1)[1]
    assert "line 3: key: is empty and would take the key of 1234 away" in err
    assert KEY in accounts("export", "--with-keys")[0]
    assert "77" not in accounts("list")[0]
    assert accounts("add", "1234", "--key", "", code=1)[1].startswith("ptsn: key: is empty")
    out, err = accounts("add", "1234", "--key", "", "--encryption", "optional")
    assert out == "changed 1234\n"
    assert err == "ptsn: note: 1234: its key is taken away, and what comes in the clear is accepted from now on\n"


def test_lost_leading_zeros_are_pointed_out(accounts: Shell) -> None:
    """Done, with a note."""
    accounts("add", "0123")
    out, err = accounts("add", "123")
    assert out == "added 123\n"
    assert err == "ptsn: note: 123 is new beside 0123: they differ only in leading zeros\n"


def test_a_key_can_be_given_on_standard_input(accounts: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither the process list nor the history sees it."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(KEY + "\n"))
    accounts("add", "1", "--key", "-")
    assert KEY in accounts("export", "--with-keys")[0]
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert "standard input is empty" in accounts("add", "1", "--key", "-", code=2)[1]


def test_a_key_is_asked_for_unseen_on_a_terminal(config: Path) -> None:
    """The terminal shows the question and not the answer."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "ptsn", "accounts", "add", "1", "--key", "-", "-c", str(config)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    ) as child:
        os.close(slave)
        shown = b""
        while b"Key: " not in shown:
            shown += os.read(master, 1000)
        os.write(master, KEY.encode() + b"\n")
        while b"added 1" not in shown:
            shown += os.read(master, 1000)
        assert child.wait() == 0
    os.close(master)
    assert KEY.encode() not in shown


def test_a_running_station_knows_at_once(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Changes go through its socket, not past it."""
    with running(config) as server:
        assert cli.run(["accounts", "add", "1"]) == 0
        assert server.book.find("ip", None, None, "1")
        assert cli.run(["accounts", "remove", "1"]) == 0
        assert not server.book.find("ip", None, None, "1")
        assert server.calls == ["/v1/accounts/import", "/v1/accounts/remove"]


def test_a_station_that_does_not_answer_keeps_others_out(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lock is held, the socket is not there: nothing is changed behind its back."""
    with StationLock(load(config).lock):
        assert cli.run(["accounts", "add", "1"]) == 1
    assert f"in use by a station (process {os.getpid()})" in capsys.readouterr().err
    assert cli.run(["accounts", "list", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n"


def test_a_socket_left_behind_is_no_station(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After a crash the file stays, and nobody listens."""
    Server(load(config).socket).server_close()
    assert load(config).socket.exists()
    assert cli.run(["accounts", "add", "1"]) == 0


def test_listing_makes_no_files(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Looking changes nothing."""
    before = sorted(config.parent.iterdir())
    assert cli.run(["accounts", "list"]) == 0
    assert cli.run(["accounts", "export", "--with-keys"]) == 0
    assert sorted(config.parent.iterdir()) == before


def test_the_settings_are_found_here_or_by_the_environment(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """-c, else PTSN_CONFIG, else ./station.toml."""
    assert cli.run(["accounts", "add", "1"]) == 0
    monkeypatch.chdir(tmp_path)
    assert cli.run(["accounts", "list", "-c", "s/station.toml"]) == 0
    monkeypatch.setenv("PTSN_CONFIG", str(config))
    assert cli.run(["accounts", "list", "--json"]) == 0
    assert '"account": "1"' in capsys.readouterr().out
    monkeypatch.delenv("PTSN_CONFIG")
    assert cli.run(["accounts", "list"]) == 1
    assert (
        capsys.readouterr().err
        == "ptsn: station.toml: there is no such file; name yours with -c or PTSN_CONFIG, or make one: ptsn init DIR\n"
    )


def test_commands_running_in_parallel_all_take_effect(config: Path) -> None:
    """Each waits its turn at the lock."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "ptsn", "accounts", "add", str(number), "-c", str(config)],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        for number in range(5)
    ]
    assert [child.wait() for child in children] == [0] * 5
    with StationLock(load(config).lock):
        book = AccountBook(load(config).accounts)
    assert [account.account for account in book.all()] == ["0", "1", "2", "3", "4"]
    book.close()


def test_an_adapter_that_the_station_does_not_have_is_pointed_out(accounts: Shell, tmp_path: Path) -> None:
    """With those that it has: nothing that arrives would belong to the account."""
    out, err = accounts("add", "1234", "--adapter", "nort")
    assert out == "added 1234\n"
    assert "note: station.toml has no adapter 'nort': nothing that arrives belongs to such an account." in err
    assert err.rstrip().endswith("There are: ip")
    file = tmp_path / "a.csv"
    file.write_text("account,adapter\n1,ip\n2,sout\n3,\n4,sout\n", encoding="utf-8")
    assert "has no adapter 'sout': " in accounts("import", str(file))[1]
    assert accounts("add", "5", "--adapter", "ip") == ("added 5\n", "")
    assert "note" not in accounts("add", "6")[1]
