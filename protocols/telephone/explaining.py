"""A message of digits taken apart digit by digit.

=======================  ===================================  ==============
part                     value                                values
=======================  ===================================  ==============
``telephone.account``    account as sent
``telephone.type``       message type                         ``format``
``contact-id.*``         as ``protocols.contact_id_parts``
``telephone.code``       event code of Express
``telephone.channel-*``  what a channel of High Speed says    ``number``
``telephone.status``     status digit of High Speed
``telephone.check``      check digit                          ``computed``
``telephone.rest``       digits that are not read
=======================  ===================================  ==============
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols import contact_id, contact_id_parts
from protocols.explanation import WIRE, Explanation, LayerBuilder, Placed
from protocols.model import Finding
from protocols.telephone import digits as formats
from protocols.telephone.digits import PROTOCOL

CHANNELS = {"1": "alarm", "2": "opening", "3": "restore", "4": "closing", "5": "normal", "6": "still"}
"""What a channel of High Speed says."""


def explain(data: bytes, *, findings: Sequence[Finding] = (), noise: str = "") -> Explanation:
    """The parts of a message of digits. Never raises."""
    text = data.decode("ascii", "replace")
    layer = LayerBuilder(WIRE, data)
    form = formats.format_of(text)
    places: dict[str, tuple[int, int]] = {}
    if form is not None:
        layer.part("telephone.account", 4, text[:4])
        layer.part("telephone.type", 6, text[4:6], {"format": form.name})
        if form is formats.CONTACT_ID and text[6] in contact_id.QUALIFIERS:
            pieces = contact_id_parts.parts(f"{text[6:10]} {text[10:12]} {text[12:15]}")
            for part in pieces.parts:
                if part.id != "contact-id.space":
                    first = layer.at
                    layer.part(part.id, first + part.end - part.start, part.value, part.values, part.fits)
                    mine = [id_ for id_ in pieces.places if contact_id.PARTS[id_] == part.id]
                    places |= dict.fromkeys(mine, (first, layer.at))
        elif form in (formats.EXPRESS_1, formats.EXPRESS_2):
            layer.part("telephone.code", len(text) - 1, text[6:-1])
        elif form is formats.HIGH_SPEED:
            for number in range(1, 9):
                said = text[5 + number]
                layer.part(
                    f"telephone.channel-{CHANNELS.get(said, 'other')}", 6 + number, said, {"number": f"{number}"}
                )
            layer.part("telephone.status", 15, text[14])
        if form.checked and layer.at == len(text) - 1:
            right = contact_id.check_digit(text[:-1])
            layer.part("telephone.check", len(text), text[-1], {"computed": right}, fits=right == text[-1])
    layer.part("telephone.rest", len(data), text[layer.at :])
    made = layer.layer()
    placed = []
    for finding in findings:
        start, end = places.get(finding.id, (0, 0))
        placed.append(Placed(finding.id, finding.severity, WIRE if end else "", start, end))
    return Explanation(PROTOCOL, (made,), tuple(placed), noise)
