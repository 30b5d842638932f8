"""Which answers a panel believes: whose they are, how old, and how much of what nobody signs."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dc09 import Quirks, SendingEnd, stamp, writing
from protocols.ends import LinkTest, Outcome, OutcomeKind, Payload
from protocols.model import Moment, Noise, Qualifier, Scheme, Signal
from tests.protocols.dc09_support import KEY, NOW, Numbers, frame, sender

BURGLARY = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)
NEW_KEY = bytes(range(100, 132))
MONTH = 30 * 86_400.0
ACCEPTED, REFUSED, GAVE_UP = OutcomeKind.ACCEPTED, OutcomeKind.REFUSED, OutcomeKind.GAVE_UP


def later(seconds: float) -> Moment:
    return Moment(NOW.wall + seconds, NOW.mono + seconds)


def begun(message: Any = BURGLARY, **options: Any) -> SendingEnd:
    end = sender(**options)
    end.submit(message, NOW)
    end.data_to_send()
    return end


def told(items: Any) -> list[tuple[OutcomeKind, int]]:
    return [(item.kind, item.ticket.sequence) for item in items if isinstance(item, Outcome)]


def plain(header: str, token: str = "ACK") -> bytes:
    return frame(f'"{token}"{header}[]')


def secret(seconds: float | None, sequence: int = 1, token: bytes = b"ACK", fields: bytes = b"") -> bytes:
    """An encrypted answer of a receiver whose clock shows ``NOW`` plus so many seconds."""
    written = b"" if seconds is None else stamp.write(NOW.wall + seconds)
    echo = b"%04dL0#1234" % sequence
    return frame(writing.secret_body(token, echo, b"|]" + fields + written, KEY, bytes, long_pad=False))


def nak(seconds: float) -> bytes:
    return frame(b'"NAK"0000R0L0A0[]' + stamp.write(NOW.wall + seconds))


# --- whose ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["ACK", "RSP", "DUH"])
@pytest.mark.parametrize("account", ["1234", "0000", "00000000", "0"])
def test_an_answer_without_account_is_nobodys(account: str, token: str) -> None:
    """A panel whose header names its account, of zeros too, gets it back."""
    end = begun(account=account)
    assert end.receive(plain("0001L0", token), NOW) == []
    assert end.receive(plain("0001L0#", token), NOW) == []
    assert (end.late_answers, len(end.unfinished)) == (2, 1)
    assert told(end.receive(plain(f"0001L0#{account}"), NOW)) == [(ACCEPTED, 1)]


def test_a_panel_without_account_in_its_header_takes_an_answer_without() -> None:
    """The receiver repeats what was there."""
    for answer in ("0001L0", "0001L0#1234"):
        end = begun(quirks=Quirks(header_account=False))
        assert end.receive(plain("0001L0#5678"), NOW) == []
        assert told(end.receive(plain(answer), NOW)) == [(ACCEPTED, 1)]


@pytest.mark.parametrize(
    ("receiver", "prefix", "right", "wrong"),
    [
        (None, "0", ["L0", "", "L", "L00", "R0L0", "R000L000"], ["R9L7", "L7", "R9L0", "R9"]),
        (None, None, ["", "L0"], ["L1", "R1"]),
        ("1", "0", ["R1L0", "R01L00", "L0", "R1", ""], ["R2L0", "R1L1", "R0L0"]),
        ("00001A", "00000B", ["R00001AL00000B", "R1AL0B", "R1aLb"], ["R1BL0A", "L1A"]),
        ("7896", "", ["R7896L", "R7896L0"], ["R7896L1"]),
    ],
)
def test_receiver_and_prefix_of_the_answer_are_ours_or_left_out(
    receiver: str | None, prefix: str | None, right: list[str], wrong: list[str]
) -> None:
    """Zeros in front do not count, and 0 is as good as none."""
    for address in wrong:
        for token in ("ACK", "DUH", "RSP"):
            end = begun(receiver=receiver, prefix=prefix)
            assert end.receive(plain(f"0001{address}#1234", token), NOW) == [], address
    for address in right:
        end = begun(receiver=receiver, prefix=prefix)
        assert told(end.receive(plain(f"0001{address}#1234"), NOW)) == [(ACCEPTED, 1)], address


# --- how old ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", [LinkTest("1234"), BURGLARY], ids=["link test", "event"])
def test_a_recorded_acknowledgement_is_none_when_its_number_comes_back(message: Any) -> None:
    """All link tests are 0000, and events begin again at 0001."""
    number = 0 if isinstance(message, LinkTest) else 1
    numbers = Numbers()
    end = begun(message, key=KEY, attempts=1, counters=numbers)
    recorded = secret(0, number)
    assert told(end.receive(recorded, later(1))) == [(ACCEPTED, number)]
    numbers.next = 0
    end.submit(message, later(MONTH))
    assert end.receive(recorded, later(MONTH + 1)) == []
    assert end.stale_answers == 1
    (outcome,) = end.expire(later(MONTH + 10))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.answer) == (GAVE_UP, b"")
    assert "dc09.time.window" in {finding.id for finding in outcome.findings}
    assert "acknowledgement" in outcome.reason


def test_after_a_recording_the_right_acknowledgement_still_counts() -> None:
    """The waiting goes on."""
    end = begun(key=KEY)
    assert end.receive(secret(-3600), NOW) == []
    (outcome,) = end.receive(secret(0), NOW)
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.findings) == (ACCEPTED, ())


def test_a_recorded_response_changes_no_key() -> None:
    """What it brings is not even shown."""
    end = begun(key=KEY)
    recorded = secret(-MONTH, token=b"RSP", fields=b"[K" + NEW_KEY.hex().encode() + b"]")
    assert end.receive(recorded, NOW) == []
    assert end.key == KEY
    assert end.unfinished


def test_an_encrypted_acknowledgement_without_a_time_is_none() -> None:
    """The stamp is mandatory, and nothing else tells it from a recording."""
    end = begun(key=KEY)
    no_such_date = frame(
        writing.secret_body(b"ACK", b"0001L0#1234", b"|]_12:00:00,13-32-2026", KEY, bytes, long_pad=False)
    )
    for answer in (secret(None), no_such_date):
        assert told(end.receive(answer, NOW)) == []
    assert end.unfinished


@pytest.mark.parametrize(
    ("wrong_by", "taken"), [(0, True), (-40, True), (20, True), (-60, True), (60, True), (61, False), (-61, False)]
)
def test_a_panel_whose_clock_is_wrong_takes_what_the_receiver_could_have_accepted(wrong_by: int, taken: bool) -> None:
    """It stamps within the window of the receiver, and was never told how far it is off."""
    end = begun(key=KEY, clock_offset_s=float(wrong_by))
    assert told(end.receive(secret(0), NOW)) == ([(ACCEPTED, 1)] if taken else [])


def test_the_time_waited_is_granted() -> None:
    """A receiver may take its time before it answers; the clock of the panel may be set meanwhile."""
    end = begun(key=KEY, ack_timeout_s=500.0)
    now = Moment(NOW.wall - 86_400, NOW.mono + 300)
    assert told(end.receive(secret(361), now)) == []
    assert told(end.receive(secret(360), now)) == [(ACCEPTED, 1)]


def test_an_acknowledgement_of_an_earlier_attempt_counts() -> None:
    """Also when somebody moved the clock in between with a NAK that nobody had sent."""
    end = begun(key=KEY)
    assert end.receive(nak(-MONTH), later(1)) == []
    assert end.data_to_send()
    assert told(end.receive(secret(2), later(2))) == [(ACCEPTED, 1)]


def test_after_a_nak_the_receivers_time_is_that_of_the_message() -> None:
    """However far the two clocks are apart."""
    end = begun(key=KEY, clock_offset_s=-3 * MONTH)
    assert end.receive(nak(0), NOW) == []
    assert told(end.receive(secret(1), later(1))) == [(ACCEPTED, 1)]


def test_what_lies_far_is_for_the_owner_to_say() -> None:
    """A receiver that accepts any time, or stamps in local time, asks for a wider window."""
    for window_s, taken in ((4000.0, True), (math.inf, True), (1000.0, False)):
        end = begun(key=KEY, answer_window_s=window_s)
        assert bool(told(end.receive(secret(3600), NOW))) is taken


def test_in_the_clear_no_stamp_is_asked_for() -> None:
    """Anybody could write a fresh one."""
    for time in (b"", b"_12:00:00,01-02-1999"):
        end = begun()
        assert told(end.receive(frame(b'"ACK"0001L0#1234[]' + time), NOW)) == [(ACCEPTED, 1)]


def test_the_stamps_that_are_remembered_are_few() -> None:
    """However often a message is tried, the latest attempt counts."""
    end = begun(key=KEY, attempts=1000)
    for seconds in range(10, 2000, 10):
        assert end.expire(later(seconds)) == []
    assert told(end.receive(secret(1000), later(1990))) == []
    assert told(end.receive(secret(1990), later(1991))) == [(ACCEPTED, 1)]


# --- what nobody signs ------------------------------------------------------------------------------------------------


def test_forged_naks_use_up_no_attempts() -> None:
    """Six in one second, and the answer that comes then still counts."""
    end = begun(key=KEY)
    for _ in range(6):
        assert end.receive(nak(100), later(1)) == []
    assert end.unfinished[0].attempts == 1
    assert end.next_timeout() == later(11).mono
    assert told(end.receive(secret(2), later(2))) == [(ACCEPTED, 1)]


@pytest.mark.parametrize(
    ("years", "believed"), [(-50, False), (-11, False), (-9, True), (9, True), (11, False), (70, False)]
)
def test_an_absurd_time_is_not_learnt(years: int, believed: bool) -> None:
    """Ten years are the limit; the message is not sent again for it either."""
    end = begun()
    offset = years * 365 * 86_400.0
    assert end.receive(nak(offset), NOW) == []
    assert end.offset_s == (offset if believed else 0)
    assert bool(end.data_to_send()) is believed


def test_how_far_a_clock_may_be_off_can_be_said() -> None:
    """By the owner."""
    for most_s, offset in ((3600.0, 0.0), (3601.0, 3601.0)):
        end = begun(max_offset_s=most_s)
        end.receive(nak(3601), NOW)
        assert end.offset_s == offset


def test_a_clock_that_was_never_set_believes_any_nak() -> None:
    """A panel that wakes up in 1970 or 2000 has nothing but the NAK."""
    for date in (0.0, 946_684_800.0):
        end = begun(key=KEY, clock_offset_s=date - NOW.wall)
        assert end.receive(nak(0), NOW) == []
        assert end.offset_s == NOW.wall - date
        assert told(end.receive(secret(0), NOW)) == [(ACCEPTED, 1)]


# --- a key that comes later -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [1, 3])
def test_what_no_longer_fits_under_a_new_key_is_refused_and_holds_nobody_up(window: int) -> None:
    """Encryption doubles a message. Its outcome comes at once by the next time-out; what follows goes out."""
    end = sender(quirks=Quirks(window=window))
    end.disconnected(NOW)
    long = Payload("1234", "SIA-DCS", "A" + "x" * 3000)
    for message in (long, BURGLARY, long, long, BURGLARY):
        end.submit(message, NOW)
    end.key = KEY
    end.connected(later(1))
    items: list[Outcome | Noise] = []
    for _ in range(10):
        due = end.next_timeout()
        if due is None or due > later(1).mono:
            break
        items.extend(end.expire(later(1)))
    items.extend(end.receive(secret(1, 2), later(1)))
    items.extend(end.expire(later(1)))
    items.extend(end.receive(secret(1, 5), later(1)))
    assert told(items) == [(REFUSED, 1), (ACCEPTED, 2), (REFUSED, 3), (REFUSED, 4), (ACCEPTED, 5)]
    assert isinstance(items[0], Outcome)
    assert "too long" in items[0].reason
    assert (end.unfinished, end.next_timeout()) == ((), None)


def test_what_is_on_its_way_when_the_key_comes_is_refused_by_its_next_attempt() -> None:
    """The same by a time-out, and by a NAK."""
    for attempt in ("time-out", "nak", "connection"):
        end = begun(Payload("1234", "SIA-DCS", "A" + "x" * 3000))
        end.key = KEY
        items: list[Outcome | Noise] = []
        if attempt == "time-out":
            items.extend(end.expire(later(10)))
        elif attempt == "nak":
            items.extend(end.receive(nak(5), later(10)))
        else:
            items.extend(end.disconnected(later(10)))
            end.connected(later(10))
            assert end.next_timeout() == later(10).mono
            items.extend(end.expire(later(10)))
        assert told(items) == [(REFUSED, 1)]
        assert (end.data_to_send(), end.next_timeout()) == (b"", None)


# --- outcomes held back -----------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["ACK", "DUH", ""]), min_size=2, max_size=6))
def test_whoever_gives_an_end_up_gets_what_it_holds_back(answers: list[str]) -> None:
    """Each outcome is told once, by one way or the other; the rest is what is unfinished."""
    end = sender(quirks=Quirks(window=8))
    tickets = [end.submit(BURGLARY, NOW) for _ in answers]
    items: list[Outcome | Noise] = []
    for number, token in reversed(list(enumerate(answers, 1))):
        if token:
            items.extend(end.receive(plain(f"{number:04}L0#1234", token), NOW))
    items.extend(end.decided())
    kinds = {"ACK": ACCEPTED, "DUH": REFUSED}
    assert told(items) == [(kinds[token], number) for number, token in enumerate(answers, 1) if token]
    assert end.unfinished == tuple(ticket for ticket, token in zip(tickets, answers, strict=True) if not token)
    assert end.decided() == []
