"""What a radio channel is: its speed, its waits, its budget, and how long a frame is on the air.

A frame here is what the modem is handed: for a KISS modem the AX.25 frame without its check (16 bytes of addresses,
control and PID around a datagram, 7 more for each digipeater), for a transparent modem the datagram itself, with its
Reed-Solomon bytes where it has them. What goes around it on the air is ``overhead_bits`` and the rest of the profile.
"""

from __future__ import annotations

from msgspec import Struct

from protocols.errors import UserError

RANDOM_STUFFING = 63 / 62
"""HDLC puts a zero behind five ones; in random bits (a sealed datagram) once in 62 on average."""
RANDOM_ESCAPES = 129 / 128
"""Two of 256 byte values become two bytes where KISS framing goes on the air."""
FX25_TAG_BITS = 64
"""The correlation tag in front of an FX.25 block."""
FX25_BLOCKS = {16: (32, 64, 128, 239), 32: (32, 64, 128, 223), 64: (64, 128, 191)}
"""Data bytes of the blocks there are, by parity bytes (FX.25, the tags 1 to 11); the smallest that fits is sent."""


class ProfileError(UserError):
    """A profile that no channel can have."""


class Profile(Struct, frozen=True, kw_only=True):
    """One channel. Raises ProfileError for numbers that make no sense."""

    bit_rate: float
    """On the air, bit/s."""
    tx_delay_s: float = 0.3
    """From key-up to the first bit of the frame."""
    tx_tail_s: float = 0.02
    """From the last bit to key-down."""
    turnaround_s: float = 0.1
    """From the end of a frame to the key-up of its answer, and how long a modem is deaf after sending."""
    persistence: int = 63
    """KISS P, 0 to 255: in each slot a frame goes with p = (P + 1) / 256; 255 where there is no carrier detect."""
    slot_s: float = 0.1
    """KISS slot time: from one draw to the next. Shorter than the carrier detect needs, it is of no use."""
    duty_cycle: float = 1.0
    """Share of any ``duty_window_s`` that this side may be on the air."""
    duty_window_s: float = 3600.0
    reserve: float = 0.2
    """Share of that budget which only panic and fire may use."""
    overhead_bits: int = 32
    """Around the frame on the air: the check and two flags of AX.25."""
    stuffing: float = RANDOM_STUFFING
    """Bits on the air for each bit of the frame."""
    fx25_parity: int = 0
    """Parity bytes of FX.25 (16, 32 or 64) around the AX.25 frame; 0 without."""
    carrier_limit_s: float = 10.0
    """A carrier that stays longer without a gap is no traffic but noise, and holds nothing back any more."""

    def __post_init__(self) -> None:
        """Refuse what no channel can have."""
        checks = (
            ("bit_rate", self.bit_rate > 0, "more than 0 bit/s"),
            ("tx_delay_s", 0 <= self.tx_delay_s <= 10, "0 to 10 s"),
            ("tx_tail_s", 0 <= self.tx_tail_s <= 10, "0 to 10 s"),
            ("turnaround_s", 0 <= self.turnaround_s <= 10, "0 to 10 s"),
            ("persistence", 0 <= self.persistence <= 255, "0 to 255"),
            ("slot_s", 0.001 <= self.slot_s <= 10, "0.001 to 10 s"),
            ("duty_cycle", 0 < self.duty_cycle <= 1, "more than 0, at most 1"),
            ("duty_window_s", 1 <= self.duty_window_s <= 86400, "1 to 86400 s"),
            ("reserve", 0 <= self.reserve < 1, "0 or more, less than 1"),
            ("overhead_bits", self.overhead_bits >= 0, "0 or more"),
            ("stuffing", 1 <= self.stuffing <= 2, "1 to 2"),
            ("fx25_parity", self.fx25_parity == 0 or self.fx25_parity in FX25_BLOCKS, "0, 16, 32 or 64"),
            ("carrier_limit_s", self.carrier_limit_s > 0, "more than 0 s"),
        )
        for name, good, wanted in checks:
            if not good:
                raise ProfileError(f"The channel's {name} is {getattr(self, name)!r}: give {wanted}.")

    @property
    def chance(self) -> float:
        """The p of p-persistence."""
        return (self.persistence + 1) / 256

    @property
    def budget_s(self) -> float:
        """Seconds on the air in any window."""
        return self.duty_cycle * self.duty_window_s

    def bits(self, frame_bytes: int) -> float:
        """Bits on the air of a frame, between key-up's delay and tail; of random contents on average."""
        plain = frame_bytes * 8 * self.stuffing + self.overhead_bits
        if not self.fx25_parity:
            return plain
        blocks = FX25_BLOCKS[self.fx25_parity]
        for size in blocks:
            if plain <= size * 8:
                return FX25_TAG_BITS + (size + self.fx25_parity) * 8
        return plain  # too long for any block: a modem sends it as plain AX.25

    def airtime(self, frame_bytes: int) -> float:
        """Seconds from key-up to key-down."""
        return self.tx_delay_s + self.bits(frame_bytes) / self.bit_rate + self.tx_tail_s


def ax25(bit_rate: float, **others: float) -> Profile:
    """A KISS modem that speaks AX.25: check and two flags around the frame, bits stuffed."""
    return Profile(bit_rate=bit_rate, **others)  # type: ignore[arg-type]


def transparent(bit_rate: float, **others: float) -> Profile:
    """A transparent modem with KISS framing on the air: two FENDs around the frame, bytes escaped."""
    return Profile(bit_rate=bit_rate, **{"overhead_bits": 16, "stuffing": RANDOM_ESCAPES, **others})  # type: ignore[arg-type]
