"""What a station leaves in its journal now and then, so that the next start need not read all of it."""

from __future__ import annotations

from collections.abc import Callable

from protocols.model import Moment
from receiver import startup
from receiver.desk import Desk, encode_checkpoint
from receiver.journal.writer import JournalWriter
from receiver.pulse import Pulse
from receiver.supervisor import Supervisor

DESK_MARK_S = 5.0
PATHS_MARK_S = 300.0


class Keeping:
    """Marks of the desk and of the paths. ``desk`` gives the desk as it is now."""

    def __init__(
        self,
        journal: JournalWriter,
        desk: Callable[[], Desk],
        supervisor: Supervisor,
        pulse: Pulse,
        others: Callable[[], None] = lambda: None,
    ) -> None:
        """``others`` leaves further marks, as often as those of the paths."""
        self._others = others
        self._journal = journal
        self._desk = desk
        self._supervisor = supervisor
        self._pulse = pulse
        self._checkpoint = b""

    def now_and_then(self, now: Moment) -> None:
        """Leave what is due."""
        if self._pulse.due("desk", DESK_MARK_S, now.mono):
            self._mark_desk()
        if self._pulse.due("paths", PATHS_MARK_S, now.mono):
            self._mark_paths()

    def all(self) -> None:
        """Leave everything: the station stops."""
        self._mark_desk()
        self._mark_paths()

    def _mark_paths(self) -> None:
        self._journal.mark(startup.PATHS, self._supervisor.saved())
        self._others()

    def _mark_desk(self) -> None:
        checkpoint = encode_checkpoint(self._desk().checkpoint())
        if checkpoint != self._checkpoint:
            self._checkpoint = checkpoint
            self._journal.mark(startup.DESK, checkpoint.decode())
