"""Blocks as they are, or in the lines of Texecom: the first bytes tell where the source does not say."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.ends import Limits, Lookup, ReceivingEnd, Response, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, Moment, Noise, Verdict
from protocols.sia import recognising, texecom, texecom_grammar
from protocols.sia.receiving import SIAReceivingEnd
from protocols.wire import Likeness

WAIT_S = 1.0
"""How long the first bytes may be silent before they are taken for blocks."""


def recognise(data: bytes, final: bool) -> Likeness:
    """Whether a stream begins with blocks, or with a line of Texecom. Never raises."""
    return max(recognising.recognise(data, final), texecom.recognise(data, final))


class ChoosingEnd:
    """Implements :class:`protocols.ends.ReceivingEnd`: holds the first bytes, then is one of the two ends."""

    def __init__(self, source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int) -> None:
        self._made_of = (source, lookup, options, limits, first)
        self._limits = limits
        self._head = b""
        self._due: float | None = None
        self._end: ReceivingEnd | None = None
        self.undecided = 0
        self.held = False
        self.closing = False

    def receive(self, data: bytes, now: Moment) -> Sequence[Arrival | Noise]:
        """Take bytes (``b""`` continues with bytes held back). Never raises on any bytes."""
        if self._end is not None:
            return self._same(self._end.receive(data, now))
        self._head += data
        likeness = texecom.recognise(self._head, False)
        if likeness is Likeness.MORE and len(self._head) < texecom_grammar.LONGEST:
            if self._head:
                self._due = now.mono + min(WAIT_S, self._limits.partial_s)
            return ()
        return self._choose(likeness is Likeness.SURE, now)

    def receive_eof(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The peer sends no more."""
        items = self._by_what_there_is(now)
        assert self._end is not None
        return [*items, *self._same(self._end.receive_eof(now))]

    def expire(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The line has been silent."""
        if self._end is not None:
            return self._same(self._end.expire(now))
        if self._due is None or now.mono < self._due:
            return ()
        return self._by_what_there_is(now)

    def next_timeout(self) -> float | None:
        """When the line has been silent for too long, in monotonic seconds."""
        return self._due if self._end is None else self._end.next_timeout()

    def data_to_send(self) -> bytes:
        """The answers due."""
        return b"" if self._end is None else self._end.data_to_send()

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """Give the verdict on an arrival of this end."""
        if self._end is not None:
            self._end.decide(arrival, verdict, now, response)
            self._same(())

    def answer(self, arrival: Arrival) -> str:
        """The name of the answer."""
        return "" if self._end is None else self._end.answer(arrival)

    def _by_what_there_is(self, now: Moment) -> Sequence[Arrival | Noise]:
        if self._end is not None:
            return ()
        return self._choose(texecom.recognise(self._head, True) is Likeness.SURE, now)

    def _choose(self, lines: bool, now: Moment) -> Sequence[Arrival | Noise]:
        source, lookup, options, limits, first = self._made_of
        head, self._head, self._due = self._head, b"", None
        if lines:
            self._end = texecom.make_receiving(source, lookup, options=options, limits=limits, first=first)
        else:
            self._end = SIAReceivingEnd(source, lookup, first=first, options=options, limits=limits)
        return self._same(self._end.receive(head, now))

    def _same(self, items: Sequence[Arrival | Noise]) -> Sequence[Arrival | Noise]:
        """As the end chosen."""
        end = self._end
        assert end is not None
        self.undecided, self.held, self.closing = end.undecided, end.held, end.closing
        return items
