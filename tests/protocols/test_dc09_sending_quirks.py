"""Every switch of a simulated panel: the bytes on the wire, and that our receiving end reads the same signal."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from protocols.dc09 import STRICT, Quirks, QuirksError, SendingEnd, UnsendableError
from protocols.ends import LinkTest, Message, Outcome, OutcomeKind
from protocols.model import Arrival, ArrivalKind, Edition, Moment, Noise, Qualifier, Scheme, Signal, Verdict
from tests.protocols.dc09_support import KEY, NOW, STAMP, crc16, encrypted, frame, ids, only, receiver, sender
from tests.support.frames import decrypt

BURGLARY = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)
FIRE = Signal(
    account="1234", scheme=Scheme.SIA, code="FA", qualifier=Qualifier.NEW, partition="1", number="3", text="Hall"
)
LATE = replace(BURGLARY, occurred_at=NOW.wall - 10_493)
"""At 09:05:07."""
TEST = LinkTest("1234")


def later(seconds: float) -> Moment:
    return Moment(NOW.wall + seconds, NOW.mono + seconds)


def wire(message: Message, quirks: Quirks, **options: Any) -> tuple[SendingEnd, bytes]:
    """A panel and what it sends."""
    end = sender(quirks=quirks, **options)
    end.submit(message, NOW)
    return end, end.data_to_send()


def read(data: bytes, panel: SendingEnd | None, *keys: bytes, **dialect: Any) -> Arrival:
    """What our receiving end makes of a frame; its acknowledgement is accepted."""
    end = receiver(*keys, **dialect)
    arrival = only(end.receive(data, NOW))
    end.decide(arrival, Verdict.STORED, NOW)
    if panel is not None:
        (outcome,) = panel.receive(end.data_to_send(), NOW)
        assert isinstance(outcome, Outcome)
        assert outcome.kind is OutcomeKind.ACCEPTED
    return arrival


STRICT_BODY = {
    id(BURGLARY): b'"ADM-CID"0001L0#1234[#1234|1130 01 015]' + STAMP,
    id(FIRE): b'"SIA-DCS"0001L0#1234[#1234|Nri1/FA3^Hall^]' + STAMP,
    id(TEST): b'"NULL"0000L0#1234[]' + STAMP,
}


def test_without_quirks_the_form_is_strict() -> None:
    """No finding at all."""
    for message in (BURGLARY, FIRE, TEST):
        panel, data = wire(message, STRICT)
        assert data == frame(STRICT_BODY[id(message)])
        assert not ids(read(data, panel))


def counting_cr(body: bytes) -> bytes:
    return b"\n%04X%04X%b\r" % (crc16(body + b"\r"), len(body) + 1, body)


def lower(data: bytes) -> bytes:
    return data[:9].lower() + data[9:]


OWN = b"[#1234|"
PLAIN: list[tuple[str, Quirks, Message, bytes]] = [
    ("crc binary", Quirks(crc="binary"), BURGLARY, frame(STRICT_BODY[id(BURGLARY)], binary=True)),
    ("counts cr", Quirks(counts_cr=True), BURGLARY, counting_cr(STRICT_BODY[id(BURGLARY)])),
    ("trailer", Quirks(trailer="\0"), FIRE, frame(STRICT_BODY[id(FIRE)]) + b"\0"),
    ("latin-1 trailer", Quirks(trailer="\xff\0"), FIRE, frame(STRICT_BODY[id(FIRE)]) + b"\xff\0"),
    ("lower case", Quirks(lower_case=True), BURGLARY, lower(frame(STRICT_BODY[id(BURGLARY)]))),
    (
        "no header account",
        Quirks(header_account=False),
        FIRE,
        frame(b'"SIA-DCS"0001L0[#1234|Nri1/FA3^Hall^]' + STAMP),
    ),
    ("link test without it", Quirks(header_account=False), TEST, frame(b'"NULL"0000L0[#1234|]' + STAMP)),
    (
        "sequence zero",
        Quirks(sequence="zero"),
        BURGLARY,
        frame(b'"ADM-CID"0000L0#1234' + OWN + b"1130 01 015]" + STAMP),
    ),
    ("link test number", Quirks(link_test_sequence=1), TEST, frame(b'"NULL"0001L0#1234[]' + STAMP)),
    (
        "link test data",
        Quirks(link_test_data="#0000|0000 00 000"),
        TEST,
        frame(b'"NULL"0000L0#1234[#0000|0000 00 000]' + STAMP),
    ),
    (
        "bare account",
        Quirks(inner_account="bare"),
        BURGLARY,
        frame(b'"ADM-CID"0001L0#1234[1234|1130 01 015]' + STAMP),
    ),
    ("no account", Quirks(inner_account="none"), FIRE, frame(b'"SIA-DCS"0001L0#1234[Nri1/FA3^Hall^]' + STAMP)),
    (
        "contact id type",
        Quirks(contact_id_type="18"),
        BURGLARY,
        frame(b'"ADM-CID"0001L0#1234[#1234|18 1130 01 015]' + STAMP),
    ),
    ("area pi", Quirks(area="pi"), FIRE, frame(b'"SIA-DCS"0001L0#1234[#1234|Npi1/FA3^Hall^]' + STAMP)),
    ("no separator", Quirks(separator=False), FIRE, frame(b'"SIA-DCS"0001L0#1234[#1234|Nri1FA3^Hall^]' + STAMP)),
    ("xsia", Quirks(text="xsia"), FIRE, frame(b"\"SIA-DCS\"0001L0#1234[#1234|Nri1/FA3*'Hall'NM]" + STAMP)),
    ("block", Quirks(text="block"), FIRE, frame(b'"SIA-DCS"0001L0#1234[#1234|Nri1/FA3|AHall]' + STAMP)),
]


@pytest.mark.parametrize(("quirks", "message", "data"), [row[1:] for row in PLAIN], ids=[row[0] for row in PLAIN])
def test_a_quirk_of_the_form_is_on_the_wire_and_read_all_the_same(
    quirks: Quirks, message: Message, data: bytes
) -> None:
    """The whole frame, and the signals of the strict form."""
    panel, sent = wire(message, quirks)
    assert sent == data
    strict = read(frame(STRICT_BODY[id(message)]), None)
    arrival = read(sent, panel)
    assert (arrival.kind, arrival.signals) == (strict.kind, strict.signals)


def test_numbers_may_be_written_in_hexadecimal() -> None:
    """10 is 000A, and so is the answer's."""
    panel = sender(quirks=Quirks(sequence="hexadecimal"))
    for number in range(1, 11):
        ticket = panel.submit(BURGLARY, NOW)
        data = panel.data_to_send()
        assert ticket.sequence == number
        assert data == frame(b'"ADM-CID"%04XL0#1234[#1234|1130 01 015]' % number + STAMP)
        read(data, panel)
    assert b'"000AL0' in data


