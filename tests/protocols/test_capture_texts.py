"""Bytes written as text: hex digits, dumps, logs in every notation, and what ptsn itself wrote down."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.capture import CaptureError, End, Format, Gap, OtherFormatError, Piece, Side, detect, read
from ptsn.render import Renderer
from tests.protocols.capture_support import (
    Talk,
    ethernet,
    gaps,
    ip4,
    items,
    notes,
    pcap,
    pieces,
    said,
    tcp,
    udp,
)
from tests.protocols.dc09_support import GOOD, VECTORS, frame

EVENT, BINARY, ELDES, ACK = (VECTORS[id_].frame for id_ in ("S03", "F63", "F71", "C23"))
TEXTS = st.sampled_from([vector.frame for vector in GOOD])


def only(data: bytes, kind: Format = Format.LOG) -> Piece:
    """The single piece in a file that is found to be of that kind."""
    assert detect(data) is kind
    [piece] = pieces(items(data))
    return piece


# --- hex digits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        lambda data: data.hex(),
        lambda data: data.hex(" ").upper(),
        lambda data: data.hex(":"),
        lambda data: data.hex("-"),
        lambda data: data.hex(",") + "\n",
        lambda data: "".join(f"\\x{byte:02x}" for byte in data),
        lambda data: ", ".join(f"0x{byte:02X}" for byte in data),
        lambda data: "{" + ",\n ".join(f"0x{byte:02X}" for byte in data) + "};\n",
        lambda data: "# two frames\r\n" + data.hex(" ", 2)[:40] + "\r\n  " + data.hex(" ", 2)[40:] + "\r\n",
    ],
)
def test_hex_digits_are_read_in_any_layout(form: object) -> None:
    """As tools and people write them."""
    text = form(EVENT + BINARY)  # type: ignore[operator]
    assert detect(text.encode()) is Format.HEX
    for chunk in (0, 1, 7):
        assert said(items(text.encode(), chunk=chunk)) == {">": EVENT + BINARY}


@pytest.mark.parametrize("named", [True, False])
def test_an_array_in_c_is_read(named: bool, tmp_path: Path) -> None:
    """As ``xxd -i`` writes it, and as programs have it in one line."""
    if named and shutil.which("xxd") is None:
        pytest.skip("xxd is not installed")
    (tmp_path / "event.bin").write_bytes(EVENT + BINARY)
    done = subprocess.run(
        ["xxd", "-i", *(["event.bin"] if named else [])],
        cwd=tmp_path,
        stdin=(tmp_path / "event.bin").open("rb"),
        capture_output=True,
        check=True,
    )
    text = done.stdout
    assert (b"unsigned char" in text) is named
    line = b"static const uint8_t frame[63] = {" + ", ".join(f"0x{byte:02x}" for byte in EVENT).encode() + b"};\n"
    for each, data in ((text, EVENT + BINARY), (line, EVENT)):
        assert detect(each) is Format.HEX
        for chunk in (0, 1, 7):
            assert said(items(each, chunk=chunk)) == {">": data}


@pytest.mark.parametrize(("text", "words"), [(b"0a\n4z", "line 2 .*'z'"), (b"0a4", "line 1 .*cut in half")])
def test_what_is_not_hex_digits_is_said_with_its_line(text: bytes, words: str) -> None:
    """What was right before it is given out."""
    with pytest.raises(OtherFormatError, match=words):
        items(text, Format.HEX)


# --- dumps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["hexdump", "-C"],
        ["xxd"],
        ["xxd", "-u", "-g", "1"],
        ["xxd", "-c", "24"],
        ["od", "-A", "x", "-t", "x1z"],
        ["od", "-A", "x", "-t", "x1z", "-v"],
        ["od", "-t", "x1"],
        ["od", "-A", "d", "-t", "x1"],
        ["od", "-c"],
        ["od", "-A", "x", "-c"],
        ["od", "-A", "d", "-c", "-v"],
        ["hexdump", "-c"],
        ["hexdump", "-c", "-v"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "data",
    [EVENT, EVENT + bytes(300) + BINARY, b"\n", b"0123456789abc   x" + b"y".ljust(16) * 4 + b"end  "],
    ids=["one", "zeros", "short", "blanks"],
)
def test_dumps_of_the_usual_tools_are_read(command: list[str], data: bytes) -> None:
    """The real tools, where they are installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    dump = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    assert said(items(dump, Format.HEXDUMP)) == {">": data}
    if len(data) > 1:
        assert detect(dump) is Format.HEXDUMP
        assert detect(b"$ " + " ".join(command).encode() + b" capture\n" + dump) is Format.HEXDUMP


