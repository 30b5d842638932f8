"""The one thing every layer's errors share: whether their text is meant for a person."""

from __future__ import annotations


class UserError(Exception):
    """Something a person can put right. ``str()`` says what was wrong, where, and what to do.

    The command line prints the text as it is, without a traceback. Every other exception is a fault of
    the program. Never raised itself.
    """
