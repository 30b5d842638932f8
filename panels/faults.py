"""What goes wrong between a panel and its receiver whatever the protocol: a slow line, noise, lost answers.

What a protocol's own messages can have wrong with them are its quirks (``Wire.quirks``).
"""

from __future__ import annotations

from types import MappingProxyType

from msgspec import Struct

from protocols.lines.sending import QuirksError

SENTENCES = MappingProxyType(
    {
        "pieces": "each transmission leaves in so many pieces, 1 to 100",
        "baud": "bytes leave no faster than over a line of so many baud, 50 to 1000000; 0 for at once",
        "deaf": "so many answers to each message are not heard, 0 to 100: it is sent again though it was taken",
        "spoil": "every so many transmissions one byte is changed on the way, 2 to 1000; 0 for never",
    }
)
"""Every fault with an English sentence."""
_LIMITS = {"pieces": (1, 100), "baud": (50, 1_000_000), "deaf": (0, 100), "spoil": (2, 1000)}


class Faults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one panel. Raises QuirksError for numbers that make no sense (decoding: ValidationError)."""

    pieces: int = 1
    """Each transmission in so many pieces, as a slow modem sends them."""
    baud: int = 0
    """Ten bits a byte; 0 for a line that is not slow."""
    deaf: int = 0
    """So many answers to each message are lost: the message is repeated."""
    spoil: int = 0
    """Every so many transmissions one byte arrives with its highest bit changed; 0 for never."""

    def __post_init__(self) -> None:
        """Refuse what no line can have."""
        for name, (least, most) in _LIMITS.items():
            value = getattr(self, name)
            if not least <= value <= most and (value or name == "pieces"):
                nothing = " (or 0 for never)" if least and name != "pieces" else ""
                raise QuirksError(f"{name} {value}: give {least} to {most}{nothing}.")

    @property
    def of_datagrams(self) -> Faults:
        """Those that a datagram can have: it leaves as one piece."""
        return Faults(deaf=self.deaf, spoil=self.spoil)


NONE = Faults()
"""Nothing goes wrong."""
