"""The maker of the station's end, as the wires of line protocols need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from protocols.ends import Limits, Lookup, Source
from protocols.lines.asking import AskingEnd
from protocols.lines.options import SourceOptions
from protocols.lines.placing import Finder
from protocols.lines.receiving import LineReceivingEnd, Reader

MakeReader = Callable[[Finder, SourceOptions], Reader]
_NONE: Mapping[str, bytes] = MappingProxyType({})


class Receiving:
    """``protocols.wire.MakeReceiving`` of one protocol."""

    def __init__(self, reader: MakeReader, questions: Mapping[str, bytes] = _NONE) -> None:
        """``questions``: by the edges on which a silent sender is asked (:class:`AskingEnd`), what it is asked."""
        self._reader = reader
        self._questions = questions

    def __call__(
        self, source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
    ) -> LineReceivingEnd:
        """The end of one connection or serial line."""
        reader = self._reader(Finder(source, lookup, options), options)
        question = self._questions.get(options.edge)
        if question is not None:
            return AskingEnd(source, reader, question, first=first, options=options, limits=limits)
        return LineReceivingEnd(source, reader, first=first, options=options, limits=limits)
