"""Frames to begin with: captured ones, and those of simulated panels with any edition, quirks, key and content."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from protocols.dc09 import SendingEnd
from protocols.dc09.quirks import STRICT, Quirks
from protocols.ends import LinkTest, Message, Payload
from protocols.errors import UserError
from protocols.model import Edition, Moment, Qualifier, Scheme, Signal
from tests.fuzz import reference
from tests.fuzz.case import PanelSpec
from tests.protocols.dc09_support import NOW, VECTORS

KEYS = tuple(bytes(range(first, first + size)).hex() for first, size in ((0, 16), (16, 24), (48, 32), (96, 16)))
"""Keys of the panels here; the last one the receiver never has."""

_CHOICES: dict[str, tuple[object, ...]] = {
    "crc": ("binary",),
    "counts_cr": (True,),
    "trailer": ("\x00", "\x00\x00\x00", "\r\n", "\n", " \x00"),
    "lower_case": (True,),
    "header_account": (False,),
    "sequence": ("hexadecimal", "zero"),
    "link_test_sequence": (1, 9999),
    "link_test_data": ("#0000|0000 00 000", "#1234", " "),
    "inner_account": ("bare", "none"),
    "contact_id_type": ("18", "98"),
    "area": ("pi",),
    "separator": (False,),
    "text": ("xsia", "block"),
    "text_width": (24, 40),
    "encoding": ("utf-8", "windows-1252"),
    "occurred": ("time-only",),
    "stamp": ("never", "rubbish"),
    "stamp_zone": ("Asia/Almaty", "Europe/Rome"),
    "pad": ("alphanumeric", "constant"),
    "bar": ("events",),
    "trailing_pad": (True,),
    "window": (2, 3),
    "on_duh": ("repeat",),
    "on_nak": ("ignore",),
    "retry_stamp": ("same",),
}
"""What each switch can be turned to. A test holds that none is forgotten."""

_TEXTS = ("", "", "", "Hall", "Зал", "Есік", "O'Hara / 2nd", "50% *x*", "a^b|c", "[x]", "Tür\x80", " blanks  ", "NM")
_LETTERS = "ACGHIJKLMNOPRSTVXYZBDq1"
_VALUES = ("", "1", "12:59:59,01-02-2026", "006E07.777", "45N23.456", '{"a":1}', "0026b9e4268b", "Зал", "x" * 60, "DP4")


class Base(Struct, frozen=True):
    """Bytes of one right frame (or of several, of a panel that does not wait), and the key they are under."""

    raw: bytes
    key: str = ""


CAPTURED = tuple(Base(vector.frame, "" if vector.key is None else vector.key.hex()) for vector in VECTORS.values())


class Numbers:
    """Counters in memory."""

    def __init__(self, first: int) -> None:
        self._next = first

    def take(self, name: str, count: int = 1) -> int:
        """The next numbers."""
        first = self._next
        self._next += count
        return first


def hexadecimal(rng: Random, least: int, most: int) -> str:
    """Hex digits, often decimal ones only."""
    digits = "0123456789" if rng.random() < 0.6 else "0123456789ABCDEFabcdef"
    return "".join(rng.choices(digits, k=rng.randint(least, most)))


def quirks(rng: Random) -> Quirks:
    """No switch at all as often as a few of them."""
    if rng.random() < 0.4:
        return STRICT
    while True:
        names = rng.sample(sorted(_CHOICES), rng.randint(1, 4))
        try:
            return Quirks(**{name: rng.choice(_CHOICES[name]) for name in names})  # type: ignore[arg-type]
        except UserError:  # no panel can be like that
            continue


def panel(rng: Random) -> PanelSpec:
    """A panel."""
    key = rng.choice(("", "", *KEYS[:3]))
    if rng.random() < 0.05:
        key = KEYS[3]
    account = hexadecimal(rng, 3, 16)
    if rng.random() < 0.05:
        account = rng.choice(("foc7688", "1", "00000000", "XYZ"))
    return PanelSpec(
        account=account,
        prefix=rng.choice(("0", "0", "0", "", None, hexadecimal(rng, 1, 6), account[:6])),
        receiver=rng.choice((None, None, "1", hexadecimal(rng, 1, 6))),
        inner=rng.choice((None, None, None, "0000", hexadecimal(rng, 3, 16))),
        key=key,
        edition=rng.choice((2007, 2013, 2013, 2017, 2021, 2026)),
        quirks=quirks(rng),
        first=rng.choice((0, 8, 9, 9997, rng.randrange(20000))),
    )


def extended(rng: Random) -> dict[str, list[str]]:
    """Extended data, mostly none."""
    if rng.random() < 0.6:
        return {}
    return {
        letter: rng.choices(_VALUES, k=rng.choice((1, 1, 1, 2, 5)))
        for letter in rng.sample(_LETTERS, rng.randint(1, 4))
    }


def signal(rng: Random, account: str) -> Signal:
    """An event, readable or nearly so."""
    sia = rng.random() < 0.6
    number = "".join(rng.choices("0123456789", k=rng.randint(0, 4) if sia else 3))
    return Signal(
        account=account,
        scheme=Scheme.SIA if sia else Scheme.CONTACT_ID,
        code=rng.choice(("BA", "FA", "PA", "BR", "CL", "OP", "RP", "ZY", "NM"))
        if sia
        else rng.choice(("110", "130", "602", "1B2")),
        qualifier=Qualifier.NEW if sia else rng.choice(list(Qualifier)),
        partition="".join(rng.choices("0123456789", k=rng.randint(0, 3) if sia else 2)),
        number=number,
        text=rng.choice(_TEXTS),
        occurred_at=rng.choice((None, NOW.wall, NOW.wall - 3600)),
        old=sia and rng.random() < 0.2,
        url=rng.choice(("", "", "https://example.test/clip")),
        extended=extended(rng),
    )


def message(rng: Random, account: str) -> Message:
    """Anything that a panel can be told to say."""
    chance = rng.random()
    if chance < 0.65:
        return signal(rng, account)
    if chance < 0.85:
        return LinkTest(account, extended(rng))
    return Payload(
        account,
        rng.choice(("SIA-DCS", "ADM-CID", "SIA-PUL", "ACR-SF", "ADM-CIDX", "NULL", "XNM", "WHAT")),
        rng.choice(
            ("DCS008|000|0000", "Nri1BA503^x^", "18 1130 01 007", "1130 01 015|3130 01 015", "", "NBA1|#9999|NFA2")
        ),
        extended(rng),
    )


def end(spec: PanelSpec, rng: Random) -> SendingEnd:
    """The sending end of a panel. Raises UserError for one that cannot be."""
    return SendingEnd(
        account=spec.account,
        counters=Numbers(spec.first),
        counter="fuzz",
        prefix=spec.prefix,
        receiver=spec.receiver,
        inner_account=spec.inner,
        key=spec.key_bytes,
        edition=Edition.E2013 if spec.edition is None else Edition(spec.edition),
        quirks=spec.quirks,
        random_bytes=rng.randbytes,
    )


def sent(rng: Random) -> Base:
    """What a panel sends, at about the time of the receiver."""
    while True:
        spec = panel(rng)
        try:
            panel_ = end(spec, rng)
            wall = NOW.wall + rng.choice((0.0, 0.0, 0.0, -39.0, 21.0, -86400.0))
            for _ in range(rng.randint(1, spec.quirks.window)):
                panel_.submit(message(rng, spec.account), Moment(wall, NOW.mono))
        except UserError:
            continue
        return Base(panel_.data_to_send(), spec.key)


def base(rng: Random) -> Base:
    """A frame to begin with."""
    if rng.random() < 0.4:
        return rng.choice(CAPTURED)
    chosen = sent(rng)
    if chosen.key and rng.random() < 0.3:
        return Base(_inside(chosen, rng), chosen.key)
    return chosen


def _inside(given: Base, rng: Random) -> bytes:
    """The same message damaged before it was encrypted: a panel with the right key and wrong words."""
    found = reference.frames(given.raw)
    secret = found[0].cipher if found else None
    if secret is None:
        return given.raw
    plain = bytearray(reference.decrypt(bytes.fromhex(given.key), secret))
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(plain))
        if rng.random() < 0.5:
            plain[at] = rng.choice(b"|[]#^/_0123456789NABC\x00\xff\r\n")
        elif rng.random() < 0.5:
            plain[at:at] = rng.choice((b"|", b"]", b"[", b"#1234|", b"[X1]", b"/BA1", b"\x10" * 16))
        else:
            del plain[at : at + rng.randint(1, 20)]
            plain = plain or bytearray(16)
    rest = -len(plain) % 16
    plain = bytearray(rng.randbytes(rest)) + plain if rng.random() < 0.5 else plain + bytes(rest)
    digits = reference.encrypt(bytes.fromhex(given.key), bytes(plain)).hex().upper().encode()
    head = found[0].body.partition(b"[")[0]
    return reference.build(head + b"[" + digits, binary=found[0].binary)