def test_a_dump_in_words_is_refused_because_it_is_not_certain() -> None:
    """With what to do instead."""
    dump = b"0000000 430a 3145 3031 3330 2232 4953 2d41 4344\n0000010 2253\n"
    assert detect(dump) is Format.HEXDUMP
    with pytest.raises(CaptureError, match="hexdump -C"):
        items(dump)


def test_a_text_without_a_dump_is_refused() -> None:
    """As what it is not."""
    with pytest.raises(OtherFormatError, match="no hex dump"):
        items(b"nothing here\n", Format.HEXDUMP)


def test_missing_lines_are_a_gap_and_a_new_beginning_is_a_new_dump() -> None:
    """The offsets tell."""
    lines = [f"{at:08x}  {EVENT[at : at + 16].hex(' ')}\n" for at in range(0, 64, 16)]
    found = items("".join([lines[0], lines[1], lines[3]]).encode(), Format.HEXDUMP)
    assert [gap.size for gap in gaps(found)] == [16]
    found = items("".join(lines[:2] * 2).encode(), Format.HEXDUMP)
    assert [type(item) for item in found] == [Piece, Piece, End, Piece, Piece, End]
    with pytest.raises(CaptureError, match="stands for"):
        items(lines[0].encode() + b"*\nffffffff  00\n", Format.HEXDUMP)


def test_a_followed_stream_has_two_directions() -> None:
    """Wireshark indents the lines of the side that did not open it."""

    def dump(data: bytes, indent: str, start: int) -> str:
        rows = [(start + at, data[at : at + 16].hex(" ", 1)) for at in range(0, len(data), 16)]
        return "".join(
            f"{indent}{at:08X}  {digits[:23]}  {digits[24:]:<23}   ................\n" for at, digits in rows
        )

    text = dump(EVENT, "", 0) + dump(ACK, "    ", 0) + dump(ELDES, "", len(EVENT)) + dump(ACK, "    ", len(ACK))
    assert detect(text.encode()) is Format.HEXDUMP
    found = pieces(items(text.encode()))
    assert b"".join(piece.data for piece in found if piece.flow.side is not Side.STATION) == EVENT + ELDES
    assert b"".join(piece.data for piece in found if piece.flow.side is Side.STATION) == ACK * 2


def packet_dump(packet: bytes, head: str) -> str:
    """As ``tcpdump -x`` prints it."""
    rows = [f"\t0x{at:04x}:  {packet[at : at + 16].hex(' ', -2)}\n" for at in range(0, len(packet), 16)]
    return head + "\n" + "".join(rows)


@pytest.mark.parametrize("link", [True, False])
def test_packets_printed_by_tcpdump_are_taken_apart(link: bool) -> None:
    """With and without the link layer; only ``-tt`` gives a time that is certain."""
    talk = Talk()
    packets = [*talk.open(), talk.says(EVENT), talk.hears(ACK)]
    text = "".join(
        packet_dump(
            ethernet(packet) if link else packet, f"1767355200.{at}00000 IP 192.0.2.7.41122 > 198.51.100.1.5000"
        )
        for at, packet in enumerate(packets)
    )
    assert detect(text.encode()) is Format.HEXDUMP
    first, second = pieces(items(text.encode()))
    assert (first.data, first.at, first.number) == (EVENT, 1767355200.3, 4)
    assert (second.data, second.flow.side) == (ACK, Side.STATION)
    assert not pieces(items(text.encode(), ports=frozenset({1})))


