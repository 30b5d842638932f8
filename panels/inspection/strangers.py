"""Bytes that were no message, by kind and host: scanners, browsers, other panels, and messages that were not whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from msgspec import UNSET, Struct

from panels.inspection import grading
from panels.inspection.broken import BadCrc, NoiseSeen, bad_crc, beginnings
from panels.inspection.frames import sample
from panels.inspection.notes import NoiseNote
from panels.inspection.report import Reason
from protocols.ends import Source
from protocols.model import Moment, Noise

AUTO = "auto"
"""Protocol of a source whose first bytes are to tell."""
SERIAL = "serial"
NOISE_MAX = 200


class _Noise(Struct):
    first: float
    last: float
    sample: str
    crc: BadCrc | None = None
    count: int = 0
    size: int = 0
    serial: bool = False
    begins: tuple[str, ...] = ()


class NoiseBook:
    """Counts them. Bounded: peers choose their addresses and what they send."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], _Noise] = {}
        self._left_out: dict[str, _Noise] = {}
        """By the reason that it gives; empty for none."""
        self.count = self.broken = 0
        """All of it; what of it was messages that were not whole."""

    def take(self, source: Source, noise: Noise, now: Moment) -> NoiseNote | None:
        """Some came; None where there is no room to tell of it."""
        self.count += 1
        self.broken += grading.is_broken_frame(noise.guess)
        shown = sample(noise.raw, source.protocol)
        key = (noise.guess, source.host)
        seen = self._seen.get(key)
        told = seen is not None or len(self._seen) < NOISE_MAX
        if seen is None and told:
            seen = self._seen[key] = _Noise(now.wall, now.wall, shown, bad_crc(noise))
        elif seen is None:
            # Scanners may have taken all places: a panel's frame that is not whole counts all the same.
            seen = self._left_out.setdefault(grading.reason_of(noise.guess), _Noise(now.wall, now.wall, ""))
        seen.count += 1
        seen.size += noise.size or len(noise.raw)
        seen.last = now.wall
        seen.serial = source.transport == SERIAL
        if seen.count == 1 and source.protocol == AUTO:
            seen.begins = beginnings(noise)
        if not told:
            return None
        return NoiseNote(
            at=now.wall,
            peer=source.peer,
            guess=noise.guess,
            size=noise.size or len(noise.raw),
            sample=shown,
            count=seen.count,
            crc=seen.crc if seen.count == 1 else None,
            begins=seen.begins if seen.count == 1 else (),
        )

    @property
    def left_out(self) -> int:
        """How much had no place in the report."""
        return sum(each.count for each in self._left_out.values())

    def report(self) -> tuple[NoiseSeen, ...]:
        """Every kind from every host."""
        return tuple(
            NoiseSeen(
                guess=guess,
                host=host,
                count=seen.count,
                size=seen.size,
                first=datetime.fromtimestamp(seen.first, UTC),
                last=datetime.fromtimestamp(seen.last, UTC),
                sample=seen.sample,
                crc=seen.crc,
                begins=seen.begins or UNSET,
            )
            for (guess, host), seen in self._seen.items()
        )

    def reasons(self, told: set[str], has_sender: Callable[[str], bool]) -> Iterator[Reason]:
        """Why the verdict is not better. ``told``: hosts of panels whose own reasons tell of damage.

        ``has_sender`` says of a host whether exactly one panel or sender is known there.
        """
        for (guess, host), seen in self._seen.items():
            reason = grading.reason_of(guess)
            # A serial line damages bytes: of a sender there, its conduct tells.
            ours = host in told or (seen.serial and has_sender(host))
            if reason and not (reason == grading.DAMAGED and ours):
                yield _reason(reason, seen)
        for reason, seen in self._left_out.items():
            if reason and not (reason == grading.DAMAGED and told):
                yield _reason(reason, seen)


def _reason(id_: str, seen: _Noise) -> Reason:
    return Reason(id=id_, count=seen.count, last=datetime.fromtimestamp(seen.last, UTC))