def test_events_that_all_carry_0000_take_no_number_and_never_meet() -> None:
    """Else one's acknowledgement could be taken for another's."""
    panel = sender(quirks=Quirks(sequence="zero", window=8))
    tickets = [panel.submit(replace(BURGLARY, number=f"{zone:03}"), NOW) for zone in range(3)]
    assert [ticket.sequence for ticket in tickets] == [0, 0, 0]
    for zone in range(3):
        arrival = read(panel.data_to_send(), panel)
        assert [signal.number for signal in arrival.signals] == [f"{zone:03}"]


def test_the_area_without_a_separator_stands_right_before_the_code() -> None:
    """Whatever other modifiers there are."""
    busy = replace(FIRE, user="7", text="", details={"lv": ["2"], "ri-text": ["TOTAL"]})
    strict = read(wire(busy, STRICT)[1], None)
    for quirks, content in (
        (STRICT, b"Nid7/ri1^TOTAL^/lv2/FA3"),
        (Quirks(separator=False), b"Nid7/lv2/ri1^TOTAL^FA3"),
        (Quirks(area="pi", separator=False), None),
    ):
        panel, data = wire(busy if content is not None else replace(busy, details={"lv": ["2"]}), quirks)
        assert OWN + (content or b"Nid7/lv2/pi1FA3") + b"]" in data
        (signal,) = read(data, panel).signals
        assert (signal.user, signal.partition, signal.number) == ("7", "1", "3")
        if content is not None:
            assert signal == strict.signals[0]
    with pytest.raises(UnsendableError, match="'pi'"):
        wire(replace(FIRE, details={"pi": ["3"]}), Quirks(area="pi"))
    assert b"|NFA3^Hall^]" in wire(replace(FIRE, partition=""), Quirks(area="pi"))[1]


