"""``ptsn radio air``: a simulated radio channel between programs. What is heavy is imported where it is used."""

from __future__ import annotations

from typing import Any

import click

from ptsn.commands.fleet import Duration
from ptsn.commands.radio_plan import FRAMING


@click.command(
    epilog="Example: ptsn radio air --listen tcp:8001:interface=127.0.0.1 --bit-rate 1200 --loss 10\n\n"
    "Example: ptsn radio air --listen tcp:8001 --framing transparent --bit-errors 0.001",
    help="""Be a radio channel: whoever connects has a modem of his own on the same simulated air.

    With it a station (an adapter that connects to tcp:127.0.0.1:8001) and simulated units can be tried together without
    radios. The channel is half duplex and in real time: two frames at once are lost, a frame takes as long as on a
    radio of this bit rate, and a KISS modem obeys the TX delay, P and slot time that its user sets.

    Ctrl-C or SIGTERM stop it.
    """,
)
@click.option(
    "--listen", "listens", multiple=True, required=True, metavar="ADDR", help="Wait on tcp:PORT; repeatable, any port."
)
@click.option("--bit-rate", type=click.FloatRange(50, 1e6), default=1200, show_default=True, help="On the air, bit/s.")
@click.option(
    "--tx-delay", type=click.FloatRange(0, 5000), default=300, show_default=True, help="Key-up to data, ms, at first."
)
@click.option(
    "--turnaround", type=click.FloatRange(0, 5000), default=100, show_default=True, help="Deaf after sending, ms."
)
@click.option(
    "--framing", type=click.Choice(list(FRAMING)), default="ax25", show_default=True, help="KISS modem, or transparent."
)
@click.option("--level", is_flag=True, help="A transparent modem puts a byte of level behind each frame.")
@click.option("--loss", type=click.FloatRange(0, 100), default=0.0, show_default=True, help="Frames lost, percent.")
@click.option(
    "--bit-errors", type=click.FloatRange(0, 0.5), default=0.0, show_default=True, help="Share of bits that are wrong."
)
@click.option(
    "--places", type=click.IntRange(1, 1000), default=100, show_default=True, help="Modems, and so connections."
)
@click.option("--seed", type=int, help="The same seed gives the same losses.")
@click.option("--for", "duration", type=Duration(), metavar="TIME", help="Stop after 30s, 5m, 1h.")
def air(listens: tuple[str, ...], duration: float | None, **options: Any) -> int:
    """Be a channel."""
    from panels.radio.hub import Hub
    from panels.running import allow_many_sockets, run
    from receiver.adapters.endpoints import parse_listen

    where = [parse_listen(text) for text in listens]
    setting = _setting(**options)
    allow_many_sockets()

    async def main(reactor: Any) -> int:
        from twisted.internet.defer import Deferred

        hub = Hub(setting, reactor, lambda text: _say(f"air: {text}"))
        over: Deferred[None] = Deferred()
        ending: list[Deferred[Any]] = []

        def end() -> Deferred[Any]:
            if not ending:
                ending.append(hub.stop().addCallback(lambda _: over.callback(None)))
            return ending[0]

        # SIGINT and SIGTERM: the reactor waits for this before it stops.
        reactor.addSystemEventTrigger("before", "shutdown", end)
        for each in hub.listen(where):
            _say(f"air: listening on {each}")
        if duration is not None:
            reactor.callLater(duration, end)
        await over
        counts = hub.counts
        _say(
            f"air: {counts.sent} frames were sent; over all who listened {counts.received} were received, "
            f"{counts.collided} collided, {counts.deaf} came to one who was sending, {counts.faded} were lost, "
            f"{counts.damaged} were damaged"
        )
        return 0

    return run(main)


def _setting(
    *,
    bit_rate: float,
    tx_delay: float,
    turnaround: float,
    framing: str,
    level: bool,
    loss: float,
    bit_errors: float,
    places: int,
    seed: int | None,
) -> Any:
    from panels.radio.hub import Setting
    from protocols.channel import ax25, transparent
    from protocols.radio.options import Modem

    kiss = framing == "ax25"
    if level and kiss:
        raise click.UsageError("--level is for --framing transparent: a KISS frame has no place for it")
    make = ax25 if kiss else transparent
    return Setting(
        profile=make(bit_rate, tx_delay_s=tx_delay / 1000, turnaround_s=turnaround / 1000),
        modem=Modem.KISS if kiss else Modem.TRANSPARENT,
        level=level,
        loss=loss / 100,
        ber=bit_errors,
        places=places,
        seed=seed,
    )


def _say(text: str) -> None:
    click.echo(text, err=True)