def test_a_packet_copied_from_wireshark_is_taken_apart() -> None:
    """Its dump has no mark of tcpdump, but begins with Ethernet."""
    packet = ethernet(ip4(udp(EVENT), 17))
    rows = [f"{at:04x}   {packet[at : at + 16].hex(' ')}   ................\n" for at in range(0, len(packet), 16)]
    assert list(said(items("".join(rows).encode())).values()) == [EVENT]


@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="tcpdump is not installed")
@pytest.mark.parametrize("options", [["-X"], ["-XX"], ["-xx", "-tt"], ["-A", "-x"]], ids=" ".join)
def test_what_the_real_tcpdump_prints_is_read(options: list[str]) -> None:
    """It reads our file, and we read what it prints."""
    talk = Talk()
    file = pcap([ethernet(packet) for packet in (*talk.open(), talk.says(EVENT), talk.hears(ACK), *talk.close())])
    command = ["tcpdump", "-n", "-Z", "root", "-r", "-", *options]
    printed = subprocess.run(command, input=file, capture_output=True, check=True).stdout
    assert detect(printed) is Format.HEXDUMP
    assert [piece.data for piece in pieces(items(printed))] == [EVENT, ACK]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_the_real_tshark_and_we_read_the_same() -> None:
    """The payload of each segment, as it sees our file, and as we see what it writes."""
    talk = Talk()
    packets = [ethernet(packet) for packet in (*talk.open(), talk.says(EVENT), talk.hears(ACK), *talk.close())]
    command = ["tshark", "-r", "-", "-T", "fields", "-e", "tcp.payload"]
    shown = subprocess.run(command, input=pcap(packets), capture_output=True, check=True, text=False).stdout
    assert [bytes.fromhex(line) for line in shown.decode().split()] == [EVENT, ACK]
    command = ["tshark", "-r", "-", "-F", "pcapng", "-w", "-"]
    written = subprocess.run(command, input=pcap(packets), capture_output=True, check=True).stdout
    assert detect(written) is Format.PCAPNG
    assert [piece.data for piece in pieces(items(written))] == [EVENT, ACK]


# --- logs ------------------------------------------------------------------------------------------------------------


def marked(data: bytes, left: str, right: str, form: str = "{:02X}", names: bool = True) -> str:
    """The bytes with every unseen one as a mark."""
    words = {10: "LF", 13: "CR", 0: "NUL"} if names else {}
    return "".join(
        chr(byte) if 32 <= byte < 127 else f"{left}{words.get(byte, form.format(byte))}{right}" for byte in data
    )


def quoted(data: bytes) -> str:
    """As strace and C programs write."""
    return marked(data, "\\", "", "{:03o}", names=False)


FORMS = {
    "<LF>": lambda data: marked(data, "<", ">"),
    "<0A>": lambda data: marked(data, "<", ">", names=False),
    "<0x0a>": lambda data: marked(data, "<", ">", "0x{:02x}", names=False),
    "own": lambda data: marked(data, "‹", "›"),
    "repr of bytes": lambda data: repr(data),
    "repr of text": lambda data: repr(data.decode("latin-1")),
    "JSON": lambda data: json.dumps({"time": "12:00", "data": data.decode("latin-1")}),
    "JSON of repr": lambda data: json.dumps({"time": "12:00", "data": repr(data)}),
    "\\012": quoted,
    "\\u000a": lambda data: marked(data, "\\u", "", "{:04x}", names=False),
    "hex": lambda data: data.hex(" "),
    "HEX": lambda data: data.hex().upper(),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector.id)
def test_every_captured_frame_is_found_in_every_notation(name: str, vector: object) -> None:
    """Within a line, with other text around it."""
    data: bytes = vector.frame  # type: ignore[attr-defined]
    if data.count(b"\r") > 1 and data.count(b"\n") > 1:
        data = data[: data.index(b"\r\n") + 1]
    line = f"2026-01-02 12:00:00 INFO received {FORMS[name](data)} from 192.0.2.7\n".encode()
    found = pieces(items(b"2026-01-02 11:59:59 INFO listening\n" + line, Format.LOG))
    assert b"".join(piece.data for piece in found).rstrip(b"\0") == data.rstrip(b"\0")
    assert found[0].number == 2
    assert found[0].context.startswith("2026-01-02 12:00:00 INFO received")
    assert not found[0].restored
    assert detect(line) is Format.LOG