@pytest.mark.parametrize("form", ["caret", "xsia", "block"])
@pytest.mark.parametrize("text", ["a|b", "a^b", "a/b", "a[b]", "a\x85b", "a\nb"])
def test_a_text_that_the_form_cannot_hold_is_a_field(form: Any, text: str) -> None:
    """And nothing of it is lost but what no field can hold."""
    panel, data = wire(replace(FIRE, text=text), Quirks(text=form))
    assert b"FA3]" in data
    (signal,) = read(data, panel).signals
    assert signal.text == re.sub("[\n\x85]", " ", text.replace("[", "(").replace("]", ")"))


def test_texts_in_quotes_are_read_up_to_255_characters_and_longer_ones_are_a_field() -> None:
    """Quotes within are no end of the text."""
    for text in ("it's", "'", "a'NM", "x" * 255, "x" * 256):
        panel, data = wire(replace(FIRE, text=text), Quirks(text="xsia"))
        assert (b"*'" in data) == (len(text) <= 255)
        assert read(data, panel).signals[0].text == text


@pytest.mark.parametrize("message", [replace(BURGLARY, text="Hall"), FIRE])
def test_texts_may_be_filled_up_with_blanks(message: Signal) -> None:
    """To a width; no text stays no text."""
    panel, data = wire(message, Quirks(text_width=10))
    assert b"Hall      " in data
    assert b"Hall       " not in data
    assert read(data, panel).signals[0].text == "Hall      "
    assert b"  " not in wire(replace(message, text=""), Quirks(text_width=10))[1]


CAFE = "Caf\xe9 \u20ac"
ZAL = "\u0417\u0430\u043b"


@pytest.mark.parametrize(
    ("edition", "encoding", "text", "written"),
    [
        (Edition.E2013, "", CAFE, b"Caf\xe9 \x80"),
        (Edition.E2021, "", CAFE, b"Caf\xe9 \x80"),
        (Edition.E2026, "", CAFE, CAFE.encode()),
        (Edition.E2013, "utf-8", CAFE, CAFE.encode()),
        (Edition.E2026, "windows-1252", CAFE, b"Caf\xe9 \x80"),
        (Edition.E2013, "", ZAL, ZAL.encode()),
        (Edition.E2026, "windows-1252", ZAL, ZAL.encode()),
    ],
)
@pytest.mark.parametrize("scheme", [Scheme.SIA, Scheme.CONTACT_ID])
def test_texts_are_in_the_encoding_of_the_edition_or_of_the_quirk(
    edition: Edition, encoding: Any, text: str, written: bytes, scheme: Scheme
) -> None:
    """What Windows-1252 lacks is UTF-8: the alarm gets through."""
    message = replace(FIRE if scheme is Scheme.SIA else BURGLARY, text=text)
    panel, data = wire(message, Quirks(encoding=encoding), edition=edition)
    assert written in data
    assert read(data, panel).signals[0].text == text


def test_the_time_of_occurrence_may_be_a_time_only() -> None:
    """With the hour not filled up; our end takes the day from the message."""
    panel, data = wire(LATE, STRICT)
    assert b"][H09:05:07,01-02-2026]_" in data
    assert read(data, panel).signals[0].occurred_at == LATE.occurred_at
    for message, written in ((LATE, b"][H9:05:07]_"), (replace(LATE, occurred_at=NOW.wall - 43_000), b"][H0:03:20]_")):
        panel, data = wire(message, Quirks(occurred="time-only"))
        assert written in data
        assert read(data, panel).signals[0].occurred_at == message.occurred_at


