"""``ptsn check``: point a panel at it, and see what it sends, what is off about it, and a verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptsn.commands.fleet import Duration
from ptsn.commands.panel_options import read_key

if TYPE_CHECKING:
    from panels.inspection import Report
    from ptsn.checking.blocks import Document
    from ptsn.checking.keys import Given
    from ptsn.checking.words import Words

CANNOT_BEGIN = 2

KEY_HELP = (
    "Try this key on every account: HEX digits, text:KEY, or @FILE with either in it; may be given several times. "
    "A key on the command line is visible to every user of this machine (ps); @FILE is not."
)

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog="Example: ptsn check tcp:0.0.0.0:5000 --for 10m --html report.html")
@click.argument("addresses", nargs=-1, metavar="[tcp:HOST:PORT | udp:HOST:PORT] ...")
@click.option("--udp", "also_udp", is_flag=True, help="Listen on UDP at the same address and port, too.")
@click.option("--key", "key_texts", multiple=True, metavar="HEX|text:KEY|@FILE", help=KEY_HELP)
@click.option("--for", "seconds", type=Duration(), metavar="TIME", help="End after 30s, 10m, 1h.")
@click.option("--html", "html_file", type=_FILE, metavar="FILE", help="Write the report as one HTML page to hand over.")
@click.option("--json", "json_file", type=_FILE, metavar="FILE", help="Write the report for programs.")
@click.option("--title", default="", metavar="TEXT", help="What the report is about, such as the site and the panel.")
@click.option("--lang", type=click.Choice(["en", "ru", "kk"]), default="en", show_default=True)
def command(
    addresses: tuple[str, ...],
    also_udp: bool,
    key_texts: tuple[str, ...],
    seconds: float | None,
    html_file: Path | None,
    json_file: Path | None,
    title: str,
    lang: str,
) -> int:
    """Receive panels in a temporary station and judge how they speak DC-09.

    Every account is welcome. Without an address it listens on TCP and UDP port 5000 for programs of this machine
    only; a panel in the network needs tcp:0.0.0.0:5000. Nothing is left of the station afterwards. Ctrl-C ends the
    check and prints the report, a second one ends it at once.

    Exit code 0 when the panels conform or work, 1 when they fail or nothing came, 2 for wrong use or an address
    that cannot be opened, 130 after a second Ctrl-C.
    """
    from ptsn.checking.where import read_addresses
    from receiver.adapters.endpoints import EndpointError

    try:
        listens = read_addresses(addresses, also_udp)
    except EndpointError as error:
        raise click.BadParameter(str(error), param_hint="ADDRESS") from error
    given = [_key(text) for text in key_texts]
    for option, file in (("--html", html_file), ("--json", json_file)):
        _writable(file, option)

    from protocols.errors import UserError
    from ptsn.checking.document import document
    from ptsn.checking.keys import ring
    from ptsn.checking.output import Output, writer
    from ptsn.checking.session import Session
    from ptsn.checking.terminal import TerminalView
    from ptsn.checking.words import Words
    from ptsn.commands.tail import colors

    words, keys = Words(lang), ring(given)
    write = writer(sys.stdout)
    output = Output(write, status=sys.stdout.isatty() and os.environ.get("TERM") != "dumb")
    view = TerminalView(output, words, keys.given, seconds, color=colors())
    session = Session(listens, keys, view, seconds=seconds, title=title)
    try:
        report = session.run()
    except (UserError, OSError) as error:
        output.close()
        click.echo(f"ptsn: {error}", err=True)
        return CANNOT_BEGIN
    output.close()
    return _finish(report, document(report, session.place, words), words, html_file, json_file, write)


def _finish(
    report: Report,
    written: Document,
    words: Words,
    html_file: Path | None,
    json_file: Path | None,
    write: Callable[[str], None],
) -> int:
    """Write the files first: a terminal that is gone must not cost them. Returns the exit code."""
    import msgspec

    from panels.inspection import Grade
    from ptsn.checking.page import page
    from ptsn.checking.text import text

    failed = False
    if json_file is not None:
        failed = not _write(json_file, msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    if html_file is not None:
        failed = not _write(html_file, page(written, words)) or failed
    # The terminal may be closed, or the pipe: the exit code still says how it went.
    with suppress(OSError):
        write(text(written))
    return 1 if failed or report.grade is Grade.FAILS else 0


def _key(text: str) -> Given:
    """A key, with the form in which it was written."""
    from ptsn.checking.keys import HEX, TEXT, Given

    material = read_key(text, "--key")
    written = Path(text[1:]).read_text(encoding="utf-8").strip() if text.startswith("@") else text
    return Given(material, TEXT if written.startswith("text:") else HEX)


def _writable(file: Path | None, option: str) -> None:
    """Better told now than after an hour of testing."""
    if file is None:
        return
    folder = file.absolute().parent
    if not folder.is_dir():
        raise click.BadParameter(f"there is no folder {folder}", param_hint=option)
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise click.BadParameter(f"{file} cannot be written", param_hint=option)


def _write(file: Path, data: bytes) -> bool:
    """Write a file as a whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    try:
        new.write_bytes(data)
        new.replace(file)
    except OSError as error:
        click.echo(f"ptsn: {file} cannot be written: {error.strerror}", err=True)
        new.unlink(missing_ok=True)
        return False
    return True
