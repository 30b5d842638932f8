"""``ptsn decode`` of a recorded call: what was heard and when, then the messages digit by digit or block by block."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

import click

from protocols.capture import Flow, Side
from protocols.explanation import Explanation
from protocols.model import Arrival, Severity
from ptsn.decoding.layout import MARKS
from ptsn.decoding.page import Page
from ptsn.decoding.paint import Paint, wanted
from ptsn.decoding.seen import ARROWS, Seen
from ptsn.decoding.showing import Explainer, Json, Shower, Text
from ptsn.decoding.tally import DAMAGED, RIGHT, Tally
from ptsn.decoding.words import finding as here
from ptsn.decoding.words import say
from ptsn.render import clean

if TYPE_CHECKING:
    from protocols.telephone.call import Call, Entry, Message
    from ptsn.decoding.run import Wishes

WIDTH = 100
_HEAD = 12
_MOST = 512 << 20
"""Bytes of the largest file."""
_FLOW = Flow(transport="telephone", side=Side.PANEL)
_ARROWS = {True: ARROWS[Side.PANEL], False: ARROWS[Side.STATION], None: ARROWS[Side.UNKNOWN]}


def begins_wav(file: IO[bytes]) -> bool:
    """Whether a file that was not read yet is a WAV file. Nothing is taken from it."""
    peek = getattr(file, "peek", None)
    if peek is not None:
        head = bytes(peek(_HEAD)[:_HEAD])
    elif file.seekable():
        head = file.read(_HEAD)
        file.seek(-len(head), 1)
    else:
        return False
    return head[:4] == b"RIFF" and head[8:] == b"WAVE"


def decode_call(file: IO[bytes], wishes: Wishes) -> int:
    """Read the recording, show on standard output what it holds, and give the exit code.

    Raises click.UsageError where numpy is not installed, and AudioError for a file that cannot be read.
    """
    name = clean(getattr(file, "name", "-"))
    try:
        from protocols.telephone import audio, call
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise click.UsageError(
            f"{name} is a recorded call, and reading those needs numpy: pip install 'ptsn[telephone]'"
        ) from None
    data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise audio.AudioError(f"{name}: the recording is larger than {_MOST >> 20} MB: cut out the call.")
    try:
        samples = audio.read_wav(data)
    except audio.AudioError as error:
        raise audio.AudioError(f"{name}: {error}") from None
    return _show(call.decode(samples, dialect=wishes.known.dialect, wall=time.time()), wishes)


def _show(call: Call, wishes: Wishes) -> int:
    out, language = sys.stdout.buffer, wishes.language
    paint = Paint(wanted(sys.stdout), sys.stdout.encoding or "utf-8")
    width = shutil.get_terminal_size((WIDTH, 0)).columns
    explainer = _Explainer(wishes.known)
    shower: Shower
    if wishes.as_json:
        shower = Json(explainer, language, explained=not wishes.brief)
    else:
        page = Page(language, width, paint, wishes.known)
        shower = Text(explainer, page, paint, language, in_full=not wishes.brief)
        if not wishes.brief:
            out.write(paint.bytes([*_timeline(call, language, paint), ""]))
    tally = Tally(keys=wishes.known.given, strict=wishes.strict)
    for message in call.messages:
        seen = Seen(
            message.item, _FLOW, Side.PANEL, None, 0, context=_when(message, language), protocol=_protocol(message)
        )
        tally.add(seen)
        out.write(shower.seen(seen))
    out.write(shower.summary(tally))
    out.flush()
    if not call.messages:
        tally.nothing()
        click.echo(f"-- {say('telephone.nothing', language)}", err=True)
    grave = any(one.severity is not Severity.NOTE for entry in call.entries for one in entry.findings)
    code = tally.code()
    return DAMAGED if code == RIGHT and wishes.strict and grave else code


class _Explainer(Explainer):
    """Takes messages of digits apart, too."""

    def explain(self, seen: Seen) -> Explanation:
        """The parts of what was seen."""
        from protocols.telephone.digits import PROTOCOL
        from protocols.telephone.explaining import explain

        if seen.protocol != PROTOCOL:
            return super().explain(seen)
        item = seen.item
        if isinstance(item, Arrival):
            return explain(item.raw, findings=item.findings)
        return explain(item.raw, noise=item.guess)


def _protocol(message: Message) -> str:
    from protocols.telephone.digits import PROTOCOL
    from protocols.telephone.findings import CHECK_DIGIT, DIGITS

    item = message.item
    if isinstance(item, Arrival):
        return item.protocol
    return PROTOCOL if item.guess in (CHECK_DIGIT, DIGITS) else "sia"


# --- the timeline ----------------------------------------------------------------------------------------------------


def _timeline(call: Call, language: str, paint: Paint) -> Iterator[str]:
    yield paint("head", say("telephone.head", language, length=f"{call.seconds:.1f}"))
    for entry in call.entries:
        number = f"#{entry.message}" if entry.message else ""
        words = [f"{_clock(entry.start):>9}", f"{number:>4}", _ARROWS[entry.panel], _words(entry, language)]
        if entry.again:
            words.append(f"({say('telephone.again', language, count=entry.again)})")
        yield "  ".join(words)
        # What belongs to a message is said with the message.
        for finding in () if entry.message else entry.findings:
            mark = MARKS[finding.severity.value]
            yield paint(finding.severity.value, f"{'':>9}  {'':>4}  {mark} {here(finding.id, language)}")


def _words(entry: Entry, language: str) -> str:
    return say(f"telephone.{entry.kind}", language, **{name: clean(value) for name, value in entry.values.items()})


def _when(message: Message, language: str) -> str:
    id_ = "telephone.times" if message.said > 1 else "telephone.span"
    return say(id_, language, start=_clock(message.start), end=_clock(message.end), count=message.said)


def _clock(seconds: float) -> str:
    """``1:02.345``."""
    minutes, rest = divmod(round(max(0.0, seconds) * 1000), 60_000)
    return f"{minutes}:{rest / 1000:06.3f}"
