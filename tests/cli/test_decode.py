"""``ptsn decode`` explains captures: for people as text, for programs as one JSON object a line."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from protocols import findings
from protocols.capture import read as read_capture
from ptsn.commands.decode import ENCODINGS, command
from ptsn.decoding.conversation import Conversation
from ptsn.decoding.reader import Settled
from tests.protocols.dc09_support import KEY, STAMP, VECTORS, Vector, encrypted, frame

SIGNAL_FIELDS = {
    "account",
    "scheme",
    "code",
    "qualifier",
    "category",
    "priority",
    "partition",
    "subject",
    "number",
    "user",
    "text",
    "occurred_at",
    "old",
    "details",
    "extended",
    "latitude",
    "longitude",
    "url",
}


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def decode(data: bytes, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    result = CliRunner().invoke(command, ["--json", *arguments, "-"], input=data)
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("vector", VECTORS.values(), ids=lambda vector: vector.id)
def test_every_captured_frame_is_decoded_as_its_note_says(vector: Vector) -> None:
    """One line a frame, ok where CRC and length are right in an accepted variant."""
    strange = vector.id == "F80"  # not DC-09, but another protocol, of which it is right
    good = vector.ok.startswith("ok") or strange
    arguments = ["--key", vector.key.hex()] if vector.key is not None else []
    lines = decode(vector.frame, *arguments, code=0 if good else 1)
    assert {line.get("protocol") for line in lines if line["ok"]} <= {"osborne-hoffman" if strange else "dc09"}
    assert len(lines) == (len(vector.ok.split(",")) if good and not strange else 1)
    for line in lines:
        assert line["ok"] is good
        if good:
            assert line["frame"].encode("latin-1") in vector.frame
            assert line["encrypted"] is (b'"*' in vector.frame)
            assert line["decrypted"] is (True if vector.key is not None else None)
        for signal in line.get("signals", ()):
            assert set(signal) == SIGNAL_FIELDS


def test_a_line_says_what_the_message_says() -> None:
    """The fields that other programs rely on."""
    [line] = decode(VECTORS["C05"].frame, "--key", "000102030405060708090A0B0C0D0E0F")
    assert (line["token"], line["account"], line["sequence"]) == ("ADM-CID", "1234", "0043")
    assert (line["encrypted"], line["decrypted"]) == (True, True)
    assert line["findings"] == ["dc09.cipher.short-padding"]
    [signal] = line["signals"]
    assert (signal["code"], signal["qualifier"], signal["partition"], signal["number"]) == ("130", "new", "01", "015")
    assert (signal["category"], signal["priority"], signal["subject"]) == ("burglary", 2, "zone")
    assert signal["occurred_at"] == "2026-01-02T12:00:00.000Z"


@pytest.mark.parametrize(
    ("id_", "keys", "decrypted", "code"),
    [
        ("F19", ["00" * 16], None, 0),
        ("F10", [], None, 0),
        ("F10", ["00" * 16], False, 3),
        ("F10", ["00" * 16, "text:" + "a" * 16], True, 0),
    ],
)
def test_decrypted_is_null_false_or_true(id_: str, keys: list[str], decrypted: bool | None, code: int) -> None:
    """Null for a plain frame and without a key, false when no key fits, which has an exit code of its own; and the
    place of the key that opened it among those given."""
    [line] = decode(VECTORS[id_].frame, *(part for key in keys for part in ("--key", key)), code=code)
    assert line["decrypted"] is decrypted
    assert line["key"] == (len(keys) if decrypted else None)
    assert line["ok"] is True


def test_the_account_is_that_of_the_header() -> None:
    """The signal has the one inside; a missing one is empty."""
    [line] = decode(frame('"SIA-DCS"0001L0#1234[#5678|NBA1]'))
    assert (line["account"], line["signals"][0]["account"]) == ("1234", "5678")
    [line] = decode(VECTORS["F35"].frame)
    assert (line["account"], line["signals"][0]["account"]) == ("", "9999")


@pytest.mark.parametrize("id_", ["C21", "C22", "C23", "W28", "C25", "W05"])
def test_answers_are_ok_too(id_: str) -> None:
    """Direction does not matter for being ok."""
    [line] = decode(VECTORS[id_].frame)
    assert line["ok"] is True
    assert line["token"] in {"ACK", "NAK", "DUH", "RSP"}


@pytest.mark.parametrize(
    "body", ['"SIA-DCS"0001L0#1234[#1234|N\rBA1|Aand so on and on]', '"SIA-DCS"0001\rL0#1234[#1234|NBA1|Atext]']
)
def test_a_cr_inside_makes_the_length_wrong(body: str) -> None:
    """One line, however much of it is left behind the CR."""
    [line] = decode(frame(body), code=1)
    assert line["ok"] is False
    assert line["noise"] == "dc09.length-mismatch"


def test_noise_is_one_line_a_run() -> None:
    """Garbage before, between and behind frames; NUL and line ends are no noise."""
    good = VECTORS["F24"].frame
    data = b"abc\ndef" + good + b"\0\r\n" + good + b"x\ny\nz" + good + b"tail\n"
    lines = decode(data, code=1)
    assert [line["ok"] for line in lines] == [False, True, True, False, True, False]
    assert lines[0]["frame"] == "abc\ndef"
    assert lines[3]["frame"] == "x\ny\nz"
    assert {line["noise"] for line in lines if not line["ok"]} == {"garbage"}


@pytest.mark.parametrize("spoil", [b"\n0000", None])
def test_a_wrong_crc_is_noise(spoil: bytes | None) -> None:
    """Named as what it is, and the exit code says that not all is ok."""
    good = VECTORS["C23"].frame
    data = spoil + good[5:] if spoil else good[:-3] + b"x" + good[-2:]
    [line] = decode(data, code=1)
    assert line["noise"] == "dc09.crc-mismatch"
    assert line["frame"].encode("latin-1") == data


def test_a_malformed_message_is_ok_with_a_finding() -> None:
    """ok is about framing, not about content."""
    [line] = decode(frame('"ADM-CID"0001L0#1234[#1234|hello]'))
    assert (line["ok"], line["signals"], line["findings"]) == (True, [], ["dc09.data.no-event", "dc09.time.none"])
    [line] = decode(frame('"*SIA-DCS"0042NoneL0#1234[00'), "--key", "00" * 16, code=3)
    assert (line["ok"], line["encrypted"], line["decrypted"]) == (True, True, False)


@pytest.mark.parametrize(
    ("body", "account", "encrypted"),
    [
        ('"SIA-DCS"0042R1L0#1234[#5678|NBA1', "1234", False),
        ('"SIA-DCS"0042L0#1234(oops)', "1234", False),
        ('"*SIA-DCS"0042L0#1234(oops)', "1234", True),
        ('"*SIA-DCS without its quote', "", True),
    ],
)
def test_an_unreadable_message_still_shows_its_account(body: str, account: str, encrypted: bool) -> None:
    """The header is told as far as it can be read."""
    [line] = decode(frame(body), "--key", "00" * 16, code=3 if encrypted else 0)
    assert (line["account"], line["kind"]) == (account, "malformed")
    assert (line["encrypted"], line["decrypted"]) == (encrypted, False if encrypted else None)
    assert (line["token"], line["sequence"]) == (("SIA-DCS", "0042") if account else ("", ""))


def test_hex_text_is_read_in_any_layout() -> None:
    """Blanks, line ends and colons, upper and lower case."""
    good = VECTORS["F63"].frame
    text = good.hex(":").upper()[:40] + "\r\n  " + good.hex(":")[40:] + "\n"
    [line] = decode(text.encode(), "--hex")
    assert line["frame"].encode("latin-1") == good


@pytest.mark.parametrize(
    ("arguments", "data"),
    [
        (["--hex", "-"], b"zz"),
        (["--hex", "-"], b"123"),
        (["--key", "nonsense", "-"], b""),
        (["--key", "text:short", "-"], b""),
        (["--protocol", "morse", "-"], b""),
        (["/no/such/file"], b""),
        (["--hex", "--format", "raw", "-"], b""),
        (["--format", "pcap", "-"], b"no capture"),
        (["--port", "0", "-"], b""),
        (["--lang", "de", "-"], b""),
    ],
)
def test_wrong_use_is_exit_code_2(arguments: list[str], data: bytes) -> None:
    """And says what is wrong."""
    result = CliRunner().invoke(command, arguments, input=data)
    assert result.exit_code == 2
    assert result.stderr


def test_a_key_is_in_no_message() -> None:
    """A mistyped key is still a secret."""
    result = CliRunner().invoke(command, ["--key", "sesame0123", "-"], input=b"")
    assert "sesame0123" not in result.output


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--brief"], ["--hex"], ["--format", "log"]])
def test_an_empty_file_is_said_to_be_empty(arguments: list[str]) -> None:
    """Whoever decodes something wants to know that nothing came: no output, a word on standard error, exit 1."""
    result = CliRunner().invoke(command, [*arguments, "-"], input=b"")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing in it" in result.stderr
    result = CliRunner().invoke(command, [*arguments, "-"], input=b"\r\n\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no message was found" in result.stderr


def test_without_a_name_standard_input_is_read() -> None:
    """As with a dash."""
    assert CliRunner().invoke(command, ["--json"], input=VECTORS["C23"].frame).exit_code == 0


# --- keys in the other form ------------------------------------------------------------------------------------------

CIPHERED = VECTORS["C05"].frame
"""Under the key 000102030405060708090A0B0C0D0E0F, as hex digits."""
LONG = "00112233445566778899AABBCCDDEEFF"


def closed(key: bytes) -> bytes:
    """An event under a key."""
    tail = b"|#1234|NBA1]" + STAMP
    plain = b"x" * (-len(tail) % 16) + tail
    return frame(b'"*SIA-DCS"0001L0#1234[' + encrypted(key, plain).hex().upper().encode())


@pytest.mark.parametrize(
    ("frame_", "key", "words", "form"),
    [
        (CIPHERED, KEY.hex(), "decrypted with key 1", None),
        (CIPHERED, f"text:{KEY.hex()}", "opened with key 1 taken as hex digits: write it without text:", "hex"),
        (closed(LONG.encode()), f"text:{LONG}", "decrypted with key 1", None),
        (closed(LONG.encode()), LONG, "write text: before it, its letters as capitals", "text"),
        (closed(LONG.encode()), LONG.lower(), "write text: before it, its letters as capitals", "text"),
        (closed(LONG.lower().encode()), LONG, "write text: before it, its letters small", "text"),
        (closed(b"0123456789012345" * 2), "0123456789012345" * 2, "characters: write text: before it", "text"),
    ],
)
def test_a_key_is_tried_in_the_other_form_too_and_how_to_write_it_is_said(
    frame_: bytes, key: str, words: str, form: str | None, tmp_path: Path
) -> None:
    """In each view and from a file, and the key itself is never shown."""
    file = tmp_path / "panel.key"
    file.write_text(f"{key}\n")
    for arguments in (["--key", key], ["--key", f"@{file}"], ["--brief", "--key", key]):
        result = CliRunner().invoke(command, [*arguments, "-"], input=frame_)
        assert result.exit_code == 0, result.output
        assert words in " ".join(result.stdout.split())
        assert key.removeprefix("text:").lower() not in result.output.lower()
    [line] = decode(frame_, "--key", key)
    assert (line["decrypted"], line["key"], line["key_taken_as"]) == (True, 1, form)


def test_keys_are_counted_as_given() -> None:
    """A second key in its other form is still key 2, and one key that fits in no form is one."""
    result = CliRunner().invoke(
        command, ["--brief", "--key", "text:" + "a" * 16, "--key", f"text:{KEY.hex()}", "-"], input=CIPHERED
    )
    assert "opened with key 2 taken as hex digits" in result.stdout
    result = CliRunner().invoke(command, ["--brief", "--key", LONG, "-"], input=CIPHERED)
    assert (result.exit_code, "the key given does not open it" in result.stdout) == (3, True)


def test_a_key_file_is_read_once_and_holds_a_key(tmp_path: Path) -> None:
    """It may be a pipe; and it cannot name another file."""
    line = f'python -m ptsn decode --brief --key @<(echo "text:{KEY.hex()}") -'
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", line], input=CIPHERED, capture_output=True, check=False, env=environment)
    assert b"opened with key 1 taken as hex digits" in done.stdout, done.stderr
    other, first = tmp_path / "other.key", tmp_path / "first.key"
    other.write_text(KEY.hex())
    first.write_text(f"@{other}")
    result = CliRunner().invoke(command, ["--key", f"@{first}", "-"], input=CIPHERED)
    assert (result.exit_code, "the key is not hex digits" in result.stderr) == (2, True)
    result = CliRunner().invoke(command, ["--key", f"@{tmp_path}/none", "-"], input=CIPHERED)
    assert (result.exit_code, "cannot be read" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 0, "Encrypted, and not opened since no key was given (--key): 2."),
        (["--key", "11" * 16], 3, "Encrypted and not opened: 2."),
    ],
)
def test_how_many_messages_stayed_closed_is_said(arguments: list[str], code: int, words: str) -> None:
    """In the line at the end, and on standard error where there is none; without a key it is no error."""
    for form, out in (([], True), (["--brief"], False), (["--json"], False)):
        result = CliRunner().invoke(command, [*form, *arguments, "-"], input=CIPHERED * 2)
        assert result.exit_code == code
        assert words in (result.stdout if out else result.stderr)
        assert words not in (result.stderr if out else result.stdout)
    help_ = " ".join(CliRunner().invoke(command, ["--help"]).stdout.split())
    assert "opened by none of the keys given; without --key that it was not opened is only said" in help_


# --- letters and numbers ---------------------------------------------------------------------------------------------


def test_texts_are_read_in_the_encoding_of_the_panel() -> None:
    """The finding that asks for it is gone then, in the events and in the parts."""
    from receiver.accounts.columns import ENCODINGS as OF_ACCOUNTS

    assert ENCODINGS == OF_ACCOUNTS
    data = frame(b'"SIA-DCS"0001L0#1234[#1234|NBA1^' + "Кухня".encode("windows-1251") + b"^]" + STAMP)
    [line] = decode(data)
    assert (line["signals"][0]["text"], line["findings"]) == ("Êóõíÿ", ["dc09.text.windows-1252"])
    [line] = decode(data, "--encoding", "windows-1251")
    assert (line["signals"][0]["text"], line["findings"]) == ("Кухня", [])
    assert "Кухня" in json.dumps(line["explanation"], ensure_ascii=False)


def test_numbers_are_read_in_the_base_of_the_panel() -> None:
    """``0FA`` is a zone where zones are hexadecimal, else zone 0 and a fire."""
    data = frame(b'"SIA-DCS"0001L0#1234[#1234|NBA0FA]' + STAMP)
    [line] = decode(data)
    assert [(one["code"], one["number"]) for one in line["signals"]] == [("BA", "0"), ("FA", "")]
    [line] = decode(data, "--numbers", "hex")
    assert [(one["code"], one["number"]) for one in line["signals"]] == [("BA", "0FA")]
    assert [part["value"] for part in line["explanation"]["layers"][0]["parts"] if part["value"] == "0FA"]


# --- in few lines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id_", ["F71", "F63", "C05", "S03"])
def test_the_brief_view_marks_findings_as_the_full_one(id_: str) -> None:
    """``!!`` a violation, ``!`` a deviation, ``·`` a note; the gravest first."""
    vector = VECTORS[id_]
    data, key = vector.frame, ["--key", vector.key.hex()] if vector.key else []
    data = data if id_ != "S03" else frame('"SIA-DCS"0001L0#1234[#1234|NBA1]_25:00:00,01-02-2026')
    text = CliRunner().invoke(command, ["--brief", *key, "-"], input=data).stdout
    found = re.findall(r"^    (\S+) ((?:dc09|sia|contact-id)\.\S+): ", text, re.MULTILINE)
    marks = {"violation": "!!", "deviation": "!", "note": "·"}
    [line] = decode(data, *key)
    assert sorted(id_ for _, id_ in found) == sorted(line["findings"])
    assert found
    assert [mark for mark, _ in found] == [marks[findings.SEVERITIES[id_].value] for _, id_ in found]
    assert [mark for mark, _ in found] == sorted((mark for mark, _ in found), key=["!!", "!", "·"].index)


@pytest.mark.parametrize(("language", "words"), [("en", "130 event  "), ("ru", "130 событие  "), ("kk", "130 оқиға  ")])
def test_the_brief_view_says_what_an_event_is_in_the_language(language: str, words: str) -> None:
    """The qualifier is no English word in a Kazakh line."""
    data = frame('"ADM-CID"0001L0#1234[#1234|1130 01 015]')
    text = CliRunner().invoke(command, ["--brief", "--lang", language, "-"], input=data).stdout
    assert f"\n    {words}" in text
    assert " new " not in text


def test_people_get_names_and_departures_and_no_control_characters() -> None:
    """The text form."""
    data = (
        VECTORS["C16"].frame + VECTORS["F71"].frame + b"\x1b[2J" + frame('"ADM-CID"0001L0#1[#1|1130 01 015][I\x1b[2J]')
    )
    result = CliRunner().invoke(command, ["-"], input=data)
    assert result.exit_code == 1
    assert "Burglary alarm" in result.stdout
    assert "the closing CR counted in" in result.stdout
    assert "Bytes that do not begin a frame" in result.stdout
    assert "\x1b" not in result.stdout
    result = CliRunner().invoke(command, ["--brief", "-"], input=data)
    assert "Burglary alarm" in result.stdout
    assert "noise  garbage" in result.stdout
    assert "\x1b" not in result.stdout


def test_help_has_an_example() -> None:
    """As every command."""
    result = CliRunner().invoke(command, ["--help"])
    assert "Example: ptsn decode" in result.stdout


def test_a_big_file_is_read_in_pieces(tmp_path: Path) -> None:
    """Memory does not grow with the file."""
    capture = tmp_path / "capture.bin"
    with capture.open("wb") as file:
        for _ in range(200):
            file.write(VECTORS["W23"].frame * 100)

    sizes: list[int] = []

    class Watched(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            sizes.append(-1 if size is None else size)
            return super().read1(size)

    from ptsn.decoding.source import chunks_of, open_source

    watched = Watched(capture.read_bytes())
    source = open_source(chunks_of(watched), None)
    kept = Conversation(Settled(), 0.0).read(read_capture(source.kind, source.chunks))
    assert sum(1 for _ in kept) == 20_000
    assert 0 < min(sizes) <= max(sizes) <= 1 << 20


def test_the_command_line_gives_the_exit_code(tmp_path: Path) -> None:
    """Through the real program, with a file and with a pipe that ends early."""
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(VECTORS["C15"].frame)
    bad.write_bytes(VECTORS["C15"].frame + b"garbage")
    program = [sys.executable, "-m", "ptsn", "decode", "--json"]
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    for file, code, count in ((good, 0, 2), (bad, 1, 3)):
        done = subprocess.run([*program, str(file)], capture_output=True, check=False, env=environment)
        assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (code, count, b"")
