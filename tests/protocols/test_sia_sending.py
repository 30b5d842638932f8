"""The panel's end of SIA blocks: what it writes, and what answers do to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields

from protocols.ends import LinkTest, Message, Outcome, OutcomeKind, Payload
from protocols.lines.options import Speaker
from protocols.lines.sending import QuirksError, UnsendableError
from protocols.model import Moment, Qualifier, Scheme, Signal
from protocols.sia import blocks
from protocols.sia.quirks import QUIRKS, Quirks
from protocols.sia.sending import SIASendingEnd
from protocols.sia.speaking import make_sending

WALL = datetime(2026, 11, 22, 11, 46, 30, tzinfo=UTC).timestamp()
NOW = Moment(WALL, 100.0)
ACK = bytes.fromhex("403887")
NAK = bytes.fromhex("403986")
VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parent / "vectors/sia_blocks.jsonl").read_text("utf-8").splitlines()
    if '"refuse"' not in line
]


def at(seconds: float) -> Moment:
    return Moment(WALL + seconds, 100.0 + seconds)


def speaker(account: str = "1234", **changes: Any) -> Speaker:
    quirks: Mapping[str, bool | int | str] = changes.pop("quirks", {})
    return Speaker(account=account, quirks=quirks, **changes)


def end(**quirks: bool | int | str) -> SIASendingEnd:
    return make_sending(speaker(quirks=quirks))


def event(code: str = "BA", number: str = "001", **changes: Any) -> Signal:
    values = {"account": "1234", "scheme": Scheme.SIA, "qualifier": Qualifier.NEW} | changes
    return Signal(code=code, number=number, **values)


def said(data: bytes) -> list[str]:
    """Function and data of the blocks of what was written."""
    found = []
    while data:
        size = (data[0] & blocks.LENGTH) + 3
        block = blocks.parse(data[:size])
        found.append(block.function + block.data.decode("cp850"))
        data = data[size:]
    return found


def talk(panel: SIASendingEnd, answers: Mapping[str, bytes] | None = None) -> list[str]:
    """Everything that the panel says when each block is answered: by its function, else with an acknowledgement."""
    found: list[str] = []
    for _ in range(200):
        data = panel.data_to_send()
        if not data:
            return found
        now = said(data)
        found += now
        panel.receive((answers or {}).get(now[-1][:1], ACK), NOW)
    raise AssertionError("it never came to an end")


def whole(message: Message, **quirks: bool | int | str) -> list[str]:
    panel = end(**quirks)
    panel.submit(message, NOW)
    return talk(panel)


def outcome(items: Any) -> Outcome:
    (found,) = items
    assert isinstance(found, Outcome)
    return found


# What is written


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["meaning"])
def test_every_block_of_the_reference_is_written_byte_for_byte(vector: dict[str, str]) -> None:
    """As a payload: function and data as given, with the header bits that a quirk asks for."""
    raw = bytes.fromhex(vector["hex"])
    panel = end(ack_bit=bool(raw[0] & blocks.ASKS))
    function = vector["function"]
    message = Payload(vector["data"] if function == "#" else "1234", function, vector["data"])
    panel.submit(message, NOW)
    written = []
    while data := panel.data_to_send():
        written.append(data)
        panel.receive(ACK, NOW)
    assert raw in written


def test_a_session_of_a_galaxy_is_that_of_the_reference() -> None:
    """Account, event, text in the panel's code page, end of data: each only after the one before is acknowledged."""
    panel = make_sending(speaker("012345", quirks={"clock": "minutes"}))
    text = "+INBROTT        IR Sovrum Ö"
    panel.submit(event("BA", "1011", account="012345", text=text), NOW)
    expected = [
        "46 23 30 31 32 33 34 35 9B",
        "4E 4E 74 69 31 31 3A 34 36 2F 42 41 31 30 31 31 F7",
        "5B 41 2B 49 4E 42 52 4F 54 54 20 20 20 20 20 20 20 20 49 52 20 53 6F 76 72 75 6D 20 99 34",
        "40 30 8F",
    ]
    for block in expected[:-1]:
        assert panel.data_to_send() == bytes.fromhex(block)
        assert panel.data_to_send() == b""
        assert not panel.receive(ACK, NOW)
    assert panel.data_to_send() == bytes.fromhex(expected[-1])
    found = outcome(panel.receive(ACK, NOW))
    assert (found.kind, found.answer) == (OutcomeKind.ACCEPTED, ACK)


