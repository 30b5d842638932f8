"""station.toml: defaults that work, and errors that say file, key, found and allowed."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.adapters.endpoints import Listen, SerialDevice, Target
from receiver.settings import SettingsError, load

ADAPTER = '[[adapter]]\nlisten = ["tcp:5000"]\n'
DC09 = '[[adapter]]\nprotocol = "dc09"\n'
SURGARD = '[[adapter]]\nprotocol = "surgard"\n'
AUTO = '[[adapter]]\nprotocol = "auto"\n'
SERIAL = SURGARD + 'connect = ["serial:/dev/ttyS0"]\n'


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "station.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_an_empty_station_table_is_usable(tmp_path: Path) -> None:
    """Everything but an adapter has a default."""
    read = load(write(tmp_path, "[station]\n" + ADAPTER))
    assert read.node == "station"
    assert (read.language, read.time_zone, read.unknown_accounts) == ("en", "UTC", "accept")
    assert read.journal == tmp_path / "journal.db"
    assert read.accounts == tmp_path / "accounts.db"
    assert read.socket == tmp_path / "ptsn.sock"
    assert read.lock == tmp_path / "journal.db.lock"
    assert (read.duplicate_s, read.idle_s, read.partial_s, read.alert_after_s) == (300, 900, 30, 60)
    assert (read.queue, read.max_connections) == (20_000, 10_000)
    assert read.alert_command == []
    (adapter,) = read.adapters
    assert (adapter.name, adapter.protocol) == ("dc09", "dc09")
    assert adapter.listen == (Listen("tcp", 5000, "127.0.0.1"),)


def test_a_file_without_station_table_is_usable(tmp_path: Path) -> None:
    """The table itself may be left out."""
    assert load(write(tmp_path, ADAPTER)).name == ""


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    """Every key, a byte order mark before them, paths relative to the file."""
    text = """\ufeff
        [station]
        name = "ПЦН Север"
        node = "north"
        language = "kk"
        time_zone = "Asia/Almaty"
        journal = "data/j.db"
        socket = "/run/p.sock"
        unknown_accounts = "silent"
        duplicate_s = 60
        alert_command = "ring 'the bell'"
        alert_after_s = 1.5
        [[adapter]]
        name = "ip"
        protocol = "dc09"
        listen = ["tcp:5000:interface=127.0.0.1", "udp:5000:interface=[::1]"]
        [[adapter]]
        name = "gsm"
        listen = ["tcp:5001:interface=0.0.0.0"]
    """
    read = load(write(tmp_path, text))
    assert (read.name, read.node, read.language) == ("ПЦН Север", "north", "kk")
    assert read.journal == tmp_path / "data/j.db"
    assert read.accounts == tmp_path / "data/accounts.db"
    assert read.socket == Path("/run/p.sock")
    assert read.alert_command == ["ring", "the bell"]
    assert read.alert_after_s == 1.5
    assert [adapter.name for adapter in read.adapters] == ["ip", "gsm"]
    assert read.adapters[0].listen[1] == Listen("udp", 5000, "::1")


def test_a_source_is_read_with_everything_that_is_settled_for_it(tmp_path: Path) -> None:
    """Both roles in one adapter, numbers, offset, codes, control time."""
    (tmp_path / "codes.csv").write_text("scheme,code,becomes_code\nother,01,131\n", encoding="utf-8-sig")
    text = """
        [[adapter]]
        name = "com"
        protocol = "surgard"
        listen = ["tcp:10025"]
        connect = ["serial:/dev/ttyUSB0:baudrate=1200:parity=E", "tcp:192.0.2.7:4001"]
        listen_only = true
        receiver = "01"
        line = "2"
        line_digits = 3
        account_digits = 4
        account_offset = 10000
        codes = "codes.csv"
        control_s = 90
        encoding = "cp866"
        time_zone = "Asia/Almaty"
    """
    (adapter,) = load(write(tmp_path, text)).adapters
    assert adapter.listen == (Listen("tcp", 10025),)
    assert adapter.connect == (
        SerialDevice("/dev/ttyUSB0", baudrate=1200, parity="E"),
        Target("tcp", "192.0.2.7", 4001),
    )
    assert adapter.control_s == 90
    options = adapter.options
    assert (options.receiver, options.line, options.line_digits, options.account_offset) == ("01", "2", 3, 10000)
    assert options.account_digits == 4
    assert (options.listen_only, options.encoding, options.time_zone) == (True, "cp866", "Asia/Almaty")
    assert [(rule.code, rule.to_code) for rule in options.overrides] == [("01", "131")]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (b"scheme,code,subject\nother,01,zone\nnonsense,02,\n", "codes.csv: line 3: scheme is 'nonsense', allowed: "),
        (b"scheme,code\nother,01\nno,02\n", "codes.csv: to be put right:\nline 2: it changes nothing: "),
        (b"scheme,code\nother,01\nno,02\n", "\nline 3: scheme is 'no', allowed: "),
        (b"scheme,code\nother,\xff\n", "codes.csv: line 2: not UTF-8; save it as UTF-8"),
    ],
)
def test_a_wrong_table_of_codes_is_named_with_its_line(tmp_path: Path, table: bytes, says: str) -> None:
    """The settings file, the key, the table, its line."""
    (tmp_path / "codes.csv").write_bytes(table)
    path = write(tmp_path, SERIAL + 'codes = "codes.csv"\n')
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: adapter 1: codes: ")
    assert says in str(caught.value)


def test_an_alert_command_may_be_a_list(tmp_path: Path) -> None:
    """Words that need no quoting."""
    text = '[station]\nalert_command = ["a b", "c"]\n' + ADAPTER
    assert load(write(tmp_path, text)).alert_command == ["a b", "c"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[station]\nlanguage = 'de'\n" + ADAPTER, "station.language: found 'de', allowed: en, ru, kk"),
        ("[station]\nlanguage = 3\n" + ADAPTER, "station.language: found 3, allowed: en, ru, kk"),
        ("[station]\ntime_zone = 'Asia/Nowhere'\n" + ADAPTER, "station.time_zone: found 'Asia/Nowhere', allowed: a"),
        ("[station]\ntime_zone = '../../etc/passwd'\n" + ADAPTER, "station.time_zone: found"),
        ("[station]\nunknown_accounts = 'nak'\n" + ADAPTER, "found 'nak', allowed: accept, silent"),
        ("[station]\nlangauge = 'en'\n" + ADAPTER, "station.langauge: there is no such key, allowed: name, node,"),
        ("[station]\nduplicate_s = '5'\n" + ADAPTER, "station.duplicate_s: found '5', allowed: seconds, 0 to"),
        ("[station]\nduplicate_s = -1\n" + ADAPTER, "station.duplicate_s: found -1, allowed: seconds, 0 to"),
        ("[station]\nidle_s = 0\n" + ADAPTER, "station.idle_s: found 0, allowed: seconds, above 0"),
        ("[station]\nidle_s = inf\n" + ADAPTER, "station.idle_s: found inf"),
        ("[station]\nidle_s = nan\n" + ADAPTER, "station.idle_s: found nan"),
        ("[station]\nqueue = 1.5\n" + ADAPTER, "station.queue: found 1.5, allowed: a whole number, 1 to"),
        ("[station]\nqueue = true\n" + ADAPTER, "station.queue: found True"),
        ("[station]\njournal = ''\n" + ADAPTER, "station.journal: found '', allowed: the path of a file"),
        ("[station]\nnode = 'a b'\n" + ADAPTER, "station.node: found 'a b', allowed: 1 to 32"),
        ("[station]\naccounts = 'journal.db'\n" + ADAPTER, "station.accounts: found"),
        ("[station]\njournal = 'station.toml'\n" + ADAPTER, "which is of the settings file already"),
        ('[station]\nalert_command = "a \'b"\n' + ADAPTER, 'station.alert_command: found "a \'b", allowed: a command'),
        ("[station]\nalert_command = [1]\n" + ADAPTER, "station.alert_command"),
        ("station = 5\n" + ADAPTER, "station: found 5, allowed: a table [station]"),
        ("[statoin]\n" + ADAPTER, "statoin: there is no such key, allowed: station, adapter"),
        ("[station]\n", "adapter: there is none; add [[adapter]]"),
        ("[adapter]\nlisten = []", "adapter: found {'listen': []}, allowed: tables [[adapter]]"),
        ("[[adapter]]\n", "adapter 1: listen: is missing, allowed: a list such as"),
        ("[[adapter]]\nlisten = []\n", "adapter 1: listen: is missing, allowed: a list such as"),
        ("[[adapter]]\nconnect = []\n", "or connect, a list such as"),
        ("[[adapter]]\nlisten = 'tcp:5000'\n", "adapter 1: listen: found 'tcp:5000', allowed: a list such as"),
        ("[[adapter]]\nlisten = [5000]\n", "adapter 1: listen: found 5000, allowed: a list such as"),
        (ADAPTER + "protocol = 'sai'\n", "adapter 1: protocol: found 'sai', allowed: dc09, "),
        (SURGARD + 'connect = ["udp:192.0.2.7:5000"]\n', "surgard does not come over udp, allowed: tcp, serial"),
        (
            SURGARD + 'connect = ["http:192.0.2.7:5000"]\n',
            "adapter 1: connect: address 'http:192.0.2.7:5000': it begins",
        ),
        (SURGARD + 'connect = ["serial:COM3"]\n', "'COM3' is not the path of a device"),
        (
            SURGARD + 'listen = ["udp:5000"]\n',
            "adapter 1: listen: found 'udp:5000', but surgard does not come over udp",
        ),
        (DC09 + 'connect = ["serial:/dev/x"]\n', "dc09 does not come over serial, allowed: tcp under connect"),
        (DC09 + 'connect = ["serial:/dev/x"]\n', 'or tcp, udp under listen, such as listen = ["udp:5000:'),
        (DC09 + 'connect = ["udp:192.0.2.7:5000"]\n', "so it stands under listen, allowed: "),
        (SURGARD + 'listen = ["udp:5000"]\n', 'such as connect = ["serial:/dev/ttyUSB0:baudrate=9600"]'),
        (SURGARD + 'listen = ["serial:/dev/x"]\n', "a serial port is opened, so it stands under connect, allowed: "),
        (SURGARD + 'connect = ["serial:/dev/x:9600"]\n', "'9600' has no name: write baudrate=9600"),
        (AUTO + 'connect = ["serial:/dev/x"]\n', "auto does not come over serial, allowed: tcp"),
        (
            SURGARD + 'connect = ["serial:/dev/x"]\n' + SURGARD + 'name = "b"\nconnect = ["serial:/dev/x:parity=E"]\n',
            "adapter 2: connect: found 'serial:/dev/x:parity=E', which adapter 1 has already",
        ),
        (
            SURGARD + 'connect = ["serial:/dev/x:xonxoff=1"]\nlisten_only = true\n',
            "with xonxoff the driver writes by itself; drop one",
        ),
        (SERIAL + "listen_only = 1\n", "adapter 1: listen_only: found 1, allowed: true or false"),
        (SERIAL + "receiver = 1\n", "adapter 1: receiver: found 1, allowed: up to 6 hexadecimal digits in quotes"),
        (SERIAL + "receiver = 'x'\n", "adapter 1: receiver: found 'x'"),
        (SERIAL + "line_digits = 2\n", "adapter 1: line_digits: found 2, allowed: 1, 3, or 0"),
        (
            SERIAL + "account_digits = 17\n",
            "adapter 1: account_digits: found 17, allowed: a whole number, 0 (any) to 16",
        ),
        (SERIAL.replace("surgard", "sia") + "account_digits = 4\n", "found 4, which sia has no use for; leave it out"),
        (SERIAL + "account_offset = -1\n", "adapter 1: account_offset: found -1, allowed: a whole number, 0 to"),
        (SERIAL + "control_s = -1\n", "adapter 1: control_s: found -1, allowed: seconds, 0 to"),
        (SERIAL + "encoding = 'klingon'\n", "adapter 1: encoding: found 'klingon', allowed: a Python codec"),
        (SERIAL + "encoding = 'utf-16'\n", "adapter 1: encoding: found 'utf-16'"),
        (SERIAL + "encoding = 'rot13'\n", "adapter 1: encoding: found 'rot13'"),
        (SERIAL + "time_zone = 'Mars'\n", "adapter 1: time_zone: found 'Mars', allowed: a"),
        (SERIAL + "edge = 'sharp'\n", "adapter 1: edge: found 'sharp', allowed: "),
        (DC09 + 'listen = ["tcp:5000"]\naccount_offset = 5\n', "account_offset: found 5, which dc09 has no use for"),
        (SERIAL + "codes = 'none.csv'\n", "none.csv cannot be read: No such file or directory"),
        (SERIAL + "codes = '.'\n", "cannot be read: Is a directory"),
        (SERIAL + "codes = 'station.toml'\n", "station.toml: line 1: the first line is"),
        (ADAPTER + "name = 'a@b'\n", "adapter 1: name: found 'a@b', allowed: 1 to 32"),
        (ADAPTER + "port = 1\n", "adapter 1: port: there is no such key, allowed: listen, connect, protocol, name"),
        (ADAPTER + '[[adapter]]\nlisten = ["udp:1"]\n', "adapter 2: name: found 'dc09', allowed: a name that no other"),
        (ADAPTER + '[[adapter]]\nname = "b"\nlisten = ["tcp:5000"]\n', "adapter 2: listen: found 'tcp:5000', which"),
        (
            '[[adapter]]\nlisten = ["tcp:5000:interface=0.0.0.0", "tcp:5000:interface=[::]"]\n',
            "adapter 1: listen: found 'tcp:5000:interface=[::]' beside 'tcp:5000:interface=0.0.0.0' of adapter 1: "
            "[::] hears IPv4 too; drop one",
        ),
        (
            '[[adapter]]\nlisten = ["udp:5000:interface=[::]"]\n[[adapter]]\nname = "b"\nlisten = ["udp:5000"]\n',
            "adapter 2: listen: found 'udp:5000' beside 'udp:5000:interface=[::]' of adapter 1: [::] hears IPv4 too",
        ),
        (
            '[[adapter]]\nlisten = ["tcp:5000:interface=[::1]", "tcp:5000:interface=[::]"]\n',
            "[::] hears ::1 too; drop one",
        ),
        (
            '[[adapter]]\nlisten = ["tcp:5000", "tcp:5000:interface=0.0.0.0"]\n',
            "0.0.0.0 hears 127.0.0.1 too; drop one",
        ),
        ('[[adapter]]\nlisten = ["tls:5000"]\n', "adapter 1: listen: address 'tls:5000'"),
        ("[station]\nname = \n" + ADAPTER, "line 2, column 8: not TOML: Invalid value"),
        ("[station]\nname = '''\n" + ADAPTER, "not TOML"),
        (b"[station]\nname = '\xef\xe0'\n", "line 2: not UTF-8"),
    ],
)
def test_a_wrong_file_is_answered_with_file_key_found_and_allowed(tmp_path: Path, text: str | bytes, says: str) -> None:
    """One line, that begins with the file."""
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.file == path


@pytest.mark.parametrize(
    "listen",
    [
        ["tcp:5000:interface=0.0.0.0", "udp:5000:interface=[::]"],
        ["tcp:5000:interface=0.0.0.0", "tcp:5001:interface=[::]"],
        ["tcp:5000:interface=0.0.0.0", "tcp:5000:interface=[::1]"],
        ["tcp:5000:interface=127.0.0.1", "tcp:5000:interface=192.0.2.7"],
        ["tcp:0:interface=0.0.0.0", "tcp:0:interface=[::]"],
    ],
)
def test_addresses_that_can_be_opened_together_are_taken(tmp_path: Path, listen: list[str]) -> None:
    """Other transports, other ports, other families, ports that the system chooses."""
    (adapter,) = load(write(tmp_path, f"[[adapter]]\nlisten = {json.dumps(listen)}\n")).adapters
    assert len(adapter.listen) == 2


def test_a_socket_path_over_107_bytes_is_refused(tmp_path: Path) -> None:
    """107 bytes work, 108 do not; letters of two bytes count twice."""
    room = 107 - len(str(tmp_path)) - 1
    assert load(write(tmp_path, f"[station]\nsocket = '{'s' * room}'\n" + ADAPTER))
    for name in ("s" * (room + 1), "ы" * (room // 2 + 1)):
        with pytest.raises(SettingsError, match=r"station.socket: .* bytes long, allowed: up to 107 bytes"):
            load(write(tmp_path, f"[station]\nsocket = '{name}'\n" + ADAPTER))


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    """The first thing anybody gets wrong."""
    with pytest.raises(SettingsError, match=r"there is no such file; name yours with -c .* ptsn init DIR"):
        load(tmp_path / "station.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


values = st.recursive(
    st.sampled_from(["1", "-1", "'x'", "true", "inf", "1979-05-27", "'dc09'", "'tcp:1'", "{}"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    max_leaves=4,
)
station_keys = st.sampled_from(["name", "journal", "socket", "queue", "alert_command", "time_zone", "x", "idle_s"])
adapter_keys = st.sampled_from(["name", "protocol", "listen", "y"])


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(station_keys, values), st.dictionaries(adapter_keys, values))
def test_no_file_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, station: dict[str, str], adapter: dict[str, str]
) -> None:
    """Whatever stands in a file, it is read or refused with a SettingsError."""
    lines = ["[station]", *(f"{key} = {value}" for key, value in station.items())]
    lines += ["[[adapter]]", *(f"{key} = {value}" for key, value in adapter.items())]
    path = write(tmp_path_factory.getbasetemp(), "\n".join(lines))
    with suppress(SettingsError):
        load(path)


@pytest.mark.parametrize(
    "text",
    [
        "[station]\nduplicate_s = " + "9" * 5000,
        "x = " + "[" * 20_000,
        '[station]\njournal = "a.db"\naccounts = "a.db-wal"',
        '[station]\njournal = "a.db"\nsocket = "a.db.lock"',
        '[station]\nalert_command = [""]',
        '[station]\nalert_command = ["a", "b\\u0000"]',
    ],
    ids=["number", "nesting", "wal", "lock", "no program", "nul"],
)
def test_what_nobody_would_write_is_an_error_too_and_no_traceback(tmp_path: Path, text: str) -> None:
    """Every file that cannot be used is answered by a SettingsError."""
    path = tmp_path / "station.toml"
    path.write_text(text + '\n[[adapter]]\nlisten = ["tcp:5000"]\n')
    with pytest.raises(SettingsError):
        load(path)
