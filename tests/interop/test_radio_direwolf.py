"""Dire Wolf for real between a unit and a station, set up as ``docs/connect/dire-wolf.md`` says: the unit's frames are
sound, KISS again and entries of the journal; the acknowledgement comes back the same way.

Left out where Dire Wolf is not installed; CI installs it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from protocols import ax25, kiss
from protocols.ax25 import Address
from protocols.channel import ax25 as ax25_profile
from protocols.datagram import Type
from protocols.datagram import open as open_datagram
from protocols.datagram.payloads import Ack, decode
from protocols.ends import LinkTest, OutcomeKind
from protocols.model import Qualifier, Scheme, Signal
from receiver.settings import load
from tests.support.direwolf import RATE, Air, DireWolf, atest, needs_direwolf
from tests.support.radio_unit import RadioUnit
from tests.support.station import StationProcess, ptsn, until
from tests.test_connect_docs import FOLDER, blocks, commands, table, tables

PAGE = FOLDER / "dire-wolf.md"
PROFILE = ax25_profile(1200, tx_delay_s=0.1, persistence=255, slot_s=0.01)
"""The units': one on its own channel need not draw."""
ALARM = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)


def _settings(port: int) -> str:
    (text,) = blocks(PAGE, "toml")
    return text.replace("tcp:127.0.0.1:8001", f"tcp:127.0.0.1:{port}")


def _modem() -> str:
    (text,) = blocks(PAGE, "conf")
    return text


class Weather:
    """Keeps what was said on the air, and loses what it is told to."""

    def __init__(self) -> None:
        self.said: dict[str, bytes] = {}
        self.lose: list[str] = []
        """Of whom the next transmission does not arrive."""

    def __call__(self, name: str, samples: bytes) -> bytes:
        self.said[name] = self.said.get(name, b"") + samples
        if name in self.lose:
            self.lose.remove(name)
            return bytes(len(samples))
        return samples


class World(Struct):
    """A station and a unit, each with a Dire Wolf, and the air between these."""

    station: StationProcess
    unit: RadioUnit
    weather: Weather

    def signals(self) -> list[dict[str, Any]]:
        """Those of the journal."""
        return [entry for entry in self.station.export() if entry["kind"] == "signal"]


