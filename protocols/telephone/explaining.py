"""A message of digits taken apart digit by digit.

=====================  ===================================  ====================
part                   value                                values
=====================  ===================================  ====================
``telephone.account``  account as sent
``telephone.type``     message type                         ``format``
``contact-id.*``       as ``protocols.contact_id_parts``
``telephone.code``     event code of Express
``telephone.channel``  what a channel of High Speed says    ``number``
``telephone.status``   status digit of High Speed
``telephone.check``    check digit                          ``computed``
``telephone.rest``     digits of no known format
=====================  ===================================  ====================
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols import contact_id, contact_id_parts
from protocols.explanation import WIRE, Explanation, LayerBuilder, Placed
from protocols.model import Finding
from protocols.telephone import digits as formats
from protocols.telephone.digits import PROTOCOL

NAMES = {
    formats.CONTACT_ID: "Contact ID",
    formats.EXPRESS_1: "Express 4+1",
    formats.EXPRESS_2: "Express 4+2",
    formats.HIGH_SPEED: "High Speed",
    formats.SUPER_FAST: "Super Fast",
}
"""As they are called; the same in every language."""


def explain(data: bytes, *, findings: Sequence[Finding] = (), noise: str = "") -> Explanation:
    """The parts of a message of digits. Never raises."""
    text = data.decode("ascii", "replace")
    layer = LayerBuilder(WIRE, data)
    form = formats.format_of(text)
    places: dict[str, tuple[int, int]] = {}
    if form is not None:
        layer.part("telephone.account", 4, text[:4])
        layer.part("telephone.type", 6, text[4:6], {"format": NAMES[form]})
        if form is formats.CONTACT_ID:
            pieces = contact_id_parts.parts(f"{text[6:10]} {text[10:12]} {text[12:15]}")
            for part in pieces.parts:
                if part.id != "contact-id.space":
                    layer.part(part.id, layer.at + part.end - part.start, part.value, part.values, part.fits)
                    places |= {id_: (layer.at - 3, layer.at) for id_ in pieces.places if contact_id.PARTS[id_] == part.id}
        elif form in (formats.EXPRESS_1, formats.EXPRESS_2):
            layer.part("telephone.code", len(text) - 1, text[6:-1])
        elif form is formats.HIGH_SPEED:
            for number in range(1, 9):
                layer.part("telephone.channel", 6 + number, text[5 + number], {"number": f"{number}"})
            layer.part("telephone.status", 15, text[14])
        if form.checked:
            right = contact_id.check_digit(text[:-1])
            layer.part("telephone.check", len(text), text[-1], {"computed": right}, fits=right == text[-1])
    layer.part("telephone.rest", len(data), text[layer.at :])
    made = layer.layer()
    placed = []
    for finding in findings:
        start, end = places.get(finding.id, (0, 0))
        placed.append(Placed(finding.id, finding.severity, WIRE if end else "", start, end))
    return Explanation(PROTOCOL, (made,), tuple(placed), noise)
