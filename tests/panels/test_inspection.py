"""The inspection of panels, without a socket: messages in, notes and a report out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels.inspection import Grade, Inspection, KeyInfo, Report, conduct
from panels.inspection.checklist import PARTS
from panels.inspection.grading import REASONS
from panels.inspection.notes import ConductNote, MessageNote, NoiseNote, Note, NothingNote, SilenceNote
from panels.inspection.report import PanelReport
from protocols.catalogue import LANGUAGES, texts
from protocols.dc09 import ReceivingEnd, explain
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Dialect, Key, Moment, Noise, Protection, Verdict
from receiver.intake.memory import Identities
from tests.support import frames

START = 1_800_000_000.0
PEER = "192.0.2.7"
INFO = KeyInfo(number=1, bits=128, form="hex")


class Bench:
    """A station's verdicts without a station: the real receiving end, and an inspection that watches."""

    def __init__(self, keys: dict[str, KeyInfo] | None = None) -> None:
        self.mono = 0.0
        self.keys = keys or {}
        self.dialect = Dialect(keys=tuple(Key(frames.KEY, owner) for owner in self.keys))
        self.inspection = Inspection(self.now, self.keys, self.explained)
        self.notes: list[Note] = []
        self._stored = Identities(300.0)
        self._ends: dict[Source, ReceivingEnd] = {}

    @property
    def now(self) -> Moment:
        return Moment(START + self.mono, self.mono)

    @staticmethod
    def explained(arrival: Arrival) -> Any:
        return explain(arrival.raw, plain=arrival.plain, findings=arrival.findings)

    def source(self, port: int = 1000, host: str = PEER) -> Source:
        return Source("tcp", "dc09", f"{host}:{port}", host)

    def connect(self, port: int = 1000, host: str = PEER) -> Source:
        """A TCP connection."""
        source = self.source(port, host)
        self._ends[source] = ReceivingEnd(source, lambda *_: self.dialect)
        self.notes += self.inspection.connected(source, self.now)
        return source

    def hang_up(self, source: Source, why: str = "closed") -> None:
        end = self._ends.pop(source)
        self._take(source, end, end.receive_eof(self.now))
        self.notes += self.inspection.disconnected(source, why, self.now)

    def send(self, source: Source, data: bytes, after: float = 0.0, verdict: Verdict | None = None) -> str:
        """Bytes come over a connection, or as a datagram where there is none. Returns the last answer's token."""
        self.mono += after
        end = self._ends.get(source) or ReceivingEnd(source, lambda *_: self.dialect)
        items = [*end.receive(data, self.now)]
        if source not in self._ends:
            items += end.receive_eof(self.now)
        return self._take(source, end, items, verdict)

    def _take(
        self, source: Source, end: ReceivingEnd, items: Sequence[Arrival | Noise], verdict: Verdict | None = None
    ) -> str:
        answer = ""
        for item in items:
            if isinstance(item, Noise):
                self.notes += self.inspection.noise(source, item, self.now)
                continue
            decided = verdict or self._verdict(item)
            end.decide(item, decided, self.now)
            answer = end.answer(item)
            self.notes += self.inspection.observe(source, item, decided, answer, "", self.now)
        return answer

    def _verdict(self, arrival: Arrival) -> Verdict:
        if arrival.protection is Protection.FAILED or arrival.kind is ArrivalKind.ANSWER:
            return Verdict.REFUSED
        if not arrival.timely:
            return Verdict.STALE
        if arrival.kind is ArrivalKind.LINK_TEST:
            return Verdict.ALIVE
        if arrival.kind is ArrivalKind.MALFORMED:
            return Verdict.MALFORMED
        if arrival.kind is ArrivalKind.UNSUPPORTED:
            return Verdict.UNSUPPORTED
        assert arrival.identity is not None
        if self._stored.ask(arrival.identity, self.mono).duplicate:
            return Verdict.DUPLICATE
        self._stored.remember(arrival.identity, self.mono)
        return Verdict.STORED

    def stamp(self, offset_s: float = 0.0) -> bytes:
        """The stamp of the bench's clock, shifted."""
        from protocols.dc09 import stamp

        return stamp.write(self.now.wall + offset_s)

    def report(self) -> Report:
        return self.inspection.report(self.now)

    def panel(self) -> PanelReport:
        (found,) = self.report().panels
        return found

    def told(self) -> list[str]:
        """Conduct that was told, each time."""
        return [note.found.id for note in self.notes if isinstance(note, ConductNote)]

    def ids(self) -> set[str]:
        return {finding.id for finding in self.panel().findings}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def cid(bench: Bench, code: str = "130", sequence: int = 1, offset_s: float = 0.0, **more: Any) -> bytes:
    return frames.cid(code=code, sequence=sequence, when=bench.stamp(offset_s), **more)


