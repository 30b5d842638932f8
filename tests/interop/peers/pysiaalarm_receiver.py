"""pysiaalarm as a receiver.

Started with one argument, JSON: ``{"server": "asyncio" | "threads", "transport": "tcp" | "udp",
"accounts": {account: key or null}}``. Prints one JSON object a line: ``{"port": ..}`` once it listens, then each
event that its callback gets. Ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from enum import Enum
from typing import Any

from pysiaalarm.account import SIAAccount
from pysiaalarm.aio.client import SIAClient as AsyncioClient
from pysiaalarm.event import SIAEvent
from pysiaalarm.sync.client import SIAClient as ThreadsClient
from pysiaalarm.utils.enums import CommunicationsProtocol

HOST = "127.0.0.1"
saying = threading.Lock()
FIELDS = (
    *("full_message", "encrypted", "message_type", "receiver", "line", "account", "sequence", "content"),
    *("ti", "id", "ri", "code", "message", "x_data", "event_qualifier", "event_type", "partition"),
)


def say(what: dict[str, Any]) -> None:
    """One line to the test."""
    with saying:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def heard(event: SIAEvent) -> None:
    """The callback of the threads' server."""
    found = {name: getattr(event, name) for name in FIELDS}
    say({name: value.value if isinstance(value, Enum) else value for name, value in found.items()})


async def heard_asyncio(event: SIAEvent) -> None:
    """The callback of the asyncio server."""
    heard(event)


async def serve_asyncio(accounts: list[SIAAccount], transport: CommunicationsProtocol) -> None:
    """Until standard input ends."""
    make: Any = AsyncioClient  # abstract, and what it makes is a class of the transport
    client = make(HOST, 0, accounts, heard_asyncio, protocol=transport)
    await client.async_start()
    if transport is CommunicationsProtocol.TCP:
        port = client.server.sockets[0].getsockname()[1]
    else:
        port = client.transport.get_extra_info("sockname")[1]
    say({"port": port})
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await client.async_stop()


def serve_threads(accounts: list[SIAAccount], transport: CommunicationsProtocol) -> None:
    """Until standard input ends."""
    client = ThreadsClient(HOST, 0, accounts, heard, protocol=transport)
    client.start(poll_interval=0.05)
    say({"port": client.sia_server.server_address[1]})
    sys.stdin.read()
    client.stop()


def main() -> None:
    """Run as the argument says."""
    settings = json.loads(sys.argv[1])
    accounts = [SIAAccount(account, key) for account, key in settings["accounts"].items()]
    transport = CommunicationsProtocol[settings["transport"].upper()]
    if settings["server"] == "asyncio":
        asyncio.run(serve_asyncio(accounts, transport))
    else:
        serve_threads(accounts, transport)


if __name__ == "__main__":
    main()
