"""What to type into the panel: address, port, and what fits the protocol; with none named, what fits each of them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from panels.inspection import KeyInfo
from protocols.wire import LineSettings, Wire
from protocols.wires import WIRES, find
from ptsn.checking.place import DC09, Place
from ptsn.checking.where import UDP_PROTOCOL
from ptsn.checking.words import Words
from ptsn.render import clean
from receiver.adapters.endpoints import Listen, parse_target
from receiver.settings import AUTO

UDP = "udp"
USUAL = 2
"""Settings of serial lines that are told of a protocol: the likeliest ones."""

_Row = tuple[str, str]


def key_words(key: KeyInfo, words: Words) -> str:
    """A key in words: ``32 hex digits``. Never the key."""
    digits = key.bits // 4 if key.form == "hex" else key.bits // 8
    return words(f"key.{key.form}", digits=digits)


def opening(place: Place, keys: Sequence[KeyInfo], words: Words, after: float | None, columns: int = 100) -> list[str]:
    """The lines before the first message. ``after``: seconds until the check ends by itself."""
    lines = [words("open.title")]
    if place.connects:
        lines.append(words("open.connects"))
        lines += [f"  {clean(str(endpoint))}" for endpoint in place.connects]
    wires = _wires(place)
    lines.append(words("open.type" if place.addresses else "open.set"))
    lines += _table(_common(place, wires, keys, words), columns)
    if len(wires) > 1:
        lines += _wrapped(words("open.one-of"), columns)
        lines += _table([(wire.title, _in_a_row(wire, place, keys, words)) for wire in wires], columns)
    if place.addresses:
        lines += _who_reaches_it(place, words, columns)
    return [*lines, words("open.end") if after is None else words("open.end.after", time=words.duration(after))]


def _wires(place: Place) -> list[Wire]:
    """The protocols that may come."""
    if place.protocol != AUTO:
        return [find(place.protocol)]
    ways = {parse_target(each).transport for each in place.addresses} | {each.transport for each in place.connects}
    if ways == {UDP}:
        return [find(UDP_PROTOCOL)]
    return [wire for wire in WIRES.values() if wire.transports & ways]


def _common(place: Place, wires: Sequence[Wire], keys: Sequence[KeyInfo], words: Words) -> Iterator[_Row]:
    """What is to be set whatever the panel speaks; with one protocol, all there is to it."""
    for host, port in place.by_host():
        yield words("open.address"), host
        yield words("open.port"), port
    if len(wires) == 1:
        yield from _rows(wires[0], place, keys, words)
    else:
        yield words("open.account"), words("open.account.any")
        yield words("open.ack"), words("open.ack.value")
    yield words("open.link-test"), words("open.link-test.value")


def _rows(wire: Wire, place: Place, keys: Sequence[KeyInfo], words: Words) -> Iterator[_Row]:
    """What is to be set for one protocol."""
    if wire.name == DC09:
        yield from _dc09_rows(keys, words)
        return
    yield words("open.protocol"), wire.title
    yield words("open.choose"), words(f"wire.{wire.name}")
    yield words("open.account"), words("open.account.any")
    if _is_serial(place) and wire.serial:
        yield words("open.serial"), _usual("value", wire, words)


def _in_a_row(wire: Wire, place: Place, keys: Sequence[KeyInfo], words: Words) -> str:
    """The same in a row of a table."""
    if wire.name == DC09:
        more = [f"{label}: {value}" for label, value in _encryption(keys, words)]
    else:
        more = [_usual("usual", wire, words)] if _is_serial(place) and wire.serial else []
    return "; ".join([words(f"wire.{wire.name}"), *more])


def _dc09_rows(keys: Sequence[KeyInfo], words: Words) -> list[_Row]:
    rows = [(words(f"open.{each}"), words(f"open.{each}.value")) for each in ("protocol", "account", "prefix")]
    return [*rows, *_encryption(keys, words)]


def _encryption(keys: Sequence[KeyInfo], words: Words) -> list[_Row]:
    if not keys:
        return [(words("open.encryption"), words("open.encryption.off"))]
    return [
        (words("open.encryption"), words("open.encryption.on", bits=key.bits, form=key_words(key, words)))
        for key in keys
    ]


def _is_serial(place: Place) -> bool:
    return any(not isinstance(each, Listen) and each.transport == "serial" for each in place.connects)


def _usual(form: str, wire: Wire, words: Words) -> str:
    return words(f"open.serial.{form}", list=", ".join(_short(each) for each in wire.serial[:USUAL]))


def _short(line: LineSettings) -> str:
    """As people write it: ``9600 8N1``."""
    return f"{line.baudrate} {line.bytesize}{line.parity}{line.stopbits}"


def _who_reaches_it(place: Place, words: Words, columns: int) -> list[str]:
    if place.loopback:
        return [words("open.loopback"), f"  {place.command}"]
    lines = [words("open.network")]
    if _in_wsl():
        target = parse_target(place.reachable[0])
        lines += _wrapped(words("open.wsl", port=target.port, address=target.host), columns)
    return lines


def _table(rows: Iterator[_Row] | Sequence[_Row], columns: int) -> list[str]:
    made = list(rows)
    width = max(len(label) for label, _ in made)
    return [
        line for label, value in made for line in _wrapped(f"  {label:<{width}}  {value}", columns, " " * (width + 4))
    ]


def _wrapped(line: str, columns: int, further: str = "") -> list[str]:
    return textwrap.wrap(line, columns, subsequent_indent=further, break_on_hyphens=False, break_long_words=False)


def _in_wsl() -> bool:
    """Whether Linux runs under Windows, where the network sees another machine."""
    try:
        return "microsoft" in Path("/proc/version").read_text(encoding="ascii", errors="replace").lower()
    except OSError:
        return False
