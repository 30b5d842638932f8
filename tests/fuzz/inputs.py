"""From a seed and a number to an input, always the same."""

from __future__ import annotations

from random import Random

from protocols.dc09 import ReceivingEnd
from protocols.ends import LinkTest
from protocols.errors import UserError
from protocols.model import Arrival, Dialect, Key, Signal, Verdict
from tests.fuzz import fields, lines, mutations, panels, reference
from tests.fuzz.case import Case
from tests.protocols.dc09_support import NOW, SOURCE, STAMP

RESPONSES = ("", "COR1*1", "CSA1*1/SB012*0|PTI1*0700", "Зал", "x" * 3000)
"""What a receiver may have to say."""
LINES = 2
"""Every so many inputs one is of another protocol than DC-09."""
_MOST = 200_000
"""Bytes of an input."""


def make(seed: int, number: int) -> Case:
    """The input ``number`` of a run with ``seed``."""
    rng = Random(f"{seed}/{number}")
    if number % LINES:
        return _answers(rng) if rng.random() < 0.2 else _messages(rng)
    return lines.answers(rng) if rng.random() < 0.25 else lines.messages(rng)


def _messages(rng: Random) -> Case:
    bases = [panels.base(rng) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    origins = tuple(base.raw.decode("latin-1") for base in bases)
    data, made = _damaged([base.raw for base in bases], rng)
    keys = tuple(dict.fromkeys(base.key for base in bases if base.key and base.key != panels.KEYS[3]))
    if rng.random() < 0.2:
        keys = (panels.KEYS[0], *keys)
    return Case(
        target="receiving",
        data=data.decode("latin-1"),
        cuts=_cuts(data, rng),
        verdict=rng.choice((Verdict.STORED, Verdict.STORED, Verdict.STORED, *Verdict)),
        keys=keys,
        edition=rng.choice((None, None, 2007, 2013, 2017, 2021, 2026)),
        time_zone=rng.choice(("UTC", "UTC", "Asia/Almaty", "Europe/Rome", "No/Where")),
        origins=origins,
        response=rng.choice(RESPONSES) if rng.random() < 0.1 else None,
        made=tuple(made),
    )


def _damaged(frames: list[bytes], rng: Random) -> tuple[bytes, list[str]]:
    """The frames in one stream, some of them damaged."""
    out, made = [], []
    for frame in frames:
        if rng.random() < 0.65:
            frame, names = fields.rebuilt(frame, rng)
            made += names
        if rng.random() < 0.3:
            mutation = rng.choice(mutations.OF_BYTES)
            frame = mutation(frame, rng)
            made.append(mutation.__name__)
        out.append(frame)
    if len(out) > 1 and rng.random() < 0.2:
        made.append("splice")
        first, second = out[0], out[1]
        out[:2] = [first[: rng.randint(0, len(first))] + second[rng.randint(0, len(second)) :]]
    data = b"".join(out)
    if rng.random() < 0.1:
        made.append("many")
        data *= rng.choice((2, 3, 20, 70))
    return data[:_MOST], made


def _cuts(data: bytes, rng: Random) -> tuple[int, ...]:
    if rng.random() < 0.1 and len(data) < 400:
        return tuple(range(len(data)))
    return tuple(sorted(rng.randint(0, len(data)) for _ in range(rng.choice((0, 1, 2, 6)))))


def _answers(rng: Random) -> Case:
    """Answers to what a panel sent: right ones, wrong ones, damaged ones."""
    while True:
        spec = panels.panel(rng)
        message = LinkTest(spec.account) if rng.random() < 0.2 else panels.signal(rng, spec.account)
        try:
            end = panels.end(spec, rng)
            end.submit(message, NOW)
        except UserError:
            continue
        break
    sent = end.data_to_send()
    out, made = [], []
    for _ in range(rng.choice((1, 1, 2, 3))):
        answer, name = _answer(sent, spec.key, rng)
        made.append(name)
        if rng.random() < 0.5:
            answer, names = fields.rebuilt(answer, rng)
            made += names
        if rng.random() < 0.3:
            mutation = rng.choice(mutations.OF_BYTES)
            answer = mutation(answer, rng)
            made.append(mutation.__name__)
        out.append(answer)
    data = b"".join(out)[:_MOST]
    return Case(
        target="sending",
        data=data.decode("latin-1"),
        cuts=_cuts(data, rng),
        panel=spec,
        signal=message if isinstance(message, Signal) else None,
        made=tuple(made),
    )


def _answer(sent: bytes, key: str, rng: Random) -> tuple[bytes, str]:
    """An answer to a message, as our receiver gives it or as another might."""
    verdict = rng.choice((Verdict.STORED, Verdict.STORED, Verdict.STALE, Verdict.UNSUPPORTED))
    chance = rng.random()
    known = Dialect(keys=(Key(bytes.fromhex(key), "panel"),) if key else ())
    if chance < 0.5:
        end = ReceivingEnd(SOURCE, lambda _adapter, _r, _line, _account: known, random_bytes=rng.randbytes)
        for item in end.receive(sent, NOW):
            if isinstance(item, Arrival):
                end.decide(item, verdict, NOW)
        return end.data_to_send(), f"answer:{verdict.value}"
    if chance < 0.9:
        found = reference.frames(sent)
        echo = (found[0].echo if found else None) or b"0001L0#1234"
        content = rng.choice(
            (b"]", b"#1234|COR1*1]", b"#1234|]", b"][K00112233445566778899AABBCCDDEEFF]", b"][Pxyz]", b"]")
        )
        name = rng.choice((b"RSP", b"RSP", b"ACK"))
        if key and rng.random() < 0.8:
            content += STAMP
            pad = bytes(rng.choices(b"abcdefgh", k=16 - (len(content) + 1) % 16))
            digits = reference.encrypt(bytes.fromhex(key), pad + b"|" + content).hex().upper().encode()
            return reference.build(b'"*' + name + b'"' + echo + b"[" + digits), "answer:other"
        return reference.build(b'"' + name + b'"' + echo + b"[" + content + rng.choice((b"", STAMP))), "answer:other"
    return rng.choice(panels.CAPTURED).raw, "answer:captured"