def test_brackets_are_a_notation_where_they_can_be_no_data() -> None:
    """``[LF]`` and ``[0A]`` are, ``[A1]`` is extended data."""
    data = frame('"SIA-DCS"0001L0#1234[#1234|NBA1][A1]')
    text = data.decode().replace("\n", "[LF]").replace("\r", "[CR]")
    assert only(f"x {text} y\n".encode()).data == data
    text = data.decode().replace("\n", "[0A]").replace("\r", "[0d]")
    assert only(f"x {text} y\n".encode()).data == data


def test_control_pictures_are_read() -> None:
    """As some terminals show them."""
    text = EVENT.decode().replace("\n", "\u240a").replace("\r", "\u240d")
    assert only(f"x {text} y\n".encode()).data == EVENT


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_letters_beyond_ascii_are_the_bytes_that_fit_the_length(encoding: str) -> None:
    """A log shows characters, and only the length tells which bytes they were."""
    data = frame(
        '"SIA-DCS"0001L0#1234[#1234|NBA1][IКухня é]'.encode()
        if encoding == "utf-8"
        else b'"SIA-DCS"0001L0#1234[#1234|NBA1][I\xe9\xe8]'
    )
    text = data.decode(encoding)
    for line in (
        json.dumps(text),
        json.dumps(text, ensure_ascii=False),
        text.replace("\n", "<LF>").replace("\r", "<CR>"),
    ):
        assert only(f"got {line} end\n".encode()).data == data
    # And where the log kept the bytes.
    assert only(b"got " + data.replace(b"\n", b"<LF>").replace(b"\r", b"<CR>") + b" end\n").data == data


@pytest.mark.parametrize("data", [EVENT, ELDES, ACK], ids=["event", "counts-cr", "ack"])
@pytest.mark.parametrize(
    ("line", "restored"),
    [
        ("{}\n", "lf-cr"),
        ("12:00:00 < {}\n", "lf-cr"),
        ("12:00:00 < '{}'\n", "lf-cr"),
        ("12:00:00 < {} (51 bytes)\n", "lf-cr"),
        ("12:00:00 < {}\r\n", "lf"),
        ("12:00:00 < <LF>{}\n", "cr"),
        ("12:00:00 < {}<CR>\n", "lf"),
    ],
)
def test_what_a_log_dropped_is_put_back_and_told(data: bytes, line: str, restored: str) -> None:
    """LF and CR are known to belong there."""
    piece = only(line.format(data.decode().strip()).encode())
    assert (piece.data, piece.restored) == (data, restored)


QUOTES = ["“”", "‘’", "«»", "„“", "””", '"”', "‚‘"]


@pytest.mark.parametrize("quotes", QUOTES)
@pytest.mark.parametrize(
    ("line", "restored"),
    [("{}\n", "lf-cr-quotes"), ("12:00 < <LF>{}<CR>\n", "quotes"), ("12:00 < \\n{}\\r\n", "quotes")],
)
@pytest.mark.parametrize("data", [EVENT, ACK], ids=["event", "ack"])
def test_quotes_that_a_messenger_replaced_are_put_back_and_told(
    data: bytes, line: str, restored: str, quotes: str
) -> None:
    """Around the type of the message only: what its texts say is not for us to change."""
    first, kind, rest = data.decode().strip().split('"', 2)
    text = line.format(f"{first}{quotes[0]}{kind}{quotes[1]}{rest}").encode()
    piece = only(text)
    assert (piece.data, piece.restored) == (data, restored)


def test_quotes_of_windows_are_put_back_too() -> None:
    """As bytes of Windows-1252, where a text editor saved them so."""
    text = EVENT.decode().strip().replace('"', "“", 1).replace('"', "”", 1)
    assert only(text.encode("cp1252") + b"\n").restored == "lf-cr-quotes"
    data = frame('"SIA-DCS"0001L0#1234[#1234|NBA1][I«Kitchen» “door”]'.encode())
    assert only(data.strip() + b"\n").restored == "lf-cr"
    assert only(data.strip() + b"\n").data == data


