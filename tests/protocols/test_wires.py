"""The list of protocols, and that no message of one is taken for a message of another."""

from __future__ import annotations

import pytest

from protocols import findings, wires
from protocols.catalogue import LANGUAGES, texts
from protocols.dc09 import Quirks
from protocols.dc09 import wire as dc09
from protocols.dc09.errors import QuirksError
from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions, Speaker
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Qualifier, Scheme, Signal
from protocols.wire import Likeness, Wire
from protocols.wires import WIRES
from tests.protocols.wire_examples import EXAMPLES, SHARED

NOW = Moment(1767355200.0, 1000.0)
FRAMES = [
    pytest.param(name, frame, id=f"{name} {place}")
    for name, frames in EXAMPLES.items()
    for place, frame in enumerate(frames)
]
every_frame = pytest.mark.parametrize(("name", "frame"), FRAMES)
every_wire = pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES.keys())


def sure(data: bytes, final: bool = False) -> list[str]:
    """Names of the protocols that are sure."""
    return [wire.name for wire in WIRES.values() if wire.recognise(data, final) is Likeness.SURE]


def fed(wire: Wire, pieces: list[bytes]) -> tuple[list[Arrival | Noise], bytes]:
    """What the station's end makes of bytes, and what it writes without a verdict."""
    end = wire.receiving(
        Source("line", wire.name, "192.0.2.7:41122", "192.0.2.7"),
        lambda adapter, receiver, prefix, account: Dialect(),
        options=SourceOptions(),
        limits=Limits(undecided=100),
        first=0,
    )
    items = [item for piece in pieces for item in end.receive(piece, NOW)]
    items += end.receive_eof(NOW)
    return items, end.data_to_send()


# The list


def test_the_protocols_have_their_names_in_a_fixed_order() -> None:
    """They stand in settings, and in what a person reads."""
    assert list(WIRES) == ["dc09", "sia", "surgard", "ademco685", "mx8000", "d6600", "d6500", "osborne-hoffman"]
    assert all(name == wire.name for name, wire in WIRES.items())
    assert len({wire.title for wire in WIRES.values()}) == len(WIRES)


def test_an_unknown_protocol_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(wires.UnknownWireError, match=r"'sur-gard' is not known; there are: dc09, sia, .*hoffman"):
        wires.find("sur-gard")
    source = Source("line", "x", "", "")
    with pytest.raises(wires.UnknownWireError, match="'x'"):
        wires.receiving("x", source, lambda *given: Dialect(), options=SourceOptions(), limits=Limits(), first=0)


@every_wire
def test_every_departure_has_a_severity_and_words(wire: Wire) -> None:
    """In the tables that reports go by, and in every language."""
    assert set(wire.findings) == set(wire.parts)
    for id_ in wire.findings:
        assert findings.SEVERITIES[id_] is wire.findings[id_].severity
        assert findings.PARTS[id_] == wire.parts[id_]
        assert all(id_ in texts.ids(domain, language) for domain in ("finding", "advice") for language in LANGUAGES)


@every_wire
def test_a_sender_of_each_protocol_can_be_made_of_the_same_words(wire: Wire) -> None:
    """And refuses quirks by name; what it says is its own."""
    end = wire.sending(Speaker(account="1234"))
    event = Signal(
        account="1234",
        scheme=Scheme.CONTACT_ID,
        code="130",
        qualifier=Qualifier.NEW,
        partition="01",
        number="015",
    )
    if wire.name != "mx8000":  # no public form of an event
        end.submit(event, NOW)
        data = end.data_to_send()
        if wire.name != "sia":  # says the account first, and waits
            items, _ = fed(wire, [data])
            assert [(item.kind, item.account) for item in items if isinstance(item, Arrival)] == [
                (ArrivalKind.EVENT, "1234" if wire.name != "osborne-hoffman" else "001234")
            ]
    with pytest.raises(QuirksError, match="no_such_switch"):
        wire.sending(Speaker(account="1234", quirks={"no_such_switch": True}))


@every_wire
def test_an_explanation_covers_every_byte(wire: Wire) -> None:
    """Of any bytes, those of other protocols among them."""
    for frames in EXAMPLES.values():
        for frame in (*frames, b"", b"\x00\xff rubbish"):
            explanation = wire.explain(frame)
            assert explanation.protocol == wire.name
            at = 0
            for part in explanation.layers[0].parts:
                assert part.start == at
                at = part.end
                if part.id.startswith(wire.name):
                    assert {part.id, f"{part.id}.text"} <= texts.ids("part"), part.id
            assert at == len(frame)