def test_a_plain_frame_may_have_no_stamp() -> None:
    """The receiver then knows no time of the event."""
    panel, data = wire(BURGLARY, Quirks(stamp="never"))
    assert data == frame(STRICT_BODY[id(BURGLARY)].removesuffix(STAMP))
    (strict,) = read(frame(STRICT_BODY[id(BURGLARY)]), None).signals
    assert read(data, panel).signals == (replace(strict, occurred_at=None),)


def test_rubbish_may_stand_in_place_of_the_stamp() -> None:
    """Twenty bytes of anything that ends no frame; encrypted frames keep their stamp."""
    for filler in (0x00, 0x0A, 0x0D, 0x5B, 0x5D, 0x5F, 0x80, 0xFF):
        panel, data = wire(
            BURGLARY, Quirks(stamp="rubbish"), random_bytes=lambda count, byte=filler: bytes([byte]) * count
        )
        body = STRICT_BODY[id(BURGLARY)].removesuffix(STAMP)
        assert data[9:-1].startswith(body)
        rubbish = data[9:-1].removeprefix(body)
        assert len(rubbish) == 20
        assert not set(rubbish) & set(b"\n\r[]_")
        assert not data.endswith(STAMP + b"\r")
        arrival = read(data, panel)
        assert arrival.sent_at is None
        assert [signal.number for signal in arrival.signals] == ["015"]
    for stamp in ("rubbish", "never"):
        panel, data = wire(BURGLARY, Quirks(stamp=stamp), key=KEY)  # type: ignore[arg-type]
        assert read(data, panel, KEY).sent_at == NOW.wall


def test_stamps_may_be_local_time() -> None:
    """Our end tells by the account's zone; the time of occurrence stays in GMT."""
    panel, data = wire(LATE, Quirks(stamp_zone="Asia/Almaty"))
    assert data.endswith(b"[H09:05:07,01-02-2026]_17:00:00,01-02-2026\r")
    arrival = read(data, panel, time_zone="Asia/Almaty")
    assert (arrival.sent_at, arrival.signals[0].occurred_at) == (NOW.wall, LATE.occurred_at)
    assert "dc09.time.local" in ids(arrival)


def test_a_nak_does_not_help_a_panel_that_takes_local_time_for_gmt() -> None:
    """It corrects a clock that was right, and is denied again until it gives up."""
    panel, data = wire(BURGLARY, Quirks(stamp_zone="Asia/Almaty"), key=KEY, attempts=2)
    station = receiver(KEY)
    items: list[Outcome | Noise] = []
    now, frames = NOW, 0
    while not items:
        while data:
            frames += 1
            arrival = only(station.receive(data, now))
            assert not arrival.timely
            station.decide(arrival, Verdict.STALE, now)
            items.extend(panel.receive(station.data_to_send(), now))
            data = panel.data_to_send()
        due = panel.next_timeout()
        assert due is not None
        now = Moment(now.wall + due - now.mono, due)
        items.extend(panel.expire(now))
        data = panel.data_to_send()
    assert frames == 4
    (outcome,) = items
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.GAVE_UP
    assert "NAK" in outcome.reason


# --- encryption -------------------------------------------------------------------------------------------------------


def secret(data: bytes) -> bytes:
    """What is inside."""
    return decrypt(KEY, data[: data.index(b"\r")].partition(b"[")[2])


