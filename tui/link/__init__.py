"""How the console reaches its station: calls, and streams that connect again by themselves. No Textual here.

::

    link = open_link("/var/lib/ptsn/ptsn.sock")
    status = await link.get("/v1/status")
    async for item in link.follow("/v1/events", lambda: {"since": last}):
        ...                      # Event, or Broken while the station is away
"""

from tui.link.address import Address, parse_address
from tui.link.errors import Away, LinkError
from tui.link.events import Broken, Event
from tui.link.http import SILENCE_S, HttpLink, Link, open_link

__all__ = [
    "SILENCE_S",
    "Address",
    "Away",
    "Broken",
    "Event",
    "HttpLink",
    "Link",
    "LinkError",
    "open_link",
    "parse_address",
]
