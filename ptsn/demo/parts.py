"""The two processes of a demo: a station, and the fleet of panels that reports to it."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from protocols.errors import UserError
from ptsn import children

if TYPE_CHECKING:
    from panels.district import District

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
            'listen = ["tcp:0:interface=127.0.0.1"]\n',
            encoding="utf-8",
        )
        book = AccountBook(self.folder / "accounts.db")
        try:
            book.import_rows(read_csv(BytesIO(accounts_csv(self.district).encode())))
            book.apply(book.prepare_zones(read_zones(BytesIO(zones_csv(self.district).encode()))))
        finally:
            book.close()

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
        with (self.folder / "fleet.log").open("w") as log:
            self.fleet = children.start(
                ["fleet", "--to", self.address, *arguments, *counters, "--commands"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def check(self) -> None:
        """Raise DemoError when one of them is not running any more."""
        for child, what in ((self._station, "station"), (self.fleet, "fleet")):
            if child is not None and child.poll() is not None:
                raise DemoError(f"the {what} ended by itself (exit code {child.returncode}):\n" + self._log(what))

    def stop(self) -> None:
        """End both, the panels first, and wait for them."""
        for child in (self.fleet, self._station):
            children.stop(child)
            if child is not None:
                for pipe in (child.stdin, child.stdout):
                    if pipe is not None:
                        with suppress(OSError):
                            pipe.close()

    @property
    def _config(self) -> Path:
        return self.folder / "station.toml"

    def _log(self, name: str) -> str:
        text = ""
        with suppress(OSError):
            text = (self.folder / f"{name}.log").read_text(errors="replace")[-TAIL:].strip()
        return text or f"(it wrote nothing to {name}.log)"
