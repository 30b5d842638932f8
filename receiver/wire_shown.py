"""What a watcher of the wire is told of a verdict, and of bytes that are no message. Keys in them are masked."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from protocols import dc09, wires
from protocols.auto import NAME as AUTO
from protocols.choosing import Chooser
from protocols.ends import Source
from protocols.model import Finding, Noise, Protection, Verdict
from protocols.secrets import masked, masked_damaged, masked_piece
from protocols.sia.reading import PROTOCOL as SIA

_LIKENESS_BYTES = 512
"""Bytes of noise that every protocol is asked about: twice the longest message that lines carry."""
_STRANGERS = frozenset(("garbage", "sia-blocks", "sur-gard", "ademco-685", "dc-07", "osborne-hoffman"))
"""``Noise.guess`` of bytes that may be whole messages of another protocol than the adapter's."""
_DECRYPTED = {Protection.NONE: None, Protection.KEYED: True, Protection.FAILED: False}


def may_carry_keys(source: Source) -> bool:
    """Whether a piece whose beginning is not known may be the rest of a key. No line protocol carries any."""
    return source.protocol == dc09.PROTOCOL or source.protocol not in wires.WIRES


def stream(source: Source, text: str) -> str:
    """Bytes of a stream that begin outside a key, with keys and codes masked."""
    if source.protocol == SIA or source.protocol == AUTO:
        return masked_damaged(text, sia=source.protocol == SIA)
    return masked(text)


def piece(source: Source, text: str) -> str:
    """The same where the beginning is not known."""
    text = stream(source, text)
    return masked_piece(text) if may_carry_keys(source) else text


def noise(source: Source, guess: str, raw: bytes, size: int, answer: str) -> dict[str, Any]:
    """What it probably is, what is known of it, and what was answered to it by itself."""
    text = raw.decode("latin-1")
    return {
        "guess": guess,
        "values": _damaged(Noise(raw, guess, size or len(raw))) | _likely(source, guess, raw),
        "bytes": piece(source, text),
        "size": size or len(raw),
        "answer": answer,
    }


def verdict(
    decided: Verdict,
    answer: str,
    why: str,
    kind: str,
    token: str,
    account: str,
    sequence: str,
    protection: Protection,
    findings: tuple[Finding, ...],
    plain: bytes,
    inside: tuple[str, ...],
) -> dict[str, Any]:
    """What was decided on a message, and why."""
    return {
        "kind": kind,
        "token": token,
        "account": account,
        "inside": inside,
        "sequence": sequence,
        "encrypted": protection is not Protection.NONE,
        "decrypted": _DECRYPTED[protection],
        "verdict": decided,
        "answer": answer,
        "why": why,
        "findings": [
            {"id": each.id, "severity": each.severity, "offset": each.offset, "length": each.length}
            for each in findings
        ],
        "plain": masked(plain.decode("latin-1")),
    }


def _damaged(said: Noise) -> dict[str, str]:
    """What can be told of a message that was not whole: its account, and its CRC as given and as computed."""
    name = said.guess.partition(".")[0]
    if name == dc09.PROTOCOL:
        return dc09.damaged(said)
    wire = wires.WIRES.get(name)
    values: dict[str, str] = {}
    for layer in () if wire is None else wire.explain(said.raw, noise=said.guess).layers:
        for part in layer.parts:
            if part.id.endswith(".account") and part.value:
                values.setdefault("account", part.value)
            elif part.id.endswith(".crc") and not part.fits and said.size <= len(said.raw):
                values |= {key: part.values[key] for key in ("given", "computed") if key in part.values}
    return values


def _likely(source: Source, guess: str, raw: bytes) -> dict[str, str]:
    """The protocol that noise is a message of, where exactly one is sure: another than the adapter was given."""
    wire = _recognised(raw[:_LIKENESS_BYTES]) if guess in _STRANGERS and source.protocol in wires.WIRES else None
    return {} if wire is None or wire == source.protocol else {"likely": wire, "title": wires.WIRES[wire].title}


@lru_cache(256)
def _recognised(data: bytes) -> str | None:
    """Asked once, however many watch. As much as one turn looks at: rubbish must not keep the others waiting."""
    chooser = Chooser()
    chooser.data = data
    wire = chooser.choose(final=True) if data else None
    return None if wire is None else wire.name