# Grades


def test_nothing_received_is_not_judged(bench: Bench) -> None:
    report = bench.report()
    assert (report.grade, [reason.id for reason in report.reasons]) == (Grade.NOT_JUDGED, ["nothing"])


def test_what_follows_the_standard_conforms(bench: Bench) -> None:
    """Notes are no departures: they are allowed."""
    line = bench.connect()
    assert bench.send(line, cid(bench)) == "ACK"
    assert bench.send(line, frames.null(when=bench.stamp())) == "ACK"
    assert bench.send(line, frames.cid(sequence=2, code="131")) == "ACK"
    assert bench.ids() == {"dc09.time.none"}
    assert bench.report().grade is Grade.CONFORMS


def test_a_deviation_works_and_a_violation_fails(bench: Bench) -> None:
    """The worst of it decides, for the panel and for the whole."""
    line = bench.connect()
    bench.send(line, frames.cid(inner="", when=bench.stamp()).replace(b"[#|", b"[#|"))
    bench.send(line, frames.frame(b'"ADM-CID"0002L0#1234[1234|1130 01 015]' + bench.stamp()))
    assert bench.report().grade is Grade.WORKS
    bench.send(line, frames.frame(b'"ADM-CID"0003L0#1234[#1234|1130 01 015|more]' + bench.stamp()))
    assert bench.report().grade is Grade.FAILS
    assert [reason.id for reason in bench.panel().reasons] == ["violations", "deviations"]


def test_one_panel_that_fails_does_not_spoil_another(bench: Bench) -> None:
    """Each has its own verdict; the whole has the worst."""
    bench.send(bench.connect(1), cid(bench))
    bench.send(bench.connect(2, "192.0.2.8"), frames.frame(b'"ADM-CID"0001L0#77AA[rubbish]'))
    grades = {panel.account: panel.grade for panel in bench.report().panels}
    assert grades == {"1234": Grade.CONFORMS, "77AA": Grade.FAILS}
    assert bench.report().grade is Grade.FAILS


def test_panels_are_told_apart_by_receiver_prefix_and_account(bench: Bench) -> None:
    """Zeros do not make another prefix; another prefix is another panel."""
    line = bench.connect()
    for header in ("L0", "L00", "", "R0L0"):
        bench.send(line, cid(bench, header=header))
    bench.send(line, cid(bench, header="L1"))
    bench.send(line, cid(bench, header="R2L0"))
    found = [(panel.receiver, panel.prefix, panel.messages) for panel in bench.report().panels]
    assert found == [(None, "0", 4), (None, "1", 1), ("2", "0", 1)]


def test_a_message_without_an_account_is_of_the_panel_at_that_address(bench: Bench) -> None:
    """A frame that cannot be read has none."""
    line = bench.connect()
    bench.send(line, cid(bench))
    bench.send(line, frames.frame(b'"ADM-CID"0002L0[nothing'))
    assert bench.panel().messages == 2


# The clock


