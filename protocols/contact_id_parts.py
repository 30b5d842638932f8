"""Contact ID (DC-05) character by character: what :func:`protocols.contact_id.read` makes of ``1130 01 015``.

=========================  ==================================  ================================================
part                       value                               values
=========================  ==================================  ================================================
``contact-id.type``        message type, ``18`` or ``98``
``contact-id.qualifier``   ``new`` ``restore`` ``status``      ``digit``
``contact-id.code``        the code                            ``scheme`` ``code`` ``qualifier`` ``subject``
``contact-id.space``
``contact-id.partition``   in capitals
``contact-id.number``      in capitals                         ``subject``: what it counts
``contact-id.rest``        what cannot be read, or is not
=========================  ==================================  ================================================
"""

from __future__ import annotations

import re

from protocols import catalogue, contact_id
from protocols.explanation import Part, Pieces

_FIELDS = ("type", "qualifier", "code", "partition", "number")
_readable = re.compile(
    r" *(?:(?P<type>18|98)(?= *[136]))? *(?P<qualifier>[136])"
    r"(?: *(?P<code>[0-9A-F]{3})(?: *(?P<partition>[0-9A-F]{1,3})(?= |\Z))?)?",
    re.IGNORECASE,
).match
"""The fields in front of the first that cannot be read."""


def parts(content: str) -> Pieces:
    """The parts of a content, and where its findings show. Offsets count characters. Never raises."""
    try:
        _, findings = contact_id.read(content, "")
    except contact_id.ContactIDError as error:
        return Pieces(_unreadable(content, error.offset))
    match = contact_id.match_tolerant(content)
    assert match is not None
    made = _parts(content, match)
    places = {}
    for finding in findings:
        part = _where(finding.id, made, content)
        if part is not None:
            places[finding.id] = (part.start, part.end)
    return Pieces(made, places)


def _parts(content: str, match: re.Match[str]) -> tuple[Part, ...]:
    made: list[Part] = []
    at = 0
    sent = {name: match.span(name) for name in _FIELDS if name in match.re.groupindex and match[name] is not None}
    for name, (start, end) in sent.items():
        made += _between(content, at, start)
        value = match[name].upper()
        values: dict[str, str] = {}
        if name == "qualifier":
            values = {"digit": value}
            value = contact_id.QUALIFIERS[value].value
        elif name == "code":
            qualifier = contact_id.QUALIFIERS[match["qualifier"]].value
            subject = catalogue.find("contact-id", value).subject
            values = {"scheme": "contact-id", "code": value, "qualifier": qualifier, "subject": subject}
        elif name == "number":
            values = {"subject": catalogue.find("contact-id", match["code"].upper()).subject}
        made.append(Part(f"contact-id.{name}", start, end, value, values))
        at = end
    made += _between(content, at, len(content))
    return tuple(made)


def _between(content: str, start: int, end: int) -> list[Part]:
    """Blanks between the fields, and whatever else stands there."""
    blank = start
    while blank < end and content[blank] == " ":
        blank += 1
    made = [Part("contact-id.space", start, blank)] if blank > start else []
    if end > blank:
        made.append(Part("contact-id.rest", blank, end, content[blank:end]))
    return made


def _unreadable(content: str, offset: int) -> tuple[Part, ...]:
    """What stands in front of the character where reading failed, and the rest."""
    match = _readable(content, 0, offset)
    if match is not None:
        return _parts(content, match)
    return (Part("contact-id.rest", 0, len(content), content),) if content else ()


def _where(id_: str, made: tuple[Part, ...], content: str) -> Part | None:
    """The part that a finding is about."""
    of_kind = [part for part in made if part.id == contact_id.PARTS[id_]]
    if id_ == "contact-id.case":
        of_kind = [part for part in made if content[part.start : part.end].upper() != content[part.start : part.end]]
    elif id_ == "contact-id.width":
        wide = {"contact-id.partition": 2, "contact-id.number": 3}
        of_kind = [part for part in made if part.id in wide and part.end - part.start != wide[part.id]]
    elif id_ == "contact-id.spaces":
        return _odd_space(made)
    return of_kind[0] if of_kind else None


def _odd_space(made: tuple[Part, ...]) -> Part:
    """Blanks where none belong or too many of them; else the field that lacks its blank in front."""
    field, parted = "", False
    for part in made:
        name = part.id.rpartition(".")[2]
        if name == "space":
            if field in ("", "qualifier", "number") or (field != "type" and part.end - part.start > 1):
                return part
            parted = True
        elif field in ("code", "partition") and not parted:
            return part
        else:
            field, parted = name, False
    return made[0]
