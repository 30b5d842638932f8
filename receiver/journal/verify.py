"""Proof that the journal is what was written: ids without gaps, chain unbroken, columns true to the bodies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from receiver.journal.chain import link
from receiver.journal.entry import decode_body
from receiver.journal.reader import JournalReader
from receiver.journal.schema import JournalError

_PAGE = 2000
_FAULTS = 20


class Report(Struct):
    """What a verification found."""

    entries: int = 0
    head_id: int = 0
    head: str = ""
    """Digest of the last entry in hex; note it together with ``head_id`` somewhere else."""
    faults: list[str] = []
    more_faults: int = 0

    @property
    def good(self) -> bool:
        """True when nothing is wrong."""
        return not self.faults

    def fault(self, text: str) -> None:
        """Note a fault; the first few in words, the rest counted."""
        if len(self.faults) < _FAULTS:
            self.faults.append(text)
        else:
            self.more_faults += 1


def parse_head(text: str) -> tuple[int, str]:
    """``ID:HEX`` as noted from an earlier run. Raises ValueError with a text for a person."""
    id_, _, digest = text.partition(":")
    if not id_.isdigit() or len(digest) != 64 or set(digest.lower()) - set("0123456789abcdef"):
        raise ValueError(f"a head looks like 1234:<64 hex digits>, found {text!r}")
    return int(id_), digest.lower()


def verify(path: Path, noted: tuple[int, str] | None = None, progress: Callable[[int], None] | None = None) -> Report:
    """Walk the whole journal.

    ``noted`` is a head noted earlier; the journal must still contain it. Raises JournalError when the
    journal cannot be read at all.
    """
    report = Report()
    seen_noted = noted is None
    with JournalReader(path) as reader:
        genesis = reader.rows("SELECT value FROM facts WHERE name = 'genesis'")
        if not genesis:
            raise JournalError(f"{path}: has no genesis; it was damaged or made by something else")
        digest = bytes(genesis[0][0])
        expected, arrival_start = 1, 0
        while rows := reader.rows(
            "SELECT id, arrival, kind, received_us, body, digest FROM entries WHERE id >= ? ORDER BY id LIMIT ?",
            [expected, _PAGE],
        ):
            for id_, arrival, kind, received_us, data, stored in rows:
                if id_ != expected:
                    report.fault(f"entries {expected} to {id_ - 1} are missing")
                digest = link(digest, id_, arrival, data)
                if digest != stored:
                    report.fault(f"entry {id_}: the chain breaks here (changed, or something before it is gone)")
                    digest = bytes(stored)
                _columns(report, id_, kind, received_us, data)
                if arrival == id_:
                    arrival_start = id_
                elif arrival != arrival_start:
                    report.fault(f"entry {id_}: belongs to message {arrival}, which does not stand before it")
                if noted is not None and id_ == noted[0]:
                    seen_noted = True
                    if digest.hex() != noted[1]:
                        report.fault(f"entry {id_}: its digest is not the one noted")
                expected = id_ + 1
                report.entries += 1
            if progress is not None:
                progress(report.entries)
        report.head_id, report.head = expected - 1, digest.hex()
    if not seen_noted and noted is not None:
        report.fault(f"the noted entry {noted[0]} is not there: the end of the journal was cut off")
    return report


def _columns(report: Report, id_: int, kind: str, received_us: int, data: bytes) -> None:
    try:
        body = decode_body(data)
        received = datetime.fromisoformat(body.received_at).timestamp()
    except (msgspec.MsgspecError, ValueError) as error:
        report.fault(f"entry {id_}: its body cannot be read: {error}")
        return
    if body.kind != kind:
        report.fault(f"entry {id_}: the column kind says {kind!r}, the body {body.kind.value!r}")
    if abs(received * 1e6 - received_us) > 1000:
        report.fault(f"entry {id_}: the column received_us does not fit the body's {body.received_at}")
