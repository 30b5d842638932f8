"""``ptsn decode`` finds out the protocol of each flow: raw, in hex, in logs and captures, in both directions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.auto import Decoder
from protocols.capture import logs
from protocols.catalogue import texts
from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Verdict
from protocols.sia.blocks import Block, build
from protocols.wires import WIRES
from ptsn.commands.decode import PROTOCOLS, command
from ptsn.decoding import answers
from ptsn.decoding.reader import Reader, Settled
from tests.protocols.capture_support import PANEL, STATION, Talk, pcap
from tests.protocols.dc09_support import VECTORS
from tests.protocols.wire_examples import EXAMPLES

NOW = Moment(1767355200.0, 1000.0)
FRAMES = [
    pytest.param(name, frame, id=f"{name} {place}")
    for name, frames in EXAMPLES.items()
    for place, frame in enumerate(frames)
]
every_frame = pytest.mark.parametrize(("name", "frame"), FRAMES)
SUR_GARD = b"5011 181234E13001015\x14"
ACCOUNT, EVENT, TEXT, END = (
    bytes.fromhex(one)
    for one in (
        "462330313233 34359B",
        "4E4E746931313A34362F424131303131F7",
        "5B412B494E42524F5454202020202020202049522053 6F7672756D209934",
        "40308F",
    )
)
TAKEN = b"@8\x87"


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")


def run(data: bytes, *arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(command, [*arguments, "-"], input=data)
    assert result.exit_code == code, result.output
    return result


def objects(data: bytes, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(data, "--json", *arguments, code=code).stdout.split("\n")[:-1]]


def written(data: bytes) -> bytes:
    """As a log writes bytes: marks for those without a visible character."""
    return b"".join(bytes((byte,)) if 0x20 <= byte < 0x7F else b"<%02X>" % byte for byte in data)


# --- every wire ------------------------------------------------------------------------------------------------------


def test_the_protocols_of_the_option_are_those_there_are() -> None:
    assert ("auto", *WIRES) == PROTOCOLS


@every_frame
def test_a_message_of_every_protocol_is_known_however_it_is_written(name: str, frame: bytes) -> None:
    """Raw, in hex digits, and in a log in four notations: never as another protocol's, and never as two things."""
    forms = {
        "raw": frame,
        "hex": frame.hex(" ").encode() + b"\n",
        "compact": frame.hex().encode(),
    }
    if name != "dc09":
        forms |= {
            "escapes": b"12:00:01 RX " + repr(frame).encode() + b"\n",
            "hex in a log": b"2026-01-02 12:00:01 RX " + frame.hex(" ").encode() + b"\n",
            "marks": b"12:00 " + written(frame) + b"\n",
        }
    for form, data in forms.items():
        lines = objects(data, "--brief")
        assert {line.get("protocol") for line in lines} == {name}, form
        assert "".join(line["frame"] for line in lines).encode("latin-1").strip(b"\r\n\0") in frame, form


@every_frame
def test_the_pages_of_every_protocol_are_shown_in_every_language(name: str, frame: bytes) -> None:
    """In full and in brief, on printable lines; no part and no word is an id that the catalogues lack."""
    for language in ("en", "ru", "kk"):
        for form in ([], ["--brief"]):
            shown = run(frame, *form, "--lang", language).stdout
            assert all(line.isprintable() for line in shown.splitlines())
            assert "kind-of." not in shown
    [*lines] = objects(frame)
    for line in lines:
        for layer in line["explanation"]["layers"]:
            assert [part["start"] for part in layer["parts"][1:]] == [part["end"] for part in layer["parts"][:-1]]
            assert layer["parts"][-1]["end"] == len(layer["data"])
            assert {part["id"] for part in layer["parts"]} <= texts.ids("part")


@every_frame
def test_a_named_protocol_reads_its_own_and_no_other_messages(name: str, frame: bytes) -> None:
    """With --protocol nothing else is looked for: the same message under another name is noise, or kept unread."""
    assert {line["protocol"] for line in objects(frame, "--brief", "--protocol", name)} == {name}
    other = "dc09" if name != "dc09" else "ademco685"
    assert not any(line["ok"] for line in objects(frame, "--brief", "--protocol", other, code=1))


# --- both directions -------------------------------------------------------------------------------------------------