@pytest.mark.parametrize(
    ("signal", "quirks", "block"),
    [
        (event(), {"clock": "none"}, "NBA001"),
        (event("BR", "001", partition="1", qualifier=Qualifier.RESTORE), {"clock": "none"}, "Nri1/BR001"),
        (event("CL", "001", user="1", partition="1"), {"clock": "minutes"}, "Nti11:46/id1/ri1/CL001"),
        (event("FA", "012", occurred_at=WALL), {}, "Nti11:46:30/FA012"),
        (event("FA", "012", occurred_at=WALL - 86400), {}, "Nda11-21-26/ti11:46:30/FA012"),
        (event("FA", "012", occurred_at=WALL + 86400), {}, "Nda11-23-26/ti11:46:30/FA012"),
        (event("LT", "1", old=True), {"clock": "none"}, "OLT1"),
        (event("BA", "01", partition="1"), {"form": "dsc", "clock": "none"}, "Nri1BA01"),
        (event("FA", "2", partition="6"), {"form": "cooper", "clock": "none"}, "NFA2/ri6"),
        (event("FA", "2", partition="6", user="3"), {"level": 1}, "NFA2"),
        (event("BA", "1"), {"copies": 3, "clock": "none"}, "NBA1/BA1/BA1"),
        (event("BA", "1"), {"function": "Z", "clock": "none"}, "ZBA1"),
        (event("BA", "1"), {"clock": "minutes", "time_zone": "Asia/Almaty"}, "Nti16:46/BA1"),
        (event("ZA", "3", details={"pi": ["7"]}, partition="1"), {"clock": "none"}, "Nri1/pi7/ZA3"),
        (LinkTest("1234"), {"clock": "minutes"}, "Nti11:46/RP"),
        (Payload("1234", "X", "ZS1011"), {}, "XZS1011"),
    ],
)
def test_a_signal_is_written_as_its_level_and_form_ask_for(
    signal: Message, quirks: dict[str, bool | int | str], block: str
) -> None:
    """Time first, then user, area, others, and the event; without ``old`` it is an ``N`` block."""
    assert whole(signal, **quirks) == ["#1234", block, "0"]


def test_a_timed_test_says_how_often_it_comes() -> None:
    """``va`` are the minutes between two of them."""
    panel = make_sending(speaker(heartbeat_s=86400.0, quirks={"clock": "minutes"}))
    panel.submit(LinkTest("1234"), Moment(WALL - 3 * 3600 - 46 * 60, 0.0))
    assert talk(panel)[1] == "Nti08:00/va1440/RP"


@pytest.mark.parametrize(
    ("quirks", "expected"),
    [
        ({}, ["#1234", "NBA1", "AHall", "0"]),
        ({"level": 4}, ["#1234", "NBA1", "AHall", "0"]),
        ({"level": 2}, ["#1234", "NBA1", "0"]),
        ({"text": "before"}, ["#1234", "AHall", "NBA1", "0"]),
        ({"text": "xsia"}, ["#1234", "NBA1*'Hall'NM", "0"]),
        ({"text": "caret"}, ["#1234", "NBA1^Hall^", "0"]),
        ({"end": False}, ["#1234", "NBA1", "AHall"]),
        ({"hex_account": True}, ["#04D2", "NBA1", "AHall", "0"]),
    ],
)
def test_texts_and_the_frame_of_a_session_follow_the_quirks(
    quirks: dict[str, bool | int | str], expected: list[str]
) -> None:
    """A text is a block of its own behind its event from level 3 on."""
    assert whole(event("BA", "1", text="Hall"), clock="none", **quirks) == expected


