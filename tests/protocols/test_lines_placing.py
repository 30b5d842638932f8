"""What a person settles for a source: numbers it leaves out, the account offset, codes that mean something else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.ends import Source
from protocols.lines import overrides, texts
from protocols.lines.options import SourceOptions
from protocols.lines.overrides import COLUMNS, NONE, OverridesError, parse
from protocols.lines.placing import Finder, placed, scope, shifted
from protocols.model import Arrival, ArrivalKind, Dialect, Qualifier, Scheme, Signal

SOURCE = Source("lines", "toy", "192.0.2.7:1", "192.0.2.7")
HEAD = ",".join(COLUMNS)


def signal(code: str = "130", scheme: Scheme = Scheme.CONTACT_ID, qualifier: Qualifier = Qualifier.NEW) -> Signal:
    """An event at zone 015 of account 0012."""
    return Signal(account="0012", scheme=scheme, code=code, qualifier=qualifier, number="015", subject="zone")


def arrival(receiver: str | None = None, line: str = "") -> Arrival:
    """A message with one event."""
    return Arrival(
        raw=b"",
        protocol="toy",
        kind=ArrivalKind.EVENT,
        receiver=receiver,
        line=line,
        account="0012",
        inner="0012",
        signals=(signal(),),
    )


# --- numbers and accounts --------------------------------------------------------------------------------------------


def test_without_options_a_message_stays_the_object_that_it_is() -> None:
    """Nothing is copied."""
    one = arrival("01", "2")
    assert placed(one, SourceOptions()) is one


def test_numbers_are_put_in_only_where_the_message_has_none() -> None:
    """What was sent counts."""
    options = SourceOptions(receiver="07", line="3")
    bare, named = placed(arrival(), options), placed(arrival("01", "2"), options)
    assert [(one.receiver, one.line) for one in (bare, named)] == [("07", "3"), ("01", "2")]


@pytest.mark.parametrize(
    ("account", "offset", "expected"),
    [
        ("0012", 1000, "1012"),
        ("0012", 0, "0012"),
        ("12", 1000, "1012"),
        ("9999", 1, "10000"),
        ("00AB", 1000, "00AB"),
        ("", 1000, ""),
        ("0000", 1000, "0000"),
        ("0", 1000, "0"),
        ("0012", -12, "0000"),
        ("0012", -13, "0012"),
        ("١٢", 1000, "١٢"),
        ("9" * 5000, 1, "9" * 5000),
    ],
)
def test_an_offset_moves_decimal_accounts(account: str, offset: int, expected: str) -> None:
    """As wide as they were; letters, what would be below zero, and the receiver's own account 0 stay."""
    assert shifted(account, offset) == expected


def test_the_offset_holds_for_the_message_and_its_events() -> None:
    """So that the site is one."""
    one = placed(arrival(), SourceOptions(account_offset=2000))
    assert (one.account, one.inner, one.signals[0].account) == ("2012", "2012", "2012")


def test_the_account_is_looked_up_as_it_will_be_called() -> None:
    """With the source's receiver number where the message has none, and the offset."""
    asked = []

    def lookup(adapter: str, receiver: str | None, prefix: str | None, account: str) -> Dialect:
        asked.append((adapter, receiver, prefix, account))
        return Dialect()

    finder = Finder(SOURCE, lookup, SourceOptions(receiver="07", account_offset=1000))
    finder.dialect(None, "0012")
    finder.dialect("01", "00AB")
    Finder(SOURCE, lookup, SourceOptions()).dialect(None, "0012")
    assert asked == [
        ("lines", "07", None, "1012"),
        ("lines", "01", None, "00AB"),
        ("lines", None, None, "0012"),
    ]


def test_what_is_known_of_an_account_counts_more_than_what_is_known_of_its_source() -> None:
    """Encoding and time zone."""
    options = SourceOptions(encoding="cp866", time_zone="Asia/Almaty")
    for known, expected in ((False, ("cp866", "Asia/Almaty")), (True, ("utf-8", "UTC"))):
        found = Finder(SOURCE, lambda *_, known=known: Dialect(known=known), options).dialect(None, "1")
        assert (found.encoding, found.time_zone) == expected
    for own in ("time_zone", "encoding"):
        left_open = Dialect(known=True, own_time_zone=own == "time_zone", own_encoding=own == "encoding")
        found = Finder(SOURCE, lambda *_, it=left_open: it, options).dialect(None, "1")
        assert (found.encoding, found.time_zone) == (
            ("cp866", "UTC") if own == "time_zone" else ("utf-8", "Asia/Almaty")
        )
        assert Finder(SOURCE, lambda *_, it=left_open: it, SourceOptions()).dialect(None, "1") is left_open
    plain = Finder(SOURCE, lambda *_: Dialect(encoding="koi8-r"), SourceOptions()).dialect(None, "1")
    assert plain.encoding == "koi8-r"


