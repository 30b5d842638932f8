"""Writes ``docs/findings.md`` from code, catalogues and ``findings_seen.csv``: ``python -m tests.findings_doc``."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from protocols.catalogue import texts
from protocols.findings import PARTS, SEVERITIES
from protocols.lines.placing import ACCOUNT_DIGITS
from receiver.intake.judging import NUMBER_REUSED
from receiver.journal.store import NOT_STORABLE

DOCUMENT = Path(__file__).parent.parent / "docs" / "findings.md"
SEEN = Path(__file__).parent / "findings_seen.csv"
CONDUCT = "panels.inspection.conduct"
"""Module with the departures that no single message shows, by its ``SEVERITIES``."""

GROUPS = (
    ("dc09", "DC-09", "The frame, the header, the data, the time and the encryption of a message."),
    ("contact-id", "Contact ID", "The event of a message of type `ADM-CID` (DC-05)."),
    ("sia", "SIA", "Events in SIA text (DC-03), in whatever protocol they come, and the blocks of an SIA session."),
    ("surgard", "Sur-Gard", "The lines of Sur-Gard receivers and of what speaks like them."),
    ("ademco685", "Ademco 685", "The lines of the Ademco 685 receiver and of what speaks like it."),
    ("mx8000", "MX8000 and Silent Knight", "The records of the Honeywell MX8000 and of Silent Knight receivers."),
    ("d6600", "Bosch Conettix, SIA mode", "The messages of the Bosch receivers D6600 and D6100 in SIA mode."),
    ("d6500", "Bosch Conettix, D6500 mode", "The records of the Radionics D6500, which the newer receivers send, too."),
    ("osborne-hoffman", "Osborne-Hoffman", "The polls and the events of panels that speak to OH receivers."),
    ("radio", "PCN-RF", "The datagrams of radio units: header, payload, error correction."),
    ("telephone", "Telephone", "The sounds of a recorded call: handshake, digits, data, kissoff."),
    ("station", "The station", "What the station itself adds to an entry of its journal."),
    ("conduct", "Conduct", "How a panel behaves over several messages, as `ptsn check` sees it."),
)

HEAD = """\
# Findings

A finding is a departure from the standard that a station saw in a message, and that did not keep it from reading it.
Its id is stable: it stands in the journal, in the export, in `ptsn tail --wire`, `ptsn decode` and the API. This page
says of each what it means, what to change on the panel, and on which panels it was seen, as far as public reports
tell; that a panel is named here says nothing about its newer firmware. The same words are in the catalogues in
Russian and Kazakh. What the terms mean in the three languages is in [words.md](words.md).

| severity | meaning |
|---|---|
| note | allowed, but worth knowing |
| deviation | not what the standard says; the meaning is still certain |
| violation | against the standard, and something was lost or had to be guessed |

This page is written by `python -m tests.findings_doc`; a test holds it against code and catalogues.
"""


def conduct() -> Mapping[str, str]:
    """The ids of conduct with their severities; empty where there is no such module."""
    if find_spec("panels.inspection") is None or find_spec(CONDUCT) is None:
        return {}
    return dict(import_module(CONDUCT).SEVERITIES)


def known() -> dict[str, str]:
    """Every finding there is, with its severity; ``""`` for those of the station, which have none."""
    return {**SEVERITIES, NUMBER_REUSED: "", ACCOUNT_DIGITS: "", NOT_STORABLE: "", **conduct()}


def seen_on() -> dict[str, str]:
    """Finding id to the panels it was seen on."""
    with SEEN.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["seen_on"] for row in csv.DictReader(file)}


def group_of(id_: str) -> str:
    """The chapter of a finding."""
    first = id_.partition(".")[0]
    return first if first in {group for group, _, _ in GROUPS} else "station"


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_contents(), *_chapters()])


def _contents() -> Iterator[str]:
    yield "| finding | severity |\n|---|---|"
    for id_, severity in known().items():
        yield f"| [`{id_}`](#{id_}) | {severity} |"
    yield ""


def _chapters() -> Iterator[str]:
    seen = seen_on()
    for group, title, about in GROUPS:
        ids = [id_ for id_ in known() if group_of(id_) == group]
        if ids:
            yield f"## {title}\n\n{about}\n"
        for id_ in ids:
            yield f'### <a id="{id_}"></a>`{id_}`\n'
            yield " ".join(filter(None, (_kind(id_), texts.finding(id_, "en")))) + "\n"
            yield f"*To do:* {texts.text('advice', id_, 'en')}\n"
            if id_ in seen:
                yield f"*Seen on:* {seen[id_]}.\n"


def _kind(id_: str) -> str:
    """Severity, and the part of the message where it shows."""
    severity, part = known()[id_], PARTS.get(id_, "")
    words = [f"**{severity}**" if severity else "", f"(`{part}`)" if part else ""]
    said = " ".join(word for word in words if word)
    return f"{said}:" if said else ""


if __name__ == "__main__":
    DOCUMENT.write_text(page(), encoding="utf-8")
