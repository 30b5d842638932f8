"""Events as line protocols write them: in the words of Contact ID and SIA, or refused with a sentence for a person."""

from __future__ import annotations

from protocols import contact_id, sia_text
from protocols.lines.speech import UnsendableError
from protocols.model import Signal


def contact_id_text(signal: Signal) -> str:
    """``1130 01 015``. Raises UnsendableError."""
    try:
        return contact_id.write(signal)
    except contact_id.ContactIDError as error:
        raise UnsendableError(str(error)) from error


def sia_words(signal: Signal) -> str:
    """``Nri1/BA015``. Raises UnsendableError."""
    try:
        return sia_text.write(signal)
    except sia_text.SIATextError as error:
        raise UnsendableError(str(error)) from error


def encoded(text: str, encoding: str) -> bytes:
    """A text in the sender's encoding, letter for letter. Raises UnsendableError for letters that it does not have."""
    try:
        return text.encode(encoding)
    except UnicodeError:
        raise lacking(text, encoding) from None


def lacking(text: str, encoding: str) -> UnsendableError:
    """What is to be done about a text that an encoding cannot write."""
    return UnsendableError(
        f"{encoding} cannot write {text!r}: give an encoding that can, which the receiver reads, "
        "such as --encoding cp866 or --encoding utf-8, or another text."
    )


def bracketed(text: str) -> str:
    """What can stand between brackets, as it is. Raises UnsendableError."""
    if any(character in "[]" or not character.isprintable() for character in text):
        raise UnsendableError(f"{text!r} holds a bracket or a control character, which would end the message.")
    return text
