"""The panel's end: numbers, repetitions, the clock learnt from a NAK, and which answers count."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from protocols.dc09 import QueueFullError, Quirks, SendingEnd, UnsendableError, decode
from protocols.ends import LinkTest, Outcome, OutcomeKind
from protocols.model import Arrival, Edition, Identity, Moment, Noise, Qualifier, Scheme, Signal
from receiver.intake.memory import Identities
from tests.protocols.dc09_support import KEY, NOW, STAMP, VECTORS, Numbers, encrypted, frame, sender

BURGLARY = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)
FIRE = Signal(account="1234", scheme=Scheme.SIA, code="FA", qualifier=Qualifier.NEW, number="3", text="Hall")


def later(seconds: float) -> Moment:
    return Moment(NOW.wall + seconds, NOW.mono + seconds)


def sent(end: SendingEnd, *keys: bytes) -> list[Arrival]:
    items = decode(end.data_to_send(), keys, wall=NOW.wall)
    assert all(isinstance(item, Arrival) for item in items)
    return [item for item in items if isinstance(item, Arrival)]


def outcomes(items: object) -> list[tuple[OutcomeKind, int]]:
    return [(item.kind, item.ticket.sequence) for item in items if isinstance(item, Outcome)]  # type: ignore[attr-defined]


def ack(sequence: int = 1, account: str = "1234", token: str = "ACK") -> bytes:
    return frame(f'"{token}"{sequence:04}L0#{account}[]')


def nak(wall_offset: float) -> bytes:
    from protocols.dc09 import stamp

    return frame(b'"NAK"0000R0L0A0[]' + stamp.write(NOW.wall + wall_offset))


def test_an_event_is_written_by_the_standard() -> None:
    """Header, inner account, content, stamp."""
    end = sender()
    end.submit(BURGLARY, NOW)
    assert end.data_to_send() == frame(b'"ADM-CID"0001L0#1234[#1234|1130 01 015]' + STAMP)
    end = sender(quirks=Quirks(stamp="never"), receiver="1", prefix=None, inner_account="5678")
    end.submit(FIRE, NOW)
    assert end.data_to_send() == frame('"SIA-DCS"0001R1#1234[#5678|NFA3^Hall^]')


def test_a_link_test_has_sequence_zero_and_takes_no_number() -> None:
    """Numbers belong to events."""
    numbers = Numbers()
    end = sender(counters=numbers)
    ticket = end.submit(LinkTest("1234"), NOW)
    assert (ticket.sequence, numbers.next) == (0, 0)
    assert end.data_to_send() == frame(b'"NULL"0000L0#1234[]' + STAMP)
    assert outcomes(end.receive(ack(0), NOW)) == [(OutcomeKind.ACCEPTED, 0)]


def test_numbers_run_from_1_to_9999_and_again() -> None:
    """0000 is never given to an event."""
    numbers = Numbers()
    numbers.next = 9997
    end = sender(counters=numbers)
    assert [end.submit(BURGLARY, NOW).sequence for _ in range(4)] == [9998, 9999, 1, 2]


def test_one_message_is_on_its_way_at_a_time() -> None:
    """The next goes out when the answer has come, in the order handed in."""
    end = sender()
    for _ in range(3):
        end.submit(BURGLARY, NOW)
    assert [arrival.sequence for arrival in sent(end)] == ["0001"]
    assert outcomes(end.receive(ack(1), NOW)) == [(OutcomeKind.ACCEPTED, 1)]
    assert [arrival.sequence for arrival in sent(end)] == ["0002"]
    assert [ticket.sequence for ticket in end.unfinished] == [2, 3]


@pytest.mark.parametrize("answer", [ack(), ack(token="RSP"), VECTORS["W01"].frame])
def test_ack_and_rsp_are_accepted(answer: bytes) -> None:
    """RSP acknowledges and brings something along."""
    end = sender(account="7099") if b"7099" in answer else sender()
    end.submit(BURGLARY, NOW)
    assert outcomes(end.receive(answer, NOW)) == [(OutcomeKind.ACCEPTED, 1)]


def test_an_answer_byte_by_byte_is_accepted() -> None:
    """TCP may cut it anywhere."""
    end = sender()
    end.submit(BURGLARY, NOW)
    items: list[object] = []
    for byte in ack():
        items.extend(end.receive(bytes([byte]), NOW))
    assert outcomes(items) == [(OutcomeKind.ACCEPTED, 1)]


@pytest.mark.parametrize("account", ["1234", "001234"])
def test_the_account_of_the_answer_must_be_ours(account: str) -> None:
    """Zeros in front do not count; another account's answer is not for us."""
    end = sender()
    end.submit(BURGLARY, NOW)
    assert end.receive(ack(account="5678"), NOW) == []
    assert outcomes(end.receive(ack(account=account), NOW)) == [(OutcomeKind.ACCEPTED, 1)]


