"""Control time: a source that is silent for too long is told of once, and once when it is heard again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Moment, Noise
from receiver.desk import Desk
from receiver.journal.entry import Body, Entry, EntryKind
from receiver.settings import AdapterSettings
from receiver.sources import Sources


class Chronicle:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def event(self, code: str, **values: Any) -> None:
        self.told.append((code, values))

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.told]


class Behind:
    """The handler behind the ear."""

    def __init__(self) -> None:
        self.full = False
        self.seen: list[tuple[str, Any]] = []

    def handle(self, items: Sequence[Any], line: Any, now: Moment) -> None:
        self.seen.append(("handle", list(items)))

    def wait_for_room(self, line: Any) -> None:
        self.seen.append(("wait", line))

    def dropped(self, source: Source, size: int, why: str) -> None:
        self.seen.append(("dropped", size))

    def opened(self, line: Any, now: Moment) -> None:
        self.seen.append(("opened", line))

    def closed(self, line: Any, now: Moment, why: str) -> None:
        self.seen.append(("closed", why))


LINE: Any = object()
MESSAGE = Arrival(raw=b"x", protocol="surgard", kind=ArrivalKind.LINK_TEST)
REFUSED = Arrival(raw=b"x", protocol="surgard", kind=ArrivalKind.MALFORMED)
NOISE = Noise(b"x", "noise.rubbish")


def at(mono: float) -> Moment:
    return Moment(1_000_000.0 + mono, mono)


@pytest.fixture
def chronicle() -> Chronicle:
    """What the journal would be told."""
    return Chronicle()


def sources_of(chronicle: Any, *control: float) -> tuple[Sources, list[Any], list[Behind]]:
    """Adapters with these control times, their handlers, and the handlers behind."""
    sources = Sources(chronicle)
    behind = [Behind() for _ in control]
    taken = [
        sources.watch(AdapterSettings(name=f"a{number}", protocol="surgard", control_s=control_s), handler)
        for number, (control_s, handler) in enumerate(zip(control, behind, strict=True))
    ]
    sources.expect(at(100.0))
    return sources, taken, behind


def test_silence_is_told_once_and_its_end_once(chronicle: Chronicle) -> None:
    """With how long it lasted, and when the source was heard last."""
    sources, (ear,), _ = sources_of(chronicle, 60.0)
    ear.handle([MESSAGE], LINE, at(110.0))
    sources.expire(at(170.0))
    assert chronicle.codes == []
    for moment in (170.5, 171.0, 500.0):
        sources.expire(at(moment))
    assert chronicle.codes == ["source.silent"]
    (_, values) = chronicle.told[0]
    assert (values["adapter"], values["protocol"], values["priority"]) == ("a0", "surgard", 2)
    assert values["details"] == {"interval_s": ["60"], "last_heard": ["1970-01-12T13:48:30.000Z"]}
    ear.handle([REFUSED], LINE, at(610.0))
    ear.handle([MESSAGE], LINE, at(611.0))
    assert chronicle.codes == ["source.silent", "source.heard"]
    assert chronicle.told[1][1]["details"] == {"silent_s": ["500"]}
    sources.expire(at(671.5))
    assert chronicle.codes[2:] == ["source.silent"]


def test_a_start_gives_one_full_interval(chronicle: Chronicle) -> None:
    """Nothing heard since the start: no time of its last message."""
    sources, _, _ = sources_of(chronicle, 60.0)
    sources.expire(at(159.9))
    assert chronicle.codes == []
    sources.expire(at(160.1))
    assert chronicle.told[0][1]["details"] == {"interval_s": ["60"]}


def test_a_silence_of_before_the_start_ends_with_the_first_message(chronicle: Chronicle) -> None:
    """Once, without a length that nobody knows; it is not told again meanwhile, and another source's is nothing."""
    sources, (silent, well), _ = sources_of(chronicle, 60.0, 600.0)
    desk = Desk()
    for number, adapter in enumerate(("a0", "a2"), 1):
        body = Body(
            kind=EntryKind.STATION,
            node="n",
            received_at="2026-11-22T14:43:06.123Z",
            code="source.silent",
            priority=2,
            adapter=adapter,
            protocol="surgard",
        )
        desk.take(Entry(number, number, body, b"", 0))
    sources.expect(at(100.0), desk.open())
    sources.expire(at(200.0))
    assert chronicle.codes == []
    for ear in (silent, well, silent):
        ear.handle([MESSAGE], LINE, at(210.0))
    assert [(code, values["adapter"], values["details"]) for code, values in chronicle.told] == [
        ("source.heard", "a0", {})
    ]
    sources.expire(at(271.0))
    assert chronicle.codes == ["source.heard", "source.silent"]


def test_bytes_that_are_no_message_do_not_count(chronicle: Chronicle) -> None:
    """Noise on a broken line proves nothing about the source."""
    sources, (ear,), _ = sources_of(chronicle, 60.0)
    ear.handle([NOISE], LINE, at(159.0))
    sources.expire(at(161.0))
    assert chronicle.codes == ["source.silent"]
    ear.handle([NOISE], LINE, at(162.0))
    assert chronicle.codes == ["source.silent"]


def test_each_source_has_its_own_time(chronicle: Chronicle) -> None:
    """One silent, one heard, one without any."""
    sources, (one, two, three), behind = sources_of(chronicle, 60.0, 600.0, 0.0)
    one.handle([MESSAGE], LINE, at(150.0))
    sources.expire(at(300.0))
    assert [values["adapter"] for _, values in chronicle.told] == ["a0"]
    assert three is behind[2]
    assert two is not behind[1]


def test_everything_else_passes_through(chronicle: Chronicle) -> None:
    """The handler behind sees what it would have seen."""
    _, (ear,), (behind,) = sources_of(chronicle, 60.0)
    ear.opened(LINE, at(1.0))
    ear.handle([NOISE, MESSAGE], LINE, at(2.0))
    ear.wait_for_room(LINE)
    ear.dropped(Source("a", "surgard", "p", "h"), 7, "full")
    ear.closed(LINE, at(3.0), "closed")
    assert behind.seen == [
        ("opened", LINE),
        ("handle", [NOISE, MESSAGE]),
        ("wait", LINE),
        ("dropped", 7),
        ("closed", "closed"),
    ]
    behind.full = True
    assert ear.full
