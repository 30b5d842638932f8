"""Signals as a person words them: code, partition, number, user and text, checked before anything is sent."""

from __future__ import annotations

import re

from protocols.catalogue import find, name, to_contact_id, to_sia
from protocols.ends import LinkTest, Message, Payload
from protocols.errors import UserError
from protocols.model import Qualifier, Scheme, Signal

CONTACT_ID, SIA = Scheme.CONTACT_ID.value, Scheme.SIA.value
NEW, RESTORE = Qualifier.NEW.value, Qualifier.RESTORE.value


class SignalError(UserError, ValueError):
    """A signal that makes no sense. ``part`` names what is wrong: ``code``, ``partition``, ``number``, ``user``."""

    def __init__(self, part: str, what: str) -> None:
        super().__init__(f"{part} {what}" if part else what)
        self.part = part
        self.what = what


def scheme_of(code: str) -> Scheme:
    """The code table that a code is from, by its form. Raises SignalError for a code of neither."""
    if re.fullmatch(r"[0-9B-Fb-f]{3}", code):
        return Scheme.CONTACT_ID
    if re.fullmatch(r"[A-Za-z]{2}", code):
        return Scheme.SIA
    raise SignalError("code", f"{code!r}: three digits of Contact ID, such as 130, or two letters of SIA, such as BA")


def contact_id(
    account: str,
    code: str,
    qualifier: str = NEW,
    *,
    partition: str = "",
    number: str = "",
    user: str = "",
    text: str = "",
) -> Signal:
    """An event of Contact ID. Raises SignalError."""
    digits = code.upper()
    if not re.fullmatch(r"[0-9B-F]{3}", digits):
        raise SignalError("code", f"{code!r}: a Contact ID code has three digits, such as 130")
    if user and number and user != number:
        raise SignalError("", "Contact ID carries one number: of a zone, or of a user")
    event = find(CONTACT_ID, digits)
    if user and event.subject != "user":
        raise SignalError("user", f"{user!r}: the number of code {digits} counts a {event.subject}, not a user")
    value = _digits(user or number, 3, "user" if user else "number")
    return Signal(
        account=account,
        scheme=Scheme.CONTACT_ID,
        code=digits,
        qualifier=Qualifier(qualifier),
        partition=_digits(partition, 2, "partition"),
        subject=event.subject,
        number=value,
        user=value if event.subject == "user" else "",
        text=text,
    )


def sia(
    account: str,
    code: str,
    qualifier: str | None = None,
    *,
    partition: str = "",
    number: str = "",
    user: str = "",
    text: str = "",
) -> Signal:
    """An event of SIA, whose code says by itself whether something began or ended. Raises SignalError."""
    letters = code.upper()
    if not re.fullmatch(r"[A-Z]{2}", letters):
        raise SignalError("code", f"{code!r}: a SIA code has two letters, such as BA")
    event = find(SIA, letters)
    if qualifier is not None and qualifier != NEW and not (qualifier == RESTORE and event.category == "restore"):
        hint = restore_of(letters) if qualifier == RESTORE else ""
        raise SignalError(
            "qualifier",
            f"{qualifier}: codes of SIA carry their own meaning"
            + (f"; the restore of {letters} is {hint}" if hint else ""),
        )
    for part, value in (("partition", partition), ("number", number), ("user", user)):
        if value and not re.fullmatch(r"[0-9A-Fa-f]{1,6}", value):
            raise SignalError(part, f"{value!r} is not a number of up to six digits")
    return Signal(
        account=account,
        scheme=Scheme.SIA,
        code=letters,
        qualifier=Qualifier.RESTORE if event.category == "restore" else Qualifier.NEW,
        partition=partition,
        subject=event.subject,
        number=number,
        user=user,
        text=text,
    )


def other(account: str, code: str, *, partition: str = "", number: str = "", user: str = "", text: str = "") -> Signal:
    """An event in a code of no standard: of the receiver's own table, as the protocol writes it. Raises SignalError."""
    if not re.fullmatch(r"[0-9A-Za-z]{1,4}", code):
        raise SignalError("code", f"{code!r}: one to four letters and digits")
    if user and number and user != number:
        raise SignalError("", "there is room for one number: of a zone, or of a user")
    return Signal(
        account=account,
        scheme=Scheme.OTHER,
        code=code.upper(),
        qualifier=Qualifier.NEW,
        partition=partition,
        subject="user" if user else "",
        number=number or user,
        user=user,
        text=text,
    )


def restore_of(letters: str) -> str:
    """The SIA code that ends what another one began; empty where there is none."""
    counterpart = to_contact_id(letters)
    restore = to_sia(counterpart[0], RESTORE) if counterpart is not None else None
    return "" if restore is None or restore == letters else restore


def _digits(text: str, width: int, part: str) -> str:
    if len(text) > width or not re.fullmatch(r"[0-9B-Fb-f]*", text):
        raise SignalError(part, f"{text!r} is not a number of up to {width} digits")
    return text.upper().zfill(width)


def described(message: Message) -> str:
    """A message in a few words, for people: ``130 new Burglary, partition 01, zone 004``."""
    if isinstance(message, LinkTest):
        return "link test"
    if isinstance(message, Payload):
        return f"{message.token} {message.content}"
    what = f"{message.code} {message.qualifier} {name(message.scheme, message.code, message.qualifier, 'en')}"
    if message.partition.strip("0"):
        what += f", partition {message.partition}"
    if message.number.strip("0"):
        what += f", {message.subject if message.subject not in ('', 'none') else 'number'} {message.number}"
    elif message.user.strip("0"):
        what += f", user {message.user}"
    return what
