"""``ptsn radio plan``: how many objects a radio channel can supervise. What is heavy is imported where it is used."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ptsn.commands.fleet import Duration

if TYPE_CHECKING:
    from panels.radio.planning import Given

FRAMING = {"ax25": 16, "transparent": 0}
"""Bytes around a datagram that the modem is handed with it."""
LONGEST_S = 10.0
"""A frame longer on the air is no plan."""
ANSWER = 31
"""Bytes of an acknowledgement's datagram; a poll has fewer."""


class MOfN(click.ParamType[tuple[int, int]]):
    """``3/5``: three of five; ``3`` is three of three."""

    name = "m of n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """(m, n)."""
        match = re.fullmatch(r"(\d{1,2})(?:/(\d{1,2}))?", str(value))
        least, of = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= least <= of:
            self.fail(f"{value!r} is not a number of missed tests; write it like 3 or 3/5", param, ctx)
        return least, of


@click.command(
    epilog="Example: ptsn radio plan --bit-rate 1200 --tx-delay 300 --objects 100 --interval 180s --copies 3\n\n"
    "Example: ptsn radio plan --bit-rate 9600 --tx-delay 50 --way polls --objects 400 --json",
    help="""Say whether a radio channel can carry a plan, and how many objects it can supervise.

    Airtime, channel load and probability of delivery stand by formula and by simulation side by side, for one-way
    objects that send each message in copies, for two-way objects whose tests are acknowledged, and for objects that
    the centre polls. The simulation runs the channel access of the real stations on simulated air.

    A frame through a digipeater is on the air twice: halve the objects, or plan with half the bit rate.

    Exit codes: 0 the plan works in at least one of the ways, 1 in none: what to change is said.
    """,
)
@click.option("--bit-rate", type=click.FloatRange(50, 1e6), default=1200, show_default=True, help="On the air, bit/s.")
@click.option(
    "--tx-delay", type=click.FloatRange(0, 5000), default=300, show_default=True, help="Key-up to data, ms (KISS)."
)
@click.option("--tx-tail", type=click.FloatRange(0, 5000), default=20, show_default=True, help="Data to key-down, ms.")
@click.option(
    "--turnaround",
    type=click.FloatRange(0, 5000),
    default=100,
    show_default=True,
    help="A frame's end to its answer, ms.",
)
@click.option(
    "--persistence", type=click.IntRange(0, 255), default=63, show_default=True, help="KISS P: p = (P + 1) / 256."
)
@click.option("--slot", type=click.FloatRange(1, 5000), default=100, show_default=True, help="KISS slot time, ms.")
@click.option(
    "--framing", type=click.Choice(list(FRAMING)), default="ax25", show_default=True, help="KISS modem, or transparent."
)
@click.option("--fx25", type=click.Choice(["0", "16", "32", "64"]), default="0", help="Parity bytes of FX.25.")
@click.option(
    "--bytes", "size", type=click.IntRange(24, 200), default=34, show_default=True, help="Of an object's datagram."
)
@click.option("--objects", type=click.IntRange(1, 20_000), default=50, show_default=True, help="On this channel.")
@click.option(
    "--interval",
    type=Duration(),
    default=180.0,
    metavar="TIME",
    help="Between tests of an object (180s, 10m, 1h); the time for a round where it is polled.  [default: 180s]",
)
@click.option(
    "--copies", type=click.IntRange(1, 10), default=3, show_default=True, help="Of each message of one-way objects."
)
@click.option(
    "--attempts", type=click.IntRange(1, 20), default=3, show_default=True, help="Of a two-way object for each test."
)
@click.option(
    "--lost-after",
    type=MOfN(),
    default="3",
    show_default=True,
    metavar="M[/N]",
    help="So many of N tests missed: lost.",
)
@click.option(
    "--false-losses",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Working objects taken for lost a month, all together, at most.",
)
@click.option(
    "--loss",
    type=click.FloatRange(0, 90),
    default=1.0,
    show_default=True,
    help="Frames that noise alone takes, percent.",
)
@click.option(
    "--hidden",
    type=click.FloatRange(0, 100),
    default=0.0,
    show_default=True,
    help="Of the other objects, how many an object does not hear, percent.",
)
@click.option(
    "--alarm-every", type=Duration(), default=300.0, metavar="TIME", help="One alarm of any object.  [default: 5m]"
)
@click.option(
    "--duty-cycle", type=click.FloatRange(0, 100, min_open=True), default=100.0, show_default=True, help="Percent."
)
@click.option(
    "--way", "ways", multiple=True, type=click.Choice(["one-way", "tests", "polls"]), help="Only this one; repeatable."
)
@click.option(
    "--messages",
    type=click.IntRange(0, 1_000_000),
    default=2000,
    show_default=True,
    help="Tests in each simulation: more are more exact, 0 is formulas only.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same simulation.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def plan(ways: tuple[str, ...], messages: int, seed: int, as_json: bool, **options: Any) -> int:
    """Plan a channel."""
    from panels.radio import planning
    from panels.radio.trial import Way
    from ptsn import plan_page

    given = _given(**options)
    planned = planning.plans(given, tuple(way for way in Way if not ways or way.value in ways))
    if messages:
        with _Progress() as progress:
            planning.simulate(given, planned, messages, seed, progress)
    if as_json:
        click.echo(json.dumps(plan_page.as_dict(given, planned), indent=2))
    else:
        for line in plan_page.lines(given, planned, options["size"], options["framing"], ANSWER):
            click.echo(line)
    return 0 if any(each.works for each in planned) else 1


def _given(
    *,
    size: int,
    framing: str,
    fx25: str,
    bit_rate: float,
    tx_delay: float,
    tx_tail: float,
    turnaround: float,
    slot: float,
    lost_after: tuple[int, int],
    duty_cycle: float,
    persistence: int,
    loss: float,
    hidden: float,
    interval: float,
    alarm_every: float,
    false_losses: float,
    objects: int,
    copies: int,
    attempts: int,
) -> Given:
    from panels.radio.planning import Given
    from protocols.channel import ax25, transparent

    if framing == "transparent" and fx25 != "0":
        raise click.BadParameter("FX.25 wraps AX.25 frames; leave --framing at ax25", param_hint="--fx25")
    profile = (ax25 if framing == "ax25" else transparent)(
        bit_rate,
        tx_delay_s=tx_delay / 1000,
        tx_tail_s=tx_tail / 1000,
        turnaround_s=turnaround / 1000,
        slot_s=slot / 1000,
        persistence=persistence,
        fx25_parity=int(fx25),
        duty_cycle=duty_cycle / 100,
    )
    around = FRAMING[framing]
    given = Given(
        profile=profile,
        objects=objects,
        interval_s=interval,
        copies=copies,
        least=lost_after[0],
        of=lost_after[1],
        loss=loss / 100,
        hidden=hidden / 100,
        alarm_every_s=alarm_every,
        attempts=attempts,
        frame_bytes=size + around,
        answer_bytes=ANSWER + around,
        false_per_month=false_losses,
    )
    airtime = profile.airtime(given.frame_bytes)
    if airtime > LONGEST_S:
        raise click.BadParameter(
            f"a frame of {size} bytes would be {airtime:.0f} s on the air, longer than {LONGEST_S:.0f} s: no alarm may "
            "take so long; give a faster channel or a shorter frame",
            param_hint="--bit-rate",
        )
    return given


class _Progress:
    """A line on the terminal that goes again."""

    def __init__(self) -> None:
        self._shown = ""

    def __enter__(self) -> Callable[[int, int, float], None]:
        return self._show

    def _show(self, run: int, runs: int, share: float) -> None:
        text = f"simulating {run} of {runs}, {share:4.0%}"
        if sys.stderr.isatty() and text != self._shown:
            self._shown = text
            click.echo(f"\r{text} ", err=True, nl=False)

    def __exit__(self, *_: object) -> None:
        if self._shown:
            click.echo("\r\033[K", err=True, nl=False)
