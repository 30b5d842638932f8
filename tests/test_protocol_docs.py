"""``docs/protocols.md`` and ``docs/lines``: every example is read and answered, byte for byte, as the pages say; the
tables name every protocol, transport and identifier that there is."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from protocols import wires
from protocols.d6600 import grammar as d6600
from protocols.ends import Limits, Source
from protocols.lines import overrides
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Signal, Verdict
from protocols.sia.blocks import Block, build
from protocols.wire import Likeness
from protocols.wires import WIRES
from ptsn.decoding.cells import cells as shown
from receiver.settings import load
from tests.test_connect_docs import ROOT, Table, blocks, code, tables

PAGE = ROOT / "docs" / "protocols.md"
LINES = ROOT / "docs" / "lines"
SOURCES = sorted(LINES.glob("*.md"))
NOW = Moment(1767355200.0, 1000.0)
"""2026-01-02 12:00:00 UTC."""
KINDS = {ArrivalKind.LINK_TEST: "link test", ArrivalKind.OPAQUE: "unread"}
BECOMES = {"event", "text", "link test", "unread", "session", "answer"}
LONGEST = 90
"""Lines of a page on one protocol."""


class Example:
    """What a page says of bytes: ``>`` their hex digits, then themselves, ``=`` what is read, ``<`` the answers."""

    def __init__(self, protocol: str, text: str) -> None:
        lines = text.splitlines()
        self.protocol = protocol
        self.data = bytes.fromhex("".join(line[2:] for line in lines if line.startswith("> ")))
        self.printed = "".join(line[2:] for line in lines if line.startswith("  "))
        self.readings = [line[2:] for line in lines if line.startswith("= ")]
        self.answer = bytes.fromhex("".join(line[2:] for line in lines if line.startswith("< ")))


def hear(protocol: str, data: bytes, edge: str = "") -> tuple[list[Arrival | Noise], bytes]:
    """What a station makes of bytes when everything can be stored, and what it answers."""
    end = wires.receiving(
        protocol,
        Source("line", protocol, "192.0.2.7:41122", "192.0.2.7"),
        lambda *account: Dialect(),
        options=SourceOptions(edge=edge),
        limits=Limits(undecided=100),
        first=0,
    )
    items: list[Arrival | Noise] = []
    answers = b""
    for more in (end.receive, lambda _, now: end.receive(b"", now), lambda _, now: end.receive_eof(now)):
        found = more(data, NOW)
        for item in found:
            if isinstance(item, Arrival):
                alive = item.kind is ArrivalKind.LINK_TEST
                end.decide(item, Verdict.ALIVE if alive else Verdict.STORED, NOW)
        items += found
        answers += end.data_to_send()
    return items, answers


def reading(item: Arrival | Noise) -> str:
    """An arrival in the words of the page."""
    assert isinstance(item, Arrival), item
    account = f", account {item.account}" if item.account else ""
    happened = "; ".join(event(signal) for signal in item.signals if signal.code)
    return f"{KINDS.get(item.kind, item.kind.value)} {item.token}{account}" + (f": {happened}" if happened else "")


def event(signal: Signal) -> str:
    """A signal in the words of the page."""
    words = [f"{signal.scheme.value} {signal.code} {signal.qualifier.value}"]
    words += [f"partition {signal.partition}"] if signal.partition else []
    subject = signal.subject if signal.subject not in ("", "none") else "number"
    words += [f"{subject} {signal.number}"] if signal.number else []
    words += [f"text {signal.text}"] if signal.text else []
    return ", ".join(words)


def examples() -> list[Example]:
    """All of the page, with the protocol whose heading they stand under."""
    found = []
    for name, block in re.findall(r"^### (\S+)\n.*?^```text\n(.*?)^```$", PAGE.read_text("utf-8"), re.S | re.M):
        found += [Example(name, part) for part in block.strip("\n").split("\n\n")]
    return found


EXAMPLES = examples()
every_example = pytest.mark.parametrize(
    "example", EXAMPLES, ids=[f"{each.protocol} {place}" for place, each in enumerate(EXAMPLES)]
)


def of(head: str) -> Table:
    """The table of the page that begins with these columns."""
    (found,) = [each for each in tables(PAGE) if " | ".join(each.head).startswith(head)]
    return found


def kinds(protocol: str, data: bytes) -> set[str]:
    """What whole messages become."""
    items, _ = hear(protocol, data)
    return {reading(item).split(" ", 1)[0] for item in items if isinstance(item, Arrival)}


# --- docs/protocols.md ------------------------------------------------------------------------------------------------


def test_every_protocol_has_examples() -> None:
    assert list(dict.fromkeys(each.protocol for each in EXAMPLES)) == list(WIRES)


@every_example
def test_an_example_is_read_and_answered_as_the_page_says(example: Example) -> None:
    items, answer = hear(example.protocol, example.data)
    assert [reading(item) for item in items] == example.readings
    assert answer == example.answer
    assert "".join(cell.text for cell in shown(example.data, all_of_it=True)) == example.printed


@every_example
def test_an_example_is_recognised(example: Example) -> None:
    """By its own protocol and no other; of the records that may be of Sur-Gard, too, the page says so."""
    sure = [wire.name for wire in WIRES.values() if wire.recognise(example.data, True) is Likeness.SURE]
    if example.protocol == "d6500" and not sure:
        assert b" " + example.data.lstrip()[:1] in (b" 1", b" F", b" S"), example.readings
    else:
        assert sure == [example.protocol]


def test_the_table_of_transports_is_that_of_the_code() -> None:
    """Both roles of TCP are the adapters' own."""
    rows = {code(row[0])[0]: row for row in of("protocol | what speaks it").rows}
    assert list(rows) == list(WIRES)
    for name, wire in WIRES.items():
        tcp, udp, serial = (("yes" if one in wire.transports else "no") for one in ("tcp", "udp", "serial"))
        assert rows[name][2:6] == [tcp, tcp, serial, udp], name