@pytest.mark.parametrize(("offset_s", "median"), [(0.0, 0.0), (25.0, 25.0), (-3.0, -3.0)])
def test_the_clock_is_compared(bench: Bench, offset_s: float, median: float) -> None:
    """Stamps are cut to whole seconds, which is half a second in the mean."""
    line = bench.connect()
    for number in range(1, 21):
        bench.mono += 1.37
        bench.send(line, cid(bench, sequence=number, offset_s=offset_s))
    skew = bench.panel().clock.skew
    assert skew.count == 20
    assert abs(skew.median - median) <= 0.3
    assert skew.most - skew.least <= 1.0
    assert bench.panel().clock.drift_per_day is None


def test_a_drift_is_measured_after_ten_minutes(bench: Bench) -> None:
    """Two seconds in an hour are 48 in a day."""
    line = bench.connect()
    for number in range(1, 61):
        bench.mono += 61.3
        bench.send(line, cid(bench, sequence=number, offset_s=bench.mono * 2 / 3600))
    drift = bench.panel().clock.drift_per_day
    assert drift is not None
    assert abs(drift - 48) < 10


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [(5, 300), (-3.5, -210), (5.75, 345), (14, 840), (0, None), (0.1, None), (-0.25, None), (0.25, None), (30, None)],
)
def test_local_time_is_told_by_offsets_that_some_place_has(bench: Bench, hours: float, minutes: int | None) -> None:
    """Three stamps that agree; anything else is a clock that is wrong."""
    line = bench.connect()
    for sequence in range(1, 4):
        assert bench.panel().clock.zone_minutes is None if sequence > 1 else True
        bench.send(line, cid(bench, sequence=sequence, offset_s=hours * 3600 + 12))
    assert bench.panel().clock.zone_minutes == minutes
    assert (conduct.LOCAL_TIME in bench.ids()) == (minutes is not None)


def test_a_clock_set_by_the_nak_conforms() -> None:
    """One NAK, one message outside the window: that is how the standard sets clocks."""
    bench = Bench({"key 1": INFO})
    line = bench.connect()
    assert bench.send(line, secret(bench, 300.0)) == "NAK"
    assert bench.send(line, secret(bench)) == "ACK"
    panel = bench.panel()
    assert (panel.clock.stale, panel.clock.corrected, panel.retries.after_nak) == (1, 1, 1)
    assert panel.grade is Grade.CONFORMS
    assert bench.told() == [conduct.CLOCK_CORRECTED]
    assert abs(panel.clock.skew.median) <= 1.0


def test_a_clock_that_no_nak_sets_fails() -> None:
    """Told with the second NAK; the reason is the clock, and not the message."""
    bench = Bench({"key 1": INFO})
    line = bench.connect()
    for number in range(1, 4):
        assert bench.send(line, secret(bench, 300.0, number), after=10.0) == "NAK"
    assert bench.told() == [conduct.CLOCK_NOT_CORRECTED]
    assert [reason.id for reason in bench.panel().reasons] == ["clock", "violations"]


def test_a_clock_that_takes_two_naks_works() -> None:
    """Late is better than never, but is not what the standard says."""
    bench = Bench({"key 1": INFO})
    line = bench.connect()
    for offset_s in (300.0, 300.0, 0.0):
        bench.send(line, secret(bench, offset_s))
    assert [reason.id for reason in bench.panel().reasons] == ["deviations"]


def test_the_same_bytes_after_a_nak_are_no_correction() -> None:
    """The repetition is stale itself."""
    bench = Bench({"key 1": INFO})
    line = bench.connect()
    frame = secret(bench, 300.0)
    bench.send(line, frame)
    bench.send(line, frame)
    assert bench.told() == [conduct.CLOCK_NOT_CORRECTED]


def secret(bench: Bench, offset_s: float = 0.0, sequence: int = 1, **more: Any) -> bytes:
    """An encrypted frame with the stamp of the bench's clock."""
    plain = b"#1234|1130 01 015]" + bench.stamp(offset_s)
    return frames.frame(b'"*ADM-CID"%04dL0#1234[' % sequence + frames.encrypt(frames.KEY, plain))


# Encryption