def answer_of(name: str, frame: bytes) -> bytes:
    """What the station's own end answers."""
    end = WIRES[name].receiving(
        Source("line", name, "192.0.2.7:41122", "192.0.2.7"),
        lambda adapter, receiver, prefix, account: Dialect(),
        options=SourceOptions(),
        limits=Limits(undecided=100),
        first=0,
    )
    items = list(end.receive(frame, NOW))
    out = b""
    while items:
        item = items.pop(0)
        if isinstance(item, Arrival):
            end.decide(item, Verdict.ALIVE if item.kind is ArrivalKind.LINK_TEST else Verdict.STORED, NOW)
        items += end.receive(b"", NOW)
    return out + end.data_to_send()


@every_frame
@pytest.mark.parametrize("caller", ["panel", "station"])
def test_answers_are_shown_as_answers_of_the_station(name: str, frame: bytes, caller: str) -> None:
    """Whoever opened the connection; and a message that is answered is not called unanswered."""
    reply = answer_of(name, frame)
    if name == "dc09" or not reply:
        return
    talk = Talk()
    says, hears = (talk.says, talk.hears) if caller == "panel" else (talk.hears, talk.says)
    packets = [*talk.open(), says(frame), hears(reply), says(frame), hears(reply), *talk.close()]
    data = pcap(packets, link=101)
    lines = objects(data, "--brief")
    assert {line["protocol"] for line in lines} == {name}
    froms = [line["from"] for line in lines]
    assert set(froms) == {"panel", "station"}
    panel, station = (PANEL, STATION) if caller == "panel" else (STATION, PANEL)
    assert all(line["panel"].startswith(panel) and line["station"].startswith(station) for line in lines)
    assert all((line["kind"] == "answer") is (line["from"] == "station") for line in lines)
    assert "".join(line["frame"] for line in lines if line["from"] == "station").encode("latin-1") == reply * 2
    assert froms[0] == "panel"
    assert "no answer" not in run(data, "--brief").stdout


@every_frame
def test_both_directions_captured_as_one_are_told_apart(name: str, frame: bytes) -> None:
    """As a tap on both wires of a serial line gives them: no answer is noise."""
    reply = answer_of(name, frame)
    if name == "dc09" or not reply or frame.startswith((b"POLL", b"21234")):
        return
    lines = objects(frame + reply + frame + reply, "--brief")
    assert {line["protocol"] for line in lines} == {name}
    said = "".join(line["frame"] for line in lines if line["from"] == "station").encode("latin-1")
    assert said.replace(b"\r", b"") == (reply * 2).replace(b"\r", b"")


@pytest.mark.parametrize(
    ("name", "raw", "token"),
    [
        ("surgard", b"\x06", "ACK"),
        ("surgard", b"\x15", "NAK"),
        ("surgard", b"ACK\r\n", "ACK"),
        ("ademco685", b"S", "S"),
        ("osborne-hoffman", b'"NAK"\r', "NAK"),
        ("sia", b"2\x06\r\n", "ACK"),
        ("sia", b"[P]\0\x01\x15\r\n", "NAK"),
        ("sia", b"P#1234\r\n", "ACK"),
    ],
)
def test_an_answer_is_read_and_explained(name: str, raw: bytes, token: str) -> None:
    """In pieces, too; what is none is noise, and is not taken for answers."""
    for size in (len(raw), 1):
        reader = answers.Answers(name)
        items = [item for at in range(0, len(raw), size) for item in reader.feed(raw[at : at + size])]
        items += reader.close()
        assert b"".join(item.raw for item in items).strip(b"\r\n") == raw.strip(b"\r\n")
        [item] = [item for item in items if isinstance(item, Arrival)]
        assert (item.kind, item.token) == (ArrivalKind.ANSWER, token)
        explanation = answers.explain(item)
        assert explanation is not None
        assert {part.id for part in explanation.layers[0].parts} <= texts.ids("part")
    assert answers.split(name, b"?" + raw) == []
    assert answers.split("dc09", raw) == []


def test_what_nobody_answered_is_named() -> None:
    """Without a sequence number where the protocol has none."""
    talk = Talk()
    packets = [*talk.open(), talk.says(SUR_GARD), talk.hears(b"\x06"), talk.says(SUR_GARD), *talk.close()]
    shown = run(pcap(packets, link=101), "--brief").stdout.splitlines()
    assert [line for line in shown if "no answer" in line] == [shown[-1]]
    assert "sequence" not in shown[-1]


# --- several protocols -----------------------------------------------------------------------------------------------


def test_a_capture_of_several_protocols_is_read_flow_by_flow() -> None:
    """All of them in one file, interleaved byte by byte."""
    talks = [Talk(port=41_000 + place) for place in range(len(EXAMPLES))]
    frames = [frames[0] for frames in EXAMPLES.values()]
    packets = [packet for talk in talks for packet in talk.open()]
    for at in range(max(map(len, frames))):
        packets += [talk.says(frame[at : at + 1]) for talk, frame in zip(talks, frames, strict=True) if at < len(frame)]
    lines = objects(pcap(packets, link=101), "--brief")
    by_port = {line["panel"].rpartition(":")[2]: line["protocol"] for line in lines}
    assert by_port == {str(41_000 + place): name for place, name in enumerate(EXAMPLES)}


