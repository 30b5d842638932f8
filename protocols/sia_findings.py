"""The departures from DC-03 that :mod:`protocols.sia_text` bears, by their stable ids."""

from __future__ import annotations

from protocols.model import Finding, Severity

_NOTE, _DEVIATION, _VIOLATION = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

FINDINGS = {
    id_: Finding(id_, severity, text)
    for id_, severity, text in (
        ("sia.code-unknown", _NOTE, "An event code is in no table; its letters tell its class."),
        ("sia.pi-as-area", _NOTE, "The area is given as a peripheral (pi) or partition (pm), not as ri."),
        ("sia.modifier.unknown", _NOTE, "A modifier is in no table; it is kept among the details."),
        ("sia.modifier.case", _DEVIATION, "A modifier is written with capital letters."),
        ("sia.modifier.after-event", _DEVIATION, "A modifier stands after the event that it belongs to."),
        ("sia.modifier.unused", _VIOLATION, "A modifier after the event contradicts the one before it; not used."),
        ("sia.modifier.too-many", _VIOLATION, "More different modifiers than any event needs; the rest was not used."),
        (
            "sia.modifier.too-long",
            _VIOLATION,
            "Many events share long modifiers; they are kept with the first of them.",
        ),
        (
            "sia.events.too-many",
            _VIOLATION,
            "More events or other packets than any message needs; the rest was not read.",
        ),
        ("sia.separator.missing", _DEVIATION, "Two packets are not parted by a slash."),
        ("sia.packet.unreadable", _VIOLATION, "A packet is neither a modifier nor an event; it was passed over."),
        ("sia.function.missing", _VIOLATION, "A block of events lacks its function letter; taken for new events."),
        ("sia.block.no-event", _DEVIATION, "A block of events holds no event."),
        ("sia.block.other", _NOTE, "A block of another function (control, program ...) is kept only as raw bytes."),
        ("sia.block.account", _VIOLATION, "A second account stands among the events; all are kept under the first."),
        ("sia.block.unknown", _DEVIATION, "A block has no known function; it is kept only as raw bytes."),
        ("sia.text.xsia", _NOTE, "The name is sent in quotes as a unit field (XSIA)."),
        ("sia.text.unterminated", _DEVIATION, "A text lacks its closing mark."),
        ("sia.text.before-event", _DEVIATION, "A text block comes before the event; given to the first event."),
        ("sia.text.without-event", _DEVIATION, "A text block comes without any event; it is kept only as raw bytes."),
        ("sia.time.only-a-date", _DEVIATION, "A date came without a time; when it happened is not known."),
        ("sia.time.invalid", _VIOLATION, "The date or time is none; when it happened is not known."),
        ("sia.time.zone-unknown", _NOTE, "The account's time zone is not known here; the time was read as UTC."),
    )
}
"""Every finding of the module."""
