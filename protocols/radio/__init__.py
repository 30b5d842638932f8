"""Radio units and their centre over a protected channel, both ends: ``docs/radio-protocol.md`` specifies it.

The way of a datagram: ``framing`` finds it in what a modem hands over, ``reading`` opens it and makes an arrival of it.
``receiving`` is the centre's end, on top of a ``channel`` that outlives connections, with a ``book`` of the units and
``polling`` of those that are silent. ``sending`` is a unit's end: ``composing`` and ``urgency`` of what it says,
``outbox`` and ``shelf`` keep it, ``delivering`` and ``probing`` bring it on the air through its ``voice``.
``captured`` reads frames of others, ``explaining`` says of a frame what each of its bytes is, ``recognising`` whether
bytes are one.
"""

from protocols.radio.captured import CaptureEnd
from protocols.radio.explaining import explain
from protocols.radio.findings import FINDINGS, PARTS
from protocols.radio.reading import PROTOCOL
from protocols.radio.receiving import receiving_end
from protocols.radio.recognising import recognise
from protocols.radio.sending import sending_end
from protocols.radio.unit import QUIRKS
from protocols.wire import LineSettings, Wire

WIRE = Wire(
    name=PROTOCOL,
    title="PCN-RF",
    transports=frozenset(("tcp", "serial")),
    receiving=receiving_end,
    sending=sending_end,
    recognise=recognise,
    explain=explain,
    findings=FINDINGS,
    parts=PARTS,
    quirks=QUIRKS,
    serial=(LineSettings(9600), LineSettings(19200), LineSettings(38400)),
)
"""Modems can be set to any speed; these are usual."""

__all__ = ["PROTOCOL", "WIRE", "CaptureEnd"]
