"""A message in few lines: what it is, its events, its departures."""

from __future__ import annotations

from collections.abc import Iterator

from protocols import catalogue
from protocols.catalogue import texts
from protocols.model import Arrival, Noise, Protection, Signal
from ptsn.decoding.cells import text as shown
from ptsn.decoding.conversation import ARROWS, Seen
from ptsn.decoding.record import moment
from ptsn.decoding.words import say
from ptsn.render import clean

_NOISE = 64
"""Bytes shown of what is no message."""


def brief(seen: Seen, keys: int, language: str) -> Iterator[str]:
    """The lines of one message, or of noise. ``keys``: how many were given."""
    item = seen.item
    front = [*([at] if (at := moment(seen.at)) else [])]
    front.append(f"{clean(seen.panel)} {ARROWS[seen.side]} {clean(seen.station)}".strip())
    if isinstance(item, Noise):
        what = say("brief.noise", language, guess=item.guess, size=item.size)
        yield "  ".join([*front, f"{what}: {texts.noise(item.guess, language)}"])
        yield f"    {shown(item.raw[:_NOISE])}"
        return
    yield "  ".join([*front, *_head(item, keys, language)])
    for signal in item.signals:
        yield "    " + "  ".join(_event(signal, language))
        for letter, values in signal.extended.items():
            for value in values:
                yield f"      {clean(letter)}: {'*' * len(value) if letter == 'K' else clean(value)}"
    for finding in item.findings:
        yield f"    ! {finding.id}: {texts.finding(finding.id, language)}"
    if seen.restored:
        yield f"    · {say(f'restored.{seen.restored}', language)}"


def _head(message: Arrival, keys: int, language: str) -> list[str]:
    words = [clean(message.token) or "?", say("account", language, account=clean(message.account) or "-")]
    words.append(say("brief.sequence", language, number=clean(message.sequence)))
    if message.protection is not Protection.NONE:
        words.append(secret(message, keys, language))
    if sent_at := moment(message.sent_at):
        words.append(say("brief.sent", language, time=sent_at))
    return words


def secret(message: Arrival, keys: int, language: str) -> str:
    """Whether an encrypted message was opened, and by which of the keys; or why not."""
    if message.protection is Protection.KEYED:
        return say("secret.opened", language, number=message.key_owner.rpartition(" ")[2])
    if not keys:
        return say("secret.no-key", language)
    return say("secret.wrong-key" if keys == 1 else "secret.wrong-keys", language, count=keys)


def _event(signal: Signal, language: str) -> list[str]:
    name = catalogue.name(signal.scheme.value, signal.code, signal.qualifier.value, language)
    words = [f"{clean(signal.code)} {signal.qualifier.value}", clean(name)]
    words.append(say("account", language, account=clean(signal.account) or "-"))
    if signal.partition:
        words.append(f"{catalogue.subject_name('partition', language)} {clean(signal.partition)}")
    if signal.number:
        words.append(f"{catalogue.subject_name(signal.subject or 'none', language)} {clean(signal.number)}")
    more: list[str | None] = [signal.text, moment(signal.occurred_at), signal.url]
    return words + [clean(one) for one in more if one]
