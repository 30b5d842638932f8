"""Blocks that noise has damaged, and noise that looks like a block: what to make of either."""

from __future__ import annotations

from protocols.sia.blocks import ACCOUNT, ASKS, EVENTS, FUNCTIONS, LENGTH, TEXT, WHOLE, asking, folded

GROUPED = frozenset(function.encode() for function in (*EVENTS, TEXT, ACCOUNT))
"""Function bytes of blocks that data groups are made of."""
_BEGINS: tuple[bool, ...] = tuple(bytes((byte,)) in GROUPED for byte in range(256))
_KNOWN: tuple[bool, ...] = tuple(chr(byte) in FUNCTIONS for byte in range(256))


def chance(raw: bytes, behind: bytes) -> int:
    """Where a block that directly follows noise shall be cut, as it may be one by chance; 0 where it stands.

    One in 256 places of noise has a good parity byte, and what stands there would swallow the block that begins inside
    it. So an unknown function is not believed there, nor a block in which, with what stands ``behind``, another begins.
    """
    if not _KNOWN[raw[1]]:
        return 1
    both = raw + behind
    for at in range(1, min(len(raw), len(both) - 1)):
        end = at + (both[at] & LENGTH) + 3
        if _BEGINS[both[at + 1]] and len(raw) <= end <= len(both) and folded(both[at:end]) == WHOLE:
            return at
    return 0


def of_a_group(noise: bytes) -> bool:
    """Whether noise looks like a damaged block that asks for nothing, whose loss would be one."""
    return noise[1:2] in GROUPED and asking(bytes((noise[0] | ASKS,)) + noise[1:])


def repeats(damaged: bytes, raw: bytes) -> bool:
    """Whether a block is the repetition of the damaged one before it: all but two bytes of what they say are equal."""
    one, other = damaged[1:-1], raw[1:-1]
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 2 or not shorter:
        return False
    front = next((at for at, byte in enumerate(shorter) if byte != longer[at]), len(shorter))
    back = next((at for at in range(len(shorter)) if shorter[-1 - at] != longer[-1 - at]), len(shorter))
    return front + back >= len(shorter) - 2
