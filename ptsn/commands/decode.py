"""``ptsn decode``: what captured bytes say. What is heavy to import is imported where it is used."""

from __future__ import annotations

import os
import sys
from typing import IO, Any

import click
from click.core import ParameterSource

from ptsn.decoding.words import LANGUAGES, language_of

PROTOCOLS = ("auto", "dc09", "sia", "surgard", "ademco685", "mx8000", "d6600", "d6500", "osborne-hoffman")
"""``auto`` and the names of ``protocols.wires.WIRES``, which takes too long to import for a --help."""
FORMATS = ("auto", "raw", "hex", "hexdump", "log", "pcap", "pcapng", "export")
ENCODINGS = ("utf-8", "windows-1252", "windows-1251", "windows-1254", "koi8-r")
"""Those that an account may have (``receiver.accounts.columns``)."""
NUMBERS = ("decimal", "hex")

EPILOG = """\b
Example: ptsn decode --key @panel.key capture.pcap
  echo '5011 181234E13001015' | ptsn decode            a Sur-Gard line
  echo '46 23 30 31 32 33 34 35 9B' | ptsn decode      SIA blocks in hex
  ptsn decode --protocol sia --edge texecom serial.bin
"""
KEY_HELP = (
    "Try this key on encrypted messages: HEX digits, text:KEY, or @FILE with either in it; may be given several times. "
    "Where it does not fit, its characters are tried in the other form, too. "
    "A key on the command line is visible to every user of this machine (ps); @FILE is not."
)


class _Input(click.File):
    """A file of bytes; ``-`` is standard input, which may be closed."""

    def __init__(self) -> None:
        super().__init__("rb")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> IO[Any]:
        """The open file. Raises click.BadParameter where there is none."""
        if value == "-" and sys.stdin is None:
            self.fail("standard input is closed; name a FILE, or leave out the <&- .", param, ctx)
        return super().convert(value, param, ctx)


@click.command(epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: a message, or noise between messages.")
@click.option("--brief", is_flag=True, help="A line or two a message; with --json, without the explanation.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="What FILE is: raw bytes, hex digits, a hex dump, a log, a packet capture, an export or a record of ptsn.",
)
@click.option("--hex", "as_hex", is_flag=True, help="The same as --format hex.")
@click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default=PROTOCOLS[0],
    show_default=True,
    help="What the messages are meant to be; auto finds it out for every flow.",
)
@click.option("--edge", default="", metavar="NAME", help="Variant of the --protocol given, where bytes do not tell.")
@click.option(
    "--line-digits",
    type=click.IntRange(0, 3),
    default=0,
    show_default=True,
    help="How many characters line numbers have (Sur-Gard: 1 or 3); 0 to tell by the message.",
)
@click.option("--key", "key_texts", multiple=True, metavar="HEX|text:KEY|@FILE", help=KEY_HELP)
@click.option(
    "--port",
    "ports",
    multiple=True,
    type=click.IntRange(1, 65535),
    metavar="N",
    help="Of a packet capture, only what goes from or to this port, messages or not; may be given several times.",
)
@click.option(
    "--encoding",
    type=click.Choice(ENCODINGS),
    default=ENCODINGS[0],
    show_default=True,
    help="Encoding of texts in the messages, tried first; without it, what is usual in the protocol.",
)
@click.option(
    "--numbers",
    type=click.Choice(NUMBERS),
    default=NUMBERS[0],
    show_default=True,
    help="How the panel writes the numbers of zones and users.",
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of what is shown.  [default: the locale's]")
@click.option("--strict", is_flag=True, help="Exit with 1 also for any deviation or violation.")
@click.option("-v", "--verbose", is_flag=True, help="Also say what FILE was taken for, and what was passed over.")
@click.argument("file", type=_Input(), required=False)
@click.pass_context
def command(
    ctx: click.Context,
    as_json: bool,
    brief: bool,
    format_: str,
    as_hex: bool,
    protocol: str,
    edge: str,
    line_digits: int,
    key_texts: tuple[str, ...],
    ports: tuple[int, ...],
    encoding: str,
    numbers: str,
    lang: str | None,
    strict: bool,
    verbose: bool,
    file: IO[bytes] | None,
) -> None:
    """Explain the messages in FILE, byte by byte.

    FILE is a packet capture (tcpdump, Wireshark), a log in which messages stand, a hex dump, an export or a record of
    ptsn, raw bytes, or a recorded telephone call (WAV); which of them is found out, and so is the protocol of each
    flow. Without FILE, or with -, standard input is read, and raw bytes, logs and captures are followed as they come.
    Messages are read as a receiver would read them, answers included, but clocks are not compared.

    \b
    Exit codes:
      0  every message is right: its framing, length and CRC, whatever it says
      1  something is damaged, or is no message, or there is nothing at all;
         with --strict also if something departs from the standard
      2  wrong use
      3  all is right, but something encrypted was opened by none of the keys given;
         without --key that it was not opened is only said
    """
    if as_hex:
        if format_ not in ("auto", "hex"):
            raise click.UsageError(f"--hex and --format {format_} exclude each other; leave out one of them.")
        format_ = "hex"
    if sys.stdout is None:
        raise click.UsageError("standard output is closed, so that nothing can be shown: leave out the >&- .")
    if file is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("what to decode is missing: name a FILE, or - to type or paste it here.")
        file = sys.stdin.buffer
    from protocols.lines.options import SourceOptions
    from ptsn.decoding.keys import known, read_given
    from ptsn.decoding.run import Wishes, decode

    if edge:
        _check_edge(protocol, edge)
    given = ctx.get_parameter_source("encoding") is not ParameterSource.DEFAULT
    wishes = Wishes(
        protocol=protocol,
        options=SourceOptions(line_digits=line_digits, edge=edge, encoding=encoding if given else "", listen_only=True),
        known=known(tuple(read_given(text, "--key") for text in key_texts), encoding, numbers),
        language=lang or language_of(os.environ),
        format_=format_,
        ports=frozenset(ports),
        as_json=as_json,
        brief=brief,
        strict=strict,
        verbose=verbose,
    )
    code = decode(file, wishes)
    if code:
        ctx.exit(code)


def _check_edge(protocol: str, edge: str) -> None:
    """Raises click.UsageError for a variant that the protocol does not have."""
    from protocols.wires import WIRES

    if protocol == PROTOCOLS[0]:
        raise click.UsageError(f"--edge {edge} needs its --protocol: name that, too.")
    edges = WIRES[protocol].edges
    if edge not in edges:
        there = f"it has: {', '.join(edges)}." if edges else "it has none; leave --edge out."
        raise click.UsageError(f"--edge {edge}: {protocol} has no such variant; {there}")
