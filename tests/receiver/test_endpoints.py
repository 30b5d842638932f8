"""Addresses as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.adapters.endpoints import EndpointError, Listen, Target, parse_listen, parse_target

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
