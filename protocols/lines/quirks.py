"""The departures that a person asks of a sender, from names and values to the protocol's own record of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from protocols.lines.sending import QuirksError

Q = TypeVar("Q", bound=Struct)


def read(given: Mapping[str, bool | int | str], kind: type[Q]) -> Q:
    """The record ``kind`` with what is given. Raises QuirksError, which names what is unknown and what there is."""
    fields = kind.__struct_fields__
    for name in given:
        if name not in fields:
            raise QuirksError(f"quirk {name!r} is not known here; there are: {', '.join(fields) or 'none'}.")
    try:
        return msgspec.convert(dict(given), kind)
    except msgspec.ValidationError as error:
        raise QuirksError(f"quirks: {str(error).rstrip('.')}.") from error