@pytest.mark.parametrize("edition", [Edition.E2013, Edition.E2026])
@pytest.mark.parametrize("pad", ["random", "alphanumeric", "constant"])
def test_padding_is_of_the_kind_asked_for(edition: Edition, pad: Any) -> None:
    """In every length: 1 to 16 bytes, in the 2026 edition 16 to 31."""
    lengths = set()
    for size in range(1, 17):
        message = replace(FIRE, text="x" * size)
        panel, data = wire(message, Quirks(pad=pad), key=KEY, edition=edition)
        padding, _, rest = secret(data).partition(b"|")
        assert rest == b"#1234|Nri1/FA3^" + b"x" * size + b"^]" + STAMP
        lengths.add(len(padding))
        if pad == "constant":
            assert padding == b"p" * len(padding)
        assert pad != "alphanumeric" or re.fullmatch(rb"[0-9A-Za-z]+", padding)
        assert read(data, panel, KEY).signals[0].text == message.text
    assert lengths == set(range(16, 32) if edition is Edition.E2026 else range(1, 17))


@pytest.mark.parametrize("long_pad", [False, True])
@pytest.mark.parametrize("edition", [Edition.E2007, Edition.E2026])
def test_the_length_of_padding_may_be_decided_against_the_edition(edition: Edition, long_pad: bool) -> None:
    """By the end's owner."""
    _, data = wire(BURGLARY, STRICT, key=KEY, edition=edition, long_pad=long_pad)
    assert (secret(data).index(b"|") >= 16) is long_pad


def test_the_bar_may_be_left_out_where_there_is_no_data() -> None:
    """Link tests; events keep it."""
    panel, data = wire(TEST, Quirks(bar="events"), key=KEY)
    assert re.fullmatch(rb"[^|\[\]]{1,16}\]" + re.escape(STAMP), secret(data), re.DOTALL)
    assert read(data, panel, KEY).kind is ArrivalKind.LINK_TEST
    assert secret(wire(TEST, STRICT, key=KEY)[1]).endswith(b"|]" + STAMP)
    panel, data = wire(BURGLARY, Quirks(bar="events"), key=KEY)
    assert b"|#1234|1130" in secret(data)
    read(data, panel, KEY)


def test_a_block_of_padding_may_follow_the_stamp() -> None:
    """Sixteen bytes of 16."""
    for message in (BURGLARY, TEST):
        panel, data = wire(message, Quirks(trailing_pad=True), key=KEY)
        assert secret(data).endswith(STAMP + b"\x10" * 16)
        assert "dc09.cipher.trailing-padding" in ids(read(data, panel, KEY))


def test_the_cipher_may_be_in_lower_case() -> None:
    """With CRC and length; else all are capitals."""
    for quirks, form in ((Quirks(lower_case=True), bytes.islower), (STRICT, bytes.isupper)):
        panel, data = wire(BURGLARY, quirks, key=KEY, random_bytes=lambda count: b"x" * count)
        assert form(data[:-1].partition(b"[")[2])
        assert read(data, panel, KEY).kind is ArrivalKind.EVENT


def test_an_encrypted_frame_does_not_count_the_cr() -> None:
    """As was seen: only the plain ones do."""
    panel, data = wire(BURGLARY, Quirks(counts_cr=True, crc="binary"), key=KEY)
    body = data[7:-1]
    assert data[1:3] == crc16(body).to_bytes(2, "big")
    assert not ids(read(data, panel, KEY)) & {"dc09.crc.counts-the-cr"}


# --- conduct ----------------------------------------------------------------------------------------------------------


def kinds(items: Any) -> list[OutcomeKind]:
    return [item.kind for item in items if isinstance(item, Outcome)]


def test_a_duh_may_be_no_answer() -> None:
    """The same message goes out again when the time is over, as often as attempts are left."""
    duh = frame('"DUH"0001L0#1234[]')
    panel, _ = wire(BURGLARY, Quirks(on_duh="repeat"), attempts=2)
    assert panel.receive(duh, later(1)) == []
    assert panel.data_to_send() == b""
    assert panel.expire(later(10)) == []
    assert b'"ADM-CID"0001L0#1234' in panel.data_to_send()
    assert panel.receive(duh, later(11)) == []
    (outcome,) = panel.expire(later(20))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.answer) == (OutcomeKind.GAVE_UP, duh)
    assert "DUH" in outcome.reason

    panel, _ = wire(BURGLARY, Quirks(on_duh="repeat"))
    panel.receive(duh, later(1))
    assert kinds(panel.receive(frame('"ACK"0001L0#1234[]'), later(2))) == [OutcomeKind.ACCEPTED]