@pytest.mark.parametrize("size", [1000, 7])
def test_messages_of_several_protocols_in_one_file_are_each_their_own(size: int) -> None:
    """Pasted one behind another."""
    data = SUR_GARD + EXAMPLES["d6600"][0] + SUR_GARD + VECTORS["S03"].frame + SUR_GARD
    reader = Reader(Settled(), 0.0)
    items = [item for at in range(0, len(data), size) for item in reader.feed(data[at : at + size])]
    items += reader.close()
    names = [item.protocol for item in items if isinstance(item, Arrival)]
    assert names == ["surgard", "d6600", "surgard", "dc09", "surgard"]
    assert not any(isinstance(item, Noise) for item in items)


def test_a_serial_capture_that_begins_in_the_middle_of_a_message() -> None:
    """The rest of it is noise, all that follows is read."""
    lines = objects(b"015\x14" + SUR_GARD * 3, "--brief", code=1)
    assert [line.get("protocol") for line in lines] == [None, "surgard", "surgard", "surgard"]
    rubbish = b"#" * 6000 + b"\n"
    lines = objects(rubbish + SUR_GARD * 2, "--brief", "--format", "raw", code=1)
    assert [line.get("protocol") for line in lines] == [None, "surgard", "surgard"]
    assert lines[0]["size"] >= 6000


def test_what_is_lost_of_a_flow_does_not_change_its_protocol() -> None:
    """Behind a gap the same protocol goes on."""
    talk = Talk()
    packets = [*talk.open(), talk.says(ACCOUNT + EVENT)]
    talk.says(b"lost")
    packets += [talk.says(EVENT.replace(b"1011", b"1012")[:-1] + bytes((EVENT[-1] ^ 3,))), *talk.close()]
    result = run(pcap(packets, link=101), "--json", code=1)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["signals"][0]["number"] for one in events if one.get("signals")] == ["1011", "1012"]


# --- SIA blocks ------------------------------------------------------------------------------------------------------


def test_every_block_of_a_session_is_shown() -> None:
    """Those that no message has, too: an account that nothing follows, the end; and a text with what it belongs to."""
    lines = objects(ACCOUNT, "--brief")
    assert [(line["token"], line["account"], line["kind"]) for line in lines] == [("#", "012345", "link-test")]
    lines = objects(ACCOUNT + EVENT + TEXT + END)
    assert [line["kind"] for line in lines] == ["event", "amendment", "link-test"]
    assert [line["amends"] for line in lines] == [None, 1, None]
    assert [one["text"] for one in lines[1]["signals"]] == ["+INBROTT IR Sovrum Ö"]
    shown = run(ACCOUNT + EVENT + TEXT + END).stdout
    assert "    adds to message 1" in shown
    assert "    a block that opens or ends the session" in shown
    assert "adds to message 1" in run(ACCOUNT + EVENT + TEXT, "--brief").stdout


def test_a_session_over_the_network_is_told_in_its_order() -> None:
    """The account block before its acknowledgement, and once; every answer behind what it answers."""
    talk = Talk()
    packets = talk.open()
    for block in (ACCOUNT, EVENT, TEXT, END):
        packets += [talk.says(block), talk.hears(TAKEN)]
    lines = objects(pcap([*packets, *talk.close()], link=101), "--brief")
    assert [line["token"] for line in lines] == ["#", "8", "N", "8", "A", "8", "0", "8"]
    assert [line["from"] for line in lines] == ["panel", "station"] * 4
    assert lines[4]["amends"] == 3
    talk = Talk()
    packets = [*talk.open(), talk.says(ACCOUNT), talk.hears(TAKEN), talk.hears(TAKEN), talk.says(EVENT)]
    lines = objects(pcap([*packets, *talk.close()], link=101), "--brief")
    assert [line["token"] for line in lines] == ["#", "8", "8", "N"]


def test_a_code_that_opens_a_panel_is_not_shown() -> None:
    """A page is handed on; programs get the bytes as they are."""
    blocks = ACCOUNT + build(Block("?", b"987654")) + EVENT
    for form in ([], ["--brief"]):
        assert "987654" not in run(blocks, *form).stdout
    assert "******" in run(blocks).stdout
    assert any("987654" in line["frame"] for line in objects(blocks, "--brief"))


