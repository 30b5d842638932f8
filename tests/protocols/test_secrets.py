"""Keys on the wire are hidden however a panel writes the field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.secrets import codeless, codeless_damaged, masked, masked_bytes, masked_damaged, masked_piece, places
from protocols.sia.blocks import Block, build

KEY = "0BADC0DE0BADC0DE0BADC0DE0BADC0DE"


@pytest.mark.parametrize("opening", ["[K", "[k", "[K ", "[ K", "[K\t", "[k 0x", "[K:", "[ k "])
@pytest.mark.parametrize("key", [KEY, KEY.lower(), f"{KEY[:16]} {KEY[16:]}", "sixteen letters!"])
@pytest.mark.parametrize("end", ["]_10:00\r", "", "\r\n"])
def test_a_key_is_hidden_however_it_is_written(opening: str, key: str, end: str) -> None:
    """Small letter, blanks, characters that are no digits, a field that is not closed; the length stays."""
    text = f"[#1234|1130 01 015]{opening}{key}{end}"
    shown = masked(text)
    assert len(shown) == len(text)
    assert key not in shown
    assert KEY[16:] not in shown.upper()
    assert shown.startswith("[#1234|1130 01 015][")
    assert shown.endswith(end)
    assert masked_bytes(text.encode()) == shown.encode()


def test_other_fields_are_shown() -> None:
    """Only keys are secret."""
    text = '"ADM-CID"0001L0#1234[#1234|1130 01 015][LKitchen][M0BADC0DE0BAD]_10:00:00,01-01-2026\r'
    assert masked(text) == text
    assert places(text) == ()


def test_a_piece_may_begin_inside_a_key() -> None:
    """Digits up to the end of the field, or of the piece; fewer than asked for are shown."""
    assert masked_piece("C0DE]_10:00") == "****]_10:00"
    assert masked_piece("KC0 DE]") == "K*****]"
    assert masked_piece("C0DE") == "****"
    assert masked_piece("C0DE", least=8) == "C0DE"
    assert masked_piece("GET /") == "GET /"


@given(st.text(st.sampled_from("[]Kk 0aF|\r\t"), max_size=60))
def test_hiding_changes_nothing_else(text: str) -> None:
    """The same length, the same characters outside; twice is once."""
    shown = masked(text)
    assert masked(shown) == shown
    hidden = {place for start, end in places(text) for place in range(start, end)}
    assert [each for place, each in enumerate(shown) if place not in hidden] == [
        each for place, each in enumerate(text) if place not in hidden
    ]
    assert all(shown[place] == "*" for place in hidden)
    assert len(masked_piece(text)) == len(text)


CODE = "543210"
LOGIN = build(Block("?", CODE.encode())).decode("latin-1")


def said(text: str, *, asks: bool = True, reverse: bool = False) -> str:
    return build(Block(text[0], text[1:].encode(), asks, reverse)).decode("latin-1")


@pytest.mark.parametrize("code", ["5432", "12345678", "abcd", "1" * 16])
@pytest.mark.parametrize("bits", [(True, False), (False, False), (True, True), (False, True)])
def test_a_remote_code_is_hidden_and_its_block_stays_whole(code: str, bits: tuple[bool, bool]) -> None:
    """The parity byte of the code would narrow it down."""
    asks, reverse = bits
    around = said("#012345"), said("NBA001")
    block = said(f"?{code}", asks=asks, reverse=reverse)
    stars = said(f"?{'*' * len(code)}", asks=asks, reverse=reverse)
    text = stars.join(around)
    assert masked(block.join(around)) == text
    assert masked(text) == text
    assert masked_bytes(block.encode("latin-1")) == codeless(block.encode("latin-1")) == stars.encode("latin-1")
    start = len(around[0]) + 2
    assert places(block.join(around)) == ((start, start + len(code)),)


@pytest.mark.parametrize("cut", range(3, len(LOGIN)))
def test_a_remote_code_that_is_cut_is_hidden(cut: int) -> None:
    assert masked(LOGIN[:cut]) == LOGIN[:2] + "*" * (cut - 2)


def test_a_remote_code_in_a_damaged_block_is_hidden_and_the_damage_is_kept() -> None:
    damaged = LOGIN[:-1] + chr(ord(LOGIN[-1]) ^ 0x05)
    whole = masked(LOGIN)
    assert masked(damaged) == whole[:-1] + chr(ord(whole[-1]) ^ 0x05)


@pytest.mark.parametrize(
    "text",
    [
        '"ADM-CID"0001L0#1234[#1234|1130 01 015]_10:00\r',
        '"SIA-DCS"0001L0#1234[#1234|NBA001^WHO?1234 CODE?12345^]\r',
        "5011 [#1234|Nri1/BA001 FOUND?123456]\x14",
        "GET /D?1234 HTTP/1.1",
        "????????????",
        said("AWho is there?1"),
        said("#0A12") + "D?",
    ],
)
def test_what_is_no_log_in_stays_as_it_is(text: str) -> None:
    assert masked(text) == text
    assert places(text) == ()


@given(st.lists(st.sampled_from(b"D?F\xc4\x8412345\xb4\x87"), max_size=30).map(bytes))
def test_hiding_codes_keeps_length_and_is_done_once(data: bytes) -> None:
    shown = codeless(data)
    assert len(shown) == len(data)
    assert codeless(shown) == shown


def damages(block: str) -> list[str]:
    """The block with one bit turned, and with one byte lost."""
    turned = [
        block[:at] + chr(ord(block[at]) ^ 1 << bit) + block[at + 1 :] for at in range(len(block)) for bit in range(8)
    ]
    return turned + [block[:at] + block[at + 1 :] for at in range(len(block))]


@pytest.mark.parametrize("sia", [True, False])
@pytest.mark.parametrize("code", ["543210", "4711", "9876543210987654"])
@pytest.mark.parametrize("bits", [(True, False), (False, False), (True, True), (False, True)])
@pytest.mark.parametrize(
    ("before", "behind"), [("", ""), (said("#012345"), said("NBA001")), ("", said("0")), (said("#012345"), "")]
)
def test_a_remote_code_is_hidden_wherever_its_block_is_damaged(
    sia: bool, code: str, bits: tuple[bool, bool], before: str, behind: str
) -> None:
    """Header, function, code or parity: at most two digits in a row are left, and no block beside it is changed."""
    asks, reverse = bits
    for damaged in damages(said(f"?{code}", asks=asks, reverse=reverse)):
        shown = masked_damaged(before + damaged + behind, sia=sia)
        assert len(shown) == len(before + damaged + behind)
        assert shown.startswith(before)
        assert shown.endswith(behind)
        left = shown[len(before) : len(shown) - len(behind)]
        assert not any(code[at : at + 3] in left for at in range(len(code) - 2)), (damaged, left)
        assert masked_damaged(shown, sia=sia) == shown


def test_whole_blocks_and_accounts_beside_damage_are_shown() -> None:
    """A watcher must still see whose line is bad; an event that is still to come in full is no damage."""
    text = said("#0123456") + "F;543210\x87" + said("NNri1/BA015") + "F#1234567\r\n" + "\xd2#123456" + said("AWHO?1234")
    assert masked_damaged(text, sia=True) == text.replace("543210", "******")
    assert masked_damaged(said("#0123456") + "EBA0015", sia=True) == said("#0123456") + "EBA****"
    assert masked_damaged(said("#0123456") + "JNBA0015", sia=True) == said("#0123456") + "JNBA0015"
    assert codeless_damaged(b"F;543210\x87[K0BAD]", sia=True) == b"F;******\x87[K0BAD]"
    assert masked_damaged("F;543210\x87[K0BAD]", sia=True) == "F;******\x87[K****]"


def test_a_source_that_may_say_anything_shows_its_messages() -> None:
    """Only digits beside a byte that blocks of SIA begin or end with may be left of a code."""
    text = '5011 181234E13001015\x14\n01 1234 18 E130 01 C015\r"ADM-CID"0001L0#123456[#123456|1130 01 015]'
    assert masked_damaged(text, sia=False) == text


@pytest.mark.parametrize(
    "text",
    [
        "[#1234|Nri1/FA001*'FIRE?101",
        "HELP?12",
        "ROOM?1",
        "\u0410\u0432\u0430\u0440\u0438\u044f?87771234567".encode().decode("latin-1"),
        "\u0413\u0434\u0435 \u0441\u044f?123456789012345 here".encode().decode("latin-1"),
        "\u0427\u044c\u044f?1".encode("koi8-r").decode("latin-1"),
    ],
)
def test_texts_that_end_like_a_log_in_stay_as_they_are(text: str) -> None:
    """Neither what looks like a code is hidden, nor the character behind it changed."""
    assert masked(text) == text
    assert places(text) == ()


@pytest.mark.parametrize("before", ["", "\x15", "\r\n", said("#012345")])
def test_where_a_block_may_begin_a_cut_code_is_hidden(before: str) -> None:
    assert masked(before + LOGIN[:6]) == before + LOGIN[:2] + "****"


def test_only_a_parity_byte_is_changed_with_the_code() -> None:
    """Where header and the byte behind both have the highest bit, that is none."""
    assert masked("\x84?1234\xdf") == "\x84?****\xdf"