def test_a_nak_may_be_ignored() -> None:
    """The clock stays as it is; the message is tried again when the time is over."""
    nak = frame(b'"NAK"0000R0L0A0[]_12:00:30,01-02-2026')
    panel, _ = wire(BURGLARY, Quirks(on_nak="ignore"), key=KEY, attempts=2)
    assert panel.receive(nak, later(1)) == []
    assert (panel.data_to_send(), panel.offset_s) == (b"", 0.0)
    assert panel.expire(later(10)) == []
    assert secret(panel.data_to_send()).endswith(b"_12:00:10,01-02-2026")
    panel.receive(nak, later(11))
    (outcome,) = panel.expire(later(20))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.answer) == (OutcomeKind.GAVE_UP, nak)
    assert "NAK" in outcome.reason


@pytest.mark.parametrize("stamp", ["always", "rubbish", "never"])
def test_repetitions_may_be_the_same_bytes(stamp: Any) -> None:
    """Plain ones, on the next connection too; encrypted ones are always fresh, and so is the next message."""
    panel, first = wire(BURGLARY, Quirks(retry_stamp="same", stamp=stamp), attempts=3)
    panel.expire(later(10))
    assert panel.data_to_send() == first
    panel.disconnected(later(11))
    panel.connected(later(15))
    assert panel.data_to_send() == first
    panel.receive(frame('"ACK"0001L0#1234[]'), later(16))
    panel.submit(BURGLARY, later(20))
    following = panel.data_to_send()
    assert b'"ADM-CID"0002' in following
    assert following.endswith(b"_12:00:20,01-02-2026\r") == (stamp == "always")

    panel, first = wire(BURGLARY, Quirks(retry_stamp="same"), key=KEY)
    panel.expire(later(10))
    again = panel.data_to_send()
    assert again != first
    assert secret(again).endswith(b"_12:00:10,01-02-2026")


def test_after_a_nak_a_panel_that_repeats_its_bytes_is_denied_again() -> None:
    """It learns the time for its next message only."""
    nak = frame(b'"NAK"0000R0L0A0[]_12:10:00,01-02-2026')
    panel, first = wire(BURGLARY, Quirks(retry_stamp="same"), attempts=1)
    panel.receive(nak, NOW)
    assert panel.data_to_send() == first
    assert panel.receive(nak, NOW) == []
    assert kinds(panel.expire(later(10))) == [OutcomeKind.GAVE_UP]
    panel.submit(BURGLARY, NOW)
    assert panel.data_to_send().endswith(b"_12:10:00,01-02-2026\r")


# --- the switches themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"window": 0},
        {"window": 65},
        {"link_test_sequence": -1},
        {"link_test_sequence": 10_000},
        {"text_width": -1},
        {"text_width": 257},
        {"trailer": "\u0416"},
        {"link_test_data": "a]"},
        {"link_test_data": "a\r"},
        {"link_test_data": "\ud800"},
        {"header_account": False, "inner_account": "none"},
        {"stamp_zone": "Nowhere/Atall"},
    ],
)
def test_quirks_that_no_panel_can_have_are_refused(values: dict[str, Any]) -> None:
    """Made in the code, and read from a profile."""
    with pytest.raises(QuirksError):
        Quirks(**values)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, Quirks)


@pytest.mark.parametrize("values", [{"crc": "hex"}, {"unheard_of": True}, {"contact_id_type": "19"}, {"window": "2"}])
def test_a_profile_with_a_slip_is_refused(values: dict[str, Any]) -> None:
    """Nothing is taken for a default in silence."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, Quirks)


def test_the_tests_know_their_cipher() -> None:
    """What is decrypted here was encrypted by other hands."""
    assert secret(b"[" + encrypted(KEY, b"p" * 12 + b"|abc").hex().encode() + b"\r") == b"p" * 12 + b"|abc"
