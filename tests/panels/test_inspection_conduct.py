"""Inspection judges fairly: what a panel could not know is not held against it, and nothing lost is passed over."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from panels.inspection import Grade, conduct
from panels.inspection.frames import FRAMES_MAX, OF_ONE_PANEL_MAX, PARTS_MAX
from panels.inspection.grading import NO_PANEL, is_broken_frame, is_of_a_panel
from panels.inspection.notes import ConnectionNote, MessageNote
from panels.inspection.numbers import NumberWatch
from protocols.dc09 import ReceivingEnd, strangers
from protocols.model import Arrival, Noise, Severity, Verdict
from tests.panels.test_inspection import INFO, Bench, cid, secret
from tests.support import frames


@pytest.fixture
def bench() -> Bench:
    return Bench()


def keyed() -> Bench:
    """A bench with the key of the frames."""
    return Bench({"key 1": INFO})


def keyed_null(bench: Bench, offset_s: float = 0.0) -> bytes:
    """An encrypted link test."""
    plain = b"]" + bench.stamp(offset_s)
    return frames.frame(b'"*NULL"0000L0#1234[' + frames.encrypt(frames.KEY, plain))


def reasons(bench: Bench) -> list[str]:
    return [reason.id for reason in bench.report().reasons]


# The clock and what it refused


def test_an_alarm_answered_with_nak_that_never_comes_again_is_lost() -> None:
    """The clock was set, as a link test shows; the alarm is gone all the same."""
    bench = keyed()
    line = bench.connect()
    assert bench.send(line, secret(bench, -7000.0)) == "NAK"
    assert bench.send(line, keyed_null(bench), after=1.0) == "ACK"
    assert reasons(bench) == ["lost"]
    assert bench.send(line, secret(bench), after=1.0) == "ACK"
    assert reasons(bench) == []


def test_another_alarm_does_not_stand_for_the_refused_one() -> None:
    """The same content under another number is another event."""
    bench = keyed()
    line = bench.connect()
    bench.send(line, secret(bench, -7000.0, sequence=1))
    bench.send(line, secret(bench, sequence=2), after=1.0)
    assert reasons(bench) == ["lost"]


def test_more_refused_messages_than_are_remembered_are_not_forgotten() -> None:
    """What had to make room counts as lost."""
    bench = keyed()
    line = bench.connect()
    for sequence in range(1, 81):
        bench.send(line, secret(bench, -7000.0, sequence))
    for sequence in range(1, 81):
        bench.send(line, secret(bench, sequence=sequence), after=0.1)
    assert reasons(bench)[0] == "lost"


def test_an_event_counts_with_its_first_acknowledged_copy() -> None:
    """After a NAK, and after the station could not store it."""
    bench = keyed()
    line = bench.connect()
    bench.send(line, secret(bench, -7000.0))
    assert bench.panel().events == 0
    for _ in range(2):
        bench.send(line, secret(bench), after=1.0)
    panel = bench.panel()
    assert (panel.events, [each.code for each in panel.codes], panel.numbers.first) == (1, ["130"], 1)
    assert [part.id for part in panel.checklist if part.count] == ["alarm"]
    other = Bench()
    line = other.connect()
    other.send(line, cid(other), verdict=Verdict.NOT_STORED)
    assert other.panel().events == 0
    other.send(line, cid(other), after=10.0)
    assert (other.panel().events, [part.count for part in other.panel().checklist][:2]) == (1, [1, 0])


def test_what_conforms_lists_no_violation() -> None:
    """A stamp outside the window is one until the clock is set, and then how the standard sets clocks."""
    bench = keyed()
    line = bench.connect()
    bench.send(line, secret(bench, -7000.0))
    assert {each.severity for each in bench.panel().findings} == {Severity.VIOLATION}
    bench.send(line, secret(bench), after=1.0)
    assert bench.panel().grade is Grade.CONFORMS
    assert {each.severity for each in bench.panel().findings} == {Severity.NOTE}


def test_a_message_in_the_clear_shows_no_clock_set() -> None:
    """Nobody asks it to be in time."""
    bench = keyed()
    line = bench.connect()
    bench.send(line, secret(bench, -7000.0))
    bench.send(line, frames.null(when=bench.stamp(-7000.0)), after=1.0)
    assert conduct.CLOCK_CORRECTED not in bench.told()
    assert reasons(bench)[0] == "clock"


def test_messages_that_were_on_their_way_are_no_refusal_to_set_the_clock() -> None:
    """Two in one segment: the second was sent before the NAK came."""
    bench = keyed()
    line = bench.connect()
    bench.send(line, secret(bench, -7000.0, 1) + secret(bench, -7000.0, 2))
    bench.send(line, secret(bench, 0.0, 1) + secret(bench, 0.0, 2), after=1.0)
    assert bench.told() == [conduct.CLOCK_CORRECTED]
    assert bench.panel().grade is Grade.CONFORMS
    assert bench.panel().events == 2


def test_a_message_sent_over_two_connections_at_once_is_refused_twice_and_known_once() -> None:
    """Neither copy could wait for the NAK to the other; the same over one connection could."""
    bench = keyed()
    one, two = bench.connect(1), bench.connect(2)
    bench.send(one, secret(bench, -7000.0))
    bench.send(two, secret(bench, -7000.0), after=0.01)
    assert bench.told() == []
    bench.send(two, secret(bench, -7000.0), after=1.0)
    assert bench.told() == [conduct.CLOCK_NOT_CORRECTED]


# Repetitions and numbers


def test_a_panel_that_restarts_sends_new_events_under_old_numbers(bench: Bench) -> None:
    """After five minutes the station takes them for new, and so does the inspection."""
    line = bench.connect()
    for _ in range(3):
        bench.send(line, cid(bench, code="305", sequence=1), after=3600.0)
        bench.send(line, cid(bench, code="130", sequence=2), after=5.0)
    panel = bench.panel()
    assert (panel.events, panel.retries.count, panel.numbers.restarts) == (6, 0, 2)
    assert bench.told() == [conduct.NUMBERS_RESTARTED]


def test_a_number_with_other_content_begins_a_new_count(bench: Bench) -> None:
    """Even at once: what came before tells no repetition any more, as for the station."""
    line = bench.connect()
    for code, sequence in (("305", 1), ("130", 2), ("306", 1), ("130", 2)):
        assert bench.send(line, cid(bench, code=code, sequence=sequence), after=5.0) == "ACK"
    assert (bench.panel().events, bench.panel().retries.count) == (4, 0)


def test_number_one_is_a_new_count_and_no_late_message(bench: Bench) -> None:
    """However near it is."""
    line = bench.connect()
    for place, sequence in enumerate((7, 8, 1, 2)):
        bench.send(line, cid(bench, sequence=sequence, number=f"{place:03d}"))
    assert bench.panel().numbers.restarts == 1


def test_one_message_over_two_connections_at_once_is_no_repetition_of_an_acknowledged_one(bench: Bench) -> None:
    """Neither copy could wait for the answer to the other."""
    one, two = bench.connect(1), bench.connect(2)
    bench.mono += 1.0
    for sequence in (1, 2):
        frame = cid(bench, sequence=sequence)
        bench.send(one, frame, after=30.0)
        bench.send(two, frame, after=0.01)
    panel = bench.panel()
    assert (panel.events, panel.retries.parallel, panel.retries.acknowledged) == (2, 2, 0)
    assert bench.told() == []


def test_over_a_new_connection_an_acknowledged_message_is_a_repetition(bench: Bench) -> None:
    """It was opened when the answer was there."""
    frame = cid(bench)
    for port in (1, 2):
        line = bench.connect(port)
        bench.send(line, frame, after=1.0)
        bench.hang_up(line)
    assert bench.told() == [conduct.REPEATS_ACKNOWLEDGED]


def test_a_panel_that_hung_up_before_the_answer_repeats_what_was_not_acknowledged_to_it(bench: Bench) -> None:
    """That it did not wait is told; that it repeats is what it must do."""
    line, frame = bench.connect(1), cid(bench)
    (arrival,) = ReceivingEnd(line, lambda *_: bench.dialect).receive(frame, bench.now)
    assert isinstance(arrival, Arrival)
    bench.hang_up(line)
    bench.notes += bench.inspection.observe(line, arrival, Verdict.STORED, "ACK", "", bench.now)
    bench.send(bench.connect(2), frame, after=5.0)
    assert bench.told() == [conduct.GONE_BEFORE_ANSWER]
    assert (bench.panel().retries.acknowledged, bench.panel().retries.unanswered) == (0, 1)


@pytest.mark.parametrize("before_the_answer", [True, False])
def test_a_panel_whose_connection_breaks_repeats_rightly(bench: Bench, before_the_answer: bool) -> None:
    """Whether the answer left or not: it cannot know."""
    line, frame = bench.connect(1), cid(bench)
    end = ReceivingEnd(line, lambda *_: bench.dialect)
    (arrival,) = end.receive(frame, bench.now)
    assert isinstance(arrival, Arrival)

    def decide() -> None:
        bench.notes += bench.inspection.observe(line, arrival, Verdict.STORED, "ACK", "", bench.now)

    if not before_the_answer:
        decide()
    bench.hang_up(line, "broken off by the other side, or by the network")
    if before_the_answer:
        decide()
    bench.send(bench.connect(2), frame, after=5.0)
    found = bench.panel().retries
    assert (found.count, found.acknowledged, found.unanswered) == (1, 0, 1)
    assert not {conduct.REPEATS_ACKNOWLEDGED, conduct.GONE_BEFORE_ANSWER} & set(bench.told())


@pytest.mark.parametrize("link_tests", [("0002",), ("0002", "0003"), ("0000", "0002", "0001")])
def test_numbers_of_link_tests_are_not_left_out(bench: Bench, link_tests: tuple[str, ...]) -> None:
    """Some panels count them along; numbers that nobody used still are."""
    line = bench.connect()
    bench.send(line, cid(bench, sequence=1))
    for sequence in link_tests:
        bench.send(line, frames.frame(f'"NULL"{sequence}L0#1234[]'.encode()), after=5.0)
    used = len(set(link_tests) & {"0002", "0003"})
    bench.send(line, cid(bench, code="131", sequence=2 + used))
    assert bench.told() == []
    bench.send(line, cid(bench, code="132", sequence=4 + used))
    assert bench.panel().numbers.skipped == 1


def test_accounts_of_one_communicator_may_count_together(bench: Bench) -> None:
    """Known by their host; another host's numbers say nothing."""
    line = bench.connect()
    for sequence in range(1, 7):
        bench.send(line, cid(bench, account=f"123{sequence % 2}", sequence=sequence), after=1.0)
    assert bench.told() == []
    away = bench.connect(9, "192.0.2.99")
    bench.send(away, cid(bench, account="9999", sequence=7))
    bench.send(line, cid(bench, account="1230", sequence=8))
    assert {panel.account: panel.numbers.skipped for panel in bench.report().panels}["1230"] == 1


