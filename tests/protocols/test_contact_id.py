"""Contact ID: what is read, what is borne and named, what is refused, and that writing reads back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import catalogue, contact_id, sia_text
from protocols.catalogue import tables
from protocols.contact_id import ContactIDError
from protocols.model import Qualifier, Scheme, Signal


def ids(content: str) -> list[str]:
    """The findings of one content."""
    return [finding.id for finding in contact_id.read(content, "1234")[1]]


@pytest.mark.parametrize(
    ("content", "code", "qualifier", "partition", "number", "subject", "user"),
    [
        ("1130 01 015", "130", Qualifier.NEW, "01", "015", "zone", ""),
        ("3130 01 015", "130", Qualifier.RESTORE, "01", "015", "zone", ""),
        ("6130 02 015", "130", Qualifier.STATUS, "02", "015", "zone", ""),
        ("3401 01 070", "401", Qualifier.RESTORE, "01", "070", "user", "070"),
        ("1121 00 003", "121", Qualifier.NEW, "00", "003", "user", "003"),
        ("1602 99 999", "602", Qualifier.NEW, "99", "999", "zone", ""),
        ("1900 00 001", "900", Qualifier.NEW, "00", "001", "none", ""),
    ],
)
def test_an_event_is_read_as_sent(
    content: str, code: str, qualifier: Qualifier, partition: str, number: str, subject: str, user: str
) -> None:
    """Partition and number keep their zeros; where the number is a user, ``user`` repeats it."""
    signal, findings = contact_id.read(content, "#foc7688".lstrip("#"))
    assert signal == Signal(
        account="foc7688",
        scheme=Scheme.CONTACT_ID,
        code=code,
        qualifier=qualifier,
        partition=partition,
        number=number,
        subject=subject,
        user=user,
    )
    assert findings == ()
    assert contact_id.read(content.encode(), "foc7688") == (signal, ())


@pytest.mark.parametrize(
    ("content", "findings"),
    [
        ("1130  01   015", ["contact-id.spaces"]),
        (" 1130 01 015 ", ["contact-id.spaces"]),
        ("113001015", ["contact-id.spaces"]),
        ("18 1 130 01 015", ["contact-id.message-type", "contact-id.spaces"]),
        ("98 1130 01 015", ["contact-id.message-type"]),
        ("18113001015", ["contact-id.message-type", "contact-id.spaces"]),
        ("1130 1 15", ["contact-id.width"]),
        ("1130 01 0015", ["contact-id.width"]),
        ("1130 01 015|1131 01 016", ["contact-id.more-blocks"]),
    ],
)
def test_a_departure_is_borne_and_named(content: str, findings: list[str]) -> None:
    """The event is certain all the same, and every departure has its id."""
    signal, found = contact_id.read(content, "1234")
    assert (signal.code, signal.qualifier, int(signal.partition), int(signal.number)) == ("130", Qualifier.NEW, 1, 15)
    assert [finding.id for finding in found] == findings


def test_an_unlisted_code_is_kept_with_a_note() -> None:
    """Its class gives it a subject; nothing is dropped."""
    signal, findings = contact_id.read("149B 01 015", "1234")
    assert (signal.code, signal.subject) == ("49B", "user")
    assert [finding.id for finding in findings] == ["contact-id.code-unknown"]
    assert ids("1bcd 01 0b1") == ["contact-id.case", "contact-id.code-unknown"]


@pytest.mark.parametrize(
    ("content", "what", "offset"),
    [
        ("", "no event", 0),
        ("   ", "no event", 0),
        ("0000 00 000", "qualifier must be 1, 3 or 6", 0),
        ("2130 01 015", "qualifier must be 1, 3 or 6", 0),
        ("1X30 01 015", "event code must be three digits", 1),
        ("1130", "partition must be two digits", 4),
        ("1130 0101 5", "partition must be two digits", 4),
        ("1130 01", "zone or user must be three digits", 7),
        ("1130 01 01x", "zone or user must be three digits", 7),
        ("1130 01 015 and more", "zone or user must be three digits", 7),
        ("1130 01 015\n", "four digits, two and three", 0),
        ("Nri1/BA001", "qualifier must be 1, 3 or 6", 0),
    ],
)
def test_what_is_no_event_is_refused_with_the_field_named(content: str, what: str, offset: int) -> None:
    """The error says which field cannot be read, and where."""
    with pytest.raises(ContactIDError, match=what) as caught:
        contact_id.read(content, "1234")
    assert caught.value.offset == offset


@given(st.one_of(st.binary(max_size=20), st.text(max_size=20), st.text("0136 89BF|18", max_size=16)))
@settings(deadline=None, max_examples=300)
def test_no_content_raises_anything_else(content: bytes | str) -> None:
    """Any bytes or text is an event or the module's own error."""
    try:
        signal, findings = contact_id.read(content, "1234")
    except ContactIDError:
        return
    assert signal.scheme is Scheme.CONTACT_ID
    assert len({finding.id for finding in findings}) == len(findings)


