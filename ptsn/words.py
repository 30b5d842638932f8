"""The language that a command speaks: the option for it, and the words by their ids."""

from __future__ import annotations

import click

language_option = click.option(
    "--lang", type=click.Choice(["en", "ru", "kk"]), help="Language of what is shown.  [default: the station's]"
)
"""``--lang``, handed to the command as ``lang: str | None``; without it the station's own language counts."""


def mode_shown(mode: str, language: str) -> str:
    """``, DEMO`` behind a station's name; nothing for one that is live."""
    if mode == "live":
        return ""
    id_ = f"mode.{mode}"
    words = say(id_, language)
    return f", {(mode if words == id_ else words).upper()}"


def say(id_: str, language: str, /, **values: object) -> str:
    """The words of an id of the domain ``console``, with the values in their places."""
    from protocols.catalogue import texts  # importing a command must stay quick

    return texts.text("console", id_, language, **values)
