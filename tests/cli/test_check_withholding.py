"""``ptsn check --withhold``: the first event of a sender is left without its acknowledgement. Does it come again?"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from panels.inspection import Grade, conduct
from panels.inspection.exchange import WITHIN_S
from panels.inspection.report import Sender
from protocols.catalogue import LANGUAGES
from protocols.ends import Message, Outcome, OutcomeKind, Source
from protocols.lines.options import Speaker
from protocols.model import Arrival, Qualifier, Scheme, Signal, Verdict
from protocols.wires import WIRES, find
from ptsn.checking.document import document
from ptsn.checking.live import Live
from ptsn.checking.place import Place
from ptsn.checking.text import text
from ptsn.checking.withholding import NOT_THESE, Withholder
from ptsn.checking.words import Words
from ptsn.commands.check import command
from tests.cli.check_support import Check, cid, sia
from tests.panels.test_inspection_senders import HEARTBEAT, ONE, OTHER, LineBench
from tests.support.station import PATIENCE_S

TROUBLE = Signal(account="0000", scheme=Scheme.SIA, code="AT", qualifier=Qualifier.NEW)
EVENTS: dict[str, tuple[Message, ...]] = {"sia": (sia("BA", "Main door"), sia("BR")), "mx8000": (TROUBLE, TROUBLE)}
LINES = [name for name in WIRES if name not in NOT_THESE]


class Bench(LineBench):
    """A station's verdicts, with somebody between the ends and their lines."""

    def __init__(self, protocol: str = "surgard", transport: str = "tcp") -> None:
        super().__init__(protocol, transport)
        self.withholder = Withholder()

    def connect(self, port: int = 1000, host: str = "192.0.2.7") -> Source:
        """A line."""
        source = super().connect(port, host)
        end = self._ends[source]
        self._ends[source] = self.withholder.ends(lambda _: end)(source)  # type: ignore[assignment]
        return source

    def _decide(self, source: Source, arrival: Arrival, verdict: Verdict) -> None:
        end = self._ends[source]
        end.decide(arrival, verdict, self.now)
        withheld = self.withholder.withheld(arrival)
        self.notes += self.inspection.observe(
            source, arrival, verdict, end.answer(arrival), "", self.now, withheld=withheld
        )

    def decide(self, verdict: Verdict | None = None) -> None:
        """The disk has taken what waits; what that brings about stays to be sent."""
        waiting, self._waiting = self._waiting, []
        for source, arrival in waiting:
            self._decide(source, arrival, verdict or self._judged(arrival))

    def hears(self, source: Source, panel: Any, *messages: Message) -> list[Outcome]:
        """A panel sends messages, as often as it does; returns what became of them for it."""
        for message in messages:
            panel.submit(message, self.now)
        outcomes: list[Outcome] = []
        while len(outcomes) < len(messages) or panel.awaited:
            self.comes(source, panel.data_to_send())
            self.decide()
            answer = self._ends[source].data_to_send()
            if answer:
                got = panel.receive(answer, self.now)
            else:
                self.mono = max(self.mono, panel.next_timeout())
                self._said(source, self._ends[source].expire(self.now))
                got = panel.expire(self.now)
            outcomes += [each for each in got if isinstance(each, Outcome)]
        return outcomes


def written(bench: LineBench, language: str = "en") -> str:
    """The report, each run of blanks as one."""
    return " ".join(text(document(bench.report(), Place((), ()), Words(language))).split())


