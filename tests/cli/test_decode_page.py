"""What ``ptsn decode`` shows to a person: bytes, what they say, events, departures, what to change."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from itertools import pairwise
from string import ascii_letters

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.catalogue import texts
from protocols.explanation import Layer, Part
from ptsn.commands.decode import command
from ptsn.decoding import layout
from ptsn.decoding.cells import cells, fitted
from ptsn.decoding.paint import Paint, bare
from tests.protocols.dc09_support import GOOD, KEY, VECTORS, encrypted, frame

EVENT = VECTORS["S03"].frame
WIDTHS = st.integers(40, 220)


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def shown(data: bytes, *arguments: str, code: int = 0, width: int = 100) -> Result:
    result = CliRunner().invoke(command, [*arguments, "-"], input=data, env={"COLUMNS": str(width)})
    assert result.exit_code == code, result.output
    return result


# --- the bytes -------------------------------------------------------------------------------------------------------


def drawn(data: bytes, cuts: list[int], width: int) -> list[str]:
    """The rows of a layer that is cut at some places."""
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    parts = tuple(Part("dc09.rest", start, end) for start, end in pairwise(places))
    return list(layout.rows(Layer("wire", data, parts), width, Paint()))


@given(st.binary(min_size=1, max_size=300), st.lists(st.integers(1, 300), max_size=40), WIDTHS)
def test_brackets_stand_under_the_bytes_of_their_part(data: bytes, cuts: list[int], width: int) -> None:
    """As wide as they, in rows that fit, none left out; each part has a letter where it begins or goes on."""
    rows = drawn(data, cuts, width)
    assert all(len(row) <= width for row in rows)
    if len({0, len(data), *(cut for cut in cuts if cut < len(data))}) == 2:
        assert "".join(row[4:] for row in rows) == "".join(cell.text for cell in cells(data))
        return
    lines, rulers = rows[::2], rows[1::2]
    assert len(lines) == len(rulers)
    for line, ruler in zip(lines, rulers, strict=True):
        assert len(line) == len(ruler)
    whole, below = "".join(line[4:] for line in lines), "".join(ruler[4:] for ruler in rulers)
    at = 0
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for letter, (start, end) in zip(ascii_letters, pairwise(places), strict=False):
        text = "".join(cell.text for cell in cells(data, start, end))
        assert whole[at : at + len(text)] == text
        assert set(below[at : at + len(text)]) <= {letter, "└", "─", "┘"}
        assert letter in below[at : at + len(text)]
        at += len(text)


@given(st.binary(max_size=60), st.integers(6, 40))
def test_what_does_not_fit_a_column_loses_its_middle(data: bytes, width: int) -> None:
    """Whole marks, never a part of one."""
    text = fitted(cells(data, all_of_it=True), width)
    assert len(text) <= width
    assert re.fullmatch(r"(?:[^‹›]|‹(?:LF|CR|[0-9A-F]{2})›)*", text)


@given(st.text(max_size=40))
def test_letters_are_shown_as_letters_and_everything_else_as_marks(text: str) -> None:
    """No control character, no character that changes the direction or the width of the line."""
    data = text.encode("utf-8", "surrogatepass")
    assert "".join(cell.text for cell in cells("Кухня é".encode())) == "Кухня é"
    hostile = "\u05d0\u4e00\u0301\u202e‹".encode()
    assert "".join(cell.text for cell in cells(hostile, all_of_it=True)) == "".join(f"‹{one:02X}›" for one in hostile)
    for cell in cells(data, all_of_it=True):
        assert cell.text.isprintable()
        assert cell.text not in ("\u202e", "\u05d0", "\u4e00", "\u0301")
    covered = [(cell.start, cell.end) for cell in cells(data)]
    assert [start for start, _ in covered[1:]] == [end for _, end in covered[:-1]]


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector.id)
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
@pytest.mark.parametrize("width", [80, 200])
def test_every_captured_frame_is_shown_within_the_width(vector: object, language: str, width: int) -> None:
    """In every language; the rows hold the bytes as they are."""
    key = ["--key", vector.key.hex()] if vector.key else []  # type: ignore[attr-defined]
    result = shown(vector.frame, "--lang", language, *key, width=width)  # type: ignore[attr-defined]
    for line in result.stdout.splitlines():
        assert len(line) <= width or "://" in line
        assert line.isprintable()
    assert "dc09.token" not in result.stdout


def test_a_part_is_a_line_with_its_place_its_bytes_and_what_they_say() -> None:
    """And a letter that is also under its bytes."""
    lines = shown(EVENT).stdout.splitlines()
    assert lines[0] == "#1  ->  SIA-DCS  account 12345A"
    assert lines[2] == '    ‹LF›DC530046"SIA-DCS"9876R579BDFL789ABC#12345A[#12345A|NFA129]_13:14:15,02-15-2006‹CR›'
    assert lines[3] == "    └a─┘└b─┘└c─┘└───d───┘└e─┘└──f──┘└──g──┘└──h──┘i└──j───┘kl┘└m┘n└────────o─────────┘└p─┘"
    assert '   d  9  "SIA-DCS"             Message type SIA-DCS: SIA events (DC-03)' in lines
    assert "   b  1  DC53                  CRC DC53: fits the bytes" in lines
    assert "    => Fire alarm (FA)  account 12345A  zone 129  at 2006-02-15 13:14:15Z" in lines


def test_what_does_not_fit_is_marked_in_the_line_of_its_part() -> None:
    """By a mark, not by colour."""
    out = shown(EVENT.replace(b"FA129", b"FA128"), code=1).stdout
    assert "?? A frame whose CRC does not fit its bytes" in out
    assert re.search(r"^!! b  1  DC53 +CRC DC53, but the bytes give [0-9A-F]{4}$", out, re.MULTILINE)


def test_a_finding_has_its_severity_its_place_and_its_advice() -> None:
    """The advice stands at the first message only."""
    binary = VECTORS["F63"].frame
    out = shown(binary + binary).stdout
    assert out.count("!  deviation  dc09.crc.binary  bytes 1-2 (CRC)") == 2
    assert out.count(texts.finding("dc09.crc.binary", "en").split(";")[0]) == 2
    assert out.count("    -> Nothing has to be done") == 1
    assert "Messages: 2. Damaged, or no message: 0. Violations: 0, deviations: 2, notes: 0." in out


def test_an_encrypted_message_shows_what_the_key_opened() -> None:
    """And which of the keys it was."""
    out = shown(VECTORS["C05"].frame, "--key", "00" * 16, "--key", KEY.hex()).stdout
    assert "    decrypted with key 2" in out
    assert "|#1234|1130 01 015]_12:00:00,01-02-2026" in out
    assert "=> Burglary (130)  account 1234  partition 01  zone 015" in out


@pytest.mark.parametrize(
    ("keys", "code", "words"),
    [
        ([], 0, "encrypted; no key was given: --key"),
        (["00" * 16], 3, "encrypted; the key given does not open it"),
        (["00" * 16, "11" * 16], 3, "encrypted; none of the 2 keys given opens it"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--brief"]])
def test_a_missing_or_a_wrong_key_is_said_in_so_many_words(
    keys: list[str], code: int, words: str, form: list[str]
) -> None:
    """In full and in brief."""
    arguments = [part for key in keys for part in ("--key", key)]
    assert words in shown(VECTORS["C05"].frame, *form, *arguments, code=code).stdout


def test_damage_counts_more_than_a_key_that_does_not_fit() -> None:
    """Exit 1, not 3; and a deviation counts only when it is asked for."""
    shown(VECTORS["C05"].frame + b"junk", "--key", "00" * 16, code=1)
    binary = VECTORS["F63"].frame
    shown(binary)
    shown(binary, "--strict", code=1)
    shown(EVENT, "--strict")


@pytest.mark.parametrize("form", [[], ["--brief"]])
def test_a_key_that_a_message_carries_is_not_shown(form: list[str]) -> None:
    """In the clear or encrypted: pages are handed on."""
    new = "89abcdef0123456789ABCDEF01234567"
    clear = frame(f'"SIA-DCS"0001L0#1234[#1234|NBA1][K{new}][IHall]')
    content = f"|#1234|NBA1][K{new}][IHall]_12:00:00,01-02-2026".encode()
    secret = encrypted(KEY, b"p" * (32 - len(content) % 16) + content)
    sealed = frame(b'"*SIA-DCS"0001L0#1234[' + secret.hex().upper().encode())
    out = shown(clear + sealed, *form, "--key", KEY.hex()).stdout
    assert new not in out
    assert "*" * len(new) in out
    assert "Hall" in out


def test_the_padding_is_not_shown_as_if_it_were_text() -> None:
    """Long runs of bytes without a character are cut short, with how many there are."""
    secret = encrypted(KEY, bytes(range(128, 144)) * 2 + b"x" * 16 + b"|#1234|NBA1]_12:00:00,01-02-2026")
    out = shown(frame(b'"*SIA-DCS"0001L0#1234[' + secret.hex().upper().encode()), "--key", KEY.hex()).stdout
    assert "‹80›‹81›‹82›‹83›‹…26…›‹8E›‹8F›xxxx" in out


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=50), st.sampled_from([vector.frame for vector in GOOD])), max_size=4))
def test_any_bytes_are_shown_without_an_error_and_without_a_control_character(parts: list[bytes]) -> None:
    """In every form."""
    for form in ([], ["--brief"], ["--json"], ["--lang", "kk"]):
        data = b"\n" + b"".join(parts)
        result = CliRunner().invoke(command, ["--format", "raw", "--key", KEY.hex(), *form, "-"], input=data)
        assert result.exit_code in (0, 1, 3), result.exception
        assert result.exception is None or isinstance(result.exception, SystemExit)
        if "--json" in form:
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", result.stdout)
        else:
            assert all(one.isprintable() or one == "\n" for one in result.stdout)


# --- the terminal ----------------------------------------------------------------------------------------------------


def on_a_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """The output of the real program on a terminal."""
    leader, follower = pty.openpty()
    program = [sys.executable, "-m", "ptsn", "decode", *arguments]
    process = subprocess.Popen(
        program, stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.PIPE, env={**os.environ, **environment}
    )
    os.close(follower)
    out = b""
    try:
        while piece := os.read(leader, 1 << 16):
            out += piece
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    process.communicate()
    return out.decode()


def test_colours_are_for_terminals_and_say_nothing_more(tmp_path: object) -> None:
    """Without them the same text is there; NO_COLOR is respected."""
    file = f"{tmp_path}/capture"
    with open(file, "wb") as out:
        out.write(VECTORS["F63"].frame + b"junk" + EVENT)
    colored = on_a_terminal([file], {"NO_COLOR": "", "TERM": "xterm", "COLUMNS": "90", "LC_ALL": "C.UTF-8"})
    plain = on_a_terminal([file], {"NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "90", "LC_ALL": "C.UTF-8"})
    assert "\x1b[1m" in colored
    assert "\x1b" not in plain
    assert bare(colored) == plain


def test_an_output_without_our_characters_gets_others() -> None:
    """The brackets of marks and rulers have a plain form; what has none is escaped."""
    done = subprocess.run(
        [sys.executable, "-m", "ptsn", "decode", "-"],
        input=frame('"SIA-DCS"0001L0#1234[#1234|NBA1][IЭтаж]'),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    )
    out = done.stdout.decode("ascii")
    assert "<LF>" in out
    assert "'a-''b-'" in out
    assert "\\u042d" in out


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "Контрольная сумма"),
        ({"LANG": "kk_KZ.UTF-8"}, "Бақылау сомасы"),
        ({"LANG": "de_DE.UTF-8"}, "CRC DC53: fits"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "CRC DC53: fits"),
        ({}, "CRC DC53: fits"),
    ],
)
def test_the_language_is_that_of_the_locale(
    environment: dict[str, str], word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """English where it is none of ours; ``--lang`` goes before."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert word in shown(EVENT).stdout
    assert "Контрольная сумма" in shown(EVENT, "--lang", "ru").stdout


def test_the_words_of_decode_are_in_every_language() -> None:
    """The same ids, with the same values."""
    everywhere = {language: texts.ids("decode", language) for language in ("en", "ru", "kk")}
    assert everywhere["en"] == everywhere["ru"] == everywhere["kk"]
    for id_ in everywhere["en"]:
        named = {tuple(sorted(re.findall(r"\{\w+\}", texts.text("decode", id_, language)))) for language in everywhere}
        assert len(named) == 1, id_
    assert len({texts.text("decode", "secret.no-key", language) for language in everywhere}) == 3
