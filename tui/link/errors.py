"""What can go wrong with a call."""

from __future__ import annotations

from protocols.errors import UserError


class LinkError(UserError):
    """The station refused, or answered what makes no sense."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status
        """Of HTTP; 0 where there was no answer."""


class Away(LinkError):
    """Nobody there, or nobody that answers."""

    def __init__(self, text: str, *, denied: bool = False, asked: bool = False) -> None:
        super().__init__(text)
        self.asked = asked
        """The question left here: it may have been done, though nobody answered."""
        self.denied = denied
        """The socket may not be opened by this user."""
