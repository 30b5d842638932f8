"""What a panel has to say, as the parts of a message that do not change between attempts."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from protocols import contact_id, ends, sia_text
from protocols.dc09 import fields, stamp
from protocols.dc09.errors import UnsendableError
from protocols.dc09.quirks import Quirks
from protocols.ends import LinkTest, Payload
from protocols.model import Edition, Scheme, Signal

LATEST = datetime(stamp.LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
"""The last second that a stamp can say, in a year that every reader knows."""
_DELIMITERS = frozenset("|^/")
"""What cannot stand in a text inside SIA data."""
_MOST_QUOTED = 255
"""Characters that are read as one text in quotes."""
_packet = re.compile(r"([a-z]{2})([-0-9.:]*(?:\^[^^]*\^)?)/").match
_bad_token = re.compile(r'["\[\]]|[^\x20-\x7e]').search
_blanks = str.maketrans(dict.fromkeys("|^/", " "))


class Composed(Struct, frozen=True):
    """What of a message does not change between attempts."""

    token: bytes
    data: bytes
    """Without the closing bracket."""
    fields: bytes
    occurred_at: float | None
    """What ``[H...]`` is to say; None also where the edition has none or a field says it already."""


class Composer:
    """Writes the messages of one panel: by its edition and with its quirks."""

    __slots__ = ("_edition", "_head", "_link_test", "_path", "_plain_sia", "_quirks", "_timed", "_windows")

    def __init__(self, inner_account: str, edition: Edition, quirks: Quirks, path: str) -> None:
        """``inner_account`` is the account inside the data. Raises UnsendableError for it or a path of a wrong form."""
        fields.check_address("#", inner_account)
        self._edition = edition
        self._quirks = quirks
        self._head = {"hash": f"#{inner_account}|", "bare": f"{inner_account}|", "none": ""}[quirks.inner_account]
        named = fields.path_field(path, edition)
        self._path = {} if named is None else {named[0]: [named[1]]}
        self._windows = quirks.encoding == "windows-1252" or (not quirks.encoding and edition.value < 2026)
        self._timed = fields.has(edition, "H")
        self._plain_sia = quirks.area == "ri" and quirks.separator
        link_test_data = quirks.link_test_data or ("" if quirks.header_account else self._head)
        self._link_test = fields.encode(link_test_data, self._windows)

    def compose(self, message: ends.Message) -> Composed:
        """Token, data and extended data of a message. Raises UnsendableError for what DC-09 cannot say."""
        if isinstance(message, LinkTest):
            return self._link_test_of(message)
        if isinstance(message, Payload):
            return self._payload(message)
        token, content, text = self._content(message)
        extended = self._with_path(fields.of_signal(message, text, self._edition))
        occurred_at = message.occurred_at
        if not self._timed or "H" in extended or (occurred_at is not None and not 0 <= occurred_at <= LATEST):
            occurred_at = None
        return Composed(
            token,
            fields.encode(self._head + content, self._windows),
            fields.write(extended, self._windows) if extended else b"",
            occurred_at,
        )

    def _with_path(self, extended: fields.Extended) -> fields.Extended:
        """The network path too, unless a field names it already."""
        if self._path and not {"G", "J"} & extended.keys():
            return extended | self._path
        return extended

    def _link_test_of(self, message: LinkTest) -> Composed:
        """XNM for a link test with extended data; editions before 2021 lack it, there NULL carries the fields."""
        fields.check(message.extended, self._edition)
        written = fields.write(self._with_path(message.extended), self._windows)
        token = b"XNM" if written and self._edition.value >= 2021 else b"NULL"
        return Composed(token, self._link_test, written, None)

    def _payload(self, message: Payload) -> Composed:
        """As given; refused is only what would break the frame."""
        token = message.token
        if not 1 <= len(token) <= 32 or token.startswith("*") or _bad_token(token):
            raise UnsendableError(
                f"token {token!r}: give up to 32 ASCII characters without quotes and brackets, and no * in front."
            )
        written = b""
        for letter, values in message.extended.items():
            for value in values:
                _check_given("extended data", letter + value)
                written += b"[%b]" % fields.encode(letter + value, self._windows)
        _check_given("the content", message.content)
        return Composed(
            token.encode("ascii"), fields.encode(self._head + message.content, self._windows), written, None
        )

    def _content(self, signal: Signal) -> tuple[bytes, str, str]:
        """Token, what follows the account, and the text that is still to be written as extended data."""
        text = signal.text and signal.text.ljust(self._quirks.text_width)
        try:
            if signal.scheme is Scheme.CONTACT_ID:
                content = contact_id.write(signal)
                kind = self._quirks.contact_id_type
                return b"ADM-CID", f"{kind} {content}" if kind else content, text
            if signal.scheme is Scheme.SIA:
                content, text = self._sia(signal, text)
                if signal.details and fields.breaks(content):
                    raise UnsendableError("details of a signal hold brackets or control characters: leave them out.")
                return b"SIA-DCS", content, text
        except ValueError as error:
            if isinstance(error, UnsendableError):
                raise
            raise UnsendableError(str(error)) from error
        raise UnsendableError(
            f"DC-09 carries codes of contact-id and sia, not of {signal.scheme.value}: translate the code."
        )

    def _sia(self, signal: Signal, text: str) -> tuple[str, str]:
        """What follows the account, and the text for which it has no place."""
        form = self._quirks.text
        if text and not self._holds(text):
            if fields.has(self._edition, "I"):
                return self._sia(signal, "")[0], text
            text = fields.clean(text).translate(_blanks)
        if self._plain_sia and form == "caret":
            return sia_text.write(signal if text == signal.text else replace(signal, text=text)), ""
        content = sia_text.write(replace(signal, text=""))
        if not self._plain_sia:
            content = self._with_area(content)
        if text:
            content += {"caret": f"^{text}^", "xsia": f"*'{text}'NM", "block": f"|A{text}"}[form]
        return content, ""

    def _holds(self, text: str) -> bool:
        """Whether a text can stand inside the data as it is."""
        if fields.clean(text) != text or not _DELIMITERS.isdisjoint(text):
            return False
        return self._quirks.text != "xsia" or len(text) <= _MOST_QUOTED

    def _with_area(self, content: str) -> str:
        """The modifier of the area right before the code, under its other name or without ``/``."""
        packets = {}
        at = 1
        while (match := _packet(content, at)) is not None:
            packets[match[1]] = match[2]
            at = match.end()
        if "ri" not in packets:
            return content
        area, its = packets.pop("ri"), self._quirks.area
        if its in packets:
            raise UnsendableError(f"this panel names its areas with {its!r}: leave the modifier out of the details.")
        before = "".join(f"{name}{value}/" for name, value in packets.items())
        return content[0] + before + its + area + ("/" if self._quirks.separator else "") + content[at:]


def _check_given(what: str, text: str) -> None:
    match = fields.breaks(text)
    if match is not None:
        raise UnsendableError(
            f"{what} of a payload: {match[0]!r} at character {match.start() + 1} would break the frame; leave it out."
        )