def test_padding_is_measured() -> None:
    """Fewest and most bytes, its kind, and which key it was."""
    bench = Bench({"key 1": INFO})
    line = bench.connect()
    for sequence in range(1, 4):
        bench.send(line, secret(bench, sequence=sequence))
    found = bench.panel().protection
    assert (found.opened, found.closed, found.clear) == (3, 0, 0)
    assert found.keys == (INFO,)
    assert found.padding == ("random",)
    size = 32 - len(b"#1234|1130 01 015]_00:00:00,01-01-2000") % 16 - 1
    assert found.pad_bytes == (size, size)


def test_some_encrypted_and_some_in_the_clear() -> None:
    """A station that asks for encryption would refuse the others."""
    bench = Bench({"key 1": INFO})
    line = bench.connect()
    bench.send(line, secret(bench))
    bench.send(line, frames.null(when=bench.stamp()))
    bench.send(line, frames.null(when=bench.stamp()))
    assert bench.told() == [conduct.MIXED_PROTECTION]


def test_refused_messages_fail_with_when_the_last_was(bench: Bench) -> None:
    """So that a report can say that it was better afterwards."""
    line = bench.connect()
    assert bench.send(line, secret(bench)) == ""
    bench.send(line, cid(bench, sequence=2), after=60.0)
    panel = bench.panel()
    (reason,) = panel.reasons
    assert (reason.id, reason.count) == ("no-key", 1)
    assert reason.last is not None
    assert reason.last < panel.last
    note = next(note for note in bench.notes if isinstance(note, MessageNote))
    assert (note.answer, note.keyed, note.protection) == ("", False, Protection.FAILED)


# Repetitions and numbers


def test_repetitions_are_measured(bench: Bench) -> None:
    """How many, after how long, under which stamp, after which answer."""
    line = bench.connect()
    bench.send(line, cid(bench), verdict=Verdict.NOT_STORED)
    bench.mono += 5.0
    bench.send(line, cid(bench))
    bench.mono += 7.0
    frame = cid(bench)
    bench.send(line, frame)
    bench.send(line, frame, after=9.0)
    found = bench.panel().retries
    assert (found.count, found.fresh_stamp, found.same_stamp, found.no_stamp) == (3, 2, 1, 0)
    assert (found.unanswered, found.acknowledged, found.after_nak, found.refused) == (1, 2, 0, 0)
    assert (found.delay.least, found.delay.median, found.delay.most) == (5.0, 7.0, 9.0)
    assert bench.panel().events == 1
    assert bench.told() == [conduct.REPEATS_ACKNOWLEDGED]


def test_a_lost_datagram_is_no_habit(bench: Bench) -> None:
    """Over UDP an answer may be lost: it takes three."""
    frame = cid(bench)
    for count in range(1, 5):
        bench.send(bench.source(), frame, after=1.0)
        assert (conduct.REPEATS_ACKNOWLEDGED in bench.told()) == (count > 3)
    assert bench.panel().transports == ("udp",)


def test_a_repeat_of_what_was_not_understood(bench: Bench) -> None:
    """It will not be understood the next time either."""
    line = bench.connect()
    for _ in range(2):
        assert bench.send(line, frames.frame(b'"ADM-CID"0001L0#1234[#1234|rubbish]')) == "DUH"
    assert bench.told() == [conduct.UNREAD, conduct.REPEATS_REFUSED]
    assert bench.panel().retries.refused == 1


def test_equal_events_under_two_numbers_are_two(bench: Bench) -> None:
    """A second press of a panic button."""
    line = bench.connect()
    bench.send(line, cid(bench, code="120", sequence=1))
    bench.send(line, cid(bench, code="120", sequence=2))
    assert bench.panel().retries.count == 0
    assert bench.panel().events == 2


