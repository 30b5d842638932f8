"""Addresses as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.adapters.endpoints import (
    EndpointError,
    Listen,
    SerialDevice,
    Target,
    parse_connect,
    parse_listen,
    parse_target,
)

transports = st.sampled_from(["tcp", "udp"])
addresses = st.ip_addresses().map(str)
names = st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z]{2,8}){0,2}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp:5000:interface=127.0.0.1", Listen("tcp", 5000, "127.0.0.1")),
        ("udp:5000:interface=127.0.0.1", Listen("udp", 5000, "127.0.0.1")),
        ("tcp:5000", Listen("tcp", 5000, "127.0.0.1")),
        ("tcp:port=5000", Listen("tcp", 5000, "127.0.0.1")),
        (" TCP:interface=0.0.0.0:port=5000 ", Listen("tcp", 5000, "0.0.0.0")),
        ("tcp:5000:0.0.0.0", Listen("tcp", 5000, "0.0.0.0")),
        ("tcp:5000:interface=[::1]", Listen("tcp", 5000, "::1")),
        (r"tcp:5000:interface=\:\:1", Listen("tcp", 5000, "::1")),
        ("tcp:5000:interface=::1", Listen("tcp", 5000, "::1")),
        ("tcp:5000:interface=::", Listen("tcp", 5000, "::")),
        ("tcp:interface=::1:port=7", Listen("tcp", 7, "::1")),
        ("tcp:5000:interface=fe80::1%eth0", Listen("tcp", 5000, "fe80::1%eth0")),
        ("tcp:5000:interface=localhost", Listen("tcp", 5000, "127.0.0.1")),
        ("udp:0", Listen("udp", 0, "127.0.0.1")),
    ],
)
def test_a_place_to_listen_is_read(text: str, expected: Listen) -> None:
    """Positional or named, loopback unless an interface is named, IPv6 in three spellings."""
    assert parse_listen(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp:192.0.2.7:5000", Target("tcp", "192.0.2.7", 5000)),
        ("udp:station.example:5000", Target("udp", "station.example", 5000)),
        ("tcp:localhost:5000", Target("tcp", "localhost", 5000)),
        ("udp:[2001:db8::7]:5000", Target("udp", "2001:db8::7", 5000)),
        ("tcp:2001:db8::7:5000", Target("tcp", "2001:db8::7", 5000)),
        (r"tcp:2001\:db8\:\:7:5000", Target("tcp", "2001:db8::7", 5000)),
        ("tcp:host=::1:port=5000", Target("tcp", "::1", 5000)),
        ("tcp:host=a.example:port=5000", Target("tcp", "a.example", 5000)),
    ],
)
def test_a_place_to_send_to_is_read(text: str, expected: Target) -> None:
    """Addresses and host names."""
    assert parse_target(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it begins with ''"),
        ("5000", "it begins with '5000', allowed: tcp, udp"),
        ("tls:5000", "it begins with 'tls', allowed: tcp, udp"),
        ("tcp", "the port is missing"),
        ("tcp:", "the port is ''"),
        ("tcp:70000", "the port is '70000', allowed: 0 to 65535"),
        ("tcp:-1", "the port is '-1'"),
        ("tcp:٣", "the port is"),
        ("tcp:5000:interface=", "'' is not an IP address (0.0.0.0 and [::] are all of them)"),
        ("tcp:5000:interface=eth0", "'eth0' is not an IP address"),
        ("tcp:5000:interface=[::1", "is not an IP address"),
        ("tcp:5000:interface=[::1]:9", "'9' is one part too many"),
        ("tcp:5000:backlog=50", "unknown part 'backlog', allowed: port, interface"),
        ("tcp:5000:port=5001", "'port' is given twice"),
    ],
)
def test_what_is_wrong_with_a_place_to_listen_is_said(text: str, says: str) -> None:
    """With an example of a right one."""
    with pytest.raises(EndpointError) as caught:
        parse_listen(text)
    assert says in str(caught.value)
    assert "write it like tcp:5000:interface=127.0.0.1" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tcp:192.0.2.7", "the port is missing"),
        ("tcp::5000", "the host is missing"),
        ("192.0.2.7:5000", "it begins with '192.0.2.7'"),
        ("tcp:192.0.2.7:0", "the port is '0', allowed: 1 to 65535"),
        ("tcp:192.0.2.777:5000", "'192.0.2.777' is not an IP address"),
        ("tcp:a b:5000", "'a b' is neither an address nor a host name"),
    ],
)
def test_what_is_wrong_with_a_place_to_send_to_is_said(text: str, says: str) -> None:
    """With an example of a right one."""
    with pytest.raises(EndpointError) as caught:
        parse_target(text)
    assert says in str(caught.value)


@settings(deadline=None, max_examples=100)
@given(transports, st.integers(0, 65535), addresses)
def test_a_place_to_listen_reads_back_as_written(transport: str, port: int, interface: str) -> None:
    """``str`` and ``parse_listen`` are inverse."""
    listen = Listen(transport, port, interface)
    assert parse_listen(str(listen)) == listen


@settings(deadline=None, max_examples=100)
@given(transports, st.integers(1, 65535), addresses | names)
def test_a_place_to_send_to_reads_back_as_written(transport: str, port: int, host: str) -> None:
    """``str`` and ``parse_target`` are inverse."""
    target = Target(transport, host, port)
    assert parse_target(str(target)) == target


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="tcpud:[]\\=.0159afhostporinte%/ \n", max_size=40) | st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No other exception, and what is read has a spelling that reads the same."""
    for prefix in ("", "tcp:"):
        for parse in (parse_listen, parse_target):
            try:
                value = parse(prefix + text)
            except EndpointError:
                continue
            assert parse(str(value)) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp:192.0.2.7:5000", Target("tcp", "192.0.2.7", 5000)),
        ("serial:/dev/ttyUSB0", SerialDevice("/dev/ttyUSB0", 9600, 8, "N", 1)),
        (
            "serial:/dev/ttyUSB0:baudrate=1200:bytesize=7:parity=e:stopbits=1.5",
            SerialDevice("/dev/ttyUSB0", 1200, 7, "E", 1.5),
        ),
        ("SERIAL:/dev/a:XonXoff=yes:rtscts=0", SerialDevice("/dev/a", xonxoff=True)),
        ("serial:/dev/a:rs485=1:baudrate=115200", SerialDevice("/dev/a", 115200, rs485=True)),
        (
            "serial:/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0:parity=O",
            SerialDevice("/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0", parity="O"),
        ),
        (r"serial:/dev/a\:parity=E:parity=O", SerialDevice("/dev/a:parity=E", parity="O")),
        ("serial:/dev/порт", SerialDevice("/dev/порт")),
    ],
)
def test_what_to_connect_to_is_read(text: str, expected: Target | SerialDevice) -> None:
    """TCP addresses and serial ports; a path may have colons."""
    assert parse_connect(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it begins with '', allowed: tcp, serial"),
        ("udp:192.0.2.7:5000", "it begins with 'udp', allowed: tcp, serial"),
        ("tcp:192.0.2.7", "the port is missing"),
        ("serial:", "'' is not the path of a device (ptsn ports lists those there are)"),
        ("serial:COM3", "'COM3' is not the path of a device"),
        ("serial:/dev/a\x1b", "is not the path of a device"),
        ("serial:/dev/a:baudrate=fast", "the baudrate is 'fast', allowed: 50 to 4000000"),
        ("serial:/dev/a:baudrate=0", "the baudrate is '0'"),
        ("serial:/dev/a:bytesize=9", "bytesize is '9', allowed: 5, 6, 7, 8"),
        ("serial:/dev/a:parity=X", "parity is 'X', allowed: N, E, O, M, S"),
        ("serial:/dev/a:stopbits=3", "stopbits is '3', allowed: 1, 1.5, 2"),
        ("serial:/dev/a:speed=9600", "unknown part 'speed', allowed: baudrate, bytesize, parity"),
        ("serial:/dev/a:parity=E:parity=O", "'parity' is given twice"),
        ("serial:/dev/a:parity=E:9600", "'9600' is one part too many: write baudrate=9600"),
        ("serial:/dev/a:9600", "'9600' has no name: write baudrate=9600;"),
        ("serial:/dev/a:9600:7e1", "'9600:7e1' has no name: write baudrate=9600:bytesize=7:parity=E:stopbits=1;"),
        ("serial:/dev/a:rs485=1:rtscts=1", "rs485 does not go together with rtscts or xonxoff"),
    ],
)
def test_a_wrong_endpoint_says_what_is_wrong_and_how_one_looks(text: str, says: str) -> None:
    """As for addresses to listen on."""
    with pytest.raises(EndpointError) as caught:
        parse_connect(text)
    assert says in str(caught.value)
    assert "write it like " in str(caught.value)


@given(
    st.text("ab:[]\\=/ ёя.0", min_size=1, max_size=20).map(lambda name: "/" + name.rstrip()),
    st.integers(50, 4_000_000),
    st.sampled_from([5, 6, 7, 8]),
    st.sampled_from("NEOMS"),
    st.sampled_from([1, 1.5, 2]),
    st.booleans(),
)
def test_a_serial_port_is_written_as_it_is_read(
    name: str, baudrate: int, bytesize: int, parity: str, stopbits: float, flow: bool
) -> None:
    """Whatever its path has in it."""
    device = SerialDevice(name, baudrate, bytesize, parity, stopbits, xonxoff=flow, rtscts=flow, rs485=not flow)
    assert parse_connect(str(device)) == device


@given(st.text(max_size=60))
def test_any_endpoint_is_read_or_refused(text: str) -> None:
    """Never another error."""
    for begin in ("serial:/", "serial:", ""):
        try:
            read = parse_connect(begin + text)
        except EndpointError:
            continue
        assert parse_connect(str(read)) == read