digits = st.text("0123456789ABCDEF", min_size=3, max_size=3)
sent = st.text("0123456789BCDEF", min_size=3, max_size=3)


def signal_of(code: str, qualifier: Qualifier, partition: str, number: str) -> Signal:
    """A signal as reading would give it."""
    subject = catalogue.find("contact-id", code).subject
    return Signal(
        account="12F4",
        scheme=Scheme.CONTACT_ID,
        code=code,
        qualifier=qualifier,
        partition=partition,
        number=number,
        subject=subject,
        user=number if subject == "user" else "",
    )


@given(digits, st.sampled_from(Qualifier), digits.map(lambda text: text[:2]), digits)
@settings(deadline=None, max_examples=200)
def test_what_is_written_reads_back(code: str, qualifier: Qualifier, partition: str, number: str) -> None:
    """Every field that Contact ID carries survives."""
    signal = signal_of(code, qualifier, partition, number)
    assert contact_id.read(contact_id.write(signal), "12F4")[0] == signal


def test_what_is_empty_is_written_as_zeros() -> None:
    """No partition is ``00`` on the wire, no zone ``000``."""
    signal = Signal(account="1", scheme=Scheme.CONTACT_ID, code="602", qualifier=Qualifier.NEW)
    assert contact_id.write(signal) == "1602 00 000"


@pytest.mark.parametrize(
    ("scheme", "code", "partition", "number"),
    [
        (Scheme.SIA, "130", "01", "015"),
        (Scheme.CONTACT_ID, "BA", "01", "015"),
        (Scheme.CONTACT_ID, "130", "1", "015"),
        (Scheme.CONTACT_ID, "130", "01", "15"),
        (Scheme.CONTACT_ID, "130", "01", "0b1"),
        (Scheme.CONTACT_ID, "130", "01", "015]"),
        (Scheme.CONTACT_ID, "130", "01", "٠١٥"),
    ],
)
def test_what_would_not_read_back_is_not_written(scheme: Scheme, code: str, partition: str, number: str) -> None:
    """Another scheme, another width, a delimiter: refused before it is sent."""
    with pytest.raises(ContactIDError):
        contact_id.write(
            Signal(account="1", scheme=scheme, code=code, qualifier=Qualifier.NEW, partition=partition, number=number)
        )


