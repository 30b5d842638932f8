"""What comes to a DC-09 port and is no DC-09 is recognised, never answered, and hides no frame."""

from __future__ import annotations

import random

import pytest

from protocols.catalogue import texts
from protocols.catalogue.tables import LANGUAGES
from protocols.dc09 import strangers
from protocols.model import Arrival, Noise
from tests.protocols.dc09_support import GOOD, NOW, VECTORS, arrivals_in, frame, ids, noise_in, only, receiver

EVENT = frame('"SIA-DCS"0042L0#1234[#1234|NBA1]')

TLS_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32))
SSL2_HELLO = b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x07\x00\xc0\x05\x00\x80" + bytes(31)
MYSQL_LOGIN = b"\x54\x00\x00\x01\x85\xa6\xff\x20\x00\x00\x00\x01\x21" + bytes(23) + b"root\0"
POSTGRES = b"\x00\x00\x00\x23\x00\x03\x00\x00user\0postgres\0database\0db\0\0"
MEMCACHED = b"\x80\x0b" + bytes(22)
MONGO = b"\x41\x00\x00\x00\x3a\x30\x00\x00\xff\xff\xff\xff\xd4\x07\x00\x00" + bytes(20)
TL280 = b"_" + bytes(range(0x70, 0x70 + 27))
SIA_BLOCKS = (
    "4423313233349C",
    "46233031323334359B",
    "042331323334DC",
    "494E7269312F4252303031DC",
    "574E746931303A33302F69643030312F7269312F434C303031C4",
    "574E55413032312A276465746563746F722068616C6C274E4DDB",
    "4F4F746930333A31322F7269312F4C5431DB",
    "4D45746931323A30302F5A41303033D4",
    "4E414C8F532046524F4E5420444F4F5237",
    "40318E",
    "403986",
    "4540414C344231B0",
    "463F35343332313087",
    "45435341312A31C1",
)
"""Blocks of DC-03 whose parity is right."""

