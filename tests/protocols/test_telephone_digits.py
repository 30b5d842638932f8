"""A message of digits: its format by length and type, its check digit, what it says, and each digit explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.catalogue import LANGUAGES, texts
from protocols.catalogue.part_words import label, sentence
from protocols.contact_id import check_digit
from protocols.model import Arrival, ArrivalKind, Noise, Qualifier, Scheme
from protocols.telephone import call
from protocols.telephone.digits import FORMATS, PROTOCOL, read
from protocols.telephone.explaining import CHANNELS, explain
from protocols.telephone.findings import CHECK_DIGIT, DIGITS, FINDINGS, GUESSES

VECTORS = [json.loads(line) for line in (Path(__file__).parent / "vectors/contact_id.jsonl").read_text().splitlines()]
GOOD = [vector["digits"] for vector in VECTORS if "refuse" not in vector]
BAD = [vector["digits"] for vector in VECTORS if "refuse" in vector]


def checked(digits: str) -> str:
    return digits + check_digit(digits)


EXPRESS_1 = checked("1234175")
EXPRESS_2 = checked("12342735")
HIGH_SPEED = checked("123455" + "15352465" + "7")
SUPER_FAST = "123456123456789"
SISTERS = (EXPRESS_1, EXPRESS_2, HIGH_SPEED, SUPER_FAST)


def message(digits: str) -> Arrival:
    item = read(digits)
    assert isinstance(item, Arrival)
    return item


@pytest.mark.parametrize("digits", GOOD)
def test_a_good_message_is_one_event(digits: str) -> None:
    """Of the account, type and code that its digits name."""
    item = message(digits)
    [signal] = item.signals
    assert (item.kind, item.token, item.protocol, item.raw) == (
        ArrivalKind.EVENT, "Contact ID", PROTOCOL, digits.encode()
    )  # fmt: skip
    assert (item.account, signal.code, signal.partition, signal.number) == (
        digits[:4], digits[7:10], digits[10:12], digits[12:15]
    )  # fmt: skip


@pytest.mark.parametrize("digits", BAD)
def test_what_a_receiver_would_not_acknowledge_is_no_message(digits: str) -> None:
    """A wrong length, digit, type, qualifier or check digit."""
    assert isinstance(read(digits), Noise)


@pytest.mark.parametrize("place", range(16))
def test_any_single_wrong_digit_is_caught(place: int) -> None:
    """Whichever it is, by the check digit if nothing else."""
    good = "1234181131010158"
    for digit in "0123456789BCDEF":
        if digit != good[place]:
            item = read(good[:place] + digit + good[place + 1 :])
            assert isinstance(item, Noise)
            assert item.guess in (CHECK_DIGIT, DIGITS)


def test_the_sisters_are_told_by_length_and_type() -> None:
    """And none of them is taken for Contact ID."""
    assert [message(digits).token for digits in SISTERS] == ["Express 4+1", "Express 4+2", "High Speed", "Super Fast"]
    for digits in SISTERS[:3]:
        wrong = digits[:-1] + ("1" if digits[-1] != "1" else "2")
        item = read(wrong)
        assert isinstance(item, Noise)
        assert item.guess == CHECK_DIGIT
    for digits in (checked("1234185"), checked("12341735"), "123455123456789", checked("123417" + "1" * 9)):
        assert isinstance(read(digits), Noise)


def test_codes_without_a_standard_are_kept_as_sent() -> None:
    """Of Express the code, of High Speed each channel that is not normal; Super Fast is kept unread."""
    for digits, code in ((EXPRESS_1, "5"), (EXPRESS_2, "35")):
        [signal] = message(digits).signals
        assert (signal.scheme, signal.code, signal.qualifier) == (Scheme.OTHER, code, Qualifier.NEW)
    said = [(one.number, one.code, one.qualifier, one.details) for one in message(HIGH_SPEED).signals]
    status = {"status": ["7"]}
    assert said == [
        ("1", "1", Qualifier.NEW, status),
        ("3", "3", Qualifier.RESTORE, status),
        ("5", "2", Qualifier.NEW, status),
        ("6", "4", Qualifier.RESTORE, status),
        ("7", "6", Qualifier.STATUS, status),
    ]
    quiet = message(checked("123455" + "5" * 8 + "9"))
    assert (quiet.kind, [one.details for one in quiet.signals]) == (ArrivalKind.OPAQUE, [{"status": ["9"]}])
    assert (message(SUPER_FAST).kind, message(SUPER_FAST).signals) == (ArrivalKind.OPAQUE, ())


def test_an_unknown_code_is_an_event_with_a_note() -> None:
    """Shown at its digits."""
    item = message(checked("123418119901015"))
    assert [finding.id for finding in item.findings] == ["contact-id.code-unknown"]
    [placed] = explain(item.raw, findings=item.findings).findings
    assert (placed.start, placed.end) == (7, 10)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("digits", [*GOOD[:3], *BAD, *SISTERS, checked("123455" + "12345678" + "9"), "???"])
def test_each_digit_is_explained_in_words(digits: str, language: str) -> None:
    """Without gaps, in every language, and no place for a value is left open."""
    [layer] = explain(digits.encode()).layers
    at = 0
    for part in layer.parts:
        assert part.start == at
        at = part.end
        words = sentence(part.id, part.value, part.values, part.fits, language)
        assert words
        assert "{" not in words
        assert label(part.id, language) != part.id
    assert at == len(digits)


def test_a_check_digit_that_does_not_fit_is_said_with_the_right_one() -> None:
    """Where the message has its format."""
    [layer] = explain(b"1234181131010159").layers
    last = layer.parts[-1]
    assert (last.id, last.fits) == ("telephone.check", False)
    assert sentence(last.id, last.value, last.values, last.fits, "en") == "Check digit 9, but the digits give 8"


@given(st.text("0123456789BCDEFA?", max_size=40))
def test_any_digits_are_read_and_explained(digits: str) -> None:
    """Nothing is raised, and every digit is in one part."""
    item = read(digits)
    found = item.findings if isinstance(item, Arrival) else ()
    [layer] = explain(digits.encode(), findings=found).layers
    assert sum(part.end - part.start for part in layer.parts) == len(digits)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_words(language: str) -> None:
    """Findings, advice, what is no message, channels, and each kind of what is heard."""
    for domain, ids in (
        ("finding", FINDINGS),
        ("advice", FINDINGS),
        ("noise", GUESSES),
        ("part", [f"telephone.channel-{name}" for name in (*CHANNELS.values(), "other")]),
        ("decode", [f"telephone.{kind}" for kind in call.KINDS]),
    ):
        assert set(ids) <= texts.ids(domain, language)
    assert {one.name for one in FORMATS} == {"Contact ID", "Express 4+1", "Express 4+2", "High Speed", "Super Fast"}
