"""DC-09 (SIA DC-09, "IP event reporting"), both ends: Contact ID and SIA events over TCP and UDP.

The way of a frame: ``framing`` cuts the stream, ``codec`` takes the body apart by the rules of ``grammar``,
``opening`` finds the key and the content (``cipher``), ``events`` reads what it says, ``reading`` makes an arrival
of it. ``receiving`` and ``sending`` are the two ends, ``decoding`` reads captures. ``explaining`` says of a message
what each of its bytes is (``shape`` where a damaged frame stands, ``placing`` where findings show), ``damaged`` what a
frame that was not whole tells. ``wire`` is what it offers among the other protocols.

The way out of a panel: ``composing`` says a signal by the panel's edition and ``quirks`` (``fields`` its extended
data), ``messages`` and ``writing`` make frames of it, ``flight`` has an eye on them until ``answers`` come.
"""

from protocols.dc09.damaged import damaged
from protocols.dc09.decoding import Decoder, decode
from protocols.dc09.errors import QueueFullError, QuirksError, UnsendableError
from protocols.dc09.explaining import explain
from protocols.dc09.findings import FINDINGS
from protocols.dc09.framing import Frame, Framer
from protocols.dc09.quirks import STRICT, Quirks
from protocols.dc09.reading import PROTOCOL
from protocols.dc09.receiving import ReceivingEnd
from protocols.dc09.sending import SendingEnd
from protocols.dc09.wire import WIRE

__all__ = [
    "FINDINGS",
    "PROTOCOL",
    "STRICT",
    "WIRE",
    "Decoder",
    "Frame",
    "Framer",
    "QueueFullError",
    "Quirks",
    "QuirksError",
    "ReceivingEnd",
    "SendingEnd",
    "UnsendableError",
    "damaged",
    "decode",
    "explain",
]
