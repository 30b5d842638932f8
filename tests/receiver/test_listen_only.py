"""An adapter that only listens writes nothing, whatever its protocol is and whatever its ends would say."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, Dialect, Moment, Verdict
from protocols.wires import WIRES
from receiver import listening
from receiver.listening import ends_of
from receiver.settings import AUTO, AdapterSettings
from tests.protocols.wire_examples import EXAMPLES

SOURCE = Source("door", "", "192.0.2.7:41122", "192.0.2.7")
CASES = [
    pytest.param(protocol, name, edge, id=" ".join((protocol, name, edge)).strip())
    for name, wire in WIRES.items()
    for protocol, edges in ((name, ("", *wire.edges)), (AUTO, ("",)))
    for edge in edges
]


def _written(adapter: AdapterSettings, name: str) -> tuple[bytes, list[str], int]:
    """All that an end wants to write in ten minutes of messages and silence, its answers, and how many messages."""
    end: Any = ends_of(adapter, lambda *_: Dialect(), Limits(undecided=1000))(SOURCE)
    at, out, arrivals = 1000.0, b"", []

    def take(items: Any) -> None:
        nonlocal out
        for item in items:
            if isinstance(item, Arrival):
                arrivals.append(item)
                end.decide(item, Verdict.STORED, Moment(1767355200.0 + at, at))
        out += end.data_to_send()

    for frame in (*EXAMPLES[name], *EXAMPLES[name]):
        take(end.receive(frame, Moment(1767355200.0 + at, at)))
        at += 60.0
        if (due := end.next_timeout()) is not None and due <= at:
            take(end.expire(Moment(1767355200.0 + at, at)))
    take(end.receive_eof(Moment(1767355200.0 + at, at)))
    return out, [end.answer(arrival) for arrival in arrivals], len(arrivals)


@pytest.mark.parametrize(("protocol", "name", "edge"), CASES)
def test_nothing_is_written_where_another_system_answers(protocol: str, name: str, edge: str) -> None:
    """Messages are taken all the same; ends of DC-09, which know no options, are as silent as the others."""
    options = SourceOptions(listen_only=True, edge=edge)
    out, answers, count = _written(AdapterSettings(name="door", protocol=protocol, options=options), name)
    assert (out, set(answers) - {""}) == (b"", set())
    assert count


@pytest.mark.parametrize("name", [name for name in WIRES if name != "dc09"])
def test_ends_of_lines_are_silent_by_themselves(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For those who use them without an adapter."""
    monkeypatch.setattr(listening, "muted", lambda make: make)
    adapter = AdapterSettings(name="door", protocol=name, options=SourceOptions(listen_only=True))
    assert _written(adapter, name)[0] == b""
    assert _written(AdapterSettings(name="door", protocol=name), name)[0]
