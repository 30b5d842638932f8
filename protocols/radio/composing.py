"""Messages as payloads: Contact ID in nibbles, SIA as text, anything else as it is given."""

from __future__ import annotations

from collections.abc import Mapping

from protocols import sia_text
from protocols.datagram import DatagramError
from protocols.datagram.payloads import ContactId, ContactIdText, Payload, SiaText, Test, encode
from protocols.ends import LinkTest, Message
from protocols.ends import Payload as Given
from protocols.lines.speech import UnsendableError
from protocols.model import Qualifier, Scheme, Signal

_DIGITS: Mapping[Qualifier, str] = {Qualifier.NEW: "1", Qualifier.RESTORE: "3", Qualifier.STATUS: "6"}
EVENT = "EVENT"
"""Token of a payload given in hexadecimal digits."""


def compose(message: Message, *, ascii_form: bool = False) -> bytes:
    """The payload of a message. Raises UnsendableError for what a radio unit cannot say.

    ``ascii_form`` writes Contact ID in its longer form, as units without nibbles do; it tells no time.
    """
    try:
        return encode(_payload(message, ascii_form)) if not isinstance(message, Given) else _given(message)
    except (DatagramError, sia_text.SIATextError) as error:
        raise UnsendableError(f"a radio unit cannot say this: {error}") from error


def _given(message: Given) -> bytes:
    if message.token.upper() != EVENT:
        raise UnsendableError(f"radio: the token {message.token!r} is not known; give {EVENT} and its payload in hex")
    try:
        return bytes.fromhex(message.content)
    except ValueError as error:
        raise UnsendableError("radio: the payload of EVENT is given in hexadecimal digits (3138453133...)") from error


def _payload(message: Message, ascii_form: bool) -> Payload:
    if isinstance(message, LinkTest):
        return Test()
    assert isinstance(message, Signal)
    at = None if message.occurred_at is None else max(0, int(message.occurred_at))
    if message.scheme is Scheme.SIA:
        return SiaText(sia_text.write(message), at, message.old)
    if message.scheme is not Scheme.CONTACT_ID:
        raise UnsendableError(f"radio: events of the scheme {message.scheme} cannot be sent; use contact-id or sia")
    partition, number = message.partition or "00", message.number or "000"
    fields = _DIGITS[message.qualifier], message.code, partition.rjust(2, "0"), number.rjust(3, "0")
    return ContactIdText(*fields) if ascii_form else ContactId(*fields, at, message.old)
