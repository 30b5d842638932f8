"""The three forms of what is shown: pages, brief lines, JSON. Each gives the bytes to write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

import msgspec

from protocols.capture import Gap
from protocols.explanation import Explanation
from protocols.model import Arrival
from protocols.wires import BY_NAME
from ptsn.decoding import answers
from ptsn.decoding.brief import brief, unanswered
from ptsn.decoding.keys import Known
from ptsn.decoding.page import Page
from ptsn.decoding.paint import Paint
from ptsn.decoding.reader import DC09
from ptsn.decoding.record import record
from ptsn.decoding.seen import Seen
from ptsn.decoding.tally import Tally
from ptsn.decoding.waiting import Unanswered

_LINE_ENDS = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]")
"""Characters of UTF-8 that some readers take for the end of a line, and that a terminal may take for a command."""


class Shower(Protocol):
    """One form."""

    def seen(self, seen: Seen) -> bytes:
        """A message, or noise."""

    def gap(self, gap: Gap) -> bytes:
        """Where bytes are missing."""

    def unanswered(self, one: Unanswered) -> bytes:
        """That nothing came back to a message that was shown."""

    def summary(self, tally: Tally) -> bytes:
        """What was seen in all."""


class Explainer:
    """Takes messages apart with what is known beforehand."""

    def __init__(self, known: Known) -> None:
        self.known = known

    def explain(self, seen: Seen) -> Explanation:
        """The parts of what was seen."""
        item, dialect = seen.item, self.known.dialect
        explain = BY_NAME[seen.protocol or DC09].explain
        if isinstance(item, Arrival):
            answer = answers.explain(item)
            if answer is not None:
                return answer
            return explain(item.raw, keys=dialect.keys, findings=item.findings, dialect=dialect)
        return explain(item.raw, keys=dialect.keys, noise=item.guess, dialect=dialect)


class Json:
    """One object a line; gaps and sums are not for programs."""

    def __init__(self, explainer: Explainer, language: str, *, explained: bool) -> None:
        self._explainer = explainer
        self._language = language
        self._explained = explained

    def seen(self, seen: Seen) -> bytes:
        """The object of what was seen."""
        explanation = self._explainer.explain(seen) if self._explained else None
        line = msgspec.json.encode(record(seen, explanation, self._explainer.known, self._language))
        return _LINE_ENDS.sub(_escaped, line) + b"\n"

    def gap(self, gap: Gap) -> bytes:
        """Nothing."""
        return b""

    def unanswered(self, one: Unanswered) -> bytes:
        """Nothing."""
        return b""

    def summary(self, tally: Tally) -> bytes:
        """Nothing."""
        return b""


def _escaped(match: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(match[0].decode())


class Text:
    """For people: in full, or brief."""

    def __init__(self, explainer: Explainer, page: Page, paint: Paint, language: str, *, in_full: bool) -> None:
        self._explainer = explainer
        self._page = page
        self._paint = paint
        self._language = language
        self._in_full = in_full
        self._count = 0

    def seen(self, seen: Seen) -> bytes:
        """The lines of what was seen."""
        self._count += 1
        return self._paint.bytes(list(self._lines(seen)))

    def _lines(self, seen: Seen) -> Iterator[str]:
        if self._in_full:
            return self._page.message(seen, self._explainer.explain(seen), self._count)
        return brief(seen, self._explainer.known, self._language)

    def gap(self, gap: Gap) -> bytes:
        """A line."""
        return self._paint.bytes([self._page.gap(gap), *([""] if self._in_full else [])])

    def unanswered(self, one: Unanswered) -> bytes:
        """Two lines, or one."""
        if self._in_full:
            return self._paint.bytes([*self._page.unanswered(one), ""])
        return self._paint.bytes([unanswered(one, self._language)])

    def summary(self, tally: Tally) -> bytes:
        """A line, where there was more than one message."""
        return self._paint.bytes(list(tally.summary(self._language))) if self._in_full else b""
