"""`completion`: the script that makes a shell complete commands, options and names."""

from __future__ import annotations

import click

from defacto_webhooks.cli.options import COLOR, DEBUG
from defacto_webhooks.errors import Exit


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@COLOR
@DEBUG
def completion(shell: str, color: str, debug: bool) -> int:  # noqa: ARG001 - the error boundary reads --debug
    """Print a script for tab completion in bash, zsh or fish.

    Commands, options, environments of the file and names of its
    subscriptions.

    \b
    Example:
      eval "$(defacto-webhooks completion bash)"      in ~/.bashrc
      eval "$(defacto-webhooks completion zsh)"       in ~/.zshrc
      defacto-webhooks completion fish | source       in config.fish
    """
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.cli.main import group

    root = click.get_current_context().find_root()
    program = root.info_name or "defacto-webhooks"
    variable = f"_{program.replace('-', '_').upper()}_COMPLETE"  # the one that click looks at
    kind = {"bash": BashComplete, "fish": FishComplete, "zsh": ZshComplete}[shell]
    Console(color).result(kind(group, {}, program, variable).source().strip("\n"))
    return Exit.DONE
