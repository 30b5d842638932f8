"""The station over real sockets: who is answered, when, in which order, and what the journal says of it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import frames
from tests.support.station import PATIENCE_S, StationProcess, ptsn, read_answers, silence, talk, until

ACCOUNTS = f"account,key,communicators\n5001,{frames.KEY_HEX},\n5002,{'22' * 16},\n5003,{'33' * 16},5002\n"
LISTEN = (
    "tcp:0:interface=127.0.0.1",
    "udp:0:interface=127.0.0.1",
    "tcp:0:interface=[::1]",
    "udp:0:interface=[::1]",
    "tcp:0:interface=0.0.0.0",
)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    with StationProcess(
        tmp_path_factory.mktemp("station"), "partial_s = 0.5", listen=LISTEN, accounts=ACCOUNTS
    ) as running:
        yield running


def tokens(data: bytes) -> list[str]:
    return [frames.token_of(answer) for answer in frames.answers(data)]


def entries(station: StationProcess, account: str, kind: str = "all") -> list[dict[str, object]]:
    return [row for row in station.export("--kind", kind) if row["account"] == account]


def test_answers_leave_in_the_order_of_the_messages(station: StationProcess) -> None:
    """Link tests need no disk, signals do: their answers still come in the order in which they were asked for."""
    sent = []
    for number in range(1, 60):
        sent.append(frames.cid("2001", sequence=number, number=f"{number:03d}"))
        if number % 3 == 0:
            sent.append(frames.null("2001"))
    with station.connect() as connection:
        got = frames.answers(talk(connection, b"".join(sent), len(sent)))
    expected = [frames.sequence_of(one) for one in sent]
    assert [frames.sequence_of(one) for one in got] == expected


def test_a_half_closed_connection_still_gets_its_answer(station: StationProcess) -> None:
    """As `printf ... | nc -N` does it."""
    with station.connect() as connection:
        connection.sendall(frames.cid("2002"))
        connection.shutdown(socket.SHUT_WR)
        assert tokens(read_answers(connection)) == ["ACK"]
        assert connection.recv(1) == b""


def test_a_frame_is_understood_however_it_is_cut(station: StationProcess) -> None:
    """Byte by byte, and two in one segment with rubbish between."""
    with station.connect() as connection:
        for byte in frames.cid("2003", sequence=1):
            connection.sendall(bytes([byte]))
        assert tokens(read_answers(connection)) == ["ACK"]
        two = frames.cid("2003", sequence=2) + b"\x00\x00" + frames.sia(account="2003", sequence=3)
        assert tokens(talk(connection, two, 2)) == ["ACK", "ACK"]
    assert [row["sequence"] for row in entries(station, "2003")] == ["0001", "0002", "0003"]


def test_a_bad_crc_is_never_answered_and_harms_nothing_that_follows(station: StationProcess) -> None:
    """Silence, then the next good frame is answered as if nothing had been."""
    good = frames.cid("2004", sequence=1)
    broken = good[:1] + b"0000" + good[5:]
    with station.connect() as connection:
        connection.sendall(broken)
        assert silence(connection)
        assert tokens(talk(connection, good)) == ["ACK"]
    assert len(entries(station, "2004")) == 1


def test_an_unfinished_message_is_given_up_and_the_next_one_understood(station: StationProcess) -> None:
    """A sender that stalls in the middle of a frame loses that frame, not its line."""
    with station.connect() as connection:
        connection.sendall(frames.cid("2005")[:20])
        assert silence(connection, 1.5)
        assert tokens(talk(connection, frames.cid("2005", sequence=2))) == ["ACK"]


@pytest.mark.parametrize("number", [0, 1])
def test_datagrams_are_answered_from_the_port_they_were_sent_to(station: StationProcess, number: int) -> None:
    """IPv4 and IPv6."""
    address = station.address("udp", number)
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as panel:
        panel.settimeout(PATIENCE_S)
        panel.sendto(frames.cid("2006", sequence=number + 1), address)
        data, source = panel.recvfrom(2000)
        assert tokens(data) == ["ACK"]
        assert source[:2] == address


def test_ipv6_connections_are_served(station: StationProcess) -> None:
    """And their peer is written as people write it."""
    with station.connect(1) as connection:
        assert tokens(talk(connection, frames.cid("2007"))) == ["ACK"]
    assert str(entries(station, "2007")[0]["peer"]).startswith("[::1]:")


def test_a_token_that_is_not_supported_gets_duh_and_is_kept(station: StationProcess) -> None:
    """It may have been a panic: an entry of kind unread, shown and exported with an empty code."""
    odd = frames.frame(b'"SIA-PUL"0007L0#2009[#2009|31]')
    with station.connect() as connection:
        assert tokens(talk(connection, odd)) == ["DUH"]
    rows = entries(station, "2009", "signals")
    assert [(row["kind"], row["code"], row["raw"]) for row in rows] == [("unread", "", odd.decode("latin-1"))]


def test_an_unreadable_sia_payload_is_acknowledged_and_kept(station: StationProcess) -> None:
    """A panel must not stall over a proprietary text; the operators see that something came."""
    odd = frames.frame(b'"SIA-DCS"0007L0#2010[#2010|DCS008|000|000000050A1A00AAAAAA]')
    with station.connect() as connection:
        assert tokens(talk(connection, odd)) == ["ACK"]
    assert [row["kind"] for row in entries(station, "2010", "signals")] == ["unread"]


def test_an_answer_is_never_answered(station: StationProcess) -> None:
    """Two receivers connected to each other must not talk for ever."""
    with station.connect() as connection:
        connection.sendall(frames.frame(b'"ACK"0001L0#2011[]') + frames.frame(b'"DUH"0001L0#2011[]'))
        assert silence(connection)


# Encrypted


def test_an_encrypted_signal_is_acknowledged_under_the_same_key(station: StationProcess) -> None:
    """*ACK, decryptable, with a time stamp; the key is in no part of the journal."""
    with station.connect() as connection:
        answer = talk(connection, frames.secret(account="5001", sequence=11))
    assert tokens(answer) == ["*ACK"]
    plain = frames.decrypt(frames.KEY, answer.partition(b"[")[2].rstrip(b"\r"))
    assert plain[-20:-19] == b"_"
    row = entries(station, "5001")[-1]
    assert (row["code"], row["encrypted"], row["sequence"]) == ("130", True, "0011")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("plain", frames.cid("5001", sequence=21), "security.plain"),
        ("link test in the clear", frames.null("5001"), "security.plain"),
        ("wrong key", frames.secret(account="5001", key=b"x" * 16), "security.wrong-key"),
        ("no key", frames.secret(account="5999", key=b"x" * 16), "security.no-key"),
        ("inside plain data", frames.cid("5998", inner="5001"), "security.plain"),
        ("inside foreign data", frames.secret(account="5002", inner="5001", key=b"\x22" * 16), "security.not-its-key"),
    ],
)
def test_who_must_not_be_answered_is_met_with_silence(
    station: StationProcess, name: str, data: bytes, code: str
) -> None:
    """And a security entry says why."""
    before = [row["id"] for row in station.export("--kind", "all") if row["code"] == code]
    with station.connect() as connection:
        connection.sendall(data)
        assert silence(connection), name
    after = [row["id"] for row in station.export("--kind", "all") if row["code"] == code]
    assert len(after) == len(before) + 1
    signals = [row for row in station.export() if str(row["raw"]).encode("latin-1") == data]
    assert signals == []


def test_a_listed_communicator_may_bring_the_signals_of_another_account(station: StationProcess) -> None:
    """5003 lists 5002."""
    with station.connect() as connection:
        answer = talk(connection, frames.secret(account="5002", inner="5003", key=b"\x22" * 16, sequence=31))
    assert tokens(answer) == ["*ACK"]
    assert [(row["account"], row["header_account"]) for row in entries(station, "5003")] == [("5003", "5002")]


def test_a_stale_frame_gets_nak_with_the_time(station: StationProcess) -> None:
    """In the clear, so that the panel can correct its clock; nothing is stored."""
    before = len(entries(station, "5001", "signals"))
    with station.connect() as connection:
        answer = talk(connection, frames.secret(account="5001", sequence=41, offset_s=-120))
    assert tokens(answer) == ["NAK"]
    assert b'"NAK"0000R0L0A0[]_' in answer
    assert len(entries(station, "5001", "signals")) == before


def test_a_recorded_frame_is_acknowledged_but_raises_nothing(station: StationProcess) -> None:
    """From another host it is a security entry besides."""
    data = frames.secret(account="5001", sequence=51)
    with station.connect() as connection:
        assert tokens(talk(connection, data)) == ["*ACK"]
    before = len(entries(station, "5001", "signals"))
    with socket.create_connection(station.address("tcp", 2), source_address=("127.0.0.66", 0)) as thief:
        assert tokens(talk(thief, data)) == ["*ACK"]
    assert len(entries(station, "5001", "signals")) == before
    replayed = [row for row in station.export("--kind", "all") if row["code"] == "security.replayed"]
    assert str(replayed[-1]["peer"]).startswith("127.0.0.66:")


def test_a_retry_with_a_new_stamp_is_the_same_message(station: StationProcess) -> None:
    """Same number and content under another padding: acknowledged again, stored once."""
    with station.connect() as connection:
        for _ in range(3):
            assert tokens(talk(connection, frames.secret(account="5001", sequence=61, content="1131 01 001"))) == [
                "*ACK"
            ]
    assert len([row for row in entries(station, "5001", "signals") if row["sequence"] == "0061"]) == 1


# Accounts, restarts, limits


def test_accounts_imported_beside_a_running_station_count_at_once(station: StationProcess) -> None:
    """The next message is already treated by the new rules."""
    with station.connect() as connection:
        assert tokens(talk(connection, frames.cid("6001"))) == ["ACK"]
        ptsn("accounts", "add", "6001", "--name", "New", "--key", "44" * 16, "-c", station.config)
        connection.sendall(frames.cid("6001", sequence=2))
        assert silence(connection)
        secret = frames.secret(account="6001", key=b"\x44" * 16, sequence=3)
        assert tokens(talk(connection, secret)) == ["*ACK"]
    listed = json.loads(ptsn("accounts", "list", "--json", "-c", station.config).stdout)
    assert "44" * 16 not in json.dumps(listed)


def test_a_second_station_on_the_same_journal_is_refused(station: StationProcess) -> None:
    """The first goes on; the second says in one line who is there."""
    done = ptsn("serve", "-c", station.config, check=False)
    assert done.returncode == 1
    assert "in use by" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_repetition_after_a_restart_is_still_a_repetition(tmp_path: Path) -> None:
    """The memory of duplicates is rebuilt from the journal."""
    station = StationProcess(tmp_path, accounts=ACCOUNTS)
    recorded = frames.secret(account="5001", sequence=7)
    for _ in range(2):
        with station, station.connect() as connection:
            assert tokens(talk(connection, frames.cid("1", sequence=5))) == ["ACK"]
            assert tokens(talk(connection, recorded)) == ["*ACK"]
    assert [row["account"] for row in station.export()] == ["1", "5001"]
    codes = [row["code"] for row in station.export("--kind", "all") if row["kind"] == "station"]
    assert codes == ["station.started", "station.stopped"] * 2


def test_a_port_in_use_is_told_and_tried_again(tmp_path: Path) -> None:
    """The station runs meanwhile with what it has, and says ready when everything is open."""
    with socket.socket() as blocker:
        blocker.bind(("127.0.0.1", 0))
        blocker.listen()
        port = blocker.getsockname()[1]
        station = StationProcess(tmp_path, listen=(f"tcp:{port}:interface=127.0.0.1",)).start(wait=False)
        until(lambda: "in use by another program" in station.log.read_text(), "the trouble to be told")
    station.wait_ready()
    with station.connect() as connection:
        assert tokens(talk(connection, frames.cid())) == ["ACK"]
    assert station.stop() == 0
    codes = [row["code"] for row in station.export("--kind", "all")]
    assert codes.index("endpoint.lost") < codes.index("endpoint.restored")


def test_a_port_that_was_in_use_before_a_restart_is_told_to_be_open_after_it(tmp_path: Path) -> None:
    """The alarm of the earlier run ends; a start without one tells nothing."""
    with socket.socket() as blocker:
        blocker.bind(("127.0.0.1", 0))
        blocker.listen()
        station = StationProcess(tmp_path, listen=(f"tcp:{blocker.getsockname()[1]}:interface=127.0.0.1",))
        station.start(wait=False)
        until(lambda: "in use by another program" in station.log.read_text(), "the trouble to be told")
        assert station.stop() == 0
    for _ in range(2):
        with station:
            listed = json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)
            assert [(alarm["code"], alarm["restored"]) for alarm in listed] == [("endpoint.lost", "all")]
    codes = [row["code"] for row in station.export("--kind", "all")]
    assert [code for code in codes if code.startswith("endpoint.")] == ["endpoint.lost", "endpoint.restored"]


def test_a_dead_endpoint_does_not_blind_the_supervision_of_the_others(tmp_path: Path) -> None:
    """The panel is heard over TCP; that the UDP port is taken must not keep its loss from becoming an alarm."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as blocker:
        blocker.bind(("127.0.0.1", 0))
        port = blocker.getsockname()[1]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            tcp = probe.getsockname()[1]
        station = StationProcess(
            tmp_path,
            listen=(f"tcp:{tcp}:interface=127.0.0.1", f"udp:{port}:interface=127.0.0.1"),
            accounts="account,supervision_s\n1234,2\n",
        ).start(wait=False)
        until(lambda: f"listening on tcp:127.0.0.1:{tcp}" in station.log.read_text(), "TCP to be open")
        with socket.create_connection(("127.0.0.1", tcp)) as panel:
            assert tokens(talk(panel, frames.null())) == ["ACK"]

        def alarms() -> list[dict[str, object]]:
            listed = json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)
            return [alarm for alarm in listed if alarm["code"] == "path.lost"]

        (lost,) = until(alarms, "the alarm of the lost path")
        assert lost["account"] == "1234"
        with socket.create_connection(("127.0.0.1", tcp)) as panel:
            assert tokens(talk(panel, frames.null())) == ["ACK"]
        until(lambda: alarms()[0]["restored"] == "all", "the alarm to be marked restored")
        assert station.stop() == 0
    codes = [row["code"] for row in station.export("--kind", "all")]
    assert codes.count("endpoint.lost") == 1


