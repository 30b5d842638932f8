"""The processes of a demo: a station, the fleet of panels that reports to it, and the radio channel of one of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from protocols.errors import UserError
from ptsn import children

if TYPE_CHECKING:
    from panels.district import District

NETWORK = 0x0A01
LOOK_S = 0.02
"""How often is looked whether the radio channel is ready."""
TAIL = 2000
"""Characters of a log that an error shows."""


class DemoError(UserError):
    """The demo cannot go on."""


class Parts:
    """A station with a district's accounts, and the district's panels, in one folder."""

    def __init__(self, folder: Path, district: District, language: str) -> None:
        self.folder = folder
        self.district = district
        self.address = ""
        """Where the station hears panels."""
        self.fleet: subprocess.Popen[str] | None = None
        self._station: subprocess.Popen[str] | None = None
        self._air: subprocess.Popen[str] | None = None
        self.radio = next((site.account for site in district.sites if site.radio), "")
        """Account of the school that reports by radio; empty where none does."""
        self._language = language
        self.name: str = getattr(district.name, language)

    @property
    def socket(self) -> Path:
        """The station's."""
        return self.folder / "ptsn.sock"

    @property
    def journal(self) -> Path:
        """The station's."""
        return self.folder / "journal.db"

    def prepare(self) -> None:
        """Write the settings, the accounts and the names of the zones."""
        from panels.district import accounts_csv, zones_csv
        from receiver.accounts import AccountBook, read_csv, read_zones

        self._config.write_text(
            "[station]\n"
            f"name = {json.dumps(self.name, ensure_ascii=False)}\n"
            'node = "demo"\n'
            'mode = "demo"\n'
            f'language = "{self._language}"\n'
            f'time_zone = "{self.district.time_zone}"\n'
            "[[adapter]]\n"
            'name = "ip"\n'
            'listen = ["tcp:0:interface=127.0.0.1"]\n' + self._radio_adapter(),
            encoding="utf-8",
        )
        book = AccountBook(self.folder / "accounts.db")
        try:
            book.import_rows(read_csv(BytesIO(accounts_csv(self.district, by_radio=True).encode())))
            book.apply(book.prepare_zones(read_zones(BytesIO(zones_csv(self.district, by_radio=True).encode()))))
        finally:
            book.close()

    def start_air(self) -> None:
        """Start the radio channel, where a school has a unit. It is ready by the time that its address is asked for."""
        if self.radio:
            with self._air_log.open("w") as log:
                arguments = ["radio", "air", "--listen", "tcp:0:interface=127.0.0.1"]
                self._air = children.start(arguments, stdout=subprocess.DEVNULL, stderr=log)

    def _radio_adapter(self) -> str:
        """Enrol the unit of the school; what the settings say of its channel."""
        if not self.radio:
            return ""
        from panels.district import RADIO_TEST_S
        from protocols.datagram import Suite
        from protocols.radio.unit import Unit
        from protocols.radio.unit_file import write_unit
        from receiver.journal.entry import rfc3339
        from receiver.radio import enrolment, keyfile

        record = keyfile.UnitRecord(station=1, account=self.radio, test_s=RADIO_TEST_S)
        network = keyfile.KeyFile(network=NETWORK)
        suite = Suite.AES_CCM_8
        file = enrolment.enrolled(network, record, suite, suite.sizes[0] * 8, rfc3339(time.time()), None)
        keyfile.change(self.folder / "radio-keys.json", lambda _: file)
        key = file.units[0].keys[0].radio_key()
        unit = Unit(station=record.station, account=record.account, key=key, test_s=record.test_s)
        fd = os.open(self._unit, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as out:
            out.write(write_unit(NETWORK, unit))
        return (
            "[[adapter]]\n"
            'name = "radio"\n'
            'protocol = "radio"\n'
            f'connect = ["{self._air_address()}"]\n'
            "[adapter.radio]\n"
            'keys = "radio-keys.json"\n'
        )

    def _air_address(self) -> str:
        """Where modems of the channel are. Raises DemoError."""
        assert self._air is not None
        while self._air.poll() is None:
            found = re.search(r"listening on tcp:(\d+)\S*\n", self._air_log.read_text())
            if found is not None:
                return f"tcp:127.0.0.1:{found[1]}"
            time.sleep(LOOK_S)
        raise DemoError("the radio channel did not start:\n" + self._log("air"))

    def start_station(self) -> None:
        """Start it and wait until it is ready. Raises DemoError."""
        with (self.folder / "station.log").open("w") as log:
            self._station = children.start(["serve", "-c", str(self._config)], stdout=subprocess.PIPE, stderr=log)
        assert self._station.stdout is not None
        # The station ends its output when it dies, so this never waits for ever.
        line = self._station.stdout.readline()
        if not line.startswith("ready "):
            raise DemoError("the station did not start:\n" + self._log("station"))
        self.address = line.split()[1]

    def start_fleet(self, speed: float, seed: int) -> None:
        """Start the panels, with pipes for commands and answers."""
        arguments = ["--schools", str(len(self.district.sites)), "--speed", str(speed), "--seed", str(seed)]
        counters = ["--state", str(self.folder / "counters.json")]
        radio = ["--unit", str(self._unit), "--air", self._air_address()] if self.radio else []
        with (self.folder / "fleet.log").open("w") as log:
            self.fleet = children.start(
                ["fleet", "--to", self.address, *arguments, *counters, *radio, "--commands"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def check(self) -> None:
        """Raise DemoError when one of them is not running any more."""
        for child, what in ((self._station, "station"), (self.fleet, "fleet"), (self._air, "air")):
            if child is not None and child.poll() is not None:
                raise DemoError(f"the {what} ended by itself (exit code {child.returncode}):\n" + self._log(what))

    def stop(self) -> None:
        """End them all, the panels first, and wait for them."""
        for child in (self.fleet, self._station, self._air):
            children.stop(child)
            if child is not None:
                for pipe in (child.stdin, child.stdout):
                    if pipe is not None:
                        with suppress(OSError):
                            pipe.close()

    @property
    def _config(self) -> Path:
        return self.folder / "station.toml"

    @property
    def _unit(self) -> Path:
        return self.folder / "unit.json"

    @property
    def _air_log(self) -> Path:
        return self.folder / "air.log"

    def _log(self, name: str) -> str:
        text = ""
        with suppress(OSError):
            text = (self.folder / f"{name}.log").read_text(errors="replace")[-TAIL:].strip()
        return text or f"(it wrote nothing to {name}.log)"
