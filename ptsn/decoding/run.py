"""``ptsn decode`` from the file to the exit code."""

from __future__ import annotations

import shutil
import sys
import time
from typing import IO

import click
from msgspec import Struct

from protocols.capture import CaptureError, Format, Gap, Note, OtherFormatError
from protocols.capture import read as read_capture
from protocols.catalogue import texts
from protocols.lines.options import SourceOptions
from ptsn.decoding.brief import unanswered
from ptsn.decoding.conversation import Conversation
from ptsn.decoding.keys import Known
from ptsn.decoding.page import Page, note_text
from ptsn.decoding.paint import Paint, wanted
from ptsn.decoding.reader import AUTO, Settled
from ptsn.decoding.seen import Seen
from ptsn.decoding.showing import Explainer, Json, Shower, Text
from ptsn.decoding.source import Progress, Source, chunks_of, open_source, size_of
from ptsn.decoding.tally import Tally
from ptsn.decoding.telephone import begins_wav, decode_call
from ptsn.decoding.waiting import Unanswered
from ptsn.decoding.words import say
from ptsn.render import clean

WIDTH = 100
"""Places of a line where there is no terminal to ask."""
LISTED = 10
"""Kinds of other traffic that are told of one by one."""


class Wishes(Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    known: Known = Known()
    protocol: str = AUTO
    options: SourceOptions = SourceOptions(listen_only=True)
    """As of a source that is only listened to: what it says to nobody in particular is shown, too."""
    language: str = "en"
    format_: str = "auto"
    ports: frozenset[int] = frozenset()
    as_json: bool = False
    brief: bool = False
    strict: bool = False
    verbose: bool = False


def decode(file: IO[bytes], wishes: Wishes) -> int:
    """Read the file, show on standard output what it holds, and give the exit code.

    Raises CaptureError for a file that is damaged so that it cannot be read any further, and click.UsageError for
    one that is not of the kind it is said to be.
    """
    return _Run(file, wishes).decode()


class _Run:
    def __init__(self, file: IO[bytes], wishes: Wishes) -> None:
        self._file = file
        self._wishes = wishes
        self._name = clean(getattr(file, "name", "-"))
        self._out = sys.stdout.buffer
        self._paint = Paint(wanted(sys.stdout), sys.stdout.encoding or "utf-8")

    def decode(self) -> int:
        wishes, file = self._wishes, self._file
        size = size_of(file)
        if size is None and file.isatty():
            self._say("typing")
        if wishes.format_ == "auto" and begins_wav(file):
            return decode_call(file, wishes)
        shown = size if sys.stderr is not None and sys.stderr.isatty() and not sys.stdout.isatty() else None
        progress = Progress(lambda text: click.echo(text, err=True, nl=False), shown)
        source = open_source(
            progress.follow(chunks_of(file)), None if wishes.format_ == "auto" else Format(wishes.format_)
        )
        if wishes.verbose:
            kind = say(f"kind.{source.kind.value}", wishes.language)
            self._say("detected" if wishes.format_ == "auto" else "forced", name=self._name, kind=kind)
        tally = Tally(keys=wishes.known.given, strict=wishes.strict)
        settled = Settled(wishes.known.dialect, wishes.protocol, wishes.options)
        conversation = Conversation(settled, time.time(), everything=bool(wishes.ports))
        shower = self._shower()
        try:
            for item in conversation.read(read_capture(source.kind, source.chunks, wishes.ports)):
                tally.add(item)
                if isinstance(item, Note):
                    self._note(item)
                    continue
                if isinstance(item, Seen):
                    self._write(shower.seen(item))
                elif isinstance(item, Gap):
                    self._write(self._gap(shower, item))
                else:
                    self._write(self._unanswered(shower, item))
                if size is None:
                    self._out.flush()
        except OtherFormatError as error:
            more = "" if source.looks_like is source.kind else f" {self._hint(source)}"
            raise click.UsageError(f"{self._name}: {error}{more}") from None
        except CaptureError as error:
            raise CaptureError(f"{self._name}: {error}") from None
        finally:
            progress.done()
            self._out.flush()
        self._write(shower.summary(tally))
        self._out.flush()
        self._end(tally, conversation, source, progress.read)
        return tally.code()

    def _shower(self) -> Shower:
        wishes = self._wishes
        explainer = Explainer(wishes.known)
        if wishes.as_json:
            return Json(explainer, wishes.language, explained=not wishes.brief)
        width = shutil.get_terminal_size((WIDTH, 0)).columns
        page = Page(wishes.language, width, self._paint, wishes.known)
        return Text(explainer, page, self._paint, wishes.language, in_full=not wishes.brief)

    def _write(self, data: bytes) -> None:
        if data:
            self._out.write(data)

    def _gap(self, shower: Shower, gap: Gap) -> bytes:
        shown = shower.gap(gap)
        if not shown:
            click.echo(f"-- {Page(self._wishes.language, WIDTH, Paint()).gap(gap)}", err=True)
        return shown

    def _unanswered(self, shower: Shower, one: Unanswered) -> bytes:
        shown = shower.unanswered(one)
        if not shown:
            click.echo(f"-- {unanswered(one, self._wishes.language)}", err=True)
        return shown

    def _note(self, note: Note) -> None:
        if note.grave or self._wishes.verbose:
            self._out.flush()  # what stands before it is shown before it
            click.echo(f"-- {note_text(note, self._wishes.language)}", err=True)

    # --- when all was read -------------------------------------------------------------------------------------------

    def _end(self, tally: Tally, conversation: Conversation, source: Source, size: int) -> None:
        """What is said last; ``size`` bytes were read."""
        self._strangers(conversation, alone=not tally.messages)
        if tally.messages or tally.noise:
            if self._wishes.as_json or self._wishes.brief:
                for text in tally.unopened(self._wishes.language):
                    click.echo(f"-- {text}", err=True)
            if not tally.messages and source.looks_like not in (source.kind, Format.RAW):
                click.echo(f"-- {self._hint(source)}", err=True)
            return
        tally.nothing()
        if not size:
            self._say("empty", name=self._name)
        elif not conversation.strangers():
            self._say("nothing")

    def _strangers(self, conversation: Conversation, *, alone: bool) -> None:
        """What else passed: all of it where there was no message, else for those who ask."""
        found = conversation.strangers()
        if not found or not (alone or self._wishes.verbose):
            return
        self._say("strangers.only" if alone else "strangers.beside")
        for one in found[:LISTED]:
            what = texts.noise(one.guess, self._wishes.language)
            self._say("strangers.line", port=one.port, count=one.count, size=one.size, what=what)
        if len(found) > LISTED:
            self._say("strangers.more", count=len(found) - LISTED)

    def _hint(self, source: Source) -> str:
        kind = say(f"kind.{source.looks_like.value}", self._wishes.language)
        return say("hint.format", self._wishes.language, kind=kind, forced=source.kind.value)

    def _say(self, id_: str, /, **values: object) -> None:
        click.echo(f"-- {say(id_, self._wishes.language, **values)}", err=True)
