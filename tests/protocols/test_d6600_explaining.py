"""Messages of Bosch receivers and Osborne-Hoffman panels taken apart: every byte has a part, every part its words."""

from __future__ import annotations

import pytest

from protocols.catalogue import LANGUAGES, texts
from protocols.catalogue.part_words import label, sentence
from protocols.d6600 import D6500, WIRE
from protocols.explanation import Explanation
from protocols.model import Arrival, Dialect
from protocols.osborne_hoffman import WIRE as OSBORNE_HOFFMAN
from protocols.wire import Wire
from tests.protocols import test_d6500_records as d6500
from tests.protocols import test_d6600_reading as d6600
from tests.protocols import test_osborne_hoffman as oh
from tests.protocols.ademco_support import feed, one

FRAMES = [
    *((WIRE, frame) for frame in (*d6600.EVENTS.values(), d6600.LINK_TEST, *(f for f, _ in d6600.UNREAD.values()))),
    *((WIRE, frame) for frame in (b"00010100[CST1234]\r", b"\n1A2B\t00010100[ #1234|NBA1 ]\r", b"\nF0F5a0001")),
    *((D6500, frame) for frame, _ in d6500.EVENTS.values()),
    *((D6500, frame) for frame in (d6500.LINK_TEST, b"!T1234\r", *(f for f, _ in d6500.UNREAD.values()))),
    *((OSBORNE_HOFFMAN, frame) for frame, _, _ in oh.POLLS.values()),
    *((OSBORNE_HOFFMAN, frame) for frame in oh.EVENTS.values()),
]
every_frame = pytest.mark.parametrize(("wire", "frame"), FRAMES)


def parts(explanation: Explanation) -> dict[str, str]:
    """Id to value; the first of each."""
    found: dict[str, str] = {}
    for part in explanation.layers[0].parts:
        found.setdefault(part.id, part.value)
    return found


@every_frame
def test_every_byte_has_its_part_and_every_part_its_words(wire: Wire, frame: bytes) -> None:
    """In three languages, without a place left open; every finding has the bytes where it shows."""
    (item,) = feed(wire, [frame])
    explanation = wire.explain(item.raw, findings=item.findings if isinstance(item, Arrival) else ())
    at = 0
    for part in explanation.layers[0].parts:
        assert part.start == at
        at = part.end
        for language in LANGUAGES:
            words = sentence(part.id, part.value, part.values, part.fits, language)
            assert words
            assert "{" not in words
            assert part.id not in words
            assert label(part.id, language) != part.id
    assert at == len(item.raw)
    for placed in explanation.findings:
        assert placed.start < placed.end <= len(item.raw), placed


def test_a_contact_id_message_says_each_of_its_fields() -> None:
    assert parts(WIRE.explain(d6600.CONTACT_ID)) == {
        "d6600.start": "",
        "d6600.crc": "F0F5",
        "d6600.type": "a",
        "d6600.sequence": "0001",
        "d6600.receiver": "01",
        "d6600.line": "05",
        "d6600.open": "",
        "d6600.account": "1234",
        "contact-id.type": "18",
        "contact-id.qualifier": "new",
        "contact-id.code": "130",
        "contact-id.partition": "01",
        "contact-id.number": "015",
        "d6600.close": "",
        "d6600.end": "",
    }


def test_a_wrong_crc_says_both() -> None:
    explanation = WIRE.explain(d6600.CONTACT_ID.replace(b"F0F5", b"0000"))
    crc = explanation.layers[0].parts[1]
    assert (crc.fits, crc.values["given"], crc.values["computed"]) == (False, "0000", "F0F5")
    assert sentence(crc.id, crc.value, crc.values, crc.fits, "en") == "CRC 0000, but the bytes give F0F5"


def test_findings_show_where_the_bytes_are() -> None:
    """A letter for the qualifier, in either mode; a covering at the CRC; an unknown event at its code."""
    for wire, frame, id_, shown in (
        (WIRE, d6600.said(b"a00010105[#1234|18E13001015]"), "d6600.contact-id.letter", b"E"),
        (D6500, b" a011 123418E13001015\x14", "d6500.contact-id.letter", b"E"),
        (WIRE, d6600.said(b"a00010105[#1234|181ABC01015]"), "contact-id.code-unknown", b"ABC"),
        (OSBORNE_HOFFMAN, oh.POLLS["without an id"][0], "osborne-hoffman.poll.no-id", b"00000000"),
        (OSBORNE_HOFFMAN, oh.SIA.replace(b"0053", b"004B"), "osborne-hoffman.length", b"004B"),
        (OSBORNE_HOFFMAN, oh.SIA, "sia.text.xsia", b"*'HA'NM"),
    ):
        arrival = one(wire, frame)
        (placed,) = [each for each in wire.explain(arrival.raw, findings=arrival.findings).findings if each.id == id_]
        assert arrival.raw[placed.start : placed.end] == shown


def test_a_common_record_says_each_of_its_fields() -> None:
    assert parts(D6500.explain(d6500.EVENTS["alarm"][0])) == {
        "d6500.header": "",
        "d6500.type": "1",
        "d6500.receiver": "01",
        "d6500.line": "1",
        "d6500.account": "1234",
        "d6500.code": "A",
        "d6500.zone": "015",
        "d6500.end": "",
    }


def test_an_event_of_osborne_hoffman_says_what_stands_behind_its_data() -> None:
    found = parts(OSBORNE_HOFFMAN.explain(oh.TIMED))
    assert found["osborne-hoffman.panel-id"] == "E69B557E0CE8BD98"
    assert found["osborne-hoffman.system-account"] == "006969"
    assert found["osborne-hoffman.time"] == "69574A80"


def test_texts_are_read_in_the_encoding_of_the_account() -> None:
    frame = d6600.said(b"\t00030102[#1234|NBA01^" + "Дверь".encode("cp866") + b"^]")
    assert parts(WIRE.explain(frame, dialect=Dialect(encoding="cp866")))["sia.text"] == "Дверь"


def test_every_guess_has_words() -> None:
    for guess in ("d6600.damaged", "d6500.damaged", "osborne-hoffman.damaged", "sur-gard", "garbage"):
        assert all(guess in texts.ids("noise", language) for language in LANGUAGES)