def test_a_long_text_is_parted_at_blanks() -> None:
    """A block holds 63 bytes; a reader joins the pieces with a blank. A word too long for one is cut."""
    words = " ".join(["north-wing"] * 12)
    pieces = whole(event(text=words), clock="none")[2:-1]
    assert all(len(piece) <= 64 for piece in pieces)
    assert " ".join(piece[1:] for piece in pieces) == words
    assert [len(piece) for piece in whole(event(text="x" * 100), clock="none")[2:-1]] == [64, 38]
    panel = end(group=True)
    panel.submit(event(text="x" * 10_000), NOW)
    assert sum(len(block) - 1 for block in said(panel.data_to_send())) <= 500


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("", b"AGro\xe1 L\x8fS"),
        ("cp866", b"AGross LAS"),
        ("cp437", b"AGro\xe1 L\x8fS"),
        ("utf-8", "AGroß LÅS".encode()),
    ],
)
def test_texts_are_written_in_the_code_page_of_the_panel(encoding: str, written: bytes) -> None:
    """What it lacks becomes its plain letter."""
    panel = make_sending(speaker(encoding=encoding, quirks={"group": True}))
    panel.submit(event(text="Groß LÅS"), NOW)
    data = panel.data_to_send()
    assert written in data


@pytest.mark.parametrize("quirks", [{}, {"group": True}, {"text": "xsia"}, {"text": "before"}])
def test_a_text_in_another_alphabet_is_refused_and_never_lost(quirks: dict[str, Any]) -> None:
    """The code page of Galaxy panels has no Cyrillic; the one that has is named."""
    with pytest.raises(UnsendableError, match=r"cp850.*--encoding cp866"):
        make_sending(speaker(quirks=quirks)).submit(event(text="Спортзал"), NOW)
    panel = make_sending(speaker(encoding="cp866", quirks={**quirks, "group": True}))
    panel.submit(event(text="Қазақ спортзалы"), NOW)
    assert "Казак спортзалы".encode("cp866") in panel.data_to_send()


def test_contact_id_is_sent_by_the_code_map() -> None:
    """No zone and no partition are left out; what has no counterpart is refused."""
    cid = Signal(
        account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.RESTORE, partition="01", number="015"
    )
    assert whole(cid, clock="none")[1] == "Nri01/BH015"
    test = Signal(account="1234", scheme=Scheme.CONTACT_ID, code="602", qualifier=Qualifier.NEW, partition="00")
    assert whole(test, clock="none")[1] == "NRP"
    arming = Signal(
        account="1234",
        scheme=Scheme.CONTACT_ID,
        code="401",
        qualifier=Qualifier.RESTORE,
        partition="01",
        number="007",
        user="007",
    )
    assert whole(arming, clock="none")[1] in ("Nri01/CL007", "Nid007/ri01/CL007")
    with pytest.raises(UnsendableError, match="no counterpart"):
        end().submit(Signal(account="1234", scheme=Scheme.CONTACT_ID, code="750", qualifier=Qualifier.NEW), NOW)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (event(account="12 34"), "account"),
        (event(account=""), "account"),
        (event(details={"va": ["1" * 60]}), "63"),
        (Payload("1234", "NN", ""), "one character"),
        (Payload("1234", "N", "x" * 64), "63"),
        (Signal(account="1", scheme=Scheme.OTHER, code="x", qualifier=Qualifier.NEW), "no counterpart"),
        (event("ba"), "capital"),
    ],
)
def test_what_blocks_cannot_say_is_refused_with_the_reason(message: Message, why: str) -> None:
    """At submission, so that nothing half right goes out."""
    with pytest.raises(UnsendableError, match=why):
        end().submit(message, NOW)


def test_an_area_is_not_sent_where_it_would_be_read_as_a_user() -> None:
    """At level 1 nothing says who armed area 7: the far end would take the 7 for the user."""
    arming = event("CL", "7", user="3")
    assert whole(arming, clock="none")[1] == "Nid3/CL7"
    with pytest.raises(UnsendableError, match="something else"):
        end(level=1).submit(arming, NOW)
    assert whole(event("CL", "003", user="3"), level=1)[1] == "NCL003"


# The session