def test_blocks_in_a_log_are_one_session() -> None:
    """Each in a line of its own, with times in front of the digits and the answers between."""
    log = b"".join(
        b"2026-01-02 12:00:%02d %s %s\n" % (second, way, block.hex(" ").upper().encode())
        for second, (way, block) in enumerate(
            [(b"RX", ACCOUNT), (b"TX", TAKEN), (b"RX", EVENT), (b"TX", TAKEN), (b"RX", END), (b"TX", TAKEN)]
        )
    )
    lines = objects(log, "--brief")
    assert [line["token"] for line in lines] == ["#", "8", "N", "8", "0", "8"]
    assert [line["from"] for line in lines] == ["panel", "station"] * 3
    assert lines[2]["signals"][0]["account"] == "012345"


# --- logs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["[DC4]", "<DC4>", "<14>", "<0x14>", "\\x14", "\\024", "\\u0014", "‹14›", "␔", ""])
def test_a_sur_gard_line_of_a_log_is_read_in_any_notation(end: str) -> None:
    """Where its DC4 was dropped, that is said."""
    for front in ("", "12:00:01 RX: ", '2026-01-02 12:00:01.123 [COM3] "'):
        data = f"some line before\n{front}5011 181234E13001015{end}\n".encode()
        [line] = objects(data)
        assert (line["protocol"], line["account"], line["findings"]) == ("surgard", "1234", [])
        assert line["restored"] == (None if end else "dc4")
        assert line["context"] == (front.strip() or None)
    assert "dropped the DC4" in run(b"12:00 5011 181234E13001015\n").stdout


@pytest.mark.parametrize(
    ("text", "name", "restored"),
    [
        ("S011[#1234|Nri1/BA01]", "surgard", "dc4"),
        ("1011      1234 A1001", "surgard", "dc4"),
        ("01 1234 18 E130 01 C015", "ademco685", "lf-cr"),
        ("F0F5a00010105[#1234|18113001015]", "d6600", "lf-cr"),
        ("SR0001L0001    001465XX    [ID5B9490D8]", "osborne-hoffman", "cr"),
    ],
)
def test_messages_whose_terminators_a_log_dropped_are_found(text: str, name: str, restored: str) -> None:
    [line] = objects(f"12:00:01.000 INFO receiver: {text}\n".encode())
    assert (line["protocol"], line["restored"]) == (name, restored)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02 12:00:01 connected 192.0.2.7:5000",
        "order 5011 of 2026, 18 pieces",
        "F0F5a00010106[#1234|18113001015]",
        "id 1234 5678 9012 3456",
        "GET /1011/1234 HTTP/1.1",
        "de ad be ef 00 11 22 33",
        "12:00:01 [14] thread 5011",
    ],
)
def test_what_only_resembles_a_message_is_none(text: str) -> None:
    """A wrong CRC, numbers, times."""
    assert not logs.holds_message(text)
    assert run(f"{text}\n".encode(), "--format", "log", code=1).stdout == ""


def test_lines_of_our_own_wire_view_are_read_in_both_directions() -> None:
    """And exports, by the protocol that they name: a block without its account is certain there."""
    rows = [
        {"event": "wire", "what": what, "peer": "192.0.2.7:1", "bytes": data.decode("latin-1"), "size": len(data)}
        for what, data in (("in", SUR_GARD), ("out", b"\x06"), ("in", SUR_GARD), ("out", b"\x15"))
    ]
    lines = objects("".join(json.dumps(row) + "\n" for row in rows).encode(), "--brief")
    assert [(line["token"], line["from"]) for line in lines] == [
        ("5", "panel"),
        ("ACK", "station"),
        ("5", "panel"),
        ("NAK", "station"),
    ]
    row = {"id": 1, "arrival": 1, "protocol": "sia", "raw": EVENT.decode("latin-1")}
    [line] = objects(json.dumps(row).encode())
    assert (line["protocol"], line["kind"], line["signals"][0]["code"]) == ("sia", "event", "BA")


# --- verdicts and options --------------------------------------------------------------------------------------------


def test_exit_codes_are_those_of_the_page_for_every_protocol() -> None:
    """Right is 0, a departure 0 and with --strict 1, damage 1."""
    run(SUR_GARD)
    run(SUR_GARD[:-1] + b"\r")
    run(SUR_GARD[:-1] + b"\r", "--strict", code=1)
    shown = run(SUR_GARD + b"5011 18\xff234E13001015\x14" + SUR_GARD, code=1).stdout
    assert "its content breaks the rules of the protocol" in shown
    assert "Messages: 2. Damaged, or no message: 1." in shown
    damaged = ACCOUNT + EVENT[:5] + b"?" + EVENT[6:] + EVENT
    assert "noise" in run(damaged, "--brief", code=1).stdout


