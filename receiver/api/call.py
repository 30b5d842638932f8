"""One call of the API: what was asked, by whom, read with checks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from receiver.api.errors import ApiError
from receiver.api.peer import Peer, peer_of

T = TypeVar("T")

OPERATOR_MAX = 200
"""Characters of what an action is signed with."""
NOTE_MAX = 2000


class Signature(Struct, frozen=True):
    """Who does something."""

    operator: str
    """``user@socket``, or ``NAME (user@socket)`` where a name is given."""
    unverified: bool
    """There is a name in it, which is the caller's word alone."""


class Call:
    """A request, and who makes it. Everything wrong with it is an :class:`ApiError` with 400."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.peer: Peer = peer_of(request)

    def header(self, name: str) -> str:
        """A header, ``""`` when it is not given; bytes that are no text as marks."""
        values = self.request.requestHeaders.getRawHeaders(name.encode(), [b""])
        return str(values[-1].decode("utf-8", "replace"))

    def text(self, name: str) -> str:
        """A parameter, ``""`` when it is not given."""
        values = self.request.args.get(name.encode(), [b""])
        return str(values[-1].decode("utf-8", "replace"))

    def number(self, name: str, least: int = 0, most: int = (1 << 62)) -> int | None:
        """A whole number, None when it is not given."""
        return whole(name, self.text(name), least, most)

    def flag(self, name: str) -> bool:
        """``1`` or ``0``."""
        return bool(self.number(name, 0, 1))

    def words(self, name: str, allowed: Collection[str]) -> list[str]:
        """Words with commas between, each one of ``allowed``."""
        words = [word for word in self.text(name).split(",") if word]
        for word in words:
            if word not in allowed:
                raise ApiError(400, f"{name}: found {word!r}, allowed: {', '.join(sorted(allowed))}")
        return words

    def body(self, kind: type[T]) -> T:
        """The body as JSON of this shape; an empty one counts as ``{}``."""
        content = self.request.content.read() or b"{}"
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ApiError(400, f"the body of the request: {error}") from error

    def signature(self, given: str | None) -> Signature:
        """What an action is signed with.

        Anybody can give any name; the user is the kernel's word. Of the name what cannot be seen is taken out,
        and its end where the whole would be longer than ``OPERATOR_MAX``.
        """
        user = self.peer.operator[: OPERATOR_MAX // 2]
        name = " ".join("".join(one if one.isprintable() else " " for one in given or "").split())
        name = name[: OPERATOR_MAX - len(user) - len(" ()")].rstrip()
        return Signature(f"{name} ({user})", True) if name else Signature(user, False)


def whole(name: str, text: str, least: int = 0, most: int = (1 << 62)) -> int | None:
    """A whole number in bounds, None for an empty text."""
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= 19 and least <= int(text) <= most:
        return int(text)
    raise ApiError(400, f"{name}: found {text[:40]!r}, allowed: a whole number from {least} to {most}")
