"""DC-09 (SIA DC-09, "IP event reporting"), both ends: Contact ID and SIA events over TCP and UDP.

The way of a frame: ``framing`` cuts the stream, ``codec`` takes the body apart by the rules of ``grammar``,
``opening`` finds the key and the content (``cipher``), ``events`` reads what it says, ``reading`` makes an arrival
of it. ``receiving`` and ``sending`` are the two ends, ``decoding`` reads captures; ``messages`` and ``writing`` make
frames.
"""

from protocols.dc09.decoding import Decoder, decode
from protocols.dc09.findings import FINDINGS
from protocols.dc09.framing import Frame, Framer
from protocols.dc09.messages import UnsendableError
from protocols.dc09.quirks import STRICT, Quirks
from protocols.dc09.reading import PROTOCOL
from protocols.dc09.receiving import ReceivingEnd
from protocols.dc09.sending import QueueFullError, SendingEnd

__all__ = [
    "FINDINGS",
    "PROTOCOL",
    "STRICT",
    "Decoder",
    "Frame",
    "Framer",
    "QueueFullError",
    "Quirks",
    "ReceivingEnd",
    "SendingEnd",
    "UnsendableError",
    "decode",
]
