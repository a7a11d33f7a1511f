"""`doctor`: what stands between the file and a notification that arrives."""

from __future__ import annotations

import click

from defacto_webhooks.cli.options import Where, where


@click.command()
@where()
@click.option(
    "--probe", is_flag=True, help="POST a sample notification to each to_url of the file.  [default: off]"
)
def doctor(where: Where, probe: bool) -> int:
    """Check the key, the environment, the file and the callbacks.

    And in one line, whether the account differs from it. With --probe every
    callback gets one sample notification, marked as such by its
    transition_name SAMPLE and an id of zeros: is it reachable, does it take
    POST, answer 2xx, and how fast. Nothing in the account changes.

    Exit code 1 when something is wrong; a difference alone is not.

    \b
    Example:
      defacto-webhooks doctor -e production --probe
    """
    from defacto_webhooks.cli.checkup import Checkup
    from defacto_webhooks.cli.console import Console

    return Checkup(where, Console(where.color), probe=probe).run()