def test_late_answers_are_ignored() -> None:
    """An answer to an earlier message does not acknowledge this one."""
    end = sender()
    end.submit(BURGLARY, NOW)
    end.submit(BURGLARY, NOW)
    end.receive(ack(1), NOW)
    assert end.receive(ack(1), NOW) == []
    assert end.late_answers == 1
    assert outcomes(end.receive(ack(2), NOW)) == [(OutcomeKind.ACCEPTED, 2)]
    assert end.receive(ack(2), NOW) == []


def test_duh_refuses_the_message_for_good() -> None:
    """The same content would be refused again; the next message goes out."""
    end = sender()
    end.submit(BURGLARY, NOW)
    end.submit(FIRE, NOW)
    end.data_to_send()
    assert outcomes(end.receive(ack(token="DUH"), NOW)) == [(OutcomeKind.REFUSED, 1)]
    assert [arrival.sequence for arrival in sent(end)] == ["0002"]


def test_without_an_answer_the_message_is_repeated_and_at_last_given_up() -> None:
    """As often as attempts says, each after ack_timeout_s, always with the same number."""
    end = sender(ack_timeout_s=10.0, attempts=3)
    end.submit(BURGLARY, NOW)
    sequences = [arrival.sequence for arrival in sent(end)]
    assert end.next_timeout() == NOW.mono + 10
    assert end.expire(later(9.9)) == []
    assert end.expire(later(10)) == []
    sequences += [arrival.sequence for arrival in sent(end)]
    assert end.expire(later(20)) == []
    sequences += [arrival.sequence for arrival in sent(end)]
    assert outcomes(end.expire(later(30))) == [(OutcomeKind.GAVE_UP, 1)]
    assert sequences == ["0001"] * 3
    assert (end.data_to_send(), end.next_timeout()) == (b"", None)


def test_a_nak_sets_the_clock_and_the_message_goes_out_again_at_once() -> None:
    """Same number, corrected stamp, and the difference is remembered."""
    end = sender(key=KEY, clock_offset_s=-3600.0)
    end.submit(BURGLARY, NOW)
    [first] = sent(end, KEY)
    assert first.sent_at == NOW.wall - 3600
    assert end.receive(nak(5), NOW) == []
    [second] = sent(end, KEY)
    assert (second.sequence, second.sent_at) == ("0001", NOW.wall + 5)
    assert end.offset_s == 3605
    assert end.unfinished[0].attempts == 1


def test_more_naks_in_an_attempt_change_only_the_next_one() -> None:
    """A receiver that never agrees keeps the panel neither sending for ever, nor from making its attempts."""
    end = sender(attempts=2)
    end.submit(BURGLARY, NOW)
    frames = len(sent(end))
    for seconds, correction in ((0, 5), (10, 7)):
        for _ in range(10):
            assert end.receive(nak(correction + seconds), later(seconds)) == []
            frames += len(sent(end))
        assert end.offset_s == correction
        assert end.next_timeout() == NOW.mono + seconds + 10
        items = end.expire(later(seconds + 10))
        frames += len(sent(end))
    assert frames == 4
    assert outcomes(items) == [(OutcomeKind.GAVE_UP, 1)]
    assert isinstance(items[0], Outcome)
    assert "NAK" in items[0].reason


def test_the_offset_can_be_carried_to_the_next_connection() -> None:
    """It belongs to the receiver, not to the stream."""
    end = sender()
    end.offset_s = 100.0
    end.submit(BURGLARY, NOW)
    assert sent(end)[0].sent_at == NOW.wall + 100