@pytest.mark.parametrize("form", ["^J{}^M", "12:00 got ^J{}^M^@ end", "12:00 {}^M$"])
def test_carets_are_read(form: str) -> None:
    """As ``cat -v`` and editors write; ``^]`` is the end of a text of SIA, and ``^M`` may begin one."""
    for data in (EVENT, frame('"SIA-DCS"0001L0#1234[#1234|NBA1^Kitchen^]')):
        assert only(form.format(data.decode().strip()).encode() + b"\n").data.rstrip(b"\0") == data
    data = frame('"SIA-DCS"0001L0#1234[#1234|NBA1^MAIN^]')
    assert only(b"12:00 " + data.strip() + b"\n").data == data


def test_what_cat_shows_is_read() -> None:
    """It leaves line ends as they are."""
    shown = subprocess.run(["cat", "-v"], input=EVENT + ACK, capture_output=True, check=True).stdout
    found = pieces(items(shown))
    assert [piece.data for piece in found] == [EVENT, ACK]
    assert found[0].restored == ""


CUT = VECTORS["C16"].frame[:40]


def test_a_message_that_is_cut_off_is_raw_bytes() -> None:
    """Nothing was dropped in front of it: it begins with the LF that is there."""
    assert CUT.startswith(b"\n")
    assert detect(CUT) is Format.RAW
    assert detect(CUT, final=False) is None
    for text, restored in ((b"\n" + EVENT.strip(), "cr"), (b"\n" + EVENT.strip() + b"\n", "cr"), (CUT, "")):
        [piece] = pieces(items(text, Format.LOG))
        assert piece.restored == restored
    # In a log of bare messages each line end is the line's own.
    found = pieces(items((EVENT.strip() + b"\n") * 2, Format.LOG))
    assert [piece.restored for piece in found] == ["lf-cr", "lf-cr"]


def test_a_damaged_message_in_a_log_is_given_as_it_is() -> None:
    """It is not for us to judge, and nothing is put back where it does not fit."""
    text = EVENT.decode().replace("\n", "<LF>").replace("\r", "<CR>")
    assert only(f"x {text.replace('NFA', 'N')} y\n".encode()).data == EVENT.replace(b"NFA", b"N")
    cut = only(f"x {text[:40]}\n".encode())
    assert (cut.data, cut.restored) == (EVENT[:37], "")


def test_several_messages_in_a_line_come_one_by_one() -> None:
    """Each with the text before it."""
    text = (EVENT + ACK).decode().replace("\n", "<LF>").replace("\r", "<CR>")
    first, second = pieces(items(f"in {text} out\n".encode()))
    assert (first.data, first.context, second.data, second.context) == (EVENT, "in", ACK, "")


def test_lines_without_a_message_are_counted() -> None:
    """For whoever asks."""
    [note] = notes(items(b"one\ntwo <LF>x\n" + b"x " + repr(EVENT).encode() + b"\n", Format.LOG))
    assert (note.values, note.grave) == ({"count": "2", "lines": "3"}, False)


