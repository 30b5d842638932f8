"""``ptsn decode`` explains frames of radio units: their layers, and with the key what they say."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from ptsn.commands.decode import command

KEY = bytes(range(16)).hex()
EVENT = "c000a0869c404040e09e84946264666f03f011000a0100001234010000000000053cbbfdae9ad9ac980f083e96ecdcd1ea809a43c0"
ACK = (
    "c0009e8494626466eea0869c40404060a4a0a84040406303f012000a010000123401000000000000a444ced844cb0c264ab51e381a54a87ec0"
)


def decoded(data: str, *words: str) -> tuple[int, list[dict[str, object]]]:
    """Exit code, and the lines."""
    result = CliRunner().invoke(command, ["--json", *words, "-"], input=data)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("form", ["hex", "raw"])
def test_a_frame_is_opened_with_the_key(form: str) -> None:
    """As hex digits, or as the modem hands it over."""
    data = EVENT if form == "hex" else bytes.fromhex(EVENT).decode("latin-1")
    result = CliRunner(charset="latin-1").invoke(command, ["--json", "--format", form, "--key", KEY, "-"], input=data)
    assert result.exit_code == 0
    (line,) = [json.loads(each) for each in result.stdout.splitlines()]
    assert (line["protocol"], line["token"], line["account"], line["sequence"]) == ("radio", "EVENT", "1234", "5")
    assert [signal["code"] for signal in line["signals"]] == ["130"]
    ids = [part["id"] for layer in line["explanation"]["layers"] for part in layer["parts"]]
    assert ids[:3] == ["radio.fend", "radio.command", "radio.destination"]
    assert ids[-2:] == ["radio.form", "radio.contact-id"]


def test_both_directions_are_told_apart() -> None:
    code, lines = decoded(EVENT + ACK, "--hex", "--key", KEY)
    assert code == 0
    assert [(line["kind"], line["token"]) for line in lines] == [("event", "EVENT"), ("answer", "ACK")]


@pytest.mark.parametrize(("keys", "expected"), [((), 0), (("--key", KEY[:-2] + "00"), 3)])
def test_without_its_key_a_frame_is_only_known_by_its_header(keys: tuple[str, ...], expected: int) -> None:
    code, lines = decoded(EVENT, "--hex", *keys)
    assert code == expected
    (line,) = lines
    assert (line["encrypted"], line["decrypted"], line["signals"]) == (True, False if keys else None, [])
