"""Words for a record of the wire: bytes, verdicts with their reasons, noise, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.shown import clean, pad, show_bytes
from tui.state.model import WireRecord
from tui.state.wire import LOST

if TYPE_CHECKING:
    from tui.telling.teller import Teller

_NOTES = {
    "connected": "note.connected",
    "disconnected: closed": "note.closed",
    "disconnected: broken off by the other side, or by the network": "note.broken-off",
}
"""What the station notes of connections, to the ids of its words; other notes are shown as they are."""
_PEER_CELLS = 21


def verdict(teller: Teller, record: WireRecord) -> str:
    """What was decided on a message: ``stored, answered ACK: on disk  [ADM-CID account 1234]``."""
    about = teller.say("wire.account", token=clean(record.token), account=clean(record.account))
    if record.decrypted is not None:
        about += f", {teller.say('wire.decrypted' if record.decrypted else 'wire.not-decrypted')}"
    decided = f"{teller.known('verdict', record.verdict)}, {answer(teller, record)}"
    return f"{decided}: {teller.known('why', record.why)}  [{about}]"


def answer(teller: Teller, record: WireRecord) -> str:
    """What was answered to a message, or to noise."""
    return teller.say("wire.answered", token=clean(record.answer)) if record.answer else teller.say("wire.no-answer")


def note(teller: Teller, text: str) -> str:
    """What the station notes of a connection."""
    return teller.say(_NOTES[text]) if text in _NOTES else clean(text)


def size(teller: Teller, count: int) -> str:
    """So many bytes."""
    return teller.say("wire.bytes.one" if count == 1 else "wire.bytes", size=count)


def damaged(teller: Teller, record: WireRecord) -> list[str]:
    """What does not fit in a frame that was not whole, and what to do; of what protocol other noise looks to be."""
    values = {name: clean(value) for name, value in record.values.items()}
    lines = []
    if "computed" in values:
        lines.append(_by_account(teller, "noise.crc", values))
    elif "counted" in values:
        missing = _missing(values)
        if record.guess.endswith(".incomplete") and missing is not None:
            lines.append(_by_account(teller, "noise.missing", values | {"missing": str(missing)}))
        else:
            lines.append(_by_account(teller, "noise.length", values))
    elif "account" in values:
        lines.append(teller.say("noise.account", account=values["account"]))
    if "likely" in values:
        likely, title = values["likely"], values.get("title") or values["likely"]
        adapter = clean(record.adapter)
        lines.append(teller.say("noise.likely", title=title, protocol=likely, adapter=adapter))
    todo = teller.known("todo", record.guess)
    return [*lines, todo] if todo != clean(record.guess) else lines


def _by_account(teller: Teller, id_: str, values: dict[str, str]) -> str:
    return teller.say(id_ if values.get("account") else f"{id_}.no-account", **values)


def _missing(values: dict[str, str]) -> int | None:
    """How many bytes did not come; None where that cannot be told."""
    try:
        return max(0, int(values["length"]) - int(values["counted"]))
    except (KeyError, ValueError):
        return None


def wire_line(teller: Teller, record: WireRecord) -> str:
    """A record on one line, without its time and peer: a mark of the direction, and what it says."""
    if record.what in ("in", "out"):
        arrow = "->" if record.what == "in" else "<-"
        return f"{arrow} {show_bytes(record.bytes)}  ({size(teller, record.size)})"
    if record.what == "verdict":
        return f"== {verdict(teller, record)}"
    if record.what == "noise":
        shown = show_bytes(record.bytes, 120)
        return f"?? {clean(record.guess)}: {teller.noise(record.guess)} {shown}  ({answer(teller, record)})"
    if record.what == LOST:
        return f"-- {teller.say('tail.behind-wire', count=record.size)}"
    return f"-- {note(teller, record.text)}"


def wire_lines(teller: Teller, record: WireRecord) -> list[str]:
    """The lines of a record: with its time and peer, the decrypted bytes, and every finding in words."""
    head = f"{teller.time(record.at, millis=True)}  {pad(clean(record.peer), _PEER_CELLS)}"
    lines = [f"{head}  {wire_line(teller, record)}"]
    if record.what == "noise":
        lines += [f"{head}     {line}" for line in damaged(teller, record)]
    if record.what == "verdict":
        if record.plain:
            lines.append(f"{head}     {teller.say('wire.plain', bytes=show_bytes(record.plain))}")
        for one in record.findings:
            id_ = str(one.get("id", ""))
            severity = teller.severity(str(one.get("severity", "")))
            lines.append(f"{head}     {severity}: {clean(id_)}: {teller.finding(id_)}")
    return lines
