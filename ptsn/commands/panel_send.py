"""``ptsn panel send``: one message, or some, from the command line."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptsn.commands import panel_options as options
from ptsn.commands.panel_given import Given, shared
from ptsn.commands.panel_printer import Printer

if TYPE_CHECKING:
    from panels.brand import Profile
    from panels.panel import Habits, Identity
    from panels.path import Way
    from protocols.ends import Message

NEW, RESTORE, STATUS = "new", "restore", "status"
CONTACT_ID, SIA, OTHER = "contact-id", "sia", "other"


@click.command(
    epilog="Example: ptsn panel send --to tcp:127.0.0.1:5000 --account 1234 --code 130 --partition 01 --number 015\n\n"
    "Example: ptsn panel send --to serial:/dev/ttyUSB0:baudrate=9600 --protocol surgard --account 1234 --code 130\n\n"
    "Example: ptsn panel send --to tcp:127.0.0.1:8001 --unit unit-1234.json --code 130",
)
@click.option("--code", help="Event code: three digits for Contact ID (130), two letters for SIA (BA).")
@click.option(
    "--scheme",
    type=click.Choice([CONTACT_ID, SIA, OTHER]),
    help="Code table that the code is from; other: of no standard.  [default: by the form of the code]",
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
@click.option("--link-test", is_flag=True, help="Send a link test (NULL of DC-09, a heartbeat) instead of a signal.")
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, help="Send so many, one by one.")
@shared
def send(
    given: Given,
    code: str | None,
    scheme: str | None,
    qualifier: str | None,
    partition: str,
    number: str,
    user: str,
    text: str,
    link_test: bool,
    count: int,
) -> int:
    """Send a signal, or a link test, as a panel would, in any of the protocols.

    With --state a key that a receiver changed, in this run or one of `panel run`, holds as long as --key is the same.

    Exit code 0 when the receiver acknowledged everything, 1 with the reason when not, 2 for wrong use.
    """
    from panels.signals import SignalError, contact_id, other, sia
    from protocols.ends import LinkTest

    brand = options.read_profile(given.profile, given.protocol)
    where = options.read_target(given, brand)
    who = options.identity_of(brand, given)
    message: Message = LinkTest(who.account)
    described = {"partition": partition, "number": number, "user": user, "text": text}
    if link_test:
        if code is not None or qualifier or any(described.values()):
            raise click.UsageError("--link-test sends no signal; leave out --code and what describes one")
    elif code is None:
        raise click.UsageError("--code is missing, such as --code 130, or --link-test")
    else:
        scheme = scheme or _scheme(code, brand, given.profile is not None)
        try:
            if scheme == OTHER:
                message = other(who.account, code, **described)
            elif scheme == SIA:
                message = sia(who.account, code, qualifier, **described)
            else:
                message = contact_id(who.account, code, qualifier or NEW, **described)
        except SignalError as error:
            raise click.UsageError(_in_options(error, code, scheme, qualifier)) from None
    habits = options.habits_of(brand, who, given, test_s=0.0)
    options.note_transport(given, brand, where)
    return _send(who, where, message, habits, count, given.state, given.verbose)


def _scheme(code: str, brand: Profile, named: bool) -> str:
    """The code table by the code's form, for every edition carries both; the profile's where that tells nothing."""
    from panels.signals import SignalError, scheme_of

    usual = brand.coding.scheme.value
    if usual == OTHER:
        return usual
    try:
        found = scheme_of(code).value
    except SignalError:
        return usual
    if found != usual and named and brand.protocol == "dc09" and not brand.name.startswith("strict-"):
        click.echo(f"note: a panel of profile {brand.name} reports in {usual}; {code} goes out as {found}", err=True)
    return found


def _in_options(error: Any, code: str, scheme: str, qualifier: str | None) -> str:
    """What is wrong, in the words of the command line."""
    from panels.signals import restore_of

    hint = ""
    if error.part == "code" and scheme == CONTACT_ID and len(code) == 2 and code.isalpha():
        hint = "; for a SIA code add --scheme sia"
    elif error.part == "code" and scheme == SIA and len(code) == 3:
        hint = "; for a code of Contact ID add --scheme contact-id"
    elif error.part == "qualifier" and qualifier == RESTORE and (restore := restore_of(code.upper())):
        hint = f": --code {restore}"
    elif error.part == "user":
        hint = ": give --number"
    elif not error.part:
        hint = ": give --number or --user"
    return f"{f'--{error.part} ' if error.part else ''}{error.what}{hint}"


def _send(
    who: Identity, where: Way, message: Message, habits: Habits, count: int, state: Path | None, verbose: bool
) -> int:
    from panels.panel import Panel
    from panels.running import run, state_file
    from panels.speaking import numbered, taken
    from protocols.ends import LinkTest, OutcomeKind
    from protocols.model import Signal
    from receiver.adapters.counters import FileCounters

    counters = FileCounters(state_file(state))
    tap = Printer(verbose)
    in_force, kept = options.kept_key(who, state)

    async def main(reactor: Any) -> int:
        panel = Panel(in_force, where, counters, reactor, habits, tap=tap)
        if kept is not None:
            panel.on_key = partial(kept.keep, partial(click.echo, err=True))
        result = 0
        for _ in range(count):
            if isinstance(message, LinkTest):
                outcome, what = await panel.link_test(), f"{who.account} link test"
            else:
                assert isinstance(message, Signal)
                outcome, what = await panel.send(message), f"{who.account} {message.code} {message.qualifier}"
            if outcome.kind is OutcomeKind.ACCEPTED:
                click.echo(f"{taken(habits)}: {what}{numbered(habits, outcome.ticket)}")
            else:
                click.echo(f"ptsn: not acknowledged: {what}: {outcome.reason}{tap.hint(outcome.reason)}", err=True)
                if advice := options.advice(outcome.reason, habits.protocol, where):
                    click.echo(advice, err=True)
                result = 1
        await panel.stop()
        return result

    return run(main)
