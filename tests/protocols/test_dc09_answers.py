"""What the receiving end answers, byte for byte, and when."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dc09 import ReceivingEnd, cipher, decode
from protocols.ends import Limits
from protocols.model import Arrival, Dialect, Edition, Moment, Noise, Protection, Verdict
from tests.protocols.dc09_support import (
    KEY,
    NOW,
    SOURCE,
    STAMP,
    VECTORS,
    arrivals_in,
    encrypted,
    frame,
    noise_in,
    only,
    receiver,
)

PLAIN = frame('"SIA-DCS"0042R1L0#1234[#1234|NBA1]')


def answer(data: bytes, verdict: Verdict, *keys: bytes, **dialect: object) -> bytes:
    end = receiver(*keys, **dialect)  # type: ignore[arg-type]
    end.decide(only(end.receive(data, NOW)), verdict, NOW)
    return end.data_to_send()


def later(seconds: float) -> Moment:
    return Moment(NOW.wall + seconds, NOW.mono + seconds)


def test_the_acknowledgement_that_a_real_panel_accepts() -> None:
    """The link test of a Pyronix panel, answered as in its log (there without a stamp)."""
    expected = frame(b'"ACK"0000L0#1409[]' + STAMP)
    assert answer(VECTORS["F19"].frame, Verdict.ALIVE) == expected
    without = frame('"NULL"0000L0#1409[]')
    assert answer(without, Verdict.ALIVE) == b'\n59890012"ACK"0000L0#1409[]\r'


def test_the_acknowledgement_of_a_message_without_stamp_has_none() -> None:
    """A panel without a clock is not troubled with ours."""
    assert answer(VECTORS["C16"].frame, Verdict.STORED) == VECTORS["C23"].frame


@pytest.mark.parametrize("verdict", [Verdict.STORED, Verdict.ALIVE, Verdict.DUPLICATE])
def test_three_verdicts_acknowledge(verdict: Verdict) -> None:
    """Stored, alive and stored before are the same to the panel."""
    assert answer(PLAIN, verdict) == frame('"ACK"0042R1L0#1234[]')


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.NOT_STORED])
def test_two_verdicts_are_silent(verdict: Verdict) -> None:
    """The panel repeats, or takes another path."""
    assert answer(PLAIN, verdict) == b""


@pytest.mark.parametrize("verdict", [Verdict.MALFORMED, Verdict.UNSUPPORTED])
def test_what_is_not_understood_is_answered_with_duh(verdict: Verdict) -> None:
    """DUH repeats the header and is never encrypted."""
    assert answer(frame('"SIA-DCS"0056L0#1234[#1234|NBA1]'), verdict) == VECTORS["C21"].frame
    sealed = VECTORS["C01"].frame
    assert answer(sealed, verdict, KEY) == frame('"DUH"0042R1L0#1234[]')


def test_a_stale_message_is_answered_with_the_time_and_constants() -> None:
    """NAK says R0 L0 A0 and sequence 0000 whatever was asked, and is never encrypted."""
    assert answer(VECTORS["C01"].frame, Verdict.STALE, KEY) == VECTORS["C22"].frame


@pytest.mark.parametrize(
    "echo",
    [
        "0001L0#1234",
        "9999R000001L010000#2104814",
        "0001Rc0ffdL1234#080027E62A64",
        "0001L#7303658550",
        "0001#1234",
        "0001R0L0#foc7688",
        "000AL0#1234",
        "0001L",
        "0001L0",
        "0001RFFFFFFLFFFFFF#FFFFFFFFFFFFFFFF",
    ],
)
@pytest.mark.parametrize("verdict", [Verdict.STORED, Verdict.UNSUPPORTED])
def test_the_header_is_repeated_byte_for_byte(echo: str, verdict: Verdict) -> None:
    """Same digits, same case; what was left out stays out, and no word like None takes its place."""
    token = "ACK" if verdict is Verdict.STORED else "DUH"
    assert answer(frame(f'"SIA-DCS"{echo}[#1234|NBA1]'), verdict) == frame(f'"{token}"{echo}[]')


def test_the_case_of_the_hex_digits_is_repeated() -> None:
    """CRC and length are upper case unless the panel writes lower case, each by itself where they differ."""
    lower = answer(VECTORS["W12"].frame, Verdict.ALIVE)
    assert lower[1:9] == frame(b'"ACK"0000Rc0ffdL1234#080027E62A64[]' + STAMP)[1:9].lower()
    lower = answer(VECTORS["W15"].frame, Verdict.ALIVE)
    assert lower[1:9] == frame(b'"ACK"0000Rc0ffdL1234#080027E62A64[]')[1:9].lower()
    assert lower[1:9] != lower[1:9].upper()
    mixed = answer(VECTORS["W20"].frame, Verdict.STORED)
    assert mixed[1:5] == mixed[1:5].upper()
    assert mixed[5:9] == mixed[5:9].lower()


def test_a_binary_crc_is_answered_in_kind() -> None:
    """The panel that sends two raw bytes expects two raw bytes, also in NAK and DUH."""
    data = frame('"SIA-DCS"0042L0#1234[#1234|NBA1]', binary=True)
    assert answer(data, Verdict.STORED) == frame('"ACK"0042L0#1234[]', binary=True)
    assert answer(data, Verdict.STALE) == frame(b'"NAK"0000R0L0A0[]' + STAMP, binary=True)
    assert answer(data, Verdict.MALFORMED) == frame('"DUH"0042L0#1234[]', binary=True)


def test_a_panel_that_counts_the_cr_is_answered_by_the_standard() -> None:
    """Only its own way of counting is odd."""
    assert answer(VECTORS["F71"].frame, Verdict.STORED) == frame('"ACK"0056L9999#9999[]')


@pytest.mark.parametrize(("id_", "bar"), [("C01", True), ("W17", True), ("F14", False), ("N01", False)])
def test_an_encrypted_message_gets_an_encrypted_acknowledgement(id_: str, bar: bool) -> None:
    """Under the same key, with time stamp and padding, and with a bar where the panel writes one."""
    vector = VECTORS[id_]
    assert vector.key is not None
    data = answer(vector.frame, Verdict.STORED, vector.key)
    assert b'"*ACK"' in data
    assert b"]" not in data
    [reply] = decode(data, [vector.key])
    assert isinstance(reply, Arrival)
    assert (reply.token, reply.sequence, reply.protection) == ("ACK", vector.frame.split(b'"')[2][:4].decode(), "keyed")
    assert reply.plain == b"]" + STAMP
    secret = data.split(b"[")[1].rstrip(b"\r")
    assert data == frame(data[9:-1])
    assert secret == secret.upper()
    blocks = cipher.blocks(secret)
    assert blocks is not None
    plain = cipher.decrypt(vector.key, blocks)
    pad = 10 if bar else 11
    assert plain == b"p" * pad + (b"|]" if bar else b"]") + STAMP


def test_the_2026_edition_pads_its_answers_with_a_whole_block() -> None:
    """16 to 31 bytes, so that the fixed initialisation vector shows nothing."""
    short = answer(VECTORS["C01"].frame, Verdict.STORED, KEY)
    long = answer(VECTORS["C01"].frame, Verdict.STORED, KEY, edition=Edition.E2026)
    assert len(long) == len(short) + 32


def test_padding_never_holds_what_delimits_the_content() -> None:
    """Random bytes that happen to be a bar or a bracket are replaced."""
    known = Dialect(keys=receiver(KEY)._find(None, None, "").keys)
    end = ReceivingEnd(SOURCE, lambda a, r, line, n: known, random_bytes=lambda count: (b"|[]" * 16)[:count])
    end.decide(only(end.receive(VECTORS["C01"].frame, NOW)), Verdict.STORED, NOW)
    [reply] = decode(end.data_to_send(), [KEY])
    assert isinstance(reply, Arrival)
    assert reply.protection is Protection.KEYED


def test_nobody_acknowledges_what_nobody_could_read() -> None:
    """Without the key there is no answer, even if the station would give one."""
    assert answer(VECTORS["C01"].frame, Verdict.STORED) == b""
    assert answer(VECTORS["C01"].frame, Verdict.STORED, b"x" * 16) == b""


@pytest.mark.parametrize("id_", ["C21", "C22", "C23", "W05", "C25", "B02"])
def test_an_answer_is_never_answered(id_: str) -> None:
    """Two receivers that face each other fall silent."""
    end = receiver()
    arrival = only(end.receive(VECTORS[id_].frame, NOW))
    assert end.undecided == 0
    for verdict in Verdict:
        end.decide(arrival, verdict, NOW)
        assert end.data_to_send() == b""
        assert end.answer(arrival) == ""


@pytest.mark.parametrize("binary", [False, True])
def test_a_wrong_crc_is_noise_and_never_answered(binary: bool) -> None:
    """Any single flipped bit in the body gives noise only, and asks for no verdict."""
    data = frame('"SIA-DCS"0042R1L0#1234[#1234|NBA1]', binary=binary)
    for at, bit in itertools.product(range(7 if binary else 9, len(data) - 1), range(8)):
        end = receiver()
        items = [*end.receive(data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :], NOW), *end.receive_eof(NOW)]
        assert [type(item) for item in items] == [Noise], (at, bit)
        assert end.undecided == 0
        assert end.data_to_send() == b""


def test_a_header_that_cannot_be_read_is_answered_as_far_as_it_can_be() -> None:
    """DUH where the sequence can be read, silence where not."""
    assert answer(frame('"SIA-DCS"0042L0#1234(oops)'), Verdict.MALFORMED) == frame('"DUH"0042L0#1234[]')
    assert answer(frame('"SIA-DCS"0042NoneL0#1234[#1234|NBA1]'), Verdict.MALFORMED) == frame('"DUH"0042[]')
    assert answer(frame('"SIA-DCS without its quote'), Verdict.MALFORMED) == b""
    for verdict in (Verdict.STORED, Verdict.DUPLICATE):
        assert answer(frame('"' * 20), verdict) == b""


def test_answers_leave_in_the_order_of_the_messages() -> None:
    """Whatever the order of the verdicts, and silence holds up nobody."""
    frames = [frame(f'"SIA-DCS"{number:04}L0#1234[#1234|NBA1]') for number in range(1, 5)]
    for order in itertools.permutations(range(4)):
        end = receiver()
        arrivals = arrivals_in(end.receive(b"".join(frames), NOW))
        out = b""
        decided: set[int] = set()
        for place in order:
            verdict = Verdict.NOT_STORED if place == 1 else Verdict.STORED
            end.decide(arrivals[place], verdict, NOW)
            decided.add(place)
            out += end.data_to_send()
            due = next(count for count in range(5) if count not in decided)
            assert out == b"".join(frame(f'"ACK"{number + 1:04}L0#1234[]') for number in range(due) if number != 1)
        assert end.undecided == 0


def test_a_second_verdict_changes_nothing() -> None:
    """One message, one answer."""
    end = receiver()
    arrival = only(end.receive(PLAIN, NOW))
    end.decide(arrival, Verdict.NOT_STORED, NOW)
    end.decide(arrival, Verdict.STORED, NOW)
    assert end.data_to_send() == b""
    assert end.undecided == 0


def test_answers_due_are_joined_and_given_once() -> None:
    """One write for a batch of verdicts."""
    end = receiver()
    for arrival in arrivals_in(end.receive(PLAIN * 3, NOW)):
        end.decide(arrival, Verdict.STORED, NOW)
    assert end.data_to_send() == frame('"ACK"0042R1L0#1234[]') * 3
    assert end.data_to_send() == b""


@pytest.mark.parametrize(
    ("verdict", "token"),
    [(Verdict.STORED, "ACK"), (Verdict.STALE, "NAK"), (Verdict.UNSUPPORTED, "DUH"), (Verdict.REFUSED, "")],
)
def test_the_token_answered_can_be_asked_for(verdict: Verdict, token: str) -> None:
    """For whoever watches the wire."""
    end = receiver()
    arrival = only(end.receive(PLAIN, NOW))
    assert end.answer(arrival) == ""
    end.decide(arrival, verdict, NOW)
    assert end.answer(arrival) == token


def test_a_peer_that_sends_ahead_is_held_back() -> None:
    """Only so many messages are read ahead of their verdicts; the rest waits and is read afterwards."""
    end = receiver(undecided=2)
    frames = [frame(f'"SIA-DCS"{number:04}L0#1234[#1234|NBA1]') for number in range(1, 6)]
    arrivals = arrivals_in(end.receive(b"".join(frames), NOW))
    assert (len(arrivals), end.undecided, end.held) == (2, 2, True)
    assert end.next_timeout() is None
    assert end.receive(b"", NOW) == []
    out = b""
    assert arrivals_in(end.receive_eof(NOW)) == []
    while arrivals:
        assert end.undecided
        end.decide(arrivals.pop(0), Verdict.STORED, NOW)
        out += end.data_to_send()
        arrivals += arrivals_in(end.receive(b"", NOW))
    assert out == b"".join(frame(f'"ACK"{number:04}L0#1234[]') for number in range(1, 6))
    assert (end.held, end.undecided, end.closing) == (False, 0, True)


def test_a_half_closed_peer_gets_its_answer_before_the_end_closes() -> None:
    """closing is false while a verdict is outstanding."""
    end = receiver()
    arrival = only([*end.receive(PLAIN, NOW), *end.receive_eof(NOW)])
    closing = [end.closing]
    end.decide(arrival, Verdict.STORED, NOW)
    closing.append(end.closing)
    assert closing == [False, True]
    assert end.data_to_send()


def test_a_frame_that_does_not_become_whole_is_given_up() -> None:
    """After partial_s it is noise; dribbling bytes does not prolong it, and the next frame is read."""
    end = receiver(partial_s=30.0)
    end.receive(PLAIN[:20], later(0))
    assert end.next_timeout() == NOW.mono + 30.0
    end.receive(PLAIN[20:22], later(29))
    assert end.next_timeout() == NOW.mono + 30.0
    assert not end.expire(later(29.9))
    [noise] = end.expire(later(30))
    assert isinstance(noise, Noise)
    assert (noise.guess, noise.raw) == ("dc09.incomplete", PLAIN[:22])
    assert end.next_timeout() is None
    assert only(end.receive(PLAIN, later(31))).raw == PLAIN


def test_noise_alone_is_reported_after_a_while_and_costs_no_frame_behind_it() -> None:
    """A frame that has just begun behind old noise keeps its own time."""
    end = receiver(partial_s=30.0)
    end.receive(b"rubbish", later(0))
    end.receive(PLAIN[:5], later(29))
    [noise] = noise_in(end.expire(later(30)))
    assert noise.raw == b"rubbish"
    assert only(end.receive(PLAIN[5:], later(31))).raw == PLAIN


def test_whole_frames_leave_no_timer() -> None:
    """Nothing unfinished, nothing due."""
    end = receiver()
    end.receive(PLAIN + b"\0", NOW)
    assert end.next_timeout() is None
    assert end.expire(later(100)) == ()


def test_an_error_inside_becomes_a_finding() -> None:
    """A look-up that breaks its promise costs one message its reading, and nothing else."""

    def fails(adapter: str, r: str | None, line: str | None, account: str) -> Dialect:
        raise KeyError(account)

    end = ReceivingEnd(SOURCE, fails, limits=Limits())
    arrival = only(end.receive(PLAIN, NOW))
    assert arrival.kind == "malformed"
    assert [finding.id for finding in arrival.findings] == ["dc09.unreadable"]
    end.decide(arrival, Verdict.MALFORMED, NOW)
    assert end.data_to_send() == frame('"DUH"0042R1L0#1234[]')


def test_keys_and_answers_are_in_no_repr() -> None:
    """Secrets do not reach a log by way of an arrival."""
    end = receiver(KEY)
    arrival = only(end.receive(VECTORS["C01"].frame, NOW))
    assert repr(KEY) not in repr(arrival) + repr(arrival.reply)
    assert KEY.hex() not in (repr(arrival) + repr(arrival.reply)).lower()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=80)), min_size=1, max_size=6))
def test_every_message_under_a_key_begins_with_a_vector_of_zeros(messages: list[tuple[bool, bytes]]) -> None:
    """Whatever was encrypted or decrypted under the same key before; checked against the library by itself."""
    for long_pad, content in messages:
        digits = cipher.encrypt(KEY, content, lambda count: b"p" * count, long_pad=long_pad)
        secret = cipher.blocks(digits)
        assert secret is not None
        padded = cipher.decrypt(KEY, secret)
        assert padded.endswith(content)
        assert padded.startswith(b"p")
        assert secret == encrypted(KEY, padded)
