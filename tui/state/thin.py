"""Entries as lines need them: 100,000 of them must not fill a small computer's memory.

Strings that entries share are kept once, the bytes of messages only where a line shows them.
"""

from __future__ import annotations

from msgspec.structs import force_setattr

from tui.state.model import Entry

RAW_SHOWN = 160
"""Characters of an unread message's bytes that a line can show."""
_SHARED = (
    "kind",
    "adapter",
    "protocol",
    "peer",
    "token",
    "account",
    "account_key",
    "scheme",
    "code",
    "qualifier",
    "category",
    "partition",
    "subject",
    "number",
    "user",
    "sequence",
)
_SHARED_MAX = 200_000
_NO_DETAILS: dict[str, list[str]] = {}
_NO_FINDINGS: tuple[str, ...] = ()

_texts: dict[str, str] = {}


def thin(entry: Entry) -> Entry:
    """The same entry, holding less. It changes a record that was just decoded and that nobody else has yet."""
    if len(_texts) > _SHARED_MAX:
        _texts.clear()
    share = _texts.setdefault
    for name in _SHARED:
        text = getattr(entry, name)
        if len(text) > 1:  # Python shares the shorter ones by itself
            force_setattr(entry, name, share(text, text))
    if entry.raw:
        force_setattr(entry, "raw", entry.raw[:RAW_SHOWN] if entry.kind == "unread" else "")
    if entry.receiver is not None:
        force_setattr(entry, "receiver", None)
    if entry.line:
        force_setattr(entry, "line", "")
    if not entry.details:
        force_setattr(entry, "details", _NO_DETAILS)
    if entry.findings:
        force_setattr(entry, "findings", _NO_FINDINGS)
    if entry.sent_at is not None and entry.sent_at == entry.occurred_at:
        force_setattr(entry, "sent_at", entry.occurred_at)
    return entry
