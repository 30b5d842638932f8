"""``ptsn check``: point a panel at it, and see what it sends, what is off about it, and a verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptsn.commands.decode import ENCODINGS
from ptsn.commands.fleet import Duration
from ptsn.commands.panel_options import read_key

if TYPE_CHECKING:
    from panels.inspection import Report
    from protocols.wire import Wire
    from ptsn.checking.blocks import Document
    from ptsn.checking.files import Target
    from ptsn.checking.hearing import Hearing
    from ptsn.checking.keys import Given
    from ptsn.checking.words import Words

CANNOT_BEGIN = 2
AUTO = "auto"

KEY_HELP = (
    "Try this key on every account: HEX digits, text:KEY, or @FILE with either in it; may be given several times. "
    "A key on the command line is visible to every user of this machine (ps); @FILE is not."
)

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog="Example: ptsn check tcp:0.0.0.0:5000 --for 10m --html report.html")
@click.argument("addresses", nargs=-1, metavar="[tcp:HOST:PORT | udp:HOST:PORT | serial:DEVICE] ...")
@click.option("--udp", "also_udp", is_flag=True, help="Listen on UDP at the same address and port, too.")
@click.option(
    "--connect",
    "connects",
    multiple=True,
    metavar="tcp:HOST:PORT",
    help="Connect to a receiver or a serial server that waits to be connected to; may be given several times.",
)
@click.option(
    "--protocol",
    default=AUTO,
    show_default=True,
    metavar="NAME",
    help="What is spoken: a protocol's name, or auto, by which the first bytes tell.",
)
@click.option("--edge", default="", metavar="NAME", help="The variant of the protocol, such as texecom for sia.")
@click.option(
    "--line-digits",
    type=click.Choice(["0", "1", "3"]),
    default="0",
    show_default=True,
    help="Digits of the line number in Sur-Gard lines; 0 tells by the message.",
)
@click.option("--key", "key_texts", multiple=True, metavar="HEX|text:KEY|@FILE", help=KEY_HELP)
@click.option(
    "--encoding",
    type=click.Choice(ENCODINGS),
    default=ENCODINGS[0],
    show_default=True,
    help="Encoding of texts in the messages, tried first.",
)
@click.option(
    "--withhold",
    is_flag=True,
    help="Leave the first event of each sender without its acknowledgement, once: does it come again? Not in DC-09.",
)
@click.option("--for", "seconds", type=Duration(), metavar="TIME", help="End after 30s, 10m, 1h.")
@click.option("--html", "html_file", type=_FILE, metavar="FILE", help="Write the report as one HTML page to hand over.")
@click.option("--json", "json_file", type=_FILE, metavar="FILE", help="Write the report for programs.")
@click.option("--title", default="", metavar="TEXT", help="What the report is about, such as the site and the panel.")
@click.option("--lang", type=click.Choice(["en", "ru", "kk"]), default="en", show_default=True)
def command(
    addresses: tuple[str, ...],
    also_udp: bool,
    connects: tuple[str, ...],
    protocol: str,
    edge: str,
    line_digits: str,
    key_texts: tuple[str, ...],
    encoding: str,
    withhold: bool,
    seconds: float | None,
    html_file: Path | None,
    json_file: Path | None,
    title: str,
    lang: str,
) -> int:
    """Receive panels in a temporary station and judge how they speak: DC-09, or any other protocol there is.

    Every account is welcome. Without an address it listens on TCP and UDP port 5000 for programs of this machine
    only; a panel in the network needs tcp:0.0.0.0:5000, a serial line serial:/dev/ttyUSB0:baudrate=9600. Nothing is
    left of the station afterwards. Ctrl-C ends the check and prints the report, a second one ends it at once.

    Exit code 0 when the panels conform or work, 1 when they fail or cannot be judged, 2 for wrong use or an address
    that cannot be opened, 130 after a second Ctrl-C.
    """
    from ptsn.checking.where import read_addresses
    from ptsn.checking.withholding import NOT_THESE
    from receiver.adapters.endpoints import EndpointError

    wire = _wire(protocol)
    if withhold and ("no-ack" in edge or (wire is not None and wire.name in NOT_THESE)):
        raise click.BadParameter("not with this protocol or variant", param_hint="--withhold")
    hearing = _hearing(protocol, wire, edge, int(line_digits), encoding)
    try:
        endpoints = read_addresses(addresses, also_udp, connects, wire)
    except EndpointError as error:
        raise click.BadParameter(str(error), param_hint="ADDRESS") from error
    given = [_key(text) for text in key_texts]
    html, json = _target(html_file, "--html"), _target(json_file, "--json")
    if html is not None and json is not None and html.same(json):
        raise click.BadParameter(f"{json_file} is to hold the page already: name another file", param_hint="--json")
    # Bytes that are no text must not cost the report an hour later.
    title = title.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    from protocols.errors import UserError
    from ptsn.checking.document import document
    from ptsn.checking.keys import ring
    from ptsn.checking.output import Output, writer
    from ptsn.checking.session import Session
    from ptsn.checking.terminal import TerminalView
    from ptsn.checking.words import Words
    from ptsn.commands.tail import colors

    words, keys = Words(lang), ring(given, encoding)
    write = writer(sys.stdout)
    output = Output(write, status=sys.stdout.isatty() and os.environ.get("TERM") != "dumb")
    view = TerminalView(output, words, keys.given, seconds, color=colors())
    session = Session(endpoints, keys, view, hearing=hearing, seconds=seconds, title=title, withhold=withhold)
    try:
        report = session.run()
    except (UserError, OSError) as error:
        output.close()
        click.echo(f"ptsn: {error}", err=True)
        return CANNOT_BEGIN
    output.close()
    return _finish(report, document(report, session.place, words), words, html, json, write)


def _wire(name: str) -> Wire | None:
    """The protocol of that name; None for finding out."""
    from protocols.wires import UnknownWireError, find

    if name == AUTO:
        return None
    try:
        return find(name)
    except UnknownWireError as error:
        raise click.BadParameter(f"{str(error).rstrip('.')}, {AUTO}", param_hint="--protocol") from None


def _hearing(protocol: str, wire: Wire | None, edge: str, line_digits: int, encoding: str) -> Hearing:
    """How what comes is meant; a variant needs the protocol that it is of."""
    from ptsn.checking.hearing import Hearing

    if edge and wire is None:
        raise click.BadParameter("name the protocol that it is of, too: --protocol NAME", param_hint="--edge")
    if wire is not None and edge and edge not in wire.edges:
        known = ", ".join(each for each in wire.edges if each) or f"none: {wire.name} has no variants"
        raise click.BadParameter(f"{edge!r} is not known, allowed: {known}", param_hint="--edge")
    # What is usual in DC-09 is told by the account; other protocols have an encoding of their own.
    texts = encoding if encoding != ENCODINGS[0] else ""
    return Hearing(protocol=protocol, edge=edge, line_digits=line_digits, encoding=texts)


def _finish(
    report: Report,
    written: Document,
    words: Words,
    html: Target | None,
    json: Target | None,
    write: Callable[[str], None],
) -> int:
    """Write the files first: a terminal that is gone must not cost them. A pipe comes last: nobody may read it.

    Returns the exit code.
    """
    import msgspec

    from panels.inspection import Grade
    from ptsn.checking.page import page
    from ptsn.checking.text import text

    made: list[tuple[Target, bytes]] = []
    if json is not None:
        made.append((json, msgspec.json.format(msgspec.json.encode(report)) + b"\n"))
    if html is not None:
        made.append((html, page(written, words)))
    failed = [target for target, data in made if not target.special and not _write(target, data)]
    # The terminal may be closed, or the pipe: the exit code still says how it went.
    with suppress(OSError):
        write(text(written))
    failed += [target for target, data in made if target.special and not _write(target, data)]
    return 1 if failed or report.grade in (Grade.FAILS, Grade.NOT_JUDGED) else 0


def _key(text: str) -> Given:
    """A key, with the form in which it was written."""
    from ptsn.checking.keys import HEX, TEXT, Given

    # Read once: a pipe gives its text only once.
    written = _key_file(Path(text[1:])) if text.startswith("@") else text
    return Given(read_key(written, "--key"), TEXT if written.startswith("text:") else HEX)


def _key_file(path: Path) -> str:
    try:
        written = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise click.BadParameter(f"the key file {path} cannot be read: {why}", param_hint="--key") from None
    if written.startswith("@"):
        raise click.BadParameter(f"the key file {path} names another file", param_hint="--key")
    return written


def _target(file: Path | None, option: str) -> Target | None:
    """Better told now than after an hour of testing."""
    from ptsn.checking.files import FileError, Target

    if file is None:
        return None
    try:
        return Target(file)
    except FileError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def _write(target: Target, data: bytes) -> bool:
    try:
        target.write(data)
    except OSError as error:
        click.echo(f"ptsn: {target.path} cannot be written: {error.strerror}", err=True)
        return False
    return True
