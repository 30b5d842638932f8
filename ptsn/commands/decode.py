"""``ptsn decode``: what captured bytes say, one line a message."""

from __future__ import annotations

import sys
import time
from binascii import Error as HexError
from binascii import unhexlify
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import click

from ptsn.commands.panel import read_key

if TYPE_CHECKING:
    from protocols.model import Arrival, Noise, Signal

PROTOCOLS = ("dc09",)
CHUNK = 1 << 16

KEY_HELP = (
    "Try this key on encrypted messages: HEX digits, text:KEY, or @FILE with either in it; may be given several times. "
    "A key on the command line is visible to every user of this machine (ps); @FILE is not."
)


@click.command(epilog="Example: ptsn decode --json --key @panel.key capture.bin")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: a message, or noise between messages.")
@click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default=PROTOCOLS[0],
    show_default=True,
    help="What the bytes are meant to be.",
)
@click.option("--hex", "as_hex", is_flag=True, help="FILE holds hex digits; blanks, line ends and colons are skipped.")
@click.option("--key", "key_texts", multiple=True, metavar="HEX|text:KEY|@FILE", help=KEY_HELP)
@click.argument("file", type=click.File("rb"))
@click.pass_context
def command(
    ctx: click.Context, as_json: bool, protocol: str, as_hex: bool, key_texts: tuple[str, ...], file: IO[bytes]
) -> None:
    """Explain the messages in FILE (- for standard input).

    The bytes are read as a receiver would read them, answers included, but clocks are not compared. A message
    is ok when its framing, length and CRC are right in an accepted variant, whatever it says. The exit code is
    0 when all is ok, 1 when something is not, 2 for wrong use.
    """
    keys = tuple(read_key(text, "--key") for text in key_texts)
    read = {"dc09": _read_dc09}[protocol]
    show = _json_line if as_json else _text_lines
    pieces = _pieces(file)
    if as_hex:
        pieces = _unhex(pieces)
    out = sys.stdout.buffer
    all_ok = True
    for item in read(pieces, keys):
        described = _describe(item, bool(keys))
        all_ok = all_ok and described["ok"]
        out.write(show(described))
    out.flush()
    if not all_ok:
        ctx.exit(1)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    # read1 hands out what is there, so that a pipe is followed as it fills.
    read = getattr(file, "read1", file.read)
    while piece := read(CHUNK):
        yield piece


def _unhex(pieces: Iterator[bytes]) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        digits = left + piece.translate(None, b" \t\r\n:")
        even = len(digits) & ~1
        left = digits[even:]
        try:
            yield unhexlify(digits[:even])
        except HexError:
            raise click.UsageError("the file is not hex digits; leave out --hex for raw bytes.") from None
    if left:
        raise click.UsageError("the file has an odd number of hex digits; the last byte is cut in half.")


def _read_dc09(pieces: Iterator[bytes], keys: tuple[bytes, ...]) -> Iterator[Arrival | Noise]:
    from protocols.dc09 import Decoder

    decoder = Decoder(keys, wall=time.time())
    for piece in pieces:
        yield from decoder.feed(piece)
    yield from decoder.close()


def _describe(item: Arrival | Noise, with_keys: bool) -> dict[str, Any]:
    """One message or one run of noise as it is printed."""
    from protocols.catalogue import texts
    from protocols.model import Noise, Protection

    if isinstance(item, Noise):
        return {
            "noise": item.guess,
            "frame": item.raw.decode("latin-1"),
            "ok": False,
            "size": item.size,
            "explanation": texts.noise(item.guess, "en"),
        }
    encrypted = item.protection is not Protection.NONE
    return {
        "frame": item.raw.decode("latin-1"),
        "ok": True,
        "protocol": item.protocol,
        "kind": item.kind.value,
        "token": item.token,
        "receiver": item.receiver,
        "prefix": item.prefix,
        "account": item.account,
        "sequence": item.sequence,
        "sent_at": _time(item.sent_at),
        "path": item.path,
        "encrypted": encrypted,
        "decrypted": item.protection is Protection.KEYED if encrypted and with_keys else None,
        "dialect": item.dialect,
        "findings": [finding.id for finding in item.findings],
        "explanations": [texts.finding(finding.id, "en") for finding in item.findings],
        "signals": [_signal(signal) for signal in item.signals],
    }


def _signal(signal: Signal) -> dict[str, Any]:
    """A signal with the names that the journal's export has."""
    from protocols import catalogue

    event = catalogue.find(signal.scheme.value, signal.code)
    return {
        "account": signal.account,
        "scheme": signal.scheme.value,
        "code": signal.code,
        "qualifier": signal.qualifier.value,
        "category": event.category,
        "priority": event.priority,
        "partition": signal.partition,
        "subject": signal.subject,
        "number": signal.number,
        "user": signal.user,
        "text": signal.text,
        "occurred_at": _time(signal.occurred_at),
        "old": signal.old,
        "details": signal.details,
        "extended": signal.extended,
        "latitude": signal.latitude,
        "longitude": signal.longitude,
        "url": signal.url,
    }


def _time(wall: float | None) -> str | None:
    from receiver.journal.entry import rfc3339

    return None if wall is None else rfc3339(wall)


# --- for programs and for people -----------------------------------------------------------------------------------


def _json_line(described: dict[str, Any]) -> bytes:
    import msgspec

    return msgspec.json.encode(described) + b"\n"


def _text_lines(described: dict[str, Any]) -> bytes:
    lines = _noise_text(described) if "noise" in described else _message_text(described)
    return "".join(f"{_shown(line)}\n" for line in lines).encode()


def _noise_text(noise: dict[str, Any]) -> list[str]:
    return [f"noise  {noise['noise']}, {noise['size']} bytes: {noise['explanation']}", f"    {noise['frame'][:64]}"]


def _message_text(message: dict[str, Any]) -> list[str]:
    from protocols import catalogue

    head = [message["token"] or "?", f"account {message['account'] or '(none)'}", f"sequence {message['sequence']}"]
    if message["encrypted"]:
        head.append({None: "encrypted", True: "decrypted", False: "no key fits"}[message["decrypted"]])
    if message["sent_at"]:
        head.append(f"sent {message['sent_at']}")
    lines = ["  ".join(head)]
    for signal in message["signals"]:
        name = catalogue.name(signal["scheme"], signal["code"], signal["qualifier"], "en")
        words = [f"{signal['code']} {signal['qualifier']}", name, f"account {signal['account']}"]
        if signal["partition"]:
            words.append(f"partition {signal['partition']}")
        if signal["number"]:
            subject = signal["subject"] if signal["subject"] not in ("", "none") else "number"
            words.append(f"{subject} {signal['number']}")
        words.extend(signal[field] for field in ("text", "occurred_at", "url") if signal[field])
        lines.append("    " + "  ".join(words))
        lines.extend(f"      {letter}: {value}" for letter, values in signal["extended"].items() for value in values)
    lines.extend(f"    ! {id_}: {text}" for id_, text in zip(message["findings"], message["explanations"], strict=True))
    return lines


def _shown(line: str) -> str:
    """Without control and direction characters, which could draw over the terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in line)
