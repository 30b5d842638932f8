"""Keys that messages carry (extended data K): not shown, and known for masked where they were masked before."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from protocols import secrets
from protocols.capture import Format, Note, read
from protocols.dc09 import Decoder, shape
from protocols.model import Arrival, Base, Dialect, Key, Protection
from protocols.sia.blocks import Block, build
from ptsn.commands.decode import command
from tests.protocols.dc09_support import KEY, NOW, STAMP, encrypted, frame

SECRET = "0BADC0DE0BADC0DE0BADC0DE0BADC0DE"
WRITTEN = [f"[K{SECRET}]", f"[k{SECRET}]", f"[K {SECRET}]", f"[ K{SECRET}]", f"[ k {SECRET}]"]


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def sent(field: str) -> bytes:
    """A message with that field."""
    return frame(b'"SIA-DCS"0001L0#1234[#1234|NBA1]' + field.encode() + STAMP)


@pytest.mark.parametrize("form", [[], ["--brief"]])
@pytest.mark.parametrize("field", WRITTEN)
def test_a_key_is_shown_to_nobody_however_it_is_written(field: str, form: list[str]) -> None:
    """Neither among the bytes nor in what they mean; in a damaged message, and in noise, neither."""
    for data in (sent(field), sent(field).replace(b"NBA1", b"NBA2"), sent(field)[20:], b"xx" + field.encode() + b"\r"):
        shown = CliRunner().invoke(command, [*form, "-"], input=data).stdout
        assert shown
        assert "BADC0DE" not in shown.replace("\n    ", "")


@pytest.mark.parametrize("field", WRITTEN)
def test_a_masked_key_is_known_for_one_however_it_was_written(field: str) -> None:
    """In an export, in a record of the wire, and in the frame, whose CRC cannot be told then."""
    masked = secrets.masked_bytes(sent(field))
    assert b"BADC0DE" not in masked
    rows = ({"raw": masked.decode("latin-1")}, {"what": "in", "peer": "192.0.2.7:4", "bytes": masked.decode("latin-1")})
    for row in rows:
        notes = [item.id for item in read(Format.EXPORT, [json.dumps(row).encode() + b"\n"]) if isinstance(item, Note)]
        assert notes == ["capture.masked"]
    found = shape.find(masked)
    assert found is not None
    assert (found.masked, found.computed, found.right) == (True, None, True)


@pytest.mark.parametrize("field", [*WRITTEN, "[I*]", "[N***]", "[KB***]"])
def test_nothing_else_is_taken_for_a_masked_key(field: str) -> None:
    """A key that is there, or asterisks elsewhere."""
    data = sent(field).replace(b"NBA1", b"NBA2")
    row = json.dumps({"raw": data.decode("latin-1")}).encode() + b"\n"
    assert not [item for item in read(Format.EXPORT, [row]) if isinstance(item, Note)]
    found = shape.find(data)
    assert found is not None
    assert (found.masked, found.right) == (False, False)


def test_a_decoder_is_told_what_is_known_beforehand() -> None:
    """Its keys are tried before those given by themselves, and encoding and base are those of the account."""
    text = "Охрана".encode("windows-1251")
    body = b"1234|Nri10/BA0FA^" + text + b"^]"
    dialect = Dialect(keys=(Key(KEY, "ours"),), encoding="windows-1251", base=Base.HEX)
    decoder = Decoder([b"\1" * 16, KEY], wall=NOW.wall, dialect=dialect)
    [plain] = [*decoder.feed(frame(b'"SIA-DCS"0001L0#1234[#' + body)), *decoder.close()]
    assert isinstance(plain, Arrival)
    assert (plain.signals[0].text, plain.signals[0].number) == ("Охрана", "0FA")
    cipher = encrypted(KEY, (b"|#1234|NBA1]" + STAMP).rjust(48, b"0")).hex().upper()
    [secret] = [*decoder.feed(frame(f'"*SIA-DCS"0002L0#1234[{cipher}')), *decoder.close()]
    assert isinstance(secret, Arrival)
    assert (secret.protection, secret.key_owner) == (Protection.KEYED, "ours")


@pytest.mark.parametrize(
    ("ends", "code", "words"),
    [
        ("- >&-", 2, b"standard output is closed"),
        ("--json - >&-", 2, b"standard output is closed"),
        ("- <&-", 2, b"standard input is closed"),
        ("<&-", 2, b"what to decode is missing"),
        ("- >&- 2>&-", 2, b""),
        ("- 2>&-", 1, b""),
    ],
)
def test_an_end_that_is_closed_is_said_in_one_line(ends: str, code: int, words: bytes) -> None:
    """Not as a fault of the program."""
    line = f"'{sys.executable}' -m ptsn decode --brief {ends}"
    done = subprocess.run(["bash", "-c", line], input=b"x", capture_output=True, check=False, env={**os.environ})
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_decode_without_a_key_says_so_and_nothing_of_accounts() -> None:
    """It knows none: what is entered at a station is not its matter."""
    from protocols.catalogue import LANGUAGES
    from ptsn.decoding.words import finding

    for language in LANGUAGES:
        assert "(--key)" in finding("dc09.cipher.no-key", language)
    assert finding("dc09.cipher.wrong-key", "en") != "dc09.cipher.wrong-key"


@pytest.mark.parametrize("form", [[], ["--brief"]])
@pytest.mark.parametrize("protocol", [["--protocol", "sia"], []])
@pytest.mark.parametrize("damaged", [b"F;543210\x87", b"g?543210\x87", b"F?5C3210\x87", b"F543210\x87", b"F?54321\x87"])
def test_a_remote_code_of_a_damaged_block_is_shown_to_nobody(
    form: list[str], protocol: list[str], damaged: bytes
) -> None:
    """Header, function or code turned, or a byte lost; whether the protocol is known or not."""
    for data in (build(Block("#", b"0123")) + damaged + build(Block("N", b"BA001")), damaged):
        shown = CliRunner().invoke(command, [*form, *protocol, "-"], input=data).stdout
        assert shown
        assert not any(digits in shown for digits in ("543", "432", "321", "210"))
