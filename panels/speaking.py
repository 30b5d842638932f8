"""The sending end of a panel's protocol, and what may be asked of it by name: its quirks, and faults of the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import SystemRandom

from msgspec.structs import asdict, replace

from panels import faults
from panels.faults import Faults
from panels.habits import DC09, FIRST_RECEIVER, Habits, Identity
from protocols import dc09, wires
from protocols.dc09.quirks import Quirks
from protocols.ends import CounterStore, Ticket
from protocols.lines import quirks
from protocols.lines.options import Speaker
from protocols.lines.sending import QuirksError
from protocols.radio.unit import RadioSpeaker
from receiver.adapters.client import SendingEnd
from receiver.adapters.counters import MemoryCounters

Value = bool | int | str

_TRUTH = {"": True, "true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_escape = re.compile(r"\\(?:([0rnt\\])|x([0-9A-Fa-f]{2}))")
_SHORT = {"0": "\0", "r": "\r", "n": "\n", "t": "\t", "\\": "\\"}


def speak(
    who: Identity, its: Habits, counters: CounterStore, key: bytes | None, path: str, heartbeat_s: float | None = None
) -> SendingEnd:
    """An end for one path. Raises QuirksError and UnsendableError for what its protocol cannot have.

    With ``heartbeat_s`` it shows by itself that an idle line lives, where its protocol has a form for that; otherwise
    link tests are for whoever has the end.
    """
    if its.protocol == DC09:
        return dc09.SendingEnd(
            account=who.account,
            counters=counters,
            counter=who.counter,
            prefix=who.prefix,
            receiver=who.receiver,
            inner_account=who.inner_account,
            key=key,
            ack_timeout_s=its.ack_timeout_s,
            attempts=its.attempts,
            edition=its.edition,
            quirks=its.quirks,
            path=path,
        )
    speaker = Speaker(
        account=who.account,
        receiver=FIRST_RECEIVER if who.receiver is None else who.receiver,
        line=who.line,
        ack_timeout_s=its.ack_timeout_s,
        attempts=its.attempts,
        heartbeat_s=heartbeat_s,
        encoding=its.encoding,
        quirks=its.departures,
        radio=_radio(its, counters),
    )
    end: SendingEnd = wires.find(its.protocol).sending(speaker)  # type: ignore[assignment]
    return end


def _radio(its: Habits, counters: CounterStore) -> RadioSpeaker | None:
    if its.radio is None:
        return None
    outfit = its.radio
    return RadioSpeaker(
        unit=outfit.unit, options=outfit.options, counters=counters, shelf=outfit.shelf, random=SystemRandom()
    )


def taken(its: Habits) -> str:
    """What is said of a message that went well."""
    return "sent, and never answered to a one-way unit" if its.one_way else "acknowledged"


def numbered(its: Habits, ticket: Ticket) -> str:
    """The number that a message has on the wire, for people, with a comma in front; empty where it has none."""
    return f", sequence {ticket.sequence:04d}" if its.protocol == DC09 else ""


def sentences(protocol: str) -> dict[str, str]:
    """Everything that can be asked for by name, with an English sentence: quirks first. Raises UnknownWireError."""
    return {**wires.find(protocol).quirks, **faults.SENTENCES}


def with_quirks(who: Identity, its: Habits, given: Mapping[str, str]) -> Habits:
    """The habits with quirks and faults as a person writes them: ``{"crc": "binary", "baud": "300"}``.

    Raises QuirksError, which names what is not known and what there is, and UnsendableError for a panel that its
    protocol has no room for.
    """
    known = sentences(its.protocol)
    for name in given:
        if name not in known:
            raise QuirksError(f"quirk {name!r} is not known with {its.protocol}; there are: {', '.join(known)}.")
    values: dict[str, Value] = {name: _value(text) for name, text in given.items()}
    changed = replace(its, faults=_faults({name: values.pop(name) for name in given if name in faults.SENTENCES}, its))
    # Digits may be meant as text: the protocol knows.
    numbers = [name for name, value in values.items() if isinstance(value, int) and not isinstance(value, bool)]
    wrong = []
    for tried in (values, *({**values, name: given[name]} for name in numbers)):
        try:
            return _speakable(who, changed, tried)
        except QuirksError as error:
            wrong.append(error)
    raise wrong[0]


def _speakable(who: Identity, its: Habits, given: Mapping[str, Value]) -> Habits:
    if its.protocol == DC09:
        return replace(its, quirks=quirks.read({**asdict(its.quirks), **given}, Quirks))
    changed = replace(its, departures={**its.departures, **given})
    speak(who, changed, MemoryCounters(), None, "")
    return changed


def _faults(given: Mapping[str, Value], its: Habits) -> Faults:
    return quirks.read({**asdict(its.faults), **given}, Faults)


def _value(text: str) -> Value:
    """A truth value, a number, or text, in which a backslash writes what cannot be typed (``\\0``, ``\\x14``)."""
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    return unescaped(text)


def unescaped(text: str) -> str:
    """A text with what a backslash stands for: ``\\0``, ``\\r``, ``\\n``, ``\\t``, ``\\x14``."""
    return _escape.sub(lambda found: _SHORT[found[1]] if found[1] else chr(int(found[2], 16)), text)