@pytest.mark.parametrize("transport", ["tcp", "serial"])
@pytest.mark.parametrize("protocol", LINES)
def test_a_sender_that_repeats_conforms_and_the_report_says_that_it_was_tried(protocol: str, transport: str) -> None:
    """Of every line protocol, by a sender of ours: the first event, once; it counts once."""
    bench = Bench(protocol, transport)
    line = bench.connect()
    speaker = Speaker(account="1234", ack_timeout_s=5.0, attempts=3)
    panel: Any = find(protocol).sending(speaker)
    panel.connected(bench.now)
    events = EVENTS.get(protocol, (cid("130"), cid("120")))
    outcomes = bench.hears(line, panel, *events)
    assert [each.kind for each in outcomes] == [OutcomeKind.ACCEPTED] * 2
    assert (bench.sender.withheld, bench.sender.again, bench.sender.never_again) == (1, 1, 0)
    assert (bench.seen.retries.count, bench.seen.retries.unanswered, bench.seen.retries.delay.most) == (1, 1, 5.0)
    assert bench.seen.events == 2
    assert bench.seen.grade is Grade.CONFORMS, bench.seen.findings
    assert "acknowledgement withheld on purpose: 1; came again: 1" in written(bench)
    assert "repetitions 1; after 5 s; after no answer: 1" in written(bench)


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_sender_that_does_not_repeat_fails(goes_on: bool) -> None:
    """With the next event, or after a minute; until then it is not known."""
    bench = Bench()
    line = bench.connect()
    bench.send(line, HEARTBEAT, ONE, HEARTBEAT)
    assert "withheld on purpose: 1; whether it comes again is not known yet: 1" in written(bench)
    assert bench.seen.grade is Grade.CONFORMS
    if goes_on:
        bench.send(line, OTHER)
    else:
        bench.tick(WITHIN_S + 1)
    assert (bench.shown, bench.seen.grade) == ({conduct.NOT_REPEATED}, Grade.FAILS)
    assert "withheld on purpose: 1; did not come again: 1" in written(bench)


def test_each_sender_is_tried_once() -> None:
    """Also over a further connection; what is not an event, and what came before, is answered."""
    bench = Bench()
    for port in range(1, 4):
        bench.send(bench.connect(port), HEARTBEAT, ONE, ONE)
    bench.send(bench.connect(9, "192.0.2.8"), ONE, ONE)
    assert [panel.sender.withheld for panel in bench.report().panels if isinstance(panel.sender, Sender)] == [1, 1]
    assert [panel.answers for panel in bench.report().panels] == [{"ACK": 8, "": 1}, {"ACK": 1, "": 1}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_while_it_runs_it_says_that_this_is_on_purpose(language: str) -> None:
    """A person who sees no answer would look for a fault."""
    bench = Bench()
    bench.send(bench.connect(), ONE)
    words = Words(language)
    live = Live(words, Place((), ()))
    live.width = 200
    shown = "\n".join(line for note in bench.notes for line in live.lines(note))
    assert words("live.withheld") in shown
    assert "check." not in shown + written(bench, language)


def test_a_real_station_leaves_one_event_unanswered(tmp_path: Path) -> None:
    """It is stored; said again it is acknowledged, and counts once."""
    with Check(tmp_path, "--withhold") as check, socket.create_connection(("127.0.0.1", check.port())) as line:
        line.settimeout(PATIENCE_S)
        line.sendall(ONE)
        check.shows("withheld on purpose, this once")
        line.sendall(ONE)
        assert line.recv(10) == b"\x06"
        line.sendall(OTHER)
        assert line.recv(10) == b"\x06"
        assert check.end() == 0, check.out
    (seen,) = check.report()["panels"]
    assert (seen["events"], seen["sender"]["withheld"], seen["sender"]["again"], seen["findings"]) == (2, 1, 1, [])
    assert "not acknowledged acknowledgement withheld on purpose: 1; came again: 1" in check.said


@pytest.mark.parametrize("arguments", [["--protocol", "dc09"], ["--protocol", "ademco685", "--edge", "no-ack"]])
def test_where_nothing_is_acknowledged_so_it_is_wrong_use(arguments: list[str]) -> None:
    """Better told than left out."""
    done = CliRunner().invoke(command, ["--withhold", *arguments, "tcp:0"])
    assert done.exit_code == 2
    assert "not with this protocol or variant" in done.output