def test_numbers_used_elsewhere_are_bounded() -> None:
    """There are no more than 9999."""
    watch = NumberWatch()
    for number in range(20_000):
        watch.elsewhere(f"{number:04d}")
    assert len(watch._elsewhere) <= 9999


# Strangers, damage, bounds


def test_every_guess_is_of_a_panel_or_of_none() -> None:
    """A protocol that is added must be put on one side; the table of strangers has alarm protocols first."""
    alarms = set(strangers._names[: strangers._names.index("sip")]) | {"sia-blocks"}
    others = set(strangers._names) - alarms
    assert others <= NO_PANEL
    assert not alarms & NO_PANEL
    assert all(is_of_a_panel(each) for each in alarms)
    assert is_broken_frame(strangers.NO_HEAD)


@pytest.mark.parametrize(
    "data",
    [b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0", b"PING\r\n", b"OPTIONS sip:nm SIP/2.0\r\n\r\n"],
    ids=["rdp", "redis", "sip"],
)
def test_a_port_scan_does_not_fail_the_site(bench: Bench, data: bytes) -> None:
    """Nobody looks for a panel behind it."""
    bench.send(bench.connect(1), cid(bench))
    line = bench.connect(9, "203.0.113.9")
    bench.send(line, data)
    bench.hang_up(line)
    assert bench.report().noise
    assert bench.report().grade is Grade.CONFORMS


def scanned(bench: Bench) -> None:
    """More scanners than are told apart."""
    for number in range(250):
        source = bench.source(1, f"10.0.{number // 200}.{number % 200}")
        bench.inspection.noise(source, Noise(b"GET / HTTP/1.0\r\n", "http", 16), bench.now)


def test_scanners_do_not_hide_a_damaged_frame(bench: Bench) -> None:
    """Neither one of a known panel nor one of nobody."""
    scanned(bench)
    assert (len(bench.report().noise), bench.report().noise_left_out) == (200, 50)
    line = bench.connect()
    bench.send(line, cid(bench))
    assert reasons(bench) == []
    bench.send(line, cid(bench).replace(b"1130", b"1131"))
    bench.hang_up(line)
    assert bench.told() == [conduct.DAMAGED]
    assert [reason.id for reason in bench.panel().reasons] == ["damaged"]
    other = Bench()
    scanned(other)
    other.send(other.connect(1), cid(other))
    other.send(other.source(1, "192.0.2.99"), cid(other).replace(b"1130", b"1131"))
    other.send(other.source(1, "192.0.2.99"), b'F#123456"')
    assert reasons(other) == ["damaged", "other-protocol"]


def test_what_was_not_judged_does_not_conform(bench: Bench) -> None:
    """Messages of more panels than are told apart."""
    for number in range(201):
        bench.send(bench.source(1, f"10.0.0.{number}"), cid(bench, account=f"{number:04d}"))
    report = bench.report()
    assert report.panels_left_out == 1
    assert (report.grade, reasons(bench)) == (Grade.FAILS, ["left-out"])


def test_a_check_that_had_no_room_does_not_conform(bench: Bench) -> None:
    """What came afterwards is not known."""
    bench.send(bench.connect(), cid(bench))
    bench.inspection.full = True
    assert reasons(bench) == ["full"]


def heavy(account: int) -> bytes:
    """A small frame with many findings and very many parts."""
    data = b"1234|Nti25:00/da13-45-99/pi1/ri01^ x  ^BA001^ a  b ^/ZY001/RI02/xx1/QQ9/id7/va1|Xfoo|#99|Atext  |N||"
    while len(data) < 3800:
        data += b"Nri1/va2/id3/lv4/BA1^x^|"
    return frames.frame(b'"SIA-DCS"0001L0#%04X[%b]' % (account, data))


def test_a_few_small_frames_do_not_blow_up_the_report(bench: Bench) -> None:
    """Each is taken apart once, however many findings it shows; there is an end to frames and to their parts."""
    explained: list[Arrival] = []
    explain = Bench.explained

    def counting(arrival: Arrival) -> Any:
        explained.append(arrival)
        return explain(arrival)

    bench.inspection._explain = counting
    line = bench.connect()
    for account in range(60):
        bench.send(line, heavy(account))
    report = bench.report()
    assert len(report.panels[0].findings) > 5
    assert len({finding.frame for finding in report.panels[0].findings}) == 1
    assert len(explained) == len(report.frames) == FRAMES_MAX
    for example in report.frames:
        assert example.explanation is not None
        assert sum(len(layer.parts) for layer in example.explanation.layers) <= PARTS_MAX
        assert example.parts_left_out > 0
        assert example.explanation.layers[0].data == example.frame.encode("latin-1")
    assert len(msgspec.json.encode(report)) < 6_000_000
    assert report.panels[59].findings[0].frame == 0


def test_one_panel_does_not_take_the_place_of_all_examples(bench: Bench) -> None:
    """Half of them at most."""
    book = bench.inspection._frames
    line = bench.connect()
    (arrival,) = ReceivingEnd(line, lambda *_: bench.dialect).receive(cid(bench), bench.now)
    assert isinstance(arrival, Arrival)
    numbers = [book.keep("one", replace(arrival, sequence=str(each)), "peer", 0.0) for each in range(30)]
    assert numbers == [*range(1, OF_ONE_PANEL_MAX + 1), *[0] * 10]
    assert book.keep("two", replace(arrival, sequence="x"), "peer", 0.0) == OF_ONE_PANEL_MAX + 1


def test_tokens_of_a_panel_are_bounded(bench: Bench) -> None:
    """A peer chooses them."""
    line = bench.connect()
    for number in range(200):
        bench.send(line, frames.frame(b'"X%d"0001L0#1234[#1234|x]' % number))
    assert len(bench.panel().tokens) <= 50
    assert bench.panel().messages == 200


def test_what_lists_leave_out_is_counted(bench: Bench) -> None:
    """Codes, and what waits for its restore."""
    line = bench.connect()
    for number in range(600):
        code = f"{number:03X}" if number >= 0x100 else "130"
        bench.send(line, cid(bench, code=code, sequence=number + 1, number=f"{number % 1000:03d}"))
    panel = bench.panel()
    assert len(panel.codes) <= 500
    assert len(panel.unrestored) == 200
    assert panel.unrestored_left_out > 0
    events = sum(each.count for each in panel.codes)
    assert events + panel.codes_left_out == 600


# Connections


def test_empty_connections_are_counted_and_not_the_others(bench: Bench) -> None:
    """Three without a message, then twenty good ones."""
    bench.send(bench.connect(1), cid(bench))
    for port in (2, 3, 4):
        bench.hang_up(bench.connect(port))
    for port in range(10, 30):
        line = bench.connect(port)
        bench.send(line, frames.null(when=bench.stamp()))
        bench.hang_up(line)
    assert {each.id: each.count for each in bench.panel().findings} == {conduct.EMPTY_CONNECTIONS: 3}
    bench.hang_up(bench.connect(5))
    assert {each.id: each.count for each in bench.panel().findings} == {conduct.EMPTY_CONNECTIONS: 4}


def test_broken_connections_are_counted_but_not_those_that_the_station_breaks(bench: Bench) -> None:
    """Which is told in words of its own."""
    for port in (1, 2):
        line = bench.connect(port)
        bench.send(line, cid(bench, sequence=port))
        bench.hang_up(line, "broken off by the other side, or by the network")
    line = bench.connect(3)
    bench.send(line, cid(bench, sequence=3))
    bench.notes += bench.inspection.disconnected(line, "broken off", bench.now, ours=True)
    assert bench.panel().connections.cut == 2
    assert {each.id: each.count for each in bench.panel().findings} == {conduct.CUT_CONNECTIONS: 2}
    last = bench.notes[-1]
    assert isinstance(last, ConnectionNote)
    assert (last.clean, last.ours) == (False, True)


# Keys


@pytest.mark.parametrize("opening", [b"[K", b"[k", b"[K ", b"[ K"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_key_is_in_no_report_however_it_is_written(opening: bytes, encrypted: bool) -> None:
    """Also in the decrypted bytes of an encrypted message, the one place where a key belongs."""
    key = "0BADC0DE0BADC0DE0BADC0DE0BADC0DF"
    bench = keyed()
    field = opening + key.encode() + b"]"
    content = b"1234|1130 01 015]" + field + bench.stamp(90.0 if not encrypted else 0.0)
    if encrypted:
        body = b'"*ADM-CID"0002L0#1234[' + frames.encrypt(frames.KEY, content)
    else:
        body = b'"ADM-CID"0002L0#1234[' + content
    bench.send(bench.connect(), frames.frame(body))
    report = bench.report()
    (example,) = report.frames
    shown = example.plain if encrypted else example.frame
    assert f"{opening.decode().rstrip()}{'*' * 32}" in shown
    assert len(shown) == len(content if encrypted else frames.frame(body))
    notes = [note for note in bench.notes if isinstance(note, MessageNote)]
    written = msgspec.json.encode(report).decode() + repr(report) + repr(notes)
    assert key not in written
    assert key[8:] not in written
    assert example.explanation is not None
    assert all(key.encode() not in layer.data for layer in example.explanation.layers)
