"""Peers and a station that live as long as the tests of this folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import siadc09.message

from tests.interop.support import KEYED, KEYS, PLAIN, TEXT_KEYS, ZEROS, PysiaalarmReceiver, account_of
from tests.panels.fake import Loop
from tests.support.station import StationProcess

FAMILIES = ("A0", "B0", "C0", "D0", "E0", "F0")
"""Every test of a station has accounts of its own, so that no other disturbs what it counts."""


for name in ("message", "siadcs"):
    # On import it sets its loggers to DEBUG; it tells every pad that it finds short.
    logging.getLogger(f"{siadc09.__name__}.{name}").setLevel(logging.WARNING)


@pytest.fixture
def loop() -> Iterator[Loop]:
    """A reactor of the test's own."""
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    """A station on loopback that knows the accounts of all families, and whose journal is whole at the end."""
    rows = ["account,key", f"{PLAIN},", f"{ZEROS},", f"{KEYED},{TEXT_KEYS[16].encode().hex()}"]
    for family in FAMILIES:
        rows.append(f"{account_of(family, None)},")
        rows.extend(f"{account_of(family, size)},{key.hex()}" for size, key in KEYS.items())
    with StationProcess(tmp_path_factory.mktemp("interop"), accounts="\n".join(rows) + "\n") as process:
        yield process
        process.verify()


def _accounts() -> dict[str, str | None]:
    keyed = {account_of("A0", size): key for size, key in TEXT_KEYS.items()}
    return {account_of("A0", None): None, **keyed, PLAIN: None, KEYED: TEXT_KEYS[16]}


@pytest.fixture(scope="session")
def pysiaalarm_asyncio() -> Iterator[PysiaalarmReceiver]:
    """Its asyncio server over TCP: the one that Home Assistant uses."""
    with PysiaalarmReceiver("asyncio", "tcp", _accounts()) as receiver:
        yield receiver


@pytest.fixture(scope="session")
def pysiaalarm_threads() -> Iterator[PysiaalarmReceiver]:
    """Its server of threads over TCP."""
    with PysiaalarmReceiver("threads", "tcp", _accounts()) as receiver:
        yield receiver


@pytest.fixture(scope="session")
def pysiaalarm_datagrams() -> Iterator[PysiaalarmReceiver]:
    """Its server of threads over UDP."""
    with PysiaalarmReceiver("threads", "udp", _accounts()) as receiver:
        yield receiver