# DC-09 among the others


@pytest.mark.parametrize("wire", WIRES.values(), ids=lambda wire: wire.name)
def test_sentences_of_switches_are_of_one_style(wire: Wire) -> None:
    """They stand in a list: no full stop, and no capital but that of a name or an abbreviation."""
    for sentence in (*wire.quirks.values(), *wire.edges.values()):
        assert not sentence.endswith(".")
        first, _, rest = sentence.partition(" ")
        assert not first.istitle() or len(first.rstrip(",")) == 1 or sentence.startswith("Contact ID"), sentence
        assert ". " not in rest


def test_every_switch_of_dc09_has_a_sentence() -> None:
    assert set(dc09.WIRE.quirks) == set(Quirks.__struct_fields__)


def test_a_sender_of_dc09_takes_its_numbers_and_switches_from_the_speaker() -> None:
    """R without its zeros, L as given, and a number that goes on."""
    speaker = Speaker(account="1234", receiver="07", line="3", quirks={"crc": "binary"}, encoding="windows-1252")
    end = dc09.sending(speaker)
    numbers = []
    for text in ("Дверь", "Tür"):
        signal = Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, number="1", text=text)
        end.submit(signal, NOW)
        [arrival] = [item for item in fed(dc09.WIRE, [end.data_to_send()])[0] if isinstance(item, Arrival)]
        assert (arrival.receiver, arrival.prefix, arrival.dialect) == ("7", "3", "crc-binary")
        numbers.append(int(arrival.sequence))
        end.disconnected(NOW)
        end = dc09.sending(speaker)
    assert len(set(numbers)) == 2
    bare = dc09.sending(Speaker(account="1234", receiver="", line=""))
    bare.submit(signal, NOW)
    assert b"#1234[" in bare.data_to_send()
    with pytest.raises(QuirksError, match="cp866"):
        dc09.sending(Speaker(account="1234", encoding="cp866"))
    with pytest.raises(QuirksError, match="crc"):
        dc09.sending(Speaker(account="1234", quirks={"crc": "octal"}))


# The matrix


@every_frame
def test_a_message_is_recognised_by_its_own_protocol_alone(name: str, frame: bytes) -> None:
    """Whole, whether more may come or not, and with the next one behind it; no part of it by another."""
    assert sure(frame) == sure(frame, final=True) == sure(frame + frame) == [name]
    for end in range(len(frame)):
        assert set(sure(frame[:end])) <= {name}, frame[:end]
        if frame[:end].strip(b"\r\n\0"):
            assert WIRES[name].recognise(frame[:end], final=False) is not Likeness.NO, frame[:end]


@every_wire
def test_nothing_is_recognised_in_nothing(wire: Wire) -> None:
    """Nor in line ends; more may come, unless none will."""
    for data in (b"", b"\r\n"):
        assert wire.recognise(data, final=False) is not Likeness.SURE
        assert wire.recognise(data, final=True) is Likeness.NO
    for data in (
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"\xff" * 5000,
        b"\n" * 5000,
    ):
        assert sure(data) == sure(data, final=True) == []


@every_frame
def test_a_message_is_never_read_by_another_protocol(name: str, frame: bytes) -> None:
    """It is noise to all others, and gets no answer; what Sur-Gard and D6500 mode share is known by name."""
    for wire in WIRES.values():
        if wire.name == name or (frame in SHARED and wire.name == "d6500"):
            continue
        for pieces in ([frame], [frame[at : at + 1] for at in range(len(frame))]):
            items, answer = fed(wire, pieces)
            arrivals = [item for item in items if isinstance(item, Arrival)]
            if name == "d6500" and wire.name == "surgard":
                # Lines of an identifier that it does not know are kept as they are.
                arrivals = [item for item in arrivals if item.kind is not ArrivalKind.OPAQUE]
            assert arrivals == [], wire.name
            assert answer == b""


def test_what_two_protocols_share_is_little() -> None:
    """Every other line of Sur-Gard is told from a record of D6500 mode."""
    assert 5 <= len(SHARED) < len(EXAMPLES["surgard"]) / 2