@pytest.mark.parametrize(
    ("sequence", "gaps", "skipped", "restarts", "reused", "told"),
    [
        ((1, 2, 3), 0, 0, 0, 0, None),
        ((9998, 9999, 1, 2), 0, 0, 0, 0, None),
        ((1, 2, 5), 1, 2, 0, 0, conduct.NUMBERS_SKIPPED),
        ((9999, 3), 1, 2, 0, 0, conduct.NUMBERS_SKIPPED),
        ((500, 501, 1, 2), 0, 0, 1, 0, conduct.NUMBERS_RESTARTED),
        ((7, 7), 0, 0, 0, 1, None),
        ((7, 7, 7), 0, 0, 0, 2, conduct.NUMBERS_STUCK),
        ((7, 8, 10, 9, 11), 1, 1, 0, 0, conduct.NUMBERS_SKIPPED),
    ],
)
def test_numbers_are_followed(
    bench: Bench, sequence: tuple[int, ...], gaps: int, skipped: int, restarts: int, reused: int, told: str | None
) -> None:
    """Gaps, a new count, one number for everything; 9999 is followed by 1, and a late message is no new count."""
    line = bench.connect()
    for place, number in enumerate(sequence):
        bench.send(line, cid(bench, sequence=number, number=f"{place:03d}"))
    found = bench.panel().numbers
    assert (found.gaps, found.skipped, found.restarts, found.reused) == (gaps, skipped, restarts, reused)
    assert (found.first, found.count) == (sequence[0], len(sequence))
    assert bench.told() == ([told] if told else [])


def test_events_numbered_0000_are_counted(bench: Bench) -> None:
    """They tell nothing of the count, and one stamp over one content is one event."""
    line = bench.connect()
    frame = cid(bench, sequence=0)
    bench.send(line, frame)
    bench.send(line, frame)
    bench.mono += 2.0
    bench.send(line, cid(bench, sequence=0))
    found = bench.panel()
    assert (found.numbers.zero, found.retries.count) == (2, 1)
    assert found.numbers.first is None


# Link tests


def link_tests(bench: Bench, *after: float) -> None:
    line = bench.connect()
    for seconds in after:
        bench.send(line, frames.null(when=b""), after=seconds)


def test_the_link_test_interval_is_measured(bench: Bench) -> None:
    """Between link tests with nothing in between; the longest silence between any two messages."""
    link_tests(bench, 0, 60, 60, 60, 60, 61)
    bench.send(bench.connect(2), cid(bench), after=10.0)
    bench.send(bench.connect(3), frames.null(), after=50.0)
    found = bench.panel().link_tests
    assert (found.count, found.interval.count) == (7, 5)
    assert (found.interval.median, found.interval.most, found.longest_silence) == (60.0, 61.0, 61.0)
    assert bench.told() == []


def test_an_interval_that_is_not_kept_is_told_once(bench: Bench) -> None:
    """Once it is known what the panel means to keep."""
    link_tests(bench, 0, 60, 60, 60, 200, 60, 200)
    assert bench.told() == [conduct.LINK_TEST_INTERVAL]


def test_a_silent_panel_is_told_of_once_each_time(bench: Bench) -> None:
    """When it has been silent for longer than its own interval explains."""
    link_tests(bench, 0, 60, 60, 60, 60)

    def told() -> list[Note]:
        return bench.inspection.tick(bench.now)

    bench.mono += 90
    assert told() == []
    bench.mono += 10
    (note,) = told()
    assert isinstance(note, SilenceNote)
    assert (note.seconds, note.usual) == (100.0, 60.0)
    assert told() == []
    bench.send(bench.connect(2), frames.null())
    bench.mono += 100
    assert len(told()) == 1


def test_nothing_is_told_of_at_growing_intervals(bench: Bench) -> None:
    """With how many connections there were; never again once a message came."""
    bench.connect()
    told = []
    for _ in range(700):
        bench.mono += 1.0
        told += bench.inspection.tick(bench.now)
    assert [round(note.seconds) for note in told if isinstance(note, NothingNote)] == [20, 60, 180, 600]
    assert all(isinstance(note, NothingNote) and note.connections == 1 for note in told)


# Connections and noise


