"""Sur-Gard MLR2, MLR2000 and System I to V lines, both ends: what nearly every receiver hands on, and much else sends.

The way of a line: ``grammar`` finds it in the stream and reads its fields, ``events`` says what they mean (``tables``
for letters that no standard explains), ``clock`` when it was, ``reading`` makes an arrival of it and an
answer of a verdict. ``receiving`` and ``sending`` are the two ends, on top of ``protocols.lines``; ``explaining`` says
of a line what each of its bytes is.
"""

from protocols.surgard.explaining import explain
from protocols.surgard.findings import FINDINGS, PARTS
from protocols.surgard.reading import PROTOCOL
from protocols.surgard.receiving import receiving_end, recognise
from protocols.surgard.sending import QUIRKS, sending_end
from protocols.wire import LineSettings, Wire

WIRE = Wire(
    name=PROTOCOL,
    title="Sur-Gard",
    transports=frozenset(("tcp", "serial")),
    receiving=receiving_end,
    sending=sending_end,
    recognise=recognise,
    explain=explain,
    findings=FINDINGS,
    parts=PARTS,
    quirks=QUIRKS,
    serial=(LineSettings(9600), LineSettings(19200, 7, "E")),
)
"""MLR2000 and MLR2E settings; every receiver can be set otherwise."""

__all__ = ["WIRE"]