def test_a_peer_that_sends_far_ahead_is_answered_completely(tmp_path: Path) -> None:
    """Ten thousand messages before a single answer is read: each is answered once, in order."""
    count = 9_999
    sent = b"".join(frames.cid("2008", sequence=n, number=f"{n % 1000:03d}") for n in range(1, count + 1))
    with StationProcess(tmp_path) as station, station.connect() as connection:
        connection.setblocking(False)
        got, at = bytearray(), 0

        def pump() -> bool:
            nonlocal at
            with suppress(BlockingIOError):
                at += connection.send(sent[at : at + 65536])
            with suppress(BlockingIOError):
                got.extend(connection.recv(65536))
            return got.count(b"\r") >= count

        until(pump, "all answers")
    assert [frames.sequence_of(one) for one in frames.answers(bytes(got))] == list(range(1, count + 1))


def test_newcomers_are_let_in_at_the_cost_of_silent_connections(tmp_path: Path) -> None:
    """At the limit, whoever never sent anything readable makes room; a proven panel keeps its line."""
    with StationProcess(tmp_path, "max_connections = 3") as station, station.connect() as panel:
        talk(panel, frames.cid())
        idle = [station.connect() for _ in range(10)]
        with station.connect() as newcomer:
            assert tokens(talk(newcomer, frames.cid("2", sequence=2))) == ["ACK"]
        assert tokens(talk(panel, frames.cid(sequence=3))) == ["ACK"]
        for each in idle:
            each.close()


