"""A message as data: the objects that ``ptsn decode --json`` prints. Their keys are kept from release to release."""

from __future__ import annotations

from typing import Any

from protocols import catalogue
from protocols.capture import Side
from protocols.catalogue import texts
from protocols.explanation import Explanation
from protocols.model import Arrival, Noise, Protection, Signal
from ptsn.decoding.keys import Known
from ptsn.decoding.seen import Seen, broken
from ptsn.decoding.words import finding as here
from receiver.journal.entry import rfc3339

_SENDERS = {Side.PANEL: "panel", Side.STATION: "station", Side.UNKNOWN: None}


def record(seen: Seen, explanation: Explanation | None, known: Known, language: str) -> dict[str, Any]:
    """One message, or one run of noise."""
    item = seen.item
    said = _noise(item, language) if isinstance(item, Noise) else _message(item, known, language)
    said |= {
        "at": moment(seen.at),
        "from": _SENDERS[seen.side],
        "panel": seen.panel or None,
        "station": seen.station or None,
        "transport": seen.flow.transport or None,
        "place": seen.number or None,
        "context": seen.context or None,
        "restored": seen.restored or None,
    }
    if explanation is not None:
        said["explanation"] = explained(explanation)
    return said


def explained(explanation: Explanation) -> dict[str, Any]:
    """The parts of a message; bytes as Latin-1."""
    return {
        "protocol": explanation.protocol,
        "layers": [
            {
                "name": layer.name,
                "data": layer.data.decode("latin-1"),
                "parts": [
                    {
                        "id": part.id,
                        "start": part.start,
                        "end": part.end,
                        "value": part.value,
                        "values": part.values,
                        "fits": part.fits,
                    }
                    for part in layer.parts
                ],
            }
            for layer in explanation.layers
        ],
        "findings": [
            {
                "id": placed.id,
                "severity": placed.severity.value,
                "layer": placed.layer,
                "start": placed.start,
                "end": placed.end,
            }
            for placed in explanation.findings
        ],
    }


def moment(at: float | None) -> str | None:
    """A time as RFC 3339 in UTC; None for none, or one that has no such form."""
    try:
        return None if at is None else rfc3339(at)
    except ValueError:
        return None


def _noise(noise: Noise, language: str) -> dict[str, Any]:
    return {
        "noise": noise.guess,
        "frame": noise.raw.decode("latin-1"),
        "ok": False,
        "size": noise.size,
        "text": texts.noise(noise.guess, language),
    }


def _message(message: Arrival, known: Known, language: str) -> dict[str, Any]:
    encrypted = message.protection is not Protection.NONE
    opened = message.protection is Protection.KEYED
    way = known.way(message.key_owner) if opened else None
    return {
        "frame": message.raw.decode("latin-1"),
        "ok": not broken(message),
        "protocol": message.protocol,
        "kind": message.kind.value,
        "token": message.token,
        "receiver": message.receiver,
        "prefix": message.prefix,
        "account": message.account,
        "line": message.line,
        "sequence": message.sequence,
        "sent_at": moment(message.sent_at),
        "path": message.path,
        "encrypted": encrypted,
        "decrypted": opened if encrypted and known.given else None,
        "key": way.number if way else None,
        "key_taken_as": way.form or None if way else None,
        "dialect": message.dialect,
        "amends": None if message.amends is None else message.amends.entry,
        "findings": [finding.id for finding in message.findings],
        "explanations": [here(finding.id, language) for finding in message.findings],
        "signals": [_signal(signal) for signal in message.signals],
    }


def _signal(signal: Signal) -> dict[str, Any]:
    """A signal with the names that the journal's export has."""
    event = catalogue.find(signal.scheme.value, signal.code)
    return {
        "account": signal.account,
        "scheme": signal.scheme.value,
        "code": signal.code,
        "qualifier": signal.qualifier.value,
        "category": event.category,
        "priority": event.priority,
        "partition": signal.partition,
        "subject": signal.subject,
        "number": signal.number,
        "user": signal.user,
        "text": signal.text,
        "occurred_at": moment(signal.occurred_at),
        "old": signal.old,
        "details": signal.details,
        "extended": signal.extended,
        "latitude": signal.latitude,
        "longitude": signal.longitude,
        "url": signal.url,
    }
