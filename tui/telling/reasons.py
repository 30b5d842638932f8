"""Words for the reasons that the station tells in English: why an address, a line or a port is not open, what changed.

A reason stands as text in the journal and in the API, also in what earlier releases wrote. Here each known text has an
id, and its words are ``reason.<id>`` of the domain ``console``; a text that is not known is shown as it came.
"""

from __future__ import annotations

import re

from protocols.catalogue import texts
from tui.shown import clean

PORTS = "ptsn ports"
_KNOWN = {
    "refused": "connection refused",
    "no-route": "no route to host|network is unreachable|host is down",
    "reset": "connection reset by peer|broken off by the other side, or by the network",
    "no-answer": "no answer within (?P<seconds>[0-9]+) s",
    "timed-out": "connection timed out",
    "no-name": "DNS lookup failed.*|no results for hostname lookup.*|address .* not found.*",
    "closed": "closed",
    "ends-at-once": "the line ends as soon as it stands: (?P<why>.*)",
    "busy-unknown": "in use by another program; end that program, or give it another port",
    "busy": "in use by (?P<holder>.*); end that program, or give it another port",
    "missing": r"there is no such device; is it plugged in\? \(ptsn ports lists those there are\)",
    "silent": r"the device does not answer; is it plugged in\?",
    "file": r"it is a file or folder and no serial port \(ptsn ports lists those there are\)",
    "no-port": r"it is no serial port(?: \(ptsn ports lists those there are\))?",
    "setting": "it cannot be set like that: (?P<why>.*)",
    "no-rs485": "it has no RS-485 mode; a converter that switches by itself needs none: leave out rs485=1",
    "denied": "not allowed for the user (?P<user>.*); have its group .*",
    "denied-group": "not allowed: it belongs to the group (?P<group>.*); run: (?P<command>.*), then log in again .*",
    "address-taken": "the address is in use by another program",
    "low-port": r"not allowed \(ports below 1024 need a privilege\)",
    "no-address": "this machine has no such address",
    "counts": "added (?P<added>[0-9]+), changed (?P<changed>[0-9]+), removed (?P<removed>[0-9]+)",
    "removed": "removed (?P<accounts>.+)",
}
_PATTERNS = {id_: re.compile(pattern, re.DOTALL) for id_, pattern in _KNOWN.items()}


def reason(text: str, language: str) -> str:
    """What a person reads for a reason of the station's; cleaned."""
    if language != "en":
        for id_, pattern in _PATTERNS.items():
            if match := pattern.fullmatch(text):
                values = {name: clean(value) for name, value in match.groupdict().items()}
                if "why" in values:
                    values["why"] = reason(match["why"], language)
                return texts.text("console", f"reason.{id_}", language, ports=PORTS, **values)
    return clean(text)