def test_a_log_in_utf_16_is_read() -> None:
    """As a shell of Windows writes it."""
    text = f"12:00 {EVENT!r} end\r\n"
    assert only(text.encode("utf-16")).data == EVENT
    assert said(items(text.encode("utf-16"), Format.LOG, chunk=3)) == {">": EVENT}


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_recorded_lines_of_tail_are_read_as_streams(language: str) -> None:
    """Who sent what, byte for byte, in pieces as they came; verdicts, findings and noise are passed over."""

    def record(what: str, peer: str, **more: object) -> dict[str, object]:
        return {"at": "2026-01-02T12:00:00.123Z", "what": what, "peer": peer} | more

    def passed(what: str, peer: str, data: bytes) -> dict[str, object]:
        return record(what, peer, bytes=data.decode("latin-1"), size=len(data))

    long = frame('"SIA-DCS"0001L0#1234[#1234|A' + "x" * 700 + "]")
    finding = {"id": "dc09.crc.binary", "severity": "deviation"}
    verdict = {
        "verdict": "stored",
        "answer": "ACK",
        "why": "",
        "token": "SIA-DCS",
        "account": "1",
        "findings": [finding],
    }
    records = [
        record("note", "192.0.2.7:1", text="connected"),
        passed("in", "192.0.2.7:1", EVENT[:20]),
        passed("in", "[2001:db8::7]:2", BINARY),
        passed("in", "192.0.2.7:1", EVENT[20:] + b"junk"),
        record("verdict", "192.0.2.7:1", decrypted=None, **verdict),
        record("noise", "192.0.2.7:1", guess="garbage", bytes="junk", size=4),
        passed("out", "192.0.2.7:1", ACK),
        record("note", "192.0.2.7:1", text="closed"),
        passed("in", "192.0.2.7:1", long),
    ]
    renderer = Renderer(language)
    text = "".join(f"{line}\n" for one in records for line in renderer.wire(one)).encode()
    assert detect(text) is Format.LOG
    found = items(text)
    flows = said(found)
    assert flows[">192.0.2.7:1"] == ACK
    assert flows["[2001:db8::7]:2>"] == BINARY
    assert flows["192.0.2.7:1>"] == EVENT + b"junk" + long[:600]
    assert {piece.flow.side for piece in pieces(found) if piece.flow.source} == {Side.PANEL}
    [gap] = gaps(found)
    assert gap.size == len(long) - 600
    kinds = [
        type(item)
        for item in found
        if isinstance(item, Gap | End | Piece) and "192.0.2.7:1" in (item.flow.source, item.flow.target)
    ]
    assert kinds[:6] == [Piece, Piece, Piece, End, End, Piece]


def test_what_a_panel_printed_is_read_as_streams() -> None:
    """``ptsn panel -v``."""
    text = "".join(
        f"{arrow} {data.decode('latin-1').encode('unicode_escape').decode()}\n"
        for arrow, data in (("->", BINARY), ("<-", ACK))
    )
    assert detect(text.encode()) is Format.LOG
    there, back = pieces(items(text.encode()))
    assert (there.data, there.flow.side, back.data, back.flow.side) == (BINARY, Side.PANEL, ACK, Side.STATION)


# --- our own files ---------------------------------------------------------------------------------------------------


def row(raw: bytes, arrival: int, **more: object) -> dict[str, object]:
    """A row of an export, as far as it is looked at."""
    shown = {"id": arrival, "arrival": arrival, "kind": "signal", "received_at": "2026-01-02T12:00:00.500Z"}
    return shown | {"peer": "192.0.2.7:1", "raw": raw.decode("latin-1")} | more


def test_an_export_gives_each_message_once() -> None:
    """Though it may have made several entries; entries without bytes say nothing."""
    rows = [row(EVENT, 1), row(EVENT, 1, id=2), row(b"", 3), row(BINARY, 4), row(BINARY, 5)]
    data = "".join(json.dumps(one) + "\n" for one in rows).encode()
    assert detect(data) is Format.EXPORT
    found = pieces(items(data))
    assert [piece.data for piece in found] == [EVENT, BINARY, BINARY]
    assert [piece.number for piece in found] == [1, 4, 5]
    assert (found[0].at, found[0].flow.source, found[0].flow.whole) == (1767355200.5, "192.0.2.7:1", True)


def test_an_export_as_csv_is_read() -> None:
    """With line ends within its cells."""
    from io import StringIO

    from receiver.journal.export import COLUMNS, export_csv

    out = StringIO(newline="")
    rows = [dict.fromkeys(COLUMNS) | row(data, at) for at, data in enumerate((EVENT, BINARY, ELDES), 1)]
    export_csv(rows, out)
    data = out.getvalue().encode()
    assert detect(data) is Format.EXPORT
    assert [piece.data for piece in pieces(items(data))] == [EVENT, BINARY, ELDES]