def test_the_account_is_said_once_as_long_as_the_session_lasts() -> None:
    """And the end of data waits for the last event that is queued."""
    panel = end(clock="none")
    for number in ("1", "2"):
        panel.submit(event("BA", number), NOW)
    panel.submit(event("BA", "3", account="5678"), NOW)
    assert talk(panel) == ["#1234", "NBA1", "NBA2", "0", "#5678", "NBA3", "0"]
    panel.submit(event("BA", "4", account="5678"), NOW)
    assert talk(panel) == ["#5678", "NBA4", "0"]


def test_without_an_end_of_data_the_session_lasts_as_long_as_the_connection() -> None:
    """A new connection begins with the account; by quirk every event does."""
    panel = end(clock="none", end=False)
    panel.submit(event("BA", "1"), NOW)
    assert talk(panel) == ["#1234", "NBA1"]
    panel.submit(event("BA", "2"), NOW)
    assert talk(panel) == ["NBA2"]
    panel.disconnected(NOW)
    panel.submit(event("BA", "3"), NOW)
    panel.connected(NOW)
    assert talk(panel) == ["#1234", "NBA3"]
    every = end(clock="none", end=False, account="always")
    for number in ("1", "2"):
        every.submit(event("BA", number), NOW)
    assert talk(every) == ["#1234", "NBA1", "#1234", "NBA2"]


def test_in_a_data_group_only_the_last_block_asks() -> None:
    """All of it goes out together and has one answer."""
    panel = end(clock="none", group=True)
    panel.submit(event("BA", "1", text="Hall"), NOW)
    data = panel.data_to_send()
    assert said(data) == ["#1234", "NBA1", "AHall", "0"]
    assert [data[0], data[7], data[13], data[-3]] == [0x04, 0x03, 0x04, 0x40]
    assert outcome(panel.receive(ACK, NOW)).kind is OutcomeKind.ACCEPTED


# Answers


@pytest.mark.parametrize(
    "answer", ["40 38 87", "00 38 C7", "40 36 89", "00 36 C9", "00 08 F7", "C0 38 07"], ids=lambda raw: str(raw)
)
def test_every_acknowledgement_leads_to_the_next_block(answer: str) -> None:
    """Bit 6 of its header set or clear, in whatever pieces it comes."""
    panel = end(clock="none")
    panel.submit(event(), NOW)
    assert said(panel.data_to_send()) == ["#1234"]
    for byte in bytes.fromhex(answer):
        assert panel.data_to_send() == b""
        assert not panel.receive(bytes((byte,)), NOW)
    assert said(panel.data_to_send()) == ["NBA001"]


@pytest.mark.parametrize("answer", ["40 39 86", "00 39 C6", "00 09 F6", "40 32 8D"])
def test_a_rejected_block_is_said_four_times_and_then_given_up(answer: str) -> None:
    """An abort ends the session: the message begins anew with its account."""
    panel = end(clock="none")
    panel.submit(event(), NOW)
    found: list[Any] = []
    heard = []
    now = NOW
    while data := panel.data_to_send():
        heard += said(data)
        found += panel.receive(ACK if heard[-1] == "#1234" else bytes.fromhex(answer), now)
        if not panel.closing and (due := panel.next_timeout()) is not None and due <= now.mono + 0.25:
            now = at(due - NOW.mono)
            found += panel.expire(now)
    assert heard.count("NBA001") == 4
    assert heard.count("#1234") == (4 if "32" in answer else 1)
    assert outcome(found).kind is OutcomeKind.GAVE_UP
    assert ("abort" if "32" in answer else "reject") in outcome(found).reason


def test_an_acknowledgement_right_behind_a_rejection_counts() -> None:
    """Noise in front of the block was rejected, and the block itself taken: it must not be said again."""
    panel = end(clock="none")
    panel.submit(event(), NOW)
    panel.data_to_send()
    panel.receive(NAK + ACK, NOW)
    assert said(panel.data_to_send()) == ["NBA001"]
    panel.receive(NAK + NAK, NOW)
    assert panel.data_to_send() == b""
    assert not panel.expire(at(0.25))
    assert said(panel.data_to_send()) == ["NBA001"]


