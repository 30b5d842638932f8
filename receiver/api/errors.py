"""What the API says no with."""

from __future__ import annotations

from protocols.errors import UserError


class ApiError(Exception):
    """An answer other than 200. The text is for the person at the other end."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        """HTTP status: 400 a wrong question, 403 not allowed, 404 no such thing, 409 not now, 413 too long, 503."""
        super().__init__(text)


class SocketError(UserError):
    """The socket of the API cannot be opened."""
