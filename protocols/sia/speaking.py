"""Which end speaks for whom: blocks as they are, or in the lines of Texecom."""

from __future__ import annotations

from protocols.lines.options import Speaker
from protocols.sia import quirks, sending, texecom_sending


def make_sending(speaker: Speaker) -> sending.SIASendingEnd:
    """The end of ``Wire.sending``. Raises QuirksError and UnsendableError."""
    its = quirks.of(speaker)
    speech = texecom_sending.Speech if its.edge == "texecom" else sending.Speech
    return sending.SIASendingEnd(speech(speaker, its), max_queue=speaker.max_queue)
