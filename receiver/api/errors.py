"""What the API says no with."""

from __future__ import annotations

import sqlite3

from protocols.errors import UserError
from receiver.accounts import ImportErrors, NoAccountError, StoreError
from receiver.journal.schema import JournalError


class ApiError(Exception):
    """An answer other than 200. The text is for the person at the other end."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        """HTTP status: 400 a wrong question, 403 not allowed, 404 no such thing, 409 not now, 413 too long, 503."""
        super().__init__(text)


class SocketError(UserError):
    """The socket of the API cannot be opened."""


def status_of(error: Exception) -> int:
    """The HTTP status that an error of the layers below is answered with; 500 for a fault of the program."""
    if isinstance(error, ApiError):
        return error.status
    if isinstance(error, ImportErrors):
        return 400
    if isinstance(error, NoAccountError):
        return 404
    if isinstance(error, (OSError, sqlite3.Error, JournalError, StoreError)):
        return 503
    return 400 if isinstance(error, UserError) else 500
