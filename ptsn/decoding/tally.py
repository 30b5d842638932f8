"""What was seen in all, and what that means for whoever started the program."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.capture import Gap, Note
from protocols.model import Noise, Protection, Severity
from ptsn.decoding.seen import Seen, broken
from ptsn.decoding.waiting import Unanswered
from ptsn.decoding.words import say

RIGHT, DAMAGED, UNOPENED = 0, 1, 3
"""Exit codes; 2 is wrong use."""
_DAMAGE = frozenset(("capture.cut-off",))
"""Notes that say that something of the messages may be lost."""


class Tally:
    """Counts what goes by."""

    def __init__(self, *, keys: int, strict: bool) -> None:
        self.messages = 0
        self.noise = 0
        self._keys = keys
        self._strict = strict
        self._damage = 0
        self._unopened = 0
        self._broken = 0
        self._found = dict.fromkeys(Severity, 0)

    def add(self, item: Seen | Gap | Note | Unanswered) -> None:
        """Count one thing."""
        if isinstance(item, Gap) or (isinstance(item, Note) and item.id in _DAMAGE):
            self._damage += 1
        if not isinstance(item, Seen):
            return
        if isinstance(item.item, Noise):
            self.noise += 1
            return
        self.messages += 1
        self._broken += broken(item.item)
        self._unopened += item.item.protection is Protection.FAILED
        for finding in item.item.findings:
            self._found[finding.severity] += 1

    def nothing(self) -> None:
        """There was no message where there should have been one."""
        self._damage += 1

    def code(self) -> int:
        """The exit code."""
        if self.noise or self._broken or self._damage:
            return DAMAGED
        if self._strict and (self._found[Severity.DEVIATION] or self._found[Severity.VIOLATION]):
            return DAMAGED
        return UNOPENED if self._unopened and self._keys else RIGHT

    def unopened(self, language: str) -> list[str]:
        """That encrypted messages were not opened, where there were several messages; a single one says it itself."""
        if not self._unopened or self.messages + self.noise < 2:
            return []
        return [say("summary.unopened" if self._keys else "summary.unopened-no-key", language, count=self._unopened)]

    def summary(self, language: str) -> Iterator[str]:
        """What was seen, in a few words; nothing for a single message."""
        if self.messages + self.noise < 2:
            return
        words = [say("summary", language, messages=self.messages - self._broken, noise=self.noise + self._broken)]
        words += self.unopened(language)
        counts = {"violations": Severity.VIOLATION, "deviations": Severity.DEVIATION, "notes": Severity.NOTE}
        if any(self._found.values()):
            found = {name: self._found[severity] for name, severity in counts.items()}
            words.append(say("summary.findings", language, **found))
        yield " ".join(words)
