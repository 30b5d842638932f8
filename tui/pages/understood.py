"""What the station took the words of a search for, in words: so many events, sites, zones; what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from protocols.catalogue import texts
from tui.state.search import Found

COUNTED = ("codes", "categories", "accounts", "zones", "numbers")


def understood(found: Found, language: str, *, nothing: bool, shown_hidden: bool) -> list[str]:
    """The lines under the filter. ``nothing``: it found nothing at all; ``shown_hidden``: tests are searched, too."""

    def say(id_: str, **values: object) -> str:
        return texts.text("views", id_, language, **values)

    lines = []
    if words := "; ".join(_word(one, language) for one in found.understood if isinstance(one, Mapping)):
        lines.append(words)
    left_out = f"{found.hidden}{'+' if found.hidden_more else ''}" if found.hidden and not shown_hidden else ""
    about = []
    if nothing:
        about.append(say("filter.nothing-but-hidden", count=left_out) if left_out else say("filter.nothing"))
    elif left_out:
        about.append(say("journal.hidden", count=left_out))
    if found.behind:
        about.append(say("filter.behind", count=found.behind))
    if about:
        lines.append(". ".join(about))
    if nothing and not left_out:
        lines.append(say("filter.widen"))
    return lines


def _word(one: Mapping[str, Any], language: str) -> str:
    counts = [
        texts.text("views", f"filter.{name}", language, count=one[name])
        for name in COUNTED
        if isinstance(one.get(name), int) and one[name]
    ]
    taken = ", ".join(counts) or texts.text("views", "filter.only-text", language)
    return f"{one.get('word', '')}: {taken}"
