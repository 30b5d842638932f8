"""Names of zones: rows over what is there, in the database of the accounts."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from receiver.accounts import AccountBook, ImportErrors, NoAccountError, read_zones, write_csv
from receiver.accounts.identity import bare
from receiver.accounts.zone_names import ZONE_COLUMNS

OLD = Path(__file__).parent / "databases" / "accounts-1.sqlite"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AccountBook]:
    made = AccountBook(tmp_path / "accounts.db")
    made.import_rows([{"account": "1234"}, {"account": "77", "prefix": "5"}, {"account": "0042"}])
    yield made
    made.close()


def take(book: AccountBook, *rows: dict[str, Any], replace: bool = False) -> dict[str, int]:
    return book.apply(book.prepare_zones(rows, replace)).counts()


def read(text: str) -> list[dict[str, object]]:
    return read_zones(io.BytesIO(text.encode()))


def called(book: AccountBook, key: str, number: str, language: str = "en") -> str:
    """What a zone is called; blank where nobody named it."""
    zone = book.zone_table.get(key, {}).get(bare(number))
    return zone.called(language) if zone is not None else ""


def again(book: AccountBook, tmp_path: Path) -> AccountBook:
    """The same from the disk."""
    book.close()
    return AccountBook(tmp_path / "accounts.db")


def test_a_zone_is_found_with_and_without_leading_zeros(book: AccountBook) -> None:
    """In the language asked for, else in any it has a name in."""
    take(book, {"account": "1234", "number": "05", "name": "Gym", "name_kk": "Спортзал"})
    take(book, {"account": "1234", "number": "0fa", "name_ru": "Склад"})
    for number in ("5", "05", "005"):
        assert called(book, "1234", number, "en") == "Gym"
        assert called(book, "1234", number, "kk") == "Спортзал"
        assert called(book, "1234", number, "ru") == "Gym"
    assert called(book, "1234", "0FA", "en") == "Склад"
    assert called(book, "1234", "50", "en") == ""
    assert called(book, "?L0#1234", "5", "en") == ""


def test_the_names_are_there_after_a_restart(book: AccountBook, tmp_path: Path) -> None:
    """Also where a number is spelt another way by then: it is one row on disk."""
    take(book, {"account": "1234", "number": "5", "name": "Gym"})
    take(book, {"account": "77", "prefix": "5", "number": "1", "name": "Hall"})
    counts = take(book, {"account": "1234", "number": "005", "name_ru": "Зал"})
    assert counts == {"added": 0, "changed": 1, "removed": 0}
    reopened = again(book, tmp_path)
    assert reopened.zones("1234") == [
        dict.fromkeys(ZONE_COLUMNS, "") | {"account": "1234", "number": "005", "name": "Gym", "name_ru": "Зал"}
    ]
    assert called(reopened, "L5#77", "01") == "Hall"
    rows = list(Database(tmp_path / "accounts.db")["zones"].rows)
    assert sorted(row["number"] for row in rows) == ["005", "1"]
    reopened.close()


def test_columns_left_out_keep_and_empty_ones_clear(book: AccountBook) -> None:
    """As with accounts; a zone without any name is refused, new or old."""
    take(book, {"account": "1234", "number": "5", "name": "Gym", "name_ru": "Зал"})
    assert take(book, {"account": "1234", "number": "5", "name": "Gym"})["changed"] == 0
    take(book, {"account": "1234", "number": "5", "name_ru": ""})
    assert called(book, "1234", "5", "ru") == "Gym"
    with pytest.raises(ImportErrors, match="name: is empty, and so are name_ru and name_kk"):
        take(book, {"account": "1234", "number": "5", "name": ""})
    with pytest.raises(ImportErrors, match="name: is empty"):
        take(book, {"account": "1234", "number": "6"})


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"account": "9", "number": "1"}, "row 2: account: there is no account 9; allowed: accounts that are entered"),
        (
            {"account": "77", "prefix": "6", "number": "1"},
            "row 2: account: there is no account L6#77; there is L5#77; allowed",
        ),
        ({"account": "42", "number": "1"}, "row 2: account: there is no account 42; there is 0042; allowed"),
        ({"account": "1234", "number": "1-2"}, "row 2: number: found '1-2'; 1 to 8 letters and digits"),
        (
            {"account": "1234", "number": "000"},
            "row 2: number: found '000', which means no zone in particular; allowed",
        ),
        ({"account": "1234", "number": ""}, "row 2: number: is missing"),
        ({"account": "1234", "number": "007"}, "row 2: number: zone 7 of 1234 is on row 1 already"),
        ({"account": "1234", "number": "1", "colour": "red"}, "row 2: unknown column 'colour'; allowed: account, ad"),
        ({"account": "1234", "number": 1}, "row 2: number: a text is needed"),
        ({"account": "1234", "number": "1", "name": "a\u202eb"}, "row 2: name: a control character is in it"),
    ],
)
def test_one_bad_row_and_none_is_taken(book: AccountBook, row: dict[str, Any], says: str) -> None:
    """It is named, with what was found and what is allowed."""
    with pytest.raises(ImportErrors) as caught:
        take(book, {"account": "1234", "number": "7", "name": "Hall"}, {"name": "Gym", **row})
    (line,) = caught.value.lines
    assert line.startswith(says)
    assert book.zone_listing() == []


def test_the_only_account_of_a_number_is_meant_also_where_a_row_says_less_or_more(book: AccountBook) -> None:
    """Which one was taken, and how often, is noted; a zone is still named once."""
    rows: list[dict[str, Any]] = [{"account": "77", "number": n, "name": "Hall"} for n in ("1", "2")]
    rows.append({"account": "1234", "prefix": "0", "adapter": "ip", "number": "5", "name": "Gym"})
    change = book.apply(book.prepare_zones(rows))
    assert change.added == ("L5#77 1", "L5#77 2", "1234 5")
    assert change.notes == (
        "77 was taken for L5#77, the only account of that number: 2 rows",
        "L0#1234@ip was taken for 1234, the only account of that number: 1 row",
    )
    assert called(book, "L5#77", "2") == "Hall"
    assert book.prepare_zones([{"account": "77", "prefix": "5", "number": "3", "name": "Door"}]).change.notes == ()
    with pytest.raises(ImportErrors, match="row 2: number: zone 1 of L5#77 is on row 1 already"):
        take(book, rows[0], {"account": "77", "prefix": "5", "number": "01", "name": "Gym"})


def test_a_row_that_may_mean_several_accounts_is_told_what_to_add(book: AccountBook) -> None:
    """Each with what it has; the one that a row is exactly is taken without a word."""
    book.import_rows([{"account": "77", "prefix": "5", "adapter": "radio"}, {"account": "1234", "receiver": "1"}])
    with pytest.raises(ImportErrors) as caught:
        take(book, {"account": "77", "number": "1", "name": "Hall"}, {"account": "1234", "prefix": "9", "number": "1"})
    fill_in = "accounts of that number; fill in adapter, prefix and receiver as one of them has them:"
    assert list(caught.value.lines) == [
        f"row 1: account: 77 is none of the 2 {fill_in} L5#77 (prefix 5), L5#77@radio (adapter radio, prefix 5)",
        f"row 2: account: L9#1234 is none of the 2 {fill_in} 1234 (all three blank), R1#1234 (receiver 1)",
    ]
    assert book.apply(book.prepare_zones([{"account": "1234", "number": "1", "name": "Hall"}])).notes == ()
    assert called(book, "1234", "1") == "Hall"


def test_a_file_as_spreadsheets_write_it_is_read() -> None:
    """Byte order mark, semicolons, capitals in the header, a line break inside a cell."""
    rows = read('\ufeffAccount;Number;NAME_RU\r\n1234;05;"Спорт\r\nзал"\r\n;;\r\n')
    assert rows == [{"account": "1234", "number": "05", "name_ru": "Спорт зал", "line": 2}]
    with pytest.raises(ImportErrors, match="line 1: there is no column 'number'"):
        read("account,name\n1234,x\n")
    with pytest.raises(ImportErrors, match="line 3: number: found 'a b'"):
        read("account,number\n1234,1\n1234,a b\n")


def test_replacing_takes_away_what_is_not_named_of_the_accounts_that_are(book: AccountBook) -> None:
    """Other accounts keep theirs; an empty file replaces nothing."""
    take(book, *({"account": "1234", "number": str(n), "name": f"Room {n}"} for n in (1, 2, 3)))
    take(book, {"account": "77", "prefix": "5", "number": "1", "name": "Hall"})
    row = {"account": "1234", "number": "02", "name": "Gym"}
    assert take(book, row, replace=True) == {"added": 0, "changed": 1, "removed": 2}
    assert [zone["number"] for zone in book.zones("1234")] == ["02"]
    assert called(book, "L5#77", "1") == "Hall"
    with pytest.raises(ImportErrors, match="there are no rows"):
        take(book, replace=True)


def test_zones_are_removed_one_by_one_or_all(book: AccountBook, tmp_path: Path) -> None:
    """Of exactly one account; what is not there is said."""
    take(book, *({"account": "1234", "number": str(n), "name": f"Room {n}"} for n in (1, 2, 30)))
    assert book.apply(book.prepare_zone_removal("1234", number="002")).removed == ("1234 2",)
    with pytest.raises(NoAccountError, match="1234 has no name for zone 002"):
        book.prepare_zone_removal("1234", number="002")
    with pytest.raises(NoAccountError, match="there is no account 77; there is L5#77"):
        book.prepare_zone_removal("77")
    assert len(book.apply(book.prepare_zone_removal("1234")).removed) == 2
    reopened = again(book, tmp_path)
    assert reopened.zone_listing() == []
    reopened.close()


def test_an_account_takes_its_zones_along(book: AccountBook, tmp_path: Path) -> None:
    """And a new account of the same number begins without."""
    take(book, {"account": "1234", "number": "1", "name": "Hall"}, {"account": "0042", "number": "1", "name": "Gym"})
    change = book.remove("1234")
    assert change.notes == ("1234 is removed, and with it the names of its zones: 1",)
    book.import_rows([{"account": "1234"}])
    reopened = again(book, tmp_path)
    assert reopened.zones("1234") == []
    assert called(reopened, "0042", "1") == "Gym"
    reopened.close()


def test_an_account_that_changes_keeps_its_zones(book: AccountBook, tmp_path: Path) -> None:
    """Its row is written anew; and with another prefix it is the same account under another name."""
    take(book, {"account": "1234", "number": "1", "name": "Hall"}, {"account": "0042", "number": "9", "name": "Gym"})
    book.import_rows([{"account": "1234", "name": "School 12"}])
    assert called(book, "1234", "1") == "Hall"
    change = book.import_rows([{"account": "1234", "prefix": "A"}, {"account": "0042"}], replace=True)
    assert change.notes[-1] == "the zone names of 1234 are now those of LA#1234: 1"
    reopened = again(book, tmp_path)
    assert called(reopened, "LA#1234", "1") == "Hall"
    assert called(reopened, "0042", "9") == "Gym"
    assert len(reopened.zone_listing()) == 2
    reopened.close()


def test_pages_give_every_zone_once(book: AccountBook) -> None:
    """By account, then by number."""
    take(book, *({"account": a, "number": str(n), "name": "x"} for a in ("1234", "0042") for n in (10, 9, 2)))
    whole = book.zone_listing()
    assert [(row["account"], row["number"]) for row in whole] == [
        (account, number) for account in ("0042", "1234") for number in ("2", "9", "10")
    ]
    assert [row for offset in range(0, 8, 2) for row in book.zone_listing(offset, 2)] == whole


def test_what_is_written_as_csv_is_read_again(book: AccountBook) -> None:
    """As it is: nothing changes."""
    take(book, {"account": "77", "prefix": "5", "number": "0A", "name": 'Hall; "old"', "name_ru": "Зал"})
    out = io.StringIO()
    write_csv(out, book.zone_listing(), ZONE_COLUMNS)
    assert take(book, *read(out.getvalue()), replace=True) == {"added": 0, "changed": 0, "removed": 0}


def test_a_database_of_an_earlier_release_gets_zones(tmp_path: Path) -> None:
    """And can be read as it is by commands that only look."""
    path = tmp_path / "accounts.db"
    shutil.copy(OLD, path)
    path.chmod(0o600)
    book = AccountBook(path)
    assert book.zone_listing() == []
    take(book, {"account": "1234", "prefix": "", "number": "1", "name": "Hall"})
    book.close()
    reopened = AccountBook(path)
    assert called(reopened, "1234", "001") == "Hall"
    reopened.close()


def test_a_change_that_does_not_reach_the_disk_has_no_effect(
    book: AccountBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither here nor after a restart."""
    take(book, {"account": "1234", "number": "1", "name": "Hall"})
    monkeypatch.setattr("receiver.accounts.store._INSERT_ZONE", "insert into nowhere values (?)")
    with pytest.raises(Exception, match="nowhere"):
        take(book, {"account": "1234", "number": "1", "name": "Gym"})
    assert called(book, "1234", "1") == "Hall"
    assert [row["name"] for row in Database(book._path)["zones"].rows] == ["Hall"]
