"""DC-09 as one wire among others (``protocols.wires``)."""

from __future__ import annotations

import secrets
from types import MappingProxyType

from msgspec.structs import replace

from protocols.dc09.errors import QuirksError
from protocols.dc09.explaining import explain
from protocols.dc09.findings import FINDINGS, PARTS
from protocols.dc09.framing import Frame, Framer
from protocols.dc09.grammar import FILLER
from protocols.dc09.quirks import Quirks
from protocols.dc09.reading import PROTOCOL
from protocols.dc09.receiving import ReceivingEnd
from protocols.dc09.sending import SendingEnd
from protocols.ends import Limits, Lookup, Source
from protocols.lines import quirks
from protocols.lines.options import SourceOptions, Speaker
from protocols.wire import Likeness, Wire

_QUIRKS = {
    "crc": "'binary' sends the CRC as two raw bytes",
    "counts_cr": "CRC and length cover the closing CR",
    "trailer": "characters behind the closing CR",
    "lower_case": "hex digits of CRC, length and cipher in lower case",
    "header_account": "false leaves the account out of the header",
    "sequence": "'hexadecimal' numbers, or 'zero' for 0000 in every event",
    "link_test_sequence": "the number that link tests carry",
    "link_test_data": "what link tests carry in their data field",
    "inner_account": "the account inside the data: 'hash', 'bare' or 'none'",
    "contact_id_type": "message type '18' or '98' in front of a Contact ID event",
    "area": "the modifier that names the area: 'ri' or 'pi'",
    "separator": "false leaves out the / between area and code",
    "text": "how texts are written: 'caret', 'xsia' or 'block'",
    "text_width": "texts are filled up with blanks to so many characters",
    "encoding": "of texts: 'utf-8' or 'windows-1252'",
    "occurred": "'time-only' leaves the date out of [H...]",
    "stamp": "when messages carry a time stamp: 'always', 'never' or 'rubbish' in its place",
    "stamp_zone": "time stamps in local time of this zone",
    "pad": "what padding is made of: 'random', 'alphanumeric' or 'constant'",
    "bar": "'events' leaves the bar out of messages without data",
    "trailing_pad": "a block of PKCS#7 padding behind the time stamp",
    "window": "messages sent before an answer to the first has come",
    "on_duh": "'repeat' takes DUH for no answer",
    "on_nak": "'ignore' takes NAK for no answer",
    "retry_stamp": "'same' repeats the same bytes",
}
_NUMBERS = 9999


class _Numbers:
    """Sequence numbers of one sender, from a place that no earlier run is likely to have left off at.

    Whoever can write to a disk keeps them there (``receiver.adapters.counters``) and makes the SendingEnd itself.
    """

    def __init__(self) -> None:
        self._next = secrets.randbelow(_NUMBERS)

    def take(self, name: str, count: int = 1) -> int:
        """As ``CounterStore.take``; there is one counter, whatever its name."""
        first = self._next
        self._next += count
        return first


def receiving(source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int) -> ReceivingEnd:
    """The station's end. Each message has a number of its own, so ``first`` says nothing; nor do the options.

    Panels name receiver, prefix and account themselves, and encoding and time zone are those of the account.
    """
    return ReceivingEnd(source, lookup, limits=limits)


def sending(speaker: Speaker) -> SendingEnd:
    """The panel's end, in the clear. ``receiver`` becomes R without its zeros, ``line`` becomes L.

    Raises QuirksError and UnsendableError.
    """
    habits = quirks.read(speaker.quirks, Quirks)
    if speaker.encoding and not habits.encoding:
        if speaker.encoding not in ("utf-8", "windows-1252"):
            raise QuirksError(f"encoding {speaker.encoding!r}: DC-09 has texts in utf-8 or windows-1252.")
        habits = replace(habits, encoding=speaker.encoding)
    return SendingEnd(
        account=speaker.account,
        counters=_Numbers(),
        counter="",
        prefix=speaker.line or None,
        receiver=speaker.receiver.lstrip("0") or None,
        ack_timeout_s=10.0 if speaker.ack_timeout_s is None else speaker.ack_timeout_s,
        attempts=3 if speaker.attempts is None else speaker.attempts,
        max_queue=speaker.max_queue,
        quirks=habits,
    )


def recognise(data: bytes, final: bool) -> Likeness:
    """SURE with a whole frame whose length and CRC are right, in any of the forms that are accepted."""
    framer = Framer()
    framer.feed(data)
    item = framer.next(final)
    if isinstance(item, Frame):
        return Likeness.SURE
    if item is not None or final or framer.take_run() is not None:
        return Likeness.NO
    return Likeness.MORE if framer.unread or not data.strip(FILLER) else Likeness.NO


WIRE = Wire(
    name=PROTOCOL,
    title="SIA DC-09",
    transports=frozenset(("tcp", "udp")),
    receiving=receiving,
    sending=sending,
    recognise=recognise,
    explain=explain,
    findings=FINDINGS,
    parts=PARTS,
    quirks=MappingProxyType(_QUIRKS),
)
