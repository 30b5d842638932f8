"""``ptsn radio key``: units are enrolled, a key is told once, and it is said how keys stand."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from protocols.channel import ax25
from protocols.datagram import FROM_STATION, Header, Type, seal
from protocols.datagram import open as open_datagram
from protocols.model import Counter
from protocols.radio.book import Ways, window_name
from protocols.radio.options import RadioOptions
from protocols.radio.unit_file import UnitFileError, read_unit
from ptsn.cli import run
from receiver.accounts import AccountBook
from receiver.journal.store import Group, JournalStore
from receiver.radio.book import RadioBook
from receiver.radio.keyfile import load
from receiver.radio.settings import RadioSettings
from receiver.settings import load as load_settings


class Shell:
    """Runs commands and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        result = run(["radio", "key", *arguments])
        out, err = self._capsys.readouterr()
        assert result == code, (out, err)
        return out, err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PTSN_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def key(folder: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def station(folder: Path) -> Path:
    """A station with a journal; its keys are named with --keys."""
    (folder / "station.toml").write_text('[[adapter]]\nname = "ip"\nlisten = ["tcp:0:interface=127.0.0.1"]\n')
    JournalStore(folder / "journal.db").close()
    return folder


def shown(out: str) -> dict[str, str]:
    """The lines to be typed in."""
    return dict(re.findall(r"^  (\S.*?) {2,}(.*)$", out, re.MULTILINE))


def used(folder: Path, key_id: int, station: int = 1) -> None:
    """The station reads the keys, and stores a message under one of them."""
    store = JournalStore(folder / "journal.db")
    network = RadioBook(folder / "k.json", store.identity, store.windows().__contains__).network
    store.commit([Group((), 0, Counter(window_name(network, station, key_id), 0, bytes(4)))])
    store.close()


def states(key: Shell) -> list[str]:
    (unit,) = json.loads(key("list", "--keys", "k.json", "--json")[0])["units"]
    return [f"{one['id']} {one['state']}" for one in unit["keys"]]


def test_a_new_unit_is_told_once_what_to_type_in(key: Shell, folder: Path) -> None:
    """Network, number, key id, suite, key in groups of four and the address; the file keeps the same, privately."""
    out, err = key("new", "ab12", "--keys", "k.json", "--network", "0xA01", "--station", "4660", "--test", "3m")
    assert err == ""
    given = shown(out)
    assert out.startswith("To be typed into the radio unit of account AB12; the key is not shown again:\n\n")
    assert list(given) == ["network", "station", "key id", "suite", "key", "AX.25 address"]
    assert given["network"] == "2561 (0A01)"
    assert given["station"] == "4660 (00001234)"
    assert (given["key id"], given["suite"], given["AX.25 address"]) == ("1", "aes-ccm-8", "000083-4")
    assert re.fullmatch("([0-9A-F]{4} ){7}[0-9A-F]{4}", given["key"])
    (unit,) = load(folder / "k.json").units
    assert (unit.account, unit.station, unit.test_s, unit.ways) == ("AB12", 0x1234, 180.0, Ways.TWO)
    assert unit.keys[0].key == given["key"].replace(" ", "").lower()
    assert stat.S_IMODE((folder / "k.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("options", "suite", "digits"),
    [
        ((), "aes-ccm-8", 32),
        (("--bits", "256"), "aes-ccm-8", 64),
        (("--suite", "chacha20-poly1305"), "chacha20-poly1305", 64),
    ],
)
def test_suite_and_size_can_be_chosen_and_stay_when_a_key_is_rolled(
    key: Shell, options: tuple[str, ...], suite: str, digits: int
) -> None:
    """The suite belongs to the key."""
    for out in (key("new", "1", "--keys", "k.json", *options)[0], key("roll", "1", "--keys", "k.json")[0]):
        given = shown(out)
        assert (given["suite"], len(given["key"].replace(" ", ""))) == (suite, digits)


def test_a_unit_written_to_a_file_can_speak_to_the_station(key: Shell, station: Path) -> None:
    """The file is private, has all a simulated unit needs, and its key is not printed."""
    out, _ = key("new", "1234", "--keys", "k.json", "--one-way", "--test", "90", "--to", "unit.json")
    assert stat.S_IMODE((station / "unit.json").stat().st_mode) == 0o600
    file = read_unit((station / "unit.json").read_bytes())
    unit = file.unit()
    assert file.key not in out.lower() + repr(file)
    assert out.startswith("unit.json: key 1 of the radio unit of account 1234")
    assert (unit.station, unit.account, unit.ways, unit.test_s) == (1, "1234", Ways.ONE, 90.0)
    datagram = seal(Header(Type.TEST, 0, file.network, unit.station, file.key_id, 0), b"", unit.key)
    found = RadioBook(station / "k.json", "aaaa", lambda window: False).find(1)
    assert found is not None
    opened = open_datagram(datagram, found.keys[0])
    assert opened is not None
    assert opened.header.direction == FROM_STATION
    for broken in (
        b"",
        b"{}",
        b'{"version": 1',
        (station / "unit.json").read_bytes().replace(b'"key": "', b'"key": "z'),
    ):
        with pytest.raises(UnitFileError) as error:
            read_unit(broken)
        assert file.key not in str(error.value)


def test_a_file_for_the_unit_is_never_written_over_and_nothing_is_changed_then(key: Shell, folder: Path) -> None:
    """Nor is one left where the unit could not be enrolled."""
    (folder / "there").write_text("mine")
    assert "is there already; remove it" in key("new", "1", "--keys", "k.json", "--to", "there", code=1)[1]
    assert "cannot be written: No such file" in key("new", "1", "--keys", "k.json", "--to", "no/where", code=1)[1]
    assert (folder / "there").read_text() == "mine"
    assert not (folder / "k.json").exists()
    key("new", "1", "--keys", "k.json")
    assert "has a unit already" in key("new", "1", "--keys", "k.json", "--to", "other", code=1)[1]
    assert not (folder / "other").exists()


def test_keys_are_listed_as_they_stand_and_never_shown(key: Shell, station: Path) -> None:
    """In use, next, retired: by what the journal knows."""
    secrets = [shown(key("new", "1234", "--keys", "k.json", "--test", "180")[0])["key"]]
    assert states(key) == ["1 in use"]
    used(station, 1)
    secrets.append(shown(key("roll", "1234", "--keys", "k.json")[0])["key"])
    assert states(key) == ["1 in use", "2 next"]
    used(station, 2)
    assert states(key) == ["1 retired", "2 in use"]
    out, err = key("list", "--keys", "k.json")
    assert err == ""
    lines = out.splitlines()
    assert lines[1].split() == ["ACCOUNT", "STATION", "ADDRESS", "WAYS", "TEST", "KEYS"]
    assert re.split(r" {2,}", lines[2]) == ["1234", "1", "000000-1", "two-way", "180 s", "1 retired, 2 in use"]
    everything = out + key("list", "--keys", "k.json", "--json")[0]
    for secret in secrets:
        assert secret[:9] not in everything
        assert secret.replace(" ", "").lower() not in everything.lower()
    (unit,) = json.loads(key("list", "--keys", "k.json", "--json")[0])["units"]
    assert list(unit) == ["account", "station", "call", "ways", "test_s", "keys"]
    assert list(unit["keys"][0]) == ["id", "suite", "bits", "made_at", "state"]


def test_a_second_roll_before_the_successor_was_used_must_be_asked_for(key: Shell, station: Path) -> None:
    """It may be on its way to the unit."""
    key("new", "1234", "--keys", "k.json")
    key("roll", "1234", "--keys", "k.json")
    _, err = key("roll", "1234", "--keys", "k.json", code=1)
    assert "has a successor that was not used yet (key 2): type that one into the unit; or, where it was lost" in err
    given = shown(key("roll", "1234", "--keys", "k.json", "--replace")[0])
    assert given["key id"] == "3"
    assert states(key) == ["1 in use", "3 next"]
    used(station, 3)
    assert shown(key("roll", "1234", "--keys", "k.json")[0])["key id"] == "4"


def test_a_unit_of_a_lost_journal_is_locked_until_it_is_rolled(key: Shell, station: Path) -> None:
    """The list says so."""
    key("new", "1234", "--keys", "k.json")
    used(station, 1)
    (station / "journal.db").unlink()
    assert states(key) == ["1 locked"]
    JournalStore(station / "journal.db").close()
    assert states(key) == ["1 locked"]
    key("roll", "1234", "--keys", "k.json")
    assert states(key) == ["1 locked", "2 in use"]


def test_without_a_station_it_is_said_that_states_are_not_known(key: Shell, folder: Path) -> None:
    """They stand in the journal."""
    key("new", "1234", "--keys", "k.json")
    key("roll", "1234", "--keys", "k.json")
    out, err = key("list", "--keys", "k.json")
    assert out.splitlines()[2].endswith("1 ?, 2 ?")
    assert "name the station with -c" in err
    assert states(key) == ["1 None", "2 None"]
    assert "perhaps has a successor" in key("roll", "1234", "--keys", "k.json", code=1)[1]


def test_a_removed_unit_is_gone_and_its_key_ids_do_not_come_back(key: Shell, folder: Path) -> None:
    """Nor its number by itself."""
    key("new", "1", "--keys", "k.json")
    assert key("remove", "1", "--keys", "k.json")[0] == "removed the radio unit of account 1\n"
    assert "account 1 has no radio unit; ptsn radio key list" in key("remove", "1", "--keys", "k.json", code=1)[1]
    assert "account 1 has no radio unit" in key("roll", "1", "--keys", "k.json", code=1)[1]
    assert shown(key("new", "1", "--keys", "k.json")[0])["station"].split()[0] == "2"
    assert shown(key("new", "2", "--keys", "k.json", "--station", "1")[0])["key id"] == "2"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("new", "a-b", "--keys", "k.json"), 1, "not an account's number: 1 to 16 letters and digits"),
        (("new", "1", "--keys", "k.json", "--network", "65536"), 2, "is not a number from 0 to 65535"),
        (("new", "1", "--keys", "k.json", "--station", "x"), 2, "is not a number from 0 to 4294967295"),
        (("new", "1", "--keys", "k.json", "--test", "soon"), 2, "is not a duration; write it like 30s, 5m or 1h"),
        (("new", "1", "--keys", "k.json", "--suite", "chacha20-poly1305", "--bits", "128"), 1, "has 256 bits, not 128"),
        (("new", "1", "--keys", "no/k.json"), 1, "does not exist; create it"),
        (("list", "--keys", "k.json"), 1, "no such file; ptsn radio key new makes it"),
        (("roll", "1", "--keys", "k.json"), 1, "no such file; ptsn radio key new makes it"),
        (("remove", "1", "--keys", "k.json"), 1, "no such file; ptsn radio key new makes it"),
        (("list",), 1, "station.toml: there is no such file"),
        (("list", "--keys", "k.json", "-c", "elsewhere.toml"), 1, "elsewhere.toml: there is no such file"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(
    key: Shell, folder: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """And leaves no file behind."""
    assert says in key(*arguments, code=code)[1]
    assert list(folder.iterdir()) == []


def test_a_network_is_of_the_whole_file(key: Shell, folder: Path) -> None:
    """A file has one; without a word a new one has a number that neighbours will hardly have."""
    key("new", "1", "--keys", "k.json")
    network = load(folder / "k.json").network
    assert 1 <= network <= 0xFFFF
    assert f"is of network {network}" in key("new", "2", "--keys", "k.json", "--network", "0", code=1)[1]
    key("new", "2", "--keys", "k.json", "--network", str(network))


def test_an_account_that_nobody_entered_is_noted(key: Shell, station: Path) -> None:
    """Its signals would belong to nobody."""
    assert "nobody has entered account 1234 yet: ptsn accounts add 1234" in key("new", "1234", "--keys", "k.json")[1]
    book = AccountBook(station / "accounts.db")
    book.import_rows([{"account": "77"}])
    book.close()
    assert key("new", "77", "--keys", "k.json")[1] == ""


def test_the_file_is_the_one_that_the_stations_radio_adapter_names(
    key: Shell, station: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two adapters may share one; with two files it must be said which."""
    loaded = load_settings(station / "station.toml")
    options = RadioOptions(network=0, profile=ax25(1200, tx_delay_s=0.3))

    def adapters(*names: str) -> None:
        made = tuple(
            replace(
                loaded.adapters[0], name=name, radio=RadioSettings(keys=station / f"{name[:3]}.json", options=options)
            )
            for name in names
        )
        monkeypatch.setattr("receiver.settings.load", lambda path: replace(loaded, adapters=made))

    adapters("air")
    key("new", "1234", "-c", "station.toml")
    assert load(station / "air.json").unit("1234") is not None
    assert key("list")[0].splitlines()[2].endswith("1 in use")
    adapters("air-1", "air-2")
    assert key("list")[0].splitlines()[2].endswith("1 in use")
    adapters("air", "north")
    _, err = key("list", code=1)
    assert "several adapters name a file of radio keys" in err
    assert "nor.json; say which with --keys FILE" in err


def test_a_station_whose_adapters_name_no_keys_says_what_to_write(key: Shell, station: Path) -> None:
    """And the other way."""
    _, err = key("list", code=1)
    assert 'keys = "radio-keys.json" below [adapter.radio]' in err
    assert "--keys FILE" in err


@pytest.mark.parametrize("name", ["", "new", "roll", "remove", "list"])
def test_every_command_has_help_with_an_example(key: Shell, name: str) -> None:
    """As all of ptsn."""
    out, _ = key(*filter(None, (name, "--help")))
    assert f"Example: ptsn radio key {name}" in out
