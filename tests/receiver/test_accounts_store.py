"""The database of accounts, and the book that the station uses."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from receiver.accounts import AccountBook, AccountsError, AccountStore, ImportErrors, StoreError
from receiver.accounts.merge import merge
from receiver.accounts.store import migrations

KEY = "00112233445566778899AABBCCDDEEFF"


def write(store: AccountStore, *rows: Mapping[str, object]) -> None:
    """Make these the accounts of the store."""
    store.write(store.all(), merge([], rows)[0])


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
        "missed": "3/5",
        "communicators": "9",
        "edition": "2021",
        "encoding": "windows-1251",
        "numbers": "hex",
    }
    with closing(AccountStore(tmp_path / "a.db")) as store:
        write(store, row, {"account": "9"})
        before = store.all()
        assert [account.account_key for account in before] == ["R1L5#1234@ip", "9"]
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


def test_a_failing_write_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    """One transaction: removals and additions together."""
    with closing(AccountStore(tmp_path / "a.db")) as store:
        write(store, {"account": "1"}, {"account": "2"})
        before = store.all()
        assert store._db is not None
        store._db.execute("create temp trigger no before insert on accounts begin select raise(abort, 'full'); end")
        with pytest.raises(sqlite3.Error, match="full"):
            write(store, {"account": "3"})
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
        write(writer, {"account": "1"})
        with closing(AccountStore(tmp_path / "a.db", read_only=True)) as store:
            assert [account.account for account in store.all()] == ["1"]
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                write(store)


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
        lookup = book.dialect
        assert not lookup("ip", None, None, "1").known
        assert book.import_rows([{"account": "1", "key": KEY}]).added == ("1",)
        assert lookup("ip", None, None, "1").known
        found = book.find("ip", None, None, "1")
        assert found is not None
        assert found.must_encrypt
        assert [row["key"] for row in book.listing()] == ["********"]
        book.import_rows([{"account": "1"}])
        assert book.remove("1").removed == ("1",)
        assert not lookup("ip", None, None, "1").known
        assert book.all() == ()
        with pytest.raises(AccountsError, match="there is no account 1"):
            book.remove("1")


def test_a_bad_row_leaves_the_book_as_it_was(tmp_path: Path) -> None:
    """All or none, on disk and in memory."""
    with closing(AccountBook(tmp_path / "a.db")) as book:
        book.import_rows([{"account": "1"}])
        before = book.all()
        with pytest.raises(ImportErrors):
            book.import_rows([{"account": "2"}, {"account": "!"}], replace=True)
        assert book.all() == before
    assert AccountBook(tmp_path / "a.db").all() == before


def test_a_change_is_prepared_in_another_thread_and_holds_once_it_is_applied(tmp_path: Path) -> None:
    """On disk before it holds; and what was prepared over other accounts than those of now is refused."""
    book = AccountBook(tmp_path / "a.db")
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(book.prepare_import, [{"account": "1", "key": KEY}]).result()
        second = thread.submit(book.prepare_import, [{"account": "2"}]).result()
        assert book.all() == ()
        assert not book.dialect("ip", None, None, "1").known
        assert book.apply(first).added == ("1",)
        assert book.dialect("ip", None, None, "1").known
        with pytest.raises(RuntimeError, match="while a change was prepared"):
            book.apply(second)
        assert KEY not in repr(first)
        removal = thread.submit(book.prepare_removal, "1").result()
    assert book.apply(removal).counts() == {"added": 0, "changed": 0, "removed": 1}
    assert book.all() == ()


def test_a_change_that_the_disk_does_not_take_changes_nothing(tmp_path: Path) -> None:
    """Neither the lookups; the database has gone, for example."""
    book = AccountBook(tmp_path / "a.db")
    book.import_rows([{"account": "1"}])
    (tmp_path / "a.db").unlink()
    (tmp_path / "a.db").mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        book.import_rows([{"account": "2"}])
    assert [account.account_key for account in book.all()] == ["1"]


def test_a_book_that_is_closed_takes_no_change(tmp_path: Path) -> None:
    """The station stops; it still knows its accounts."""
    book = AccountBook(tmp_path / "a.db")
    book.import_rows([{"account": "1"}])
    book.close()
    with pytest.raises(AccountsError, match="the station stops"):
        book.import_rows([{"account": "2"}])
    assert book.find("ip", None, None, "1")


@pytest.mark.parametrize(
    ("accounts", "key", "renamed"),
    [
        ([{"account": "1234"}], "?L0#1234", ["?L0#1234 1234"]),
        ([{"account": "234"}], "?L5#0234", ["?L5#0234 234"]),
        ([{"account": "1234", "prefix": "5"}], "?R1L5#1234", ["?R1L5#1234 L5#1234"]),
        ([{"account": "1234", "adapter": "ip"}], "?L0#1234", ["?L0#1234 1234@ip"]),
        ([{"account": "1234", "adapter": "ip"}, {"account": "1234"}], "?L0#1234", []),
        ([{"account": "1234", "prefix": "5"}], "?L0#1234", []),
        ([{"account": "1234"}], "1234", []),
        ([{"account": "1234"}], "?*", []),
        ([{"account": "1234"}], "@ip", []),
        ([{"account": "1234"}], "?L0#12 34", []),
        ([{"account": "1234"}], "", []),
    ],
)
def test_names_of_unknown_accounts_that_have_an_account_by_now_are_told(
    tmp_path: Path, accounts: list[dict[str, object]], key: str, renamed: list[str]
) -> None:
    """Old and new name; none where it depends on the adapter, or where nothing fits."""
    book = AccountBook(tmp_path / "a.db")
    book.import_rows(accounts)
    assert book.renamed([key, "?L0#9"]) == renamed


def test_a_book_opens_what_it_left(tmp_path: Path) -> None:
    """Over a restart."""
    with closing(AccountBook(tmp_path / "a.db")) as book:
        book.import_rows([{"account": "1"}, {"account": "2", "prefix": "5"}])
    with closing(AccountBook(tmp_path / "a.db")) as book:
        assert [account.account_key for account in book.all()] == ["1", "L5#2"]
        assert book.find("ip", None, "05", "2")
