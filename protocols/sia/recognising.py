"""Whether a stream begins with SIA blocks."""

from __future__ import annotations

from protocols.sia import blocks, galaxy
from protocols.sia.blocks import BlockError, BlockGrammar
from protocols.sia.session import plausible_account
from protocols.wire import Likeness

_BLOCKS = BlockGrammar()
_GALAXY = galaxy.GalaxyGrammar()


def recognise(data: bytes, final: bool) -> Likeness:
    """SURE with an account block of good parity that names an account, perhaps behind an origin block.

    Also with any other known block that a second good one follows, and with a heartbeat or a poll of a Galaxy. No run
    of ASCII is a block: its parity byte has the highest bit set. Never raises.
    """
    at = len(data) - len(data.lstrip(b"\r\n"))
    if at == len(data):
        return Likeness.NO if final else Likeness.MORE
    good = 0
    while at < len(data):
        size = _GALAXY.match(data, at, final)
        if size < 0:
            return Likeness.MORE
        raw = data[at : at + size]
        if not size or _BLOCKS.match(raw, 0, True) != size:
            whole = galaxy.heartbeat_account(raw) or (raw[-1:] in (b"\r", b"\n") and galaxy.poll_account(raw))
            return Likeness.SURE if whole and not good else Likeness.NO
        try:
            block = blocks.parse(raw)
        except BlockError:
            return Likeness.NO
        if not block.known:
            return Likeness.NO
        if block.function == blocks.ACCOUNT and plausible_account(block.data):
            return Likeness.SURE
        good += 1
        if good == 2:
            return Likeness.SURE
        at += size
    return Likeness.NO if final else Likeness.MORE