def test_a_kept_connection_and_one_for_each_message(bench: Bench) -> None:
    """One message says nothing yet."""
    line = bench.connect(1)
    bench.send(line, cid(bench, sequence=1))
    assert bench.panel().connections.habit == ""
    bench.send(line, cid(bench, sequence=2))
    assert bench.panel().connections.habit == "kept"
    other = Bench()
    for port in (1, 2, 3):
        line = other.connect(port)
        other.send(line, cid(other, sequence=port))
        other.hang_up(line)
    assert other.panel().connections.habit == "per-message"
    assert other.report().grade is Grade.CONFORMS


def test_connections_without_messages_are_told_of(bench: Bench) -> None:
    """Three are a habit; of another host they say nothing of this panel."""
    bench.send(bench.connect(1), cid(bench))
    for port in (2, 3, 4):
        bench.hang_up(bench.connect(port, "192.0.2.99"))
    assert bench.told() == []
    for port in (2, 3, 4):
        bench.hang_up(bench.connect(port))
    assert bench.told() == [conduct.EMPTY_CONNECTIONS]
    assert bench.panel().connections.empty == 3


def test_a_connection_that_breaks_is_a_note(bench: Bench) -> None:
    """It happens."""
    line = bench.connect()
    bench.send(line, cid(bench))
    bench.hang_up(line, "broken off by the other side, or by the network")
    assert bench.told() == [conduct.CUT_CONNECTIONS]
    assert bench.report().grade is Grade.CONFORMS


def test_a_panel_that_does_not_wait_for_the_answer(bench: Bench) -> None:
    """The verdict comes when the connection is gone: the answer reaches nobody."""
    line = bench.connect()
    bench.send(line, cid(bench))
    end = ReceivingEnd(line, lambda *_: bench.dialect)
    (arrival,) = end.receive(cid(bench, sequence=2), bench.now)
    assert isinstance(arrival, Arrival)
    bench.hang_up(line)
    bench.notes += bench.inspection.observe(line, arrival, Verdict.STORED, "ACK", "", bench.now)
    assert bench.told() == [conduct.GONE_BEFORE_ANSWER]
    assert bench.panel().connections.unanswered == 1


def test_a_broken_frame_is_the_panels_that_sent_it(bench: Bench) -> None:
    """With one panel at that address there is no doubt."""
    line = bench.connect()
    bench.send(line, cid(bench))
    bench.send(line, cid(bench).replace(b"1130", b"1131") + cid(bench, sequence=2))
    assert bench.told() == [conduct.DAMAGED]
    assert [reason.id for reason in bench.panel().reasons] == ["damaged"]
    assert [(reason.id, reason.count) for reason in bench.report().reasons] == [("damaged", 1)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", None),
        (b"SSH-2.0-x\r\n", None),
        (b'F#123456"', "other-protocol"),
        (frames.cid().replace(b"1130", b"1131"), "damaged"),
    ],
)
def test_noise_of_strangers_fails_only_where_a_panel_may_be_behind_it(
    bench: Bench, data: bytes, reason: str | None
) -> None:
    """A browser or a scanner is no panel."""
    bench.send(bench.connect(1), cid(bench))
    line = bench.connect(2, "192.0.2.99")
    bench.send(line, data)
    bench.hang_up(line)
    assert [each.id for each in bench.report().reasons] == ([reason] if reason else [])
    assert bench.told() == []


def test_other_bytes_between_messages(bench: Bench) -> None:
    """On the panel's own connection."""
    line = bench.connect()
    bench.send(line, cid(bench))
    bench.send(line, b"02001100180002977?A[Uuw1bszso" + cid(bench, sequence=2))
    assert bench.told() == [conduct.OTHER_BYTES]
    assert bench.panel().grade is Grade.WORKS


# Events