def test_the_settings_of_the_table_load_for_every_protocol(tmp_path: Path) -> None:
    """What is said to be supported is taken by ``station.toml``, and what is not is refused."""
    keys = {
        2: 'listen = ["tcp:0:interface=127.0.0.1"]',
        3: 'connect = ["tcp:192.0.2.40:4001"]',
        4: 'connect = ["serial:/dev/ttyUSB0"]',
        5: 'listen = ["udp:0:interface=127.0.0.1"]',
    }
    for row in of("protocol | what speaks it").rows:
        for column, key in keys.items():
            file = tmp_path / "station.toml"
            file.write_text(f'[[adapter]]\nprotocol = "{code(row[0])[0]}"\n{key}\n')
            try:
                load(file)
                taken = "yes"
            except ValueError:
                taken = "no"
            assert taken == row[column], (row[0], key)


def test_the_identifiers_of_the_table_become_what_it_says() -> None:
    """What says that something happened, or that a path lives, is in an example; the others are fed as they are."""
    for name, identifiers, _, becomes, known in of("protocol | identifier").rows:
        protocol = code(name)[0]
        assert becomes in BECOMES, name
        assert known, identifiers
        word = {"text": "amendment"}.get(becomes, becomes)
        heard = [one for each in EXAMPLES if each.protocol == protocol for one in each.readings]
        for identifier in code(identifiers):
            if any(re.match(rf"{word} {re.escape(identifier)}(?![^,:])", one) for one in heard):
                continue
            assert word not in ("event", "link test", "amendment"), (protocol, identifier)
            items, _ = hear(protocol, before(protocol) + sample(protocol, identifier))
            found = [reading(item).split(f" {identifier}")[0] for item in items][1:]
            if word == "answer":
                assert [item.kind for item in items[1:] if isinstance(item, Arrival)] == [ArrivalKind.ANSWER]
            else:
                assert found == ([] if word == "session" else [word]), (protocol, identifier)


def before(protocol: str) -> bytes:
    """The first example that is an event: what an identifier is fed behind. Of blocks, without the end of data."""
    if protocol == "sia":
        return build(Block("#", b"1234")) + build(Block("N", b"BA1"))
    return next(each.data for each in EXAMPLES if each.protocol == protocol and each.readings[0].startswith("event"))


def sample(protocol: str, identifier: str) -> bytes:
    """A whole message with an identifier that is not in the examples."""
    if protocol == "sia":
        function = bytes.fromhex(identifier).decode("latin-1") if len(identifier) == 2 else identifier
        return build(Block(function, b"77051234567" if function == "&" else b""))
    if protocol == "surgard":
        return f"{identifier}011  1234  75551234\x14".encode("ascii")
    if protocol == "d6600":
        return d6600.write(identifier.encode("ascii"), b"0001", b"01", b"02", b"#1234|1")
    if protocol == "d6500":
        return f" {identifier}011     77051234567\x14".encode("ascii")
    raise AssertionError(f"no sample of {protocol} {identifier}")


