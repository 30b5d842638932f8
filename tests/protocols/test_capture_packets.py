"""Files of tcpdump and Wireshark: both formats, every link type, IP in all its forms."""

from __future__ import annotations

import struct
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.capture import CaptureError, Format, OtherFormatError, Piece, detect, read
from protocols.capture.internet import Datagram, Fragments
from tests.protocols.capture_support import (
    PANEL,
    PANEL_6,
    START,
    STATION,
    STATION_6,
    block,
    enhanced,
    ethernet,
    interface,
    ip4,
    ip6,
    items,
    notes,
    option,
    pcap,
    pcapng,
    pieces,
    said,
    section,
    tcp,
    udp,
)

HELLO = ip4(udp(b"hello"), 17)
THERE = f"{PANEL}:41122>{STATION}:5000"


# --- the files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_a_pcap_file_is_read_in_every_byte_order_and_resolution(order: str, nano: bool) -> None:
    """Bytes, addresses, times and numbers."""
    data = pcap([ethernet(HELLO)] * 2, order=order, nano=nano, start=START + 0.5)
    assert detect(data) is Format.PCAP
    first, second = pieces(items(data))
    assert (first.data, first.number, first.at) == (b"hello", 1, START + 0.5)
    assert (second.number, second.at) == (2, START + 0.75)
    assert (first.flow.transport, first.flow.source, first.flow.target) == ("udp", f"{PANEL}:41122", f"{STATION}:5000")


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_pcapng_file_is_read_in_both_byte_orders(order: str) -> None:
    """Blocks that are not known are passed over."""
    data = pcapng([ethernet(HELLO)], order=order) + block(0xBAD, b"what?", order) + block(5, bytes(8), order)
    data += enhanced(ethernet(HELLO), round((START + 1) * 1e6), order=order)
    assert detect(data) is Format.PCAPNG
    first, second = pieces(items(data))
    assert (first.at, first.number, second.at, second.number) == (START, 1, START + 1, 2)


@pytest.mark.parametrize(
    ("options", "ticks"),
    [
        (b"", round(START * 1e6)),
        (option(9, b"\x03"), round(START * 1e3)),
        (option(9, b"\x09"), round(START * 10**9)),
        (option(9, b"\x8a"), round(START * 1024)),
        (option(2, b"eth0") + option(9, b"\x00") + option(0, b""), round(START)),
        (option(14, struct.pack("<q", 1000)), round((START - 1000) * 1e6)),
    ],
)
def test_the_resolution_of_an_interface_counts(options: bytes, ticks: int) -> None:
    """Powers of ten and of two, and an offset."""
    [piece] = pieces(items(section() + interface(options=options) + enhanced(ethernet(HELLO), ticks)))
    assert piece.at == START


def test_simple_and_old_packets_are_read() -> None:
    """The simple one has no time and is cut by the interface; the old one is like the enhanced."""
    frame = ethernet(HELLO)
    simple = block(3, struct.pack("<I", len(frame)) + frame)
    ticks = round(START * 1e6)
    old = block(2, struct.pack("<HHIIII", 0, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)) + frame)
    first, second = pieces(items(section() + interface() + simple + old))
    assert (first.at, second.at) == (None, START)
    cut = section() + interface(snap=45) + block(3, struct.pack("<I", len(frame)) + frame[:45])
    [piece] = pieces(items(cut))
    assert piece.data == b"hel"


def test_a_section_may_change_the_byte_order_and_the_interfaces() -> None:
    """As files that were put behind each other do."""
    data = pcapng([ethernet(HELLO)], order="<") + pcapng([HELLO], order=">", link=101)
    assert [piece.number for piece in pieces(items(data))] == [1, 2]