def test_codes_are_counted_with_what_is_known_of_them(bench: Bench) -> None:
    """A code that no table has is named; so is a maker's own."""
    line = bench.connect()
    bench.send(line, cid(bench, code="130", sequence=1))
    bench.send(line, cid(bench, code="130", sequence=2))
    bench.send(line, cid(bench, code="1F1", sequence=3))
    bench.send(line, frames.sia("Nri1/ZY501", sequence=4, when=bench.stamp()))
    found = {each.code: each for each in bench.panel().codes}
    assert bench.panel().codes[0].code == "130"
    assert (found["130"].count, found["130"].known, found["130"].vendor) == (2, True, False)
    assert (found["1F1"].known, found["ZY"].vendor) == (False, True)


def test_alarms_wait_for_their_restores(bench: Bench) -> None:
    """Of the same account, partition and number, with the code that ends it; openings wait for nothing."""
    line = bench.connect()
    bench.send(line, cid(bench, code="130", number="001", sequence=1))
    bench.send(line, cid(bench, code="130", number="002", sequence=2))
    bench.send(line, cid(bench, code="401", number="003", sequence=3))
    bench.send(line, frames.sia("Nri1/FA5", sequence=4, when=bench.stamp()))
    bench.send(line, cid(bench, code="130", qualifier=3, number="001", sequence=5))
    bench.send(line, frames.sia("Nri1/FH5", sequence=6, when=bench.stamp()))
    assert [(each.code, each.number) for each in bench.panel().unrestored] == [("130", "002")]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("1130 01 015", "alarm"),
        ("3130 01 015", "restore"),
        ("1120 00 003", "panic"),
        ("1144 01 015", "tamper"),
        ("3401 01 004", "arm"),
        ("1401 01 004", "disarm"),
        ("1301 00 000", "power"),
        ("3301 00 000", "power-restored"),
        ("1602 00 000", "periodic-test"),
        ("BA015", "alarm"),
        ("BH015", "restore"),
        ("PA003", "panic"),
        ("TA015", "tamper"),
        ("CL004", "arm"),
        ("OP004", "disarm"),
        ("AT", "power"),
        ("AR", "power-restored"),
        ("RP", "periodic-test"),
        ("1454 01 000", None),
        ("1305 00 000", None),
    ],
)
def test_the_parts_of_a_test_are_ticked_off(bench: Bench, content: str, part: str | None) -> None:
    """By Contact ID and by SIA alike; what is none of them ticks nothing."""
    line = bench.connect()
    if content[0].isdigit():
        bench.send(line, frames.frame(f'"ADM-CID"0001L0#1234[#1234|{content}]'.encode() + bench.stamp()))
    else:
        bench.send(line, frames.sia(f"N{content}", when=bench.stamp()))
    assert [each.id for each in bench.panel().checklist if each.count] == ([part] if part else [])


def test_a_link_test_is_a_part_of_the_test(bench: Bench) -> None:
    bench.send(bench.connect(), frames.null())
    assert [each.id for each in bench.panel().checklist if each.count] == ["link-test"]
    assert tuple(each.id for each in bench.panel().checklist) == PARTS


def test_editions_are_told_by_what_came(bench: Bench) -> None:
    """The least that all of it needs, and why."""
    line = bench.connect()
    bench.send(line, cid(bench))
    assert (bench.panel().edition.least, bench.panel().edition.most) == (None, None)
    bench.send(line, cid(bench, sequence=2, extended=b"[CSP4]"))
    bench.send(line, cid(bench, sequence=3, extended=b"[G2]"))
    edition = bench.panel().edition
    assert (edition.least, edition.reasons) == (2026, {"edition.letter-G": 2026})


# Findings, bounds, secrets


def test_a_finding_is_told_in_full_once_and_then_counted(bench: Bench) -> None:
    """With its first message as the example, taken apart."""
    line = bench.connect()
    for sequence in range(1, 4):
        bench.send(line, frames.cid(sequence=sequence), after=1.0)
    counts = [found.count for note in bench.notes if isinstance(note, MessageNote) for found in note.found]
    assert counts == [1, 2, 3]
    (finding,) = bench.panel().findings
    assert (finding.count, (finding.last - finding.first).total_seconds(), finding.frame) == (3, 2.0, 1)
    (example,) = bench.report().frames
    assert (example.number, example.frame) == (1, frames.cid(sequence=1).decode())
    assert example.explanation is not None
    assert example.explanation.layers[0].data == frames.cid(sequence=1)


