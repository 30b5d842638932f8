"""From the first line to the exit code: a script, or whatever comes from the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.task import deferLater

from panels.prompt import Prompt
from panels.script import WITHIN_S, Reader, Runner, ScriptError, Step
from panels.simulation import Simulation
from panels.words import counted
from protocols.errors import UserError


async def run_script(steps: Sequence[Step], name: str, simulation: Simulation, reactor: Any) -> None:
    """Do a script, and see everything acknowledged. Raises ScriptError, with the name of the script and the line."""
    runner = Runner(simulation, reactor)
    try:
        await runner.run(steps)
        await runner.finish()
    except UserError as error:
        where = f"{name}, " if isinstance(error, ScriptError) else f"{name}, at its end: "
        raise ScriptError(f"{where}{error}") from None


async def run_prompt(prompt: Prompt, simulation: Simulation, reactor: Any) -> bool:
    """Do what is typed or piped in, until it ends. Whether everything went well.

    What cannot be done is told, and the next line taken; what follows a ``quit`` in a pipe is told as well. At the end
    answers that are due are waited for, on a terminal as long as one attempt may take.
    """
    runner = Runner(simulation, reactor, prompt.say if prompt.interactive else None)
    reader = Reader()
    well = True

    def tell(error: UserError) -> None:
        what = error.what if prompt.interactive and isinstance(error, ScriptError) else error
        prompt.say(f"error: {what}")

    async def take(line: str) -> bool:
        """Do a line; False for the end."""
        nonlocal well
        try:
            step = reader.feed(line)
            return step is None or await runner.do(step)
        except UserError as error:
            tell(error)
            # Whoever sits at a prompt has seen it, and typed it again.
            well = well and prompt.interactive
            return True

    while (line := await prompt.lines.get()) is not None:
        if not await take(line):
            await deferLater(reactor, 0)  # until all lines that came together with it are there
            for dropped in list(prompt.lines.pending):
                await take(dropped or "")
            break
    try:
        reader.close()
        await runner.finish(_patience(simulation, prompt))
    except UserError as error:
        tell(error)
        well = False
    return well


def _patience(simulation: Simulation, prompt: Prompt) -> float:
    """How long answers are waited for at the end, in seconds."""
    if not prompt.interactive:
        return WITHIN_S
    waiting, patience = simulation.waiting, simulation.panel.habits.ack_timeout_s
    if waiting:
        prompt.say(f"waiting for {counted(waiting, 'answer')}, up to {patience:g} seconds; Ctrl-C ends at once")
    return patience