def test_every_identifier_of_the_examples_is_in_the_table() -> None:
    rows = of("protocol | identifier").rows
    named = {(code(row[0])[0], identifier) for row in rows for identifier in code(row[1])}
    for example in EXAMPLES:
        items, _ = hear(example.protocol, example.data)
        if example.protocol != "dc09":
            assert {(example.protocol, item.token) for item in items if isinstance(item, Arrival)} <= named


# --- docs/lines -------------------------------------------------------------------------------------------------------


def test_every_line_protocol_has_its_page() -> None:
    """``d6500`` is on that of its receiver."""
    pages = {page.stem for page in SOURCES}
    assert pages == set(WIRES) - {"dc09", "d6500"}
    linked = set(re.findall(r"\]\(lines/([\w-]+)\.md\)", PAGE.read_text("utf-8")))
    assert linked == pages


@pytest.mark.parametrize("page", SOURCES, ids=lambda page: page.stem)
def test_a_page_names_only_findings_and_edges_that_there_are(page: Path) -> None:
    """And is short."""
    text = page.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST
    known = {id_ for wire in WIRES.values() for id_ in wire.findings}
    prefixes = "|".join(re.escape(name) for name in WIRES)
    for id_ in re.findall(rf"`((?:{prefixes})\.[a-z0-9-]+(?:\.[a-z0-9-]+)*)`", text):
        assert id_ in known or id_.startswith(("sia.", "dc09.")), (page.name, id_)
    for name, wire in WIRES.items():
        if name == page.stem and wire.edges:
            assert [edge for edge in wire.edges if edge and not re.search(rf'[`"]{edge}[`"]', text)] == [], page.name


@pytest.mark.parametrize("page", SOURCES, ids=lambda page: page.stem)
def test_the_settings_and_tables_of_codes_of_a_page_load(page: Path, tmp_path: Path) -> None:
    for number, text in enumerate(blocks(page, "toml")):
        file = tmp_path / f"{number}.toml"
        for name in re.findall(r'^codes = "(.*)"', text, re.M):
            (tmp_path / name).write_text("scheme,code\n")
        file.write_text(text)
        assert tomllib.loads(text)
        assert load(file).adapters
    for text in blocks(page, "csv"):
        assert overrides.parse(text)


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_the_settings_of_the_readme_load(name: str, tmp_path: Path) -> None:
    (text,) = blocks(ROOT / name, "toml")
    (tmp_path / "station.toml").write_text(text)
    assert [adapter.protocol for adapter in load(tmp_path / "station.toml").adapters] == ["surgard"]


def test_the_table_says_yes_where_decode_and_check_take_a_protocol() -> None:
    """All of them, today."""
    from ptsn.commands.decode import command

    (option,) = [each for each in command.params if each.name == "protocol"]
    assert set(WIRES) <= set(getattr(option.type, "choices", ()))
    rows = {code(row[0])[0]: row for row in of("protocol | what speaks it").rows}
    assert {tuple(row[8:]) for row in rows.values()} == {("yes", "yes")}


@every_example
def test_decode_explains_an_example(example: Example) -> None:
    """With the protocol named; and by itself, where the bytes tell."""
    from ptsn.commands.decode import command

    sure = any(wire.recognise(example.data, True) is Likeness.SURE for wire in WIRES.values())
    for protocol in [example.protocol, *(["auto"] if sure else [])]:
        words = ["--json", "--brief", "--protocol", protocol, "--format", "raw", "-"]
        result = CliRunner().invoke(command, words, input=example.data)
        assert result.exit_code == 0, result.output
        told = [json.loads(line) for line in result.stdout.splitlines()]
        assert {one["protocol"] for one in told} == {example.protocol}
        codes = [signal["code"] for one in told for signal in one["signals"] if signal["code"]]
        assert codes == re.findall(r"(?:contact-id|sia|other) (\S+) ", " ; ".join(example.readings))
        accounts = re.findall(r"account (\w+)", " ".join(example.readings))
        assert {one["account"] for one in told} - {""} == set(accounts)