def test_a_variant_has_to_be_one_of_the_protocol_named() -> None:
    """The error says which there are."""
    blocks = b"".join((ACCOUNT, EVENT))
    assert objects(blocks, "--brief", "--protocol", "sia", "--edge", "plain")[0]["protocol"] == "sia"
    assert "needs its --protocol" in run(blocks, "--edge", "plain", code=2).stderr
    assert "it has: galaxy" in run(blocks, "--protocol", "sia", "--edge", "x", code=2).stderr
    assert "it has none" in run(blocks, "--protocol", "surgard", "--edge", "x", code=2).stderr


def test_the_width_of_line_numbers_and_the_encoding_can_be_settled() -> None:
    """Where the bytes do not tell, and where a text is not of the usual code page."""
    wide = b"5011231234E13001015\x14".replace(b"5011231234", b"501123181234")
    for digits in ("1", "3"):
        run(wide, "--protocol", "surgard", "--line-digits", digits)
    text = "S011[#1234|Nri1/BA01*'Дверь']\x14".encode("windows-1251")
    [line] = objects(text, "--protocol", "surgard", "--encoding", "windows-1251")
    assert line["signals"][0]["text"] == "Дверь"


def test_the_help_has_an_example_of_a_line_and_of_blocks() -> None:
    """They do what they say."""
    shown = run(b"", "--help").stdout
    assert "echo '5011 181234E13001015' | ptsn decode" in shown
    assert "echo '46 23 30 31 32 33 34 35 9B' | ptsn decode" in shown
    assert objects(b"5011 181234E13001015\n")[0]["protocol"] == "surgard"
    assert objects(b"46 23 30 31 32 33 34 35 9B\n")[0]["protocol"] == "sia"


# --- any bytes -------------------------------------------------------------------------------------------------------

_everything = [frame for frames in EXAMPLES.values() for frame in frames] + [b"\x06", b"\x15", TAKEN, END, TEXT]
_pieces = st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(_everything)), max_size=6)


@settings(deadline=None, max_examples=150)
@given(_pieces, st.sampled_from(PROTOCOLS))
def test_any_bytes_are_read_without_an_error(pieces: list[bytes], protocol: str) -> None:
    """By every protocol and by none, in any pieces, as messages or as answers."""
    for wire in ("", *WIRES):
        reader = Reader(Settled(protocol=protocol), 0.0)
        list(reader.feed(b"".join(pieces[:1])))
        if wire:
            list(reader.answer(wire, "texecom"))
        for piece in pieces[1:]:
            list(reader.feed(piece))
        list(reader.close())


@settings(deadline=None, max_examples=60)
@given(_pieces)
def test_any_bytes_are_shown_in_every_form(pieces: list[bytes]) -> None:
    """Raw, as a log, and as hex digits."""
    data = b"".join(pieces)
    log = b"".join(b"12:00 " + written(piece) + b"\n" + repr(piece).encode() + b"\n" for piece in pieces)
    for form, given_ in (("raw", data), ("log", log), ("hex", data.hex(" ").encode())):
        for shape in ([], ["--json"]):
            result = CliRunner().invoke(command, ["--format", form, *shape, "-"], input=given_)
            assert result.exit_code in (0, 1), (result.exception, form)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(list(EXAMPLES)), st.data())
def test_a_reader_says_what_the_protocols_own_decoder_says(name: str, data: st.DataObject) -> None:
    """However the messages are cut; the blocks of a SIA session come in addition."""
    frames = data.draw(st.lists(st.sampled_from(EXAMPLES[name]), min_size=1, max_size=4))
    whole = b"".join(frames)
    if name == "sia" and any(frame.startswith((b"POLL", b"21234")) for frame in frames):
        return
    size = data.draw(st.integers(1, len(whole)))
    options = SourceOptions(listen_only=True)
    reader, decoder = Reader(Settled(options=options), NOW.wall), Decoder(name, wall=NOW.wall, options=options)
    read = [item for at in range(0, len(whole), size) for item in reader.feed(whole[at : at + size])]
    read += reader.close()
    own = [item for at in range(0, len(whole), size) for item in decoder.feed(whole[at : at + size])]
    own += decoder.close()
    got = [one.raw for one in read if isinstance(one, Arrival) and (name != "sia" or one.reply is not None)]
    assert got == [one.raw for one in own if isinstance(one, Arrival) and (name != "sia" or one.reply is not None)]
