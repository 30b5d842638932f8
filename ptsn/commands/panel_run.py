"""``ptsn panel run``: a panel to talk to, at a prompt or by a script."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptsn.commands import panel_options as options
from ptsn.commands.panel_given import Given, shared
from ptsn.commands.panel_printer import Printer
from ptsn.commands.panel_radio import RADIO

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from panels.brand import Profile
    from panels.panel import Habits, Identity
    from panels.path import Way
    from panels.script import Step
    from protocols.ends import Source


@click.command(
    epilog="Example: ptsn panel run --to tcp:127.0.0.1:5000 --account 1234 --profile ajax\n\n"
    "Example: ptsn panel run --to tcp:127.0.0.1:5000 --account 1234 --script evening.txt\n\n"
    "Example: ptsn panel run --to tcp:127.0.0.1:8001 --unit unit-1234.json",
)
@click.option("--backup", metavar="ADDR", help="A second receiver, or a second way to it, for when the first fails.")
@click.option(
    "--script",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Do the commands of a file, one a line, and end; see docs/panels.md.",
)
@click.option(
    "--link-test",
    type=options.Duration(),
    metavar="TIME",
    help="Interval of link tests.  [default: the profile's; of a radio unit that of its file]",
)
@click.option(
    "--backup-link-test",
    type=options.Duration(),
    metavar="TIME",
    help="The same on the backup path while the main one works.  [default: the profile's]",
)
@click.option("--no-link-tests", is_flag=True, help="Send none by itself.")
@click.option(
    "--retry",
    type=options.Duration(),
    default=15.0,
    metavar="TIME",
    help="Try again so often while no path works; a new event is tried at once.  [default: 15s]",
)
@click.option(
    "--connection",
    type=click.Choice(["kept", "per-message"]),
    help="Keep the connection, or open one for each message.  [default: the profile's]",
)
@click.option("--clock", default="0", metavar="TIME", help="The panel's clock is wrong by so much: +30s, -1h.")
@click.option("--drift", default="0", metavar="TIME", help="It gains so much a day: 20s, -5s.")
@click.option(
    "--language",
    type=click.Choice(["en", "ru", "kk"]),
    default="en",
    show_default=True,
    help="Of the names of zones that the panel sends, where its profile sends any.",
)
@click.option("--times", is_flag=True, help="Print the time of day in front of each line.")
@shared
def run(
    given: Given,
    backup: str | None,
    script: Path | None,
    link_test: float | None,
    backup_link_test: float | None,
    no_link_tests: bool,
    retry: float,
    connection: str | None,
    clock: str,
    drift: str,
    language: str,
    times: bool,
) -> int:
    """Be one panel: arm, trigger and disturb it by commands, and see what the receiver answers.

    Type `help` for the commands; they can also come from a pipe or from --script. What no path takes is kept and sent
    late. With --state a key that the receiver changes is kept as well, beside the sequence numbers, and holds as long
    as --key is the same.

    Exit code: 0 when everything was acknowledged, or ended as expected, else 1; 130 after Ctrl-C with answers
    missing.
    """
    from panels.script import ScriptError, parse
    from protocols.model import Edition

    brand = options.read_profile(given.profile, given.protocol)
    to = options.read_target(given, brand)
    who = options.identity_of(brand, given)
    timings = brand.timings
    if backup is not None and brand.protocol == RADIO:
        raise click.BadParameter("a radio unit has one modem; leave it out", param_hint="--backup")
    named = backup is not None and brand.edition.value.value >= Edition.E2021.value
    habits = options.habits_of(
        brand,
        who,
        given,
        test_s=0.0 if no_link_tests else link_test,
        link_test_s=None if no_link_tests else link_test or timings.link_test_s,
        backup_link_test_s=backup_link_test or timings.backup_link_test_s,
        clock_offset_s=_seconds(clock, "--clock"),
        drift_s_per_day=_seconds(drift, "--drift"),
        hold=True,
        retry_s=retry,
        paths=("1", "2") if named else ("", ""),
    )
    if connection is not None:
        from msgspec.structs import replace

        habits = replace(habits, keep=connection == "kept")
    steps: tuple[Step, ...] | None = None
    if script is not None:
        try:
            steps = parse(script.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise click.BadParameter(f"{script} is not UTF-8 text", param_hint="--script") from None
        except OSError as error:
            raise click.BadParameter(f"{script} cannot be read: {error.strerror}", param_hint="--script") from None
        except ScriptError as error:
            raise click.BadParameter(f"{script}, {error}", param_hint="--script") from None
    options.note_transport(given, brand, to)
    other = None if backup is None else options.read_way(backup, "--backup", brand)
    return _run(brand, who, habits, to, other, given.state, steps, str(script or ""), language, times, given.verbose)


def _told_of_calls(verbose: bool, say: Callable[[str], None]) -> tuple[Printer, Deferred[None]]:
    """What shows the wire, and what fires at the first call of a receiver."""
    from twisted.internet.defer import Deferred

    from receiver.adapters.called import CALLED

    called: Deferred[None] = Deferred()

    class Told(Printer):
        def note(self, source: Source, text: str) -> None:
            super().note(source, text)
            if text == CALLED and not called.called:
                called.callback(None)

    return Told(verbose, say), called


def _seconds(text: str, option: str) -> float:
    from panels.words import ActionError, seconds

    try:
        return seconds(text)
    except ActionError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def _run(
    brand: Profile,
    who: Identity,
    habits: Habits,
    target: Way,
    backup: Way | None,
    state: Path | None,
    steps: tuple[Step, ...] | None,
    name: str,
    language: str,
    times: bool,
    verbose: bool,
) -> int:
    from panels.behaviour import Behaviour
    from panels.panel import Panel
    from panels.prompt import Prompt
    from panels.running import INTERRUPTED, run, state_file
    from panels.session import run_prompt, run_script
    from panels.simulation import Simulation
    from receiver.adapters.counters import FileCounters
    from receiver.adapters.endpoints import Listen

    counters = FileCounters(state_file(state))
    who, kept = options.kept_key(who, state)

    async def main(reactor: Any) -> int:
        from twisted.internet.defer import CancelledError, Deferred
        from twisted.internet.task import deferLater

        prompt = Prompt(reactor, times)
        tap, called = _told_of_calls(verbose, prompt.say)
        panel = Panel(who, target, counters, reactor, habits, backup=backup, tap=tap)
        simulation = Simulation(panel, Behaviour(brand, who.account, language), prompt.say)

        if kept is not None:
            panel.on_key = partial(kept.keep, prompt.say)

        async def talk() -> int:
            if isinstance(target, Listen):
                prompt.say(f"waiting to be called on {target}")
                if steps is not None or not prompt.interactive:
                    # What comes from a file or a pipe would be over before anybody called.
                    await called
                    await deferLater(reactor, 0)
            if steps is not None:
                await run_script(steps, name, simulation, reactor)
                return 0
            prompt.start()
            return 0 if await run_prompt(prompt, simulation, reactor) else 1

        panel.start()
        talking = Deferred.fromCoroutine(talk())
        over: Deferred[None] = Deferred()

        def end() -> Deferred[None]:
            talking.cancel()
            return over

        # SIGINT and SIGTERM: the reactor waits for this before it stops.
        reactor.addSystemEventTrigger("before", "shutdown", end)
        try:
            return await talking
        except CancelledError:
            print(flush=True)
            at_prompt = prompt.interactive and steps is None
            return 0 if at_prompt and not simulation.unanswered else INTERRUPTED
        finally:
            simulation.leaving = True
            prompt.stop()
            await panel.stop()
            over.callback(None)

    return run(main)
