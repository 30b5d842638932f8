"""No key that came over the wire is in an entry of the journal, however the panel wrote it."""

from __future__ import annotations

import msgspec
import pytest

from protocols.dc09 import ReceivingEnd
from protocols.ends import Source
from protocols.model import Arrival, Dialect, Key, Moment
from receiver.intake.bodies import bodies_of
from tests.support import frames

KEY = "0BADC0DE0BADC0DE0BADC0DE0BADC0DF"
NOW = Moment(1_800_000_000.0, 0.0)


@pytest.mark.parametrize("opening", ["[K", "[k", "[K ", "[ K", "[k "])
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_key_is_in_no_entry_however_it_is_written(opening: str, encrypted: bool) -> None:
    """Neither in raw nor in plain nor among the fields."""
    content = f"#1234|1130 01 015]{opening}{KEY}]".encode()
    if encrypted:
        data = frames.frame(b'"*ADM-CID"0001L0#1234[' + frames.encrypt(frames.KEY, content))
    else:
        data = frames.frame(b'"ADM-CID"0001L0#1234[' + content)
    source = Source("tcp", "dc09", "192.0.2.7:1", "192.0.2.7")
    end = ReceivingEnd(source, lambda *_: Dialect(keys=(Key(frames.KEY, "1"),)))
    (arrival,) = end.receive(data, NOW)
    assert isinstance(arrival, Arrival)
    bodies = bodies_of(
        arrival,
        arrival.identity,
        node="a",
        adapter="tcp",
        peer=source.peer,
        now=NOW,
        header=None,
        find=lambda *_: None,
        repeat=False,
    )
    written = msgspec.json.encode(bodies).decode()
    assert "*" * 32 in written
    assert KEY not in written
    assert KEY[8:] not in written
