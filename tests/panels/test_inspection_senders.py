"""The inspection of senders of line protocols, without a socket: bytes in, notes and a report out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from panels.inspection import Grade, Inspection, Report, conduct
from panels.inspection.connections import Connection
from panels.inspection.exchange import WITHIN_S, ExchangeWatch
from panels.inspection.grading import BROKEN, is_broken_frame
from panels.inspection.notes import ConductNote, MessageNote, Note, RecognisedNote, SilenceNote
from panels.inspection.report import PanelReport, Sender
from panels.inspection.sender import ACCOUNTS_MAX
from panels.inspection.sessions import EndOfData
from protocols import wires
from protocols.catalogue import LANGUAGES, texts
from protocols.ends import Limits, ReceivingEnd, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Verdict
from receiver.intake.memory import Identities
from receiver.intake.verdicts import AFTER_STORING, WHEN_REPEATED

START = 1_800_000_000.0
HOST = "192.0.2.7"
ONE, OTHER, THIRD = (b"5011 181234%s01015\x14" % event for event in (b"E130", b"R130", b"E120"))
HEARTBEAT = b"1011           @    \x14"
UNREADABLE = b"5011 18123\x014E13001015\x14"
ASKS = 0x40


def block(head: int, content: bytes) -> bytes:
    """A block of SIA: header, function and data, parity."""
    data = bytes((head | (len(content) - 1),)) + content
    parity = 0xFF
    for byte in data:
        parity ^= byte
    return data + bytes((parity,))


class LineBench:
    """A station's verdicts without a station: a real receiving end, and an inspection that watches."""

    def __init__(self, protocol: str = "surgard", transport: str = "tcp", opened_here: tuple[str, ...] = ()) -> None:
        self.mono = 0.0
        self.protocol = protocol
        self.transport = transport
        self.inspection = Inspection(self.now, opened_here=opened_here)
        self.notes: list[Note] = []
        self._stored = Identities(300.0)
        self._ends: dict[Source, ReceivingEnd] = {}
        self._waiting: list[tuple[Source, Arrival]] = []

    @property
    def now(self) -> Moment:
        """By both clocks."""
        return Moment(START + self.mono, self.mono)

    def connect(self, port: int = 1000, host: str = HOST) -> Source:
        """A line."""
        source = Source("line", self.protocol, f"{host}:{port}", host, self.transport)
        self._ends[source] = wires.receiving(
            self.protocol, source, lambda *_: Dialect(), options=SourceOptions(), limits=Limits(), first=port << 20
        )
        self.notes += self.inspection.connected(source, self.now)
        return source

    def hang_up(self, source: Source, why: str = "closed") -> None:
        """It ends."""
        self.notes += self.inspection.disconnected(source, why, self.now)

    def comes(self, source: Source, data: bytes) -> None:
        """Bytes come; what they are waits for its verdict, and a link test does not."""
        self.inspection.received(source, data, self.now)
        self._said(source, self._ends[source].receive(data, self.now))

    def silence(self, source: Source, seconds: float) -> None:
        """Nothing comes over it: what is unfinished is told."""
        self.mono += seconds
        self._said(source, self._ends[source].expire(self.now))

    def _said(self, source: Source, items: Sequence[Arrival | Noise]) -> None:
        for item in items:
            if isinstance(item, Noise):
                self.notes += self.inspection.noise(source, item, self.now)
            elif item.kind is ArrivalKind.LINK_TEST:
                self._decide(source, item, Verdict.ALIVE)
            else:
                self._waiting.append((source, item))

    def decide(self, verdict: Verdict | None = None) -> None:
        """The disk has taken what waits; or ``verdict``."""
        waiting, self._waiting = self._waiting, []
        for source, arrival in waiting:
            self._decide(source, arrival, verdict or self._judged(arrival))
            self._ends[source].data_to_send()

    def send(self, source: Source, *messages: bytes, after_s: float = 1.0) -> None:
        """Messages, each answered before the next one comes."""
        for message in messages:
            self.mono += after_s
            self.comes(source, message)
            self.decide()

    def tick(self, after_s: float) -> None:
        """Time passes."""
        self.mono += after_s
        self.notes += self.inspection.tick(self.now)

    def _judged(self, arrival: Arrival) -> Verdict:
        identity = arrival.identity
        if identity is not None and self._stored.ask(identity, self.mono).duplicate:
            return WHEN_REPEATED[arrival.kind]
        if identity is not None:
            self._stored.remember(identity, self.mono)
        return AFTER_STORING[arrival.kind]

    def _decide(self, source: Source, arrival: Arrival, verdict: Verdict) -> None:
        end = self._ends[source]
        end.decide(arrival, verdict, self.now)
        self.notes += self.inspection.observe(source, arrival, verdict, end.answer(arrival), "", self.now)

    # What it says

    def report(self) -> Report:
        """All of it."""
        return self.inspection.report(self.now)

    @property
    def seen(self) -> PanelReport:
        """The one sender."""
        (seen,) = self.report().panels
        return seen

    @property
    def sender(self) -> Sender:
        """What is known of it as a sender."""
        assert isinstance(self.seen.sender, Sender)
        return self.seen.sender

    @property
    def shown(self) -> set[str]:
        """Its findings."""
        return {finding.id for finding in self.seen.findings}