def test_keys_on_the_wire_are_in_no_report(bench: Bench) -> None:
    """In the clear, decrypted, and in bytes that are no message."""
    secret_key = "A1B2C3D4E5F60718293A4B5C6D7E8F90"
    bench = Bench({"key 1": INFO})
    line = bench.connect()
    field = f"[K{secret_key}]".encode()
    bench.send(line, cid(bench, extended=field))
    plain = b"#1234|1130 01 015]" + field + bench.stamp()
    bench.send(line, frames.frame(b'"*ADM-CID"0002L0#1234[' + frames.encrypt(frames.KEY, plain)))
    bench.send(line, cid(bench, sequence=3, extended=field).replace(b"1130", b"1131") + cid(bench, sequence=4))
    bench.send(line, secret_key.encode() + b"]" + cid(bench, sequence=5))
    report = bench.report()
    written = msgspec.json.encode(report).decode() + repr(bench.notes) + repr(report)
    assert secret_key not in re.sub(r"\s", "", written)
    assert secret_key.encode() not in b"".join(
        layer.data
        for example in report.frames
        if example.explanation is not None
        for layer in example.explanation.layers
    )
    assert [note.sample for note in bench.notes if isinstance(note, NoiseNote)][-1].startswith("****")


def test_memories_are_bounded(bench: Bench) -> None:
    """Peers choose accounts, addresses and codes."""
    for number in range(300):
        host = f"192.0.{number // 200}.{number % 200}"
        line = bench.connect(number, host)
        bench.send(line, frames.cid(account=f"{number:04X}"))
        bench.send(line, b"?" * 40 + frames.null(account=f"{number:04X}"))
        bench.hang_up(line)
    report = bench.report()
    assert len(report.panels) == 200
    assert report.panels_left_out == 200
    assert len(report.noise) == 200
    assert report.messages == 600


def test_a_report_reads_back_from_json(bench: Bench) -> None:
    """What is written for programs is the report itself."""
    line = bench.connect()
    bench.send(line, frames.cid())
    bench.send(line, b"GET / HTTP/1.1\r\n\r\n" + frames.null())
    report = bench.report()
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.tuples(st.sampled_from("0123456789ABCDEF"), st.text(max_size=30)).map(
                lambda pair: frames.frame(
                    f'"SIA-DCS"000{int(pair[0], 16) % 10}L0#123{pair[0]}[#123{pair[0]}|N{pair[1]}]'.encode()
                )
            ),
            st.integers(0, 20).map(lambda number: frames.cid(sequence=number)),
            st.just(frames.secret()),
            st.just(frames.null()),
        ),
        max_size=12,
    )
)
def test_no_bytes_make_it_fail(pieces: list[bytes]) -> None:
    """Whatever comes, there is a report, and it can be written."""
    bench = Bench()
    line = bench.connect()
    for piece in pieces:
        bench.send(line, piece, after=3.0)
        bench.inspection.tick(bench.now)
    bench.hang_up(line)
    report = bench.report()
    msgspec.json.encode(report)
    assert {reason.id for reason in report.reasons} <= set(REASONS)


# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_conduct_has_words_and_advice(language: str) -> None:
    """In each language of its own."""
    for id_ in conduct.SEVERITIES:
        for domain in ("finding", "advice"):
            assert id_ in texts.ids(domain, language), (domain, id_)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_part_has_words(language: str) -> None:
    """Ids that are put together when they are said."""
    known = texts.ids("report", language)
    assert {f"check.reason.{reason}" for reason in REASONS} <= known
    assert {f"check.part.{part}" for part in PARTS} <= known
    assert {f"check.grade.{grade.value}" for grade in Grade} <= known
