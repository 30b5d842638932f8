"""Reasons that the station tells in English have words in every language."""

from __future__ import annotations

import errno
import os
import re

import pytest
from msgspec import convert

from protocols.catalogue import texts
from receiver import listening
from receiver.adapters import serial
from receiver.adapters.serial import PortError
from tui.state.model import Alarm, Entry
from tui.telling import Teller
from tui.telling.reasons import _KNOWN, reason

ENGLISH = re.compile(r"\b(the|is|by|in|of|it|to|and|added|removed|connection|within|closed)\b")


def port_reasons() -> list[str]:
    """What is said of a port, by the code that says it."""
    errors = [
        serial._port_error(OSError(number, "x"), os.devnull) for number in (errno.ENOENT, errno.EIO, errno.EACCES)
    ]
    errors += [
        serial._port_error(OSError(errno.ENOTTY, "x"), "/dev/ptmx"),
        serial._port_error(OSError(1, "x"), "/none"),
    ]
    with pytest.raises(PortError) as no_port:
        serial.open_serial(serial.SerialDevice("/"))
    return [
        *map(str, [*errors, no_port.value, serial._busy("minicom (process 4711)"), serial._busy("")]),
        serial.denied(__file__),
        serial.denied("/none"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *(os.strerror(n).lower() for n in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT)),
        *listening._WHY.values(),
        *port_reasons(),
        "no answer within 10 s",
        "the line ends as soon as it stands: closed",
        "the line ends as soon as it stands: broken off by the other side, or by the network",
        "added 1, changed 0, removed 2",
        "removed 1234, 1235",
    ],
)
def test_a_reason_is_told_in_the_readers_language(text: str) -> None:
    """Its names and numbers stand in it; in English it is as it came."""
    assert reason(text, "en") == text
    for language in ("ru", "kk"):
        words = reason(text, language)
        assert words != text
        assert not ENGLISH.search(re.sub(r"sudo .*? -aG \S+ \S+|ptsn ports", "", words)), words
    for value in re.findall(r"minicom \(process 4711\)|1234, 1235|\b10\b", text):
        assert value in reason(text, "kk")


def test_every_known_reason_has_words_and_an_unknown_one_is_shown_cleaned() -> None:
    """Nothing that came is swallowed."""
    assert {id_.removeprefix("reason.") for id_ in texts.ids("console") if id_.startswith("reason.")} == set(_KNOWN)
    assert reason("some new reason\x1b[2J", "ru") == "some new reason‹U+001B›[2J"


def test_alarms_and_entries_of_the_station_tell_them_and_words_of_panels_stay_as_they_came() -> None:
    """In the list of alarms as in the lines of ``tail``."""
    teller = Teller("ru", "UTC")
    refused = reason("connection refused", "ru")
    lost = {"id": 1, "code": "endpoint.lost", "kind": "station", "text": "connection refused"}
    assert refused in teller.details(convert(lost, Entry))
    alarm = {"id": 1, "code": "endpoint.lost", "text": "connection refused"}
    assert teller.said(convert(alarm, Alarm)) == refused
    assert "connection refused" in teller.said(convert(alarm | {"scheme": "other"}, Alarm))


def test_a_peers_words_are_data() -> None:
    """Also inside a reason that is known."""
    assert "{0}" in reason("the line ends as soon as it stands: {0}", "ru")