@pytest.fixture
def bench() -> Iterator[LineBench]:
    """Sur-Gard over TCP."""
    made = LineBench()
    yield made
    # Whatever was seen can be written, and read back.
    msgspec.json.decode(msgspec.json.encode(made.report()), type=Report)


# The exchange


def test_a_sender_that_waits_conforms(bench: LineBench) -> None:
    """Its heartbeats may come while an event waits for the disk."""
    line = bench.connect()
    bench.send(line, ONE, HEARTBEAT, OTHER)
    bench.comes(line, THIRD)
    bench.comes(line, HEARTBEAT)
    bench.decide()
    bench.send(line, HEARTBEAT)
    assert (bench.shown, bench.seen.grade) == (set(), Grade.CONFORMS)
    assert (bench.sender.answered, bench.sender.not_waited) == (3, 0)
    assert (bench.seen.link_tests.count, bench.seen.events, bench.seen.messages) == (3, 3, 6)
    assert [type(note) for note in bench.notes].count(RecognisedNote) == 1


@pytest.mark.parametrize("together", [True, False])
def test_a_message_that_comes_before_the_answer_to_the_one_before_is_told(bench: LineBench, together: bool) -> None:
    """In one piece with it, or while it waits for the disk."""
    line = bench.connect()
    if together:
        bench.comes(line, ONE + OTHER)
    else:
        bench.comes(line, ONE)
        bench.comes(line, OTHER)
    bench.decide()
    assert bench.shown == {conduct.NOT_WAITED}
    assert (bench.sender.not_waited, bench.seen.grade) == (1, Grade.WORKS)


def test_an_impatient_repetition_is_no_next_message(bench: LineBench) -> None:
    """The disk was slow: the sender did what it should."""
    line = bench.connect()
    bench.comes(line, ONE)
    bench.comes(line, ONE)
    bench.decide()
    assert bench.shown == set()
    assert (bench.seen.events, bench.seen.retries.unanswered) == (1, 1)


def test_equal_messages_in_a_row_are_told_from_the_third_on(bench: LineBench) -> None:
    """Two may be two events; so may those of different minutes."""
    line = bench.connect()
    bench.send(line, ONE, ONE)
    assert bench.shown == set()
    bench.send(line, OTHER, ONE, OTHER, ONE)
    bench.send(line, ONE, ONE, ONE, after_s=WITHIN_S + 1)
    assert bench.shown == set()
    bench.send(line, ONE, ONE)
    assert (bench.shown, bench.seen.retries.acknowledged) == ({conduct.REPEATS_ACKNOWLEDGED}, 1)


def test_a_serial_line_may_lose_two_answers() -> None:
    """The third repetition at the time at which a sender without an answer repeats says something."""
    bench = LineBench(transport="serial")
    line = bench.connect()
    mains = b"5011 181234E30101000\x14"
    for number, message in enumerate((ONE, OTHER, mains), 1):
        bench.send(line, message, after_s=100.0)
        bench.send(line, message, after_s=4.0)
        assert bench.seen.retries.acknowledged == number
        assert (conduct.REPEATS_ACKNOWLEDGED in bench.shown) == (number == 3)