SAMPLES = {
    "http": [
        b"GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n",
        b"POST /hook HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        b"OPTIONS / HTTP/1.0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /nice%20ports%2C/Tri%6Eity.txt%2ebak HTTP/1.0\r\n\r\n",
        b'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\n\r\n',
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
    "http-proxy": [
        b"CONNECT example.com:443 HTTP/1.1\r\n\r\n",
        b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n",
    ],
    "proxy-protocol": [
        b"PROXY TCP4 192.0.2.7 192.0.2.1 41122 10000\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12),
    ],
    "tls": [TLS_HELLO, SSL2_HELLO],
    "ssh": [b"SSH-2.0-OpenSSH_9.6\r\n"],
    "rdp": [
        b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00",
        b"\x03\x00\x00\x2a\x25\xe0\x00\x00\x00\x00\x00Cookie: mstshash=user\r\n",
    ],
    "smb": [b"\x00\x00\x00\x85\xffSMB\x72" + bytes(20), b"\x00\x00\x00\x85\xfeSMB\x40" + bytes(20)],
    "mssql": [b"\x12\x01\x00\x34\x00\x00\x00\x00\x00\x00\x15\x00\x06\x01\x00\x1b\x00\x01\x02\x00\x1c\x00\x0c"],
    "mysql": [MYSQL_LOGIN],
    "postgresql": [b"\x00\x00\x00\x08\x04\xd2\x16\x2f", POSTGRES],
    "redis": [b"*1\r\n$4\r\nINFO\r\n", b"PING\r\n", b"INFO\r\n"],
    "memcached": [b"stats\r\n", b"version\r\n", b"get key\r\n", MEMCACHED],
    "mqtt": [b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", b"\x10\x17\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x09probe"],
    "amqp": [b"AMQP\x00\x00\x09\x01"],
    "ldap": [b"0\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"],
    "sip": [b"OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/TCP nm\r\n\r\n", b"REGISTER sip:192.0.2.1 SIP/2.0\r\n\r\n"],
    "rtsp": [b"OPTIONS / RTSP/1.0\r\n\r\n", b"DESCRIBE rtsp://192.0.2.1/live RTSP/1.0\r\n\r\n"],
    "ftp": [b"USER anonymous\r\n", b"FEAT\r\n"],
    "smtp": [b"EHLO probe.example\r\n", b"HELO x\r\n", b"EHLO\r\n"],
    "telnet": [b"\xff\xfd\x03\xff\xfb\x18"],
    "vnc": [b"RFB 003.008\n"],
    "modbus": [
        b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x0a",
        b"\x5a\x47\x00\x00\x00\x05\x00\x2b\x0e\x01\x00",
        b"\x00\x00\x00\x00\x00\x02\x01\x11",
    ],
    "x11": [b"l\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00", b"B\x00\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x00"],
    "dns": [
        b"\x00\x1e\x00\x06\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03",
        b"\xab\xcd\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01",
        b"\x00\x0c\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    ],
    "socks": [b"\x05\x01\x00", b"\x05\x02\x00\x02", b"\x04\x01\x00\x50\xc0\x00\x02\x01\x00"],
    "scanner": [
        b"HELP\r\n",
        b"\x01default\n",
        b"JDWP-Handshake",
        b"\x80\x00\x00\x28\x72\xfe\x1d\x13\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86\xa0",
        MONGO,
        b'{"id":1,"jsonrpc":"2.0","method":"mining.subscribe"}\n',
    ],
    "sia-blocks": [
        b"F#123456\x9c",
        b"F#123456?",
        b"\x05\x01\x81\x59\x68",
        b"\x45NBA001\xc6",
        b"\x00\x38\xc7",
        b"\x08XZS1011*2\xbf",
        *map(bytes.fromhex, SIA_BLOCKS),
    ],
    "osborne-hoffman": [
        b"SR0001L0001    001465XX    [ID5B9490D8]\r",
        b"SR0001L0001\0\0\0\0001465XX\0\0\0\0[ID5B9490D8]\r\0\0\0",
        b"\nSR0001L0001    006969XX    [ID00000000]\r\0",
        VECTORS["F80"].frame,
        b"01010053" + VECTORS["F80"].frame[9:],
    ],
    "hid-uid": [b"HID=16:00:aa#UID=1234#LFQ=600#CRC=" + b"0" * 32 + b"##"],
    "dsc-tl280": [TL280, TL280 * 2, b"\x00\x00\x00\x90\x95\x7e" + bytes(range(0x80, 0xA0))],
    "digits-and-code": [b"02001100180002977?A[Uuw1bszso"],
    "sur-gard": [
        b"5010 18123411310100 5\x14",
        b"5011 181234E13001015\x14",
        b"501001 181234E13001015\x14",
        b"501001 187037R30100000\r\n",
        b"500018123412100101015\x14",
        b"1011           @    \x14",
        b"101001           @    ",
        b"1061      7002    TH\x14",
        b"S01001[#1234|Nri1/BA001]\x14",
        b"001001[#0000|NRU0000]\x14",
        b"3011      1234 BA0015\x14",
    ],
    "ademco-685": [
        b"\n01 1234 18 E130 01 C015\r",
        b"\n00 OKAY @\r",
        b"\n11 1234 3\r",
        b"\n11 1234 3 1\r",
        b"\n11 1234 1 5 5A",
        b"\n11 1234 1555 5555 7\r",
    ],
    "dc-07": [b"\n1A2B\t00010100[ #1234|NBA1 ]\r", b"\n1A2Ba00010100[#1234|18113001015]\r"],
    "dc09.no-head": [
        EVENT[1:],
        EVENT[9:],
        b"\x0b" + EVENT[1:],
        b"\nFFFF 0021" + EVENT[9:],
        b'\n1234002G"*NULL"0000R1L0#1234[\r',
    ],
}
"""Noise to bytes that are it."""

FLAT = [(guess, data) for guess, samples in SAMPLES.items() for data in samples]
by_sample = pytest.mark.parametrize(("guess", "data"), FLAT)


def listen(pieces: list[bytes]) -> list[Arrival | Noise]:
    """What a receiving end makes of a connection; nothing may be answered, nothing waits for a verdict."""
    end = receiver()
    items: list[Arrival | Noise] = []
    for piece in pieces:
        items.extend(end.receive(piece, NOW))
        assert (end.data_to_send(), end.undecided) == (b"", 0)
    items.extend(end.receive_eof(NOW))
    assert (end.data_to_send(), end.undecided, end.closing) == (b"", 0, True)
    return items


@by_sample
def test_a_stranger_is_named_and_never_answered(guess: str, data: bytes) -> None:
    """In one piece, and byte by byte."""
    for pieces in ([data], [data[at : at + 1] for at in range(len(data))]):
        items = listen(pieces)
        assert [type(item) for item in items] == [Noise]
        assert [noise.guess for noise in noise_in(items)] == [guess]


@by_sample
def test_a_frame_behind_a_stranger_is_read_and_answered_alone(guess: str, data: bytes) -> None:
    """A load balancer's header, a probe on the same line: what follows is a panel."""
    end = receiver()
    items = end.receive(data + EVENT, NOW)
    assert [noise.guess for noise in noise_in(items)] == [guess]
    [arrival] = arrivals_in(items)
    assert arrival.raw == EVENT
    assert end.data_to_send() == b""


def test_every_name_has_a_sample_and_words_in_every_language() -> None:
    """A name that nothing yields is dead; one without words says nothing."""
    assert set(SAMPLES) == set(strangers.GUESSES)
    for language in LANGUAGES:
        assert set(strangers.GUESSES) <= texts.ids("noise", language)


@pytest.mark.parametrize("data", [b"", b"\0" * 300, b"\r\n\r\n", b"\n\n", b" \t\r\n", b"\0\r\n"])
def test_nothing_but_filler_is_nothing(data: bytes) -> None:
    """Port scanners send line ends and zeros; so do panels between frames."""
    assert listen([data]) == []


def test_random_bytes_are_garbage_nearly_always() -> None:
    """No name is so easily given that chance gives it: of thousands of runs a handful may get one."""
    rng = random.Random(20261122)
    named = 0
    for _ in range(4000):
        data = rng.randbytes(rng.randrange(1, 120))
        items = listen([data])
        named += sum(not noise.guess.startswith(("garbage", "dc09.")) for noise in noise_in(items))
    assert named < 40


def test_a_damaged_frame_keeps_its_own_name() -> None:
    """One bit anywhere in a captured frame, or its first bytes lost: nobody is sent looking for a browser."""
    allowed = {"garbage", "dc09.crc-mismatch", "dc09.length-mismatch", "dc09.incomplete", "dc09.no-head"}
    for vector in GOOD:
        for at in range(len(vector.frame)):
            for bit in (0, 1, 3, 5, 6):
                data = vector.frame[:at] + bytes([vector.frame[at] ^ (1 << bit)]) + vector.frame[at + 1 :]
                assert {noise.guess for noise in noise_in(heard(data))} <= allowed, (vector.id, at, bit)
        for lost in range(1, 12):
            assert {noise.guess for noise in noise_in(heard(vector.frame[lost:]))} <= allowed, (vector.id, lost)
        for kept in range(1, len(vector.frame)):
            assert {noise.guess for noise in noise_in(heard(vector.frame[:kept]))} <= allowed, (vector.id, kept)


def heard(data: bytes) -> list[Arrival | Noise]:
    end = receiver()
    return [*end.receive(data, NOW), *end.receive_eof(NOW)]


def test_a_wrong_crc_that_is_no_constant_stays_a_wrong_crc() -> None:
    """0101 is Osborne-Hoffman's; 0102 is a damaged frame."""
    for given, guess in ((b"0101", "osborne-hoffman"), (b"0102", "dc09.crc-mismatch"), (b"FFFF", "dc09.crc-mismatch")):
        [noise] = listen([b"\n" + given + EVENT[5:]])
        assert isinstance(noise, Noise)
        assert noise.guess == guess


def test_a_stranger_and_a_damaged_frame_behind_it_have_a_name_each() -> None:
    """Neither takes the other's."""
    items = listen([b"GET / HTTP/1.1\r\n\r\n" + EVENT[:-4]])
    assert [noise.guess for noise in noise_in(items)] == ["http", "dc09.incomplete"]


def test_a_block_whose_parity_is_wrong_is_not_named_by_it() -> None:
    """Only the block that names an account is known without."""
    assert strangers.guess(bytes.fromhex("454E4241303031C7")) is None
    assert strangers.guess(bytes.fromhex("4423313233349D")) == "sia-blocks"


def test_the_cloud_link_of_one_maker_is_dc09_with_a_token_of_its_own() -> None:
    """The envelope is right: it is a message, and gets a DUH."""
    arrival = only(receiver().receive(frame('"VIS-BBA"0001L0#1234[#1234|payload]'), NOW))
    assert "dc09.token.unknown" in ids(arrival)
