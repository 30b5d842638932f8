"""Databases of earlier releases open, are whole, and can be gone on with."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from receiver.accounts import AccountBook
from receiver.accounts.store import AccountStore
from receiver.journal.entry import Body, EntryKind, rfc3339
from receiver.journal.reader import JournalReader
from receiver.journal.store import Group, JournalStore
from receiver.journal.verify import parse_head, verify

DATABASES = Path(__file__).parent / "databases"
HEAD_1 = "5:876a4607991c18581238cfecacd8f98c88711a01dbe3e3e9c5cbf54675c754f9"
"""Noted when the database was made."""


def test_a_journal_of_the_first_release_is_whole_and_goes_on(tmp_path: Path) -> None:
    """The noted head is found, before and after new entries."""
    path = tmp_path / "journal.db"
    shutil.copy(DATABASES / "journal-1.sqlite", path)
    path.chmod(0o600)
    assert verify(path, parse_head(HEAD_1)).faults == []
    store = JournalStore(path)
    assert store.marks()["desk"]
    store.commit([Group((Body(kind=EntryKind.SIGNAL, node="n", received_at=rfc3339(1.8e9)),), int(1.8e15))])
    store.close()
    assert verify(path, parse_head(HEAD_1)).entries == 6
    with JournalReader(path) as reader:
        bodies = [entry.body for entry in reader.each()]
    assert [body.code for body in bodies] == ["station.started", "120", "BA", "BR", "alarm.seen", ""]
    assert (bodies[1].number_of_message, bodies[1].scope) == (7, "1234")
    assert (bodies[2].text, bodies[2].extended) == ("Өрт қоңырауы", {"I": ["Қара"]})


def test_accounts_of_the_first_release_are_all_there(tmp_path: Path) -> None:
    """With their keys and names."""
    path = tmp_path / "accounts.db"
    shutil.copy(DATABASES / "accounts-1.sqlite", path)
    path.chmod(0o600)
    book = AccountBook(path)
    found = book.find("ip", None, "0", "1234")
    assert found is not None
    assert (found.material.hex(), found.name_kk, found.supervision_s) == (
        "00112233445566778899aabbccddeeff",
        "Үлгі мектебі 1",
        180,
    )
    assert book.find("ip", None, "5", "77") is not None
    assert (found.edition, found.encoding, found.numbers) == ("", "", "")
    assert (found.missed, found.rule) == ("", (1, 1))
    book.close()


def test_accounts_of_the_first_release_can_be_read_without_changing_the_file(tmp_path: Path) -> None:
    """As commands do that only look."""
    path = tmp_path / "accounts.db"
    shutil.copy(DATABASES / "accounts-1.sqlite", path)
    before = path.read_bytes()
    with closing(AccountStore(path, read_only=True)) as store:
        assert {account.account for account in store.all()} >= {"1234", "77"}
    assert path.read_bytes() == before
