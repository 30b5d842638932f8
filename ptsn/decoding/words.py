"""The language that is spoken, and its words (domain ``decode`` of ``protocols.catalogue.texts``)."""

from __future__ import annotations

from collections.abc import Mapping

DOMAIN = "decode"
LANGUAGES = ("en", "ru", "kk")


def language_of(environment: Mapping[str, str]) -> str:
    """The language of the locale where it is one of ours, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return value[:2] if value[:2] in LANGUAGES else LANGUAGES[0]
    return LANGUAGES[0]


def say(id_: str, language: str, /, **values: object) -> str:
    """The words of an id, with the values in their places."""
    from protocols.catalogue import texts

    return texts.text(DOMAIN, id_, language, **values)


def restored(what: str, language: str) -> list[str]:
    """``Piece.restored`` in words: a sentence for LF and CR, one for quotes."""
    ends = what.removesuffix("quotes").rstrip("-")
    return [say(f"restored.{one}", language) for one in (ends, "quotes" if what.endswith("quotes") else "") if one]


def severity(name: str, language: str) -> str:
    """``note``, ``deviation`` or ``violation`` in words."""
    from protocols.catalogue import texts

    return texts.text("console", f"severity.{name}", language)


def advice(id_: str, language: str) -> str:
    """What to change on the panel for a finding; empty where there is no advice."""
    from protocols.catalogue import texts

    text = texts.text("advice", id_, language)
    return "" if text == id_ else text


def finding(id_: str, language: str) -> str:
    """What a departure is. Where the sentence is about a station, one about this decode stands in its place."""
    from protocols.catalogue import texts

    here = f"finding.{id_}"
    text = say(here, language)
    return texts.finding(id_, language) if text == here else text
