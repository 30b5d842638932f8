"""From what a message names to the account."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.model import Base, Edition
from receiver.accounts import Account, Accounts, index, key_for, may_bring
from receiver.accounts.identity import Identity, parse_key
from receiver.accounts.merge import merge

KEY = "00112233445566778899AABBCCDDEEFF"


def book(*keys: str) -> Accounts:
    """Accounts by their names, each called after itself."""
    return Accounts(account(key) for key in keys)


def account(name: str, **columns: object) -> Account:
    identity = parse_key(name)
    assert identity is not None
    row = {"account": identity.account, "adapter": identity.adapter, "prefix": identity.prefix}
    return merge([], [{**row, "receiver": identity.receiver, **columns}])[0][0]


def found(accounts: Accounts, adapter: str, receiver: str | None, prefix: str | None, number: str) -> str | None:
    hit = accounts.find(adapter, receiver, prefix, number)
    return hit.account_key if hit else None


def test_the_most_specific_account_wins() -> None:
    """(adapter, R, L, #), then (R, L, #), then (L, #), then #."""
    accounts = book("1234", "L5#1234", "R1L5#1234", "R1L5#1234@ip")
    assert found(accounts, "ip", "1", "5", "1234") == "R1L5#1234@ip"
    assert found(accounts, "gsm", "1", "5", "1234") == "R1L5#1234"
    assert found(accounts, "ip", "2", "5", "1234") == "L5#1234"
    assert found(accounts, "ip", "1", "6", "1234") == "1234"
    assert found(accounts, "ip", "1", "5", "9999") is None


def test_filled_fields_must_match() -> None:
    """Nobody else's message reaches an account that is bound to adapter, receiver or prefix."""
    accounts = book("R1L5#1@ip", "L7#2", "3@ip")
    assert found(accounts, "ip", "1", "0", "1") is None
    assert found(accounts, "ip", "1", None, "1") is None
    assert found(accounts, "gsm", "1", "5", "1") is None
    assert found(accounts, "ip", None, "8", "2") is None
    assert found(accounts, "gsm", None, None, "3") is None
    assert found(accounts, "ip", "9", "9", "3") == "3@ip"


@pytest.mark.parametrize("prefix", [None, "", "0", "000", "000000"])
def test_no_prefix_is_prefix_0_in_any_spelling(prefix: str | None) -> None:
    """Absent, the letter alone, and zeros."""
    assert found(book("L0#1"), "ip", None, prefix, "1") == "L0#1"


@pytest.mark.parametrize("receiver", [None, "0", "00"])
def test_no_receiver_number_is_receiver_0(receiver: str | None) -> None:
    """R is left out where there is none."""
    assert found(book("R0#1"), "ip", receiver, "5", "1") == "R0#1"


def test_prefix_and_receiver_compare_as_numbers() -> None:
    """Leading zeros and case do not count."""
    assert found(book("R1LAB#1"), "ip", "0001", "0ab", "1") == "R1LAB#1"


def test_an_account_is_found_as_sent_before_it_is_found_without_zeros() -> None:
    """Panels show their number with and without leading zeros; two accounts that differ in them stay two."""
    accounts = book("0123", "123", "0045", "0000", "abc")
    assert found(accounts, "ip", None, None, "0123") == "0123"
    assert found(accounts, "ip", None, None, "123") == "123"
    assert found(accounts, "ip", None, None, "00123") == "123"
    assert found(accounts, "ip", None, None, "45") == "0045"
    assert found(accounts, "ip", None, None, "0") == "0000"
    assert found(accounts, "ip", None, None, "00000") == "0000"
    assert found(accounts, "ip", None, None, "ABC") == "ABC"
    assert found(accounts, "ip", None, None, "0aBc") == "ABC"
    assert found(accounts, "ip", None, None, "") is None


def test_what_a_dialect_says() -> None:
    """Its own key and its time zone; nothing of unknown ones."""
    accounts = Accounts([account("L5#1", key=KEY, time_zone="Asia/Almaty")])
    dialect = accounts.dialect("ip", None, "5", "1")
    assert (dialect.known, dialect.account_key, dialect.time_zone) == (True, "L5#1", "Asia/Almaty")
    assert (dialect.own_time_zone, dialect.own_encoding) == (True, False)
    assert [(key.material, key.owner) for key in dialect.keys] == [(bytes.fromhex(KEY), "L5#1")]
    assert accounts.dialect("ip", None, "5", "1") is dialect
    unknown = accounts.dialect("ip", None, "6", "1")
    assert (unknown.known, unknown.account_key, unknown.keys, unknown.time_zone) == (False, "", (), "UTC")


def test_a_change_holds_for_the_very_next_message() -> None:
    """Nothing remembered survives it."""
    accounts = book("1")
    assert found(accounts, "ip", None, None, "1") == "1"
    assert found(accounts, "ip", None, None, "2") is None
    accounts.replace(accounts.prepare([account("2")]))
    assert found(accounts, "ip", None, None, "1") is None
    assert found(accounts, "ip", None, None, "2") == "2"


def test_a_change_of_one_account_is_not_missed_among_those_that_stay() -> None:
    """What did not change is taken over; a new key is not."""
    accounts = Accounts([account("1", key=KEY), account("2")])
    before = accounts.dialect("ip", None, None, "2")
    accounts.replace(accounts.prepare([account("1", key=KEY[::-1]), account("2")]))
    assert accounts.dialect("ip", None, None, "1").keys[0].material == bytes.fromhex(KEY[::-1])
    assert accounts.dialect("ip", None, None, "2") is before


def test_thousands_of_accounts_of_one_number_are_found_by_prefix() -> None:
    """Many small receivers count their panels from 1."""
    accounts = book(*(f"L{number:X}#1" for number in range(5000)), "1")
    assert found(accounts, "ip", None, "1387", "1") == "L1387#1"
    assert found(accounts, "ip", None, "1388", "1") == "1"


def test_what_peers_send_takes_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """They choose the names: endless spellings of a known account, and unknown ones."""
    monkeypatch.setattr(index, "CACHE_SIZE", 100)
    accounts = book("1")
    for number in range(1000):
        assert accounts.find("ip", f"{number:x}", None, "1")
        assert accounts.find("ip", None, None, f"{number}X") is None
        assert len(accounts.snapshot.cache) <= 100


def test_readers_never_see_half_a_change() -> None:
    """Another thread may replace while one looks up."""
    sets = [[account("1"), account("2")], [account("L0#1"), account("L0#2")]]
    accounts = Accounts(sets[0])
    done = threading.Event()

    def change() -> None:
        for turn in range(300):
            accounts.replace(accounts.prepare(sets[turn % 2]))
        done.set()

    thread = threading.Thread(target=change)
    thread.start()
    while not done.is_set():
        assert accounts.find("ip", None, None, "1")
        assert accounts.find("ip", None, None, "2")
    thread.join()


numbers = st.sampled_from(["", "0", "1", "A5"])


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.builds(Identity, st.sampled_from(["1", "01", "A"]), st.sampled_from(["", "ip"]), numbers, numbers),
        max_size=8,
    ),
    st.sampled_from(["ip", "gsm"]),
    st.sampled_from([None, "", "0", "01", "a5"]),
    st.sampled_from([None, "", "00", "1", "A5"]),
    st.sampled_from(["1", "001", "a", "B"]),
)
def test_lookup_agrees_with_its_rule(
    identities: list[Identity], adapter: str, receiver: str | None, prefix: str | None, number: str
) -> None:
    """Written out plainly, over all accounts."""
    accounts = Accounts(account(identity.key) for identity in set(identities))
    r, l = ((value or "").upper().lstrip("0") or "0" for value in (receiver, prefix))  # noqa: E741

    def fits(identity: Identity) -> bool:
        return identity.adapter in ("", adapter) and identity.receiver in ("", r) and identity.prefix in ("", l)

    fitting = [identity for identity in identities if fits(identity)]
    exact = [identity for identity in fitting if identity.account == number.upper()]
    loose = [identity for identity in fitting if identity.account.lstrip("0") == number.upper().lstrip("0")]
    hit = accounts.find(adapter, receiver, prefix, number)
    best = max(
        (sum(map(bool, (i.adapter, i.receiver, i.prefix))) for i in exact or loose),
        default=None,
    )
    if best is None:
        assert hit is None
    else:
        assert hit is not None
        assert hit.identity in (exact or loose)
        assert sum(map(bool, (hit.adapter, hit.receiver, hit.prefix))) == best