@pytest.mark.parametrize(
    ("protocol", "raw"), [("d6600", b"\n19A1a39060101[#1234|18113001015]\r"), ("surgard", UNREADABLE)]
)
def test_what_was_not_stored_has_to_come_again(protocol: str, raw: bytes) -> None:
    """No answer is left; the next message without it means that it is lost."""
    bench = LineBench(protocol)
    line = bench.connect()
    bench.comes(line, raw)
    bench.decide(Verdict.NOT_STORED)
    bench.send(line, raw)
    assert (bench.sender.again, bench.sender.never_again) == (1, 0)
    assert conduct.NOT_REPEATED not in bench.shown


def test_a_sender_that_goes_on_has_lost_a_message(bench: LineBench) -> None:
    """Over the same connection, after it could know."""
    line, beside = bench.connect(1), bench.connect(2)
    bench.comes(line, ONE)
    bench.decide(Verdict.NOT_STORED)
    bench.send(beside, THIRD)
    bench.send(line, HEARTBEAT)
    assert bench.shown == set()
    bench.send(line, OTHER)
    assert (bench.shown, bench.seen.grade) == ({conduct.NOT_REPEATED}, Grade.FAILS)
    assert (bench.sender.again, bench.sender.never_again) == (0, 1)


def test_a_message_on_its_way_says_nothing_of_the_one_before(bench: LineBench) -> None:
    """It left before anybody knew."""
    line = bench.connect()
    bench.comes(line, ONE + OTHER)
    bench.decide(Verdict.NOT_STORED)
    assert conduct.NOT_REPEATED not in bench.shown


def test_a_message_that_never_comes_again_is_told_after_a_minute(bench: LineBench) -> None:
    """Also where nothing else comes."""
    line = bench.connect()
    bench.comes(line, ONE)
    bench.decide(Verdict.NOT_STORED)
    bench.hang_up(line)
    bench.tick(WITHIN_S - 1)
    assert bench.shown == set()
    bench.tick(2)
    bench.tick(2)
    assert bench.shown == {conduct.NOT_REPEATED}
    assert bench.sender.never_again == 1


def test_over_another_connection_a_denied_message_comes_again(bench: LineBench) -> None:
    """Some senders open one for each message."""
    line = bench.connect(1)
    bench.comes(line, ONE)
    bench.decide(Verdict.NOT_STORED)
    bench.hang_up(line)
    bench.send(bench.connect(2), ONE)
    assert (bench.sender.again, bench.shown) == (1, set())


def test_what_is_remembered_of_denied_messages_is_bounded() -> None:
    """Peers choose how many connections they open."""
    watch = ExchangeWatch()
    for number in range(1000):
        source = Source("line", "surgard", f"{HOST}:{number}", HOST)
        arrival = Arrival(b"%d" % number, "surgard", ArrivalKind.EVENT)
        watch.take(source, arrival, Verdict.NOT_STORED, "", Moment(START, 0.0), Connection(HOST, 0.0, fresh=True))
    assert len(watch._denied) <= 64


DAMAGED_ONE = b"5011 18\xff234E13001015\x14"


@pytest.mark.parametrize(
    ("transport", "shown", "grade"),
    [("serial", conduct.LINE_DAMAGED, Grade.WORKS), ("tcp", conduct.DAMAGED, Grade.FAILS)],
)
@pytest.mark.parametrize(
    "damaged",
    [
        DAMAGED_ONE,
        b"5011 18\xff\xfe\x80\xff\xff3001015\x14",
        b"5011 18\xff234E130\x801\xff15\x14",
        b"5011 181234X13001015\x14",
        b"5011 1812301015\x14",
    ],
    ids=["a byte", "a burst", "parity in three places", "another letter", "lost bytes"],
)
def test_a_damaged_line_that_comes_again_undamaged_was_repeated(
    transport: str, shown: str, grade: Grade, damaged: bytes
) -> None:
    """What was not read then is no departure of its form: it was read when it came again."""
    bench = LineBench(transport=transport)
    line = bench.connect()
    bench.send(line, THIRD, damaged, ONE, OTHER)
    told = {finding.id for finding in bench.seen.findings if finding.severity != "note"}
    assert (told, bench.seen.grade) == ({shown}, grade)
    assert (bench.sender.again, bench.sender.never_again, bench.seen.events) == (1, 0, 3)
    assert (bench.seen.retries.count, bench.seen.retries.after_nak, bench.seen.retries.delay.most) == (1, 1, 1.0)