def test_packets_of_several_interfaces_come_in_order_of_time() -> None:
    """Each interface writes when it likes."""
    data = section() + interface() + interface()
    for at, number in ((3, 0), (1, 1), (2, 1), (4, 0)):
        packet = ethernet(ip4(udp(b"%d" % at), 17))
        data += enhanced(packet, round((START + at) * 1e6), number=number)
    # The first packet is out before a second interface is seen.
    assert [piece.data for piece in pieces(items(data))] == [b"3", b"1", b"2", b"4"]


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_a_file_that_is_cut_off_gives_what_it_has(make: object) -> None:
    """Wherever it ends: no error, and a note with the number of the packet."""
    data = make([ethernet(HELLO)] * 2)  # type: ignore[operator]
    whole = len(items(data))
    start = 24 if make is pcap else len(section() + interface())
    for size in range(start, len(data)):
        found = items(data[:size])
        assert len(pieces(found)) <= 2
        for note in notes(found):
            assert note.id in ("capture.cut-off", "capture.packet-cut", "capture.packet-unreadable")
            assert note.number in (1, 2)
        if size not in (start, start + (len(data) - start) // 2):
            assert notes(found)
    assert whole == len(items(data, chunk=1))


def test_what_is_no_such_file_is_said_to_be_none() -> None:
    """And what is one, but damaged, is told with the place."""
    for kind in (Format.PCAP, Format.PCAPNG):
        with pytest.raises(OtherFormatError):
            items(b"certainly not a capture", kind)
    with pytest.raises(CaptureError, match="within its header, after 20 bytes"):
        items(pcap([])[:20], Format.PCAP)
    with pytest.raises(CaptureError, match="version 9"):
        items(b"\xd4\xc3\xb2\xa1\x09\0" + bytes(18))
    with pytest.raises(CaptureError, match="packet 2 says that it has 4294967295 bytes"):
        items(pcap([ethernet(HELLO)]) + struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 0))
    for bad in (
        struct.pack("<II", 6, 13),
        struct.pack("<II", 6, 8),
        block(6, struct.pack("<IIIII", 0, 0, 0, 500, 500)),
        block(6, struct.pack("<IIIII", 7, 0, 0, 0, 0)),
        block(6, b"short"),
        block(0x0A0D0D0A, b"\1\2\3\4" + bytes(12)),
        struct.pack("<II", 6, 0x7FFFFFFC),
    ):
        with pytest.raises(CaptureError, match="damaged at block 4, behind packet 1"):
            items(pcapng([ethernet(HELLO)]) + bad)


def test_a_block_whose_lengths_differ_is_read_and_named() -> None:
    """The one in front counts."""
    data = bytearray(pcapng([ethernet(HELLO)]))
    data[-4] ^= 0xFF
    found = items(bytes(data))
    assert [piece.data for piece in pieces(found)] == [b"hello"]
    assert [note.id for note in notes(found)] == ["capture.block-lengths-differ"]


def test_a_link_type_that_is_not_known_is_an_error_or_a_note() -> None:
    """An error where nothing else is in the file."""
    with pytest.raises(CaptureError, match="link type 105"):
        items(pcap([HELLO], link=105))
    data = section() + interface(105) + interface(101) + enhanced(HELLO, 1) + enhanced(HELLO, 1, number=1)
    found = items(data)
    assert [piece.data for piece in pieces(found)] == [b"hello"]
    assert [(note.id, note.values) for note in notes(found)] == [
        ("capture.link-type", {"link": "105", "count": "1"}),
    ]


def test_packets_that_cannot_be_read_are_named_a_few_times_and_then_counted() -> None:
    """A file full of them must not fill the screen."""
    broken = ethernet(HELLO[:15])
    found = items(pcap([broken] * 3))
    assert [(note.id, note.number) for note in notes(found)] == [("capture.packet-unreadable", at) for at in (1, 2, 3)]
    found = items(pcap([broken] * 9))
    assert len(notes(found)) == 6
    assert notes(found)[-1].values == {"count": "9"}


