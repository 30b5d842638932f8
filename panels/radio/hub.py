"""A simulated radio channel in real time: everybody who connects over TCP has a modem of his own on the same air.

So a station and simulated units (or any KISS program) can be tried together without radios. A place on the air is made
when it is first needed and used again after its user has gone; nothing grows with time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from msgspec import Struct, field
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IPushProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from panels.radio.air import Air, Counts, Link
from panels.radio.modem import Tnc, TransparentModem
from protocols.channel import Profile, ax25
from protocols.errors import UserError
from protocols.radio.options import Modem
from receiver.adapters.endpoints import Listen
from receiver.adapters.peers import host_text, peer_text

PLACES = 100
LATEST_S = 0.5
"""An air that was held up for longer than this goes on from now, and does not make up for it in a burst."""


class HubError(UserError):
    """A port on which nobody can be waited for."""


class Setting(Struct, frozen=True, kw_only=True):
    """One channel."""

    profile: Profile = field(default_factory=lambda: ax25(1200))
    modem: Modem = Modem.KISS
    level: bool = False
    """A transparent modem tells the level behind each frame."""
    loss: float = 0.0
    """Share of frames that is lost between any two."""
    ber: float = 0.0
    """Share of bits that are wrong. A TNC drops such frames."""
    places: int = PLACES
    seed: int | None = None
    """None for another run each time."""


class Place:
    """A modem and, while there is one, its user."""

    def __init__(self, hub: Hub, number: int) -> None:
        self.number = number
        self.user: _User | None = None
        its = hub.setting
        name = f"modem {number}"
        self.modem: Tnc | TransparentModem = (
            Tnc(hub.air, name, self._heard, its.profile)
            if its.modem is Modem.KISS
            else TransparentModem(hub.air, name, self._heard, its.profile, level=its.level)
        )

    def _heard(self, data: bytes) -> None:
        if self.user is not None:
            self.user.hand_over(data)


@implementer(IPushProducer)
class _User(Protocol):
    """A connection. What it does not read in time it does not get."""

    transport: Any

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._place: Place | None = None
        self._slow = False
        self.name = ""
        self.missed = 0

    def connectionMade(self) -> None:
        peer = self.transport.getPeer()
        self.name = peer_text(host_text(peer.host), peer.port)
        self._place = self._hub.enter(self)
        if self._place is None:
            self.transport.abortConnection()
            return
        self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self, True)

    def dataReceived(self, data: bytes) -> None:
        if self._place is not None:
            self._hub.write(self._place, data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._place is not None:
            self._hub.leave(self._place)
            self._place = None

    def hand_over(self, data: bytes) -> None:
        """Bytes of its modem."""
        if self._slow:
            self.missed += 1
        else:
            self.transport.write(data)

    def pauseProducing(self) -> None:
        """It reads too slowly."""
        self._slow = True

    def resumeProducing(self) -> None:
        """It has caught up."""
        self._slow = False

    def stopProducing(self) -> None:
        """It is gone."""
        self._slow = True


class _Door(Factory):
    noisy = False

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return _User(self._hub)


class Hub:
    """The air, its places and its doors. ``tell`` is given a line of English for each thing worth knowing."""

    def __init__(self, setting: Setting, reactor: Any, tell: Callable[[str], None] = lambda text: None) -> None:
        self.setting = setting
        self._reactor = reactor
        self._tell = tell
        link = Link(loss=setting.loss, ber=setting.ber)
        self.air = Air(Random(setting.seed), hears=lambda sender, receiver: link)
        self._began = reactor.seconds()
        self._call: Any = None
        self._places: list[Place] = []
        self._free: list[Place] = []
        self._ports: list[Any] = []
        self._over = False

    @property
    def counts(self) -> Counts:
        """What became of all frames."""
        return self.air.counts

    @property
    def users(self) -> int:
        """How many are connected."""
        return sum(place.user is not None for place in self._places)

    def listen(self, where: Sequence[Listen]) -> list[Listen]:
        """Wait for users; returns the addresses with the ports that were found. Raises HubError."""
        opened = []
        for each in where:
            if each.transport != "tcp":
                raise HubError(f"{each} is no TCP port: users of a simulated modem connect by TCP. Give tcp:PORT.")
            try:
                port = self._reactor.listenTCP(each.port, _Door(self), interface=each.interface)
            except CannotListenError as error:
                reason = getattr(error.socketError, "strerror", None) or error.socketError
                raise HubError(
                    f"cannot listen on {each}: {reason}. Give another port, or end the program that has it (ss -ltnp "
                    "tells which)."
                ) from error
            self._ports.append(port)
            opened.append(Listen(each.transport, port.getHost().port, each.interface))
        return opened

    def stop(self) -> Deferred[Any]:
        """Close all doors and connections; done when they are closed."""
        self._over = True
        if self._call is not None:
            self._call.cancel()
            self._call = None
        ports, self._ports = self._ports, []
        for place in self._places:
            if place.user is not None:
                place.user.transport.loseConnection()
        return DeferredList([port.stopListening() for port in ports], consumeErrors=True)

    # For the connections

    def enter(self, user: _User) -> Place | None:
        """A modem for a new user; None where all are taken."""
        self._catch_up()
        if self._free:
            place = self._free.pop()
        elif len(self._places) < self.setting.places:
            place = Place(self, len(self._places) + 1)
            self._places.append(place)
        else:
            self._tell(
                f"{user.name} was turned away: all {self.setting.places} modems are taken (--places allows more)"
            )
            return None
        place.user = user
        self.air.listen(place.modem.node, True)
        self._tell(f"{user.name} has modem {place.number}")
        return place

    def leave(self, place: Place) -> None:
        """Its user is gone; what its modem held is lost."""
        user, place.user = place.user, None
        self._catch_up()
        place.modem.cut()
        self.air.listen(place.modem.node, False)
        self._free.append(place)
        missed = f", {user.missed} frames were not read in time" if user is not None and user.missed else ""
        self._tell(f"modem {place.number} is free{missed}")
        self._wait()

    def write(self, place: Place, data: bytes) -> None:
        """Bytes for a modem."""
        self._catch_up()
        place.modem.write(data)
        self._wait()

    # Time

    def _catch_up(self) -> None:
        """Everything up to now happens."""
        now = self._reactor.seconds() - self._began
        if self.air.next_at is not None and now - self.air.next_at > LATEST_S:
            self._began += now - self.air.next_at
            now = self.air.next_at
        self.air.run(now)

    def _wait(self) -> None:
        """Be called at the next event."""
        if self._call is not None:
            self._call.cancel()
            self._call = None
        if self.air.next_at is not None and not self._over:
            wait = max(0.0, self._began + self.air.next_at - self._reactor.seconds())
            self._call = self._reactor.callLater(wait, self._due)

    def _due(self) -> None:
        self._call = None
        self._catch_up()
        self._wait()
