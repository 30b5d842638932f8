"""What the reading of SIA text tells to whoever wants to know which characters said what.

The reader (:mod:`protocols.sia_packets`) calls a trace where one is given; :mod:`protocols.sia_parts` makes parts
of what it is told.
"""

from __future__ import annotations

from collections.abc import Callable

Trace = Callable[[str, int, int, object], None]
"""Told what stands where: ``(what, first character, the one behind the last, about it)``. ``what`` and ``about``:

============  ========================================================================================
``block``     a block begins; what was told of it before is no longer true. About: nothing
``function``  the letter that says what the events of a block are, or ``A`` of a text
``modifier``  its name in lower case, and its value
``event``     the two letters. About: the :class:`EventRead`
``address``   the same
``units``     the value, and its unit
``text``      what it is the text of (``event``, ``ri`` ...), how it is written (``caret``, ``xsia``, ``block``), itself
``other``     a whole block that is not read. About: its letter
``finding``   about: the id
============  ========================================================================================
"""

Told = tuple[str, int, int, object]


def remember(told: list[Told]) -> Trace:
    """A trace that keeps what it is told."""
    return lambda *what: told.append(what)
