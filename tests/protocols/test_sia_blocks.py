"""Blocks of DC-03: bytes to function and data and back, and where they begin and end in a stream."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from construct import ChecksumError, ConstructError
from hypothesis import given
from hypothesis import strategies as st

from protocols.lines.scanning import Found, Scanner
from protocols.sia import blocks
from protocols.sia.blocks import LAYOUT, Block, BlockError, BlockGrammar, build, parse
from tests.protocols.sia_support import said

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parent / "vectors" / "sia_blocks.jsonl").read_text("utf-8").splitlines()
]
GOOD = [vector for vector in VECTORS if "refuse" not in vector]
LIES = bytes.fromhex("46 4E 42 41 30 30 31 C5")
"""Its length says one byte more than it has."""
REFUSED = [bytes.fromhex(vector["hex"]) for vector in VECTORS if "refuse" in vector]

any_block = st.builds(
    Block,
    st.sampled_from([chr(byte) for byte in range(256)]),
    st.binary(max_size=63),
    st.booleans(),
    st.booleans(),
)


def by_layout(raw: bytes) -> Block:
    """What the definition makes of a block."""
    body = LAYOUT.parse(raw).said.value
    return Block(body.function.decode("latin-1"), bytes(body.data), body.header.asks, body.header.reverse)


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector["meaning"])
def test_a_block_of_the_vectors_is_read_and_written_as_it_stands_there(vector: dict[str, str]) -> None:
    raw = bytes.fromhex(vector["hex"])
    block = parse(raw)
    assert (block.function, block.data) == (vector["function"], vector["data"].encode("cp850"))
    assert block.asks == bool(raw[0] & 0x40)
    assert block.known
    assert build(block) == raw


@pytest.mark.parametrize("raw", REFUSED, ids=lambda raw: raw.hex())
def test_a_block_whose_parity_or_length_is_wrong_is_refused(raw: bytes) -> None:
    with pytest.raises(BlockError):
        parse(raw)
    with pytest.raises((ConstructError, ChecksumError)):
        LAYOUT.parse(raw)


def test_the_error_says_what_is_wrong() -> None:
    with pytest.raises(BlockError, match="parity byte is 9D, the bytes before it make 9C"):
        parse(bytes.fromhex("44 23 31 32 33 34 9D"))
    with pytest.raises(BlockError, match="announces 6 data bytes, 5 are there"):
        parse(bytes.fromhex("46 4E 42 41 30 30 31 C5"))
    with pytest.raises(BlockError, match="at least 3"):
        parse(b"\x40")
    with pytest.raises(BlockError, match="at most 63"):
        build(Block("A", bytes(64)))


@given(any_block)
def test_reading_and_writing_by_hand_is_what_the_definition_says(block: Block) -> None:
    raw = build(block)
    assert parse(raw) == by_layout(raw) == block
    header = {"reverse": block.reverse, "asks": block.asks, "size": len(block.data)}
    body = {"header": header, "function": block.function.encode("latin-1"), "data": block.data}
    assert LAYOUT.build({"said": {"value": body}}) == raw


@given(st.binary(max_size=70))
def test_reading_by_hand_refuses_what_the_definition_refuses(raw: bytes) -> None:
    try:
        expected: Block | None = by_layout(raw)
    except ConstructError:
        expected = None
    if expected is not None and len(raw) != len(expected.data) + 3:
        expected = None
    try:
        found: Block | None = parse(raw)
    except BlockError:
        found = None
    assert found == expected


def test_answers_and_commands_want_no_answer_themselves() -> None:
    assert {function for function in blocks.FUNCTIONS if not Block(function).wants_answer} == set("6789@CX\x08\x09")
    assert not Block("N", asks=False).wants_answer


def cut(pieces: list[bytes], *, final: bool = True) -> list[bytes]:
    """The blocks that a scanner finds in pieces of a stream."""
    scanner, found = Scanner(BlockGrammar()), []
    for number, piece in enumerate([*pieces, b""] if final else pieces):
        scanner.feed(piece)
        while (item := scanner.next(final and number == len(pieces))) is not None:
            if isinstance(item, Found):
                found.append(item.raw)
    return found


ALL = [bytes.fromhex(vector["hex"]) for vector in GOOD]


def test_all_blocks_are_found_glued_byte_by_byte_and_with_filler() -> None:
    assert cut([b"".join(ALL)]) == ALL
    assert cut([bytes((byte,)) for byte in b"".join(ALL)]) == ALL
    assert cut([b"\r\n\0".join(ALL)]) == ALL


@pytest.mark.parametrize("raw", ALL, ids=lambda raw: raw.hex())
def test_a_block_is_found_behind_and_in_front_of_garbage(raw: bytes) -> None:
    assert cut([b"GET / HTTP/1.1\r\n\r\n" + raw + b"garbage \xff\xfe" + raw]) == [raw, raw]


@pytest.mark.parametrize("bad", REFUSED, ids=lambda raw: raw.hex())
@pytest.mark.parametrize("raw", ALL, ids=lambda raw: raw.hex())
def test_a_damaged_block_swallows_nothing_that_follows(bad: bytes, raw: bytes) -> None:
    """But where both together are a good block, whose parity byte is the 00 that the next one begins with."""
    expected = [bad + b"\0"] if raw[0] == 0 and bad == LIES else [raw]
    assert cut([bad + raw]) == expected


def test_an_unknown_function_is_found_by_its_parity_where_the_data_are_text() -> None:
    assert cut([said("Zsomething new")]) == [said("Zsomething new")]
    assert cut([said("Z\x01\x02\xff")]) == []


def test_no_text_is_a_block() -> None:
    text = bytes(range(0x20, 0x7F)) * 3
    assert cut([text]) == cut([text[::-1]]) == []
