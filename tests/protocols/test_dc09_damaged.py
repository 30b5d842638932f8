"""What a frame that was not whole tells of itself."""

from __future__ import annotations

import pytest

from protocols.dc09 import damaged, decode
from protocols.model import Noise
from tests.protocols.dc09_support import frame

GOOD = frame('"ADM-CID"0059L0#1008[#1008|1120 03 021]')


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"\nBEEF" + GOOD[5:], {"account": "1008", "given": "BEEF", "computed": "45A3"}),
        (GOOD[:30], {"account": "1008", "length": "39", "counted": "21"}),
        (GOOD[:12], {"length": "39", "counted": "3"}),
        (GOOD[:5] + b"0099" + GOOD[9:], {"account": "1008", "length": "153", "counted": "39"}),
        (b"GET / HTTP/1.1\r\n\r\n", {}),
        (b"\nBEEF" + frame('"SIA-DCS"0001L0#1234[#1234|NBA1|A' + "x" * 900 + "]")[5:], {"account": "1234"}),
    ],
)
def test_what_does_not_fit_is_told_with_the_account(sent: bytes, told: dict[str, str]) -> None:
    """As far as it was kept."""
    noise = next(one for one in decode(sent) if isinstance(one, Noise))
    assert damaged(noise) == told
