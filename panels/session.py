"""From the first line to the exit code: a script, or whatever comes from the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from panels.prompt import Prompt
from panels.script import WITHIN_S, Reader, Runner, ScriptError, Step
from panels.simulation import Simulation
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

    What cannot be done is told, and the next line taken. At the end of a pipe answers that are due are waited for; on
    a terminal whoever leaves has seen what is missing.
    """
    runner = Runner(simulation, reactor)
    reader = Reader()
    well = True
    while (line := await prompt.lines.get()) is not None:
        try:
            step = reader.feed(line)
            if step is not None and not await runner.do(step):
                break
        except UserError as error:
            prompt.say(f"error: {error}")
            well = False
    try:
        reader.close()
        await runner.finish(0.0 if prompt.interactive else WITHIN_S)
    except UserError as error:
        prompt.say(f"error: {error}")
        well = False
    return well or prompt.interactive
