"""Logs in which messages stand between other text, their control bytes written in some way, or dropped.

Three kinds of lines are known. Those of ``ptsn tail --wire`` and of ``ptsn panel -v`` say who sent what, byte for byte,
and are put together as streams. In any other line the messages are looked for, in text and in hex digits; where LF
or CR were dropped, or the quotes replaced by typographic ones, they are put back, and the piece says so.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterable, Iterator, Sequence

from protocols.capture import notation, shape, strangers
from protocols.capture.pieces import End, Flow, Gap, Item, Note, Piece, Side
from protocols.capture.shape import Found
from protocols.capture.supply import lines

TAIL = re.compile(
    r"(?:\d{4}-\d\d-\d\d )?(\d\d:\d\d:\d\d\.\d{3})  (\S*) *  "
    r"(?:(->|<-) (.*)|-- (.*)|(?:==|\?\?) .*|   [^\s:]+: [a-z0-9]+\.[a-z0-9.-]+: .*)",
    re.DOTALL,
)
"""A line of ``ptsn tail --wire``, in any language. Groups: time, peer; direction, bytes and how many; note."""
_NUMBER = re.compile(r"\d+")
_CUT = "..."
"""Stands behind bytes of which not all are shown."""
PANEL = re.compile(r"(->|<-) (\\n.*)", re.DOTALL)
"""A line of ``ptsn panel -v``. Groups: direction, bytes."""
_ENDINGS = ("connected", "closed", "broken off")
"""What the notes of ``ptsn tail --wire`` begin with where a connection begins or ends."""
_DIGITS = re.compile(r"(?<![0-9A-Za-z])(?:0[xX])?0[aA](?:[ ,:;-]{0,2}(?:0[xX])?[0-9A-Fa-f]{2}){9,}(?![0-9A-Za-z])")
"""A line feed and what follows it, in hex digits."""
_NOT_DIGITS = re.compile(r"0[xX]|[ ,:;-]")

_ANY = Flow(whole=True)
_SESSION = Flow(tag="blocks")
"""The blocks of SIA in a log, which belong together."""
CONTEXT = 200
"""Characters kept of the text before a message."""


def read(chunks: Iterable[bytes]) -> Iterator[Item]:
    """The messages of a log. Never raises of itself."""
    empty = number = 0
    known: dict[str, tuple[Flow, Flow]] = {}
    after_line = after_lf = session = False
    for number, line in enumerate(lines(chunks), 1):
        text = notation.decoded(line)
        own = _own(text.rstrip("\r\n"), number, known)
        found = False
        for item in _others(text, number, after_line, after_lf, session) if own is None else own:
            found = True
            session = session or (isinstance(item, Piece) and item.flow is _SESSION)
            yield item
        empty += not found and own is None
        after_line = line.endswith(b"\n")
        # A text that begins with an empty line is rather a message as it came.
        after_lf = number == 1 and line == b"\n"
    for flows in known.values():
        for flow in flows:
            yield End(flow, None, number)
    if session:
        yield End(_SESSION, None, number)
    if empty:
        yield Note("capture.lines-without", 0, {"count": str(empty), "lines": str(number)}, grave=False)


def holds_message(text: str) -> bool:
    """Whether a message is found in a line, or what may be one."""
    text = notation.straight(text.removesuffix("\n"))
    forms = list(notation.unwrapped(text))
    return bool(_best(text, forms)[1]) or bool(strangers.find(text, forms))


def is_own(text: str) -> bool:
    """Whether a line, without its end, is one that ptsn itself writes."""
    match = TAIL.fullmatch(text)
    return PANEL.fullmatch(text) is not None if match is None else match[3] is None or _counted(match[4]) is not None


# --- our own lines ---------------------------------------------------------------------------------------------------


def _own(text: str, number: int, known: dict[str, tuple[Flow, Flow]]) -> Iterable[Item] | None:
    """What a line of ours says; None where it is none of ours."""
    match = TAIL.fullmatch(text)
    if match is not None:
        return _tail(match, number, known)
    match = PANEL.fullmatch(text)
    if match is not None:
        flow = _flows("", known)[match[1] == "<-"]
        return _pieces(flow, notation.BACKSLASH.unwrap(match[2]), number, "")
    return None


def _tail(match: re.Match[str], number: int, known: dict[str, tuple[Flow, Flow]]) -> list[Item] | None:
    time, peer, direction, said, note = match.groups(default="")
    if not direction:
        ended = known.pop(peer, ()) if note.startswith(_ENDINGS) else ()
        return [End(flow, None, number) for flow in ended]
    counted = _counted(said)
    if counted is None:
        return None
    text, size = counted
    flow = _flows(peer, known)[direction == "<-"]
    shown = notation.OWN.unwrap(text.removesuffix(_CUT))
    found: list[Item] = [*_pieces(flow, shown, number, time)]
    if text.endswith(_CUT):
        found.append(Gap(flow, max(0, size - len(shown)), None, number))
    return found


def _counted(said: str) -> tuple[str, int] | None:
    """Bytes, and how many they are: what stands before ``  (12 bytes)``, in any language, and the number in it; None
    where there is no such end. Looks at every character a fixed number of times."""
    if not said.endswith(")"):
        return None
    before = 0
    last: re.Match[str] | None = None
    for number in _NUMBER.finditer(said):
        before, last = 0 if last is None else last.end(), number
    at = -1 if last is None else said.find("  (", before, last.start())
    return None if last is None or at < 0 else (said[:at], int(last[0][:9]))


def _flows(peer: str, known: dict[str, tuple[Flow, Flow]]) -> tuple[Flow, Flow]:
    """Both directions: from the panel, and to it."""
    flows = known.get(peer)
    if flows is None:
        flows = known[peer] = (Flow(source=peer, side=Side.PANEL), Flow(target=peer, side=Side.STATION))
    return flows


def _pieces(flow: Flow, text: str, number: int, context: str) -> list[Piece]:
    data = next(notation.readings(text))
    return [Piece(flow, data, None, number, context)] if data else []


# --- anybody's lines -------------------------------------------------------------------------------------------------


def _others(line: str, number: int, after_line: bool, after_lf: bool, session: bool) -> Iterator[Piece]:
    text = line.removesuffix("\n")
    quoted = notation.straight(text)
    forms = list(notation.unwrapped(quoted))
    data, found = _best(quoted, forms, after_line, after_lf)
    at = 0
    for one in found:
        context = data[at : one.start].decode("utf-8", "replace").strip()[-CONTEXT:]
        restored = [one.restored, "quotes" if quoted != text else ""]
        yield Piece(_ANY, one.data, None, number, context, "-".join(filter(None, restored)))
        at = one.end
    for other in () if found else strangers.find(quoted, forms, session=session):
        flow = _SESSION if other.wire == "sia" else _ANY
        context = other.context.strip()[-CONTEXT:]
        yield Piece(flow, other.data, None, number, context, other.restored, other.wire)


def _best(
    text: str, forms: Sequence[str], after_line: bool = False, after_lf: bool = False
) -> tuple[bytes, list[Found]]:
    """The messages in a line, in the reading in which the most of them are as long as they say; ``forms`` are
    ``notation.unwrapped`` of it."""
    if '"' not in text and not forms and "22" not in text:
        return b"", []  # no message is without its quotes
    best: tuple[bytes, list[Found]] = (b"", [])
    most = -1
    for form in forms:
        for data in notation.readings(form):
            found = list(shape.find(data))
            fitting = sum(one.fits for one in found)
            if found and fitting > most:
                best, most = (data, found), fitting
        if most > 0:
            return best
    if best[1]:
        return best
    for match in _DIGITS.finditer(text) if "0a" in text or "0A" in text else ():
        data = unhexlify(_NOT_DIGITS.sub("", match[0]))
        found = list(shape.find(data))
        if found:
            context = text[: match.start()].encode("utf-8", "replace")
            moved = [Found(one.start + len(context), one.end + len(context), one.data, one.restored) for one in found]
            return context + data, moved
    for form in (*forms, text):
        for data in notation.readings(form):
            found = list(shape.find(data, bare=True, after_line=after_line, after_lf=after_lf))
            fitting = sum(one.fits for one in found)
            if found and fitting > most:
                best, most = (data, found), fitting
        if most > 0:
            return best
    return best