@pytest.mark.parametrize("damaged", [DAMAGED_ONE, b"5011 18123\x014E13001015\x14", b"5011 18123XE13001015\x14"])
def test_a_damaged_line_after_which_another_comes_was_not_repeated(damaged: bytes) -> None:
    """However much alike the two are: an alarm is no restore, and another account is another one."""
    for other in (OTHER, b"5011 181294E13001015\x14", b"5011 181234E13001016\x14"):
        bench = LineBench(transport="serial")
        bench.send(bench.connect(), THIRD, damaged, other)
        assert {conduct.NOT_REPEATED, conduct.LINE_UNREAD} <= bench.shown
        assert conduct.LINE_DAMAGED not in bench.shown


def test_a_line_that_is_damaged_twice_is_damaged_twice() -> None:
    """And one that stays unread is still told."""
    bench = LineBench(transport="serial")
    line = bench.connect()
    bench.send(line, DAMAGED_ONE, b"5011 18123\xffE13001015\x14", ONE)
    (found,) = [each for each in bench.seen.findings if each.id == conduct.LINE_DAMAGED]
    assert (found.count, bench.sender.again, bench.seen.grade) == (2, 2, Grade.WORKS)
    bench.send(line, UNREADABLE, UNREADABLE)
    assert conduct.LINE_UNREAD in bench.shown
    assert bench.seen.grade is Grade.FAILS


def test_an_event_counts_when_it_is_taken_after_all(bench: LineBench) -> None:
    """Not stored at first, it is no second copy of anything."""
    line = bench.connect()
    bench.comes(line, ONE)
    bench.decide(Verdict.NOT_STORED)
    bench.send(line, ONE)
    assert (bench.seen.events, bench.seen.retries.count) == (1, 1)


@pytest.mark.parametrize("transport", ["tcp", "serial"])
@pytest.mark.parametrize(
    ("protocol", "before", "damaged", "whole"),
    [
        ("sia", (block(ASKS, b"#1234"), block(ASKS, b"NBR15")), b"DNBA15\xf3", block(ASKS, b"NBA15")),
        ("sia", (block(ASKS, b"#1234"), block(ASKS, b"NBR15")), b"DNB@15\xf2", block(ASKS, b"NBA15")),
        ("sia", (block(ASKS, b"#1234"), block(ASKS, b"NBR15")), b"D#1235\x9c", block(ASKS, b"#1234")),
        (
            "ademco685",
            (b"\n11 1234 18 R130 01 C015 \r",),
            b"\n11 1234 18 E\xff30 01 C015 \r",
            b"\n11 1234 18 E130 01 C015 \r",
        ),
    ],
    ids=["parity", "data", "account", "685"],
)
@pytest.mark.parametrize("late", [False, True], ids=["told at once", "told with the next"])
def test_a_block_that_was_not_whole_and_came_again_was_repeated(
    transport: str, protocol: str, before: tuple[bytes, ...], damaged: bytes, whole: bytes, late: bool
) -> None:
    """No message could be made of it; the bytes that follow tell. It may be one that needs no verdict."""
    bench = LineBench(protocol, transport)
    line = bench.connect()
    bench.send(line, *before)
    bench.send(line, damaged, after_s=5.0)
    if not late:
        bench.silence(line, 2.0)
    bench.send(line, whole[:5], whole[5:], after_s=1.5)
    assert (bench.seen.retries.count, bench.seen.retries.damaged, bench.sender.again) == (1, 1, 1)
    assert bench.seen.retries.delay.most in (3.0, 3.5, 5.0)
    bench.send(line, *before, after_s=50.0)
    assert bench.seen.retries.count == 1


@pytest.mark.parametrize("behind", [block(ASKS, b"NBR15"), b"F#1234\r\n", block(ASKS, b"NPA07")])
def test_what_follows_a_damaged_block_may_be_something_else(behind: bytes) -> None:
    """Then nothing is known of a repetition."""
    bench = LineBench("sia", "serial")
    line = bench.connect()
    bench.send(line, block(ASKS, b"#1234"), block(ASKS, b"NBR15"), b"DNBA15\xf3")
    bench.silence(line, 0.5)
    bench.send(line, behind, block(ASKS, b"NBR15"), block(ASKS, b"NBA15"))
    assert (bench.seen.retries.damaged, bench.sender.again) == (0, 0)


# Sessions of SIA blocks


def spoken(bench: LineBench, *blocks: bytes) -> Source:
    """A connection with those blocks, each answered."""
    line = bench.connect()
    for each in blocks:
        bench.send(line, each)
    return line


