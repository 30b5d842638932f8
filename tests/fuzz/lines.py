"""Inputs of the protocols of lines: right messages of every one of them, damaged, mixed, and their checks made good."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

from protocols.d6600 import grammar as d6600
from protocols.ends import Limits, LinkTest, SendingEnd, Source
from protocols.errors import UserError
from protocols.lines.options import SourceOptions, Speaker
from protocols.model import Arrival, Dialect, Qualifier, Scheme, Signal, Verdict
from protocols.mx8000.grammar import v_byte
from protocols.sia.blocks import parity
from protocols.wires import WIRES
from tests.fuzz import mutations
from tests.fuzz.case import Case
from tests.protocols.dc09_support import NOW
from tests.protocols.sia_support import said
from tests.protocols.wire_examples import EXAMPLES

NAMES = tuple(name for name in WIRES if name != "dc09")
SIA_BLOCKS = (
    said("#1234"), said("&1234"), said("Nri1/BA01"), said("NFA12"), said("OCL01"), said("ABOILER ROOM"), said("0"),
    said("0", asks=False), said("L"), said("C1"), said("X1"), said("@", asks=False), said("?1234"),
    said("Nti12:30/OP1|NCL2"), said("Nri1/BA01", reverse=True),
    said("Ti2500"), said("8"), said("9"), said("Pcommand"), said("Vframe"), said("~x"),
    b"POLL1234#\x00\x01\x02\x03\r\n", b"F#1234\r\n", b"P#1234\r\n", b"\x08\x09", b"21234181131010158\r\n",
)  # fmt: skip
_TERMINATORS = (b"\x14", b"\r", b"\n", b"\r\n", b"\x14\0", b"\x14\r\n", b"", b"\0")
_MOST = 100_000
_VALUES = (True, True, False, 1, 3, 4, "cr", "none", "lf", "texecom", "always", "before", "caret", "minutes", "poll")


def messages(rng: Random) -> Case:
    """What a station may be fed."""
    name = rng.choice(NAMES)
    wire = WIRES[name]
    out, made = [], []
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
        frame = _base(name if rng.random() < 0.93 else rng.choice(tuple(EXAMPLES)), rng)
        if rng.random() < 0.55:
            mutation = rng.choice((*mutations.OF_BYTES, terminator, high_bits, digits))
            frame = mutation(frame, rng)
            made.append(mutation.__name__)
            if rng.random() < 0.6:
                frame = checked(name, frame)
                made.append("checked")
        out += [frame] * rng.choice((1, 1, 1, 1, 2, 3))
    data = b"".join(out)
    if rng.random() < 0.05:
        made.append("many")
        data *= rng.choice((2, 20, 70))
    data = data[:_MOST]
    return Case(
        target="line",
        wire=name,
        edge=rng.choice(("", *wire.edges)),
        serial=rng.random() < 0.5,
        silent=rng.random() < 0.3,
        data=data.decode("latin-1"),
        cuts=_cuts(data, rng),
        verdict=rng.choice((Verdict.STORED, Verdict.STORED, Verdict.STORED, *Verdict)),
        time_zone=rng.choice(("UTC", "Asia/Almaty", "No/Where")),
        made=tuple(made),
    )


def answers(rng: Random) -> Case:
    """What a sender may hear: right answers, those of others, damaged ones."""
    while True:
        name = rng.choice(NAMES)
        spoken = signal(rng) if rng.random() < 0.85 else None
        patches, first = _patches(name, rng), rng.randrange(9999)
        try:
            end = sender(name, "1234", patches, first)
            end.submit(LinkTest("1234") if spoken is None else spoken, NOW)
        except UserError:
            continue
        break
    sent = end.data_to_send()
    out, made = [], []
    for _ in range(rng.choice((1, 2, 3, 5))):
        answer = _answer(name, sent, rng)
        if rng.random() < 0.35:
            mutation = rng.choice((*mutations.OF_BYTES, high_bits))
            answer = mutation(answer, rng)
            made.append(mutation.__name__)
        out.append(answer)
    data = b"".join(out)[:_MOST]
    return Case(
        target="line answers",
        wire=name,
        data=data.decode("latin-1"),
        cuts=_cuts(data, rng),
        silent=rng.random() < 0.3,
        patches=patches,
        first=first,
        signal=spoken,
        made=tuple(made),
    )


def sender(name: str, account: str, patches: dict[str, bool | int | str], first: int) -> SendingEnd:
    """The panel's end. Where its messages have numbers they begin at random, here with ``first``."""
    end = WIRES[name].sending(Speaker(account=account, quirks=patches))
    speech: Any = getattr(end, "_speech", None)
    if hasattr(speech, "_sequence"):
        speech._sequence = first
    return end


