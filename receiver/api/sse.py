"""One answer that goes on: server-sent events to one client, at the client's pace.

The transport says when the client does not take what is written (``pauseProducing``, Twisted does so with
64 KiB unsent) and when it does again. In between nothing is written and nothing is kept here: the feed is a
cursor and waits.
"""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.web.iweb import IRequest
from zope.interface import implementer


class Feed(Protocol):
    """Where events come from."""

    def pull(self) -> bytes:
        """The next bytes; ``b""`` when there are none."""

    def close(self) -> None:
        """No more are wanted."""


@implementer(IPushProducer)
class EventResponse:
    """Writes a feed to a request. Give :meth:`wake` to the feed, then :meth:`run`."""

    def __init__(self, request: IRequest) -> None:
        # IRequest says nothing of producers; every request of a Site has them.
        self._request: Any = request
        self._feed: Feed | None = None
        self._paused = False
        self._pumping = False
        self._done: Deferred[None] | None = None

    async def run(self, first: bytes, feed: Feed) -> None:
        """Write ``first`` and then the feed, until the client goes or :meth:`finish`."""
        request = self._request
        request.setHeader(b"content-type", b"text/event-stream; charset=utf-8")
        request.setHeader(b"cache-control", b"no-store")
        if request.method == b"HEAD":
            feed.close()
            return
        self._feed = feed
        self._done = Deferred()
        request.registerProducer(self, True)
        try:
            request.write(first)
            self.wake()
            await self._done
        finally:
            self._feed = None
            feed.close()
            if request.channel is not None:  # None once the client has gone
                request.unregisterProducer()

    def wake(self) -> None:
        """The feed has something."""
        feed = self._feed
        if feed is None or self._paused or self._pumping:
            return
        self._pumping = True
        try:
            while not self._paused and (data := feed.pull()):
                self._request.write(data)
        finally:
            self._pumping = False

    def finish(self) -> None:
        """The station goes: end the answer."""
        done, self._done = self._done, None
        if done is not None and not done.called:
            done.callback(None)

    def pauseProducing(self) -> None:
        """Twisted: the client does not take what was written."""
        self._paused = True

    def resumeProducing(self) -> None:
        """Twisted: it does again."""
        self._paused = False
        self.wake()

    def stopProducing(self) -> None:
        """Twisted: the connection is gone; the request's end follows."""
        self._paused = True
