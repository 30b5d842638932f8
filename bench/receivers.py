"""The receivers that are measured, each a process of its own: ``python -m bench.receivers NAME [ARGUMENTS]``.

Every one of them prints ``ready tcp:127.0.0.1:PORT`` when it can be connected to, as ``ptsn serve`` does.

* ``echo``: Twisted sends back what comes. The most that anything built on it can reach.
* ``pysiaalarm``: its asyncio server, with the accounts of the load. It stores nothing.
* ``reactor CONFIG``: a station that commits in the reactor's turn (:mod:`bench.stations`).
* ``thread CONFIG``: the station as it is; both with ``--stall SECONDS --every SECONDS``.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path
from typing import Any


def _ready(port: int) -> None:
    sys.stdout.write(f"ready tcp:127.0.0.1:{port}\n")
    sys.stdout.flush()


def echo() -> None:
    """Twisted, giving back what comes."""
    from twisted.internet import reactor as default_reactor
    from twisted.internet.protocol import Factory, Protocol

    class Echo(Protocol):
        noisy = False

        def connectionMade(self) -> None:
            """Twisted: the connection stands."""
            self.transport.setTcpNoDelay(True)  # type: ignore[union-attr]

        def dataReceived(self, data: bytes) -> None:
            """Twisted: bytes came."""
            assert self.transport is not None
            self.transport.write(data)

    reactor: object = default_reactor
    port = reactor.listenTCP(0, Factory.forProtocol(Echo), backlog=1024, interface="127.0.0.1")  # type: ignore[attr-defined]
    reactor.callWhenRunning(_ready, port.getHost().port)  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]


def pysiaalarm(connections: int) -> None:
    """pysiaalarm's own server; what it does with an event is nothing."""
    from pysiaalarm.account import SIAAccount
    from pysiaalarm.aio.client import SIAClient, SIAClientTCP
    from pysiaalarm.event import SIAEvent

    from bench.frames import KEY, panels

    async def forget(event: SIAEvent) -> None:
        """Whoever stores would do it here."""

    async def serve() -> None:
        accounts = [
            SIAAccount(panel.account, KEY if encrypted else None)
            for encrypted in (False, True)
            for panel in panels(connections, encrypted)
        ]
        client: Any = SIAClient("127.0.0.1", 0, accounts, forget)  # type: ignore[abstract]
        assert isinstance(client, SIAClientTCP)
        await client.async_start(backlog=1024)
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        assert client.server is not None
        _ready(client.server.sockets[0].getsockname()[1])
        await stopped.wait()

    asyncio.run(serve())


def main() -> None:
    """Run one receiver until it is told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.receivers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.epilog = "example: python -m bench.receivers echo"
    parser.add_argument("name", choices=("echo", "pysiaalarm", "thread", "reactor", "unindexed"))
    parser.add_argument("config", nargs="?", type=Path, help="station.toml, for thread, reactor and unindexed")
    parser.add_argument("--connections", type=int, default=50, help="accounts of the load, for pysiaalarm")
    parser.add_argument("--stall", type=float, default=0.0, help="seconds that a stalling commit takes longer")
    parser.add_argument("--every", type=float, default=0.0, help="seconds between two stalls")
    given = parser.parse_args()
    # Ctrl-C goes to the whole group of processes; whoever started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if given.name == "echo":
        echo()
    elif given.name == "pysiaalarm":
        pysiaalarm(given.connections)
    elif given.config is None:
        parser.error(f"{given.name} needs the path of a station.toml")
    else:
        from bench.stations import run

        sys.exit(
            run(
                given.config,
                in_reactor=given.name == "reactor",
                indexed=given.name != "unindexed",
                stall_s=given.stall,
                every_s=given.every,
            )
        )


if __name__ == "__main__":
    main()
