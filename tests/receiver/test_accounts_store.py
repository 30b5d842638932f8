"""The database of accounts, and the book that the station uses."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from receiver.accounts import AccountBook, AccountsError, AccountStore, Change, ImportErrors
from receiver.accounts.store import migrations

KEY = "00112233445566778899AABBCCDDEEFF"


def test_accounts_come_back_as_they_were_stored(tmp_path: Path) -> None:
    """All columns, over a restart."""
    row = {
        "account": "1234",
        "adapter": "ip",
        "prefix": "5",
        "receiver": "1",
        "name": "School",
        "name_ru": "Школа",
        "name_kk": "Мектеп",
        "address": "Main street",
        "phone": "+7 700",
        "key": "k" * 16,
        "key_form": "text",
        "encryption": "optional",
        "time_zone": "Asia/Almaty",
        "supervision_s": 90,
        "communicators": "9",
    }
    with closing(AccountStore(tmp_path / "a.db")) as store:
        assert store.merge([row, {"account": "9"}]).added == ("R1L5#1234@ip", "9")
        before = store.all()
    with closing(AccountStore(tmp_path / "a.db")) as store:
        assert store.all() == before
        assert store.all()[0].row(with_key=True) == row
        assert store.all()[1].supervision_s is None


def test_the_file_is_private(tmp_path: Path) -> None:
    """Keys are in it: mode 0600 under any umask."""
    old = os.umask(0)
    try:
        AccountStore(tmp_path / "a.db").close()
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a.db").stat().st_mode) == 0o600


def test_a_bad_row_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    """All or none."""
    with closing(AccountStore(tmp_path / "a.db")) as store:
        store.merge([{"account": "1"}])
        before = store.all()
        with pytest.raises(ImportErrors):
            store.merge([{"account": "2"}, {"account": "!"}], replace=True)
        assert store.all() == before


def test_a_failing_write_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    """One transaction: removals and additions together."""
    with closing(AccountStore(tmp_path / "a.db")) as store:
        store.merge([{"account": "1"}, {"account": "2"}])
        before = store.all()
        assert store._db is not None
        store._db.execute("create temp trigger no before insert on accounts begin select raise(abort, 'full'); end")
        with pytest.raises(sqlite3.Error, match="full"):
            store.merge([{"account": "3"}], replace=True)
        assert store.all() == before


def test_a_store_for_reading_makes_nothing_and_changes_nothing(tmp_path: Path) -> None:
    """Beside a running station."""
    with closing(AccountStore(tmp_path / "a.db", read_only=True)) as store:
        assert store.all() == []
    assert not (tmp_path / "a.db").exists()
    (tmp_path / "a.db").touch()
    with closing(AccountStore(tmp_path / "a.db", read_only=True)) as store:
        assert store.all() == []
    with closing(AccountStore(tmp_path / "a.db")) as writer:
        writer.merge([{"account": "1"}])
        with closing(AccountStore(tmp_path / "a.db", read_only=True)) as store:
            assert [account.account for account in store.all()] == ["1"]
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                store.remove({"account": "1"})


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """And left as it is."""
    path = tmp_path / "a.db"
    path.write_bytes(b"account,name\n" * 100)
    for read_only in (False, True):
        with pytest.raises(AccountsError, match="not a database of accounts"):
            AccountStore(path, read_only=read_only)
    with pytest.raises(AccountsError, match="cannot be opened: No such file"):
        AccountStore(tmp_path / "nowhere" / "a.db")


def test_a_database_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    """Rather than half understood."""
    with closing(AccountStore(tmp_path / "a.db")) as store:
        assert store._db is not None
        store._db["_sqlite_migrations"].insert(  # type: ignore[union-attr]
            {"migration_set": migrations.name, "name": "from_the_future", "applied_at": "2030"}
        )
    with pytest.raises(AccountsError, match="made by a newer release"):
        AccountStore(tmp_path / "a.db")


def test_a_book_knows_at_once_what_was_imported_and_removed(tmp_path: Path) -> None:
    """Disk and memory are always the same."""
    with closing(AccountBook(tmp_path / "a.db")) as book:
        changes: list[Change] = []
        book.watchers.append(changes.append)
        lookup = book.dialect
        assert not lookup("ip", None, None, "1").known
        assert book.import_rows([{"account": "1", "key": KEY}]).added == ("1",)
        assert lookup("ip", None, None, "1").known
        found = book.find("ip", None, None, "1")
        assert found is not None
        assert found.must_encrypt
        assert [row["key"] for row in book.listing()] == ["********"]
        book.import_rows([{"account": "1"}])
        assert book.remove("1").account_key == "1"
        assert not lookup("ip", None, None, "1").known
        assert book.all() == ()
        with pytest.raises(AccountsError, match="there is no account 1"):
            book.remove("1")
        assert [change.counts() for change in changes] == [
            {"added": 1, "changed": 0, "removed": 0},
            {"added": 0, "changed": 0, "removed": 1},
        ]


def test_a_book_opens_what_it_left(tmp_path: Path) -> None:
    """Over a restart."""
    with closing(AccountBook(tmp_path / "a.db")) as book:
        book.import_rows([{"account": "1"}, {"account": "2", "prefix": "5"}])
    with closing(AccountBook(tmp_path / "a.db")) as book:
        assert [account.account_key for account in book.all()] == ["1", "L5#2"]
        assert book.find("ip", None, "05", "2")