@pytest.mark.parametrize("key", ["1234", "L5#1234", "R1L5#1234", "R1#1234", "1234@ip", "R1L5#1234@ip.2", "L0#0ABC"])
def test_the_name_of_an_account_reads_back(key: str) -> None:
    """Names are made of the fields that are filled, and tell every two accounts apart."""
    identity = parse_key(key)
    assert identity is not None
    assert identity.key == key


@pytest.mark.parametrize("text", ["", "#", "L#1", "R1L5#", "1@", "?L0#1", "1 2", "ы", "1" * 17])
def test_what_is_no_name_is_not_read(text: str) -> None:
    """None, never an exception."""
    assert parse_key(text) is None


def test_unknown_accounts_have_names_too() -> None:
    """Marked, so that they never pass for a known one."""
    assert key_for(None, None, "1234") == "?L0#1234"
    assert key_for("0", "", "1234") == "?L0#1234"
    assert key_for("01", "005", "ab") == "?R1L5#AB"


def test_an_account_that_must_encrypt_is_reached_under_its_own_key_or_a_listed_one() -> None:
    """Law 5, from the side of the account inside the data."""
    inner = account("1", key=KEY)
    assert may_bring(inner, "1")
    assert not may_bring(inner, "")
    assert not may_bring(inner, "9", account("9", key=KEY))
    first = [account("9", key=KEY)]
    listed = merge(first, [{"account": "1", "key": KEY, "communicators": "9"}])[0][0]
    assert may_bring(listed, "9", first[0])
    assert may_bring(listed, "1", first[0])
    assert not may_bring(listed, "9", account("L5#9", key=KEY))
    assert not may_bring(listed, "L5#9", account("L5#9", key=KEY))
    assert not may_bring(listed, "", first[0])


def test_an_account_that_need_not_encrypt_is_reached_by_anyone() -> None:
    """Optional is optional."""
    assert may_bring(account("1"), "")
    assert may_bring(account("1", key=KEY, encryption="optional"), "9", account("9", key=KEY))


def test_what_is_known_of_a_panels_ways_of_writing_reaches_the_protocol() -> None:
    """Edition, encoding and number base, and nothing where nothing was entered."""
    rows = [{"account": "1", "edition": "2021", "encoding": "Windows-1251", "numbers": "hex"}, {"account": "2"}]
    book = Accounts(merge([], rows)[0])
    said, unsaid = book.dialect("ip", None, "0", "1"), book.dialect("ip", None, "0", "2")
    assert (said.edition, said.encoding, said.base) == (Edition.E2021, "windows-1251", Base.HEX)
    assert (unsaid.edition, unsaid.encoding, unsaid.base) == (None, "utf-8", Base.DECIMAL)
