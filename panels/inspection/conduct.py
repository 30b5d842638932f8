"""Departures that no single message shows: how a panel behaves. Stable id and severity.

Their words are in the catalogues (``protocols.catalogue.texts``), beside those of the findings of messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from protocols.model import Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

REFUSED = "conduct.refused"
UNREAD = "conduct.unread"
DAMAGED = "conduct.damaged"
OTHER_BYTES = "conduct.other-bytes"
MIXED_PROTECTION = "conduct.mixed-protection"
NOT_ENCRYPTED = "conduct.not-encrypted"
KEY_FORM = "conduct.key-form"
CLOCK_CORRECTED = "conduct.clock-corrected"
CLOCK_NOT_CORRECTED = "conduct.clock-not-corrected"
LOCAL_TIME = "conduct.local-time"
REPEATS_ACKNOWLEDGED = "conduct.repeats-acknowledged"
REPEATS_REFUSED = "conduct.repeats-refused"
GONE_BEFORE_ANSWER = "conduct.gone-before-answer"
EMPTY_CONNECTIONS = "conduct.empty-connections"
CUT_CONNECTIONS = "conduct.cut-connections"
LINK_TEST_INTERVAL = "conduct.link-test-interval"
NUMBERS_STUCK = "conduct.numbers-stuck"
NUMBERS_RESTARTED = "conduct.numbers-restarted"
NUMBERS_SKIPPED = "conduct.numbers-skipped"
LINE_UNREAD = "conduct.line-unread"
LINE_DAMAGED = "conduct.line-damaged"
NOT_WAITED = "conduct.not-waited"
NOT_REPEATED = "conduct.not-repeated"
NO_END_OF_DATA = "conduct.no-end-of-data"

SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {
        REFUSED: _V,
        UNREAD: _V,
        DAMAGED: _V,
        OTHER_BYTES: _D,
        MIXED_PROTECTION: _D,
        NOT_ENCRYPTED: _D,
        KEY_FORM: _N,
        CLOCK_CORRECTED: _N,
        CLOCK_NOT_CORRECTED: _V,
        LOCAL_TIME: _N,
        REPEATS_ACKNOWLEDGED: _D,
        REPEATS_REFUSED: _D,
        GONE_BEFORE_ANSWER: _D,
        EMPTY_CONNECTIONS: _D,
        CUT_CONNECTIONS: _N,
        LINK_TEST_INTERVAL: _D,
        NUMBERS_STUCK: _D,
        NUMBERS_RESTARTED: _N,
        NUMBERS_SKIPPED: _N,
        LINE_UNREAD: _V,
        LINE_DAMAGED: _D,
        NOT_WAITED: _D,
        NOT_REPEATED: _V,
        NO_END_OF_DATA: _N,
    }
)
"""Id to severity."""
