"""The first bytes of a stream of SIA blocks: they tell whether its session is encrypted, which cannot be read."""

from __future__ import annotations

from protocols.model import Noise
from protocols.sia import blocks, galaxy
from protocols.sia.findings import ENCRYPTED, SOCKS


class FirstBytes:
    """Holds bytes only while they may begin an encrypted session."""

    def __init__(self, *, looked_at: bool) -> None:
        """``looked_at`` False lets all bytes through: a serial line has no such session."""
        self._held: bytes | None = b"" if looked_at else None
        self.encrypted = False

    @property
    def waiting(self) -> bool:
        """Whether something is held."""
        return bool(self._held)

    def take(self, data: bytes) -> bytes | Noise:
        """What can be read on with, ``b""`` while that is not known; or what the session is that cannot be read."""
        if self._held is None:
            return data
        self._held += data
        if self._held == galaxy.ENCRYPTED[:1]:
            return b""
        head = self.let_go()
        if not head.startswith(galaxy.ENCRYPTED):
            return head
        self.encrypted = True
        scan = len(head) == 3 and head[2] <= 2  # the greeting of SOCKS
        return Noise(head[: blocks.LONGEST], SOCKS if scan else ENCRYPTED, len(head))

    def let_go(self) -> bytes:
        """What is held; from now on all bytes are let through."""
        held, self._held = self._held or b"", None
        return held
