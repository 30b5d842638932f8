"""What a person settles for one source of signals, and for one sender: data, checked where it is read."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from protocols.lines.overrides import NONE, Overrides


class SourceOptions(Struct, frozen=True, kw_only=True):
    """One source: a hardware receiver, a serial line, or a port that panels call. For a receiving end."""

    receiver: str = ""
    """Receiver number of messages that name none."""
    line: str = ""
    """Line number of messages that name none."""
    line_digits: int = 0
    """How many characters a line number has where the protocol allows several (Sur-Gard: 1 or 3); 0 to tell by the
    message."""
    account_digits: int = 0
    """How long every account is that it sends, by the message itself; 0 for any length. Damage that no checksum shows
    must not become another account."""
    account_offset: int = 0
    """Added to decimal accounts but 0, so that several sources with small numbers do not collide."""
    overrides: Overrides = NONE
    """Codes that mean something else here than the tables say."""
    listen_only: bool = False
    """Hear and store, and never write: another system answers. ``receiver.adapters.muted`` says who sees to it."""
    encoding: str = ""
    """Of texts, a Python codec (``cp866``); empty for what is usual in the protocol."""
    time_zone: str = ""
    """IANA name of the zone that clocks of accounts run in which have none of their own; empty for UTC."""
    edge: str = ""
    """What the protocol settles for itself (``Wire.edges``): a variant of it, where bytes do not tell."""
    radio: object = None
    """The ``protocols.radio.channel.RadioChannel`` that all ends of one adapter share; None but for radio."""


class Speaker(Struct, frozen=True, kw_only=True):
    """Who sends, and how patiently. For a sending end; None stands for the protocol's own figure."""

    account: str
    receiver: str = "01"
    line: str = "1"
    ack_timeout_s: float | None = None
    attempts: int | None = None
    heartbeat_s: float | None = None
    """Send the protocol's heartbeat after so long without a message; None for never."""
    encoding: str = ""
    quirks: Mapping[str, bool | int | str] = {}
    """Departures by the names that the protocol gives them (``Wire.quirks``)."""
    max_queue: int = 1000
    radio: object = None
    """A ``protocols.radio.unit.RadioSpeaker``; None but for radio."""

    def patience(self, ack_s: float, attempts: int) -> tuple[float, int]:
        """How long to wait for an answer, in seconds, and how often to try; given are the protocol's own figures."""
        return (
            ack_s if self.ack_timeout_s is None else self.ack_timeout_s,
            attempts if self.attempts is None else self.attempts,
        )