# --- link types ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "packet"),
    [
        (1, ethernet(HELLO)),
        (1, ethernet(HELLO, padding=10)),
        (1, ethernet(HELLO, tags=b"\x81\x00\x00\x05")),
        (1, ethernet(HELLO, tags=b"\x88\xa8\x00\x05\x81\x00\x00\x06")),
        (113, bytes(14) + b"\x08\x00" + HELLO),
        (113, bytes(14) + b"\x81\x00\x00\x05\x08\x00" + HELLO),
        (276, b"\x08\x00" + bytes(18) + HELLO),
        (276, b"\x81\x00" + bytes(18) + b"\x00\x05\x08\x00" + HELLO),
        (101, HELLO),
        (12, HELLO),
        (228, HELLO),
        (0, b"\x02\0\0\0" + HELLO),
        (0, b"\0\0\0\x02" + HELLO),
        (108, b"\0\0\0\x02" + HELLO),
        (0x10000001, ethernet(HELLO)),
    ],
)
def test_the_packet_is_found_behind_every_link_layer(link: int, packet: bytes) -> None:
    """The bits of the link type that tell of checksums are passed over."""
    assert said(items(pcap([packet], link=link))) == {THERE: b"hello"}


@pytest.mark.parametrize("packet", [b"", b"\0" * 12, ethernet(HELLO)[:13], bytes(12) + b"\x08\x06" + bytes(28)])
def test_what_is_no_ip_is_passed_over_in_silence(packet: bytes) -> None:
    """ARP and its like stand in every capture."""
    assert items(pcap([packet])) == []


# --- IP --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "packet",
    [
        ip6(udp(b"hello"), 17),
        ip6(udp(b"hello"), 0, extensions=b"\x11\x00" + bytes(6)),
        ip6(udp(b"hello"), 0, extensions=b"\x3c\x00" + bytes(6) + b"\x11\x01" + bytes(14)),
        ip6(udp(b"hello"), 51, extensions=b"\x11\x04" + bytes(22)),
        ip6(udp(b"hello"), 44, extensions=b"\x11\0\0\0\0\0\0\7"),
    ],
)
def test_ip_version_6_is_read_with_its_extension_headers(packet: bytes) -> None:
    """Hop-by-hop, destination options, authentication, a fragment header around a whole packet."""
    assert said(items(pcap([ethernet(packet)]))) == {f"[{PANEL_6}]:41122>[{STATION_6}]:5000": b"hello"}


def test_ip_options_and_a_length_of_zero_are_understood() -> None:
    """The latter is what a machine hands to its network card."""
    assert said(items(pcap([ip4(udp(b"hello"), 17, options=bytes(8))], link=101))) == {THERE: b"hello"}
    assert said(items(pcap([ip4(udp(b"hello"), 17, length=0)], link=101))) == {THERE: b"hello"}


@given(st.permutations(range(4)), st.booleans())
def test_fragments_come_together_in_any_order(order: list[int], version_6: bool) -> None:
    """Nothing else is told of them."""
    data = bytes(range(256)) * 2
    whole = udp(data)
    cuts = [(0, 200), (200, 304), (304, 512), (512, len(whole))]
    fragments = []
    for start, end in cuts:
        more = end < len(whole)
        if version_6:
            head = struct.pack(">BBHI", 17, 0, start | more, 9)
            fragments.append(ip6(whole[start:end], 44, extensions=head))
        else:
            fragments.append(ip4(whole[start:end], 17, identity=9, offset=start, more=more))
    found = items(pcap([fragments[at] for at in order], link=101))
    assert list(said(found).values()) == [data]
    assert not notes(found)


def test_fragments_that_overlap_give_each_byte_once() -> None:
    """The one that begins first counts."""
    whole = udp(bytes(range(200)))
    cuts = [(0, 64), (48, 160), (8, 24), (120, len(whole))]
    packets = [ip4(whole[a:b], 17, identity=9, offset=a, more=b < len(whole)) for a, b in cuts]
    assert said(items(pcap(packets, link=101))) == {THERE: bytes(range(200))}


def test_what_fills_up_a_short_frame_is_no_data() -> None:
    """Ethernet sends sixty bytes at least."""
    assert said(items(pcap([ethernet(ip4(tcp(b"hi", 1), 6), padding=4)]))) == {THERE: b"hi"}