def signal(rng: Random) -> Signal:
    """Something to say; not every protocol can."""
    contact = rng.random() < 0.5
    number = rng.choice(("1", "01", "015", "999", "1234", "", "0"))
    return Signal(
        account="1234",
        scheme=Scheme.CONTACT_ID if contact else Scheme.SIA,
        code=rng.choice(("130", "401", "602", "110") if contact else ("BA", "BR", "CL", "FA", "AT", "LT")),
        qualifier=rng.choice(tuple(Qualifier)),
        partition=rng.choice(("", "1", "01", "99")),
        number=number,
        text=rng.choice(("", "", "BOILER ROOM", "Қазандық", "a|b]", "\x14\r\n")),
    )


def _base(name: str, rng: Random) -> bytes:
    if name == "sia" and rng.random() < 0.8:
        return rng.choice(SIA_BLOCKS)
    if rng.random() < 0.7 or name == "dc09":
        return rng.choice(EXAMPLES[name])
    try:
        account = rng.choice(("1234", "0012", "ABCD", "123456"))
        end = sender(name, account, _patches(name, rng), rng.randrange(9999))
        end.submit(signal(rng) if rng.random() < 0.9 else LinkTest("1234"), NOW)
    except UserError:
        return rng.choice(EXAMPLES[name])
    return end.data_to_send() or rng.choice(EXAMPLES[name])


def _patches(name: str, rng: Random) -> dict[str, bool | int | str]:
    """A switch or two of a sender; what it does not take is left to it to refuse."""
    quirks = sorted(WIRES[name].quirks)
    chosen = rng.sample(quirks, k=min(len(quirks), rng.choice((0, 0, 1, 2))))
    return {quirk: rng.choice(_VALUES) for quirk in chosen}


def _answer(name: str, sent: bytes, rng: Random) -> bytes:
    chance = rng.random()
    if chance < 0.6:
        wire = WIRES[name]
        end = wire.receiving(
            Source("line", name, "192.0.2.7:41122", "192.0.2.7"),
            lambda *_: Dialect(),
            options=SourceOptions(),
            limits=Limits(),
            first=0,
        )
        items = [*end.receive(sent, NOW), *end.receive_eof(NOW)]
        verdict = rng.choice((Verdict.STORED, Verdict.STORED, Verdict.MALFORMED, Verdict.REFUSED, Verdict.UNSUPPORTED))
        for item in items:
            if isinstance(item, Arrival):
                end.decide(item, verdict, NOW)
        return end.data_to_send()
    if chance < 0.85:
        return rng.choice((b"\x06", b"\x15", b"@8\x87", b"@9\x86", b"\x08", b"\x09", b"\x1b", b"\x06\x06", b"\x06\x15"))
    return _base(rng.choice(NAMES), rng)


def _cuts(data: bytes, rng: Random) -> tuple[int, ...]:
    if rng.random() < 0.15 and len(data) < 400:
        return tuple(range(len(data)))
    return tuple(sorted(rng.randint(0, len(data)) for _ in range(rng.choice((0, 1, 2, 6)))))


# --- damage of lines -------------------------------------------------------------------------------------------------


def terminator(data: bytes, rng: Random) -> bytes:
    """Another end of a line, or none."""
    return data.rstrip(b"\x14\r\n\0") + rng.choice(_TERMINATORS)


def high_bits(data: bytes, rng: Random) -> bytes:
    """Parity bits that somebody left in place."""
    if rng.random() < 0.5:
        return bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in data)
    return bytes(byte | 0x80 if rng.random() < 0.1 else byte for byte in data)


def digits(data: bytes, rng: Random) -> bytes:
    """One digit becomes another, or a letter."""
    places = [at for at, byte in enumerate(data) if chr(byte).isalnum()]
    if not places:
        return data
    at = rng.choice(places)
    return data[:at] + rng.choice((b"0", b"9", b"A", b"F", b"Z", b"x", b" ")) + data[at + 1 :]


def _sia(frame: bytes) -> bytes:
    body = frame[:-1][:65]
    if len(body) < 2:
        return frame
    body = bytes((body[0] & 0xC0 | len(body) - 2, *body[1:]))
    return body + bytes((parity(body),))


def _mx8000(frame: bytes) -> bytes:
    return frame[:-2] + bytes((v_byte(frame[:-2]),)) + frame[-1:] if len(frame) > 3 else frame


def _d6600(frame: bytes) -> bytes:
    found = re.match(rb"\n[0-9A-F]{4}(.*\])\r?", frame, re.DOTALL)
    return b"\n%04X%b\r" % (d6600.crc(found[1]), found[1]) if found else frame


_CHECKS: dict[str, Callable[[bytes], bytes]] = {"sia": _sia, "mx8000": _mx8000, "d6600": _d6600}


def checked(name: str, frame: bytes) -> bytes:
    """With checks that fit what is there now, where a protocol has any."""
    return _CHECKS.get(name, bytes)(frame)
