"""The station's API: HTTP with JSON and server-sent events over a Unix socket. Its manual is ``docs/api.md``.

============  ==================================================================
``view``      what the API asks of the station (:class:`StationView`)
``server``    the socket, the site, the heartbeat
``routes``    what each call does
``accounts``  what the calls about accounts do
``zones``     what the calls about names of zones do
``changes``   changes of both, one at a time
``past``      an alarm that was closed, from the journal
``call``      one call: parameters, body, operator
``peer``      who calls
``sse``       an answer that goes on, at the client's pace
``alarms``    the alarms as a stream of state
============  ==================================================================
"""

from receiver.api.errors import ApiError, SocketError
from receiver.api.server import ApiServer
from receiver.api.view import EndpointStatus, StationView, Status, Trouble

__all__ = ["ApiError", "ApiServer", "EndpointStatus", "SocketError", "StationView", "Status", "Trouble"]
