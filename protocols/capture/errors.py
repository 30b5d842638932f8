"""What can be wrong with a file of captured bytes as a whole."""

from __future__ import annotations

from protocols.errors import UserError


class CaptureError(UserError):
    """The file cannot be read, or not any further. The text says where, and what to do."""


class OtherFormatError(CaptureError):
    """The file is not of the kind that it is read as."""
