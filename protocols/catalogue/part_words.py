"""The parts of a message in words: ``protocols.explanation`` gives their ids and values, these are the sentences.

Of a part ``ID`` the domain ``part`` of :mod:`protocols.catalogue.texts` has

================  ==========================================================================================
``ID``            a label of few words
``ID.text``       a sentence, with ``{name}`` for each of the part's values, ``{value}``, and the words below
``ID.VARIANT``    the sentence instead: ``wrong`` where a check fails, ``empty`` where there is no value, or the
                  name of a mark among the values (``masked``, ``cut`` ...)
``ID.VALUE``      what a value means: ``dc09.token.NULL``, ``dc09.extended.I``, ``sia.modifier.ri``
================  ==========================================================================================

``{event}`` is the name of an event, ``{subject}`` what a number counts, ``{qualifier}`` whether something began or
ended, ``{name}`` what a message type, field, modifier or block is.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.catalogue import texts, wording
from protocols.catalogue.marks import clean

_MARKS = ("masked", "cut", "counts-cr", "binary", "encrypted", "zeros")
"""Values that say ``1`` and choose the sentence, the most important one first."""
_OTHER = "other"


def label(part_id: str, language: str) -> str:
    """What a part is, in few words; the id itself where the catalogue lacks it.

    Raises ValueError for a language that is not in ``LANGUAGES``.
    """
    return texts.text("part", part_id, language)


def sentence(part_id: str, value: str, values: Mapping[str, str], fits: bool, language: str) -> str:
    """What the bytes of a part say. Values are peers' text: what cannot be seen stands there as marks (``‹U+000A›``).

    Of a part that the catalogue lacks the value is all there is to say. Raises ValueError for a language that is not in
    ``LANGUAGES``.
    """
    if f"{part_id}.text" not in texts.ids("part", language):
        return _shown(value)
    words = {name: _shown(said) for name, said in values.items()}
    words["value"] = _shown(value)
    words |= _words(part_id, value, values, language)
    said = texts.text("part", _variant(part_id, value, values, fits), language, **words)
    return said[:1].upper() + said[1:]


def _shown(value: str) -> str:
    """A value on one line, without the blanks at its ends."""
    return clean(value.strip(" "))


def _variant(part_id: str, value: str, values: Mapping[str, str], fits: bool) -> str:
    """The id of the sentence."""
    wanted = [] if fits else ["wrong"]
    wanted += [mark for mark in _MARKS if values.get(mark) == "1"]
    if "opened" in values:
        wanted.append(values["opened"])
    if not value.strip(" "):
        wanted.append("empty")
    known = texts.ids("part")
    return next((f"{part_id}.{one}" for one in wanted if f"{part_id}.{one}" in known), f"{part_id}.text")


def _words(part_id: str, value: str, values: Mapping[str, str], language: str) -> dict[str, str]:
    """The words that stand for values."""
    words = {}
    if "code" in values:
        scheme, code = values.get("scheme", ""), values["code"]
        words["event"] = _shown(wording.name(scheme, code, values.get("qualifier", ""), language))
    if "subject" in values:
        words["subject"] = _shown(wording.subject_name(values["subject"], language))
    if part_id == "contact-id.qualifier":
        words["qualifier"] = _shown(wording.qualifier_name(value, language))
    elif part_id == "dc09.token":
        words["name"] = _named(part_id, value, language)
    elif part_id == "dc09.extended":
        words["name"] = _named(part_id, values.get("letter", ""), language)
    elif part_id == "sia.modifier":
        words["name"] = _named(part_id, values.get("name", ""), language)
    elif part_id in ("sia.function", "sia.other"):
        letter = values.get("function", value)
        words["name"] = _named("sia.function", "digit" if letter.isdecimal() else letter, language)
    return words


def _named(part_id: str, key: str, language: str) -> str:
    """What one value of a part means; words for any other where the catalogue does not know it."""
    known = texts.ids("part")
    id_ = f"{part_id}.{key}"
    if key in _NO_KEYS or id_ not in known:
        id_ = f"{part_id}.{_OTHER}"
    return texts.text("part", id_, language, letter=_shown(key), modifier=_shown(key))


_NO_KEYS = frozenset(("text", "empty", "wrong", *_MARKS, _OTHER))
"""Ends of ids that are sentences and no keys: peers may send anything as a key."""