def test_a_masked_key_is_told_of() -> None:
    """Such a message cannot have a right CRC."""
    data = json.dumps(row(b"\n00000012x[K****]\r", 1)).encode()
    assert [(note.id, note.number) for note in notes(items(data, Format.EXPORT))] == [("capture.masked", 1)]


def test_records_of_tail_are_streams() -> None:
    """What was cut off in the record is a gap; a note of a new connection ends what was before."""
    rows = [
        {
            "event": "wire",
            "what": "in",
            "peer": "p:1",
            "bytes": EVENT[:9].decode(),
            "size": 9,
            "at": "2026-01-02T12:00:00Z",
        },
        {"event": "wire", "what": "in", "peer": "p:1", "bytes": EVENT[9:].decode(), "size": len(EVENT)},
        {"event": "wire", "what": "out", "peer": "p:1", "bytes": ACK.decode(), "size": len(ACK)},
        {"event": "wire", "what": "note", "peer": "p:1", "text": "closed"},
        {"event": "entry", "kind": "station"},
    ]
    data = "".join(json.dumps(one) + "\n" for one in rows).encode()
    assert detect(data) is Format.EXPORT
    found = items(data)
    assert said(found) == {"p:1>": EVENT, ">p:1": ACK}
    assert [gap.size for gap in gaps(found)] == [9]
    assert pieces(found)[0].at == 1767355200.0
    assert len([item for item in found if isinstance(item, End)]) == 2


@pytest.mark.parametrize(
    "line", [b'{"raw": "x"}\nno JSON\n', b'{"raw": "x"}\n{"a": 1}\n', b'{"raw": "x"}\n{"raw": "\xe2\x82\xac"}\n']
)
def test_a_line_that_is_none_of_an_export_is_an_error_with_its_number(line: bytes) -> None:
    """A file is not believed in parts."""
    with pytest.raises(CaptureError, match="line 2"):
        items(line)


# --- anything --------------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(
                [
                    "<LF>",
                    "‹CR›",
                    "\\n",
                    "\\x0",
                    "[0A]",
                    "\n",
                    '"SIA-DCS"',
                    "CE110032",
                    "00000000  ",
                    "*\n",
                    "“",
                    "»",
                    "^M",
                    "^J",
                    "  \\n   F",
                    "uint8_t a[] = {",
                ]
            ),
            st.sampled_from(
                ["0x0000:  4500 ", '{"raw": "', "id,arrival,raw\n", "12:00:00.000  p  -> ", "  (9 bytes)\n"]
            ),
        ),
        max_size=12,
    )
)
def test_any_text_raises_nothing_but_a_capture_error(parts: list[str]) -> None:
    """As any of the formats, in chunks."""
    data = "".join(parts).encode("utf-8", "surrogatepass")
    for kind in Format:
        with suppress(CaptureError):
            for item in read(kind, [data[at : at + 5] for at in range(0, len(data), 5)]):
                assert not isinstance(item, Piece) or item.data


@given(
    st.lists(
        st.tuples(
            TEXTS,
            st.sampled_from(sorted(FORMS)),
            st.text(st.characters(codec="ascii", exclude_characters="\n\r<[\\\"{'"), max_size=20),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_log_gives_the_same_whatever_the_chunks(lines: list[tuple[bytes, str, str]]) -> None:
    """And whatever its lines say around the messages."""
    text = "".join(f"{before} {FORMS[form](data)}\n" for data, form, before in lines).encode()
    whole = items(text, Format.LOG)
    assert whole == items(text, Format.LOG, chunk=11)


def test_long_lines_do_not_fill_the_memory() -> None:
    """They come in pieces."""
    from protocols.capture.supply import LINE, lines

    found = list(lines([b"x" * LINE] * 3 + [b"y\n"]))
    assert sum(map(len, found)) == 3 * LINE + 2
    assert max(map(len, found)) <= LINE


def test_a_segment_of_nothing_is_no_piece() -> None:
    """An acknowledgement says nothing."""
    assert not pieces(items(pcap([ip4(tcp(b""), 6)], link=101)))
