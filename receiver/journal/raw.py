"""What is kept of a message that cannot be stored as it was decoded."""

from __future__ import annotations

from receiver.journal.entry import Body, EntryKind

NOT_STORABLE = "journal.not-storable"
"""Finding on a message that could only be kept as raw bytes."""


def as_raw(body: Body) -> Body:
    """What is left of a message that cannot be stored as decoded: who, when, and the bytes."""
    return Body(
        kind=EntryKind.UNREAD,
        node=_plain(body.node),
        received_at=_plain(body.received_at),
        adapter=_plain(body.adapter),
        protocol=_plain(body.protocol),
        line=_plain(body.line),
        peer=_plain(body.peer),
        account=_plain(body.account),
        account_key=_plain(body.account_key),
        scope=_plain(body.scope),
        number_of_message=body.number_of_message if isinstance(body.number_of_message, int) else None,
        content=_plain(body.content),
        seal=_plain(body.seal),
        unknown=bool(body.unknown),
        findings=(NOT_STORABLE,),
        raw=_plain(body.raw),
    )


def _plain(text: object) -> str:
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8")