def test_silence_costs_an_attempt_after_two_and_a_half_seconds() -> None:
    """Four attempts a block; a good answer begins the count anew."""
    panel = end(clock="none")
    panel.submit(event(), NOW)
    panel.data_to_send()
    for attempt in (1, 2, 3):
        assert not panel.expire(at(2.5 * attempt - 0.1))
        assert not panel.expire(at(2.5 * attempt))
        assert said(panel.data_to_send()) == ["#1234"]
    panel.receive(ACK * 4, at(8.0))
    for attempt in range(4):
        assert said(panel.data_to_send()) == ["NBA001"], attempt
        items = panel.expire(at(8.0 + 2.5 * (attempt + 1)))
    assert outcome(items).kind is OutcomeKind.GAVE_UP
    assert "4 attempts" in outcome(items).reason


def test_wait_makes_the_patience_begin_anew() -> None:
    """Function 1 is no answer yet."""
    panel = end()
    panel.submit(event(), NOW)
    panel.data_to_send()
    panel.receive(bytes.fromhex("40318E"), at(2.0))
    assert not panel.expire(at(3.0))
    assert panel.data_to_send() == b""
    panel.expire(at(4.5))
    assert said(panel.data_to_send()) == ["#1234"]


def test_acknowledge_and_disconnect_ends_message_and_connection() -> None:
    """After the event block the message is said; what waits begins a new session on the next connection."""
    panel = end(clock="none")
    panel.submit(event("BA", "1", text="Hall"), NOW)
    panel.submit(event("BA", "2"), NOW)
    panel.data_to_send()
    panel.receive(ACK, NOW)
    panel.data_to_send()
    found = outcome(panel.receive(bytes.fromhex("403788"), NOW))
    assert (found.kind, found.ticket.sequence) == (OutcomeKind.ACCEPTED, 1)
    assert panel.closing
    assert panel.data_to_send() == b""
    assert not panel.disconnected(NOW)
    panel.connected(NOW)
    assert not panel.closing
    assert talk(panel) == ["#1234", "NBA2", "0"]


def test_a_receiver_that_always_disconnects_after_the_account_is_given_up() -> None:
    """Each session that is cut short counts, though every block of it was acknowledged."""
    panel = end()
    panel.submit(event(), NOW)
    items: list[Any] = []
    for _ in range(4):
        assert not items
        assert said(panel.data_to_send()) == ["#1234"]
        items += panel.receive(bytes.fromhex("403788"), NOW)
        items += panel.disconnected(NOW)
        panel.connected(NOW)
    assert outcome(items).kind is OutcomeKind.GAVE_UP


def test_connections_that_end_before_the_event_is_answered_are_counted() -> None:
    """Else a receiver that closes on every event would be called for ever."""
    panel = end()
    panel.submit(event(), NOW)
    items: list[Any] = []
    for _ in range(4):
        assert not items
        panel.data_to_send()
        panel.receive(ACK, NOW)
        panel.data_to_send()
        items += panel.disconnected(NOW)
        panel.connected(NOW)
    assert outcome(items).kind is OutcomeKind.GAVE_UP


@pytest.mark.parametrize("how", ["silence", "disconnected"])
def test_an_event_that_was_taken_is_never_said_again(how: str) -> None:
    """Its text found no answer, or the connection ended: the alarm is with the receiver, once."""
    panel = end(clock="none")
    panel.submit(event(text="Hall"), NOW)
    for _ in range(2):
        panel.data_to_send()
        panel.receive(ACK, NOW)
    assert said(panel.data_to_send()) == ["AHall"]
    items: list[Any] = []
    if how == "silence":
        for attempt in range(4):
            items += panel.expire(at(2.5 * (attempt + 1)))
    else:
        items += panel.disconnected(NOW)
        panel.connected(NOW)
        assert panel.data_to_send() == b""
    found = outcome(items)
    assert found.kind is OutcomeKind.ACCEPTED
    assert "the event was taken" in found.reason
    assert not panel.unfinished