def test_an_encrypted_repetition_has_a_fresh_stamp_and_padding() -> None:
    """Otherwise the receiver would call it stale, or a replay."""
    end = sender(key=KEY)
    end.submit(BURGLARY, NOW)
    first = end.data_to_send()
    end.expire(later(10))
    second = end.data_to_send()
    one, two = decode(first + second, [KEY])
    assert isinstance(one, Arrival)
    assert isinstance(two, Arrival)
    assert one.identity is not None
    assert two.identity is not None
    assert (one.sent_at, two.sent_at) == (NOW.wall, NOW.wall + 10)
    assert one.identity.seal != two.identity.seal
    assert (one.identity.number, one.identity.content) == (two.identity.number, two.identity.content)


def test_an_encrypted_message_is_only_acknowledged_by_an_encrypted_answer() -> None:
    """Anybody could write a plain ACK."""
    end = sender(key=KEY)
    end.submit(BURGLARY, NOW)
    [noise] = end.receive(ack(), NOW)
    assert isinstance(noise, Noise)
    assert noise.guess == "dc09.answer-in-the-clear"
    assert end.unfinished
    from protocols.dc09 import writing

    for key, kind in ((bytes(16), None), (KEY, OutcomeKind.ACCEPTED)):
        body = writing.secret_body(b"ACK", b"0001L0#1234", b"|]" + STAMP, key, lambda n: b"p" * n, long_pad=False)
        got = outcomes(end.receive(writing.frame(body), NOW))
        assert got == ([] if kind is None else [(kind, 1)])


@pytest.mark.parametrize("form", ["C06", "bar", "pkcs7"])
def test_three_forms_of_an_encrypted_acknowledgement_are_accepted(form: str) -> None:
    """Without a bar, with one, and with the padding that a library appends behind the stamp."""
    numbers = Numbers()
    numbers.next = 41
    end = sender(key=KEY, receiver="1", prefix="0", counters=numbers)
    end.submit(BURGLARY, NOW)
    if form == "C06":
        data = VECTORS["C06"].frame
    else:
        content = b"p" * 10 + b"|]" + STAMP + (b"\x10" * 16 if form == "pkcs7" else b"")
        secret = encrypted(KEY, content).hex().upper().encode()
        data = frame(b'"*ACK"0042R1L0#1234[' + secret)
    assert outcomes(end.receive(data, NOW)) == [(OutcomeKind.ACCEPTED, 42)]


def test_nak_and_duh_are_accepted_in_the_clear() -> None:
    """They are never encrypted."""
    end = sender(key=KEY)
    end.submit(BURGLARY, NOW)
    assert end.receive(nak(0), NOW) == []
    assert outcomes(end.receive(ack(token="DUH"), NOW)) == [(OutcomeKind.REFUSED, 1)]


@pytest.mark.parametrize(
    ("answer", "guess"),
    [
        (b'\n24CC0016"ACK"0000NoneL0#1409[]\r', "dc09.answer-unreadable"),
        (frame('"NULL"0000L0#1234[]'), "dc09.not-an-answer"),
        (frame(b'"ACK"0001L0#1234[' + b"00" * 16), "dc09.answer-unreadable"),
        (frame(b'"*ACK"0001L0#1234[' + b"00" * 16), "dc09.answer-encrypted"),
        (VECTORS["C06"].frame, None),
        (b"\n00000012" + ack()[9:], "dc09.crc-mismatch"),
        (b"HTTP/1.1 400 Bad Request\r\n", None),
    ],
)
def test_a_bad_answer_is_noise_and_the_waiting_goes_on(answer: bytes, guess: str | None) -> None:
    """The word None where R is absent, a message, a wrong CRC, anything else."""
    end = sender()
    end.submit(BURGLARY, NOW)
    items = end.receive(answer, NOW)
    assert [item.guess for item in items if isinstance(item, Noise)] == ([] if guess is None else [guess])
    assert outcomes(items) == []
    assert outcomes(end.receive(ack(), NOW)) == [(OutcomeKind.ACCEPTED, 1)]