@pytest.mark.parametrize("ends", [True, False])
def test_the_end_of_a_session_is_seen(ends: bool) -> None:
    """Account block first, end of data last; without it a note is made, and what came counts all the same."""
    bench = LineBench("sia")
    last = (block(ASKS, b"0"),) if ends else ()
    line = spoken(bench, block(ASKS, b"#1234"), block(ASKS, b"NBA15"), *last)
    bench.hang_up(line)
    assert bench.seen.events == 1
    assert bench.shown == (set() if ends else {conduct.NO_END_OF_DATA})
    assert bench.seen.grade is Grade.CONFORMS
    assert bench.sender.sessions == ((1, 0) if ends else (0, 1))


def test_an_event_before_any_account_fails() -> None:
    """Its sender is to begin anew: that another message comes then is as it should be."""
    bench = LineBench("sia")
    spoken(bench, block(ASKS, b"NBA15"), block(ASKS, b"#1234"), block(ASKS, b"NBA15"))
    assert "sia.session.no-account" in bench.shown
    assert conduct.NOT_REPEATED not in bench.shown
    assert bench.seen.grade is Grade.FAILS


@pytest.mark.parametrize("head", [0x00, ASKS, 0x80, 0xC0])
def test_the_end_of_data_is_known_in_any_pieces(head: int) -> None:
    """With any header that it may have; polls may follow it, and events begin anew."""
    event, poll = block(ASKS, b"NBA15*'Door 0 N'"), b"F#1234\r\n"
    said = event + block(head, b"0") + poll
    for cut in range(len(said)):
        watch = EndOfData()
        for piece in (event, said[:cut], said[cut:]):
            watch.take(piece)
        assert watch.seen
        watch.take(poll * 20)
        assert watch.seen
        watch.take(event[:5])
        watch.take(event[5:])
        assert not watch.seen


# Senders


def test_a_receiver_is_one_sender_of_many_accounts(bench: LineBench) -> None:
    """Its own troubles are no part of a test; what is left out is counted."""
    line = bench.connect()
    for number in range(ACCOUNTS_MAX + 5):
        bench.send(line, b"5012 18%04d" % (1000 + number) + b"E13001015\x14")
    bench.send(line, b"5013 180000E30101015\x14")
    assert len(bench.sender.accounts) == ACCOUNTS_MAX
    assert bench.sender.accounts_left_out == 6
    assert (bench.sender.receivers, bench.sender.lines) == (("01",), ("2", "3"))
    counts = {part.id: part.count for part in bench.seen.checklist}
    assert (counts["alarm"], counts["power"]) == (ACCOUNTS_MAX + 5, 0)
    assert bench.seen.account == ""


def test_senders_are_told_apart_by_protocol_and_host(bench: LineBench) -> None:
    """And counted against the bound of all panels."""
    bench.send(bench.connect(1), ONE)
    bench.send(bench.connect(2), OTHER)
    bench.send(bench.connect(1, "192.0.2.8"), ONE)
    assert [(panel.hosts, panel.messages) for panel in bench.report().panels] == [((HOST,), 2), (("192.0.2.8",), 1)]
    for number in range(300):
        bench.send(bench.connect(1, f"10.0.{number // 200}.{number % 200}"), ONE)
    assert len(bench.report().panels) == 200
    assert bench.report().panels_left_out == 102
    assert bench.report().grade is Grade.FAILS


def test_conduct_of_a_sender_is_told_under_its_place(bench: LineBench) -> None:
    """Heartbeats seldom name an account."""
    line = bench.connect()
    for _ in range(6):
        bench.send(line, HEARTBEAT, after_s=30.0)
    bench.tick(200.0)
    bench.tick(1.0)
    (silence,) = [note for note in bench.notes if isinstance(note, SilenceNote)]
    assert (silence.sender, silence.account, silence.usual) == (HOST, "", 30.0)
    bench.send(line, HEARTBEAT)
    (told,) = [note for note in bench.notes if isinstance(note, ConductNote)]
    assert (told.sender, told.found.id) == (HOST, conduct.LINK_TEST_INTERVAL)


def test_a_message_known_to_hold_no_event_is_understood(bench: LineBench) -> None:
    """A caller's number, what is listened in to: the finding is a note, and nothing fails."""
    bench.send(bench.connect(), ONE, b"A011 181234 12345678\x14")
    told = [note for note in bench.notes if isinstance(note, MessageNote)][-1]
    assert (told.kind, told.understood) == (ArrivalKind.OPAQUE, True)
    assert bench.seen.grade is Grade.CONFORMS


