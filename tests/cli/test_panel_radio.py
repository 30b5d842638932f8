"""``ptsn panel`` as a radio unit: a real station, a simulated channel, files that outlive the process."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from protocols import ax25, kiss
from protocols.datagram import header
from tests.cli.test_radio_air import channel
from tests.support.station import PATIENCE_S, PTSN, StationProcess, ptsn

QUICK = ("--bit-rate", "9600", "--tx-delay", "20")
EVENT = ("--code", "130", "--partition", "1", "--number", "15")


def enrol(folder: Path, account: str, *options: str) -> Path:
    """The file of a new unit, and its key among those of the station."""
    file = folder / f"unit-{account}.json"
    ptsn("radio", "key", "new", account, "--keys", folder / "keys.json", *options, "--to", file)
    return file


@contextmanager
def station(folder: Path, port: int, *settings: str) -> Iterator[StationProcess]:
    """One that hears a modem on a port."""
    table = "\n".join(('keys = "keys.json"', "bit_rate = 9600", "tx_delay_ms = 20", *settings))
    (folder / "station.toml").write_text(
        '[station]\nname = "Test"\nnode = "test"\n'
        f'[[adapter]]\nname = "air"\nprotocol = "radio"\nconnect = ["tcp:127.0.0.1:{port}"]\n[adapter.radio]\n{table}\n'
    )
    with StationProcess(folder) as process:
        yield process


def panel(what: str, folder: Path, to: str, file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Be the unit."""
    given = ("--to", to, "--unit", file, "--state", folder / "counters.json")
    return ptsn("panel", what, *given, *arguments, check=False, timeout_s=PATIENCE_S)


def events(process: StationProcess) -> list[tuple[str, str]]:
    """What its journal has of radio."""
    return [(entry["account"], entry["code"]) for entry in process.export() if entry.get("protocol") == "radio"]


def test_a_unit_reports_over_a_channel_and_is_acknowledged(tmp_path: Path) -> None:
    """An event, a test, a whole evening; a forgery is not answered, and the journal has each event once."""
    file = enrol(tmp_path, "1234", "--test", "60")
    (tmp_path / "evening.txt").write_text(
        "panic\nexpect acknowledged within 60s\ncut\nfire\nexpect buffered within 30s\nmend\n"
        "expect acknowledged within 60s\nquirk replay=1\nlink\npower off\nexpect acknowledged within 60s\n"
    )
    with channel("--listen", "tcp:0", *QUICK) as (_, (port,)), station(tmp_path, port) as process:
        to = f"tcp:127.0.0.1:{port}"
        sent = panel("send", tmp_path, to, file, *QUICK, *EVENT)
        assert (sent.returncode, sent.stdout) == (0, "acknowledged: 1234 130 new\n"), sent.stderr
        tested = panel("send", tmp_path, to, file, *QUICK, "--link-test")
        assert (tested.returncode, tested.stdout) == (0, "acknowledged: 1234 link test\n"), tested.stderr
        forged = panel("send", tmp_path, to, file, *QUICK, *EVENT, "--quirk", "flip=200", "--attempts", "1")
        assert forged.returncode == 1
        assert "no acknowledgement after 1 transmissions" in forged.stderr
        assert "ptsn radio key list" in forged.stderr
        evening = panel("run", tmp_path, to, file, *QUICK, "--script", str(tmp_path / "evening.txt"))
        assert evening.returncode == 0, evening.stdout + evening.stderr
        assert "the main path is cut; what happens is kept" in evening.stdout
        assert events(process) == [("1234", code) for code in ("130", "120", "110", "301")]


def test_a_transparent_modem_with_reed_solomon(tmp_path: Path) -> None:
    """The datagram alone on the air, and bytes that repair it."""
    file = enrol(tmp_path, "1234")
    modem = ("--modem", "transparent", "--fec", "16")
    settings = ('modem = "transparent"', "fec = 16")
    with (
        channel("--listen", "tcp:0", "--framing", "transparent", *QUICK, "--bit-errors", "0.001") as (_, (port,)),
        station(tmp_path, port, *settings) as process,
    ):
        sent = panel("send", tmp_path, f"tcp:127.0.0.1:{port}", file, *QUICK, *modem, *EVENT)
        assert sent.returncode == 0, sent.stderr
        assert events(process) == [("1234", "130")]


def test_the_station_connects_to_the_unit_itself(tmp_path: Path) -> None:
    """No radio between: the unit is the modem that the station calls."""
    file = enrol(tmp_path, "1234")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with station(tmp_path, port) as process:
        given = ("--listen", f"tcp:{port}", "--unit", file, "--state", tmp_path / "counters.json")
        sent = ptsn("panel", "send", *given, *QUICK, *EVENT, "--timeout", "30", check=False)
        assert sent.returncode == 0, sent.stderr
        assert events(process) == [("1234", "130")]