@pytest.mark.parametrize(
    "message",
    [
        "1234181131010158",
        "1234183131010156",
        "123498113101015F",
        "0000181602000002",
        "999918311001001D",
        "1234186130010014",
        "567818115101020E",
        "246818130100000B",
        "135718146101000C",
        "1357181454010000",
        "BCDE18113001001E",
        "2468181302000000",
    ],
)
def test_a_telephone_message_is_read_and_written_with_its_check_digit(message: str) -> None:
    """All sixteen digits: account, type, event, check digit."""
    signal, findings = contact_id.read_telephone(message)
    assert (signal.account, signal.code, signal.number) == (message[:4], message[7:10], message[12:15])
    assert findings == ()
    assert contact_id.write_telephone(signal, message[4:6]) == message


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ("1234181131010157", "check digit"),
        ("123418113101015", "16 digits, not 15"),
        ("12341811310101588", "16 digits, not 17"),
        ("1234182131010157", "qualifier"),
        ("A234181131010158", "only the digits"),
        ("1234191131010157", "message type"),
        ("١234181131010158", "only the digits"),
    ],
)
def test_a_telephone_message_that_is_none_is_refused_by_its_kind_of_error(message: str, what: str) -> None:
    """A noisy line and a foreign format look different to an operator."""
    with pytest.raises(ContactIDError, match=what):
        contact_id.read_telephone(message)


TELEPHONE = [
    json.loads(line)
    for line in (Path(__file__).parent / "vectors" / "contact_id.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", TELEPHONE, ids=lambda row: row["digits"])
def test_telephone_messages_are_read_or_refused_as_noted(row: dict[str, str]) -> None:
    """Hexadecimal accounts, check digits 0 and F, all qualifiers; wrong lengths, digits, types and sums."""
    if "refuse" in row:
        with pytest.raises(ContactIDError):
            contact_id.read_telephone(row["digits"])
    else:
        signal, _ = contact_id.read_telephone(row["digits"])
        assert contact_id.write_telephone(signal, row["digits"][4:6]) == row["digits"]


@pytest.mark.parametrize("message", ["1234551234567809", "5555555555555555"])
def test_a_sister_format_of_the_same_length_is_refused(message: str) -> None:
    """Message type 55 is High Speed: channels, no event."""
    with pytest.raises(ContactIDError, match="message type"):
        contact_id.read_telephone(message)


QUALIFIERS = {"1": Qualifier.NEW, "3": Qualifier.RESTORE}


@pytest.mark.parametrize("row", tables.rows("cid_sia_map.csv"), ids=lambda row: f"{row['cid']}-{row['qualifier']}")
def test_an_event_crosses_to_sia_and_back(row: dict[str, str]) -> None:
    """What the map says can be written and read in both formats; the way back is of the same kind."""
    qualifier = QUALIFIERS[row["qualifier"]]
    letters = catalogue.to_sia(row["cid"], qualifier)
    if letters is not None:
        (signal,), _ = sia_text.read(f"N{letters}012", "1", sent_at=None, now_wall=0.0, time_zone="UTC")
        assert signal.code == letters
        back = catalogue.to_contact_id(letters)
        assert back is not None
        again = catalogue.to_sia(*back)
        assert again is not None
        assert catalogue.find("sia", again).category == catalogue.find("sia", letters).category
    back = catalogue.to_contact_id(row["sia"])
    assert back is not None
    digits, name = back
    content = contact_id.write(signal_of(digits, Qualifier(name), "01", "012"))
    assert contact_id.read(content, "12F4")[0].code == digits


def test_a_status_crosses_like_a_new_event() -> None:
    """SIA has no word for what is still so."""
    assert catalogue.to_sia("130", "status") == catalogue.to_sia("130", "new") == "BA"
    assert catalogue.to_sia("750", "new") is None
    assert catalogue.to_contact_id("ZY") is None


@given(sent, st.sampled_from(Qualifier), sent.map(lambda text: text[:2]), sent, st.integers(0, 15), st.integers(1, 14))
@settings(deadline=None, max_examples=200)
def test_any_single_wrong_digit_of_a_telephone_message_is_caught(
    code: str, qualifier: Qualifier, partition: str, number: str, place: int, step: int
) -> None:
    """The fifteen digits have fifteen values modulo 15."""
    message = contact_id.write_telephone(signal_of(code, qualifier, partition, number))
    values = "0123456789BCDEF"
    wrong = values[(values.index(message[place]) + step) % 15]
    with pytest.raises(ContactIDError):
        contact_id.read_telephone(message[:place] + wrong + message[place + 1 :])