def test_one_host_cannot_shut_the_others_out(tmp_path: Path) -> None:
    """Even when all its connections have been acknowledged: of the host with the most, the longest silent goes."""
    with StationProcess(tmp_path, "max_connections = 5", listen=("tcp:0:interface=0.0.0.0",)) as station:
        greedy = []
        for number in range(10):
            greedy.append(station.connect())
            with suppress(OSError):
                talk(greedy[-1], frames.cid("1", sequence=number + 1))
        with socket.create_connection(station.address(), source_address=("127.0.0.9", 0)) as panel:
            assert tokens(talk(panel, frames.cid("2"))) == ["ACK"]
            for number in range(10):
                greedy.append(station.connect())
                with suppress(OSError):
                    talk(greedy[-1], frames.cid("1", sequence=number + 20))
            assert tokens(talk(panel, frames.cid("2", sequence=2))) == ["ACK"]
        for each in greedy:
            each.close()


def test_idle_connections_are_closed(tmp_path: Path) -> None:
    """After idle_s without a byte."""
    with StationProcess(tmp_path, "idle_s = 1") as station, station.connect() as connection:
        talk(connection, frames.cid())
        assert connection.recv(1) == b""


def test_silent_towards_strangers_when_told_to_be(tmp_path: Path) -> None:
    """An account that is not entered gets no answer; one that is does."""
    with (
        StationProcess(tmp_path, 'unknown_accounts = "silent"', accounts="account\n7001\n") as station,
        station.connect() as connection,
    ):
        connection.sendall(frames.cid("7002"))
        assert silence(connection)
        assert tokens(talk(connection, frames.cid("7001"))) == ["ACK"]
    assert [row["account"] for row in station.export()] == ["7001"]
