"""``ptsn completion``: the script that teaches a shell to complete ptsn's commands, options and their values."""

from __future__ import annotations

import click

LINES = {
    "bash": 'eval "$(ptsn completion bash)"    # in ~/.bashrc',
    "zsh": 'eval "$(ptsn completion zsh)"    # in ~/.zshrc, after compinit',
    "fish": "ptsn completion fish | source    # in ~/.config/fish/config.fish",
}
"""What to put where, for each shell."""


@click.command(
    epilog="\b\nExample, in the start file of the shell:\n" + "\n".join(f"  {line}" for line in LINES.values()),
)
@click.argument("shell", type=click.Choice(list(LINES)))
def command(shell: str) -> None:
    """Print the completion script for a shell.

    Commands, options, their values and names of files complete with the Tab key then, profiles of brands too.
    """
    from click.shell_completion import get_completion_class

    from ptsn.cli import cli

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "ptsn", "_PTSN_COMPLETE").source())
