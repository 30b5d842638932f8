"""Where the station of a check listens, and what to look at when nothing comes."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from panels.inspection.broken import BadCrc, NoiseSeen
from panels.inspection.notes import NothingNote
from protocols.wires import find
from ptsn.checking.where import is_loopback, typed
from ptsn.checking.words import Words
from ptsn.render import clean
from receiver.adapters.endpoints import Listen, SerialDevice, Target, parse_target
from receiver.service import reachable
from receiver.settings import AUTO

DC09 = "dc09"


class Place(Struct, frozen=True):
    """Where the station listens, now that it does."""

    listens: tuple[Listen, ...]
    """As asked for."""
    addresses: tuple[str, ...]
    """As it came: ``tcp:0.0.0.0:5000``."""
    connects: tuple[Target | SerialDevice, ...] = ()
    """What is opened from here."""
    protocol: str = AUTO
    """The one that was named, or ``AUTO``."""

    @property
    def reachable(self) -> tuple[str, ...]:
        """What panels are told, ``tcp:192.0.2.10:5000``."""
        return tuple(reachable(list(self.addresses)))

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches what is listened on."""
        return bool(self.listens) and all(is_loopback(listen) for listen in self.listens)

    @property
    def command(self) -> str:
        """What to type to let panels in."""
        ports: dict[str, list[int]] = {"tcp": [], "udp": []}
        for address in self.addresses:
            target = parse_target(address)
            if target.port not in ports[target.transport]:
                ports[target.transport].append(target.port)
        also_udp = bool(ports["tcp"]) and ports["tcp"] == ports["udp"]
        wanted = {"tcp": ports["tcp"]} if also_udp else ports
        words = [typed(Listen(transport, port, "0.0.0.0")) for transport, its in wanted.items() for port in its]
        named = [] if self.protocol == AUTO else ["--protocol", self.protocol]
        return " ".join(["ptsn check", *words, *(["--udp"] if also_udp else []), *named])

    def by_host(self) -> list[tuple[str, str]]:
        """Host, and its ports in words: ``("192.0.2.10", "5000 (TCP, UDP)")``."""
        found: dict[tuple[str, int], list[str]] = {}
        for address in self.reachable:
            target = parse_target(address)
            transports = found.setdefault((target.host, target.port), [])
            if target.transport.upper() not in transports:
                transports.append(target.transport.upper())
        return [(host, f"{port} ({', '.join(transports)})") for (host, port), transports in found.items()]


def nothing_came(place: Place, words: Words, connections: int, noise: int, broken: int = 0) -> list[str]:
    """What to check, the likeliest first, one sentence each. ``broken``: of the noise, frames that were not whole."""
    if broken:
        # It reaches the station, and speaks its protocol: nothing of the rest is in question.
        return [words("nothing.broken", count=broken)]
    hints = []
    if connections:
        hints.append(words("nothing.connections", count=connections))
    if noise:
        hints.append(words("nothing.noise", count=noise))
    hints += [_not_heard(endpoint, words) for endpoint in place.connects]
    if not place.addresses:
        return hints
    if place.loopback:
        hints.append(words("nothing.loopback", command=place.command))
    addresses = ", ".join(f"{host} {port}" for host, port in place.by_host())
    transports = {address.partition(":")[0].upper(): None for address in place.addresses}
    hints += [
        words("nothing.address", addresses=addresses),
        words("nothing.transport", transports=", ".join(transports)),
    ]
    if place.protocol in (AUTO, DC09):
        hints.append(words("nothing.protocol"))
    else:
        hints.append(words("nothing.protocol.named", protocol=find(place.protocol).title))
    if not place.loopback:
        port = parse_target(place.addresses[0]).port
        hints += [words("nothing.firewall", port=port), words("nothing.network")]
    return hints


def _not_heard(endpoint: Target | SerialDevice, words: Words) -> str:
    """What to check at the other end of what was opened from here."""
    address = clean(str(endpoint))
    if isinstance(endpoint, SerialDevice):
        return words("nothing.serial", address=address, device=clean(endpoint.device))
    return words("nothing.connect", address=address)


def crc_words(crc: BadCrc, words: Words) -> str:
    """A frame whose CRC does not fit: whose it says it is, and both CRCs."""
    id_ = "noise.crc" if crc.account else "noise.crc.no-account"
    return words(id_, account=clean(crc.account), given=clean(crc.given), computed=clean(crc.computed))


def broken_words(noise: Iterable[NoiseSeen], words: Words) -> dict[str, int]:
    """What was wrong with messages that were not whole, and how often."""
    found: dict[str, int] = {}
    for seen in noise:
        id_ = f"broken.{seen.guess}"
        if words.has(id_):
            why = words(id_)
            found[why] = found.get(why, 0) + seen.count
    return found


def nothing_yet(note: NothingNote, place: Place, words: Words) -> list[str]:
    """The same while the check runs."""
    head = words("nothing.since", time=words.duration(note.seconds))
    return [head, *(f"  - {hint}" for hint in nothing_came(place, words, note.connections, note.noise, note.broken))]
