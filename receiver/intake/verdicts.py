"""Which verdict a kind of message gets, and the usual reason of each."""

from __future__ import annotations

from protocols.model import ArrivalKind, Verdict

AFTER_STORING = {
    ArrivalKind.EVENT: Verdict.STORED,
    ArrivalKind.OPAQUE: Verdict.STORED,
    ArrivalKind.AMENDMENT: Verdict.STORED,
    ArrivalKind.UNSUPPORTED: Verdict.UNSUPPORTED,
    ArrivalKind.MALFORMED: Verdict.MALFORMED,
    # Of a radio unit: what is on disk then is its counter.
    ArrivalKind.LINK_TEST: Verdict.ALIVE,
}
"""The verdict once a message is on disk."""
WHEN_REPEATED = {
    **AFTER_STORING,
    ArrivalKind.EVENT: Verdict.DUPLICATE,
    ArrivalKind.OPAQUE: Verdict.DUPLICATE,
    ArrivalKind.AMENDMENT: Verdict.DUPLICATE,
    # What is left of an encrypted signal whose token or first blocks were altered may look like a link test.
    ArrivalKind.LINK_TEST: Verdict.ALIVE,
}
"""The same for what is on disk already."""

ALWAYS_KEPT = frozenset((ArrivalKind.EVENT, ArrivalKind.OPAQUE, ArrivalKind.AMENDMENT))
"""What is acknowledged as stored, and therefore is; but for what no answer acknowledges (``Arrival.unanswered``)."""
ACKNOWLEDGED = frozenset((Verdict.STORED, Verdict.ALIVE, Verdict.DUPLICATE))

WHY = {
    Verdict.STORED: "on-disk",
    Verdict.ALIVE: "link-test",
    Verdict.DUPLICATE: "stored-before",
    Verdict.MALFORMED: "unreadable",
    Verdict.UNSUPPORTED: "unsupported",
    Verdict.NOT_STORED: "not-stored",
    Verdict.STALE: "stale",
}
"""Why a verdict was given, where nothing else is to be said: ids, whose words are the client's."""
STRANGERS_WHY = "on-disk-unknown"
