"""What each edition may say: letters of extended data, link tests, the network path, padding; and payloads as given."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from protocols.dc09 import Quirks, UnsendableError, editions
from protocols.ends import LinkTest, Message, Payload
from protocols.model import Arrival, ArrivalKind, Edition, Qualifier, Scheme, Signal
from tests.protocols.dc09_support import KEY, NOW, STAMP, Numbers, frame, ids, only, receiver, sender

E2007, E2013, E2017, E2021, E2026 = Edition
BURGLARY = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)
FIRE = Signal(account="1234", scheme=Scheme.SIA, code="FA", qualifier=Qualifier.NEW, partition="1", number="3")
RICH = replace(BURGLARY, text="Hall", url="http://v.example/1", latitude=1.0, longitude=-2.0, occurred_at=NOW.wall - 90)


def sent(message: Message, **options: Any) -> bytes:
    end = sender(quirks=Quirks(stamp="never"), **options)
    end.submit(message, NOW)
    return end.data_to_send()


def body(message: Message, **options: Any) -> bytes:
    return sent(message, **options)[9:-1]


def read(data: bytes, *keys: bytes, **dialect: Any) -> Arrival:
    return only(receiver(*keys, **dialect).receive(data, NOW))


@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize("letter", sorted(editions.LETTERS))
@pytest.mark.parametrize("message", [BURGLARY, FIRE, LinkTest("1234")], ids=["contact-id", "sia", "link-test"])
def test_a_letter_of_a_later_edition_is_refused_and_says_so(edition: Edition, letter: str, message: Message) -> None:
    """Before a number is used up; what is written is not held against the panel by our receiving end."""
    numbers = Numbers()
    end = sender(edition=edition, counters=numbers)
    given = replace(message, extended={letter: ["1"]})
    if editions.is_later(letter, "1", edition):
        with pytest.raises(
            UnsendableError, match=f"extended data {letter} came with the {editions.LETTERS[letter].value}"
        ):
            end.submit(given, NOW)
        assert numbers.next == 0
    else:
        end.submit(given, NOW)
        data = end.data_to_send()
        assert f"[{letter}1]".encode() in data
        assert "dc09.extended.later-edition" not in ids(read(data, edition=edition))


def test_json_is_of_2026() -> None:
    """In 2021 the letter names a path."""
    given = replace(BURGLARY, extended={"J": ['{"a":1}']})
    with pytest.raises(UnsendableError, match="as JSON came with the 2026 edition"):
        sent(given, edition=E2021)
    assert b'[J{"a":1}]' in sent(given, edition=E2026)


@pytest.mark.parametrize("letter", ["B", "b", "", "]", "\r", "XX", "\u0416"])
def test_a_letter_that_no_edition_has_is_refused(letter: str) -> None:
    """A payload may have it."""
    with pytest.raises(UnsendableError, match="no edition"):
        sent(replace(BURGLARY, extended={letter: ["1"]}), edition=E2026)


def test_the_first_edition_leaves_out_what_it_has_no_field_for() -> None:
    """Text of Contact ID, position and time of occurrence: the alarm gets through without them."""
    assert body(RICH, edition=E2007) == b'"ADM-CID"0001L0#1234[#1234|1130 01 015][Vhttp://v.example/1]'
    assert body(RICH, edition=E2013) == (
        b'"ADM-CID"0001L0#1234[#1234|1130 01 015][IHall][Vhttp://v.example/1][X002W00.000][Y01N00.000]'
        b"[H11:58:30,01-02-2026]"
    )
    assert b"|Nri1/FA3^a b c^]" in body(replace(FIRE, text="a|b^c"), edition=E2007)
    assert body(replace(FIRE, text="a|b^c"), edition=E2013).endswith(b"|Nri1/FA3][Ia|b^c]")


@pytest.mark.parametrize(
    ("edition", "path", "field"),
    [(E2007, "x", b""), (E2013, "x", b""), (E2017, "x", b""), (E2021, "x", b"[Jx]"), (E2026, "12", b"[G12]")],
)
@pytest.mark.parametrize("message", [BURGLARY, FIRE, LinkTest("1234")], ids=["contact-id", "sia", "link-test"])
def test_every_message_names_its_network_path_where_the_edition_can(
    edition: Edition, path: str, field: bytes, message: Message
) -> None:
    """J in 2021, G in 2026, nothing before; unless the caller names one."""
    data = sent(message, edition=edition, path=path)
    assert data.endswith(b"]" + field + b"\r")
    assert read(data).path == field[2:-1].decode()
    if field:
        letter = field[1:2].decode()
        data = sent(replace(message, extended={letter: ["7"]}), edition=edition, path=path)
        assert field not in data
        assert read(data).path == "7"


@pytest.mark.parametrize(
    ("edition", "path"),
    [(E2013, "a]"), (E2013, "abcde"), (E2021, "12"), (E2021, "\u0416"), (E2026, "a"), (E2026, "\u0663")],
)
def test_a_network_path_of_another_form_is_refused(edition: Edition, path: str) -> None:
    """When the end is made."""
    with pytest.raises(UnsendableError, match="network path"):
        sender(edition=edition, path=path)


@pytest.mark.parametrize(
    ("edition", "written"),
    [
        (E2007, b'"NULL"0000L0#1234[][M0026B9E4268B]'),
        (E2013, b'"NULL"0000L0#1234[][M0026B9E4268B]'),
        (E2017, b'"NULL"0000L0#1234[][M0026B9E4268B]'),
        (E2021, b'"XNM"0000L0#1234[][M0026B9E4268B]'),
        (E2026, b'"XNM"0000L0#1234[][M0026B9E4268B]'),
    ],
)
def test_a_link_test_with_extended_data_is_xnm_where_the_edition_has_it(edition: Edition, written: bytes) -> None:
    """NULL with the fields before. Without fields it is NULL in all of them."""
    data = sent(LinkTest("1234", {"M": ["0026B9E4268B"]}), edition=edition)
    assert data[9:-1] == written
    assert read(data).kind is ArrivalKind.LINK_TEST
    assert body(LinkTest("1234"), edition=edition) == b'"NULL"0000L0#1234[]'


def test_a_list_without_values_is_no_field() -> None:
    """NULL, and no finding."""
    assert body(LinkTest("1234", {"M": []}), edition=E2026) == b'"NULL"0000L0#1234[]'


@pytest.mark.parametrize("inner", ["]", "12 34", "\u0416", "1" * 17, "\r"])
def test_an_account_inside_the_data_that_cannot_be_is_refused(inner: str) -> None:
    """Like that of the header."""
    with pytest.raises(UnsendableError, match="up to 16 letters and digits"):
        sender(inner_account=inner)


@pytest.mark.parametrize("details", [{"id-text": ["a]b"]}, {"id-text": ["a\rb"]}, {"id-text": ["\ud800"]}])
def test_details_that_would_break_the_frame_are_refused(details: dict[str, list[str]]) -> None:
    """Nothing that reaches the wire can end it."""
    with pytest.raises(UnsendableError, match="details"):
        sent(replace(FIRE, user="7", details=details))


def test_values_of_fields_lose_what_would_end_them() -> None:
    """Brackets and control characters, also of the second half of Latin-1, and lone surrogates."""
    given = replace(BURGLARY, text="a]b\r\x85\ud800", extended={"R": ["[1]", "\n"]})
    (signal,) = read(sent(given)).signals
    assert (signal.text, signal.extended["R"]) == ("a)b   ", ["(1)", " "])


@pytest.mark.parametrize("when", [float("nan"), float("inf"), -1.0, 1e15])
def test_a_time_that_is_none_is_left_out(when: float) -> None:
    """A panel whose memory is damaged still reports."""
    assert b"[H" not in sent(replace(BURGLARY, occurred_at=when))


@pytest.mark.parametrize("stamp", [b"_23:59:59,12-31-9998", b"_00:00:00,01-01-1970"])
def test_a_receiver_may_teach_any_time(stamp: bytes) -> None:
    """If it is to be believed at all. What no stamp can say is the nearest that one can."""
    end = sender(clock_offset_s=1e12, max_offset_s=math.inf)
    end.submit(replace(BURGLARY, occurred_at=1000.0), NOW)
    end.data_to_send()
    end.receive(frame(b'"NAK"0000R0L0A0[]' + stamp), NOW)
    assert end.data_to_send().endswith(stamp + b"\r")


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize("quirks", [Quirks(), Quirks(trailing_pad=True, counts_cr=True, sequence="zero")])
@pytest.mark.parametrize("receiver_number", [None, "123456"])
def test_the_longest_message_is_the_longest_frame(
    key: bytes | None, quirks: Quirks, receiver_number: str | None
) -> None:
    """What is accepted can be written, with any padding and the time of occurrence; one more byte is refused."""

    def size_with(text: int) -> int:
        """Bytes of the body."""
        end = sender(key=key, quirks=quirks, receiver=receiver_number, edition=E2026, random_bytes=bytes)
        end.submit(replace(BURGLARY, text="x" * text, occurred_at=0.0), NOW)
        return len(end.data_to_send()) - 10

    sizes: list[int] = []
    with suppress(UnsendableError):
        sizes.extend(size_with(text) for text in range(1500, 4100))
    with pytest.raises(UnsendableError, match="too long"):
        size_with(1500 + len(sizes))
    assert 4095 - 64 < sizes[-1] <= 4095


# --- payloads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "written"),
    [
        (Payload("1234", "SIA-PUL", "31"), b'"SIA-PUL"0001L0#1234[#1234|31]'),
        (Payload("1234", "SIA-DCS", "Nri1/BA1/FA2|Atext"), b'"SIA-DCS"0001L0#1234[#1234|Nri1/BA1/FA2|Atext]'),
        (Payload("1234", "ADM-CID", "18 1 130 01 015"), b'"ADM-CID"0001L0#1234[#1234|18 1 130 01 015]'),
        (Payload("1234", "XYZ", "", {"Q": ["1", "2"], "G": ["x"]}), b'"XYZ"0001L0#1234[#1234|][Q1][Q2][Gx]'),
        (Payload("1234", "vis bba", "a"), b'"vis bba"0001L0#1234[#1234|a]'),
        (Payload("1234", "NULL", "a"), b'"NULL"0001L0#1234[#1234|a]'),
        (Payload("1234", "SIA-DCS", "Caf\xe9", {"": ["Nri1HA1"]}), b'"SIA-DCS"0001L0#1234[#1234|Caf\xe9][Nri1HA1]'),
    ],
)
def test_a_payload_stands_on_the_wire_as_given(payload: Payload, written: bytes) -> None:
    """Any token, any content, letters of any edition; not even the network path is added."""
    assert body(payload, edition=E2007) == written
    assert body(payload, edition=E2021, path="1") == written


def test_a_payload_is_encrypted_and_stamped_like_any_message() -> None:
    """Only what it says is its own."""
    end = sender(key=KEY)
    end.submit(Payload("1234", "SIA-PUL", "31", {"Q": ["1"]}), NOW)
    arrival = read(end.data_to_send(), KEY)
    assert (arrival.token, arrival.sequence, arrival.plain) == ("SIA-PUL", "0001", b"#1234|31][Q1]" + STAMP)
    assert arrival.kind is ArrivalKind.UNSUPPORTED


@pytest.mark.parametrize(
    "payload",
    [
        Payload("1234", "SIA-DCS", "a]b"),
        Payload("1234", "SIA-DCS", "a[b"),
        Payload("1234", "SIA-DCS", "a\rb"),
        Payload("1234", "SIA-DCS", "a\x7f"),
        Payload("1234", "SIA-DCS", "\ud800"),
        Payload("1234", "SIA-DCS", "a", {"I": ["x", "y]"]}),
        Payload("1234", "SIA-DCS", "a", {"]": [""]}),
        Payload("1234", "SIA-DCS", "a", {"I": ["\n"]}),
        Payload("1234", "", "a"),
        Payload("1234", "*SIA-DCS", "a"),
        Payload("1234", 'A"B', "a"),
        Payload("1234", "A[B", "a"),
        Payload("1234", "A\nB", "a"),
        Payload("1234", "\u0416", "a"),
        Payload("1234", "A" * 33, "a"),
        Payload("1234", "SIA-DCS", "a" * 5000),
    ],
)
def test_a_payload_that_would_break_the_frame_is_refused(payload: Payload) -> None:
    """And uses up no number."""
    numbers = Numbers()
    with pytest.raises(UnsendableError):
        sender(counters=numbers).submit(payload, NOW)
    assert numbers.next == 0
