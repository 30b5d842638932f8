"""A message in few lines: what it is, its events, its departures."""

from __future__ import annotations

from collections.abc import Iterator

from protocols import catalogue, secrets
from protocols.capture import Side
from protocols.catalogue import texts
from protocols.model import Arrival, ArrivalKind, Noise, Protection, Signal
from protocols.wires import BY_NAME
from ptsn.decoding import layout
from ptsn.decoding.cells import text as shown
from ptsn.decoding.keys import Known
from ptsn.decoding.layout import MARKS, RANK
from ptsn.decoding.reader import DC09
from ptsn.decoding.record import moment
from ptsn.decoding.seen import ARROWS, Seen
from ptsn.decoding.waiting import Unanswered
from ptsn.decoding.words import finding as here
from ptsn.decoding.words import restored, say
from ptsn.render import clean

_NOISE = 64
"""Bytes shown of what is no message."""


def brief(seen: Seen, known: Known, language: str) -> Iterator[str]:
    """The lines of one message, or of noise."""
    item = seen.item
    front = _front(seen.at, seen.panel, ARROWS[seen.side], seen.station)
    if isinstance(item, Noise):
        what = say("brief.noise", language, guess=item.guess, size=item.size)
        yield "  ".join([*front, f"{what}: {texts.noise(item.guess, language)}"])
        yield f"    {shown(layout.masked_noise(item.raw, seen.protocol)[:_NOISE])}"
        return
    yield "  ".join([*front, *_head(item, known, language)])
    for signal in item.signals:
        yield "    " + "  ".join(_event(signal, language))
        for letter, values in signal.extended.items():
            for value in values:
                yield f"      {clean(letter)}: {secrets.STAR * len(value) if secrets.is_key(letter) else clean(value)}"
    for finding in sorted(item.findings, key=lambda one: -RANK[one.severity]):
        yield f"    {MARKS[finding.severity.value].strip()} {finding.id}: {here(finding.id, language)}"
    for text in restored(seen.restored, language):
        yield f"    · {text}"


def unanswered(one: Unanswered, language: str) -> str:
    """The line of a message to which nothing came back."""
    words = [clean(one.token) or "?", say("account", language, account=clean(one.account) or "-")]
    if one.sequence:
        words.append(say("brief.sequence", language, number=clean(one.sequence)))
    words.append(say("unanswered", language))
    return "  ".join([*_front(one.at, one.panel, ARROWS[Side.PANEL], one.station), *words])


def _front(at: float | None, panel: str, arrow: str, station: str) -> list[str]:
    return [*([time] if (time := moment(at)) else []), f"{clean(panel)} {arrow} {clean(station)}".strip()]


def _head(message: Arrival, known: Known, language: str) -> list[str]:
    words = [name(message), *([] if _bare(message) else [account_of(message, language)])]
    if message.sequence:
        words.append(say("brief.sequence", language, number=clean(message.sequence)))
    if (what := kind(message, language)) is not None:
        words.append(what)
    if message.protection is not Protection.NONE:
        words.append(secret(message, known, language))
    if sent_at := moment(message.sent_at):
        words.append(say("brief.sent", language, time=sent_at))
    return words


def name(message: Arrival) -> str:
    """What a message calls itself, behind the name of its protocol where that is not DC-09."""
    token = clean(message.token) or "?"
    if message.protocol == DC09 or message.protocol not in BY_NAME:  # digits of a telephone call name their format
        return token
    return f"{BY_NAME[message.protocol].title}  {token}"


def kind(message: Arrival, language: str) -> str | None:
    """What sort of message it is, where neither its events nor its name say so; None where they do."""
    if message.amends is not None:
        return say("kind-of.amendment", language, number=message.amends.entry)
    if message.protocol == DC09 or message.kind is ArrivalKind.EVENT:
        return None
    alone = message.kind is ArrivalKind.LINK_TEST and message.reply is None  # not handed to the station
    return say("kind-of.session" if alone else f"kind-of.{message.kind.value}", language)


def account_of(message: Arrival, language: str) -> str:
    """Account of a message in words."""
    return say("account", language, account=clean(message.account) or "-")


def _bare(message: Arrival) -> bool:
    """Whether no account belongs to it: an answer of other protocols than DC-09 names none."""
    return message.protocol != DC09 and not message.account


def secret(message: Arrival, known: Known, language: str) -> str:
    """Whether an encrypted message was opened, and by which of the keys, taken as what; or why not."""
    if message.protection is Protection.KEYED:
        way = known.way(message.key_owner)
        id_ = "-".join(word for word in ("secret.opened", way.form, way.letters) if word)
        return say(id_, language, number=way.number)
    if not known.given:
        return say("secret.no-key", language)
    return say("secret.wrong-key" if known.given == 1 else "secret.wrong-keys", language, count=known.given)


def _event(signal: Signal, language: str) -> list[str]:
    name = catalogue.name(signal.scheme.value, signal.code, signal.qualifier.value, language)
    words = [f"{clean(signal.code)} {catalogue.qualifier_name(signal.qualifier.value, language)}", clean(name)]
    words.append(say("account", language, account=clean(signal.account) or "-"))
    if signal.partition:
        words.append(f"{catalogue.subject_name('partition', language)} {clean(signal.partition)}")
    if signal.number:
        words.append(f"{catalogue.subject_name(signal.subject or 'none', language)} {clean(signal.number)}")
    more: list[str | None] = [signal.text, moment(signal.occurred_at), signal.url]
    return words + [clean(one) for one in more if one]
