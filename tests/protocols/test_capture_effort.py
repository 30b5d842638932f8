"""Files made to be slow: none takes more than work in proportion to its size.

The sizes are such that work growing with the square of them would take minutes, so that pytest's limit would end it.
"""

from __future__ import annotations

import re

import pytest

from protocols.capture import Format, Gap, Piece, Side, detect, detection, digits, hexdump, internet, logs, read, shape
from protocols.capture.internet import Datagram, Fragments

LARGE = 1_000_000


@pytest.mark.parametrize("between", [b" ", b"\t", b":", b"\n", b" \n"])
def test_separators_between_digits_are_divided_in_one_way(between: bytes) -> None:
    """Where the last byte is none, too."""
    data = (b"41" + between * 20_000) * 3 + b"4\n"
    assert not detection._SEPARATED.match(data)
    assert detect(data[:-1].rstrip(b"4") + b"41\n") is Format.HEX
    detect(data)


@pytest.mark.parametrize("unit", [b" ", b"int ", b"int x[", b"char\t", b"const int a[", b"int x =", b"\t \v"])
def test_a_line_that_is_almost_an_array_in_c_is_looked_over_once(unit: bytes) -> None:
    """It says nothing, and stays as it is."""
    line = unit * (LARGE // len(unit)) + b"!"
    assert digits.spoken(line) == line


@pytest.mark.parametrize(
    "said",
    [b"  (" * 300_000, b"...  (" * 150_000, b"  (1" * 200_000, b"  (1)" * 200_000 + b"(", b"1" * LARGE, b" " * LARGE],
)
def test_a_line_that_is_almost_our_own_is_looked_over_once(said: bytes) -> None:
    """What is no line of ours is looked for messages, of which there are none."""
    line = b"12:00:00.000  peer  -> " + said + b"\n"
    assert not logs.is_own(line.decode().rstrip())
    assert not [item for item in read(Format.LOG, [line]) if isinstance(item, Piece)]


@pytest.mark.parametrize(
    ("said", "shown", "missing"),
    [
        ('‹LF›0"  (1)  (3 bytes)', b'\n0"  (1)', None),
        ("‹LF›0...  (12 bytes)", b"\n0", 10),
        ("‹LF›0.....  (байт: 12)", b"\n0..", 8),
        ("abc  (x  (5)", b"abc", None),
        ("7  (  (  (5)", b"7", None),
    ],
)
def test_the_count_behind_the_bytes_is_the_last_number(said: str, shown: bytes, missing: int | None) -> None:
    """Whatever the bytes are."""
    items = list(read(Format.LOG, [f"12:00:00.000  peer  -> {said}\n".encode()]))
    assert [item.data for item in items if isinstance(item, Piece)] == [shown]
    assert [item.size for item in items if isinstance(item, Gap)] == ([] if missing is None else [missing])


def test_heads_without_lf_are_not_searched_for_again_and_again() -> None:
    """Neither are those with it, where there is none."""
    count = 300_000
    assert sum(1 for _ in shape.find(b"x " + b'00000001"A ' * count, bare=True)) == count
    assert sum(1 for _ in shape.find(b'\n00000001"5 ' * count, bare=True)) == count


class _Searches:
    """A pattern that counts how often it is searched for."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._pattern = pattern
        self.count = 0

    def search(self, data: bytes, at: int = 0) -> re.Match[bytes] | None:
        """As the pattern does."""
        self.count += 1
        return self._pattern.search(data, at)


def test_a_head_that_is_still_ahead_is_not_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hundred heads without LF, and one with it behind them, that one is found once."""
    searches = _Searches(shape.HEAD)
    monkeypatch.setattr(shape, "HEAD", searches)
    found = list(shape.find(b'x 00000001"A ' * 100 + b'\n00000001"B', bare=True))
    assert (len(found), [one.restored for one in found[-1:]]) == (101, ["cr"])
    assert searches.count == 2


def _part(offset: int, size: int, *, more: bool = True) -> Datagram:
    return Datagram("192.0.2.1", "192.0.2.2", internet.UDP, b"x" * size, size, 1, offset, more)


def test_fragments_that_came_already_cost_nothing() -> None:
    """Though all but the first are there."""
    fragments = Fragments()
    parts = [_part(offset, 8) for offset in range(8, 65_520, 8)]
    for part in [*parts, _part(65_520, 8, more=False)]:
        assert fragments.add(part, 1) == (None, 0)
    for _ in range(50):
        for part in parts:
            assert fragments.add(part, 1) == (None, 0)
    whole, _ = fragments.add(_part(0, 8), 1)
    assert whole is not None
    assert whole.data == b"x" * 65_528
    assert fragments.rest() == []


def test_fragments_are_sorted_only_once_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many bytes there are that overlap."""
    calls: list[int] = []

    def counted(parts: dict[int, bytes]) -> list[int]:
        calls.append(len(parts))
        return sorted(parts)

    monkeypatch.setattr(internet, "sorted", counted, raising=False)
    fragments = Fragments()
    for offset in range(8, 8000, 8):
        assert fragments.add(_part(offset, 24), 1)[0] is None
    assert fragments.add(_part(8000, 8, more=False), 1)[0] is None
    assert calls == []
    assert fragments.add(_part(0, 8), 1)[0] is not None
    assert calls == [1001]


def test_rows_of_a_dump_that_hold_nothing_are_counted_once() -> None:
    """Offsets alone, behind the first row."""
    text = b"00000000  41\n" + b"00000001\n" * 100_000
    pieces = [item.data for item in read(Format.HEXDUMP, [text]) if isinstance(item, Piece)]
    assert pieces == [b"A"]
    assert hexdump.row(b"00000000  41") is not None


def test_every_indent_of_a_dump_is_a_side_without_comparing_it_to_all_others() -> None:
    """A hundred thousand of them, all but the shortest on the side that answers."""
    indents = ["", *("".join(" \t"[number >> bit & 1] for bit in range(17)) for number in range(100_000))]
    text = "".join(f"{indent}00000000  41\n" for indent in indents)
    found = [item.flow.side for item in read(Format.HEXDUMP, [text.encode()]) if isinstance(item, Piece)]
    assert (found[0], set(found[1:]), len(found)) == (Side.UNKNOWN, {Side.STATION}, 100_001)


@pytest.mark.parametrize(
    "unit",
    [
        b"5011 18123XE13001015<14> ",
        b"a011 123418113001015<14> and  I011   1T23411203A12<14> ",
        b"F#012345<9B> NNti11:46/BA1011<F6> ",
        b"5011 181234E13001015 ",
    ],
)
def test_a_line_of_messages_and_of_what_is_damaged_is_looked_over_once(unit: bytes) -> None:
    """Of each piece that is no text, only so many places are tried."""
    line = b"5011 181234E13001015<14> " + unit * (LARGE // 5 // len(unit)) + b"\n"
    assert [item for item in read(Format.LOG, [line]) if isinstance(item, Piece)]