class Modem:
    """A KISS TNC that hears nothing: it keeps what it is given."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(PATIENCE_S)
        self.address = f"tcp:127.0.0.1:{self._server.getsockname()[1]}"

    def datagrams(self, count: int) -> list[bytes]:
        """So many of the next user."""
        user, _ = self._server.accept()
        user.settimeout(PATIENCE_S)
        deframer, found = kiss.Deframer(), []
        with user:
            while len(found) < count:
                data = user.recv(1000)
                assert data, f"the unit is gone after {len(found)}"
                frames = (kiss.read(piece) for piece in deframer.feed(data))
                found += [ax25.decode(frame.data).info for frame in frames if frame.command == kiss.Command.DATA]
        return found


def test_a_killed_unit_goes_on_with_the_same_bytes(tmp_path: Path) -> None:
    """The event is not said anew under another counter, and no counter is used twice."""
    file, modem = enrol(tmp_path, "1234"), Modem()
    given = ["--to", modem.address, "--unit", str(file), "--state", str(tmp_path / "counters.json"), *QUICK]
    heard = []
    for typed in ("panic\n", ""):
        process = subprocess.Popen(
            [*PTSN, "panel", "run", *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(typed)
        process.stdin.flush()
        heard.append(modem.datagrams(3))
        process.kill()
        process.communicate()
    sealed: dict[int, set[bytes]] = {}
    for datagram in [*heard[0], *heard[1]]:
        head = header.read(datagram)
        assert head is not None
        sealed.setdefault(head.counter, set()).add(datagram)
    assert all(len(forms) == 1 for forms in sealed.values())
    said = [{datagram for datagram in run if (head := header.read(datagram)) and head.type == 1} for run in heard]
    assert len(said[0]) == 1
    assert said[0] == said[1]


def test_a_one_way_unit_says_everything_and_expects_nothing(tmp_path: Path) -> None:
    """Nothing is called acknowledged."""
    file, modem = enrol(tmp_path, "1234", "--one-way"), Modem()
    given = ("--to", modem.address, "--unit", file, "--state", tmp_path / "counters.json", "--copies", "1")
    sending = subprocess.Popen(
        [*PTSN, "panel", "send", *map(str, given), *EVENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    (datagram,) = modem.datagrams(1)
    out, error = sending.communicate(timeout=PATIENCE_S)
    assert (sending.returncode, out) == (0, "sent, and never answered to a one-way unit: 1234 130 new\n"), error
    head = header.read(datagram)
    assert head is not None
    assert head.type == 1


def test_a_lost_state_file_and_a_second_process_are_refused(tmp_path: Path) -> None:
    """Before anything is sent."""
    file, modem = enrol(tmp_path, "1234"), Modem()
    state = tmp_path / "counters.json"
    given = ["--to", modem.address, "--unit", str(file), "--state", str(state)]
    running = subprocess.Popen(
        [*PTSN, "panel", "run", *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    modem.datagrams(1)  # it asks for the time
    second = panel("send", tmp_path, modem.address, file, *EVENT)
    assert second.returncode == 1
    assert "another program is this radio unit just now" in second.stderr
    running.kill()
    running.communicate()
    state.unlink()
    lost = panel("send", tmp_path, modem.address, file, *EVENT)
    assert lost.returncode == 1
    assert "ptsn radio key roll 1234 --to FILE" in lost.stderr
    assert "Traceback" not in lost.stderr
    assert not state.exists()


def test_a_modem_that_is_not_there_is_named(tmp_path: Path) -> None:
    """`send` gives up, and keeps nothing for later; `run` would go on."""
    file = enrol(tmp_path, "1234")
    done = panel("send", tmp_path, "tcp:127.0.0.1:9", file, *EVENT, "--attempts", "1")
    assert done.returncode == 1
    assert "no connection to tcp:127.0.0.1:9 after 1 attempt" in done.stderr
    assert not list(tmp_path.glob("counters.json.radio-????-????????"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--to", "tcp:127.0.0.1:9", "--account", "1234", "--fec", "16"],
            "--fec is of radio units, and --unit is missing",
        ),
        (["--to", "tcp:127.0.0.1:9", "--protocol", "radio"], "--unit is missing"),
        (["--to", "tcp:127.0.0.1:9", "--unit", "FILE", "--account", "1235"], "is of account 1234; leave it out"),
        (["--to", "tcp:127.0.0.1:9", "--unit", "FILE", "--protocol", "sia"], "does not speak sia"),
        (["--to", "tcp:127.0.0.1:9", "--unit", "FILE", "--fec", "16"], "a TNC has means of its own"),
        (["--to", "tcp:127.0.0.1:9", "--unit", "FILE", "--bit-rate", "1"], "bit-rate"),
        (["--to", "tcp:127.0.0.1:9", "--unit", "FILE", "--profile", "radio-one-way"], "is enrolled as two-way"),
        (["--to", "tcp:127.0.0.1:9", "--unit", "FILE", "--key", "00"], "a radio unit has none"),
        (["--to", "tcp:127.0.0.1:9", "--unit", "FILE", "--via", "TOOLONGCALL"], "--via"),
        (["--to", "tcp:127.0.0.1:9", "--unit", "FILE", "--quirk", "copies=1000"], "give 1 to 100"),
        (["--to", "udp:127.0.0.1:9", "--unit", "FILE"], "radio does not go over udp"),
    ],
)
def test_wrong_use_ends_with_2_and_begins_nothing(tmp_path: Path, arguments: list[str], said: str) -> None:
    """The file of the unit stays as it was."""
    file = enrol(tmp_path, "1234")
    fresh = file.read_bytes()
    given = [str(file) if word == "FILE" else word for word in arguments]
    done = ptsn("panel", "send", *given, *EVENT, "--state", tmp_path / "counters.json", check=False)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert file.read_bytes() == fresh


def test_a_unit_on_air_has_one_modem_and_its_quirks_are_listed(tmp_path: Path) -> None:
    file = enrol(tmp_path, "1234")
    done = panel("run", tmp_path, "tcp:127.0.0.1:9", file, "--backup", "tcp:127.0.0.1:10")
    assert done.returncode == 2
    assert "a radio unit has one modem" in done.stderr
    assert "reuse_counter" in ptsn("panel", "send", "--protocol", "radio", "--list-quirks").stdout