def test_a_connection_that_ends_before_the_event_is_taken_begins_the_message_anew() -> None:
    """With its account."""
    panel = end(clock="none")
    panel.submit(event(), NOW)
    panel.data_to_send()
    panel.receive(ACK, NOW)
    assert said(panel.data_to_send()) == ["NBA001"]
    assert not panel.disconnected(NOW)
    panel.connected(NOW)
    assert talk(panel) == ["#1234", "NBA001", "0"]


def test_a_connection_that_ends_while_a_late_answer_is_awaited_begins_the_message_anew() -> None:
    """The account block was said twice and answered once, so the event waits; the next stream has no account yet."""
    panel = end(clock="none")
    panel.submit(event(), NOW)
    panel.data_to_send()
    panel.expire(at(2.5))
    panel.data_to_send()
    panel.receive(ACK, at(2.6))
    assert panel.data_to_send() == b""
    panel.disconnected(at(2.7))
    panel.connected(at(3.0))
    assert talk(panel) == ["#1234", "NBA001", "0"]


def test_single_bytes_are_answers_of_old_modules_only_where_they_can_be_nothing_else() -> None:
    """08 may be the header of a block on its way: it counts at once by quirk, else when nothing follows in time."""
    old = end(clock="none", old_answers=True)
    old.submit(event(), NOW)
    old.data_to_send()
    old.receive(b"\x08", NOW)
    assert said(old.data_to_send()) == ["NBA001"]
    old.receive(b"\x09", NOW)
    old.expire(at(0.25))
    assert said(old.data_to_send()) == ["NBA001"]
    panel = end(clock="none")
    panel.submit(event(), NOW)
    panel.data_to_send()
    panel.receive(b"\x08", NOW)
    assert panel.data_to_send() == b""
    panel.expire(at(2.5))
    assert said(panel.data_to_send()) == ["NBA001"]
    panel.receive(bytes.fromhex("08585A53313031312A32BF"), NOW)  # a block of eight: no answer
    assert panel.data_to_send() == b""


def test_a_poll_is_answered_in_text() -> None:
    """``F#`` and the account; any pieces of ``P#`` and the account."""
    panel = end(link_test="poll")
    panel.submit(LinkTest("1234"), NOW)
    assert panel.data_to_send() == b"F#1234\r\n"
    found: list[Any] = []
    for byte in b"P#1234\r\n":
        assert not found
        found += panel.receive(bytes((byte,)), NOW)
    assert outcome(found).kind is OutcomeKind.ACCEPTED


def test_an_idle_line_is_kept_alive() -> None:
    """By a test report in a group, or the poll; its answer confirms no message."""
    panel = make_sending(speaker(heartbeat_s=60.0))
    panel.connected(NOW)
    panel.expire(at(60.0))
    assert said(panel.data_to_send()) == ["#1234", "Nva1/RP"]
    assert not panel.receive(ACK, at(60.1))
    polling = make_sending(speaker(heartbeat_s=60.0, quirks={"link_test": "poll"}))
    polling.connected(NOW)
    polling.expire(at(60.0))
    assert polling.data_to_send() == b"F#1234\r\n"


# Faults


def test_every_second_block_is_damaged_and_its_repetition_is_right() -> None:
    """The parity byte alone is wrong."""
    panel = end(clock="none", wrong_parity=2)
    panel.submit(event(), NOW)
    assert said(panel.data_to_send()) == ["#1234"]
    panel.receive(ACK, NOW)
    wrong = panel.data_to_send()
    with pytest.raises(blocks.BlockError, match="parity"):
        blocks.parse(wrong)
    panel.receive(NAK, NOW)
    panel.expire(at(0.25))
    assert said(panel.data_to_send()) == ["NBA001"]


def test_the_answer_to_a_copy_confirms_nothing_else() -> None:
    """A repeated block has two answers, or one: the second must not pass for that of the next block."""
    panel = end(clock="none", repeat=2)
    panel.submit(event(), NOW)
    panel.data_to_send()
    panel.receive(ACK, NOW)
    assert said(panel.data_to_send()) == ["NBA001", "NBA001"]
    panel.receive(ACK, NOW)
    assert panel.data_to_send() == b""
    panel.receive(ACK, NOW)
    assert said(panel.data_to_send()) == ["0"]
    assert outcome(panel.receive(ACK, NOW)).kind is OutcomeKind.ACCEPTED
    panel.submit(event(), NOW)
    assert said(panel.data_to_send()) == ["#1234", "#1234"]
    panel.receive(ACK, NOW)
    assert panel.data_to_send() == b""
    assert not panel.expire(at(2.5))
    assert said(panel.data_to_send()) == ["NBA001"]


