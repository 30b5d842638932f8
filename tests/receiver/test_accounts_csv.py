"""Accounts from and to CSV files."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.accounts import COLUMNS, MASK, ImportErrors, read_csv, write_csv
from receiver.accounts.merge import merge

HEX_KEY = "00112233445566778899AABBCCDDEEFF"


def rows(text: str | bytes) -> list[dict[str, object]]:
    return read_csv(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def errors(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(ImportErrors) as caught:
        rows(text)
    return caught.value.lines


@pytest.mark.parametrize(
    "data",
    [
        b"account,name\n1234,\xd0\xa8\xd0\xba\n",
        b"\xef\xbb\xbfaccount;name\r\n1234;\xd0\xa8\xd0\xba\r\n",
        b"account\tname\n1234\t\xd0\xa8\xd0\xba",
        b'Account , NAME,,\n\n 1234 ,"\xd0\xa8\xd0\xba",,\n,,,\n',
        b"sep=;\r\naccount;name\r\n1234;\xd0\xa8\xd0\xba\r\n",
    ],
)
def test_a_file_as_spreadsheets_write_it_is_read(data: bytes) -> None:
    """Byte order mark or not, comma, semicolon or tab, capitals and blanks in the header, empty lines."""
    (row,) = rows(data)
    assert (row["account"], row["name"]) == ("1234", "Шк")


def test_only_given_columns_are_in_a_row() -> None:
    """Absent is not the same as empty."""
    assert rows("account,name\n1234,\n55\n") == [
        {"account": "1234", "name": "", "line": 2},
        {"account": "55", "line": 3},
    ]


def test_rows_are_normalised() -> None:
    """Case, leading zeros of R and L, separators in keys."""
    (row,) = rows(
        "account,prefix,receiver,key,encryption,supervision_s\nab1,00f,000,00 " + HEX_KEY[2:].lower() + ",Required,090"
    )
    assert row == {
        "account": "AB1",
        "prefix": "F",
        "receiver": "0",
        "key": HEX_KEY,
        "key_form": "hex",
        "encryption": "required",
        "supervision_s": "90",
        "line": 2,
    }


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("90", "90"), ("90.0", "90"), ('"90,00"', "90"), ("90.", "90"), ("0", ""), ("0.0", ""), ("000", ""), ("", "")],
)
def test_seconds_are_taken_as_spreadsheets_write_them(cell: str, seconds: str) -> None:
    """With a fraction of nothing, in either spelling; 0 is off."""
    assert rows(f"account,supervision_s\n1,{cell}")[0]["supervision_s"] == seconds


def test_a_line_break_inside_a_text_becomes_a_blank() -> None:
    """Spreadsheets have such cells: a name over two lines is still a name."""
    (row,) = rows('account,name,address\n1,"School 12 \r\n of the village","a\n\nb"\n')
    assert (row["name"], row["address"]) == ("School 12 of the village", "a b")


@pytest.mark.parametrize("size", [32, 48, 64])
def test_hex_keys_of_the_three_sizes_are_taken(size: int) -> None:
    """AES-128, -192 and -256."""
    assert rows(f"account,key\n1,{'0' * size}")[0]["key"] == "0" * size


@pytest.mark.parametrize("size", [16, 24, 32])
def test_text_keys_of_the_three_sizes_are_taken(size: int) -> None:
    """A character is a byte."""
    assert rows(f"account,key,key_form\n1,{'z' * size},text")[0]["key"] == "z" * size


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("key\n1," + "0" * 30, "line 2: key: 30 hex digits; 32, 48 or 64 are allowed"),
        ("key\n1," + "0" * 31 + "g", "line 2: key: character 32 is not a hex digit; for a key of characters"),
        ("key\n1,1.23E+31", "line 2: key: character 2 is not a hex digit"),
        ("key,key_form\n1,short,text", "line 2: key: 5 characters; 16, 24 or 32 are allowed"),
        ("key,key_form\n1,ключключключключ,text", "line 2: key: not all of it is ASCII"),
        ("key_form\n1,base64", "line 2: key_form: found 'base64'; allowed: hex, text"),
        ("encryption\n1,maybe", "line 2: encryption: found 'maybe'; allowed: required, optional"),
        ("prefix\n1,L5", "line 2: prefix: found 'L5'; up to 6 hex digits are allowed"),
        ("receiver\n1,1234567", "line 2: receiver: found '1234567'; up to 6 hex digits"),
        ("adapter\n1,a@b", "line 2: adapter: found 'a@b'"),
        ("time_zone\n1,Almaty", "line 2: time_zone: found 'Almaty'; allowed: a name of the IANA"),
        ("supervision_s\n1,-1", "line 2: supervision_s: found '-1'; whole seconds are allowed, 0 or blank for off"),
        ("supervision_s\n1,1.5", "line 2: supervision_s: found '1.5'"),
        ("supervision_s\n1,1.5.0", "line 2: supervision_s: found '1.5.0'"),
        ("supervision_s\n1,٩", "line 2: supervision_s: found"),
        ("communicators\n1,2 #", "line 2: communicators: found '#'"),
        ("name\n1,\x07", "line 2: name: a control character is in it"),
        ("name\n1,a\u202eb", "line 2: name: a control character is in it"),
        ('name\n1,"a\tb"', "line 2: name: a control character is in it"),
        ('adapter\n1,"a\nb"', "line 2: adapter: a control character is in it"),
        (f'key\n1,"{HEX_KEY[:16]}\n{HEX_KEY[16:]}"', "line 2: key: a control character is in it"),
        ("name\n1," + "x" * 501, "line 2: name: 501 characters; up to 500 are allowed"),
        ("name\n12-34,x", "line 2: account: found '12-34'; 1 to 16 letters and digits"),
        ("name\n" + "1" * 17 + ",x", "line 2: account: found"),
        ("name\n,x", "line 2: account: is missing"),
        ("name\n1,x,y", "line 2: 3 values, but the first line names 2 columns"),
        ('name\n1,"x', "line 2: not CSV"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(cells: str, says: str) -> None:
    """With what was found, unless it is a key, and what is allowed."""
    (line,) = errors("account," + cells)
    assert line.startswith(says)


def test_a_key_is_never_in_an_error() -> None:
    """Neither a bad key, nor the cells of a file without a header."""
    secret = "5ec2e7" * 5
    for text in (
        f"account,key\n1,{secret}",
        f"account,key\n1,{secret}xyz",
        f"1,{secret}",
        f"account,key\n1,a,{secret}",
    ):
        assert secret not in "\n".join(errors(text))


def test_all_bad_rows_are_named_at_once() -> None:
    """By the line they begin on, also behind quoted line ends and empty lines."""
    text = 'account,name\n1!,"a\nb"\n\n5!,x\n77,ok\n,y\n'
    assert [line.split(":")[0] for line in errors(text)] == ["line 2", "line 5", "line 7"]


def test_very_many_bad_rows_do_not_flood_the_screen() -> None:
    """Fifty are shown, the rest counted."""
    with pytest.raises(ImportErrors) as caught:
        rows("account\n" + "!\n" * 200)
    assert len(caught.value.lines) == 200
    assert len(str(caught.value).splitlines()) == 51
    assert str(caught.value).endswith("... and 150 more")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("account,name\n1,Школа\n".encode("utf-16"), "line 1: the file is UTF-16; save it as CSV UTF-8"),
        ("account,name\n1,Школа\n".encode("utf-16-le"), "line 1: the file is UTF-16; save it as CSV UTF-8"),
        ("account;name\n1;x\n2;Школа\n".encode("cp1251"), "line 3: not UTF-8, perhaps Windows-1251"),
        (b"", "line 1: the file is empty"),
        (b"\n \n", "line 1: the file is empty"),
        (b"1234,School\n", "line 1: there is no column 'account'"),
        (b"account,nmae\n", "line 1: unknown column 'nmae'; allowed: account, adapter"),
        (b"account,name,,x\n", "line 1: unknown column ''"),
        (b"account,name,name\n", "line 1: column 'name' is there twice"),
    ],
)
def test_a_file_of_another_kind_is_explained(data: bytes, says: str) -> None:
    """What it is and how to save it rightly."""
    assert errors(data)[0].startswith(says)


def test_an_export_imports_again_as_it_is() -> None:
    """All columns, with separators and quotes inside texts."""
    given = rows(
        "account,adapter,prefix,receiver,name,name_kk,key,key_form,supervision_s,communicators\n"
        f'12,ip,5,1,"a, ""b"" ; c",Өрт,{"k" * 16},text,90,34\n34,,,,,,{HEX_KEY},,,'
    )
    accounts, _ = merge([], given)
    out = io.StringIO()
    write_csv(out, [account.row(with_key=True) for account in accounts])
    again, change = merge(accounts, rows(out.getvalue()), replace=True)
    assert again == accounts
    assert change.counts() == {"added": 0, "changed": 0, "removed": 0}


def test_a_masked_export_keeps_the_keys() -> None:
    """A mask is never taken for a key."""
    accounts, _ = merge([], rows(f"account,key\n12,{HEX_KEY}"))
    out = io.StringIO()
    write_csv(out, [account.row() for account in accounts])
    assert HEX_KEY not in out.getvalue()
    assert MASK in out.getvalue()
    assert merge(accounts, rows(out.getvalue()))[0] == accounts


@settings(deadline=None, max_examples=200)
@given(
    st.binary(max_size=80)
    | st.lists(st.lists(st.sampled_from([*COLUMNS, "1", '"', "ы", HEX_KEY, ""]), max_size=4), max_size=4).map(
        lambda lines: ("account,name\n" + "\n".join(",".join(line) for line in lines)).encode()
    )
)
def test_any_file_is_read_or_refused(data: bytes) -> None:
    """No other exception, whatever is in it."""
    try:
        read = rows(data)
    except ImportErrors:
        return
    assert all(row["account"] for row in read)
