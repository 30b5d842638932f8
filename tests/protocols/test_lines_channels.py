"""The channels of Ademco 4-8-1 are one table, whichever receiver hands them on."""

from __future__ import annotations

import pytest

from protocols import catalogue, sia_text
from protocols.d6600 import D6500
from protocols.d6600 import WIRE as D6600
from protocols.d6600.grammar import crc
from protocols.ends import Limits, Source
from protocols.lines import channels
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, Dialect, Moment, Qualifier, Scheme, Signal
from protocols.wire import Wire
from protocols.wires import WIRES

NOW = Moment(1767355200.0, 1000.0)
DIGITS = ("1555 5555", "2345 5556", "6535 5555", "5555 5555", "1550 5789", "2222 2222")


def _read(wire: Wire, frame: bytes) -> tuple[Signal, ...]:
    end = wire.receiving(
        Source("door", wire.name, "192.0.2.7:41122", "192.0.2.7"),
        lambda *_: Dialect(),
        options=SourceOptions(),
        limits=Limits(),
        first=0,
    )
    (arrival,) = end.receive(frame, NOW)
    assert isinstance(arrival, Arrival)
    return arrival.signals


def _d6600(data: str) -> bytes:
    said = b"f00050102[#1234|%b]" % data.encode()
    return b"\n%04X%b\r" % (crc(said), said)


@pytest.mark.parametrize("status", "0123456789")
@pytest.mark.parametrize("digits", DIGITS)
def test_every_receiver_says_the_same_of_the_same_digits(digits: str, status: str) -> None:
    """Codes, qualifiers, numbers, and the digits as they came."""
    wanted = channels.signals(digits.replace(" ", ""), status, "1234")
    assert wanted
    assert _read(WIRES["surgard"], f"80111234 {digits} {status}\x14".encode()) == wanted
    assert _read(WIRES["ademco685"], f"\n01 1234 {digits} {status}\r".encode()) == wanted
    assert _read(D6600, _d6600(f"{digits}{status}")) == wanted
    assert _read(D6500, f" f011 1234 {digits}{status}\x14".encode()) == wanted


@pytest.mark.parametrize("status", "0123456789")
def test_a_code_of_sia_is_qualified_as_in_sia_text(status: str) -> None:
    """A closing is an event of its own, a restore is one; what is still so is neither."""
    for signal in channels.signals("12346555", status, "1234"):
        if signal.scheme is not Scheme.SIA:
            continue
        assert catalogue.known("sia", signal.code)
        (same,) = sia_text.read(f"N{signal.code}1", "1234", sent_at=None, now_wall=0.0, time_zone="UTC")[0]
        assert signal.qualifier is (Qualifier.STATUS if signal.number == "5" else same.qualifier)


@pytest.mark.parametrize(
    ("digits", "status", "expected"),
    [
        ("15555556", "1", [("HA", "1"), ("HA", "8")]),
        ("25555555", "1", [("OP", "1"), ("HA", "")]),
        ("55555555", "2", [("OP", "")]),
        ("25555555", "2", [("OP", "1")]),
        ("55555555", "4", [("CL", "")]),
        ("13555555", "3", [("UB", "1"), ("UU", "2")]),
        ("55555555", "5", [("YX", "")]),
        ("35555555", "6", [("UR", "1"), ("YX", "")]),
        ("15555555", "8", [("UA", "1"), ("YT", "")]),
        ("55555555", "9", [("TX", "")]),
        ("05555555", "7", [("C0", "1")]),
        ("1   5555", " ", [("UA", "1")]),
        ("        ", " ", [("        ", "")]),
    ],
)
def test_the_status_is_told_where_the_channels_do_not_say_it(
    digits: str, status: str, expected: list[tuple[str, str]]
) -> None:
    """A duress behind an opening above all; and a message is never without an event."""
    assert [(signal.code, signal.number) for signal in channels.signals(digits, status, "1234")] == expected