def test_a_connection_that_ends_between_two_answers_leaves_a_taken_event_taken() -> None:
    """The first answer counted."""
    panel = end(clock="none", repeat=2)
    panel.submit(event(), NOW)
    panel.data_to_send()
    panel.receive(ACK, NOW)
    panel.data_to_send()
    assert not panel.receive(ACK, NOW)
    assert outcome(panel.disconnected(NOW)).kind is OutcomeKind.ACCEPTED


def test_header_bits_follow_the_quirks() -> None:
    """Bit 6 never set; the reverse channel offered."""
    panel = end(ack_bit=False, reverse_bit=True)
    panel.submit(event(), NOW)
    assert panel.data_to_send()[0] == 0x84


def test_a_ticket_that_another_protocol_wrote_is_written_anew() -> None:
    """A panel that changes its path must not send the bytes of one protocol over another."""
    texecom = end(edge="texecom")
    ticket = texecom.submit(event(), NOW)
    panel = end(clock="none")
    panel.submit(event(), NOW, ticket)
    assert talk(panel) == ["#1234", "NBA001", "0"]


@pytest.mark.parametrize(
    "quirks",
    [
        {"unheard": True},
        {"level": 5},
        {"copies": 0},
        {"wrong_parity": 1},
        {"repeat": -1},
        {"function": "NN"},
        {"time_zone": "Nowhere/Land"},
        {"form": "other"},
        {"end": 7},
    ],
)
def test_quirks_that_no_sender_has_are_refused(quirks: dict[str, bool | int | str]) -> None:
    """By name, with what is allowed."""
    with pytest.raises(QuirksError):
        end(**quirks)


def test_an_encoding_that_nobody_knows_is_refused() -> None:
    """Before anything is sent."""
    with pytest.raises(QuirksError, match="cp866"):
        make_sending(speaker(encoding="no-such"))


def test_every_quirk_is_told() -> None:
    """``Wire.quirks`` lists what the record has."""
    assert set(QUIRKS) == {field.name for field in fields(Quirks)}


@given(
    st.sampled_from(
        [{}, {"edge": "texecom"}, {"old_answers": True}, {"repeat": 2}, {"hang_up": True, "edge": "texecom"}]
    ),
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.sampled_from(
                [ACK, NAK, b"\x08", b"2\x06\r\n", b"3\x06\r\n", bytes.fromhex("403788"), bytes.fromhex("40328D")]
            ),
            st.sampled_from(["expire", "disconnected", "connected", "eof", "submit"]),
        ),
        max_size=40,
    ),
)
def test_whatever_comes_every_message_has_one_outcome(quirks: dict[str, Any], steps: list[bytes | str]) -> None:
    """No bytes and no order of events raise; what has no outcome is unfinished."""
    panel, now = end(**quirks), NOW
    tickets, outcomes = [panel.submit(event(text="Hall"), now)], list[Outcome]()
    for step in steps:
        items: Any = ()
        if isinstance(step, bytes):
            items = panel.receive(step, now)
        elif step == "expire":
            due = panel.next_timeout()
            now = at(max(now.mono, due or now.mono) - NOW.mono)
            items = panel.expire(now)
        elif step == "disconnected":
            items = panel.disconnected(now)
        elif step == "connected":
            items = panel.disconnected(now)
            panel.connected(now)
        elif step == "eof":
            items = panel.receive_eof(now)
        else:
            tickets.append(panel.submit(event(account="5678"), now))
        panel.data_to_send()
        outcomes += [item for item in items if isinstance(item, Outcome)]
    done = [one.ticket for one in outcomes]
    assert len(done) == len(set(map(id, done)))
    assert [*done, *panel.unfinished] == tickets
