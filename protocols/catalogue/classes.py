"""What can be said of a code that no table has.

Contact ID groups its codes by the first digits (DC-05: 1xx alarms, 2xx supervisory, 3xx troubles,
4xx opening, closing and access, 5xx disabling and bypass, 6xx tests). SIA builds most codes of two letters:
what it is about and what happened (``FA`` fire alarm, ``FT`` fire trouble). Both are advice, never a reason
to drop a code: an unlisted alarm keeps priority 2, which opens an alarm at the desk.
"""

from __future__ import annotations

from functools import cache

from protocols.catalogue import tables
from protocols.catalogue.tables import Names

Class = tuple[str, str, int, Names]
"""Category, subject, priority, names."""

_SUBJECT_OF_FAMILY = {"D": "door"}


@cache
def _contact_id() -> dict[str, Class]:
    return {
        row["prefix"]: (row["category"], row["subject"], int(row["priority"]), tables.names_of(row))
        for row in tables.rows("contact_id_classes.csv")
    }


@cache
def _sia() -> dict[str, dict[str, tuple[str, int, Names]]]:
    parts: dict[str, dict[str, tuple[str, int, Names]]] = {}
    for row in tables.rows("sia_classes.csv"):
        parts.setdefault(row["part"], {})[row["letter"]] = (
            row["category"],
            int(row["priority"]),
            tables.names_of(row),
        )
    return parts


def of_contact_id(code: str) -> Class:
    """The class of a three-digit code, by its longest listed prefix."""
    classes = _contact_id()
    return classes.get(code[:2]) or classes.get(code[:1]) or classes[""]


def of_sia(code: str) -> Class:
    """The class of a two-letter code.

    The states hold for the letters that stand for a kind of zone. Elsewhere only ``A`` is taken for an
    alarm: ``DJ`` is a forced door and ``OR`` a disarming, so a restore must not be guessed there.
    """
    parts = _sia()
    first, second = code[:1], code[1:]
    kind = parts["kind"].get(first)
    family = parts["family"].get(first)
    state = parts["state"].get(second) if kind is not None or second == "A" else None
    if state is not None:
        about = kind or family
        category = state[0] or (kind[0] if kind is not None else "general")
        return category, "zone", state[1], _joined(state[2], about[2]) if about is not None else state[2]
    category, priority, names = parts["event"][""]
    about = kind or family
    if about is None:
        return category, "none", priority, names
    subject = "zone" if kind is not None else _SUBJECT_OF_FAMILY.get(first, "none")
    return about[0], subject, about[1], _joined(names, about[2])


def _joined(what: Names, about: Names) -> Names:
    return f"{what[0]}: {about[0]}", f"{what[1]}: {about[1]}", f"{what[2]}: {about[2]}"
