"""Whole messages of every protocol, as the references give them byte for byte: what must be told apart."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.d6600 import grammar
from tests.protocols import surgard_support
from tests.protocols.dc09_support import VECTORS
from tests.protocols.test_mx8000_reading import RECORDS

_hex = bytes.fromhex

_POLL = b"SR0001L0001    %bXX    [ID%b]\r"

EXAMPLES: Mapping[str, tuple[bytes, ...]] = {
    # Strict, encrypted, without a stamp, with a binary CRC, with the CR counted in.
    "dc09": tuple(VECTORS[id_].frame for id_ in ("S01", "S02", "S03", "F14", "F24", "F43", "C11", "F71")),
    "sia": (
        _hex("46233031323334359B")
        + _hex("4E4E746931313A34362F424131303131F7")
        + _hex("5B412B494E42524F5454202020202020202049522053 6F7672756D209934")
        + _hex("40308F"),
        _hex("442331323334 9C"),
        b"POLL1000#\x00\x00\x00\x00\r\n",
        b"21234181131010158\r\n",
    ),
    "surgard": (*surgard_support.LINES.values(), *surgard_support.OFF.values()),
    "ademco685": (
        b"\n01 1234 18 E130 01 C015\r",
        b"\n00 OKAY @\r",
        b"\n11 1234 3\r",
        b"\n11 1234 3 1\r",
        b"\n11 1234 1555 5555 7\r",
    ),
    "mx8000": tuple(RECORDS.values()),
    "d6600": (
        grammar.write(b"a", b"0001", b"01", b"05", b"#1234|18113001015"),
        grammar.write(b"\t", b"0002", b"01", b"", b""),
        grammar.write(b"\t", b"0003", b"01", b"02", b"#1234|Nri1/BA01"),
        grammar.write(b"I", b"0004", b"01", b"02", b"#12345|1203A12"),
        grammar.write(b"9", b"0005", b"01", b"02", b"#1234|15555555"),
        grammar.write(b"a", b"0006", b"01", b"05", b"#1234|18113001015", "cr"),
    ),
    "d6500": (
        b" a011 123418113001015\x14",
        b"a011   1218313001015\x14",
        b" a01K 123418E13001015\x14",
        b" I011   1T23411203A12\x14",
        b"f011 1234 1555 55557\x14",
        b" 3011 REJECT COMMAND  \x14",
    ),
    "osborne-hoffman": (
        _POLL % (b"001465", b"5B9490D8"),
        b"\n" + _POLL % (b"006969", b"00000000") + b"\0",
        (_POLL % (b"001465", b"5B9490D8")).replace(b" ", b"\0") + b"\0\0",
        VECTORS["F80"].frame,
        b'\n01010034"ADM-CID"0005RABCDLDEAD[#005412|1150 04 261]\r\0',
    ),
}
"""Name of a protocol to messages that it is sure of, and no other is."""

SHARED = frozenset(
    frame for frame in EXAMPLES["surgard"] if frame.endswith(b"\x14") and frame[:1] in b"19FS" and frame[3:4] != b"0"
)
"""Lines of Sur-Gard that are records of D6500 mode, too: those receivers were made after it. Sur-Gard is taken."""