def test_an_end_outlives_its_connection() -> None:
    """The message on its way goes out again first on the next one, with its number, and the attempt counted."""
    end = sender(attempts=2)
    end.submit(BURGLARY, NOW)
    end.submit(FIRE, NOW)
    end.data_to_send()
    end.receive(b"\n1D71001", NOW)
    assert end.disconnected(NOW) == []
    assert (end.data_to_send(), end.next_timeout()) == (b"", None)
    end.submit(BURGLARY, NOW)
    assert end.data_to_send() == b""
    end.connected(NOW)
    assert [arrival.sequence for arrival in sent(end)] == ["0001"]
    assert outcomes(end.disconnected(NOW)) == [(OutcomeKind.GAVE_UP, 1)]
    end.connected(NOW)
    assert [arrival.sequence for arrival in sent(end)] == ["0002"]
    assert outcomes(end.receive(ack(2), NOW)) == [(OutcomeKind.ACCEPTED, 2)]


def test_the_end_of_the_stream_is_a_lost_connection() -> None:
    """The answer cannot come any more."""
    end = sender(attempts=1)
    end.submit(BURGLARY, NOW)
    end.receive(b"\n1D7", NOW)
    items = end.receive_eof(NOW)
    assert outcomes(items) == [(OutcomeKind.GAVE_UP, 1)]
    assert end.closing


def test_a_ticket_keeps_its_number_at_another_receiver() -> None:
    """The same message over another path is the same message."""
    numbers = Numbers()
    first, second = sender(counters=numbers), sender(counters=numbers)
    first.submit(BURGLARY, NOW)
    ticket = first.submit(BURGLARY, NOW)
    assert second.submit(BURGLARY, NOW, ticket) is ticket
    assert [arrival.sequence for arrival in sent(second)] == ["0002"]
    assert numbers.next == 2


def test_another_receiver_gets_its_own_attempts() -> None:
    """What the first one left unanswered does not count against the second; the ticket counts all."""
    first, second = sender(attempts=1), sender(attempts=2)
    ticket = first.submit(BURGLARY, NOW)
    assert outcomes(first.expire(later(10))) == [(OutcomeKind.GAVE_UP, 1)]
    second.submit(BURGLARY, NOW, ticket)
    assert outcomes(second.expire(later(20))) == []
    assert ticket.attempts == 3
    assert outcomes(second.expire(later(30))) == [(OutcomeKind.GAVE_UP, 1)]


def test_a_full_queue_is_said() -> None:
    """Nothing is dropped in silence, and no number is used up."""
    numbers = Numbers()
    end = sender(counters=numbers, max_queue=2)
    for _ in range(3):
        end.submit(BURGLARY, NOW)
    with pytest.raises(QueueFullError):
        end.submit(BURGLARY, NOW)
    assert numbers.next == 3


@pytest.mark.parametrize(
    "signal",
    [
        Signal(account="1", scheme=Scheme.OTHER, code="x", qualifier=Qualifier.NEW),
        Signal(account="1", scheme=Scheme.CONTACT_ID, code="BA", qualifier=Qualifier.NEW),
        Signal(account="1", scheme=Scheme.SIA, code="130", qualifier=Qualifier.NEW),
        Signal(account="1", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, text="x" * 4100),
    ],
)
def test_a_signal_that_cannot_be_said_is_refused_before_it_takes_a_number(signal: Signal) -> None:
    """Another code table, a code of the wrong form, too much text."""
    numbers = Numbers()
    end = sender(counters=numbers)
    with pytest.raises(UnsendableError):
        end.submit(signal, NOW)
    assert numbers.next == 0


@pytest.mark.parametrize("options", [{"key": b"short"}, {"account": "12 34"}, {"prefix": "]"}, {"receiver": "9" * 17}])
def test_a_panel_that_cannot_be_is_refused(options: dict[str, object]) -> None:
    """A key of a wrong length, an address with other characters."""
    with pytest.raises(UnsendableError) as error:
        sender(**options)
    assert "short" not in str(error.value)