def test_fragments_of_which_one_is_missing_are_told_of() -> None:
    """By the number of the packet that came first."""
    whole = udp(bytes(400))
    first = ip4(whole[:200], 17, identity=9, more=True)
    found = items(pcap([HELLO, first], link=101))
    assert [(note.id, note.number) for note in notes(found)] == [("capture.fragments-missing", 2)]


def test_fragments_take_no_more_memory_than_is_theirs() -> None:
    """Of thousands of beginnings the oldest are given up, and of one packet no more is kept than it can have."""
    begun = [ip4(bytes(64), 17, identity=at, more=True) for at in range(300)]
    found = items(pcap(begun, link=101))
    assert [note.number for note in notes(found)][:44] == list(range(1, 45))
    overlapping = [(at * 8, bytes(60_000 - at * 8)) for at in range(1, 200)]
    fragments = Fragments()
    tracemalloc.start()
    for offset, data in overlapping:
        fragments.add(Datagram("a", "b", 17, bytearray(data), len(data), 1, offset, True), 1)  # type: ignore[arg-type]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 500_000


def test_a_datagram_that_the_capture_cut_is_told_of() -> None:
    """With how much of it is missing."""
    found = items(pcap([HELLO], link=101, snap=30))
    assert said(found) == {THERE: b"he"}
    assert [(note.id, note.values) for note in notes(found)] == [("capture.packet-cut", {"missing": "3"})]


def test_only_the_ports_asked_for_are_read() -> None:
    """From or to."""
    packets = [ip4(udp(b"a", 1, 2), 17), ip4(udp(b"b", 2, 3), 17), ip4(udp(b"c", 3, 4), 17)]
    found = items(pcap(packets, link=101), ports=frozenset({2}))
    assert [piece.data for piece in pieces(found)] == [b"a", b"b"]


# --- anything --------------------------------------------------------------------------------------------------------


def drained(kind: Format, data: bytes, chunk: int) -> None:
    """Read all of it; only a CaptureError may come."""
    chunks = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    with suppress(CaptureError):
        for item in read(kind, chunks):
            assert not isinstance(item, Piece) or item.data


@given(st.binary(max_size=400), st.sampled_from([pcap([]), pcap([], order=">"), section() + interface(), b""]))
def test_any_bytes_raise_nothing_but_a_capture_error(data: bytes, start: bytes) -> None:
    """Behind the beginning of each format, and as any format."""
    for kind in Format:
        drained(kind, start + data, 64)


@given(
    st.lists(st.binary(max_size=80), max_size=8),
    st.sampled_from([0, 1, 101, 113, 276]),
    st.binary(min_size=0, max_size=20),
)
def test_any_packets_raise_nothing_at_all(packets: list[bytes], link: int, front: bytes) -> None:
    """Whatever a peer sends, and however it is cut."""
    for start in (front, bytes(12) + b"\x08\x00\x45", bytes(12) + b"\x86\xdd\x60", HELLO[:20], HELLO[:9] + b"\x06"):
        items(pcap([start + packet for packet in packets], link=link))


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 5, 6]), st.binary(max_size=60)), max_size=6), st.sampled_from("<>"))
def test_any_blocks_raise_nothing_but_a_capture_error(blocks: list[tuple[int, bytes]], order: str) -> None:
    """Framed rightly, with anything in them."""
    data = section(order) + interface(101, order=order)
    drained(Format.PCAPNG, data + b"".join(block(kind, content, order) for kind, content in blocks), 50)


@given(st.data())
def test_a_damaged_capture_raises_nothing_but_a_capture_error(data: st.DataObject) -> None:
    """Some bytes of a right one changed."""
    make = data.draw(st.sampled_from([pcap, pcapng]))
    whole = bytearray(make([ethernet(HELLO), ethernet(ip6(udp(b"x"), 17))] * 2))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    for kind in (Format.PCAP, Format.PCAPNG):
        drained(kind, bytes(whole), 50)
