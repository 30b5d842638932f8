"""What a frame that was not whole says of itself, for whoever has to mend the panel or the line."""

from __future__ import annotations

from protocols.dc09.explaining import explain
from protocols.dc09.framing import CRC_MISMATCH, INCOMPLETE, LENGTH_MISMATCH
from protocols.model import Noise

GUESSES = frozenset((CRC_MISMATCH, LENGTH_MISMATCH, INCOMPLETE))
"""``Noise.guess`` of frames that were not whole."""


def damaged(noise: Noise) -> dict[str, str]:
    """What can be told of a frame that was not whole; empty for other noise. Never raises.

    ``account``: as the bytes have it, where they do; it may be what was damaged. ``given`` and ``computed``: the CRC
    in the frame and that of its bytes, four hex digits each, where the CRC alone is wrong. ``length`` and
    ``counted``: bytes that the frame announces, and those that came (decimal), of a frame whose length does not fit
    or whose end is missing. Of noise that was not kept whole only the account is told.
    """
    if noise.guess not in GUESSES:
        return {}
    parts = {part.id: part for layer in explain(noise.raw).layers for part in layer.parts}
    account, sum_, length = parts.get("dc09.account"), parts.get("dc09.crc"), parts.get("dc09.length")
    values = {"account": account.value} if account is not None and account.value else {}
    if noise.size > len(noise.raw) or sum_ is None or length is None:
        return values
    if noise.guess == CRC_MISMATCH:
        if "computed" in sum_.values:
            values |= {"given": sum_.values["given"], "computed": sum_.values["computed"]}
        return values
    return values | {"length": length.values["given"], "counted": length.values["counted"]}