def test_whose_memory_it_is_does_not_depend_on_the_letters_case() -> None:
    """Protocol, receiver number and account."""
    one = Arrival(raw=b"", protocol="toy", kind=ArrivalKind.EVENT, receiver="01", account="00ab")
    assert scope(one) == "toy 01#00AB"


# --- overrides -------------------------------------------------------------------------------------------------------


def changed(row: str, before: Signal) -> Signal:
    """What a table of one row makes of a signal."""
    return parse(f"{HEAD}\n{row}\n").apply(before)


@pytest.mark.parametrize(
    ("row", "before", "expected"),
    [
        ("contact-id,130,,contact-id,110,,", signal(), ("contact-id", "110", "new", "zone")),
        ("contact-id,130,,sia,FA,,", signal(), ("sia", "FA", "new", "zone")),
        ("contact-id,130,,,110,,", signal(), ("contact-id", "110", "new", "zone")),
        ("contact-id,130,,,401,,", signal(), ("contact-id", "401", "new", "user")),
        ("contact-id,130,new,,,restore,", signal(), ("contact-id", "130", "restore", "zone")),
        ("contact-id,130,restore,,110,,", signal(), ("contact-id", "130", "new", "zone")),
        ("contact-id,130,,,,,user", signal(), ("contact-id", "130", "new", "user")),
        ("contact-id,131,,,110,,", signal(), ("contact-id", "130", "new", "zone")),
        ("sia,BA,,,FA,,", signal("BA", Scheme.SIA), ("sia", "FA", "new", "zone")),
        ("other,th,,sia,ta,,", signal("TH", Scheme.OTHER), ("sia", "TA", "new", "zone")),
        ("OTHER,Th,,sia,TA,,", signal("th", Scheme.OTHER), ("sia", "TA", "new", "zone")),
    ],
)
def test_a_row_changes_what_it_names(row: str, before: Signal, expected: tuple[str, ...]) -> None:
    """Empty fields keep what came."""
    after = changed(row, before)
    assert (after.scheme.value, after.code, after.qualifier.value, after.subject) == expected
    assert after.number == "015"
    assert after.user == ("015" if after.subject == "user" else "")