def test_everything_a_signal_says_arrives() -> None:
    """Text, position, address of pictures, time of occurrence and extended data, for both code tables."""
    for base in (BURGLARY, FIRE):
        given = Signal(
            account="1234",
            scheme=base.scheme,
            code=base.code,
            qualifier=base.qualifier,
            partition=base.partition,
            number=base.number,
            text="\u0417\u0430\u043b [2]",
            occurred_at=NOW.wall - 3600,
            latitude=-49.1111,
            longitude=6.129617,
            url="http://v.example/1",
            extended={"M": ["0026B9E4268B"], "R": ["1", "2"]},
        )
        end = sender()
        end.submit(given, NOW)
        [[got]] = [arrival.signals for arrival in sent(end)]
        assert (got.code, got.partition, got.number) == (given.code, given.partition, given.number)
        assert got.text == "\u0417\u0430\u043b (2)"
        assert got.occurred_at == NOW.wall - 3600
        assert got.latitude == pytest.approx(-49.1111, abs=1e-4)
        assert got.longitude == pytest.approx(6.129617, abs=1e-4)
        assert got.url == given.url
        assert got.extended["M"] == ["0026B9E4268B"]
        assert got.extended["R"] == ["1", "2"]


def test_an_event_of_this_moment_carries_no_time_of_occurrence() -> None:
    """Only what is late says when it was."""
    end = sender()
    recent = Signal(
        account="1234", scheme=Scheme.SIA, code="FA", qualifier=Qualifier.NEW, occurred_at=NOW.wall - 5, old=True
    )
    end.submit(recent, NOW)
    [[got]] = [arrival.signals for arrival in sent(end)]
    assert "H" not in got.extended
    assert got.old


LATE = Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, number="1", occurred_at=NOW.wall)


def remembered(data: bytes) -> Identities:
    """What a station knows that took this frame and whose ACK was lost."""
    known = Identities(300.0)
    known.remember(identity(data), 0.0)
    return known


def identity(data: bytes) -> Identity:
    [arrival] = decode(data, (), wall=NOW.wall)
    assert isinstance(arrival, Arrival)
    assert arrival.identity is not None
    return arrival.identity


def test_a_repetition_that_became_late_is_a_duplicate_for_the_station() -> None:
    """Its time of occurrence is not said in the second copy when it was not in the first one."""
    end = sender(attempts=3, ack_timeout_s=35.0)
    end.submit(LATE, NOW)
    known = remembered(end.data_to_send())
    for seconds in (35, 70):
        end.expire(later(seconds))
        assert known.ask(identity(end.data_to_send()), seconds).duplicate


@pytest.mark.parametrize("age", [0.0, 600.0])
def test_a_repetition_by_another_end_is_a_duplicate_for_the_station(age: float) -> None:
    """Marked as old meanwhile, over another path, by a clock that another receiver corrected."""
    numbers = Numbers()
    options = {"counters": numbers, "edition": Edition.E2021}
    first, second = sender(path="1", **options), sender(path="2", **options)
    signal = replace(LATE, occurred_at=NOW.wall - age)
    ticket = first.submit(signal, NOW)
    known = remembered(first.data_to_send())
    second.offset_s = 7.0
    second.submit(replace(signal, old=True), later(100), ticket)
    assert known.ask(identity(second.data_to_send()), 100.0).duplicate


def test_a_message_that_never_left_may_still_become_old() -> None:
    """Nobody can have taken it."""
    first, second = sender(), sender()
    first.disconnected(NOW)
    ticket = first.submit(LATE, NOW)
    second.submit(replace(LATE, old=True), later(100), ticket)
    data = second.data_to_send()
    assert b"|OBA1]" in data
    assert b"[H12:00:00,01-02-2026]" in data


def test_a_nak_to_the_first_copy_puts_its_time_of_occurrence_right() -> None:
    """Nobody took that copy; what a later NAK says changes nothing, for one between may have been taken."""
    end = sender(attempts=2)
    end.submit(replace(LATE, occurred_at=NOW.wall - 3600), NOW)
    assert b"[H11:00:00,01-02-2026]" in end.data_to_send()
    end.receive(nak(600), NOW)
    assert b"[H11:10:00,01-02-2026]" in end.data_to_send()
    end.expire(later(10))
    end.receive(nak(1200), later(10))
    assert end.data_to_send().count(b"[H11:10:00,01-02-2026]") == 2
