"""Whole calls as they sound, with the faults that calls have: for tests, measurements and exercises.

Panel and receiver are played on tracks of their own, so that a recording of both, or of one of them, can be had.
Source: contact_id_and_sia.md 1.4, 2.2, 6.3 and 9.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from protocols.telephone import tones
from protocols.telephone.audio import Samples
from protocols.telephone.fsk import BELL_ORIGINATE, Plan

WAIT_S = 0.275
"""How long a panel waits after a handshake or a kissoff."""
TRIES = 4
NO_ANSWER_S = 1.5
"""How long a panel waits for a kissoff that does not come."""
NO_TONE_S = 2.5
"""The same for an acknowledgement."""
WRONG = str.maketrans("0123456789BCDEF", "1234567890CDEFB")


class Quirks(Struct, frozen=True, kw_only=True):
    """Faults on purpose; the defaults are right."""

    lost_kissoffs: int = 0
    """So many kissoffs (or acknowledgements) are never heard: the panel repeats."""
    kissoff_s: float = tones.KISSOFF_S
    kissoff_delay_s: float = 0.2
    wrong_check: int = 0
    """So many times the first message is said with a wrong last digit."""
    handshake_s: float = 0.1
    digit_s: float = tones.DIGIT_S
    pause_s: float = tones.DIGIT_S
    slow_after: int = 0
    """Behind this digit the panel pauses for 400 ms; 0 for nowhere."""
    twist: float = 0.0
    shift: float = 0.0
    """By what part of themselves the frequencies of the digits are off."""
    panel_level: float = tones.LEVEL
    receiver_level: float = tones.LEVEL
    noise_level: float | None = None
    """White noise in dBm0."""
    seed: int = 1
    rejects: int = 0
    """So many times the second block is not understood."""
    plan: Plan = BELL_ORIGINATE
    bits: float = 300.0
    acknowledge_s: float = tones.ACKNOWLEDGE_S


class Recording:
    """Two tracks that grow together."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks
        self._panel: list[Samples] = []
        self._receiver: list[Samples] = []

    def panel(self, sound: Samples) -> None:
        """The panel sounds, the receiver listens."""
        self._panel.append(sound)
        self._receiver.append(np.zeros_like(sound))

    def receiver(self, sound: Samples) -> None:
        """The receiver sounds, the panel listens."""
        self._receiver.append(sound)
        self._panel.append(np.zeros_like(sound))

    def pause(self, seconds: float) -> None:
        """Nobody sounds."""
        self.panel(tones.silence(seconds))

    def samples(self, sides: str = "both") -> Samples:
        """``both``, ``panel`` or ``receiver``, with the noise of the line."""
        tracks = {"panel": [self._panel], "receiver": [self._receiver]}.get(sides, [self._panel, self._receiver])
        sound = tones.mixed(*(tones.joined(track) for track in tracks))
        quirks = self._quirks
        return sound if quirks.noise_level is None else tones.noisy(sound, quirks.noise_level, quirks.seed)


def contact_id(messages: Sequence[str], quirks: Quirks = Quirks(), sides: str = "both") -> Samples:  # noqa: B008
    """A call with messages of digits, as :func:`protocols.contact_id.write_telephone` makes them."""
    call = Recording(quirks)
    call.pause(0.5)
    call.receiver(tones.contact_id_handshake(each=quirks.handshake_s, level=quirks.receiver_level))
    lost, wrong = quirks.lost_kissoffs, quirks.wrong_check
    for message in messages:
        for _ in range(TRIES):
            call.pause(WAIT_S)
            garbled = wrong > 0
            call.panel(_digits(message[:-1] + message[-1].translate(WRONG) if garbled else message, quirks))
            if garbled:
                wrong -= 1
            elif lost > 0:
                lost -= 1
            else:
                break
            call.pause(NO_ANSWER_S)
        else:
            break
        call.pause(quirks.kissoff_delay_s)
        call.receiver(tones.kissoff(quirks.kissoff_s, quirks.receiver_level))
    call.pause(0.5)
    return call.samples(sides)


def _digits(message: str, quirks: Quirks) -> Samples:
    def said(some: str) -> Samples:
        return tones.digits(
            some,
            on=quirks.digit_s,
            off=quirks.pause_s,
            level=quirks.panel_level,
            twist=quirks.twist,
            shift=quirks.shift,
        )

    if not quirks.slow_after:
        return said(message)
    first, rest = message[: quirks.slow_after], message[quirks.slow_after :]
    return tones.joined([said(first), tones.silence(0.4 - quirks.pause_s), said(rest)])


def sia(blocks: Sequence[bytes], quirks: Quirks = Quirks(), sides: str = "both") -> Samples:  # noqa: B008
    """A call with SIA blocks, each answered by a tone."""
    call = Recording(quirks)
    call.pause(0.5)
    call.receiver(tones.sia_handshake(level=quirks.receiver_level))
    lost, rejects = quirks.lost_kissoffs, quirks.rejects
    for number, block in enumerate(blocks):
        for _ in range(TRIES):
            call.pause(WAIT_S)
            call.panel(tones.fsk(block, plan=quirks.plan, bits=quirks.bits, level=quirks.panel_level))
            call.pause(0.2)
            if number == 1 and rejects > 0:
                rejects -= 1
                call.receiver(tones.reject(level=quirks.receiver_level))
            elif lost > 0:
                lost -= 1
                call.pause(NO_TONE_S)
            else:
                call.receiver(tones.acknowledge(quirks.acknowledge_s, quirks.receiver_level))
                break
    call.pause(0.5)
    return call.samples(sides)