@pytest.fixture(params=[0, 16], ids=["plain", "fx25"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """With the commands and settings of the page, but for ports, sound and places."""
    fx25 = request.param
    weather = Weather()
    with (
        DireWolf(tmp_path, "site", _modem(), fx25) as site,
        DireWolf(tmp_path, "centre", _modem(), fx25) as centre,
        Air(site, centre, weather=weather),
        _station(tmp_path, centre) as station,
        site.connect() as modem,
    ):
        yield World(station, RadioUnit(tmp_path / "unit-1234.json", PROFILE, modem), weather)


@contextmanager
def _station(folder: Path, modem: DireWolf) -> Iterator[StationProcess]:
    """Set up by the page, and connected to its modem."""
    place = folder / "station"
    place.mkdir()
    (place / "station.toml").write_text(f'[station]\nname = "Test"\nnode = "test"\n{_settings(modem.port)}')
    for line in commands(PAGE):
        if line.startswith(("ptsn accounts add", "ptsn radio key new")):
            words = line.replace("station/station.toml", str(place / "station.toml"))
            ptsn(*shlex.split(words.replace("unit-1234.json", str(folder / "unit-1234.json")))[1:])
    with StationProcess(place) as station:
        until(lambda: "Attached to KISS TCP client" in modem.text(), "the station at its modem")
        yield station


def _datagrams(kiss_bytes: bytes) -> list[bytes]:
    """Of data frames in a stream of KISS."""
    frames = [kiss.read(piece) for piece in kiss.Deframer().feed(kiss_bytes)]
    return [ax25.decode(frame.data).info for frame in frames if frame.command == kiss.Command.DATA]


@needs_direwolf
def test_an_event_goes_over_the_air_into_the_journal_and_its_acknowledgement_comes_back(
    world: World, tmp_path: Path
) -> None:
    """As sound both ways; what Dire Wolf's own decoder hears are the same bytes."""
    unit = world.unit
    assert unit.say(ALARM).kind is OutcomeKind.ACCEPTED
    (entry,) = world.signals()
    assert (entry["account"], entry["protocol"], entry["code"], entry["number"]) == ("1234", "radio", "130", "015")
    assert entry["token"] == "EVENT"
    assert entry["encrypted"] is True
    sent = _datagrams(unit.written)
    assert entry["raw"].encode("latin-1") == sent[0]
    assert set(sent) == {sent[0]}, "repetitions are the same bytes"

    assert unit.say(LinkTest("1234")).kind is OutcomeKind.ACCEPTED
    assert len(world.signals()) == 1
    world.station.verify()

    said = {
        name: [ax25.decode(frame) for frame in atest(tmp_path, sound, name)]
        for name, sound in world.weather.said.items()
    }
    asked = {frame.info for frame in said["site"]}
    assert asked == set(_datagrams(unit.written))
    answers = {frame.info for frame in said["centre"]}
    assert {(str(frame.source), str(frame.destination)) for frame in said["centre"]} == {
        ("PCN", str(unit.unit.address))
    }
    assert set(_datagrams(unit.heard)) <= answers
    assert {_acknowledged(datagram, unit) for datagram in answers} == {_named(datagram, unit) for datagram in asked}


def _named(datagram: bytes, unit: RadioUnit) -> tuple[int, int]:
    opened = open_datagram(datagram, unit.unit.key)
    assert opened is not None
    return opened.header.key_id, opened.header.counter


def _acknowledged(datagram: bytes, unit: RadioUnit) -> tuple[int, int]:
    opened = open_datagram(datagram, unit.unit.key)
    assert opened is not None
    assert opened.header.type is Type.ACK
    ack = decode(opened.header.type, opened.payload)
    assert isinstance(ack, Ack)
    return opened.header.key_id, ack.counter


@needs_direwolf
@pytest.mark.parametrize("world", [0], ids=["plain"], indirect=True)
def test_an_acknowledgement_that_is_lost_on_the_air_is_given_again_and_the_event_is_there_once(
    world: World,
) -> None:
    """The unit repeats the same bytes; the station knows them, and answers."""
    world.weather.lose.append("centre")
    assert world.unit.say(ALARM).kind is OutcomeKind.ACCEPTED
    sent = _datagrams(world.unit.written)
    assert len(sent) >= 2
    assert len(set(sent)) == 1
    assert world.weather.lose == []
    assert len(world.signals()) == 1
    world.station.verify()


@needs_direwolf
def test_a_unit_out_of_reach_is_heard_and_answered_by_way_of_a_digipeater(tmp_path: Path) -> None:
    """Another Dire Wolf between them repeats what names it, as the page says."""
    (line,) = re.findall(r"`(DIGIPEAT .*?)`", PAGE.read_text(encoding="utf-8"))
    repeating = _modem().replace("MYCALL PCN", "MYCALL REP") + line + "\n"
    weather = Weather()
    with (
        DireWolf(tmp_path, "site", _modem()) as site,
        DireWolf(tmp_path, "hill", repeating) as hill,
        DireWolf(tmp_path, "centre", _modem()) as centre,
        Air(site, hill, centre, weather=weather, apart=[("site", "centre")]),
        _station(tmp_path, centre) as station,
        site.connect() as modem,
    ):
        unit = RadioUnit(tmp_path / "unit-1234.json", PROFILE, modem, path=(Address("REP"),))
        assert unit.say(ALARM).kind is OutcomeKind.ACCEPTED
        (entry,) = [entry for entry in station.export() if entry["kind"] == "signal"]
        assert entry["raw"].encode("latin-1") == _datagrams(unit.written)[0]
    repeated = [ax25.decode(frame) for frame in atest(tmp_path, weather.said["hill"], "hill")]
    assert {str(frame.source) for frame in repeated} == {"PCN", str(unit.unit.address)}
    assert all(frame.path == (Address("REP", repeated=True),) for frame in repeated)


def test_the_page_is_written_like_the_others() -> None:
    """Its sections, and a source behind every value."""
    found = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.M)
    assert found == [
        "Wiring", "At the station", "At the modem", "What to expect", "Known quirks", "When it does not work",
    ]  # fmt: skip
    assert {each.section for each in tables(PAGE)} == set(found) - {"At the station"}
    (config,) = blocks(PAGE, "conf")
    named = {word for row in table(PAGE, "At the modem").rows for word in re.findall(r"`([A-Z0-9_]+)`", row[0])}
    assert "KISSPORT" in named
    assert named <= {line.split()[0] for line in config.splitlines()}


def test_the_settings_of_the_page_load_and_agree_with_those_of_the_modem(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text(_settings(8001))
    (adapter,) = load(tmp_path / "station.toml").adapters
    assert adapter.radio is not None
    profile = adapter.radio.options.profile
    (config,) = blocks(PAGE, "conf")
    given = dict(line.split(maxsplit=1) for line in config.splitlines())
    assert float(given["MODEM"]) == profile.bit_rate
    assert f"`direwolf -t 0 -q hd -X {profile.fx25_parity} -c direwolf.conf`" in PAGE.read_text(encoding="utf-8")
    assert given["KISSPORT"] == "8001"
    assert given["MYCALL"] == str(adapter.radio.options.call)
    assert json.loads(given["FIX_BITS"]) == 0
    assert int(given["ARATE"]) >= RATE
