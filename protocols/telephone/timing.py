"""How long, how soon, how loud: what of the sounds of a call is outside what the other end takes.

Source of all figures: contact_id_and_sia.md 1.4 and 2.2. What is measured is a little uncertain: 10 ms for each length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from protocols.model import Finding
from protocols.telephone.dtmf import Digit
from protocols.telephone.findings import FINDINGS
from protocols.telephone.fsk import V21_ANSWER, V21_ORIGINATE, Data
from protocols.telephone.single import Tone

UNCERTAIN_S = 0.011
HANDSHAKE_S = (0.070, 0.130)
HANDSHAKE_OFF = 0.03
"""A receiver sends within 3 %; a panel takes 5 %."""
DIGIT_S = 0.040
"""Least length of a digit, and of the silence behind it; 50 to 60 ms are right."""
_SHORT_S = DIGIT_S - 0.002
"""The median of many lengths is certain."""
DIGIT_GAP_S = 0.200
"""After so much silence receivers give up."""
TWIST_DB = 6.0
KISSOFF_S = (0.400, 1.500)
KISSOFF_START_S = 1.25
ACKNOWLEDGE_S = 0.400
ACKNOWLEDGE_START_S = 2.5
SPEED = 300


def pace(group: Sequence[Digit]) -> dict[str, str]:
    """How long digits and pauses usually are, in ms."""
    on = median(one.end - one.start for one in group)
    off = [behind.start - one.end for one, behind in pairwise(group)]
    return {"on": f"{on * 1000:.0f}", "off": f"{median(off) * 1000:.0f}" if off else "0"}


def of_digits(group: Sequence[Digit]) -> tuple[Finding, ...]:
    """Of the digits of a message."""
    pauses = [behind.start - one.end for one, behind in pairwise(group)]
    lengths = [one.end - one.start for one in group]
    found = []
    if any(pause > DIGIT_GAP_S + UNCERTAIN_S for pause in pauses):
        found.append(FINDINGS["telephone.digits.slow"])
    # A single one that noise has shortened says nothing of the panel.
    if median(lengths) < _SHORT_S or (pauses and median(pauses) < _SHORT_S):
        found.append(FINDINGS["telephone.digits.short"])
    if abs(median(one.high - one.low for one in group)) > TWIST_DB:
        found.append(FINDINGS["telephone.digits.twist"])
    return tuple(found)


def of_handshake(first: Tone, second: Tone) -> tuple[Finding, ...]:
    """Of 1400 Hz, a pause, 2300 Hz."""
    found = []
    lengths = (first.length, second.start - first.end, second.length)
    if not all(HANDSHAKE_S[0] - UNCERTAIN_S <= one <= HANDSHAKE_S[1] + UNCERTAIN_S for one in lengths):
        found.append(FINDINGS["telephone.handshake.timing"])
    if max(first.off, second.off) > HANDSHAKE_OFF + 0.001:
        found.append(FINDINGS["telephone.handshake.frequency"])
    return tuple(found)


def of_data(data: Data) -> tuple[Finding, ...]:
    """Of the modem."""
    found = []
    if data.plan in (V21_ORIGINATE, V21_ANSWER):
        found.append(FINDINGS["telephone.fsk.v21"])
    if data.speed != SPEED:
        found.append(FINDINGS["telephone.fsk.slow"])
    return tuple(found)


def of_answer(kind: str, asked: float, start: float, end: float, values: Mapping[str, str]) -> tuple[Finding, ...]:
    """Of a kissoff or of a tone that answers a block; ``asked`` is when the message ended."""
    found = []
    length = end - start - (int(values["mark"]) / 1000 if "mark" in values else 0)
    if kind == "kissoff":
        if length < KISSOFF_S[0] - UNCERTAIN_S:
            found.append(FINDINGS["telephone.kissoff.short"])
        if length > KISSOFF_S[1] + UNCERTAIN_S:
            found.append(FINDINGS["telephone.kissoff.long"])
        if start - asked > KISSOFF_START_S + UNCERTAIN_S:
            found.append(FINDINGS["telephone.kissoff.late"])
    else:
        if kind != "block.answer" and length < ACKNOWLEDGE_S - UNCERTAIN_S:
            found.append(FINDINGS["telephone.acknowledgement.short"])
        if start - asked > ACKNOWLEDGE_START_S + UNCERTAIN_S:
            found.append(FINDINGS["telephone.acknowledgement.late"])
    return tuple(found)
