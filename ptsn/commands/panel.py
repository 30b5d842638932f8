"""``ptsn panel``: be one panel."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from panels.panel import Habits, Identity
    from protocols.ends import Source
    from protocols.model import Signal
    from receiver.adapters.endpoints import Target

NEW, RESTORE, STATUS = "new", "restore", "status"
CONTACT_ID, SIA = "contact-id", "sia"

KEY_HELP = (
    "Encrypt with this key: HEX digits, text:KEY, or @FILE with either in it. "
    "A key on the command line is visible to every user of this machine (ps); @FILE is not."
)


SILENCE = (
    "      A receiver is silent for a wrong key, for clear text where it wants encryption, and perhaps for an\n"
    "      account it does not know; on a ptsn station `ptsn tail --wire` says which."
)


@click.group(epilog="Example: ptsn panel send --to tcp:127.0.0.1:5000 --account 1234 --code 130")
def command() -> None:
    """Be a panel: send signals to a receiver, and see what it answers."""


@command.command(
    epilog="Example: ptsn panel send --to tcp:127.0.0.1:5000 --account 1234 --code 130 --partition 01 --number 015",
)
@click.option("--to", "target", required=True, metavar="ADDR", help="Receiver: tcp:HOST:PORT or udp:HOST:PORT.")
@click.option("--account", required=True, help="Account number, 3 to 16 hex digits.")
@click.option("--code", help="Event code: three digits for Contact ID (130), two letters for SIA (BA).")
@click.option(
    "--scheme",
    type=click.Choice([CONTACT_ID, SIA]),
    default=CONTACT_ID,
    show_default=True,
    help="Code table that the code is from.",
)
@click.option(
    "--qualifier",
    type=click.Choice([NEW, RESTORE, STATUS]),
    help="Contact ID: the event began, ended, or is still present.  [default: new]",
)
@click.option("--partition", default="", help="Partition (area); none by default.")
@click.option("--number", default="", help="Zone, or what the code counts.")
@click.option("--user", default="", help="User number.")
@click.option("--text", default="", help="Text to send along.")
@click.option("--link-test", is_flag=True, help="Send a link test (NULL) instead of a signal.")
@click.option("--key", metavar="HEX|text:KEY|@FILE", help=KEY_HELP)
@click.option("--prefix", default="0", show_default=True, help="Account prefix (L), 1 to 6 hex digits.")
@click.option("--receiver", help="Receiver number (R), 1 to 6 hex digits; left out by default.")
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, help="Send so many, one by one.")
@click.option("--attempts", type=click.IntRange(1, 100), default=3, show_default=True, help="Tries for each message.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 600, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds to wait for an answer, and for a connection.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File where the sequence numbers go on from run to run.  [default: ~/.local/state/ptsn/counters.json]",
)
@click.option("-v", "--verbose", is_flag=True, help="Print what is sent and what comes back.")
def send(
    target: str,
    account: str,
    code: str | None,
    scheme: str,
    qualifier: str | None,
    partition: str,
    number: str,
    user: str,
    text: str,
    link_test: bool,
    key: str | None,
    prefix: str,
    receiver: str | None,
    count: int,
    attempts: int,
    timeout: float,
    state: Path | None,
    verbose: bool,
) -> int:
    """Send a signal, or a link test, as a panel would.

    Exit code 0 when the receiver acknowledged everything, 1 with the reason when not, 2 for wrong use.
    """
    from panels.panel import Habits, Identity
    from receiver.adapters.endpoints import EndpointError, parse_target

    try:
        where = parse_target(target)
    except EndpointError as error:
        raise click.BadParameter(str(error), param_hint="--to") from error
    who = Identity(
        account=_hex(account, 3, 16, "--account"),
        prefix=_hex(prefix, 1, 6, "--prefix"),
        receiver=None if receiver is None else _hex(receiver, 1, 6, "--receiver"),
        key=None if key is None else read_key(key, "--key"),
    )
    signal: Signal | None = None
    if link_test:
        if code is not None or qualifier or partition or number or user or text:
            raise click.UsageError("--link-test sends no signal; leave out --code and what describes one")
    elif code is None:
        raise click.UsageError("--code is missing, such as --code 130, or --link-test")
    elif scheme == SIA:
        signal = _sia(who.account, code, qualifier, partition, number, user, text)
    else:
        signal = _contact_id(who.account, code, qualifier or NEW, partition, number, user, text)
    habits = Habits(attempts=attempts, ack_timeout_s=timeout, connect_timeout_s=timeout)
    return _send(who, where, signal, habits, count, state, verbose)


def _send(
    who: Identity, where: Target, signal: Signal | None, habits: Habits, count: int, state: Path | None, verbose: bool
) -> int:
    from panels.panel import Panel
    from panels.running import run, state_file
    from protocols.ends import OutcomeKind
    from receiver.adapters.counters import FileCounters

    counters = FileCounters(state_file(state))
    tap = _Printer(verbose)

    async def main(reactor: Any) -> int:
        panel = Panel(who, where, counters, reactor, habits, tap=tap)
        result = 0
        for _ in range(count):
            outcome = await (panel.link_test() if signal is None else panel.send(signal))
            what = f"{who.account} " + ("link test" if signal is None else f"{signal.code} {signal.qualifier}")
            if outcome.kind is OutcomeKind.ACCEPTED:
                click.echo(f"acknowledged: {what}, sequence {outcome.ticket.sequence:04d}")
            else:
                click.echo(f"ptsn: not acknowledged: {what}: {outcome.reason}{tap.hint(outcome.reason)}", err=True)
                if "no answer" in outcome.reason:
                    click.echo(SILENCE, err=True)
                result = 1
        await panel.stop()
        return result

    return run(main)


def _contact_id(account: str, code: str, qualifier: str, partition: str, number: str, user: str, text: str) -> Signal:
    from protocols.catalogue import find
    from protocols.model import Qualifier, Scheme, Signal

    digits = code.upper()
    if not re.fullmatch(r"[0-9B-F]{3}", digits):
        hint = "; for a SIA code add --scheme sia" if re.fullmatch(r"[A-Za-z]{2}", code) else ""
        raise click.UsageError(f"--code {code!r}: a Contact ID code has three digits, such as 130{hint}")
    if user and number and user != number:
        raise click.UsageError("Contact ID carries one number: give --number or --user")
    event = find(CONTACT_ID, digits)
    if user and event.subject != "user":
        raise click.UsageError(f"the number of code {digits} counts a {event.subject}, not a user: give --number")
    value = _digits(user or number, 3, "--user" if user else "--number")
    return Signal(
        account=account,
        scheme=Scheme.CONTACT_ID,
        code=digits,
        qualifier=Qualifier(qualifier),
        partition=_digits(partition, 2, "--partition"),
        subject=event.subject,
        number=value,
        user=value if event.subject == "user" else "",
        text=text,
    )


def _sia(account: str, code: str, qualifier: str | None, partition: str, number: str, user: str, text: str) -> Signal:
    from protocols.catalogue import find
    from protocols.model import Qualifier, Scheme, Signal

    letters = code.upper()
    if not re.fullmatch(r"[A-Z]{2}", letters):
        raise click.UsageError(f"--code {code!r}: a SIA code has two letters, such as BA")
    event = find(SIA, letters)
    if qualifier is not None and qualifier != NEW and not (qualifier == RESTORE and event.category == "restore"):
        raise click.UsageError(
            f"--qualifier {qualifier} does not go with --scheme sia, whose codes carry their own meaning"
            + (_restore_hint(letters) if qualifier == RESTORE else "")
        )
    for option, value in (("--partition", partition), ("--number", number), ("--user", user)):
        if value and not re.fullmatch(r"[0-9A-Fa-f]{1,6}", value):
            raise click.BadParameter(f"{value!r} is not a number of up to six digits", param_hint=option)
    return Signal(
        account=account,
        scheme=Scheme.SIA,
        code=letters,
        qualifier=Qualifier.RESTORE if event.category == "restore" else Qualifier.NEW,
        partition=partition,
        subject=event.subject,
        number=number,
        user=user,
        text=text,
    )


def _restore_hint(letters: str) -> str:
    from protocols.catalogue import to_contact_id, to_sia

    counterpart = to_contact_id(letters)
    restore = to_sia(counterpart[0], RESTORE) if counterpart is not None else None
    if restore is None or restore == letters:
        return ""
    return f"; the restore of {letters} is {restore}: --code {restore}"


def read_key(text: str, option: str) -> bytes:
    """A key as people write it: hex digits, ``text:KEY`` or ``@FILE``. The key itself is in no error message."""
    if text.startswith("@"):
        path = Path(text[1:])
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise click.BadParameter(f"the key file {path} cannot be read: {why}", param_hint=option) from None
    if text.startswith("text:"):
        key = text[5:].encode("utf-8")
        what = f"{len(key)} characters"
    elif re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text):
        key = bytes.fromhex(text)
        what = f"{len(text)} hex digits"
    else:
        raise click.BadParameter(
            "the key is not hex digits; a key of other characters is written text:KEY", param_hint=option
        )
    if len(key) not in (16, 24, 32):
        allowed = "16, 24 or 32 characters behind text:, or 32, 48 or 64 hex digits"
        raise click.BadParameter(f"the key has {what}; allowed: {allowed}", param_hint=option)
    return key


def _hex(text: str, least: int, most: int, option: str) -> str:
    if not least <= len(text) <= most or not re.fullmatch(r"[0-9A-Fa-f]+", text):
        raise click.BadParameter(f"{text!r} is not {least} to {most} hex digits", param_hint=option)
    return text.upper()


def _digits(text: str, width: int, option: str) -> str:
    if len(text) > width or not re.fullmatch(r"[0-9B-Fb-f]*", text):
        raise click.BadParameter(f"{text!r} is not a number of up to {width} digits", param_hint=option)
    return text.upper().zfill(width)


class _Printer:
    """Shows the wire, and keeps the last thing worth knowing about it."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._notes: deque[str] = deque(maxlen=10)

    def received(self, source: Source, data: bytes) -> None:
        """Bytes came in."""
        self._say("<-", data)

    def sent(self, source: Source, data: bytes) -> None:
        """Bytes went out."""
        self._say("->", data)

    def note(self, source: Source, text: str) -> None:
        """Something about the connection."""
        self._notes.append(text)
        if self._verbose:
            click.echo(f"-- {text}")

    def hint(self, reason: str) -> str:
        """The last note that says something else than the reason, in brackets."""
        for text in reversed(self._notes):
            if reason not in text and not any(piece in reason for piece in text.split(": ", 1)):
                return f" ({text})"
        return ""

    def _say(self, direction: str, data: bytes) -> None:
        if self._verbose:
            # Control bytes are shown as \n, \r, \x1b: nothing a peer sends reaches the terminal as it is.
            click.echo(f"{direction} {data.decode('latin-1').encode('unicode_escape').decode('ascii')}")
