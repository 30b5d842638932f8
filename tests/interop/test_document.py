"""What ``docs/interoperability.md`` says is true: its versions, its tables, and every frame in it."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from tests.interop import claims_pysiaalarm, claims_siadc09, claims_spt
from tests.interop.document import read_document
from tests.interop.support import PysiaalarmReceiver
from tests.interop.world import Claim, World
from tests.panels.fake import Loop
from tests.support.station import StationProcess

DOCUMENT = read_document()
CLAIMS: dict[str, dict[str, Claim]] = {
    "pysiaalarm": claims_pysiaalarm.CLAIMS,
    "siadc09": claims_siadc09.CLAIMS,
    "my-dc09-spt": claims_spt.CLAIMS,
}


def test_the_document_names_the_versions_that_were_tested() -> None:
    """And no peer is left out."""
    assert DOCUMENT.versions == {peer: version(peer) for peer in CLAIMS}


def test_every_claim_is_tested_and_every_test_is_a_claim() -> None:
    """The table, the examples below it and the tests speak of the same things."""
    assert DOCUMENT.claims == {name: peer for peer, claims in CLAIMS.items() for name in claims}
    assert set(DOCUMENT.frames) <= set(DOCUMENT.claims)
    assert all(DOCUMENT.frames.values())


@pytest.mark.parametrize("name", DOCUMENT.claims)
def test_the_document_is_right(
    name: str, station: StationProcess, pysiaalarm_asyncio: PysiaalarmReceiver, loop: Loop
) -> None:
    """A row of the table, with the frames of its example, against the peer itself."""
    world = World(station, pysiaalarm_asyncio, loop, DOCUMENT.frames.get(name, []))
    CLAIMS[DOCUMENT.claims[name]][name](world)
