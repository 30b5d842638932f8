"""The station's end of SIA blocks: whole sessions, texts, groups, repetitions, and what is answered when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from protocols.ends import Limits, Response
from protocols.lines import overrides
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Base, Dialect, Qualifier, Scheme, Verdict
from protocols.sia import blocks
from protocols.sia.blocks import BlockGrammar
from tests.protocols.sia_support import ACK, NAK, NOW, Desk, later, make_end, said

SESSION = [
    bytes.fromhex("46 23 30 31 32 33 34 35 9B"),
    bytes.fromhex("4E 4E 74 69 31 31 3A 34 36 2F 42 41 31 30 31 31 F7"),
    bytes.fromhex("5B 41 2B 49 4E 42 52 4F 54 54 20 20 20 20 20 20 20 20 49 52 20 53 6F 76 72 75 6D 20 99 34"),
    bytes.fromhex("40 30 8F"),
]
"""contact_id_and_sia.md, 5.2."""
GROUP = [said("#1234", asks=False), said("NBA001", asks=False), said("AHall", asks=False), said("0")]


def desk(**settings: object) -> Desk:
    return Desk(make_end(**settings))  # type: ignore[arg-type]


def handed_out(arrivals: Sequence[Arrival]) -> list[object]:
    return [
        (one.kind, one.token, one.account, one.raw, one.signals, [finding.id for finding in one.findings])
        for one in arrivals
    ]


def test_the_session_of_the_notes_is_answered_block_by_block() -> None:
    station = desk()
    assert [station.hear(block) for block in SESSION] == [ACK] * 4
    event, text = station.arrivals
    assert (event.kind, event.token, event.account, event.raw) == (
        ArrivalKind.EVENT,
        "N",
        "012345",
        SESSION[0] + SESSION[1],
    )
    signal = event.signals[0]
    assert (signal.account, signal.scheme, signal.code, signal.number) == ("012345", Scheme.SIA, "BA", "1011")
    assert signal.qualifier is Qualifier.NEW
    assert datetime.fromtimestamp(signal.occurred_at or 0, UTC).strftime("%H:%M") == "11:46"
    assert text.kind is ArrivalKind.AMENDMENT
    assert text.raw == SESSION[2]
    assert text.amends is event.kept
    assert text.amends is not None
    assert text.amends.entry == 1
    assert text.signals[0].text == "+INBROTT IR Sovrum Ö"
    assert text.signals[0].details == {"galaxy-sign": ["+"]}
    assert (text.signals[0].code, text.signals[0].number, text.account) == ("BA", "1011", "012345")
    assert text.dialect == "galaxy"


def test_a_session_byte_by_byte_is_the_same_session() -> None:
    whole, single = desk(), desk()
    answers = b"".join(whole.hear(block) for block in SESSION)
    assert b"".join(single.hear(bytes((byte,))) for byte in b"".join(SESSION)) == answers == ACK * 4
    assert handed_out(single.arrivals) == handed_out(whole.arrivals)


def test_a_session_in_one_piece_is_answered_in_order_and_its_text_waits_for_the_event() -> None:
    end = make_end()
    items = end.receive(b"".join(SESSION), NOW)
    (event,) = items
    assert isinstance(event, Arrival)
    assert end.data_to_send() == ACK  # of the account only
    assert end.held
    assert end.receive(b"", NOW) == []
    end.decide(event, Verdict.STORED, NOW)
    assert end.data_to_send() == ACK
    (text,) = end.receive(b"", NOW)
    assert isinstance(text, Arrival)
    assert text.kind is ArrivalKind.AMENDMENT
    assert end.data_to_send() == b""
    end.decide(text, Verdict.STORED, NOW)
    assert end.data_to_send() == ACK * 2
    assert not end.held


@pytest.mark.parametrize(("verdict", "answer"), [(Verdict.REFUSED, NAK), (Verdict.NOT_STORED, b"")])
def test_the_text_of_an_event_that_was_not_taken_fares_like_it(verdict: Verdict, answer: bytes) -> None:
    end = make_end()
    (event,) = end.receive(SESSION[0] + SESSION[1] + SESSION[2], NOW)
    assert isinstance(event, Arrival)
    end.data_to_send()
    end.decide(event, verdict, NOW)
    assert end.receive(b"", NOW) == []
    assert end.data_to_send() == answer * 2
    assert end.undecided == 0


def test_a_second_text_adds_to_the_first() -> None:
    station = desk()
    for block in (said("#1234"), said("NBA1"), said("AHall"), said("Afirst floor"), said("0")):
        assert station.hear(block) == ACK
    texts = [one.signals[0].text for one in station.arrivals]
    assert texts == ["", "Hall", "Hall first floor"]
    assert station.arrivals[1].amends is station.arrivals[2].amends is station.arrivals[0].kept


def test_a_text_said_twice_is_one_amendment() -> None:
    station = desk()
    for block in (said("#1234"), said("NBA1"), said("AHall"), said("AHall")):
        assert station.hear(block) == ACK
    assert [one.kind for one in station.stored] == [ArrivalKind.EVENT, ArrivalKind.AMENDMENT]
    assert station.arrivals[-1].signals[0].text == "Hall"


def test_a_text_belongs_to_the_last_event_of_its_block() -> None:
    station = desk()
    for block in (said("#1234"), said("Nri1/BA1/FA2"), said("ACellar")):
        station.hear(block)
    assert [signal.code for signal in station.arrivals[0].signals] == ["BA", "FA"]
    assert [(one.code, one.text, one.partition) for one in station.arrivals[1].signals] == [("FA", "Cellar", "1")]


@pytest.mark.parametrize("before", [[], ["0"], ["#1234"], ["NBA1", "0"], ["NBA1", "#1234"], ["CSA1*1"]])
def test_a_text_without_an_event_before_it_is_kept_as_it_is(before: list[str]) -> None:
    station = desk()
    for block in ["#1234", *before]:
        station.hear(said(block))
    assert station.hear(said("ASmoke in hall")) == ACK
    lone = station.stored[-1]
    assert (lone.kind, lone.token, lone.account) == (ArrivalKind.OPAQUE, "A", "1234")
    assert lone.signals[0].text == "Smoke in hall"
    assert lone.signals[0].code == ""
    assert [finding.id for finding in lone.findings] == ["sia.text.without-event"]


def test_accounts_and_callers_are_carried_over_the_session() -> None:
    station = desk()
    for block in ("&77015550123", "#1234", "NBA1", "0", "NFA2", "#5678", "NPA3"):
        assert station.hear(said(block)) == ACK
    events = [(one.account, one.signals[0].account, one.signals[0].code) for one in station.stored]
    assert events == [("1234", "1234", "BA"), ("1234", "1234", "FA"), ("5678", "5678", "PA")]
    assert [one.signals[0].details for one in station.stored] == [{"caller": ["77015550123"]}, {}, {}]
    assert [one.raw for one in station.stored] == [
        said("&77015550123") + said("#1234") + said("NBA1"),
        said("NFA2"),
        said("#5678") + said("NPA3"),
    ]


def test_modifiers_old_and_environmental_events_are_read() -> None:
    station = desk(lookup=lambda *_: Dialect(known=True, account_key="1", time_zone="Asia/Almaty"))
    for block in ("#1234", "Oda11-21-26/ti18:00/id002/OP002", "Eti12:00/ZA003", "NFA2/ri6", "Nri1BA01"):
        assert station.hear(said(block)) == ACK
    opened, frozen, fire, burglary = [one.signals[0] for one in station.stored]
    assert (opened.old, opened.code, opened.user) == (True, "OP", "002")
    assert opened.occurred_at == datetime(2026, 11, 21, 13, 0, tzinfo=UTC).timestamp()
    assert (frozen.old, frozen.code, frozen.number) == (False, "ZA", "003")
    assert (fire.partition, burglary.partition, burglary.number) == ("6", "1", "01")


def test_the_source_settles_account_offset_codes_and_numbers() -> None:
    table = overrides.parse("scheme,code,becomes_code\nsia,BA,PA\n")
    options = SourceOptions(receiver="7", line="3", account_offset=10000, overrides=table)
    station = desk(options=options)
    for block in ("#1234", "NBA1", "AHall"):
        assert station.hear(said(block)) == ACK
    event, text = station.stored
    for one in (event, text):
        assert (one.account, one.receiver, one.line) == ("11234", "7", "3")
        assert (one.signals[0].account, one.signals[0].code) == ("11234", "PA")


def test_each_arrival_has_bytes_of_its_own() -> None:
    station = desk()
    for block in ("#1234", "NBA1", "NFA2", "ASmoke"):
        station.hear(said(block))
    assert [one.raw for one in station.stored] == [said("#1234") + said("NBA1"), said("NFA2"), said("ASmoke")]


def test_data_of_a_block_that_needs_none_is_named() -> None:
    station = desk()
    for block in ("#1234", "0zz", "8z"):
        station.hear(said(block))
    assert [[one.id for one in arrival.findings] for arrival in station.arrivals] == [["sia.data.surplus"]] * 2


def test_a_caller_of_an_ended_session_is_forgotten() -> None:
    station = desk()
    for block in ("&77015550123", "0", "#1234", "NBA1"):
        station.hear(said(block))
    assert station.stored[0].raw == said("#1234") + said("NBA1")
    assert station.stored[0].signals[0].details == {}


def test_numbers_are_hexadecimal_where_the_account_says_so() -> None:
    for base, codes in ((Base.DECIMAL, [("BA", "0"), ("FA", "")]), (Base.HEX, [("BA", "0FA")])):
        station = desk(lookup=lambda *_, base=base: Dialect(known=True, base=base))
        station.hear(said("#1234") + said("NBA0FA"))
        assert [(one.code, one.number) for one in station.stored[0].signals] == codes


def test_texts_are_read_in_the_code_page_of_account_source_or_galaxy() -> None:
    def text(data: bytes, **settings: object) -> str:
        station = desk(**settings)
        for block in (said("#1234"), said("NBA1"), said("A" + data.decode("latin-1"))):
            station.hear(block)
        return station.arrivals[-1].signals[0].text

    assert text(b"L\x8fS") == "LÅS"
    assert text("Зал".encode()) == "Зал"
    russian = "Зал".encode("cp866")
    assert text(russian, options=SourceOptions(encoding="cp866")) == "Зал"
    assert text(russian, lookup=lambda *_: Dialect(known=True, encoding="cp866")) == "Зал"
    assert text(russian, options=SourceOptions(encoding="no-such-codec")) == russian.decode("cp850")


def test_a_bar_in_a_zone_name_parts_no_blocks() -> None:
    station = desk()
    station.hear(said("#1234"))
    station.hear(said("NUA021*'hall | NFA9'NM"))
    (event,) = station.stored
    assert [(one.code, one.text) for one in event.signals] == [("UA", "hall \u00a6 NFA9")]


# Answers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edge", "ack", "nak"),
    [
        ("", "40 38 87", "40 39 86"),
        ("galaxy", "40 38 87", "40 39 86"),
        ("plain", "00 38 C7", "00 39 C6"),
        ("galaxy-old", "40 08 B7", "40 09 B6"),
    ],
)
def test_the_source_settles_the_form_of_answers(edge: str, ack: str, nak: str) -> None:
    end = make_end(options=SourceOptions(edge=edge))
    (event,) = end.receive(said("#1234") + said("NBA1"), NOW)
    assert isinstance(event, Arrival)
    end.decide(event, Verdict.REFUSED, NOW)
    assert end.data_to_send() == bytes.fromhex(ack) + bytes.fromhex(nak)
    assert end.answer(event) == "NAK"


@pytest.mark.parametrize(
    ("verdict", "answer", "token"),
    [
        (Verdict.STORED, ACK, "ACK"),
        (Verdict.DUPLICATE, ACK, "ACK"),
        (Verdict.STALE, ACK, "ACK"),
        (Verdict.UNSUPPORTED, ACK, "ACK"),
        (Verdict.MALFORMED, NAK, "NAK"),
        (Verdict.REFUSED, NAK, "NAK"),
        (Verdict.NOT_STORED, b"", ""),
    ],
)
def test_a_verdict_is_an_answer(verdict: Verdict, answer: bytes, token: str) -> None:
    end = make_end()
    (event,) = end.receive(said("#1234") + said("NBA1"), NOW)
    assert isinstance(event, Arrival)
    assert end.data_to_send() == ACK
    end.decide(event, verdict, NOW)
    end.decide(event, Verdict.STORED, NOW)  # a second verdict changes nothing
    assert end.data_to_send() == answer
    assert end.answer(event) == token


def test_nothing_is_acknowledged_before_its_verdict_and_nothing_overtakes() -> None:
    end = make_end()
    items = end.receive(b"".join(map(said, ("#1234", "NBA1", "NFA2", "0"))), NOW)
    first, second = [item for item in items if isinstance(item, Arrival)]
    assert end.data_to_send() == ACK
    end.decide(second, Verdict.REFUSED, NOW)
    assert end.data_to_send() == b""
    end.decide(first, Verdict.STORED, NOW)
    assert end.data_to_send() == ACK + NAK + ACK


@pytest.mark.parametrize("block", ["6", "7", "8", "9", "\x08", "\x09", "@AL4B1", "CSA1*1", "XZS1011", "?543210"])
def test_answers_commands_and_logins_get_no_answer(block: str) -> None:
    station = desk()
    assert station.hear(said(block)) == b""


@pytest.mark.parametrize(
    "block", ["#1234", "&5550123", "NBA1", "0", "1", "2", "PJV002", "L", "V", "vabc", "I", "AHall"]
)
def test_a_block_is_answered_only_where_it_asks(block: str) -> None:
    for asks, answer in ((True, ACK), (False, b"")):
        station = desk()
        station.hear(said("#1234"))
        assert station.hear(said(block, asks=asks)) == answer
        assert station.hang_up() == b""


def test_answers_of_the_peer_are_shown_and_change_nothing() -> None:
    station = desk()
    for block in (said("#1234"), said("NBA1"), said("8"), said("AHall")):
        station.hear(block)
    assert [one.kind for one in station.arrivals] == [ArrivalKind.EVENT, ArrivalKind.ANSWER, ArrivalKind.AMENDMENT]


@pytest.mark.parametrize(
    ("block", "details"),
    [
        ("CSA1*1", {"control": ["SA1*1"]}),
        ("PJV002", {"program": ["JV002"]}),
        ("XZS201", {"extended": ["ZS201"]}),
        ("XZS201*\x01\xff", {"extended": ["5A 53 32 30 31 2A 01 FF"]}),
        ("@AL4B15", {"configuration": ["AL4B15"]}),
        ("?543210", {"login": ["******"]}),
        ("L", {"listen-in": []}),
        ("V12", {"v-channel": ["12"]}),
        ("vabc", {"v-channel-frame": ["abc"]}),
        ("I0001", {"video": ["0001"]}),
    ],
)
def test_other_blocks_are_kept_and_shown(block: str, details: dict[str, list[str]]) -> None:
    station = desk()
    station.hear(said("#1234"))
    station.hear(said(block))
    (kept,) = station.stored
    assert (kept.kind, kept.token, kept.account) == (ArrivalKind.OPAQUE, block[0], "1234")
    assert kept.signals[0].details == details
    assert kept.findings == ()


def test_a_block_of_unknown_function_is_acknowledged_and_kept() -> None:
    station = desk()
    station.hear(said("#1234"))
    assert station.hear(said("Zsomething")) == ACK
    (kept,) = station.stored
    assert (kept.kind, kept.token, kept.signals[0].text) == (ArrivalKind.OPAQUE, "Z", "something")
    assert [finding.id for finding in kept.findings] == ["sia.function.unknown"]


def test_an_event_block_without_an_event_is_acknowledged_and_kept() -> None:
    station = desk()
    station.hear(said("#1234"))
    assert station.hear(said("Nri1")) == ACK
    assert (station.stored[0].kind, station.stored[0].signals[0].text) == (ArrivalKind.OPAQUE, "ri1")


def test_a_session_that_names_only_an_account_shows_that_its_path_lives() -> None:
    station = desk()
    assert station.hear(said("#1234")) + station.hear(said("0")) == ACK * 2
    (test,) = station.arrivals
    assert (test.kind, test.account, test.raw) == (ArrivalKind.LINK_TEST, "1234", said("#1234") + said("0"))


def test_no_acknowledgement_carries_a_response() -> None:
    end = make_end()
    (event,) = end.receive(said("#1234") + said("NBA1"), NOW)
    assert isinstance(event, Arrival)
    with pytest.raises(ValueError, match="no answer that carries data"):
        end.decide(event, Verdict.STORED, NOW, Response("COR1*1"))
    assert end.undecided == 1


def test_listening_only_nothing_is_written() -> None:
    station = desk(options=SourceOptions(listen_only=True))
    assert station.hear(b"".join(SESSION) + said("NBA1", asks=False)[:-1] + b"\0" * 30) == b""
    assert station.wait(later(60)) == station.hang_up() == b""
    assert station.codes == ["BA"]
    assert station.end.answer(station.arrivals[0]) == ""


def test_a_tap_that_comes_in_late_stores_events_whose_account_it_missed() -> None:
    station = desk(options=SourceOptions(listen_only=True))
    station.hear(said("NBA1"))
    assert [finding.id for finding in station.stored[0].findings] == ["sia.session.no-account"]


# An event without an account ----------------------------------------------------------------------------------------


def test_an_event_without_an_account_is_rejected_first_and_stored_when_it_is_said_again() -> None:
    station = desk()
    assert station.hear(said("NBA1")) == NAK
    assert station.hear(said("AHall")) == NAK
    assert station.arrivals[0].kind is ArrivalKind.MALFORMED
    station = desk()
    station.hear(said("NBA1"))
    assert station.hear(said("NBA1")) == ACK
    assert station.codes == ["BA"]
    assert station.hear(said("AHall")) == ACK


def test_an_event_said_again_without_an_account_is_no_copy_of_what_was_kept_unread() -> None:
    """The station keeps the first one unread, under its identity if it has one; the second is to be an event."""
    end = make_end()
    (unread,) = end.receive(said("NFA1"), NOW)
    assert isinstance(unread, Arrival)
    end.decide(unread, Verdict.MALFORMED, NOW)
    (event,) = end.receive(said("NFA1"), NOW)
    assert isinstance(event, Arrival)
    assert unread.identity is None
    assert event.identity is not None


def test_a_sender_that_begins_anew_with_its_account_is_stored_under_it() -> None:
    station = desk()
    assert [station.hear(said(block)) for block in ("NBA1", "#1234", "NBA1")] == [NAK, ACK, ACK]
    assert [(one.account, one.signals[0].code) for one in station.stored] == [("1234", "BA")]


@pytest.mark.parametrize(
    ("account", "finding"), [("#", "sia.account.empty"), ("#12 4", "sia.account.form"), ("#12", "sia.account.form")]
)
def test_an_odd_account_is_named(account: str, finding: str) -> None:
    station = desk(options=SourceOptions(listen_only=True))
    station.hear(said(account))
    station.hear(said("NBA1"))
    assert finding in [one.id for one in station.stored[0].findings]


# Repetitions --------------------------------------------------------------------------------------------------------


def test_on_a_serial_line_a_block_said_again_at_the_time_of_retry_is_the_same() -> None:
    station = desk(transport="serial")
    station.hear(said("#1234"))
    assert station.hear(said("NBA1")) == ACK
    assert station.hear(said("NBA1"), later(2.5)) == ACK
    assert station.codes == ["BA"]
    assert station.hear(said("AHall"), later(2.6)) == ACK
    assert station.stored[-1].amends is station.stored[0].kept
    station.hear(said("0"), later(3))
    assert station.hear(said("NBA1"), later(60)) == ACK
    assert station.codes == ["BA", "BA"]


def test_on_a_serial_line_what_follows_the_end_of_a_session_is_no_repetition() -> None:
    """A sender without an answer says its block again, and does not end the session: a second press of a button."""
    station = desk(transport="serial")
    for time in range(3):
        for block in ("#1234", "Nri1/PA1", "0"):
            assert station.hear(said(block), later(2.0 * time)) == ACK
    assert station.codes == ["PA"] * 3


def test_over_tcp_only_what_came_before_our_answer_left_is_the_same() -> None:
    end = make_end()
    (first, second) = end.receive(said("#1234") + said("NBA1") * 2, NOW)
    assert isinstance(first, Arrival)
    assert isinstance(second, Arrival)
    assert first.identity == second.identity
    assert first.kept is second.kept
    for one in (first, second):
        end.decide(one, Verdict.STORED, NOW)
    (third,) = end.receive(said("NBA1"), later(2.5))
    assert isinstance(third, Arrival)
    assert third.identity is not None
    assert first.identity is not None
    assert third.identity.number != first.identity.number


def test_copies_that_came_before_the_answer_left_have_one_answer_together() -> None:
    end = make_end()
    first, second = [item for item in end.receive(said("#1234") + said("NBA1") * 2, NOW) if isinstance(item, Arrival)]
    assert end.data_to_send() == ACK
    end.decide(first, Verdict.STORED, NOW)
    end.decide(second, Verdict.DUPLICATE, NOW)
    assert end.data_to_send() == ACK
    station = desk()
    assert station.hear(said("#1234") * 3) == ACK
    assert station.hear(said("#1234")) == ACK
    assert station.hear(b"".join(GROUP) * 2) == ACK
    assert station.codes == ["BA"]
    other = [GROUP[0], said("NFA2", asks=False), said("0")]
    assert station.hear(b"".join(GROUP) + b"".join(other)) == ACK * 2


def test_a_copy_is_answered_where_the_first_was_not() -> None:
    end = make_end()
    first, second = [item for item in end.receive(said("#1234") + said("NBA1") * 2, NOW) if isinstance(item, Arrival)]
    end.data_to_send()
    end.decide(first, Verdict.NOT_STORED, NOW)
    end.decide(second, Verdict.STORED, NOW)
    assert end.data_to_send() == ACK


def test_the_same_block_of_another_account_is_another_message() -> None:
    end = make_end()
    items = end.receive(b"".join(map(said, ("#1234", "NBA1", "#5678", "NBA1"))), NOW)
    numbers = {item.identity.number for item in items if isinstance(item, Arrival) and item.identity is not None}
    assert len(numbers) == 2


def test_what_was_not_stored_is_stored_when_it_is_said_again() -> None:
    station = desk(transport="serial")
    station.fails = {"BA"}
    station.hear(said("#1234"))
    assert station.hear(said("NBA1")) == b""
    station.fails = set()
    assert station.hear(said("NBA1"), later(2.5)) == ACK
    assert station.codes == ["BA"]


# Data groups --------------------------------------------------------------------------------------------------------


def test_in_a_group_only_the_last_block_is_answered_and_the_text_comes_with_the_event() -> None:
    station = desk()
    assert [station.hear(block) for block in GROUP] == [b"", b"", b"", ACK]
    (event,) = station.arrivals
    assert (event.kind, event.signals[0].text) == (ArrivalKind.EVENT, "Hall")
    assert event.raw == b"".join(GROUP[:3])
    assert event.findings == ()


def test_the_answer_of_a_group_waits_for_all_of_it() -> None:
    end = make_end()
    blocks = [said("#1234", asks=False), said("NBA1", asks=False), said("NFA2", asks=False), said("0")]
    first, second = [item for item in end.receive(b"".join(blocks), NOW) if isinstance(item, Arrival)]
    end.decide(second, Verdict.STORED, NOW)
    assert end.data_to_send() == b""
    end.decide(first, Verdict.STORED, NOW)
    assert end.data_to_send() == ACK


@pytest.mark.parametrize("verdict", [Verdict.NOT_STORED, Verdict.REFUSED])
def test_a_group_of_which_one_message_was_not_stored_is_rejected(verdict: Verdict) -> None:
    end = make_end()
    blocks = [said("#1234", asks=False), said("NBA1", asks=False), said("NFA2", asks=False), said("0")]
    first, second = [item for item in end.receive(b"".join(blocks), NOW) if isinstance(item, Arrival)]
    end.decide(first, verdict, NOW)
    end.decide(second, Verdict.STORED, NOW)
    assert end.data_to_send() == NAK


def test_a_rejected_group_that_is_said_again_makes_no_second_entry_of_what_was_stored() -> None:
    station = desk()
    station.fails = {"FA"}
    group = b"".join([said("#1234", asks=False), said("NBA1", asks=False), said("NFA2", asks=False), said("0")])
    assert station.hear(group) == NAK
    station.fails = set()
    assert station.hear(group, later(1)) == ACK
    assert station.codes == ["BA", "FA"]
    assert station.hear(group, later(30)) == ACK
    assert station.codes == ["BA", "FA", "BA", "FA"]


def test_only_the_end_of_a_rejected_group_is_rejected_again() -> None:
    station = desk()
    station.fails = {"BA"}
    assert station.hear(b"".join(GROUP)) == NAK
    station.fails = set()
    assert station.hear(said("0")) == NAK
    assert station.hear(said("0")) == NAK
    assert station.hear(b"".join(GROUP)) == ACK
    assert station.codes == ["BA"]
    assert station.hear(said("0")) == ACK


def test_a_group_with_a_damaged_block_is_rejected() -> None:
    station = desk()
    damaged = GROUP[1][:-1] + bytes((GROUP[1][-1] ^ 1,))
    assert station.hear(GROUP[0] + damaged + GROUP[2] + GROUP[3]) == NAK
    assert station.hear(b"".join(GROUP), later(1)) == ACK
    assert station.codes == ["BA"]


def test_a_rejected_group_that_comes_much_later_is_another_one() -> None:
    station = desk()
    station.fails = {"FA"}
    group = b"".join([said("#1234", asks=False), said("NBA1", asks=False), said("NFA2", asks=False), said("0")])
    assert station.hear(group) == NAK
    station.fails = set()
    assert station.hear(group, later(60)) == ACK
    assert station.codes == ["BA", "BA", "FA"]


def test_an_account_that_pays_for_the_group_before_it_is_rejected_only_once() -> None:
    station = desk()
    station.fails = {"BA"}
    station.hear(said("#1234"))
    assert station.hear(said("NBA1", asks=False) + said("#5678")) == NAK
    assert station.hear(said("#5678")) == ACK


def test_noise_that_silence_follows_rejects_the_group_too() -> None:
    station = desk()
    assert station.hear(GROUP[0] + b"\xff\xfe") + station.wait(later(1.5)) == b""
    assert station.hear(GROUP[3], later(2)) == NAK


def test_a_text_of_a_group_belongs_to_the_last_event_of_its_block() -> None:
    station = desk()
    station.hear(said("#1234") + said("NBA1/FA2", asks=False) + said("AHall"))
    assert [(one.code, one.text) for one in station.stored[0].signals] == [("BA", ""), ("FA", "Hall")]


def test_an_abort_voids_the_group_before_it() -> None:
    station = desk()
    station.fails = {"BA"}
    assert station.hear(b"".join(GROUP[:3]) + said("2")) == ACK


def test_an_event_that_nobody_asks_about_is_handed_out_after_a_pause() -> None:
    station = desk()
    station.hear(b"".join(GROUP[:3]))
    assert station.arrivals == []
    due = station.end.next_timeout()
    assert due == NOW.mono + 4.0
    assert station.wait(later(3.9)) == b""
    assert station.arrivals == []
    assert station.wait(later(4)) == b""
    assert [one.signals[0].text for one in station.stored] == ["Hall"]
    assert [finding.id for finding in station.stored[0].findings] == ["sia.group.not-asked"]
    assert station.end.next_timeout() is None


def test_an_event_without_a_text_that_nobody_asks_about_is_handed_out_after_a_pause() -> None:
    station = desk()
    station.hear(said("#1234") + said("NBA1", asks=False))
    assert station.wait(later(4)) == b""
    assert station.codes == ["BA"]


def test_an_event_that_nobody_asks_about_is_handed_out_at_the_end_of_the_connection() -> None:
    station = desk()
    station.hear(b"".join(GROUP[:3]))
    assert station.hang_up() == b""
    assert station.codes == ["BA"]
    assert station.end.closing


def test_a_group_may_end_with_its_text() -> None:
    station = desk()
    blocks = [said("#1234", asks=False), said("NBA001", asks=False), said("AHall")]
    assert [station.hear(block) for block in blocks] == [b"", b"", ACK]
    assert station.hear(said("Afirst floor")) == ACK
    assert [one.signals[0].text for one in station.stored] == ["Hall", "Hall first floor"]


# Damaged blocks -----------------------------------------------------------------------------------------------------


def test_a_damaged_block_that_asks_is_rejected_once() -> None:
    station = desk()
    station.hear(said("#1234"))
    damaged = bytes.fromhex("45 4E 42 41 30 30 31 C7")
    assert station.hear(damaged) == b""
    assert station.end.next_timeout() == NOW.mono + 0.3
    assert station.wait(later(0.3)) == NAK
    assert [noise.guess for noise in station.noise] == ["sia.parity"]
    assert station.hear(said("NBA001"), later(0.4)) == ACK
    assert station.codes == ["BA"]


def test_a_block_whose_length_lies_is_rejected_when_the_line_is_silent() -> None:
    for transport, pause in (("tcp", 1.5), ("serial", 1.0)):
        station = desk(transport=transport)
        station.hear(said("#1234"))
        station.hear(bytes.fromhex("46 4E 42 41 30 30 31 C5"))
        assert station.end.next_timeout() == NOW.mono + pause
        assert station.wait(later(pause)) == NAK


def test_damaged_blocks_are_left_alone_where_that_is_settled() -> None:
    station = desk(reject_damaged=False)
    station.hear(bytes.fromhex("45 4E 42 41 30 30 31 C7"))
    assert station.wait(later(5)) == b""


def test_a_damaged_block_and_its_repetition_get_one_answer() -> None:
    station = desk()
    station.hear(said("#1234"))
    answers = station.hear(bytes.fromhex("45 4E 42 41 30 30 31 C7") + said("NBA001"))
    assert answers + station.wait(later(0.3)) == ACK
    assert station.codes == ["BA"]


def test_a_damaged_block_and_another_behind_it_are_rejected_together() -> None:
    station = desk()
    station.hear(said("#1234"))
    answers = station.hear(bytes.fromhex("45 4E 42 41 30 30 31 C7") + said("NFA9/ri3"))
    assert answers + station.wait(later(0.3)) == NAK
    assert station.codes == ["FA"]
    assert station.hear(said("NFA9/ri3"), later(1)) == ACK
    assert station.codes == ["FA"]


def test_noise_inside_a_group_rejects_the_group() -> None:
    for noise in (b"\xff\xfe\xfd", GROUP[1][1:], GROUP[1][:-1]):
        for at in (1, 2, 3):
            station = desk()
            stream = b"".join([*GROUP[:at], noise, *GROUP[at:]])
            assert station.hear(stream) + station.wait(later(1.5)) == NAK, (noise, at)
            assert station.hear(b"".join(GROUP), later(2)) == ACK
            assert station.codes[-1:] == ["BA"]


def test_events_behind_a_damaged_account_are_not_of_the_account_before_it() -> None:
    station = desk()
    station.hear(said("#1234"))
    damaged = said("#5678")[:-1] + b"\x80"
    assert station.hear(damaged) + station.wait(later(0.3)) == NAK
    assert station.hear(said("NBA1"), later(1)) == NAK
    assert station.codes == []


@pytest.mark.parametrize(
    "noise",
    [b"GET / HTTP/1.1\r\nHost: example\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\xff\xfe\xfd", b"hello\r\n"],
)
def test_noise_gets_no_answer(noise: bytes) -> None:
    station = desk()
    assert station.hear(noise) + station.wait(later(5)) + station.hang_up() == b""
    assert b"".join(one.raw for one in station.noise).strip() == noise.strip()


@pytest.mark.parametrize("event", ["NBA001", "NBAri1/002", "Nti11:46/id001/ri1/BA012"])
def test_what_noise_makes_of_a_block_by_chance_swallows_none(event: str) -> None:
    pairs = [bytes((header, ord(function))) for header in range(256) for function in sorted(blocks.FUNCTIONS)]
    block = said(event)
    chances = [pair for pair in pairs if 0 < BlockGrammar().match(pair + block, 0, True) < 2 + len(block)]
    assert chances
    for pair in chances:
        station = desk()
        station.hear(said("#1234"))
        station.hear(b"\xff" + pair + block)
        station.wait(later(1.5))
        assert [one.raw for one in station.stored if one.token == "N"] == [said("#1234") + block], pair


def test_directly_behind_noise_an_unknown_function_is_not_believed() -> None:
    station = desk()
    assert station.hear(b"\xff\xfe" + said("Zhello")) + station.wait(later(2)) == b""
    assert station.arrivals == []
    assert station.hear(said("Zhello"), later(3)) == ACK


# Bounds -------------------------------------------------------------------------------------------------------------


def test_a_peer_that_sends_ahead_is_held() -> None:
    end = make_end(limits=Limits(undecided=2))
    items = list(end.receive(said("#1234") + b"".join(said(f"NBA{n}") for n in range(5)), NOW))
    assert (len(items), end.undecided, end.held) == (2, 2, True)
    seen = 0
    while items:
        arrival = items.pop(0)
        assert isinstance(arrival, Arrival)
        seen += 1
        end.decide(arrival, Verdict.STORED, NOW)
        items += end.receive(b"", NOW)
    assert (seen, end.held) == (5, False)
    assert end.data_to_send() == ACK * 6


def test_answers_that_wait_for_one_verdict_are_bounded() -> None:
    end = make_end(limits=Limits(undecided=4))
    (event,) = end.receive(said("#1234") + said("NBA1") + (said("1") + said("&1")) * 5_000, NOW)
    assert isinstance(event, Arrival)
    assert end.held
    assert len(end._answers) <= 16
    end.decide(event, Verdict.STORED, NOW)
    answers = len(end.data_to_send())
    while end.held:
        assert end.receive(b"", NOW) == []
        answers += len(end.data_to_send())
    assert answers == 10_002 * 3


def test_a_half_closed_connection_gets_its_answers() -> None:
    end = make_end()
    (event,) = end.receive(b"".join(SESSION), NOW)
    assert isinstance(event, Arrival)
    assert end.receive_eof(NOW) == []
    assert not end.closing
    end.decide(event, Verdict.STORED, NOW)
    (text,) = end.receive(b"", NOW)
    assert isinstance(text, Arrival)
    assert not end.closing
    end.decide(text, Verdict.STORED, NOW)
    end.receive(b"", NOW)
    assert end.closing
    assert end.data_to_send() == ACK * 4


VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parent / "vectors" / "sia_blocks.jsonl").read_text("utf-8").splitlines()
]


def test_every_event_of_the_vectors_reaches_the_station() -> None:
    station = desk()
    events = 0
    for vector in VECTORS:
        station.hear(bytes.fromhex(vector["hex"]))
        events += vector.get("function", "") in ("N", "O", "E") and vector["function"] != ""
    station.hang_up()
    assert len(station.codes) == events > 8


@pytest.mark.parametrize("place", range(7))
def test_an_event_behind_a_garbled_account_that_did_not_ask_is_not_of_the_account_before(place: int) -> None:
    """Whatever byte of the account block was hit, and however: the group is rejected, and said again as a whole."""
    quiet = said("#2222", asks=False)
    for value in {*range(256)} - {quiet[place]}:
        station = desk()
        station.hear(said("#1111", asks=False) + said("NBA1"))
        garbled = quiet[:place] + bytes((value,)) + quiet[place + 1 :]
        station.hear(garbled + said("NFA1"))
        station.wait(later(5))
        assert [one.signals[0].account for one in station.stored if one.signals and one.signals[0].code] == ["1111"]
        assert station.hear(quiet + said("NFA1"), later(6))[-3:] == ACK
        assert station.stored[-1].signals[0].account == "2222"


def test_texts_without_end_are_neither_held_nor_told_again_with_each_other() -> None:
    """An event takes in what a data group holds; what is behind it is kept by itself."""
    station = desk()
    for asks in (False, True):
        station.hear(said("#1234", asks=asks) + said("NFA1", asks=asks))
        heard = sum(len(one.raw) for one in station.arrivals)
        for number in range(100):
            text = said(f"A{number:03}" + "x" * 50, asks=asks)
            station.hear(text)
            heard += len(text)
            assert heard - sum(len(one.raw) for one in station.arrivals) < 700
    station.hear(said("0"))
    assert max(len(one.raw) for one in station.arrivals) < 700
    assert max(len(signal.text) for one in station.arrivals for signal in one.signals) < 700
    said_in_all = " ".join(signal.text for one in station.stored for signal in one.signals)
    assert all(f"{number:03}" in said_in_all for number in range(100))
