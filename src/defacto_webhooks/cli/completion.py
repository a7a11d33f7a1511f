"""`completion`: the script that makes a shell complete commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import command
from defacto_webhooks.errors import Exit

_SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
def completion(invocation: Invocation, shell: str) -> int:
    """Print a script for tab completion in bash, zsh or fish.

    Commands, options, environments of the file and names of its
    subscriptions.

    \b
    Example:
      eval "$(defacto-webhooks completion bash)"      in ~/.bashrc
      eval "$(defacto-webhooks completion zsh)"       in ~/.zshrc
      defacto-webhooks completion fish | source       in config.fish
    """
    root = click.get_current_context().find_root()
    program = root.info_name or "defacto-webhooks"
    variable = f"_{program.replace('-', '_').upper()}_COMPLETE"  # the one that click looks at
    invocation.console.result(_SHELLS[shell](root.command, {}, program, variable).source().strip("\n"))
    return Exit.DONE
