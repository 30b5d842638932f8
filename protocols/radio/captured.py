"""Frames of a KISS modem in a capture: read with the keys that a person has, whoever's they are; nobody is answered.

There is no book of units here: any unit is believed that a key opens, and called by its number.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from protocols.ax25 import Address
from protocols.channel import ax25
from protocols.datagram import FROM_CENTRE, Opened, RadioKey, Suite, header
from protocols.datagram import open as open_datagram
from protocols.ends import Lookup, Response, Source
from protocols.model import Arrival, ArrivalKind, Key, Moment, Noise, Protection, Verdict
from protocols.radio.book import Outstation, Units
from protocols.radio.framing import Frame, KissFraming
from protocols.radio.options import RadioOptions
from protocols.radio.reading import PROTOCOL, Reader


def opened_with(datagram: bytes, keys: Sequence[Key]) -> tuple[Opened, RadioKey, str] | None:
    """What one of the keys opens, in whatever suite, and whose key that is."""
    head = header.read(datagram)
    if head is None:
        return None
    for key in keys:
        for suite in Suite:
            if len(key.material) in suite.sizes:
                radio_key = RadioKey(head.key_id, suite, key.material)
                opened = open_datagram(datagram, radio_key)
                if opened is not None:
                    return opened, radio_key, key.owner
    return None


class CaptureEnd:
    """Of one stream; implements :class:`protocols.ends.ReceivingEnd`."""

    undecided = 0
    held = False
    closing = False

    def __init__(self, source: Source, lookup: Lookup) -> None:
        self._source = source
        self._lookup = lookup
        self._keys = lookup(source.adapter, None, None, "").keys
        options = RadioOptions(network=0, profile=ax25(1200))
        self._framing = KissFraming(options, Address("PCN"), Address("ALL"), any_port=True)

    def receive(self, data: bytes, now: Moment) -> Sequence[Arrival | Noise]:
        """Every frame of data. Never raises."""
        return [self._read(item, now) for item in self._framing.feed(data, lambda datagram: False)]

    def receive_eof(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The stream ends; so does an unfinished frame, which is lost."""
        return ()

    def expire(self, now: Moment) -> Sequence[Arrival | Noise]:
        """Nothing waits."""
        return ()

    def next_timeout(self) -> float | None:
        """Never."""
        return None

    def data_to_send(self) -> bytes:
        """Nothing."""
        return b""

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """Nobody is told."""

    def answer(self, arrival: Arrival) -> str:
        """Nothing."""
        return ""

    def _read(self, item: Frame | Noise, now: Moment) -> Arrival | Noise:
        if isinstance(item, Noise):
            return item
        head = header.read(item.datagram)
        if head is None:
            return Noise(item.raw[:400], "radio.garbled", len(item.raw))
        account = f"{head.station:04X}"
        found = opened_with(item.datagram, self._keys)
        if head.direction == FROM_CENTRE:
            return Arrival(
                raw=item.raw,
                protocol=PROTOCOL,
                kind=ArrivalKind.ANSWER,
                token=head.type.name.replace("_", "-"),
                account=account,
                sequence=str(head.counter),
                protection=Protection.FAILED if found is None else Protection.KEYED,
                key_owner="" if found is None else found[2],
                plain=b"" if found is None else found[0].payload,
            )
        keys = () if found is None else (found[1],)
        unit = Outstation(station=head.station, account=account, keys=keys, speaks=head.key_id)
        reader = Reader(self._source, self._lookup, head.network, Units([unit]))
        arrival, _, _ = reader.read(item, now)
        # Nothing is known of any unit: what no key opens is not forged for that.
        if isinstance(arrival, Noise):
            return arrival
        return replace(arrival, raw=item.raw, refused="", key_owner="" if found is None else found[2])