def test_the_first_row_that_fits_counts() -> None:
    """In the order of the table, and once: what comes out is not looked up again."""
    table = parse(f"{HEAD}\ncontact-id,130,restore,,110,,\ncontact-id,130,,,140,,\ncontact-id,140,,,150,,\n")
    assert table.apply(signal()).code == "140"
    assert table.apply(signal(qualifier=Qualifier.RESTORE)).code == "110"
    assert len(list(table)) == 3
    assert table
    assert not NONE
    assert table == parse(f"{HEAD}\ncontact-id,130,restore,,110,,\ncontact-id,130,,,140,,\ncontact-id,140,,,150,,\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "# nothing\n",
        HEAD,
        f"\ufeff{HEAD}\n\n# comment\n,,,,,,\n",
    ],
)
def test_an_empty_table_changes_nothing(text: str) -> None:
    """Comments, blank rows and a byte order mark are none of it."""
    assert parse(text) == NONE


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("code,becomes_code\n", 1, "must name the columns"),
        ("scheme,code,code\n", 1, "must name the columns"),
        ("scheme,code,colour\n", 1, "must name the columns"),
        (f"{HEAD}\ncid,130,,,110,,\n", 2, "scheme is 'cid', allowed: contact-id, sia, other"),
        (f"{HEAD}\n\n# x\ncontact-id,,,,110,,\n", 4, "code has 1 to 16 characters"),
        (f"{HEAD}\ncontact-id\n", 2, "code has 1 to 16 characters"),
        (f"{HEAD}\nother,{'A' * 17},,,110,,\n", 2, "code has 1 to 16 characters"),
        (f"{HEAD}\nother,A,,,{'A' * 17},,\n", 2, "becomes_code has 1 to 16 characters"),
        (f"{HEAD}\ncontact-id,130,,sia,,,\n", 2, "becomes_scheme is given without becomes_code"),
        (f"{HEAD}\ncontact-id,130,,siax,BA,,\n", 2, "becomes_scheme is 'siax'"),
        (f"{HEAD}\ncontact-id,130,begin,,110,,\n", 2, "qualifier is 'begin', allowed: new, restore, status"),
        (f"{HEAD}\ncontact-id,130,,,110,end,\n", 2, "becomes_qualifier is 'end'"),
        (f"{HEAD}\ncontact-id,130,,,11,,\n", 2, "becomes_code is '11': a Contact ID code has three digits"),
        (f"{HEAD}\ncontact-id,130,,sia,130,,\n", 2, "becomes_code is '130': a SIA code has two letters"),
        (f"{HEAD}\ncontact-id,130,,,110,,,,\n", 2, "2 more values than columns"),
        (f"{HEAD}\n" + '"' + "x" * 140_000, 2, "no CSV"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    """And with what is allowed."""
    with pytest.raises(OverridesError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"line {line}: ")
    assert what in str(caught.value)


def test_every_wrong_row_is_named_in_the_order_of_the_table() -> None:
    """With what is wrong with it; of very many the rest is counted."""
    rows = "cid,130,,,110,,\ncontact-id,131,,,110,,\ncontact-id,132,,,11,,\nsia,BA,,,PA,,\nsia,BA,new,,FA,,\n"
    with pytest.raises(OverridesError) as caught:
        parse(f"{HEAD}\n{rows}")
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["line 2", "line 4", "line 6"]
    with pytest.raises(OverridesError) as caught:
        parse(f"{HEAD}\n" + "cid,130,,,110,,\n" * 25)
    assert str(caught.value).splitlines()[-1] == "and 5 more rows"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("sia,BA,,,PA,,\nsia,ba,,,FA,,", {3: "it can never apply: line 2 above"}),
        ("sia,BA,,,PA,,\nsia,BA,restore,,FA,,", {3: "it can never apply: line 2 above"}),
        ("sia,BA,new,,PA,,\nsia,BA,restore,,FA,,\nsia,BA,status,,GA,,\nsia,BA,,,HA,,", {5: "lines 2, 3, 4 above"}),
        ("sia,BA,restore,,FA,,\nsia,BA,,,PA,,", {}),
        ("sia,BA,,sia,BA,,", {2: "it changes nothing"}),
        ("sia,BA,new,,,new,", {2: "it changes nothing"}),
        ("sia,BA,,,,new,", {}),
        ("sia,BA,,,,,zone", {}),
        ("sia,BA,restore,,,,\nsia,BA,,,PA,,", {}),
        ("sia,BA,,,,,\nsia,BA,,,PA,,", {2: "it changes nothing", 3: "it can never apply"}),
        ("sia,BA,new,,,,\nsia,BA,new,,PA,,", {2: "it changes nothing", 3: "it can never apply"}),
    ],
)
def test_a_row_that_does_nothing_is_wrong(rows: str, said: dict[int, str]) -> None:
    """But for one that keeps something from a wider row below it."""
    if not said:
        assert parse(f"{HEAD}\n{rows}\n")
        return
    with pytest.raises(OverridesError) as caught:
        parse(f"{HEAD}\n{rows}\n")
    lines = str(caught.value).splitlines()
    assert len(lines) == len(said)
    for line, (number, what) in zip(lines, said.items(), strict=True):
        assert line.startswith(f"line {number}: ")
        assert what in line


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=120), st.booleans())
def test_any_table_is_read_or_refused(text: str, headed: bool) -> None:
    """With no other error."""
    try:
        table = overrides.parse(f"{HEAD}\n{text}" if headed else text)
    except OverridesError:
        return
    table.apply(signal())


def test_overrides_and_offset_hold_together() -> None:
    """In one message."""
    table = parse(f"{HEAD}\ncontact-id,130,,sia,FA,,\n")
    one = placed(arrival(), SourceOptions(account_offset=1000, overrides=table))
    assert (one.signals[0].account, one.signals[0].code) == ("1012", "FA")


# --- texts -----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.binary(max_size=40), st.sampled_from(["utf-8", "cp866", "utf-16", "shift_jis", "utf-7", "no such", "punycode"])
)
def test_any_bytes_are_a_text_whose_letters_have_places(data: bytes, encoding: str) -> None:
    """In whatever encoding; nothing that could not be stored comes out."""
    words = texts.decode(data, encoding)
    words.encode("utf-8")
    shown, offsets = texts.with_offsets(data, encoding)
    shown.encode("utf-8")
    assert len(offsets) == len(shown) + 1
    assert (offsets[0], offsets[-1]) == (0, len(data))
    assert list(offsets) == sorted(offsets)


def test_the_encoding_that_is_known_comes_first() -> None:
    """Then Windows-1252."""
    assert texts.decode("Дверь".encode("cp866"), "cp866") == "Дверь"
    assert texts.decode("Дверь".encode()) == "Дверь"
    assert texts.decode(b"\xd6l\x81") == "Öl\x81"
    assert list(texts.with_offsets("aЖb".encode())[1]) == [0, 1, 3, 4]
