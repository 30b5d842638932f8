"""Rows laid over the accounts that are there."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from receiver.accounts import MASK, Account, AccountsError, ImportErrors
from receiver.accounts.merge import find_exactly, merge

KEY = "00112233445566778899AABBCCDDEEFF"
OTHER = "FF" * 16


def accounts(*rows: Mapping[str, object]) -> list[Account]:
    return merge([], rows)[0]


def one(*rows: Mapping[str, object]) -> Account:
    """One account after row upon row."""
    current: list[Account] = []
    for row in rows:
        current, _ = merge(current, [row])
    (account,) = current
    return account


def errors(current: list[Account], *rows: Mapping[str, object], replace: bool = False) -> tuple[str, ...]:
    with pytest.raises(ImportErrors) as caught:
        merge(current, rows, replace=replace)
    return caught.value.lines


def test_given_columns_overwrite_and_absent_ones_stay() -> None:
    """A file without a key column must not erase keys."""
    account = one({"account": "12", "name": "a", "key": KEY}, {"account": "12", "name": "b"})
    assert (account.name, account.key) == ("b", KEY)


def test_an_empty_value_clears() -> None:
    """Given is given."""
    account = one(
        {"account": "12", "phone": "1", "supervision_s": 90}, {"account": "12", "phone": "", "supervision_s": None}
    )
    assert (account.phone, account.supervision_s) == ("", None)


@pytest.mark.parametrize(
    ("value", "kept", "rule"),
    [
        ("", "", (1, 1)),
        ("1/1", "", (1, 1)),
        ("01/1", "", (1, 1)),
        (None, "", (1, 1)),
        ("3/5", "3/5", (3, 5)),
        ("3 / 05", "3/5", (3, 5)),
        ("3 of 5", "3/5", (3, 5)),
        ("3", "3/3", (3, 3)),
        ("1", "", (1, 1)),
        ("20/20", "20/20", (20, 20)),
    ],
)
def test_how_many_tests_may_be_missed(value: str | None, kept: str, rule: tuple[int, int]) -> None:
    """Normalised; one of one is the same as nothing."""
    account = one({"account": "1", "supervision_s": 90, "missed": value})
    assert (account.missed, account.rule) == (kept, rule)
    assert one({"account": "1", "missed": "2/3"}, {"account": "1", "missed": value}).missed == kept
    assert one({"account": "1", "missed": "2/3"}, {"account": "1", "name": "x"}).missed == "2/3"


@pytest.mark.parametrize(
    "value", ["0", "21", "0/5", "6/5", "3/21", "3/0", "5.3", "05.мар", "٣/٥", "3/5/7", "-1/2", "1000/9"]
)
def test_a_rule_that_is_none_is_refused_with_an_example(value: str) -> None:
    """A spreadsheet may have made a date of it."""
    (error,) = errors([], {"account": "1", "missed": value})
    assert error.startswith("row 1: missed: found ")
    assert "such as 3/5" in error


def test_a_rule_without_supervision_is_noted() -> None:
    """It says nothing then."""
    _, change = merge([], [{"account": "1", "missed": "3/5"}, {"account": "2", "missed": "3/5", "supervision_s": 9}])
    assert change.notes == ("1: missed = 3/5 says nothing while supervision_s is off",)


def test_accounts_are_told_apart_by_number_adapter_prefix_and_receiver() -> None:
    """Normalised: case and the leading zeros of R and L do not count, those of the account do."""
    first = accounts({"account": "ab"}, {"account": "ab", "prefix": "5"}, {"account": "ab", "adapter": "ip"})
    _, change = merge(
        first, [{"account": "AB", "name": "x"}, {"account": "aB", "prefix": "005", "name": "x"}, {"account": "0ab"}]
    )
    assert change.changed == ("AB", "L5#AB")
    assert change.added == ("0AB",)


def test_prefix_0_is_not_a_blank_prefix() -> None:
    """Blank is any prefix, 0 is none."""
    assert [account.account_key for account in accounts({"account": "1"}, {"account": "1", "prefix": "000"})] == [
        "1",
        "L0#1",
    ]


def test_replace_also_removes_what_no_row_names() -> None:
    """And still keeps columns that are not given."""
    first = accounts({"account": "1", "key": KEY}, {"account": "2"})
    after, change = merge(first, [{"account": "1", "name": "x"}], replace=True)
    assert change.counts() == {"added": 0, "changed": 1, "removed": 1}
    assert [account.key for account in after] == [KEY]


def test_replacing_with_nothing_is_refused() -> None:
    """An empty file must not take every account away."""
    assert errors(accounts({"account": "1"}), replace=True)[0].startswith("there are no rows")


def test_unchanged_rows_are_not_counted() -> None:
    """The count says what is different now."""
    first = accounts({"account": "1", "name": "x"})
    assert not any(merge(first, [{"account": "1", "name": "x"}])[1].counts().values())


def test_one_bad_row_keeps_all_others_out() -> None:
    """Every bad row is named, by line where it came from a file."""
    lines = errors([], {"account": "1"}, {"account": "!", "line": 7}, {"account": "2", "supervision_s": "x"})
    assert [line.partition(": ")[0] for line in lines] == ["line 7", "row 3"]


def test_the_same_account_twice_is_an_error() -> None:
    """In any spelling."""
    assert errors([], {"account": "a", "line": 2}, {"account": "A", "line": 5}) == (
        "line 5: account: A is on line 2 already",
    )


@pytest.mark.parametrize(
    "row",
    [
        {"account": 12},
        {"account": "1", "name": ["x"]},
        {"account": "1", "supervision_s": True},
        {"account": "1", "supervision_s": -5},
        {"account": "1", "supervision_s": 1.5},
        {"account": "1", "supervision_s": float("inf")},
        {"account": "1", "nmae": "x"},
        {"account": None},
        {},
    ],
)
def test_rows_of_a_wrong_shape_are_refused(row: dict[str, object]) -> None:
    """Rows also come as JSON from others."""
    assert errors([], row)


def test_encryption_is_required_where_there_is_a_key() -> None:
    """Unless optional is said."""
    assert one({"account": "1", "key": KEY}).must_encrypt
    assert not one({"account": "1", "key": KEY, "encryption": "optional"}).must_encrypt
    assert not one({"account": "1"}).must_encrypt
    assert one({"account": "1"}, {"account": "1", "key": KEY}).must_encrypt


def test_encryption_required_without_a_key_is_an_error() -> None:
    """Such an account could never report."""
    assert errors([], {"account": "1", "encryption": "required"}) == (
        "row 1: encryption: required, but there is no key (and no communicators)",
    )


@pytest.mark.parametrize("more", [{}, {"encryption": ""}, {"encryption": "none"}, {"encryption": "required"}])
def test_an_empty_key_does_not_take_a_key_away(more: dict[str, str]) -> None:
    """A file whose key column was never filled in must not unprotect the accounts it names."""
    current = accounts({"account": "1", "key": KEY}, {"account": "2"})
    rows: list[dict[str, object]] = [
        {"account": "2", "key": "", "line": 2},
        {"account": "1", "key": "", "line": 3, "name": "School", **more},
    ]
    for replace in (False, True):
        assert errors(current, *rows, replace=replace) == (
            "line 3: key: is empty and would take the key of 1 away; leave the column out to keep keys, or give "
            "encryption = optional with it to take it away",
        )


def test_a_key_is_taken_away_where_encryption_says_optional() -> None:
    """And whoever is unprotected by that is named."""
    current = accounts({"account": "1", "key": KEY}, {"account": "2", "key": KEY, "encryption": "optional"})
    after, change = merge(
        current,
        [{"account": "1", "key": "", "encryption": "optional"}, {"account": "2", "key": "", "encryption": "optional"}],
    )
    assert [(account.key, account.encryption) for account in after] == [("", ""), ("", "")]
    assert change.notes == (
        "1: its key is taken away, and what comes in the clear is accepted from now on",
        "2: its key is taken away",
    )


def test_whoever_need_not_encrypt_any_more_is_named() -> None:
    """The key stays, and is asked for no more; an account is removed that had one."""
    current = accounts({"account": "1", "key": KEY}, {"account": "2", "key": KEY}, {"account": "3"})
    after, change = merge(current, [{"account": "1", "encryption": "optional"}], replace=True)
    assert [(account.key, account.must_encrypt) for account in after] == [(KEY, False)]
    assert change.notes == (
        "1: what comes in the clear is accepted from now on",
        "2 is removed, and need not encrypt any more",
    )
    assert merge(after, [{"account": "1", "encryption": "optional"}])[1].notes == ()


@pytest.mark.parametrize(
    ("row", "column"), [({"communicators": ""}, "communicators"), ({"encryption": ""}, "encryption")]
)
def test_an_account_under_its_communicator_s_key_is_not_unprotected_by_an_empty_cell(
    row: dict[str, object], column: str
) -> None:
    """Whichever column is empty; with optional it is meant."""
    current = accounts({"account": "1", "communicators": "9", "encryption": "required"}, {"account": "9", "key": KEY})
    (line,) = errors(current, {"account": "1", **row})
    assert line.startswith(
        f"row 1: {column}: with this 1 would not have to encrypt any more; give encryption = optional"
    )
    assert not merge(current, [{"account": "1", **row, "encryption": "optional"}])[0][0].must_encrypt


def test_encryption_none_is_blank_where_there_is_no_key() -> None:
    """And refused where there is one."""
    assert one({"account": "1", "encryption": "None"}).encryption == ""
    assert errors([], {"account": "1", "key": KEY, "encryption": "none"}) == (
        "row 1: encryption: found 'none', but there is a key; allowed: required, optional",
    )
    assert errors(accounts({"account": "1", "key": KEY}), {"account": "1", "encryption": "none"})


def test_supervision_of_0_seconds_is_off() -> None:
    """As a text, and as the numbers that JSON has."""
    for off in ("0", 0, 0.0):
        assert (
            one({"account": "1", "supervision_s": 90.0}, {"account": "1", "supervision_s": off}).supervision_s is None
        )
    assert one({"account": "1", "supervision_s": 90.0}).supervision_s == 90


def test_a_key_given_without_its_form_is_hexadecimal() -> None:
    """Also over a key of text."""
    text = {"account": "1", "key": "k" * 16, "key_form": "text"}
    assert one(text).material == b"k" * 16
    assert one(text, {"account": "1", "key": KEY}).material == bytes.fromhex(KEY)


def test_a_form_that_does_not_fit_the_key_there_is_refused() -> None:
    """The form alone does not turn a key into another."""
    current = accounts({"account": "1", "key": "k" * 16, "key_form": "text"})
    assert "not a hex digit" in errors(current, {"account": "1", "key_form": "hex"})[0]


def test_a_mask_keeps_the_key_and_cannot_make_one() -> None:
    """What an export shows in place of a key."""
    masked = {"account": "1", "key": MASK, "key_form": "hex"}
    assert one({"account": "1", "key": "k" * 16, "key_form": "text"}, masked).material == b"k" * 16
    assert "export --with-keys" in errors([], masked)[0]


def test_communicators_must_be_there_under_exactly_that_name() -> None:
    """A name that means another account is answered with those that exist."""
    first = accounts({"account": "9", "prefix": "5", "key": KEY})
    assert errors(first, {"account": "1", "communicators": "9"}) == (
        "row 1: communicators: there is no account 9; there is L5#9",
    )
    after, _ = merge(first, [{"account": "1", "communicators": " l05#9  l5#9", "encryption": "required"}])
    assert after[0].communicators == ("L5#9",)
    assert after[0].must_encrypt
    assert "is the account itself" in errors(first, {"account": "1", "communicators": "1"})[0]


def test_a_communicator_may_come_in_the_same_file() -> None:
    """In any order."""
    assert accounts({"account": "1", "communicators": "9"}, {"account": "9", "key": KEY})


def test_lost_leading_zeros_are_noted() -> None:
    """A spreadsheet makes 123 of 0123, and a second account of one."""
    _, change = merge(accounts({"account": "0123", "key": KEY}), [{"account": "123"}])
    assert change.notes == ("123 is new beside 0123: they differ only in leading zeros",)


def test_an_account_is_found_by_exactly_its_identity() -> None:
    """To be removed; the error names similar ones."""
    current = accounts({"account": "1", "prefix": "5"}, {"account": "1", "prefix": "6"})
    assert find_exactly(current, {"account": "1", "prefix": "05"}).account_key == "L5#1"
    with pytest.raises(AccountsError, match="there is no account 1; there is L5#1, L6#1"):
        find_exactly(current, {"account": "1"})
    with pytest.raises(AccountsError, match="account: is missing"):
        find_exactly(current, {"account": ""})


def test_a_key_is_in_no_repr_and_no_error() -> None:
    """Logs show accounts."""
    account = one({"account": "1", "key": KEY})
    assert KEY not in repr(account) + str(account) + repr([account]) + f"{account}"
    assert KEY not in repr(account.row())
    assert account.row(with_key=True)["key"] == KEY