def test_what_is_not_understood_fails(bench: LineBench) -> None:
    """Denied first, and taken when it is said again."""
    bench.send(bench.connect(), ONE, UNREADABLE, UNREADABLE)
    assert {conduct.LINE_UNREAD, "surgard.unreadable"} <= bench.shown
    assert {reason.id for reason in bench.seen.reasons} == {"unread", "violations"}
    assert (bench.seen.grade, bench.sender.again) == (Grade.FAILS, 1)


@pytest.mark.parametrize(("transport", "grade"), [("tcp", Grade.FAILS), ("serial", Grade.WORKS)])
def test_damage_is_the_senders_on_tcp_and_the_lines_on_a_serial_line(transport: str, grade: Grade) -> None:
    """A line that is listened to begins in the middle of a message: that is no damage."""
    bench = LineBench("sia", transport)
    line = bench.connect()
    bench.notes += bench.inspection.noise(line, Noise(b"xx", "sia.parity"), bench.now)
    bench.send(line, block(ASKS, b"#1234"), block(ASKS, b"NBA15"))
    assert (bench.shown, bench.report().grade is Grade.FAILS) == (set(), transport == "tcp")
    bench.notes += bench.inspection.noise(line, Noise(b"xx", "sia.parity"), bench.now)
    assert bench.shown == {conduct.DAMAGED if transport == "tcp" else conduct.LINE_DAMAGED}
    assert bench.report().grade is grade


def test_a_line_that_is_plugged_in_again_begins_in_the_middle_too() -> None:
    """What stands before the first message after that is no damage."""
    bench = LineBench("sia", "serial")
    line = spoken(bench, block(ASKS, b"#1234"), block(ASKS, b"NBA15"))
    bench.hang_up(line, "the port is gone")
    again = bench.connect()
    bench.notes += bench.inspection.noise(again, Noise(b"xx", "sia.parity"), bench.now)
    assert (bench.shown, bench.report().grade) == (set(), Grade.CONFORMS)


def test_a_panel_may_have_an_account_of_zeros() -> None:
    """A receiver's own troubles have it; a panel is no receiver."""
    bench = LineBench("sia")
    spoken(bench, block(ASKS, b"#0000"), block(ASKS, b"NBA15"))
    assert {part.id for part in bench.seen.checklist if part.count} == {"alarm"}


@pytest.mark.parametrize("ours", [True, False])
def test_connections_that_the_station_opens_are_not_the_senders(ours: bool) -> None:
    """Empty ones are a habit of whoever opens them."""
    bench = LineBench(opened_here=("line",) if ours else ())
    bench.send(bench.connect(1), ONE)
    for port in range(2, 6):
        bench.hang_up(bench.connect(port))
    assert bench.shown == (set() if ours else {conduct.EMPTY_CONNECTIONS})


def test_a_sender_that_hangs_up_before_the_answer_is_told(bench: LineBench) -> None:
    """It cannot know what arrived."""
    line = bench.connect()
    bench.comes(line, ONE)
    bench.hang_up(line)
    bench.decide()
    assert bench.shown == {conduct.GONE_BEFORE_ANSWER}


# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_damage_has_words(language: str) -> None:
    """Guesses are ids of the protocols' own catalogues."""
    assert {guess for guess in BROKEN if guess not in texts.ids("noise", language)} == set()
    assert all(is_broken_frame(guess) for guess in BROKEN)


def test_every_guess_of_an_unfinished_message_is_damage() -> None:
    """A protocol that is added must say what it calls a message that is not whole."""
    guesses = {id_ for id_ in texts.ids("noise", "en") if id_.endswith((".incomplete", ".damaged", ".parity"))}
    assert {guess for guess in guesses if not is_broken_frame(guess)} == set()


def test_no_order_of_calls_makes_it_fail(bench: LineBench) -> None:
    """A peer of which nothing was told before."""
    source: Any = Source("line", "surgard", "gone", HOST)
    bench.inspection.received(source, b"x", bench.now)
    assert bench.inspection.disconnected(source, "closed", bench.now) == []
    bench.inspection.observe(source, Arrival(b"x", "nobody", ArrivalKind.OPAQUE), Verdict.STORED, "", "", bench.now)
    assert bench.report().messages == 1
