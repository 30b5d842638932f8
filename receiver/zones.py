"""Names of time zones, as the IANA database has them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

ALLOWED = "a name of the IANA time zone database, such as UTC or Asia/Almaty"


def is_zone(name: str) -> bool:
    """Whether this machine knows the time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path that climbs out; a folder of the database
        return False
    return True
