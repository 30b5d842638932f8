"""The table ``[adapter.radio]``: what is read, and what is answered to what cannot be meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocols.ax25 import Address
from protocols.radio.options import Level, Modem
from receiver.radio.bounds import Bounds
from receiver.radio.settings import RadioSettings, RadioTable
from receiver.settings import SettingsError, load

ADAPTER = '[[adapter]]\nname = "air"\nprotocol = "radio"\n'
TABLE = '[adapter.radio]\nkeys = "radio-keys.json"\n'
TCP = 'connect = ["tcp:127.0.0.1:8001"]\n'


def read(folder: Path, radio: str = "", adapter: str = TCP) -> RadioSettings:
    """The settings of the only adapter."""
    path = folder / "station.toml"
    path.write_text(ADAPTER + adapter + TABLE + radio)
    (one,) = load(path).adapters
    assert one.radio is not None
    return one.radio


def test_a_table_with_nothing_but_keys_is_a_tnc_at_1200_bits(tmp_path: Path) -> None:
    """The file of keys is found beside the settings."""
    found = read(tmp_path)
    options = found.options
    assert found.keys == tmp_path / "radio-keys.json"
    assert (options.modem, options.call, options.port, options.fec, options.poll) == (
        Modem.KISS,
        Address("PCN"),
        0,
        0,
        True,
    )
    profile = options.profile
    assert (profile.bit_rate, profile.tx_delay_s, profile.persistence, profile.duty_cycle) == (1200.0, 0.3, 63, 1.0)
    assert found.bounds == Bounds(low_dbm=None, hysteresis_db=3.0, low_quality=0.5)


def test_everything_that_is_written_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'modem = "transparent"\nbit_rate = 9600\ntx_delay_ms = 50\ntx_tail_ms = 5\nturnaround_ms = 40\n'
        'persistence = 255\nslot_ms = 20\nduty_percent = 10\nduty_window_s = 600\nfec = 16\nlevel = "trailing-byte"\n'
        "poll = false\nlow_dbm = -105\nhysteresis_db = 6\nlow_quality_percent = 25\n",
        'connect = ["serial:/dev/ttyUSB0:baudrate=19200"]\n',
    )
    options, profile = found.options, found.options.profile
    assert (options.modem, options.fec, options.level, options.poll) == (
        Modem.TRANSPARENT,
        16,
        Level.TRAILING_BYTE,
        False,
    )
    assert (profile.tx_delay_s, profile.tx_tail_s, profile.turnaround_s) == (0.05, 0.005, 0.04)
    assert (profile.slot_s, profile.persistence, profile.budget_s, profile.duty_window_s) == (0.02, 255, 60.0, 600.0)
    assert found.bounds == Bounds(low_dbm=-105.0, hysteresis_db=6.0, low_quality=0.25)


def test_a_tnc_with_an_address_and_fx25(tmp_path: Path) -> None:
    options = read(tmp_path, 'call = "PCN-3"\nport = 2\nfx25 = 32\n').options
    assert (options.call, options.port, options.profile.fx25_parity) == (Address("PCN", 3), 2, 32)


@pytest.mark.parametrize(
    ("radio", "key", "says"),
    [
        ('modem = "tnc"', "modem", "kiss or transparent"),
        ("bit_rate = 0", "bit_rate", "50 to 10000000"),
        ("tx_delay_ms = -1", "tx_delay_ms", "0 to 10000"),
        ("persistence = 256", "persistence", "0 to 255"),
        ("slot_ms = 0", "slot_ms", "0.001 to 10 s"),
        ("duty_percent = 0", "duty_percent", "above 0"),
        ("duty_window_s = 0", "duty_window_s", "1 to 86400"),
        ('call = "TOO-LONG-CALL"', "call", "AX.25 address"),
        ('call = "PCN-16"', "call", "PCN-16"),
        ("port = 16", "port", "0 to 15"),
        ("fec = 16", "fec", "a TNC has means of its own"),
        ('level = "trailing-byte"', "level", "a TNC has means of its own"),
        ('modem = "transparent"\nfec = 15', "fec", "even"),
        ('modem = "transparent"\nfec = 64', "fec", "54"),
        ('modem = "transparent"\nfx25 = 16', "fx25", "fec = 16"),
        ("fx25 = 17", "fx25", "0, 16, 32 or 64"),
        ('level = "rssi"', "level", "none or trailing-byte"),
        ('poll = "yes"', "poll", "true or false"),
        ("low_dbm = 5", "low_dbm", "-200 to 0"),
        ("low_dbm = nan", "low_dbm", "-200 to 0"),
        ("hysteresis_db = -1", "hysteresis_db", "0 to 50"),
        ("low_quality_percent = 96", "low_quality_percent", "0 (never) to 95"),
        ("speed = 9600", "speed", ""),
        ('keys = ""', "keys", ""),
    ],
)
def test_what_cannot_be_meant_is_answered_with_key_and_what_is_allowed(
    tmp_path: Path, radio: str, key: str, says: str
) -> None:
    """Named as it stands in the file."""
    path = tmp_path / "station.toml"
    keys = "" if radio.startswith("keys") else 'keys = "radio-keys.json"\n'
    path.write_text(f"{ADAPTER}{TCP}[adapter.radio]\n{keys}{radio}\n")
    with pytest.raises(SettingsError) as error:
        load(path)
    text = str(error.value)
    assert str(path) in text
    assert "radio" in text
    assert key in text
    assert says in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ADAPTER + TCP, "[adapter.radio] with keys"),
        (ADAPTER + TCP + "[adapter.radio]\nmodem = 'kiss'\n", "keys"),
        (ADAPTER + 'listen = ["tcp:5000"]\n' + TABLE, "connected to from here"),
        (ADAPTER + 'connect = ["udp:127.0.0.1:5000"]\n' + TABLE, "udp"),
        (ADAPTER + 'connect = ["tcp:127.0.0.1:1", "tcp:127.0.0.1:2"]\n' + TABLE, "has one"),
        (ADAPTER + TCP + 'account_digits = "any"\n' + TABLE, "account_digits"),
        (ADAPTER + TCP + 'receiver = "1"\n' + TABLE, "no use for"),
        (ADAPTER + TCP + 'encoding = "cp1251"\n' + TABLE, "no use for"),
        ('[[adapter]]\nlisten = ["tcp:5000"]\n' + TABLE, "only radio has it"),
    ],
)
def test_an_adapter_that_is_no_radio_channel_is_refused(tmp_path: Path, text: str, says: str) -> None:
    """With what to write instead."""
    path = tmp_path / "station.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as error:
        load(path)
    assert says in str(error.value)


def test_two_channels_stand_side_by_side(tmp_path: Path) -> None:
    """Each with its modem; a file of keys may be shared, for a network may have several channels."""
    path = tmp_path / "station.toml"
    second = ADAPTER.replace('"air"', '"air2"') + 'connect = ["serial:/dev/ttyUSB1:baudrate=9600"]\n' + TABLE
    path.write_text(ADAPTER + TCP + TABLE + second)
    one, two = load(path).adapters
    assert one.radio is not None
    assert two.radio is not None
    assert one.radio.keys == two.radio.keys


DOC = Path(__file__).parents[2] / "docs" / "radio.md"


def test_the_manual_names_every_key_with_its_default(tmp_path: Path) -> None:
    """And its example is a file that a station reads."""
    text = DOC.read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "station.toml"
    path.write_text(example)
    assert load(path).adapters[0].radio is not None
    section = text.partition("## Settings")[2].partition("\n## ")[0]
    told: dict[str, str] = {}
    for names, defaults in re.findall(r"^\| (`.*?`) \|([^|]*)\|", section, re.MULTILINE):
        keys = re.findall(r"`(\w+)`", names)
        told |= dict(zip(keys, [one.strip(" `") for one in defaults.split(",")], strict=True))
    table = RadioTable(keys="x")
    assert set(told) == set(RadioTable.__struct_fields__)
    for key, default in told.items():
        value = getattr(table, key)
        shown = "" if key == "keys" else str("none" if value is None else value)
        assert default == (shown.lower() if isinstance(value, bool) else shown), key
